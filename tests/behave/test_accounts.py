"""Accounts of Coffer: registration, addresses that are proven, passwords that are changed and reset, and nothing that tells who is there."""

import email
import email.policy
import os
import re
import signal
import time
import unittest

import harness
from harness import wait_until

OLD, NEW = "seven blue lamps hum", "nine green owls sing"
GONE = "That code is not good, or not any more"


class Accounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("coffer", {"MAIL_URL": "file:mails", "MAIL_FROM": "coffer@example.com", **harness.ONLY_LIMITS_OF_ROUTES}, prepare=(("migrate",),)).start()
        cls.sources = (f"127.4.{n // 250}.{n % 250 + 1}" for n in range(10000))
        cls.seen = set()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    # ---- help ----

    def ask(self, path, body, token=None):
        return self.server.request("POST", path, body, token=token, source=next(self.sources))

    def refuse(self, reply, status, message):
        self.assertEqual((reply.status, reply.json["message"]), (status, message), reply)

    def register(self, name, address=None, password=OLD):
        reply = self.ask("/api/users", {"username": name, "email": address or f"{name}@example.org", "password": password})
        self.assertEqual(reply.status, 201, reply)
        return reply

    def token(self, name, password=OLD):
        return self.server.token(name, password)

    def mail(self, to, subject):
        """The mail of that subject to that address that was not read before: its text."""
        def look():
            for path in sorted((self.server.directory / "mails").glob("*.eml"), key=lambda path: path.stat().st_mtime):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if path not in self.seen and (mail["to"], mail["subject"]) == (to, subject):
                    self.seen.add(path)
                    return mail.get_content().replace("\r\n", "\n")
            return None
        return wait_until(look)

    def code(self, to, subject):
        return re.search(r"^    ([A-Za-z0-9_-]{43})$", self.mail(to, subject), re.M).group(1)

    def verified(self, name, address=None):
        """A new account whose address is known to be its own; its token."""
        address = address or f"{name}@example.org"
        self.register(name, address)
        self.assertEqual(self.ask("/auth/verify", {"token": self.code(address, "Welcome to Coffer")}).status, 204)
        return self.token(name)

    def quiet(self):
        """When all jobs that are due have run."""
        wait_until(lambda: not re.search(r"_mail .*(waiting|running)", self.server.command("jobs")) if not self.server.database else True)
        time.sleep(0.3)

    def mails(self):
        return len(list((self.server.directory / "mails").glob("*.eml")))

    def change(self, sql):
        self.server.change(sql)

    # ---- the address ----

    def test_an_address_is_proven_once(self):
        self.register("ann")
        code = self.code("ann@example.org", "Welcome to Coffer")
        self.assertEqual(self.ask("/auth/verify", {"token": code}).status, 204)
        self.refuse(self.ask("/auth/verify", {"token": code}), 400, GONE)
        for other in ("x", "A" * 43, code[:-1], code + "A"):
            self.refuse(self.ask("/auth/verify", {"token": other}), 400, GONE)
        self.assertNotIn(code, self.server.log_path.read_text())

    def test_mails_name_the_address_that_clients_know(self):
        """… and not the Host that somebody sent."""
        settings = {"MAIL_URL": "file:mails", "MAIL_FROM": "coffer@example.com", "CANONICAL_ORIGIN": "https://coffer.example.com", "TRUSTED_HOSTS": "coffer.example.com,other.example.com"}
        with harness.Server("coffer", settings, prepare=(("migrate",),)) as server:
            body = {"username": "lou", "email": "lou@example.org", "password": OLD}
            self.assertEqual(server.request("POST", "/api/users", body, host="evil.example.org").status, 400)
            self.assertEqual(server.request("POST", "/api/users", body, host="other.example.com").status, 201)
            mails = server.directory / "mails"
            path, = wait_until(lambda: list(mails.glob("*.eml")))
            welcome = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_content()
            code = re.search(r"^    ([A-Za-z0-9_-]{43})$", welcome.replace("\r\n", "\n"), re.M).group(1)
            self.assertEqual(server.request("POST", "/auth/verify", {"token": code}, host="other.example.com").status, 204)
            self.assertEqual(server.request("POST", "/auth/reset", {"email": "lou@example.org"}, host="other.example.com").status, 204)
            other, = wait_until(lambda: set(mails.glob("*.eml")) - {path})
            reset = email.message_from_bytes(other.read_bytes(), policy=email.policy.default).get_content()
        self.assertIn("to POST https://coffer.example.com/auth/verify:", welcome)
        self.assertIn("to POST https://coffer.example.com/auth/reset/confirm:", reset)
        self.assertNotIn("other.example.com", welcome + reset)

    def test_the_disabled_prove_nothing(self):
        self.register("pat")
        code = self.code("pat@example.org", "Welcome to Coffer")
        self.change("UPDATE users SET disabled = 1 WHERE username = 'pat'")
        self.refuse(self.ask("/auth/verify", {"token": code}), 400, GONE)
        self.change("UPDATE users SET disabled = 0 WHERE username = 'pat'")
        self.assertEqual(self.ask("/auth/verify", {"token": code}).status, 204)  # what was refused took nothing

    def test_a_taken_address_answers_as_a_free_one(self):
        self.verified("bob")
        reply = self.register("bobby", "BOB@example.org")
        self.assertEqual(sorted(reply.json), ["email", "id", "username"])
        says = self.mail("bob@example.org", "Your address at Coffer")
        self.assertIn("somebody gave your address", says)
        self.assertNotRegex(says, r"[A-Za-z0-9_-]{43}")
        # Who never proved it has no say: the address stays with the first who did.
        self.register("cal1", "cal@example.org")
        first = self.code("cal@example.org", "Welcome to Coffer")
        self.register("cal2", "cal@example.org")
        second = self.code("cal@example.org", "Welcome to Coffer")
        self.assertEqual(self.ask("/auth/verify", {"token": second}).status, 204)
        self.refuse(self.ask("/auth/verify", {"token": first}), 400, GONE)

    def test_another_address(self):
        token = self.verified("dot")
        self.refuse(self.ask("/auth/email", {"password": NEW, "email": "dora@example.org"}, token), 400, "The present password is another")
        self.assertEqual(self.ask("/auth/email", {"password": OLD, "email": "dora@example.org"}).status, 401)
        self.assertEqual(self.ask("/auth/email", {"password": OLD, "email": "dora@example.org"}, token).status, 204)
        self.assertIn("another address", self.mail("dot@example.org", "Your address at Coffer"))
        code = self.code("dora@example.org", "Your new address at Coffer")
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).json["email"], "dot@example.org")
        self.assertEqual(self.ask("/auth/verify", {"token": code}).status, 204)
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).json["email"], "dora@example.org")

    def test_another_address_that_is_anothers(self):
        self.verified("eva")
        token = self.verified("eve")
        self.assertEqual(self.ask("/auth/email", {"password": OLD, "email": "eva@example.org"}, token).status, 204)
        self.assertIn("somebody gave your address", self.mail("eva@example.org", "Your address at Coffer"))
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).json["email"], "eve@example.org")

    def test_another_address_that_waits_ends_with_the_password(self):
        """Who knew the password and asked for an address gets no code once its owner has set another, however late the mail."""
        token = self.verified("pia")
        jobs = self.server.children()["jobs"]
        os.kill(jobs, signal.SIGSTOP)
        try:
            self.assertEqual(self.ask("/auth/email", {"password": OLD, "email": "thief@example.org"}, token).status, 204)
            self.assertEqual(self.ask("/auth/password", {"password": OLD, "new_password": NEW}, token).status, 204)
        finally:
            os.kill(jobs, signal.SIGCONT)
        self.mail("pia@example.org", "Your password at Coffer")
        time.sleep(1)  # the mail about the address was due before
        mails = [path.read_text() for path in (self.server.directory / "mails").glob("*.eml")]
        self.assertEqual([mail for mail in mails if "thief@example.org" in mail], [])

    # ---- the password ----

    def test_another_password(self):
        token = self.verified("flo")
        body = {"password": OLD, "new_password": NEW}
        self.assertEqual(self.ask("/auth/password", body).status, 401)
        self.refuse(self.ask("/auth/password", {**body, "password": NEW}, token), 400, "The present password is another")
        for bad in ("flo@example.org flo", "passwordpassword", "correct horse battery staple"):
            reply = self.ask("/auth/password", {**body, "new_password": bad}, token)
            self.assertEqual((reply.status, list(reply.json["details"])), (422, ["new_password"]), reply)
        self.assertEqual(self.ask("/auth/password", body, self.token("flo")).status, 204)
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).status, 401)  # who was signed in is not any more
        self.assertIn("was changed", self.mail("flo@example.org", "Your password at Coffer"))
        self.assertEqual(self.server.request("POST", "/token", form={"grant_type": "password", "username": "flo", "password": OLD}).status, 400)
        self.token("flo", NEW)

    def test_sessions_end_with_the_password(self):
        token = self.verified("max")
        login = self.ask("/auth/login", {"username": "max", "password": OLD})
        self.assertEqual(login.status, 200, login)
        cookie = {"Cookie": "; ".join(line.split(";")[0] for line in login.headers["set-cookie"].split("\n"))}
        self.assertEqual(self.server.request("GET", "/api/users/me", headers=cookie).status, 200)
        self.assertEqual(self.ask("/auth/password", {"password": OLD, "new_password": NEW}, token).status, 204)
        self.assertEqual(self.server.request("GET", "/api/users/me", headers=cookie).status, 401)

    def test_api_keys_end_with_the_password(self):
        def use(key):
            return self.server.request("GET", "/api/data", headers={"X-API-Key": key}).status

        def make(token):
            return self.ask("/api/keys", {"name": "build", "scopes": ["read"]}, token).json["key"]
        token, other = self.verified("ned"), self.verified("oda")
        key, others = make(token), make(other)
        self.assertEqual([use(key), use(others)], [200, 200])
        self.assertEqual(self.ask("/auth/password", {"password": OLD, "new_password": NEW}, token).status, 204)
        self.assertEqual([use(key), use(others)], [401, 200])
        self.assertEqual(self.ask("/auth/reset", {"email": "oda@example.org"}).status, 204)
        code = self.code("oda@example.org", "A new password for Coffer")
        self.assertEqual(self.ask("/auth/reset/confirm", {"token": code, "password": NEW}).status, 204)
        self.assertEqual(use(others), 401)

    def test_a_reset(self):
        self.verified("gus")
        self.assertEqual(self.ask("/auth/reset", {"email": "GUS@example.org"}).status, 204)
        code = self.code("gus@example.org", "A new password for Coffer")
        refused = self.ask("/auth/reset/confirm", {"token": code, "password": "gus@example.org gus"})
        self.assertEqual((refused.status, list(refused.json["details"])), (422, ["password"]))
        self.refuse(self.ask("/auth/verify", {"token": code}), 400, GONE)  # it is for one purpose
        self.assertEqual(self.ask("/auth/reset/confirm", {"token": code, "password": NEW}).status, 204)
        self.refuse(self.ask("/auth/reset/confirm", {"token": code, "password": OLD}), 400, GONE)
        self.assertIn("was reset", self.mail("gus@example.org", "Your password at Coffer"))
        self.token("gus", NEW)

    def ask_later(self, address):
        """As if a minute had passed since the last time."""
        self.change("UPDATE account_links SET made_at = 0")
        self.assertEqual(self.ask("/auth/reset", {"email": address}).status, 204)

    def test_no_stranger_makes_a_code_stale(self):
        """Three are good at a time, and nobody gets a fourth."""
        self.verified("tim")
        codes = []
        for _ in range(3):
            self.ask_later("tim@example.org")
            codes.append(self.code("tim@example.org", "A new password for Coffer"))
        self.quiet()
        before = self.mails()
        self.ask_later("tim@example.org")
        self.quiet()
        self.assertEqual(self.mails(), before)
        self.assertEqual(self.ask("/auth/reset/confirm", {"token": codes[0], "password": NEW}).status, 204)
        self.refuse(self.ask("/auth/reset/confirm", {"token": codes[2], "password": OLD}), 400, GONE)

    def test_what_ends_a_reset(self):
        token = self.verified("hal")

        def fresh_code():
            self.ask_later("hal@example.org")
            return self.code("hal@example.org", "A new password for Coffer")
        second = fresh_code()
        self.change("UPDATE account_links SET expires_at = made_at")
        self.refuse(self.ask("/auth/reset/confirm", {"token": second, "password": NEW}), 400, GONE)  # time ends it
        third = fresh_code()
        self.assertEqual(self.ask("/auth/password", {"password": OLD, "new_password": NEW}, token).status, 204)
        self.refuse(self.ask("/auth/reset/confirm", {"token": third, "password": OLD}), 400, GONE)  # a change of the password ends it
        fourth = fresh_code()
        self.change("UPDATE users SET disabled = 1 WHERE username = 'hal'")
        self.refuse(self.ask("/auth/reset/confirm", {"token": fourth, "password": OLD}), 400, GONE)  # the disabled have no way back

    def test_a_reset_tells_nobody_who_is_there(self):
        self.verified("ivy")
        self.register("jan")
        self.mail("jan@example.org", "Welcome to Coffer")
        self.change("UPDATE users SET disabled = 1 WHERE username = 'ivy'")
        before = self.mails()
        replies = [self.ask("/auth/reset", {"email": f"{who}@example.org"}) for who in ("nobody", "ivy", "jan")]
        self.assertEqual({(reply.status, reply.body) for reply in replies}, {(204, b"")})
        self.assertEqual(len({tuple(sorted(set(reply.headers) - {"date"})) for reply in replies}), 1)
        self.quiet()
        self.assertEqual(self.mails(), before)  # the address of none of them is proven and in use

    def test_a_mailbox_is_not_filled(self):
        self.verified("kay")
        before = self.mails()
        for _ in range(4):
            self.assertEqual(self.ask("/auth/reset", {"email": "kay@example.org"}).status, 204)
        self.code("kay@example.org", "A new password for Coffer")
        self.quiet()
        self.assertLessEqual(self.mails(), before + 2)  # jobs of a kind run beside each other

    def test_no_notice_goes_where_nobody_has_shown_whose_it_is(self):
        self.register("una")
        self.mail("una@example.org", "Welcome to Coffer")
        before = self.mails()
        self.assertEqual(self.ask("/auth/password", {"password": OLD, "new_password": NEW}, self.token("una")).status, 204)
        self.quiet()
        self.assertEqual(self.mails(), before)

    def test_no_code_is_in_the_database(self):
        self.verified("lea")
        self.ask("/auth/reset", {"email": "lea@example.org"})
        code = self.code("lea@example.org", "A new password for Coffer")
        self.assertNotIn(code, self.server.log_path.read_text())
        if not self.server.database:
            for path in self.server.directory.glob("test.db*"):
                self.assertNotIn(code.encode(), path.read_bytes(), path)

    def test_rates(self):
        source = "127.9.9.9"
        replies = [self.server.request("POST", "/auth/reset", {"email": "x@example.org"}, source=source).status for _ in range(7)]
        self.assertEqual(sorted(set(replies)), [204, 429])
        replies = [self.server.request("POST", "/api/users", {}, source=source).status for _ in range(7)]
        self.assertEqual(sorted(set(replies)), [422, 429])
        self.register("zoe")


if __name__ == "__main__":
    unittest.main()
