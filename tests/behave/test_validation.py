"""What pydantic, marshmallow and their kind are used for, over real sockets: types, rules, what a client must not decide."""

import json
import unittest

import harness

CARD = {"cardholderName": "Ada Lovelace", "currency": "EUR"}
ITEM = {"name": "A lamp", "description": "It gives light"}


class Cards(harness.ServerCase):
    """POST /api/virtual-cards/create."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.server.token("alice")

    def create(self, **fields):
        return self.server.request("POST", "/api/virtual-cards/create", {**CARD, **fields}, token=self.token)

    def refused(self, status, **fields):
        reply = self.create(**fields)
        self.assertEqual(reply.status, status, reply)
        return reply.json

    def test_what_is_granted_is_the_server_s(self):
        made = self.create(expiryDate="2031-12-31", owner={"name": "Ada"})
        self.assertEqual(made.status, 201)
        card = made.json["card"]
        self.assertRegex(card.pop("id"), r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(made.json["success"], True)
        self.assertEqual(card, {**CARD, "expiryDate": "2031-12-31", "owner": {"name": "Ada"}, "limit": 1000, "isBlocked": False})

    def test_what_a_client_must_not_decide_is_refused(self):
        for field, value in (("cvv", "123"), ("limit", 999999), ("isBlocked", False), ("id", "1"), ("ownerId", 1), ("isAdmin", True)):
            with self.subTest(field=field):
                said = self.refused(400, **{field: value})
                self.assertEqual(said["invalid_fields"], [field])
                self.assertEqual(said["errors"], [{"pointer": f"/{field}", "code": "unknown", "detail": "There is no such field."}])
        self.assertEqual(self.refused(400, owner={"name": "Ada", "isAdmin": True})["invalid_fields"], ["owner.isAdmin"])

    def test_types_have_one_spelling(self):
        for field, value, code in (("currency", "eur", "one_of"), ("currency", 2, "type"), ("currency", "", "one_of"), ("expiryDate", "31/12/2031", "format"),
                                   ("expiryDate", "2031-02-29", "format"), ("expiryDate", "2031-12-31T00:00:00Z", "format"), ("expiryDate", 20311231, "type"),
                                   ("expiryDate", None, "null"), ("cardholderName", "", "len"), ("cardholderName", "x" * 101, "len"), ("owner", "Ada", "type"),
                                   ("owner", {}, "required"), ("owner", {"name": 7}, "type")):
            with self.subTest(field=field, value=value):
                errors = self.refused(422, **{field: value})["errors"]
                self.assertEqual([(error["pointer"].split("/")[1], error["code"]) for error in errors], [(field, code)])

    def test_everything_wrong_is_told_and_no_value(self):
        reply = self.server.request("POST", "/api/virtual-cards/create", {"currency": "hunter2", "expiryDate": "hunter2", "owner": {"name": ""}}, token=self.token)
        self.assertEqual((reply.status, reply.json["details"]), (422, {
            "currency": ["Must be one of: USD, EUR, GBP."], "expiryDate": ["Not a valid date."],
            "owner.name": ["Length must be between 1 and 100."], "cardholderName": ["Missing data for required field."]}))
        self.assertEqual([error["pointer"] for error in reply.json["errors"]], ["/currency", "/expiryDate", "/owner/name", "/cardholderName"])
        self.assertNotIn(b"hunter2", reply.body)

    def test_problem_details_have_the_same_members(self):
        reply = self.server.request("POST", "/api/virtual-cards/create", {"currency": "CHF"}, token=self.token, headers={"Accept": "application/problem+json"})
        self.assertEqual(reply.headers["content-type"], "application/problem+json")
        self.assertEqual([error["code"] for error in reply.json["errors"]], ["one_of", "required"])


class Items(harness.ServerCase):
    """POST and PUT /api/items: a URL and a list of integers beside the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.server.token("alice")

    def create(self, **fields):
        return self.server.request("POST", "/api/items", {**ITEM, **fields}, token=self.token)

    def codes(self, **fields):
        reply = self.create(**fields)
        self.assertEqual(reply.status, 422, reply)
        return [(error["pointer"], error["code"]) for error in reply.json["errors"]]

    def test_a_list_and_a_link_are_kept(self):
        made = self.create(site="https://example.com:8443/a?b=%C3%A9#c", tags=[3, 1, 2])
        self.assertEqual(made.status, 201)
        read = self.server.request("GET", f"/api/items/{made.json['id']}", token=self.token)
        self.assertEqual((read.json["site"], read.json["tags"]), ("https://example.com:8443/a?b=%C3%A9#c", [3, 1, 2]))
        changed = self.server.request("PUT", f"/api/items/{made.json['id']}", {"tags": []}, token=self.token)
        self.assertEqual((changed.status, changed.json["tags"], changed.json["site"]), (200, [], read.json["site"]))
        self.assertNotIn("tags", self.create().json)

    def test_links_that_are_none(self):
        for site, code in (("example.com", "format"), ("/a", "format"), ("javascript:alert(1)", "format"), ("javascript://example.com/%0aalert(1)", "scheme"),
                           ("ftp://example.com/", "scheme"), ("https://user:pw@example.com/", "format"), ("https://example.com\\@evil.test/", "format"),
                           ("https://exa mple.com/", "format"), ("https://example.com/\n", "format"), ("http://127.1/", "format"), ("http://0x7f.1/", "format"),
                           ("https://" + "a" * 2048, "len"), (7, "type"), (["https://example.com/"], "type")):
            with self.subTest(site=site):
                self.assertEqual(self.codes(site=site), [("/site", code)])

    def test_lists_have_bounds(self):
        self.assertEqual(self.codes(tags=[1, "2", 1.5, -1]), [("/tags/1", "type"), ("/tags/2", "type"), ("/tags/3", "range")])
        self.assertEqual(self.codes(tags=[1, 2, 1]), [("/tags/2", "unique")])
        self.assertEqual(self.codes(tags=list(range(21))), [("/tags", "items")])
        self.assertEqual(self.codes(tags={}), [("/tags", "type")])
        self.assertEqual(self.codes(tags=[[1]]), [("/tags/0", "type")])

    def test_the_id_is_read_only(self):
        reply = self.create(id=7)
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["id"]))


