"""Documents in collections: docs/guide/documents.c, and an application that takes them apart, on both databases."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import sqlite3
import threading
import time
import unittest
import urllib.parse

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "tests/apps/papers"
# Each of them would be something in SQL, in JSON, in a path into JSON, in a URL or in a pattern.
ODD_IDS = ("it's", '"; DROP TABLE papers; --', "$.doc", "$", "a.b[0]", "%", "_", "x' OR '1'='1", "{}", "\\", "naïve ☂", "../../etc", "a b", ":me", "null", "id\"")


class Docs(unittest.TestCase):
    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("papers", {"WORKERS": "2"}, prepare=(("migrate",),), postgres=cls.POSTGRES).start()
        cls.ann, cls.ben = (cls.server.request("POST", "/enter", {"uid": uid}).json["access_token"] for uid in ("ann", "ben"))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    # ---- what it is asked with ----

    def ask(self, method, path, body=None, token=None, headers=None, **query):
        query = {key.rstrip("_"): value for key, value in query.items() if value is not None}
        return self.server.request(method, path + ("?" + urllib.parse.urlencode(query) if query else ""), body, headers, token=token or self.ann)

    def put(self, id_, token=None, version=None, status=200, **value):
        value = {"the-order": "x", "low": 1, "high": 2, **value}
        reply = self.ask("PUT", "/paper", {"id": id_, **({"version": version} if version else {}), **value}, token)
        self.assertEqual(reply.status, status, reply)
        return reply.json

    def get(self, id_, token=None, status=200):
        reply = self.ask("GET", "/paper", token=token, id=id_)
        self.assertEqual(reply.status, status, reply)
        return reply.json

    def merge(self, id_, status=200, token=None, version=None, **part):
        reply = self.ask("PATCH", "/paper", {"id": id_, **({"version": version} if version else {}), **part}, token)
        self.assertEqual(reply.status, status, reply)
        return reply.json

    def found(self, token=None, **query):
        reply = self.ask("GET", "/papers", token=token, **query)
        self.assertEqual(reply.status, 200, reply)
        return [one["id"] for one in reply.json["items"]]

    def sql(self, statement, *values):
        """Behind the application's back, as whoever may everything."""
        if self.POSTGRES:
            return harness.cluster().sql(statement, self.server.database)
        with sqlite3.connect(self.server.directory / "test.db", timeout=20) as database:
            return database.execute(statement, values).fetchall()

    # ---- the guide's ----

    def test_the_guide_s_items(self):
        made = self.ask("POST", "/api/items", {"name": "Lamp", "description": "A bright lamp"})
        self.assertEqual(made.status, 201, made)
        item = made.json
        self.assertEqual(list(item), ["id", "version", "name", "description", "stars"])
        self.assertEqual(self.ask("GET", f"/api/items/{item['id']}").json, item)
        changed = self.ask("PATCH", f"/api/items/{item['id']}", {"stars": 4, "tags": ["new", "blue"]}).json
        self.assertEqual({**item, "stars": 4, "tags": ["new", "blue"], "version": item["version"] + 1}, changed)
        self.assertNotIn("description", self.ask("PATCH", f"/api/items/{item['id']}", {"description": None}).json)
        self.assertEqual(self.ask("PUT", f"/api/items/{item['id']}", {"name": "Desk"}).json["stars"], 0)
        self.assertEqual([one["name"] for one in self.ask("GET", "/api/items", name="Desk").json["items"]], ["Desk"])
        self.assertEqual([one["name"] for one in self.ask("GET", "/api/all-items").json["items"]], ["Desk"])
        self.assertEqual(self.ask("DELETE", f"/api/items/{item['id']}").status, 204)
        for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"name": "Gone"})):
            self.assertEqual(self.ask(method, f"/api/items/{item['id']}", body).status, 404)

    def test_is_described(self):
        described = self.server.request("GET", "/openapi.json").json
        shape = described["components"]["schemas"]["items_doc"]["properties"]
        self.assertEqual(list(shape), ["id", "version", "name", "description", "stars", "due", "tags"])

    # ---- one document ----

    def test_comes_back_as_it_went_in(self):
        value = {"the-order": "q\"'\\ü\u2028", "low": -(2**63), "high": 2**63 - 1, "done": True, "state": "closed",
                 "ref": "0f4e9f5c-8a3e-4a6e-9a53-0d0f0c0b0a09", "day": "2026-02-28", "at": "2026-02-28T10:00:00.123Z", "from": "2001:db8::1",
                 "weight": 1.5e-7, "place": {"street": "Höhe 1", "town": "Ulm"}, "blob": "b" * 70000}
        stored = self.put("whole", **value)
        self.assertEqual({key: stored[key] for key in value}, value)
        self.assertEqual(self.get("whole"), stored)

    def test_made_once_set_again_deleted(self):
        body = {"id": "once", "the-order": "a", "low": 1, "high": 1}
        self.assertEqual([self.ask("POST", "/paper", body).status for _ in range(2)], [201, 409])
        first = self.get("once")
        second = self.put("once", low=0)
        self.assertEqual((second["version"], second["low"]), (first["version"] + 1, 0))
        self.assertEqual([self.ask("DELETE", "/paper", id="once").status for _ in range(2)], [204, 404])
        anew = self.put("once")
        self.assertNotIn(anew["version"], (first["version"], second["version"]))

    def test_the_version_that_was_read(self):
        one = self.put("versions")
        two = self.put("versions", version=one["version"], high=3)
        self.assertEqual(two["version"], one["version"] + 1)
        for late in (lambda: self.put("versions", version=one["version"], status=412), lambda: self.merge("versions", 412, version=one["version"], high=9),
                     lambda: self.assertEqual(self.ask("DELETE", "/paper", id="versions", version=one["version"]).status, 412),
                     lambda: self.put("no such", version=1, status=412)):
            late()
        self.assertEqual(self.get("versions"), two)
        self.assertEqual(self.merge("versions", version=two["version"], high=4)["high"], 4)
        self.assertEqual(self.ask("DELETE", "/paper", id="versions", version=two["version"] + 1).status, 204)

    def test_a_retry_is_answered_again(self):
        body, key = {"id": "again", "the-order": "a", "low": 1, "high": 1}, {"Idempotency-Key": "docs-1"}
        replies = [self.ask("POST", "/paper", body, headers=key) for _ in range(2)]
        self.assertEqual([one.status for one in replies], [201, 201])
        self.assertEqual(replies[0].json, replies[1].json)

    def test_a_get_only_reads(self):
        self.assertEqual(self.ask("GET", "/set-by-get", id="got").status, 500)
        self.get("got", status=404)

    # ---- whose it is ----

    def test_each_to_one_s_own(self):
        mine = self.put("shared name", high=7)
        self.get("shared name", self.ben, 404)
        for method, query in (("DELETE", {"id": "shared name"}), ("PATCH", None)):
            self.assertEqual(self.ask(method, "/paper", None if query else {"id": "shared name", "high": 1}, self.ben, **(query or {})).status, 404)
        theirs = self.put("shared name", self.ben, high=8)
        self.assertEqual((self.get("shared name"), self.get("shared name", self.ben)), (mine, theirs))
        self.assertNotIn("versions", self.found(self.ben))
        self.assertEqual(self.server.request("GET", "/paper?id=x").status, 401)

    def test_what_belongs_to_nobody(self):
        self.assertEqual(self.ask("PUT", "/price", {"id": "p1", "name": "tea", "cents": 250}).status, 200)
        self.assertEqual(self.ask("GET", "/price", token=self.ben, id="p1").json["cents"], 250)
        self.assertEqual([one["id"] for one in self.ask("GET", "/prices", token=self.ben, name="tea").json["items"]], ["p1"])

    # ---- merging ----

    def test_a_merge_patch(self):
        self.put("patched", place={"street": "Long 1", "town": "Ulm"}, state="open", weight=2.0)
        merged = self.merge("patched", place={"town": "Bonn"}, high=5)
        self.assertEqual((merged["place"], merged["high"], merged["state"], merged["weight"]), ({"street": "Long 1", "town": "Bonn"}, 5, "open", 2.0))
        self.assertNotIn("place", self.merge("patched", place=None))
        self.assertEqual(self.merge("patched", place={"town": "Kiel"})["place"], {"town": "Kiel"})
        self.merge("no such", 404, high=5)

    def test_the_whole_keeps_the_rules(self):
        before = self.put("ruled", low=1, high=5)
        refused = self.merge("ruled", 422, low=6)
        self.assertEqual(refused["details"], {"low": ["Must not be above `high`."]})
        self.assertEqual(self.ask("POST", "/set-wrong", {"id": "ruled"}).status, 422)
        self.assertEqual(self.merge("ruled", 400, owner=2)["invalid_fields"], ["owner"])
        self.merge("ruled", 422, low=None)
        self.assertEqual(self.get("ruled"), before)

    def test_merges_at_the_same_time_lose_nothing(self):
        self.put("busy", low=0, high=10**6)
        fields = [{"the-order": "o"}, {"done": True}, {"state": "open"}, {"ref": "0f4e9f5c-8a3e-4a6e-9a53-0d0f0c0b0a09"}, {"day": "2026-01-01"},
                  {"from": "10.0.0.1"}, {"weight": 7.0}, {"low": -4}, {"place": {"town": "Ulm"}}, {"blob": "b" * 1000}, {"at": "2026-01-01T00:00:00Z"}]
        first = self.get("busy")["version"]
        with concurrent.futures.ThreadPoolExecutor(len(fields)) as pool:
            statuses = list(pool.map(lambda part: self.ask("PATCH", "/paper", {"id": "busy", **part}).status, fields))
        self.assertEqual(statuses, [200] * len(fields))
        after = self.get("busy")
        self.assertEqual({key: after[key] for part in fields for key in part}, {key: value for part in fields for key, value in part.items()})
        self.assertEqual(after["version"], first + len(fields))

    def test_several_as_one(self):
        self.put("from", **{"the-order": "moved"})
        self.put("to", high=9)
        self.assertEqual(self.ask("POST", "/move", {"from": "from", "to": "to", "fail": True}).status, 409)
        self.assertEqual((self.get("from")["the-order"], self.get("to")["the-order"]), ("moved", "x"))
        self.assertEqual(self.ask("POST", "/move", {"from": "from", "to": "nowhere"}).status, 404)
        moved = self.ask("POST", "/move", {"from": "from", "to": "to"})
        self.assertEqual((moved.status, moved.json["the-order"], moved.json["high"]), (201, "moved", 9), moved)
        self.get("from", status=404)

    # ---- what is asked for ----

    def test_by_every_kind_of_field(self):
        value = {"the-order": "kinds", "low": -77, "done": True, "state": "open", "ref": "0f4e9f5c-8a3e-4a6e-9a53-0d0f0c0b0a01", "day": "1999-12-31",
                 "at": "1999-12-31T23:59:59Z", "from": "192.0.2.7"}
        self.put("kinds", self.ben, **value)
        self.put("other", self.ben, low=0)
        for name, wanted in value.items():
            with self.subTest(name):
                name = "order" if name == "the-order" else name
                self.assertEqual(self.found(self.ben, **{name + "_": "true" if wanted is True else wanted}), ["kinds"])
        self.assertEqual(self.found(self.ben, low_=-78), [])

    def test_by_what_it_is_now(self):
        self.put("moving", self.ben, low=-501)
        for change, low in ((lambda: self.merge("moving", token=self.ben, low=-502), -502), (lambda: self.put("moving", self.ben, low=-503), -503),
                            (lambda: self.put("moving", self.ben, self.get("moving", self.ben)["version"], low=-504), -504)):
            change()
            self.assertEqual((self.found(self.ben, low_=low + 1), self.found(self.ben, low_=low)), ([], ["moving"]))
        self.put("moving", self.ben, low=-504, state="open")
        self.put("moving", self.ben, low=-504)
        self.assertNotIn("moving", self.found(self.ben, state="open"))
        self.assertEqual(self.ask("DELETE", "/paper", token=self.ben, id="moving").status, 204)
        self.assertEqual(self.found(self.ben, low_=-504), [])

    def test_page_by_page_in_an_order(self):
        for n in range(25):
            self.put(f"page {n:02}", self.ben, **{"the-order": "paged"}, low=n // 5 - 100, high=0, **({"day": "2026-01-01"} if n % 2 else {}))
        for sort, wanted in (("low", sorted), ("-low", lambda ids: sorted(ids, reverse=True)), ("-id", lambda ids: sorted(ids, reverse=True))):
            seen, cursor = [], None
            while True:
                page = self.ask("GET", "/papers", token=self.ben, sort=sort, cursor=cursor, limit=7).json
                seen += [one["id"] for one in page["items"] if one["id"].startswith("page")]
                cursor = page["next"]
                if cursor is None:
                    break
            self.assertEqual(seen, wanted([f"page {n:02}" for n in range(25)]), sort)
        seen, cursor = [], None
        for _ in range(4):
            page = self.ask("GET", "/papers", token=self.ben, order="paged", cursor=cursor, limit=9).json
            seen += [one["id"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual(seen, [f"page {n:02}" for n in range(25)])
        self.assertEqual([self.ask("GET", "/papers", **query).status for query in
                          ({"sort": "high"}, {"sort": "day"}, {"sort": "low; DROP"}, {"cursor": "made-up"}, {"limit": 0}, {"limit": 1000})], [400] * 6)
        streamed = self.ask("GET", "/all", token=self.ben, order="paged").json["items"]
        self.assertEqual([one["id"] for one in streamed], [f"page {n:02}" for n in range(25)])
        self.assertEqual([one["low"] for one in self.ask("GET", "/all", token=self.ben, sort="-low").json["items"]][-5:], [-100] * 5)

    def test_large_ones_one_behind_the_other(self):
        ids = [f"huge {n:02}" for n in range(48)]
        for id_ in ids:
            self.put(id_, **{"the-order": "huge"}, blob="\n" * 64000)  # twice as many bytes as JSON, and more in all than a request may hold
        streamed = self.ask("GET", "/all", order="huge").json["items"]
        self.assertEqual([(one["id"], len(one["blob"])) for one in streamed], [(id_, 64000) for id_ in ids])
        page = self.ask("GET", "/papers", order="huge", limit=15).json
        self.assertEqual(([one["id"] for one in page["items"]], bool(page["next"])), (ids[:15], True))
        self.assertEqual(self.ask("GET", "/papers", order="huge", limit=48).status, 503)
        for id_ in ids:
            self.assertEqual(self.ask("DELETE", "/paper", id=id_).status, 204)

    # ---- attacks ----

    def test_odd_ids_and_values(self):
        for odd in ODD_IDS:
            with self.subTest(odd):
                self.assertEqual(self.put(odd, **{"the-order": odd})["id"], odd)
                self.assertEqual(self.get(odd)["the-order"], odd)
                self.assertEqual(self.found(order=odd), [odd])
                self.assertEqual(self.merge(odd, high=3)["high"], 3)
                self.assertEqual(self.ask("DELETE", "/paper", id=odd).status, 204)
        for bad in ("", "x" * 129, "ü" * 65, "a\nb", "a\x00b", "a\x7fb"):
            with self.subTest(bad):
                self.assertIn(self.ask("PUT", "/paper", {"id": bad, "the-order": "x", "low": 1, "high": 1}).status, (400, 422))
        self.assertEqual(self.put("x" * 128)["id"], "x" * 128)

    def test_a_document_has_a_size(self):
        self.put("large", blob="b" * 130990)
        self.put("large", blob="b" * 131072, status=413)
        self.put("large", blob="\x01" * 60000, status=413)  # six bytes each as JSON
        self.assertEqual(self.merge("large", 413, **{"the-order": "o" * 100})["code"], "too_large")
        self.assertEqual(len(self.get("large")["blob"]), 130990)
        self.put("target")
        self.assertEqual(self.ask("POST", "/move", {"from": "large", "to": "target"}).status, 201)

    def test_what_no_longer_fits_stays_inside(self):
        self.put("misfit", **{"the-order": "misfit"})
        for doc in ('{"the-order": "misfit", "low": 1, "high": "two", "done": false}', '{"the-order": "misfit", "low": 1, "high": 2, "secret": "s3cret"}', "[]"):
            with self.subTest(doc):
                self.sql(f"UPDATE papers SET doc = '{doc}' WHERE id = 'misfit'")
                self.assertEqual(self.ask("GET", "/paper", id="misfit").status, 500)
                self.assertEqual(self.merge("misfit", 500, high=3)["code"], "internal")
                self.assertNotIn(b"s3cret", self.ask("GET", "/paper", id="misfit").body)
        said = self.server.wait_for_log(lambda line: line.get("event") == "sql.failed" and line.get("statement") == "papers.get")
        self.assertEqual((said["error"], said["why"]), ("internal", "is no text of its type, or breaks a rule of its schema"))
        self.put("misfit")
        self.assertEqual(self.ask("DELETE", "/paper", id="misfit").status, 204)

    # ---- the table ----

    def test_the_migration_is_what_the_command_prints(self):
        printed = self.server.command("db", "collections")
        self.assertEqual(printed, (MIGRATIONS / f"0002_documents.{'pg' if self.POSTGRES else 'sqlite'}.sql").read_text(encoding="utf-8"))
        self.assertEqual(self.server.command("db", "collections", "prices"), printed[printed.index("CREATE TABLE prices"):printed.index("CREATE TABLE papers")])

    def test_the_indexes_are_used(self):
        numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        if self.POSTGRES:  # enough to make a choice worth while
            self.sql("INSERT INTO papers (owner, id, version, doc) " + numbers + " SELECT 100 + i % 2, 'i' || i, 1,"
                     " jsonb_build_object('the-order', 'o' || i % 100, 'low', i % 7000, 'done', i % 50 = 0) FROM n")
            self.sql("ANALYZE papers")
        for condition, index in (('"order" = \'o7\' ORDER BY id LIMIT 5', "papers_by_order"), ('"done" = true ORDER BY id LIMIT 5', "papers_by_done"),
                                 ('("low", id) > (300, \'a\') ORDER BY "low", id LIMIT 5', "papers_by_low"),
                                 ('"low" IS NOT NULL ORDER BY "low" DESC, id DESC LIMIT 5', "papers_by_low"), ("id = 'i7'", "pkey|autoindex")):
            with self.subTest(condition):
                plan = self.plan("SELECT id, version, CAST(doc AS text) AS doc FROM papers WHERE owner = 100 AND " + condition)
                self.assertRegex(plan, index)
                self.assertNotRegex(plan, "(?i)temp b-tree|seq scan|scan papers", plan)
                self.assertRegex(plan, "owner=. AND|Index Cond: ..owner = 100. AND|Index Scan Backward", plan)

    def plan(self, statement):
        """How the database would run it for a caller; on PostgreSQL as the owner of the tables, whom the policy holds."""
        if not self.POSTGRES:
            return str(self.sql("EXPLAIN QUERY PLAN " + statement))
        return harness.cluster().sql(f"BEGIN; SET LOCAL ROLE keeper; SET LOCAL dewar.me = '100'; EXPLAIN (COSTS OFF) {statement}; ROLLBACK", self.server.database)


class Killed(unittest.TestCase):
    """What was acknowledged is there, whoever is killed meanwhile: the store of SQLite, or the whole of PostgreSQL."""

    POSTGRES = False

    def setUp(self):
        self.server = harness.Server("papers", prepare=(("migrate",),), postgres=self.POSTGRES).start()
        self.addCleanup(self.server.stop)
        self.token = self.server.request("POST", "/enter", {"uid": "ann"}).json["access_token"]
        self.ended, self.made, self.last, self.versions = threading.Event(), [], {}, []

    def ask(self, method, body):
        with contextlib.suppress(OSError, AssertionError, ValueError):
            reply = self.server.request(method, "/paper", body, token=self.token)
            if reply.status == 200:
                return reply
        time.sleep(0.05)
        return None

    def work(self, field, value):
        """Makes a document, and merges a field of its own into one of all, until the end."""
        for n in range(1, 10**6):
            if self.ended.is_set():
                return
            made = self.ask("PUT", {"id": f"{field} {n}", "the-order": "made", "low": n, "high": n})
            if made is not None:
                self.made.append((f"{field} {n}", n))
            merged = self.ask("PATCH", {"id": "all", field: value(n)})
            if merged is not None:
                self.last[field] = n
                self.versions.append(merged.json["version"])

    def read(self, path):
        """Once the database is back for those who only read."""
        return harness.wait_until(lambda: (reply := self.server.request("GET", path, token=self.token)).status == 200 and reply).json

    def kill(self):
        if self.POSTGRES:
            harness.cluster().kill()
            harness.cluster().start()
        else:
            os.kill(harness.wait_until(lambda: self.server.children().get("store")), signal.SIGKILL)

    def test_in_the_middle_of_it(self):
        self.assertIsNotNone(self.ask("PUT", {"id": "all", "the-order": "0", "low": 0, "high": 10**9}))
        fields = {"low": int, "weight": float, "blob": str, "the-order": str}
        threads = [threading.Thread(target=self.work, args=one) for one in fields.items()]
        for thread in threads:
            thread.start()
        for _ in range(1 if self.POSTGRES else 2):
            before = len(self.versions)
            harness.wait_until(lambda: len(self.versions) > before + 15)
            self.kill()
        before = len(self.versions)
        harness.wait_until(lambda: len(self.versions) > before + 15)
        self.ended.set()
        for thread in threads:
            thread.join(30)
        self.assertEqual(len(set(self.versions)), len(self.versions), "two merges were given one version")
        after = self.read("/paper?id=all")
        for field, n in self.last.items():
            self.assertGreaterEqual(float(after[field]), n, field)
        stored = {one["id"]: one["low"] for one in self.read("/all?order=made")["items"]}
        self.assertEqual([one for one in self.made if stored.get(one[0]) != one[1]], [])


class Table(unittest.TestCase):
    """What is missing of the table of a collection is a line, and what the line says to do is all that has to be done."""

    POSTGRES = False

    def setUp(self):
        self.server = harness.Server("papers", prepare=(("migrate",),), postgres=self.POSTGRES)
        self.addCleanup(self.server.stop)

    def change(self, sql):
        """As who owns the tables."""
        if self.POSTGRES:
            harness.cluster().sql("SET ROLE keeper; SET dewar.me = '*'; " + sql, self.server.database)
            return
        with contextlib.closing(sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            database.executescript(sql)

    def lines(self):
        status, _, said = harness.run("papers", "db", "check", env=self.server.env, cwd=self.server.directory)
        self.assertEqual(status, 1 if said else 0, said)
        return said.splitlines()

    def mend(self, *lacks):
        """The line that says each of these; and they are gone after what it says."""
        for lack in lacks:
            (line,) = self.lines()
            self.assertIn(lack, line)
            self.change(line.split("in a migration: ")[1])
        self.assertEqual(self.lines(), [])

    def test_an_index(self):
        self.assertEqual(self.lines(), [])
        self.change("DROP INDEX papers_by_low")
        self.mend("collection papers: finding by `low` has no index; in a migration: CREATE INDEX papers_by_low")
        self.change("DROP INDEX papers_by_low; CREATE INDEX papers_by_low ON papers (low, owner, id)")
        self.assertEqual(len(self.lines()), 1)
        self.change("DROP INDEX papers_by_low; CREATE INDEX papers_by_low ON papers (owner, low, id) WHERE low > 1")
        self.assertEqual(len(self.lines()), 1)

    def test_a_column(self):
        generated = "generated " if self.POSTGRES else ""
        documents = "INSERT INTO items (owner, id, version, doc) VALUES (1, 'old', 1, '{\"name\": \"old one\", \"stars\": 4}')"
        self.change(f"{documents}; DROP INDEX items_by_name; DROP INDEX items_by_stars; ALTER TABLE items DROP COLUMN stars;"
                           f" ALTER TABLE items DROP COLUMN name; ALTER TABLE items ADD COLUMN name text; CREATE INDEX items_by_name ON items (owner, name, id)")
        if self.POSTGRES:  # one that is there, and is not made of the document
            name, stars = sorted(self.lines())
            self.assertIn("the table has no generated column `name`", name)
            self.change("ALTER TABLE items DROP COLUMN name;" + name.split("in a migration: ")[1])
        self.mend(f"collection items: the table has no {generated}column `stars`; in a migration: ALTER TABLE items ADD COLUMN \"stars\"")
        token = self.server.start().request("POST", "/enter", {"uid": "ann"}).json["access_token"]
        self.assertEqual([one["stars"] for one in self.server.request("GET", "/api/items?sort=stars", token=token).json["items"]], [4])

    def test_the_whole(self):
        self.change("DROP TABLE prices")
        (line,) = self.lines()
        self.assertIn("collection prices: there is no table `prices`; the command `db collections` prints the migration that makes it", line)
        self.change("CREATE TABLE prices (id text, doc text)")
        (line,) = self.lines()
        self.assertIn("collection prices: table `prices` is not one of documents", line)
        self.change("DROP TABLE prices; " + self.server.command("db", "collections", "prices"))
        self.assertEqual(self.lines(), [])
        self.assertIn("no collection nothing", harness.run("papers", "db", "collections", "nothing", env=self.server.env, cwd=self.server.directory)[2])


class TableOnPostgres(Table):
    POSTGRES = True


class KilledOnPostgres(Killed):
    POSTGRES = True


class DocsOnPostgres(Docs):
    POSTGRES = True


if __name__ == "__main__":
    unittest.main()
