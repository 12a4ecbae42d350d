"""Passwords of Coffer: which may be set, hashes from elsewhere and what becomes of them, commands, and the same work for everyone."""

import concurrent.futures
import contextlib
import csv
import hashlib
import os
import pathlib
import pty
import re
import secrets
import signal
import sqlite3
import statistics
import subprocess
import threading
import time
import unittest

import harness
from harness import PASSWORD

VECTORS = pathlib.Path(__file__).parents[1] / "unit/crypto/stored_hash_vectors.h"
GOOD = "seven blue lamps hum"


def vectors():
    """The hashes that other systems made: (maker, password, hash)."""
    text = re.sub(r'"\s*\n\s*"', "", VECTORS.read_text(encoding="utf-8"))
    words = {name: re.search(rf'#define {name} "(.*)"', text).group(1).encode().decode("unicode_escape").encode("latin-1").decode()
             for name in ("PASSWORD", "TYPED")}
    return [(maker, words[word], found) for maker, word, found in re.findall(r'\{"([^"]+)", (PASSWORD|TYPED),\s*"([^"]+)"\}', text)]


def scrypt(password, n=1024):
    salt = secrets.token_hex(8)
    return f"scrypt:{n}:8:1${salt}${hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=8, p=1, maxmem=1 << 26).hex()}"


def pbkdf2(password, rounds):
    salt = secrets.token_hex(8)
    return f"pbkdf2:sha256:{rounds}${salt}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt.encode(), rounds).hex()}"


def value(server, sql):
    """What a statement that asks for one finds in the database."""
    if server.database:
        return harness.cluster().sql(sql, server.database).strip()
    with contextlib.closing(sqlite3.connect(server.directory / "test.db", timeout=10)) as database:
        return database.execute(sql).fetchone()[0]


def stored(server, name):
    """What stands in the database."""
    return value(server, f"SELECT password_hash FROM users WHERE username = '{name}'")


def prepared(**settings):
    return harness.Server("coffer", settings, prepare=(("migrate",),))


def said(server, *words, stdin=""):
    """A command: its status, and what it says on both."""
    done = subprocess.run([str(harness.BIN / "coffer"), *words], env=server.env, cwd=server.directory, input=stdin, capture_output=True, text=True,
                          check=False, timeout=60)
    for word in harness.SANITIZER_WORDS:
        assert word not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def write_csv(server, rows, name="users.csv", header=("username", "email", "password_hash", "roles")):
    path = server.directory / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    path.chmod(0o644)
    return name


def sign_in(server, name, password):
    return server.request("POST", "/token", form={"grant_type": "password", "username": name, "password": password}).status


