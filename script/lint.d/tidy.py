#!/usr/bin/env python3
"""clang-tidy over our C files, several at a time, remembering which were clean.

A file is run again only when it, a header that it includes, .clang-tidy or the tool has changed; what was clean is kept by
digest under build/lint/tidy/.
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys

import tree

PACKAGES = ["libcrypto", "libsodium", "sqlite3", "libpcre2-8", "libpq", "libutf8proc", "libcrypt", "libqrencode",
            "zlib", "libpsl"]
CACHE = tree.ROOT / "build" / "lint" / "tidy"


def run(*command):
    return subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)


def flags():
    found = run("pkg-config", "--cflags", *PACKAGES).stdout.split()
    return ["-std=gnu17", "-D_GNU_SOURCE=", "-Wall", "-Wextra", "-Isrc", "-Iinclude", *found]


def digest(path, options, fixed):
    """A digest of all that the result depends on, or None when the file cannot be preprocessed."""
    listed = run("clang", "-MM", "-MT", "x", *options, str(path))
    if listed.returncode != 0:
        return None
    state = hashlib.sha256(fixed)
    for name in listed.stdout.replace("\\\n", " ").split()[1:]:
        with open(os.path.join(tree.ROOT, name), "rb") as file:
            state.update(name.encode() + b"\0" + file.read())
    return state.hexdigest()


def examine(path, options, fixed):
    """The findings in one file as text; empty when it is clean."""
    own = [f"-I{folder}" for folder in {path.parent, *path.parents} if folder.parent.name == "apps"]
    key = digest(path, options + own, fixed)
    if key and (CACHE / key).exists():
        return ""
    result = run("clang-tidy", "--quiet", str(path), "--", *options, *own)
    if result.returncode == 0 and "warning:" not in result.stdout:
        if key:
            (CACHE / key).touch()
        return ""
    return result.stdout or result.stderr


def main():
    CACHE.mkdir(parents=True, exist_ok=True)
    options = flags()
    fixed = ((tree.ROOT / ".clang-tidy").read_bytes() + run("clang-tidy", "--version").stdout.encode()
             + " ".join(options).encode())
    names = [name if os.path.isabs(name) else str(tree.ROOT / name) for name in sys.argv[1:]]
    sources = [path for path in tree.files(tree.OURS, {".c"}) if not names or str(path) in names]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("DEWAR_JOBS") or os.cpu_count() or 1)) as pool:
        for text in pool.map(lambda path: examine(path, options, fixed), sources):
            for line in text.splitlines():
                match = re.match(r"(?:(.+?):(\d+):\d+: )?(?:warning|error): (.*)", line)
                if match:
                    where = os.path.relpath(match.group(1), tree.ROOT) if match.group(1) else "clang-tidy"
                    tree.report(where, match.group(2) or 0, "tidy", match.group(3))
    tree.finish()


main()
