"""The fixture's rows for accounts: signing in and out, in one step or two, one's own account, a forgotten password, keys, users, signatures."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import struct
import time
import unittest

import harness
from browser import Browser

SEED = "JBSWY3DPEHPK3PXP"
COOKIE = "__Host-conformance"
NEW = "a lamp on the desk by night"
LONG = {"SESSION_IDLE": "10m", "SESSION_ABSOLUTE": "1h", "LOGIN_FORM": "5m", "WORKERS": "2"}


def totp(at=None, seed=SEED):
    """RFC 6238 with what every authenticator has."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    mac = hmac.digest(base64.b32decode(seed), counter, "sha1")
    return f"{int.from_bytes(mac[mac[-1] & 15:][:4], 'big') % (1 << 31) % 1000000:06d}"


SERVERS = {}


def tearDownModule():
    for server in SERVERS.values():
        server.stop()


class Fixture(unittest.TestCase):
    """All classes of the same settings share a server, which takes longer to start than most of them to run."""

    settings = LONG

    @classmethod
    def setUpClass(cls):
        key = tuple(cls.settings.items())
        if key not in SERVERS:
            SERVERS[key] = harness.conformance(**cls.settings).start()
        cls.server = SERVERS[key]

    def browser(self, *who):
        return Browser(self.server).login(*who)

    def who(self, browser):
        reply = browser.request("GET", "/me")
        return reply.json["username"] if reply.status == 200 else reply.status


class SigningIn(Fixture):
    def test_everybody_of_the_fixture(self):
        for name in ("alice", "bob", "carol", "frank", "grace"):
            with self.subTest(name):
                self.assertEqual(self.who(self.browser(name)), name)
        for name, password in (("erin", harness.PASSWORD), ("alice", "wrong"), ("frank", "wrong"), ("grace", "wrong"), ("dave", "wrong"), ("nobody", "wrong")):
            with self.subTest(name, password=password):
                reply = self.server.request("POST", "/login", body={"username": name, "password": password})
                self.assertEqual((reply.status, reply.json["code"], "set-cookie" in reply.headers), (401, "unauthenticated", False))

    def test_a_hash_of_werkzeug_is_replaced_by_one_of_ours(self):
        for _ in range(2):
            self.assertEqual(self.who(self.browser("frank")), "frank")
        token = self.server.token("frank")
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).json["username"], "frank")

    def test_next_is_a_place_of_ours_or_the_default(self):
        tricks = ("https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "/%2f/evil.test", "/%5cevil.test", "/\t/evil.test", " //evil.test",
                  "javascript:alert(1)", "/a/../b", "/.//evil.test", "/a\r\nSet-Cookie: a=b", "http:evil.test", "/a#b", "", "/\u00e9")
        for asked, given in [("/me?x=%2f", "/me?x=%2f"), ("/", "/"), *((trick, "/") for trick in tricks)]:
            with self.subTest(asked):
                body = {"username": "alice", "password": harness.PASSWORD, "next": asked}
                reply = Browser(self.server).request("POST", "/login", body)
                self.assertEqual((reply.status, reply.json["next"]), (200, given))
                self.assertNotIn("location", reply.headers)

    def test_a_browser_is_remembered_that_asks_for_it(self):
        browser = Browser(self.server)
        body = {"username": "grace", "password": harness.PASSWORD, "remember": True}
        self.assertEqual(browser.request("POST", "/login", body).status, 200)
        self.assertEqual(sorted(browser.cookies), [COOKIE, COOKIE + "-remember"])
        first = browser.cookies.pop(COOKIE)
        self.assertEqual(self.who(browser), "grace")
        self.assertNotEqual(browser.id, first)
        self.assertEqual(browser.request("GET", "/me").json["amr"] & 8, 8)
        self.assertEqual(browser.request("GET", "/me/fresh").status, 401)
        self.assertNotIn(COOKIE + "-remember", self.browser("grace").cookies)

    def test_five_failures_in_a_minute_and_no_more(self):
        """Of one account from one network; what is right costs nothing, and others are not kept out."""
        def status(password, source, name="carol"):
            return self.server.request("POST", "/login", {"username": name, "password": password}, source=source).status
        source = "127.77.0.1"
        self.assertEqual([status(harness.PASSWORD, source) for _ in range(3)], [200] * 3)
        said = [status("wrong", source) for _ in range(7)]
        self.assertEqual(said, [401] * 5 + [429] * 2)
        self.assertEqual((status(harness.PASSWORD, source), status(harness.PASSWORD, "127.78.0.1"), status(harness.PASSWORD, source, "bob")), (429, 200, 200))

    def test_a_form_is_sent_on(self):
        for asked, given in (("/me", "/me"), ("//evil.test/", "/")):
            browser = Browser(self.server)
            browser.request("GET", "/csrf")
            form = {"username": "bob", "password": harness.PASSWORD, "next": asked, "csrf_token": browser.csrf}
            reply = browser.request("POST", "/login", form=form)
            self.assertEqual((reply.status, reply.headers["location"], self.who(browser)), (303, given, "bob"))


