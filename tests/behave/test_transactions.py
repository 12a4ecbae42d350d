"""Several statements as one, on SQLite and on PostgreSQL: all of them or none, whoever comes between, hangs or dies."""

import concurrent.futures
import contextlib
import itertools
import os
import signal
import socket
import struct
import threading
import time
import unittest

import harness

START = 1000
ACCOUNTS = 4


class Ledger:
    """The ledger with two workers and some accounts. Subclasses say on which database."""

    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("ledger", {"WORKERS": "2"}, prepare=(("migrate",),), postgres=cls.POSTGRES).start()
        for number in range(1, ACCOUNTS + 1):
            cls.server.request("POST", "/accounts", {"id": number, "amount": START})

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def move(self, source, target, amount=1, **more):
        return self.server.request("POST", "/move", {"from": source, "to": target, "amount": amount, **more})

    def settle(self, what, *words, seconds=20):
        """Until it is done: on a busy machine a transaction may take too long, and then it is not."""
        deadline = time.monotonic() + seconds
        while (reply := what(*words)).status == 503 and time.monotonic() < deadline:
            pass
        self.assertEqual(reply.status, 200, reply)
        return reply

    def sum(self):
        return self.server.request("GET", "/sum").json

    def whole(self):
        """Nothing was lost or made."""
        self.assertEqual(self.sum(), {"total": ACCOUNTS * START, "n": ACCOUNTS})

    # ---- what a block does ----

    def test_all_of_it_or_nothing(self):
        self.assertEqual(self.settle(self.move, 1, 2, 10).json, {"rounds": 1})
        self.settle(self.move, 2, 1, 10)
        self.assertIn(self.move(1, 2, START + 1).status, (409, 503))  # the second statement is refused; the first is undone
        self.assertIn(self.move(1, 77).status, (404, 503))
        self.whole()

    def test_an_error_in_a_savepoint_is_undone_alone(self):
        reply = self.settle(self.server.request, "POST", "/again", {"id": 2, "amount": START})
        self.assertEqual(reply.json, {"done": True})
        self.whole()

    def test_leaving_without_an_error_is_500_and_undone(self):
        for how in ("return", "break"):
            reply = self.server.request("POST", "/wrong", {"how": how})
            self.assertEqual(reply.status, 500, (how, reply))
            line = self.server.wait_for_log(lambda line, id=reply.headers["x-request-id"]: line["event"] == "request.failed" and line["request_id"] == id)
            self.assertIn("left before its end", line["why"])
        self.whole()

    def test_only_the_database_is_waited_for(self):
        for how in ("sleep", "thread", "password"):
            reply = self.server.request("POST", "/wrong", {"how": how})
            self.assertEqual(reply.status, 500, how)
            self.server.wait_for_log(lambda line, id=reply.headers["x-request-id"]: line["event"] == "tx.refused" and line["request_id"] == id)
        self.whole()

    def test_nothing_is_answered_before_its_end(self):
        for how in ("reply", "begin"):
            reply = self.server.request("POST", "/answer", {"how": how})
            self.assertEqual((reply.status, reply.json["code"]), (500, "internal"), reply)
            self.server.wait_for_log(lambda line, id=reply.headers["x-request-id"]: line["event"] == "tx.refused" and line["request_id"] == id)
        self.whole()

    def test_a_client_that_does_not_read_is_not_waited_for(self):
        """Its reply had begun before, so that all there is to do is to break it off."""
        refused = len([line for line in self.server.log() if line["event"] == "tx.refused"])
        body = b'{"how":"write"}'
        with self.server.connect() as s:
            s.sendall(b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            harness.wait_until(lambda: len([line for line in self.server.log() if line["event"] == "tx.refused"]) > refused)
            self.whole()
            data = harness.read_all(s)
        self.assertIn(b"200 OK", data)
        self.assertFalse(data.endswith(b"0\r\n\r\n"))

    def test_a_get_opens_none(self):
        reply = self.server.request("GET", "/read-only")
        self.assertEqual(reply.status, 500)
        self.server.wait_for_log(lambda line: line["event"] == "tx.refused" and line["request_id"] == reply.headers["x-request-id"])

    # ---- one version ----

    def test_who_changes_what_has_changed_meanwhile_changes_nothing(self):
        """Two writers that raise an account each from what they have seen: what was answered 200 has happened, once."""
        self.addCleanup(self.server.change, "DELETE FROM accounts WHERE id = 700")
        self.server.request("POST", "/accounts", {"id": 700, "amount": 0})

        def raise_until(times):
            done, stale = 0, 0
            while done < times:
                seen = self.server.request("GET", "/accounts/700").json
                reply = self.server.request("PUT", "/accounts/700", {"version": seen["version"]})
                self.assertIn(reply.status, (200, 412, 503))
                if reply.status == 200:
                    self.assertEqual(reply.json, {"amount": seen["amount"] + 1, "version": seen["version"] + 1})
                done += reply.status == 200
                stale += reply.status == 412
            return done, stale
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            each = list(pool.map(raise_until, [15] * 4))
        self.assertEqual(self.server.request("GET", "/accounts/700").json, {"amount": 60, "version": 61})
        self.assertGreater(sum(stale for _, stale in each), 0)
        reply = self.server.request("PUT", "/accounts/700", {"version": 60})
        self.assertEqual((reply.status, reply.json["code"]), (412, "precondition_failed"))
        self.assertEqual(self.server.request("DELETE", "/accounts/700?version=60").status, 412)
        self.assertEqual(self.server.request("DELETE", "/accounts/700?version=61").status, 204)

    # ---- others ----

    def test_nobody_comes_between(self):
        pairs = list(itertools.permutations(range(1, ACCOUNTS + 1), 2)) * 6
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda pair: self.move(*pair, repeatable=True), pairs))
        self.assertLessEqual({reply.status for reply in replies}, {200, 503})
        self.assertGreater(len([reply for reply in replies if reply.status == 200]), len(replies) // 2)
        self.whole()

    def test_what_is_not_repeatable_is_503_or_right(self):
        pairs = [(1, 2), (2, 1)] * 16
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda pair: self.move(*pair), pairs))
        self.assertLessEqual({reply.status for reply in replies}, {200, 503})
        for reply in replies:
            if reply.status == 503:
                self.assertEqual(reply.headers["retry-after"], "1")
        self.whole()

    # ---- a worker that dies or hangs in it ----

    def halfway(self, what):
        with contextlib.suppress(Exception):
            self.move(1, 2, 5, halfway=what)

    def others_go_on(self, within):
        began = time.monotonic()
        while not self.moved(1, 2):
            self.assertLess(time.monotonic() - began, within)
        self.assertLess(time.monotonic() - began, within)
        harness.wait_until(lambda: self.moved(2, 1), 20)

    def moved(self, source, target):
        with contextlib.suppress(OSError):
            return self.move(source, target, 1, repeatable=True).status == 200
        return False

    def test_who_is_killed_in_it_leaves_nothing(self):
        self.halfway("kill")
        self.others_go_on(30)
        self.whole()
        harness.wait_until(lambda: {"worker 0", "worker 1"} <= set(self.server.children()), 30)

    def test_who_hangs_in_it_holds_nobody_up(self):
        before = self.server.children()
        threading.Thread(target=self.halfway, args=("stop",), daemon=True).start()
        stopped = harness.wait_until(lambda: [pid for pid in before.values() if self.state(pid) == "T"])
        try:
            # the other worker, as often as the kernel gives us that
            began = time.monotonic()
            served = 0
            while served < 2:
                self.assertLess(time.monotonic() - began, 60)
                with contextlib.suppress(OSError), contextlib.closing(
                        harness.http.client.HTTPConnection(*self.server.address, timeout=2)) as connection:
                    connection.request("POST", "/move", b'{"from":1,"to":2,"amount":0,"repeatable":true}', {"Content-Type": "application/json"})
                    with connection.getresponse() as reply:
                        served += reply.status == 200
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: {"worker 0", "worker 1"} <= set(self.server.children()) and self.server.admin("GET", "/readyz").status == 200, 40)
        self.whole()

    def state(self, pid):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]
        return ""

    def test_a_database_that_is_killed_in_it(self):
        """Whole transfers, whenever it dies; and none that was acknowledged is lost."""
        done, stop = [0], threading.Event()
        self.addCleanup(self.server.change, "DELETE FROM accounts WHERE id >= 500")
        self.server.request("POST", "/accounts", {"id": 500, "amount": 0})

        def transfer():
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    done[0] += self.move(3, 500).status == 200
        thread = threading.Thread(target=transfer)
        thread.start()
        try:
            for _ in range(3):
                so_far = done[0]
                harness.wait_until(lambda so_far=so_far: done[0] > so_far + 5, 20)
                self.kill_database()
        finally:
            stop.set()
            thread.join(30)
        self.assertEqual(self.sum()["total"], ACCOUNTS * START)
        kept = self.amount(500)
        self.assertGreaterEqual(kept, done[0])
        for _ in range(kept):
            self.settle(self.move, 500, 3)
        self.assertEqual(self.amount(3), START)


