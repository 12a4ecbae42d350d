#!/usr/bin/env python3
"""What must not compile, seen refused; and public headers, seen clean under everything that they are made for.

usage: tests/compile/run.py [--headers] [--snippets] [FILE]…          (all without arguments; reports in TAP)

A snippet tests/compile/<name>.c says in comments what must happen when it is compiled as an application would be:

    // expect: REGEX          must be found in the messages of both compilers (also expect-gcc:, expect-clang:)
    // werror: yes            warnings are errors here (default no: it must be refused without that)

One named ok_*.c must compile without any message.  A snippet must have at least one expectation, so that it is refused for the
reason that it is about.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMPILERS = ("gcc", "clang")
AS_APPLICATION = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", f"-I{ROOT / 'include'}"]


def compile_file(command):
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    return run.returncode, run.stderr


def marks(path):
    """The comments of a snippet as a list of (key, value)."""
    return [(key, value.strip()) for key, value in
            re.findall(r"^[ \t]*//[ \t]*(expect(?:-gcc|-clang)?|werror):(.*)$", path.read_text(encoding="utf-8"), re.M)]


def check_snippet(path, compiler):
    """Why the snippet did not do what it must, or None."""
    found = marks(path)
    must_build = path.name.startswith("ok_")
    expected = [value for key, value in found if key in ("expect", f"expect-{compiler}")]
    if not must_build and not expected:
        return "has no `// expect: REGEX`"
    strict = must_build or ("werror", "yes") in found
    status, messages = compile_file([compiler, *AS_APPLICATION, *(["-Wpedantic", "-Werror"] if must_build else []),
                                     *(["-Werror"] if strict else []), "-O1", "-c", "-o", "/dev/null", str(path)])
    if must_build:
        return f"must compile:\n{messages}" if status or messages else None
    if status == 0:
        return f"must not compile, and did:\n{messages}"
    for pattern in expected:
        if not re.search(pattern, messages):
            return f"refused, but not with /{pattern}/:\n{messages}"
    return None


HEADER_WAYS = {
    "gcc c11": ["gcc", "-x", "c", "-std=c11"],
    "clang c11": ["clang", "-x", "c", "-std=c11"],
    "gcc gnu17": ["gcc", "-x", "c", "-std=gnu17"],
    "g++ c++17": ["g++", "-x", "c++", "-std=c++17"],
    "clang++ c++17": ["clang++", "-x", "c++", "-std=c++17"],
}


def check_header(path, way):
    """A header by itself, twice, with every warning."""
    source = f"#include <dw/{path.name}>\n#include <dw/{path.name}>\nint dw_test_unit;\n"
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wundef", "-Werror"]
    run = subprocess.run([*HEADER_WAYS[way], *warnings, f"-I{ROOT / 'include'}", "-fsyntax-only", "-"], input=source,
                         capture_output=True, text=True, check=False, cwd=ROOT)
    return run.stderr if run.returncode or run.stderr else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headers", action="store_true")
    parser.add_argument("--snippets", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    both = not (options.headers or options.snippets)

    checks = []
    if options.headers or (both and not options.files):
        checks += [(f"{path.name} ({way})", check_header, path, way)
                   for path in sorted((ROOT / "include/dw").glob("*.h")) for way in HEADER_WAYS]
    if options.snippets or both:
        checks += [(f"{path.name} ({compiler})", check_snippet, path, compiler)
                   for path in options.files or sorted(HERE.glob("*.c")) for compiler in COMPILERS]

    print(f"1..{len(checks)}", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("DEWAR_JOBS") or os.cpu_count() or 1)) as pool:
        for number, (check, why) in enumerate(zip(checks, pool.map(lambda c: c[1](c[2], c[3]), checks)), 1):
            if why:
                bad += 1
                print("\n".join("# " + line for line in why.splitlines()))
            print(f"{'not ok' if why else 'ok'} {number} - {check[0]}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
