"""What the workers count, on /metrics of the admin listener and in `top`."""

import os
import pty
import re
import signal
import subprocess
import threading
import time
import unittest

import harness


def metrics(server):
    """{(name, labels): value} of /metrics, without the worker; several workers are added up."""
    reply = server.admin("GET", "/metrics")
    assert reply.status == 200, reply
    found = {}
    for name, rest, value in re.findall(r'(?m)^(\w+)\{worker="\d+"(.*)\} (\d+)$', reply.body.decode()):
        found[name + rest] = found.get(name + rest, 0) + int(value)
    return found


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance(WORKERS=2).start()
        cls.addClassCleanup(cls.server.stop)

    def test_form(self):
        reply = self.server.admin("GET", "/metrics")
        self.assertEqual(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(self.server.admin("POST", "/metrics").status, 405)
        self.assertEqual(self.server.request("GET", "/metrics").status, 404)  # not for clients

    def test_every_worker_knows_of_all(self):
        before = metrics(self.server)
        for _ in range(40):
            self.assertEqual(self.server.request("GET", "/hello").status, 200)
        for _ in range(3):
            self.assertEqual(self.server.request("GET", "/nothing").status, 404)

        def came(name):
            return metrics(self.server)[name] - before[name]

        harness.wait_until(lambda: came('dewar_replies_total,status="4xx"') == 3)
        for _ in range(10):  # whichever worker answers
            self.assertEqual((came("dewar_requests_total"), came('dewar_replies_total,status="2xx"'), came("dewar_accepted_total")),
                             (43, 40, 43))

    def test_connections_and_requests_in_hand(self):
        harness.wait_until(lambda: metrics(self.server)["dewar_connections"] == 0)
        with self.server.connect() as s:
            s.sendall(b"GET /slow?ms=1500 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            harness.wait_until(lambda: metrics(self.server)["dewar_requests_in_hand"] == 1)
            self.assertEqual(metrics(self.server)["dewar_connections"], 1)
        harness.wait_until(lambda: metrics(self.server)["dewar_requests_in_hand"] == 0)
        harness.wait_until(lambda: metrics(self.server)["dewar_connections"] == 0)

    def test_a_worker_that_died_is_counted_on(self):
        self.server.request("GET", "/hello")
        # One that dies before all were ready ends the start.
        harness.wait_until(lambda: sum(line.get("event") == "child.ready" for line in self.server.log()) == 4)
        before = metrics(self.server)["dewar_requests_total"]
        victim = next(pid for name, pid in self.server.children().items() if name.startswith("worker"))
        os.kill(victim, signal.SIGKILL)
        harness.wait_until(lambda: victim not in self.server.children().values() and len(self.server.children()) == 4)
        self.assertGreaterEqual(metrics(self.server)["dewar_requests_total"], before)


class Top(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance(WORKERS=2).start()
        cls.addClassCleanup(cls.server.stop)
        cls.program = str(harness.BIN / "conformance")

    def run_top(self, *words, env=None):
        return subprocess.run([self.program, "top", *words], cwd=self.server.directory, env=env or self.server.env, text=True,
                              capture_output=True, check=False, timeout=60)

    def lines(self, text):
        return {line.split()[0]: line.split() for line in text.splitlines()}

    def test_once(self):
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                self.server.request("GET", "/hello")
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            for words in (("--once",), ()):  # without a terminal it is once
                done = self.run_top(*words)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                lines = self.lines(done.stdout)
                self.assertEqual(list(lines), ["worker", "0", "1", "all"])
                self.assertGreater(float(lines["all"][3]), 0)  # requests in a second
                self.assertGreater(int(lines["all"][10]), 0)  # since the start
                self.assertNotIn("\x1b", done.stdout)
        finally:
            stop.set()
            asking.join()

    def test_on_a_terminal(self):
        master, slave = pty.openpty()
        with subprocess.Popen([self.program, "top"], cwd=self.server.directory, env=self.server.env, stdout=slave, stderr=slave,
                              stdin=slave) as child:
            os.close(slave)
            seen = b""
            begun = time.monotonic()
            while seen.count(b"\x1b[H\x1b[J") < 2 and time.monotonic() - begun < 60:
                seen += os.read(master, 65536)
            self.assertIsNone(child.poll())
            child.terminate()
            os.close(master)
        self.assertIn(b"requests/s", seen)
        self.assertGreaterEqual(seen.count(b"   all "), 1)

    def test_what_cannot_be(self):
        done = self.run_top("--twice")
        self.assertEqual((done.returncode, done.stderr), (64, "conformance: usage: conformance top [--once]\n"))
        done = self.run_top("--once", env={**self.server.env, "CONFORMANCE_ADMIN_LISTEN": "unix:nowhere.sock"})
        self.assertEqual((done.returncode, done.stderr),
                         (69, "conformance: the server cannot be asked at unix:nowhere.sock (ADMIN_LISTEN): No such file or directory\n"))
        public = f"127.0.0.1:{self.server.port}"
        done = self.run_top("--once", env={**self.server.env, "CONFORMANCE_ADMIN_LISTEN": public, "CONFORMANCE_LISTEN": "127.0.0.1:1"})
        self.assertEqual((done.returncode, done.stderr),
                         (69, f"conformance: what answers at {public} (ADMIN_LISTEN) has no counts; is it this server?\n"))


if __name__ == "__main__":
    unittest.main()
