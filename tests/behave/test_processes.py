"""Processes that do not trust each other: what happens when one of them dies, and what each of them may."""

import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import re
import select
import signal
import socket
import tempfile
import threading
import time
import unittest

import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}


def alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def later(work, *arguments):
    """Runs work() in a thread; its future."""
    future = concurrent.futures.Future()

    def run():
        try:
            future.set_result(work(*arguments))
        except BaseException as error:  # pylint: disable=broad-except
            future.set_exception(error)
    threading.Thread(target=run, daemon=True).start()
    return future


class Deaths(harness.ServerCase):
    """Two workers and the store, killed one after another under load."""

    @classmethod
    def make(cls):
        return harness.conformance(WORKERS=2, crashes=True)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.server.token("alice")

    def setUp(self):
        harness.wait_until(lambda: set(self.server.children()) == {"keeper", "store", "worker 0", "worker 1"})

    def replaced(self, name, old):
        return harness.wait_until(lambda: self.server.children().get(name, old) != old) and self.server.children()[name]

    def kill(self, name, number):
        pid = self.server.children()[name]
        os.kill(pid, number)
        return pid

    def ask_for(self, seconds):
        """New connections as fast as they are answered: the statuses, and the longest wait."""
        statuses, worst, until = set(), 0, time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                statuses.add(self.server.request("GET", "/hello").status)
            except OSError as error:
                statuses.add(type(error).__name__)
            worst = max(worst, time.monotonic() - began)
        return statuses, worst

    def test_a_killed_worker_is_replaced_while_its_sibling_answers(self):
        for name, number in (("worker 0", signal.SIGKILL), ("worker 1", signal.SIGSEGV), ("worker 0", signal.SIGABRT)):
            with self.subTest(name=name, number=number):
                asking = later(self.ask_for, 1.5)
                time.sleep(0.1)
                died = self.kill(name, number)
                new = self.replaced(name, died)
                self.server.wait_for_log(lambda line, new=new: line["event"] == "child.ready" and line["pid"] == new)
                line = self.server.wait_for_log(lambda line, died=died: line["event"] in ("child.died", "child.crashed") and line["pid"] == died)
                self.assertEqual((line["level"], line["child"]), ("error", name))
                statuses, worst = asking.result()
                # A connection that the dead one held may be reset; no new one is left waiting for its successor.
                self.assertLessEqual(statuses, {200, "ConnectionResetError", "RemoteDisconnected"})
                self.assertIn(200, statuses)
                self.assertLess(worst, 5)

    def test_a_request_in_the_dead_worker_ends_at_once(self):
        sockets = []
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                s = stack.enter_context(self.server.connect())
                s.sendall(b"GET /slow?ms=3000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                sockets.append(s)
            time.sleep(0.6)
            began = time.monotonic()
            died = self.kill("worker 0", signal.SIGKILL)
            self.replaced("worker 0", died)
            answered = [harness.read_all(s) for s in sockets]
            self.assertLess(time.monotonic() - began, 15)
        self.assertLessEqual({data[9:12] for data in answered}, {b"", b"200"})

    def test_reads_go_on_without_the_store_and_writes_come_back(self):
        made = self.server.request("POST", "/api/items", ITEM, token=self.token)
        self.assertEqual(made.status, 201)
        where = f"/api/items/{made.json['id']}"
        for _ in range(2):
            died = self.kill("store", signal.SIGKILL)
            statuses = []
            until = time.monotonic() + 0.4
            while time.monotonic() < until:
                self.assertEqual(self.server.request("GET", where, token=self.token).status, 200)
                statuses.append(self.server.request("POST", "/api/items", ITEM, token=self.token).status)
            self.assertLessEqual(set(statuses), {201, 503})
            self.replaced("store", died)
            harness.wait_until(lambda: self.server.request("POST", "/api/items", ITEM, token=self.token).status == 201)
            harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200)

    def test_writes_while_the_store_hangs_are_503_in_time_and_reads_go_on(self):
        store = self.server.children()["store"]
        os.kill(store, signal.SIGSTOP)
        try:
            writing = [later(self.server.request, "POST", "/api/items", ITEM, None, self.token) for _ in range(5)]
            time.sleep(0.1)
            self.assertEqual(self.server.request("GET", "/api/items", token=self.token).status, 200)
            harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 503)
            self.assertEqual(self.server.admin("GET", "/healthz").status, 200)
            replies = [future.result(40) for future in writing]
            self.assertEqual({(reply.status, reply.headers.get("retry-after")) for reply in replies}, {(503, "1")})
        finally:
            os.kill(store, signal.SIGCONT)
        harness.wait_until(lambda: self.server.request("POST", "/api/items", ITEM, token=self.token).status == 201)
        harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200)

    def test_an_operator_may_ask_for_new_settings_without_harm(self):
        self.server.process.send_signal(signal.SIGHUP)
        statuses, _ = self.ask_for(0.3)
        self.assertEqual(statuses, {200})
        self.server.wait_for_log(lambda line: line["event"] == "reload.done")
        gone = ("keeper", "worker 0", "worker 1", "store")
        harness.wait_until(lambda: {line["child"] for line in self.server.log() if line["event"] == "child.ended"} == set(gone))
        self.pids = self.server.children()
        self.assertEqual(sorted(self.pids), sorted(gone))

    def all_write_to_the_new(self):
        self.server.request("POST", "/api/items", ITEM, token=self.token)
        return {"worker 0", "worker 1"} <= {line["process"] for line in self.server.log()}

    def test_the_log_is_opened_anew(self):
        old = self.server.log_path.with_suffix(".old")
        os.rename(self.server.log_path, old)
        self.server.process.send_signal(signal.SIGUSR1)
        harness.wait_until(self.server.log_path.exists)
        self.server.wait_for_log(lambda line: line["event"] == "log.opened")
        harness.wait_until(self.all_write_to_the_new)
        size = old.stat().st_size
        for i in range(20):
            self.server.request("GET", f"/after-{i}")
        self.server.request("POST", "/api/items", ITEM, token=self.token)
        for i in range(20):
            self.server.wait_for_log(lambda line, i=i: line.get("path") == f"/after-{i}")
        self.assertEqual(old.stat().st_size, size)


