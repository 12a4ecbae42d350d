"""Pages of other origins: what they may call and read, and that nobody else may."""

import re
import unittest
import urllib.parse

import harness
from browser import Browser

TRUSTED = "https://trusted.example"
OPENINGS = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods", "access-control-allow-headers",
            "access-control-expose-headers", "access-control-max-age", "access-control-allow-private-network")


def words(value):
    """A header's list, whichever lines it came in."""
    return {word.strip().lower() for word in re.split("[,\n]", value or "") if word.strip()}


class Case(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance()

    def ask(self, path, origin=TRUSTED, method="GET", source=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.request(method, path, headers={**({"Origin": origin} if origin is not None else {}), **headers}, source=source)

    def preflight(self, path, origin=TRUSTED, method="GET", **headers):
        return self.ask(path, origin, "OPTIONS", Access_Control_Request_Method=method, **headers)

    def opened(self, reply, status, origin, credentials=False):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.headers.get("access-control-allow-origin"), origin)
        self.assertEqual(reply.headers.get("access-control-allow-credentials"), "true" if credentials else None)
        self.assertIn("origin", words(reply.headers.get("vary")))

    def closed(self, reply, status, vary=True):
        self.assertEqual(reply.status, status, reply)
        for name in OPENINGS:
            self.assertNotIn(name, reply.headers)
        self.assertEqual("origin" in words(reply.headers.get("vary")), vary, reply.headers)


class Requests(Case):
    def test_who_may_read(self):
        self.opened(self.ask("/api/json"), 200, TRUSTED, credentials=True)
        self.opened(self.ask("/api/json", method="PUT"), 200, TRUSTED, credentials=True)
        self.opened(self.ask("/api/json", method="HEAD"), 200, TRUSTED, credentials=True)
        self.assertEqual(words(self.ask("/api/json").headers["access-control-expose-headers"]), {"x-ratelimit-limit", "location"})
        self.closed(self.ask("/api/json", origin=None), 200)
        self.closed(self.ask("/api/json", method="POST"), 200, vary=False)
        self.closed(self.ask("/api-private"), 200, vary=False)
        self.closed(self.ask("/"), 200, vary=False)

    def test_who_may_not(self):
        for origin in ("null", "https://evil.example", "http://trusted.example", "https://trusted.example:8443", "https://trusted.example/",
                       "https://TRUSTED.example", "https://trusted.example.evil.test", "https://eviltrusted.example", "https://a.trusted.example",
                       "https://trusted.example, https://trusted.example", "https://trusted.example.", "*", "", "https://app.test",
                       "https://trusted.example\xff", "https://trusted.exampl"):
            with self.subTest(origin):
                self.closed(self.ask("/api/json", origin), 200)
                self.closed(self.preflight("/api/json", origin), 403)
        with self.server.connect() as s:
            s.sendall(b"GET /api/json HTTP/1.1\r\nHost: localhost\r\nOrigin: https://trusted.example\r\nOrigin: https://trusted.example\r\n"
                      b"Connection: close\r\n\r\n")
            self.closed(harness.parse_replies(harness.read_all(s))[0], 400, vary=False)

    def test_everyone(self):
        for origin in (None, TRUSTED, "null", "https://anybody.example"):
            reply = self.ask("/public/json", origin)
            self.opened(reply, 200, "*")
            self.assertEqual(reply.headers["access-control-expose-headers"], "etag")
        reply = self.preflight("/public/json", "https://anybody.example", Access_Control_Request_Headers="x-client")
        self.opened(reply, 204, "*")
        self.assertEqual(reply.headers["access-control-allow-headers"], "x-client")

    def test_pattern(self):
        for origin in ("https://a.example.com", "https://shop-7.example.com", "https://a.example.org:8443"):
            self.opened(self.ask("/cors/pattern", origin), 200, origin)
        for origin in ("https://example.com", "https://a.b.example.com", "http://a.example.com", "https://aexample.com", "https://a.example.com:444",
                       "https://a.example.com.evil.test", "https://evil.test/.example.com", "https://evil.test#.example.com", "https://a.example.org",
                       "https://*.example.com", "https://.example.com", "https://A.example.com", "https://com"):
            with self.subTest(origin):
                self.closed(self.ask("/cors/pattern", origin), 200)

    def test_errors_have_them_too(self):
        self.opened(self.ask("/shared/mine"), 401, TRUSTED, credentials=True)
        self.opened(self.ask("/shared/fails"), 409, TRUSTED, credentials=True)
        self.opened(self.ask("/shared/seldom"), 200, TRUSTED, credentials=True)
        limited = self.ask("/shared/seldom")
        self.opened(limited, 429, TRUSTED, credentials=True)
        self.assertIn("retry-after", limited.headers)
        for method, status in (("DELETE", 405), ("TRACE", 405), ("BREW", 501)):
            self.opened(self.ask("/api/json", method=method), status, TRUSTED, credentials=True)
        self.assertIn("accept", words(limited.headers["vary"]))
        self.closed(self.ask("/shared/fails", "https://evil.example"), 409)

    def test_the_closest_rule_and_whole_segments(self):
        self.opened(self.ask("/shared/readers"), 200, TRUSTED, credentials=True)
        self.opened(self.ask("/shared/readers", "https://reader.example", "DELETE"), 200, "https://reader.example")
        self.closed(self.ask("/shared/readers", TRUSTED, "DELETE"), 200)
        self.closed(self.ask("/shared/closed"), 200, vary=False)
        self.opened(self.ask("/shared/nothing/here"), 404, TRUSTED, credentials=True)
        self.opened(self.ask("/shared"), 404, TRUSTED, credentials=True)
        for path in ("/sharedx", "/SHARED/readers", "/Shared/nothing", "/api/JSON", "/x/shared/readers", "/api/json+", "/api+json"):
            with self.subTest(path):
                self.closed(self.ask(path), 404, vary=False)


class Early(Case):
    """Refused before there is a route: the rule is that of the route that it would have been."""

    @classmethod
    def make(cls):
        server = harness.conformance(RATE_LIMIT_GLOBAL="2/minute")
        server.env["CONFORMANCE_CGROUP"] = str(server.directory)
        cls.memory(server, 100)
        return server

    @staticmethod
    def memory(server, used):
        (server.directory / "memory.max").write_text("1000\n", encoding="ascii")
        (server.directory / "memory.current").write_text(f"{used}\n", encoding="ascii")

    def has_them(self, status):
        for method in ("GET", "HEAD", "PUT", "DELETE", "BREW"):
            self.opened(self.ask("/api/json", method=method), status, TRUSTED, credentials=True)
        self.opened(self.ask("/shared/readers"), status, TRUSTED, credentials=True)
        self.opened(self.ask("/shared/readers", "https://reader.example", "DELETE"), status, "https://reader.example")
        self.opened(self.ask("/public/json", "https://anybody.example"), status, "*")
        self.opened(self.ask("/shared/nothing"), status, TRUSTED, credentials=True)
        for path, origin, method, vary in (("/api/json", None, "GET", True), ("/api/json", "https://evil.example", "GET", True),
                                           ("/shared/readers", TRUSTED, "DELETE", True), ("/api/json", TRUSTED, "POST", False),
                                           ("/shared/closed", TRUSTED, "GET", False), ("/hello", TRUSTED, "GET", False), ("/none", TRUSTED, "GET", False)):
            with self.subTest(path, origin=origin, method=method):
                self.closed(self.ask(path, origin, method), status, vary)

    def test_limit_of_the_application(self):
        self.assertEqual([self.ask("/api/json").status for _ in range(2)], [200, 200])
        limited = self.ask("/api/json")
        self.opened(limited, 429, TRUSTED, credentials=True)
        self.assertIn("retry-after", limited.headers)
        self.has_them(429)
        self.closed(self.ask("/api/json%2f"), 429, vary=False)  # of which nothing is believed

    def test_preflights_are_counted_by_it(self):
        """As what browsers send for other sites, so that nobody's page uses up what its visitor may ask for here."""
        asked = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}
        replies = [self.preflight("/shared/readers", "https://reader.example", "DELETE", source="127.0.4.1", **asked) for _ in range(3)]
        self.assertEqual([reply.status for reply in replies], [204, 204, 429])
        self.assertEqual(words(replies[2].headers["vary"]) - {"accept"}, {"origin", "access-control-request-method", "access-control-request-headers"})
        self.assertNotIn("access-control-allow-methods", replies[2].headers)
        self.assertEqual(self.ask("/api/json", source="127.0.4.1").status, 200)

    def test_work_that_is_shed(self):
        self.memory(self.server, 920)
        try:
            harness.wait_until(lambda: self.ask("/api/json").status == 503)
            self.has_them(503)
        finally:
            self.memory(self.server, 100)
        harness.wait_until(lambda: self.ask("/api/json").status == 429)

    def test_guards_of_the_application(self):
        reply = self.ask("/api/json", X_Barrier="refuse", source="127.0.4.2")
        self.opened(reply, 403, TRUSTED, credentials=True)
        self.closed(self.ask("/api/json", "https://evil.example", X_Barrier="refuse", source="127.0.4.2"), 403)


