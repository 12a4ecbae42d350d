"""JSON as the wire sends it: strict in grammar, strict in types, and every fault told by its name only."""

import http.client
import json
import os
import pathlib
import unittest

import harness

VECTORS = pathlib.Path(os.environ.get("DW_VECTORS", harness.ROOT.parent / "shared" / "vectors"))
ITEM = {"name": "A lamp", "description": "It stands on the desk"}
TYPE = {"Content-Type": "application/json"}


class Items(harness.ServerCase):
    """POST /api/items: a schema with every kind of field."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.server.token("alice")

    def post(self, body, **headers):
        if isinstance(body, str):
            body = body.encode()
        return self.server.request("POST", "/api/items", body, {**TYPE, **headers}, token=self.token)

    def with_field(self, text):
        return self.post('{"name":"A lamp","description":"It stands on the desk",' + text + "}")

    def test_all_fields_come_back_as_they_went(self):
        sent = {"name": "Lämp \U0001f4a1 \"x\"\\", "description": "\u2028 </script> \t\n", "qty": -(1 << 63), "price": 0.1, "active": False, "slug": "abc"}
        made = self.server.request("POST", "/api/items", sent, token=self.token)
        self.assertEqual((made.status, made.json), (201, {"id": made.json["id"], **sent}))
        read = self.server.request("GET", f"/api/items/{made.json['id']}", token=self.token)
        self.assertEqual(read.json, made.json)
        self.assertEqual(list(read.json), ["id", "name", "description", "qty", "price", "active", "slug"])

    def test_optional_fields_stay_away(self):
        self.assertEqual(list(self.post(json.dumps(ITEM)).json), ["id", "name", "description"])

    def test_unknown_fields_are_named_and_nothing_is_kept(self):
        before = len(self.server.request("GET", "/api/items", token=self.token).json["items"])
        for name in ("id", "owner", "isAdmin", "Name", "name ", "", "__proto__", "name\u0000"):
            with self.subTest(name=name):
                reply = self.post(json.dumps({**ITEM, name: 1}))
                self.assertEqual((reply.status, reply.json["error"], reply.json["invalid_fields"]), (400, "Invalid fields in payload", [name]))
        self.assertEqual(len(self.server.request("GET", "/api/items", token=self.token).json["items"]), before)

    def test_at_most_twenty_are_named(self):
        reply = self.post(json.dumps({**ITEM, **{f"x{i}": i for i in range(1000)}}))
        self.assertEqual((reply.status, len(reply.json["invalid_fields"])), (400, 20))

    def test_unknown_fields_win_over_broken_rules(self):
        reply = self.post('{"name":"x","nope":1}')
        self.assertEqual((reply.status, reply.json["invalid_fields"]), (400, ["nope"]))
        self.assertNotIn("details", reply.json)

    def test_a_field_given_twice_is_malformed(self):
        for text in ('"name":"A lamp"', '"n\\u0061me":"Another"', '"zzz":1,"zzz":1'):
            with self.subTest(text=text):
                reply = self.with_field(text)
                self.assertEqual((reply.status, reply.json["code"]), (400, "malformed"))
                self.assertIsInstance(reply.json["position"], int)

    def test_types_are_what_they_say(self):
        integer, number, boolean, string = "Not a valid integer.", "Not a valid number.", "Not a valid boolean.", "Not a valid string."
        for text, field, says in (('"qty":"12"', "qty", integer), ('"qty":1.5', "qty", integer), ('"qty":1.0', "qty", integer), ('"qty":1e2', "qty", integer),
                                  ('"qty":true', "qty", integer), ('"qty":9223372036854775808', "qty", integer), ('"qty":[1]', "qty", integer),
                                  ('"qty":{}', "qty", integer), ('"qty":-9223372036854775809', "qty", integer), ('"qty":""', "qty", integer),
                                  ('"price":"1.5"', "price", number), ('"price":true', "price", number), ('"price":{}', "price", number),
                                  ('"active":1', "active", boolean), ('"active":"true"', "active", boolean), ('"active":0', "active", boolean),
                                  ('"slug":7', "slug", string), ('"slug":true', "slug", string), ('"slug":["a"]', "slug", string),
                                  ('"slug":"a\\u0000"', "slug", string)):
            with self.subTest(text=text):
                reply = self.with_field(text)
                self.assertEqual((reply.status, reply.json.get("details")), (422, {field: [says]}))

    def test_null_is_no_value(self):
        for field in ("name", "qty", "price", "active", "slug"):
            with self.subTest(field=field):
                reply = self.post(json.dumps({**ITEM, field: None}))
                self.assertEqual((reply.status, reply.json["details"]), (422, {field: ["Field may not be null."]}))

    def test_all_broken_rules_are_told(self):
        reply = self.post('{"name":"x","qty":1.5,"slug":"A1","active":1}')
        self.assertEqual(reply.status, 422)
        self.assertEqual(sorted(reply.json["details"]), ["active", "description", "name", "qty", "slug"])
        self.assertEqual(reply.json["details"]["description"], ["Missing data for required field."])

    def test_lengths_count_characters(self):
        self.assertEqual(self.post(json.dumps({**ITEM, "name": "日本語"})).status, 201)
        self.assertEqual(self.post(json.dumps({**ITEM, "name": "é" * 100}, ensure_ascii=False)).status, 201)
        self.assertEqual(self.post(json.dumps({**ITEM, "name": "\U0001f4a1" * 101})).status, 422)
        self.assertEqual(self.post(json.dumps({**ITEM, "name": "日本"})).status, 422)

    def test_patterns_match_the_whole(self):
        for slug in ("a1", "1a", "a\n", "\na", "", "A", "a b", "ａ"):
            with self.subTest(slug=slug):
                self.assertEqual(self.post(json.dumps({**ITEM, "slug": slug})).status, 422)

    def test_what_is_no_object(self):
        for body in ("[]", "1", '"name"', "null", "true", "[{}]"):
            with self.subTest(body=body):
                reply = self.post(body)
                self.assertEqual((reply.status, reply.json["details"]), (422, {"_schema": ["Invalid input type."]}))

    def test_what_is_no_json(self):
        good = json.dumps(ITEM).encode()
        for body in (b"", b" ", b"{", good[:-1], good + b"x", good + good, good + b"\0", b"\xef\xbb\xbf" + good, good.replace(b'"', b"'"), b"{'a':1}",
                     b'{"name":"\xff"}', b'{"name":"\xc0\xaf"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\\ud800"}', b'{"name":"a\nb"}', b'{"name":"\\x41"}',
                     b'{"qty":01}', b'{"qty":+1}', b'{"qty":.5}', b'{"qty":5.}', b'{"qty":NaN}', b'{"qty":Infinity}', b'{"qty":0x10}', b'{"price":1e999}',
                     b'{"qty":1,}', b'{,"qty":1}', b'{"qty" 1}', b"{qty:1}", b'{"qty":1}//', b'{"qty":/**/1}', b"\xff\xfe{\0}\0", b'{"a":' * 65 + b"1" + b"}" * 65):
            with self.subTest(body=body[:80]):
                reply = self.post(body)
                self.assertEqual((reply.status, reply.json["code"]), (400, "malformed"))
                self.assertLessEqual(reply.json["position"], len(body))

    def test_only_json_is_json(self):
        body = json.dumps(ITEM)
        for kind in ("application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'):
            with self.subTest(kind=kind):
                self.assertEqual(self.post(body, **{"Content-Type": kind}).status, 201)
        for kind in ("text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json-patch+json",
                     "application/jsonx", "application/json; charset=utf-16", "application/json, text/plain", "application/ld+json", "",
                     "application/json; charset=iso-8859-1", "application/json; boundary=x"):
            with self.subTest(kind=kind):
                self.assertEqual(self.post(body, **{"Content-Type": kind}).status, 415)
        bare = self.server.exchange(b"POST /api/items HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + self.token.encode() +
                                    b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body.encode())
        self.assertEqual(bare[0].status, 415)

    def test_the_refusal_comes_before_the_body_is_read(self):
        data = (b"POST /api/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n"
                b"Authorization: Bearer " + self.token.encode() + b"\r\n\r\n")
        got = self.server.raw(data)
        self.assertNotIn(b"100 Continue", got)
        self.assertEqual(harness.parse_replies(got)[0].status, 415)

    def test_a_change_takes_some_fields_and_keeps_the_others(self):
        made = self.post(json.dumps({**ITEM, "qty": 3})).json
        path = f"/api/items/{made['id']}"
        changed = self.server.request("PUT", path, {"price": 2.5}, token=self.token)
        self.assertEqual((changed.status, changed.json), (200, {**made, "price": 2.5}))
        self.assertEqual(self.server.request("PUT", path, {"id": 1}, token=self.token).status, 400)
        self.assertEqual(self.server.request("PUT", path, {"name": "x"}, token=self.token).status, 422)
        self.assertEqual(self.server.request("PUT", "/api/items/999", {"qty": 1}, token=self.token).status, 404)
        self.assertEqual(self.server.request("PUT", path, {"qty": 4}, token=self.server.token("bob")).status, 404)
        self.assertEqual(self.server.request("GET", path, token=self.token).json, {**made, "price": 2.5})

    def test_queries_are_as_strict(self):
        for query, status in (("ms=1", 200), ("ms=1&ms=2", 422), ("ms=1&x=2", 400), ("ms=", 422), ("ms=1.0", 422), ("ms=%31", 200), ("ms=+1", 422),
                              ("ms=0x1", 422), ("ms=1%00", 400), ("ms=%zz", 400), ("ms=60001", 422), ("ms=-1", 422), ("", 422), ("MS=1", 400), ("ms=%ff", 400),
                              ("ms=99999999999999999999", 422), ("ms=1&", 200), ("&ms=1", 200)):
            with self.subTest(query=query):
                self.assertEqual(self.server.request("GET", f"/slow?{query}").status, status)

    def test_sql_in_a_value_is_a_value(self):
        for name in ("'; DROP TABLE items; --", '" OR 1=1 --', "%' OR '1'='1", ":me", "?1", "$1", "\\'"):
            with self.subTest(name=name):
                made = self.post(json.dumps({**ITEM, "name": (name + "   ")[:100]}))
                self.assertEqual(made.status, 201)
                read = self.server.request("GET", f"/api/items/{made.json['id']}", token=self.token)
                self.assertEqual(read.json["name"], name + "   ")


class Rewriting(harness.ServerCase):
    """POST /json: any value, written anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = http.client.HTTPConnection(*cls.server.address, timeout=30)

    @classmethod
    def tearDownClass(cls):
        cls.connection.close()
        super().tearDownClass()

    def post(self, path, body):
        self.connection.request("POST", path, body=body, headers=TYPE)
        reply = self.connection.getresponse()
        return harness.Reply(reply.status, harness.fold(reply.getheaders()), reply.read())

    def test_values_come_back_the_same(self):
        for text in ("null", "true", "[]", "{}", '""', "0", "-0", "-1.5e-7", '["\\u0000\\u001f\\ud83d\\ude00"]', '{"a":{"b":[1,{"c":null}]}}', " [ 1 , 2 ] ",
                     '{"a b":"\\/"}', "12345678901234567890", '{"":{"":""}}'):
            with self.subTest(text=text):
                reply = self.post("/json", text.encode())
                self.assertEqual((reply.status, reply.json), (200, json.loads(text)))

    def test_depth(self):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            for depth, status in ((64, 200), (65, 400), (10_000, 400), (100_000, 400)):
                with self.subTest(opening=opening, depth=depth):
                    body = (opening * depth + "1" + closing * depth).encode()
                    self.assertEqual(self.post("/json", body).status, status)

    def test_duplicate_keys_at_any_depth(self):
        for text in ('{"a":1,"a":2}', '[[{"a":1,"b":2,"a":1}]]', '{"a":1,"\\u0061":2}', json.dumps({f"k{i}": i for i in range(500)})[:-1] + ',"k250":1}'):
            with self.subTest(text=text[:40]):
                self.assertEqual(self.post("/json", text.encode()).status, 400)

    @unittest.skipUnless((VECTORS / "json_parsing").is_dir(), "318 rows of JSONTestSuite are skipped: DW_VECTORS is not there")
    def test_json_test_suite(self):
        refused_duplicates = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
        rows = sorted((VECTORS / "json_parsing").glob("*.json"))
        self.assertGreater(len(rows), 300)
        for row in rows:
            with self.subTest(row=row.name):
                reply = self.post("/json", row.read_bytes())
                if row.name in refused_duplicates:
                    self.assertEqual(reply.status, 400)
                elif row.name.startswith("i_"):
                    self.assertIn(reply.status, (200, 400))
                else:
                    self.assertEqual(reply.status, 200 if row.name.startswith("y_") else 400)
                if row.name.startswith("y_") and reply.status == 200:
                    self.assertEqual(reply.json, json.loads(row.read_bytes()))

    @unittest.skipUnless((VECTORS / "wycheproof").is_dir(), "the JWS rows of Wycheproof are skipped: DW_VECTORS is not there")
    def test_signatures_of_wycheproof(self):
        """tests/unit/auth/test_jws.c says why we judge these rows otherwise."""
        refused = {*range(320, 324), *range(325, 329), 346, 347, 350, 351, 372, 373}
        taken = {367, 370}
        judged = 0
        for group in json.loads((VECTORS / "wycheproof" / "json_web_signature_test.json").read_bytes())["testGroups"]:
            key = group.get("public", group["private"] if "private" in group else None)
            for row in group["tests"]:
                if not isinstance(row.get("jws"), str) or not row["jws"]:
                    continue
                judged += 1
                with self.subTest(row=row["tcId"], comment=row["comment"]):
                    reply = self.post("/jws", json.dumps({"jwk": key, "jws": row["jws"]}).encode())
                    good = (row["result"] == "valid" or row["tcId"] in taken) and row["tcId"] not in refused
                    self.assertEqual(reply.status, 200 if good else 400, reply)
        self.assertGreater(judged, 300)


if __name__ == "__main__":
    unittest.main()
