"""A field of each type on its way through: bound, put into a row, read back, written. On both databases."""

import unittest
import uuid

import harness

THING = {"word": "Émile", "whole": -(1 << 63), "big": "9223372036854775807", "realnum": 0.1, "flag": False, "money": "-12.50",
         "day": "2024-02-29", "moment": "2024-02-29T11:00:00.500Z", "colour": "red", "mail": "\"a b\"@example.com",
         "site": "https://example.com/?q=%C3%A9", "host": "2001:db8::1", "octets": "AAECAw", "anything": {"a": [1, None, {"b": "\u2028"}]},
         "numbers": [3, -1], "rates": {"EUR": "1.0000", "USD": "-0.0001"}, "maker": {"name": "Ada", "since": "1815-12-10"},
         "makers": [{"name": "A"}, {"name": "B"}], "lost": None}
# What is spelt in another way than it is kept: (sent, kept).
SPELT = {"word": (" E\u0301mile\u3000", "Émile"), "money": (12.5, "12.50"), "moment": ("2024-02-29T12:00:00.5+01:00", "2024-02-29T11:00:00.500Z"),
         "host": ("2001:DB8:0:0::1", "2001:db8::1"), "rates": ({"EUR": 1}, {"EUR": "1.0000"}), "realnum": (1e2, 100.0),
         "maker": ({"since": "0001-01-01", "name": "x"}, {"name": "x", "since": "0001-01-01"}), "numbers": ([], []), "makers": ([], [])}
EDGES = {"whole": [0, (1 << 63) - 1], "big": ["-9223372036854775808", "9007199254740993"], "realnum": [5e-324, -1.7976931348623157e308, 0.1 + 0.2],
         "money": ["1000.00", "-1000.00", "0.01", "0.00"], "day": ["0001-01-01", "9999-12-31"],
         "moment": ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59Z"], "host": ["0.0.0.0", "255.255.255.255", "::"],
         "octets": ["", "_-8"], "anything": [None, 0, "", [], {}, "\U0001f600", -1.5e300], "flag": [True], "lost": ["2000-01-01"],
         "spare": ["999999999999999999", "-1"], "more": [[1], None, []], "word": ["\U0001f600" * 20, "a\"\nb\\c"]}


class Things(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.Server("kinds", {"WORKERS": "1"}, prepare=(("migrate",),))

    def keep(self, **fields):
        sent = {"uid": str(uuid.uuid4()), **THING, **fields}
        return sent, self.server.request("POST", "/things", sent)

    def kept(self, **fields):
        """What a thing is when it comes back, from the statement that wrote it and from one that reads it."""
        sent, made = self.keep(**fields)
        self.assertEqual(made.status, 201, made)
        read = self.server.request("GET", f"/things/{sent['uid']}")
        self.assertEqual((read.status, read.json), (200, made.json))
        return sent, made.json

    def test_every_type_there_and_back(self):
        sent, got = self.kept()
        self.assertEqual(got, sent)
        self.assertEqual(list(got), list(sent), "in declared order")

    def test_what_nobody_sends(self):
        for name in ("flag", "colour"):
            sent = {**THING, "uid": str(uuid.uuid4())}
            del sent[name]
            self.assertEqual(self.server.request("POST", "/things", sent).json, {**sent, name: {"flag": True, "colour": "green"}[name]})

    def test_one_spelling_is_kept(self):
        for name, (spelt, kept) in SPELT.items():
            with self.subTest(name):
                self.assertEqual(self.kept(**{name: spelt})[1][name], kept)
        lower = str(uuid.uuid4())
        self.assertEqual(self.keep(uid=lower.upper())[1].json["uid"], lower)

    def test_edges(self):
        for name, values in EDGES.items():
            for value in values:
                with self.subTest(name, value=value):
                    got = self.kept(**{name: value})[1]
                    if name == "more" and value is None:
                        self.assertNotIn("more", got)  # a column cannot tell null from absent
                    else:
                        self.assertEqual(got[name], value)

    def test_what_is_no_value(self):
        for name, value, code in (("uid", str(uuid.uuid1()), "version"), ("word", " ", "len"), ("whole", 1 << 63, "type"), ("big", 1, "type"),
                                  ("big", "9223372036854775808", "type"), ("realnum", "1", "type"), ("money", "0.001", "scale"), ("money", "1000.01", "range"),
                                  ("day", "0000-12-31", "range"), ("moment", "2024-02-29T12:00:00", "format"), ("colour", "blue", "one_of"),
                                  ("mail", "a@localhost", "format"), ("site", "http://example.com/", "scheme"), ("host", "1.2.3", "format"),
                                  ("octets", "AA==", "format"), ("octets", "A" * 12, "bytes"), ("anything", [[[[[]]]]], "levels"),
                                  ("numbers", [1, 1], "unique"), ("rates", {"eur": 1}, "key"), ("rates", {"EUR": "0.00001"}, "scale"),
                                  ("makers", [{"name": ""}], "len"), ("lost", "never", "format"), ("spare", "0.5", "scale"), ("pin", "1", "len")):
            with self.subTest(name, value=value):
                reply = self.keep(**{name: value})[1]
                self.assertEqual((reply.status, [error["code"] for error in reply.json["errors"]]), (422, [code]))

    def test_a_row_that_is_no_value_any_more(self):
        for name, value in (("day", "'2024-02-30'"), ("colour", "'blue'"), ("host", "'here'"), ("numbers", "'[10]'"), ("rates", "'{}x'"),
                            ("money", "9223372036854775807"), ("octets", "'='"), ("anything", "'{'"), ("uid", "'1'")):
            with self.subTest(name):
                sent, _ = self.kept()
                self.server.change(f"UPDATE things SET {name} = {value} WHERE uid = '{sent['uid']}'")
                reply = self.server.request("GET", f"/things/{sent['uid']}")
                self.assertEqual(reply.status, 404 if name == "uid" else 500, reply)
                self.server.change("DELETE FROM things")

    def test_a_path_that_spells_no_key(self):
        self.assertEqual(self.server.request("GET", "/things/1").status, 404)
        self.assertEqual(self.server.request("GET", f"/things/{uuid.uuid4()}").status, 404)


if __name__ == "__main__":
    unittest.main()
