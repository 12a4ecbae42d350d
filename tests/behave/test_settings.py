"""Settings: which of them counts, what is wrong with them in one line each, and the commands that need them."""

import json
import os
import pathlib
import re
import tempfile
import unittest

import harness

SECRET = "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
OTHER = "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"
GOOD = {"COFFER_ENV": "development", "COFFER_SIGNING_KEYS": SECRET, "COFFER_DATA_KEYS": OTHER}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = harness.fresh_directory()
        self.addCleanup(lambda: harness.shutil.rmtree(self.folder))

    def run_coffer(self, *words, env=None, app="coffer"):
        return harness.run(app, *words, env=GOOD if env is None else env, cwd=self.folder)

    def file(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def refused(self, status, line, *words, env=None, app="coffer"):
        got, out, said = self.run_coffer(*words, env=env, app=app)
        self.assertEqual((got, out), (status, ""), said)
        self.assertRegex(said, line)
        self.assertNotIn(SECRET, said)
        self.assertNotIn(OTHER, said)
        return said


class Precedence(Case):
    """ACCESS_TOKEN_SECONDS is out of bounds in the weaker place, or the stronger: who complains, counts."""

    def test_flag_before_environment_before_file_before_default(self):
        path = self.file("env", "COFFER_WORKERS=333\n")
        sources = (("flag: --workers is '111'", ["--workers=111"], {}),
                   ("environment: COFFER_WORKERS is '222'", [], {"COFFER_WORKERS": "222"}),
                   (rf"{re.escape(path)}:1: COFFER_WORKERS is '333'", ["--env-file", path], {}))
        for i, (line, _, _) in enumerate(sources):
            with self.subTest(line):
                words = [word for _, flags, _ in sources[i:] for word in flags]
                env = dict(GOOD, **{name: value for _, _, given in sources[i:] for name, value in given.items()})
                said = self.refused(78, line, *words, "check", env=env)
                self.assertEqual(len(said.splitlines()), 1)
        self.assertEqual(self.run_coffer("check")[0], 0)

    def test_flags_may_stand_on_either_side_of_the_command(self):
        self.refused(78, "--workers is 'x'", "check", "--workers", "x")
        self.refused(78, "--workers is 'x'", "--workers", "x", "check")

    def test_the_environment_decides_what_the_file_would_have_broken(self):
        path = self.file("env", "COFFER_WORKERS=nonsense\n")
        self.assertEqual(self.run_coffer("--env-file", path, "check", env={**GOOD, "COFFER_WORKERS": "2"})[0], 0)

    def test_production_is_the_default(self):
        self.refused(78, "TRUSTED_HOSTS is empty", "serve", env={name: value for name, value in GOOD.items() if name != "COFFER_ENV"})

    def test_a_profile_is_weaker_than_everything(self):
        self.refused(78, "environment: CONFORMANCE_HEAD_TIMEOUT is 'x'", "check", env={"CONFORMANCE_HEAD_TIMEOUT": "x"}, app="conformance")
        self.refused(78, "CONFORMANCE_PROFILE is 'nope'", "check", env={"CONFORMANCE_PROFILE": "nope"}, app="conformance")


class Faults(Case):
    """Every fault is a line, and all of them are told at once."""

    def test_unknown_names(self):
        self.refused(78, "environment: COFFER_LISTENN is not a setting", "check", env={**GOOD, "COFFER_LISTENN": "x"})
        self.refused(78, ":2: COFFER_DEBUG is not a setting", "--env-file", self.file("env", "# fine\nCOFFER_DEBUG=1\n"), "check")
        self.refused(78, ":1: LISTEN is not a setting", "--env-file", self.file("env2", "LISTEN=127.0.0.1:1\n"), "check")
        got, _, said = self.run_coffer("--listenn=x", "check")
        self.assertIn(got, (64, 78))
        self.assertIn("--listenn", said)

    def test_all_of_them_at_once(self):
        said = self.refused(78, "COFFER_WORKERS", "serve", env={**GOOD, "COFFER_WORKERS": "x", "COFFER_LISTENN": "y", "COFFER_LISTEN": "z"})
        self.assertEqual(len(said.splitlines()), 3)
        self.assertTrue(all(line.startswith("coffer: ") for line in said.splitlines()))

    def test_malformed_values(self):
        for name, values in {
                "LISTEN": ("8080", "localhost:8080", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x", ":8080", "[::1]", "127.0.0.1:1,", "http://127.0.0.1:1"),
                "WORKERS": ("0", "-1", "65", "1.5", "", "two", " 2", "2 ", "+2", "0x2", "99999999999999999999"),
                "ENV": ("prod", "Development", "", "production "), "LOG_LEVEL": ("verbose", "INFO", "1"), "MIGRATE": ("true", "1", ""),
                "DATABASE_URL": ("test.db", "postgres://x", "sqlite:", "sqlite"), "TRUSTED_HOSTS": ("*", ".", "a b", "http://x", "a,,b", "*.example.com"),
                "CANONICAL_ORIGIN": ("example.com", "https://", "https://a/b", "ftp://a", "https://a b"), "MAX_CONTENT_LENGTH": ("-1", "1X", "2000M", "1.5M", ""),
                "HEAD_TIMEOUT": ("0", "1y", "-1s", "9999s"), "ACCESS_TOKEN_SECONDS": ("9", "86401", "x"), "ARGON2_MEMORY": ("1M", "18M", "2000M"),
                "ARGON2_PASSES": ("1", "33"), "SIGNING_KEYS": ("short", "a" * 43, SECRET + ",short", "changeme" * 6, "0" * 64, SECRET + "," + SECRET),
                "HEADER_COUNT_MAX": ("9", "101"), "REQUEST_TARGET_MAX": ("255", "17K")}.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    said = self.refused(78, f"^coffer: .*{name}", "serve", env={**GOOD, f"COFFER_{name}": value})
                    self.assertEqual(len(said.splitlines()), 1, said)

    def test_a_value_cannot_paint_the_terminal(self):
        said = self.refused(78, "COFFER_WORKERS", "check", env={**GOOD, "COFFER_WORKERS": "\x1b[31m\nroot: all is well\n" + "x" * 500})
        self.assertEqual(len(said.splitlines()), 1)
        self.assertNotIn("\x1b", said)
        self.assertLess(len(said), 400)

    def test_files_of_settings(self):
        for text, line in (("COFFER_WORKERS 2\n", ":1: the line has no '='"), ("COFFER_WORKERS='2\n", "quote is not closed"), ("export COFFER_WORKERS=2\n", "not a name"),
                           ("COFFER_WORKERS=2\r\n", "control characters"), ("COFFER_WORKERS=2\nCOFFER_WORKERS=2\n", ":2: COFFER_WORKERS is given twice"),
                           ("COFFER_WORKERS=2 # two\n", "quote or '#'"), ("COFFER_WORKERS=2\0\n", "control characters")):
            with self.subTest(text=text):
                self.refused(78, line, "--env-file", self.file("env", text), "check")
        self.assertEqual(self.run_coffer("--env-file", self.file("env", "# a comment\n\n  COFFER_WORKERS= '2' \nCOFFER_LOG=\"stderr\""), "check")[0], 0)
        self.refused(78, "does not exist", "--env-file", "/no/such/file", "check")
        self.refused(78, "not a file", "--env-file", "/", "check")
        self.refused(78, "needs a value", "check", "--env-file")


class Secrets(Case):
    """They come in many ways, and go out in none."""

    def test_from_files(self):
        env = {"COFFER_ENV": "development", "COFFER_SIGNING_KEYS_FILE": self.file("signing", SECRET + "\n"), "COFFER_DATA_KEYS_FILE": self.file("data", OTHER)}
        self.assertEqual(self.run_coffer("check", env=env)[0], 0)
        self.refused(78, "COFFER_SIGNING_KEYS_FILE.*does not exist", "check", env={**env, "COFFER_SIGNING_KEYS_FILE": "/no/such/file"})
        self.refused(78, "chmod o-r", "check", env={**env, "COFFER_SIGNING_KEYS_FILE": self.file("open", SECRET, 0o644)})
        self.refused(78, "COFFER_SIGNING_KEYS", "check", env={**env, "COFFER_SIGNING_KEYS": SECRET})
        self.refused(78, "SIGNING_KEYS", "serve", env={**env, "COFFER_SIGNING_KEYS_FILE": self.file("empty", "")})
        self.refused(78, "is not a setting", "check", env={**env, "COFFER_WORKERS_FILE": self.file("workers", "2")})
        self.assertEqual(self.run_coffer("check", "--signing-keys-file", env["COFFER_SIGNING_KEYS_FILE"],
                                         env={name: value for name, value in env.items() if "SIGNING" not in name})[0], 0)

    def test_not_from_flags(self):
        self.refused(78, "--signing-keys would show a secret", f"--signing-keys={SECRET}", "check")

    def test_not_from_a_file_that_everybody_reads(self):
        text = f"COFFER_SIGNING_KEYS={SECRET}\nCOFFER_DATA_KEYS={OTHER}\nCOFFER_ENV=development\n"
        self.assertEqual(self.run_coffer("--env-file", self.file("private", text), "check", env={})[0], 0)
        self.refused(78, "chmod o-r", "--env-file", self.file("public", text, 0o644), "check", env={})

    def test_one_secret_for_both(self):
        self.refused(78, "DATA_KEYS", "serve", env={**GOOD, "COFFER_DATA_KEYS": SECRET})
        self.refused(78, "share a secret", "serve", env={**GOOD, "COFFER_DATA_KEYS": f"{OTHER},{SECRET}"})

    def test_none_is_ever_printed(self):
        for words in (("check",), ("check", "--deploy"), ("routes",), ("routes", "-v"), ("--help",), ("serve", "extra"), ("nonsense",)):
            with self.subTest(words=words):
                _, out, said = self.run_coffer(*words)
                self.assertNotIn(SECRET, out + said)
                self.assertNotIn(OTHER, out + said)

    def test_calibrate_prints_settings_that_are_taken(self):
        status, said, note = self.run_coffer("calibrate", "20", env={})
        self.assertEqual(status, 0, note)
        self.assertRegex(said, r"^COFFER_ARGON2_MEMORY=[0-9]+K\nCOFFER_ARGON2_PASSES=[0-9]+\n$")
        given = dict(line.split("=") for line in said.splitlines())
        self.assertGreaterEqual(int(given["COFFER_ARGON2_MEMORY"][:-1]), 19456)
        self.assertEqual(self.run_coffer("settings", env=given)[0], 0)
        for word in ("5", "2001", "soon", ""):
            self.assertEqual(self.run_coffer("calibrate", word, env={})[0], 64, word)

    def test_a_fresh_one_is_good_and_never_the_same(self):
        made = {self.run_coffer("secret", env={})[1].strip() for _ in range(5)}
        self.assertEqual(len(made), 5)
        for secret in made:
            self.assertRegex(secret, "^[A-Za-z0-9_-]{43}$")


class Profiles(Case):
    """Each faulty profile of the conformance application refuses to start, and says which setting it is."""

    BAD = {
        "bad-secret-missing": "SIGNING_KEYS",
        "bad-secret-short": "SIGNING_KEYS",
        "bad-secret-dev": "SIGNING_KEYS",
        "bad-debug-public": "(LISTEN|ENV)",
        "bad-cors-wildcard-credentials": "with .credentials, and CORS_ORIGINS",
        "bad-csp-semicolon": r"Content-Security-Policy \(\.csp\)",
        "bad-csp-crlf": r"\.csp",
        "bad-report-only-no-endpoint": r"Content-Security-Policy-Report-Only \(\.csp_report_only\): nobody would hear of it: report-uri",
        "bad-cookie-insecure": "SESSION_COOKIE_SECURE is not a setting: cookies are Secure, always",
        "bad-rate-1": "RATE_LIMIT_DEFAULT.*byte 3",
        "bad-rate-2": "RATE_LIMIT_DEFAULT.*byte 1",
        "bad-rate-3": "RATE_LIMIT_DEFAULT.*byte 2",
        "bad-rate-4": "RATE_LIMIT_DEFAULT.*empty",
        "bad-rate-5": "RATE_LIMIT_DEFAULT.*byte 10",
        "bad-rate-6": "RATE_LIMIT_DEFAULT.*byte 3",
        "bad-unknown-setting": "LISTENN",
        "bad-jwt-short-key": "ISSUER_SHARED_KEYS",
        "bad-no-hosts": "TRUSTED_HOSTS",
    }

    def test_every_bad_profile_is_here(self):
        said = self.refused(78, "the profiles are", "check", env={"CONFORMANCE_PROFILE": "nope"}, app="conformance")
        self.assertEqual({name for name in said.split() if name.startswith("bad-")}, set(self.BAD))

    def test_bad_profiles(self):
        for profile, line in self.BAD.items():
            for command in ("serve", "check"):
                with self.subTest(profile=profile, command=command):
                    got, out, said = self.run_coffer(command, env={"CONFORMANCE_PROFILE": profile}, app="conformance")
                    self.assertEqual(got, 78, out + said)
                    self.assertRegex(out + said, line)
                    self.assertNotIn("dev-secret-key-change-me", out + said)


class Commands(Case):
    def test_routes_say_who_may_and_why(self):
        got, out, _ = self.run_coffer("routes")
        self.assertEqual(got, 0)
        for line in (r"^POST +/token +public.*signing in", r"^POST +/api/items +.*editor.*admin", r"^GET +/api/items +", r"^DELETE +/api/items/\{id\} "):
            self.assertTrue(re.search(line, out, re.MULTILINE), f"{line} in\n{out}")
        self.assertRegex(self.run_coffer("routes", "-v")[1], "deadline")
        self.refused(64, "usage", "routes", "nonsense")

    def test_the_matrix_says_what_each_role_may(self):
        got, out, _ = self.run_coffer("routes", "--policy")
        self.assertEqual(got, 0)
        matrix, _, rest = out.partition("\n\n")
        head, *lines = matrix.splitlines()
        self.assertEqual(head.split(), ["anyone", "signed-in", "viewer", "editor", "admin"])
        cells = {tuple(line.split()[:2]): line.split()[2:] for line in lines}
        for route, row in {("POST", "/token"): "yes yes yes yes yes", ("GET", "/api/items"): "- yes yes yes yes", ("POST", "/api/items"): "- - - yes yes",
                           ("GET", "/api/admin/users"): "- - - - yes", ("POST", "/api/webhook"): "signed - - - -"}.items():
            self.assertEqual(" ".join(cells[route]), row, route)
        said = rest[rest.index("\nPOST    /api/items "):].split("\n", 2)[2].split("\nGET ")[0]
        for line in ("    credentials   bearer, session (application)", "    csrf          a token, and no sign of another site", "    cors          (blueprint) ",
                     "    body          JSON up to 65536 bytes (default)", "    rate          5/minute for each caller (route)", "    cacheable     no-store (default)"):
            self.assertIn(line, said)
        for line in ("    without mfa   who came in may leave again (route)", "    csrf          not asked for: it changes nothing",
                     "    item_by_id                    admins read everybody's items", "    rate          200/day; 50/hour for each address (application)",
                     '    rate          10/minute for each caller, together with all that share "api" (blueprint)',
                     "    rate          none (route): its failures are limited, for each account and network (dw_guess_begin)",
                     "All requests of an address together: 100/minute"):
            self.assertIn(line + "\n", out)

    def test_the_matrix_says_who_needs_a_second_factor(self):
        out = self.run_coffer("routes", "--policy", env={"COFFER_MFA_REQUIRED_ROLES": "admin"})[1]
        cells = {tuple(line.split()[:2]): line.split()[2:] for line in out.partition("\n\n")[0].splitlines()}
        self.assertEqual(cells["GET", "/api/items"], ["-", "yes", "yes", "yes", "2nd"])
        self.assertEqual(cells["POST", "/auth/mfa/enroll"], ["-", "yes", "yes", "yes", "yes"])
        self.assertIn("; 2nd: with a second factor", out)

    def test_every_reason_for_an_opening_stands_below_the_matrix(self):
        env = {"CONFORMANCE_ENV": "development"}
        out = self.run_coffer("routes", "--policy", env=env, app="conformance")[1]
        for line in ("    passes over   undeclared fields of lenient: shows that extra fields are passed over", "    csrf exempt   signed webhook (route)",
                     "    csrf exempt   to be compared with (route)", "    may           is_visible, else 404: the owner, unless it is called locked"):
            self.assertIn(line + "\n", out)
        self.assertIn("; if: where the policies of what it loads say so, as below", out)
        routes = {(route["method"], route["path"]): route for route in json.loads(self.run_coffer("routes", "--json", env=env, app="conformance")[1])["routes"]}
        self.assertIn([{"schema": "lenient", "why": "shows that extra fields are passed over"}], [route["passes_over"] for route in routes.values()])
        self.assertEqual(routes["GET", "/objects/{id}/visible"]["may"]["signed_in"], "if")
        self.assertEqual([(row["name"], row["refused"]) for row in routes["GET", "/objects/{id}/visible"]["object_policies"]], [("is_visible", 404)])

    LIMITS = {"/limited/user": "3/minute for each caller (route)", "/limited/address": "3 per minute for each address (route)",
              "/limited/multi": "2/second;5/minute for each caller (route)", "/limited/inherited": "4/minute for each caller (blueprint)",
              "/limited/exempt": "none (route): to be compared with", "/limited/window": "2 per 2 seconds for each caller, moving-window (route)",
              "/limited/cost": "4/minute for each caller, at a cost of 2 (route)", "/limited/price": "4/minute for each caller, at a cost that is computed (route)",
              "/limited/failures": "3/minute for each caller, what is answered 4xx (route)", "/limited/denials": "3/minute for each caller, what is answered 401 (route)",
              "/limited/meta": "2/second for each caller, shut out after 2 breaches in 60 s (route)",
              "/limited/s1": '2/minute for each caller, together with all that share "s" (route)', "/limited/account": "2/minute for each key of the application's (route)",
              "/limited/setting": "7/hour for each caller (RATE_LIMIT_API)"}

    def test_how_limits_count_stands_below_the_matrix(self):
        """What is not as it is where nothing is said."""
        env = {"CONFORMANCE_ENV": "development", "CONFORMANCE_RATE_LIMIT_API": "7/hour"}
        for words in (("routes", "--policy"), ("routes", "-v")):
            said = dict(re.findall(r"(?m)^GET +(\S+) +\S.*\n(?: {4}.*\n)*? {4}rate +(.*)\n", self.run_coffer(*words, env=env, app="conformance")[1]))
            self.assertEqual({path: said[path] for path in self.LIMITS}, self.LIMITS)
        said = json.loads(self.run_coffer("routes", "--json", env=env, app="conformance")[1])
        rates = {route["path"]: {name: value for name, value in route.items() if name.startswith("rate")} for route in said["routes"] if route["method"] == "GET"}
        plain = {"rate_why_not": None, "rate": "3/minute", "rate_by": "caller", "rate_strategy": "gcra", "rate_cost": 1, "rate_on": [], "rate_shared": None, "rate_meta": None}
        self.assertEqual(rates["/limited/user"], plain)
        self.assertEqual(rates["/limited/exempt"], {"rate": None, "rate_why_not": "to be compared with"})
        for path, other in {"/limited/window": {"rate": "2 per 2 seconds", "rate_strategy": "moving-window"}, "/limited/cost": {"rate": "4/minute", "rate_cost": 2},
                            "/limited/price": {"rate": "4/minute", "rate_cost": None}, "/limited/failures": {"rate_on": ["4xx"]}, "/limited/denials": {"rate_on": ["401"]},
                            "/limited/meta": {"rate": "2/second", "rate_meta": {"breaches": 2, "seconds": 60}},
                            "/limited/s1": {"rate": "2/minute", "rate_shared": "s"}, "/limited/address": {"rate": "3 per minute", "rate_by": "address"}}.items():
            self.assertEqual(rates[path], {**plain, **other}, path)
        self.assertEqual(said["all_requests"], {**plain, "of": "address", "rate": "100/minute", "rate_by": "address"})

    def test_a_limit_of_nobody_stands_below_the_matrix(self):
        env = {"CARELESS_KEEPER": "kim", "ACCEPTS": "errors"}
        self.assertIn("\nAll requests of an address together: as many as come: nobody asks twice here\n", self.run_coffer("routes", "--policy", env=env, app="careless")[1])
        self.assertIn("    rate          as often as anybody likes\n", self.run_coffer("routes", "--policy", env=env, app="careless")[1])
        self.assertEqual(json.loads(self.run_coffer("routes", "--json", env=env, app="careless")[1])["all_requests"],
                         {"of": "address", "rate_why_not": "nobody asks twice here", "rate": None})
        del env["ACCEPTS"]
        self.assertIn("\nAll requests of an address together: 10000 per minute\n", self.run_coffer("routes", "--policy", env=env, app="careless")[1])

    def test_the_matrix_for_programs(self):
        said = json.loads(self.run_coffer("routes", "--json")[1])
        routes = {(route["method"], route["path"]): route for route in said["routes"]}
        self.assertEqual(len(routes), len(self.run_coffer("routes")[1].splitlines()))
        create, token = routes["POST", "/api/items"], routes["POST", "/token"]
        self.assertEqual(create["may"], {"anyone": "-", "signed_in": "-", "roles": {"viewer": "-", "editor": "yes", "admin": "yes"}})
        self.assertEqual((create["policy"], create["credentials"], create["csrf"], create["max_body"]), ("roles", ["bearer", "session"], True, 65536))
        self.assertEqual((create["rate"], create["rate_by"], create["rate_why_not"], token["rate"]), ("5/minute", "caller", None, None))
        self.assertEqual(routes["GET", "/api/users/me"]["rate_shared"], "api")
        self.assertEqual((token["policy"], token["csrf"], token["credentials"], token["cache"]), ("public", False, [], "no-store"))
        self.assertIn("signing in", token["policy_why"])
        self.assertEqual({row["statement"]: row["why"] for row in said["not_owned"]}["item_by_id"], "admins read everybody's items")

    def test_check_and_check_deploy(self):
        got, out, _ = self.run_coffer("check")
        self.assertEqual(got, 0, out)
        self.assertRegex(out, r"\n0 errors, \d+ warnings, \d+ notes\n$")
        got, out, _ = self.run_coffer("check", "--deploy")
        self.assertEqual(got, 78)
        self.assertIn("ENV is development", out)
        production = {**GOOD, "COFFER_ENV": "production", "COFFER_TRUSTED_HOSTS": "coffer.example.com", "COFFER_CANONICAL_ORIGIN": "https://coffer.example.com"}
        self.assertEqual(self.run_coffer("check", "--deploy", env=production)[0], 0)
        self.assertEqual(self.run_coffer("check", "--deploy", env={**production, "COFFER_LISTEN": "0.0.0.0:80"})[0], 78)

    def test_migrate_and_its_status(self):
        self.assertEqual(self.run_coffer("migrate", "--status", "--database-url=sqlite:x.db")[:2], (1, f"0 of {harness.MIGRATIONS} migrations applied\n"))
        self.assertEqual(self.run_coffer("migrate", "--database-url=sqlite:x.db")[:2], (0, f"{harness.MIGRATIONS} migrations applied, {harness.MIGRATIONS} in all\n"))
        self.assertEqual(self.run_coffer("migrate", "--database-url=sqlite:x.db")[:2], (0, f"0 migrations applied, {harness.MIGRATIONS} in all\n"))
        self.assertEqual(self.run_coffer("migrate", "--status", "--database-url=sqlite:x.db")[:2], (0, f"{harness.MIGRATIONS} of {harness.MIGRATIONS} migrations applied\n"))
        self.assertEqual((self.folder / "x.db").stat().st_mode & 0o077, 0)

    def test_seed_prints_each_password_once(self):
        url = "--database-url=sqlite:x.db"
        self.run_coffer("migrate", url)
        got, out, said = self.run_coffer("seed", url)
        self.assertEqual(got, 0, said)
        users = dict(line.split(" ", 1) for line in out.splitlines())
        self.assertEqual(set(users), {"demo-editor", "demo-viewer", "demo-admin"})
        self.assertEqual(len(set(users.values())), 3)
        for password in users.values():
            self.assertGreaterEqual(len(password), 15)
        again = self.run_coffer("seed", url)
        for password in users.values():
            self.assertNotIn(password, again[1])

    def test_help_and_version_need_nothing(self):
        for word in ("--help", "help", "-h"):
            got, out, said = self.run_coffer(word, env={"COFFER_NONSENSE": "x"})
            self.assertEqual((got, said), (0, ""))
            for name in ("COFFER_LISTEN", "--listen", "COFFER_SIGNING_KEYS_FILE", "serve", "migrate", "seed"):
                self.assertIn(name, out)
        got, out, _ = self.run_coffer("--version", env={})
        self.assertEqual(got, 0)
        self.assertRegex(out, r"^coffer \d+\.\d+\.\d+\n$")

    def test_what_is_no_command(self):
        self.refused(64, "there is no command nonsense; try: coffer --help", "nonsense")
        self.refused(64, "no command", env=GOOD)
        self.refused(64, "serve takes no arguments", "serve", "now")


if __name__ == "__main__":
    unittest.main()
