"""Sessions: who is signed in with a browser, from the first cookie to the last."""

import base64
import concurrent.futures
import hashlib
import time
import unittest

import harness
from browser import Browser

LONG = {"SESSION_IDLE": "10m", "SESSION_ABSOLUTE": "1h", "LOGIN_FORM": "5m", "WORKERS": "2"}
COOKIE = "__Host-conformance"
FORMS = COOKIE + "-form"
ALICE = "988da607-209f-4a25-8be1-ccbe9698498c"


def digest(value):
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()).decode().rstrip("=")


class Sessions(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(**LONG)

    def browser(self, *who):
        return Browser(self.server).login(*who)

    def status(self, browser, path="/me"):
        return browser.request("GET", path).status

    # ---- the cookie ----

    def test_the_cookie_is_as_it_must_be(self):
        browser = self.browser()
        line = browser.last.headers["set-cookie"]
        self.assertRegex(line, rf"^{COOKIE}=[A-Za-z0-9_-]{{43}}; Path=/; Secure; HttpOnly; SameSite=Lax$")
        self.assertIn("no-store", browser.last.headers["cache-control"])
        reply = browser.request("GET", "/me")
        self.assertEqual((reply.status, reply.json["username"], reply.json["amr"], reply.json["by"]), (200, "alice", 1, 2))
        self.assertLess(abs(reply.json["auth_time"] - time.time()), 60)
        self.assertNotIn("set-cookie", reply.headers)
        self.assertIn("no-store", reply.headers["cache-control"])

    def test_who_is_not_signed_in_gets_no_cookie(self):
        for path in ("/", "/hello", "/me", "/nothing/here"):
            self.assertNotIn("set-cookie", self.server.request("GET", path).headers, path)
        reply = self.server.request("POST", "/login", body={"username": "alice", "password": "wrong"})
        self.assertEqual(reply.status, 401)
        self.assertNotIn("set-cookie", reply.headers)

    def test_without_a_session_the_challenge_says_how(self):
        reply = self.server.request("GET", "/me")
        self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, 'Session realm="conformance"'))
        reply = self.server.request("GET", "/me/either")
        self.assertEqual(sorted(reply.headers["www-authenticate"].split("\n")), ['Bearer realm="conformance"', 'Session realm="conformance"'])

    def test_only_the_digest_is_kept(self):
        browser = self.browser("bob")
        rows = self.rows("SELECT digest FROM dw_sessions")
        self.assertIn(digest(browser.id), rows)
        self.assertNotIn(browser.id, rows)
        self.assertNotIn(browser.id, self.server.log_path.read_text())

    def rows(self, sql):
        if self.server.database:
            return harness.cluster().sql(sql, self.server.database)
        import contextlib
        import sqlite3
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db")) as database:
            return " ".join(str(row[0]) for row in database.execute(sql))

    def test_what_is_no_id_is_no_session(self):
        good = self.browser().id
        for value in ("", "x", good[:-1], good + "A", good[:-1] + "=", f'"{good}"', good.swapcase(), good[:-1] + "B", "A" * 43, digest(good), "a" * 5000):
            with self.subTest(value=value[:50]):
                self.assertEqual(self.server.request("GET", "/me", headers={"Cookie": f"{COOKIE}={value}"}).status, 401)
        self.assertEqual(self.server.request("GET", "/me", headers={"Cookie": f"{COOKIE}={good}; {COOKIE}={good}"}).status, 401)
        for name in ("conformance", "__Secure-conformance", "__host-conformance", FORMS, COOKIE + "x"):
            self.assertEqual(self.server.request("GET", "/me", headers={"Cookie": f"{name}={good}"}).status, 401, name)
        self.assertEqual(self.server.request("GET", "/me", headers={"Cookie": f"a=b; {COOKIE}={good}; c"}).status, 200)

    def test_it_is_no_credential_elsewhere(self):
        browser = self.browser()
        self.assertEqual(self.server.request("GET", f"/me?{COOKIE}={browser.id}").status, 401)
        self.assertEqual(self.server.request("GET", "/me", token=browser.id).status, 401)
        self.assertEqual(self.status(browser, "/api/users/me"), 401)  # counts tokens only
        self.assertEqual(self.status(browser, "/me/admin"), 403)

    # ---- signing in ----

    def test_an_id_that_was_there_before_is_never_adopted(self):
        for preset in ("A" * 43, digest("anything")):
            browser = Browser(self.server)
            browser.cookies[COOKIE] = preset
            browser.login()
            self.assertNotEqual(browser.id, preset)
            self.assertEqual(self.status(browser), 200)
            self.assertEqual(self.server.request("GET", "/me", headers={"Cookie": f"{COOKIE}={preset}"}).status, 401)

    def test_each_sign_in_has_its_own_id_and_ends_the_one_before(self):
        browser = self.browser()
        before = browser.copy()
        browser.login("bob")
        self.assertNotEqual(browser.id, before.id)
        self.assertEqual((self.status(browser), self.status(before)), (200, 401))
        self.assertEqual(browser.request("GET", "/me").json["username"], "bob")

    def test_with_a_form(self):
        browser = Browser(self.server)
        browser.request("GET", "/csrf")
        self.assertRegex(browser.last.headers["set-cookie"], rf"^{FORMS}=[A-Za-z0-9_-]{{43}}; Max-Age=300; Path=/; Secure; HttpOnly; SameSite=Lax$")
        form = {"username": "alice", "password": harness.PASSWORD, "csrf_token": browser.csrf}
        self.assertEqual(browser.request("POST", "/login", form=form).status, 200)
        self.assertEqual(list(browser.cookies), [COOKIE], "that of the form is gone")
        self.assertEqual(self.status(browser), 200)

    def test_wrong_unknown_and_disabled_are_the_same_words(self):
        said = set()
        for username, password in (("alice", "wrong"), ("nobody", "wrong"), ("erin", harness.PASSWORD)):
            reply = self.server.request("POST", "/login", body={"username": username, "password": password})
            said.add((reply.status, reply.json["message"], reply.json["code"], reply.headers["www-authenticate"]))
        self.assertEqual(len(said), 1, said)

    def test_a_route_that_does_not_say_so_cannot_sign_in(self):
        reply = self.server.request("POST", "/login/unguarded")
        self.assertEqual(reply.status, 500)
        self.assertNotIn("set-cookie", reply.headers)

    # ---- ending ----

    def test_after_logging_out_the_cookie_is_dead(self):
        browser = self.browser()
        thief = browser.copy()
        self.assertEqual([self.status(thief) for _ in range(4)], [200] * 4)
        reply = browser.request("POST", "/logout", csrf=True)
        self.assertEqual((reply.status, reply.headers["clear-site-data"]), (204, '"cache", "cookies", "storage"'))
        gone = [f"{name}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax" for name in (COOKIE, COOKIE + "-remember")]
        self.assertEqual(reply.headers["set-cookie"].split("\n"), gone)
        self.assertEqual([self.status(thief) for _ in range(6)], [401] * 6)  # of both workers
        self.assertEqual(thief.request("POST", "/logout", csrf=True).status, 401)

    def test_one_sees_and_ends_ones_own(self):
        browsers = [Browser(self.server).login("carol", headers={"User-Agent": f"agent {i}"}) for i in range(3)]
        other = self.browser("bob")
        mine = browsers[0].request("GET", "/me/sessions").json["sessions"]
        self.assertEqual(sorted(s["agent"] for s in mine), ["agent 0", "agent 1", "agent 2"])
        self.assertEqual([s["agent"] for s in mine if s["current"]], ["agent 0"])
        self.assertNotIn(browsers[1].id, str(mine))
        second = next(s["uid"] for s in mine if s["agent"] == "agent 1")
        self.assertEqual(other.request("DELETE", f"/me/sessions/{second}", csrf=True).status, 404)
        self.assertEqual(self.status(browsers[1]), 200)
        self.assertEqual(browsers[0].request("DELETE", f"/me/sessions/{second}", csrf=True).status, 204)
        self.assertEqual([self.status(b) for b in browsers for _ in range(3)], [200] * 3 + [401] * 3 + [200] * 3)
        self.assertEqual(browsers[0].request("DELETE", f"/me/sessions/{second}", csrf=True).status, 404)
        self.assertEqual(browsers[2].request("DELETE", "/me/sessions", csrf=True).json, {"ended": 1})
        self.assertEqual([self.status(b) for b in browsers], [401, 401, 200])
        self.assertEqual(browsers[2].request("POST", "/me/sessions/end", csrf=True).json, {"ended": 1})
        self.assertEqual((self.status(browsers[2]), self.status(other)), (401, 200))

    def test_a_new_id_when_more_is_known(self):
        browser = self.browser()
        before, tokens = browser.copy(), browser.csrf
        self.assertEqual(browser.request("POST", "/me/rotate", csrf=True).status, 200)
        self.assertNotEqual(browser.id, before.id)
        self.assertEqual((self.status(browser), self.status(before)), (200, 401))
        self.assertEqual(browser.request("GET", "/me").json["amr"], 3)
        fresh, browser.csrf = browser.csrf, tokens
        self.assertEqual(browser.request("POST", "/form", form={}, csrf=True).status, 403, "a token of the id before")
        browser.csrf = fresh
        self.assertEqual(browser.request("POST", "/form", form={}, csrf=True).status, 200)

    def test_a_disabled_account_has_none_from_the_next_request_on(self):
        browser = self.browser("bob")
        admin = self.server.token("carol")
        self.assertEqual(self.status(browser), 200)
        self.assertEqual(self.server.request("PUT", "/api/users/bob/state", {"disabled": True}, token=admin).status, 200)
        self.assertEqual([self.status(browser) for _ in range(4)], [401] * 4)
        self.assertEqual(self.server.request("PUT", "/api/users/bob/state", {"disabled": False}, token=admin).status, 200)
        self.assertEqual(self.status(browser), 200)

    # ---- beside tokens ----

    def test_two_credentials_are_of_one_account(self):
        browser = self.browser()
        alice, bob = self.server.token("alice"), self.server.token("bob")
        self.assertEqual(browser.request("GET", "/me/either").json["by"], 2)
        self.assertEqual(browser.request("GET", "/me/either", token=alice).json["by"], 1)
        self.assertEqual(browser.request("GET", "/me/either", token=bob).status, 400)
        self.assertEqual(browser.request("GET", "/me", token=bob).json["username"], "alice", "not even parsed")
        self.assertEqual(browser.request("GET", "/me/either", token="nonsense").status, 401)
        self.assertEqual(browser.request("POST", "/me/either", token=alice).status, 200, "who shows a token is no browser")
        self.assertEqual(browser.request("POST", "/me/either").status, 403)


