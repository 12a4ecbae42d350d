"""What a warm worker of a release does inside: it answers without asking for memory, one that waits costs little, and who asks is known."""

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


class WhoAsks(unittest.TestCase):
    """The account behind a token and its sign-in are read from the database once, and once more when something was committed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dewar-")
        self.addCleanup(folder.cleanup)
        pathlib.Path(folder.name).chmod(0o711)
        often = {f"RATE_LIMIT_{name}": "1000000/second" for name in ("GLOBAL", "API")}
        started = servers.coffer(pathlib.Path(folder.name) / "app", **often)
        self.server = started.__enter__()
        self.addCleanup(started.__exit__, None, None, None)
        self.headers = {"Authorization": f"Bearer {servers.token(self.server)}"}
        self.own = client.request_bytes(self.server.port, "GET", "/api/virtual-cards", self.headers)
        inside.ask(self.server.port, self.own, 10)

    TEXTS = 3  # by which both are found: the sign-in by its id and its account, the account by its id

    def texts_bound(self, act):
        """Of what is asked for here, nothing else is found by a text."""
        try:
            seen = inside.calls(self.server.child_named("worker 0"), act, ("sqlite3_bind_text64",))
        except inside.Untraceable as why:
            self.skipTest(str(why))
        return seen.get("sqlite3_bind_text64", {"times": 0})["times"]

    def test_nobody_is_looked_up_twice(self):
        self.assertEqual(self.texts_bound(lambda: inside.ask(self.server.port, self.own, 100)), 0)

    def test_a_commit_is_noticed(self):
        body = b'{"name":"A lamp","description":"For the desk"}'
        make = client.request_bytes(self.server.port, "POST", "/api/items", {**self.headers, "Content-Type": "application/json"}, body)

        def act():
            self.assertEqual(client.exchange(self.server.port, make).status, 201)
            inside.ask(self.server.port, self.own, 100)
        self.assertEqual(self.texts_bound(act), self.TEXTS)


if __name__ == "__main__":
    unittest.main()
