"""docs/benchmarks.svg: the table as bars, drawn by hand, in colours that follow the reader's light or dark.

Two parts: what has a goal, on a straight scale of its own, a tick where the goal is; and the same two requests by everybody,
as dots on a scale of powers of ten, since they are so far apart and a bar there would have no meaning.  What does not count is
drawn pale."""

import html
import math

from . import report

WIDTH, LEFT, RIGHT, LINE, BAR = 900, 330, 120, 26, 14
STYLE = """
  svg { font: 13px system-ui, sans-serif; }
  .back { fill: #ffffff; } text { fill: #1f2328; } .soft { fill: #59636e; } .axis { stroke: #d1d9e0; }
  .met, .own { fill: #1a7f37; } .missed { fill: #bc4c00; } .plain { fill: #0969da; } .other { fill: #8250df; }
  .goal { stroke: #1f2328; stroke-width: 2; } .pale { opacity: .35; } .title { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; } text { fill: #f0f6fc; } .soft { fill: #9198a1; } .axis { stroke: #3d444d; }
    .met, .own { fill: #3fb950; } .missed { fill: #db6d28; } .plain { fill: #4493f8; } .other { fill: #ab7df8; }
    .goal { stroke: #f0f6fc; }
  }
"""


class Drawing:
    """SVG from top to bottom."""

    def __init__(self):
        self.parts, self.y = [], 10

    def text(self, x, y, text, kind="", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(text)}</text>')

    def title(self, text, more):
        self.y += 22
        self.text(20, self.y, text, "title")
        self.y += 18
        self.text(20, self.y, more, "soft")
        self.y += 10

    def bar(self, label, length, kind, said, goal=None, pale=False):
        """A bar of a part of the width (0 to 1)."""
        room, top = WIDTH - LEFT - RIGHT, self.y + (LINE - BAR) / 2
        self.text(LEFT - 10, top + BAR - 2, label, anchor="end")
        self.parts.append(f'<rect x="{LEFT}" y="{top:.1f}" width="{max(1, length * room):.1f}" height="{BAR}" '
                          f'class="{kind}{" pale" if pale else ""}"/>')
        if goal is not None:
            at = LEFT + goal * room
            self.parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 3:.1f}" y2="{top + BAR + 3:.1f}" class="goal"/>')
        self.text(LEFT + max(length, goal or 0) * room + 8, top + BAR - 2, said)
        self.y += LINE

    def dot(self, label, at, kind, said, pale=False):
        """A dot at a part of the width (0 to 1)."""
        x, y = LEFT + at * (WIDTH - LEFT - RIGHT), self.y + LINE / 2
        self.text(LEFT - 10, y + 5, label, anchor="end")
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" class="{kind}{" pale" if pale else ""}"/>')
        self.text(x + 12, y + 5, said)
        self.y += LINE

    def scale(self, marks):
        """Lines behind what follows: (part of the width, text)."""
        self.parts.append(("scale", self.y, marks))

    def end_scale(self):
        """Draws the lines of the last scale, which are behind what was drawn since."""
        index = max(i for i, part in enumerate(self.parts) if isinstance(part, tuple))
        _, begin, marks = self.parts[index]
        room, out = WIDTH - LEFT - RIGHT, []
        for part, text in marks:
            x = LEFT + part * room
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{begin}" y2="{self.y}" class="axis"/>')
            out.append(f'<text x="{x:.1f}" y="{self.y + 14}" class="soft" text-anchor="middle">{html.escape(text)}</text>')
        self.parts[index] = "\n".join(out)
        self.y += 26

    def svg(self, label):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.y + 10:.0f}" role="img" '
                f'aria-label="{html.escape(label)}">\n<style>{STYLE}</style>\n'
                f'<rect class="back" width="{WIDTH}" height="{self.y + 10:.0f}" rx="6"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def draw_goals(drawing, rows):
    rows = [row for row in rows if row["unit"].startswith("x ") and row["goal"] is not None and row["value"] is not None]
    if not rows:
        return
    most = max(max(row["value"], row["goal"]) for row in rows) * 1.05
    drawing.title("Times the base of each row", "the ceiling's processor time for the same bytes, unless a row says otherwise; "
                  "the tick is the goal, pale does not count")
    step = 1 if most < 12 else 5
    drawing.scale([(mark / most, str(mark)) for mark in range(0, math.ceil(most), step)])
    for row in rows:
        goal = report.number(row["goal"], row["unit"])
        drawing.bar(row["title"], row["value"] / most, "met" if row["met"] else "missed",
                    f"{report.number(row['value'], row['unit'])} (≤ {goal})", row["goal"] / most, not row["counts"])
    drawing.end_scale()


def draw_others(drawing, rows):
    found = {row["id"]: row for row in rows if row["value"] is not None}
    bars = [(f"{name}, {method}", found[identity], name) for place, method in ((1, "GET"), (2, "POST"))
            for name, *ids in report.SIDE_BY_SIDE for identity in (ids[place - 1],) if identity in found]
    if len({name for _, _, name in bars}) < 2:
        return
    top = math.ceil(math.log10(max(row["own"] for _, row, _ in bars)))
    drawing.title("Processor time of a request with the same checks",
                  "microseconds, each step ten times the one before; GET reads a row, POST stores one durably")
    drawing.scale([(power / top, f"{10 ** power:,}") for power in range(top + 1)])
    for label, row, name in bars:
        drawing.dot(label, max(0, math.log10(row["own"])) / top, "own" if name == "Dewar" else "other",
                    f"{report.number(row['own'])} µs", not row["counts"])
    drawing.end_scale()


def svg(result):
    drawing = Drawing()
    draw_goals(drawing, result["rows"])
    draw_others(drawing, result["rows"])
    return drawing.svg("Benchmarks of Dewar: processor time of a request")
