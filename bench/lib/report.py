"""How the rows are shown: a table for the terminal, the JSON, and the parts of docs/benchmarks.md that come from it."""

import re

BEGIN, END = "<!-- generated: script/bench --write-docs -->", "<!-- end of what is generated -->"
SIDE_BY_SIDE = (("Dewar", "get", "post"), ("Fastify", "fastify-get", "fastify-post"), ("FastAPI", "fastapi-get", "fastapi-post"),
                ("Flask", "flask-get", "flask-post"))


def number(value, unit=""):
    """A figure as short as it is honest: ratios to a hundredth, small ones and all else to three digits."""
    if value is None:
        return "–"
    if unit.startswith("x "):
        return f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def figure(row):
    unit = row["unit"]
    if row["value"] is None:
        return "–"
    return f"{number(row['value'], unit)} ×" if unit.startswith("x ") else f"{number(row['value'])} {unit}"


def verdict(row):
    if row["value"] is None:
        return "not to be had"
    if not row["counts"]:
        return f"does not count: {row['doubt']}"
    return "" if row["met"] is None else "met" if row["met"] else "missed"


def lines(rows):
    """The table for a terminal."""
    yield f"{'workload':52} {'figure':>9} {'unit':12} {'goal':>6} {'spread %':>8} {'base':>9} {'own':>9} {'busy':>5} {'req/s':>9}"
    for row in rows:
        spread = f"{row['spread_percent']:.1f}" if "spread_percent" in row else "–"
        busy = f"{row['busy']:.2f}" if "busy" in row else "–"
        yield (f"{row['title'][:52]:52} {number(row['value'], row['unit']):>9} {row['unit']:12} {number(row['goal'], row['unit']):>6}"
               f" {spread:>8} {number(row.get('base')):>9} {number(row.get('own')):>9} {busy:>5} {number(row.get('rate')):>9}"
               f"  {verdict(row)}{' (' + row['note'] + ')' if row.get('note') else ''}")


def merge(old, new, groups):
    """`new`, and of `old` the groups that were not measured now: only where machine, programs and method are the same."""
    same = isinstance(old, dict) and not new["smoke"] and all(
        old.get(name) == new[name] for name in ("machine", "programs", "seconds", "slices", "rounds", "smoke"))
    measured = {row["group"] for row in new["rows"]}
    kept = [row for row in old["rows"] if row["group"] not in measured] if same else []
    order = list(groups)
    return {**new, "rows": sorted(kept + new["rows"], key=lambda row: order.index(row["group"]))}


# ---- docs/benchmarks.md ----

def table(rows, head):
    """A Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join("---" for _ in head) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def goals(rows):
    def one(row):
        spread = f"{row['spread_percent']:.1f} %" if "spread_percent" in row else ""
        of = row["unit"].removeprefix("x ") if row["unit"].startswith("x ") else ""
        goal = "" if row["goal"] is None else f"≤ {number(row['goal'], row['unit'])}"
        said = verdict(row)
        note = f" <br>{row['note']}" if row.get("note") else ""
        return (f"{row['title']}{note}", f"**{figure(row)}**" if row["counts"] else figure(row), of, goal, spread, said)
    return table(map(one, rows), ("workload", "figure", "times that of", "goal", "spread", ""))


def side_by_side(rows):
    """The same two requests by everybody, as far as they were measured; None without another."""
    found = {row["id"]: row for row in rows if row["value"] is not None}
    if not any(get in found for name, get, _ in SIDE_BY_SIDE if name != "Dewar"):
        return None
    out = []
    for name, get, post in SIDE_BY_SIDE:
        cells = [name]
        for identity, own in ((get, "get"), (post, "post")):
            row = found.get(identity)
            if row is None:
                cells += ["–"] * 3
                continue
            ours = f"{row['value'] / found[own]['value']:.1f} ×" if own in found else "–"
            sure = row["counts"] and (own not in found or found[own]["counts"])
            cells += [text if sure else f"*{text}*" for text in (f"{row['own']:,.1f} µs", figure(row), ours)]
        out.append(cells)
    return table(out, ("", "GET: CPU", "of the ceiling", "of Dewar", "POST: CPU", "of the ceiling", "of Dewar"))


def raw(rows):
    """Every pair of every row."""
    def one(row):
        what = "µs" if row["figure"] in ("us", "p99_us") else ""
        pairs = " · ".join(f"{pair['ratio']:.3f}" for pair in row["pairs"])
        attempts = row.get("spreads", [])
        return (f"`{row['id']}`", f"{number(row['base'])} {what}", f"{number(row['own'])} {what}",
                f"{row['base_busy']:.2f} / {row['busy']:.2f}", number(row["rate"]), pairs,
                ", ".join(f"{spread:.1f}" for spread in attempts[:-1]) or "")
    return table(map(one, (row for row in rows if "pairs" in row)),
                 ("row", "base", "own", "busy", "requests/s", "ratio of each pair", "spread of attempts before, %"))


def cut(result):
    slices = result.get("slices", 1)
    return f", in {slices} slices that take turns" if slices > 1 else ""


def generated(result):
    """The part of the page that a run fills in."""
    about, rows = result["machine"], result["rows"]
    virtual = ", a virtual machine" if about["virtual"] else ""
    yield BEGIN
    yield ""
    yield (f"Measured on {about['date']}: {about['cpu']}, {about['cores']} cores{virtual}, {about['system']}, Linux {about['kernel']}, "
           f"{about['file_system']}; {result['rounds']} pairs of {result['seconds']:g} s each{cut(result)}.")
    yield ""
    yield from goals(rows)
    others = side_by_side(rows)
    if others:
        yield ""
        yield "The same GET and POST by all, processor time for each request; what does not count is *slanted*:"
        yield ""
        yield from others
    yield ""
    yield "![The table as a picture](benchmarks.svg)"
    yield ""
    yield "### Raw rows"
    yield ""
    yield ("Medians of ceiling (or what else is the base) and server, which part of a core each used, and the ratio of every pair. "
           "[benchmarks.json](benchmarks.json) has every round.")
    yield ""
    yield from raw(rows)
    yield ""
    yield END


def with_figures(page, result):
    """The page with the figures of `result` between the two marks."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.S)
    assert pattern.search(page), f"the page has no {BEGIN}"
    return pattern.sub(lambda _: "\n".join(generated(result)), page)
