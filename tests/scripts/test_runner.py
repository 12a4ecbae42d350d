"""The test runner's counts are true, also for programs that crash, hang, or say too little."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from runner import suites, tap  # noqa: E402


def run(script, timeout=20.0):
    result, _ = tap.run(tap.Program("x/y", ["/bin/sh", "-c", script], timeout), ROOT, dict(os.environ))
    return result


class Databases(unittest.TestCase):
    def test_each_scenario_runs_on_both_or_says_why_not(self):
        scenarios = sorted(path.stem.removeprefix("test_") for path in ROOT.glob("tests/behave/test_*.py"))
        self.assertEqual(sorted([*suites.ON_BOTH, *suites.ONCE]), scenarios)
        programs = {program.name: program for program in suites.behave(ROOT)}
        again = {name: program for name, program in programs.items() if name.endswith("@pg")}
        self.assertEqual(set(again), {f"behave/test_{name}@pg" for name in suites.ON_BOTH})
        for name, program in again.items():
            self.assertEqual(program, dataclasses.replace(programs[name[:-3]], name=name, env={"DEWAR_DATABASE": "pg"}))

    def test_the_page_says_the_same(self):
        page = (ROOT / "docs/internals/testing.md").read_text(encoding="utf-8")
        for name, why in suites.ONCE.items():
            self.assertIn(f"| `{name}` | {why} |\n", page)
        self.assertIn(": " + ", ".join(f"`{name}`" for name in suites.ON_BOTH) + ".\n", page)


class Counts(unittest.TestCase):
    def expect(self, result, passed, failed, skipped):
        self.assertEqual((result.passed, result.failed, result.skipped), (passed, failed, skipped), result.failures)

    def test_passed_failed_skipped(self):
        self.expect(run("echo 1..4; echo 'ok 1 - a'; echo 'not ok 2 - b'; echo 'ok 3 - c # SKIP no d';"
                        "echo 'not ok 4 # SKIP e'; exit 1"), 1, 1, 2)

    def test_several_groups_add_up(self):
        self.expect(run("echo 1..1; echo 'ok 1 - a'; echo 1..2; echo 'ok 1 - b'; echo 'ok 2 - c'"), 3, 0, 0)

    def test_a_crash_fails_what_did_not_report(self):
        result = run("echo 1..3; echo 'ok 1 - a'; kill -SEGV $$")
        self.expect(result, 1, 3, 0)
        self.assertIn("killed by SIGSEGV", result.failures)

    def test_a_bad_status_alone_is_a_failure(self):
        self.expect(run("echo 1..1; echo 'ok 1 - a'; exit 3"), 1, 1, 0)

    def test_silence_is_a_failure(self):
        self.expect(run("true"), 0, 1, 0)

    def test_too_many_is_a_failure(self):
        self.expect(run("echo 1..1; echo 'ok 1 - a'; echo 'ok 2 - b'"), 2, 1, 0)

    def test_a_hang_is_a_failure(self):
        result = run("echo 1..1; sleep 60", timeout=0.3)
        self.expect(result, 0, 2, 0)
        self.assertIn("took too long", result.failures)

    def test_processes_left_behind_are_a_failure(self):
        result = run("echo 1..1; echo 'ok 1 - a'; sleep 60 > /dev/null 2>&1 &")
        self.expect(result, 1, 1, 0)
        self.assertIn("left processes behind: sleep", result.failures)

    def test_also_in_a_group_of_their_own(self):
        result = run("echo 1..1; echo 'ok 1 - a'; set -m; sleep 60 > /dev/null 2>&1 &")
        self.expect(result, 1, 1, 0)

    def test_a_missing_program_is_a_failure(self):
        result, _ = tap.run(tap.Program("x/y", ["/nonexistent"]), ROOT, {})
        self.expect(result, 0, 1, 0)


class Order(unittest.TestCase):
    def programs(self, folder, *kinds):
        """Programs that write down their name when they begin and when they end, and how they are scheduled."""
        for number, kind in enumerate(kinds):
            script = f"echo begin {number} >> log; chrt -p $$ | head -n 1 >> how.{number}; sleep 0.2; echo end {number} >> log; echo 1..1; echo ok 1"
            yield tap.Program(f"x/{number}", ["sh", "-c", f"cd {folder}; {script}"], alone=kind != "together", behind=kind == "behind")

    def test_who_runs_beside_whom(self):
        with tempfile.TemporaryDirectory() as folder:
            programs = list(self.programs(folder, "behind", "together", "together", "alone"))
            results = [result for result, _ in tap.run_all(programs, ROOT, {**os.environ, "DEWAR_JOBS": "2"})]
            lines = (pathlib.Path(folder) / "log").read_text().splitlines()
            self.assertEqual([(result.name, result.passed) for result in results], [("x/1", 1), ("x/2", 1), ("x/3", 1), ("x/0", 1)])
            seen = [line for line in lines if not line.endswith(" 0")]
            self.assertEqual({*seen[:2]}, {"begin 1", "begin 2"})
            self.assertEqual(seen[4:], ["begin 3", "end 3"])
            self.assertLess(lines.index("begin 0"), lines.index("begin 3"))
            self.assertIn("SCHED_IDLE", (pathlib.Path(folder) / "how.0").read_text())
            self.assertIn("SCHED_OTHER", (pathlib.Path(folder) / "how.3").read_text())


class Unittest(unittest.TestCase):
    SOURCE = """
import unittest
class A(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail("why")
    def test_sub(self):
        for i in range(3):
            with self.subTest(i): self.assertEqual(i, 1)
    @unittest.skip("no reason")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_surprise(self): pass
class B(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no")
    def test_never(self): pass
"""

    def test_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test_x.py"
            path.write_text(self.SOURCE)
            result, _ = tap.run(tap.Program("x/y", [sys.executable, str(ROOT / "tests/runner/unittest_tap.py"),
                                                    str(path)]), ROOT, dict(os.environ))
        self.assertEqual((result.passed, result.failed, result.skipped), (1, 4, 1), result.output)


class LastLine(unittest.TestCase):
    def test_of_a_run(self):
        done = subprocess.run([sys.executable, str(ROOT / "tests/run.py"), "--only", "nonsense"], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such suite", done.stderr)
