"""Settings of an application's own: as strict and as silent as the framework's, in every process that needs them and no other."""

import json
import pathlib
import signal
import unittest

import harness

KEY = "nobody ever sees this key"


def settings(text):
    """What `settings` printed: {name: (source, value)}."""
    return {line.split()[0]: tuple(line.split(None, 2)[1:]) for line in text.splitlines()}


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = harness.fresh_directory()
        self.addCleanup(lambda: harness.shutil.rmtree(self.folder))

    def run_app(self, *words, env=None, app="tuned"):
        return harness.run(app, *words, env={"TUNED_ENV": "development", **(env or {})}, cwd=self.folder)

    def file(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)


class Refusals(Case):
    def refused(self, line, *words, **env):
        got, out, said = self.run_app(*words, env=env)
        self.assertEqual((got, out), (78, ""), said)
        self.assertEqual(said, line + "\n")
        self.assertNotIn(KEY, said)

    def test_each_in_one_line(self):
        self.refused("tuned: flag: --retention-days is '0': Must be greater than or equal to 1 and less than or equal to 3650. For example 90",
                     "check", "--retention-days=0")
        self.refused("tuned: environment: TUNED_RETENTION_DAY is not a setting; `tuned --help` lists them", "check", TUNED_RETENTION_DAY="1")
        self.refused("tuned: TUNED_LEAST: Must not be more than MOST.", "serve", TUNED_LEAST="10")
        self.refused("tuned: environment: TUNED_MAIL_KEY is not one that can be taken: Must have between 12 and 64 bytes.", "check", TUNED_MAIL_KEY="short")
        self.refused("tuned: flag: --mail-key would show a secret to every user of this machine; give --mail-key-file=PATH, or set it in the environment",
                     "check", f"--mail-key={KEY}")

    def test_a_declaration_that_the_application_forgets(self):
        got, _, said = self.run_app("routes", env={"FORGET_SETTINGS": "1"})
        self.assertEqual(got, 78)
        self.assertEqual(said, "tuned: settings tuned_settings are declared, but dw_app.settings does not name them\n")


class Listing(Case):
    def test_where_each_value_comes_from(self):
        path = self.file("env", "TUNED_LOUD=true\nTUNED_GREETING=from the file\n")
        key = self.file("key", KEY + "\n")
        got, out, said = self.run_app("settings", "--env-file", path, "--retention-days=90", "--mail-key-file", key,
                                      env={"TUNED_MOOD": "busy", "TUNED_TAGS": "a,b"})
        self.assertEqual((got, said), (0, ""))
        seen = settings(out)
        self.assertEqual(seen["TUNED_RETENTION_DAYS"], ("flag", "90"))
        self.assertEqual(seen["TUNED_GREETING"], ("env-file", "from the file"))
        self.assertEqual(seen["TUNED_MOOD"], ("environment", "busy"))
        self.assertEqual(seen["TUNED_TAGS"], ("environment", "a,b"))
        self.assertEqual(seen["TUNED_MOST"], ("default", "9"))
        self.assertEqual(seen["TUNED_HOME"], ("-", "(not set)"))
        self.assertEqual(seen["TUNED_MAIL_KEY"], ("file", "(set)"))
        self.assertEqual(seen["TUNED_LISTEN"], ("default", "127.0.0.1:8080"))
        self.assertEqual(seen["TUNED_ENV"], ("environment", "development"))
        self.assertEqual(settings(self.run_app("settings", env={"TUNED_PROFILE": "staging"})[1])["TUNED_GREETING"], ("profile", "staged"))
        self.assertNotIn(KEY, out)
        self.assertNotIn("DATABASE", out)

    def test_as_json(self):
        got, out, _ = self.run_app("settings", "--json", env={"TUNED_MAIL_KEY": KEY, "TUNED_GREETING": '"quoted"'})
        self.assertEqual(got, 0)
        rows = {row["name"]: row for row in json.loads(out)["settings"]}
        self.assertEqual(rows["TUNED_GREETING"], {"name": "TUNED_GREETING", "value": '"quoted"', "source": "environment", "secret": False, "own": True})
        self.assertEqual(rows["TUNED_MAIL_KEY"], {"name": "TUNED_MAIL_KEY", "value": None, "set": True, "source": "environment", "secret": True, "own": True})
        self.assertEqual(rows["TUNED_SIGNING_KEYS"]["set"], False)
        self.assertEqual(rows["TUNED_LISTEN"]["own"], False)
        self.assertNotIn(KEY, out)

    def test_the_framework_alone_has_none_of_its_own(self):
        self.assertEqual(self.run_app("settings", "nonsense")[0], 64)
        got, out, _ = harness.run("kinds", "settings", env={}, cwd=self.folder)
        self.assertEqual(got, 0)
        self.assertIn("KINDS_LISTEN", out)

    def test_help_and_man_page(self):
        self.assertIn("  --retention-days=…, TUNED_RETENTION_DAYS\n      How long things are kept.\n      Default: 365. Example: 90\n", self.run_app("--help")[1])
        self.assertIn(r'\-\-mail\-key\-file ", " TUNED_MAIL_KEY ", " TUNED_MAIL_KEY_FILE', self.run_app("man")[1])

    def test_a_command_has_them(self):
        self.assertEqual(self.run_app("greet")[0], 0)
        self.assertEqual(self.run_app("greet", "--greeting=bye")[0], 1)


