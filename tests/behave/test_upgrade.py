"""SIGHUP: the program at its path and the settings are taken anew, and nobody who talks to the server notices."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import sqlite3
import threading
import time
import unittest

import harness

UPGRADES = 20
ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class Client(threading.Thread):
    """Reads and writes until it is told to end, on one connection for as long as the server keeps it, or on many."""

    def __init__(self, server, token, keeps):
        super().__init__(daemon=True)
        self.server, self.keeps = server, keeps
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "localhost"}
        self.ids, self.failures, self.n, self.ended = [], [], 0, threading.Event()
        self.connection = None

    def ask(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(*self.server.address, timeout=30)
        self.connection.request(method, path, body=body, headers=self.headers)
        reply = self.connection.getresponse()
        text = reply.read()
        if not self.keeps or reply.will_close:
            self.connection.close()
            self.connection = None
        self.n += 1
        return reply.status, text

    def close(self):
        if self.connection is not None:
            self.connection.close()

    def turn(self):
        status, text = self.ask("POST", "/api/items", harness.json.dumps(ITEM))
        if status != 201:
            self.failures.append((status, text))
            return
        self.ids.append(harness.json.loads(text)["id"])
        status, text = self.ask("GET", f"/api/items/{self.ids[-1]}")
        if status != 200:
            self.failures.append((status, text))

    def run(self):
        while not self.ended.is_set():
            try:
                self.turn()
            except (OSError, http.client.HTTPException) as e:
                self.failures.append(repr(e))
                self.connection = None
        self.close()


class Upgrades(unittest.TestCase):
    """Each test has a server of its own, that was started from a copy of the program."""

    def setUp(self):
        self.server = harness.coffer(IDLE_TIMEOUT="1s")
        self.addCleanup(self.server.stop)
        self.program = self.server.directory / "bin" / "coffer"
        self.program.parent.mkdir(mode=0o755)
        self.install(harness.BIN / "coffer")
        self.keys = self.server.directory / "keys"
        self.give_key()
        self.server.env["COFFER_SIGNING_KEYS_FILE"] = str(self.keys)
        del self.server.env["COFFER_SIGNING_KEYS"]
        self.env_file = self.server.directory / "settings"
        self.pinned = {name: self.server.env.pop("COFFER_" + name) for name in ("LISTEN", "WORKERS", "LOG", "IDLE_TIMEOUT")}
        self.set(600)
        self.server.program, self.server.arguments = self.program, ["--env-file", str(self.env_file)]
        self.server.start()
        self.monitor = self.server.process.pid

    def install(self, source):
        fresh = self.program.with_suffix(".new")
        shutil.copy(source, fresh)
        fresh.chmod(0o755)
        os.replace(fresh, self.program)

    def does(self, orders=""):
        """What processes of coffer_next do wrong from now on: "worker 0 crash"; see tests/behave/next/next.c."""
        file = self.program.with_suffix(".does")
        if not orders:
            file.unlink()
            return
        file.with_suffix(".new").write_text(orders, encoding="utf-8")
        os.replace(file.with_suffix(".new"), file)

    def set(self, seconds, **settings):
        settings = {**self.pinned, "ACCESS_TOKEN_SECONDS": seconds, **settings}
        self.env_file.write_text("".join(f"COFFER_{name}={value}\n" for name, value in settings.items()), encoding="utf-8")

    def give_key(self):
        self.keys.write_text(self.server.command("secret"), encoding="utf-8")
        self.keys.chmod(0o600)

    def events(self, name):
        """The events `name` so far. Only they are read: under load the log is long."""
        whole = self.server.log_path.read_text(encoding="utf-8").rpartition("\n")[0]
        return [harness.json.loads(line) for line in whole.splitlines() if f'"event":"{name}"' in line]

    def await_event(self, name, seconds=60):
        return harness.wait_until(lambda: self.events(name), seconds)[-1]

    def hang_up(self, name, seconds=60):
        """Asks for an upgrade; the event `name` that comes of it."""
        before = len(self.events(name))
        os.kill(self.monitor, signal.SIGHUP)
        return harness.wait_until(lambda: (found := self.events(name))[before:] and found[-1], seconds)

    def hang_up_and_go_on(self):
        """The kernel makes one of two signals that nobody has taken yet."""
        os.kill(self.monitor, signal.SIGHUP)
        time.sleep(0.1)

    def pids(self):
        """Names and process ids of the monitor's children, as often as there are such."""
        found = []
        for pid in pathlib.Path(f"/proc/{self.monitor}/task/{self.monitor}/children").read_text().split():
            with contextlib.suppress(OSError):
                found.append((pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().partition(": ")[2], int(pid)))
        return sorted(found)

    @contextlib.contextmanager
    def load(self):
        """Clients at work, none of whose requests may fail."""
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        clients = [Client(self.server, token, keeps) for keeps in (True, False)]
        for client in clients:
            client.start()
        try:
            yield clients
        finally:
            for client in clients:
                client.ended.set()
                client.join(30)
        self.assertEqual([f for client in clients for f in client.failures], [])
        self.assertGreater(min(client.n for client in clients), 5)

    def columns(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.server.directory}/test.db?mode=ro", uri=True)) as db:
            return [row[1] for row in db.execute("PRAGMA table_info(items)")]

    def write(self, token):
        return self.server.request("POST", "/api/items", ITEM, token=token).status

    def lifetime(self):
        name = "demo-editor"
        reply = self.server.request("POST", "/token", form={
            "grant_type": "password", "username": name, "password": self.server.users[name]})
        self.assertEqual(reply.status, 200, reply)
        return reply.json["expires_in"]

    def children(self):
        """Name and inode of the program of each child, as the system has them."""
        found = {}
        for pid in pathlib.Path(f"/proc/{self.monitor}/task/{self.monitor}/children").read_text().split():
            try:
                name = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().partition(": ")[2]
                found.setdefault(name, set()).add(os.stat(f"/proc/{pid}/exe").st_ino)
            except OSError:
                pass
        return found

    def refused(self, words):
        """An upgrade that must be refused with a line that has `words`; the server goes on as it was."""
        before = self.lifetime(), self.children()
        self.hang_up("reload.refused")
        findings = [line["why"] for line in self.events("reload.finding")]
        self.assertTrue(any(words in why for why in findings), findings)
        self.assertEqual((self.lifetime(), self.children()), before)
        self.assertEqual(self.events("reload.begun"), [])

    # ---- what is taken ----

    def test_twenty_upgrades_under_load_lose_no_request(self):
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        clients = [Client(self.server, token, keeps) for keeps in (True, True, False)]
        for client in clients:
            client.start()
        for i in range(UPGRADES):
            self.install(harness.BIN / "coffer")
            self.set(601 + i)
            self.hang_up("reload.done")
            self.assertEqual(self.lifetime(), 601 + i)
        for client in clients:
            client.ended.set()
            client.join(30)
        self.assertEqual([f for client in clients for f in client.failures], [])
        self.assertEqual(self.server.process.pid, self.monitor)
        ids = [i for client in clients for i in client.ids]
        self.assertGreater(min(client.n for client in clients), UPGRADES)
        self.assertEqual(len(set(ids)), len(ids))
        with sqlite3.connect(f"file:{self.server.directory}/test.db?mode=ro", uri=True) as db:
            there = {row[0] for row in db.execute("SELECT id FROM items")}
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        db.close()
        self.assertEqual(set(ids) - there, set())
        print(f"# {sum(client.n for client in clients)} requests, {len(ids)} of them writes, in {UPGRADES} upgrades")

    def test_the_new_program_runs_and_the_old_ends(self):
        old = os.stat(self.program).st_ino
        self.assertEqual(self.children(), {"keeper": {old}, "store": {old}, "jobs": {old}, "worker 0": {old}, "worker 1": {old}})
        self.install(harness.BIN / "coffer")
        new = os.stat(self.program).st_ino
        self.assertNotEqual(old, new)
        self.hang_up("reload.done")
        deadline = time.monotonic() + 60
        expected = {"keeper": {new}, "store": {new}, "jobs": {new}, "worker 0": {new}, "worker 1": {new}}
        while self.children() != expected and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.children(), expected)

    def test_a_child_that_dies_later_comes_again_from_the_new_program(self):
        self.install(harness.BIN / "coffer")
        new = os.stat(self.program).st_ino
        self.hang_up("reload.done")
        self.server.crashes = True
        ready = len(self.events("child.ready"))
        pid = [line for line in self.events("child.ready") if line["child"] == "worker 1"][-1]["pid"]
        os.unlink(self.program)
        os.kill(pid, signal.SIGKILL)
        harness.wait_until(lambda: len(self.events("child.ready")) > ready)
        self.assertIn(new, self.children()["worker 1"])

    def test_an_idle_connection_of_before_reads_and_writes_once_more(self):
        self.set(600, IDLE_TIMEOUT="10s")
        self.hang_up("reload.done")
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        for method, path, body, status in (("GET", "/api/items", None, 200), ("POST", "/api/items", ITEM, 201)):
            idle = Client(self.server, token, True)
            self.assertEqual(idle.ask("GET", "/api/items")[0], 200)
            self.hang_up("reload.done")
            got, text = idle.ask(method, path, harness.json.dumps(body) if body else None)
            self.assertEqual(got, status, text)
            self.assertIsNone(idle.connection, "the answer says that it is the last")

    def test_files_of_secrets_are_read_again(self):
        """A token is good across upgrades, until its key is not there any more."""
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        for status in (200, 401):
            self.hang_up("reload.done")
            self.assertEqual(self.server.request("GET", "/api/items", token=token).status, status)
            self.give_key()

    def test_the_end_does_not_wait_for_idle_connections_of_before(self):
        self.set(600, IDLE_TIMEOUT="60s")
        self.hang_up("reload.done")
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        idle = Client(self.server, token, True)
        self.assertEqual(idle.ask("GET", "/api/items")[0], 200)
        self.hang_up("reload.done")
        begin = time.monotonic()
        self.assertEqual(self.server.end(), 0)
        self.assertLess(time.monotonic() - begin, 25)
        idle.close()

    # ---- migrations ----

    def test_a_migration_comes_with_an_upgrade(self):
        self.install(harness.BIN / "coffer_next")
        with self.load():
            self.hang_up("reload.refused")
            findings = [line["why"] for line in self.events("reload.finding")]
            self.assertEqual(len(findings), 1, findings)
            self.assertRegex(findings[0], r"not up to date \(%d of %d migrations\).*set MIGRATE=yes$" % (harness.MIGRATIONS, harness.MIGRATIONS + 1))
            self.assertEqual(self.events("reload.begun"), [])
            self.assertNotIn("weight", self.columns())
            self.set(600, MIGRATE="yes")
            self.hang_up("reload.done")
            self.assertIn("weight", self.columns())
        self.install(harness.BIN / "coffer")  # and no way back
        harness.wait_until(lambda: len(self.pids()) == 5, 60)
        self.hang_up("reload.refused")
        self.assertRegex(self.events("reload.finding")[-1]["why"], "9001_weights, which this program does not know")

    def test_who_is_replaced_after_a_migration_of_an_upgrade_that_failed(self):
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        self.install(harness.BIN / "coffer_next")
        self.set(600, MIGRATE="yes")
        self.does("worker 0 crash")
        self.server.crashes = True
        before = self.pids()
        self.hang_up("reload.failed")
        self.assertIn("weight", self.columns())
        harness.wait_until(lambda: self.pids() == before, 60)
        for name, pid in before:
            os.kill(pid, signal.SIGKILL)
            harness.wait_until(lambda name=name, pid=pid: dict(self.pids()).get(name, pid) != pid, 60)
        harness.wait_until(lambda: self.write(token) == 201, 60)
        self.does()
        self.hang_up("reload.done")
        self.assertEqual(self.write(token), 201)

    # ---- what goes wrong later ----

    def test_a_program_that_crashes_when_it_is_ready(self):
        self.install(harness.BIN / "coffer_next")
        self.set(600, MIGRATE="yes")
        self.server.crashes = True
        before = self.pids()
        for role in ("worker 0", "store"):
            with self.subTest(role):
                self.does(f"{role} crash")
                self.hang_up("reload.failed")
                harness.wait_until(lambda: self.pids() == before, 60)
                self.assertEqual(self.lifetime(), 600)
        self.assertEqual(self.events("reload.done"), [])

    def test_a_program_that_hangs(self):
        """It has ten seconds, in which the server works, and another HUP waits."""
        self.install(harness.BIN / "coffer_next")
        self.set(600, MIGRATE="yes")
        self.does("probe hang")
        with self.load():
            begin = time.monotonic()
            self.hang_up_and_go_on()
            probe = dict(harness.wait_until(lambda: "probe" in dict(self.pids()) and self.pids()))["probe"]
            harness.wait_until(lambda: pathlib.Path(f"/proc/{probe}/comm").read_text() == "hangs\n")
            self.does()
            self.hang_up_and_go_on()
            self.hang_up_and_go_on()
            self.await_event("reload.refused")
            self.assertTrue(9.5 < time.monotonic() - begin < 25)
            self.assertIn("the program at our path did not answer in time", [line["why"] for line in self.events("reload.finding")])
            self.await_event("reload.done")
        self.assertNotIn(("probe", probe), self.pids())
        harness.wait_until(lambda: len(self.pids()) == 5, 60)
        self.assertEqual((len(self.events("reload.refused")), len(self.events("reload.done"))), (1, 1))

    def test_the_end_comes_while_an_upgrade_is_under_way(self):
        for orders in ("probe hang", "worker 0 hang"):
            with self.subTest(orders):
                if self.server.process is None:
                    self.server.start()
                    self.monitor = self.server.process.pid
                self.install(harness.BIN / "coffer_next")
                self.set(600, MIGRATE="yes", DRAIN_TIMEOUT="2s")
                self.does(orders)
                self.hang_up_and_go_on()
                harness.wait_until(lambda n=6 if "worker" in orders else 5: len(self.pids()) >= n)
                pids = self.pids()
                begin = time.monotonic()
                self.assertEqual(self.server.end(), 0)
                self.assertLess(time.monotonic() - begin, 25)
                harness.wait_until(lambda pids=pids: not any(pathlib.Path(f"/proc/{pid}").exists() for _, pid in pids))
                self.install(harness.BIN / "coffer")

    def test_the_store_dies_while_old_workers_still_write(self):
        self.set(600, IDLE_TIMEOUT="10s")
        self.hang_up("reload.done")
        harness.wait_until(lambda: len(self.pids()) == 5, 60)
        token = self.server.token("demo-editor", self.server.users["demo-editor"])
        idle = Client(self.server, token, True)
        self.assertEqual(idle.ask("GET", "/api/items")[0], 200)
        store = dict(self.pids())["store"]
        self.hang_up("reload.done")
        stores = sum(line["child"] == "store" for line in self.events("child.ready"))
        self.server.crashes = True
        os.kill(store, signal.SIGKILL)
        harness.wait_until(lambda: sum(line["child"] == "store" for line in self.events("child.ready")) > stores)
        status, text = idle.ask("POST", "/api/items", harness.json.dumps(ITEM))
        self.assertEqual(status, 201, text)
        self.assertEqual(self.write(token), 201)
        harness.wait_until(lambda: len(self.pids()) == 5, 20)  # the old ones end as they would have

    # ---- what is refused ----

    def test_a_file_that_is_no_program(self):
        fresh = self.program.with_suffix(".new")
        fresh.write_bytes(b"\x7fELF, but no more of it")
        fresh.chmod(0o755)
        os.replace(fresh, self.program)
        self.refused("cannot be started")

    def test_a_program_of_another_kind(self):
        self.install("/bin/true")
        self.refused("cannot take over")

    def test_a_program_that_may_not_be_executed(self):
        self.program.chmod(0o644)
        self.refused("not a file that may be executed")

    def test_a_program_that_is_gone(self):
        os.unlink(self.program)
        self.refused("No such file")

    def test_a_program_that_does_not_answer(self):
        fresh = self.program.with_suffix(".new")
        fresh.write_text("#!/bin/sh\nexec sleep 100\n", encoding="utf-8")
        fresh.chmod(0o755)
        os.replace(fresh, self.program)
        self.refused("cannot")

    def test_settings_that_are_wrong(self):
        self.set("soon")
        self.refused("ACCESS_TOKEN_SECONDS")
        self.set(600, NONSENSE=1)
        self.refused("NONSENSE")
        os.unlink(self.env_file)
        self.refused("does not exist")

    def test_what_cannot_change(self):
        for name, value in (("LISTEN", "127.0.0.1:1"), ("WORKERS", 3), ("LOG", "stderr"), ("USER", "daemon")):
            with self.subTest(name):
                self.set(600, **{name: value})
                self.refused(f"{name} was '{self.pinned.get(name, 'nobody')}' at the start and is another now, which needs a restart")

    def test_an_upgrade_that_was_refused_can_be_tried_again(self):
        self.set("soon")
        self.refused("ACCESS_TOKEN_SECONDS")
        self.set(900)
        self.hang_up("reload.done")
        self.assertEqual(self.lifetime(), 900)


if __name__ == "__main__":
    unittest.main()
