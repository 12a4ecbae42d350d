"""Time is up, or nobody waits any more: handlers are told, and end."""

import contextlib
import socket
import struct
import time
import unittest

import harness


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Cancellation(harness.ServerCase):
    def ended(self, since, code, within):
        """The access line of /slow that came after `since`, and how long that took."""
        began = time.monotonic()
        line = self.server.wait_for_log(lambda line: line["event"] == "request" and line["path"] == "/slow" and line["request_id"] not in since, within)
        self.assertEqual(line.get("code"), code)
        return line, time.monotonic() - began

    def known(self):
        return {line.get("request_id") for line in self.server.log()}

    def test_a_handler_ends_soon_after_its_client_left(self):
        for how in ("closed", "reset"):
            with self.subTest(how):
                since = self.known()
                s = self.server.connect()
                s.sendall(get(b"/slow?ms=9000"))
                time.sleep(0.5)
                if how == "reset":
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.close()
                line, took = self.ended(since, "canceled", 30)
                self.assertLess(took, 6)
                self.assertLess(line["us"], 6_000_000)

    def test_a_handler_that_takes_too_long_is_503(self):
        began = time.monotonic()
        reply = self.server.request("GET", "/slow?ms=20000")
        took = time.monotonic() - began
        self.assertEqual((reply.status, reply.json["code"], reply.headers["retry-after"]), (503, "timeout", "1"))
        self.assertTrue(9.5 < took < 18, took)

    def test_many_that_leave_take_nothing_with_them(self):
        since = self.known()
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                s = stack.enter_context(self.server.connect())
                s.sendall(get(b"/slow?ms=9000"))
            time.sleep(0.3)
        harness.wait_until(lambda: sum(line["event"] == "request" and line["path"] == "/slow" and line["request_id"] not in since
                                       for line in self.server.log()) >= 100, 8)
        self.assertEqual(self.server.request("GET", "/hello").status, 200)

    def test_who_leaves_in_the_middle_of_a_body_is_forgotten(self):
        for data in (b"POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx"):
            with self.subTest(data=data[:12]):
                since = self.known()
                with self.server.connect() as s:
                    s.sendall(data)
                    time.sleep(0.1)
                line = self.server.wait_for_log(lambda line, since=since: line["event"] == "request" and line["request_id"] not in since)
                self.assertLess(line["us"], 8_000_000)


if __name__ == "__main__":
    unittest.main()
