"""A field of each type on its way through: bound, put into a row, read back, written. On both databases."""

import json
import re
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


# What PostgreSQL's own types keep otherwise, and what they cannot.
NATIVE_EDGES = {**EDGES, "day": ["0001-01-01", "9999-12-31", "1582-10-10", "1900-02-28", "2000-02-29"],
                "moment": ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z", "2000-01-01T00:00:00Z",
                           "1999-12-31T23:59:59.000001Z"],
                "money": [*EDGES["money"], "-0.01", "999.99", "-0.10", "100.00"], "spare": [*EDGES["spare"], "-999999999999999999", "10000", "100000000", "0"],
                "anything": [None, 0, "", [], {}, "\U0001f600", 1.50, [[[]]]], "octets": [*EDGES["octets"], "AAAAAAAAAAA"],
                "realnum": [*EDGES["realnum"], -0.0, 2.0 ** 53 + 2]}


class Things(harness.ServerCase):
    path, edges = "/things", EDGES
    spoilt = (("day", "'2024-02-30'"), ("colour", "'blue'"), ("host", "'here'"), ("numbers", "'[10]'"), ("rates", "'{}x'"),
              ("money", "9223372036854775807"), ("octets", "'='"), ("anything", "'{'"), ("uid", "'1'"))

    @classmethod
    def make(cls):
        return harness.Server("kinds", {"WORKERS": "1"}, prepare=(("migrate",),))

    def keep(self, **fields):
        sent = {"uid": str(uuid.uuid4()), **THING, **fields}
        return sent, self.server.request("POST", self.path, sent)

    def kept(self, **fields):
        """What a thing is when it comes back, from the statement that wrote it and from one that reads it."""
        sent, made = self.keep(**fields)
        self.assertEqual(made.status, 201, made)
        read = self.server.request("GET", f"{self.path}/{sent['uid']}")
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
            self.assertEqual(self.server.request("POST", self.path, sent).json, {**sent, name: {"flag": True, "colour": "green"}[name]})

    def test_one_spelling_is_kept(self):
        for name, (spelt, kept) in SPELT.items():
            with self.subTest(name):
                self.assertEqual(self.kept(**{name: spelt})[1][name], kept)
        lower = str(uuid.uuid4())
        self.assertEqual(self.keep(uid=lower.upper())[1].json["uid"], lower)

    def test_edges(self):
        for name, values in self.edges.items():
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
        table = self.path[1:]
        for name, value in self.spoilt:
            with self.subTest(name, value=value):
                sent, _ = self.kept()
                self.server.change(f"UPDATE {table} SET {name} = {value} WHERE uid = '{sent['uid']}'")
                reply = self.server.request("GET", f"{self.path}/{sent['uid']}")
                self.assertEqual(reply.status, 404 if name == "uid" else 500, reply)
                self.server.change(f"DELETE FROM {table}")

    def test_a_path_that_spells_no_key(self):
        self.assertEqual(self.server.request("GET", self.path + "/1").status, 404)
        self.assertEqual(self.server.request("GET", f"{self.path}/{uuid.uuid4()}").status, 404)


