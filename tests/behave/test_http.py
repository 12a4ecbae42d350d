"""HTTP/1.1 over real sockets: what a strict server takes, what it refuses, and that nothing behind a refusal is done."""

import concurrent.futures
import contextlib
import re
import socket
import statistics
import threading
import time
import unittest

import harness

HOST = b"Host: localhost\r\n"


def head(line, *fields, host=True):
    """A request head of a request line and field lines, all bytes without line ends."""
    return line + b"\r\n" + (HOST if host else b"") + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def get(path, *fields):
    return head(b"GET " + path + b" HTTP/1.1", *fields)


def post(path, body, *fields):
    return head(b"POST " + path + b" HTTP/1.1", b"Content-Length: %d" % len(body), *fields) + body


def chunked(path, pieces, *fields, end=b"0\r\n\r\n"):
    return (head(b"POST " + path + b" HTTP/1.1", b"Transfer-Encoding: chunked", *fields) +
            b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end)


class Connections(harness.ServerCase):
    """Many requests on one connection."""

    def test_a_connection_is_kept_until_the_client_says_close(self):
        replies = self.server.exchange(get(b"/hello") * 3 + get(b"/hello", b"Connection: close") + get(b"/hello"))
        self.assertEqual([reply.status for reply in replies], [200] * 4)
        self.assertEqual([reply.headers.get("connection") for reply in replies], [None] * 3 + ["close"])

    def test_pipelined_requests_are_answered_in_order(self):
        sent, wanted = b"", []
        for i in range(200):
            if i % 3 == 0:
                sent, wanted = sent + post(b"/echo", b"body %d" % i), wanted + [b"body %d" % i]
            elif i % 3 == 1:
                sent, wanted = sent + chunked(b"/echo", [b"chunk ", b"%d" % i]), wanted + [b"chunk %d" % i]
            else:
                sent, wanted = sent + get(b"/slow?ms=%d" % (i % 2)), wanted + [b'{"slept":%d}' % (i % 2)]
        replies = self.server.exchange(sent + get(b"/hello", b"Connection: close"))
        self.assertEqual([reply.body for reply in replies[:-1]], wanted)
        self.assertEqual(replies[-1].json, {"message": "Hello, world"})

    def test_a_slow_answer_is_not_overtaken(self):
        replies = self.server.exchange(get(b"/slow?ms=150") + get(b"/hello", b"Connection: close"))
        self.assertEqual([reply.json for reply in replies], [{"slept": 150}, {"message": "Hello, world"}])

    def test_requests_may_come_a_byte_at_a_time(self):
        data = post(b"/echo", b"abc") + chunked(b"/echo", [b"de", b"f"], b"Connection: close")
        with self.server.connect() as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(data)):
                s.sendall(data[i:i + 1])
            replies = harness.parse_replies(harness.read_all(s))
        self.assertEqual([reply.body for reply in replies], [b"abc", b"def"])

    def test_one_empty_line_before_a_request_is_passed_over(self):
        replies = self.server.exchange(b"\r\n" + post(b"/echo", b"x") + b"\r\n" + get(b"/hello", b"Connection: close"))
        self.assertEqual([reply.status for reply in replies], [200, 200])

    def test_who_ends_sending_still_gets_the_answer(self):
        replies = self.server.exchange(get(b"/slow?ms=100"), end=True)
        self.assertEqual([reply.json for reply in replies], [{"slept": 100}])

    def test_a_body_that_nobody_reads_is_not_the_next_request(self):
        smuggled = get(b"/smuggled")
        for path in (b"/no-such-path", b"/hello", b"/api/items"):
            with self.subTest(path=path):
                replies = self.server.exchange(post(path, smuggled) + chunked(path, [smuggled]) + get(b"/hello", b"Connection: close"))
                self.assertEqual(len(replies), 3)
                self.assertEqual(replies[-1].json, {"message": "Hello, world"})
                self.server.wait_for_log(lambda line: line["event"] == "request" and line["request_id"] == replies[-1].headers["x-request-id"])
                self.assertNotIn("/smuggled", [line.get("path") for line in self.server.log()])


