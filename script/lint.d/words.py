#!/usr/bin/env python3
"""Rules about what stands in a source: its length, functions that are banned, and work left undone."""

import re

import tree

MAX_LINES = 600

# Unbounded, locale-bound, hidden state or shell: base/banned.h removes them for the compiler, this for every file of ours.
BANNED = {
    "strcpy", "strcat", "strncpy", "strncat", "stpcpy", "stpncpy", "sprintf", "vsprintf", "gets", "strtok", "strtok_r",
    "atoi", "atol", "atoll", "atof", "alloca", "scanf", "sscanf", "fscanf", "vscanf", "vsscanf", "vfscanf", "system",
    "popen", "tmpnam", "tempnam", "mktemp", "rand", "srand", "rand_r", "random", "srandom", "drand48", "asctime", "ctime",
    "asctime_r", "ctime_r", "gmtime", "localtime", "gethostbyname", "inet_ntoa",
}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b|\b(unimplemented|to be implemented)\b")


def check_banned(path, text):
    if path.name == "banned.h":
        return  # defines them away
    for match in re.finditer(r"(?<![\w.>])([a-z_][a-z0-9_]*)[ \t]*\(", tree.code(text)):
        if match.group(1) in BANNED:
            tree.report(path, tree.line_of(text, match.start(1)), "banned", f"{match.group(1)}()")


def check_length(path, text):
    lines = text.count("\n")
    if lines > MAX_LINES:
        tree.report(path, lines, "length", f"{lines} lines, more than {MAX_LINES}: one file has one idea")


def check_undone(path, text):
    for match in UNDONE.finditer(text):
        tree.report(path, tree.line_of(text, match.start()), "unfinished", f'"{match.group(0)}"')


for source in tree.files(tree.OURS, {".c", ".h", ".S"}):
    content = source.read_text(encoding="utf-8", errors="replace")
    check_length(source, content)
    check_banned(source, content)
    check_undone(source, content)
tree.finish()
