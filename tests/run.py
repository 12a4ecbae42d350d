#!/usr/bin/env python3
"""Runs the test suites and sums them up; the last line is `N passed, N failed, N skipped`.

usage: tests/run.py [--only SUITE[/PROGRAM]]… [--list] [--verbose]

Every suite is a number of programs that report in TAP (the Test Anything Protocol).  A program that ends badly, is killed at its
time limit, or reports another number of tests than it planned adds a failure of its own, so that nothing is lost between
the lines.  The results are also written to build/test-results.json.
"""

import argparse
import json
import os
import pathlib
import sys
import time

from runner import suites, tap

ROOT = pathlib.Path(__file__).resolve().parents[1]


def environment():
    """What every test program finds in its environment."""
    env = dict(os.environ)
    env.setdefault("DW_VECTORS", str(ROOT.parent / "shared" / "vectors"))
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=0")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    env.setdefault("DEWAR_BUILD", str(ROOT / "build" / "asan"))
    env.setdefault("DEWAR_RELEASE", str(ROOT / "build" / "release"))
    env["CMOCKA_MESSAGE_OUTPUT"] = "TAP"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    return env


def show(result, seconds, verbose):
    """One line for a program, and its output where something failed."""
    word = "FAIL" if result.failed else "ok"
    skipped = f", {result.skipped} skipped" if result.skipped else ""
    failed = f", {result.failed} failed" if result.failed else ""
    print(f"{word:4} {result.name:44} {result.passed:5} passed{failed}{skipped}  {seconds:.1f} s", flush=True)
    for reason in result.skip_reasons:
        print(f"       skipped: {reason}")
    if result.failed or verbose:
        for name in result.failures:
            print(f"       failed: {name}")
        print("\n".join("       | " + line for line in result.output.rstrip().splitlines()[-200:]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="SUITE[/PROGRAM]")
    parser.add_argument("--list", action="store_true", help="say which programs there are")
    parser.add_argument("--verbose", action="store_true", help="show the output of what passed too")
    options = parser.parse_args()
    unknown = [name for name in options.only if name.split("/")[0] not in suites.NAMES]
    if unknown:
        parser.error(f"no such suite: {', '.join(unknown)} (there are {', '.join(suites.NAMES)})")

    programs = [program for program in suites.all_programs(ROOT)
                if not options.only or any(program.name == name or program.name.startswith(name + "/")
                                           for name in options.only)]
    if options.list:
        print("\n".join(program.name for program in programs))
        return 0

    begin = time.monotonic()
    results = []
    env = environment()
    for result, seconds in tap.run_all(programs, ROOT, env):
        show(result, seconds, options.verbose)
        results.append(result)

    passed, failed, skipped = (sum(getattr(result, what) for result in results)
                               for what in ("passed", "failed", "skipped"))
    if not passed and not failed:
        failed = 1
        print("nothing was run")
    report = ROOT / "build" / "test-results.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps({
        "passed": passed, "failed": failed, "skipped": skipped, "seconds": round(time.monotonic() - begin, 1),
        "programs": [{"name": result.name, "passed": result.passed, "failed": result.failed,
                      "skipped": result.skipped, "failures": result.failures} for result in results],
    }, indent=1) + "\n")
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