class Methods(harness.ServerCase):
    """What is asked, and in which form."""

    def test_head_is_get_without_the_body(self):
        changing = {"date", "x-request-id"}
        for path in (b"/", b"/hello", b"/boom", b"/none", b"/api/items", b"/slow?ms=x"):
            with self.subTest(path=path):
                got = self.server.exchange(get(path, b"Connection: close"))[0]
                raw = self.server.raw(head(b"HEAD " + path + b" HTTP/1.1", b"Connection: close"))
                told = harness.parse_replies(raw, head=True)
                self.assertEqual(len(told), 1)
                self.assertTrue(raw.endswith(b"\r\n\r\n"))
                self.assertEqual(told[0].status, got.status)
                if "content-length" in got.headers and path != b"/boom":  # whose backtrace may differ
                    self.assertEqual({k: v for k, v in told[0].headers.items() if k not in changing},
                                     {k: v for k, v in got.headers.items() if k not in changing})

    def test_head_keeps_the_connection_in_step(self):
        data = self.server.raw(head(b"HEAD /hello HTTP/1.1") + head(b"HEAD / HTTP/1.1") + head(b"HEAD /x HTTP/1.1", b"Connection: close"))
        self.assertEqual([reply.status for reply in harness.parse_replies(data, head=True)], [200, 200, 404])

    def test_options_says_what_a_path_allows(self):
        for path, allowed in ((b"/hello", "GET, HEAD, OPTIONS"), (b"/api/items", "GET, HEAD, POST, OPTIONS"),
                              (b"/api/items/7", "GET, HEAD, PUT, OPTIONS"), (b"/echo", "POST, OPTIONS")):
            with self.subTest(path=path):
                reply = self.server.exchange(head(b"OPTIONS " + path + b" HTTP/1.1", b"Connection: close"))[0]
                self.assertEqual((reply.status, reply.body, reply.headers["allow"]), (204, b"", allowed))

    def test_a_wrong_method_is_405_with_what_is_allowed(self):
        for method, path, allowed in (("POST", "/hello", "GET, HEAD, OPTIONS"), ("GET", "/echo", "POST, OPTIONS"),
                                      ("DELETE", "/api/items/1", "GET, HEAD, PUT, OPTIONS"),
                                      ("TRACE", "/hello", "GET, HEAD, OPTIONS"), ("TRACE", "/none", "OPTIONS"),
                                      ("CONNECT", "/hello", "GET, HEAD, OPTIONS")):
            with self.subTest(method=method, path=path):
                reply = self.server.request(method, path)
                self.assertEqual((reply.status, reply.headers.get("allow")), (405, allowed))

    def test_what_is_not_there_is_404_for_every_method(self):
        for method in ("GET", "POST", "PUT", "OPTIONS"):
            with self.subTest(method=method):
                self.assertEqual(self.server.request(method, "/none").status, 404)

    def test_a_method_that_nobody_knows_is_501(self):
        for method, path in (("BREW", "/hello"), ("get", "/hello"), ("BREW", "/none")):
            with self.subTest(method=method, path=path):
                self.assertEqual(self.server.request(method, path).status, 501)

    def test_absolute_form_names_the_host_itself(self):
        good = self.server.exchange(head(b"GET http://localhost/hello HTTP/1.1", b"Host: evil.example", b"Connection: close", host=False))
        self.assertEqual(good[0].status, 200)
        bad = self.server.exchange(head(b"GET http://evil.example/hello HTTP/1.1", b"Connection: close"))
        self.assertEqual(bad[0].status, 400)

    def test_only_named_hosts_are_answered(self):
        for host in ("localhost", "LOCALHOST", "localhost:1", "app.test", "127.0.0.1:8080", "[::1]", "[::1]:80", "a.sub.test", "sub.test"):
            with self.subTest(host=host):
                self.assertEqual(self.server.request("GET", "/hello", host=host).status, 200)
        for host in ("evil.example", "localhost.evil.example", "xsub.test", "app.test.", "127.0.0.2", "[::2]"):
            with self.subTest(host=host):
                self.assertEqual(self.server.request("GET", "/hello", host=host).status, 200 if host == "app.test." else 400)

    def test_http_1_0_is_answered_and_closed(self):
        data = self.server.raw(b"GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n")
        reply = harness.parse_replies(data)[0]
        self.assertEqual((reply.status, reply.json["message"]), (200, "Hello, world"))
        self.assertTrue(data.startswith(b"HTTP/1.1 200 "))
        replies = self.server.exchange(b"GET /hello HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
                                       b"GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n")
        self.assertEqual([reply.headers.get("connection") for reply in replies], ["keep-alive", "close"])

    def test_http_1_0_gets_no_chunks(self):
        data = self.server.raw(b"POST /echo HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello")
        self.assertNotIn(b"transfer-encoding", data.lower())
        self.assertTrue(data.endswith(b"\r\n\r\nhello"), data)


