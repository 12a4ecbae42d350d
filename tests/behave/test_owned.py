"""What belongs to somebody: the walls around it on PostgreSQL, and what `check` says when one of them is missing."""

import os
import re
import unittest

os.environ["DEWAR_DATABASE"] = "pg"

import harness  # noqa: E402

ITEM = {"name": "A lamp", "description": "It stands on the desk"}
BY_ME = "owner::text = current_setting('dewar.me', true)"


class Walls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = harness.cluster()
        cls.server = harness.coffer().start()
        cls.tokens = {name: cls.server.token(name, word) for name, word in cls.server.users.items()}

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def post(self, name):
        reply = self.server.request("POST", "/api/items", ITEM, token=self.tokens[name])
        self.assertEqual(reply.status, 201, reply)
        return f"/api/items/{reply.json['id']}"

    def status(self, method, path, name, body=None):
        return self.server.request(method, path, body, token=self.tokens[name]).status

    def test_one_sees_ones_own_and_an_admin_what_has_a_reason(self):
        path = self.post("demo-editor")
        self.assertEqual([self.status("GET", path, name) for name in ("demo-editor", "demo-viewer", "demo-admin")], [200, 404, 200])
        self.assertEqual([self.status("PATCH", path, name, {"name": "A table"}) for name in ("demo-viewer", "demo-admin", "demo-editor")],
                         [404, 404, 200])
        self.assertEqual(len(self.server.request("GET", "/api/items", token=self.tokens["demo-viewer"]).json["items"]), 0)
        self.assertEqual([self.status("DELETE", path, name) for name in ("demo-viewer", "demo-admin")], [404, 204])

    def as_keeper(self, me, sql):
        """What a statement gives that forgets whose rows it may see."""
        setting = f"SET dewar.me = '{me}'; " if me is not None else ""
        return self.cluster.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.cluster.directory, "-U", "keeper",
                                "-d", self.server.database, "-c", setting + sql).strip()

    def test_a_statement_that_forgets_sees_only_what_is_the_callers(self):
        self.post("demo-editor")
        owner = self.cluster.sql("SELECT min(owner) FROM items", self.server.database)
        count = "SELECT count(*) FROM items"
        self.assertEqual([self.as_keeper(me, count) for me in (None, "", "999999")], ["0", "0", "0"])
        self.assertNotEqual(self.as_keeper(owner, count), "0")
        self.assertNotEqual(self.as_keeper("*", count), "0")
        self.assertEqual(self.as_keeper("999999", "WITH gone AS (DELETE FROM items RETURNING 1) SELECT count(*) FROM gone"), "0")
        with self.assertRaisesRegex(AssertionError, "row-level security"):
            self.as_keeper("999999", f"INSERT INTO items (owner, name, description, created_at, updated_at) VALUES ({owner}, 'a', 'b', '', '')")

    def test_a_setting_does_not_outlive_its_transaction(self):
        for _ in range(3):
            self.assertEqual(self.status("GET", "/api/items/1", "demo-admin"), self.status("GET", "/api/items/1", "demo-admin"))
        self.assertEqual(len(self.server.request("GET", "/api/items", token=self.tokens["demo-viewer"]).json["items"]), 0)


class Said(unittest.TestCase):
    def said(self, cluster, seen):
        """What dewar.me was set to since the log was `seen` bytes long, in order."""
        text = (cluster.directory / "log").read_text()[seen:]
        return re.findall(r"set_config\('dewar.me', \$1, true\)\n.*parameters: \$1 = '([^']*)'", text)

    def test_each_transaction_says_who_asks(self):
        cluster, server = harness.cluster(), harness.coffer()
        server.change(f"ALTER DATABASE {server.database} SET log_statement = 'all'")
        with server:
            token = {name: server.token(name, server.users[name]) for name in ("demo-editor", "demo-admin")}
            ids = dict(line.split("|") for line in cluster.sql("SELECT username, id FROM users", server.database).splitlines())
            seen = len((cluster.directory / "log").read_text())
            self.assertEqual(server.request("POST", "/api/items", ITEM, token=token["demo-editor"]).status, 201)
            self.assertEqual(server.request("GET", "/api/items", token=token["demo-admin"]).status, 200)
            self.assertEqual(server.request("DELETE", "/api/items/1", token=token["demo-admin"]).status, 204)
            self.assertEqual(self.said(cluster, seen), [ids["demo-editor"], ids["demo-admin"], "*"])


class Checked(unittest.TestCase):
    def test_each_missing_wall_is_a_line(self):
        cluster, server = harness.cluster(), harness.Server("coffer")
        server.command("migrate")
        for change, words in (
                ("SELECT 1", None),
                ("ALTER TABLE items DISABLE ROW LEVEL SECURITY", "row-level security is not on"),
                ("ALTER TABLE items NO FORCE ROW LEVEL SECURITY", "row-level security is not on"),
                ("DROP POLICY items_owned ON items", "it has no policy for all commands that asks for dewar.me"),
                ("CREATE POLICY wide ON items FOR SELECT USING (true)", "a permissive policy that does not ask for dewar.me"),
                (f"CREATE POLICY wide ON items FOR INSERT WITH CHECK ({BY_ME})", None),
                ("CREATE POLICY narrow ON items AS RESTRICTIVE USING (version > 0)", None),
                ("ALTER TABLE items ALTER COLUMN owner TYPE numeric", "cannot alter type"),
                ("ALTER TABLE items RENAME COLUMN owner TO whose", "there is no such column"),
                ("CREATE VIEW everything AS SELECT * FROM items", None),
                ("ALTER TABLE users RENAME TO kept; CREATE VIEW users AS SELECT kept.* FROM kept LEFT JOIN items ON false",
                 "uses `items` through `users`")):
            with self.subTest(change=change):
                cluster.sql(f"CREATE DATABASE changed TEMPLATE {server.database} OWNER keeper")
                try:
                    self.see(cluster, server, change, words)
                finally:
                    cluster.sql("DROP DATABASE changed")

    def see(self, cluster, server, change, words):
        try:
            cluster.sql(change, "changed")
        except AssertionError as refused:
            self.assertIn(words or "?", str(refused))
            return
        cluster.sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO keeper", "changed")
        env = {**server.env, "COFFER_DATABASE_URL": cluster.url("changed")}
        status, said, _ = harness.run("coffer", "check", env=env, cwd=server.directory)
        self.assertEqual(status, 78 if words else 0, said)
        self.assertIn(words or "", said)

    def test_a_role_that_no_policy_holds_is_refused(self):
        cluster, server = harness.cluster(), harness.Server("coffer")
        server.command("migrate")
        env = {**server.env, "COFFER_DATABASE_URL": cluster.url(server.database, "owner")}
        status, said, _ = harness.run("coffer", "check", env=env, cwd=server.directory)
        self.assertEqual(status, 78, said)
        self.assertIn("is a superuser or has BYPASSRLS", said)
        status, _, said = harness.run("coffer", "serve", env=env, cwd=server.directory)
        self.assertEqual(status, 78, said)
        self.assertIn("is a superuser or has BYPASSRLS", said)


if __name__ == "__main__":
    unittest.main()
