"""The second factor from outside: codes by oathtool, pictures by zbarimg, on both databases. Time is the machine's: a code of the step before, this one and the next are
three that can be used one after the other."""

import base64
import concurrent.futures
import email
import email.policy
import itertools
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import harness
from browser import Browser

STEP = 30
NUMBERS = itertools.count(1)


def oath(secret, steps=0):
    """What an authenticator shows `steps` steps from now."""
    at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() + steps * STEP))
    words = ["oathtool", "--totp", "--base32", "--now", at, secret]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def settle():
    """Waits until a step has some seconds left, so that `now` is the same for oathtool and the server."""
    left = STEP - time.time() % STEP
    if left < 4:
        time.sleep(left + 0.2)


class Account:
    def __init__(self, server, source):
        self.server, self.source = server, source
        self.name, self.password = f"person{next(NUMBERS)}", harness.PASSWORD
        self.address = f"{self.name}@example.com"
        made = server.request("POST", "/api/users", {"username": self.name, "email": self.address, "password": self.password}, source=source)
        assert made.status == 201, made
        self.bearer = self.ask().json["access_token"]
        self.secret, self.codes = None, []

    def ask(self, otp=None, password=None):
        form = {"grant_type": "password", "username": self.name, "password": password or self.password}
        return self.server.request("POST", "/token", form=form if otp is None else {**form, "otp": otp}, source=self.source)

    def post(self, verb, **body):
        return self.server.request("POST", f"/auth/mfa/{verb}", body, token=self.bearer, source=self.source)

    def turn_on(self):
        """With the code of the step before: that of this one, and the next one's, are left."""
        enrolled = self.post("enroll", password=self.password)
        assert enrolled.status == 200, enrolled
        self.secret = enrolled.json["secret"]
        settle()
        confirmed = self.post("confirm", code=oath(self.secret, -1))
        assert confirmed.status == 200, confirmed
        self.codes = confirmed.json["recovery_codes"]
        return enrolled.json

    def sign_in(self, otp=None):
        """A new token: what was signed in before ends when the second factor is turned on or off."""
        reply = self.ask(otp)
        assert reply.status == 200, reply
        self.bearer = reply.json["access_token"]
        return self

    def state(self, otp=None):
        """"in", "asked" or "out"."""
        reply = self.ask(otp)
        if reply.status == 200:
            return "in"
        assert reply.status in (400, 429), reply
        return "late" if reply.status == 429 else "asked" if reply.json.get("mfa_required") else "out"


