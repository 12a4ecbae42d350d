"""Parts of a reply, and conditions of tag and date (RFC 9110 §13, §14), asked for by hand and by curl."""

import shutil
import socket
import subprocess
import time
import unittest
from email.utils import formatdate

import harness

SIZE = 10240
TAG = '"range-1"'
CHANGED = 784111777
BEFORE, SAME, AFTER = (formatdate(CHANGED + by, usegmt=True) for by in (-1, 0, 1))
MUCH = 1 << 20


def text(begin, n):
    """What stands at `begin` of the text of all bodies: lines of 16 bytes, each its own place."""
    first = begin // 16 * 16
    lines = "".join(f"{at:015d}\n" for at in range(first, begin + n, 16))
    return lines[begin - first:begin - first + n].encode()


class Case(harness.ServerCase):
    def get(self, path="/range", method="GET", **fields):
        return self.server.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})

    def check_part(self, reply, begin, n, length, path="/range"):
        self.assertEqual(reply.status, 206, path)
        self.assertEqual(reply.headers["content-range"], f"bytes {begin}-{begin + n - 1}/{length}")
        self.assertEqual(reply.headers["content-length"], str(n))
        self.assertEqual(reply.headers["accept-ranges"], "bytes")
        self.assertEqual(reply.headers["content-type"], "text/plain")
        self.assertEqual(reply.body, text(begin, n))

    def check_whole(self, reply, length=SIZE):
        self.assertEqual(reply.status, 200)
        self.assertNotIn("content-range", reply.headers)
        self.assertEqual(reply.headers["accept-ranges"], "bytes")
        self.assertEqual(reply.headers["content-length"], str(length))
        self.assertEqual(reply.body, text(0, length))


class Parts(Case):
    def test_the_whole(self):
        reply = self.get()
        self.check_whole(reply)
        self.assertEqual((reply.headers["etag"], reply.headers["last-modified"]), (TAG, SAME))

    def test_parts(self):
        for value, begin, n in (("bytes=0-99", 0, 100), ("bytes=100-199", 100, 100), ("bytes=0-0", 0, 1), ("bytes=-1", SIZE - 1, 1),
                                ("bytes=-100", SIZE - 100, 100), ("bytes=5000-", 5000, SIZE - 5000), ("bytes=0-", 0, SIZE),
                                ("bytes=-999999999999999999999999", 0, SIZE), ("bytes=17-99999999999999999999999", 17, SIZE - 17),
                                ("Bytes= 3-5 ", 3, 3), ("bytes=,7-8,", 7, 2)):
            with self.subTest(value):
                self.check_part(self.get(Range=value), begin, n, SIZE)

    def test_what_is_outside(self):
        for value in ("bytes=10240-", "bytes=10240-10250", "bytes=-0", "bytes=99999999999999999999-"):
            with self.subTest(value):
                reply = self.get(Range=value)
                self.assertEqual((reply.status, reply.headers["content-range"]), (416, f"bytes */{SIZE}"))
                self.assertEqual(reply.json["code"], "range_not_satisfiable")
                self.assertNotIn("etag", reply.headers)
                self.assertEqual(reply.headers["cache-control"], "no-store")

    def test_what_is_ignored(self):
        for value in ("bytes=9-5", "bytes=-", "bytes=a-b", "bytes=1", "items=0-1", "bytes 0-1", "", "bytes=0-1-2", "bytes=0x0-1", "x"):
            with self.subTest(value):
                self.check_whole(self.get(Range=value))

    def test_several_are_everything(self):
        for value in ("bytes=0-0,-1", "bytes=0-10, 5-20", "bytes=" + ",".join(["0-"] * 1000), "bytes=99999-,88888-"):
            with self.subTest(value[:40]):
                self.check_whole(self.get(Range=value))
        lines = b"GET /range HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nRange: bytes=0-1\r\nRange: bytes=4-5\r\n\r\n"
        self.check_whole(self.server.exchange(lines)[0])

    def test_head_is_never_a_part(self):
        for value in ("bytes=0-99", "bytes=99999-"):
            reply = self.get(method="HEAD", Range=value)
            self.assertEqual((reply.status, reply.body, reply.headers["content-length"]), (200, b"", str(SIZE)))
            self.assertEqual((reply.headers["accept-ranges"], reply.headers["etag"]), ("bytes", TAG))

    def test_the_connection_goes_on(self):
        """Framing is right behind each of them: all of it in one connection."""
        ask = [("GET", b"Range: bytes=5-6\r\n"), ("HEAD", b"Range: bytes=5-6\r\n"), ("GET", b"If-None-Match: *\r\n"), ("GET", b"Range: bytes=20000-\r\n"),
               ("GET", b"If-Match: \"x\"\r\n"), ("GET", b"Range: bytes=-3\r\n")]
        got = []
        with self.server.connect() as s:
            reader = s.makefile("rb")
            s.sendall(b"".join(method.encode() + b" /range HTTP/1.1\r\nHost: localhost\r\n" + field + b"\r\n" for method, field in ask))
            for method, _ in ask:
                got.append(read_one(reader, method))
        self.assertEqual([status for status, _ in got], [206, 200, 304, 416, 412, 206])
        self.assertEqual((got[0][1], got[1][1], got[2][1], got[5][1]), (text(5, 2), b"", b"", text(SIZE - 3, 3)))


