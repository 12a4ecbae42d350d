"""dw_blocking over sockets: what would hold the loop runs in a few threads beside it, and what those cannot take is refused."""

import concurrent.futures
import time
import unittest

import harness

THREADS = 4
QUEUE = 256


class Blocking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.conformance(WORKERS=1, CONNECTIONS_MAX=1000).start()
        cls.addClassCleanup(cls.server.stop)

    def block(self, ms):
        reply = self.server.request("GET", f"/block?ms={ms}")
        return reply.status, time.monotonic()

    def test_nobody_else_waits(self):
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            blocks = [pool.submit(self.block, 1500) for _ in range(THREADS)]
            time.sleep(0.3)
            self.assertEqual(self.server.request("GET", "/hello").status, 200)
            answered = time.monotonic()
            for block in blocks:
                status, ended = block.result()
                self.assertEqual(status, 200)
                self.assertLess(answered, ended)

    def test_a_few_at_a_time(self):
        with concurrent.futures.ThreadPoolExecutor(3 * THREADS) as pool:
            begun = time.monotonic()
            self.assertEqual({block.result()[0] for block in [pool.submit(self.block, 300) for _ in range(3 * THREADS)]}, {200})
        self.assertGreaterEqual(time.monotonic() - begun, 0.85)  # three after another: bounded

    def test_more_than_there_is_room_for(self):
        request = b"GET /block?ms=700 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        short = request.replace(b"ms=700", b"ms=1")
        sockets = [self.server.connect() for _ in range(THREADS + QUEUE + 40)]
        try:
            for i, s in enumerate(sockets):
                s.sendall(request if i < THREADS else short)
            replies = [harness.parse_replies(harness.read_all(s))[0] for s in sockets]
        finally:
            for s in sockets:
                s.close()
        self.assertEqual({reply.status for reply in replies}, {200, 503})
        self.assertLessEqual(sum(reply.status == 200 for reply in replies), THREADS + QUEUE + 40 - 1)
        self.assertGreaterEqual(sum(reply.status == 200 for reply in replies), QUEUE)
        refused = next(reply for reply in replies if reply.status == 503)
        self.assertIn("retry-after", refused.headers)
        self.assertEqual(self.block(1)[0], 200)  # and all is well again

    def test_a_client_that_leaves(self):
        """Its work may go on, on memory of its own; the request ends."""
        with self.server.connect() as s:
            s.sendall(b"GET /block?ms=400 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.1)
        self.assertEqual(self.block(1)[0], 200)


if __name__ == "__main__":
    unittest.main()
