"""bench/run.py --smoke: rows are taken from real servers, in fractions of a second; the figures mean nothing here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import harness

AUTH = {f"auth-{kind}{what}" for kind in ("hs256", "es256", "eddsa", "session", "key") for what in ("", "-added")} | \
    {"auth-hs256-cold", "auth-es256-cold", "auth-eddsa-cold", "auth-passwords-p99"}
ROWS = {"hello", "hello-p99", "hello-p99-rate", "hello-pipelined", "hello-close", "get", "get-cold", "get-hs256", "get-hs256-cold",
        "verify-hs256", "verify-es256", "verify-eddsa", "verify-rs256", *AUTH, "post", "post-p99", "post-p99-rate", "two-workers", "idle", "routes-1000",
        "routes-10000", "match-static", "match-parameter", "match-missing"}


class Smoke(unittest.TestCase):
    def test_every_row(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            done = subprocess.run([sys.executable, harness.ROOT / "bench/run.py", "--smoke", "--build", harness.BIN.parent,
                                   "--json", folder / "bench.json"], text=True, capture_output=True, check=False,
                                  env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
            self.assertEqual(done.returncode, 0, done.stderr)
            found = json.loads((folder / "bench.json").read_text())
        self.assertTrue(found["smoke"])
        self.assertEqual({row["id"] for row in found["rows"]}, ROWS)
        for row in found["rows"]:
            with self.subTest(row["id"]):
                self.assertIn(row["title"], done.stdout)
                if row["value"] is None and "only root" in row["note"]:
                    self.assertIsNone(row["value"])
                elif row["unit"] != "µs more":  # of a moment, less is as likely
                    self.assertGreaterEqual(row["value"], 0)
        self.assertNotIn("Sanitizer", done.stdout + done.stderr)

    def test_programs_that_are_run_by_hand(self):
        """bench/request.c and bench/store.c, which no row is made of, still run."""
        with tempfile.TemporaryDirectory() as folder:
            for command, wanted in ((("request", "20", "4"), '"requests": 80'), (("store", "0.05", "4", folder), "durable rows/s"),
                                    (("store", "0.05", "4", folder, "items"), "durable rows/s")):
                done = subprocess.run([harness.BIN.parent / "bench" / command[0], *command[1:]], text=True, capture_output=True, check=False,
                                      timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
                self.assertIn(wanted, done.stdout)


if __name__ == "__main__":
    unittest.main()