class OnSQLite(Ledger, unittest.TestCase):
    def kill_database(self):
        pid = self.server.children()["store"]
        os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: self.server.children().get("store", pid) != pid and self.server.admin("GET", "/readyz").status == 200, 40)

    def amount(self, number):
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return database.execute("SELECT amount FROM accounts WHERE id = ?", (number,)).fetchone()[0]

    def test_it_has_its_time(self):
        reply = self.move(1, 2, busy_ms=90)
        self.assertEqual((reply.status, reply.headers["retry-after"], reply.json["code"]), (503, "1", "unavailable"))
        self.server.wait_for_log(lambda line: line["event"] == "store.lease_ended")
        self.whole()

    def test_a_write_beside_waits_for_it(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            moves = [pool.submit(self.move, 1, 2, 0, repeatable=True, busy_ms=10) for _ in range(4)]
            adds = [pool.submit(self.server.request, "POST", "/accounts", {"id": 600 + number, "amount": 0}) for number in range(4)]
            self.assertEqual({add.result().status for add in adds}, {204})
            self.assertLessEqual({move.result().status for move in moves}, {200, 503})
        self.server.change("DELETE FROM accounts WHERE id >= 600")


class OnPostgres(Ledger, unittest.TestCase):
    POSTGRES = True

    def kill_database(self):
        harness.cluster().kill()
        harness.cluster().start()
        harness.wait_until(lambda: self.server.admin("GET", "/readyz").status == 200, 40)

    def amount(self, number):
        return int(harness.cluster().sql(f"SELECT coalesce(max(amount), -1) FROM accounts WHERE id = {number}", self.server.database))

    IDLE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"

    def test_a_client_that_leaves_takes_its_transaction_with_it(self):
        """Its connection is not one on which another's transaction could end it."""
        body = b'{"from":1,"to":2,"amount":5,"busy_ms":200}'
        head = b"POST /move HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.addCleanup(self.server.change, "DELETE FROM accounts WHERE id >= 900")
        for number in range(900, 980, 10):
            with self.server.connect() as s:
                s.sendall(head + body)
                time.sleep(0.05)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset: nobody is there to read either
            time.sleep(0.25)
            for beside in range(number, number + 6):  # written on its own by either worker, and not in what was begun
                if self.server.request("POST", "/accounts", {"id": beside, "amount": 0}).status == 204:
                    self.assertEqual(self.amount(beside), 0)
        self.server.change("DELETE FROM accounts WHERE id >= 900")
        harness.wait_until(lambda: harness.cluster().sql(self.IDLE, self.server.database) == "0", 10)
        for _ in range(6):
            harness.wait_until(lambda: self.moved(3, 4), 20)
            harness.wait_until(lambda: self.moved(4, 3), 20)
        self.whole()

    def test_the_server_ends_what_hangs(self):
        threading.Thread(target=self.halfway, args=("stop",), daemon=True).start()
        pid = harness.wait_until(lambda: [pid for pid in self.server.children().values() if self.state(pid) == "T"])[0]
        try:
            harness.wait_until(lambda: harness.cluster().sql(self.IDLE, self.server.database) == "0", 10)
            self.assertEqual(self.state(pid), "T")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: {"worker 0", "worker 1"} <= set(self.server.children()) and self.moved(1, 2) and self.moved(2, 1), 40)
        self.whole()

    def test_connections_do_not_leak(self):
        for how in ("return", "sleep", "nothing", "break"):
            self.server.request("POST", "/wrong", {"how": how})
            self.server.change("DELETE FROM accounts WHERE id = 999")
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        harness.wait_until(lambda: harness.cluster().sql(count, self.server.database) == "0")


if __name__ == "__main__":
    unittest.main()
