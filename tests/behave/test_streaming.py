"""Bodies larger than memory, clients that are slower than their bodies, and those that leave.

DEWAR_STREAM_MIB is how much goes through /echo: 256, or 1024 to see the whole."""

import contextlib
import os
import random
import signal
import socket
import threading
import time
import unittest

import clients
import harness

MIB = 1 << 20
STREAM_MIB = int(os.environ.get("DEWAR_STREAM_MIB", "256"))
PATTERN = random.Random(1).randbytes(MIB + 4099)  # no multiple of any buffer
BOUND = 8 * MIB


def pattern(offset, n):
    """n bytes of an endless body from `offset` on."""
    start = offset % len(PATTERN)
    data = PATTERN[start:start + n]
    return data if len(data) == n else data + pattern(offset + len(data), n - len(data))


def read_head(s):
    data = b""
    while b"\r\n\r\n" not in data:
        part = s.recv(4096)
        assert part, data
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


class Chunks:
    """The body of a chunked reply as it comes, compared with the pattern and not kept."""

    def __init__(self, s, rest):
        self.file, self.rest, self.n = s.makefile("rb", 1 << 18), rest, 0

    def read(self, n):
        data, self.rest = self.rest[:n], self.rest[n:]
        return data + self.file.read(n - len(data))

    def line(self):
        line = b""
        while not line.endswith(b"\r\n"):
            line += self.read(1)
        return line

    def check(self):
        """Reads to the end of the body; its size."""
        while size := int(self.line(), 16):
            data = self.read(size)
            if data != pattern(self.n, size):
                raise AssertionError(f"other bytes at {self.n}")
            self.n += size
            assert self.line() == b"\r\n"
        return self.n


