"""Hardening and exports, read from the files of the release build, not from the flags that made them."""

import functools
import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release"))


@functools.lru_cache(maxsize=None)
def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def programs():
    return sorted(path for path in (BUILD / "bin").iterdir() if os.access(path, os.X_OK))


def library():
    return BUILD / "lib/libdewar.so.0"


def objects():
    """Object files of ours, C and assembly."""
    return sorted(BUILD.glob("CMakeFiles/**/*.o"))


def exported(path):
    """Names in the dynamic symbol table that `path` defines."""
    return {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", str(path)).splitlines()}


def declared():
    """Functions and objects that the public headers declare, as the compiler sees them."""
    source = "".join(f"#include <dw/{path.name}>\n" for path in sorted((ROOT / "include/dw").glob("*.h")))
    text = subprocess.run(["gcc", "-std=c11", "-E", "-P", f"-I{ROOT / 'include'}", "-"], input=source, text=True,
                          check=True, capture_output=True).stdout
    names = set(re.findall(r"\b(dw_[a-z0-9_]+)\s*\((?!\*)[^;{}]*\)\s*(?:__attribute__\s*\(\(.*?\)\)\s*)?;", text))
    for declaration in re.findall(r"\bextern const (?!dw_query \*)[^;()]*;", text):
        names |= set(re.findall(r"\b(dw_[a-z0-9_]+)\b(?=\s*[,;])", declaration))
    return names


class Programs(unittest.TestCase):
    def test_there_are_some(self):
        self.assertTrue(programs(), f"nothing in {BUILD / 'bin'}")

    def each(self, tool, flags, pattern, wanted=True):
        """What `tool` prints of every program and of the library has the pattern, or has not."""
        for path in [*programs(), library()]:
            with self.subTest(path.name):
                (self.assertRegex if wanted else self.assertNotRegex)(output(tool, flags, str(path)), pattern)

    def test_position_independent(self):
        for path in programs():
            with self.subTest(path.name):
                self.assertRegex(output("readelf", "-hW", str(path)), r"Type:\s+DYN")
                self.assertRegex(output("readelf", "-dW", str(path)), r"FLAGS_1.*\bPIE\b")

    def test_full_relro(self):
        self.each("readelf", "-lW", r"GNU_RELRO")
        self.each("readelf", "-dW", r"\(FLAGS\)\s+.*BIND_NOW")

    def test_stack_is_not_executable(self):
        self.each("readelf", "-lW", r"GNU_STACK\s+(0x[0-9a-f]+\s+){5}RW\s")

    def test_nothing_is_writable_and_executable(self):
        self.each("readelf", "-lW", r"LOAD\s.*\sRWE\s", wanted=False)

    def test_no_text_relocations_and_no_search_path(self):
        self.each("readelf", "-dW", r"TEXTREL|RPATH|RUNPATH", wanted=False)

    def test_stack_protector(self):
        self.each("nm", "-D", r"__stack_chk_fail")

    def test_fortified(self):
        self.each("nm", "-D", r"__(mem(cpy|set|move)|v?sn?printf|v?fprintf|printf|read|recv|getcwd|realpath)_chk")

    def test_fortify_level(self):
        """Level 3, and what leaves no trace in the file: asked of the record of how every source was compiled."""
        compiled = [entry for entry in json.loads((BUILD / "compile_commands.json").read_text())
                    if entry["file"].endswith(".c")]
        self.assertTrue(compiled)
        for entry in compiled:
            with self.subTest(entry["file"]):
                self.assertIn(" -D_FORTIFY_SOURCE=3 ", entry["command"])
                self.assertIn(" -fstack-clash-protection ", entry["command"])


class Settings(unittest.TestCase):
    def test_no_limit_can_be_multiplied(self):
        """RATE_LIMIT_SCALE is for tests and benchmarks: a release does not know the name, in no program and neither library."""
        for path in [*programs(), library(), BUILD / "lib/libdewar.a"]:
            with self.subTest(path.name):
                self.assertFalse(b"RATE_LIMIT_SCALE" in path.read_bytes(), "a build with -D DEWAR_BENCH=ON is none; script/test makes one")
        for path in (library(), BUILD / "lib/libdewar.a"):
            self.assertTrue(b"RATE_LIMIT_GLOBAL" in path.read_bytes(), "names of settings stand there as they are")


class Objects(unittest.TestCase):
    """Debian's start files lack the CET note, so the whole program does too: our own objects are what we answer for."""

    def test_cet(self):
        self.assertTrue(objects())
        for path in objects():
            with self.subTest(path.name):
                self.assertRegex(output("readelf", "-nW", str(path)), r"x86 feature: IBT, SHSTK")

    def test_assembly_is_among_them(self):
        self.assertTrue([path for path in objects() if path.name.endswith(".S.o")])

    def test_stack_note(self):
        for path in objects():
            with self.subTest(path.name):
                self.assertRegex(output("readelf", "-SW", str(path)), r"\.note\.GNU-stack\s+PROGBITS\s+[0-9a-f]+\s+"
                                                                      r"[0-9a-f]+\s+[0-9a-f]+\s+[0-9a-f]+\s+\d")

    def test_global_names(self):
        """Every name that leaves an object of libdewar begins with dw_: a static library has no export list."""
        for line in output("nm", "-g", "--defined-only", str(BUILD / "lib/libdewar.a")).splitlines():
            fields = line.split()
            if len(fields) == 3:
                self.assertRegex(fields[2], r"^dw_|^DW\.ref\.", line)


class Exports(unittest.TestCase):
    def test_only_public_names(self):
        names = exported(library())
        self.assertTrue(names)
        self.assertEqual([name for name in names if not re.match(r"dw_(?!_)", name)], [])

    def test_all_that_is_declared(self):
        self.assertIn("dw_x_main", declared())
        self.assertEqual(sorted(declared() - exported(library())), [], "declared in include/dw/, not exported")

    def test_nothing_that_is_not_declared(self):
        self.assertEqual(sorted(exported(library()) - declared()), [], "exported, declared in no public header")

    def test_soname(self):
        self.assertRegex(output("readelf", "-dW", str(library())), r"SONAME.*\[libdewar\.so\.0\]")

    def test_no_name_is_left_open(self):
        """What the library needs is in the libraries that it names."""
        self.assertEqual(subprocess.run(["ldd", "-r", str(library())], capture_output=True, text=True, check=False)
                         .stdout.count("undefined symbol"), 0)