class SecondFactor(Fixture):
    """Each code is good once, so the tests that need one take turns: the step before, this one, the next."""

    def waiting(self):
        browser = Browser(self.server)
        reply = browser.request("POST", "/login", {"username": "dave", "password": harness.PASSWORD})
        self.assertEqual((reply.status, reply.json), (200, {"mfa_required": True}))
        self.assertIn("; Max-Age=300;", reply.headers["set-cookie"])
        return browser

    def code(self, browser, code, path="/mfa/verify", **more):
        return browser.request("POST", path, {"code": code}, **more).status

    def test_the_whole_way(self):
        browser = self.waiting()
        first = browser.copy()
        self.assertEqual([self.who(browser) for _ in range(4)], [401] * 4)
        for path in ("/me/sessions", "/me/values", "/me/either"):
            self.assertEqual(browser.request("GET", path).status, 401, path)
        self.assertEqual(browser.request("POST", "/form", form={}).status, 401)
        now = time.time()
        right = {totp(now + step) for step in (-30, 0, 30, 60)}
        wrong = next(code for code in (f"{n:06d}" for n in range(10)) if code not in right)
        self.assertEqual(self.code(browser, wrong), 401)
        self.assertEqual(self.code(browser, "12345"), 422)
        self.assertEqual(self.code(Browser(self.server), totp(now)), 401, "nothing waits there")
        self.assertEqual(self.code(browser, totp(now), headers={"Origin": "https://evil.test"}), 403)
        self.assertEqual(self.code(browser, totp(now)), 200)
        self.assertEqual((self.who(browser), self.who(first)), ("dave", 401))
        self.assertNotEqual(browser.id, first.id)
        self.assertEqual(browser.request("GET", "/me").json["amr"], 3)
        self.assertEqual(self.code(first, totp(now + 30)), 401, "it was used")
        self.assertEqual(self.code(self.waiting(), totp(now)), 401, "the code was used")

        # Recovery codes: ten, each good once, and none is a code of the authenticator.
        codes = browser.request("POST", "/mfa/codes", csrf=True).json["recovery_codes"]
        self.assertEqual(len(set(codes)), 10)
        other = self.waiting()
        self.assertEqual(self.code(other, codes[0]), 422)
        self.assertEqual(self.code(other, codes[0], "/mfa/recovery"), 200)
        self.assertEqual((self.who(other), other.request("GET", "/me").json["amr"]), ("dave", 5))
        self.assertEqual(self.code(self.waiting(), codes[0], "/mfa/recovery"), 401)

        # Of several at the same time one is let in.
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            waiting = self.waiting()
            said = list(pool.map(lambda code: self.code(waiting.copy(), code, "/mfa/recovery"), codes[1:7]))
        self.assertEqual(sorted(said), [200] + [401] * 5)

        # What ends sessions ends what waits.
        waiting = self.waiting()
        browser.request("GET", "/csrf")
        self.assertEqual(browser.request("DELETE", "/me/sessions", csrf=True).status, 200)
        self.assertEqual(self.code(waiting, codes[8], "/mfa/recovery"), 401)

    def test_with_forms(self):
        browser = Browser(self.server)
        browser.request("GET", "/csrf")
        form = {"username": "dave", "password": harness.PASSWORD, "csrf_token": browser.csrf}
        self.assertEqual(browser.request("POST", "/login", form=form).json, {"mfa_required": True})
        self.assertEqual(browser.request("POST", "/mfa/verify", form={"code": "000000"}).status, 403)
        self.assertEqual(browser.request("POST", "/mfa/verify", form={"code": "0000", "csrf_token": browser.csrf}).status, 422)