class Case:
    POSTGRES = False
    sources = itertools.count(10)

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("coffer", {"MAIL_URL": "file:mails", "MAIL_FROM": "coffer@example.com", **harness.ONLY_LIMITS_OF_ROUTES}, prepare=(("migrate",),),
                                    postgres=cls.POSTGRES).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def account(self):
        return Account(self.server, f"127.0.7.{next(self.sources)}")

    def dump(self):
        if self.server.database:
            return "\n".join(harness.cluster().sql(f"SELECT * FROM {table}", self.server.database) for table in ("dw_mfa", "dw_mfa_codes"))
        with sqlite3.connect(self.server.directory / "test.db") as database:
            return "\n".join(database.iterdump())

    # ---- turning it on ----

    def test_it_is_on_when_a_code_has_confirmed_it(self):
        person = self.account()
        self.assertEqual(person.post("enroll", password="not the password at all").status, 400)
        self.assertEqual(person.post("confirm", code="123456").status, 409)
        enrolled = person.post("enroll", password=person.password).json
        self.assertEqual(person.state(), "in", "nothing was confirmed")
        self.assertRegex(enrolled["uri"], f"^otpauth://totp/Coffer:{person.name}\\?secret=[A-Z2-7]{{32}}&issuer=Coffer&algorithm=SHA1&digits=6&period=30$")
        self.assertIn(enrolled["secret"], enrolled["uri"])
        settle()
        right = oath(enrolled["secret"])
        self.assertEqual(person.post("confirm", code=f"{(int(right) + 1) % 1000000:06}").status, 422)
        self.assertEqual(person.state(), "in")
        reply = person.post("confirm", code=right)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(len(set(reply.json["recovery_codes"])), 10)
        for code in reply.json["recovery_codes"]:
            self.assertRegex(code, "^([A-Z2-7]{6}-){3}[A-Z2-7]{6}$")
        self.assertEqual(person.state(), "asked")
        person.sign_in(reply.json["recovery_codes"][0])
        self.assertEqual(person.post("enroll", password="not the password at all").status, 400, "it is not told that there is one")
        self.assertEqual(person.post("enroll", password=person.password).status, 409)
        self.assertEqual(person.post("confirm", code=oath(enrolled["secret"], 1)).status, 409)

    def test_the_pictures_say_the_uri(self):
        enrolled = self.account().turn_on()
        prefix = "data:image/png;base64,"
        self.assertTrue(enrolled["qr_png"].startswith(prefix))
        path = self.server.directory / "qr.png"
        path.write_bytes(base64.b64decode(enrolled["qr_png"].removeprefix(prefix), validate=True))
        read = subprocess.run(["zbarimg", "--quiet", "--raw", str(path)], capture_output=True, text=True, check=True).stdout
        self.assertEqual(read.strip(), enrolled["uri"])
        self.assertTrue(enrolled["qr_svg"].startswith("<svg ") and enrolled["qr_svg"].endswith("</svg>"))

    # ---- the keys that seeds are sealed with ----

    def in_production(self, keys):
        """The settings of the server without which production would not start, and the keys in a file."""
        path = self.server.directory / "data.keys"
        path.write_text(keys)
        path.chmod(0o600)
        if not self.server.database:
            (self.server.directory / "test.db").chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(path, "nobody")
        env = {name: value for name, value in self.server.env.items() if name not in ("COFFER_ENV", "COFFER_DATA_KEYS")}
        return {**env, "COFFER_DATA_KEYS_FILE": str(path), "COFFER_TRUSTED_HOSTS": "127.0.0.1", "COFFER_USER": "nobody"}

    def test_production_neither_starts_nor_goes_on_without_a_key_that_is_needed(self):
        self.account().turn_on()
        self.server.end()
        before = self.server.env
        right, wrong = before["COFFER_DATA_KEYS"], self.server.command("secret").strip()
        refusal = "keys.missing: the key [0-9a-f]{16} is not in DATA_KEYS, and second factors are sealed with it: put it back"
        try:
            status, _, said = harness.run("coffer", "serve", env=self.in_production(wrong), cwd=self.server.directory)
            self.assertEqual(status, 78, said)
            self.assertRegex(said, f"(?m)^coffer: {refusal}")
            self.assertNotIn("listening on", said)
            self.server.env = self.in_production(wrong + "," + right)
            self.server.start()
            self.in_production(wrong)
            self.server.process.send_signal(signal.SIGHUP)
            self.server.wait_for_log(lambda line: line["event"] == "reload.refused")
            found = [line["why"] for line in self.server.log() if line["event"] == "reload.finding"]
            self.assertRegex("\n".join(found), f"(?m)^{refusal}")
        finally:
            if self.server.process is not None:
                self.assertEqual(self.server.end(), 0)
            self.server.env = before
            self.server.start()

    # ---- signing in ----

    def test_a_password_alone_is_asked_for_the_rest(self):
        person = self.account()
        person.turn_on()
        reply = person.ask()
        self.assertEqual((reply.status, reply.json["error"], reply.json["mfa_required"]), (400, "invalid_grant", True))
        self.assertNotIn("access_token", reply.json)
        reply = person.ask(oath(person.secret))
        self.assertEqual((reply.status, reply.json["token_type"]), (200, "bearer"))
        self.assertEqual(self.server.request("GET", "/api/users/me", token=reply.json["access_token"]).json["username"], person.name)

    def test_a_code_is_good_once_and_near_its_time(self):
        person = self.account()
        person.turn_on()
        settle()
        self.assertEqual(person.state(oath(person.secret, -1)), "asked", "it has confirmed")
        self.assertEqual([person.state(oath(person.secret, steps)) for steps in (-2, 2)], ["asked", "asked"])
        code = oath(person.secret)
        self.assertEqual([person.state(code), person.state(code)], ["in", "asked"])
        self.assertEqual(person.state(oath(person.secret, 1)), "in")

    def test_only_ascii_digits_are_a_code(self):
        person = self.account()
        person.turn_on()
        settle()
        code = oath(person.secret)
        for zero in ("٠", "０"):
            self.assertEqual(person.state("".join(chr(ord(zero) + int(digit)) for digit in code)), "asked")
        self.assertEqual([person.state(other) for other in (code + " ", "+" + code[1:])], ["asked", "asked"])
        self.assertEqual(person.state(code), "in")

    def test_the_password_decides_first_and_says_the_same_as_ever(self):
        plain, person = self.account(), self.account()
        person.turn_on()
        settle()
        right, said = oath(person.secret), []
        for who, otp in ((plain, None), (plain, right), *[(person, right)] * 7, (person, None), (person, "x")):
            reply = who.ask(otp, password="wrong wrong wrong wrong")
            told = {name: value for name, value in reply.json.items() if name not in ("request_id", "debug")}
            said.append((reply.status, told))
        self.assertEqual([other for other in said if other != said[0]], [])
        self.assertEqual(said[0][1]["error"], "invalid_grant")
        self.assertNotIn("mfa_required", said[0][1])
        self.assertEqual(person.state(right), "in", "no try of the owner's was used up")
        self.assertEqual(plain.state(right), "in", "who has none needs none")

    def test_a_browser_is_signed_in_behind_the_second_factor(self):
        person = self.account()
        said = {"username": person.name, "password": person.password}

        def login(**more):
            return self.server.request("POST", "/auth/login", {**said, **more}, source=person.source)
        self.assertIn("csrf_token", login().json)
        person.turn_on()
        settle()
        reply = login()
        self.assertEqual((reply.status, reply.json), (200, {"mfa_required": True}))
        self.assertNotIn("set-cookie", reply.headers)
        code = oath(person.secret)
        refused = login(code=f"{(int(code) + 500000) % 1000000:06}")
        self.assertEqual((refused.status, refused.json["code"]), (401, "mfa_required"))
        self.assertNotIn("set-cookie", refused.headers)
        wrong = [login(password="wrong wrong wrong wrong", **more) for more in ({}, {"code": code})]
        self.assertEqual([(other.status, other.json["code"]) for other in wrong], [(401, "unauthenticated")] * 2)
        reply = login(code=code)
        self.assertEqual((reply.status, list(reply.json)), (200, ["csrf_token"]), reply)
        cookie = reply.headers["set-cookie"].split(";")[0]
        self.assertEqual(self.server.request("GET", "/api/users/me", headers={"Cookie": cookie}).json["username"], person.name)
        self.assertEqual(login(code=code).status, 401, "it was used")
        self.assertEqual(login(code=person.codes[0]).status, 200)

    # ---- recovery codes ----

    def test_a_recovery_code_is_good_once_as_people_type_it(self):
        person, other = self.account(), self.account()
        person.turn_on()
        other.turn_on()
        first, second = person.codes[:2]
        self.assertEqual(other.state(first), "asked", "another's")
        self.assertEqual([person.state(first.lower().replace("-", " ")), person.state(first)], ["in", "asked"])
        self.assertEqual([person.state(second[:-1]), person.state(second)], ["asked", "in"])
        kept = self.dump()
        for code in person.codes:
            self.assertFalse(code in kept or code.replace("-", "") in kept)

    # ---- many at once ----

    def at_once(self, ask, count):
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return [future.result() for future in [pool.submit(ask) for _ in range(count)]]

    def test_of_many_uses_of_one_code_one_succeeds(self):
        person = self.account()
        person.turn_on()
        settle()
        code = oath(person.secret)
        states = self.at_once(lambda: person.state(code), 5)
        self.assertEqual(states.count("in"), 1, states)
        self.server.change("UPDATE dw_mfa SET failures = 0, free_at = 0")
        states = self.at_once(lambda: person.state(person.codes[0]), 5)
        self.assertEqual(states.count("in"), 1, states)

    def test_failures_are_limited_however_many_try_at_once(self):
        person, other = self.account(), self.account()
        person.turn_on()
        other.turn_on()
        settle()
        right = oath(person.secret)
        wrong = f"{(int(right) + 500000) % 1000000:06}"
        states = self.at_once(lambda: person.state(wrong), 12)
        self.assertEqual((states.count("asked"), states.count("late")), (5, 7), states)
        reply = person.ask(right)
        self.assertEqual((reply.status, reply.json["error"]), (429, "invalid_request"))
        self.assertIn(int(reply.headers["retry-after"]), range(200, 301))
        self.assertEqual(other.state(oath(other.secret)), "in", "another account")
        self.assertEqual(person.state(person.codes[0]), "in", "the owner has a way in")
        self.assertEqual(person.state(right), "in", "which has cleared the count")

    # ---- turning it off ----

    def test_turning_it_off_needs_password_and_code(self):
        person = self.account()
        person.turn_on()
        person.sign_in(person.codes[0])
        settle()
        code = oath(person.secret)
        self.assertEqual(person.post("disable", password="not the password at all", code=code).status, 400)
        self.assertEqual(person.post("disable", password=person.password, code="000000" if code != "000000" else "111111").status, 400)
        self.assertEqual(person.post("disable", password=person.password).status, 422)
        self.assertEqual(person.state(), "asked")
        self.assertEqual(person.post("disable", password=person.password, code=code).status, 204)
        self.assertEqual(person.state(), "in")
        person.sign_in().turn_on()
        self.assertEqual(person.state(), "asked")

    # ---- what else there is of an account ----

    def whoami(self, **how):
        return self.server.request("GET", "/api/users/me", **how).status

    def notices(self, person):
        """How often the owner was told of the second factor."""
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in (self.server.directory / "mails").glob("*.eml")]
        return sum((mail["to"], mail["subject"]) == (person.address, "The second factor of your account at Coffer") for mail in mails)

    def browser(self, person, **code):
        browser = Browser(self.server, "coffer", "/auth/login")
        said = {"username": person.name, "password": person.password, "remember": True, **code}
        self.assertEqual(browser.request("POST", "/auth/login", said, source=person.source).status, 200)
        return browser

    def test_what_was_signed_in_before_ends_with_it(self):
        person = self.account()
        self.server.change(f"UPDATE users SET email_verified = 1 WHERE username = '{person.name}'")
        here, there = self.browser(person), self.browser(person)
        tokens = person.ask().json
        stolen = here.copy()
        secret = here.request("POST", "/auth/mfa/enroll", {"password": person.password}, csrf=True).json["secret"]
        self.assertEqual([there.request("GET", "/api/users/me").status, self.whoami(token=tokens["access_token"])], [200, 200], "nothing is confirmed")
        settle()
        reply = here.request("POST", "/auth/mfa/confirm", {"code": oath(secret, -1)}, csrf=True)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual([other.request("GET", "/api/users/me").status for other in (here, there, stolen)], [200, 401, 401])
        self.assertEqual([self.whoami(token=other) for other in (person.bearer, tokens["access_token"])], [401, 401])
        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        self.assertEqual(self.server.request("POST", "/token", form=refresh, source=person.source).status, 400)
        harness.wait_until(lambda: self.notices(person) == 1)

        first, second = reply.json["recovery_codes"][:2]
        other, token, id_before = self.browser(person, code=first), person.sign_in(oath(secret)).bearer, here.id
        here.request("GET", "/auth/csrf")
        reply = here.request("POST", "/auth/mfa/disable", {"password": person.password, "code": second}, csrf=True)
        self.assertEqual(reply.status, 204, reply)
        self.assertEqual([here.request("GET", "/api/users/me").status, other.request("GET", "/api/users/me").status, self.whoami(token=token)], [200, 401, 401])
        self.assertNotEqual(here.id, id_before)
        harness.wait_until(lambda: self.notices(person) == 2)

    def test_a_token_that_turns_it_on_ends_too(self):
        person = self.account()
        there = self.browser(person)
        person.turn_on()
        self.assertEqual([self.whoami(token=person.bearer), there.request("GET", "/api/users/me").status], [401, 401])
        there = self.browser(person, code=person.codes[0])
        person.sign_in(person.codes[1])
        self.assertEqual(person.post("disable", password=person.password, code=person.codes[2]).status, 204)
        self.assertEqual([self.whoami(token=person.bearer), there.request("GET", "/api/users/me").status], [401, 401])

    def test_address_and_password_want_it_as_well(self):
        person = self.account()
        person.turn_on()
        person.sign_in(person.codes[0])
        settle()
        code, new = oath(person.secret), "nine green owls sing"
        wrong = f"{(int(code) + 500000) % 1000000:06}"

        def ask(path, **more):
            reply = self.server.request("POST", path, {"password": person.password, **more}, token=person.bearer, source=person.source)
            return (reply.status, reply.json["code"]) if reply.body else reply.status
        for path, more in (("/auth/email", {"email": "thief@example.com"}), ("/auth/password", {"new_password": new})):
            self.assertEqual(ask(path, **more), (401, "mfa_required"))
            self.assertEqual(ask(path, **more, code=wrong), (401, "mfa_required"))
            self.assertEqual(ask(path, **{**more, "password": "wrong wrong wrong wrong", "code": code}), (400, "bad_request"))
        self.assertEqual(ask("/auth/email", email="other@example.com", code=person.codes[1]), 204)
        self.assertEqual(ask("/auth/password", new_password="passwordpassword", code=code), (422, "invalid"), "which costs no code")
        self.assertEqual(ask("/auth/password", new_password=new, code=code), 204)
        self.assertEqual(person.ask(oath(person.secret, 1), password=new).status, 200)

    def test_the_routes_are_for_who_is_signed_in(self):
        for verb in ("enroll", "confirm", "disable"):
            self.assertEqual(self.server.request("POST", f"/auth/mfa/{verb}", {}, source="127.0.7.9").status, 401)

    def test_guesses_of_who_is_signed_in_share_one_count(self):
        person, other = self.account(), self.account()
        bodies = {"/auth/mfa/enroll": {"password": "x"}, "/auth/mfa/confirm": {"code": "x"}, "/auth/mfa/disable": {"password": "x", "code": "x"},
                  "/auth/email": {"password": "x", "email": "x@example.com"}, "/auth/password": {"password": "x", "new_password": "nine green owls sing"}}

        def ask(who, path):
            return self.server.request("POST", path, bodies[path], token=who.bearer, source=who.source).status
        begun = time.monotonic()
        seen = [ask(person, "/auth/mfa/confirm") for _ in range(30)]
        self.assertEqual(set(seen), {409})
        while ask(person, "/auth/mfa/confirm") != 429:  # what a slow machine has earned meanwhile
            self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual({ask(person, path) for path in bodies}, {429})
        self.assertEqual([ask(other, path) for path in bodies], [400, 409, 400, 400, 400])

    # ---- what is kept, and what is said ----

    def test_no_seed_and_no_code_is_in_the_log_or_in_a_copy_of_the_database(self):
        person = self.account()
        person.turn_on()
        settle()
        code = oath(person.secret)
        self.assertEqual([person.state(code), person.state(person.codes[0]), person.state("GEZDGN-BVGY3T-QOJQGE-ZDGNBV")], ["in", "in", "asked"])
        self.server.wait_for_log(lambda line: line["event"] == "mfa.recovery_used")
        raw = base64.b32decode(person.secret)
        log, kept = self.server.log_path.read_text(), self.dump()
        for text in (person.secret, raw.hex(), base64.urlsafe_b64encode(raw).decode().rstrip("="), person.codes[0], person.codes[1]):
            self.assertFalse(text.lower() in log.lower() or text.lower() in kept.lower())
        self.assertNotIn("GEZDGN", log)
        self.assertFalse(re.search(rf"\b{code}\b", log))
        if not self.server.database:
            self.assertNotIn(raw, (self.server.directory / "test.db").read_bytes())


