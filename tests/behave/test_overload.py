"""More than there is room for: refused early and in good form, health checks last, and all is well again afterwards."""

import concurrent.futures
import contextlib
import functools
import itertools
import json
import os
import resource
import socket
import subprocess
import threading
import time
import unittest
import unittest.mock

import clients
import harness

SECURITY_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control", "cross-origin-resource-policy")
HELLO = clients.request(b"GET /hello")


class Overload(unittest.TestCase):
    def assert_refused_well(self, server, reply, stranger=False):
        """A 503 that says when to come back, with the headers that every error has; of a stranger's an answer like any other, else the connection ends."""
        self.assertEqual(reply.status, 503)
        self.assertEqual(reply.headers["retry-after"], "1")
        self.assertEqual(reply.headers["content-length"], str(len(reply.body)))
        self.assertEqual((reply.headers["content-type"], reply.json["error"], reply.json["code"]), ("application/json", "Service Unavailable", "unavailable"))
        self.assertEqual("request_id" in reply.json, stranger)
        if not stranger:
            self.assertEqual(reply.headers["connection"], "close")
        usual = server.admin("GET", "/none").headers
        for name in SECURITY_HEADERS:
            self.assertEqual(reply.headers.get(name), usual[name], name)

    def assert_healthy(self, server, times=5):
        for _ in range(times):
            began = time.monotonic()
            self.assertEqual(server.admin("GET", "/healthz").status, 200)
            self.assertEqual(server.admin("GET", "/readyz").status, 200)
            self.assertLess(time.monotonic() - began, 5)

    @contextlib.contextmanager
    def many(self, server, n, data=b""):
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(server.connect()) for _ in range(n)]
            for s in sockets:
                s.sendall(data)
            yield sockets

    def wait_for_hello(self, server):
        def ask():
            with contextlib.suppress(OSError):
                return server.request("GET", "/hello").status == 200
        harness.wait_until(ask)

    def test_connections_over_the_cap(self):
        with harness.conformance(CONNECTIONS_MAX=20) as server:
            time.sleep(0.3)  # whoever asked whether it is ready has a place for a moment
            with self.many(server, 20, clients.request(b"GET /slow?ms=9000")) as kept:  # nobody waits for them: they stay
                harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 20)
                for _ in range(30):
                    with server.connect() as s:
                        s.sendall(HELLO)
                        told = clients.replies(s)
                    self.assertEqual(len(told), 1)
                    self.assert_refused_well(server, told[0])
                with self.many(server, 100, HELLO) as waiting:  # more than are told so: the others wait
                    self.assert_healthy(server)
                    self.assertEqual(clients.replies(waiting[0])[0].status, 503)
                    self.assertEqual(clients.counted(server, "requests_in_hand"), 20)
                for s in kept:
                    s.setblocking(False)
                    with self.assertRaises(BlockingIOError):
                        s.recv(1)
            self.wait_for_hello(server)
            server.wait_for_log(lambda line: line["event"] == "server.overloaded")
            self.assertLess(len([line for line in server.log() if line["event"] == "server.overloaded"]), 10)

    def test_memory(self):
        """Of a body as much as has come. Strangers are refused before who is known, and who is slowest leaves."""
        head = clients.request(b"POST /enter", b"Content-Type: application/json", b"Content-Length: 60000", body=b"{")
        with harness.Server("papers", {"WORKERS": "1", "MEMORY_MAX": "16M"}, prepare=(("migrate",),), postgres=False) as server:
            token = server.request("POST", "/enter", {"uid": "ann"}).json["access_token"]

            def ask(secret=None):
                return server.request("GET", "/limited/address", token=secret, source=next(sources))
            sources = (f"127.9.{i // 250}.{i % 250 + 1}" for i in itertools.count())  # the route has a limit
            with self.many(server, 200, head):  # so much was announced as there will never be
                harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 200)
                self.assertEqual((ask().status, ask(token).status), (401, 204))
            harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 0)
            with self.many(server, 200, head) as slow:
                harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 200)
                for s in slow:
                    s.sendall(b" " * 59000)
                    if clients.counted(server, "memory_bytes") > 25 << 19:
                        break
                self.assert_refused_well(server, ask(), stranger=True)
                self.assertEqual(ask(token).status, 204)
                self.assert_healthy(server)
                harness.wait_until(lambda: ask().status == 401)  # they have left
                self.assertGreater(clients.counted(server, "displaced_total"), 0)
                self.assertLess(clients.counted(server, "displaced_total"), 200)

    def test_fibers(self):
        """All that the public may have are taken by handlers that wait."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 5000:
            self.skipTest(f"at most {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 5000), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with harness.conformance() as server:
            with self.many(server, 4100, clients.request(b"GET /slow?ms=9000")):
                reply = harness.wait_until(lambda: (reply := server.request("GET", "/hello")).status == 503 and reply)
                self.assert_refused_well(server, reply, stranger=True)
                self.assert_healthy(server)
                self.assertEqual(clients.counted(server, "displaced_total"), 0)  # it is not they who are slow
            self.wait_for_hello(server)

    def test_passwords(self):
        with harness.coffer(ARGON2_QUEUE=1, WORKERS=1) as server, concurrent.futures.ThreadPoolExecutor(40) as pool:
            form = {"grant_type": "password", "username": "nobody", "password": "x" * 20}
            asked = [pool.submit(server.request, "POST", "/token", form=form) for _ in range(40)]
            self.assert_healthy(server, 3)
            told = [future.result() for future in asked]
            self.assertLessEqual({reply.status for reply in told}, {400, 401, 503})
            refused = [reply for reply in told if reply.status == 503]
            self.assertGreater(len(refused), 0)
            for reply in refused:
                self.assertEqual(reply.headers["retry-after"], "1")
            self.assertIn(server.request("POST", "/token", form=form).status, (400, 401))

    def test_descriptors(self):
        limit = 280  # the monitor uses 256 for a moment
        server = harness.conformance()
        limited = functools.partial(subprocess.Popen, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        with unittest.mock.patch.object(harness.subprocess, "Popen", limited):
            server.start()
        with contextlib.ExitStack() as stack:
            stack.callback(server.stop)
            pid = clients.worker(server)
            with self.many(server, limit + 20, clients.request(b"GET /slow?ms=4000")) as sockets:  # nobody of them is slow
                server.wait_for_log(lambda line: line["event"] == "accept.no_descriptors")
                self.assert_healthy(server)
                used = clients.processor_seconds(pid)
                time.sleep(1)
                self.assertLess(clients.processor_seconds(pid) - used, 0.5)
                harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 0)
                told = []
                for s in sockets:
                    s.settimeout(0.005)
                    with contextlib.suppress(OSError):
                        told.append(s.recv(4096))
                self.assertGreater(len([got for got in told if b" 200 OK" in got]), 200)
                refused = [got for got in told if b" 503 " in got]
                self.assertGreater(len(refused), 0)
                self.assert_refused_well(server, harness.parse_replies(refused[0])[0])
            self.wait_for_hello(server)
            for _ in range(20):
                self.assertEqual(server.request("GET", "/hello").status, 200)
            self.assertEqual(clients.worker(server), pid)
            self.assertLess(len([line for line in server.log() if line["event"] == "accept.no_descriptors"]), 50)

    def test_a_pipelining_client_starves_nobody(self):
        with harness.conformance() as server:
            quiet = clients.Honest(server).work(0.5)
            with clients.hammering(server, 64, 10):
                time.sleep(0.5)
                honest = clients.Honest(server).work(4)
            self.assertEqual(honest.wrong, [])
            self.assertGreater(len(honest.times), 20)
            self.assertLess(honest.p99, 0.5 + 20 * quiet.p99)


class OneConnection(unittest.TestCase):
    """What may go over one connection, and what may wait in it."""

    def test_the_requests_of_a_connection(self):
        """The hundred-thousandth is answered, and told that it is the last."""
        most, got, tail = 100_000, 0, b""
        with harness.conformance(LOG_LEVEL="warn") as server, server.connect(timeout=120) as s:
            sender = threading.Thread(target=self.send_on, args=(s, HELLO * 100, most // 100 + 10))
            sender.start()
            with contextlib.suppress(ConnectionResetError):
                while part := s.recv(1 << 20):
                    tail += part
                    got += tail.count(b"HTTP/1.1 200 ")
                    tail = tail[-2000:] if b"HTTP/1.1 200 " not in tail[-2000:] else tail[tail.rindex(b"HTTP/1.1 200 ") + 13:]
            sender.join()
        self.assertEqual(got, most)
        self.assertIn(b"\r\nConnection: close\r\n", tail)

    def send_on(self, s, data, times):
        with contextlib.suppress(OSError):
            for _ in range(times):
                s.sendall(data)

    def test_answers_that_nobody_reads(self):
        """Who asks and does not read is not read from either: nothing gathers in the server."""
        with harness.conformance(LOG_LEVEL="warn") as server, socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(server.address)
            s.settimeout(3)
            pid = clients.worker(server)
            before, sent = clients.memory(pid, "VmHWM"), 0
            with self.assertRaises(TimeoutError):
                for _ in range(600):
                    s.sendall(HELLO * 1000)
                    sent += 1000
            self.assertLess(clients.memory(pid, "VmHWM") - before, 8 << 20, sent)


def whole_lines(path):
    """The lines of a log but those that the full disk cut."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            lines.append(json.loads(line))
    return lines


