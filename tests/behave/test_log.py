"""The log: every line is JSON whatever clients send, holds what an operator needs, and nothing that must not be there."""

import json
import os
import random
import re
import unittest
import urllib.parse

import harness

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Lines(harness.ServerCase):
    def lines(self):
        """All lines so far, when everything that was asked before is among them."""
        mark = self.server.request("GET", f"/mark-{random.randrange(1 << 60)}").headers["x-request-id"]
        self.server.wait_for_log(lambda line: line.get("request_id") == mark and line["kind"] == "access")
        return self.server.log()

    def access(self, reply):
        return self.server.wait_for_log(lambda line: line["kind"] == "access" and line["request_id"] == reply.headers["x-request-id"])

    def test_an_access_line_says_what_was_done(self):
        reply = self.server.request("POST", "/echo", b"12345")
        line = self.access(reply)
        self.assertRegex(line["time"], TIME)
        self.assertEqual({name: line[name] for name in ("level", "kind", "event", "method", "path", "route", "status", "bytes_in", "bytes_out", "peer")},
                         {"level": "info", "kind": "access", "event": "request", "method": "POST", "path": "/echo", "route": "/echo", "status": 200,
                          "bytes_in": 5, "bytes_out": 5, "peer": "127.0.0.1"})
        self.assertIsInstance(line["us"], int)

    def test_the_route_is_a_pattern_and_the_user_an_id(self):
        token = self.server.token("alice")
        line = self.access(self.server.request("GET", "/api/items/77", token=token))
        self.assertEqual((line["route"], line["path"], line["status"], line["code"]), ("/api/items/{id}", "/api/items/77", 404, "not_found"))
        self.assertEqual(line["user"], "988da607-209f-4a25-8be1-ccbe9698498c")
        line = self.access(self.server.request("GET", "/none"))
        self.assertNotIn("route", line)
        self.assertNotIn("user", line)

    def test_the_time_is_what_it_took(self):
        line = self.access(self.server.request("GET", "/slow?ms=120"))
        self.assertTrue(110_000 < line["us"] < 1_000_000, line)

    def test_refusals_have_a_line_and_a_reason(self):
        reply = self.server.exchange(b"GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")[0]
        self.assertEqual(self.access(reply)["status"], 400)
        line = self.server.wait_for_log(lambda line: line["event"] == "request.refused" and line["request_id"] == reply.headers["x-request-id"])
        self.assertEqual(line["why"], "two Host fields")
        reply = self.server.request("GET", "/hello", host="evil.example")
        line = self.server.wait_for_log(lambda line: line["event"] == "host.refused" and line["request_id"] == reply.headers["x-request-id"])
        self.assertEqual((line["host"], line["level"]), ("evil.example", "warn"))

    def test_a_trace_is_carried_when_it_is_one(self):
        line = self.access(self.server.request("GET", "/hello", headers={"traceparent": TRACE}))
        self.assertEqual(line["traceparent"], TRACE)
        for bad in ("", "x", TRACE.upper(), TRACE + "-x", TRACE.replace("4bf9", "\"}\n{"[:2] + "bf"), "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff" + TRACE[2:]):
            with self.subTest(bad=bad):
                self.assertNotIn("traceparent", self.access(self.server.request("GET", "/hello", headers={"traceparent": bad})))

    def test_nothing_from_a_client_breaks_a_line(self):
        for path in ('/"},{"a":"b', "/%22%7d%0a%7b%22", "/%0a", "/%1b%5b31m", "/%e2%80%a8", "/%e2%80%ae", "/%c2%85", "/%ef%bb%bf", "/\\u000a", "/%5c%22", "/a%09b",
                     "/%f0%9f%92%a1", "/" + "%22" * 2000, "/" + "x" * 8000):
            self.server.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        for host in (b'"}', b"\xff\xfe", b"a\tb", b"\x1b[31m"):
            self.server.raw(b"GET /hello HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        for method in (b"\"", b"G\"T", b"!#$%&'*+-.^_`|~", b"GET\\"):
            self.server.raw(method + b" /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        generator = random.Random(7)
        for _ in range(200):
            self.server.raw(bytes(generator.randrange(256) for _ in range(40)) + b"\r\n\r\n", end=True)
        self.lines()
        raw = self.server.log_path.read_bytes()
        self.assertIsNone(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", raw))
        text = raw.decode("utf-8")
        for character in "\u2028\u2029\u202e\u0085\ufeff":
            self.assertNotIn(character, text)
        for line in text.split("\n")[:-1]:
            self.assertLessEqual({"time", "level", "kind", "event"}, set(json.loads(line)))
            self.assertLessEqual(len(line), 16384)

    def test_queries_bodies_headers_and_secrets_are_not_in_it(self):
        token = self.server.token("alice")
        self.server.request("GET", "/hello?hush-query=1")
        self.server.request("POST", "/echo", b"hush-body", {"X-Any": "hush-header", "Cookie": "a=hush-cookie", "User-Agent": "hush-agent"})
        self.server.request("POST", "/api/items", {"name": "hush-field", "description": "x"}, token=token)
        self.server.request("POST", "/json", b'{"hush-malformed', {"Content-Type": "application/json"})
        self.server.request("GET", "/api/items", headers={"Authorization": "Basic hush-basic"})
        self.server.request("GET", "/api/items", token="hush-token")
        self.lines()
        text = self.server.log_path.read_text()
        self.assertNotIn("hush", text)
        self.assertNotIn(token, text)
        self.assertNotIn("W1gP0xVtTzq7", text)

    def test_processes_tell_of_themselves(self):
        events = [(line["event"], line.get("child")) for line in self.server.log() if line["event"] == "child.ready"]
        self.assertEqual(sorted(events), [("child.ready", "keeper"), ("child.ready", "store"), ("child.ready", "worker 0")])


class Levels(unittest.TestCase):
    def events_at(self, level):
        with harness.conformance(LOG_LEVEL=level) as server:
            for path in ("/hello", "/boom"):
                server.request("GET", path)
            server.request("GET", "/hello", host="evil.example")
            server.wait_for_log(lambda line: line["event"] == "request.failed")
            server.end()
            lines = server.log()
            server.stop()
        return {line["level"] for line in lines}, {line["event"] for line in lines}

    def test_only_what_matters_enough_is_written(self):
        order = ["debug", "info", "warn", "error"]
        for level in order[1:]:
            with self.subTest(level=level):
                levels, events = self.events_at(level)
                self.assertLessEqual(levels, set(order[order.index(level):]))
                self.assertIn("request.failed", events)
                self.assertEqual("request" in events, level == "info")
                self.assertEqual("host.refused" in events, level in ("info", "warn"))


class Destinations(unittest.TestCase):
    def test_standard_error(self):
        server = harness.conformance(LOG="stderr").start()
        reply = server.request("GET", "/hello")
        server.process.terminate()
        server.process.wait(20)
        said = server.said()
        server.stop()
        lines = [line for line in said.splitlines() if not line.startswith("conformance: ")]
        self.assertIn(reply.headers["x-request-id"], [json.loads(line).get("request_id") for line in lines])

    def test_a_full_disk_stops_nothing(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        with harness.conformance(LOG="/dev/full") as server:
            for _ in range(500):
                self.assertEqual(server.request("GET", "/hello").status, 200)
            self.assertEqual(server.admin("GET", "/readyz").status, 200)

    def test_a_reader_that_left_stops_nothing(self):
        reader, writer = os.pipe()
        server = harness.conformance(LOG="stderr").start(output=writer)
        os.close(writer)
        os.close(reader)
        for _ in range(100):
            self.assertEqual(server.request("GET", "/hello").status, 200)
        server.stop()

    def test_a_reader_that_does_not_read_stops_nothing(self):
        reader, writer = os.pipe()
        server = harness.conformance(LOG="stderr").start(output=writer)
        os.close(writer)
        for _ in range(500):  # much more than a pipe holds
            self.assertEqual(server.request("GET", "/none" + "x" * 1000).status, 404)
        server.process.terminate()
        server.stop()
        os.close(reader)


class LongestPaths(harness.ServerCase):
    """Nobody stays out of the access log by asking for something long, even where the limits are as wide as they may be."""

    access = Lines.access

    @classmethod
    def make(cls):
        return harness.conformance(REQUEST_TARGET_MAX="16K")

    def test_the_longest_path_has_its_line(self):
        for path in ("/" + "a" * 16383, "/" + "%c2%85" * 2730, "/" + "%22" * 5461):
            with self.subTest(path=path[:7]):
                line = self.access(self.server.request("GET", path))
                self.assertEqual((line["status"], line["code"]), (404, "not_found"))
                self.assertTrue(urllib.parse.unquote(path).startswith(line["path"]))
                self.assertGreaterEqual(len(line["path"].encode()), 4095)
                self.assertEqual(line["path_bytes"], len(urllib.parse.unquote_to_bytes(path)))


if __name__ == "__main__":
    unittest.main()
