"""Jobs (tests/apps/chores.c): put with the data or not at all, done at least once whatever dies, again and again but not for ever."""

import os
import signal
import time
import unittest

import harness
from harness import wait_until

REVIVED_SECONDS = 90  # a lease, the pause before a process is replaced, and a busy machine


def most_at_once(marks):
    """How many ran together at most, by what they have written down."""
    changes = sorted((one["at_ms"], -1 if one["what"] == "end" else 1) for one in marks)
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


class Jobs(unittest.TestCase):
    POSTGRES = False
    SETTINGS = {"TRUSTED_HOSTS": "127.0.0.1", "WORKERS": "2"}

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("chores", cls.SETTINGS, prepare=(("migrate",),), postgres=cls.POSTGRES, crashes=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def put(self, name, kind="plain", path="/jobs", status=204, key=None, delay_s=0, copies=1, **chore):
        order = {"kind": kind, "chore": {"name": name, **chore}, "delay_s": delay_s, "copies": copies}
        reply = self.server.request("POST", path, order | ({"key": key} if key else {}))
        self.assertEqual(reply.status, status, reply)
        return reply

    def marks(self, name, what=None):
        reply = self.server.request("GET", f"/marks/{name}")
        self.assertEqual(reply.status, 200, reply)
        return [one for one in reply.json["items"] if what in (None, one["what"])]

    def wait_for(self, name, n=1, what="end", seconds=harness.WAIT_SECONDS):
        wait_until(lambda: len(self.marks(name, what)) >= n, seconds)
        return self.marks(name, what)

    def event(self, event, **values):
        return self.server.wait_for_log(lambda line: line["event"] == event and all(line.get(k) == v for k, v in values.items()))

    def listed(self):
        return self.server.command("jobs")

    # ---- put ----

    def test_starts_at_once(self):
        best = 9.0
        for i in range(5):
            begin = time.time()
            self.put(f"soon{i}")
            best = min(best, self.wait_for(f"soon{i}")[0]["at_ms"] / 1000 - begin)
        self.assertLess(best, 0.5)

    def test_knows_itself(self):
        self.put("self", key="of-mine")
        mark = self.wait_for("self")[0]
        self.assertEqual((mark["key"], mark["attempt"], len(mark["job"])), ("of-mine", 1, 36))
        self.put("self2")
        mark = self.wait_for("self2")[0]
        self.assertEqual(mark["key"], mark["job"])

    def test_with_the_data(self):
        self.put("with", path="/jobs/with")
        self.assertEqual([one["what"] for one in self.wait_for("with") and self.marks("with")], ["written", "begin", "end"])

    def test_undone_with_the_data(self):
        self.put("without", path="/jobs/without", status=409)
        self.put("behind")
        self.wait_for("behind")
        time.sleep(1.5)
        self.assertEqual(self.marks("without"), [])

    def test_a_key_is_one_job(self):
        for _ in range(5):
            self.put("once", key="the-same")
        self.wait_for("once")
        self.put("once", key="the-same")  # it is done, and still known
        self.put("once", kind="narrow", key="the-same")  # another kind
        self.wait_for("once", 2)
        time.sleep(1.5)
        self.assertEqual(len(self.marks("once", "end")), 2)

    def test_later(self):
        begin = time.time()
        self.put("later", delay_s=2)
        self.assertGreaterEqual(self.wait_for("later")[0]["at_ms"] / 1000, begin + 2 - 0.01)

    def test_what_cannot_be_put(self):
        self.assertEqual(self.server.request("POST", "/jobs/wrong").status, 422)
        self.assertIn("name", self.event("job.refused", kind="plain")["why"])
        self.assertEqual(self.server.request("GET", "/jobs/in-get").status, 500)
        self.put("key", key="@mine", status=500)
        self.put("key", key="k" * 256, status=500)
        self.put("key", delay_s=-1, status=500)
        self.assertEqual(self.marks("key"), [])

    # ---- run ----

    def test_again_after_a_failure(self):
        self.put("fails", fails=2)
        self.assertEqual([one["attempt"] for one in self.wait_for("fails")], [3])
        begins = self.marks("fails", "begin")
        self.assertEqual([one["attempt"] for one in begins], [1, 2, 3])
        self.assertEqual(len({one["job"] for one in begins}), 1)
        self.assertGreaterEqual(begins[1]["at_ms"] - begins[0]["at_ms"], 50)  # half of 100 ms at least
        self.assertGreaterEqual(begins[2]["at_ms"] - begins[1]["at_ms"], 100)
        self.event("job.failed", kind="plain", attempt=2, why="attempt 2 failed")

    def test_dead_after_the_bound(self):
        self.put("dies", fails=100)
        dead = self.event("job.dead", kind="plain", why="attempt 3 failed")
        self.assertEqual(dead["attempt"], 3)
        wait_until(lambda: dead["id"] in self.listed())
        self.assertEqual(len(self.marks("dies", "begin")), 3)
        self.assertIn(f"{dead['id']}  plain  dead after 3 attempts: attempt 3 failed", self.listed())
        self.assertIn("1 dead", self.listed())
        # Once more from the beginning, and then away, beside the running server.
        self.assertIn("waits again", self.server.command("jobs", "retry", dead["id"]))
        wait_until(lambda: len(self.marks("dies", "begin")) == 6)
        wait_until(lambda: f"{dead['id']}  plain  dead" in self.listed())
        self.assertIn("is dropped", self.server.command("jobs", "drop", dead["id"]))
        self.assertNotIn(dead["id"], self.listed())
        status, _, said = harness.run("chores", "jobs", "drop", dead["id"], env=self.server.env, cwd=self.server.directory)
        self.assertEqual((status, "no job" in said), (1, True), said)

    def test_given_up(self):
        self.put("hopeless", hopeless=True)
        dead = self.event("job.dead", why="there is no hope for hopeless")
        self.assertEqual(dead["attempt"], 1)

    def test_a_deadline_ends_a_run(self):
        begin = time.monotonic()
        self.put("slow", kind="hasty", sleep_ms=50000)
        self.assertIn("timeout", self.event("job.dead", kind="hasty")["why"])
        self.assertLess(time.monotonic() - begin, 40)
        self.assertEqual([one["attempt"] for one in self.marks("slow", "begin")], [1, 2])

    def test_so_many_at_once(self):
        self.put("narrow", kind="narrow", sleep_ms=300, copies=8)
        self.wait_for("narrow", 8)
        self.assertEqual(most_at_once(self.marks("narrow")), 2)

    def test_a_schedule(self):
        first = len(self.marks("tick"))
        ticks = self.wait_for("tick", first + 3)
        times = [one["at_ms"] // 1000 for one in ticks]
        self.assertEqual(len(set(times)), len(times), "twice at one time")
        self.assertTrue(all(later - earlier >= 1 for earlier, later in zip(times, times[1:])))
        self.assertEqual(len({one["job"] for one in ticks}), 1)
        self.assertIn("nightly", self.server.command("check"))

    # ---- what dies ----

    def test_none_is_lost(self):
        """The process that runs jobs is killed, and a worker, and the store, in the middle, several times."""
        names = [f"lost{i}" for i in range(3)]
        for name in names:
            self.put(name, kind="stubborn", sleep_ms=400, copies=15)
            for child in ("jobs", "worker 0", "store") if not self.POSTGRES else ("jobs", "worker 0"):
                time.sleep(0.15)
                pid = self.server.children().get(child)
                if pid:
                    os.kill(pid, signal.SIGKILL)
            wait_until(lambda: {"jobs", "worker 0"} <= set(self.server.children()))
            self.server.may_tear += 3
            time.sleep(0.5)
        for name in names:
            wait_until(lambda: len({one["job"] for one in self.ends(name)}) >= 15, REVIVED_SECONDS)
            self.assertEqual(len({one["job"] for one in self.ends(name)}), 15)
        self.event("job.revived", kind="stubborn")

    def ends(self, name):
        reply = self.server.request("GET", f"/marks/{name}")
        return [one for one in reply.json.get("items", []) if one["what"] == "end"]

    def test_one_that_crashes_is_tried_again(self):
        self.put("crash", crashes=1)
        self.assertEqual(self.wait_for("crash", seconds=REVIVED_SECONDS)[0]["attempt"], 2)
        crash = self.event("child.crashed", child="jobs")
        self.assertEqual(crash["route"], "job:plain")

    def test_no_request_is_lost_with_a_job(self):
        self.put("crash2", crashes=100)
        before = {name: pid for name, pid in self.server.children().items() if name.startswith("worker")}
        for _ in range(10):
            self.assertEqual(self.server.request("GET", "/marks/nothing").status, 200)
        self.assertTrue(set(before) <= set(self.server.children()))


class OnPostgres(Jobs):
    POSTGRES = True


class TwoMachines(unittest.TestCase):
    """Two servers on one PostgreSQL database: what is bounded is bounded for both together, and nothing is done by both."""

    def test_together(self):
        with harness.Server("chores", Jobs.SETTINGS, prepare=(("migrate",),), postgres=True) as one:
            url = one.env["CHORES_DATABASE_URL"]
            with harness.Server("chores", Jobs.SETTINGS | {"DATABASE_URL": url}, postgres=False) as other:
                for server in (one, other):
                    order = {"kind": "narrow", "chore": {"name": "both", "sleep_ms": 200}, "copies": 12}
                    self.assertEqual(server.request("POST", "/jobs", order).status, 204)

                def marks(name, what):
                    return [mark for mark in one.request("GET", f"/marks/{name}").json["items"] if mark["what"] in what]
                wait_until(lambda: len(marks("both", ("end",))) >= 24, REVIVED_SECONDS)
                wait_until(lambda: len(marks("tick", ("end",))) >= 3)
                done = marks("both", ("begin", "end"))
                self.assertEqual((len(done), len({mark["job"] for mark in done})), (48, 24))
                self.assertEqual(most_at_once(done), 2)
                seconds = [mark["at_ms"] // 1000 for mark in marks("tick", ("end",))]
                self.assertEqual(len(set(seconds)), len(seconds), "a tick of each")


class Ends(unittest.TestCase):
    def test_what_runs_waits_again(self):
        """A server that ends does not wait for a long job, and the next one runs it at once, in its first attempt."""
        server = harness.Server("chores", Jobs.SETTINGS | {"DRAIN_TIMEOUT": "2s"}, prepare=(("migrate",),), postgres=False).start()
        try:
            chore = {"kind": "plain", "chore": {"name": "long", "sleep_ms": 20000}}
            self.assertEqual(server.request("POST", "/jobs", chore).status, 204)
            wait_until(lambda: server.request("GET", "/marks/long").json["items"])
            self.assertEqual(server.end(), 0)
            server.stderr.close()
            server.stderr = harness.tempfile.TemporaryFile()
            self.assertIn("1 waiting", server.command("jobs"))
            server.start()
            marks = wait_until(lambda: server.request("GET", "/marks/long").json["items"][1:], 5)
            self.assertEqual(marks[0]["attempt"], 1)
        finally:
            server.stop()


if __name__ == "__main__":
    unittest.main()