class Sources(harness.ServerCase):
    """PATCH and POST /sources/{day}: one field from each place."""

    DAY = "/sources/2024-02-29"
    NONE = {"day": "2024-02-29", "dry": False, "level": 5, "nil": False}

    def patch(self, path=DAY, body=None, **headers):
        return self.server.request("PATCH", path, {} if body is None else body, headers=headers)

    def test_each_from_its_place(self):
        self.assertEqual(self.patch().json, self.NONE)
        reply = self.patch(self.DAY + "?dry=true", {"note": " x "}, **{"X-Level": "7", "X-Tag": "a", "Cookie": "other=1; theme=dark"})
        self.assertEqual((reply.status, reply.json), (200, {"day": "2024-02-29", "dry": True, "level": 7, "tags": ["a"], "theme": "dark", "note": "x", "nil": False}))

    def test_no_other_place_will_do(self):
        for body in ({"day": "2024-01-01"}, {"dry": True}, {"level": 1}, {"tags": ["a"]}, {"theme": "dark"}, {"nil": True}):
            with self.subTest(body=body):
                reply = self.patch(body=body)
                self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, list(body)))
        for query in ("note=x", "level=1", "day=2024-01-01", "theme=dark", "x-level=1"):
            with self.subTest(query=query):
                self.assertEqual(self.patch(f"{self.DAY}?{query}").status, 400)

    def test_what_spells_no_value_of_its_type_is_no_path(self):
        for day in ("2024-02-30", "today", "20240229", "2024-02-29T00:00:00Z"):
            with self.subTest(day=day):
                self.assertEqual(self.patch(f"/sources/{day}").status, 404)

    def raw(self, *lines):
        head = "\r\n".join((f"PATCH {self.DAY} HTTP/1.1", "Host: localhost", "Connection: close", "Content-Type: application/json", "Content-Length: 2", *lines))
        return harness.parse_replies(self.server.raw(head.encode("latin-1") + b"\r\n\r\n{}"))[0]

    def codes(self, *lines):
        reply = self.raw(*lines)
        return reply.status, [(error["pointer"], error["code"]) for error in reply.json.get("errors", [])]

    def test_headers_and_cookies_keep_their_rules(self):
        for lines, want in ((("X-Level: 10",), [("/level", "range")]), (("X-Level: 07",), [("/level", "type")]), (("X-Level:",), [("/level", "type")]),
                            (("X-Level: 1", "X-Level: 1"), [("/level", "repeated")]), (("X-Tag: a", "X-Tag: a"), [("/tags/1", "unique")]),
                            (("X-Tag: a", "X-Tag: b", "X-Tag: c", "X-Tag: d"), [("/tags", "items")]), (("X-Tag: \xff",), [("/tags", "type")]),
                            (("X-Tag: " + "x" * 11,), [("/tags/0", "len")]), (("Cookie: theme=blue",), [("/theme", "one_of")]),
                            (("Cookie: theme=dark; theme=dark",), [("/theme", "repeated")]), (("Cookie: theme=\"dark\"",), [("/theme", "one_of")])):
            with self.subTest(lines=lines):
                self.assertEqual(self.codes(*lines), (422, want))
        self.assertEqual(self.codes("X-Tag: a, b,, c\t,d"), (422, [("/tags", "items")]))
        self.assertEqual(self.codes("X-Tag: a, \xff"), (422, [("/tags", "type")]))
        for lines, tags in ((("X-Tag: a, b", "X-Tag: c"), ["a", "b", "c"]), (("X-Tag: a,b ,c",), ["a", "b", "c"]), (("X-Tag: ,", "X-Tag:"), None)):
            with self.subTest(lines=lines):
                reply = self.raw(*lines)
                self.assertEqual((reply.status, reply.json.get("tags")), (200, tags))
        for lines in (("X-Tag: a", "X-Tag: b"), ("Cookie: Theme=blue; theme",), ("x-level: 9",)):
            with self.subTest(lines=lines):
                self.assertEqual(self.raw(*lines).status, 200)

    def test_absent_is_not_null(self):
        for kind in ("application/json", "application/merge-patch+json", "application/merge-patch+json; charset=utf-8"):
            with self.subTest(kind=kind):
                self.assertEqual(self.patch(body=b'{"note":null}', **{"Content-Type": kind}).json, {**self.NONE, "note": None, "nil": True})
                self.assertEqual(self.patch(body=b"{}", **{"Content-Type": kind}).json, self.NONE)
        self.assertEqual(self.server.request("POST", self.DAY, b"{}", headers={"Content-Type": "application/merge-patch+json"}).status, 415)

    def test_forms_have_the_same_rules(self):
        self.assertEqual(self.server.request("POST", self.DAY + "?dry=true", form={"note": " y "}).json, {**self.NONE, "dry": True, "note": "y"})
        for form in ([("note", "a"), ("note", "b")], [("note", "")], [("note", "x" * 21)]):
            with self.subTest(form=form):
                self.assertEqual(self.server.request("POST", self.DAY, form=form).status, 422)
        self.assertEqual(self.server.request("POST", self.DAY, form={"level": "1"}).status, 400)

    def test_only_who_says_so_passes_over_fields(self):
        self.assertEqual(self.server.request("POST", "/lenient", {"n": 1, "more": {"a": [1]}}).json, {"n": 1})
        self.assertEqual(self.server.request("POST", "/lenient", {"n": "1", "more": 2}).status, 422)
        self.assertEqual(self.server.request("POST", "/lenient", b'{"n":1,"m":1,"m":2}', headers={"Content-Type": "application/json"}).status, 400)
        said = self.server.command("check")
        self.assertIn("lenient passes over undeclared fields: shows that extra fields are passed over", said)


if __name__ == "__main__":
    unittest.main()