class Queues(harness.ServerCase):
    """Connections that the kernel has given to a worker that will not take them."""

    @classmethod
    def make(cls):
        return harness.conformance(WORKERS=2)

    def waiting_for(self, stack, name):
        """Connections with a request each that lie in the accept queue of a worker that does not turn: the kernel chooses, so that many are made."""
        self.server.wait_for_log(lambda line: line["event"] == "child.ready" and line["pid"] == self.server.children().get(name))
        os.kill(self.server.children()[name], signal.SIGSTOP)
        sockets = [stack.enter_context(self.server.connect()) for _ in range(32)]
        for s in sockets:
            s.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        time.sleep(0.3)
        answered = select.select(sockets, [], [], 0)[0]
        return [s for s in sockets if s not in answered]

    def test_what_waits_for_a_dead_worker_is_answered_by_its_sibling(self):
        """Before there is a successor. One that comes too soon for that to be seen comes later the next time: the pause doubles."""
        for _ in range(7):
            with contextlib.ExitStack() as stack:
                waiting = self.waiting_for(stack, "worker 0")
                self.assertGreater(len(waiting), 0)
                os.kill(self.server.children()["worker 0"], signal.SIGKILL)
                self.assertEqual({harness.read_all(s)[9:12] for s in waiting}, {b"200"})
                alone = "worker 0" not in self.server.children()
            harness.wait_until(lambda: "worker 0" in self.server.children())
            if alone:
                return
        self.fail("what waited for worker 0 was answered only when worker 0 was there again")


