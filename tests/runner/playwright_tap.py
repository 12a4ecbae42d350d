#!/usr/bin/env python3
"""Runs the Playwright tests of tests/security/ with Debian's Chromium and reports in TAP.

The packages are those of package-lock.json, installed by `npm ci --ignore-scripts` when the lock file has changed since.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import npm

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "security"


def tests_of(suite, above=()):
    """Yields (name, outcome, message) of every test in a suite of the JSON report."""
    names = above + ((suite["title"],) if suite.get("title") else ())
    for spec in suite.get("specs", []):
        for test in spec["tests"]:
            messages = [error.get("message", "") for result in test["results"] for error in result.get("errors", [])]
            yield " > ".join((*names, spec["title"])), test["status"], "\n".join(messages)
    for inner in suite.get("suites", []):
        yield from tests_of(inner, names)


def main():
    if npm.missing():
        print(f"1..1\nok 1 - playwright # SKIP {npm.missing()} is not installed")
        return 0
    done = True
    for folder in (FOLDER, FOLDER.parent / "openapi"):  # the typed client's packages are there
        good, said = npm.install(folder)
        print("\n".join("# " + line for line in said.splitlines()))
        done = done and good
    if not done:
        print("1..1\nnot ok 1 - npm ci")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        env = {**os.environ, "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report), "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
               "FORCE_COLOR": "0"}
        run = subprocess.run(["npx", "--no-install", "playwright", "test", "--reporter=json"], cwd=FOLDER, env=env,
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if not report.exists():
            print("\n".join("# " + line for line in run.stdout.splitlines()))
            print("1..1\nnot ok 1 - playwright made no report")
            return 1
        data = json.loads(report.read_text())
    number = 0
    for error in data.get("errors", []):
        number += 1
        print("\n".join("# " + line for line in error.get("message", "").splitlines()))
        print(f"not ok {number} - outside of any test")
    for suite in data["suites"]:
        for name, outcome, message in tests_of(suite):
            number += 1
            good = outcome in ("expected", "skipped")
            if not good:
                print("\n".join("# " + line for line in message.splitlines()))
            skip = " # SKIP" if outcome == "skipped" else ""
            print(f"{'ok' if good else 'not ok'} {number} - {name.replace('#', '')}{skip}")
    print(f"1..{number}")
    return 1 if run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
