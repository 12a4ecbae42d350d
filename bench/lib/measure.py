"""Arithmetic: alternating rounds, ratios of pairs, their median and spread, and what a row says. Nothing here touches a server."""

import dataclasses
import statistics

SPREAD_LIMIT = 5.0  # per cent: what is wider does not count
KEPT = ("p50_us", "p99_us", "client_us")  # of what the client says
ROUNDS_LEAST = 5  # a median of fewer does not count either


@dataclasses.dataclass
class Sample:
    """One round: processor time of the server for each request, and what its client saw."""
    us: float
    rate: float
    busy: float  # processor time over time: 1.0 is a whole core
    said: dict

    def figure(self, name):
        return self.us if name == "us" else self.said[name]

    def row(self):
        kept = {name: self.said[name] for name in KEPT if name in self.said}
        return {"us": round(self.us, 4), "rate": round(self.rate), "busy": round(self.busy, 3), **kept}


def together(samples):
    """Slices of a round as one: the median of each figure.

    A neighbour of a virtual machine makes work dearer by half in bursts of a fraction of a second, and it is charged to us. The
    median of many short slices is what it costs in the state that the machine is mostly in; a mean has every burst in it."""
    if len(samples) == 1:
        return samples[0]

    def middle(pick):
        return statistics.median(map(pick, samples))

    said = {name: round(middle(lambda one, name=name: one.said[name]), 3) for name in KEPT if name in samples[0].said}
    return Sample(middle(lambda one: one.us), middle(lambda one: one.rate), middle(lambda one: one.busy),
                  {**said, "requests": sum(one.said["requests"] for one in samples)})


class Pair:
    """A round of each of two that are compared, cut into slices that took turns."""

    def __init__(self, slices):
        self.slices = slices
        self.base, self.own = (together(side) for side in zip(*slices))

    def __iter__(self):
        return iter((self.base, self.own))

    def ratios(self, figure):
        """Of each slice."""
        return [round(own.figure(figure) / base.figure(figure), 3) for base, own in self.slices]

    def ratio(self, figure="us"):
        """The median of the slices' ratios, second to first: the two of a slice have had the same moment of the machine."""
        return statistics.median(own.figure(figure) / base.figure(figure) for base, own in self.slices)


def alternate(first, second, rounds, slices=1):
    """Pairs of rounds. The two of a slice follow each other, in the other order each time: a slow moment hits both alike. The slices
    of all rounds take turns too, so that each round stands for the whole time: how far rounds are apart is then how sure the figure
    is, and not what the machine's neighbours did meanwhile."""
    taken = [[] for _ in range(rounds)]
    for j in range(slices):
        for i in range(rounds):
            if (i + j) % 2 == 0:
                a = first()
                b = second()
            else:
                b = second()
                a = first()
            taken[i].append((a, b))
    return [Pair(slices) for slices in taken]


def in_turns(take, rounds, slices):
    """Rounds of one alone, whose slices take turns."""
    taken = [take() for _ in range(rounds * slices)]
    return [together(taken[i::rounds]) for i in range(rounds)]


def spread_percent(values):
    """From the least to the most, in per cent of the median."""
    middle = statistics.median(values)
    return 100 * (max(values) - min(values)) / middle if middle else 0.0


def joined(before, more):
    """Rounds that were taken twice as one: each has the slices of both."""
    return [Pair([*a.slices, *b.slices]) for a, b in zip(before, more)]


def settle(take, values_of, attempts, join=None):
    """What take() gives, taken again while its values are spread too widely, at most `attempts` times. `join` puts what is new to what
    was there; without it what was there is thrown away.

    Also the spread at the end of each attempt, so that none is thrown away in silence."""
    spreads, taken = [], None
    for _ in range(max(1, attempts)):
        taken = take() if taken is None or join is None else join(taken, take())
        spreads.append(round(spread_percent(values_of(taken)), 2))
        if spreads[-1] < SPREAD_LIMIT:
            break
    return taken, spreads


def row(identity, title, unit, value, goal=None, **more):
    """A row of the table. `goal` is the most that the value may be; None where there is none."""
    out = {"id": identity, "title": title, "unit": unit, "value": value, "goal": goal, **more}
    taken = more.get("pairs", more.get("rounds"))
    out["doubt"] = None
    if more.get("spread_percent", 0) >= SPREAD_LIMIT:
        out["doubt"] = "spread"
    elif "spread_percent" in more and len(taken) < ROUNDS_LEAST:
        out["doubt"] = f"{len(taken)} round{'s' if len(taken) > 1 else ''} only"
    out["counts"] = value is not None and out["doubt"] is None
    out["met"] = None if goal is None or value is None else value <= goal
    return out


def missing(identity, title, unit, why, goal=None):
    """A row whose figure cannot be had, and why."""
    return row(identity, title, unit, None, goal, note=why)


def ratios(pairs, figure="us"):
    return [pair.ratio(figure) for pair in pairs]


def ratio_row(identity, title, pairs, goal=None, of="ceiling", figure="us", **more):
    """The median of the ratios of pairs, second to first; `figure` says of which of their figures."""
    values = ratios(pairs, figure)
    middle = {name: round(statistics.median(map(pick, pairs)), 3) for name, pick in (
        ("base", lambda pair: pair.base.figure(figure)), ("own", lambda pair: pair.own.figure(figure)),
        ("base_busy", lambda pair: pair.base.busy), ("busy", lambda pair: pair.own.busy), ("rate", lambda pair: pair.own.rate))}
    return row(identity, title, f"x {of}", round(statistics.median(values), 3), goal, figure=figure,
               spread_percent=round(spread_percent(values), 2), **middle,
               pairs=[{"ratio": round(value, 4), "base": pair.base.row(), "own": pair.own.row(), "slices": pair.ratios(figure)}
                      for value, pair in zip(values, pairs)], **more)


def goals_missed(rows):
    return [one["id"] for one in rows if one["met"] is False and one["counts"]]
