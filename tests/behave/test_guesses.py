"""Who guesses at passwords: failures are counted for each account by where they come from, over all workers, and its owner is not kept out.

The accounts have hashes that cost nothing to verify, so that no time pays for a try meanwhile, however busy the machine is."""

import concurrent.futures
import hashlib
import itertools
import os
import statistics
import time
import unittest

import harness
from browser import Browser

FEW, HOURLY, DELAY = 3, 15, 1.5
WRONG = "wrong wrong wrong wrong"
NETWORKS = (f"127.{n}.0.1" for n in itertools.count(20))  # each in a /16 of its own


PAGES = "https://pages.example"  # of another origin, which may call /token
CHEAP = "pbkdf2:sha256:1$salt$" + hashlib.pbkdf2_hmac("sha256", harness.PASSWORD.encode(), b"salt", 1).hex()


class Guesses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        settings = {"SIGN_IN_FAILURES": FEW, "SIGN_IN_SLOWED_AFTER": HOURLY, "SIGN_IN_DELAY": f"{int(DELAY * 1000)}ms",
                    "CORS_ORIGINS": PAGES}
        cls.server = harness.Server("coffer", settings, prepare=(("migrate",),))
        names = [f"person{n}" for n in range(1, 15)]
        rows = [f"{name},{name}@example.com,{CHEAP},viewer" for name in names]
        (cls.server.directory / "people.csv").write_text("\n".join(["username,email,password_hash,roles", *rows]) + "\n")
        cls.server.command("user", "import", "people.csv")
        cls.names = iter(names)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.log()
        cls.server.stop()

    def account(self):
        """One that no test has used; its name."""
        return next(self.names)

    def cheapen(self, name):
        """Its hash, which a sign-in has replaced by one of ours."""
        self.server.change(f"UPDATE users SET password_hash = '{CHEAP}' WHERE username = '{name}'")

    def token(self, name, source, password=WRONG, **headers):
        form = {"grant_type": "password", "username": name, "password": password}
        return self.server.request("POST", "/token", form=form, source=source, headers=headers)

    def login(self, name, source, password=WRONG):
        return self.server.request("POST", "/auth/login", {"username": name, "password": password}, source=source)

    def test_some_and_then_none_whoever_it_is(self):
        """Two workers, a connection for each request; a name that nobody has is as good as one that somebody has."""
        name = self.account()
        for who in (name, "nobodyofthatname"):
            here, there = next(NETWORKS), next(NETWORKS)
            replies = [self.token(who, here) for _ in range(FEW)] + [self.token(who.upper(), here), self.login(f" {who}", here)]
            self.assertEqual([reply.status for reply in replies], [400] * FEW + [429] * 2)
            self.assertEqual((replies[-2].json["error"], replies[-1].json["code"]), ("invalid_request", "too_many"))
            for reply in replies[-2:]:
                self.assertTrue(1 <= int(reply.headers["retry-after"]) <= 60 / FEW, reply.headers)
            self.assertEqual(self.token(who, here, harness.PASSWORD).status, 429)  # the right one is not looked at either
            self.assertEqual(self.token(who, there, harness.PASSWORD).status, 200 if who == name else 400)
            self.assertEqual(self.token("another" + who, here).status, 400)
        self.server.wait_for_log(lambda line: line["event"] == "guess.refused" and line["why"] == "too many failures at one account from one network")
        self.assertNotIn("nobodyofthatname", self.server.log_path.read_text().lower())

    def test_closed_ones_answer_alike(self):
        """An account that is there, one that is disabled and a name that nobody has, when they are closed; DEWAR_TIMING_TRIES as in test_passwords.py."""
        names = {"wrong": self.account(), "disabled": self.account(), "unknown": "stillnobody"}
        self.server.change(f"UPDATE users SET disabled = 1 WHERE username = '{names['disabled']}'")
        tries = int(os.environ.get("DEWAR_TIMING_TRIES", "20"))
        source, took, said = next(NETWORKS), {kind: [] for kind in names}, set()
        for name in names.values():
            for _ in range(FEW + 1):
                self.token(name, source)
        for n in range(tries):
            for kind in sorted(names, key=lambda kind: hash((kind, n))):
                begin = time.monotonic()
                reply = self.token(names[kind], source)
                if reply.status == 429:  # time has paid for one now and then
                    took[kind].append(time.monotonic() - begin)
                    said.add((reply.json["error"], reply.json["error_description"]))
        self.assertEqual(said, {("invalid_request", "Too many requests")})
        medians = {kind: statistics.median(values) for kind, values in took.items()}
        for kind, values in took.items():
            self.assertLess(abs(medians[kind] - medians["wrong"]), 0.001 if tries >= 400 else 0.05, medians)
            spread = statistics.variance(values) / len(values) + statistics.variance(took["wrong"]) / len(took["wrong"])
            if tries >= 400:
                self.assertLess(abs(statistics.mean(values) - statistics.mean(took["wrong"])) / spread ** 0.5, 4.5, (kind, medians))

    def test_at_the_same_time(self):
        name, source = self.account(), next(NETWORKS)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            codes = list(pool.map(lambda _: self.token(name, source).status, range(20)))
        self.assertEqual((codes.count(400), codes.count(429)), (FEW, 20 - FEW), codes)

    def test_what_is_right_is_given_back(self):
        name, source = self.account(), next(NETWORKS)
        for _ in range(FEW - 1):
            self.assertEqual(self.token(name, source).status, 400)
        for _ in range(FEW):
            self.assertEqual(self.token(name, source, harness.PASSWORD).status, 200)
        self.cheapen(name)
        self.assertEqual([self.login(name, source).status for _ in range(2)], [401, 429])

    def test_a_known_browser_gets_in(self):
        name, other, here, there = self.account(), self.account(), next(NETWORKS), next(NETWORKS)
        browser = Browser(self.server, "coffer", "/auth/login").login(name, source=there)
        line = next(line for line in browser.last.headers["set-cookie"].split("\n") if line.startswith("__Host-coffer-device="))
        self.assertEqual(line.split("; ")[1:], ["Max-Age=31536000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
        self.cheapen(name)
        for _ in range(FEW):
            self.token(name, here)
        self.assertEqual(self.login(name, here, harness.PASSWORD).status, 429)
        stranger = Browser(self.server, "coffer", "/auth/login").login(other, source=there)
        said = {"username": name, "password": harness.PASSWORD}
        self.assertEqual(stranger.request("POST", "/auth/login", said, source=here).status, 429)
        device = {"Cookie": f"__Host-coffer-device={browser.cookies['__Host-coffer-device']}"}
        self.assertEqual(self.server.request("POST", "/auth/login", said, headers=device, source=here).status, 200)
        self.cheapen(name)
        wrong = [self.server.request("POST", "/auth/login", {**said, "password": WRONG}, headers=device, source=source).status
                 for source in (here, there, here, there)]
        self.assertEqual(wrong, [401] * FEW + [429])
        self.assertEqual(self.login(name, there).status, 401)  # the others' count is another
        # It opens nothing.
        self.assertEqual(self.server.request("GET", "/api/users/me", headers=device).status, 401)
        self.assertEqual(browser.request("POST", "/auth/logout", csrf=True).headers["clear-site-data"], '"cache", "cookies", "storage"')

    def test_many_networks_are_slowed_and_not_kept_out(self):
        name, other = self.account(), self.account()
        browser = Browser(self.server, "coffer", "/auth/login").login(name, source=next(NETWORKS))
        device = {"Cookie": f"__Host-coffer-device={browser.cookies['__Host-coffer-device']}"}
        self.cheapen(name)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(lambda source: self.token(name, source).status, [next(NETWORKS) for _ in range(HOURLY)])), {400})

        def took(what):
            begin = time.monotonic()
            reply = what()
            return reply.status, time.monotonic() - begin
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(took, lambda: self.token(name, next(NETWORKS))) for _ in range(6)]
            # Those who wait hold no place in the queue of passwords; others are not slowed, nor is a browser that is known.
            status, spent = took(lambda: self.token(other, next(NETWORKS)))
            known, spent_too = took(lambda: self.token(name, next(NETWORKS), **device))
            self.assertEqual((status, known), (400, 400))
            self.assertLess(min(spent, spent_too), DELAY)
            self.assertEqual({one.result()[0] for one in waiting}, {400})
            self.assertGreaterEqual(sorted(one.result()[1] for one in waiting)[1], DELAY)  # time may have paid for one
        status, spent = took(lambda: self.token(name, next(NETWORKS), harness.PASSWORD))
        self.assertEqual((status, spent >= DELAY), (200, True))
        self.server.wait_for_log(lambda line: line["event"] == "guess.slowed")

    def test_pages_of_other_sites_use_up_nobodys_tries(self):
        name, source = self.account(), next(NETWORKS)
        codes = [self.token(name, source, **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": PAGES}).status for _ in range(FEW + 2)]
        self.assertEqual(codes, [400] * FEW + [429] * 2)
        self.assertEqual([self.token(name, source).status for _ in range(FEW + 1)], [400] * FEW + [429])

    def test_who_is_signed_in_and_asked_again(self):
        name, here = self.account(), next(NETWORKS)
        bearer = self.token(name, here, harness.PASSWORD).json["access_token"]
        self.cheapen(name)
        body = {"password": WRONG, "new_password": "nine green owls sing"}
        codes = [self.server.request("POST", "/auth/password", body, token=bearer, source=next(NETWORKS)).status for _ in range(FEW + 1)]
        self.assertEqual(codes, [400] * FEW + [429])
        self.assertEqual(self.server.request("POST", "/auth/mfa/enroll", {"password": WRONG}, token=bearer, source=here).status, 429)
        self.assertEqual(self.token(name, here, harness.PASSWORD).status, 200)  # signing in is another count


if __name__ == "__main__":
    unittest.main()
