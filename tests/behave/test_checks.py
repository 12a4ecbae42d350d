"""Findings: every one that there can be is provoked here or named by a unit test; what programs read of them; what was accepted."""

import json
import os
import re
import resource
import unittest

import harness

SECRET = "W1gP0xVtTzq7n3M5sQeLr8uYb2KcHj6dAfG9oNvRk4I"
OTHER = "u5cXh8mEo1ZpJ4sTq0yDrVb6NwKgLf3aI9tBxU7CvQ0"
KEYS = {"SIGNING_KEYS": SECRET, "DATA_KEYS": OTHER}
# What an operator would set, as the guide page says.
REAL = {**KEYS, "TRUSTED_HOSTS": "coffer.example.com", "CANONICAL_ORIGIN": "https://coffer.example.com", "LISTEN": "unix:var/coffer.sock",
        "TRUSTED_PROXIES": "unix", "AUDIT_LOG": "var/audit.log", "MFA_REQUIRED_ROLES": "admin", "USER": "daemon", "LOG": "var/coffer.log"}

ROWS = dict(re.findall(r'X\((\w+), "([a-z_]+\.[a-z-]+)"', (harness.ROOT / "src/guard/findings.h").read_text(encoding="utf-8")))
NAMES = {finding: name for name, finding in ROWS.items()}
# What no command can be made to find here: the test that provokes it.
ELSEWHERE = {"keys.missing": "behave/test_mfa.py", "session.no-sign-in": "unit/guard/test_audit.c", "machine.core-dumps": "unit/app/test_machine.c", "machine.clock": "unit/app/test_machine.c",
           "machine.clock-alone": "unit/app/test_machine.c", "machine.root": "unit/app/test_machine.c", "files.program-open": "unit/app/test_machine.c"}

