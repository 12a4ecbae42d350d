"""The development server: what it says of requests, what it names, how it starts, and how it swaps a program that was built anew."""

import contextlib
import os
import pty
import re
import shutil
import threading
import unittest

import harness

GREEN, YELLOW, RED = "\x1b[32m", "\x1b[33m", "\x1b[31m"


class Terminal:
    """A pseudo-terminal, and all that was written to it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.text = ""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with contextlib.suppress(OSError):
            while data := os.read(self.ours, 65536):
                self.text += data.decode(errors="replace").replace("\r\n", "\n")

    def wait_for(self, pattern):
        try:
            return harness.wait_until(lambda: re.search(pattern, self.text))
        except AssertionError:
            raise AssertionError(f"no /{pattern}/ in:\n{self.text}") from None

    def close(self):
        os.close(self.theirs)
        self.thread.join(10)
        os.close(self.ours)


def slowpoke(**settings):
    return harness.Server("slowpoke", {"MIGRATE": "yes", "WORKERS": "1", **settings})


class OnATerminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terminal = Terminal()
        cls.server = slowpoke(LOG="stderr", ENV=None)
        cls.server.arguments = ["--dev"]
        cls.server.start(output=cls.terminal.theirs)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.terminal.close()

    def get(self, path):
        return self.server.request("GET", path)

    def test_a_slow_start_is_told(self):
        self.terminal.wait_for(r"slowpoke: starting, 1 s: waiting for store\n")
        self.terminal.wait_for(r"slowpoke: listening on http://\S+ with 1 worker, in development\n")

    def test_each_request_is_a_line_in_colour(self):
        self.get("/again/2")
        self.terminal.wait_for(re.escape(GREEN) + r"200\x1b\[0m GET /again/2\x1b\[2m /again/\{n\}\x1b\[0m  \d+\.\d ms  2 statements\n")
        self.get("/nowhere")
        self.terminal.wait_for(re.escape(YELLOW) + r"404\x1b\[0m GET /nowhere  \d+\.\d ms  0 statements\n")
        self.assertNotIn('"kind":"access"', self.terminal.text)

    def test_a_client_does_not_paint(self):
        self.get("/x%1b%5b31mred")
        self.get("/%E2%80%AEthgir")
        self.terminal.wait_for(r"404\x1b\[0m GET /\\u202ethgir  ")
        self.assertNotIn("\x1b[31mred", self.terminal.text)

    def test_a_repeated_statement_is_named(self):
        self.get("/again/9")
        self.terminal.wait_for(re.escape(YELLOW) + r"    number_by_id ran 8 times in this request\x1b\[0m: one statement")
        self.assertNotIn("number_first ran", self.terminal.text)

    def test_who_holds_the_loop_is_named(self):
        self.get("/compute/60")
        found = self.terminal.wait_for(re.escape(YELLOW) + r"    /compute/\{n\} held the loop for (\d+) ms\x1b\[0m, and nobody else was served: (.*)\n")
        self.assertGreaterEqual(int(found[1]), 55)
        self.assertIn("compute_for+0x", found[2])


class InTheLog(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = slowpoke().start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def line(self, path, event):
        """The line of `event` about a request for `path`."""
        reply = self.server.request("GET", path)
        self.assertEqual(reply.status, 200, reply)
        return self.server.wait_for_log(lambda line: line["event"] == event and line.get("request_id") == reply.headers["x-request-id"])

    def test_requests_have_their_statements(self):
        self.assertEqual(self.line("/again/3", "request")["statements"], 3)
        self.assertEqual(self.line("/wait/1", "request")["statements"], 0)

    def test_a_repeated_statement_is_named(self):
        self.line("/again/6", "request")  # as often as is allowed
        line = self.line("/again/7", "dev.repeated_statement")
        self.assertEqual((line["statement"], line["times"], line["route"], line["level"]), ("number_by_id", 6, "/again/{n}", "warn"))
        self.assertEqual(len([line for line in self.server.log() if line["event"] == "dev.repeated_statement"]), 1)

    def test_who_computes_or_sleeps_is_named_and_who_waits_is_not(self):
        line = self.line("/compute/60", "dev.loop_held")
        self.assertEqual(line["route"], "/compute/{n}")
        self.assertIn("compute_for+0x", line["backtrace"])
        self.assertGreaterEqual(line["ms"], 55)
        self.assertIn("sleep_for+0x", self.line("/doze/60", "dev.loop_held")["backtrace"])
        waited = self.server.request("GET", "/wait/60").headers["x-request-id"]
        self.server.wait_for_log(lambda line: line["event"] == "request" and line["request_id"] == waited)
        self.assertEqual([line for line in self.server.log() if line["event"] == "dev.loop_held" and "wait+0x" in line["backtrace"]], [])


class InProduction(unittest.TestCase):
    def test_nothing_of_it_is_there(self):
        server = slowpoke(ENV="production", TRUSTED_HOSTS="127.0.0.1")
        with server:
            for path in ("/again/9", "/compute/60"):
                self.assertEqual(server.request("GET", path).status, 200)
            lines = server.log()
            self.assertNotIn("starting,", server.said())
        self.assertEqual([line for line in lines + server.log() if line["event"].startswith("dev.") or "statements" in line], [])

    def test_watching_is_refused(self):
        folder = harness.fresh_directory()
        self.addCleanup(shutil.rmtree, folder)
        got, _, said = harness.run("slowpoke", "serve", "--watch", env={"SLOWPOKE_TRUSTED_HOSTS": "a.test"}, cwd=folder)
        self.assertEqual(got, 78)
        self.assertIn("WATCH is yes, which runs a command whenever a file is saved", said)
        got, _, said = harness.run("slowpoke", "check", "--dev=yes", env={}, cwd=folder)
        self.assertEqual(got, 64)


class Watching(unittest.TestCase):
    """A saved source is built, and the program swapped; a build that fails changes nothing."""

    def setUp(self):
        self.terminal = Terminal()
        self.addCleanup(self.terminal.close)
        self.server = harness.coffer(LOG="stderr", MIGRATE="yes")
        self.addCleanup(self.server.stop)
        self.sources = self.server.directory / "src"
        (self.sources / "build").mkdir(parents=True)
        self.program = self.server.directory / "coffer"
        shutil.copy(harness.BIN / "coffer", self.program)
        self.build = self.server.directory / "build.sh"
        self.server.program = self.program
        self.server.arguments = ["--dev", "--watch", f"--watch-directory={self.sources}", f"--watch-command=sh {self.build}"]
        self.server.start(output=self.terminal.theirs)

    def builds(self, *lines):
        self.build.write_text("\n".join(lines) + "\n")

    def save(self, name):
        path = self.sources / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("/* changed */\n")

    def version(self):
        return self.server.request("GET", "/openapi.json").json["info"]["version"]

    def test_saving_swaps_the_program_and_a_failure_does_not(self):
        pids = self.server.children()
        self.terminal.wait_for(r"coffer: watching 1 folders below ")
        self.builds(f"cp {harness.BIN}/coffer_next {self.program}.new", f"mv {self.program}.new {self.program}", "echo made $((6 * 7))")
        self.save("build/ignored.c")
        self.save(".hidden.c")
        self.save("notes.md")
        self.save("cards.c")
        self.terminal.wait_for(r"coffer: saved; building: sh .*build.sh\n")
        self.terminal.wait_for(r"made 42\n")
        self.terminal.wait_for(r"coffer: built; the new program takes over\n")
        self.terminal.wait_for(r'"event":"reload.done"')
        self.assertEqual(self.terminal.text.count("saved; building"), 1)
        after = harness.wait_until(lambda: (now := self.server.children()) and "worker 0" in now and now["worker 0"] != pids["worker 0"] and now)
        self.assertNotEqual(pids["store"], after["store"])
        self.builds("echo \"cards.c:7: error: expected ';'\" >&2", "exit 1")
        self.save("more/items.h")  # in a folder that was made meanwhile
        self.save("more/items.h")
        self.save("cards.c")
        self.terminal.wait_for(r"cards.c:7: error: expected ';'\n")
        self.terminal.wait_for(r"coffer: the build failed; what ran before goes on serving\n")
        self.assertEqual(self.server.admin("GET", "/readyz").status, 200)
        self.assertEqual(self.terminal.text.count('"event":"reload.done"'), 1)


if __name__ == "__main__":
    unittest.main()
