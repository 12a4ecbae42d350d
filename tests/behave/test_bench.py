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
        "routes-10000", "match-static", "match-parameter", "match-missing", "limits-1000", "limits-100000", "limits-10000000", "limits-memory", "limits-flood"}


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
        """bench/request.c and bench/store.c, which no row is made of, still run; and bench/limits.c with more than a moment's keys."""
        with tempfile.TemporaryDirectory() as folder:
            for command, wanted in ((("request", "20", "4"), '"requests": 80'), (("store", "0.05", "4", folder), "durable rows/s"),
                                    (("store", "0.05", "4", folder, "items"), "durable rows/s")):
                done = subprocess.run([harness.BIN.parent / "bench" / command[0], *command[1:]], text=True, capture_output=True, check=False,
                                      timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""), command)
                self.assertIn(wanted, done.stdout)
        found = json.loads(subprocess.run([harness.BIN.parent / "bench/limits", "1000", "300000", "10000"], text=True, capture_output=True, check=True, timeout=60).stdout)
        self.assertEqual((found["flood"]["asked"], found["flood"]["let_through"]), (30, found["flood"]["right"]))
        self.assertEqual(found["flood"]["right"], 10)
        for one in found["checks"]:
            with self.subTest(one):
                self.assertGreater(one["kept"], 0.5 if one["strategy"].startswith("moving") else 0.95)
                self.assertGreaterEqual(one["bytes_a_key"], 2 * 16 * {"sliding_counter": 2, "moving_window_of_8": 8}.get(one["strategy"], 1))


if __name__ == "__main__":
    unittest.main()
