#!/usr/bin/env python3
"""Writes what the program itself says of its settings and of its findings into the pages that show it.

usage: tests/docs/update.py

Run it when a setting or a finding has changed; tests/docs/test_tables.py fails until then.
"""

import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
COFFER = pathlib.Path(os.environ.get("DEWAR_RELEASE", ROOT / "build/release")) / "bin/coffer"
MARK = "<!-- generated: python3 tests/docs/update.py -->\n"
PAGE = ROOT / "docs/guide/settings.md"
CHECKS = ROOT / "docs/checks.md"
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


def rules():
    """Every finding that there can be, as `check --sarif` lists them."""
    run = subprocess.run([str(COFFER), "check", "--sarif"], text=True, capture_output=True, check=False, env={})
    return json.loads(run.stdout)["runs"][0]["tool"]["driver"]["rules"]


def findings():
    """The findings as a table."""
    rows = ["| finding | level | why it matters | what to do | CWE | ASVS |", "|---|---|---|---|---|---|"]
    for rule in rules():
        weakness = re.search(r"/(\d+)\.html$", rule["helpUri"]).group(1)
        rows.append(f"| `{rule['id']}` | {rule['defaultConfiguration']['level']} | {rule['shortDescription']['text']} | {rule['help']['text']} "
                    f"| [{weakness}]({rule['helpUri']}) | {rule['properties']['asvs']} |")
    assert len(rows) > 60, rows
    return "\n".join(rows) + "\n"


def with_table(page, rows=table):
    """The page with the table as it is now, behind its mark."""
    before, mark, _ = page.partition(MARK)
    assert mark, "the mark is gone"
    return before + MARK + "\n" + rows()


def with_settings(manual):
    """The man page with its section SETTINGS as it is now."""
    out, n = re.subn(r"(?ms)^\.SH SETTINGS\n.*?(?=^\.SH )", lambda match: said("man"), manual)
    assert n == 1, "the section SETTINGS is gone"
    return out


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    CHECKS.write_text(with_table(CHECKS.read_text(encoding="utf-8"), findings), encoding="utf-8")
    MANUAL.write_text(with_settings(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")
