"""README's "Your first secured route", as it stands: its files, its commands, its requests, and what they must answer."""

import os
import pathlib
import re
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release"))


def section():
    """The text of the section."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(r"(?ms)^## Your first secured route\n(.*?)^## ", text).group(1)


def files():
    """Name and text of every file that it shows: a line with the name in backticks and a colon, then the block."""
    return dict(re.findall(r"(?ms)^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", section()))


def commands():
    """The blocks of commands: install, build and start, use."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```$", section())


class FirstSecuredRoute(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="dewar-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o711)
        cls.home = pathlib.Path(folder.name)
        cls.install, cls.start, cls.use = commands()
        for name, text in files().items():
            path = cls.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        # Another port, since tests run beside whatever a developer runs; the rest is as a reader would paste it.
        script = cls.start.replace("8090", str(port)) + f"""
for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:{port}/ && break; sleep 0.05; done
echo ---answers---
""" + re.sub(r"(?m)$(?<=.)", "; echo", cls.use.replace("8090", str(port))) + """
echo ---end---
kill -TERM %1
wait %1
echo "status $?"
"""
        subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(cls.home / "dewar")], check=True,
                       stdout=subprocess.DEVNULL)
        run = subprocess.run(["bash", "-c", script], cwd=cls.home, text=True, capture_output=True, check=False, timeout=120,
                             env={**os.environ, "HOME": str(cls.home)})
        cls.output = run.stdout + run.stderr
        match = re.search(r"(?s)---answers---\n(.*)\n---end---", run.stdout)
        cls.answers = match.group(1).splitlines() if match else []

    def test_installation_is_what_the_tests_did(self):
        self.assertIn('cmake --install build/release --prefix "$HOME/dewar"', self.install)
        self.assertIn("cmake --preset release", self.install)

    def test_files(self):
        self.assertEqual(sorted(files()), ["notes/CMakeLists.txt", "notes/migrations/0001_start.sql", "notes/notes.c"])

    def test_there_are_four_answers(self):
        self.assertEqual(len(self.answers), 4, self.output)

    def test_routes_are_listed(self):
        self.assertRegex(self.output, r"POST\s+/v1/notes\b.*writer")

    def test_stored(self):
        self.assertRegex(self.answers[0], r'^\{"id":1,"title":"first","stars":5\}$')

    def test_undeclared_field(self):
        self.assertIn('"invalid_fields":["owner"]', self.answers[1])

    def test_broken_rules(self):
        self.assertRegex(self.answers[2], r'"details":\{.*"title":.*\}')
        self.assertRegex(self.answers[2], r'"details":\{.*"stars":.*\}')

    def test_no_token(self):
        self.assertIn('"error":"Unauthorized"', self.answers[3])

    def test_ends_cleanly(self):
        self.assertRegex(self.output, r"(?m)^status 0$")
