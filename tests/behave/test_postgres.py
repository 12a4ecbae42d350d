"""Coffer on PostgreSQL when things go wrong: backends that are killed, a server that is killed under load, statements that take too long."""

import concurrent.futures
import contextlib
import json
import os
import threading
import time
import unittest

os.environ["DEWAR_DATABASE"] = "pg"

import harness  # noqa: E402
from runner import postgres  # noqa: E402

ITEM = {"name": "A lamp", "description": "It stands on the desk"}
POOL = 2


class Coffer(unittest.TestCase):
    """Coffer with two workers on a database of its own."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = harness.cluster()
        cls.server = harness.coffer(DATABASE_POOL=POOL).start()
        ready = {"worker 0", "worker 1"}  # one that looks at its statements would wait for a table that a test locks
        harness.wait_until(lambda: {line["child"] for line in cls.server.log() if line["event"] == "child.ready"} >= ready)
        cls.editor = cls.server.token("demo-editor", cls.server.users["demo-editor"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def sql(self, text):
        return self.cluster.sql(text, self.server.database)

    def backends(self):
        """Connections of the workers."""
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dewar'"))

    def post(self, name=ITEM["name"]):
        return self.server.request("POST", "/api/items", {**ITEM, "name": name}, token=self.editor)

    def get(self):
        return self.server.request("GET", "/api/items?limit=1", token=self.editor)

    def ready(self):
        return self.server.admin("GET", "/readyz").status

    def assert_away(self, reply):
        self.assertEqual((reply.status, reply.headers.get("retry-after")), (503, "1"), reply)
        self.assertNotIn(b"postgres", reply.body.lower())


class Statements(Coffer):
    def test_a_connection_serves_one_statement_after_the_other(self):
        """Workers have few, and keep them: `backend_start` is when each was made."""
        made = "SELECT max(backend_start) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dewar'"
        for _ in range(30):  # so that each worker has one of each kind
            self.assertEqual((self.post().status, self.get().status), (201, 200))
        newest = self.sql(made)
        for _ in range(10):
            self.assertEqual((self.post().status, self.get().status), (201, 200))
        self.assertEqual(self.sql(made), newest)

    def test_a_get_cannot_write_whatever_its_statement_does(self):
        self.sql("""SET ROLE keeper; CREATE TABLE touched (at timestamptz DEFAULT now());
                    CREATE FUNCTION touch() RETURNS integer LANGUAGE sql VOLATILE AS 'INSERT INTO touched DEFAULT VALUES; SELECT 0';
                    ALTER TABLE users RENAME TO users_kept;
                    CREATE VIEW users AS SELECT id, uid, username, email, password_hash, roles, touch() AS disabled, created_at FROM users_kept""")
        try:
            read = self.get()
            self.assertEqual((read.status, self.sql("SELECT count(*) FROM touched")), (500, "0"), read)
            self.server.wait_for_log(lambda line: line["event"] == "sql.failed" and "25006" in line["why"])
            self.assertEqual(self.post().status, 201)
            self.assertNotEqual(self.sql("SELECT count(*) FROM touched"), "0")
        finally:
            self.sql("DROP VIEW users; ALTER TABLE users_kept RENAME TO users")

    def test_a_table_that_changes_under_a_running_server(self):
        self.assertEqual(self.get().status, 200)
        self.sql("ALTER TABLE items ALTER COLUMN version TYPE integer")
        made = self.post()
        self.assertEqual(made.status, 201, made)
        self.assertEqual(self.server.request("GET", made.headers["location"], token=self.editor).status, 200)
        self.sql("ALTER TABLE items ALTER COLUMN version TYPE bigint")

    def test_a_row_that_does_not_fit_leaves_nothing_behind(self):
        self.sql("ALTER TABLE users ALTER COLUMN email DROP NOT NULL; CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS"
                 " 'BEGIN NEW.email = NULL; RETURN NEW; END'; CREATE TRIGGER lose BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION lose()")
        try:
            reply = self.server.request("POST", "/api/users", {"username": "lost", "email": "a@example.com", "password": "correct horse battery"})
            self.assertEqual(reply.status, 500, reply)
            time.sleep(0.3)
            self.assertEqual(self.sql("SELECT count(*) FROM users WHERE username = 'lost'"), "0")
            self.server.wait_for_log(lambda line: line["event"] == "sql.failed" and "email is NULL" in line["why"])
        finally:
            self.sql("DROP TRIGGER lose ON users; DROP FUNCTION lose")


class Deadlines(Coffer):
    @contextlib.contextmanager
    def locked(self, seconds=30):
        """The table of items, where nothing can be written or read meanwhile."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            holder = pool.submit(self.sql, f"BEGIN; LOCK TABLE items; SELECT pg_sleep({seconds}) /* holder */")
            harness.wait_until(lambda: self.holders() == 1)
            try:
                yield
            finally:
                self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%/* holder */' AND pid <> pg_backend_pid()")
                holder.exception()

    def holders(self):
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%/* holder */' AND wait_event = 'PgSleep'"))

    def waiting(self):
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'dewar'"))

    def test_a_statement_that_takes_too_long_is_stopped_and_said_so(self):
        with self.locked():
            begin = time.monotonic()
            reply = self.post("Too late")
            took = time.monotonic() - begin
            self.assertEqual(reply.status, 503, reply)
            self.assertLess(took, 20)
            self.assertEqual(self.waiting(), 0)
        self.assertEqual(self.sql("SELECT count(*) FROM items WHERE name = 'Too late'"), "0")

    def test_a_statement_stops_when_its_client_leaves(self):
        body = json.dumps({**ITEM, "name": "Nobody waits"}).encode()
        head = (f"POST /api/items HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.editor}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        with self.locked():
            with self.server.connect() as s:
                s.sendall(head + body)
                harness.wait_until(lambda: self.waiting() == 1)
            harness.wait_until(lambda: self.waiting() == 0, 4.5)
        time.sleep(0.3)
        self.assertEqual(self.sql("SELECT count(*) FROM items WHERE name = 'Nobody waits'"), "0")
        self.assertEqual(self.post().status, 201)

    def test_who_waits_for_a_connection_waits_for_a_bounded_time(self):
        with self.locked(), concurrent.futures.ThreadPoolExecutor(24) as pool:
            begin = time.monotonic()
            replies = list(pool.map(lambda _: self.post(), range(24)))
            self.assertLess(time.monotonic() - begin, 25)
            for reply in replies:
                self.assert_away(reply)
        self.assertTrue(any("no connection was free" in line.get("why", "") for line in self.server.log()))
        self.assertLessEqual(self.backends(), 2 * 2 * POOL)
        self.assertEqual(self.post().status, 201)


class Failures(Coffer):
    def test_backends_that_are_ended_cost_no_read(self):
        harness.wait_until(lambda: {self.get().status for _ in range(8)} == {200})  # of both workers, whatever a test before this did
        for _ in range(5):
            self.assertEqual([self.get().status for _ in range(4)], [200] * 4)
            self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dewar'")
            self.assertEqual(self.get().status, 200)
        harness.wait_until(lambda: self.post().status == 201)
        self.assertLessEqual(self.backends(), 2 * 2 * POOL)

    def test_a_server_that_is_killed_in_the_middle_of_a_load(self):
        acknowledged, others, stop = [], [], threading.Event()

        def write():
            while not stop.is_set():
                reply = self.post()
                if reply.status == 201:
                    acknowledged.append(reply.json["id"])
                else:
                    others.append(reply)

        before = {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in self.server.children().items()}
        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                so_far = len(acknowledged)
                harness.wait_until(lambda so_far=so_far: len(acknowledged) > so_far + 20)
                self.cluster.kill()
                harness.wait_until(lambda: self.ready() == 503)
                harness.wait_until(lambda: others and others[-1].status == 503)
                begin = time.monotonic()
                self.assert_away(self.get())
                self.assertLess(time.monotonic() - begin, 10)
                self.cluster.start()
                harness.wait_until(lambda: self.ready() == 200)
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
            if self.cluster.process is None:
                self.cluster.start()
        for reply in others:
            self.assert_away(reply)
        self.assertEqual([line for line in self.server.log() if line["event"] == "child.died"], [])
        kept = set(map(int, self.sql("SELECT id FROM items").split()))
        self.assertGreater(len(acknowledged), 40)
        self.assertEqual(set(acknowledged) - kept, set())
        self.assertEqual(len(set(acknowledged)), len(acknowledged))
        self.assertLessEqual(self.backends(), 2 * 2 * POOL)
        for name, pid in self.server.children().items():
            self.assertLessEqual(len(os.listdir(f"/proc/{pid}/fd")), before[name] + 2 * POOL + 4, name)
        self.server.wait_for_log(lambda line: line["event"] == "database.away")
        self.server.wait_for_log(lambda line: line["event"] == "database.back")

    def test_a_server_that_is_away_at_the_start(self):
        other = postgres.Cluster().start()
        try:
            other.sql("CREATE DATABASE late OWNER keeper")
            with contextlib.closing(Late(other)) as late:
                other.stop()
                late.begin()
                harness.wait_until(lambda: late.status("/readyz") == 503)
                self.assert_away(late.server.request("POST", "/token", form={"grant_type": "password", "username": "a", "password": "b"}))
                other.start()
                harness.wait_until(lambda: late.status("/readyz") == 200)
        finally:
            other.remove()


class Late:
    """A Coffer that is started while its PostgreSQL is away."""

    def __init__(self, cluster):
        self.server = harness.Server("coffer", {"DATABASE_URL": cluster.url("late"), "WORKERS": "1"}, prepare=(("migrate",),))

    def begin(self):
        with contextlib.suppress(AssertionError):
            harness.START_SECONDS, kept = 1, harness.START_SECONDS
            try:
                self.server.start()
            finally:
                harness.START_SECONDS = kept

    def status(self, path):
        with contextlib.suppress(OSError):
            return self.server.admin("GET", path).status
        return None

    def close(self):
        self.server.stop()


class Commands(unittest.TestCase):
    """What is found before a request could trip over it."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = harness.cluster()

    def make(self, **settings):
        return harness.Server("coffer", settings)

    def run_in(self, server, *words, **more):
        return harness.run("coffer", *words, env={**server.env, **more}, cwd=server.directory)

    def test_check_before_and_after_migrate(self):
        server = self.make()
        for _ in range(2):
            status, said, _ = self.run_in(server, "check")
            self.assertEqual(status, 0, said)
            self.assertIn(f"prepared against {harness.MIGRATIONS} migrations", said)
            server.command("migrate")
        self.assertIn(f"{harness.MIGRATIONS} of {harness.MIGRATIONS}", server.command("migrate", "--status"))

    def test_check_finds_what_a_request_would(self):
        server = self.make()
        server.command("migrate")
        for change, words in (("ALTER TABLE items RENAME COLUMN description TO words", "description"),
                              ("ALTER TABLE items ALTER COLUMN name TYPE bytea USING name::bytea", "item_by_id"),
                              ("ALTER TABLE items ALTER COLUMN version TYPE numeric",
                               "column `version` has a type that its field in item_version cannot take; it wants bigint, integer or smallint, so cast it")):
            with self.subTest(change=change):
                self.cluster.sql(f"CREATE DATABASE changed TEMPLATE {server.database} OWNER keeper")
                self.cluster.sql(change, "changed")
                status, said, _ = self.run_in(server, "check", COFFER_DATABASE_URL=self.cluster.url("changed"))
                self.assertNotEqual(status, 0)
                self.assertIn(words, said)
                self.cluster.sql("DROP DATABASE changed")

    def test_a_migration_that_was_changed_or_is_of_another_version_stops_everything(self):
        server = self.make()
        server.command("migrate")
        self.cluster.sql("UPDATE dw_migrations SET digest = 'x' WHERE number = 2", server.database)
        self.assertIn("was changed after it had been applied", self.run_in(server, "migrate")[2])
        self.cluster.sql("DELETE FROM dw_migrations; ", server.database)
        self.assertIn("already exists", self.run_in(server, "migrate")[2])
        self.cluster.sql("INSERT INTO dw_migrations VALUES (7, 'later', 'x', 'then')", server.database)
        self.assertIn("migration 0001_users is new but stands before 0007_later", self.run_in(server, "serve", COFFER_MIGRATE="yes")[2])

    def test_serve_wants_a_migrated_database_or_migrates_it(self):
        server = self.make()
        status, _, said = self.run_in(server, "serve")
        self.assertEqual(status, 78)
        self.assertIn(f"0 of {harness.MIGRATIONS} migrations", said)
        server.env["COFFER_MIGRATE"] = "yes"
        with server:
            self.assertEqual(server.admin("GET", "/readyz").status, 200)

    def test_many_migrate_at_once(self):
        server = self.make()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: self.run_in(server, "migrate"), range(4)))
        self.assertIn(0, [status for status, _, _ in done], done)
        for status, _, said in done:
            self.assertIn("another process is migrating this database" if status else "", said)
        self.assertEqual(self.run_in(server, "db", "check")[0], 0)

    def test_the_password(self):
        server = self.make()
        self.cluster.sql(f"DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN PASSWORD '{postgres.PASSWORD}'; ALTER DATABASE {server.database} OWNER TO app;")
        self.cluster.sql("ALTER SCHEMA public OWNER TO app", server.database)
        url = self.cluster.url(server.database, "app")
        server.env["COFFER_DATABASE_URL"] = url
        for password in (None, "wrong"):
            status, _, said = self.run_in(server, "serve", **({"COFFER_DATABASE_PASSWORD": password} if password else {}))
            self.assertEqual(status, 78, said)
            self.assertIn("PostgreSQL cannot be used", said)
        status, said, _ = self.run_in(server, "check", PGPASSWORD=postgres.PASSWORD)
        self.assertNotEqual(status, 0, "libpq's variables are obeyed")
        server.env["COFFER_DATABASE_PASSWORD"] = postgres.PASSWORD
        server.command("migrate")
        with server:
            self.assertEqual(server.admin("GET", "/readyz").status, 200)
            for pid in server.children().values():
                with open(f"/proc/{pid}/cmdline", "rb") as line:
                    self.assertNotIn(postgres.PASSWORD.encode(), line.read())
        self.assertNotIn(postgres.PASSWORD, server.log_path.read_text() if server.log_path.exists() else "")

    def test_a_url_that_cannot_be_right_is_one_line(self):
        server = self.make()
        for url, words in (("postgresql://owner:hunter2@/db", "password in it"), ("postgresql:///db", "names no user"),
                           ("postgresql://owner@/", "names no database"), ("postgresql://owner@h1,h2/db", "several hosts"),
                           ("postgresql://owner@db.example/db?sslmode=require", "does not check who answers"),
                           ("postgresql://owner@/db?options=-cx", "not known here"), ("postgresql://[/db", "cannot be read"),
                           ("mysql://x", "not a database that this version knows")):
            with self.subTest(url=url):
                status, _, said = self.run_in(server, "check", COFFER_DATABASE_URL=url)
                self.assertEqual((status, len(said.splitlines())), (78, 1), said)
                self.assertIn(words, said)
                self.assertNotIn("hunter2", said)


if __name__ == "__main__":
    unittest.main()
