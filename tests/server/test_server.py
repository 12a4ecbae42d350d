"""script/server as a newcomer meets it: fresh settings, random users, three lines that work as they stand, Ctrl-C."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """A running script/server with a var/ of its own."""

    def __init__(self, var, port):
        self.begin = time.monotonic()
        env = {**os.environ, "DEWAR_VAR": str(var), "COFFER_LISTEN": f"127.0.0.1:{port}", "COFFER_WORKERS": "2"}
        self.child = subprocess.Popen([str(ROOT / "script/server")], env=env, text=True, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0)
        self.said = []
        self.reader = threading.Thread(target=lambda: self.said.extend(self.child.stderr), daemon=True)
        self.reader.start()
        self.lines = []
        while len(self.lines) < 3:
            line = self.child.stdout.readline()
            if not line:
                raise AssertionError(f"script/server printed {self.lines} and ended\n{self.end(signal.SIGTERM)}")
            self.lines.append(line)
        self.ready_after = time.monotonic() - self.begin

    def end(self, number):
        """Sends a signal to the whole foreground group, as a terminal does; returns what was said."""
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            raise
        finally:
            self.child.stdout.close()
        self.reader.join(10)
        self.child.stderr.close()
        return "".join(self.said)


def shell(text):
    """A shell into which a user pastes the lines."""
    run = subprocess.run(["bash", "-c", text], text=True, capture_output=True, check=False, timeout=60)
    return run.stdout + run.stderr


class FirstMinutes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="dewar-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.var = pathlib.Path(folder.name) / "var"
        cls.port = free_port()
        cls.first = Server(cls.var, cls.port)
        cls.addClassCleanup(cls.first.end, signal.SIGKILL)
        cls.answers = shell("".join(cls.first.lines))
        cls.said = cls.first.end(signal.SIGINT)

    def test_three_lines_as_they_stand(self):
        self.assertRegex(self.answers, r"HTTP/1\.1 201 ")
        self.assertRegex(self.answers, r"(?i)\nlocation: /api/items/1\n")
        self.assertIn('"message":"Item created successfully"', self.answers)
        self.assertRegex(self.answers, r'HTTP/1\.1 200 (?s:.*)"name":"First item"')

    def test_ctrl_c_ends_it_cleanly(self):
        self.assertEqual(self.first.child.returncode, 0, self.said)
        self.assertNotIn("child.killed", self.said)

    def test_what_it_keeps_is_private(self):
        self.assertEqual(self.var.stat().st_mode & 0o007, 0)
        for name in ("coffer.env", "demo-users.txt"):
            self.assertEqual((self.var / name).stat().st_mode & 0o777, 0o600, name)

    def test_secrets_are_fresh_and_long(self):
        values = re.findall(r"_KEYS=(\S+)", (self.var / "coffer.env").read_text())
        self.assertEqual(len(values), 2)
        self.assertNotEqual(*values)
        for value in values:
            self.assertGreaterEqual(len(value), 43)

    def test_passwords_are_said_once(self):
        password = re.search(r"(?m)^demo-editor\s+(\S+)", (self.var / "demo-users.txt").read_text()).group(1)
        self.assertIn(password, self.said)
        self.assertGreaterEqual(len(password), 15)

    def test_second_start(self):
        """Everything is there: ready in under 3 seconds, no password said, the lines work, the first item is still there."""
        server = Server(self.var, self.port)
        try:
            answers = shell("".join(server.lines))
        finally:
            said = server.end(signal.SIGTERM)
        self.assertEqual(server.child.returncode, 0, said)
        self.assertLess(server.ready_after, 3.0)
        password = re.search(r"(?m)^demo-editor\s+(\S+)", (self.var / "demo-users.txt").read_text()).group(1)
        self.assertNotIn(password, said)
        self.assertRegex(answers, r'"id":1,"name":"First item"')
        self.assertRegex(answers, r'"id":2,"name":"First item"')

    def test_nothing_of_it_is_left(self):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", self.port))

    def test_a_bad_setting_is_said_and_is_the_status(self):
        run = subprocess.run([str(ROOT / "script/server"), "--workers=none"], text=True, capture_output=True, check=False,
                             env={**os.environ, "DEWAR_VAR": str(self.var)}, timeout=60)
        self.assertEqual(run.returncode, 78, run.stderr)
        self.assertIn("--workers", run.stderr)
