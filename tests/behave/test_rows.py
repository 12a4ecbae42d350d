"""A list of any length: read page by page, written as the client takes it."""

import contextlib
import http.client
import json
import sqlite3
import time
import unittest

import harness

# MEMORY is more than a worker grows by; the list is more than twice that.
ROWS, MEMORY = (25_000, 4 << 20) if harness.on_postgres() else (100_000, 16 << 20)
FILL = ("INSERT INTO items (owner, name, description) SELECT CASE WHEN n % 100 = 0 THEN (SELECT id FROM users WHERE username = 'bob')"
        " ELSE (SELECT id FROM users WHERE username = 'alice') END, 'name ' || (n * 7919 % 100003), {text} FROM {numbers}")
NUMBERS = f"(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {ROWS * 100 // 99}) SELECT n FROM c) AS d"


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance().start()
        cls.token = cls.server.token("alice")
        text = "repeat('x', 300)" if harness.on_postgres() else "substr(replace(hex(zeroblob(200)), '0', 'x'), 1, 300)"
        cls.sql(FILL.format(text=text, numbers=NUMBERS))
        cls.count = int(cls.sql("SELECT count(*) FROM items WHERE owner = (SELECT id FROM users WHERE username = 'alice')"))
        cls.sql("CREATE INDEX items_by_id ON items (owner, id)")
        cls.sql("CREATE INDEX items_by_name ON items (owner, name, id)")

    @classmethod
    def sql(cls, text):
        """Beside the server; the first column of the first row, or ""."""
        if harness.on_postgres():
            return harness.cluster().sql(text, cls.server.database)
        with contextlib.closing(sqlite3.connect(cls.server.directory / "test.db", timeout=20)) as database:
            rows = database.execute(text).fetchall()
            database.commit()
            return rows[0][0] if rows else ""

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
            self.assert_nothing_is_open()
        self.sql("DELETE FROM items WHERE name = 'while it waits'")

    def assert_nothing_is_open(self):
        """No reader holds SQLite's log back, nor a transaction of PostgreSQL's."""
        if harness.on_postgres():
            self.assertEqual(self.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dewar'"
                                      " AND state <> 'idle'"), "0")
            return
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=20)) as database:
            busy, frames, moved = database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self.assertEqual((busy, frames), (0, moved))

    def test_a_list_that_breaks_off_does_not_look_whole(self):
        """A row in the middle that is no text: the head has gone, so that only the end can say it."""
        number, spoilt = ROWS // 2 + 1, "CAST(x'ff' AS TEXT)"
        if harness.on_postgres():
            self.sql("ALTER TABLE items ALTER COLUMN description DROP NOT NULL")
            spoilt = "NULL"
        self.sql(f"UPDATE items SET description = {spoilt} WHERE id = {number}")
        try:
            with self.begin() as s:
                data = harness.read_all(s)
        finally:
            self.sql(f"UPDATE items SET description = (SELECT description FROM items WHERE id = 1) WHERE id = {number}")
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
