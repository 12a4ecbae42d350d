"""One shape for every error, in three languages, and nothing of the inside in any of them."""

import itertools
import re
import unittest

import clients
import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}
INSIDE = re.compile(r"hunter2|/work/|/root|/tmp|/usr/|/home|\.c\b|\.so\b|0x[0-9a-f]{4}|SELECT|INSERT|sqlite|SQL|openssl|libsodium|dewar|dw_|gcc"
                    r"|version|worker|fiber|handler|backtrace|debug|\d+\.\d+\.\d+", re.IGNORECASE)
ACCEPTS = ("application/json", "application/problem+json", "text/html")
NUMBERS = itertools.count(1)


def asked_too_often(ask, path):
    """What that is answered with at last."""
    return next(reply for _ in range(40) if (reply := ask("GET", path)).status == 429)


def refusals_of(server, ask):
    """(status, reply) of what is refused for how, how often or whence it is asked for, and for what else there is to do."""
    source = f"127.0.8.{next(NUMBERS)}"

    def stranger(method, path):
        return ask(method, path, source=source)
    yield 429, asked_too_often(stranger, "/limited/method")
    yield 429, asked_too_often(stranger, "/.env")
    yield 429, stranger("GET", "/hello")
    yield 403, ask("GET", "/hello", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
    yield 403, ask("OPTIONS", "/api/json", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"})
    yield 405, ask("TRACE", "/hello")
    yield 501, ask("BREW", "/hello")
    yield 503, ask("GET", "/limited/brief?ms=9000")
    with server.connect() as s:
        s.sendall(clients.request(b"GET /limited/busy/telling?ms=9000"))
        yield 503, harness.wait_until(lambda: (reply := ask("GET", "/limited/busy/telling?ms=0")).status == 503 and reply)


def errors_of(server, accept=None, host=None):
    """(status, reply) of every error that can be had from outside."""
    headers = {"Accept": accept} if accept else {}
    token = server.token("alice")

    def ask(method, path, body=None, **more):
        return server.request(method, path, body, {**headers, **more.pop("headers", {})}, host=host, **more)
    yield 400, ask("GET", "/%2f")
    yield 400, ask("GET", "/slow?nothing=1")
    yield 400, ask("POST", "/json", b"{", headers={"Content-Type": "application/json"})
    yield 400, ask("POST", "/json", b"\xff", headers={"Content-Type": "application/json"})
    yield 400, ask("POST", "/api/items", {**ITEM, "id": 1, "SELECT": "/etc"}, token=token)
    yield 400, ask("POST", "/jws", {"jws": "x"})
    yield 401, ask("GET", "/api/items")
    yield 401, ask("GET", "/api/items", token="a.b.c")
    yield 404, ask("GET", "/etc/passwd")
    yield 404, ask("GET", "/api/items/9", token=token)
    yield 404, ask("GET", "/api/items/9223372036854775808", token=token)
    yield 404, ask("GET", "/api/items/x", token=token)
    yield 405, ask("DELETE", "/hello")
    yield 413, ask("POST", "/json", headers={"Content-Length": str(1 << 40), "Connection": "close"})
    yield 415, ask("POST", "/api/items", b"x", token=token)
    yield 422, ask("POST", "/api/items", {"name": "x", "description": 7}, token=token)
    yield 500, ask("GET", "/boom")
    yield 500, ask("GET", "/redirect-back?name=%0d")
    yield from refusals_of(server, ask)


class Case(harness.ServerCase):
    def check_json(self, status, reply):
        self.assertEqual(reply.status, status)
        self.assertEqual(reply.headers["content-type"], "application/json")
        self.assertEqual(reply.json["request_id"], reply.headers["x-request-id"])
        self.assertLessEqual(set(reply.json), {"error", "message", "code", "request_id", "invalid_fields", "details", "errors", "position"})
        self.assertGreaterEqual(set(reply.json), {"error", "message", "code", "request_id"})
        self.assertRegex(reply.json["code"], "^[a-z_]+$")

    def check_problem(self, status, reply):
        self.assertEqual((reply.status, reply.headers["content-type"]), (status, "application/problem+json"))
        problem = reply.json
        self.assertEqual((problem["type"], problem["status"]), ("about:blank", status))
        self.assertGreaterEqual(set(problem), {"title", "detail", "code", "request_id"})

    def check_page(self, status, reply):
        self.assertEqual((reply.status, reply.headers["content-type"]), (status, "text/html; charset=utf-8"))
        page = reply.body.decode()
        self.assertTrue(page.startswith("<!doctype html>"))
        self.assertIn(reply.headers["x-request-id"], page)
        self.assertIn(f"<title>{status} ", page)

    def check_inside(self, reply):
        text = reply.body.decode().replace(reply.headers["x-request-id"], "").replace('"SELECT"', "").replace('"/SELECT"', "")
        self.assertIsNone(INSIDE.search(text), text)


class Shapes(Case):
    """In production."""

    @classmethod
    def make(cls):
        return harness.conformance("prod")

    def test_json(self):
        for status, reply in errors_of(self.server):
            with self.subTest(reply=reply):
                self.check_json(status, reply)

    def test_problem_details(self):
        for status, reply in errors_of(self.server, "application/problem+json"):
            with self.subTest(reply=reply):
                self.check_problem(status, reply)

    def test_pages(self):
        for status, reply in errors_of(self.server, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"):
            with self.subTest(reply=reply):
                self.check_page(status, reply)

    def test_refusals_are_those_that_are_meant(self):
        def ask(method, path, **more):
            return self.server.request(method, path, **more)
        self.assertEqual([reply.json["code"] for _, reply in refusals_of(self.server, ask)],
                         ["too_many", "too_many", "too_many", "cross_site", "cross_site", "method_not_allowed", "not_implemented", "timeout", "unavailable"])

    def test_which_one_is_sent(self):
        for accept, wanted in (("*/*", "application/json"), ("application/*", "application/json"), ("", "application/json"),
                               ("nonsense;;,,/", "application/json"), ("text/html;q=0.1, application/json", "application/json"),
                               ("text/html, application/json;q=0.9", "text/html; charset=utf-8"), ("text/html;q=0", "application/json"),
                               ("TEXT/HTML", "text/html; charset=utf-8"), ("application/problem+json, text/html;q=0.5", "application/problem+json"),
                               ("text/html;q=1.001", "text/html; charset=utf-8"), ("image/png", "application/json")):
            with self.subTest(accept=accept):
                reply = self.server.request("GET", "/none", headers={"Accept": accept})
                self.assertEqual(reply.headers["content-type"], wanted)

    def test_nothing_of_the_inside_is_in_any(self):
        for accept in ACCEPTS:
            for host in (None, "app.test"):
                for status, reply in errors_of(self.server, accept, host):
                    with self.subTest(accept=accept, status=status, reply=reply):
                        self.check_inside(reply)

    def test_the_reason_is_in_the_log_with_the_request_id(self):
        reply = self.server.request("GET", "/boom")
        line = self.server.wait_for_log(lambda line: line["event"] == "request.failed" and line["request_id"] == reply.json["request_id"])
        self.assertIn("hunter2", line["why"])
        self.assertEqual((line["level"], line["route"]), ("error", "/boom"))

    def test_a_wrong_value_is_not_repeated(self):
        for path, body in (("/api/items", {"name": "hunter2" * 20, "description": "x"}), ("/api/items", {"name": 8150815, "description": "hunter2"})):
            reply = self.server.request("POST", path, body, token=self.server.token("alice"))
            self.assertEqual(reply.status, 422)
            self.assertNotIn(b"hunter2", reply.body)
            self.assertNotIn(b"8150815", reply.body)

    def test_a_name_from_a_client_cannot_break_the_shape(self):
        names = ['"', "\\", "</script>", "\u2028", "\x00", "\x1f", "é", "x" * 2000]
        reply = self.server.request("POST", "/api/items", {**ITEM, **dict.fromkeys(names, 1)}, token=self.server.token("alice"))
        self.assertEqual(reply.status, 400)
        self.assertLess(len(reply.body), 8192)
        self.assertIn('"', reply.json["invalid_fields"])
        page = self.server.request("POST", "/api/items", {**ITEM, "<b>": 1}, {"Accept": "text/html"}, token=self.server.token("alice"))
        self.assertNotIn(b"<b>", page.body)

    def test_the_handler_that_forgot_a_field_says_nothing_wrong(self):
        reply = self.server.request("GET", "/forgetful")
        self.assertIn(reply.status, (200, 500))
        self.assertIsNone(INSIDE.search(reply.body.decode().replace(reply.headers["x-request-id"], "")))


class BehindAProxy(Case):
    """What is refused for how it was forwarded, and by what is asked before there is a route."""

    @classmethod
    def make(cls):
        return harness.conformance("proxy", RATE_LIMIT_GLOBAL="30/minute")

    def errors_of(self, accept):
        client, greedy = (f"198.51.100.{next(NUMBERS)}" for _ in range(2))

        def ask(address, proto="https"):
            def of_that_client(method, path):
                return self.server.request(method, path, headers={"Accept": accept, "X-Forwarded-For": address, "X-Forwarded-Proto": proto})
            return of_that_client
        yield 403, "https_required", ask(client, "http")("GET", "/hello")
        yield 400, "bad_request", ask("x")("GET", "/hello")
        yield 400, "bad_request", ask(client, "gopher")("GET", "/hello")
        yield 429, "too_many", asked_too_often(ask(client), "/.env")
        yield 429, "too_many", asked_too_often(ask(greedy), "/hello")

    def test_shapes(self):
        for accept, check in zip(ACCEPTS, (self.check_json, self.check_problem, self.check_page)):
            for status, code, reply in self.errors_of(accept):
                with self.subTest(accept=accept, reply=reply):
                    check(status, reply)
                    self.check_inside(reply)
                    self.assertIn(code, reply.body.decode() if accept != "text/html" else code)


class Development(Case):
    """In development, for who sits at the machine."""

    def test_the_reason_is_told_to_loopback(self):
        for host in ("localhost", "127.0.0.1", "[::1]:80", f"127.0.0.1:{self.server.port}"):
            with self.subTest(host=host):
                reply = self.server.request("GET", "/boom", host=host)
                self.assertEqual(reply.status, 500)
                self.assertIn("hunter2", reply.json["debug"]["reason"])
                self.assertGreater(len(reply.json["debug"]["backtrace"]), 2)
                self.assertIn("dw__fiber_main+0x", " ".join(reply.json["debug"]["backtrace"]))

    def test_and_to_no_other_host(self):
        for accept in ACCEPTS:
            for host in ("app.test", "a.sub.test", "sub.test"):
                for status, reply in errors_of(self.server, accept, host):
                    with self.subTest(accept=accept, host=host, status=status):
                        self.assertEqual(reply.status, status)
                        self.check_inside(reply)

    def test_a_forged_host_in_the_target_is_the_host(self):
        reply = self.server.exchange(b"GET http://app.test/boom HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")[0]
        self.assertEqual(reply.status, 500)
        self.assertNotIn(b"hunter2", reply.body)

    def test_the_field_that_a_handler_forgot_is_named(self):
        reply = self.server.request("GET", "/forgetful")
        self.assertEqual(reply.status, 500)
        self.assertIn("message", reply.json["debug"]["reason"])
        line = self.server.wait_for_log(lambda line: line["event"] == "request.failed" and line["request_id"] == reply.json["request_id"])
        self.assertIn("message", line["why"])


class OAuth(harness.ServerCase):
    """The shape of RFC 6749 on /token, whatever went wrong."""

    def test_errors_of_the_token_route(self):
        def ask(body, content_type="application/x-www-form-urlencoded"):
            return self.server.request("POST", "/token", body, {"Content-Type": content_type}, host="app.test")
        good = b"grant_type=password&username=alice&password=" + harness.PASSWORD.replace(" ", "+").encode()
        self.assertEqual(ask(good).status, 200)
        for body, error in ((b"", "invalid_request"), (b"grant_type=password", "invalid_request"), (b"grant_type=x&username=a&password=b", "unsupported_grant_type"),
                            (good + b"x", "invalid_grant"), (good + b"&x=1", "invalid_request"), (good + b"&username=bob", "invalid_request"),
                            (b"grant_type=%zz", "invalid_request"), (b"grant_type=password&username=a%00&password=b", "invalid_request")):
            with self.subTest(body=body):
                reply = ask(body)
                self.assertEqual((reply.status, reply.json["error"]), (400, error))
                self.assertIn("error_description", reply.json)
                self.assertIsNone(INSIDE.search(reply.body.decode().replace(reply.headers["x-request-id"], "")))
        self.assertEqual(ask(b"{}", "application/json").status, 415)


if __name__ == "__main__":
    unittest.main()
