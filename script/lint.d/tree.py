"""What the lint rules share: which files there are, C without its comments and strings, and how a finding is printed."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ("src", "include", "apps", "cli")
SKIPPED = {"build", "var", "node_modules", "__pycache__", ".git"}

found = 0


def report(path, line, rule, text):
    """Prints one finding as path:line: [rule] text."""
    global found
    found += 1
    where = path.relative_to(ROOT) if isinstance(path, pathlib.Path) else path
    print(f"{where}:{line}: [{rule}] {text}")


def finish():
    """Ends the program with 1 if anything was reported."""
    sys.exit(1 if found else 0)


def files(folders, suffixes):
    """All files with one of the suffixes below the folders, sorted, generated ones left out."""
    out = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and not SKIPPED & set(path.relative_to(ROOT).parts):
                out.append(path)
    return out


_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def _blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """`text` with comments and the insides of literals blanked; lines and columns stay where they were."""
    return _TOKEN.sub(_blank, text)


def line_of(text, offset):
    """The number of the line at `offset`, from 1."""
    return text.count("\n", 0, offset) + 1
