"""What the database says: never older than what somebody was told is there."""

import concurrent.futures
import contextlib
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
                time.sleep(0.05)
                spans[disabled].append((done, time.monotonic()))
        for disabled, expected in ((True, {401}), (False, {200})):
            heard = [asking.statuses(*span) for span in spans[disabled]]
            self.assertEqual(set().union(*heard), expected)
            self.assertGreater(sum(map(bool, heard)), 10)

    def test_by_the_store(self):
        self.see(self.by_store)

    def test_by_another_process(self):
        self.see(self.by_another_process)


if __name__ == "__main__":
    unittest.main()
