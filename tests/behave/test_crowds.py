"""Too many for one address, for one route, or for the whole: some are refused, others are served as ever, and nothing is left of them."""

import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import socket
import time
import unittest

import clients
import harness

SECURITY_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control", "cross-origin-resource-policy")
HELLO = clients.request(b"GET /hello")


class Addresses(harness.ServerCase):
    """What one address may take, and that all of it comes back."""

    CAP = 3

    @classmethod
    def make(cls):
        return harness.conformance(CONNECTIONS_PER_ADDRESS=cls.CAP, HEADS_PER_ADDRESS=2)

    def open(self, source, n, data=b""):
        sockets = [self.server.connect(source) for _ in range(n)]
        for s in sockets:
            self.addCleanup(s.close)
            if data:
                with contextlib.suppress(OSError):
                    s.sendall(data)
        return sockets

    def is_closed(self, s):
        """Closed without a word."""
        with contextlib.suppress(ConnectionResetError):
            return s.recv(1) == b""
        return True

    def assert_full(self, source):
        """The address may have as many as it may, and no more."""
        for s in self.open(source, self.CAP, HELLO):
            self.assertIn(b" 200 ", s.recv(4096), source)
        self.assertTrue(self.is_closed(self.open(source, 1)[0]), source)

    def test_connections_of_one_address(self):
        before = clients.counted(self.server, "capped_total")
        self.assert_full("127.0.2.1")
        self.assertEqual(clients.counted(self.server, "capped_total"), before + 1)
        self.assertEqual(self.server.request("GET", "/hello", source="127.0.2.2").status, 200)
        line = self.server.wait_for_log(lambda line: line["event"] == "connection.capped")
        self.assertEqual(line["level"], "warn")
        self.assertRegex(line["address"], r"^127\.0\.2\.")

    def test_heads_of_one_address(self):
        half = self.open("127.0.2.3", 2, b"GET /hello HTTP/1.1\r\nHost: loc")
        time.sleep(0.2)  # until they were read
        self.assertTrue(self.is_closed(self.open("127.0.2.3", 1, b"GET")[0]))
        self.assertEqual(self.server.request("GET", "/hello", source="127.0.2.3").status, 200)  # its head is never incomplete
        half[0].sendall(b"alhost\r\n\r\n")
        self.assertIn(b" 200 ", half[0].recv(4096))
        more = self.open("127.0.2.3", 1, b"GET /hello HTTP/1.1\r\nHost: loc")[0]
        more.sendall(b"alhost\r\n\r\n")
        self.assertIn(b" 200 ", more.recv(4096))

    def test_nothing_is_left_of_those_who_leave(self):
        """Many addresses that leave at every moment there is."""
        moments = [
            b"", b"G", b"GET /hello HTTP/1.1\r\nHost: a", HELLO, HELLO * 20 + b"GET ", b"nonsense\r\n\r\n",
            clients.request(b"GET /slow?ms=300"), clients.request(b"GET /defer?bytes=3000000"), clients.request(b"GET /defer?ms=200&bytes=10"),
            clients.request(b"POST /json", b"Content-Type: application/json", b"Content-Length: 100", body=b"1"),
            clients.request(b"POST /echo", b"Transfer-Encoding: chunked", body=b"5\r\n123"),
            clients.request(b"POST /json", b"Expect: 100-continue", b"Content-Length: 100"),
            clients.request(b"POST /hello", b"Content-Length: 100000", body=b"x" * 50),
            b"GET /" + b"x" * 40000,
        ]
        ways = [socket.socket.close, clients.reset, lambda s: s.shutdown(socket.SHUT_WR), lambda s: (s.recv(1), s.close())]
        dice = random.Random(1)
        for i in range(240):
            with self.server.connect(f"127.0.3.{i % 60 + 1}", timeout=0.05) as s:
                with contextlib.suppress(OSError):
                    s.sendall(dice.choice(moments))
                if dice.random() < 0.3:
                    time.sleep(0.002)
                with contextlib.suppress(OSError):
                    dice.choice(ways)(s)
        harness.wait_until(lambda: clients.counted(self.server, "connections") == 0)
        for i in range(60):
            self.assert_full(f"127.0.3.{i + 1}")

    def test_new_ones_in_a_second(self):
        with harness.conformance(CONNECTIONS_PER_SECOND=5) as server:
            began = time.monotonic()
            served = 0
            for _ in range(30):
                with server.connect("127.0.2.5") as s, contextlib.suppress(OSError):
                    s.sendall(HELLO)
                    served += b" 200 " in s.recv(4096)
            self.assertTrue(5 <= served <= 6 + 5 * (time.monotonic() - began), served)
            self.assertEqual(server.request("GET", "/hello", source="127.0.2.6").status, 200)
            time.sleep(0.5)
            self.assertEqual(server.request("GET", "/hello", source="127.0.2.5").status, 200)

    def test_the_slowest_leave_when_all_places_are_taken(self):
        with harness.conformance(CONNECTIONS_MAX=13) as server, contextlib.ExitStack() as stack:
            def client(data):
                s = stack.enter_context(server.connect())
                s.sendall(data)
                return s
            heads = [client(data) for data in (b"", b"GET /hel", b"", b"GET /hello HTTP/1.1\r\n")]
            bodies = [client(clients.request(b"POST /json", b"Content-Type: application/json", b"Content-Length: 100", body=b"1"))
                      for _ in range(4)]
            idle = [client(HELLO) for _ in range(2)]
            asking = [client(clients.request(b"GET /slow?ms=9000")) for _ in range(2)]
            harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 6)
            time.sleep(0.3)
            for s in idle:
                self.assertIn(b" 200 ", s.recv(4096))
            honest = [client(clients.request(b"GET /slow?ms=9000")) for _ in range(9)]
            for s in heads + bodies:
                self.assertTrue(self.is_closed(s))
            harness.wait_until(lambda: clients.counted(server, "requests_in_hand") == 11)
            for s in asking + honest:
                s.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    s.recv(1)
            self.assertIn(clients.counted(server, "displaced_total"), (8, 9, 10))  # a connection of the admin's may have a place as well
            self.assertEqual(server.wait_for_log(lambda line: line["event"] == "connection.displaced")["level"], "warn")


