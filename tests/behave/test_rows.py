"""A list of any length: read page by page, written as the client takes it."""

import contextlib
import http.client
import json
import sqlite3
import time
import unittest

import harness

ROWS = 100_000
MEMORY = 16 << 20   # more than a worker grows by; the list is more than twice that


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance().start()
        cls.token = cls.server.token("alice")
        with contextlib.closing(sqlite3.connect(cls.server.directory / "test.db", timeout=20)) as database:
            alice, bob = (database.execute("SELECT id FROM users WHERE username = ?", (name,)).fetchone()[0] for name in ("alice", "bob"))
            database.execute(
                "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) INSERT INTO items (owner, name, description)"
                " SELECT iif(n % 100 = 0, ?, ?), 'name ' || (n * 7919 % 100003), substr(replace(hex(zeroblob(200)), '0', 'x'), 1, 300) FROM c",
                (ROWS * 100 // 99, bob, alice))
            cls.count = database.execute("SELECT count(*) FROM items WHERE owner = ?", (alice,)).fetchone()[0]
            database.execute("CREATE INDEX items_by_id ON items (owner, id)")
            database.execute("CREATE INDEX items_by_name ON items (owner, name, id)")
            database.commit()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def assert_grew_little(self, before, after):
        """A sanitizer keeps what was freed for a while, so that there only the other builds can tell."""
        if b"__asan_init" not in (harness.BIN / "conformance").read_bytes():
            self.assertLess(after - before, MEMORY)

    def memory(self):
        """Resident bytes of the worker."""
        pid = self.server.children()["worker 0"]
        with open(f"/proc/{pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) << 10

    def begin(self, sort=""):
        s = self.server.connect()
        s.sendall(f"GET /api/items/all{sort} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        return s

    def test_all_of_them_in_the_memory_of_a_page(self):
        for sort in ("", "?sort=-name"):
            self.server.request("GET", "/api/items", token=self.token)
            before, most, data = self.memory(), 0, bytearray()
            with contextlib.closing(http.client.HTTPConnection(*self.server.address, timeout=60)) as connection:
                connection.request("GET", "/api/items/all" + sort, headers={"Authorization": f"Bearer {self.token}"})
                reply = connection.getresponse()
                while part := reply.read(1 << 20):
                    data += part
                    most = max(most, self.memory())
            items = json.loads(data)["items"]
            self.assertEqual((reply.status, len(items)), (200, self.count))
            keys = [(item["name"], item["id"]) if sort else item["id"] for item in items]
            self.assertEqual(keys, sorted(set(keys), reverse=bool(sort)))
            self.assertGreater(len(data), 2 * MEMORY)
            self.assert_grew_little(before, most)

    def test_who_does_not_read_holds_nobody_up(self):
        with self.begin() as s:
            self.assertIn(b"200 OK", s.recv(1 << 12))
            time.sleep(0.5)
            before = self.memory()
            for _ in range(20):
                made = self.server.request("POST", "/api/items", {"name": "while it waits", "description": "nothing is open"}, token=self.token)
                self.assertEqual(made.status, 201, made)
            time.sleep(0.5)
            self.assert_grew_little(before, self.memory())
            with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=20)) as database:
                busy, frames, moved = database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                self.assertEqual((busy, frames), (0, moved), "no reader holds the log back")
                database.execute("DELETE FROM items WHERE name = 'while it waits'")
                database.commit()

    def test_a_list_that_breaks_off_does_not_look_whole(self):
        """A row in the middle that is no text: the head has gone, so that only the end can say it."""
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=20)) as database:
            number = ROWS // 2 + 1
            (description,) = database.execute("SELECT description FROM items WHERE id = ?", (number,)).fetchone()
            database.execute("UPDATE items SET description = CAST(x'ff' AS TEXT) WHERE id = ?", (number,))
            database.commit()
            try:
                with self.begin() as s:
                    data = harness.read_all(s)
            finally:
                database.execute("UPDATE items SET description = ? WHERE id = ?", (description, number))
                database.commit()
        self.assertGreater(len(data), MEMORY // 2)
        self.assertFalse(data.endswith(b"0\r\n\r\n"))
        self.assertNotIn(b"]}", data[-200:])

    def test_who_leaves_in_the_middle_is_not_read_for(self):
        """Nothing goes on for a client that has gone."""
        with self.begin() as s:
            self.assertIn(b"200 OK", s.recv(1 << 12))
        harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200)
        self.assertEqual(self.server.request("GET", "/api/items", token=self.token).status, 200)

    def test_an_empty_list(self):
        reply = self.server.request("GET", "/api/items/all", token=self.server.token("carol"))
        self.assertEqual((reply.status, reply.json), (200, {"items": []}))

    def test_a_word_that_is_no_order(self):
        self.assertEqual(self.server.request("GET", "/api/items/all?sort=owner", token=self.token).status, 400)


if __name__ == "__main__":
    unittest.main()