class Account(Fixture):
    def sign_up(self, name, password=harness.PASSWORD):
        return self.server.request("POST", "/register", {"username": name, "password": password})

    def test_registration_tells_nobody_who_is_there(self):
        self.assertEqual((self.sign_up("heidi").status, self.sign_up("alice", NEW).status, self.sign_up("Heidi").status), (204, 204, 422))
        self.assertEqual(self.sign_up("heidi", "password1234567").status, 422)
        self.assertEqual(self.who(self.browser("heidi")), "heidi")
        self.assertEqual(self.server.request("POST", "/login", {"username": "alice", "password": NEW}).status, 401)
        reply = self.server.request("POST", "/register", {"username": "ivan", "password": harness.PASSWORD, "roles": 2})
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["roles"]))

    def test_another_password_ends_every_other_session(self):
        self.sign_up("judy")
        browser, other = self.browser("judy"), self.browser("judy")
        before = browser.copy()

        def change(old, new, **more):
            return browser.request("POST", "/account/password", {"password": old, "new_password": new}, **more).status
        self.assertEqual(change(harness.PASSWORD, NEW), 403, "no token")
        self.assertEqual(change("wrong", NEW, csrf=True), 400)
        self.assertEqual(change(harness.PASSWORD, "judyjudyjudyjudy", csrf=True), 422)
        self.assertEqual(self.who(other), "judy")
        self.assertEqual(change(harness.PASSWORD, NEW, csrf=True), 200)
        self.assertEqual((self.who(browser), self.who(before), self.who(other)), ("judy", 401, 401))
        self.assertEqual(self.who(self.browser("judy", NEW)), "judy")
        self.assertEqual(self.server.request("POST", "/login", {"username": "judy", "password": harness.PASSWORD}).status, 401)

    def test_a_reset_works_once_and_ends_what_was(self):
        self.sign_up("kim")
        browser = self.browser("kim")
        replies = [self.server.request("POST", "/reset", {"username": name}) for name in ("kim", "nobody", "erin")]
        self.assertEqual([(reply.status, reply.body) for reply in replies], [(204, b"")] * 3)
        tokens = [self.server.request("GET", f"/reset/outbox?username={name}").json["token"] for name in ("kim", "nobody", "erin")]

        def confirm(token, password=NEW):
            return self.server.request("POST", "/reset/confirm", {"token": token, "password": password}).status
        self.assertEqual([confirm(token) for token in tokens[1:] + ["x", "A" * 43]], [400] * 4)
        self.assertEqual(confirm(tokens[0], "too short"), 422)
        self.assertEqual((confirm(tokens[0]), confirm(tokens[0])), (204, 400))
        self.assertEqual((self.who(browser), self.who(self.browser("kim", NEW))), (401, "kim"))

    def test_a_reset_is_late_after_three_seconds(self):
        self.sign_up("lou")
        self.server.request("POST", "/reset", {"username": "lou"})
        token = self.server.request("GET", "/reset/outbox?username=lou").json["token"]
        time.sleep(3.1)
        self.assertEqual(self.server.request("POST", "/reset/confirm", {"token": token, "password": NEW}).status, 400)

    def test_users_by_number(self):
        alice, carol = self.server.token("alice"), self.server.token("carol")

        def ask(method, path, token, body=None):
            return self.server.request(method, path, body, token=token)
        mine = ask("GET", "/api/users/me", alice).json["id"]
        admin = ask("GET", "/api/users/me", carol).json["id"]
        self.assertEqual([ask("GET", f"/api/users/{n}", alice).status for n in (mine, admin, 10 ** 6, "x")], [200, 404, 404, 404])
        self.assertEqual(ask("GET", f"/api/users/{mine}", carol).json, {"id": mine, "username": "alice"})
        self.assertEqual(ask("GET", f"/api/users/{mine}", None).status, 401)
        new = {"username": "mallory", "password": harness.PASSWORD, "email": "m@example.com"}
        self.assertEqual([ask("POST", "/api/users", who, new).status for who in (None, alice, carol, carol)], [401, 403, 201, 409])
        refused = ask("POST", "/api/users", carol, {**new, "username": "niaj", "isAdmin": True})
        self.assertEqual((refused.status, refused.json["invalid_fields"]), (400, ["isAdmin"]))
        browser, token = self.browser("mallory"), self.server.token("mallory")
        number = ask("GET", "/api/users/me", token).json["id"]
        self.assertEqual([ask("DELETE", f"/api/users/{number}", who).status for who in (None, alice, token, carol, carol)], [401, 403, 403, 204, 404])
        self.assertEqual((self.who(browser), ask("GET", "/api/users/me", token).status), (401, 401))
        ask("POST", "/api/users", carol, new)
        self.assertGreater(ask("GET", "/api/users/me", self.server.token("mallory")).json["id"], number, "a number is never used again")


