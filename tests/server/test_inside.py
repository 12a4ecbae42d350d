"""What a warm worker of a release does inside: it answers without asking for memory, and one that waits costs little."""

import os
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from lib import client, inside, servers  # noqa: E402

servers.BIN = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release")) / "bin"
REQUESTS = 1000
CONNECTIONS = 2000
BYTES = 768  # docs/benchmarks.md has the figure; this is where something has gone wrong


class Inside(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dewar-")
        self.addCleanup(folder.cleanup)
        started = servers.conformance(pathlib.Path(folder.name) / "app", IDLE_TIMEOUT="300s")
        self.server = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        self.worker = self.server.child_named("worker 0")
        self.hello = client.request_bytes(self.server.port, "GET", "/hello")
        inside.warm(self.server.port, self.hello)

    def allocations(self, act):
        try:
            return inside.allocations(self.worker, act)
        except inside.Untraceable as why:
            self.skipTest(str(why))

    def test_no_allocation_for_a_request(self):
        self.assertEqual(self.allocations(lambda: inside.ask(self.server.port, self.hello, REQUESTS)), {})

    def test_an_allocation_would_be_seen(self):
        """A password is hashed in memory that is asked for; if this is not seen, the test above shows nothing."""
        form = b"grant_type=password&username=nobody&password=not+a+password"
        request = client.request_bytes(self.server.port, "POST", "/token", {"Content-Type": "application/x-www-form-urlencoded"}, form)
        seen = self.allocations(lambda: client.exchange(self.server.port, request))
        self.assertGreater(seen["malloc"]["times"], 0)
        self.assertGreater(seen["a system call"]["times"], 0)

    def test_memory_of_a_connection_that_waits(self):
        count = inside.allowed_connections(CONNECTIONS)
        if count < CONNECTIONS:
            self.skipTest(f"{CONNECTIONS} connections are more than this system allows")
        try:
            found = inside.idle_bytes(self.server.port, self.worker, self.hello, CONNECTIONS)
        except inside.Untraceable as why:
            self.skipTest(str(why))
        self.assertLess(found, BYTES)
        self.assertGreater(found, 0, "nothing at all: what was looked at is not the worker")


if __name__ == "__main__":
    unittest.main()
