#!/usr/bin/env python3
"""Writes what the program itself says of its settings, of its findings and of OWASP ASVS into the pages that show it.

usage: tests/docs/update.py

Run it when a setting, a finding or src/app/asvs.txt has changed; tests/docs/test_tables.py fails until then.
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
ASVS = ROOT / "docs/asvs.md"


def said(*words):
    return subprocess.run([str(COFFER), *words], text=True, capture_output=True, check=True).stdout


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


def with_generated(page, text):
    """The page with what is generated as it is now, behind its mark."""
    before, mark, _ = page.partition(MARK)
    assert mark, "the mark is gone"
    return before + MARK + "\n" + text


def with_table(page):
    return with_generated(page, table())


def with_findings(page):
    return with_generated(page, findings())


# ---- OWASP ASVS ----

def asvs_link(path):
    return f"[`{path}`](../{path})"


def asvs_test(test):
    path, _, name = test.partition(" ")
    return asvs_link(path) + (f" {name.replace('_', chr(92) + '_')}" if name else "")


def asvs_when(when):
    return ", ".join(" or ".join(f"`{name}`" for name in word.split("|")) for word in when.split(" "))


def asvs_row(row, says):
    how = row["how"] + (f" (Where there is {asvs_when(row['when'])}.)" if row["when"] else "")
    return (f"| {row['id']} | {row['level']} | {row['title']} | {says[row['status']]} | {how} | "
            f"{'<br>'.join(map(asvs_link, row['files']))} | {'<br>'.join(map(asvs_test, row['tests']))} |")


def asvs_counts(rows, says):
    """How many of each status, up to each level."""
    lines = ["| | level 1 | levels 1 and 2 | all |", "|---|---|---|---|"]
    for status, words in says.items():
        lines.append(f"| {words} | " + " | ".join(
            str(sum(row["level"] <= level and row["status"] == status for row in rows)) for level in (1, 2, 3)) + " |")
    return lines + ["| together | " + " | ".join(str(sum(row["level"] <= level for row in rows)) for level in (1, 2, 3)) + " |"]


def asvs():
    """The requirements as tables, one for each chapter."""
    rows = json.loads(said("asvs", "--json"))["requirements"]
    says = {name: name.replace("_", " ") for name in ("enforced_by_default", "enforced_when_configured", "offered")} | {
        "duty_of_the_application": "the application's duty", "duty_of_the_organisation": "the organisation's duty",
        "not_applicable": "not applicable", "not_yet": "not yet"}
    assert len(rows) == 345 and {row["status"] for row in rows} <= set(says), "not the table that this is for"
    lines = asvs_counts(rows, says)
    for chapter in dict.fromkeys(row["chapter"] for row in rows):
        lines += ["", f"## {chapter}", "", "| | level | | status | what is done | where | shown by |", "|---|---|---|---|---|---|---|"]
        lines += [asvs_row(row, says) for row in rows if row["chapter"] == chapter]
    return "\n".join(lines) + "\n"


def with_asvs(page):
    return with_generated(page, asvs())


def with_settings(manual):
    """The man page with its section SETTINGS as it is now."""
    out, n = re.subn(r"(?ms)^\.SH SETTINGS\n.*?(?=^\.SH )", lambda match: said("man"), manual)
    assert n == 1, "the section SETTINGS is gone"
    return out


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    CHECKS.write_text(with_findings(CHECKS.read_text(encoding="utf-8")), encoding="utf-8")
    MANUAL.write_text(with_settings(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")
    ASVS.write_text(with_asvs(ASVS.read_text(encoding="utf-8")), encoding="utf-8")
