"""Every rule of script/lint is broken once, in a small tree made for it, and script/lint must name it."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLEAN = {
    "src/base/thing.h": "/* base/thing.h */\n#ifndef THING_H\n#define THING_H\nint dw__thing(int n);\n#endif\n",
    "src/base/thing.c": '#include "base/thing.h"\n\nint dw__thing(int n)\n{\n    return n + 1;\n}\n',
    "src/route/user.c": '#include <string.h>\n\n#include "base/thing.h"\n',
    "src/crypto/sums.c": "#include <openssl/evp.h>\n",
    "include/dw/thing.h": "#ifndef DW_THING_H\n#define DW_THING_H\n#include <stddef.h>\n#endif\n",
    "apps/small/main.c": '#include <dw/thing.h>\n#include <stdio.h>\n\n#include "models.h"\n',
    "apps/small/models.h": "#ifndef MODELS_H\n#define MODELS_H\n#endif\n",
    "ARCHITECTURE.md": "See `src/base/thing.c`, `src/{base,crypto}/`, `thing.h` and `base/thing.h`; not `/healthz`.\n"
                       "\n```\nsrc/\n  base/   0  thing\ninclude/dw/\nscript/    lint\n```\n",
}


class Tree(unittest.TestCase):
    """A checkout with the rules of this one and a few clean files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in (".clang-format", ".clang-tidy", "script"):
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.root / name)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def lint(self, *arguments):
        run = subprocess.run([str(self.root / "script/lint"), *arguments], text=True, check=False, capture_output=True)
        return run.returncode, run.stdout + run.stderr

    def refused(self, rule, place, *arguments):
        """script/lint fails, and a line says that `place` breaks `rule`."""
        status, output = self.lint(*(arguments or ("--fast",)))
        self.assertEqual(status, 1, output)
        self.assertRegex(output, rf"(?m)^{place}: \[{rule}\] ")
        rules = {line.split("[")[1].split("]")[0] for line in output.splitlines() if ": [" in line}
        self.assertEqual(rules, {rule}, output)


