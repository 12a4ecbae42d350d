"""The application's own replies to errors: which handler is asked, what it cannot change, and what becomes of it when it fails."""

import json
import re
import time
import unittest

import harness

PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
INSIDE = re.compile(r"hunter\d|fails|on_error|dw_|\.c\b|0x[0-9a-f]{4}|SELECT|UPDATE|sqlite", re.IGNORECASE)


class Case(harness.ServerCase):
    def get(self, path, accept=None, method="GET", **more):
        return self.server.request(method, path, headers={"Accept": accept} if accept else {}, **more)

    def check_secure(self, reply):
        """What every reply of an error has, whoever made it."""
        page = reply.headers["content-type"].startswith("text/html")
        self.assertEqual(reply.headers["x-frame-options"], "DENY")
        self.assertEqual(reply.headers["x-content-type-options"], "nosniff")
        self.assertEqual(reply.headers["cache-control"], "no-store")
        self.assertEqual(reply.headers["content-security-policy"].startswith("default-src 'self'" if page else "default-src 'none'"), True)
        self.assertRegex(reply.headers["x-request-id"], "^[0-9a-f]{32}$")
        self.assertEqual(reply.headers["vary"], "Accept")
        for name in ("x-frame-options", "content-security-policy", "retry-after", "content-type", "content-length"):
            self.assertNotIn("\n", reply.headers.get(name, ""))

    def check_ours(self, reply, status, code, page=False):
        self.assertEqual(reply.status, status, reply)
        self.check_secure(reply)
        if page:
            self.assertIn(f"<title>{status} ".encode(), reply.body)
            self.assertIn(reply.headers["x-request-id"].encode(), reply.body)
        else:
            self.assertEqual((reply.json["code"], reply.json["request_id"]), (code, reply.headers["x-request-id"]))
            self.assertEqual(list(reply.json)[:4], ["error", "message", "code", "request_id"])


