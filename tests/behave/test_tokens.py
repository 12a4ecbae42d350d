"""Tokens that are renewed, used twice, revoked and ended: on both databases."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import signal
import threading
import time
import unittest

import forge
import harness

ME = "/api/users/me"


def claims_of(token):
    return json.loads(forge.unb64(token.split(".")[1]))


def digest_of(refresh_token):
    return forge.b64(hashlib.sha256(forge.unb64(refresh_token)).digest())


class Case:
    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("coffer", prepare=(("migrate",),), postgres=cls.POSTGRES)
        cls.users = dict(line.split(" ", 1) for line in cls.server.command("seed").splitlines())
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def post(self, **form):
        return self.server.request("POST", "/token", form=form)

    def sign_in(self, name="demo-editor"):
        reply = self.post(grant_type="password", username=name, password=self.users[name])
        self.assertEqual(reply.status, 200, reply)
        return reply.json

    def renew(self, token):
        return self.post(grant_type="refresh_token", refresh_token=token)

    def sure(self, token):
        """As renew, again while the answer is 503: a busy machine."""
        deadline = time.monotonic() + 30
        while (reply := self.renew(token)).status == 503 and time.monotonic() < deadline:
            pass
        return reply

    def revoke(self, token, caller, **form):
        return self.server.request("POST", "/token/revoke", form={"token": token, **form}, token=caller)

    def status(self, token):
        """What a request with it is answered, which must be the same whichever worker it comes to."""
        found = {self.server.request("GET", ME, token=token).status for _ in range(6)}
        self.assertEqual(len(found), 1, found)
        return found.pop()

    def refused(self, reply, error="invalid_grant"):
        self.assertEqual((reply.status, reply.json["error"]), (400, error), reply)
        self.assertIn("no-store", reply.headers["cache-control"])

    def later(self, milliseconds):
        """As if so much time had passed since tokens were last renewed."""
        self.server.change(f"UPDATE dw_token_families SET rotated_at = rotated_at - {milliseconds}")

    # ---- renewing ----

    def test_what_a_sign_in_gives(self):
        first = self.sign_in()
        self.assertEqual((list(first), first["token_type"], first["expires_in"]),
                         (["access_token", "token_type", "expires_in", "refresh_token"], "bearer", 600))
        self.assertRegex(first["refresh_token"], "^[A-Za-z0-9_-]{64}$")
        self.assertEqual(self.status(first["access_token"]), 200)
        reply = self.renew(first["refresh_token"])
        self.assertIn("no-store", reply.headers["cache-control"])
        second = reply.json
        self.assertNotEqual(second["refresh_token"], first["refresh_token"])
        old, new = claims_of(first["access_token"]), claims_of(second["access_token"])
        self.assertEqual([old[name] for name in ("sub", "sid", "auth_time")], [new[name] for name in ("sub", "sid", "auth_time")])
        self.assertNotEqual(old["jti"], new["jti"])
        self.assertEqual([self.status(each["access_token"]) for each in (first, second)], [200, 200])

    def test_only_digests_are_kept(self):
        first = self.sign_in()
        second = self.renew(first["refresh_token"]).json
        kept = self.dump()
        for token in (first["refresh_token"], second["refresh_token"]):
            self.assertIn(digest_of(token), kept)
            self.assertNotIn(token, kept)
            self.assertNotIn(token[:20], kept)
        self.assertIn(claims_of(first["access_token"])["sid"], kept)
        log = self.server.log_path.read_text(encoding="utf-8")
        self.assertFalse([token for each in (first, second) for token in (each["refresh_token"][:20], each["access_token"][-20:]) if token in log])

    def test_the_same_successor_for_ten_seconds(self):
        first = self.sign_in()["refresh_token"]
        second = self.renew(first).json["refresh_token"]
        for _ in range(4):
            again = self.renew(first).json
            self.assertEqual(again["refresh_token"], second)
            self.assertEqual(self.status(again["access_token"]), 200)
        third = self.renew(second).json
        self.assertNotEqual(third["refresh_token"], second)
        self.assertEqual(self.renew(second).json["refresh_token"], third["refresh_token"])

    def test_one_that_was_used_long_ago_ends_all(self):
        first, other = self.sign_in(), self.sign_in()
        second = self.renew(first["refresh_token"]).json
        self.later(10001)
        reply = self.renew(first["refresh_token"])
        self.refused(reply)
        self.server.wait_for_log(lambda line: line["event"] == "auth.refresh_reused" and line["request_id"] == reply.json["request_id"]
                                 and line["account"] == claims_of(first["access_token"])["sub"])
        self.assertEqual([self.status(each["access_token"]) for each in (first, second, other)], [401, 401, 200])
        self.refused(self.renew(second["refresh_token"]))
        self.assertEqual(self.renew(other["refresh_token"]).status, 200)

    def test_one_whose_successor_was_used_ends_all(self):
        first = self.sign_in()
        second = self.renew(first["refresh_token"]).json
        third = self.renew(second["refresh_token"]).json
        self.refused(self.renew(first["refresh_token"]))
        self.assertEqual(self.status(third["access_token"]), 401)
        self.refused(self.renew(third["refresh_token"]))

    def test_what_is_no_refresh_token(self):
        mine = self.sign_in()
        token, access = mine["refresh_token"], mine["access_token"]
        for wrong in (access, token[:-1], token + "A", token + "=", " " + token, "A" * 64, "x", "\u00e9" * 64, "A" * 8000, claims_of(access)["sid"] + token[22:]):
            self.refused(self.renew(wrong))
        self.assertEqual(self.status(access), 200)
        self.assertEqual(self.renew(token).status, 200)

    def test_errors_of_rfc_6749(self):
        token = self.sign_in()["refresh_token"]
        self.refused(self.post(), "invalid_request")
        self.refused(self.post(grant_type="refresh_token"), "invalid_request")
        self.refused(self.post(grant_type="refresh_token", refresh_token=""), "invalid_request")
        self.refused(self.post(grant_type="password"), "invalid_request")
        self.refused(self.post(grant_type="client_credentials"), "unsupported_grant_type")
        self.refused(self.post(grant_type="refresh_token", refresh_token=token, scope="everything"), "invalid_scope")
        self.assertEqual(self.post(grant_type="refresh_token", refresh_token=token, scope="").status, 200)

    def test_it_ends_after_its_time(self):
        mine = self.sign_in()
        self.server.change("UPDATE dw_token_families SET expires_at = 1700000000 WHERE id = '" + claims_of(mine["access_token"])["sid"] + "'")
        self.refused(self.renew(mine["refresh_token"]))

    def test_an_access_token_ends_with_its_family(self):
        mine = self.sign_in()
        end = int(time.time()) + 100
        self.server.change(f"UPDATE dw_token_families SET expires_at = {end} WHERE id = '" + claims_of(mine["access_token"])["sid"] + "'")
        again = self.renew(mine["refresh_token"]).json
        self.assertEqual(claims_of(again["access_token"])["exp"], end)
        self.assertLessEqual(again["expires_in"], 100)

    def test_many_at_once_get_the_same(self):
        token = self.sign_in()["refresh_token"]
        for _ in range(3):
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                replies = list(pool.map(lambda _: self.sure(token), range(8)))  # pylint: disable=cell-var-from-loop
            self.assertEqual({reply.status for reply in replies}, {200}, replies)
            token, = {reply.json["refresh_token"] for reply in replies}
        self.assertEqual(self.status(replies[0].json["access_token"]), 200)

    # ---- ending ----

    def test_revoking(self):
        for kind in ("refresh_token", "access_token"):
            mine, caller = self.sign_in(), self.sign_in()
            self.assertEqual(self.status(mine["access_token"]), 200)
            reply = self.revoke(mine[kind], caller["access_token"], token_type_hint="access_token")
            self.assertEqual((reply.status, reply.body), (200, b""), reply)
            self.assertEqual(self.status(mine["access_token"]), 401)
            self.refused(self.renew(mine["refresh_token"]))
            self.assertEqual(self.revoke(mine[kind], caller["access_token"]).status, 200)
            self.assertEqual(self.status(caller["access_token"]), 200)
        self.assertEqual(self.revoke(caller["access_token"], caller["access_token"]).status, 200)
        self.assertEqual(self.status(caller["access_token"]), 401)

    def test_revoking_what_is_none_or_anothers(self):
        mine, theirs = self.sign_in(), self.sign_in("demo-viewer")
        for token in ("x", "A" * 64, "a.b.c", theirs["refresh_token"], theirs["access_token"]):
            self.assertEqual(self.revoke(token, mine["access_token"]).status, 200)
        self.assertEqual(self.status(theirs["access_token"]), 200)
        self.assertEqual(self.renew(theirs["refresh_token"]).status, 200)
        reply = self.server.request("POST", "/token/revoke", form={"token": mine["refresh_token"]})
        self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, 'Bearer realm="coffer"'))
        self.assertEqual(self.server.request("POST", "/token/revoke", form={}, token=mine["access_token"]).status, 422)

    def test_an_account_that_is_disabled(self):
        mine = self.sign_in("demo-viewer")
        self.assertEqual(self.status(mine["access_token"]), 200)
        self.server.change("UPDATE users SET disabled = 1 WHERE username = 'demo-viewer'")
        try:
            self.assertEqual(self.status(mine["access_token"]), 401)
            self.refused(self.renew(mine["refresh_token"]))
        finally:
            self.server.change("UPDATE users SET disabled = 0 WHERE username = 'demo-viewer'")
        self.assertEqual(self.status(mine["access_token"]), 200)

    def test_a_row_that_is_gone_is_noticed(self):
        mine = self.sign_in()
        self.assertEqual(self.status(mine["access_token"]), 200)
        self.server.change("DELETE FROM dw_token_families WHERE id = '" + claims_of(mine["access_token"])["sid"] + "'")
        self.assertEqual(self.status(mine["access_token"]), 401)
        self.server.wait_for_log(lambda line: line.get("why") == "its account is not there, or its sign-in has ended")

    # ---- processes that die ----

    def test_nobody_is_signed_out_whoever_is_killed(self):
        """Who asks again with the token that he has, within the grace, always has an answer, and only one line of tokens."""
        lost, turns, stop = [], [0], threading.Event()

        def renew_all_the_time(token):
            while not stop.is_set():
                began = time.monotonic()
                while time.monotonic() - began < 60:
                    with contextlib.suppress(OSError, harness.http.client.HTTPException):
                        reply = self.renew(token)
                        if reply.status == 200:
                            token = reply.json["refresh_token"]
                            turns[0] += 1
                            break
                        if reply.status == 400:
                            lost.append((reply, time.monotonic() - began))
                            return
                    time.sleep(0.02)
        threads = [threading.Thread(target=renew_all_the_time, args=(self.sign_in()["refresh_token"],)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for round_ in range(3):
                so_far = turns[0]
                harness.wait_until(lambda so_far=so_far: turns[0] > so_far + 6, 60)
                self.kill(round_)
        finally:
            stop.set()
            for thread in threads:
                thread.join(90)
        self.assertEqual([each for each in lost if each[1] < 9], [])
        harness.wait_until(lambda: all(self.is_well() for _ in range(8)), 40)

    def is_well(self):
        """Whichever worker it is that answers."""
        with contextlib.suppress(OSError, harness.http.client.HTTPException, AssertionError):
            return self.renew(self.sign_in()["refresh_token"]).status == 200
        return False

    def kill_child(self, name):
        pid = self.server.children().get(name)
        if pid:
            os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: self.server.children().get(name, pid) != pid, 30)

    # ---- public keys ----

    def test_the_public_keys(self):
        reply = self.server.request("GET", "/.well-known/jwks.json")
        self.assertEqual((reply.status, reply.headers["content-type"], reply.headers["cache-control"]),
                         (200, "application/json", "public, max-age=300"))
        key, = reply.json["keys"]
        header = json.loads(forge.unb64(self.sign_in()["access_token"].split(".")[0]))
        self.assertEqual({name: key[name] for name in ("kty", "crv", "alg", "use", "kid")},
                         {"kty": "OKP", "crv": "Ed25519", "alg": header["alg"], "use": "sig", "kid": header["kid"]})
        self.assertEqual(len(forge.unb64(key["x"])), 32)
        self.assertNotIn("d", key)


class OnSQLite(Case, unittest.TestCase):
    def dump(self):
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return "\n".join(database.iterdump())

    def kill(self, round_):
        self.kill_child(("keeper", "store", "worker 0")[round_])

    def test_no_request_is_lost_with_the_keeper(self):
        """It is killed while all sign in and renew: who waits for a signature waits for its successor, and has it."""
        replies, stop = [], threading.Event()

        def sign_in_and_renew():
            while not stop.is_set():
                reply = self.post(grant_type="password", username="demo-editor", password=self.users["demo-editor"])
                for _ in range(8):
                    began = time.monotonic()
                    replies.append((reply.status, 0))
                    if reply.status != 200 or stop.is_set():
                        break
                    reply = self.renew(reply.json["refresh_token"])
                    replies.append((reply.status, time.monotonic() - began))
        threads = [threading.Thread(target=sign_in_and_renew) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                so_far = len(replies)
                harness.wait_until(lambda so_far=so_far: len(replies) > so_far + 24, 60)
                self.kill_child("keeper")
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
        self.assertEqual({status for status, _ in replies}, {200})
        self.assertGreater(max(seconds for _, seconds in replies), 0.09)  # somebody waited: it comes again after a tenth of a second


class OnPostgres(Case, unittest.TestCase):
    POSTGRES = True

    def dump(self):
        return harness.cluster().sql("SELECT * FROM dw_token_families", self.server.database)

    def kill(self, round_):
        if round_ == 1:
            harness.cluster().kill()
            harness.cluster().start()
        else:
            self.kill_child("worker 0")


class Command(unittest.TestCase):
    """`coffer token`, without a server."""

    def test_issue_and_end(self):
        server = harness.coffer()
        token = server.command("token", "issue", "demo-viewer").strip()
        with server:
            self.assertEqual(server.request("GET", ME, token=token).json["username"], "demo-viewer")
            renewed = server.request("POST", "/token", form={"grant_type": "password", "username": "demo-viewer", "password": server.users["demo-viewer"]}).json
            server.end()
            server.command("token", "end", "demo-viewer")
            server.start()
            for one in (token, renewed["access_token"]):
                self.assertEqual(server.request("GET", ME, token=one).status, 401)
            self.assertEqual(server.request("POST", "/token", form={"grant_type": "refresh_token", "refresh_token": renewed["refresh_token"]}).status, 400)
        for words in (("issue", "nobody"), ("issue",), ("lend", "demo-viewer"), ()):
            with self.assertRaises(AssertionError):
                harness.Server("coffer", prepare=(("migrate",), ("token", *words)))


class Keys(unittest.TestCase):
    """What others see of keys that change."""

    @staticmethod
    def kids(server):
        return [key["kid"] for key in server.request("GET", "/.well-known/jwks.json").json["keys"]]

    @staticmethod
    def kid_of(server, name="demo-editor"):
        return json.loads(forge.unb64(server.token(name, server.users[name]).split(".")[0]))["kid"]

    def test_a_key_is_listed_before_it_signs(self):
        old, new = harness.run("coffer", "secret")[1].strip(), harness.run("coffer", "secret")[1].strip()
        with harness.coffer(SIGNING_KEYS=f"{old},{new}") as before, harness.coffer(SIGNING_KEYS=f"{new},{old}") as after:
            self.assertEqual(self.kids(before), list(reversed(self.kids(after))))
            self.assertEqual(self.kid_of(before), self.kids(before)[0])
            self.assertEqual(self.kid_of(after), self.kids(before)[1])

    def test_a_shared_key_is_nobodys(self):
        with harness.coffer(ACCESS_TOKEN_ALGORITHM="HS256") as server:
            self.assertEqual(server.request("GET", "/.well-known/jwks.json").status, 404)
            self.assertEqual(server.request("GET", ME, token=server.token("demo-editor", server.users["demo-editor"])).status, 200)


if __name__ == "__main__":
    unittest.main()