class Rights(harness.ServerCase):
    """What the processes may."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance(WORKERS=2)
        cls.server.env["LEAKED_SECRET"] = "hush-hush"
        with tempfile.NamedTemporaryFile(prefix="leaked") as leaked:
            cls.server.start(pass_fds=(leaked.fileno(),))
        cls.server.request("GET", "/hello")
        cls.pids = cls.server.children()

    def status_of(self, pid):
        return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)

    @unittest.skipUnless(os.geteuid() == 0, "only root can start a server that gives up root")
    def test_children_of_root_are_nobody_for_good(self):
        nobody = pwd.getpwnam("nobody")
        self.assertEqual(set(self.pids), {"keeper", "store", "worker 0", "worker 1"})
        for name, pid in self.pids.items():
            with self.subTest(name):
                status = self.status_of(pid)
                self.assertEqual(status["Uid"].split(), [str(nobody.pw_uid)] * 4)
                self.assertEqual(status["Gid"].split(), [str(nobody.pw_gid)] * 4)
                self.assertEqual(status["Groups"].split(), [])
                for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                    self.assertEqual(int(status[kind], 16), 0)

    def test_no_process_gains_privileges_or_leaves_a_core_file(self):
        for name, pid in (*self.pids.items(), ("monitor", self.server.process.pid)):
            with self.subTest(name):
                self.assertEqual(self.status_of(pid)["NoNewPrivs"], "1")
                core = re.search(r"Max core file size +(\S+) +(\S+)", pathlib.Path(f"/proc/{pid}/limits").read_text())
                self.assertEqual(core.groups(), ("0", "0"))

    def test_children_have_no_environment(self):
        for name, pid in self.pids.items():
            with self.subTest(name):
                self.assertEqual(pathlib.Path(f"/proc/{pid}/environ").read_bytes().strip(b"\0"), b"")

    def test_no_secret_is_on_a_command_line(self):
        for pid in (*self.pids.values(), self.server.process.pid):
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            self.assertNotIn(b"KEYS", b" ".join(words))

    def test_the_secrets_are_wiped_from_the_environment_of_the_monitor(self):
        secret = harness.run("conformance", "secret")[1].strip()
        with harness.conformance(SIGNING_KEYS=secret) as server:
            self.assertNotIn(secret.encode(), pathlib.Path(f"/proc/{server.process.pid}/environ").read_bytes())

    def links(self, pid):
        found = {}
        for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found[int(entry.name)] = os.readlink(entry)
        return found

    def foreign(self):
        """Descriptors that no child should have: {(child, number): what it is}."""
        mine = re.compile(r"(socket|pipe):\[\d+\]|anon_inode:\[?(eventpoll|eventfd|timerfd|signalfd|pidfd)\]?|/memfd:(ring|settings)[ \w()]*|/dev/null|/dev/u?random")
        return {(name, number): target for name, pid in self.pids.items() for number, target in self.links(pid).items()
                if not (mine.fullmatch(target) or target == str(self.server.log_path) or target.startswith(str(self.server.directory / "test.db"))
                        or number == 2)}

    def test_children_have_no_descriptor_that_is_not_theirs(self):
        """What a child is given to begin with, it closes: one that took another's place a moment ago may be on its way."""
        deadline = time.monotonic() + 20
        while self.foreign() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.foreign(), {})

    def test_workers_open_the_database_and_its_index_for_reading(self):
        seen = 0
        for name, pid in self.pids.items():
            for number, target in self.links(pid).items():
                if name == "store" or not target.endswith((".db", ".db-shm", ".db-wal")):
                    continue
                seen += 1
                with self.subTest(name, target=target):
                    flags = int(re.search(r"flags:\s*(\d+)", pathlib.Path(f"/proc/{pid}/fdinfo/{number}").read_text()).group(1), 8)
                    self.assertEqual(flags & os.O_ACCMODE, os.O_RDONLY)
        self.assertGreaterEqual(seen, 4)
        maps = pathlib.Path(f"/proc/{self.pids['worker 0']}/maps").read_text()
        for line in maps.splitlines():
            if "test.db" in line:
                self.assertNotIn("w", line.split()[1], line)

    def test_the_store_has_no_socket_to_the_network(self):
        inet = set()
        for table in ("tcp", "tcp6", "udp", "udp6"):
            rows = pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
            inet |= {row.split()[9] for row in rows}
        sockets = {target[8:-1] for target in self.links(self.pids["store"]).values() if target.startswith("socket:[")}
        self.assertEqual(sockets & inet, set())

    @unittest.skipUnless(os.geteuid() == 0, "only root sees the descriptors of another")
    def test_the_keeper_has_pipes_and_the_log_and_a_filter_of_system_calls(self):
        """Its end of the link to the monitor is the only socket, which leads nowhere else."""
        targets = [target for number, target in self.links(self.pids["keeper"]).items() if number > 2]
        kinds = {re.sub(r"\d+", "", target) for target in targets if target != str(self.server.log_path)}
        self.assertLessEqual(kinds, {"pipe:[]", "socket:[]", "anon_inode:[eventpoll]", "anon_inode:[eventfd]"})
        self.assertEqual(sum(target.startswith("socket:") for target in targets), 1)
        self.assertEqual({self.status_of(pid)["Seccomp"] for name, pid in self.pids.items() if name == "keeper"}, {"2"})
        self.assertIsNone(next((line for line in self.server.log() if line["event"] == "keeper.unconfined"), None))

    def test_children_live_and_die_in_groups_of_their_own(self):
        groups = {os.getpgid(pid) for pid in self.pids.values()}
        self.assertEqual(len(groups), 4)
        self.assertNotIn(os.getpgid(self.server.process.pid), groups)


