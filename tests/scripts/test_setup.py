"""script/setup, on machines that are made of stubs: what is installed, with which rights, and what is said."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ("awk", "bash", "cat", "dirname", "env", "grep", "nproc", "sed", "sort")
EVERYTHING = "everything"


class Machine:
    """A PATH with a few real tools and a stub of each that a machine may have or lack."""

    def __init__(self, folder, installed=(), uid=0, sudo=True):
        self.bin = pathlib.Path(folder) / "bin"
        self.log = pathlib.Path(folder) / "log"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(next(path for path in (f"/usr/bin/{tool}", f"/bin/{tool}")
                                              if os.path.exists(path)))
        self.stub("id", f"echo {uid}")
        if installed == EVERYTHING:
            self.stub("dpkg-query", 'shift 3; for p; do echo "installed $p"; done')
        else:
            lines = "".join(f"installed {name}\\n" for name in installed)
            self.stub("dpkg-query", f"printf '{lines}config-files cmake\\n'; exit 1")
        self.stub("apt-get", f'echo "apt-get $*" >> {self.log}')
        if sudo:
            self.stub("sudo", f'echo "sudo $*" >> {self.log}; exec "$@"')

    def stub(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def setup(self, *arguments):
        run = subprocess.run(["/bin/bash", str(ROOT / "script/setup"), *arguments], text=True, check=False,
                             capture_output=True, env={"PATH": str(self.bin)})
        log = self.log.read_text() if self.log.exists() else ""
        return run.returncode, run.stderr, log


class Setup(unittest.TestCase):
    def machine(self, *arguments, **options):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Machine(folder.name, *arguments, **options)

    def test_nothing_missing_runs_nothing(self):
        status, said, log = self.machine(EVERYTHING).setup()
        self.assertEqual((status, said, log), (0, "", ""))

    def test_bare_machine_as_root_installs_without_sudo(self):
        status, said, log = self.machine(("gcc", "libc6-dev")).setup("build")
        self.assertEqual(status, 0, said)
        self.assertIn("missing: libsodium-dev (libsodium: Argon2id, random numbers)", said)
        self.assertNotIn("missing: gcc", said)
        self.assertIn("apt-get -q update", log)
        self.assertRegex(log, r"apt-get -q install -y --no-install-recommends .*\bninja-build\b.*\blibsodium-dev\b")
        self.assertNotIn("sudo", log)

    def test_removed_package_counts_as_missing(self):
        self.assertIn("missing: cmake", self.machine(("gcc",)).setup("build")[1])

    def test_other_user_goes_through_sudo(self):
        status, _, log = self.machine((), uid=1000).setup("build")
        self.assertEqual(status, 0)
        self.assertIn("sudo apt-get -q update", log)
        self.assertIn("sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install", log)

    def test_other_user_without_sudo_is_told_what_to_do(self):
        status, said, log = self.machine((), uid=1000, sudo=False).setup("build")
        self.assertEqual(status, 77)
        self.assertIn("as root run apt-get install gcc", said)
        self.assertEqual(log, "")

    def test_building_needs_no_test_tools(self):
        said = self.machine(()).setup("build")[1]
        for name in ("clang", "python3", "chromium", "cppcheck", "nginx"):
            self.assertNotIn(f"missing: {name}", said)

    def test_a_tool_from_elsewhere_counts(self):
        machine = self.machine(())
        machine.stub("npm", "")
        said = machine.setup("test")[1]
        self.assertNotIn("missing: npm", said)
        self.assertIn("missing: nodejs", said)

    def test_list_changes_nothing(self):
        status, said, log = self.machine(()).setup("--list", "build")
        self.assertEqual((status, log), (1, ""))
        self.assertIn("missing: gcc", said)

    def test_failing_apt_is_an_error(self):
        machine = self.machine(())
        machine.stub("apt-get", "exit 100")
        self.assertEqual(machine.setup("build")[0], 69)

    def test_unknown_group(self):
        self.assertEqual(self.machine(()).setup("everything")[0], 64)


class Help(unittest.TestCase):
    def test_every_script_has_help(self):
        scripts = [path for path in sorted((ROOT / "script").iterdir()) if path.is_file()]
        self.assertEqual({path.name for path in scripts}, {"bench", "docs", "fuzz", "lint", "server", "setup", "test", "valgrind"})
        for path in scripts:
            with self.subTest(path.name):
                run = subprocess.run([str(path), "--help"], capture_output=True, text=True, check=False, cwd="/")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn(f"usage: script/{path.name}", run.stdout)
                self.assertNotIn("shellcheck disable", run.stdout)

    def test_unknown_arguments_are_refused(self):
        for name in ("fuzz", "lint", "setup", "test", "valgrind"):
            with self.subTest(name):
                run = subprocess.run([str(ROOT / "script" / name), "--nonsense"], capture_output=True, text=True,
                                     check=False)
                self.assertEqual(run.returncode, 64, run.stderr)
