"""Limits: who has asked too often is told so, precisely and by all workers together."""

import concurrent.futures
import os
import signal
import time
import unittest

import harness

WORKERS = 2


class Limits(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(WORKERS=str(WORKERS))

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
        self.assertEqual(refused.headers["ratelimit-policy"], '"2/60s";q=2;w=60')
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
        self.assertEqual(refused.headers["ratelimit-policy"], '"2/1s";q=2;w=1, "5/60s";q=5;w=60')
        self.assertTrue(refused.headers["ratelimit"].startswith('"5/60s";r=0'), refused)

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


class Upgrade(unittest.TestCase):
    def test_counts_survive(self):
        with harness.conformance() as server:
            def ask():
                return server.request("GET", "/limited/s1").status
            self.assertEqual([ask(), ask(), ask()], [200, 200, 429])
            server.process.send_signal(signal.SIGHUP)
            server.wait_for_log(lambda line: line.get("event") == "reload.done")
            self.assertEqual(ask(), 429)


class Callers(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.Server("papers", prepare=(("migrate",),), postgres=False)

    def ask(self, token, path="/limited", source=None):
        return self.server.request("GET", path, token=token, source=source).status

    def test_each_is_counted_wherever_it_comes_from(self):
        ann, again, ben = (self.server.request("POST", "/enter", {"uid": uid}).json["access_token"] for uid in ("ann", "ann", "ben"))
        self.assertEqual([self.ask(ann), self.ask(again, source="127.0.0.7"), self.ask(ann), self.ask(ann, source="127.0.0.8")], [204, 204, 204, 429])
        self.assertEqual(self.ask(again), 429, "another token of the same caller")
        self.assertEqual(self.ask(ben), 204)
        by_address = [self.ask(token, "/limited/address", "127.0.0.9") for token in (ann, ben, ann, ben)]
        self.assertEqual(by_address, [204, 204, 204, 429])
        self.assertEqual(self.ask(ann, "/limited/address", "127.0.0.10"), 204)


class Described(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance()

    def test_described(self):
        found = self.server.request("GET", "/openapi.json").json["paths"]
        multi = found["/limited/multi"]["get"]
        self.assertEqual(multi["x-rate-limit"], {"policies": [{"limit": 2, "seconds": 1}, {"limit": 5, "seconds": 60}], "per": "caller"})
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
        self.assertIn("note: limit: GET /limited/exempt has no limit: to be compared with", self.server.command("check"))


if __name__ == "__main__":
    unittest.main()
