"""Binding beside others that do the same, or less: jansson's parse alone, and pydantic and marshmallow doing the whole."""

import json
import pathlib
import statistics
import subprocess

from . import machine, measure, servers

OTHERS = pathlib.Path(__file__).resolve().parents[1] / "schema.py"
PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for
TEXT_NS = 1.0  # a byte: 1 GB/s


def on_a_core(*command, **more):
    return subprocess.run(["taskset", "-c", str(machine.places()[0]), *map(str, command)], check=True, capture_output=True, **more).stdout


def ours():
    """Nanoseconds of binding, of jansson's parse and of a byte of a long text, of one run."""
    bind, parse, text = (json.loads(line) for line in on_a_core(servers.TOOLS / "schema", "json").splitlines())
    return {"bind": bind["ns"], "jansson": parse["ns"], "text": text["ns"] / text["bytes"], "bytes": bind["bytes"]}


def in_turns(body):
    """Each of them once."""
    return {**ours(), **{library: json.loads(on_a_core(PYTHON, OTHERS, "--json", library, input=body))["ns"]
                         for library in ("pydantic", "marshmallow")}}


def rounds_of(body, rounds, turns=9):
    """Rounds of turns; the turns of all rounds take turns."""
    taken = [in_turns(body) for _ in range(rounds * turns)]
    return [taken[i::rounds] for i in range(rounds)]


def middle(turns, pick):
    return statistics.median(map(pick, turns))


def ratios(rounds, other):
    """Of each round, the median of its turns' ratios: what ran in one turn had the same moment of the machine."""
    return [middle(turns, lambda turn: turn["bind"] / turn[other]) for turns in rounds]


def ratio(identity, title, rounds, other, goal, spreads):
    values = ratios(rounds, other)
    return measure.row(identity, title, f"x {other}", round(statistics.median(values), 4), goal, spread_percent=round(measure.spread_percent(values), 2),
                       base=round(statistics.median(middle(turns, lambda turn: turn[other]) for turns in rounds) / 1000, 2),
                       own=round(statistics.median(middle(turns, lambda turn: turn["bind"]) for turns in rounds) / 1000, 3),
                       rounds=rounds, spreads=spreads)


def schema(bench):
    """An object of ten typed fields, 1 KiB; and one long text."""
    body = on_a_core(servers.TOOLS / "schema", "body")
    rounds, spreads = measure.settle(lambda: rounds_of(body, bench.rounds), lambda rounds: ratios(rounds, "pydantic"), bench.attempts,
                                     lambda before, more: [a + b for a, b in zip(before, more)])
    size = f"{rounds[0][0]['bytes']} bytes"
    yield {**ratio("bind-jansson", "binding ten fields, beside jansson's parse alone", rounds, "jansson", 0.2, spreads), "note": size}
    yield ratio("bind-pydantic", "binding ten fields, beside pydantic", rounds, "pydantic", 0.02, spreads)
    yield ratio("bind-marshmallow", "binding ten fields, beside marshmallow", rounds, "marshmallow", None, spreads)
    texts = [middle(turns, lambda turn: turn["text"]) for turns in rounds]
    yield measure.row("bind-text", "binding a text of 1 MiB", "ns/byte", round(statistics.median(texts), 3), TEXT_NS,
                      spread_percent=round(measure.spread_percent(texts), 2), own=round(statistics.median(texts), 3), rounds=rounds, spreads=spreads)


WORKLOADS = {"schema": schema}
NEEDS = {"schema": (PYTHON,)}  # it is not in --smoke