class Busy(harness.ServerCase):
    """A route that may have so many requests at a time, in all workers together."""

    @classmethod
    def make(cls):
        return harness.conformance(WORKERS="2")

    def ask(self, path="/limited/busy?ms=1500"):
        return self.server.request("GET", path)

    def is_free(self, path="/limited/busy?ms=0"):
        return self.ask(path).status == 200

    def test_over_it_is_503_at_once_and_others_are_served(self):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(self.ask) for _ in range(12)]
            for _ in range(5):
                self.assertEqual(self.server.request("GET", "/hello").status, 200)
            replies = [future.result() for future in asked]
        told = [reply for reply in replies if reply.status != 200]
        self.assertGreaterEqual(len(told), 6)
        for reply in told:
            self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "unavailable", "1"))
            for name in SECURITY_HEADERS:
                self.assertIn(name, reply.headers)
        self.assertTrue(self.is_free())
        lines = [line for line in self.server.log() if line["event"] == "route.busy"]
        self.assertTrue(1 <= len(lines) <= 12, lines)
        self.assertLessEqual({(line["route"], line["at_once"]) for line in lines}, {("/limited/busy", 2), ("/limited/busy/telling", 1)})
        self.assertFalse([line for line in self.server.log() if line["event"] == "request.failed" and line["code"] == "unavailable"])

    def test_a_slow_body_holds_no_place(self):
        slow = clients.request(b"POST /limited/busy", b"Content-Type: application/json", b"Content-Length: 20", body=b'{"ms":')
        with contextlib.ExitStack() as stack:
            for _ in range(6):
                stack.enter_context(self.server.connect()).sendall(slow)
            time.sleep(0.2)
            for _ in range(5):
                self.assertEqual(self.server.request("POST", "/limited/busy", {"ms": 0}).status, 200)

    def test_a_place_comes_back_however_it_ends(self):
        telling = "/limited/busy/telling?ms="
        for how in ("end", "closed", "reset", "timeout"):
            with self.subTest(how):
                s = self.server.connect()
                if how == "timeout":
                    s.sendall(clients.request(b"POST /limited/busy", b"Content-Type: application/json", b"Content-Length: 11", body=b'{"ms":9000}'))
                else:
                    s.sendall(clients.request(b"GET " + telling.encode() + (b"400" if how == "end" else b"9000")))
                    harness.wait_until(lambda: self.ask(telling + "0").status == 503)
                if how == "reset":
                    clients.reset(s)
                elif how == "closed":
                    s.close()
                elif how == "timeout":
                    self.assertEqual(harness.parse_replies(s.recv(4096))[0].json["code"], "timeout")
                harness.wait_until(lambda: self.is_free(telling + "0"), 3)
                s.close()
        self.assertTrue(self.is_free())

    def test_a_worker_that_dies_takes_no_place_with_it(self):
        for name in ("worker 0", "worker 1"):
            self.server.wait_for_log(lambda line, name=name: line["event"] == "child.ready" and line["child"] == name)
        with contextlib.ExitStack() as stack:
            for _ in range(12):
                stack.enter_context(self.server.connect()).sendall(clients.request(b"GET /limited/busy?ms=9000"))
            harness.wait_until(lambda: not self.is_free())
            for pid in [pid for name, pid in self.server.children().items() if name.startswith("worker")]:
                os.kill(pid, signal.SIGKILL)
        def asks():
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.is_free()
        harness.wait_until(asks)

    def test_shown(self):
        self.assertRegex(self.server.command("routes", "-v"), r"/limited/busy +public: two at a time\n(    .*\n)*    at once       2 \(route\)\n")


