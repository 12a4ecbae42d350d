"""This tree keeps to the rules of script/lint."""

import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tree(unittest.TestCase):
    def test_is_clean(self):
        run = subprocess.run([str(ROOT / "script/lint")], text=True, check=False, capture_output=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
