"""With a protection taken out, the test that its row names fails.

One source is compiled once more with that one place changed (tests/asvs/off.py), the unit test's program is linked with it in front of the library, and run.
Nothing that is installed has a switch for it."""

import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import table
from off import OFF

LEAST = 20


def run(command, **more):
    return subprocess.run(command, text=True, capture_output=True, check=False, cwd=table.BUILD, **more)


@functools.cache
def compile_commands():
    """How the library's sources are compiled, by path."""
    entries = json.loads((table.BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    return {entry["file"]: entry["command"] for entry in entries if "/dewar_objects.dir/" in entry["command"]}


@functools.cache
def link_command(program):
    """How a program is linked: the last of the commands that make it."""
    made = run(["ninja", "-t", "commands", program])
    assert made.returncode == 0, made.stderr
    return made.stdout.strip().splitlines()[-1]


def compile_changed(source, before, after, directory):
    """The object of a source with one place of it changed."""
    path = table.ROOT / source
    text = path.read_text(encoding="utf-8")
    assert before is None or text.count(before) == 1, f"{source}: {text.count(before)} times, not once: {before}"
    changed, out = directory / path.name, directory / (path.stem + ".o")
    changed.write_text(text if before is None else text.replace(before, after), encoding="utf-8")
    words = shlex.split(compile_commands()[str(path)])
    words[words.index("-o") + 1] = str(out)
    words = [str(changed) if word == str(path) else word for word in words]
    made = run([*words, "-w", "-Wno-error"])
    assert made.returncode == 0, made.stderr
    return out


def link(program, changed, directory):
    """The program with the changed object, which comes first: the library's own is then not taken."""
    command = link_command(program)
    out = directory / pathlib.Path(program).name
    assert command.count(f" -o {program} ") == 1, command
    made = run(["sh", "-c", command.replace(f" -o {program} ", f" {changed} -o {out} ")])
    assert made.returncode == 0, made.stderr
    return out


def verdict(source, before, after, test):
    """Whether the test passed (True), failed (False), or was not there (None); and what it said."""
    path, _, name = test.partition(" ")
    program = str(pathlib.Path(path).with_suffix(""))
    with tempfile.TemporaryDirectory(prefix="dewar-off-") as directory:
        directory = pathlib.Path(directory)
        built = link(program, compile_changed(source, before, after, directory), directory)
        ran = subprocess.run([str(built)], text=True, errors="replace", capture_output=True, check=False, cwd=table.ROOT, timeout=120,
                             env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "ASAN_OPTIONS": "detect_leaks=0"})
    found = re.search(rf"(?m)^(ok|not ok) \d+ - {name}\b", ran.stdout)
    return (found.group(1) == "ok" if found else None), ran.stdout[-3000:] + ran.stderr[-3000:]


class Off(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        jobs = [(source, before, after, test) for _, source, before, after, test in OFF]
        unchanged = ("src/guard/roles.c", None, None, "tests/unit/guard/test_guards.c lets_in_who_may")
        with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            futures = [pool.submit(verdict, *job) for job in [unchanged, *jobs]]
        cls.unchanged, *cls.verdicts = futures

    def test_nothing_taken_out_fails_nothing(self):
        """… so that it is the change that does it."""
        passed, said = self.unchanged.result()
        self.assertIs(passed, True, said)

    def test_with_each_taken_out_its_test_fails(self):
        for (requirement, source, *_, test), future in zip(OFF, self.verdicts):
            with self.subTest(requirement, source=source, test=test):
                passed, said = future.result()
                self.assertIs(passed, False, said)

    def test_they_are_those_of_the_rows(self):
        rows = {row["id"]: row for row in table.rows()}
        for requirement, source, _, _, test in OFF:
            with self.subTest(requirement):
                self.assertIn(test, rows[requirement]["tests"])
                self.assertTrue(rows[requirement]["status"].startswith(("enforced", "offered")))
                self.assertIn(source, rows[requirement]["files"])
        self.assertGreaterEqual(len({requirement for requirement, *_ in OFF}), LEAST)


if __name__ == "__main__":
    unittest.main()
