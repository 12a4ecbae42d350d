"""Who is asking: tokens that are not exactly ours are nobody's, and what changed since they were made counts."""

import concurrent.futures
import hashlib
import hmac
import itertools
import json
import os
import random
import secrets
import statistics
import time
import unittest

import forge
import harness

ALICE = "988da607-209f-4a25-8be1-ccbe9698498c"
ERIN = "2bd31f58-7955-4f6d-abda-7490546b75b3"
ME = "/api/users/me"


class Tokens(harness.ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = forge.conformance_key()
        cls.token = cls.server.token("alice")

    def ask(self, token):
        return self.server.request("GET", ME, token=token)

    def refuse(self, name, token):
        with self.subTest(name):
            reply = self.ask(token)
            self.assertEqual((reply.status, reply.headers.get("www-authenticate")),
                             (401, 'Bearer realm="conformance", error="invalid_token"'))

    def test_our_own_token_names_its_owner(self):
        self.assertEqual(self.ask(self.token).json, {"id": 1, "username": "alice"})
        header, claims, _ = (self.token.split(".") + [""])[:3]
        self.assertEqual(json.loads(forge.unb64(header)), forge.header_of(self.key))
        claims = json.loads(forge.unb64(claims))
        self.assertEqual((claims["iss"], claims["aud"], claims["sub"]), ("https://app.test", "api.test", ALICE))
        self.assertEqual(claims["exp"] - claims["iat"], 600)

    def test_a_token_that_we_could_have_made_is_taken(self):
        """So that the next tests fail for their reason and for no other."""
        self.assertEqual(self.ask(forge.token(self.key, forge.header_of(self.key), forge.claims_of(ALICE))).status, 200)

    def test_a_good_signature_over_wrong_claims(self):
        now = int(time.time())
        for name, changes in {
                "expired": {"iat": now - 700, "exp": now - 100, "auth_time": now - 700}, "expired just now": {"iat": now - 9, "exp": now, "auth_time": now - 9},
                "from the future": {"iat": now + 60, "exp": now + 600}, "not yet": {"nbf": now + 60}, "ends before it begins": {"exp": now - 5, "iat": now},
                "signed in later": {"auth_time": now + 600}, "no exp": {"exp": None}, "no iat": {"iat": None}, "no iss": {"iss": None}, "no aud": {"aud": None},
                "no sub": {"sub": None}, "no jti": {"jti": None}, "another issuer": {"iss": "https://evil.example"}, "a longer issuer": {"iss": "https://app.test.evil.example"},
                "a shorter issuer": {"iss": "https://app"}, "issuer with a slash": {"iss": "https://app.test/"}, "another audience": {"aud": "other"},
                "audiences": {"aud": ["api.test"]}, "empty audience": {"aud": ""}, "exp as text": {"exp": str(now + 60)}, "exp as a fraction": {"exp": now + 60.5},
                "exp far away": {"exp": 10 ** 30}, "exp true": {"exp": True}, "negative exp": {"exp": -1}, "sub as a number": {"sub": 1}, "nobody": {"sub": "nobody"},
                "an id that is not there": {"sub": "00000000-0000-4000-8000-000000000000"}, "a disabled account": {"sub": ERIN}, "empty sub": {"sub": ""},
                "sub in capitals": {"sub": ALICE.upper()}}.items():
            self.refuse(name, forge.token(self.key, forge.header_of(self.key), forge.claims_of(ALICE, **changes)))

    def test_a_good_signature_over_another_header(self):
        claims = forge.claims_of(ALICE)
        for name, header in {
                "alg none": forge.header_of(self.key, alg="none"), "alg None": forge.header_of(self.key, alg="None"), "alg HS256": forge.header_of(self.key, alg="HS256"),
                "another kid": forge.header_of(self.key, kid="AAAAAAAAAAAAAAAAAAAAAA"), "kid with a path": forge.header_of(self.key, kid="../../etc/passwd"),
                "typ JWT": forge.header_of(self.key, typ="JWT"), "typ as a media type": forge.header_of(self.key, typ="application/at+jwt"),
                "crit": forge.header_of(self.key, crit=["exp"]), "b64": forge.header_of(self.key, b64=False), "jwk": forge.header_of(self.key, jwk={}),
                "no typ": {"alg": "EdDSA", "kid": forge.header_of(self.key)["kid"]}, "no kid": {"alg": "EdDSA", "typ": "at+jwt"}, "empty": {}, "list": [],
                "no JSON": b"x", "deep": b"[" * 2000 + b"]" * 2000}.items():
            self.refuse(name, forge.token(self.key, header, claims))

    def test_claims_that_are_no_object(self):
        header = forge.header_of(self.key)
        good = json.dumps(forge.claims_of(ALICE))
        for name, claims in {"list": b"[]", "nothing": b"", "text": b'"x"', "cut": good[:-1].encode(), "twice": (good[:-1] + ',"sub":"x"}').encode(),
                             "deep": b'{"a":' * 500 + b"1" + b"}" * 500, "more behind it": (good + "{}").encode(), "latin": b'{"sub":"\xff"}'}.items():
            self.refuse(name, forge.token(self.key, header, claims))

    def test_another_key(self):
        other = forge.Key(b"x" * 32)
        self.refuse("its own kid", forge.token(other, forge.header_of(other), forge.claims_of(ALICE)))
        self.refuse("our kid", forge.token(other, forge.header_of(self.key), forge.claims_of(ALICE)))
        signed = ".".join(forge.token(self.key, forge.header_of(self.key, alg="HS256"), forge.claims_of(ALICE)).split(".")[:2])
        self.refuse("HS256 with our public key", signed + "." + forge.b64(hmac.digest(self.key.public, signed.encode(), hashlib.sha256)))

    def test_any_bit_that_was_changed(self):
        header, claims, signature = self.token.split(".")
        raw = forge.unb64(signature)
        for i in range(0, 512, 37):
            self.refuse(f"bit {i} of the signature", f"{header}.{claims}.{forge.b64(bytes(b ^ (1 << i % 8 if k == i // 8 else 0) for k, b in enumerate(raw)))}")
        for at in range(0, len(self.token), 23):
            other = "A" if self.token[at] != "A" else "B"
            self.refuse(f"character {at}", self.token[:at] + other + self.token[at + 1:])

    def test_other_ways_to_write_it(self):
        header, claims, signature = self.token.split(".")
        for name, token in {
                "padded": self.token + "==", "no signature": f"{header}.{claims}.", "two parts": f"{header}.{claims}", "four parts": self.token + ".x",
                "one part": header, "dots": "..", "more dots": "." * 1000, "cut": self.token[:-1], "longer": self.token + "A", "alg none, no signature":
                forge.b64(b'{"alg":"none"}') + "." + claims + ".", "plain base64": f"{header}.{claims}.{signature.replace('-', '+').replace('_', '/')}!",
                "huge": "A" * 7000, "quoted": f'"{self.token}"', "another last character": self.token[:-1] + chr(ord(self.token[-1]) + 1)}.items():
            self.refuse(name, token)

    def test_the_header_that_carries_it(self):
        def status(*values):
            fields = b"".join(b"Authorization: " + value + b"\r\n" for value in values)
            return self.server.exchange(b"GET " + ME.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + b"\r\n")[0].status
        token = self.token.encode()
        self.assertEqual(status(b"Bearer " + token), 200)
        self.assertEqual(status(b"bearer " + token), 200)
        for value in (token, b"Bearer", b"Bearer ", b"Bearer\t" + token, b"Basic YWxpY2U6eA==", b"Bearer" + token, b"Bearer " + token + b", Bearer x", b"Token " + token,
                      b"Bearer " + token + b" x", b""):
            with self.subTest(value=value[:30]):
                self.assertEqual(status(value), 401)
        self.assertEqual(status(b"Bearer " + token, b"Bearer " + token), 400)

    def test_a_token_elsewhere_is_none(self):
        self.assertEqual(self.server.request("GET", f"{ME}?access_token={self.token}").status, 401)
        self.assertEqual(self.server.request("GET", ME, headers={"Cookie": f"access_token={self.token}"}).status, 401)
        self.assertEqual(self.server.request("GET", ME, headers={"X-Authorization": f"Bearer {self.token}"}).status, 401)

    def test_without_a_token_the_challenge_has_no_error(self):
        reply = self.server.request("GET", ME)
        self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, 'Bearer realm="conformance"'))

    def test_a_public_route_does_not_look_at_it(self):
        self.assertEqual(self.server.request("GET", "/hello", token="nonsense").status, 200)

    def test_the_log_has_the_reason_and_never_the_token(self):
        reply = self.ask(self.token[:-4] + "AAAA")
        self.server.wait_for_log(lambda line: line["event"] == "auth.token_refused" and line["request_id"] == reply.json["request_id"])
        self.assertNotIn(self.token[:40], self.server.log_path.read_text())
        self.assertNotIn(self.token.split(".")[1], self.server.log_path.read_text())


