"""What others say of our descriptions: Redocly's recommended rules, swagger-parser, and a TypeScript compiler.

The tools are those of package-lock.json; nothing is fetched while they run.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from runner import npm

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
BIN = pathlib.Path(os.environ.get("DEWAR_BUILD", ROOT / "build" / "asan")) / "bin"
APPLICATIONS = ("coffer", "conformance")


@unittest.skipIf(npm.missing(), "node and npm are not installed")
class Judges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        done, said = npm.install(FOLDER)
        if not done:
            raise AssertionError(said)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dewar-"))
        for app in APPLICATIONS:
            run = subprocess.run([str(BIN / app), "openapi"], env={f"{app.upper()}_ENV": "development"}, cwd=cls.folder,
                                 capture_output=True, check=True, timeout=60)
            (cls.folder / f"{app}.json").write_bytes(run.stdout)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def tool(self, *words, check=True):
        """Runs a program of node_modules/.bin, or node itself."""
        program = words[0] if words[0] == "node" else str(FOLDER / "node_modules" / ".bin" / words[0])
        env = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
        run = subprocess.run([program, *words[1:]], cwd=FOLDER, env=env, capture_output=True, text=True, check=False,
                             timeout=240)
        if check:
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run

    def lint(self, path):
        """(errors, warnings) of the recommended rules, and what they were."""
        run = self.tool("redocly", "lint", "--extends=recommended", "--format=json", str(path), check=False)
        report = json.loads(run.stdout[run.stdout.index("{"):run.stdout.rindex("}") + 1])
        return (report["totals"]["errors"], report["totals"]["warnings"]), run.stdout

    def test_redocly_has_nothing_to_say(self):
        for app in APPLICATIONS:
            with self.subTest(app):
                totals, said = self.lint(self.folder / f"{app}.json")
                self.assertEqual(totals, (0, 0), said)

    def test_redocly_would_say_something(self):
        document = json.loads((self.folder / "coffer.json").read_text())
        del document["info"]["license"]
        document["paths"]["/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["example"] = {"a": 1}
        path = self.folder / "worse.json"
        path.write_text(json.dumps(document))
        totals, said = self.lint(path)
        self.assertGreaterEqual(sum(totals), 2, said)

    def test_swagger_parser_validates(self):
        for app in APPLICATIONS:
            with self.subTest(app):
                self.tool("node", "validate.js", str(self.folder / f"{app}.json"))
        path = self.folder / "broken.json"
        path.write_text('{"openapi":"3.1.0","info":{"title":"x"},"paths":{}}')
        self.assertNotEqual(self.tool("node", "validate.js", str(path), check=False).returncode, 0)

    def test_a_typed_client_compiles(self):
        self.tool("openapi-typescript", str(self.folder / "coffer.json"), "-o", str(self.folder / "coffer.d.ts"))
        (self.folder / "client.ts").write_bytes((FOLDER / "client.ts").read_bytes())
        (self.folder / "node_modules").symlink_to(FOLDER / "node_modules")
        self.tool("tsc", "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext",
                  "--moduleResolution", "bundler", str(self.folder / "client.ts"))


if __name__ == "__main__":
    unittest.main()
