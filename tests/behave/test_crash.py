"""A handler that kills its process: what is lost, and what the log says of it."""

import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import unittest

import harness

RELEASE = pathlib.Path(os.environ.get("DEWAR_RELEASE", harness.ROOT / "build" / "release"))


class Kept:
    """A connection that is kept, and the worker that has it."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(*server.address, timeout=30)
        reply = self.get("/hello")
        line = server.wait_for_log(lambda line: line["event"] == "request" and line["request_id"] == reply.headers["x-request-id"])
        self.worker = line["process"]

    def send(self, path):
        self.connection.request("GET", path)

    def reply(self):
        reply = self.connection.getresponse()
        return harness.Reply(reply.status, harness.fold(reply.getheaders()), reply.read())

    def get(self, path):
        self.send(path)
        return self.reply()


class Crashes(harness.ServerCase):
    """Two workers, one of which crashes."""

    @classmethod
    def make(cls):
        return harness.conformance(WORKERS=2, crashes=True)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        harness.wait_until(lambda: "listening on" in cls.server.said())  # before, a death ends the server

    def setUp(self):
        harness.wait_until(lambda: set(self.server.children()) == {"keeper", "store", "worker 0", "worker 1"})
        harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200)
        self.before = len(self.reports())

    def reports(self):
        return [line for line in self.server.log() if line["event"] in ("child.crashed", "child.died")]

    def report(self):
        """The one line that there is since this test began."""
        harness.wait_until(lambda: len(self.reports()) > self.before)
        self.assertEqual(len(self.reports()), self.before + 1)
        return self.reports()[-1]

    def kept_by_each(self):
        """Connections by worker, two or more of each."""
        found = {"worker 0": [], "worker 1": []}
        for _ in range(100):
            kept = Kept(self.server)
            found[kept.worker].append(kept)
            self.addCleanup(kept.connection.close)
            if all(len(some) >= 2 for some in found.values()):
                return found
        raise AssertionError("one of the workers gets no connections")

    def crash(self, path):
        """Asks for a path that is not answered; what the log says."""
        pids = self.server.children()
        self.assertEqual(self.server.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()), b"")
        report = self.report()
        self.assertEqual((report["event"], report["level"], report["process"]), ("child.crashed", "error", "monitor"))
        self.assertEqual(report["pid"], pids[report["child"]])
        self.assertEqual((report["signal"], report["route"]), ("SEGV", path))
        self.assertRegex(report["request_id"], r"^[0-9a-f]{32}$")
        self.assertRegex(report["backtrace"], r"^(\S+\+0x[0-9a-f]{1,8})( \S+\+0x[0-9a-f]{1,8}){0,31}$")
        return report

    def functions(self, report):
        return [frame.split("+")[0] for frame in report["backtrace"].split()]

    def test_a_crash_costs_its_own_worker_what_it_had_in_flight(self):
        kept = self.kept_by_each()
        (victim, also_lost), (sibling, busy) = (some[:2] for some in kept.values())
        pids, statuses, stop = self.server.children(), [], threading.Event()

        def load():
            while not stop.is_set():
                statuses.append(busy.get("/hello").status)
        also_lost.send("/slow?ms=2500")
        sibling.send("/slow?ms=2500")
        thread = threading.Thread(target=load)
        thread.start()
        try:
            victim.send("/crash")
            for lost in (victim, also_lost):
                with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                    lost.reply()
            self.assertEqual(self.report()["child"], victim.worker)
            new = harness.wait_until(lambda: self.server.children().get(victim.worker, pids[victim.worker]) != pids[victim.worker]
                                     and self.server.children()[victim.worker])
            self.server.wait_for_log(lambda line: line["event"] == "child.ready" and line["pid"] == new)
            reply = sibling.reply()
            self.assertEqual((reply.status, reply.json), (200, {"slept": 2500}))
        finally:
            stop.set()
            thread.join()
        self.assertGreater(len(statuses), 10)
        self.assertEqual(set(statuses), {200})
        self.assertEqual(self.server.children()[sibling.worker], pids[sibling.worker])
        self.kept_by_each()

    def test_the_log_says_which_request_it_was_and_where(self):
        report = self.crash("/crash")
        self.assertIn("read_through", self.functions(report)[0])
        self.assertRegex(report["backtrace"], r"\bcrash(_call)?\+0x")
        self.assertRegex(report["backtrace"], r"\bdw__fiber_main\+0x")
        self.assertIs(report["stack_overflow"], False)
        self.assertEqual(report["address"], "0x0")

    def test_a_full_stack_is_named(self):
        report = self.crash("/overflow")
        self.assertIs(report["stack_overflow"], True)
        self.assertEqual(report["why"], "stack overflow on a fiber")
        self.assertIn("dig", self.functions(report))
        self.assertEqual(len(self.functions(report)), 32)

    def test_a_call_to_nowhere_shows_its_caller(self):
        report = self.crash("/lost")
        self.assertEqual(self.functions(report)[0], "null")
        self.assertRegex(self.functions(report)[1], "^lost")
        self.assertIs(report["stack_overflow"], False)

    def wait_until_it_waits(self, pid):
        """A child that has just started has things to do: one that sleeps whenever it is looked at waits for its next event."""
        def sleeps():
            time.sleep(0.01)
            return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "S"
        harness.wait_until(lambda: all(sleeps() for _ in range(10)))

    def test_a_signal_outside_of_a_request_has_no_request(self):
        for name, number in (("worker 0", signal.SIGBUS), ("store", signal.SIGABRT), ("keeper", signal.SIGSEGV)):
            with self.subTest(name=name):
                self.setUp()
                self.wait_until_it_waits(self.server.children()[name])
                os.kill(self.server.children()[name], number)
                report = self.report()
                self.assertEqual((report["event"], report["child"], report["signal"]),
                                 ("child.crashed", name, number.name.removeprefix("SIG")))
                self.assertEqual((report["request_id"], report["route"], report["address"]), ("", "", "0x0"))
                self.assertIn("main", self.functions(report))
                self.assertEqual(self.functions(report)[0], "epoll_wait")  # of a shared library

    def test_what_the_system_ends_is_no_crash(self):
        os.kill(self.server.children()["worker 1"], signal.SIGKILL)
        report = self.report()
        self.assertEqual((report["event"], report["signal"]), ("child.died", "KILL"))
        self.assertNotIn("backtrace", report)


class Production(unittest.TestCase):
    """Where such paths do not exist."""

    def test_the_crashing_paths_are_not_there(self):
        with harness.conformance("prod") as server:
            for path in ("/crash", "/overflow", "/lost"):
                with self.subTest(path):
                    self.assertEqual(server.request("GET", path).status, 404)
            self.assertFalse([line for line in server.log() if line["event"].startswith("child.") and line["level"] == "error"])


@unittest.skipUnless(shutil.which("gdb"), "there is no gdb")
class Debugger(unittest.TestCase):
    """script/gdb/dewar.py lists the fibers of a worker, and of its core."""

    def gdb(self, *words):
        done = subprocess.run(["gdb", "-nx", "-batch", *map(str, words)], capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)
        if "ptrace: Operation not permitted" in done.stderr:
            self.skipTest("this system lets nobody trace a process")
        return done.stdout + done.stderr

    def listed(self, said):
        """The functions of each fiber by its heading."""
        found, functions = {}, None
        for line in said.partition(" fibers\n")[0].splitlines():
            if line.startswith("fiber "):
                found[line] = functions = []
            elif line.startswith("    #") and functions is not None:
                functions.append(line.split()[1])
        return found

    COMMANDS = ("-x", harness.ROOT / "script" / "gdb" / "dewar.py", "-ex", "dewar fibers")

    def worker_with_two_fibers(self, program=None):
        server = harness.conformance(DRAIN_TIMEOUT="300ms")
        server.program = program or server.program
        server.start()
        self.addCleanup(server.stop)
        for _ in range(2):
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.sendall(b"GET /slow?ms=9000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(1)
        return server, server.children()["worker 0"]

    def assert_two_that_sleep(self, said, handler):
        fibers = self.listed(said)
        self.assertEqual(len(fibers), 2, said)
        for heading, functions in fibers.items():
            self.assertRegex(heading, r"^fiber \d: parked, request [0-9a-f]{32} route /slow$")
            self.assertIn("dw_sleep", functions)
            self.assertIn(handler, functions)
            self.assertEqual(functions[-2], "dw__fiber_main")
            self.assertRegex(functions[-1], r"^dw(__|\.)fiber_base$")  # a name that gdb may take for one of Ada's

    def test_the_fibers_of_a_worker(self):
        _, pid = self.worker_with_two_fibers()
        said = self.gdb("-p", pid, *self.COMMANDS, "-ex", "dewar fiber 1", "-ex", "bt", "-ex", "dewar fiber", "-ex", "bt")
        self.assert_two_that_sleep(said, "slow_call")
        chosen, own = said.partition("2 fibers\n")[2].split("#0 ")[1:]
        self.assertIn("dw__fiber_base", chosen)
        self.assertIn("dw__loop_run", own)
        self.assertNotIn("dw__fiber_base", own)

    def test_the_fibers_of_a_core(self):
        """Of a release: gdb cannot write the core of a program with AddressSanitizer, and a release is what leaves cores."""
        program = RELEASE / "bin" / "conformance"
        server, pid = self.worker_with_two_fibers(program)
        core = server.directory / "core"
        self.gdb("-p", pid, "-ex", f"gcore {core}")
        self.assert_two_that_sleep(self.gdb(program, core, *self.COMMANDS), "answer")  # which has the handler in it


if __name__ == "__main__":
    unittest.main()
