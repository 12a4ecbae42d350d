"""Requests that other sites make: whatever they do, our user's session is of no use to them."""

import secrets
import time
import unittest

import harness
from browser import Browser

LONG = {"SESSION_IDLE": "10m", "SESSION_ABSOLUTE": "1h", "LOGIN_FORM": "5m"}
OURS = "https://app.test"
PASSWORD = harness.PASSWORD


def multipart(fields):
    boundary = secrets.token_hex(8)
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields) + f"--{boundary}--\r\n"
    return body.encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


class Requests(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(**LONG)

    def setUp(self):
        self.browser = Browser(self.server).login()

    def post(self, path="/form", csrf=True, **more):
        if not {"body", "form"} & more.keys():
            more["form"] = {"text": "hello"}
        return self.browser.request("POST", path, csrf=csrf, **more)

    def refused(self, reply, code="csrf"):
        self.assertEqual((reply.status, reply.json["code"]), (403, code), reply)

    # ---- the token ----

    def test_ours_are_taken(self):
        token = self.browser.csrf
        self.assertEqual(self.post().json, {"text": "hello"})
        self.assertEqual(self.post(body={"text": "hello"}).status, 200)
        self.assertEqual(self.post(csrf=False, headers={"X-CSRFToken": token}).status, 200)
        self.assertEqual(self.post(csrf=False, headers={"x-csrf-token": token}).status, 200)
        self.assertEqual(self.post(csrf=False, form={"text": "hello", "csrf_token": token}).json, {"text": "hello"})
        self.assertEqual(self.post(form={"text": "hello", "csrf_token": token}).json, {"text": "hello"}, "in both")
        body, headers = multipart([("text", "hello"), ("csrf_token", token)])
        self.assertEqual(self.post(csrf=False, body=body, headers=headers).json, {"text": "hello"})
        for _ in range(3):
            self.browser.request("GET", "/csrf")
            self.assertNotEqual(self.browser.csrf, token)
            self.assertEqual(self.post().status, 200)

    def test_without_a_token(self):
        self.refused(self.post(csrf=False))
        self.refused(self.post(csrf=False, body={"text": "hello"}))
        self.refused(self.post(csrf=False, body=b"", headers={}))
        self.refused(self.browser.request("DELETE", "/me/sessions"))
        self.assertEqual(self.browser.request("GET", "/me").status, 200)
        self.assertEqual(self.browser.request("HEAD", "/me").status, 200)
        self.server.wait_for_log(lambda line: line["event"] == "csrf.refused" and line["why"] == "there is no token")

    def test_a_token_of_somebody_else(self):
        other, early = Browser(self.server).login("bob"), Browser(self.server)
        early.request("GET", "/csrf")
        mine = self.browser.csrf
        again = Browser(self.server).login()
        for name, token in {"another's": other.csrf, "my other session's": again.csrf, "before signing in": early.csrf, "empty": "", "cut": mine[:-1],
                            "longer": mine + "A", "my cookie": self.browser.id, "nonsense": "x" * 107, "quoted": f'"{mine}"'}.items():
            with self.subTest(name):
                self.refused(self.post(csrf=False, headers={"X-CSRF-Token": token}))
                self.refused(self.post(csrf=False, form={"text": "hello", "csrf_token": token}))
        self.assertEqual(self.post().status, 200)

    def test_a_token_in_the_wrong_place(self):
        token = self.browser.csrf
        self.refused(self.post(f"/form?csrf_token={token}", csrf=False))
        self.refused(self.post(f"/form?csrf_token={token}", csrf=False, body={"text": "hello"}))
        self.refused(self.post(csrf=False, body={"text": "hello", "csrf_token": token}))
        self.refused(self.post(csrf=False, headers={"Cookie": f"__Host-conformance={self.browser.id}; csrf_token={token}"}))
        for name in ("xcsrf_token", "user[csrf_token]", "my_csrf_token", "CSRF_TOKEN", "csrf_token ", "csrf-token", "csrf_token[]", "csrfmiddlewaretoken"):
            with self.subTest(name):
                self.refused(self.post(csrf=False, form={"text": "hello", name: token}))
                body, headers = multipart([("text", "hello"), (name, token)])
                self.refused(self.post(csrf=False, body=body, headers=headers))
        self.refused(self.post(csrf=False, form=[("csrf_token", token), ("csrf_token", token)]))
        self.refused(self.post(csrf=False, headers={"X-CSRF-Token": token, "X-CSRFToken": token}))
        self.refused(self.post(csrf=False, headers={"X-XSRF-Token": token}))
        self.refused(self.post(csrf=False, headers={"X-CSRF-Token": "x"}, form={"text": "hello", "csrf_token": token}))

    def test_what_is_a_good_form_otherwise(self):
        """The field is nobody's fault, and nothing else becomes one."""
        reply = self.post(csrf=False, form={"text": "hello", "csrf_token": self.browser.csrf, "more": "x"})
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["more"]))
        reply = self.post(csrf=False, form={"text": "x" * 101, "csrf_token": self.browser.csrf})
        self.assertEqual((reply.status, list(reply.json["details"])), (422, ["text"]))
        reply = self.post("/form?csrf_token=x")
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["csrf_token"]))

    def test_a_form_with_nothing_but_the_token(self):
        reply = self.post("/me/rotate", csrf=False, form={"csrf_token": self.browser.csrf, "x": "y"})
        self.assertEqual(reply.status, 400)
        reply = self.post("/me/rotate", csrf=False, form={"csrf_token": self.browser.csrf, "x": "y" * 5000})
        self.assertEqual(reply.status, 413)
        self.assertEqual(self.post("/me/rotate", csrf=False, form={"csrf_token": self.browser.csrf}).status, 200)
        body, headers = multipart([("csrf_token", self.browser.csrf)])
        self.assertEqual(self.post("/logout", csrf=False, body=body, headers=headers).status, 204)

    def test_the_method_is_the_one_that_is_written(self):
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            self.refused(self.post(csrf=False, headers={name: "GET"}))
            self.assertEqual(self.browser.request("GET", "/me", headers={name: "DELETE"}).status, 200)
            self.assertEqual(self.browser.request("GET", "/form", headers={name: "POST"}, csrf=True).status, 405)
        self.assertEqual(self.post(form={"_method": "GET"}).status, 400)

    # ---- where it was made ----

    def test_evidence(self):
        site = "Sec-Fetch-Site"
        for expected, headers in (
                (200, {site: "same-origin"}), (200, {"Origin": OURS}), (200, {"Referer": OURS + "/page?x=1"}), (200, {}),
                (200, {site: "same-origin", "Origin": OURS}), (200, {site: "none", "Sec-Fetch-Mode": "navigate"}),
                (200, {"Origin": f"http://127.0.0.1:{self.server.port}", site: "same-origin"}),
                (403, {site: "same-site"}), (403, {site: "cross-site"}), (403, {site: "none"}), (403, {site: "none", "Sec-Fetch-Mode": "cors"}), (403, {site: ""}),
                (403, {site: "cross-site", "Origin": OURS}), (403, {"Origin": "null"}), (403, {"Origin": "https://evil.test"}), (403, {"Origin": "http://app.test"}),
                (403, {"Origin": "https://app.test:8443"}), (403, {"Origin": "https://app.test.evil.test"}), (403, {"Origin": "https://x.sub.test"}),
                (403, {site: "same-origin", "Origin": "https://evil.test"}), (403, {"Origin": f"http://127.0.0.1:{self.server.port + 1}"}),
                (403, {"Referer": "https://evil.test/"}), (403, {"Referer": "https://app.test.evil.test/"}), (403, {"Referer": "http://app.test/"})):
            with self.subTest(headers=headers):
                reply = self.post(headers=headers)
                self.assertEqual(reply.status, expected)
                if expected == 403:
                    self.assertEqual(reply.json["code"], "cross_site")
                    # What does not write needs no evidence; what a browser says to be for another site is not for this route either.
                    elsewhere = headers.get(site, "none") != "none" and headers[site] != "same-origin"
                    self.assertEqual(self.browser.request("GET", "/me", headers=headers).status, 403 if elsewhere else 200)
                else:
                    self.refused(self.post(csrf=False, headers=headers))

    def test_a_get_that_writes_is_not_for_links_of_others(self):
        """A browser sends the cookie with a link that it follows (SameSite=Lax)."""
        for expected, headers in ((200, {}), (200, {"Sec-Fetch-Site": "same-origin"}), (200, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}),
                                  (403, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}), (403, {"Referer": "https://evil.test/"})):
            for method in ("GET", "HEAD"):
                with self.subTest(method=method, headers=headers):
                    self.assertEqual(self.browser.request(method, "/me/seen", headers=headers).status, expected)
                    self.assertEqual(self.browser.request(method, "/me", headers=headers).status, 200)

    def test_a_header_that_is_there_twice(self):
        fields = f"Cookie: __Host-conformance={self.browser.id}\r\nX-CSRF-Token: {self.browser.csrf}\r\n"
        for twice in ("Sec-Fetch-Site: same-origin\r\n" * 2, "Referer: https://app.test/\r\n" * 2, "Origin: https://app.test\r\n" * 2, f"X-CSRF-Token: {self.browser.csrf}\r\n"):
            reply = self.server.exchange(f"POST /form HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                                         f"{fields}{twice}\r\n{{}}".encode())[0]
            self.assertIn(reply.status, (400, 403), twice)

    # ---- signing in ----

    def test_no_other_site_signs_anybody_in(self):
        form = {"username": "alice", "password": PASSWORD}
        anybody = Browser(self.server)
        self.refused(anybody.request("POST", "/login", form=form))
        self.refused(anybody.request("POST", "/login", form={**form, "csrf_token": self.browser.csrf}))
        anybody.request("GET", "/csrf")
        other = Browser(self.server)
        other.request("GET", "/csrf")
        self.refused(anybody.request("POST", "/login", form={**form, "csrf_token": other.csrf}))
        self.refused(anybody.request("POST", "/login", form=form))
        self.refused(anybody.request("POST", "/login", body=form))  # it has a form of ours open
        self.refused(anybody.request("POST", "/login", form={**form, "csrf_token": anybody.csrf}, headers={"Origin": "https://evil.test"}), "cross_site")
        self.assertIsNone(anybody.id)
        body, headers = multipart([*form.items(), ("csrf_token", anybody.csrf)])
        self.assertEqual(anybody.request("POST", "/login", body=body, headers=headers).status, 200)

    def test_json_signs_in_from_here_or_from_no_browser(self):
        body = {"username": "alice", "password": PASSWORD}
        for expected, headers in ((200, {}), (200, {"Origin": OURS}), (200, {"Sec-Fetch-Site": "same-origin"}), (403, {"Origin": "https://evil.test"}), (403, {"Origin": "null"}),
                                  (403, {"Sec-Fetch-Site": "cross-site"}), (403, {"Sec-Fetch-Site": "same-site"})):
            with self.subTest(headers=headers):
                self.assertEqual(self.server.request("POST", "/login", body=body, headers=headers).status, expected)
        for kind in ("text/plain", "application/jsonp", "application/x-www-form-urlencoded; x=y"):
            self.assertIn(self.server.request("POST", "/login", body=b'{"username":"alice","password":"x"}', headers={"Content-Type": kind}).status, (403, 415), kind)

    # ---- who is not asked ----

    def test_tokens_and_public_routes_are_not_asked(self):
        token = self.server.token("alice")
        self.assertEqual(self.server.request("POST", "/me/either", token=token, headers={"Origin": "https://evil.test"}).status, 200)
        self.assertEqual(self.browser.request("POST", "/me/either", token=token).status, 200)
        self.assertEqual(self.browser.request("POST", "/api/webhook", b"{}", headers={"Origin": "https://evil.test"}).status, 202)

    def test_an_exemption_says_why(self):
        self.assertEqual(self.post("/form/exempt", csrf=False, headers={"Origin": "https://evil.test"}).status, 200)
        said = self.server.command("check")
        self.assertIn("csrf.exempt: POST /form/exempt takes requests that other sites made: to be compared with", said)
        self.assertIn("csrf.exempt: POST /api/webhook takes requests that other sites made: signed webhook", said)
        routes = self.server.command("routes", "--policy")
        self.assertIn("    csrf exempt   to be compared with (route)", routes)
        self.assertIn("    fresh         a recent sign-in (route)", routes)


class Forms(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(LOGIN_FORM="2s")

    def test_a_form_to_sign_in_with_grows_old(self):
        browser = Browser(self.server)
        browser.request("GET", "/csrf")
        time.sleep(3.1)
        form = {"username": "alice", "password": PASSWORD, "csrf_token": browser.csrf}
        self.assertEqual(browser.request("POST", "/login", form=form).status, 403)
        browser.request("GET", "/csrf")
        self.assertEqual(browser.request("POST", "/login", form={**form, "csrf_token": browser.csrf}).status, 200)


if __name__ == "__main__":
    unittest.main()
