"""The security headers, on every kind of reply, and nothing else that tells who we are."""

import unittest

import harness

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "0",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()",
}
PAGE = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "same-origin",
}
JSON = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
NEVER = ("server", "x-powered-by", "strict-transport-security", "via", "x-aspnet-version", "access-control-allow-origin", "set-cookie")
ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class Case(harness.ServerCase):
    def check(self, reply, status, kind, content_type=None):
        self.assertEqual(reply.status, status, reply)
        for name, value in {**ALWAYS, **kind}.items():
            self.assertEqual(reply.headers.get(name), value, name)
        for name in NEVER:
            self.assertNotIn(name, reply.headers)
        self.assertEqual(reply.headers.get("cache-control"), "no-store")
        self.assertRegex(reply.headers["x-request-id"], "^[0-9a-f]{32}$")
        self.assertEqual(reply.headers.get("content-type"), content_type or reply.headers.get("content-type"))
        if reply.body and "json" in reply.headers["content-type"] and status >= 400:
            self.assertEqual(reply.json["request_id"], reply.headers["x-request-id"])


class Everywhere(Case):
    """The conformance application."""

    def test_a_page(self):
        self.check(self.server.request("GET", "/"), 200, PAGE, "text/html; charset=utf-8")

    def test_a_policy_that_is_tried(self):
        reply = self.server.request("GET", "/report-only")
        self.check(reply, 200, PAGE, "text/html; charset=utf-8")
        tried = reply.headers["content-security-policy-report-only"]
        self.assertTrue(tried.startswith("default-src 'none'; ") and tried.endswith("; report-uri /reports"), tried)
        self.assertNotIn("content-security-policy-report-only", self.server.request("GET", "/").headers)
        report = {"csp-report": {"document-uri": "http://localhost/report-only", "violated-directive": "default-src"}}
        said = self.server.request("POST", "/reports", report, headers={"Content-Type": "application/csp-report", "Sec-Fetch-Site": "same-origin"})
        self.assertEqual(said.status, 204)
        self.assertIn("csp tried     default-src 'none'; ", self.server.command("routes", "-v"))

    def test_a_page_for_frames(self):
        reply = self.server.request("GET", "/embed")
        self.assertEqual(reply.headers["content-security-policy"].rpartition("; ")[2], "frame-ancestors https://partner.test")

    def test_json(self):
        self.check(self.server.request("GET", "/hello"), 200, JSON, "application/json")

    def test_a_stream_of_bytes(self):
        self.check(self.server.request("POST", "/echo", b"<script>"), 200, JSON, "application/octet-stream")

    def test_no_content(self):
        reply = self.server.request("OPTIONS", "/hello")
        self.check(reply, 204, JSON)
        self.assertNotIn("content-length", reply.headers)
        self.assertNotIn("content-type", reply.headers)

    def test_errors_as_json(self):
        form = {"Content-Type": "text/plain"}
        token = self.server.token("alice")
        for name, status, reply in (
                ("path", 400, self.server.request("GET", "/%2f")),
                ("host", 400, self.server.request("GET", "/hello", host="evil.example")),
                ("unknown field", 400, self.server.request("POST", "/api/items", {**ITEM, "x": 1}, token=token)),
                ("malformed", 400, self.server.request("POST", "/json", b"{", {"Content-Type": "application/json"})),
                ("no token", 401, self.server.request("GET", "/api/users/me")),
                ("bad token", 401, self.server.request("GET", "/api/users/me", token="x")),
                ("no such path", 404, self.server.request("GET", "/none")),
                ("no such item", 404, self.server.request("GET", "/api/items/99", token=token)),
                ("method", 405, self.server.request("PATCH", "/hello")),
                ("too large", 413, self.server.request("POST", "/json", headers={"Content-Length": str(1 << 30), "Connection": "close"})),
                ("not JSON", 415, self.server.request("POST", "/api/items", b"{}", form, token=token)),
                ("rule", 422, self.server.request("POST", "/api/items", {**ITEM, "name": "x"}, token=token)),
                ("failure", 500, self.server.request("GET", "/boom"))):
            with self.subTest(name):
                self.check(reply, status, JSON, "application/json")

    def test_what_the_parser_refuses(self):
        for data, status in ((b"nonsense\r\n\r\n", 400), (b"GET /hello HTTP/1.1\r\n\r\n", 400), (b"GET /%s HTTP/1.1\r\n" % (b"x" * 9000), 414),
                             (b"GET /hello HTTP/1.1\r\nX: %s\r\n\r\n" % (b"x" * 9000), 431), (b"GET / HTTP/3.0\r\n\r\n", 505),
                             (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
                             (b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n", 417)):
            with self.subTest(status=status):
                self.check(self.server.exchange(data)[0], status, JSON, "application/json")

    def test_a_head_that_is_too_slow(self):
        with harness.conformance(HEAD_TIMEOUT="100ms") as server:
            self.check(server.exchange(b"GET / HTTP/1.1\r\n")[0], 408, JSON, "application/json")

    def test_error_pages(self):
        html = {"Accept": "text/html"}
        for path, status in (("/none", 404), ("/boom", 500), ("/api/users/me", 401), ("/%2f", 400), ("/echo", 405)):
            with self.subTest(path=path):
                self.check(self.server.request("GET", path, headers=html), status, PAGE, "text/html; charset=utf-8")

    def test_problem_details(self):
        reply = self.server.request("GET", "/none", headers={"Accept": "application/problem+json"})
        self.check(reply, 404, JSON, "application/problem+json")

    def test_health(self):
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/none", 404)):
            with self.subTest(path=path):
                self.check(self.server.admin("GET", path), status, JSON, "application/json")

    def test_a_client_cannot_choose_its_request_id(self):
        reply = self.server.request("GET", "/hello", headers={"X-Request-Id": "chosen"})
        self.assertNotEqual(reply.headers["x-request-id"], "chosen")
        ids = {self.server.request("GET", "/hello").headers["x-request-id"] for _ in range(20)}
        self.assertEqual(len(ids), 20)

    def test_a_header_that_would_break_out_is_a_500_and_an_event(self):
        self.assertEqual(self.server.request("GET", "/redirect-back?name=fine").headers["x-name"], "fine")
        self.assertEqual(self.server.request("GET", "/redirect-back?name=").headers["x-name"], "")
        for value in ("a%0d%0aSet-Cookie:x", "a%0aSet-Cookie:x", "a%0dSet-Cookie:x", "%0d%0a%0d%0a<script>", "a%7fb", "a%1bb"):
            with self.subTest(value=value):
                raw = self.server.raw(f"GET /redirect-back?name={value} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                replies = harness.parse_replies(raw)
                self.assertEqual(len(replies), 1)
                self.check(replies[0], 500, JSON, "application/json")
                self.assertNotIn("x-name", replies[0].headers)
                self.assertNotIn(b"set-cookie", raw.partition(b"\r\n\r\n")[0].lower())
                event = self.server.wait_for_log(lambda line, id=replies[0].headers["x-request-id"]:
                                                 line["event"] == "reply.header_refused" and line["request_id"] == id)
                self.assertEqual((event["level"], event["header"]), ("error", "X-Name"))

    def test_a_nul_does_not_get_as_far_as_a_header(self):
        reply = self.server.request("GET", "/redirect-back?name=a%00b")
        self.check(reply, 400, JSON, "application/json")

    def test_405_says_what_there_is(self):
        self.assertEqual(self.server.request("DELETE", "/hello").headers["allow"], "GET, HEAD, OPTIONS")

    def test_negotiated_errors_vary(self):
        self.assertEqual(self.server.request("GET", "/none").headers.get("vary"), "Accept")


class Coffer(Case):
    """What only Coffer has: 201, 304, 412, no content after a deletion, the OAuth shape."""

    @classmethod
    def make(cls):
        return harness.coffer(WORKERS=1)

    def test_the_life_of_an_item(self):
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        made = self.server.request("POST", "/api/items", ITEM, token=token)
        self.check(made, 201, JSON, "application/json")
        where = made.headers["location"]
        read = self.server.request("GET", where, token=token)
        tag = read.headers["etag"]
        same = self.server.request("GET", where, headers={"If-None-Match": tag}, token=token)
        self.check(same, 304, JSON)
        self.assertEqual((same.body, same.headers["etag"]), (b"", tag))
        self.assertNotIn("content-length", same.headers)
        self.check(self.server.request("PUT", where, ITEM, {"If-Match": '"x"'}, token=token), 412, JSON, "application/json")
        self.check(self.server.request("DELETE", where, token=token), 204, JSON)
        self.check(self.server.request("GET", where, token=token), 404, JSON, "application/json")

    def test_a_refused_role(self):
        token = self.server.token("demo-viewer", self.server.users["demo-viewer"])
        self.check(self.server.request("POST", "/api/items", ITEM, token=token), 403, JSON, "application/json")

    def test_refused_grants_and_taken_names(self):
        self.check(self.server.request("POST", "/token", form={"grant_type": "password", "username": "x", "password": "y"}),
                   400, JSON, "application/json")
        taken = {"username": "Taken", "email": "taken@example.com", "password": "a long enough password"}
        self.check(self.server.request("POST", "/api/users", taken), 201, JSON, "application/json")
        self.check(self.server.request("POST", "/api/users", taken), 409, JSON, "application/json")


if __name__ == "__main__":
    unittest.main()
