"""bench/run.py --smoke: every row is taken from real servers, in fractions of a second; the figures mean nothing here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import harness

ROWS = {"hello", "hello-p99", "hello-p99-rate", "hello-pipelined", "hello-close", "get", "post", "post-p99", "post-p99-rate",
        "two-workers"}


class Smoke(unittest.TestCase):
    def test_every_row(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name in ("load", "ceiling"):
                subprocess.run(["gcc", "-std=gnu17", "-O2", "-D_GNU_SOURCE", "-o", folder / name, harness.ROOT / f"bench/{name}.c"],
                               check=True)
            done = subprocess.run([sys.executable, harness.ROOT / "bench/run.py", "--smoke", "--build", harness.BIN.parent,
                                   "--tools", folder, "--json", folder / "bench.json"], text=True, capture_output=True, check=False,
                                  env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
            self.assertEqual(done.returncode, 0, done.stderr)
            found = json.loads((folder / "bench.json").read_text())
        self.assertTrue(found["smoke"])
        self.assertEqual({row["id"] for row in found["rows"]}, ROWS)
        for row in found["rows"]:
            with self.subTest(row["id"]):
                self.assertGreater(row["value"], 0)
                self.assertIn(row["title"], done.stdout)
        self.assertNotIn("Sanitizer", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