class Rules(Tree):
    def test_clean_tree(self):
        status, output = self.lint()
        self.assertEqual(status, 0, output)
        self.assertIn("lint: clean (format words includes paths shell cppcheck tidy)", output)

    def test_format(self):
        self.write("src/base/thing.c", "int dw__thing(int n) {\n  return n;\n}\n")
        self.refused("format", r"src/base/thing\.c:1")

    def test_format_is_fixed(self):
        self.write("src/base/thing.c", "int dw__thing(int n) {\n  return n;\n}\n")
        self.assertEqual(self.lint("--fix", "--only", "format")[0], 0)
        self.assertEqual(self.lint("--only", "format")[0], 0)

    def test_higher_room(self):
        self.write("src/base/thing.c", '#include "route/tree.h"\n')
        self.refused("includes", r"src/base/thing\.c:1")

    def test_room_of_the_same_number(self):
        self.write("src/store/thing.c", '\n#include "proc/monitor.h"\n')
        self.refused("includes", r"src/store/thing\.c:2")

    def test_path_that_is_not_room_and_file(self):
        self.write("src/base/other.c", '#include "thing.h"\n')
        self.refused("includes", r"src/base/other\.c:1")

    def test_unknown_room(self):
        self.write("src/misc/thing.c", "int dw__misc;\n")
        self.refused("includes", r"src/misc/thing\.c:1")

    def test_application_that_includes_the_inside(self):
        self.write("apps/small/main.c", '#include "base/thing.h"\n')
        self.refused("includes", r"apps/small/main\.c:1")

    def test_application_that_climbs_out(self):
        self.write("apps/small/main.c", '#include "../../src/base/thing.h"\n')
        self.refused("includes", r"apps/small/main\.c:1")

    def test_public_header_that_includes_the_inside(self):
        self.write("include/dw/thing.h", '#include "base/thing.h"\n')
        self.refused("includes", r"include/dw/thing\.h:1")

    def test_third_party_header_in_the_wrong_room(self):
        for room, header in (("http", "openssl/evp.h"), ("auth", "sodium.h"), ("route", "sqlite3.h"),
                             ("net", "pcre2.h"), ("codec", "pthread.h"), ("http", "nghttp2/nghttp2.h")):
            with self.subTest(header):
                self.write(f"src/{room}/wrong.c", f"#include <{header}>\n")
                self.refused("third-party", rf"src/{room}/wrong\.c:1")
                (self.root / f"src/{room}/wrong.c").unlink()

    def test_third_party_header_in_an_application(self):
        self.write("apps/small/main.c", "#include <sqlite3.h>\n")
        self.refused("third-party", r"apps/small/main\.c:1")

    def test_third_party_header_without_a_room(self):
        self.write("src/http/wrong.c", "#include <event2/event.h>\n")
        self.refused("third-party", r"src/http/wrong\.c:1")

    def test_include_in_a_comment_does_not_count(self):
        self.write("src/base/thing.c", '/*\n#include "route/tree.h"\n*/\n// #include <sqlite3.h>\n')
        self.assertEqual(self.lint("--only", "includes")[0], 0)

    def test_length(self):
        self.write("src/base/thing.c", "/* line */\n" * 600)
        self.assertEqual(self.lint("--only", "length")[0], 0)
        self.write("src/base/thing.c", "/* line */\n" * 601)
        self.refused("length", r"src/base/thing\.c:601")

    def test_banned_function(self):
        for call in ("strcpy(a, b)", "sprintf (a, b)", "atoi(a)", "system(a)", "strtok(a, b)", "alloca(4)"):
            with self.subTest(call):
                self.write("src/base/thing.c", f"void dw__f(void)\n{{\n    (void){call};\n}}\n")
                self.refused("banned", r"src/base/thing\.c:3", "--only", "banned")

    def test_banned_name_in_words_does_not_count(self):
        self.write("src/base/thing.c", '/* like strcpy(a, b) */\nconst char dw__t[] = "atoi(";\nint dw__my_atoi(int n);\n')
        self.assertEqual(self.lint("--only", "banned")[0], 0)

    def test_unfinished(self):
        for place in ("src/base/thing.c", "apps/small/models.h"):
            for word in ("TODO", "FIXME", "XXX", "HACK"):
                with self.subTest(f"{place} {word}"):
                    self.write(place, f"/* {word}: later */\n")
                    self.refused("unfinished", rf"{place}:1")
            self.write(place, CLEAN[place])

    def test_path_in_text_that_does_not_exist(self):
        self.write("ARCHITECTURE.md", "The order is in `src/guard/pipeline.c`.\n")
        self.refused("paths", r"ARCHITECTURE\.md:1")

    def test_path_on_a_page_of_the_guide(self):
        self.write("docs/guide/page.md", "In `src/base/thing.c`\nand `src/base/nothing.c`.\n")
        self.refused("paths", r"docs/guide/page\.md:2")

    def test_alternative_that_does_not_exist(self):
        self.write("ARCHITECTURE.md", "Rooms: `src/{base,nowhere}/`.\n")
        self.refused("paths", r"ARCHITECTURE\.md:1")

    def test_path_in_a_drawing_that_does_not_exist(self):
        self.write("ARCHITECTURE.md", "```\nsrc/\n  base/\n    thing.c\n  nowhere/  3  things\n```\n")
        self.refused("paths", r"ARCHITECTURE\.md:5")

    def test_shell(self):
        self.write("script/lib/more.sh", "# shellcheck shell=bash\nrm -rf $1/x\n")
        self.refused("shell", r"script/lib/more\.sh:2")

    def test_cppcheck(self):
        self.write("src/base/thing.c", "int dw__thing(void)\n{\n    int a[2] = {0, 1};\n    return a[2];\n}\n")
        self.refused("cppcheck", r"src/base/thing\.c:4", "--only", "cppcheck")

    def test_tidy(self):
        self.write("src/base/thing.c", '#include "base/thing.h"\n\nint dw__thing(int n)\n{\n    int *p = 0;\n'
                                       "    return n ? 1 : *p;\n}\n")
        self.refused("tidy", r"src/base/thing\.c:6", "--only", "tidy")
        self.refused("tidy", r"src/base/thing\.c:6", "--only", "tidy")  # and is not remembered as clean

    def test_tidy_looks_again_when_a_header_changes(self):
        self.assertEqual(self.lint("--only", "tidy")[0], 0)
        self.write("src/base/thing.h", "#define dw__thing(n) dw__other(n, *(int *)0)\nint dw__other(int a, int b);\n")
        self.assertEqual(self.lint("--only", "tidy")[0], 1)
