"""The first application: its size, its tests under the sanitizers, and how long its page takes."""

import os
import pathlib
import subprocess
import time
import unittest

import pages
import shelf
import test_commands

BUILD = pathlib.Path(os.environ.get("DEWAR_BUILD", pages.ROOT / "build/asan"))
SOURCE = pages.ROOT / "docs/guide/first.c"
PAGE = pages.ROOT / "docs/guide/your-first-application.md"
LINES = 80
SECONDS = 180  # of ten minutes: the rest is for who reads


class First(unittest.TestCase):
    def test_is_short(self):
        lines = len(SOURCE.read_text(encoding="utf-8").splitlines())
        self.assertLessEqual(lines, LINES)
        self.assertIn(f"one C file of {lines} lines", PAGE.read_text(encoding="utf-8"))

    def test_its_tests(self):
        run = subprocess.run([str(BUILD / "bin/test_first")], text=True, capture_output=True, check=False, timeout=120)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))

    def test_its_page_is_quick(self):
        """Every command of the page, from the empty directory to the server's end; what they answer is test_commands' concern."""
        commands = [command for block in pages.blocks(PAGE) if block.language == "console" for command in pages.commands(block)]
        self.assertGreater(len(commands), 15)
        with test_commands.nothing() as (env, directory, port):
            begun = time.monotonic()
            answers = shelf.shell(commands, env, directory, port, SECONDS)
        self.assertLess(time.monotonic() - begun, SECONDS)
        self.assertTrue(pages.same(commands[-1].expected, answers[-1]), answers)


if __name__ == "__main__":
    unittest.main()