def read_one(reader, method):
    """A reply off a connection that stays: its status and body."""
    status = int(reader.readline().split()[1])
    length = 0
    while (line := reader.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, reader.read(0 if method == "HEAD" or status == 304 else length)


class Streams(Case):
    def test_a_part_of_a_stream(self):
        self.check_whole(self.get("/range/stream"), MUCH)
        for value, begin, n in (("bytes=0-99", 0, 100), ("bytes=16380-16390", 16380, 11), ("bytes=-7", MUCH - 7, 7), ("bytes=17-99998", 17, 99982)):
            with self.subTest(value):
                self.check_part(self.get("/range/stream", Range=value), begin, n, MUCH)
        self.assertEqual(self.get("/range/stream?bytes=0", Range="bytes=0-").status, 416)
        empty = self.get("/range/stream?bytes=0", Range="bytes=-5")
        self.assertEqual((empty.status, empty.body), (200, b""))

    def test_the_end_of_a_tebibyte_comes_at_once(self):
        begin = (1 << 40) - 100
        since = time.monotonic()
        self.check_part(self.get(f"/range/stream?bytes={1 << 40}", Range="bytes=-100"), begin, 100, 1 << 40)
        reply = self.get(f"/range/stream?bytes={1 << 40}", method="HEAD")
        self.assertEqual(reply.headers["content-length"], str(1 << 40))
        reply = self.get(f"/range/stream?bytes={1 << 40}", If_None_Match='"stream-1"')
        self.assertEqual((reply.status, reply.body), (304, b""))
        self.assertLess(time.monotonic() - since, 60)


class Conditions(Case):
    def test_dates(self):
        for method in ("GET", "HEAD"):
            for date, since, until in ((BEFORE, 200, 412), (SAME, 304, 200), (AFTER, 304, 200)):
                with self.subTest(method=method, date=date):
                    self.assertEqual(self.get(method=method, If_Modified_Since=date).status, since)
                    self.assertEqual(self.get(method=method, If_Unmodified_Since=date).status, until)
        self.assertEqual(self.get(method="PUT", If_Modified_Since=AFTER).status, 204)
        self.assertEqual(self.get(method="PUT", If_Unmodified_Since=AFTER).status, 204)
        self.assertEqual(self.get(method="PUT", If_Unmodified_Since=BEFORE).status, 412)
        for date in ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
            self.assertEqual(self.get(If_Modified_Since=date).status, 304)
        for date in ("yesterday", "784111777", "Sun, 06 Nov 1994 08:49:37 CET", ""):
            self.assertEqual((self.get(If_Modified_Since=date).status, self.get(If_Unmodified_Since=date).status), (200, 200))

    def test_a_304_is_bare(self):
        for path, fields in (("/range", {"If_None_Match": TAG}), ("/range/page", {"If_Modified_Since": SAME}), ("/range/page", {"If_None_Match": TAG})):
            reply = self.get(path, **fields)
            self.assertEqual((reply.status, reply.body, reply.headers["etag"], reply.headers["last-modified"]), (304, b"", TAG, SAME))
            for name in ("content-length", "content-type", "transfer-encoding", "content-range"):
                self.assertNotIn(name, reply.headers)

    def test_a_304_has_the_policy_of_what_it_stands_for(self):
        """A browser takes the headers of a 304 for those of the page that it kept."""
        page, unchanged = self.get("/range/page"), self.get("/range/page", If_None_Match=TAG)
        for name in ("content-security-policy", "referrer-policy", "cache-control"):
            self.assertEqual(unchanged.headers[name], page.headers[name])
        self.assertIn("default-src 'self'", page.headers["content-security-policy"])

    def test_the_order(self):
        for fields, status in (({"If_Match": TAG, "If_Unmodified_Since": BEFORE}, 200), ({"If_Match": '"x"', "If_Unmodified_Since": AFTER}, 412),
                               ({"If_None_Match": '"x"', "If_Modified_Since": AFTER}, 200), ({"If_None_Match": TAG, "If_Modified_Since": BEFORE}, 304),
                               ({"If_None_Match": TAG, "If_Match": '"x"'}, 412), ({"If_None_Match": TAG, "Range": "bytes=99999-"}, 304),
                               ({"If_Match": '"x"', "Range": "bytes=0-1"}, 412), ({"If_Match": TAG, "Range": "bytes=0-1"}, 206),
                               ({"If_None_Match": '"x"', "Range": "bytes=0-1"}, 206)):
            with self.subTest(fields):
                self.assertEqual(self.get(**fields).status, status)

    def test_if_range(self):
        for value in (TAG, SAME):
            self.check_part(self.get(Range="bytes=0-9", If_Range=value), 0, 10, SIZE)
            self.assertEqual(self.get(Range="bytes=99999-", If_Range=value).status, 416)
        for value in ('"x"', f"W/{TAG}", BEFORE, AFTER, "*", "", "range-1", f"{TAG}, {TAG}", "Sun Nov  6 08:49:38 1994"):
            with self.subTest(value):
                self.check_whole(self.get(Range="bytes=0-9", If_Range=value))
                self.check_whole(self.get(Range="bytes=99999-", If_Range=value))
        self.check_whole(self.get(If_Range='"x"'))

    def test_a_date_alone(self):
        reply = self.get("/range/dated?at=784111777")
        self.assertEqual(reply.headers["last-modified"], SAME)
        self.assertNotIn("etag", reply.headers)
        self.assertEqual(self.get("/range/dated?at=784111777", Range="bytes=2-3", If_Range=SAME).body, b"23")
        self.assertEqual(self.get("/range/dated?at=784111777", Range="bytes=2-3", If_Range='""').status, 200)

    def test_the_future_is_now(self):
        reply = self.get("/range/dated?at=99999999999")
        self.assertLessEqual(reply.headers["last-modified"], reply.headers["date"])
        again = self.get("/range/dated?at=99999999999", Range="bytes=2-3", If_Range=reply.headers["last-modified"])
        self.assertEqual(again.status, 200)

    def test_no_date_at_all(self):
        for at in ("0", "-1", "-9223372036854775808"):
            self.assertNotIn("last-modified", self.get(f"/range/dated?at={at}").headers)


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(Case):
    """A client that is not ours."""

    def curl(self, *words):
        run = subprocess.run(["curl", "-sS", "--max-time", "20", *words], cwd=self.server.directory, capture_output=True, check=False)
        return run.returncode, run.stdout, run.stderr.decode()

    def url(self, path):
        return f"http://127.0.0.1:{self.server.port}{path}"

    def test_a_range(self):
        for words, part in ((("-r", "0-15"), text(0, 16)), (("-r", "-16"), text(SIZE - 16, 16)), (("-r", "10230-"), text(10230, 10))):
            self.assertEqual(self.curl(*words, self.url("/range")), (0, part, ""))

    def test_several_ranges(self):
        status, got, _ = self.curl("-r", "0-1,4-5", self.url("/range"))
        self.assertEqual((status, got), (0, text(0, SIZE)))

    def test_a_download_goes_on_where_it_was_cut(self):
        path = self.server.directory / "part"
        path.write_bytes(text(0, 700000))
        self.assertEqual(self.curl("-C", "-", "-o", str(path), self.url("/range/stream"))[0], 0)
        self.assertEqual(path.read_bytes(), text(0, MUCH))
        # Once more there is nothing left, and a 416 says so: to curl, depending on its version, that is the end or an error.
        self.assertIn(self.curl("-C", "-", "-o", str(path), self.url("/range/stream"))[0], (0, 22, 33))
        self.assertEqual(path.read_bytes(), text(0, MUCH))

    def test_tags(self):
        tag, out = self.server.directory / "tag", self.server.directory / "out"
        arguments = ("--etag-save", str(tag), "-o", str(out), "-w", "%{http_code}", self.url("/range"))
        self.assertEqual(self.curl(*arguments)[1], b"200")
        self.assertEqual(tag.read_text().strip(), TAG)
        self.assertEqual(self.curl("--etag-compare", str(tag), *arguments)[1], b"304")
        tag.write_text('"another"\n')
        self.assertEqual(self.curl("--etag-compare", str(tag), "-o", str(out), "-w", "%{http_code}", self.url("/range"))[1], b"200")
        self.assertEqual(out.read_bytes(), text(0, SIZE))

    def test_dates(self):
        for date, status in ((BEFORE, b"200"), (AFTER, b"304"), ("-" + AFTER, b"200"), ("-" + BEFORE, b"412")):
            with self.subTest(date):
                self.assertEqual(self.curl("-z", date, "-o", "/dev/null", "-w", "%{http_code}", self.url("/range"))[1], status)

    def test_a_client_that_leaves_in_the_middle(self):
        with socket.create_connection(self.server.address) as s:
            s.sendall(b"GET /range/stream?bytes=1099511627776 HTTP/1.1\r\nHost: localhost\r\nRange: bytes=5-\r\n\r\n")
            self.assertIn(b"206", s.recv(65536))
        self.check_whole(self.get())


if __name__ == "__main__":
    unittest.main()
