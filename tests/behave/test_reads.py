"""What the database says: never older than what somebody was told is there."""

import concurrent.futures
import contextlib
import os
import pathlib
import selectors
import sqlite3
import threading
import time
import unittest

import clients
import harness

PAIRS = 16
ROUNDS = 100
ITEM = b'{"name":"An item of a pair","description":"Written on one connection, read on another"}'


class Fresh(unittest.TestCase):
    """Workers look at the database in snapshots; a client cannot tell."""

    def pair(self, server, token):
        """Writes through one connection and reads through another, which sends most of its request before it knows what to ask for:
        so it may stand in a turn that began before the write was done. How often what was written was not there."""
        fields = (b"Authorization: Bearer " + token, b"Content-Type: application/json")
        post = clients.request(b"POST /api/items", *fields, b"Content-Length: %d" % len(ITEM), body=ITEM)
        missing = 0
        with server.connect() as writer, server.connect() as reader:
            for _ in range(ROUNDS):
                reader.sendall(b"GET /api/items/")
                writer.sendall(post)
                made = self.answer(writer)
                self.assertEqual(made.status, 201, made)
                reader.sendall(b"%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % (made.json["id"], fields[0]))
                missing += self.answer(reader).status != 200
        return missing

    def answer(self, s):
        got = b""
        while b"\r\n\r\n" not in got or not got.endswith(b"}"):
            part = s.recv(65536)
            self.assertTrue(part, got)
            got += part
        return harness.parse_replies(got)[0]

    def test_what_was_acknowledged_is_read_at_once_by_whichever_worker(self):
        with harness.coffer(WORKERS="3") as server:
            token = server.token("demo-editor", server.users["demo-editor"]).encode()
            made = server.request("POST", "/api/items", ITEM, {"Content-Type": "application/json"}, token=token.decode())
            load = clients.request(b"GET /api/items/%d" % made.json["id"], b"Authorization: Bearer " + token) * 16
            with clients.hammering(server, 4, 300, load), concurrent.futures.ThreadPoolExecutor(PAIRS) as pool:
                missing = [pool.submit(self.pair, server, token) for _ in range(PAIRS)]
                self.assertEqual(sum(m.result() for m in missing), 0)


class Asking:
    """Connections that ask who they are, again and again; for each request when it began and ended, and what came of it."""

    def __init__(self, server, token, connections=6):
        self.server, self.ended = server, False
        self.data = clients.request(b"GET /api/users/me", b"Authorization: Bearer " + token.encode())
        self.answers = [[] for _ in range(connections)]
        self.threads = [threading.Thread(target=self.ask, args=(answers,)) for answers in self.answers]

    def ask(self, answers):
        with self.server.connect() as s:
            while not self.ended:
                began = time.monotonic()
                s.sendall(self.data)
                got = b""
                while b"\r\n\r\n" not in got or not got.endswith(b"}"):
                    got += s.recv(65536)
                answers.append((began, time.monotonic(), int(got[9:12])))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        for thread in self.threads:
            thread.join()

    def statuses(self, begin, end):
        """What requests heard that began and ended in that time."""
        return {status for answers in self.answers for began, ended, status in answers if begin < began and ended < end}


class Revoked(harness.ServerCase):
    """An account that is taken away is gone with the next request, however often it was looked up before."""

    @classmethod
    def make(cls):
        return harness.conformance(WORKERS="2")

    def by_store(self, disabled):
        reply = self.server.request("PUT", "/api/users/alice/state", {"disabled": disabled}, token=self.admin)
        self.assertEqual((reply.status, reply.json), (200, {"disabled": disabled}))

    def by_another_process(self, disabled):
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=30)) as database:
            database.execute("UPDATE users SET disabled = ? WHERE username = 'alice'", (disabled,))
            database.commit()

    def see(self, change):
        self.admin = self.server.token("carol")
        spans = {True: [], False: []}
        with Asking(self.server, self.server.token("alice")) as asking:
            for i in range(40):
                disabled = i % 2 == 0
                change(disabled)
                done = time.monotonic()
                time.sleep(0.1)
                spans[disabled].append((done, time.monotonic()))
        for disabled, expected in ((True, {401}), (False, {200})):
            heard = [asking.statuses(*span) for span in spans[disabled]]
            self.assertEqual(set().union(*heard), expected)
            self.assertGreater(sum(map(bool, heard)), 5)

    def test_by_the_store(self):
        self.see(self.by_store)

    def test_by_another_process(self):
        self.see(self.by_another_process)


