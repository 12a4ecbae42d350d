"""Writes whose client leaves, whose time is up, or whose store hangs: each hears the truth in time, and nobody else notices."""

import concurrent.futures
import contextlib
import json
import os
import resource
import selectors
import signal
import threading
import time
import unittest

import clients
import harness

FOREVER = 1 << 60


class Client:
    def start(self, **settings):
        server = harness.conformance(**settings)
        self.addCleanup(server.stop)
        server.start()
        self.token = server.token("alice")
        return server

    def post(self, server, name, seconds=None):
        """A write: the reply, and how long it took."""
        began = time.monotonic()
        reply = server.request("POST", "/api/items", {"name": name, "description": "It stands on the desk"}, token=self.token)
        took = time.monotonic() - began
        if seconds is not None:
            self.assertLess(took, seconds)
        return reply

    def names(self, server):
        return [item["name"] for item in server.request("GET", "/api/items", token=self.token).json["items"]]

    def request(self, path, body):
        body = json.dumps(body).encode()
        return clients.request(b"POST " + path, b"Content-Type: application/json", b"Authorization: Bearer " + self.token.encode(),
                               b"Content-Length: %d" % len(body), body=body)

    @contextlib.contextmanager
    def stopped(self, pid):
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def first_replies(self, sockets, n):
        """The replies of the n that are answered first, who are then no longer among the sockets."""
        told = []
        with selectors.DefaultSelector() as selector:
            for s in sockets:
                selector.register(s, selectors.EVENT_READ)
            while len(told) < n and (ready := selector.select(20)):
                for key, _ in ready[:n - len(told)]:
                    told += harness.parse_replies(key.fileobj.recv(4096))
                    selector.unregister(key.fileobj)
                    sockets.remove(key.fileobj)
        self.assertEqual(len(told), n)
        return told

    # ---- statements that take too long ----


class Writes(Client, unittest.TestCase):
    def test_a_write_stops_when_its_client_leaves(self):
        server = self.start()
        wrong, ended = [], threading.Event()

        def go_on():
            for number in range(10000):
                if ended.is_set():
                    break
                if (reply := self.post(server, f"beside {number}")).status != 201:
                    wrong.append(reply)
        beside = threading.Thread(target=go_on)
        beside.start()
        s = server.connect()
        s.sendall(self.request(b"/api/toil", {"n": FOREVER}))
        time.sleep(0.5)
        clients.reset(s)
        line = server.wait_for_log(lambda line: line["event"] == "request" and line["path"] == "/api/toil")
        ended.set()
        beside.join()
        self.assertEqual(line.get("code"), "canceled")
        self.assertEqual(wrong, [])
        server.wait_for_log(lambda line: line["event"] == "toil.ended")
        self.assertNotIn("toil", self.names(server))
        self.assertFalse([line for line in server.log() if line["event"] in ("sql.failed", "store.failed")])

    def test_a_write_that_takes_too_long_fails_alone(self):
        server = self.start()
        with concurrent.futures.ThreadPoolExecutor(9) as pool:
            toiling = pool.submit(server.request, "POST", "/api/toil", {"n": FOREVER}, token=self.token)
            beside = [pool.submit(self.post, server, f"beside {number}") for number in range(8)]
            self.assertEqual({future.result().status for future in beside}, {201})
            reply = toiling.result()
        self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "timeout", "1"))
        self.assertNotIn("toil", self.names(server))
        self.assertEqual(server.request("POST", "/api/toil", {"n": 1000}, token=self.token).status, 201)

    def test_a_drain_takes_back_what_takes_too_long(self):
        server = self.start(DRAIN_TIMEOUT="1s")
        with contextlib.ExitStack() as stack:
            for _ in range(4):  # the store lets each toil for a second, one after the other
                stack.enter_context(server.connect()).sendall(self.request(b"/api/toil", {"n": FOREVER}))
            time.sleep(0.5)
            began = time.monotonic()
            self.assertEqual(server.end(), 0)
            self.assertLess(time.monotonic() - began, 3.3)  # all four would take four
        codes = [line.get("code") for line in server.log() if line["event"] == "request" and line["path"] == "/api/toil"]
        self.assertEqual(len(codes), 4)
        self.assertGreaterEqual(codes.count("canceled"), 3)
        self.assertEqual(len([line for line in server.log() if line["event"] == "toil.ended"]), 4)
        server.start()
        self.assertNotIn("toil", self.names(server))