# One run each: the application, the words behind `check`, the settings, and what has to be found.
RUNS = (
    ("coffer", (), {}, "settings.hosts-missing settings.signing-keys-missing settings.data-keys-missing settings.origin-missing settings.audit-missing"
                       " settings.mfa-nobody secrets.refused proxy.none"),
    ("coffer", (), {**KEYS, "ENV": "development", "LISTEN": "0.0.0.0:1"}, "settings.development settings.development-reachable settings.http-reachable"
                                                                          " statements.prepared statements.not-owned jobs.kind roles.public"
                                                                          " hosts.answered session.cookie enrolled.spared signature.signed headers.csp keys.uncompared"),
    ("coffer", (), {"SIGNING_KEYS": SECRET, "DATA_KEYS": SECRET, "TRUSTED_HOSTS": ".com", "WATCH": "yes", "AUDIT_HEADS": "heads", "AUDIT_MAX_SIZE": "1M",
                    "DATABASE_PASSWORD": "for nobody", "LISTEN_PROXY_PROTOCOL": "required", "ADMIN_LISTEN": "0.0.0.0:2", "MAIL_URL": "ftp://x",
                    "ACCESS_TOKEN_ALGORITHM": "HS256", "CANONICAL_ORIGIN": "http://coffer.example.com", "LISTEN": "0.0.0.0:1", "SESSION_IDLE": "2h",
                    "SESSION_ABSOLUTE": "1h", "LOG_LEVEL": "debug", "CORS_ORIGINS": "http://pages.example.com"},
     "settings.keys-shared settings.hosts-broad settings.watch settings.audit-heads settings.audit-bounds settings.database-password-unused"
     " settings.proxy-protocol-of-nobody settings.admin-reachable settings.mail-url settings.tokens-shared-key settings.cookies-unkept settings.origin-plain"
     " settings.session-idle settings.log-level cors.plain cors.open"),
    ("coffer", (), {"SIGNING_KEYS": SECRET, "AUDIT_LOG": "audit.log", "AUDIT_KEEP": "2", "MAIL_URL": "smtp://keeper@mail.example.com",
                    "LISTEN": "0.0.0.0:1", "TRUSTED_PROXIES": "127.0.0.1", "CANONICAL_ORIGIN": "https://coffer.example.com", "DOCS_FILES": "."},
     "settings.audit-unkeyed settings.audit-keep settings.mail-from settings.mail-password settings.listens-everywhere proxy.trusted https.enforced"
     " docs.refused"),
    ("coffer", (), {**KEYS, "MAIL_URL": "file:mails", "MAIL_FROM": "a@example.com",
                    "DATABASE_URL": "postgresql://a@0.0.0.0:1/b?sslmode=verify-ca&sslrootcert=/nowhere"},
     "settings.mail-into-files settings.database-any-name statements.refused"),
    ("coffer", (), {"WORKERS": "many"}, "settings.refused"),
    ("conformance", (), {"PROFILE": "prod"},
     "secrets.in-code errors.own roles.policy csrf.exempt csrf.get-writes limit.none api_key.any-scope media.raw schema.drops headers.cacheable"
     " redirects.allowed isolation.embedded own.guard own.note"),
    ("conformance", (), {"PROFILE": "bad-csp-semicolon"}, "tables.refused"),
    ("conformance", (), {"PROFILE": "bad-jwt-short-key"}, "issuers.refused"),
    ("careless", ("values",), {}, "sessions.refused"),
    ("careless", ("errors",), {}, "settings.own-missing bearer.nobody limit.nobody own.warning own.error schema.pattern-slow schema.pattern-unknown"),
    ("careless", ("some",), {}, "accepted.over accepted.unused"),
    ("careless", ("refused",), {}, "accepted.refused"),
)
# Each is what its name says, and its line names the setting.
BAD = {"bad-secret-missing": "SIGNING_KEYS", "bad-secret-short": "SIGNING_KEYS", "bad-secret-dev": "SIGNING_KEYS", "bad-debug-public": "LISTEN|ENV",
       "bad-cors-wildcard-credentials": r"(?i)cors", "bad-csp-semicolon": "Content-Security-Policy", "bad-csp-crlf": r"\.csp",
       "bad-unknown-setting": "LISTENN", "bad-jwt-short-key": "ISSUER_SHARED_KEYS", "bad-no-hosts": "TRUSTED_HOSTS"}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = harness.fresh_directory()
        self.addCleanup(lambda: harness.shutil.rmtree(self.folder))

    def check(self, *words, app="coffer", accepts=None, **settings):
        env = {f"{app.upper()}_{name}": value for name, value in settings.items()}
        if accepts:
            env["ACCEPTS"] = accepts
        return harness.run(app, "check", *words, env=env, cwd=self.folder)

    def found(self, *words, app="coffer", accepts=None, **settings):
        """What was found: [finding]; standard error says nothing."""
        status, out, said = self.check("--json", *words, app=app, accepts=accepts, **settings)
        self.assertEqual(said, "")
        report = json.loads(out)
        self.assertEqual(status, 78 if report["errors"] else 0, out)
        return report["findings"]