class BadTokens(harness.ServerCase):
    """What does not verify is charged to who sends it, and to nobody else."""

    @classmethod
    def make(cls):
        return harness.conformance(BAD_TOKENS_PER_SECOND="5")

    @staticmethod
    def tokens(count):
        key = forge.conformance_key()
        return [forge.token(key, forge.header_of(key), forge.claims_of(ALICE, jti=secrets.token_urlsafe(16))) for _ in range(count)]

    def ask(self, token, source):
        return self.server.request("GET", ME, token=token, source=source)

    def test_an_address_pays_for_its_bad_tokens(self):
        good, fresh, later = self.tokens(3)
        self.assertEqual(self.ask(good, "127.0.0.2").status, 200)
        replies = [self.ask(f"{good[:-20]}{i:020d}", "127.0.0.2") for i in range(40)]
        self.assertEqual([reply.status for reply in replies[:5]], [401] * 5)
        self.assertEqual({reply.status for reply in replies}, {401, 429})
        refused = next(reply for reply in replies if reply.status == 429)
        self.assertEqual((refused.headers["retry-after"], refused.json["code"]), ("1", "too_many"))
        self.assertNotIn("www-authenticate", refused.headers)
        self.assertEqual(self.ask(good, "127.0.0.2").status, 200, "it was seen before")
        self.assertEqual(self.ask(fresh, "127.0.0.3").status, 200, "another address")
        self.server.wait_for_log(lambda line: line.get("why") == "too many of this address that do not verify")
        time.sleep(1.1)
        self.assertEqual(self.ask(later, "127.0.0.2").status, 200, "time has paid")

    def test_made_up_sessions_cost_as_much(self):
        ask = lambda value, source="127.0.0.5": self.server.request("GET", "/me", headers={"Cookie": f"__Host-conformance={value}"}, source=source)  # noqa: E731
        replies = [ask(secrets.token_urlsafe(32)) for _ in range(40)]
        self.assertEqual([reply.status for reply in replies[:5]], [401] * 5)
        self.assertEqual({reply.status for reply in replies}, {401, 429})
        self.assertEqual(ask("no id at all").status, 401, "which is not looked up")
        self.assertEqual(ask(secrets.token_urlsafe(32), "127.0.0.6").status, 401, "another address")
        self.server.wait_for_log(lambda line: line.get("why") == "too many of this address that name none")

    def test_good_tokens_cost_nothing(self):
        self.assertEqual({self.ask(token, "127.0.0.4").status for token in self.tokens(40)}, {200})


