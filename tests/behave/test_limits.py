"""Limits: who has asked too often is told so, precisely and by all workers together."""

import concurrent.futures
import contextlib
import os
import re
import signal
import time
import unittest

import clients
import harness
from browser import Browser
from test_api_keys import key_of

WORKERS = 2


class Limits(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(WORKERS=str(WORKERS), SESSION_IDLE="10m", SESSION_ABSOLUTE="1h")

    def setUp(self):
        """Another address for each test, so that none finds another's counts."""
        type(self).tests = getattr(type(self), "tests", 0) + 1
        self.source = f"127.0.1.{self.tests}"

    def get(self, path, source=None, method="GET", token=None):
        return self.server.request(method, f"/limited{path}", source=source or self.source, token=token)

    def statuses(self, path, times, **more):
        return [self.get(path, **more).status for _ in range(times)]

    def test_over_the_limit(self):
        left = [self.get("/method") for _ in range(3)]
        self.assertEqual([reply.status for reply in left], [200, 200, 429])
        self.assertEqual([reply.headers["x-ratelimit-remaining"] for reply in left], ["1", "0", "0"])
        refused = left[-1]
        self.assertEqual((refused.json["code"], refused.json["error"]), ("too_many", "Too Many Requests"))
        self.assertTrue(20 <= int(refused.headers["retry-after"]) <= 30, refused)
        self.assertEqual(refused.headers["ratelimit-policy"], '"2/60s";q=2;w=60, "global:1000000/3600s";q=1000000;w=3600')
        self.assertEqual(refused.headers["ratelimit"], f'"2/60s";r=0;t={refused.headers["retry-after"]}')
        self.assertEqual(refused.headers["x-ratelimit-limit"], "2")
        self.assertTrue(55 <= int(refused.headers["x-ratelimit-reset"]) - time.time() <= 61)
        self.assertIn("content-security-policy", refused.headers)
        self.assertEqual(self.get("/method", method="POST").status, 200, "another method is another route")
        self.assertEqual(self.get("/method", source="127.0.2.1").status, 200, "another address is another client")
        logged = self.server.wait_for_log(lambda line: line.get("event") == "limit.exceeded" and line["route"] == "/limited/method")
        self.assertEqual(logged["limit"], "2/minute")

    def test_time_pays_one_by_one(self):
        self.assertEqual(self.statuses("/fast", 3), [200, 200, 429])
        time.sleep(0.6)
        self.assertEqual(self.statuses("/fast", 2), [200, 429])
        time.sleep(1.2)
        self.assertEqual(self.statuses("/fast", 3), [200, 200, 429])

    def test_all_of_several_hold(self):
        """What the short limit refuses is not charged to the long one."""
        seen = []
        begin = time.monotonic()
        while seen.count(200) < 5 and time.monotonic() < begin + 20:
            seen.append(self.get("/multi").status)
        self.assertGreater(seen.count(429), 3)
        time.sleep(1.1)
        refused = self.get("/multi")
        self.assertEqual(refused.status, 429)
        self.assertTrue(refused.headers["ratelimit-policy"].startswith('"2/1s";q=2;w=1, "5/60s";q=5;w=60, '), refused)
        self.assertTrue(refused.headers["ratelimit"].startswith('"5/60s";r=0'), refused)

    def test_a_fixed_window(self):
        """What is behind its end is another window, whole at once."""
        first = self.get("/fixed")
        end = time.monotonic() + 2
        self.assertEqual((first.status, first.headers["x-ratelimit-remaining"]), (200, "1"))
        while time.monotonic() < end - 0.4:
            time.sleep(0.05)
        self.assertEqual(self.statuses("/fixed", 2), [200, 429])
        while time.monotonic() < end + 0.05:
            time.sleep(0.02)
        self.assertEqual(self.statuses("/fixed", 3), [200, 200, 429])

    def test_a_moving_window(self):
        """Each that was let through counts for as long as the window is."""
        self.assertEqual(self.get("/window").status, 200)
        first = time.monotonic()
        time.sleep(1.2)
        self.assertEqual(self.statuses("/window", 2), [200, 429])
        while time.monotonic() < first + 2.05:
            time.sleep(0.02)
        again = self.statuses("/window", 2)
        if time.monotonic() < first + 3:  # else the machine was too slow for the second to be still there
            self.assertEqual(again, [200, 429])

    def test_a_sliding_window_counter(self):
        statuses = self.statuses("/sliding", 4)
        self.assertEqual((statuses[:2], statuses[3]), ([200, 200], 429))
        time.sleep(2.1)
        self.assertEqual(self.statuses("/sliding", 2), [200, 200])

    def test_what_a_request_costs(self):
        replies = [self.get("/cost") for _ in range(3)]
        self.assertEqual([(reply.status, reply.headers["x-ratelimit-remaining"]) for reply in replies], [(200, "2"), (200, "0"), (429, "0")])
        self.assertEqual([self.get(path).status for path in ("/price", "/price?copies=2", "/price?copies=2", "/price", "/price")], [200, 200, 429, 200, 429])

    def test_only_certain_outcomes_count(self):
        self.assertEqual(self.statuses("/failures?code=200", 5), [200] * 5)
        self.assertEqual(self.get("/failures?code=200").headers["x-ratelimit-remaining"], "3")
        self.assertEqual(self.statuses("/failures?code=404", 3), [404] * 3)
        self.assertEqual([self.get(f"/failures?code={code}").status for code in (404, 200)], [429, 429])
        self.assertEqual(self.statuses("/denials?code=404", 5) + self.statuses("/denials?code=401", 4), [404] * 5 + [401] * 3 + [429])

    def test_who_leaves_stays_charged(self):
        """What was done for nobody was done: else whoever leaves before the reply would do as much as they like."""
        def in_hand():
            return sum(int(n) for n in re.findall(r"(?m)^dewar_requests_in_hand{.*} (\d+)$", self.server.admin("GET", "/metrics").body.decode()))
        for _ in range(3):
            with self.server.connect(self.source) as s:
                s.sendall(clients.request(b"GET /limited/left?ms=9000"))
                harness.wait_until(lambda: in_hand() == 1)
                clients.reset(s)
            harness.wait_until(lambda: in_hand() == 0)
        self.assertEqual(self.get("/left?ms=0").status, 429)

    def test_many_at_once_do_not_slip_through(self):
        """Reserved at the beginning: as many as the limit fail, however many try at the same time."""
        def ask(_):
            return self.get("/failures?code=404").status
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(ask, range(36)))
        self.assertEqual((statuses.count(404), statuses.count(429)), (3, 33))

    def test_who_keeps_breaching_is_shut_out(self):
        self.assertEqual(self.statuses("/meta", 3), [200, 200, 429])
        time.sleep(1.1)
        seen = self.statuses("/meta", 3)
        self.assertEqual(seen, [200, 200, 429])
        time.sleep(1.1)
        refused = self.get("/meta")
        self.assertEqual(refused.status, 429)
        self.assertIn(int(refused.headers["retry-after"]), range(50, 61))
        self.assertTrue(refused.headers["ratelimit"].startswith('"breaches:2/60s";r=0;t='), refused)
        self.assertEqual(self.get("/meta", source="127.0.2.2").status, 200)
        self.server.wait_for_log(lambda line: line.get("event") == "limit.held" and line["route"] == "/limited/meta" and line["seconds"] == 60)
        lines = self.server.command("limits").splitlines()
        self.assertRegex(lines[0], rf"^[0-9a-f]{{16}} \d+s address {self.source}, GET /limited/meta$")
        self.assertEqual(self.server.admin("DELETE", "/limits/0123456789abcdef").status, 404)
        self.assertEqual(self.server.command("limits", "lift", lines[0].split()[0]), "1 let go\n")
        self.server.wait_for_log(lambda line: line.get("event") == "limit.let_go" and line["limit"] == "2/second")
        self.assertEqual(self.statuses("/meta", 3), [200, 200, 429], "what was breached before is forgotten")
        self.assertEqual((self.server.command("limits"), self.server.command("limits", "lift", "all")), ("", "0 let go\n"))

    def test_keys_of_the_application(self):
        def ask(account):
            return self.server.request("GET", "/limited/account", source=self.source, headers={"X-Account": account} if account else {}).status
        self.assertEqual([ask("ann"), ask("ann"), ask("ann"), ask("ben"), ask("ben"), ask("ben")], [200, 200, 429] * 2)
        self.assertEqual([ask(""), ask("a" * 257), ask("b" * 257)], [200, 200, 429], "who is nobody is an address")

    def test_each_key_of_a_user_has_a_count(self):
        """Who comes by none, by a token, is an address."""
        def ask(key, source=self.source):
            return self.server.request("GET", "/limited/key", source=source, headers={"X-API-Key": key_of(key)}).status
        self.assertEqual([ask("BobReads000") for _ in range(3)], [200, 200, 429])
        self.assertEqual([ask("BobBoth0000"), ask("BobBoth0000", "127.0.8.1"), ask("BobBoth0000", "127.0.8.2")], [200, 200, 429], "another key of the same user, wherever it comes from")
        tokens = [self.server.token(name) for name in ("bob", "alice", "carol")]
        self.assertEqual([self.get("/key", token=token).status for token in tokens], [200, 200, 429], "their address")
        self.assertEqual(self.get("/key", token=tokens[0], source="127.0.8.3").status, 200)

    def test_each_session_of_a_user_has_a_count(self):
        def ask(browser, source=self.source):
            return browser.request("GET", "/limited/session", source=source).status
        one, other = Browser(self.server).login("bob"), Browser(self.server).login("bob")
        self.assertEqual([ask(one), ask(one, "127.0.8.1"), ask(one, "127.0.8.2"), ask(one)], [200, 200, 429, 429])
        self.assertEqual([ask(other) for _ in range(3)], [200, 200, 429], "another session of the same user")
        tokens = [self.server.token(name) for name in ("bob", "alice", "carol")]
        self.assertEqual([self.get("/session", token=token).status for token in tokens], [200, 200, 429], "their address")

    def test_what_the_body_names(self):
        """From wherever it comes; who names nobody is an address."""
        def ask(account, number=0, **more):
            body = {} if account is None else {"account": account}
            return self.server.request("POST", "/limited/named", source=f"127.0.7.{number}", **({"form": body} if more else {"body": body})).status
        self.assertEqual([ask("Ann Lee", 1), ask("ann lee", 2, form=True), ask(" ANN LEE\u2003", 3), ask("\uff21nn Lee", 4), ask("ann", 1)], [200, 200, 429, 429, 200])
        self.assertEqual([ask("", 5), ask(None, 5), ask("x" * 257, 5), ask("", 6)], [200, 200, 429, 200])
        self.assertEqual([ask(7, 7), ask("x" * 301, 7), ask("ben", 7), ask("ben", 7), ask("ben", 8)], [422, 422, 200, 200, 429])
        self.assertIn("rate          2/minute for each account (route)", self.server.command("routes", "-v"))

    def test_shared_and_inherited(self):
        self.assertEqual([self.get(path).status for path in ("/s1", "/s2", "/s1", "/s2")], [200, 200, 429, 429])
        self.assertEqual([self.get(path).status for path in ("/inherited", "/inherited/too") * 3], [200] * 4 + [429] * 2)

    def test_no_limit(self):
        replies = [self.get("/exempt") for _ in range(10)]
        self.assertEqual({reply.status for reply in replies}, {200})
        self.assertNotIn("ratelimit", replies[0].headers)
        self.assertNotIn("x-ratelimit-limit", self.server.request("GET", "/hello").headers)

    def test_exact_over_all_workers(self):
        def ask(_):
            with self.server.connect(source=self.source) as s:
                s.sendall(b"GET /limited/many HTTP/1.1\r\nHost: localhost\r\n\r\n" * 39
                          + b"GET /limited/many HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return [reply.status for reply in harness.parse_replies(harness.read_all(s))]
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            statuses = [status for some in pool.map(ask, range(48)) for status in some]
        self.assertEqual(len(statuses), 48 * 40)
        paid = int((time.monotonic() - begin) / (3600 / 500)) + 1
        self.assertIn(statuses.count(200), range(500, 500 + paid + 1))
        self.assertEqual(set(statuses), {200, 429})

    def test_a_worker_that_dies_frees_nobody(self):
        self.assertEqual(self.statuses("/s1", 3, source="127.0.3.1"), [200, 200, 429])
        for name, pid in self.server.children().items():
            if name.startswith("worker"):
                os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: len([n for n in self.server.children() if n.startswith("worker")]) == WORKERS)
        harness.wait_until(lambda: self.alive())
        self.assertEqual(self.get("/s1", source="127.0.3.1").status, 429)

    def alive(self):
        try:
            return self.server.request("GET", "/hello").status == 200
        except OSError:
            return False


