"""The reference: every public function and macro is said what it is for, and Doxygen reads all of it without a warning."""

import html
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import pages

HEADERS = sorted((pages.ROOT / "include/dw").glob("*.h"))
FUNCTION = re.compile(r"(?m)^(?:DW_MUST |static inline |const |unsigned )*\w+ \**(dw_(?!x_)\w+)\([^;{]*[;{)]")
MACRO = re.compile(r"(?m)^#define (DW_[A-Z]\w*|dw_(?!x_)\w+)\(")


def documented(text, at):
    """Whether a comment stands above `at`, with nothing but lines of code and no empty line between."""
    above = text[:at].rstrip("\n") if text[:at].endswith("\n") else text[:at]
    block = re.split(r"\n[ \t]*\n", above)[-1]
    return "/*" in block or "*/" in block


class Reference(unittest.TestCase):
    def test_every_function_and_macro(self):
        found = 0
        for path in HEADERS:
            text = path.read_text(encoding="utf-8")
            for match in [*FUNCTION.finditer(text), *MACRO.finditer(text)]:
                found += 1
                with self.subTest(f"{path.name}: {match.group(1)}"):
                    # A macro may have its words where its function is, or in the story of the file.
                    story = text[:text.index("*/")]
                    self.assertTrue(documented(text, match.start()) or match.group(1) in story, "nobody says what it is for")
        self.assertGreater(found, 200)

    @unittest.skipUnless(shutil.which("doxygen"), "doxygen is not installed")
    def test_without_a_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([str(pages.ROOT / "script/docs"), folder], text=True, capture_output=True, check=False, timeout=120)
            self.assertEqual((run.returncode, run.stdout), (0, ""), run.stderr)
            self.assertEqual(run.stderr, f"{folder}/index.html\n")
            page = pathlib.Path(folder, "ctx_8h.html").read_text(encoding="utf-8")
        words = html.unescape(re.sub(r"<[^>]*>", "", page))
        for said in ("Runs fn(arg) on a bounded pool of threads", "Suspends until fd is readable or writable (DW_READABLE | DW_WRITABLE)",
                     "Helpers take a dw_ctx, so that the same code serves all."):
            self.assertIn(said, re.sub(r"\s+", " ", words))

    def test_help(self):
        run = subprocess.run([str(pages.ROOT / "script/docs"), "--help"], text=True, capture_output=True, check=False)
        self.assertEqual(run.returncode, 0)
        self.assertIn("usage: script/docs", run.stdout)


if __name__ == "__main__":
    unittest.main()