class Passwords(harness.ServerCase):
    def ask(self, username, password=harness.PASSWORD):
        return self.server.request("POST", "/token", form={"grant_type": "password", "username": username, "password": password})

    def test_who_may_not_sign_in_all_hear_the_same(self):
        said = []
        for username, password in (("erin", harness.PASSWORD), ("alice", "wrong"), ("nobody", "wrong"), ("erin", "wrong"), ("", "x"), ("alice\u0301", harness.PASSWORD)):
            reply = self.ask(username, password)
            told = {name: value for name, value in reply.json.items() if name != "request_id"}
            told.get("debug", {}).pop("backtrace", None)
            said.append((reply.status, told, {k: v for k, v in reply.headers.items() if k not in ("date", "x-request-id", "content-length")}))
        self.assertEqual(said[0][:1], (400,))
        self.assertEqual(said[0][1]["error"], "invalid_grant")
        for other in said[1:]:
            self.assertEqual(other, said[0])

    def test_unknown_and_disabled_cost_as_much_as_wrong(self):
        times, told = {"alice": [], "nobody": [], "erin": []}, []
        for _ in range(4):  # what else the machine does is in the numbers too: the more of them, the less
            for _ in range(7):
                for username, taken in times.items():
                    began = time.monotonic()
                    self.ask(username, "wrong")
                    taken.append(time.monotonic() - began)
            wrong, unknown, disabled = (statistics.median(taken) for taken in times.values())
            self.assertGreater(wrong, 0.005, "no work at all")
            if 0.5 * wrong < unknown < 2 * wrong and 0.5 * wrong < disabled < 2 * wrong:
                return
            told.append((wrong, unknown, disabled))
        self.fail(told)

    def test_they_cost_as_much_to_within_a_millisecond(self):
        """By hand, on a quiet machine and a release: DEWAR_TIMING_TRIES=400. Each class in turns, and no two differ by Welch's t."""
        tries, users = int(os.environ.get("DEWAR_TIMING_TRIES", "0")), ("alice", "nobody", "erin")
        times = {user: [] for user in users}
        for _ in range(tries or 3):
            for user in random.sample(users, len(users)):
                began = time.perf_counter()
                self.ask(user, "wrong")
                times[user].append(1000 * (time.perf_counter() - began))
        for one, other in itertools.combinations(users if tries else (), 2):
            a, b = times[one], times[other]
            t = (statistics.mean(a) - statistics.mean(b)) / (statistics.variance(a) / tries + statistics.variance(b) / tries) ** 0.5
            with self.subTest(f"{one} and {other}", t=t, medians=(statistics.median(a), statistics.median(b))):
                self.assertLess(abs(t), 4.5)
                self.assertLess(abs(statistics.median(a) - statistics.median(b)), 1)

    def test_passwords_are_taken_as_they_are(self):
        for password in (harness.PASSWORD + " ", " " + harness.PASSWORD, harness.PASSWORD.upper(), harness.PASSWORD[:-1], harness.PASSWORD + "x" * 900, "%"):
            with self.subTest(password=password[:40]):
                self.assertEqual(self.ask("alice", password).json["error"], "invalid_grant")

    def test_signing_in_leaves_no_password_in_the_log(self):
        self.ask("alice", "hush-hush-hush")
        self.assertEqual(self.ask("alice").status, 200)
        self.assertNotIn("hush", self.server.log_path.read_text())
        self.assertNotIn("battery", self.server.log_path.read_text())