class Natives(Things):
    """The same in columns of PostgreSQL's own types."""

    path, edges = "/natives", NATIVE_EDGES
    spoilt = (("day", "'infinity'"), ("day", "'-infinity'"), ("day", "'10000-01-01'"), ("day", "'0002-12-31 BC'"), ("moment", "'infinity'"),
              ("moment", "'10000-01-01 00:00Z'"), ("moment", "'0002-12-31 23:59:59Z BC'"), ("colour", "'blue'"), ("host", "'10.0.0.0/8'"),
              ("numbers", "'[10]'"), ("numbers", "'null'"), ("money", "'NaN'"), ("spare", "'NaN'"), ("maker", "'{\"name\": \"\"}'"))

    def stored(self, sent, what):
        """How PostgreSQL itself shows it."""
        return harness.cluster().sql(f"SET timezone = 'Asia/Kolkata'; SELECT {what} FROM natives WHERE uid = '{sent['uid']}'", self.server.database)

    def test_postgresql_sees_what_was_meant(self):
        sent, _ = self.kept(moment="2024-02-29T23:30:00.000001Z", day="0001-01-01", money="-999.05", spare="120000", octets="AP-A", host="10.1.2.3")
        for what, shown in (("day", "0001-01-01"), ("moment AT TIME ZONE 'UTC'", "2024-02-29 23:30:00.000001"), ("money", "-999.05"), ("spare", "120000"),
                            ("money * 2", "-1998.10"), ("encode(octets, 'hex')", "00ff80"), ("host", "10.1.2.3"), ("masklen(host)", "32"),
                            ("numbers ->> 0", "3"), ("maker ->> 'since'", "1815-12-10"), ("rates ->> 'USD'", "-0.0001"), ("lost IS NULL", "t"),
                            ("abs(extract(epoch FROM now() - stored)) < 60", "t")):
            with self.subTest(what):
                self.assertEqual(self.stored(sent, what), shown)
        harness.cluster().sql(f"UPDATE natives SET money = 1, moment = '2024-06-01 12:00 Europe/Paris', day = '0001-12-31 BC' WHERE uid = '{sent['uid']}'",
                              self.server.database)
        got = self.server.request("GET", f"/natives/{sent['uid']}").json
        self.assertEqual((got["money"], got["moment"], got["day"]), ("1.00", "2024-06-01T10:00:00Z", "0000-12-31"))

    def test_jsonb_keeps_the_value_and_json_the_text(self):
        sent = {**THING, "uid": str(uuid.uuid4()), "anything": "@", "rates": {"ZAR": 1, "EUR": 2}}
        body = json.dumps(sent).replace('"@"', '{"long": 1.50, "b": -15e2, "a": 1}')
        self.assertEqual(self.server.request("POST", "/natives", body.encode(), {"Content-Type": "application/json"}).status, 201)
        read = self.server.request("GET", f"/natives/{sent['uid']}").body.decode()
        self.assertIn('{"a":1,"b":-1500,"long":1.50}', read)
        self.assertLess(read.index("ZAR"), read.index("EUR"))

    def test_a_row_that_a_request_cannot_hold(self):
        sent = {**THING, "uid": str(uuid.uuid4())}
        self.assertEqual(self.server.request("POST", "/things", sent).status, 201)
        self.server.change(f"UPDATE things SET word = repeat('a', 9000000) WHERE uid = '{sent['uid']}'")
        self.assertEqual(self.server.request("GET", f"/things/{sent['uid']}").status, 503)
        failed = self.server.wait_for_log(lambda line: line["event"] == "sql.failed" and line["statement"] == "thing_by_uid")
        self.assertEqual((failed["error"], failed["why"]), ("unavailable", "its rows are more than a request may hold"))

    def test_what_jsonb_makes_longer(self):
        def send(anything):
            sent = {**THING, "uid": str(uuid.uuid4()), "anything": "@"}
            body = json.dumps(sent).replace('"@"', anything).encode()
            return self.server.request("POST", "/natives", body, {"Content-Type": "application/json"}), f"/natives/{sent['uid']}"

        made, path = send("[" + "1," * 8000 + "1]")
        self.assertEqual((made.status, self.server.request("GET", path).json["anything"]), (201, [1] * 8001))
        for anything in ("1e-16383", "[" + ",".join(["1e-16000"] * 1500) + "]", "[" + ",".join(["1e300"] * 60) + "]"):
            with self.subTest(anything[:12]):
                made, path = send(anything)
                self.assertEqual((made.status, self.server.request("GET", path).status), (500, 404), made)
        self.server.wait_for_log(lambda line: line["event"] == "sql.failed" and ":anything is too long with its numbers written out" in line["why"])
        self.kept(anything=1.5e-300)

    def test_what_the_type_cannot_hold_is_an_error_and_not_something_else(self):
        for name, value, why in (("moment", "2024-02-29T12:00:00.000000001Z", ":moment has parts of a microsecond"), ("anything", "\0", "22P05")):
            with self.subTest(name):
                sent, made = self.keep(**{name: value})
                self.assertEqual(made.status, 500, made)
                self.server.wait_for_log(lambda line, why=why: line["event"] == "sql.failed" and why in line["why"])
                self.assertEqual(self.server.request("GET", f"/natives/{sent['uid']}").status, 404)
        self.kept()

    def test_smaller_numbers(self):
        sent, _ = self.kept(money="7.00")
        put = {"uid": sent["uid"], "small": -32768, "medium": "-21474836.48", "money": "7"}
        reply = self.server.request("PUT", "/measures", put)
        self.assertEqual((reply.status, reply.json), (200, {"money": "7.00", "n": -2147483648 - 32768}))
        for name, value in (("small", 32768), ("small", -32769), ("medium", "21474836.48"), ("medium", "-21474836.49")):
            with self.subTest(name, value=value):
                self.assertEqual(self.server.request("PUT", "/measures", {**put, name: value}).status, 500)
        self.assertEqual(self.server.request("PUT", "/measures", {**put, "money": "6.99"}).status, 404)
        self.assertEqual(self.stored(sent, "small || ' ' || medium"), "-32768 -2147483648")
        self.server.change("DELETE FROM natives")
        for money in ("0.10", "0.20", "-999.99"):
            self.kept(money=money)
        self.assertEqual(self.server.request("GET", "/sums").json, {"money": "-999.69", "n": 3})

    def test_a_column_that_becomes_another_while_the_server_runs(self):
        sent, _ = self.kept(day="2024-02-29")
        self.server.change("ALTER TABLE natives ALTER COLUMN day TYPE text")
        try:
            self.assertEqual(self.server.request("GET", f"/natives/{sent['uid']}").json["day"], "2024-02-29")
            self.kept(day="2024-03-01")
        finally:
            self.server.change("ALTER TABLE natives ALTER COLUMN day TYPE date USING day::date")
        self.assertEqual(self.kept(day="2024-03-02")[1]["day"], "2024-03-02")

    def test_check_says_which_types_there_are_for_a_field(self):
        server = self.make()
        server.command("migrate")
        for column, kind, words in (("day", "timestamptz", "date or text"), ("moment", "timestamp", "timestamptz or text"), ("moment", "timestamptz(3)", "timestamptz or text"),
                                    ("uid", "bytea USING NULL", "uuid or text"), ("host", "cidr", "inet or text"), ("octets", "uuid USING NULL", "bytea or text"),
                                    ("money", "numeric", "numeric with the scale of the field"), ("money", "numeric(18, 4)", "numeric with the scale of the field"),
                                    ("money", "numeric(18, 1)", "bigint, its units"), ("money", "money", "bigint, its units"), ("numbers", "bigint[] USING NULL", "jsonb, json or text"),
                                    ("realnum", "real", "double precision"), ("realnum", "numeric", "double precision"), ("flag", "integer USING 1", "boolean"),
                                    ("whole", "numeric", "bigint, integer or smallint"), ("word", "uuid USING NULL", "text")):
            with self.subTest(column, kind=kind):
                type_, _, using = kind.partition(" USING ")
                key = "ALTER TABLE natives DROP CONSTRAINT natives_pkey; " if column == "uid" else ""
                harness.cluster().sql(f"CREATE DATABASE fits TEMPLATE {server.database} OWNER keeper")
                harness.cluster().sql(f"{key}ALTER TABLE natives ALTER COLUMN {column} DROP NOT NULL, ALTER COLUMN {column} TYPE {type_} USING {using or f'{column}::{type_}'}", "fits")
                status, said, _ = harness.run("kinds", "check", env={**server.env, "KINDS_DATABASE_URL": harness.cluster().url("fits")}, cwd=server.directory)
                self.assertNotEqual(status, 0)
                self.assertRegex(said, rf"statement native_by_uid: column `{column}` has a type that its field in thing cannot take; it wants [^\n]*{re.escape(words)}")
                harness.cluster().sql("DROP DATABASE fits")


if not harness.on_postgres():
    del Natives  # SQLite has no types of its own for these


if __name__ == "__main__":
    unittest.main()