class Large(harness.ServerCase):
    """Constant memory, whoever waits for whom."""

    def send(self, s, size, chunked):
        with contextlib.suppress(OSError):
            for at in range(0, size, MIB):
                data = pattern(at, min(MIB, size - at))
                s.sendall(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            if chunked:
                s.sendall(b"0\r\n\r\n")

    @contextlib.contextmanager
    def echoing(self, size, chunked=False):
        field = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
        with self.server.connect(timeout=60) as s:
            s.sendall(clients.request(b"POST /echo", field, b"Connection: close"))
            sender = threading.Thread(target=self.send, args=(s, size, chunked))
            sender.start()
            try:
                yield s
            finally:
                with contextlib.suppress(OSError):
                    s.shutdown(socket.SHUT_RDWR)
                sender.join()

    def warm(self):
        """What is allocated once is there: what grows from here on grew with the body."""
        for chunked in (False, True):
            with self.echoing(4 * MIB, chunked) as s:
                Chunks(s, read_head(s)[1]).check()
        return clients.worker(self.server)

    def echo(self, size, chunked):
        pid = self.warm()
        before = clients.memory(pid, "VmHWM")
        with self.echoing(size, chunked) as s:
            head, rest = read_head(s)
            self.assertIn(b" 200 ", head)
            self.assertEqual(Chunks(s, rest).check(), size)
        self.assertLess(clients.memory(pid, "VmHWM") - before, BOUND)

    def test_a_large_body_in_constant_memory(self):
        self.echo(STREAM_MIB * MIB, chunked=False)

    def test_a_large_body_in_chunks(self):
        self.echo(STREAM_MIB * MIB // 2, chunked=True)

    def test_who_does_not_read_is_not_read(self):
        """The body stays with the client while the reply waits for it; then all of it arrives."""
        pid = self.warm()
        before, size = clients.memory(pid, "VmHWM"), 64 * MIB
        with self.echoing(size) as s:
            harness.wait_until(lambda: self.reads_no_more(pid))
            self.assertLess(clients.memory(pid, "VmHWM") - before, BOUND)
            self.assertEqual(Chunks(s, read_head(s)[1]).check(), size)
        self.assertLess(clients.memory(pid, "VmHWM") - before, BOUND)

    def reads_no_more(self, pid):
        so_far = self.read_so_far(pid)
        time.sleep(0.7)
        return self.read_so_far(pid) == so_far

    def read_so_far(self, pid):
        with open(f"/proc/{pid}/io", encoding="ascii") as f:
            return int(f.readline().split()[1])


class Rates(unittest.TestCase):
    """Who is slower than the minimum rate is cut behind its window; nobody else notices."""

    def slow_writer(self, server, took):
        """Begins to be echoed, and sends a byte now and then."""
        began = time.monotonic()
        with server.connect(timeout=0.3) as s:
            s.sendall(clients.request(b"POST /echo", b"Content-Length: 100000", body=b"x" * 100))
            got = b""
            while time.monotonic() - began < 20:
                try:
                    if not (part := s.recv(4096)):
                        break
                    got += part
                except TimeoutError:
                    with contextlib.suppress(OSError):
                        s.send(b"x")
                except OSError:
                    break
        took["writer"] = time.monotonic() - began, got

    def slow_reader(self, server, took, name, path, n, every):
        """Reads n bytes now and then; how many came before the end."""
        began, got = time.monotonic(), 0
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(20)
            s.connect(server.address)
            s.sendall(clients.request(b"GET " + path))
            while time.monotonic() - began < 20:
                time.sleep(every)
                try:
                    part = s.recv(n)
                except OSError:
                    break
                if not part:
                    break
                got += len(part)
                if self.gone(server, s):
                    break
        took[name] = time.monotonic() - began, got

    def gone(self, server, s):
        """Whether the server has closed its end: what lies in buffers may still be read for long."""
        port = f":{s.getsockname()[1]:04X} "
        with open("/proc/net/tcp", encoding="ascii") as table:
            for line in table:
                words = line.split()
                if len(words) > 3 and words[1].endswith(f":{server.port:04X}") and words[2].endswith(port.strip()):
                    return words[3] != "01"
        return True

    def test_minimum_rates_and_the_deadline_of_a_reply(self):
        with harness.conformance() as server, harness.conformance(REPLY_TIMEOUT="2s") as hasty:
            quiet = clients.Honest(server).work(0.5)
            took = {}
            threads = [
                threading.Thread(target=self.slow_writer, args=(server, took)),
                threading.Thread(target=self.slow_reader, args=(server, took, "reader", b"/defer?bytes=1000000000", 16, 0.4)),
                threading.Thread(target=self.slow_reader, args=(hasty, took, "steady", b"/defer?bytes=1000000000", 32768, 0.05)),
            ]
            for thread in threads:
                thread.start()
            honest = clients.Honest(server).work(9)
            for thread in threads:
                thread.join()
            self.assertEqual(honest.wrong, [])
            self.assertLess(honest.p99, 0.5 + 10 * quiet.p99)
            seconds, got = took["writer"]
            self.assertTrue(9 < seconds < 19, seconds)
            self.assertIn(b" 200 ", got)
            self.assertFalse(got.endswith(b"0\r\n\r\n"), "cut, so that nobody takes it for whole")
            seconds, _ = took["reader"]
            self.assertTrue(9 < seconds < 19, seconds)
            seconds, got = took["steady"]  # fast enough, but the route's 5 s are over
            self.assertTrue(4 < seconds < 15, seconds)
            self.assertGreater(got, 200_000)
            for one in (server, hasty):
                one.wait_for_log(lambda line: line["event"] == "defer.ran")


class Leaving(harness.ServerCase):
    """A handler whose client has gone, or whose time is up, is canceled at its next wait; what it deferred runs."""

    def ran(self):
        return len([line for line in self.server.log() if line["event"] == "defer.ran"])

    def left(self, data, leave, wait=0.3):
        """Sends, waits, leaves: what was deferred has run soon, and the connection is gone."""
        before, pid = self.ran(), clients.worker(self.server)
        kept = len(clients.descriptors(pid))
        s = self.server.connect()
        s.sendall(data)
        time.sleep(wait)
        self.assertEqual(self.ran(), before, "too early")
        began = time.monotonic()
        leave(s)
        harness.wait_until(lambda: self.ran() == before + 1)
        self.assertLess(time.monotonic() - began, 3.8)  # sooner than the handler would have ended by itself
        harness.wait_until(lambda: len(clients.descriptors(pid)) <= kept)
        s.close()

    def test_within_the_body(self):
        data = clients.request(b"POST /defer", b"Content-Length: 1000", body=b"x" * 10)
        for leave in (clients.reset, socket.socket.close, lambda s: s.shutdown(socket.SHUT_WR)):
            with self.subTest(leave=leave):
                self.left(data, leave)

    def test_while_the_handler_waits(self):
        for leave in (clients.reset, socket.socket.close):
            with self.subTest(leave=leave):
                self.left(clients.request(b"GET /defer?ms=4500"), leave)

    def test_within_the_reply(self):
        for leave in (clients.reset, socket.socket.close):
            with self.subTest(leave=leave):
                self.left(clients.request(b"GET /defer?bytes=1000000000"), leave)

    def test_a_handler_whose_time_is_up(self):
        before, began = self.ran(), time.monotonic()
        reply = self.server.request("GET", "/defer?ms=20000")
        self.assertTrue(4.5 < time.monotonic() - began < 15)
        self.assertIn(reply.status, (503, 504))
        harness.wait_until(lambda: self.ran() == before + 1)


class Draining(unittest.TestCase):
    """The end of the server while a body is on its way."""

    def test_a_body_that_arrives_in_time_is_answered(self):
        with harness.conformance() as server:
            with server.connect() as s:
                s.sendall(clients.request(b"POST /defer?bytes=5", b"Content-Length: 10", body=b"12345"))
                time.sleep(0.2)
                server.process.send_signal(signal.SIGTERM)
                time.sleep(0.3)
                s.sendall(b"67890")
                told = clients.replies(s)
            self.assertEqual([(reply.status, len(reply.body), reply.headers.get("connection")) for reply in told], [(200, 5, "close")])
            began = time.monotonic()
            self.assertEqual(server.process.wait(30), 0)
            self.assertLess(time.monotonic() - began, 12)

    def test_one_that_does_not_is_given_up(self):
        server = harness.conformance(DRAIN_TIMEOUT="1s")
        with server:
            with server.connect() as s:
                s.sendall(clients.request(b"POST /defer", b"Content-Length: 10", body=b"12345"))
                time.sleep(0.2)
                began = time.monotonic()
                server.process.send_signal(signal.SIGTERM)
                self.assertNotIn(b" 200 ", harness.read_all(s))
                server.process.wait(30)
            took = time.monotonic() - began
            self.assertTrue(0.6 < took < 15, took)
            self.assertEqual(server.process.returncode, 0)
            server.wait_for_log(lambda line: line["event"] == "defer.ran")


if __name__ == "__main__":
    unittest.main()
