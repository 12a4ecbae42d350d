#!/usr/bin/env python3
"""Processor time per request, of all processes of the server, divided by the ceiling's in the same minute.

usage: bench/run.py [--only WORKLOAD]… [--write-docs] [OPTION]…

The ceiling (bench/ceiling.c) answers the same bytes with epoll and nothing else.  Server and client have a core each.  A row is the
median of the ratios of pairs of rounds, ceiling and server in turns; where they are spread by 5 per cent or more each gets as many
slices again, and a row that stays so does not count.  Everything is on: headers, request ids, the access log in a file, limits, guards.  Every
answer is looked at before it is timed, and its status and length while it is.  The rows also go to build/bench.json, and a picture
of them to build/bench.svg; with --only, rows of the same programs, measured before on this machine in the same way, stay there.
docs/benchmarks.md says what the figures mean.
"""

import argparse
import hashlib
import json
import pathlib
import shutil
import sys
import tempfile

from lib import binding, client, machine, measure, others, plot, report, servers, workloads
from lib.bench import Bench

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WORKLOADS = {**workloads.WORKLOADS, **binding.WORKLOADS, **others.WORKLOADS}
NEEDS = {**workloads.NEEDS, **binding.NEEDS, **others.NEEDS}
SMOKE = {"seconds": 0.05, "slices": 1, "rounds": 1, "attempts": 1}


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="a group of rows; may be repeated")
    parser.add_argument("--seconds", type=float, default=3, help="of one round (default 3)")
    parser.add_argument("--slices", type=int, default=30, help="into which a round is cut; slices take turns, and the median of their ratios is the round's (default 30)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of a row (default 5)")
    parser.add_argument("--attempts", type=int, default=3, help="how often at most slices are taken of rounds that are spread widely (default 3)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a release with -D DEWAR_BENCH=ON")
    parser.add_argument("--directory", default="/var/tmp", help="where databases and logs go: a disk, or nothing is durable")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build/bench.json", help="where the rows go")
    parser.add_argument("--write-docs", action="store_true", help="put the figures into docs/benchmarks.md, .svg and .json")
    parser.add_argument("--again", action="store_true", help="measure nothing: show (and write) what the file of --json has")
    parser.add_argument("--smoke", action="store_true", help="a moment of all that needs no other package and no debugger: figures mean nothing")
    options = parser.parse_args()
    if options.smoke:
        vars(options).update(SMOKE)
    return options


def chosen(options):
    """The groups that can be measured here; one that was asked for and cannot is an error."""
    names = []
    for name in options.only or WORKLOADS:
        absent = [tool for tool in NEEDS.get(name, ()) if not shutil.which(tool)]
        if absent and not options.smoke:
            raise SystemExit(f"bench: {name} needs {', '.join(absent)}: run script/setup bench")
        if not (options.smoke and (name in NEEDS or name == "allocations")):
            names.append(name)
    return names


def measured(options, name):
    """The rows of a group, said as they come."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="dewar-bench-", dir=options.directory) as folder:
        pathlib.Path(folder).chmod(0o711)
        for row in WORKLOADS[name](Bench(options, folder)):
            row["group"] = name
            print(f"  {row['title']}: {report.figure(row)} {report.verdict(row)}", file=sys.stderr, flush=True)
            rows.append(row)
    return rows


def digest(folder):
    """What tells the programs that were measured from all others."""
    found = hashlib.sha256()
    for name in ("coffer", "conformance"):
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:16]


def run(options):
    """Measures, and what was measured before and is still true is kept."""
    servers.BIN, servers.TOOLS = options.build / "bin", options.build / "bench"
    client.LOAD = servers.TOOLS / "load"
    for needed in (servers.BIN / "coffer", client.LOAD):
        if not needed.exists():
            raise SystemExit(f"bench: {needed} is missing: script/bench builds it")
    server, load, _ = machine.places()
    if server == load and not options.smoke:
        raise SystemExit("bench: server and client need a core each, and there is one only")
    print(f"server on processor {server}, client on {load}; {options.rounds} pairs of {options.seconds:g} s each", file=sys.stderr)
    new = {"machine": machine.about(options.directory), "programs": digest(servers.BIN), "seconds": options.seconds, "slices": options.slices, "rounds": options.rounds,
           "smoke": options.smoke, "rows": []}
    old = json.loads(options.json.read_text()) if options.only and options.json.exists() else None
    options.json.parent.mkdir(exist_ok=True)
    for name in chosen(options):
        new["rows"] += measured(options, name)
        result = report.merge(old, new, WORKLOADS)
        options.json.write_text(json.dumps(result, indent=1) + "\n")  # group by group: what ends a long run loses one
    return result


def write_docs(result):
    page = DOCS / "benchmarks.md"
    page.write_text(report.with_figures(page.read_text(encoding="utf-8"), result), encoding="utf-8")
    (DOCS / "benchmarks.svg").write_text(plot.svg(result), encoding="utf-8")
    (DOCS / "benchmarks.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def main():
    options = read_options()
    result = json.loads(options.json.read_text()) if options.again else run(options)
    print("\n".join(report.lines(result["rows"])))
    options.json.with_suffix(".svg").write_text(plot.svg(result), encoding="utf-8")
    if options.write_docs:
        write_docs(result)
    for what, rows in (("goals missed", measure.goals_missed(result["rows"])),
                       ("do not count", [row["id"] for row in result["rows"] if row["doubt"]])):
        if rows:
            print(f"{what}: {', '.join(rows)}", file=sys.stderr)


if __name__ == "__main__":
    main()