class Ends(unittest.TestCase):
    """How a server ends, and begins again."""

    def test_signals_drain(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                server = harness.conformance(WORKERS=2).start()
                slow = [later(server.exchange, b"GET /slow?ms=2000 HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(6)]
                time.sleep(1)
                began = time.monotonic()
                server.process.send_signal(number)
                for future in slow:
                    reply = future.result()[0]
                    self.assertEqual((reply.status, reply.json, reply.headers["connection"]), (200, {"slept": 2000}, "close"))
                self.assertEqual(server.end(number), 0)
                self.assertLess(time.monotonic() - began, 15)
                server.stop()

    def test_who_sends_while_the_server_drains_gets_the_answer_and_the_end(self):
        server = harness.conformance().start()
        with server.connect() as kept:
            kept.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 200 ", kept.recv(4096))
            slow = later(server.exchange, b"GET /slow?ms=3000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.6)
            server.process.send_signal(signal.SIGTERM)
            server.wait_for_log(lambda line: line["event"] == "monitor.draining")
            time.sleep(0.1)
            kept.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
            replies = harness.parse_replies(harness.read_all(kept))
            self.assertEqual([(reply.status, reply.headers["connection"]) for reply in replies], [(200, "close")])
            self.assertEqual(slow.result()[0].status, 200)
        server.stop()

    def test_a_request_that_does_not_end_is_ended(self):
        for settings, signals in (({"DRAIN_TIMEOUT": "500ms"}, 1), ({}, 2)):
            with self.subTest(signals=signals):
                server = harness.conformance(**settings).start()
                slow = later(server.raw, b"GET /slow?ms=9000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                time.sleep(0.6)
                began = time.monotonic()
                for _ in range(signals):
                    server.process.send_signal(signal.SIGTERM)
                    time.sleep(0.2)
                server.process.wait(30)
                self.assertLess(time.monotonic() - began, 7.5)  # sooner than the handler
                self.assertNotIn(b" 200 ", slow.result())
                server.stop()

    def test_children_do_not_outlive_the_monitor(self):
        server = harness.conformance(WORKERS=2)
        server.expect_exit = -signal.SIGKILL
        server.start()
        pids = server.children().values()
        self.assertEqual(len(pids), 4)
        os.kill(server.process.pid, signal.SIGKILL)
        harness.wait_until(lambda: not any(map(alive, pids)))

        def is_closed():
            try:
                server.connect().close()
            except OSError:
                return True
            return False

        harness.wait_until(is_closed)  # the first thread of a process may be gone before its last
        server.stop()

    def test_what_was_acknowledged_is_there_after_everything_was_killed(self):
        server = harness.conformance(WORKERS=2)
        server.expect_exit = -signal.SIGKILL
        acknowledged, names = set(), iter(range(10_000))

        def write(token):
            with contextlib.suppress(OSError):
                while True:
                    name = f"item {next(names)}"
                    reply = server.request("POST", "/api/items", {**ITEM, "name": name}, token=token)
                    if reply.status != 201:
                        return
                    acknowledged.add((reply.json["id"], name))
        for _ in range(3):
            server.start()
            token = server.token("alice")
            for number, name in acknowledged:
                reply = server.request("GET", f"/api/items/{number}", token=token)
                self.assertEqual((reply.status, reply.json.get("name")), (200, name))
            before = len(acknowledged)
            writers = [later(write, token) for _ in range(4)]
            time.sleep(0.4)
            children = list(server.children().values())
            for pid in (*children, server.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for writer in writers:
                writer.result(30)
            self.assertGreater(len(acknowledged), before)
            server.end(signal.SIGKILL)
            harness.wait_until(lambda pids=children: not any(map(alive, pids)))
        server.stop()


class Refusals(unittest.TestCase):
    """What stops a start: one line that says it, and a status that scripts know."""

    def refused(self, status, line, app="conformance", **settings):
        server = harness.Server(app, settings)
        try:
            got, out, said = harness.run(app, "serve", env=server.env, cwd=server.directory)
            self.assertEqual((got, out), (status, ""), said)
            self.assertRegex(said, line)
            self.assertEqual(len(said.strip().splitlines()), 1, said)
        finally:
            server.stop()

    def test_a_port_that_somebody_listens_on(self):
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = busy.getsockname()[1]
            self.refused(69, rf"^conformance: .*127\.0\.0\.1:{port}.*in use", ENV=None, LISTEN=f"127.0.0.1:{port}")

    def test_a_port_of_another_server_of_ours(self):
        with harness.conformance(WORKERS=2) as first:
            self.refused(69, rf"127\.0\.0\.1:{first.port}.*in use", ENV=None, LISTEN=f"127.0.0.1:{first.port}")
            self.assertEqual(first.request("GET", "/hello").status, 200)

    def test_an_admin_socket_of_another_server_of_ours(self):
        with harness.conformance() as first:
            self.refused(69, r"admin\.sock", ENV=None, ADMIN_LISTEN=f"unix:{first.admin_path}")
            self.assertEqual(first.admin("GET", "/readyz").status, 200)

    def test_a_database_of_another_server_of_ours(self):
        with harness.conformance() as first:
            got, _, said = harness.run("conformance", "serve", cwd=first.directory, env={
                **first.env, "CONFORMANCE_LISTEN": f"127.0.0.1:{harness.free_port()}", "CONFORMANCE_ADMIN_LISTEN": f"unix:{first.directory}/2.sock"})
            self.assertNotEqual(got, 0)
            self.assertRegex(said, r"^conformance: \S+/test\.db is open for writing in another process, \d+; stop that one first\n$")
            self.assertEqual(first.request("POST", "/api/items", ITEM, token=first.token("alice")).status, 201)

    def test_a_port_for_the_privileged(self):
        if os.geteuid() == 0:
            self.skipTest("root may listen on every port")
        self.refused(69, r"127\.0\.0\.1:80", LISTEN="127.0.0.1:80")

    def test_a_database_that_cannot_be(self):
        self.refused(78, "no-such-directory", ENV=None, DATABASE_URL="sqlite:no-such-directory/x.db")

    def test_a_database_that_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            path = pathlib.Path(folder, "x.db")
            path.write_bytes(b"This is no database. " * 100)
            os.chmod(path, 0o666)
            self.refused(78, "x.db", ENV=None, DATABASE_URL=f"sqlite:{path}")

    def test_a_database_that_was_not_migrated(self):
        self.refused(78, "run coffer migrate", app="coffer")

    def test_a_log_that_cannot_be_opened(self):
        self.refused(69, "^conformance: LOG: /no/such/log .*No such file", ENV=None, LOG="/no/such/log")
        self.refused(69, "^conformance: LOG: /tmp .*neither a file nor a device", ENV=None, LOG="/tmp")

    def test_a_user_that_is_not_there(self):
        if os.geteuid() != 0:
            self.skipTest("only root changes its user")
        self.refused(78, "USER: 'no-such-user'", ENV=None, USER="no-such-user")
        self.refused(78, "USER: 'root'", ENV=None, USER="root")


if __name__ == "__main__":
    unittest.main()