class Bodies(harness.ServerCase):
    """What is sent comes back as it came."""

    def echo(self, data):
        """Sends while it reads: /echo streams."""
        with self.server.connect() as s:
            sender = threading.Thread(target=s.sendall, args=(data,))
            sender.start()
            got = harness.read_all(s)
            sender.join()
        return harness.parse_replies(got)

    def test_bodies_of_a_known_length(self):
        for size in (0, 1, 2, 4095, 4096, 4097, 16383, 16384, 16385, 65536, 1 << 20, 5_000_001):
            with self.subTest(size=size):
                body = (bytes(range(256)) * (size // 256 + 1))[:size]
                replies = self.echo(post(b"/echo", body, b"Connection: close"))
                self.assertEqual([reply.status for reply in replies], [200])
                self.assertTrue(replies[0].body == body)

    def test_chunked_bodies(self):
        body = bytes(range(256)) * 16
        for size, total in ((1, body), (2, body), (16, body), (4096, body), (100_000, body * 200), (1 << 20, body * 1024)):
            with self.subTest(size=size):
                pieces = [total[i:i + size] for i in range(0, len(total), size)]
                replies = self.echo(chunked(b"/echo", pieces, b"Connection: close"))
                self.assertEqual([reply.status for reply in replies], [200])
                self.assertTrue(replies[0].body == total)

    def test_any_type_or_none(self):
        for fields in ((), (b"Content-Type: text/plain",), (b"Content-Type: nonsense",), (b"Content-Type: application/json",)):
            with self.subTest(fields=fields):
                reply = self.echo(post(b"/echo", b"\x00\xff{", b"Connection: close", *fields))[0]
                self.assertEqual((reply.body, reply.headers["content-type"]), (b"\x00\xff{", "application/octet-stream"))

    def test_chunk_sizes_may_be_written_in_many_ways(self):
        for size in (b"5", b"05", b"0000000000000005", b"5;x", b"5;x=1", b'5;x="a\\"b"', b"5;a;b=c"):
            with self.subTest(size=size):
                data = head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: Chunked", b"Connection: close")
                reply = self.server.exchange(data + size + b"\r\nhello\r\n0\r\n\r\n")[0]
                self.assertEqual((reply.status, reply.body), (200, b"hello"))

    def test_trailers_are_dropped_whatever_they_are(self):
        end = (b"0\r\nHost: evil.example\r\nContent-Length: 4\r\nTransfer-Encoding: gzip\r\nAuthorization: Bearer x\r\n"
               b"Connection: close\r\nX-Ok: yes\r\n\r\n")
        replies = self.server.exchange(chunked(b"/echo", [b"hello"], end=end) + get(b"/hello", b"Connection: close"))
        self.assertEqual([reply.body for reply in replies], [b"hello", b'{"message":"Hello, world"}'])

    def test_trailers_are_there_where_a_route_wants_them(self):
        none, over = b"\r\n", b"X-Pad: " + b"a" * 8200 + b"\r\n\r\n"
        for trailers, checksum in ((b"X-Checksum: 7\r\n\r\n", "7"), (none, None), (b"x-checksum:\r\n\r\n", ""),
                                   (b"X-Checksum: 7\r\nX-Checksum: 8\r\n\r\n", None), (b"Host: evil.example\r\nX-Checksum: 9 \r\n\r\n", "9")):
            with self.subTest(trailers=trailers):
                replies = self.server.exchange(chunked(b"/trailer", [b"hello"], end=b"0\r\n" + trailers) + get(b"/hello", b"Connection: close"))
                self.assertEqual([reply.status for reply in replies], [200, 200])
                self.assertEqual((replies[0].json, replies[0].headers.get("x-checksum")), ({"bytes": 5, "host": False}, checksum))
        sized = self.server.exchange(head(b"POST /trailer HTTP/1.1", b"Content-Length: 5", b"X-Checksum: 7", b"Connection: close") + b"hello")
        self.assertNotIn("x-checksum", sized[0].headers)
        self.assertEqual(self.server.exchange(chunked(b"/trailer", [b"hello"], end=b"0\r\n" + over))[0].status, 400)

    def test_a_length_with_an_underscore_is_no_length(self):
        replies = self.server.exchange(head(b"POST /echo HTTP/1.1", b"Content_Length: 50", b"Transfer_Encoding: chunked") +
                                       get(b"/hello", b"Connection: close"))
        self.assertEqual([reply.body for reply in replies], [b"", b'{"message":"Hello, world"}'])

    def test_a_client_that_waits_is_told_to_go_on(self):
        for fields, body in (((b"Content-Length: 5",), b"hello"), ((b"Transfer-Encoding: chunked",), b"5\r\nhello\r\n0\r\n\r\n")):
            with self.subTest(fields=fields), self.server.connect() as s:
                s.sendall(head(b"POST /echo HTTP/1.1", b"Expect: 100-continue", b"Connection: close", *fields))
                got = s.recv(1000)
                self.assertTrue(got.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"), got)
                s.sendall(body)
                replies = harness.parse_replies(got + harness.read_all(s))
                self.assertEqual([reply.body for reply in replies], [b"hello"])

    def test_a_client_that_waits_is_refused_before_it_sends(self):
        for line, fields, status in ((b"POST /none HTTP/1.1", (b"Content-Length: 5",), 404),
                                     (b"POST /api/items HTTP/1.1", (b"Content-Length: 5",), 401),
                                     (b"POST /json HTTP/1.1", (b"Content-Length: 1048577",), 413),
                                     (b"POST /echo HTTP/1.1", (b"Content-Length: 5", b"Expect: 200-maybe"), 400)):
            with self.subTest(line=line):
                data = self.server.raw(head(line, b"Expect: 100-continue", *fields))
                self.assertNotIn(b"100 Continue", data)
                self.assertEqual(harness.parse_replies(data)[0].status, status)
        data = self.server.raw(head(b"POST /echo HTTP/1.1", b"Content-Length: 5", b"Expect: a-pony"))
        self.assertEqual(harness.parse_replies(data)[0].status, 417)

    def test_a_body_that_ends_early_is_not_taken_for_whole(self):
        for data in (head(b"POST /json HTTP/1.1", b"Content-Length: 5") + b"1",
                     head(b"POST /json HTTP/1.1", b"Transfer-Encoding: chunked") + b"1\r\n1\r\n"):
            with self.subTest(data=data):
                replies = self.server.exchange(data, end=True)
                self.assertNotIn(200, [reply.status for reply in replies])

    def test_bodies_over_the_limit_are_413(self):
        limit = 1 << 20
        fits = b'"' + b"x" * (limit - 2) + b'"'
        self.assertEqual(self.echo(post(b"/json", fits, b"Connection: close"))[0].status, 200)
        self.assertEqual(self.echo(chunked(b"/json", [fits], b"Connection: close"))[0].status, 200)
        announced = self.server.exchange(head(b"POST /json HTTP/1.1", b"Content-Length: %d" % (limit + 1)))
        self.assertEqual([reply.status for reply in announced], [413])
        counted = self.echo_to_a_deaf_ear(chunked(b"/json", [fits + b" "], b"Connection: close"))
        self.assertEqual([reply.status for reply in counted], [413])
        huge = self.echo_to_a_deaf_ear(head(b"POST /json HTTP/1.1", b"Transfer-Encoding: chunked") + b"7fffffffffffffff\r\n" + b"x" * (limit + 1))
        self.assertEqual([reply.status for reply in huge], [413])

    def test_who_sends_all_before_reading_sees_the_refusal(self):
        """As most clients do: a connection that was closed on what they still send would be reset, and the answer lost."""
        body = b"x" * (12 << 20)
        for fields in ((b"Content-Length: %d" % len(body),), (b"Transfer-Encoding: chunked",)):
            with self.subTest(fields), self.server.connect() as s:
                s.sendall(head(b"POST /json HTTP/1.1", *fields))
                s.sendall(body if b"Length" in fields[0] else b"c00000\r\n" + body)
                self.assertEqual([reply.status for reply in harness.parse_replies(harness.read_all(s))], [413])

    def echo_to_a_deaf_ear(self, data):
        """As echo(), but the server may close before all is sent."""
        with self.server.connect() as s:
            def send():
                with contextlib.suppress(OSError):
                    s.sendall(data)
            sender = threading.Thread(target=send)
            sender.start()
            got = harness.read_all(s)
            sender.join()
        return harness.parse_replies(got)


def rows_of_heads():
    """(what it is, the bytes, the status)"""
    yield "no Host", b"GET /hello HTTP/1.1\r\n\r\n", 400
    yield "another field that begins with H", b"GET /hello HTTP/1.1\r\nHostile: a\r\n\r\n", 400
    yield "two Hosts", get(b"/hello", b"Host: localhost"), 400
    yield "two Hosts that differ", get(b"/hello", b"Host: evil.example"), 400
    for host in (b"", b"local host", b"localhost, evil", b"a@localhost", b"localhost:x", b"localhost:99999", b"[::1", b"localhost/", b"%6cocalhost"):
        yield f"Host {host!r}", b"GET /hello HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", 400
    yield "two lengths", head(b"POST /echo HTTP/1.1", b"Content-Length: 4", b"Content-Length: 4") + b"abcd", 400
    yield "two lengths that differ", head(b"POST /echo HTTP/1.1", b"Content-Length: 4", b"Content-Length: 0") + b"abcd", 400
    for length in (b"+4", b"-1", b"-4", b"0x4", b"1_0", b"4,4", b"4, 4", b"4 4", b"4;", b"", b"4.0", b"1e2", b"18446744073709551616",
                   b"9223372036854775808", b"18446744073709551620", b"99999999999999999999999999", b"\x0b4", b"4\x0c", b"\xb2"):
        yield f"Content-Length {length!r}", head(b"POST /echo HTTP/1.1", b"Content-Length: " + length) + b"abcd", 400
    coding = b"Transfer-Encoding: chunked"
    chunks = b"4\r\nabcd\r\n0\r\n\r\n"
    yield "length and coding", head(b"POST /echo HTTP/1.1", b"Content-Length: 4", coding) + chunks, 400
    yield "coding and length", head(b"POST /echo HTTP/1.1", coding, b"Content-Length: 4") + chunks, 400
    yield "two codings", head(b"POST /echo HTTP/1.1", coding, coding) + chunks, 400
    yield "two codings, one other", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: identity", coding) + chunks, 400
    yield "coding in HTTP/1.0", head(b"POST /echo HTTP/1.0", coding) + chunks, 400
    for value, status in ((b"identity", 400), (b"xchunked", 400), (b"chunkedx", 400), (b"chunked, chunked", 400), (b"chunked, gzip", 400),
                          (b"chunked;q=1", 400), (b"", 400), (b"\"chunked\"", 400), (b"chunked,", 400), (b",chunked", 400),
                          (b"\x0bchunked", 400), (b"gzip, chunked", 501)):
        yield f"Transfer-Encoding {value!r}", head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: " + value) + chunks, status
    yield "LF behind the request line", b"GET /hello HTTP/1.1\nHost: localhost\r\n\r\n", 400
    yield "LF behind a field", b"GET /hello HTTP/1.1\r\nHost: localhost\n\r\n", 400
    yield "LF for the empty line", b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\n", 400
    yield "CR alone", b"GET /hello HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n", 400
    yield "a folded line", get(b"/hello", b"X: a", b" b"), 400
    yield "a folded line at once", b"GET /hello HTTP/1.1\r\n Host: localhost\r\n\r\n", 400
    yield "a folded line with a tab", get(b"/hello", b"X: a", b"\tb"), 400
    yield "a space before the colon", get(b"/hello", b"X : a"), 400
    yield "a tab before the colon", get(b"/hello", b"X\t: a"), 400
    yield "a space before the colon of Content-Length", head(b"POST /echo HTTP/1.1", b"Content-Length : 4") + b"abcd", 400
    yield "no colon", get(b"/hello", b"X"), 400
    yield "no name", get(b"/hello", b": a"), 400
    yield "NUL in a name", get(b"/hello", b"X\0Y: a"), 400
    yield "8 bits in a name", get(b"/hello", b"X\xe9: a"), 400
    yield "NUL in a value", get(b"/hello", b"X: a\0b"), 400
    yield "a control character in a value", get(b"/hello", b"X: a\x01b"), 400
    yield "DEL in a value", get(b"/hello", b"X: a\x7fb"), 400
    yield "NUL in the target", get(b"/hel\0lo"), 400
    yield "a tab in the target", get(b"/hello\t"), 400
    yield "8 bits in the target", get(b"/h\xc3\xa9"), 400
    yield "a fragment", get(b"/hello#x"), 400
    yield "two spaces", head(b"GET  /hello HTTP/1.1"), 400
    yield "a tab for a space", head(b"GET\t/hello HTTP/1.1"), 400
    yield "a space behind the version", head(b"GET /hello HTTP/1.1 "), 400
    yield "a space before the method", head(b" GET /hello HTTP/1.1"), 400
    yield "no target", head(b"GET HTTP/1.1"), 400
    yield "no version", head(b"GET /hello"), 400
    yield "small letters", head(b"GET /hello http/1.1"), 400
    yield "another protocol", head(b"GET /hello HTTQ/1.1"), 400
    yield "a long version", head(b"GET /hello HTTP/1.10"), 400
    yield "HTTP/1.2", head(b"GET /hello HTTP/1.2"), 505
    yield "HTTP/2.0", head(b"GET /hello HTTP/2.0"), 505
    yield "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400
    yield "two empty lines", b"\r\n\r\n" + get(b"/hello"), 400
    yield "a method that is none", head(b"G@T /hello HTTP/1.1"), 400
    yield "a long method", head(b"G" * 33 + b" /hello HTTP/1.1"), 501
    yield "CONNECT", head(b"CONNECT localhost:80 HTTP/1.1"), 405
    yield "a target without a slash", head(b"GET hello HTTP/1.1"), 400
    yield "another scheme", head(b"GET ftp://localhost/hello HTTP/1.1"), 400
    yield "an authority that is none", head(b"GET http:///hello HTTP/1.1"), 400
    yield "user information in the target", head(b"GET http://a@localhost/hello HTTP/1.1"), 400
    for name in (b"Authorization", b"Content-Type", b"Expect", b"Origin", b"Cookie"):
        value = b"100-continue" if name == b"Expect" else b"x"
        yield f"two {name.decode()}", get(b"/hello", name + b": " + value, name + b": " + value), 400


def rows_of_chunks():
    """(what it is, the body)"""
    for size in (b"0x5", b"", b" 5", b"5 ", b"+5", b"-1", b";-1", b"g", b"5_", b"5,5", b"000000000000000005", b"123456789012345678",
                 b"10000000000000005", b"ffffffffffffffff", b"5;", b"5; x", b"5;x=", b'5;x="', b"5;x\x01", b"5;x=\xff\x00", b"5\t", b"5\0"):
        yield f"size {size!r}", size + b"\r\nhello\r\n0\r\n\r\n"
    yield "LF behind the size", b"5\nhello\r\n0\r\n\r\n"
    yield "LF behind an extension", b"5;x\nhello\r\n0\r\n\r\n"
    yield "CR behind the size", b"5\rhello\r\n0\r\n\r\n"
    yield "more data than the size", b"4\r\nhello\r\n0\r\n\r\n"
    yield "LF behind the data", b"5\r\nhello\n0\r\n\r\n"
    yield "nothing behind the data", b"5\r\nhello0\r\n\r\n"
    yield "LF behind the last chunk", b"5\r\nhello\r\n0\n\r\n"
    yield "LF at the end", b"5\r\nhello\r\n0\r\n\n"
    yield "a trailer without a colon", b"5\r\nhello\r\n0\r\nX\r\n\r\n"
    yield "a folded trailer", b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n"
    yield "a trailer with LF", b"5\r\nhello\r\n0\r\nX: a\n\r\n"
    yield "a trailer with NUL", b"5\r\nhello\r\n0\r\nX: \0\r\n\r\n"
    yield "a trailer with a space before the colon", b"5\r\nhello\r\n0\r\nX : a\r\n\r\n"
    yield "many extensions", b"5;" + b"x" * 5000 + b"\r\nhello\r\n0\r\n\r\n"
    yield "many trailers", b"5\r\nhello\r\n0\r\n" + b"X: a\r\n" * 65 + b"\r\n"


class Refusals(harness.ServerCase):
    """What two readers could read in two ways: refused, closed, and nothing behind it done."""

    def setUp(self):
        self.took = []

    def refused(self, name, data, status):
        with self.subTest(row=name):
            began = time.monotonic()
            replies = self.server.exchange(data + get(b"/smuggled") + get(b"/smuggled"))
            self.assertEqual([reply.status for reply in replies], [status])
            self.assertEqual(replies[0].headers.get("connection"), "close")
            self.took.append(time.monotonic() - began)
            self.assertRegex(replies[0].json["request_id"], "^[0-9a-f]{32}$")

    def closed_at_once(self):
        """Behind the reply, not after the two seconds in which a client may still read it."""
        self.assertLess(statistics.median(self.took), 1)

    def nothing_was_smuggled(self):
        self.server.wait_for_log(lambda line: line.get("path") == "/hello" and line["status"] == 200)
        self.assertEqual([line for line in self.server.log() if "smuggled" in str(line.get("path"))], [])

    def test_heads(self):
        for name, data, status in rows_of_heads():
            self.refused(name, data, status)
        self.closed_at_once()
        self.server.request("GET", "/hello")
        self.nothing_was_smuggled()

    def test_chunks(self):
        start = head(b"POST /json HTTP/1.1", b"Content-Type: application/json", b"Transfer-Encoding: chunked")
        for name, body in rows_of_chunks():
            self.refused(name, start + body, 400)
        self.closed_at_once()
        self.server.request("GET", "/hello")
        self.nothing_was_smuggled()

    def test_a_streamed_reply_to_a_bad_body_is_cut(self):
        data = self.server.raw(head(b"POST /echo HTTP/1.1", b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0x5\r\nworld\r\n0\r\n\r\n" + get(b"/smuggled"))
        self.assertFalse(data.endswith(b"0\r\n\r\n"), data)
        self.assertEqual(data.count(b"HTTP/1.1"), 1)
        self.server.request("GET", "/hello")
        self.nothing_was_smuggled()

    def test_paths_that_need_repair(self):
        for path in (b"/%2fhello", b"/hello%2F", b"/x%5cy", b"/x%5Cy", b"/x\\y", b"/hello%00", b"/%00", b"/../hello", b"/./hello", b"/a/../hello",
                     b"/a/..", b"/.", b"/%2e%2e/hello", b"/%2e/hello", b"/.%2e/hello", b"//hello", b"/a//b", b"/%c0%af", b"/%c0%ae%c0%ae/hello",
                     b"/%e0%80%af", b"/%f0%80%80%af", b"/%ed%a0%80", b"/%ff", b"/%80", b"/%", b"/%4", b"/%zz", b"/%0d%0aSet-Cookie:x", b"/%7f",
                     b"/public/..%2fapi/items", b"/<x>", b"/\"x\"", b"/x|y", b"/x^y"):
            with self.subTest(path=path):
                reply = self.server.exchange(get(path, b"Connection: close"))[0]
                self.assertEqual(reply.status, 400)
                self.assertNotIn("set-cookie", reply.headers)

    def test_an_encoded_letter_is_the_letter(self):
        self.assertEqual(self.server.request("GET", "/%68ello").status, 200)
        for path in ("/hello/", "/HELLO", "/hello;x=1", "/hello.", "/hello%20", "/%25%36%38ello"):
            with self.subTest(path=path):
                self.assertEqual(self.server.request("GET", path).status, 404)

    def test_encoding_does_not_get_around_a_policy(self):
        for path in ("/api/items", "/%61pi/items", "/api/%69tems", "/api/users/m%65"):
            with self.subTest(path=path):
                self.assertEqual(self.server.request("GET", path).status, 401)

    def test_the_query_is_never_in_the_log(self):
        for data in (get(b"/hello?hush1=hush2", b"Connection: close"), get(b"/none?hush3", b"Connection: close"), get(b"/..?hush4"),
                     get(b"/slow?ms=1&hush5=6", b"Connection: close"), get(b"/hello?hush6 x"), get(b"/hello?hush7#x"),
                     head(b"GET http://localhost/hello?hush8 HTTP/1.1", b"Connection: close")):
            self.server.raw(data)
        self.server.request("GET", "/last")
        self.server.wait_for_log(lambda line: line.get("path") == "/last")
        self.assertNotIn("hush", self.server.log_path.read_text())


class Limits(harness.ServerCase):
    """How much a head may be."""

    def test_the_target(self):
        for size, status in ((8192, 404), (8193, 414), (20000, 414), (60000, 414)):
            with self.subTest(size=size):
                reply = self.server.exchange(get(b"/" + b"x" * (size - 1), b"Connection: close"))[0]
                self.assertEqual(reply.status, status)

    def test_a_line(self):
        for size, status in ((8192, 200), (8193, 431), (60000, 431)):
            with self.subTest(size=size):
                reply = self.server.exchange(get(b"/hello", b"X: " + b"y" * (size - 3), b"Connection: close"))[0]
                self.assertEqual(reply.status, status)
        for size in (8193, 60000):
            self.assertEqual(self.server.exchange(get(b"/hello", b"x" * size + b": y"))[0].status, 431)

    def test_the_number_of_fields(self):
        for n, status in ((100, 200), (101, 431), (2000, 431)):
            with self.subTest(n=n):
                reply = self.server.exchange(get(b"/hello", b"Connection: close", *[b"X%d: y" % i for i in range(n - 2)]))[0]
                self.assertEqual(reply.status, status)

    def test_the_whole_head(self):
        for lines, status in ((4, 200), (5, 431), (90, 431)):
            with self.subTest(lines=lines):
                reply = self.server.exchange(get(b"/hello", b"Connection: close", *[b"X%d: " % i + b"y" * 8100 for i in range(lines)]))[0]
                self.assertEqual(reply.status, status)

    def test_a_line_without_an_end_is_refused_before_it_ends(self):
        for start, status in ((b"GET /", 414), (b"GET /hello HTTP/1.1\r\nX: ", 431), (b"GET /hello HTTP/1.1\r\nX", 431), (b"G", 501)):
            with self.subTest(start=start):
                self.assertEqual(self.server.exchange(start + b"x" * 40000)[0].status, status)

    def test_limits_can_be_set(self):
        with harness.conformance(REQUEST_TARGET_MAX=300, HEADER_LINE_MAX=400, HEADER_COUNT_MAX=10, MAX_CONTENT_LENGTH=100) as server:
            def status(data):
                return server.exchange(data)[0].status
            self.assertEqual(status(get(b"/" + b"x" * 300)), 414)
            self.assertEqual(status(get(b"/hello", b"X: " + b"y" * 400)), 431)
            self.assertEqual(status(get(b"/hello", *[b"X: y"] * 10)), 431)
            self.assertEqual(status(head(b"POST /json HTTP/1.1", b"Content-Length: 101", b"Connection: close")), 413)


class Slowness(harness.ServerCase):
    """Clients that are slow on purpose: a deadline for each phase, and nobody else waits."""

    @classmethod
    def make(cls):
        return harness.conformance(IDLE_TIMEOUT="2s")

    def clock(self, work):
        began = time.monotonic()
        return work(), time.monotonic() - began

    def drip(self, first, piece, every):
        """Sends a byte now and then until the server has had enough; what it said."""
        with self.server.connect(timeout=every) as s:
            s.sendall(first)
            got = b""
            for _ in range(200):
                with contextlib.suppress(TimeoutError, ConnectionResetError):
                    part = s.recv(65536)
                    if not part:
                        return got
                    got += part
                    continue
                try:
                    s.sendall(piece)
                except OSError:
                    return got
        return got

    def silent_reader(self):
        """Sends much to be echoed and reads nothing; whether the server ended it."""
        with self.server.connect(timeout=25) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                s.sendall(head(b"POST /echo HTTP/1.1", b"Content-Length: 100000000") + b"x" * 100_000_000)
            except TimeoutError:
                return False
            except OSError:
                return True
        return False

    def others_are_served(self, until):
        worst = 0
        while time.monotonic() < until:
            reply, took = self.clock(lambda: self.server.request("GET", "/hello"))
            self.assertEqual(reply.status, 200)
            worst = max(worst, took)
            time.sleep(0.05)
        return worst

    def test_slow_clients_are_ended_and_nobody_else_is_slowed(self):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            def later(work):
                return pool.submit(self.clock, work)
            silent_head = later(lambda: self.drip(b"GET /hello HTTP/1.1\r\n", b"", 0.5))
            slow_head = later(lambda: self.drip(b"GET /hello HTTP/1.1\r\nX: ", b"y", 0.2))
            slow_fields = later(lambda: self.drip(b"GET /hello HTTP/1.1\r\n", b"X: y\r\n", 0.2))
            idle = later(lambda: self.drip(b"", b"", 0.5))
            idle_again = later(lambda: self.drip(get(b"/hello"), b"", 0.5))
            slow_body = later(lambda: self.drip(head(b"POST /json HTTP/1.1", b"Content-Length: 1000"), b"1", 0.4))
            slow_chunks = later(lambda: self.drip(head(b"POST /json HTTP/1.1", b"Transfer-Encoding: chunked"), b"1\r\n1\r\n", 0.4))
            silent = later(self.silent_reader)
            worst = self.others_are_served(time.monotonic() + 5)
            self.assertLess(worst, 2.5)
            for future in (silent_head, slow_head, slow_fields):
                said, took = future.result()
                self.assertEqual(harness.parse_replies(said)[0].status, 408)
                self.assertTrue(2.5 < took < 8, took)
            said, took = idle.result()
            self.assertEqual(said, b"")
            self.assertTrue(1.5 < took < 8, took)
            said, took = idle_again.result()
            self.assertEqual([reply.status for reply in harness.parse_replies(said)], [200])
            self.assertTrue(1.5 < took < 8, took)
            for future in (slow_body, slow_chunks):
                said, took = future.result()
                self.assertEqual(harness.parse_replies(said)[0].status, 408)
                self.assertTrue(9 < took < 20, took)
            ended, took = silent.result()
            self.assertTrue(ended)
            self.assertLess(took, 22)

    def test_many_connections_at_once(self):
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(self.server.connect()) for _ in range(300)]
            for s in sockets:
                s.sendall(get(b"/slow?ms=200", b"Connection: close"))
            began = time.monotonic()
            for s in sockets:
                self.assertEqual(harness.parse_replies(harness.read_all(s))[0].json, {"slept": 200})
            self.assertLess(time.monotonic() - began, 20)  # one after the other: a minute


class Admin(harness.ServerCase):
    """Health is asked on a socket of its own, and nothing else is."""

    def test_health_and_readiness(self):
        self.assertEqual(self.server.admin("GET", "/healthz").status, 200)
        self.assertEqual(self.server.admin("GET", "/readyz").json, {"status": "ready", "database": "ok"})
        self.assertEqual(self.server.admin("GET", "/hello").status, 404)
        self.assertEqual(self.server.admin("POST", "/healthz").headers["allow"], "GET, HEAD, OPTIONS")

    def test_clients_cannot_ask(self):
        for path in ("/healthz", "/readyz", "/metrics"):
            self.assertEqual(self.server.request("GET", path).status, 404)

    def test_the_date_is_now(self):
        reply = self.server.request("GET", "/hello")
        self.assertTrue(re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", reply.headers["date"]), reply.headers["date"])
        told = time.mktime(time.strptime(reply.headers["date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        self.assertLess(abs(told - time.time()), 10)


if __name__ == "__main__":
    unittest.main()
