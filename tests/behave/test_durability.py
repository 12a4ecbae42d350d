"""An id that a client got in a 201 is there: whoever is killed, whatever the disk does, whoever scribbles on shared memory.

Rounds of killing: DEWAR_KILL_ROUNDS (10).  Which child falls when is random: DEWAR_SEED, printed.
"""

import collections
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import pwd
import random
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import harness

ROUNDS = int(os.environ.get("DEWAR_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("DEWAR_SEED", time.time_ns() & 0xFFFFFFFF))
NAMES = itertools.count()


class Load:
    """Clients that write until they are told to stop, and one that reads; what they were told."""

    def __init__(self, server, writers=4):
        self.server, self.token = server, server.token("alice")
        self.acknowledged, self.statuses, self.read = {}, collections.Counter(), collections.Counter()
        self.without_retry_after = 0
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self.write, daemon=True) for _ in range(writers)]
        self.threads.append(threading.Thread(target=self.look, daemon=True))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.more(10)
        return self

    def __exit__(self, *exception):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)

    def turns(self):
        """A connection for each turn until the end: kept while it works."""
        connection = http.client.HTTPConnection(*self.server.address, timeout=20)
        while not self.ended.is_set():
            yield connection
        connection.close()

    def ask(self, connection, method, path, body=None):
        """The reply, or None when the connection ended first."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, body=body, headers=headers)
            reply = connection.getresponse()
            return harness.Reply(reply.status, harness.fold(reply.getheaders()), reply.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            time.sleep(0.01)
            return None

    def write(self):
        for connection in self.turns():
            name = f"item {next(NAMES)}"
            reply = self.ask(connection, "POST", "/api/items", json.dumps({"name": name, "description": "It stands on the desk"}))
            if reply is None:
                continue
            self.statuses[reply.status] += 1
            if reply.status == 201:
                self.acknowledged[reply.json["id"]] = name
            else:
                self.without_retry_after += "retry-after" not in reply.headers
                time.sleep(0.005)

    def look(self):
        for connection in self.turns():
            reply = self.ask(connection, "GET", "/api/items")
            if reply is not None:
                self.read[reply.status] += 1
            time.sleep(0.005)

    def more(self, n, seconds=60):
        """Waits until n more writes were acknowledged."""
        wanted = len(self.acknowledged) + n
        harness.wait_until(lambda: len(self.acknowledged) >= wanted, seconds)


def nobody_listens(server):
    try:
        server.connect(timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


class Durable(unittest.TestCase):
    def start(self, folder=None, faults=""):
        settings = {"DATABASE_URL": f"sqlite:{folder}/test.db"} if folder else {}
        server = harness.conformance(WORKERS=2, crashes=True, **settings)
        self.addCleanup(server.stop)
        server.database = pathlib.Path(folder or server.directory, "test.db")
        if faults:
            server.env["DW_FAULTS"] = faults.format(server.directory)
        return server.start()

    def check(self, database, *loads):
        """After the server has ended: the database is whole and has all that was acknowledged."""
        with contextlib.closing(sqlite3.connect(database)) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            rows = dict(db.execute("SELECT id, name FROM items"))
        for load in loads:
            lost = {number: name for number, name in load.acknowledged.items() if rows.get(number) != name}
            self.assertEqual(lost, {}, f"of {len(load.acknowledged)}")

    def refused_as_busy(self, load):
        self.assertLessEqual(set(load.statuses), {201, 503})
        self.assertEqual(load.without_retry_after, 0)

    # ---- a disk that fails ----

    def test_a_failed_sync_ends_the_store_and_loses_nothing(self):
        server = self.start(faults="db_sync=EIO@{}/broken")
        broken = server.directory / "broken"
        with Load(server) as load:
            store = server.children()["store"]
            broken.touch()
            died = server.wait_for_log(lambda line: line["event"] == "child.died" and line["child"] == "store")
            self.assertEqual((died["pid"], died.get("signal")), (store, None))
            self.assertNotEqual(died["status"], 0)
            time.sleep(1)
            before = len(load.acknowledged)
            time.sleep(0.2)
            self.assertEqual(len(load.acknowledged), before)
            broken.unlink()
            load.more(10)
            self.assertNotEqual(server.children()["store"], store)
        server.wait_for_log(lambda line: line["event"] == "store.failed" and "COMMIT: disk I/O error" in line["why"])
        harness.wait_until(lambda: server.admin("GET", "/readyz").status == 200)
        self.assertEqual(server.end(), 0)
        self.refused_as_busy(load)
        self.assertGreater(load.statuses[503], 0)
        self.assertEqual(set(load.read), {200})
        self.check(server.database, load)

    def fill_and_empty(self, server, fill, empty, strict):
        """503 with Retry-After while the disk is full, reads go on, the store stays, and writes work when there is space. Strict: meanwhile
        nothing at all is written, as there is no place left in the files either."""
        with Load(server) as load:
            store = server.children()["store"]
            fill()
            harness.wait_until(lambda: load.statuses[503] > 20)
            read = load.read[200]
            harness.wait_until(lambda: load.read[200] > read + 5)
            before = len(load.acknowledged)
            time.sleep(0.2)
            if strict:
                self.assertEqual(len(load.acknowledged), before)
            empty()
            load.more(10)
            self.assertEqual(server.children()["store"], store)
        self.assertEqual(server.end(), 0)
        self.refused_as_busy(load)
        self.assertEqual(set(load.read), {200})
        self.check(server.database, load)

    def test_writes_that_find_no_space(self):
        server = self.start(faults="db_write=ENOSPC@{}/full")
        full = server.directory / "full"
        self.fill_and_empty(server, full.touch, full.unlink, strict=True)

    @unittest.skipUnless(os.geteuid() == 0, "only root mounts a disk to fill")
    def test_a_full_disk(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="dewar-disk-"))
        self.addCleanup(folder.rmdir)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], capture_output=True, text=True, check=False)
        if mounted.returncode:
            self.skipTest(f"no disk to fill: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        server = self.start(folder)
        ballast = folder / "ballast"

        def fill():
            with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
        self.fill_and_empty(server, fill, ballast.unlink, strict=False)

    # ---- deaths ----

    def test_whoever_is_killed(self):
        chance = random.Random(SEED)
        server = self.start()
        server.expect_exit = -signal.SIGKILL
        loads, deaths = [], collections.Counter()
        print(f"# DEWAR_SEED={SEED}", flush=True)
        for number in range(ROUNDS):
            if number:
                server.start()
            # One worker that is ready says that all is well; who dies while the other starts for the first time ends the server.
            harness.wait_until(lambda: server.said().count("listening on") > number)
            with Load(server) as load:
                loads.append(load)
                for _ in range(chance.randrange(1, 4)):
                    time.sleep(chance.uniform(0, 0.15))
                    name, pid = chance.choice(sorted(server.children().items()))
                    deaths[name] += 1
                    os.kill(pid, signal.SIGKILL)
                    load.more(1)
                time.sleep(chance.uniform(0, 0.1))
                load.ended.set()
                for pid in chance.sample(pids := [server.process.pid, *server.children().values()], len(pids)):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            self.assertEqual(server.end(signal.SIGKILL), -signal.SIGKILL)
            harness.wait_until(lambda: nobody_listens(server))  # a child that was just started may die last
            self.refused_as_busy(load)
            self.assertLessEqual(set(load.read), {200})
        server.start()
        number, name = chance.choice(sorted(loads[0].acknowledged.items()))
        reply = server.request("GET", f"/api/items/{number}", token=server.token("alice"))
        self.assertEqual((reply.status, reply.json["name"]), (200, name))
        self.assertEqual(server.end(), 0)
        self.check(server.database, *loads)
        print(f"# {dict(deaths)} and everything {ROUNDS} times; {sum(len(load.acknowledged) for load in loads)} acknowledged", flush=True)

    # ---- a worker that has been taken over ----

    @staticmethod
    def scribble(pid, chance):
        """Overwrites all memory that a process shares and may write; how many bytes."""
        written = 0
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
            for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
                area = re.match(r"([0-9a-f]+)-([0-9a-f]+) .w.s ", line)
                if area:
                    begin, end = (int(part, 16) for part in area.groups())
                    memory.seek(begin)
                    written += memory.write(chance.randbytes(end - begin))
        return written

    @unittest.skipUnless(os.geteuid() == 0, "only root writes into another process")
    def test_a_worker_scribbles_over_what_it_shares_and_dies(self):
        """Who notices first, the worker, the store or the monitor, is chance; that the store does, tests/unit/store/test_hostile_worker.c shows."""
        chance = random.Random(SEED)
        server = self.start()
        server.may_tear = 3  # lines that a worker was writing when it died
        with Load(server) as load:
            store = server.children()["store"]
            for name in ("worker 0", "worker 1", "worker 0"):
                harness.wait_until(lambda: set(server.children()) == {"keeper", "store", "worker 0", "worker 1"})
                said = len(server.log())
                pid = server.children()[name]
                written = 0
                with contextlib.suppress(OSError):  # it may have been blamed and killed by now
                    for _ in range(5):
                        written += self.scribble(pid, chance)
                        time.sleep(0.01)
                    os.kill(pid, signal.SIGSEGV)
                self.assertGreater(written, 1 << 20)
                server.wait_for_log(lambda line, pid=pid: line.get("pid") == pid and line.get("child") == name)
                harness.wait_until(lambda name=name, pid=pid: server.children().get(name, pid) != pid)
                load.more(20)
                self.assertLessEqual({line["process"] for line in server.log()[said:] if line["event"] == "sql.failed"}, {name})
            self.assertEqual(server.children()["store"], store)
        harness.wait_until(lambda: server.admin("GET", "/readyz").status == 200)
        self.assertEqual(server.end(), 0)
        self.check(server.database, load)


if __name__ == "__main__":
    unittest.main()