class Times(harness.ServerCase):
    """With the short clocks of the profile."""

    @classmethod
    def make(cls):
        return harness.conformance(SESSION_IDLE="2s", SESSION_ABSOLUTE="4s", SESSION_FRESH="2s", LOGIN_FORM="3s", SESSIONS_MAX="3")

    def test_times_end_a_session(self):
        idle, busy = Browser(self.server).login(), Browser(self.server).login("bob")
        began = time.monotonic()
        for _ in range(6):
            time.sleep(0.5)
            if busy.request("GET", "/me").status != 200:
                self.assertGreater(time.monotonic() - began, 2, "a busy one ended early")
        self.assertEqual(idle.request("GET", "/me").status, 401)
        self.server.wait_for_log(lambda line: line["event"] == "session.refused" and line["why"] == "it was not used for too long")
        while time.monotonic() - began < 4.2:
            busy.request("GET", "/me")
            time.sleep(0.3)
        self.assertEqual(busy.request("GET", "/me").status, 401)

    def test_a_sign_in_is_fresh_for_a_while(self):
        browser = Browser(self.server).login("carol")
        token = self.server.token("carol")
        self.assertEqual(browser.request("GET", "/me/fresh").status, 200)
        self.assertEqual(self.server.request("GET", "/me/fresh", token=token).status, 200)
        for _ in range(4):
            time.sleep(0.6)
            browser.request("GET", "/me")
        reply = browser.request("GET", "/me/fresh")
        self.assertEqual((reply.status, reply.json["code"]), (401, "sign_in_again"))
        self.assertEqual(sorted(reply.headers["www-authenticate"].split("\n")),
                         [f'{scheme} realm="conformance", error="insufficient_user_authentication", max_age="2"' for scheme in ("Bearer", "Session")])
        self.assertEqual(self.server.request("GET", "/me/fresh", token=token).json["code"], "sign_in_again")
        browser.request("GET", "/csrf")
        self.assertEqual(browser.request("POST", "/me/rotate", csrf=True).status, 200)
        self.assertEqual(browser.request("GET", "/me/fresh").status, 200)

    def test_an_account_has_so_many_and_no_more(self):
        browsers = []
        for _ in range(4):
            browsers.append(Browser(self.server).login())
            time.sleep(0.05)
        self.assertEqual([b.request("GET", "/me").status for b in browsers], [401, 200, 200, 200])