class Soon(Fixture):
    """What is over after a second here."""

    settings = {**LONG, "LOGIN_SECOND_STEP": "1s", "SESSION_FRESH": "1s"}

    def test_a_sign_in_does_not_wait_for_ever(self):
        browser = Browser(self.server)
        reply = browser.request("POST", "/login", {"username": "dave", "password": harness.PASSWORD})
        self.assertIn("; Max-Age=1;", reply.headers["set-cookie"])
        time.sleep(1.1)
        self.assertEqual(browser.request("POST", "/mfa/verify", {"code": totp()}).status, 401)
        self.server.wait_for_log(lambda line: line["event"] == "session.refused" and line["why"] == "its second factor was not shown in time")

    def test_another_address_needs_a_recent_sign_in(self):
        browser, body = Browser(self.server).login("bob"), {"email": "bob@example.com"}
        self.assertEqual(browser.request("POST", "/account/email", body).status, 403)
        self.assertEqual(browser.request("POST", "/account/email", {"email": "no address"}, csrf=True).status, 422)
        said = []
        while 204 not in said and len(said) < 10:  # a machine may be so busy that a second is over in between
            said.append(browser.login("bob").request("POST", "/account/email", body, csrf=True).status)
        self.assertIn(204, said)
        time.sleep(1.2)
        reply = browser.request("POST", "/account/email", body, csrf=True)
        self.assertEqual((reply.status, reply.json["code"]), (401, "sign_in_again"))