class Caches(Case):
    """What may be kept says what it depends on: the rule for other origins, and whatever was read of the request."""

    def test_what_is_kept(self):
        for headers in ({}, {"X_Device": "phone", "Accept_Language": "de", "Cookie": "theme=dark"}):
            for origin in (None, TRUSTED, "https://evil.example"):
                with self.subTest(origin, headers=headers):
                    reply = self.ask("/kept", origin, **headers)
                    self.assertEqual((reply.status, reply.headers["cache-control"]), (200, "public, max-age=60"))
                    self.assertEqual(sorted(words(reply.headers["vary"])), ["accept-language", "cookie", "origin", "sec-fetch-dest", "sec-fetch-mode",
                                                                            "sec-fetch-site", "x-barrier", "x-device"])

    def test_what_is_not(self):
        reply = self.ask("/kept", Accept_Language="x" * 65)
        self.assertEqual((reply.status, reply.headers["cache-control"]), (422, "private, no-store"))


class Preflights(Case):
    def test_what_is_allowed_and_no_more(self):
        for method in ("GET", "PUT", "HEAD"):
            reply = self.preflight("/api/json", method=method, Access_Control_Request_Headers="authorization,x-evil")
            self.opened(reply, 204, TRUSTED, credentials=True)
            self.assertEqual(words(reply.headers["access-control-allow-methods"]), {"get", "put"})
            self.assertEqual(words(reply.headers["access-control-allow-headers"]), {"authorization", "content-type"})
            self.assertEqual(reply.headers["access-control-max-age"], "600")
            self.assertEqual(words(reply.headers["vary"]), {"origin", "access-control-request-method", "access-control-request-headers"})
            self.assertNotIn("access-control-allow-private-network", reply.headers)
            self.assertNotIn("access-control-expose-headers", reply.headers)
            self.assertEqual(reply.body, b"")

    def test_methods_that_are_not(self):
        self.closed(self.preflight("/api/json", method="POST"), 403)
        for method in ("DELETE", "PATCH", "get", "NONSENSE", "*", "GET, PUT", "CONNECT"):
            with self.subTest(method):
                self.assertEqual(words(self.preflight("/api/json", method=method).headers.get("access-control-allow-methods")), {"get", "put"})
        self.closed(self.preflight("/api-private"), 403)
        self.closed(self.preflight("/shared/closed"), 403)
        self.assertEqual(self.preflight("/nothing").status, 404)

    def test_each_rule_for_its_own_methods(self):
        reply = self.preflight("/shared/readers", "https://reader.example", "DELETE")
        self.opened(reply, 204, "https://reader.example")
        self.assertEqual(reply.headers["access-control-allow-methods"], "DELETE")
        self.assertNotIn("access-control-allow-headers", reply.headers)
        self.closed(self.preflight("/shared/readers", "https://reader.example", "GET"), 403)
        self.closed(self.preflight("/shared/readers", TRUSTED, "DELETE"), 403)

    def test_before_everything_of_the_route(self):
        """Nobody is signed in, and the limit is long used up."""
        for _ in range(3):
            self.ask("/shared/seldom")
        for path in ("/shared/mine", "/shared/seldom"):
            reply = self.preflight(path)
            self.opened(reply, 204, TRUSTED, credentials=True)
            self.assertNotIn("x-ratelimit-limit", reply.headers)
            self.assertNotIn("www-authenticate", reply.headers)

    def test_what_is_no_preflight(self):
        for reply in (self.server.request("OPTIONS", "/api/json"), self.ask("/api/json", method="OPTIONS"),
                      self.ask("/api/json", None, "OPTIONS", Access_Control_Request_Method="PUT")):
            self.assertEqual(reply.status, 204)
            self.assertIn("allow", reply.headers)
            self.assertNotIn("access-control-allow-methods", reply.headers)

    def test_private_network(self):
        asked = {"Access_Control_Request_Private_Network": "true"}
        self.assertEqual(self.preflight("/shared/readers", "https://reader.example", "DELETE", **asked).headers["access-control-allow-private-network"],
                         "true")
        for reply in (self.preflight("/shared/readers", "https://reader.example", "DELETE"), self.preflight("/api/json", **asked),
                      self.preflight("/public/json", **asked), self.preflight("/shared/readers", "https://evil.example", "DELETE", **asked),
                      self.preflight("/shared/readers", "https://reader.example", "DELETE", Access_Control_Request_Private_Network="1")):
            self.assertNotIn("access-control-allow-private-network", reply.headers)

    def test_refusals_are_told(self):
        self.preflight("/api/json", 'https://evil.example"\t{"event":"forged"}')
        line = self.server.wait_for_log(lambda line: line["event"] == "cors.refused" and "forged" in line["origin"])
        self.assertEqual(line["why"], "the route's .cors does not name the origin")


