"""tests/compile/run.py judges snippets rightly: a refusal counts only for the reason that the snippet names."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Judge(unittest.TestCase):
    def judge(self, text, name="snippet.c"):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.write_text(text)
            run = subprocess.run([sys.executable, str(ROOT / "tests/compile/run.py"), "--snippets", str(path)], text=True,
                                 capture_output=True, check=False)
        results = [line.split(" - ")[0].rsplit(" ", 1)[0] for line in run.stdout.splitlines() if "ok " in line[:7]]
        self.assertEqual(len(results), 2, run.stdout + run.stderr)
        self.assertEqual(run.returncode, 1 if "not ok" in results else 0)
        return results

    def test_refused_as_said(self):
        self.assertEqual(self.judge("// expect: undeclared\nint f(void) { return nothing; }\n"), ["ok", "ok"])

    def test_refused_for_another_reason(self):
        self.assertEqual(self.judge("// expect: misspelt role\nint f(void) { return nothing; }\n"), ["not ok", "not ok"])

    def test_not_refused(self):
        self.assertEqual(self.judge("// expect: .\nint f(void);\n"), ["not ok", "not ok"])

    def test_nothing_expected(self):
        self.assertEqual(self.judge("int f(void) { return nothing; }\n"), ["not ok", "not ok"])

    def test_a_warning_is_not_a_refusal(self):
        text = "__attribute__((warn_unused_result)) int f(void);\nvoid g(void);\nvoid g(void) { f(); }\n"
        self.assertEqual(self.judge("// expect: warn_unused_result\n" + text), ["not ok", "not ok"])
        self.assertEqual(self.judge("// expect: warn_unused_result\n// werror: yes\n" + text), ["ok", "ok"])

    def test_one_compiler_says_it_otherwise(self):
        text = "// expect-gcc: undeclared\n// expect-clang: nowhere\nint f(void) { return nothing; }\n"
        self.assertEqual(self.judge(text), ["ok", "not ok"])

    def test_what_must_compile(self):
        self.assertEqual(self.judge("#include <dw/dw.h>\n", "ok_empty.c"), ["ok", "ok"])
        self.assertEqual(self.judge("int f(int a) { return 0; }\n", "ok_unused.c"), ["not ok", "not ok"])
