"""Requests that are cut, delayed and put together wrongly at each of their bytes: whatever comes, the next honest request is answered and
nothing is left behind."""

import contextlib
import random
import socket
import time
import unittest

import clients
import harness

REQUESTS = {
    "a GET": (clients.request(b"GET /hello", b"Accept: */*"), b'{"message":"Hello, world"}'),
    "a POST": (clients.request(b"POST /echo", b"Content-Length: 12", b"Content-Type: text/plain", body=b"hello, world"), b"hello, world"),
    "chunks": (clients.request(b"POST /echo", b"Transfer-Encoding: chunked", body=b"5;x=1\r\nhello\r\n7\r\n, world\r\n0\r\nX: y\r\n\r\n"), b"hello, world"),
}
CLOSE = clients.request(b"GET /hello", b"Connection: close")


class Chaos(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(LOG_LEVEL="warn")

    def setUp(self):
        self.honest = clients.Honest(self.server)
        self.pid = clients.worker(self.server)
        self.before = len(clients.descriptors(self.pid))

    def tearDown(self):
        """All answered, no connection left, and the same worker as before."""
        self.honest.close()
        self.assertEqual(self.honest.wrong, [])
        harness.wait_until(lambda: len(clients.descriptors(self.pid)) <= self.before)
        self.assertEqual(clients.worker(self.server), self.pid)

    def everywhere(self, visit):
        for name, (data, answer) in REQUESTS.items():
            for i in range(1, len(data)):
                with self.subTest(request=name, at=i):
                    visit(data, i, answer)
                    self.honest.ask()

    def assert_not_done(self, got):
        """Refused, or cut so that the client can tell."""
        if got.startswith(b"HTTP/1.1 200"):
            self.assertIn(b"Transfer-Encoding: chunked", got)
            self.assertFalse(got.endswith(b"0\r\n\r\n"), got)
        else:
            for reply in harness.parse_replies(got):
                self.assertGreaterEqual(reply.status, 400)

    def test_cut_and_left(self):
        def visit(data, i, _):
            s = self.server.connect()
            s.sendall(data[:i])
            if i % 2:
                clients.reset(s)
            else:
                s.close()
        self.everywhere(visit)

    def test_cut_and_ended(self):
        """Who ends its sending within a request gets no 200 for it."""
        def visit(data, i, _):
            with self.server.connect() as s:
                s.sendall(data[:i])
                s.shutdown(socket.SHUT_WR)
                self.assert_not_done(harness.read_all(s))
        self.everywhere(visit)

    def test_delayed(self):
        def visit(data, i, answer):
            with self.server.connect() as s:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.sendall(data[:i])
                time.sleep(0.001)
                s.sendall(data[i:] + CLOSE)
                told = clients.replies(s)
                self.assertEqual([reply.status for reply in told], [200, 200])
                self.assertEqual(told[0].body, answer)
        self.everywhere(visit)

    def test_reordered(self):
        """The second half first, then the first."""
        def visit(data, i, _):
            with self.server.connect() as s:
                with contextlib.suppress(OSError):
                    s.sendall(data[i:] + data[:i])
                    s.shutdown(socket.SHUT_WR)
                self.assert_not_done(harness.read_all(s))
        self.everywhere(visit)

    def test_pieces_in_any_order(self):
        """Two requests in pieces: lost, doubled and exchanged. Seeded, so that a failure can be had again."""
        dice = random.Random(7)
        for round_ in range(400):
            with self.subTest(round=round_):
                data = b"".join(dice.choice(list(REQUESTS.values()))[0] for _ in range(2))
                cuts = sorted(dice.sample(range(1, len(data)), 4))
                pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
                pieces[dice.randrange(5)] = dice.choice((b"", b"\r\n", dice.choice(pieces)))
                a, b = dice.randrange(5), dice.randrange(5)
                pieces[a], pieces[b] = pieces[b], pieces[a]
                with self.server.connect() as s, contextlib.suppress(OSError):
                    for piece in pieces:
                        s.sendall(piece)
                    s.shutdown(socket.SHUT_WR)
                    self.assertNotIn(b" 500 ", harness.read_all(s))
                self.honest.ask()


if __name__ == "__main__":
    unittest.main()
