#!/usr/bin/env python3
"""Processor time per request, of all processes of the server, divided by the ceiling's in the same minute.

usage: bench/run.py [--only WORKLOAD]… [--seconds S] [--rounds N] [--attempts N] [--build DIR] [--directory DIR]
                    [--json FILE] [--smoke]

The ceiling (bench/ceiling.c) answers the same bytes with epoll and nothing else.  Server and client have a core each.  A row is the
median of the ratios of pairs of rounds, ceiling and server in turns; where they are spread by 5 per cent or more they are taken anew,
and a row that stays so does not count.  Everything is on: headers, request ids, the access log in a file, limits, guards.  Every
answer is looked at before it is timed, and its status and length while it is.  The rows also go to build/bench.json.
docs/benchmarks.md says what the figures mean.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

from lib import client, machine, measure, others, report, servers, workloads
from lib.bench import Bench

ROOT = pathlib.Path(__file__).resolve().parents[1]
WORKLOADS = {**workloads.WORKLOADS, **others.WORKLOADS}
NEEDS = {**workloads.NEEDS, **others.NEEDS}
SMOKE = {"seconds": 0.05, "rounds": 1, "attempts": 1}


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=WORKLOADS, help="a group of rows; may be repeated")
    parser.add_argument("--seconds", type=float, default=2, help="of one round (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of a row (default 5)")
    parser.add_argument("--attempts", type=int, default=3, help="how often at most pairs are taken that are spread widely (default 3)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a release with -D DEWAR_BENCH=ON")
    parser.add_argument("--directory", default="/var/tmp", help="where databases and logs go: a disk, or nothing is durable")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build/bench.json", help="where the rows go")
    parser.add_argument("--smoke", action="store_true", help="a moment of everything that needs no other package: figures mean nothing")
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
        if not (options.smoke and name in NEEDS):
            names.append(name)
    return names


def main():
    options = read_options()
    servers.BIN, servers.TOOLS = options.build / "bin", options.build / "bench"
    client.LOAD = servers.TOOLS / "load"
    for needed in (servers.BIN / "coffer", client.LOAD):
        if not needed.exists():
            raise SystemExit(f"bench: {needed} is missing: script/bench builds it")
    server, load, _ = machine.places()
    if server == load and not options.smoke:
        raise SystemExit("bench: server and client need a core each, and there is one only")
    print(f"server on processor {server}, client on {load}; {options.rounds} pairs of {options.seconds} s each", file=sys.stderr)

    rows = []
    for name in chosen(options):
        with tempfile.TemporaryDirectory(prefix="dewar-bench-", dir=options.directory) as folder:
            pathlib.Path(folder).chmod(0o711)
            for row in WORKLOADS[name](Bench(options, folder)):
                rows.append(row)
                print(f"  {row['title']}: {report.number(row['value'], row['unit'])} {row['unit']} {report.verdict(row)}",
                      file=sys.stderr, flush=True)
    print("\n".join(report.lines(rows)))
    options.json.parent.mkdir(exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine.about(options.directory), "seconds": options.seconds,
                                        "rounds": options.rounds, "smoke": options.smoke, "rows": rows}, indent=1) + "\n")
    missed = measure.goals_missed(rows)
    if missed:
        print(f"goals missed: {', '.join(missed)}", file=sys.stderr)


if __name__ == "__main__":
    main()