class Queue(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(ARGON2_QUEUE=1, ARGON2_PASSES=2)

    def test_more_passwords_than_may_wait_are_503_and_the_rest_goes_on(self):
        def ask(_):
            return self.server.request("POST", "/token", form={"grant_type": "password", "username": "alice", "password": harness.PASSWORD})
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            asked = [pool.submit(ask, i) for i in range(16)]
            began = time.monotonic()
            self.assertEqual(self.server.request("GET", "/hello").status, 200)
            self.assertLess(time.monotonic() - began, 5)
            replies = [future.result() for future in asked]
        self.assertIn(200, [reply.status for reply in replies])
        refused = [reply for reply in replies if reply.status != 200]
        self.assertTrue(refused, "none was refused")
        for reply in refused:
            self.assertEqual((reply.status, reply.headers["retry-after"], reply.json["error"]), (503, "1", "temporarily_unavailable"))
        self.assertEqual(ask(0).status, 200)


class Settings(unittest.TestCase):
    """The same keys under other settings."""

    def test_tokens_of_another_service_with_the_same_keys(self):
        with harness.conformance() as ours:
            token = ours.token("alice")
            for name, settings in {"issuer": {"ISSUER": "https://other.test"}, "audience": {"AUDIENCE": "other.test"}}.items():
                with self.subTest(name), harness.conformance(**settings) as other:
                    self.assertEqual(other.request("GET", ME, token=token).status, 401)
                    self.assertEqual(other.request("GET", ME, token=other.token("alice")).status, 200)
                    self.assertEqual(ours.request("GET", ME, token=other.token("alice")).status, 401)

    def test_keys_rotate(self):
        old, new = harness.run("conformance", "secret")[1].strip(), harness.run("conformance", "secret")[1].strip()
        self.assertNotEqual(old, new)
        with harness.conformance(SIGNING_KEYS=old) as before, harness.conformance(SIGNING_KEYS=f"{new},{old}") as between, \
                harness.conformance(SIGNING_KEYS=new) as after:
            first, second = before.token("alice"), between.token("alice")
            self.assertEqual([server.request("GET", ME, token=first).status for server in (before, between, after)], [200, 200, 401])
            self.assertEqual([server.request("GET", ME, token=second).status for server in (before, between, after)], [401, 200, 200])

    def test_shared_keys_where_the_settings_say_so(self):
        key = harness.run("conformance", "secret")[1].strip()
        with harness.conformance(SIGNING_KEYS=key) as eddsa, harness.conformance(SIGNING_KEYS=key, ACCESS_TOKEN_ALGORITHM="HS256") as hs256:
            first, second = eddsa.token("alice"), hs256.token("alice")
            self.assertEqual([json.loads(forge.unb64(token.split(".")[0]))["alg"] for token in (first, second)], ["EdDSA", "HS256"])
            self.assertEqual([server.request("GET", ME, token=first).status for server in (eddsa, hs256)], [200, 401])
            self.assertEqual([server.request("GET", ME, token=second).status for server in (eddsa, hs256)], [401, 200])
            last = second[:-5] + ("A" if second[-5] != "A" else "B") + second[-4:]
            self.assertEqual(hs256.request("GET", ME, token=last).status, 401)

    def test_a_token_ends_when_it_says(self):
        with harness.conformance(ACCESS_TOKEN_SECONDS=10) as server:
            token = server.token("alice")
            claims = json.loads(forge.unb64(token.split(".")[1]))
            self.assertEqual(claims["exp"] - claims["iat"], 10)
            self.assertEqual(server.request("GET", ME, token=token).status, 200)
            time.sleep(max(0, claims["exp"] - time.time() - 0.3))
            early = time.time() < claims["exp"] - 0.05 and server.request("GET", ME, token=token).status
            self.assertIn(early, (False, 200))
            time.sleep(max(0, claims["exp"] - time.time() + 0.2))
            self.assertEqual(server.request("GET", ME, token=token).status, 401)

    def test_what_is_taken_away_is_gone_with_the_next_request(self):
        server = harness.coffer(WORKERS=1)
        with server:
            token = server.token("demo-editor", server.users["demo-editor"])
            item = {"name": "A lamp", "description": "It stands on the desk"}
            self.assertEqual(server.request("POST", "/api/items", item, token=token).status, 201)
            for change, status in (("UPDATE users SET roles = 0 WHERE username = 'demo-editor'", 403),
                                   ("UPDATE users SET disabled = 1 WHERE username = 'demo-editor'", 401)):
                with self.subTest(change):
                    server.change(change)
                    self.assertEqual(server.request("POST", "/api/items", item, token=token).status, status)


if __name__ == "__main__":
    unittest.main()