class Handlers(Case):
    """In production."""

    @classmethod
    def make(cls):
        return harness.conformance("prod")

    def test_a_page_of_a_blueprint(self):
        reply = self.get("/own/not_found", PAGE)
        self.assertEqual((reply.status, reply.headers["content-type"]), (404, "text/html; charset=utf-8"))
        self.check_secure(reply)
        self.assertIn(b"<h1>Nothing at /own/not_found</h1>", reply.body)
        self.assertIn(reply.headers["x-request-id"].encode(), reply.body)

    def test_json_of_a_blueprint(self):
        for accept in (None, "*/*", "application/json", "application/problem+json", "text/html;q=0.5, application/json"):
            with self.subTest(accept):
                reply = self.get("/own/not_found", accept)
                self.assertEqual((reply.status, reply.headers["content-type"]), (404, "application/json"))
                self.check_secure(reply)
                self.assertEqual(reply.json, {"lost": "/own/not_found", "status": 404, "request_id": reply.headers["x-request-id"]})

    def test_a_problem(self):
        reply = self.get("/own/sold_out")
        self.assertEqual((reply.status, reply.headers["content-type"]), (409, "application/problem+json"))
        self.check_secure(reply)
        self.assertEqual(reply.json, {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "There is none left", "code": "sold_out",
                                      "request_id": reply.headers["x-request-id"], "left": 0})
        self.assertEqual(self.get("/own/sentence").json["detail"], "The last one went an hour ago")
        reply = self.get("/own/empty_handed")
        self.assertEqual((reply.status, list(reply.json)), (410, ["type", "title", "status", "detail", "code", "request_id"]))

    def test_faults(self):
        def post(body, **headers):
            return self.server.request("POST", "/own/form", body, headers)
        reply = post({"name": "x", "age": 200})
        self.assertEqual((reply.status, reply.json["error"]), (422, "invalid"))
        self.assertEqual([(fault["field"], fault["code"]) for fault in reply.json["faults"]], [("name", "len"), ("age", "range")])
        reply = post({"name": "xyz", "age": 20, "isAdmin": True})
        self.assertEqual((reply.status, reply.json["error"]), (400, "unknown_fields"))
        self.assertEqual([(fault["field"], fault["code"]) for fault in reply.json["faults"]], [("isAdmin", "unknown")])
        self.assertEqual(post(b'{"name":', **{"Content-Type": "application/json"}).json, {"error": "malformed", "faults": [], "position": 8})
        self.check_ours(post(b"x", **{"Content-Type": "text/plain"}), 415, "unsupported_media")

    def test_no_handler_sets_the_status(self):
        for name, code in (("unavailable", "unavailable"), ("closed", "closed")):
            reply = self.get(f"/own/{name}")
            self.assertEqual((reply.status, reply.json), (503, {"come": "later", "code": code}))
            self.assertEqual((reply.headers["x-note"], reply.headers["retry-after"]), ("come later", "1"))
            self.check_secure(reply)

    def test_head(self):
        reply = self.get("/own/not_found", method="HEAD")
        self.assertEqual((reply.status, reply.body), (404, b""))
        self.assertEqual(reply.headers["content-length"], str(len(self.get("/own/not_found").body)))

    def test_the_closest_table_counts(self):
        for name, status in (("not_found", 404), ("sold_out", 409), ("unavailable", 503), ("boom", 500)):
            reply = self.get(f"/own/route/{name}")
            self.assertEqual((reply.status, reply.json), (status, {"closest": "route"}))
        # The route has no page: then the blueprint's is the closest, and where there is none ours.
        self.assertIn(b"<h1>Nothing at", self.get("/own/route/not_found", PAGE).body)
        self.check_ours(self.get("/own/route/sold_out", PAGE), 409, "sold_out", page=True)

    def test_what_no_row_is_for_is_ours(self):
        for name, status, code in (("conflict", 409, "conflict"), ("denied", 403, "denied"), ("too_many", 429, "too_many"), ("boom", 500, "internal")):
            self.check_ours(self.get(f"/own/{name}"), status, code)
        self.assertEqual(self.get("/own/too_many").headers["retry-after"], "1")
        self.check_ours(self.get("/own/sold_out", PAGE), 409, "sold_out", page=True)
        # A path that is nobody's is no blueprint's.
        self.check_ours(self.get("/own"), 404, "not_found")
        self.check_ours(self.get("/own/not_found", method="DELETE"), 405, "method_not_allowed")

    def test_an_application_s_errors(self):
        self.check_ours(self.get("/own/on_fire"), 500, "on_fire")
        self.assertEqual(self.get("/own/on_fire").json["message"], "The shop is on fire")
        reply = self.get("/own/members_only")
        self.check_ours(reply, 401, "members_only")
        self.assertIn("Bearer", reply.headers["www-authenticate"])
        line = self.server.wait_for_log(lambda line: line["event"] == "request" and line.get("code") == "members_only")
        self.assertEqual(line["status"], 401)
        line = self.server.wait_for_log(lambda line: line["event"] == "request.failed" and line["code"] == "on_fire")
        self.assertEqual(line["why"], "on_fire")

    def test_an_error_that_is_in_no_list(self):
        reply = self.get("/own/unlisted")
        self.check_ours(reply, 500, "internal")
        line = self.server.wait_for_log(lambda line: line["event"] == "request.failed" and line["request_id"] == reply.json["request_id"])
        self.assertIn("DW_APP_ERRORS", line["why"])

    def test_problems_as_a_choice(self):
        for accept in (None, "*/*", "application/json"):
            reply = self.get("/own/problem/conflict", accept)
            self.assertEqual((reply.status, reply.headers["content-type"], reply.json["title"]), (409, "application/problem+json", "Conflict"))
        self.check_ours(self.get("/own/problem/conflict", PAGE), 409, "conflict", page=True)

    def test_nothing_of_the_inside_is_in_any(self):
        for path in ("/own/boom", "/own/route/boom", "/own/problem/boom", "/handler-fails"):
            for accept in (None, PAGE, "application/problem+json"):
                reply = self.get(path, accept)
                self.assertEqual(reply.status, 500)
                self.assertIsNone(INSIDE.search(reply.body.decode().replace(reply.headers["x-request-id"], "")), reply)

    def test_who_is_not_let_in_gets_the_blueprint_s_reply(self):
        reply = self.get("/own/members/not_found")
        self.check_ours(reply, 401, "unauthenticated")
        self.assertIn("Bearer", reply.headers["www-authenticate"])

    def test_the_tables_are_listed(self):
        listed = self.server.command("routes", "-v")
        row = listed[listed.index("/own/route/{name}"):].split("\nGET")[0]
        self.assertIn("on any error  closest, JSON (route)", row)
        self.assertIn("on 404        lost_page, a page (blueprint)", row)
        self.assertIn("on sold_out   sold_out, a problem (blueprint)", row)
        self.assertIn("note: errors.own: 6 of the application's own", self.server.command("check"))


