"""What pages list, the program has: errors, settings, commands, files, links; man pages without a warning."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import pages
import update

# The ids of Django 6.0 and before, those included that newer versions have no more.
DJANGO = [*(f"W{n:03}" for n in range(1, 23)), "E023", "E024", "W025", "W026", "E100", "E101", "E102"]
# A word of each line that the guides have one tick off, which its row in our table has as well.
TICKED = ("FLASK_DEBUG", "FLASK_ENV", "error handlers", "validation", "mass assignment", "security headers", "logging", "secrets", "HTTPS")
MANUALS = sorted((pages.ROOT / "docs/man").glob("*.1"))


class Tables(unittest.TestCase):
    def test_settings(self):
        page = update.PAGE.read_text(encoding="utf-8")
        self.assertEqual(update.with_table(page), page, "run tests/docs/update.py")

    def test_findings(self):
        page = update.CHECKS.read_text(encoding="utf-8")
        self.assertEqual(update.with_findings(page), page, "run tests/docs/update.py")

    def test_checks_of_others(self):
        """Each of Django's is answered by a finding, or by a test that shows why it cannot happen; so is each thing to tick off."""
        known = {rule["id"] for rule in update.rules()}
        page = update.CHECKS.read_text(encoding="utf-8")
        django = page.partition("## Django's checks")[2].partition("\n## ")[0]
        guides = page.partition("## Checklists of the guides")[2].partition("\n## ")[0]
        self.assertEqual(re.findall(r"(?m)^\| `security\.(\w+)` \|", django), DJANGO)
        rows = [row for part in (django, guides) for row in re.findall(r"(?m)^\| (?!to tick|Django|---).*\| (.*) \|$", part)]
        self.assertGreater(len(rows), len(DJANGO) + 20)
        for answer in rows:
            with self.subTest(answer):
                ids = set(re.findall(r"`([a-z_]+\.[a-z-]+)`", answer))
                tests = re.findall(r"`(tests/[^`]*)`", answer)
                self.assertTrue(ids or tests)
                self.assertLessEqual(ids, known)
                for path in tests:
                    self.assertTrue((pages.ROOT / path).exists(), path)

    def test_checklists(self):
        """Where the guides are at hand: each line to tick off has a row."""
        guides = sorted((pathlib.Path(os.environ.get("DW_VECTORS", "/nowhere")).parent / "guides").glob("*.txt"))
        if not guides:
            self.skipTest("the guides are not here")
        lines = [line.lower() for path in guides for line in re.findall(r"(?m)^\s*- \[ \] (.+)$", path.read_text(encoding="utf-8"))]
        page = update.CHECKS.read_text(encoding="utf-8").partition("## Checklists of the guides")[2].partition("\n## ")[0]
        rows = [row.lower() for row in re.findall(r"(?m)^\| (.*?) \|", page)]
        self.assertGreater(len(lines), 8)
        for line in lines:
            with self.subTest(line):
                words = [word.lower() for word in TICKED if word.lower() in line]
                self.assertTrue(words, "which row is about it?")
                self.assertTrue([row for row in rows if all(word in row for word in words)], words)

    def test_requirements(self):
        """Where the standard is at hand: each requirement that a finding names is one of it."""
        path = pathlib.Path(os.environ.get("DW_VECTORS", "/nowhere")).parent / "asvs/asvs-5.0.0.csv"
        if not path.exists():
            self.skipTest("the standard is not here")
        known = set(re.findall(r"V(\d+\.\d+\.\d+),", path.read_text(encoding="utf-8")))
        self.assertEqual({rule["properties"]["asvs"] for rule in update.rules()} - known, set())

    def test_asvs(self):
        page = update.ASVS.read_text(encoding="utf-8")
        self.assertEqual(update.with_asvs(page), page, "run tests/docs/update.py")

    def test_errors(self):
        header = (pages.ROOT / "include/dw/err.h").read_text(encoding="utf-8")
        known = {(code, status) for status, code in re.findall(r'(?m)^    X\(\w+, \d+, (\d+), "(\w+)"', header)}
        page = (pages.ROOT / "docs/guide/errors.md").read_text(encoding="utf-8").partition("## The list")[2]
        listed = set()
        for codes, status in re.findall(r"(?m)^\| (`[^|]*`) \| (\d+) \|", page):
            listed |= {(code, status) for code in re.findall(r"`(\w+)`", codes)}
        self.assertEqual(listed, known)

    def test_events(self):
        """Every event that the sources can log is on the page about logs, and no other."""
        known = set()
        for path in (pages.ROOT / "src").rglob("*.c"):
            known |= set(re.findall(r'DW_LOG_LEVEL_\w+,(?:\s*"event",)?\s*"([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
        page = (pages.ROOT / "docs/guide/running.md").read_text(encoding="utf-8").partition("## Events")[2].partition("\n## ")[0]
        self.assertEqual(set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page)), known)

    def test_links(self):
        for path in pages.all_pages():
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
                with self.subTest(f"{path.name}: {target}"):
                    self.assertTrue((path.parent / target).exists())


class Manuals(unittest.TestCase):
    def test_settings(self):
        manual = update.MANUAL.read_text(encoding="utf-8")
        self.assertEqual(update.with_settings(manual), manual, "run tests/docs/update.py")

    def test_a_page_for_each_command(self):
        commands = re.findall(r"(?m)^  (\w+) +\S", update.said("--help").partition("Commands:")[2].partition("\n\n")[0])
        self.assertEqual(sorted(path.stem for path in MANUALS), sorted(["coffer"] + [f"coffer-{name}" for name in commands
                                                                                        if name != "man"]))

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_without_a_warning(self):
        for path in MANUALS:
            with self.subTest(path.name):
                run = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", "-rLL=100n", "-K", "utf8", str(path)], text=True,
                                     capture_output=True, check=False)
                self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_names(self):
        """A page begins with its own name and one line about it, which is what whatis reads."""
        for path in MANUALS:
            with self.subTest(path.name):
                text = path.read_text(encoding="utf-8")
                self.assertIn(f".TH {path.stem.upper().replace('-', chr(92) + '-')} 1", text)
                self.assertRegex(text, rf"(?m)^\.SH NAME\n{re.escape(path.stem.replace('-', chr(92) + '-'))} \\- \S.*[^.]$")


if __name__ == "__main__":
    unittest.main()