class Sqlite(Case, unittest.TestCase):
    def test_a_backup_has_neither_and_a_restart_forgets_nothing(self):
        person = self.account()
        person.turn_on()
        settle()
        code = oath(person.secret)
        self.assertEqual(person.state(code), "in")
        copy = self.server.directory / "copy.db"
        self.server.command("db", "backup", str(copy))
        self.assertFalse(person.secret.encode() in copy.read_bytes() or base64.b32decode(person.secret) in copy.read_bytes())
        copy.unlink()
        self.server.end()
        keys = self.server.env["COFFER_DATA_KEYS"]
        self.server.env["COFFER_DATA_KEYS"] = self.server.command("secret").strip() + "," + keys  # a new one in front
        self.server.start()
        self.assertEqual(person.state(code), "asked", "it was used before")
        self.assertEqual(person.state(oath(person.secret, 1)), "in")
        with sqlite3.connect(self.server.directory / "test.db") as database:
            roots = [row[0] for row in database.execute("SELECT root FROM dw_mfa ORDER BY made_at DESC LIMIT 1")]
        self.server.end()
        self.server.env["COFFER_DATA_KEYS"] = self.server.env["COFFER_DATA_KEYS"].split(",")[0]  # the old one has gone
        self.server.start()
        self.server.change("UPDATE dw_mfa SET last_step = 1")
        self.assertEqual(person.state(oath(person.secret, 1)), "in", f"it was sealed anew: {roots}")

    def test_rewrap_moves_all_seeds_to_the_newest_key(self):
        person = self.account()
        person.turn_on()
        self.server.end()
        old = self.server.env["COFFER_DATA_KEYS"].split(",")[0]
        try:
            self.server.env["COFFER_DATA_KEYS"] = self.server.command("secret").strip() + "," + old
            self.assertRegex(self.server.command("key", "rewrap"), "^[1-9][0-9]* sealed with the newest of DATA_KEYS\n$")
            self.assertEqual(self.server.command("key", "rewrap"), "0 sealed with the newest of DATA_KEYS\n")
            self.server.env["COFFER_DATA_KEYS"] = self.server.env["COFFER_DATA_KEYS"].split(",")[0]
        finally:
            self.server.start()
        settle()
        self.assertEqual(person.state(oath(person.secret)), "in")

    def test_rewrap_says_what_it_cannot_open(self):
        person = self.account()
        person.turn_on()
        self.server.end()
        old = self.server.env["COFFER_DATA_KEYS"]
        try:
            self.server.env["COFFER_DATA_KEYS"] = self.server.command("secret").strip()
            run = harness.run("coffer", "key", "rewrap", env=self.server.env, cwd=self.server.directory)
            self.assertEqual((run[0], run[1]), (1, "0 sealed with the newest of DATA_KEYS\n"))
            self.assertIn("mfa.unreadable", run[2])
            status, out, _ = harness.run("coffer", "check", "--deploy", env=self.server.env, cwd=self.server.directory)
            self.assertEqual(status, 78)
            self.assertRegex(out, "error: keys.missing: the key [0-9a-f]{16} is not in DATA_KEYS, and second factors are sealed with it")
            self.server.env["COFFER_DATA_KEYS"] += "," + old
            out = harness.run("coffer", "check", "--deploy", env=self.server.env, cwd=self.server.directory)[1]
            self.assertNotIn("keys.missing", out, "both are there")
        finally:
            self.server.env["COFFER_DATA_KEYS"] = old
            self.server.start()

    def test_without_data_keys_nothing_starts(self):
        env = {name: value for name, value in self.server.env.items() if name != "COFFER_DATA_KEYS"}
        status, out, said = harness.run("coffer", "check", env=env, cwd=self.server.directory)
        self.assertNotEqual(status, 0)
        self.assertIn("DATA_KEYS is missing: the seeds of second factors", out + said)


class Postgres(Case, unittest.TestCase):
    POSTGRES = True


if __name__ == "__main__":
    unittest.main()
