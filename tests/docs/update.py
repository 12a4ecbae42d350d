#!/usr/bin/env python3
"""Writes what the program itself says of its settings into the pages that show it.

usage: tests/docs/update.py

Run it when a setting has changed; tests/docs/test_tables.py fails until then.
"""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
COFFER = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release")) / "bin/coffer"
MARK = "<!-- generated: python3 tests/docs/update.py -->\n"
PAGE = ROOT / "docs/guide/settings.md"
MANUAL = ROOT / "docs/man/coffer.1"


def said(command):
    return subprocess.run([str(COFFER), command], text=True, capture_output=True, check=True).stdout


def table():
    """The settings of --help as a table."""
    rows = ["| setting | | default | example |", "|---|---|---|---|"]
    for flag, name, text, default, example in re.findall(
            r"(?m)^  (--[\w-]+)=…, COFFER_(\w+)[^\n]*\n      (.*)\n      (.*) Example: (.*)$", said("--help")):
        default = re.sub(r"^Default: |^No default\. ?|\.$", "", default).replace(". In development: ", "; in development ")
        default = re.sub(r"^In development: ", "in development ", default)
        rows.append(f"| `{name}`<br>`{flag}` | {text} | {default} | {example if '`' in example else f'`{example}`'} |")
    assert len(rows) > 20, rows
    return "\n".join(rows) + "\n"


def with_table(page):
    """The page with the table as it is now, behind its mark."""
    before, mark, _ = page.partition(MARK)
    assert mark, "the mark is gone"
    return before + MARK + "\n" + table()


def with_settings(manual):
    """The man page with its section SETTINGS as it is now."""
    out, n = re.subn(r"(?ms)^\.SH SETTINGS\n.*?(?=^\.SH )", lambda match: said("man"), manual)
    assert n == 1, "the section SETTINGS is gone"
    return out


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    MANUAL.write_text(with_settings(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")
