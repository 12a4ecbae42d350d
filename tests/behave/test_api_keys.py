"""API keys: made once, shown once, good for their scopes and for as long as their owner is; and every key that is not quite one."""

import concurrent.futures
import concurrent.futures
import contextlib
import time
import unittest
import zlib

import harness

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRET = "notASecretATestKeyNotASecretATestKeyNotASec"
DATA = "/api/data"


def checksum(text):
    """CRC-32 in base 62, as <dw/api_key.h> says."""
    crc, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = DIGITS[digit] + digits
    return digits


def key_of(name, secret=SECRET, prefix="conformance"):
    text = f"{prefix}_{name}_{secret}"
    return text + checksum(text)


class Fixture(harness.ServerCase):
    """Keys that the conformance application comes with."""

    @classmethod
    def make(cls):
        return harness.conformance(BAD_TOKENS_PER_SECOND="10000")

    def ask(self, key=None, path=DATA, token=None, source=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            headers["X-API-Key"] = key
        return self.server.request("GET", path, headers=headers, token=token, source=source)

    def refused(self, reply, status=401):
        self.assertEqual(reply.status, status, reply)
        self.assertNotIn("sensitive", reply.body.decode())
        if status == 401:
            self.assertEqual(reply.headers["www-authenticate"], 'ApiKey realm="conformance"')

    def test_a_good_key(self):
        reply = self.ask(key_of("AliceReads0"))
        self.assertEqual((reply.status, reply.json), (200, {"data": "sensitive"}))
        self.assertEqual(reply.headers["cache-control"], "no-store")
        self.assertEqual(self.ask(Authorization=f"ApiKey {key_of('AliceReads0')}").status, 200)

    def test_cut_at_each_place(self):
        key = key_of("AliceReads0")
        for n in range(len(key)):
            self.refused(self.ask(key[:n]))
        self.refused(self.ask(key + "0"))
        self.refused(self.ask(f'"{key}"'))

    def test_each_character_altered(self):
        key = key_of("AliceReads0")
        for at, was in enumerate(key):
            self.refused(self.ask(key[:at] + ("A" if was != "A" else "B") + key[at + 1:]))
            self.refused(self.ask(key[:at] + was.swapcase() + key[at + 1:]) if was.swapcase() != was else self.ask())

    def test_a_wrong_secret_and_a_wrong_id_with_a_good_checksum(self):
        for at in (0, 21, 42):
            self.refused(self.ask(key_of("AliceReads0", SECRET[:at] + "0" + SECRET[at + 1:])))
        self.refused(self.ask(key_of("AliceReads9")))
        self.refused(self.ask(key_of("AliceReads0", prefix="coffer")))

    def test_expired_disabled_or_for_something_else(self):
        self.refused(self.ask(key_of("AliceTooOld")))
        self.refused(self.ask(key_of("ErinReads00")))
        self.refused(self.ask(key_of("AliceWrites")), 403)
        self.refused(self.ask(key_of("BobBoth0000"), path=DATA + "/both"), 403)  # of an admin only
        self.assertEqual(self.ask(key_of("CarolBoth00"), path=DATA + "/both").status, 200)

    def test_in_the_query(self):
        key = key_of("AliceReads0")
        for query in (f"key={key}", key, "api_key=whatever", "API-KEY=", f"a=b&x-api-key={key}&c"):
            reply = self.ask(path=f"{DATA}?{query}", key=key)
            self.refused(reply, 400)
            self.server.wait_for_log(lambda line, reply=reply: line["event"] == "key.in_query" and line["request_id"] == reply.headers["x-request-id"])
        self.assertNotIn(SECRET, self.server.log_path.read_text(encoding="utf-8"))

    def test_two_credentials(self):
        alice, bob, key = self.server.token("alice"), self.server.token("bob"), key_of("AliceReads0")
        self.assertEqual(self.ask(path=DATA + "/either", token=alice).status, 200)
        self.assertEqual(self.ask(key, path=DATA + "/either").status, 200)
        self.assertEqual(self.ask(key, path=DATA + "/either", token=alice).status, 200)
        self.refused(self.ask(key, path=DATA + "/either", token=bob), 400)
        self.assertEqual(self.ask(key_of("AliceWrites"), path=DATA + "/either", token=alice).status, 403)
        self.refused(self.ask(key, Authorization=f"ApiKey {key}"), 400)
        head = f"GET {DATA} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + 2 * f"X-API-Key: {key}\r\n" + "\r\n"
        self.refused(self.server.exchange(head.encode())[0], 400)

    def test_a_route_that_does_not_count_keys(self):
        key, alice = key_of("AliceReads0"), self.server.token("alice")
        self.assertEqual(self.ask(key, path="/api/users/me").status, 401)
        self.assertEqual(self.ask("nonsense", path="/api/users/me", token=alice).status, 200)
        self.assertEqual(self.ask(path="/api/users/me", Authorization=f"ApiKey {key}").status, 401)
        self.refused(self.ask(token=alice))


class Guessing(harness.ServerCase):
    @classmethod
    def make(cls):
        return harness.conformance(BAD_TOKENS_PER_SECOND="5")

    def test_who_guesses_is_slowed_and_nobody_else(self):
        guesses = [self.server.request("GET", DATA, headers={"X-API-Key": key_of(f"Guess{n:06}")}, source="127.9.9.9").status for n in range(40)]
        self.assertEqual(set(guesses), {401, 429}, guesses)
        self.assertEqual(self.server.request("GET", DATA, headers={"X-API-Key": key_of("AliceReads0")}, source="127.9.9.8").status, 200)


class Coffer(unittest.TestCase):
    """The life of a key."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.coffer()
        cls.server.start()
        cls.token = cls.server.token("demo-editor", cls.server.users["demo-editor"])
        cls.other = cls.server.token("demo-viewer", cls.server.users["demo-viewer"])

    @classmethod
    def tearDownClass(cls):
        cls.server.log()
        cls.server.stop()

    def call(self, method, path="/api/keys", body=None, token=None):
        return self.server.request(method, path, body, token=token or self.token)

    def make(self, token=None, **more):
        return self.call("POST", body={"name": "nightly", "scopes": ["read"], **more}, token=token)

    def use(self, key):
        return self.server.request("GET", DATA, headers={"X-API-Key": key})

    def dump(self):
        if self.server.database:
            return harness.cluster().sql("SELECT * FROM dw_api_keys", self.server.database)
        with contextlib.closing(harness.sqlite3.connect(self.server.directory / "test.db", timeout=10)) as database:
            return "\n".join(database.iterdump())

    def test_a_key_is_shown_once_and_kept_as_a_digest(self):
        reply = self.make(expires="2999-01-01T00:00:00Z")
        self.assertEqual(reply.status, 201, reply)
        made = reply.json
        key = made.pop("key")
        self.assertRegex(key, "^coffer_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$")
        self.assertEqual(checksum(key[:-6]), key[-6:])
        self.assertEqual((made["prefix"], made["name"], made["scopes"], made["expires"]), (key[:18], "nightly", ["read"], "2999-01-01T00:00:00Z"))
        listed = [other for other in self.call("GET").json["keys"] if other["id"] == made["id"]]
        self.assertEqual(listed, [made])
        self.assertNotIn(key[19:], self.dump())
        self.assertNotIn(key[19:], self.server.log_path.read_text(encoding="utf-8"))
        self.assertEqual(self.use(key).json, {"data": "sensitive"})
        harness.wait_until(lambda: "lastUsed" in [other for other in self.call("GET").json["keys"] if other["id"] == made["id"]][0])

    def test_what_cannot_be_made(self):
        for more in ({"name": ""}, {"name": "x" * 51}, {"scopes": []}, {"scopes": ["admin"]}, {"scopes": ["read", "read"]}, {"scopes": "read"},
                     {"expires": "2001-01-01T00:00:00Z"}, {"expires": "soon"}):
            self.assertEqual(self.make(**more).status, 422, more)
        self.assertEqual(self.make(owner=1).status, 400)
        self.assertEqual(self.server.request("POST", "/api/keys", {"name": "a", "scopes": ["read"]}).status, 401)

    def test_nobody_gets_beyond_a_hundred_by_asking_all_at_once(self):
        before = len(self.call("GET", token=self.other).json["keys"])

        def make_one(_):
            while (status := self.make(token=self.other).status) == 503:  # PostgreSQL undoes what is done at the same time, and it was tried often enough
                pass
            return status
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            statuses = list(pool.map(make_one, range(115 - before)))
        self.assertEqual(sorted(set(statuses)), [201, 409])
        keys = self.call("GET", token=self.other).json["keys"]
        self.assertEqual(len(keys), 100)
        for key in keys:
            self.call("DELETE", f"/api/keys/{key['id']}", token=self.other)

    def test_a_key_makes_no_keys(self):
        key = self.make().json["key"]
        for method, path, body in (("POST", "/api/keys", {"name": "a", "scopes": ["read"]}), ("GET", "/api/keys", None), ("GET", "/api/users/me", None)):
            self.assertEqual(self.server.request(method, path, body, {"X-API-Key": key}).status, 401)

    def test_it_ends_when_its_owner_says_so(self):
        made = self.make().json
        self.assertEqual(self.use(made["key"]).status, 200)
        self.assertEqual(self.call("DELETE", f"/api/keys/{made['id']}", token=self.other).status, 404)
        self.assertEqual(self.use(made["key"]).status, 200)
        self.assertEqual(self.call("DELETE", f"/api/keys/{made['id']}").status, 204)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:  # of whichever worker
            self.assertEqual(set(pool.map(lambda _: self.use(made["key"]).status, range(8))), {401})
        self.assertEqual(self.call("DELETE", f"/api/keys/{made['id']}").status, 404)
        self.assertEqual(self.call("DELETE", "/api/keys/nothing").status, 422)
        self.assertEqual([key for key in self.call("GET", token=self.other).json["keys"] if key["id"] == made["id"]], [])

    def test_it_expires(self):
        made = self.make(expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))).json
        self.assertEqual(self.use(made["key"]).status, 200)
        harness.wait_until(lambda: self.use(made["key"]).status == 401)

    def test_its_scopes(self):
        self.assertEqual(self.use(self.make(scopes=["write"]).json["key"]).status, 403)
        self.assertEqual(self.use(self.make(scopes=["write", "read"]).json["key"]).status, 200)

    def test_it_dies_with_its_owner(self):
        key = self.make(token=self.other).json["key"]
        self.assertEqual(self.use(key).status, 200)
        self.server.change("UPDATE users SET disabled = 1 WHERE username = 'demo-viewer'")
        try:
            harness.wait_until(lambda: self.use(key).status == 401, 5)
        finally:
            self.server.change("UPDATE users SET disabled = 0 WHERE username = 'demo-viewer'")
        harness.wait_until(lambda: self.use(key).status == 200, 5)


class Command(unittest.TestCase):
    """`coffer key`, without a server."""

    def test_add_list_revoke(self):
        server = harness.coffer()
        key = server.command("key", "add", "demo-editor", "build server", "--days", "30", "read", "write").strip()
        self.assertEqual(checksum(key[:-6]), key[-6:])
        listed = server.command("key", "list", "demo-editor")
        self.assertRegex(listed, f"^{key[7:18]} made [0-9-]+, expires [0-9-]+, last used never, for read write: build server\n$")
        self.assertNotIn(key[19:], listed)
        with server:
            self.assertEqual(server.request("GET", DATA, headers={"X-API-Key": key}).status, 200)
            server.end()
            server.command("key", "revoke", "demo-editor", key[7:18])
            self.assertEqual(server.command("key", "list", "demo-editor"), "")
            server.start()
            self.assertEqual(server.request("GET", DATA, headers={"X-API-Key": key}).status, 401)
        for words in (("add", "demo-editor", "x"), ("add", "demo-editor", "x", "admin"), ("add", "nobody", "x", "read"), ("lend", "demo-editor"), ()):
            with self.assertRaises(AssertionError):
                harness.Server("coffer", prepare=(("migrate",), ("key", *words)))


if __name__ == "__main__":
    unittest.main()
