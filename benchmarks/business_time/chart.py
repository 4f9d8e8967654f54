"""The chart for the documentation: what counting costs over a day to ten years, as SVG.

Both axes are logarithmic, so that a cost that grows with the days is a straight rising line, and one that does not is
level. The colors follow the reader's light or dark scheme; each line ends in its name, so that no color has to be told
from another. Drawn here, since the chart packages at hand fix their colors or bring a whole plotting system along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from benchmarks.business_time.peers import BUSINESS_DURATION, BUSINESSTIME, BUSINESSTIMEDELTA, DESKGATE, PANDAS

WIDTH, HEIGHT = 960, 430
TOP, BOTTOM = 96, 376
PLOT_WIDTH, LEFTS = 230, (72, 548)
LABEL_GAP = 15
CLASSES = {DESKGATE: "deskgate", BUSINESSTIMEDELTA: "blue", BUSINESS_DURATION: "green", BUSINESSTIME: "ochre",
           PANDAS: "plum"}
SPAN_NAMES = {"1d": "1 day", "30d": "30 days", "1y": "1 year", "10y": "10 years"}
TITLE = "What it costs to count business time"
SUBTITLE = ("Processor time per call, by the span counted over; Mon-Fri 09-17 America/New_York; both axes logarithmic. "
            "pandas, dashed, counts whole hours only.")
STYLE = """
svg { --paper: #ffffff; --ink: #191c1b; --ink-2: #5d6460; --grid: #e3e3dd;
  --deskgate: #24508f; --blue: #4a7a8c; --green: #18744a; --ochre: #8d5a00; --plum: #7b4b86; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #171b1a; --ink: #eaedeb; --ink-2: #a5adaa; --grid: #2f3634;
    --deskgate: #9bbcf2; --blue: #7fb3c6; --green: #6fd09c; --ochre: #e5b455; --plum: #cfa3da; }
}
text { fill: var(--ink-2);
  font: 12px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
.title { font-size: 17px; font-weight: 600; fill: var(--ink); }
.head { font-size: 13px; font-weight: 600; fill: var(--ink); }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--grid); } .paper { fill: var(--paper); }
.deskgate { --color: var(--deskgate); } .blue { --color: var(--blue); } .green { --color: var(--green); }
.ochre { --color: var(--ochre); } .plum { --color: var(--plum); }
polyline { fill: none; stroke: var(--color); stroke-width: 1.75; stroke-linejoin: round; }
circle { fill: var(--color); } text.name { fill: var(--color); }
polyline.deskgate { stroke-width: 3; } polyline.plum { stroke-dasharray: 5 4; } text.deskgate { font-weight: 700; }
"""

Costs = Mapping[str, float]
"""Microseconds by span: 1d, 30d, 1y, 10y."""


@dataclass(frozen=True)
class Panel:
    """One of the two plots: its heading, and what each peer's counting costs."""

    heading: str
    lines: Mapping[str, Costs]


@dataclass(frozen=True)
class Frame:
    """Where a span and a cost are drawn in a panel that begins at `left`."""

    left: int
    days: Mapping[str, int]
    lowest: int
    highest: int

    def x(self, span: str) -> float:
        longest = log10(max(self.days.values()))
        return round(self.left + PLOT_WIDTH * log10(self.days[span]) / longest, 1)

    def y(self, microseconds: float) -> float:
        share = (log10(microseconds) - self.lowest) / (self.highest - self.lowest)
        return round(BOTTOM - (BOTTOM - TOP) * share, 1)


def draw(panels: Sequence[Panel], days: Mapping[str, int]) -> str:
    """The chart of two panels that share their scale. `days` is how long each span is."""
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img"})
    SubElement(root, "title").text = TITLE
    SubElement(root, "style").text = STYLE
    SubElement(root, "rect", {"class": "paper", "width": str(WIDTH), "height": str(HEIGHT), "rx": "8"})
    _text(root, 24, 34, TITLE, "title")
    _text(root, 24, 54, SUBTITLE, "subtitle")
    costs = [cost for panel in panels for line in panel.lines.values() for cost in line.values()]
    lowest, highest = floor(log10(min(costs))), ceil(log10(max(costs)))
    for left, panel in zip(LEFTS, panels, strict=True):
        _draw_panel(root, panel, Frame(left, days, lowest, highest))
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _draw_panel(root: Element, panel: Panel, frame: Frame) -> None:
    _text(root, frame.left, TOP - 16, panel.heading, "head")
    for power in range(frame.lowest, frame.highest + 1):
        y = frame.y(10**power)
        SubElement(root, "line", {"class": "grid", "x1": str(frame.left), "x2": str(frame.left + PLOT_WIDTH),
                                  "y1": str(y), "y2": str(y)})
        _text(root, frame.left - 8, y + 4, in_units(10.0**power), "end")
    for span in frame.days:
        _text(root, frame.x(span), BOTTOM + 22, SPAN_NAMES[span], "middle")
    for name, costs in panel.lines.items():
        _draw_line(root, CLASSES[name], [(frame.x(span), frame.y(cost)) for span, cost in costs.items()])
    _draw_names(root, panel, frame)


def _draw_line(root: Element, color: str, points: Sequence[tuple[float, float]]) -> None:
    SubElement(root, "polyline", {"class": color, "points": " ".join(f"{x},{y}" for x, y in points)})
    for x, y in points:
        SubElement(root, "circle", {"class": color, "cx": str(x), "cy": str(y), "r": "3"})


def _draw_names(root: Element, panel: Panel, frame: Frame) -> None:
    """Each line's name and last cost at its end, moved down where two would overlap."""
    last_costs = {name: list(costs.values())[-1] for name, costs in panel.lines.items()}
    names = sorted(last_costs, key=lambda name: -last_costs[name])
    wanted = [frame.y(last_costs[name]) + 4 for name in names]
    for name, y in zip(names, _apart(wanted), strict=True):
        _text(root, frame.left + PLOT_WIDTH + 10, y, f"{name}, {in_units(last_costs[name])}", f"name {CLASSES[name]}")


def _apart(wanted: Sequence[float]) -> Iterator[float]:
    """The heights, from the top down, with at least a line's height between them."""
    least = float("-inf")
    for height in wanted:
        height = max(height, least)
        least = height + LABEL_GAP
        yield round(height, 1)


def in_units(microseconds: float) -> str:
    """Two digits with the unit that suits: 1.6 µs, 73 ms, 0.58 s."""
    unit, size = next(((unit, size) for unit, size in (("s", 1e6), ("ms", 1e3)) if microseconds >= size), ("µs", 1.0))
    figure = microseconds / size
    return f"{figure:.{2 if figure < 100 else 3}g} {unit}"


def _text(root: Element, x: float, y: float, words: str, kind: str) -> None:
    SubElement(root, "text", {"class": kind, "x": str(x), "y": str(y)}).text = words