class Global(unittest.TestCase):
    """The whole application: before there is a route."""

    def test_whatever_is_asked(self):
        with harness.conformance(RATE_LIMIT_GLOBAL="20/minute", RATE_LIMIT_API="1/hour") as server:
            def ask(*words, **more):
                return server.request(*words, source="127.0.5.1", **more)
            self.assertEqual([ask("GET", "/limited/setting").status for _ in range(2)], [200, 429], "as the setting says")
            self.assertEqual([ask("GET", "/nowhere").status for _ in range(6)], [404] * 6)
            self.assertEqual([ask("DELETE", "/hello").status for _ in range(6)], [405] * 6)
            for _ in range(4):
                with server.connect(source="127.0.5.1") as s:
                    s.sendall(b"BROKEN\r\n\r\n")
                    self.assertEqual(harness.parse_replies(harness.read_all(s))[0].status, 400)
            self.assertEqual([ask("GET", "/hello", host="evil.test").status for _ in range(2)], [400] * 2)
            for reply in (ask("GET", "/hello"), ask("GET", "/nowhere"), ask("GET", "/hello", host="evil.test")):
                self.assertEqual((reply.status, reply.headers["ratelimit-policy"]), (429, '"global:20/60s";q=20;w=60'))
                self.assertIn(int(reply.headers["retry-after"]), range(1, 4))
            with server.connect(source="127.0.5.1") as s:
                s.sendall(b"BROKEN\r\n\r\n")
                self.assertEqual(harness.parse_replies(harness.read_all(s))[0].status, 429)
            self.assertEqual(ask("GET", "/hello", headers={"Sec-Fetch-Site": "cross-site"}).status, 403, "what others make a browser do is refused, and counted apart")
            self.assertEqual(server.request("GET", "/hello").status, 200, "another client")
            self.assertEqual(server.admin("GET", "/healthz").status, 200)

    def test_the_default_is_a_hundred_in_a_minute(self):
        with harness.conformance(RATE_LIMIT_GLOBAL=None) as server:
            with server.connect() as s:
                s.sendall(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" * 119 + b"GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                statuses = [reply.status for reply in harness.parse_replies(harness.read_all(s))]
            self.assertEqual(statuses[:100], [200] * 100)
            self.assertIn(429, statuses[100:])


class Upgrade(unittest.TestCase):
    def test_counts_survive(self):
        with harness.conformance() as server:
            def ask():
                return server.request("GET", "/limited/s1").status
            self.assertEqual([ask(), ask(), ask()], [200, 200, 429])
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log(lambda line: line.get("event") == "reload.done")
            self.assertEqual(ask(), 429)


class Restart(unittest.TestCase):
    """A file in which counts outlive the server, and what is no such file."""

    def listens(self, server):
        """A worker outlives the monitor by a moment."""
        with contextlib.suppress(ConnectionRefusedError), server.connect():
            return True
        return False

    def statuses(self, server, times, path="/limited/s1"):
        return [server.request("GET", path).status for _ in range(times)]

    def test_counts_survive(self):
        server = harness.conformance(RATE_LIMIT_FILE="limits", RATE_LIMIT_FILE_EVERY="100ms")
        self.addCleanup(server.stop)
        path = server.directory / "limits"
        server.start()
        self.assertEqual(self.statuses(server, 3), [200, 200, 429])
        harness.wait_until(path.exists)
        for _ in range(2):  # one may be under way, and of before
            seen = path.stat().st_ino
            harness.wait_until(lambda: path.stat().st_ino != seen)  # pylint: disable=cell-var-from-loop
        server.end(signal.SIGKILL)  # what was written in between is there all the same
        harness.wait_until(lambda: not self.listens(server))
        server.env["CONFORMANCE_RATE_LIMIT_FILE_EVERY"] = "1h"
        server.start()
        self.assertEqual(self.statuses(server, 1), [429])
        self.assertEqual(self.statuses(server, 3, "/limited/cost"), [200, 200, 429])
        self.assertEqual(server.end(), 0)  # which writes it
        self.assertEqual(path.stat().st_mode & 0o7777, 0o600)
        server.start()
        self.assertEqual(self.statuses(server, 1, "/limited/cost"), [429])
        server.wait_for_log(lambda line: line.get("event") == "limit.restored")
        server.end()
        whole = path.read_bytes()
        path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        server.start()
        self.assertEqual(self.statuses(server, 3), [200, 200, 429])
        self.assertIn("damaged", server.wait_for_log(lambda line: line.get("event") == "limit.not_restored")["why"])

    def test_readiness_says_whether_counts_are_kept(self):
        server = harness.conformance(RATE_LIMIT_FILE="kept/limits", RATE_LIMIT_FILE_EVERY="100ms", WORKERS="2")
        self.addCleanup(server.stop)
        folder = server.directory / "kept"
        folder.mkdir()
        server.start()
        harness.wait_until((folder / "limits").exists)

        def says(word):
            reply = server.admin("GET", "/readyz")  # of either worker
            self.assertEqual((reply.status, reply.json["status"]), (200, "ready"))
            return reply.json["limits"] == word

        def settles(word):
            """… in both, after what was under way."""
            harness.wait_until(lambda: says(word))
            time.sleep(0.3)
            self.assertEqual({says(word) for _ in range(20)}, {True})

        settles("ok")
        folder.rename(server.directory / "away")
        settles("not kept")
        server.wait_for_log(lambda line: line.get("event") == "limit.not_kept")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log(lambda line: line.get("event") == "reload.done")
        settles("not kept")
        (server.directory / "away").rename(folder)
        settles("ok")

    def test_what_does_not_start(self):
        env = {"CONFORMANCE_PROFILE": "direct", "CONFORMANCE_RATE_LIMIT_FILE": "limits"}
        status, _, said = harness.run("conformance", "serve", env={**env, "CONFORMANCE_RATE_LIMIT_KEYS": "4194305"})
        self.assertEqual(status, 78, said)
        self.assertIn("RATE_LIMIT_FILE keeps 4194304 counts at most", said)
        status, _, said = harness.run("kinds", "serve", env={"KINDS_ENV": "development", "KINDS_RATE_LIMIT_FILE": "limits"})
        self.assertEqual(status, 78, said)
        self.assertIn("RATE_LIMIT_FILE is set, and DATA_KEYS", said)


class Callers(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.Server("papers", {"RATE_LIMIT_GLOBAL": None, "TRUSTED_PROXIES": "127.0.0.12"}, prepare=(("migrate",),), postgres=False)

    def ask(self, token, path="/limited", source=None):
        return self.server.request("GET", path, token=token, source=source).status

    def test_there_is_a_limit_of_all_requests_where_nobody_says_one(self):
        told = self.server.request("GET", "/limited", source="127.0.0.12", headers={"X-Forwarded-For": "192.0.2.1"}).headers
        self.assertEqual(told["ratelimit-policy"].split(", ")[-1], '"global:10000/60s";q=10000;w=60')
        told = self.server.request("GET", "/limited", source="127.0.0.11").headers
        self.assertNotIn("global", told["ratelimit-policy"], "a proxy that nobody has named may stand there, for many")

    def test_each_is_counted_wherever_it_comes_from(self):
        ann, again, ben = (self.server.request("POST", "/enter", {"uid": uid}).json["access_token"] for uid in ("ann", "ann", "ben"))
        self.assertEqual([self.ask(ann), self.ask(again, source="127.0.0.7"), self.ask(ann), self.ask(ann, source="127.0.0.8")], [204, 204, 204, 429])
        self.assertEqual(self.ask(again), 429, "another token of the same caller")
        self.assertEqual(self.ask(ben), 204)
        by_address = [self.ask(token, "/limited/address", "127.0.0.9") for token in (ann, ben, ann, ben)]
        self.assertEqual(by_address, [204, 204, 204, 429])
        self.assertEqual(self.ask(ann, "/limited/address", "127.0.0.10"), 204)


class Coffer(unittest.TestCase):
    """What the reference application allows: each account and each address so much."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.coffer(RATE_LIMIT_SCALE=None, RATE_LIMIT_API="3/minute").start()
        cls.addClassCleanup(cls.server.stop)
        cls.tokens = {name: cls.server.token(name, password) for name, password in cls.server.users.items()}

    def ask(self, method, path, who=None, body=None, source="127.0.6.1"):
        return self.server.request(method, path, body, token=self.tokens.get(who), source=source)

    def statuses(self, times, *words, **more):
        return [self.ask(*words, **more).status for _ in range(times)]

    def many(self, path, times, source):
        """So many on one connection; their statuses."""
        with self.server.connect(source=source) as s:
            one = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode()
            s.sendall((one + b"\r\n") * (times - 1) + one + b"Connection: close\r\n\r\n")
            return [reply.status for reply in harness.parse_replies(harness.read_all(s))]

    def test_items(self):
        item = {"name": "A lamp", "description": "It stands on the desk"}
        self.assertEqual(self.statuses(6, "POST", "/api/items", who="demo-editor", body=item), [201] * 5 + [429])
        self.assertEqual(self.ask("POST", "/api/items", "demo-editor", item, source="127.0.6.2").status, 429, "wherever it comes from")
        made = self.ask("POST", "/api/items", "demo-admin", item)
        self.assertEqual((made.status, made.headers["x-ratelimit-limit"]), (201, "5"), "another account")
        path = f"/api/items/{made.json['id']}"
        changed = [self.ask(method, path, "demo-admin", {"name": f"Lamp {n}"}).status for n, method in enumerate(["PUT", "PATCH"] * 3)]
        self.assertEqual(changed, [200] * 5 + [429])
        self.assertEqual(self.statuses(6, "DELETE", "/api/items/1000000", who="demo-admin"), [404] * 5 + [429])
        self.assertEqual(self.statuses(11, "GET", "/api/items", who="demo-admin", source="127.0.6.3"), [200] * 10 + [429])
        shown = self.ask("GET", path, "demo-admin", source="127.0.6.4")
        self.assertEqual((shown.status, shown.headers["ratelimit-policy"].partition(",")[0]), (200, '"100/3600s";q=100;w=3600'))

    def test_everything_below_api_that_names_none(self):
        """One count for an account; here as the setting says."""
        paths = ("/api/users/me", "/api/virtual-cards", "/api/keys", "/api/users/me", "/api/virtual-cards")
        self.assertEqual([self.ask("GET", path, "demo-viewer", source="127.0.6.5").status for path in paths], [200] * 3 + [429] * 2)
        self.assertEqual(self.ask("GET", "/api/users/me", "demo-editor", source="127.0.6.5").status, 200)
        self.assertIn('rate          10/minute for each caller, together with all that share "api" (blueprint)', self.server.command("routes", "-v", env={
            name: value for name, value in self.server.env.items() if name != "COFFER_RATE_LIMIT_API"}))

    def test_everything_else_that_names_none(self):
        statuses = self.many("/auth/csrf", 60, "127.0.6.6")
        self.assertEqual((statuses[:50], statuses[-1]), ([200] * 50, 429))

    def test_registration(self):
        self.assertEqual(self.statuses(6, "POST", "/api/users", body={}, source="127.0.6.7"), [422] * 5 + [429])

    def test_everything_together(self):
        statuses = self.many("/nowhere", 120, "127.0.6.8")
        self.assertEqual((statuses[:100], 429 in statuses[100:]), ([404] * 100, True))

    def test_signing_in_is_limited_by_its_failures(self):
        said = self.server.command("check")
        for path in ("/token", "/auth/login"):
            self.assertIn(f"note: limit.none: POST {path} has no limit: its failures are limited", said)


class Described(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance()

    def test_described(self):
        found = self.server.request("GET", "/openapi.json").json["paths"]
        multi = found["/limited/multi"]["get"]
        self.assertEqual(multi["x-rate-limit"], {"policies": [{"limit": 2, "seconds": 1}, {"limit": 5, "seconds": 60}], "per": "caller", "strategy": "gcra"})
        self.assertEqual(found["/limited/window"]["get"]["x-rate-limit"]["strategy"], "moving-window")
        self.assertEqual(found["/limited/cost"]["get"]["x-rate-limit"]["cost"], 2)
        self.assertEqual(found["/limited/meta"]["get"]["x-rate-limit"]["breaches"], {"limit": 2, "seconds": 60})
        self.assertIn("429", multi["responses"])
        self.assertEqual(found["/limited/address"]["get"]["x-rate-limit"]["per"], "address")
        self.assertEqual(found["/limited/inherited"]["get"]["x-rate-limit"]["policies"], [{"limit": 4, "seconds": 60}])
        self.assertNotIn("x-rate-limit", found["/limited/exempt"]["get"])

    def test_who_is_not_signed_in_is_counted_by_address(self):
        self.assertEqual([self.server.request("GET", "/limited/user", source="127.0.4.1").status for _ in range(4)], [401] * 3 + [429])

    def test_listed(self):
        said = self.server.command("routes", "-v")
        self.assertIn("rate          2/second;5/minute for each caller (route)", said)
        self.assertIn("rate          4/minute for each caller (blueprint)", said)
        self.assertIn("rate          none (route): to be compared with", said)
        self.assertIn("note: limit.none: GET /limited/exempt has no limit: to be compared with", self.server.command("check"))


if __name__ == "__main__":
    unittest.main()