class Shedding(unittest.TestCase):
    """More than can be done: new work is refused early, that of who is signed in last, and health checks never."""

    def memory(self, server, used):
        (server.directory / "memory.max").write_text("1000\n", encoding="ascii")
        (server.directory / "memory.current").write_text(f"{used}\n", encoding="ascii")

    def told(self, server):
        return len([line for line in server.log() if line["event"] == "load.shed"])

    def test_memory(self):
        server = harness.Server("papers", {"WORKERS": "2"}, prepare=(("migrate",),), postgres=False)
        server.env["PAPERS_CGROUP"] = str(server.directory)
        self.memory(server, 100)
        with server:
            token = server.request("POST", "/enter", {"uid": "ann"}).json["access_token"]
            sources = (f"127.9.{i // 250}.{i % 250 + 1}" for i in itertools.count())  # the route has a limit
            def known(secret=token):
                return {server.request("GET", "/limited/address", token=secret, source=next(sources)).status for _ in range(8)}
            def strangers():
                return known(None)
            self.assertEqual((strangers(), known()), ({401}, {204}))
            self.memory(server, 920)
            harness.wait_until(lambda: strangers() == {503})
            began, before = time.monotonic(), self.told(server)
            for _ in range(10):
                self.assertEqual(strangers(), {503})
            self.assertLessEqual(self.told(server) - before, 2 * (time.monotonic() - began + 1), "once a second of each worker")
            self.assertEqual(known(), {204})
            self.assertEqual(known("nonsense"), {401})
            enter = [server.request("POST", "/enter", {"uid": "ann"}, token=secret).status for secret in (token, None, "nonsense")]
            self.assertEqual(enter, [200, 503, 503], "a public route")
            reply = server.request("GET", "/none")
            self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "unavailable", "1"))
            told = {name: reply.json[name] for name in ("error", "message", "code")}
            for name in SECURITY_HEADERS:
                self.assertEqual(reply.headers.get(name), server.admin("GET", "/none").headers[name], name)
            self.memory(server, 960)
            harness.wait_until(lambda: known() == {503})
            reply = server.request("GET", "/none")
            self.assertEqual((reply.status, reply.headers["retry-after"], reply.headers["connection"]), (503, "1", "close"))
            self.assertEqual((reply.json, reply.headers["content-type"]), (told, "application/json"), "what every 503 says, without a request")
            self.assertNotIn("x-request-id", reply.headers)
            reply = server.exchange(b"HEAD /none HTTP/1.1\r\nHost: localhost\r\n\r\n", head=True)[0]
            self.assertEqual((reply.status, reply.body, int(reply.headers["content-length"])), (503, b"", len(json.dumps(told, separators=(",", ":")))))
            for name in SECURITY_HEADERS:
                self.assertEqual(reply.headers.get(name), server.admin("GET", "/none").headers[name], name)
            self.assertEqual({server.admin("GET", path).status for path in ("/healthz", "/readyz", "/metrics")}, {200})
            line = server.wait_for_log(lambda line: line["event"] == "load.shed")
            self.assertEqual((line["level"], line["memory_percent"]), ("warn", 92))
            self.memory(server, 500)
            harness.wait_until(lambda: strangers() == {401})
            self.assertEqual(known(), {204})

    def test_lag(self):
        with harness.conformance(SHED_LAG="100ms") as server, concurrent.futures.ThreadPoolExecutor(2) as pool:
            until = time.monotonic() + 15
            def stall():
                """The first reply that refuses."""
                while time.monotonic() < until:
                    with contextlib.suppress(OSError):
                        reply = server.request("GET", "/stall?ms=120")
                        if reply.status != 200:
                            return reply
            asked = [pool.submit(stall) for _ in range(2)]
            while not any(future.done() for future in asked):
                self.assertEqual(server.admin("GET", "/healthz").status, 200)
            until = time.monotonic()
            told = [reply for reply in (future.result() for future in asked) if reply]
            self.assertEqual({(reply.status, reply.headers["retry-after"]) for reply in told}, {(503, "1")})
            harness.wait_until(lambda: server.request("GET", "/hello").status == 200)
            self.assertTrue([line for line in server.log() if line["event"] in ("load.shed", "server.overloaded")])
            time.sleep(0.3)
            self.assertEqual({server.request("GET", "/hello").status for _ in range(20)}, {200})


if __name__ == "__main__":
    unittest.main()