class Serving(Case):
    def test_a_worker_has_what_was_given_and_a_reload_what_is_given_now(self):
        path = pathlib.Path(self.file("env", "TUNED_GREETING=first\nTUNED_LOUD=true\n"))
        server = harness.Server("tuned", {"DATABASE_URL": None, "MAIL_KEY": KEY, "TAGS": "a,b", "HOME": "https://app.test/x"})
        server.arguments = ["--env-file", str(path), "--retention-days=90"]
        self.addCleanup(server.stop)
        server.start()
        self.assertEqual(server.request("GET", "/said").json,
                         {"retention_days": 90, "greeting": "first", "loud": True, "mood": "calm", "home": "https://app.test/x", "tags": ["a", "b"],
                          "key_bytes": len(KEY)})
        self.not_in_any_process(server, KEY)
        path.write_text("TUNED_GREETING=second\n")
        server.process.send_signal(signal.SIGHUP)
        harness.wait_until(lambda: server.request("GET", "/said").json["greeting"] == "second")
        path.write_text("TUNED_GREETING=a greeting that is much too long\n")
        server.process.send_signal(signal.SIGHUP)
        finding = server.wait_for_log(lambda line: line["event"] == "reload.finding")
        self.assertEqual(server.request("GET", "/said").json["greeting"], "second")
        self.assertIn("Length must be", finding["why"])
        self.assertNotIn(KEY, server.log_path.read_text())

    def not_in_any_process(self, server, text):
        """Neither on a command line nor in an environment."""
        for pid in [server.process.pid, *server.children().values()]:
            for name in ("environ", "cmdline"):
                self.assertNotIn(text.encode(), pathlib.Path(f"/proc/{pid}/{name}").read_bytes())

    def test_staging_is_production_with_another_file(self):
        secrets = {name: harness.run("coffer", "secret", env={}, cwd=self.folder)[1].strip() for name in ("SIGNING", "DATA")}
        common = f"COFFER_SIGNING_KEYS={secrets['SIGNING']}\nCOFFER_DATA_KEYS={secrets['DATA']}\n"
        files = {"production": self.file("production.env", common + "COFFER_TRUSTED_HOSTS=coffer.example.com\n"),
                 "staging": self.file("staging.env", common + "COFFER_TRUSTED_HOSTS=staging.example.com\nCOFFER_CARD_LIMIT=5\n")}
        seen = {}
        for name, path in files.items():
            got, out, said = harness.run("coffer", "--env-file", path, "settings", env={}, cwd=self.folder)
            self.assertEqual((got, said), (0, ""))
            seen[name] = settings(out)
            self.assertEqual(harness.run("coffer", "--env-file", path, "check", "--deploy", env={}, cwd=self.folder)[0], 0)
        self.assertEqual(sorted(name for name in seen["staging"] if seen["staging"][name] != seen["production"][name]), ["COFFER_CARD_LIMIT", "COFFER_TRUSTED_HOSTS"])
        self.assertEqual(seen["staging"]["COFFER_ENV"], ("default", "production"))


class Coffer(Case):
    def test_it_obeys_its_own(self):
        server = harness.coffer(CARD_LIMIT="250", PAGE_ITEMS="2")
        self.addCleanup(server.stop)
        server.start()
        token = server.token("demo-editor", server.users["demo-editor"])
        made = server.request("POST", "/api/virtual-cards/create", {"cardholderName": "A", "currency": "EUR"}, token=token)
        self.assertEqual((made.status, made.json["card"]["limit"]), (201, 250))
        for n in range(3):
            self.assertEqual(server.request("POST", "/api/items", {"name": f"item {n}", "description": "an item"}, token=token).status, 201)
        self.assertEqual(len(server.request("GET", "/api/items", token=token).json["items"]), 2)


if __name__ == "__main__":
    unittest.main()