class Store(Client, unittest.TestCase):
    """What SQLite's store process can do to a write."""

    def test_a_store_that_hangs(self):
        server = self.start()
        self.assertEqual(self.post(server, "before").status, 201)
        with self.stopped(server.children()["store"]), concurrent.futures.ThreadPoolExecutor(4) as pool:
            began = time.monotonic()
            writes = [pool.submit(self.post, server, f"late {number}", 29) for number in range(4)]
            harness.wait_until(lambda: server.admin("GET", "/readyz").status == 503)
            self.assertGreater(time.monotonic() - began, 2)
            self.assertEqual(server.admin("GET", "/readyz").json["database"], "away")
            self.assertEqual(server.admin("GET", "/healthz").status, 200)
            self.assertEqual(self.names(server), ["before"])
            for future in writes:
                reply = future.result()
                self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "1"))
        harness.wait_until(lambda: server.admin("GET", "/readyz").status == 200)
        self.assertEqual(self.post(server, "after", 10).status, 201)
        self.assertEqual(self.names(server), ["before", "after"])
        server.wait_for_log(lambda line: line["event"] == "sql.failed" and "outcome is unknown" in line["why"])

    def test_a_store_that_dies_is_known_to_be_dead(self):
        server = self.start()
        self.assertEqual(self.post(server, "before").status, 201)
        for _ in range(5):  # it is back after 0.1, 0.2, 0.4, 0.8 s
            os.kill(harness.wait_until(lambda: server.children().get("store")), signal.SIGKILL)
            harness.wait_until(lambda: "store" not in server.children())
        store = harness.wait_until(lambda: server.children().get("store"))
        harness.wait_until(lambda: server.admin("GET", "/readyz").status == 200)
        with self.stopped(store), concurrent.futures.ThreadPoolExecutor(1) as pool:
            write = pool.submit(self.post, server, "lost", 2.5)
            time.sleep(0.2)
            os.kill(store, signal.SIGKILL)  # and now after 3.2 s
            reply = write.result()
            self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "1"))
            self.assertEqual(self.post(server, "lost", 2).status, 503)
            self.assertEqual(server.admin("GET", "/readyz").status, 503)
        harness.wait_until(lambda: server.admin("GET", "/readyz").status == 200)
        self.assertEqual(self.post(server, "after", 10).status, 201)
        self.assertEqual(self.names(server), ["before", "after"])

    def test_a_queue_that_is_full(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 2500:
            self.skipTest(f"at most {hard} descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2500), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        server = self.start()
        with contextlib.ExitStack() as stack:
            with self.stopped(server.children()["store"]):
                began = time.monotonic()
                sockets = [stack.enter_context(server.connect()) for _ in range(1100)]
                for number, s in enumerate(sockets):
                    s.sendall(self.request(b"/api/items", {"name": f"in a crowd {number}", "description": "It stands on the desk"}))
                refused = self.first_replies(sockets, 76)
                self.assertLess(time.monotonic() - began, 4)  # long before what waits is given up
                self.assertEqual({reply.status for reply in refused}, {503})
                self.assertEqual({reply.headers["retry-after"] for reply in refused}, {"1"})
                self.assertEqual(server.request("GET", "/hello").status, 200)
            self.assertEqual({reply.status for reply in self.first_replies(sockets, 1024)}, {201})
        self.assertEqual(self.post(server, "after", 10).status, 201)


if harness.on_postgres():
    del Store  # there is none


if __name__ == "__main__":
    unittest.main()