class Restart(unittest.TestCase):
    def test_a_restart_signs_nobody_out(self):
        server = harness.conformance(**LONG).start()
        try:
            browser = Browser(server).login()
            self.assertEqual(browser.request("GET", "/me").status, 200)
            self.assertEqual(server.end(), 0)
            server.start()
            self.assertEqual(browser.request("GET", "/me").status, 200)
            self.assertEqual(browser.request("POST", "/form", form={}, csrf=True).status, 200, "nor are tokens lost")
            server.change("DELETE FROM dw_sessions")  # another hand's
            self.assertEqual([browser.request("GET", "/me").status for _ in range(4)], [401] * 4)
        finally:
            server.stop()


class Coffer(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.coffer()

    def test_its_routes(self):
        server = self.server
        browser = Browser(server, "coffer", "/auth/login").login("demo-editor", server.users["demo-editor"])
        other = Browser(server, "coffer", "/auth/login").login("demo-editor", server.users["demo-editor"])
        reply = browser.request("POST", "/api/items", {"name": "a lamp", "description": "for the desk"})
        self.assertEqual((reply.status, reply.json["code"]), (403, "csrf"))
        self.assertEqual(browser.request("POST", "/api/items", {"name": "a lamp", "description": "for the desk"}, csrf=True).status, 201)
        self.assertEqual(len(browser.request("GET", "/api/items").json["items"]), 1)
        sessions = browser.request("GET", "/auth/sessions").json["sessions"]
        self.assertEqual([s["current"] for s in sessions].count(True), 1)
        self.assertEqual(len(sessions), 2)
        self.assertEqual(browser.request("DELETE", "/auth/sessions", csrf=True).json, {"ended": 1})
        self.assertEqual(other.request("GET", "/api/users/me").status, 401)
        mine = browser.request("GET", "/auth/sessions").json["sessions"][0]["id"]
        self.assertEqual(browser.request("DELETE", f"/auth/sessions/{mine}", csrf=True).status, 204)
        self.assertEqual(browser.request("GET", "/api/users/me").status, 401)
        browser.login("demo-editor", server.users["demo-editor"])
        self.assertEqual(browser.request("GET", "/api/keys").status, 200, "a recent sign-in")
        self.assertEqual(browser.request("POST", "/auth/logout", csrf=True).status, 204)
        self.assertEqual(browser.request("POST", "/auth/login", {"username": "demo-editor", "password": "wrong"}).status, 401)

    def remembered(self, name, password):
        browser = Browser(self.server, "coffer", "/auth/login")
        reply = browser.request("POST", "/auth/login", {"username": name, "password": password, "remember": True})
        self.assertEqual(reply.status, 200)
        self.assertRegex(browser.cookies["__Host-coffer-remember"], r"^[A-Za-z0-9_-]{64}$")
        return browser

    def test_a_browser_that_is_remembered(self):
        """Its session ends by itself and begins anew, once for all of its tabs; it is not fresh; an old token in a second hand ends it."""
        server, name, password = self.server, "demo-admin", self.server.users["demo-admin"]
        first = self.remembered(name, password)
        plain = Browser(server, "coffer", "/auth/login").login(name, password)
        server.change("UPDATE dw_sessions SET seen_at = 1")
        tabs = [first.copy() for _ in range(6)]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            self.assertEqual(set(pool.map(lambda tab: tab.request("GET", "/api/users/me").status, tabs)), {200})
        self.assertEqual(len({tab.cookie for tab in tabs}), 1)
        self.assertNotEqual(tabs[0].cookies["__Host-coffer-remember"], first.cookies["__Host-coffer-remember"])
        self.assertEqual(plain.request("GET", "/api/users/me").status, 401)
        mine = tabs[0]
        self.assertEqual(mine.request("GET", "/api/keys").json["code"], "sign_in_again")
        away = self.remembered(name, password)
        server.change("UPDATE dw_sessions SET seen_at = 1")
        listed = mine.request("GET", "/auth/sessions").json["sessions"]
        self.assertEqual([(one["current"], one["remembered"]) for one in listed], [(True, True), (False, True)])
        csrf = {"X-CSRF-Token": mine.request("GET", "/auth/csrf").json["csrf_token"]}
        self.assertEqual(mine.request("DELETE", f"/auth/sessions/{listed[1]['id']}", headers=csrf).status, 204)
        self.assertEqual(away.request("GET", "/api/users/me").status, 401)
        server.change("UPDATE dw_remembered SET rotated_at = rotated_at - 20000")
        self.assertEqual(first.request("GET", "/api/users/me").status, 401)
        server.wait_for_log(lambda line: line["event"] == "remember.reused")
        self.assertEqual(mine.request("GET", "/api/users/me").status, 401)

    def test_what_is_changed_with_a_session_that_just_came_back(self):
        """Its token was for the session before: it is refused, with the cookies, and is good the next time."""
        server, name, password = self.server, "demo-admin", self.server.users["demo-admin"]
        mine = self.remembered(name, password)
        server.change("UPDATE dw_sessions SET seen_at = 1")
        reply = mine.request("POST", "/auth/logout", csrf=True)
        self.assertEqual((reply.status, reply.json["code"]), (403, "csrf"))
        self.assertEqual(mine.request("GET", "/auth/csrf").status, 200)
        copy = mine.copy()
        self.assertEqual(mine.request("POST", "/auth/logout", csrf=True).status, 204)
        self.assertEqual(mine.cookies.keys() & {"__Host-coffer", "__Host-coffer-remember"}, set())
        self.assertEqual(copy.request("GET", "/api/users/me").status, 401)

    def test_what_changes_an_account_ends_its_sessions(self):
        server, name, password = self.server, "demo-viewer", self.server.users["demo-viewer"]
        mine, other = Browser(server, "coffer", "/auth/login").login(name, password), self.remembered(name, password)
        before = mine.copy()
        reply = mine.request("POST", "/auth/password", {"password": password, "new_password": "another long password 1"}, csrf=True)
        self.assertEqual(reply.status, 204)
        self.assertEqual([b.request("GET", "/api/users/me").status for b in (mine, before, other)], [200, 401, 401], "who asked goes on, under another id")
        mine.login(name, "another long password 1")
        self.assertEqual(mine.request("GET", "/api/users/me").status, 200)
        self.assertEqual(server.end(), 0)  # a command has SQLite for itself
        for word in ("disable", "enable"):
            server.command("user", word, name)
        server.start()
        self.assertEqual(mine.request("GET", "/api/users/me").status, 401)


if __name__ == "__main__":
    unittest.main()