class Policy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = prepared().start()
        cls.sources = iter(f"127.3.0.{n}" for n in range(1, 250))

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def register(self, password, name="margaret", email="hamilton@example.com"):
        return self.server.request("POST", "/api/users", {"username": name, "email": email, "password": password}, source=next(self.sources))

    def test_what_is_refused_names_the_field(self):
        for password in ("correct horse battery staple", "Password123456789", "1qaz2wsx3edc4rfv", "May-the-Force-be-with-you", "passwordpassword",
                         "aaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "margaret hamilton", "coffer-margaret-24", "short", "x" * 129):
            with self.subTest(password):
                reply = self.register(password)
                self.assertEqual((reply.status, reply.json["error"], list(reply.json["details"])), (422, "Validation failed", ["password"]), reply)
                self.assertNotIn(password, reply.body.decode())
        problem = self.server.request("POST", "/api/users", {"username": "ann", "email": "ann@example.com", "password": "passwordpassword"},
                                      headers={"Accept": "application/problem+json"}, source=next(self.sources))
        self.assertEqual((problem.status, problem.headers["content-type"]), (422, "application/problem+json"))

    def test_what_is_taken(self):
        for n, password in enumerate((GOOD, "margaret keeps eleven owls", "x7Kp2mQw9ZrT4vB", "Zürich ist schön und groß", "語" * 6 + "水曜日の夜に青い傘")):
            with self.subTest(password):
                self.assertEqual(self.register(password, name=f"taken{n}", email=f"taken{n}@example.com").status, 201)
                self.assertEqual(sign_in(self.server, f"taken{n}", password), 200)

    def test_two_keyboards(self):
        self.assertEqual(self.register("Zu\u0308rich ist scho\u0308n", name="keys", email="keys@example.com").status, 201)
        self.assertEqual([sign_in(self.server, "keys", spelt) for spelt in ("Zürich ist schön", "Zu\u0308rich ist scho\u0308n", "Zurich ist schon")], [200, 200, 400])


class FromElsewhere(unittest.TestCase):
    def test_hashes_of_others_are_good_once_and_then_ours(self):
        server = prepared(ARGON2_QUEUE="64")
        # One of each kind: the unit tests have them all.
        wanted = ("werkzeug default", "werkzeug scrypt", "django pbkdf2_sha1", "django scrypt", "django bcrypt_sha256", "bcrypt 2b", "argon2i small",
                  "django argon2")
        others = [row for row in vectors() if row[0] in wanted and (row[1] == PASSWORD or row[0].startswith("bcrypt"))]
        self.assertEqual(len(others), len(wanted) + 1)
        rows = [(f"user{n}", f"user{n}@example.com", found, "editor" if n % 2 else "") for n, (_, _, found) in enumerate(others)]
        file = write_csv(server, rows)
        self.assertEqual(said(server, "user", "import", file), (0, f"{len(rows)} accounts added, 0 were there already\n", ""))
        self.assertEqual(said(server, "user", "import", file), (0, f"0 accounts added, {len(rows)} were there already\n", ""))
        with server:
            for n, (maker, password, found) in enumerate(others):
                with self.subTest(maker):
                    self.assertEqual(stored(server, f"user{n}"), found)
                    self.assertEqual(sign_in(server, f"user{n}", password + "x"), 400)
                    self.assertEqual(stored(server, f"user{n}"), found)
                    self.assertEqual(sign_in(server, f"user{n}", password), 200)
                    self.assertRegex(stored(server, f"user{n}"), r"^\$argon2id\$v=19\$m=19456,t=2,p=1\$")
            self.assertEqual(sign_in(server, "user0", others[0][1]), 200)
            self.assertEqual(sum(line["event"] == "auth.password_upgraded" for line in server.log()), len(others))

    def test_what_cannot_be_checked_never_matches(self):
        server = prepared()
        said(server, "user", "add", "lost", "lost@example.com", stdin=GOOD + "\n")
        md5 = hashlib.md5(GOOD.encode()).hexdigest()
        costly = scrypt(GOOD, 1024).replace("scrypt:1024:", "scrypt:1073741824:")
        with server:
            for found in ("", GOOD, md5, f"md5$x${md5}", "!", costly, "$2b$31$" + "a" * 53, "pbkdf2:sha256:999999999$salt$" + "0" * 64):
                with self.subTest(found):
                    server.change(f"UPDATE users SET password_hash = '{found}' WHERE username = 'lost'")
                    begin = time.monotonic()
                    self.assertEqual(sign_in(server, "lost", GOOD), 400)
                    self.assertLess(time.monotonic() - begin, 10)
                    self.assertEqual(stored(server, "lost"), found)

    def test_a_password_that_is_changed_meanwhile_stays(self):
        """Whoever signs in while it is changed must not put the old one back."""
        server = prepared()
        write_csv(server, [("busy", "busy@example.com", scrypt(PASSWORD, 16384), "editor")])
        said(server, "user", "import", "users.csv")
        with server:
            ours, stop = "", threading.Event()

            def keep_signing_in():
                while not stop.is_set():
                    sign_in(server, "busy", PASSWORD)
            with concurrent.futures.ThreadPoolExecutor(2) as threads:
                for _ in range(2):
                    threads.submit(keep_signing_in)
                try:
                    for n in range(6):
                        theirs, ours = scrypt(PASSWORD, 32768), scrypt(GOOD + str(n), 2)
                        server.change(f"UPDATE users SET password_hash = '{theirs}' WHERE username = 'busy'")
                        time.sleep(0.03 * n)  # they are at it
                        server.change(f"UPDATE users SET password_hash = '{ours}' WHERE username = 'busy'")
                        time.sleep(0.4)
                        self.assertEqual(stored(server, "busy"), ours)
                finally:
                    stop.set()


class InFlight(unittest.TestCase):
    """What is done to an account while a sign-in has its password verified, holds for that sign-in."""

    @classmethod
    def setUpClass(cls):
        cls.server = prepared()
        said(cls.server, "user", "add", "kim", "kim@example.com", stdin=GOOD + "\n")
        cls.server.start()
        cls.slow = pbkdf2(GOOD, 1000000)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def meanwhile(self, change):
        """The statuses of a sign-in for tokens and one for a session, in which something is done to the account; and how many began."""
        def login():
            return self.server.request("POST", "/auth/login", {"username": "kim", "password": GOOD}).status
        ways = {"dw_token_families": lambda: sign_in(self.server, "kim", GOOD), "dw_sessions": login}
        statuses, rows = [], []
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            for table, way in ways.items():
                for _ in range(5):  # where this process is too slow the server is done before
                    self.server.change(f"DELETE FROM {table}")
                    self.server.change(f"UPDATE users SET password_hash = '{self.slow}', disabled = 0 WHERE username = 'kim'")
                    reply = threads.submit(way)
                    time.sleep(0.15)  # it is at it
                    self.server.change(f"UPDATE users SET {change} WHERE username = 'kim'")
                    if not reply.done():
                        break
                statuses.append(reply.result())
                rows.append(int(value(self.server, f"SELECT count(*) FROM {table}")))
        return statuses, rows

    def test_another_password(self):
        self.assertEqual(self.meanwhile(f"password_hash = '{scrypt(PASSWORD)}'"), ([400, 401], [0, 0]))

    def test_a_disabled_account(self):
        self.assertEqual(self.meanwhile("disabled = 1"), ([400, 401], [0, 0]))

    def test_a_second_factor(self):
        """Turned on when nobody asks for a code any more: the store stands still while a sign-in wants to begin, and goes on when it is on."""
        def login():
            return self.server.request("POST", "/auth/login", {"username": "kim", "password": GOOD}).status
        self.addCleanup(self.server.change, "DELETE FROM dw_mfa")
        store = self.server.children()["store"]
        for table, way, refused in (("dw_token_families", lambda: sign_in(self.server, "kim", GOOD), 400), ("dw_sessions", login, 401)):
            with self.subTest(table), concurrent.futures.ThreadPoolExecutor(1) as threads:
                self.server.change("DELETE FROM dw_mfa")
                self.server.change(f"UPDATE users SET password_hash = '{pbkdf2(GOOD, 1000)}', disabled = 0 WHERE username = 'kim'")
                self.assertEqual(way(), 200)
                self.server.change(f"DELETE FROM {table}")
                self.server.change(f"UPDATE users SET password_hash = '{pbkdf2(GOOD, 1000)}' WHERE username = 'kim'")
                os.kill(store, signal.SIGSTOP)
                try:
                    reply = threads.submit(way)
                    time.sleep(1)
                    self.assertFalse(reply.done(), "it waits for the store")
                    self.server.change("INSERT INTO dw_mfa (account, seed, root, active, last_step, failures, free_at, made_at)"
                                       " SELECT id, '', '', 1, 0, 0, 0, 0 FROM users WHERE username = 'kim'")
                finally:
                    os.kill(store, signal.SIGCONT)
                self.assertEqual(reply.result(), refused)
                self.assertEqual(int(value(self.server, f"SELECT count(*) FROM {table}")), 0)

    def test_another_hash_of_the_same_password(self):
        """As another sign-in leaves it that was faster: it is no reason to refuse."""
        self.assertEqual(self.meanwhile(f"password_hash = '{scrypt(GOOD)}'"), ([200, 200], [1, 1]))


class SameWork(unittest.TestCase):
    def test_unknown_wrong_and_disabled_take_as_long(self):
        """Medians of interleaved tries; DEWAR_TIMING_TRIES has more of them, for a machine that does nothing else."""
        server = prepared(WORKERS="1")
        for name in ("here", "gone"):
            said(server, "user", "add", name, f"{name}@example.com", stdin=GOOD + "\n")
        said(server, "user", "disable", "gone")
        tries = int(os.environ.get("DEWAR_TIMING_TRIES", "9"))
        classes = {"wrong": "here", "unknown": "nobody", "disabled": "gone", "odd": "odd"}
        with server:
            server.change("UPDATE users SET password_hash = 'x' WHERE username = 'odd'")
            took = {name: [] for name in classes}
            for n in range(tries):
                for name in sorted(classes, key=lambda name: hash((name, n))):
                    begin = time.monotonic()
                    self.assertEqual(sign_in(server, classes[name], PASSWORD), 400)
                    took[name].append(time.monotonic() - begin)
        medians = {name: statistics.median(values) for name, values in took.items()}
        for name, median in medians.items():
            self.assertLess(abs(median - medians["wrong"]), 0.5 * medians["wrong"] + 0.005, medians)
        if tries >= 400:
            for name, values in took.items():
                self.assertLess(abs(medians[name] - medians["wrong"]), 0.001, medians)
                spread = (statistics.variance(values) + statistics.variance(took["wrong"])) / tries
                self.assertLess(abs(statistics.mean(values) - statistics.mean(took["wrong"])) / spread ** 0.5 if spread else 0, 4.5, (name, medians))


class Commands(unittest.TestCase):
    def setUp(self):
        self.server = prepared()
        self.addCleanup(self.server.stop)

    def say(self, *words, stdin=""):
        return said(self.server, "user", *words, stdin=stdin)

    def test_an_account_from_end_to_end(self):
        self.assertEqual(self.say("add", "ann", "ann@example.com", "editor,viewer", stdin=GOOD + "\n"), (0, "ann is there\n", ""))
        self.assertEqual(self.say("add", "ben", "ben@example.com", stdin=GOOD + "\n"), (0, "ben is there\n", ""))
        self.assertEqual(self.say("reset", "ann", stdin="nine green owls sing\n")[:2], (0, "ann has another password\n"))
        self.assertEqual(self.say("roles", "ann", "admin")[:2], (0, "ann has the roles admin\n"))
        self.assertEqual(self.say("disable", "ann")[:2], (0, "ann is disabled\n"))
        self.assertEqual(self.say("disable", "ben")[:2], (0, "ben is disabled\n"))
        self.assertEqual(self.say("enable", "ann")[:2], (0, "ann is enabled\n"))
        with self.server as server:
            self.assertEqual([sign_in(server, "ann", password) for password in (GOOD, "nine green owls sing")], [400, 200])
            self.assertEqual(sign_in(server, "ben", GOOD), 400)
            self.assertEqual(server.request("GET", "/openapi.json", token=server.token("ann", "nine green owls sing")).status, 200)

    def test_api_keys_end(self):
        keys = {}
        for name in ("ann", "ben", "cat"):
            self.say("add", name, f"{name}@example.com", stdin=GOOD + "\n")
            keys[name] = self.server.command("key", "add", name, "build", "read").strip()
        self.assertEqual([self.say("reset", "ann", stdin="nine green owls sing\n")[0], self.say("disable", "ben")[0], self.say("enable", "ben")[0]], [0] * 3)
        with self.server as server:
            self.assertEqual({name: server.request("GET", "/api/data", headers={"X-API-Key": key}).status for name, key in keys.items()},
                             {"ann": 401, "ben": 401, "cat": 200})

    def test_what_is_refused_says_why(self):
        self.say("add", "ann", "ann@example.com", stdin=GOOD + "\n")
        for words, stdin, why in (
                ((), "", "usage: "), (("rename", "ann"), "", "usage: "), (("add", "ann"), "", "usage: "), (("import",), "", "usage: "),
                (("add", "ANN", "b@example.com"), GOOD, "there is an account of that name"), (("add", "ben", "ANN@example.com"), GOOD, "the address of another account"),
                (("add", "b-n", "b@example.com"), GOOD, "3 to 50 letters and digits"), (("add", "ben", "b@"), GOOD, "that is no address"),
                (("add", "ben", "b@example.com", "boss"), GOOD, "roles are viewer, editor and admin"), (("roles", "ann", ""), "", "roles are viewer"),
                (("add", "ben", "b@example.com"), "short\n", "Length must be between 15 and 128"), (("add", "ben", "b@example.com"), "", "there is none"),
                (("add", "ben", "b@example.com"), "passwordpassword\n", "over and over"), (("reset", "ann"), "ann example ann ex\n", "name of yours"),
                (("disable", "nobody"), "", "there is no account of that name"), (("import", "missing.csv"), "", "missing.csv: No such file")):
            with self.subTest(words):
                status, out, err = self.say(*words, stdin=stdin)
                self.assertEqual((status, out), (1, ""), err)
                self.assertIn(why, err)

    def test_every_bad_line_is_named_and_nobody_added(self):
        good = scrypt(PASSWORD)
        self.say("add", "ann", "ann@example.com", stdin=GOOD + "\n")
        file = write_csv(self.server, [
            ("ben", "ben@example.com", good, "editor"), ("c", "c@example.com", good, ""), ("dan", "dan", good, ""), ("eve", "eve@example.com", "secret", ""),
            ("fay", "fay@example.com", "pbkdf2:sha256:999999999$salt$" + "0" * 64, ""), ("gil", "gil@example.com", good, "boss"), ("hal", "ANN@example.com", good, ""),
            ("ida", "ida@example.com", good), ("joe", "joe@example.com", good, "", "more")])
        status, out, err = self.say("import", file)
        self.assertEqual((status, out), (1, ""))
        self.assertEqual([int(n) for n in re.findall(r"^users\.csv:(\d+): ", err, re.M)], [3, 4, 5, 6, 7, 8, 9, 10])
        for words in ("more work or memory than is allowed", "in a form that is known here", "8 lines are not good; nobody was added"):
            self.assertIn(words, err)
        self.assertNotIn("secret", err)
        status, out, err = self.say("import", write_csv(self.server, [("ben", "ben@example.com", good, ""), ("Ben", "b2@example.com", good, ""),
                                                                       ("kim", "BEN@example.com", good, "")]))
        self.assertEqual((status, out), (1, ""), err)
        self.assertIn("users.csv:3: another line has the same username", err)
        self.assertIn("users.csv:4: another line has the same email", err)
        self.assertEqual(self.say("import", write_csv(self.server, [("ben", "ben@example.com", good)], header=("username", "email", "password_hash")))[:2],
                         (0, "1 accounts added, 0 were there already\n"))
        self.assertIn(":1: the first line names the columns", self.say("import", write_csv(self.server, [], header=("name", "hash")))[2])
        with self.server as server:
            self.assertEqual(sign_in(server, "ben", PASSWORD), 200)

    def test_a_terminal_shows_nothing(self):
        """What is typed is not on the screen, and no argument."""
        for typed, status in (("\x03", 1), (f"{GOOD}\nanother one of them\n", 1), (f"{GOOD}\n{GOOD}\n", 0)):
            main, side = pty.openpty()
            command = subprocess.Popen([str(harness.BIN / "coffer"), "user", "add", "kim", "kim@example.com"], env=self.server.env, cwd=self.server.directory,
                                       stdin=side, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            shown = b""
            while b"password: " not in shown:
                part = os.read(command.stderr.fileno(), 100)
                self.assertTrue(part, shown)
                shown += part
            for line in typed.splitlines(keepends=True):
                os.write(main, line.encode())
                time.sleep(0.2)
            with command:
                out, err = command.communicate(timeout=30)
            os.set_blocking(main, False)
            echoed = b""
            with contextlib.suppress(OSError):
                echoed = os.read(main, 1000)
            os.close(main)
            os.close(side)
            self.assertEqual(command.returncode, status, (out, shown, err))
            self.assertNotIn(b"lamps", echoed + out + err + shown)


if __name__ == "__main__":
    unittest.main()
