"""Every block of code on a page is code that compiles: an excerpt of a file that is built, or a whole file."""

import pathlib
import subprocess
import tempfile
import unittest

import pages

FLAGS = ["-std=gnu17", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror", "-fsyntax-only",
         f"-I{pages.ROOT / 'include'}", f"-I{pages.ROOT / 'src'}"]


def plain(text):
    """Lines without what indents them: an excerpt may stand further to the left."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


class Code(unittest.TestCase):
    def check_excerpt(self, block):
        source = pages.ROOT / block.note
        self.assertTrue(source.is_file(), f"{block.place}: {block.note} does not exist")
        # A line of … alone leaves something out.
        rest = plain(source.read_text(encoding="utf-8"))
        for part in plain(block.text).split("\n…\n"):
            self.assertIn(part, rest, f"{block.place}: this is not what {block.note} says")
            rest = rest[rest.index(part) + len(part):]

    def check_whole(self, block):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "block.c"
            path.write_text(f'#line {block.line} "{block.path}"\n{block.text}', encoding="utf-8")
            run = subprocess.run(["gcc", *FLAGS, str(path)], text=True, capture_output=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_code(self):
        found = 0
        for path in pages.all_pages():
            for block in pages.blocks(path):
                if block.language not in ("c", "sql", "cmake", "ts"):
                    continue
                found += 1
                with self.subTest(block.place):
                    if block.note:
                        self.check_excerpt(block)
                    elif block.language == "c":
                        self.check_whole(block)
                    else:
                        self.assertIn(path, pages.RUN_ELSEWHERE, f"{block.place}: say which file this is from")
        self.assertGreater(found, 5)

    def test_kinds(self):
        """Nothing stands in a block of a kind that nobody checks."""
        for path in pages.all_pages():
            for block in pages.blocks(path):
                with self.subTest(block.place):
                    self.assertIn(block.language, pages.LANGUAGES)
                    if block.language == "sh" and path not in pages.RUN_ELSEWHERE:
                        self.assertEqual(block.note, "illustration", "run it (console), or say that it is one")


if __name__ == "__main__":
    unittest.main()
