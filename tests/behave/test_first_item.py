"""From a password to a stored item, as the README's reader does it."""

import unittest

import harness

ITEM = {"name": "A lamp", "description": "It stands on the desk"}


class FirstItem(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.coffer().start()
        cls.editor = cls.server.token("demo-editor", cls.server.users["demo-editor"])
        cls.viewer = cls.server.token("demo-viewer", cls.server.users["demo-viewer"])
        cls.admin = cls.server.token("demo-admin", cls.server.users["demo-admin"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def make(self, **changes):
        reply = self.server.request("POST", "/api/items", {**ITEM, **changes}, token=self.editor)
        self.assertEqual(reply.status, 201, reply)
        return reply

    def test_an_item_is_stored_and_read_back(self):
        made = self.make()
        self.assertEqual(made.json["message"], "Item created successfully")
        self.assertEqual(made.headers["location"], f"/api/items/{made.json['id']}")
        read = self.server.request("GET", made.headers["location"], token=self.editor)
        self.assertEqual((read.status, read.json["name"], read.json["description"]), (200, ITEM["name"], ITEM["description"]))
        self.assertRegex(read.json["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_a_wrong_token_is_401_with_a_challenge(self):
        for token in ("x", self.editor[:-2] + "xx", "a.b.c"):
            reply = self.server.request("GET", "/api/items", token=token)
            self.assertEqual(reply.status, 401, reply)
            self.assertIn("Bearer realm=", reply.headers["www-authenticate"])
        self.assertEqual(self.server.request("GET", "/api/items").status, 401)

    def test_a_viewer_may_not_create(self):
        reply = self.server.request("POST", "/api/items", {"nonsense": 1}, token=self.viewer)
        self.assertEqual((reply.status, reply.json["error"]), (403, "Forbidden"))

    def test_unknown_fields_are_400_with_their_names(self):
        reply = self.server.request("POST", "/api/items", {**ITEM, "isAdmin": True, "limit": 5, "name": "x"}, token=self.editor)
        self.assertEqual((reply.status, reply.json["error"]), (400, "Invalid fields in payload"))
        self.assertEqual(sorted(reply.json["invalid_fields"]), ["isAdmin", "limit"])

    def test_broken_rules_are_422_and_all_of_them(self):
        reply = self.server.request("POST", "/api/items", {"name": "ab", "description": "abc"}, token=self.editor)
        self.assertEqual((reply.status, reply.json["error"]), (422, "Validation failed"))
        self.assertEqual(reply.json["details"]["name"], ["Length must be between 3 and 100."])
        self.assertEqual(reply.json["details"]["description"], ["Length must be between 5 and 500."])

    def test_what_is_not_there_is_404_and_so_is_anothers(self):
        self.assertEqual(self.server.request("GET", "/api/items/999999", token=self.editor).status, 404)
        made = self.make()
        self.assertEqual(self.server.request("GET", made.headers["location"], token=self.viewer).status, 404)
        self.assertEqual(self.server.request("GET", made.headers["location"], token=self.admin).status, 200)
        self.assertEqual(self.server.request("PUT", made.headers["location"], {"name": "Mine now"}, token=self.admin).status, 404)
        self.assertEqual(self.server.request("DELETE", made.headers["location"], token=self.viewer).status, 404)

    def test_change_with_preconditions(self):
        where = self.make().headers["location"]
        tag = self.server.request("GET", where, token=self.editor).headers["etag"]
        again = self.server.request("GET", where, headers={"If-None-Match": tag}, token=self.editor)
        self.assertEqual((again.status, again.body), (304, b""))
        changed = self.server.request("PUT", where, {"name": "A bright lamp"}, headers={"If-Match": tag}, token=self.editor)
        self.assertEqual((changed.status, changed.json["message"]), (200, "Item updated successfully"))
        stale = self.server.request("PATCH", where, {"name": "Too late"}, headers={"If-Match": tag}, token=self.editor)
        self.assertEqual(stale.status, 412)
        read = self.server.request("GET", where, token=self.editor).json
        self.assertEqual((read["name"], read["description"]), ("A bright lamp", ITEM["description"]))

    def test_a_change_of_nothing_is_400(self):
        where = self.make().headers["location"]
        reply = self.server.request("PUT", where, {}, token=self.editor)
        self.assertEqual((reply.status, reply.json["message"]), (400, "No valid fields to update"))
        self.assertEqual(self.server.request("PUT", where, {"id": 7}, token=self.editor).status, 400)

    def test_delete(self):
        where = self.make().headers["location"]
        gone = self.server.request("DELETE", where, token=self.editor)
        self.assertEqual((gone.status, gone.body), (204, b""))
        self.assertEqual(self.server.request("DELETE", where, token=self.editor).status, 404)

    def test_pages(self):
        for i in range(7):
            self.make(name=f"Page {i}", description="for the list of pages")
        for sort in ("id", "-id", "name", "-name", "created_at", "-created_at"):
            seen, cursor = [], None
            while True:
                query = f"/api/items?limit=3&q=Page&sort={sort}" + (f"&cursor={cursor}" if cursor else "")
                page = self.server.request("GET", query, token=self.editor)
                self.assertEqual(page.status, 200, page)
                seen += [item["name"] for item in page.json["items"]]
                cursor = page.json["next"]
                if cursor is None:
                    break
            self.assertEqual(seen, sorted(seen, reverse=sort[0] == "-"))
            self.assertEqual(len(seen), 7)
        self.assertEqual(self.server.request("GET", "/api/items?sort=owner", token=self.editor).status, 422)
        self.assertEqual(self.server.request("GET", "/api/items?cursor=evil", token=self.editor).status, 400)
        self.assertEqual(self.server.request("GET", "/api/items?limit=101", token=self.editor).status, 422)
        self.assertEqual(self.server.request("GET", "/api/items?owner=1", token=self.editor).status, 400)

    def test_registering(self):
        user = {"username": "Newcomer1", "email": "new@example.com", "password": "a long enough password"}
        made = self.server.request("POST", "/api/users", user)
        self.assertEqual((made.status, made.json), (201, {"id": made.json["id"], "username": "Newcomer1", "email": "new@example.com"}))
        self.assertEqual(self.server.request("POST", "/api/users", {**user, "username": "NEWCOMER1"}).status, 409)
        self.assertEqual(self.server.request("POST", "/api/users", {**user, "username": "Newcomer2"}).status, 201)
        token = self.server.token("newcomer1", user["password"])
        self.assertEqual(self.server.request("GET", "/api/users/me", token=token).json, made.json)
        short = self.server.request("POST", "/api/users", {"username": "a-b", "email": "x", "password": "short"})
        self.assertEqual(sorted(short.json["details"]), ["email", "password", "username"])
        self.assertNotIn(b"short", short.body.replace(b"shorter", b""))

    def test_signing_in_fails_as_rfc_6749_says(self):
        def ask(**form):
            return self.server.request("POST", "/token", form=form)
        wrong = ask(grant_type="password", username="demo-editor", password="wrong")
        unknown = ask(grant_type="password", username="nobody-here", password="wrong")
        self.assertEqual((wrong.status, wrong.json["error"]), (400, "invalid_grant"))
        self.assertEqual((unknown.status, unknown.json["error"], unknown.json["error_description"]),
                         (400, "invalid_grant", wrong.json["error_description"]))
        self.assertEqual(ask(grant_type="magic").json["error"], "unsupported_grant_type")
        self.assertEqual(ask(username="x").json["error"], "invalid_request")
        self.assertEqual(self.server.request("POST", "/token", {"grant_type": "password"}).status, 415)


if __name__ == "__main__":
    unittest.main()
