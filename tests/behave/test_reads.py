"""What the database says: never older than what somebody was told is there."""

import concurrent.futures
import unittest

import clients
import harness

PAIRS = 16
ROUNDS = 150
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


if __name__ == "__main__":
    unittest.main()