class Failures(Case):
    """Handlers that fail: what was an error stays that error."""

    WAYS = {"why": "hunter3", "another": "denied", "crlf": "header", "ours": "header", "retry": "header", "challenge": "header",
            "me": "internal", "writes": "internal", "reads": "internal", "body": "internal", "reply": "internal", "bytes": "internal", "begin": "internal",
            "write": "internal", "end": "internal", "waits": "timeout"}

    @classmethod
    def make(cls):
        return harness.conformance("prod")

    def failed(self, reply):
        request_id = reply.headers["x-request-id"]
        return self.server.wait_for_log(lambda line: line["event"] == "error_handler.failed" and line["request_id"] == request_id)

    def test_each_way(self):
        for way, why in self.WAYS.items():
            for accept in (None, PAGE):
                with self.subTest(way=way, accept=accept):
                    reply = self.get(f"/failing/{way}", accept)
                    self.check_ours(reply, 404, "not_found", page=accept is not None)
                    self.assertIsNone(INSIDE.search(reply.body.decode().replace(reply.headers["x-request-id"], "")), reply)
                    for name in ("x-note", "set-cookie", "retry-after", "www-authenticate"):
                        self.assertNotIn(name, reply.headers)
                    line = self.failed(reply)
                    self.assertIn(why, line["why"])
                    self.assertEqual((line["level"], line["code"], line["handler"]), ("error", "not_found", "fails_page" if accept else "fails"))

    def test_one_that_works(self):
        """So that the others fail for the reason that they are about."""
        reply = self.get("/failing/never")
        self.assertEqual((reply.status, reply.json), (404, {"fine": "yes"}))
        self.assertIn(b"<title>Fine", self.get("/failing/never", PAGE).body)
        self.assertEqual(self.get("/failing/database").json, {"fine": "yes"})

    def test_one_that_takes_all_memory(self):
        """Not even then does the status become another; there is just not much more to say."""
        for accept in (None, PAGE):
            reply = self.get("/failing/memory", accept)
            self.assertEqual((reply.status, reply.json), (404, {"error": "Not Found"}))
            self.check_secure(reply)
            self.assertIn("unavailable", self.failed(reply)["why"])

    def test_a_page_that_is_not_there(self):
        reply = self.get("/failing/unset", PAGE)
        self.check_ours(reply, 404, "not_found", page=True)
        self.assertIn("no page", self.failed(reply)["why"])

    def test_the_error_page_itself_fails(self):
        for accept in (None, PAGE):
            reply = self.get("/handler-fails", accept)
            self.check_ours(reply, 500, "internal", page=accept is not None)
            self.assertIn("hunter3", self.failed(reply)["why"])
            line = self.server.wait_for_log(lambda line: line["event"] == "request.failed" and line["request_id"] == reply.headers["x-request-id"])
            self.assertIn("hunter2", line["why"])

    def test_a_body_is_not_read(self):
        for way in ("reads", "body"):
            replies = self.server.exchange(f"POST /failing/{way} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\nhunter7".encode()
                                           + b"GET /failing/never HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.check_ours(replies[0], 404, "not_found")
            self.assertEqual(self.failed(replies[0])["why"], "internal")
            self.assertEqual(replies[1].json, {"fine": "yes"})

    def test_a_handler_may_not_outlive_the_request(self):
        since = time.monotonic()
        self.check_ours(self.get("/failing/waits"), 404, "not_found")
        self.assertLess(time.monotonic() - since, 30)

    def test_nothing_was_written(self):
        for method in ("GET", "POST"):  # which may write, but not when it has failed
            reply = self.get("/failing/writes", method=method)
            self.check_ours(reply, 404, "not_found")
            self.failed(reply)
        self.assertEqual(self.server.request("POST", "/token", form={"grant_type": "password", "username": "alice", "password": harness.PASSWORD}).status, 200)

    def test_the_connection_goes_on(self):
        with self.server.connect() as s:
            for way in ("why", "begin", "reply", "crlf", "never"):
                s.sendall(f"GET /failing/{way} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                reader = s.makefile("rb")
                head = b"".join(iter(reader.readline, b"\r\n")) if reader.peek(1) else b""
                self.assertTrue(head.startswith(b"HTTP/1.1 404 "), head)
                json.loads(reader.read(int(re.search(rb"Content-Length: (\d+)", head).group(1))))


class Database(Case):
    """A handler that asks a database which is down."""

    @classmethod
    def make(cls):
        server = harness.conformance("prod")
        server.expect_exit = None
        return server

    @classmethod
    def tearDownClass(cls):
        cls.server.end()
        cls.server.expect_exit = 0
        cls.server.stop()

    def test_the_error_stays_what_it_was(self):
        for path in self.server.directory.glob("test.db*"):
            with path.open("r+b") as file:
                size = path.stat().st_size
                file.write(b"\xff" * size)
        reply = self.get("/failing/database")
        self.check_ours(reply, 404, "not_found")
        self.server.wait_for_log(lambda line: line["event"] == "error_handler.failed" and line["request_id"] == reply.headers["x-request-id"])
        self.check_ours(self.get("/failing/database", PAGE), 404, "not_found", page=True)


class Development(Case):
    """In development a field that a handler never set is a failure of it."""

    def test_a_field_that_was_never_set(self):
        reply = self.get("/failing/unset", host="app.test")
        self.check_ours(reply, 404, "not_found")
        line = self.server.wait_for_log(lambda line: line["event"] == "error_handler.failed" and line["request_id"] == reply.headers["x-request-id"])
        self.assertIn("never set", line["why"])

    def test_the_reason_is_that_of_the_error(self):
        reply = self.get("/handler-fails", host="localhost")
        self.assertIn("hunter2", reply.json["debug"]["reason"])
        self.assertNotIn(b"hunter3", reply.body)


class Everything(Case):
    """Handlers of the whole application see errors from before there is a route."""

    @classmethod
    def make(cls):
        return harness.Server("errant", {"ENV": "production", "TRUSTED_HOSTS": "localhost,127.0.0.1", "WORKERS": "1", "DATABASE_URL": None})

    def exchange(self, data):
        return self.server.exchange(data)[0]

    def test_what_the_parser_refuses(self):
        for data, status, code in ((b"nonsense\r\n\r\n", 400, "bad_request"), (b"GET / HTTP/1.1\r\n\r\n", 400, "bad_request"),
                                   (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "version"), (b"\x00\x01\x02\r\n\r\n", 400, "bad_request"),
                                   (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long"),
                                   (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40000 + b"\r\n\r\n", 431, "head_too_large"),
                                   (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400, "bad_request"),
                                   (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, "not_implemented"),
                                   (b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n", 417, "expectation_failed")):
            with self.subTest(data[:30]):
                reply = self.exchange(data)
                self.assertEqual((reply.status, reply.json["code"], reply.json["status"]), (status, code, status))
                self.assertEqual({reply.json[name] for name in ("method", "path", "query", "accept")}, {""})
                self.assertEqual((reply.json["known"], reply.json["id"]), (False, reply.headers["x-request-id"]))
                self.assertEqual(reply.headers["connection"], "close")
                self.check_secure(reply)

    def test_what_has_no_route(self):
        for path, host, status, code in (("/none?x=1", "localhost", 404, "not_found"), ("/%2f", "localhost", 400, "bad_request"), ("/", "evil.test", 400, "bad_request")):
            with self.subTest(path):
                reply = self.get(path, "application/json", host=host)
                self.assertEqual((reply.status, reply.json["code"], reply.json["method"], reply.json["accept"]), (status, code, "GET", "application/json"))
                self.check_secure(reply)
        reply = self.get("/none?x=1")
        self.assertEqual((reply.json["path"], reply.json["query"]), ("/none", "x=1"))

    def test_what_a_route_returns(self):
        reply = self.get("/conflict")
        self.assertEqual((reply.status, reply.json["code"], reply.json["path"]), (409, "conflict", "/conflict"))

    def test_405_keeps_allow(self):
        for accept in (None, PAGE):
            reply = self.get("/", accept, method="DELETE")
            self.assertEqual((reply.status, reply.headers["allow"]), (405, "GET, HEAD, OPTIONS"))

    def test_a_page_is_escaped_by_who_writes_it(self):
        reply = self.get("/%3Cb%3E%22'&amp;", PAGE)
        self.assertEqual(reply.status, 404)
        self.assertIn(b"/&lt;b&gt;&#34;&#39;&amp;amp;", reply.body)

    def test_a_reply_that_has_begun_is_cut(self):
        data = self.server.raw(b"GET /half HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(data.startswith(b"HTTP/1.1 200 "))
        self.assertTrue(data.endswith(b"\r\n\r\n"))

    def test_rfc_6749_is_left_alone(self):
        reply = self.get("/oauth")
        self.assertEqual((reply.status, reply.json["error"]), (400, "invalid_grant"))

    def test_the_admin_s_listener_is_left_alone(self):
        reply = self.server.admin("GET", "/none")
        self.assertEqual((reply.status, reply.json["error"]), (404, "Not Found"))

    def test_a_broken_request_in_a_row_of_good_ones(self):
        replies = self.server.exchange(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n" b"broken\r\n\r\n"
                                       b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual([reply.status for reply in replies], [200, 404, 400])


if __name__ == "__main__":
    unittest.main()