THREADS, QUEUE = 4, 64  # of long reads in a worker, src/store/read_threads.h
ENDLESS = b"GET /search?rows=1000000000000"


class Long(harness.ServerCase):
    """A read that takes long does so beside the loop, and no longer than somebody wants it."""

    def searching(self):
        """Processor seconds of the threads for long reads."""
        ticks = 0
        for task in pathlib.Path(f"/proc/{clients.worker(self.server)}/task").iterdir():
            with contextlib.suppress(OSError):
                name, fields = (task / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
                ticks += sum(map(int, fields.split()[11:13])) if name.startswith("reads-") else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    def wait_busy(self):
        before = self.searching()
        harness.wait_until(lambda: self.searching() > before + 0.05, 20)

    def wait_idle(self, seconds):
        """Until the threads have done nothing for a while."""
        def idle():
            before = self.searching()
            time.sleep(0.3)
            return self.searching() == before
        harness.wait_until(idle, seconds)

    def test_others_are_served_meanwhile(self):
        quiet = clients.Honest(self.server).work(0.5)
        with contextlib.ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(self.server.connect()).sendall(clients.request(ENDLESS))
            self.wait_busy()
            honest = clients.Honest(self.server).work(2)
        self.assertEqual(honest.wrong, [])
        self.assertGreater(len(honest.times), 50)
        self.assertLess(honest.p99, 0.3 + 10 * quiet.p99, f"quiet {quiet.p99}")
        self.wait_idle(20)

    def test_a_short_one_is_answered_wherever_it_runs(self):
        for rows in (1, 10, 300_000, 10, 300_000, 1):
            self.assertEqual(self.server.request("GET", f"/search?rows={rows}").json, {"found": rows})
        self.server.wait_for_log(lambda line: line["event"] == "sql.moved" and line["statement"] == "search_rows")

    def test_it_ends_when_its_client_leaves(self):
        for how in (lambda s: s.close(), clients.reset):
            s = self.server.connect()
            s.sendall(clients.request(ENDLESS))
            self.wait_busy()
            how(s)
            self.wait_idle(3)  # sooner than its deadline

    def test_it_ends_with_its_deadline(self):
        began = time.monotonic()
        reply = self.server.request("GET", "/search?rows=1000000000000")
        self.assertEqual((reply.status, reply.json["code"]), (503, "timeout"))
        self.assertTrue(3.5 < time.monotonic() - began < 15)
        self.wait_idle(20)

    def test_a_full_queue_says_so(self):
        over = 5
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(self.server.connect()) for _ in range(THREADS + QUEUE + over)]
            for s in sockets:
                s.sendall(clients.request(ENDLESS))
            with selectors.DefaultSelector() as selector:
                for s in sockets:
                    selector.register(s, selectors.EVENT_READ)
                harness.wait_until(lambda: len(selector.select(0)) >= over, 20)
                answered = [key.fileobj for key, _ in selector.select(0)]
            self.assertEqual(len(answered), over)
            for s in answered:
                reply = harness.parse_replies(s.recv(65536))[0]
                self.assertEqual((reply.status, reply.json["code"]), (503, "unavailable"))
            self.assertEqual(self.server.request("GET", "/hello").status, 200)
        self.wait_idle(20)
        self.assertEqual(self.server.request("GET", "/search?rows=7").json, {"found": 7})

    def test_the_server_drains_with_long_reads_under_way(self):
        with harness.conformance(DRAIN_TIMEOUT="2s") as server, contextlib.ExitStack() as stack:
            for _ in range(6):
                stack.enter_context(server.connect()).sendall(clients.request(ENDLESS))
            time.sleep(0.5)
            began = time.monotonic()
            self.assertEqual(server.end(), 0)
            self.assertLess(time.monotonic() - began, 20)
            server.start()


if __name__ == "__main__":
    unittest.main()