class Kept(Fixture):
    """What an application keeps with a session."""

    def values(self, browser, **changes):
        reply = browser.request("PATCH", "/me/values", json.dumps(changes).encode(), headers={"Content-Type": "application/merge-patch+json"}, csrf=True) \
            if changes else browser.request("GET", "/me/values")
        self.assertEqual(reply.status, 200, reply)
        return reply.json

    def test_by_field_and_by_session(self):
        browser, other = self.browser("alice"), self.browser("alice")
        self.assertEqual(self.values(browser), {})
        self.assertEqual(self.values(browser, count=3), {"count": 3})
        self.assertEqual(self.values(browser, note="a \u00e9", tags=["x"]), {"count": 3, "note": "a \u00e9", "tags": ["x"]})
        self.assertEqual(self.values(browser, note=None), {"count": 3, "tags": ["x"]})
        self.assertEqual(self.values(other), {})
        self.assertEqual(browser.request("POST", "/me/rotate", csrf=True).status, 200)
        self.assertEqual(self.values(browser), {"count": 3, "tags": ["x"]})
        browser.login("alice")
        self.assertEqual(self.values(browser), {}, "another session")
        self.assertEqual(self.server.request("GET", "/me/values").status, 401)

    def test_two_writers_at_a_time_both_survive(self):
        browser = self.browser("bob")

        def write(changes):
            return [self.values(browser.copy(), **change) for change in changes]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            rounds = 12
            done = [pool.submit(write, changes) for changes in (
                [{"count": n} for n in range(rounds)], [{"note": str(n)} for n in range(rounds)], [{"tags": [str(n)]} for n in range(rounds)])]
            for field, future in zip(("count", "note", "tags"), done):
                wanted = [{"count": n, "note": str(n), "tags": [str(n)]}[field] for n in range(rounds)]
                self.assertEqual([said[field] for said in future.result()], wanted, "each sees its own")
        self.assertEqual(self.values(browser), {"count": rounds - 1, "note": str(rounds - 1), "tags": [str(rounds - 1)]})


class Rest(Fixture):
    """The rows that have a program of their own, in a word each."""

    def test_a_key_and_a_webhook_and_a_form(self):
        key = "conformance_AliceReads0_notASecretATestKeyNotASecretATestKeyNotASec"
        self.assertEqual(self.server.request("GET", "/api/data").status, 401)
        self.assertEqual(self.server.request("GET", "/api/data", headers={"X-API-Key": key}).status, 401, "without its checksum")
        self.assertEqual(self.server.request("POST", "/api/webhook", {}).status, 202)
        browser = self.browser()
        self.assertEqual((browser.request("POST", "/form", form={}).status, browser.request("POST", "/form", form={}, csrf=True).status), (403, 200))

    def test_a_limit_of_each_user(self):
        """Three a minute, wherever they come from."""
        def statuses(token, *sources):
            return [self.server.request("GET", "/limited/user", token=token, source=source).status for source in sources]
        alice, bob = (self.server.token(name) for name in ("alice", "bob"))
        self.assertEqual(statuses(alice, "127.79.0.1", "127.79.0.2", "127.79.0.1", "127.79.0.2", "127.79.0.1"), [200] * 3 + [429] * 2)
        self.assertEqual(statuses(bob, "127.79.0.1"), [200])

    def test_a_header_cannot_be_split(self):
        self.assertEqual(self.server.request("GET", "/redirect-back?name=a").headers["x-name"], "a")
        for name in ("a%0d%0aSet-Cookie:x", "a%0ab", "a%0db", "a%00b"):
            reply = self.server.request("GET", f"/redirect-back?name={name}")
            self.assertIn(reply.status, (400, 422, 500), name)
            self.assertNotIn("x-name", reply.headers)
            self.assertNotIn("set-cookie", reply.headers)

    def test_a_signature(self):
        key = base64.urlsafe_b64encode(b"k" * 32).decode().rstrip("=")
        signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"HS256"}', b"{}"))
        mac = base64.urlsafe_b64encode(hmac.new(b"k" * 32, signed.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        jwk = {"kty": "oct", "alg": "HS256", "k": key}
        for keys in ({"jwk": jwk}, {"keys": [jwk]}):
            self.assertEqual(self.server.request("POST", "/jws", {**keys, "jws": f"{signed}.{mac}"}).status, 200)
            self.assertEqual(self.server.request("POST", "/jws", {**keys, "jws": f"{signed}.{mac[:-2]}AA"}).status, 400)


if __name__ == "__main__":
    unittest.main()