class Provoked(Case):
    def test_every_finding(self):
        seen = set()
        for app, accepts, settings, wanted in RUNS:
            with self.subTest(app=app, settings=settings):
                ids = {one["id"] for one in self.found("--deploy", app=app, accepts="".join(accepts), **settings)}
                self.assertLessEqual(set(wanted.split()), ids)
                seen |= ids
        seen |= self.of_files() | self.of_examples()
        for finding, test in ELSEWHERE.items():
            self.assertIn(finding if test.endswith(".py") else f"FOUND_{NAMES[finding]}", (harness.ROOT / "tests" / test).read_text(encoding="utf-8"))
        self.assertEqual(set(NAMES) - seen - set(ELSEWHERE), set())
        self.assertLessEqual(seen, set(NAMES))
        self.assertGreater(len(NAMES), 60)

    def of_files(self):
        """What others may do with files, by their modes."""
        (self.folder / "open").mkdir()
        for name in ("open/coffer.db", "audit.log"):
            (self.folder / name).write_text("")
            (self.folder / name).chmod(0o644)
        (self.folder / "open").chmod(0o777)
        found = self.found("--deploy", **KEYS, DATABASE_URL="sqlite:open/coffer.db", AUDIT_LOG="audit.log")
        of_files = {one["id"]: one["what"] for one in found if one["id"].startswith("files.")}
        self.assertIn("DATABASE_URL: open/coffer.db can be read by", of_files["files.database-open"])
        self.assertIn("DATABASE_URL: open can be written by", of_files["files.directory-open"])
        self.assertIn("AUDIT_LOG: audit.log can be read by", of_files["files.log-open"])
        for name, text in (("open/env", "COFFER_WORKERS=1\n"), ("open/keys", OTHER), ("open/hook", f"whsec_{OTHER.replace('-', 'x')}=")):
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o600)
        settings = {"SIGNING_KEYS": SECRET, "DATA_KEYS_FILE": "open/keys", "WEBHOOK_SECRETS_FILE": "open/hook", "RATE_LIMIT_FILE": "open/limits", "LISTEN": "127.0.0.1:1,unix:open/s",
                    "ADMIN_LISTEN": "unix:open/a", "CANONICAL_ORIGIN": "https://coffer.example.com"}
        out = harness.run("coffer", "--env-file", "open/env", "check", "--deploy", env={f"COFFER_{name}": value for name, value in settings.items()}, cwd=self.folder)[1]
        self.assertEqual(re.findall(r"error: files\.directory-open: (\S+): open can be written by", out),
                         ["RATE_LIMIT_FILE", "--env-file", "DATA_KEYS", "WEBHOOK_SECRETS"], out)
        self.assertEqual(re.findall(r"warning: files\.socket-open: (\S+): open can be written by", out), ["LISTEN", "ADMIN_LISTEN"], out)
        of_files["files.socket-open"] = out
        return set(of_files)

    def test_no_limit_of_all_requests(self):
        """Where nothing is said there is one; where there is to be none a setting may still name one."""
        def nobody(accepts, **settings):
            return [one["what"] for one in self.found(app="careless", accepts=accepts, KEEPER="kim", **settings) if one["id"] == "limit.nobody"]
        self.assertEqual(nobody("errors"), ["no limit of all requests of a client holds: nobody asks twice here"])
        self.assertEqual(nobody("errors", RATE_LIMIT_GLOBAL="5/second"), [])
        self.assertEqual(nobody("nothing"), [])

    def test_a_finding_says_all_that_there_is_to_say(self):
        for one in self.found("--deploy", app="conformance", PROFILE="prod"):
            with self.subTest(one["id"]):
                self.assertEqual(set(one), {"id", "level", "what", "where", "why", "fix", "cwe", "asvs", "accepted"})
                self.assertTrue(one["what"] and one["why"] and one["fix"] and one["cwe"])
                self.assertRegex(one["asvs"], r"^\d+\.\d+\.\d+$")

    def test_a_route_is_found_where_its_row_is(self):
        rows = [one for one in self.found(app="conformance", PROFILE="prod") if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", one["what"])]
        self.assertGreater(len(rows), 20)
        for one in rows:
            method, path = one["what"].split()[:2]
            lines = (harness.ROOT / one["where"]["file"]).read_text(encoding="utf-8").splitlines()
            row = " ".join(lines[one["where"]["line"] - 1:one["where"]["line"] + 1])
            self.assertIn(f"DW_{method}(", row, one)
            self.assertTrue(re.search(r'"[^"]*"', row) and path.endswith(re.search(r'"([^"]*)"', row).group(1)), one)

    def test_a_table_that_is_refused_says_where(self):
        [one] = [one for one in self.found(app="conformance", PROFILE="bad-csp-semicolon") if " GET / " in one["what"].replace(":", " ")][:1]
        self.assertTrue(one["where"]["file"].startswith("apps/conformance/"), one)

    def of_examples(self):
        """Secrets that stand in the example of a file of settings, however it says them, and those that do not."""
        (self.folder / "etc").mkdir()
        env_file = self.folder / "etc/coffer.env"
        env_file.write_text("COFFER_WORKERS=1\n")
        env_file.chmod(0o600)
        older, word = "kQ2vYc9ZrT5hXw1sLm8nBp4gJd7fUa3eHo6iKt0yRx4", "for nobody"
        settings = {**KEYS, "DATA_KEYS": f"{OTHER},{older}", "DATABASE_PASSWORD": word}
        found = {}
        for path, text, wanted in (
                (".env.example", f"# COFFER_SIGNING_KEYS={SECRET}", ["SIGNING_KEYS"]),
                (".env.sample", f"export COFFER_DATA_KEYS = '{older}'\r\nCOFFER_DATABASE_PASSWORD=\"{word}\"\n", ["DATABASE_PASSWORD", "DATA_KEYS"]),
                ("etc/.env.template", f"postgresql://coffer:{SECRET}@db/coffer\n", ["SIGNING_KEYS"]),
                ("etc/.env.example", f"COFFER_SIGNING_KEYS=\nCOFFER_DATA_KEYS={OTHER[:-1]}\nCOFFER_DATABASE_PASSWORD=not {word}\nCOFFER_USER={word}\n", []),
                (".env", f"COFFER_SIGNING_KEYS={SECRET}\n", []),
                (".env.template", "#" * ((1 << 20) + 1), [".env.template"])):
            with self.subTest(path):
                (self.folder / path).write_text(text)
                words = ("--env-file", str(env_file), "check", "--deploy", "--json")
                env = {f"COFFER_{name}": value for name, value in settings.items()}
                report = json.loads(harness.run("coffer", *words, env=env, cwd=self.folder)[1])
                found = {one["id"]: one for one in report["findings"]} | found
                lines = [one["what"] for one in report["findings"] if one["id"] == "secrets.committed"]
                self.assertEqual(sorted(line.split()[0] for line in lines), wanted, lines)
                self.assertFalse([line for line in lines for secret in (SECRET, OTHER, older, word) if secret in line])
                (self.folder / path).unlink()
        (self.folder / "true").write_text(SECRET)
        (self.folder / ".env.example").symlink_to("true")
        os.mkfifo(self.folder / ".env.sample")
        self.assertNotIn("secrets.committed", {one["id"] for one in self.found("--deploy", **settings)}, "no files")
        return {"secrets.committed"} & set(found)

    def test_a_secret_of_the_example_stops_a_start(self):
        (self.folder / ".env.example").write_text(f"COFFER_SIGNING_KEYS={SECRET}\n")
        env = {f"COFFER_{name}": value for name, value in REAL.items()}
        status, _, said = harness.run("coffer", "serve", env=env, cwd=self.folder)
        self.assertEqual(status, 78, said)
        self.assertIn("coffer: secrets.committed: SIGNING_KEYS is in .env.example, which everyone has", said)


class Production(Case):
    def file(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def test_coffer_with_a_real_file_of_settings_is_clean(self):
        path = self.file("coffer.env", "".join(f"COFFER_{name}={value}\n" for name, value in REAL.items()))
        (self.folder / "var").mkdir(mode=0o750)
        status, out, said = harness.run("coffer", "--env-file", path, "check", "--deploy", env={}, cwd=self.folder)
        self.assertEqual((status, said), (0, ""), out)
        self.assertRegex(out, r"\n0 errors, 0 warnings, \d+ notes\n$")

    def test_it_does_not_take_long(self):
        self.check("--deploy", **REAL)
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.check("--deploy", **REAL)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertLess(ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime, 1)

    def test_production_does_not_start_with_an_error(self):
        """… of what is around it too; development does."""
        (self.folder / "test.db").write_text("")
        (self.folder / "test.db").chmod(0o666)
        env = {f"COFFER_{name}": value for name, value in {**REAL, "DATABASE_URL": "sqlite:test.db"}.items()}
        status, _, said = harness.run("coffer", "serve", env=env, cwd=self.folder)
        self.assertEqual(status, 78, said)
        self.assertIn("coffer: files.database-open: DATABASE_URL: test.db can be read and written by every account of this machine\n", said)

    def test_files_of_secrets_that_others_write(self):
        for mode, line in ((0o602, "can be written by every user of this machine; chmod o-w it"), (0o604, "chmod o-r it")):
            path = self.file("key", SECRET, mode)
            status, _, said = self.check(SIGNING_KEYS_FILE=path)
            self.assertEqual(status, 78)
            self.assertIn(line, said)
        path = self.file("env", "COFFER_WORKERS=2\n", 0o646)
        status, _, said = harness.run("coffer", "--env-file", path, "check", env={}, cwd=self.folder)
        self.assertEqual(status, 78)
        self.assertIn("can be written by every user", said)

    def test_faulty_profiles(self):
        """Each of them ends with 78 and a line that names the setting; of `serve` most are in test_settings.py."""
        for profile, line in BAD.items():
            for words in (("check", "--deploy"), *([("serve",)] if profile in ("bad-cors-wildcard-credentials", "bad-jwt-short-key") else [])):
                with self.subTest(profile=profile, words=words):
                    status, out, said = harness.run("conformance", *words, env={"CONFORMANCE_PROFILE": profile}, cwd=self.folder)
                    self.assertEqual(status, 78, out + said)
                    self.assertTrue([one for one in (out + said).splitlines() if re.search(line, one) and not one.startswith("note")], out + said)


class Accepted(Case):
    def test_until_its_day(self):
        found = {one["id"]: one for one in self.found("--deploy", app="careless", accepts="some")}
        self.assertEqual(found["own.warning"]["accepted"]["why"], "the door is to be open")
        self.assertIsNone(found["schema.pattern-slow"]["accepted"])
        self.assertIn("schema.pattern-slow was accepted until", found["accepted.over"]["what"])
        self.assertEqual(found["accepted.over"]["where"], {"file": "careless.c", "line": 2})
        self.assertIn("settings.session-idle is accepted, and there is none", found["accepted.unused"]["what"])
        _, out, _ = self.check("--deploy", app="careless", accepts="some")
        self.assertRegex(out, r"(?m)^accepted: own\.warning: door: the door is open \(until \d{4}-\d\d-\d\d: the door is to be open\)$")
        self.assertRegex(out, r"(?m)^warning: schema\.pattern-slow: ")
        self.assertRegex(out, r"errors, \d+ warnings, \d+ notes, 1 accepted\n$")

    def test_nothing_that_cannot_be(self):
        found = [one for one in self.found("--deploy", app="careless", accepts="refused") if one["id"] == "accepted.refused"]
        self.assertEqual([one["what"] for one in found], ["dw_app.accepted: nothing.at-all: there is no such finding",
                                                          "dw_app.accepted: own.error: only a warning can be accepted",
                                                          "dw_app.accepted: own.warning: its .until is no day, as 2027-06-30"])
        self.assertTrue(all(one["where"]["file"].endswith("careless.c") for one in found))

    def test_a_start_does_not_repeat_it(self):
        settings = {"CARELESS_TRUSTED_HOSTS": "localhost", "CARELESS_LISTEN": "0.0.0.0:1", "ACCEPTS": "some"}
        status, _, said = harness.run("careless", "serve", env=settings, cwd=self.folder)
        self.assertEqual(status, 78)
        self.assertIn("careless: settings.http-reachable: LISTEN", said)
        self.assertIn("careless: schema.pattern-slow: ", said)
        self.assertNotIn("own.warning", said)


class Sarif(Case):
    """SARIF 2.1.0, by what its standard requires (§3.13 to §3.35) and what code hosts read."""

    def sarif(self, *words, **settings):
        status, out, _ = self.check("--sarif", *words, **settings)
        return status, json.loads(out)

    def judge(self, log):
        self.assertEqual(log["version"], "2.1.0")
        self.assertIn("sarif-schema-2.1.0", log["$schema"])
        [run] = log["runs"]
        driver = run["tool"]["driver"]
        self.assertTrue(driver["name"])
        rules = [rule["id"] for rule in driver["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        self.assertEqual(set(rules), set(NAMES))
        for rule in driver["rules"]:
            self.assertTrue(rule["shortDescription"]["text"] and rule["help"]["text"])
            self.assertIn(rule["defaultConfiguration"]["level"], ("note", "warning", "error"))
            self.assertIn("security", rule["properties"]["tags"])
            self.assertTrue(0 < float(rule["properties"]["security-severity"]) <= 10)
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertIn(result["level"], ("note", "warning", "error"))
            self.assertTrue(result["message"]["text"])
            self.assertTrue(result["partialFingerprints"])
            for location in result.get("locations", []):
                place = location["physicalLocation"]
                self.assertRegex(place["artifactLocation"]["uri"], r"^[A-Za-z0-9._~/%-]+$")
                self.assertGreaterEqual(place["region"]["startLine"], 1)
            for suppression in result.get("suppressions", []):
                self.assertEqual((suppression["kind"], suppression["status"]), ("inSource", "accepted"))
                self.assertTrue(suppression["justification"])
        return run["results"]

    def test_what_was_found(self):
        status, log = self.sarif("--deploy", app="conformance", PROFILE="prod")
        results = self.judge(log)
        located = [one for one in results if "locations" in one]
        self.assertGreater(len(located), 20)
        for one in located:
            self.assertTrue((harness.ROOT / one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).exists(), one)
        self.assertEqual(status, 78 if any(one["level"] == "error" for one in results) else 0)

    def test_what_was_accepted_is_suppressed(self):
        results = self.judge(self.sarif("--deploy", app="careless", accepts="some")[1])
        self.assertEqual([one["ruleId"] for one in results if "suppressions" in one], ["own.warning"])

    def test_what_cannot_be_read_is_a_result_as_well(self):
        for app, settings in (("coffer", {"WORKERS": "many"}), ("conformance", {"PROFILE": "bad-csp-crlf"})):
            status, log = self.sarif(app=app, **settings)
            self.assertEqual(status, 78)
            self.assertTrue(self.judge(log))

    def test_fingerprints_stay(self):
        first, second = (self.sarif(**REAL)[1] for _ in range(2))
        self.assertEqual(first, second)


class Commands(Case):
    def test_text_for_people(self):
        _, out, _ = self.check("--deploy", "--explain")
        self.assertRegex(out, r"(?m)^error: settings\.hosts-missing: TRUSTED_HOSTS is empty.*\n    why: .*\n    fix: .*\n    see: CWE-20, ASVS 5\.0 2\.2\.1$")
        _, short, _ = self.check("--deploy")
        self.assertEqual([one for one in out.splitlines() if not one.startswith("    ")], short.splitlines())

    def test_words_that_are_none(self):
        for words in (("--deploy", "--deploy"), ("--json", "--sarif"), ("--explain", "--json"), ("all",), ("--xml",)):
            with self.subTest(words=words):
                status, out, said = self.check(*words, **KEYS)
                self.assertEqual((status, out), (64, ""))
                self.assertIn("usage: coffer check [--deploy] [--explain | --json | --sarif]", said)

    def test_no_secret_is_in_it(self):
        for word in ("--explain", "--json", "--sarif"):
            _, out, said = self.check("--deploy", word, SIGNING_KEYS=SECRET, DATA_KEYS=SECRET, MAIL_PASSWORD="hunter2hunter2")
            for secret in (SECRET, "hunter2"):
                self.assertNotIn(secret, out + said)


if __name__ == "__main__":
    unittest.main()
