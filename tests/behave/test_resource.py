"""The resource of the guide, docs/guide/resource.c, as two people use it who must not see each other's notes."""

import pathlib
import unittest

import harness

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "docs/guide/resource.c"
LINES = 60


class Resource(unittest.TestCase):
    POSTGRES = False

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server("notebook", prepare=(("migrate",),), postgres=cls.POSTGRES).start()
        cls.ann, cls.ben = (cls.server.request("POST", "/enter", {"uid": uid}).json["access_token"] for uid in ("ann", "ben"))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, method, path, body=None, token=None, **more):
        return self.server.request(method, f"/api/notes{path}", body, token=token or self.ann, **more)

    def make(self, title="Milk", token=None):
        reply = self.ask("POST", "", {"title": title, "body": "Two bottles"}, token)
        self.assertEqual(reply.status, 201, reply)
        return reply.json

    def test_from_first_to_last(self):
        note = self.make()
        self.assertEqual(list(note), ["id", "title", "body", "changed_at"])
        self.assertEqual(self.ask("GET", f"/{note['id']}").json, note)
        changed = self.ask("PATCH", f"/{note['id']}", {"title": "Oat milk"})
        self.assertEqual((changed.status, changed.json["title"], changed.json["body"]), (200, "Oat milk", "Two bottles"))
        self.assertIn(changed.json, self.ask("GET", "").json["items"])
        self.assertEqual(self.ask("DELETE", f"/{note['id']}").status, 204)
        self.assertEqual([self.ask(method, f"/{note['id']}", body).status
                          for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"title": "Gone"}))], [404, 404, 404])

    def test_each_to_one_s_own(self):
        note = self.make()
        for method, body in (("GET", None), ("PATCH", {"title": "Mine now"}), ("DELETE", None)):
            with self.subTest(method):
                self.assertEqual(self.ask(method, f"/{note['id']}", body, self.ben).status, 404)
                self.assertEqual(self.server.request(method, f"/api/notes/{note['id']}", body).status, 401)
        self.assertNotIn(note["id"], [one["id"] for one in self.ask("GET", "", token=self.ben).json["items"]])
        self.assertEqual(self.ask("GET", f"/{note['id']}").json, note)

    def test_what_is_wrong_is_named(self):
        unknown = self.ask("POST", "", {"title": "Milk", "body": "x", "owner": 2, "id": 7})
        self.assertEqual((unknown.status, unknown.json["invalid_fields"]), (400, ["owner", "id"]))
        broken = self.ask("POST", "", {"title": "", "body": 5})
        self.assertEqual((broken.status, sorted(broken.json["details"])), (422, ["body", "title"]))
        self.assertEqual(self.ask("PATCH", "/1", {"changed_at": "never"}).status, 400)
        self.assertEqual([self.ask("GET", path).status for path in ("?sort=owner", "?cursor=made-up", "?limit=0", "?limit=x")], [400, 400, 422, 422])

    def test_page_by_page_in_an_order(self):
        titles = [f"Page {n:02}" for n in range(25)]
        for title in titles:
            self.make(title, self.ben)
        seen, cursor = [], ""
        for _ in range(9):
            page = self.ask("GET", f"?limit=10&sort=-title{cursor}", token=self.ben).json
            seen += [one["title"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        self.assertEqual(seen, titles[::-1])
        self.assertEqual(len(self.ask("GET", "", token=self.ben).json["items"]), 20)

    def test_is_described(self):
        paths = self.server.request("GET", "/openapi.json").json["paths"]
        self.assertEqual({path: sorted(set(methods) & {"get", "post", "put", "patch", "delete"}) for path, methods in paths.items()
                          if path.startswith("/api/notes")}, {"/api/notes": ["get", "post"], "/api/notes/{id}": ["delete", "get", "patch"]})
        self.assertEqual(paths["/api/notes"]["post"]["summary"], "A new note")

    def test_is_short(self):
        self.assertLessEqual(len(SOURCE.read_text(encoding="utf-8").splitlines()), LINES)


class OnPostgres(Resource):
    POSTGRES = True


if __name__ == "__main__":
    unittest.main()
