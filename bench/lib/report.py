"""How the rows are shown."""


def number(value, unit=""):
    if value is None:
        return "-"
    if unit.startswith("x "):
        return f"{value:.2f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def verdict(row):
    if row["value"] is None:
        return "not to be had"
    if not row["counts"]:
        return "does not count: spread"
    return "" if row["met"] is None else "met" if row["met"] else "missed"


def lines(rows):
    """The table for a terminal."""
    yield f"{'workload':52} {'figure':>9} {'unit':12} {'goal':>6} {'spread %':>8} {'base':>9} {'own':>9} {'busy':>5} {'req/s':>8}"
    for row in rows:
        spread = f"{row['spread_percent']:.1f}" if "spread_percent" in row else "-"
        busy = f"{row['busy']:.2f}" if "busy" in row else "-"
        yield (f"{row['title'][:52]:52} {number(row['value'], row['unit']):>9} {row['unit']:12} {number(row['goal'], row['unit']):>6}"
               f" {spread:>8} {number(row.get('base')):>9} {number(row.get('own')):>9} {busy:>5} {number(row.get('rate')):>8}"
               f"  {verdict(row)}{' (' + row['note'] + ')' if row.get('note') else ''}")
