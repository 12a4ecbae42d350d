"""Looking after the database: `db status`, `db up`, `db backup`, `db check`, beside a server and against another of themselves."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import threading
import unittest

import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}
ALL = harness.MIGRATIONS


def run_in(server, *words):
    return harness.run("coffer", *words, env=server.env, cwd=server.directory)


def begin(server, *words):
    """A command that is under way."""
    return subprocess.Popen([str(harness.BIN / "coffer"), *words], env=server.env, cwd=server.directory, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Commands:
    """On either database."""

    def test_status_and_up(self):
        server = self.make()
        status, said, _ = run_in(server, "db", "status")
        self.assertEqual((status, said.splitlines()[0], said.splitlines()[-1]), (1, "0001_users: missing", f"0 of {ALL} migrations applied"))
        status, said, err = run_in(server, "db", "up", "--dry-run")
        self.assertEqual(status, 0, err)
        self.assertIn("0001_users: would be applied\n", said)
        self.assertIn(f"{ALL} migrations would be applied, and all", said)
        self.assertEqual(run_in(server, "db", "status")[0], 1, "a rehearsal changes nothing")
        self.assertEqual(run_in(server, "db", "up")[:2], (0, f"{ALL} migrations applied, {ALL} in all\n"))
        status, said, _ = run_in(server, "db", "status")
        self.assertEqual((status, said.splitlines()[0]), (0, "0001_users: applied"))
        self.assertIn("\n0 migrations would be applied", "\n" + run_in(server, "db", "up", "--dry-run")[1])
        self.assertEqual(run_in(server, "db", "check")[0], 0)

    def test_a_past_file_that_changed_stops_everything(self):
        server = self.make()
        server.command("db", "up")
        server.change("UPDATE dw_migrations SET digest = 'x' WHERE number = 2")
        for words in (("db", "status"), ("db", "up"), ("db", "up", "--dry-run"), ("db", "check"), ("migrate",)):
            with self.subTest(words=words):
                status, _, said = run_in(server, *words)
                self.assertEqual(status, 1, said)
                self.assertIn("migration 0002_items was changed after it had been applied; put it back and write a new one", said)

    def test_usage(self):
        server = self.make()
        for words in ((), ("backup",), ("backup", "--force"), ("backup", ""), ("up", "--dry"), ("status", "x"), ("down",)):
            with self.subTest(words=words):
                status, _, said = run_in(server, "db", *words)
                self.assertEqual(status, 64, said)
                self.assertIn("usage: coffer db status | db up [--dry-run] | db backup FILE | db check", said)

    def test_check_finds_what_is_missing(self):
        server = self.make()
        self.assertEqual(run_in(server, "db", "check")[0], 1)
        server.command("db", "up")
        server.change("ALTER TABLE items RENAME COLUMN version TO edition")
        status, _, said = run_in(server, "db", "check")
        self.assertEqual(status, 1)
        self.assertIn("version", said)


class OnSqlite(Commands, unittest.TestCase):
    def make(self):
        server = harness.Server("coffer")
        self.addCleanup(shutil.rmtree, server.directory, ignore_errors=True)
        return server

    def test_two_at_once(self):
        server = self.make()
        path = server.directory / "test.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            os.chown(path, *os.stat(server.directory)[4:6])
            path.chmod(0o600)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE before (a)")
            for suffix in ("-wal", "-shm"):
                os.chown(f"{path}{suffix}", *os.stat(server.directory)[4:6])
            database.execute("BEGIN IMMEDIATE")
            first = begin(server, "db", "up")
            harness.wait_until(lambda: (server.directory / "test.db-lock").exists() and (server.directory / "test.db-lock").read_text() == str(first.pid))
            status, _, said = run_in(server, "db", "up")
            self.assertEqual(status, 1)
            self.assertIn(f"is open for writing in another process, {first.pid}; stop that one first", said)
            database.execute("ROLLBACK")
        out, err = first.communicate(timeout=60)
        self.assertEqual((first.returncode, out), (0, f"{ALL} migrations applied, {ALL} in all\n"), err)

    def test_a_rehearsal_leaves_nothing_and_needs_no_stop(self):
        with harness.coffer() as server:
            before = sorted(path.name for path in server.directory.iterdir())
            self.assertEqual(run_in(server, "db", "up", "--dry-run")[0], 0)
            self.assertEqual(sorted(path.name for path in server.directory.iterdir()), before)
            self.assertEqual(run_in(server, "db", "status")[0], 0)
            self.assertIn("is open for writing in another process", run_in(server, "db", "up")[2])

    def test_a_backup_under_writes(self):
        with harness.coffer() as server:
            token = server.token("demo-editor", server.users["demo-editor"])
            made, stop = [], threading.Event()

            def write():
                while not stop.is_set():
                    reply = server.request("POST", "/api/items", {**ITEM, "name": f"Item {len(made)}"}, token=token)
                    if reply.status == 201:
                        made.append(reply.json["id"])

            writer = threading.Thread(target=write)
            writer.start()
            try:
                for i in range(3):
                    harness.wait_until(lambda n=len(made) + 5: len(made) > n, 30)
                    known = list(made)
                    status, said, err = run_in(server, "db", "backup", f"copy{i}.db")
                    self.assertEqual(status, 0, err)
                    self.assertEqual(said, f"copy{i}.db: a copy of the database, whole and on disk\n")
                    self.see(server.directory / f"copy{i}.db", known)
            finally:
                stop.set()
                writer.join()
            self.assertEqual(run_in(server, "db", "check")[0], 0)
            status, _, said = run_in(server, "db", "backup", "copy0.db")
            self.assertEqual(status, 1)
            self.assertIn("copy0.db is there already, and is not overwritten", said)
            self.restore(server, server.directory / "copy2.db")

    def see(self, path, known):
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertFalse(pathlib.Path(f"{path}-wal").exists() or pathlib.Path(f"{path}.partial").exists())
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
            self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            there = {row[0] for row in copy.execute("SELECT id FROM items")}
        self.assertLessEqual(set(known), there, "what was acknowledged before is in it")

    def restore(self, server, copy):
        """A copy is a database."""
        server.env["COFFER_DATABASE_URL"] = f"sqlite:{copy}"
        self.assertEqual(run_in(server, "db", "check")[0], 0)
        self.assertEqual(run_in(server, "db", "up")[0], 0)

    def test_backups_that_cannot_be(self):
        server = self.make()
        self.assertIn("there is no database at", run_in(server, "db", "backup", "x.db")[2])
        server.command("db", "up")
        (server.directory / "x.db.partial").write_text("")
        self.assertIn("x.db.partial is there: another backup is under way, or one was cut short", run_in(server, "db", "backup", "x.db")[2])
        self.assertIn("No such file or directory", run_in(server, "db", "backup", "nowhere/x.db")[2])
        self.assertFalse((server.directory / "x.db").exists())

    def test_check_finds_damage(self):
        server = self.make()
        server.command("db", "up")
        server.command("seed")
        path = server.directory / "test.db"
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA foreign_keys=OFF")
            database.execute("INSERT INTO items (owner, name, description, created_at, updated_at) VALUES (99, 'a', 'b', '', '')")
            database.commit()
        status, _, said = run_in(server, "db", "check")
        self.assertEqual(status, 1)
        self.assertIn("foreign keys: row 1 of items points to a row of users that is not there", said)
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            root, size = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'items_by_owner_and_name'").fetchone()[0], 4096
        with path.open("r+b") as file:
            file.seek((root - 1) * size + size - 64)
            file.write(b"\xff" * 64)
        status, _, said = run_in(server, "db", "check")
        self.assertEqual(status, 1)
        self.assertIn("integrity: ", said)


class OnPostgres(Commands, unittest.TestCase):
    def setUp(self):
        os.environ["DEWAR_DATABASE"] = "pg"
        self.addCleanup(os.environ.pop, "DEWAR_DATABASE")

    def make(self):
        return harness.Server("coffer")

    def test_two_at_once(self):
        server = self.make()
        cluster = harness.cluster()
        server.change("CREATE TABLE dw_migrations (number integer PRIMARY KEY, name text NOT NULL, digest text NOT NULL, applied_at text NOT NULL);"
                      " ALTER TABLE dw_migrations OWNER TO keeper")
        holder = threading.Thread(target=self.hold, args=(cluster, server))
        holder.start()
        harness.wait_until(lambda: self.count(cluster, server, "query LIKE '%/* holder */' AND wait_event = 'PgSleep'") == 1)
        first = begin(server, "db", "up")
        harness.wait_until(lambda: self.count(cluster, server, "wait_event_type = 'Lock'") == 1, 20)
        status, _, said = run_in(server, "db", "up")
        self.assertEqual(status, 1)
        self.assertIn("another process is migrating this database; wait until that one is done", said)
        cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%/* holder */' AND pid <> pg_backend_pid()")
        holder.join()
        out, err = first.communicate(timeout=60)
        self.assertEqual((first.returncode, out), (0, f"{ALL} migrations applied, {ALL} in all\n"), err)

    def hold(self, cluster, server):
        with contextlib.suppress(AssertionError):
            cluster.sql("BEGIN; LOCK TABLE dw_migrations; SELECT pg_sleep(60) /* holder */", server.database)

    def count(self, cluster, server, where):
        return int(cluster.sql(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{server.database}' AND pid <> pg_backend_pid() AND {where}"))

    def test_backups_are_pg_dumps(self):
        server = self.make()
        status, _, said = run_in(server, "db", "backup", "x.dump")
        self.assertEqual(status, 64)
        self.assertIn(f"pg_dump --format=custom --file='x.dump' '{server.env['COFFER_DATABASE_URL']}'", said)
        self.assertEqual(len(said.splitlines()), 1)

    def test_check_finds_what_was_never_looked_at(self):
        server = self.make()
        server.command("db", "up")
        server.change("ALTER TABLE items ADD CONSTRAINT named CHECK (name <> '') NOT VALID")
        status, _, said = run_in(server, "db", "check")
        self.assertEqual(status, 1)
        self.assertIn("constraint named was never looked at; VALIDATE it", said)


if __name__ == "__main__":
    unittest.main()