class Isolation(Case):
    def come(self, path, site, mode="no-cors", dest="image", method="GET", **headers):
        return self.server.request(method, path, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, **headers})

    def refused(self, reply):
        self.assertEqual((reply.status, reply.json["code"]), (403, "cross_site"), reply)

    def test_what_is_not_for_other_sites(self):
        """Before anybody is asked who they are, and before the route counts it."""
        for site in ("cross-site", "same-site", "nonsense", "same-origin, same-origin"):
            for path in ("/hello", "/api-private", "/shared/mine", "/limits/meta", "/public/json", "/api/json"):
                with self.subTest(f"{site} {path}"):
                    reply = self.come(path, site)
                    if reply.status != 404:
                        self.refused(reply)
                    self.assertNotIn("www-authenticate", reply.headers)
                    self.assertNotIn("x-ratelimit-limit", reply.headers)
        self.refused(self.come("/hello", "cross-site", "navigate", "iframe"))
        self.refused(self.come("/hello", "cross-site", "navigate", "object"))
        self.refused(self.come("/json", "cross-site", "navigate", "document", "POST"))
        self.assertEqual(self.come("/hello", "cross-site", "navigate", "document").status, 200)
        self.assertEqual(self.come("/hello", "same-origin").status, 200)
        self.assertEqual(self.come("/hello", "none", "navigate", "document").status, 200)
        self.assertEqual(self.come("/.env", "cross-site").status, 404)
        self.server.wait_for_log(lambda line: line["event"] == "isolation.refused" and line["dest"] == "object")

    def test_what_is(self):
        cors = {"mode": "cors", "dest": "empty"}
        self.opened(self.come("/api/json", "cross-site", **cors, Origin=TRUSTED), 200, TRUSTED, credentials=True)
        self.opened(self.come("/public/json", "cross-site", **cors, Origin="https://anybody.example"), 200, "*")
        self.closed(self.come("/api/json", "cross-site", **cors, Origin="https://evil.example"), 403)
        self.opened(self.preflight("/api/json", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors"), 204, TRUSTED, credentials=True)
        for path, site, status, corp in (("/embed/near", "same-site", 200, "same-site"), ("/embed/near", "cross-site", 403, "same-site"),
                                         ("/embed/all", "cross-site", 200, "cross-origin"), ("/hello", "same-origin", 200, "same-origin")):
            with self.subTest(f"{path} {site}"):
                reply = self.come(path, site)
                self.assertEqual((reply.status, reply.headers["cross-origin-resource-policy"]), (status, corp))
        self.assertEqual(words(self.come("/embed/all", "cross-site").headers["vary"]), {"x-barrier"}, "which a guard of the application looks for")


class Redirects(Case):
    ELSEWHERE = ("//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "\t//evil.test", "/\n/evil.test", "/\r\nSet-Cookie: a=b",
                 "https://evil.test", "https:evil.test", "http:///evil.test", "https://partner.test@evil.test/", "https://partner.test.evil.test/",
                 "//partner.test@evil.test", "/%2fevil.test", "/%5cevil.test", "/../evil", "/.//evil.test", "javascript:alert(1)", " /a", "evil.test",
                 "https://partner.test:8443/", "http://partner.test/", "https://PARTNER.test/", "", "/caf\u00e9", "/" + "a" * 3000)

    def go(self, path, to, **more):
        return self.server.request("GET", f"{path}?{urllib.parse.urlencode({'next': to})}", **more)

    def led(self, reply, to, status=303):
        self.assertEqual((reply.status, reply.headers.get("location")), (status, to), reply)

    def test_behind_a_sign_in(self):
        for to in ("/", "/me", "/me/sessions?x=1&y=%2F", "/?next=//evil.test"):
            self.led(self.go("/go", to), to)
        for to in self.ELSEWHERE + ("https://partner.test/", "https://app.test/"):
            with self.subTest(to):
                self.led(self.go("/go", to), "/")
        self.led(self.server.request("GET", "/go"), "/")
        self.assertEqual(self.server.request("HEAD", "/go").headers["location"], "/")

    def test_a_program_that_trusts_its_clients(self):
        """Whoever wrote the Location, it leads nowhere but here and to what is listed."""
        for path, status in (("/go/anywhere", 303), ("/go/blindly", 302)):
            for to in ("/me", "https://partner.test", "https://partner.test/a?b=c#d", "https://app.test/me"):
                self.led(self.go(path, to), to, status)
            for to in self.ELSEWHERE:
                with self.subTest(f"{path} {to}"):
                    self.led(self.go(path, to), None, 500)
        self.led(self.go("/go/unasked", "/me"), "/me")
        for to in ("//evil.test", "https://partner.test/"):
            self.led(self.go("/go/unasked", to), None, 500)
        self.server.wait_for_log(lambda line: line["event"] == "redirect.refused" and line["to"] == "//evil.test")


class Sessions(Case):
    @classmethod
    def make(cls):
        return harness.conformance(SESSION_IDLE="10m", SESSION_ABSOLUTE="1h", CORS_ORIGINS="https://trusted.example,https://app.test")

    def test_another_list_than_that_of_csrf(self):
        """What may be read from elsewhere can still not be written with a session from there."""
        browser = Browser(self.server).login()
        browser.request("GET", "/csrf")
        reply = browser.request("POST", "/form", form={"text": "hello"}, csrf=True, headers={"Origin": TRUSTED})
        self.assertEqual((reply.status, reply.json["code"]), (403, "cross_site"))
        self.assertEqual(browser.request("POST", "/form", form={"text": "hello"}, csrf=True, headers={"Origin": "https://app.test"}).status, 200)


class Starts(unittest.TestCase):
    def refused(self, *said, **settings):
        env = {f"CONFORMANCE_{name}": value for name, value in settings.items()}
        status, _, err = harness.run("conformance", "serve", env={"CONFORMANCE_DATABASE_URL": "sqlite:/nowhere/x.db", **env})
        self.assertEqual(status, 78, err)
        for part in said:
            self.assertIn(part, err)

    def test_what_is_refused(self):
        self.refused("CORS_ORIGINS", "credentials", PROFILE="bad-cors-wildcard-credentials")
        self.refused("CORS_ORIGINS", "credentials", CORS_ORIGINS="*")
        self.refused("CORS_ORIGINS", "null", CORS_ORIGINS="https://trusted.example,null")
        self.refused("CORS_ORIGINS", "public suffix", CORS_ORIGINS="https://*.co.uk")
        self.refused("CORS_ORIGINS", "twice", CORS_ORIGINS="https://a.example,https://a.example")
        self.refused("CORS_ORIGINS", "'/'", CORS_ORIGINS="https://a.example/")
        self.refused("CORS_MAX_AGE", CORS_MAX_AGE="25h")


if __name__ == "__main__":
    unittest.main()