class Logs(unittest.TestCase):
    """A log that cannot be written stops nothing, and is counted."""

    def ask(self, server, n=50):
        for _ in range(n):
            self.assertEqual(server.request("GET", "/hello").status, 200)

    @unittest.skipUnless(os.geteuid() == 0, "only root mounts a small disk")
    def test_a_full_disk(self):
        server = harness.conformance()
        disk = server.directory / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=1777", "tmpfs", str(disk)], capture_output=True, check=False)
        if mounted.returncode:
            self.skipTest("no small disk to be had: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        server.env["CONFORMANCE_LOG"] = str(disk / "log")
        server.log_path = disk / "log"
        server.log = lambda: whole_lines(server.log_path)
        with server:
            self.ask(server)
            filler = disk / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as f:
                while f.write(b"x" * 512):
                    pass
            time.sleep(0.5)
            self.ask(server, 100)
            time.sleep(0.5)
            filler.unlink()
            self.ask(server, 3)
            line = server.wait_for_log(lambda line: line["event"] == "log.lost")
            self.assertGreater(line["lines"], 50)
            self.ask(server)

    def test_a_closed_standard_error(self):
        server = harness.conformance(LOG="stderr")
        reading, writing = os.pipe()
        server.stderr.close()
        server.stderr = os.fdopen(writing, "wb")
        server.said = lambda: ""
        with server:
            os.close(reading)
            self.ask(server, 200)
            self.assertEqual(server.admin("GET", "/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
