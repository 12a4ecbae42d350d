"""Every requirement of ASVS 5.0 has its row, every file and every test that a row names is there, and the command says so in each of its forms."""

import ast
import collections
import functools
import hashlib
import json
import re
import unittest

import table

# SHA-256 over "number level\n" of all requirements of ASVS 5.0.0, in its order.
REQUIREMENTS = "9737517475e14be299c2f05c8f3a75c09e597788d97dfdd38b1f911095b6b13f"
EVIDENT = ("enforced_by_default", "enforced_when_configured", "offered")


@functools.cache
def text(path):
    return (table.ROOT / path).read_text(encoding="utf-8")


def methods_of(path, name):
    """The tests of a class of unittest, those of its bases in the same file among them."""
    classes = {node.name: node for node in ast.parse(text(path)).body if isinstance(node, ast.ClassDef)}
    if name not in classes:
        return set()
    own = {node.name for node in classes[name].body if isinstance(node, ast.FunctionDef)}
    return own.union(*(methods_of(path, base.id) for base in classes[name].bases if isinstance(base, ast.Name)))


def is_there(test):
    """Whether "path name" is a test."""
    path, _, name = test.partition(" ")
    if not (table.ROOT / path).is_file():
        return False
    if path.startswith(("tests/compile/", "fuzz/")):
        return not name  # the file is the test
    if path.startswith("tests/unit/"):
        return bool(re.search(rf"(?m)^static void {name}\(void \*\*\w+\)", text(path))) and len(re.findall(rf"\b{name}\b", text(path))) > 1
    if path.endswith(".js"):
        return f"test('{name}'" in text(path)
    group, _, method = name.partition(".")
    return method.startswith("test_") and method in methods_of(path, group)


class Rows(unittest.TestCase):
    def test_every_requirement_has_its_row(self):
        listed = "".join(f"{row['id']} {row['level']}\n" for row in table.rows())
        self.assertEqual(hashlib.sha256(listed.encode()).hexdigest(), REQUIREMENTS)

    def test_what_a_row_names_is_there(self):
        for row in table.rows():
            with self.subTest(row["id"]):
                self.assertEqual([path for path in row["files"] if not (table.ROOT / path).is_file()], [])
                self.assertEqual([test for test in row["tests"] if not is_there(test)], [])

    def test_what_is_not_there_would_be_seen(self):
        for test in ("tests/unit/guard/test_guards.c lets_in_nobody", "tests/unit/guard/test_guard.c lets_in_who_may", "tests/compile/sql.c",
                     "tests/compile/sql_variable.c name", "tests/behave/test_csrf.py Requests.test_nothing", "tests/behave/test_csrf.py Nobody.test_evidence",
                     "tests/security/conformance.spec.js everybody can frame us"):
            self.assertFalse(is_there(test), test)

    def test_no_row_without_its_evidence(self):
        """What is said to be done names where and what shows it; what is not done names nothing that would look like it."""
        for row in table.rows():
            with self.subTest(row["id"]):
                if row["status"] in EVIDENT:
                    self.assertTrue(row["files"] and row["tests"])
                self.assertEqual(len(set(row["tests"])), len(row["tests"]))
                self.assertGreater(len(row["how"]), 8)
                self.assertTrue(row["title"][:1].isupper() or row["title"].startswith(("… ", "response_mode", "authorization_details")), row["title"])

    def test_titles_are_our_own(self):
        """Short, and no sentence of the standard, whose licence is another."""
        for row in table.rows():
            self.assertLess(len(row["title"]), 75, row["id"])
            self.assertNotIn("Verify that", row["title"] + row["how"])


class Command(unittest.TestCase):
    def test_counts_are_those_of_the_rows(self):
        for level in (1, 2, 3):
            said = json.loads(table.asvs("--level", str(level), "--json").stdout)
            wanted = [row for row in table.rows() if row["level"] <= level]
            self.assertEqual([row["id"] for row in said["requirements"]], [row["id"] for row in wanted])
            counts = dict(said["counts"])
            self.assertEqual(counts.pop("all"), len(wanted))
            self.assertEqual({name: n for name, n in counts.items() if n}, dict(collections.Counter(row["status"] for row in wanted)))

    def test_a_line_for_each(self):
        lines = table.asvs("--level", "1").stdout.splitlines()
        self.assertEqual(len([line for line in lines if re.match(r"V\d+\.\d+\.\d+ +L1  \S", line)]), 70)
        self.assertIn("V8.2.1   L1  enforced by default      Functions are for who has the right", lines)
        self.assertRegex(lines[-1], r"^70 requirements of OWASP ASVS 5\.0\.0: \d+ enforced by default, .*, \d+ not yet$")

    def test_one_with_all_that_there_is(self):
        said = table.asvs("V4.2.1").stdout
        for line in ("    in     src/http/h1_head.c", "    shown  tests/unit/http/test_h1_parse.c test_rows", "    shown  fuzz/fuzz_h1_head.c"):
            self.assertIn(line + "\n", said)
        self.assertNotIn("V4.2.2", said)
        self.assertNotIn("V10.1.1", table.asvs("V1").stdout)
        self.assertIn("    when   AUDIT_LOG\n", table.asvs("-v", "V16.4").stdout)

    def test_whether_it_is_so_here(self):
        self.assertIn("(not configured here)", table.asvs("V16.4.2").stdout)
        self.assertIn("(configured here)", table.asvs("V16.4.2", env={"COFFER_AUDIT_LOG": "audit.log"}).stdout)
        self.assertNotIn("(", table.asvs("--level", "1", "V9").stdout.replace("OWASP", ""))
        here = {row["id"]: row["here"] for row in json.loads(table.asvs("--json", env={"COFFER_TRUSTED_PROXIES": "unix"}).stdout)["requirements"]}
        self.assertEqual((here["V3.4.1"], here["V4.1.2"], here["V6.5.1"], here["V6.8.2"], here["V1.1.1"]), (True, False, True, False, None))
        self.assertIn("(not used here)", table.asvs("V6.8.2").stdout)

    def test_what_cannot_be_asked(self):
        for words in (("--level", "4"), ("--level",), ("--level", "12"), ("nonsense",), ("V1", "V2"), ("-x",)):
            run = table.asvs(*words)
            self.assertEqual((run.returncode, run.stdout), (64, ""), words)
            self.assertIn("usage: coffer asvs", run.stderr)
        run = table.asvs("V99")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no requirement V99", run.stderr)


if __name__ == "__main__":
    unittest.main()
