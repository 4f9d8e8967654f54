"""The figures as text for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from statistics import median

from benchmarks.business_time.agreement import DRAWN, Finding
from benchmarks.business_time.bounds import Bound
from benchmarks.business_time.bulk import MANY, Figures
from benchmarks.business_time.peers import PACKAGES, Peer
from benchmarks.business_time.scenario import SCENARIOS, START, ZONE, Scenario
from benchmarks.business_time.table import OPERATIONS, Cell, Table

HEADS = ("construct", "is_open", "between 1 d", "30 d", "1 y", "10 y", "add 8 h", "10 y / 1 d")
MARKS = "¹²³⁴⁵⁶⁷⁸⁹"


@dataclass(frozen=True)
class Result:
    """All that one run has found."""

    casts: Mapping[Scenario, tuple[Peer, ...]]
    findings: list[Finding]
    table: Table
    many: Mapping[str, tuple[Figures, Figures]]
    decision: tuple[Figures, Figures]
    bounds: list[Bound]
    rounds: int


@dataclass
class Footnotes:
    """Notes in the order in which they are first referred to."""

    notes: list[str] = field(default_factory=list)

    def mark(self, note: str | None) -> str:
        """The note's number, or a blank of the same width."""
        if note is None:
            return " "
        if note not in self.notes:
            self.notes.append(note)
        return MARKS[self.notes.index(note)]

    def lines(self) -> list[str]:
        return [f"{mark} {note}" for mark, note in zip(MARKS, self.notes, strict=False)]


def as_text(result: Result) -> str:
    """The whole report."""
    parts = (_head(result), _differences(result.findings), *_tables(result), _bulk(result), _to_reach(result.bounds))
    return "\n\n".join("\n".join(lines) for lines in parts)


def as_json(result: Result) -> dict[str, object]:
    """The figures in microseconds by peer, scenario and operation, and the bounds."""
    names = [peer.name for peer in next(iter(result.casts.values()))]
    return {
        "peers": [{"peer": name, "us": {scenario.key: _figures(result.table, scenario, name) for scenario in SCENARIOS}}
                  for name in names],
        "many": {key: {"add": median(add), "between": median(between)} for key, (add, between) in result.many.items()},
        "decision": {"decide": median(result.decision[0]), "json_loads": median(result.decision[1])},
        "bounds": [{"what": bound.what, "at_least" if bound.at_least else "at_most": bound.limit,
                    "measured": bound.measured, "reached": bound.is_reached} for bound in result.bounds],
    }


def rounded(figure: float) -> str:
    """As many digits as mean something: 0.71, 1.4, 29, 7,422."""
    digits = 2 if figure < 1 else 1 if figure < 10 else 0
    return f"{figure:,.{digits}f}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines: the first column to the left, the others to the right."""
    first, *others = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))])
            for row in rows]


def _figures(table: Table, scenario: Scenario, peer: str) -> dict[str, float]:
    figures = {operation: table.figure(Cell(operation, scenario.key, peer)) for operation in OPERATIONS}
    return {operation: round(figure, 3) for operation, figure in figures.items() if figure is not None}


def _head(result: Result) -> Iterator[str]:
    yield f"Business time: Mon-Fri 09:00-17:00 {ZONE}, asked about {START:%Y-%m-%d %H:%M}Z and spans from there"
    yield f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield ", ".join(f"{name} {version(name)}" for name in (*PACKAGES, "pytz"))
    yield f"Microseconds of processor time per call, median of {result.rounds} rounds in which all take turns"
    yield "Aware UTC datetimes in and out: what a package needs converted is part of its figure"


def _differences(findings: list[Finding]) -> Iterator[str]:
    yield f"Before that all were asked what is measured, and {DRAWN} drawn instants and spans. All agreed, but:"
    for each in findings:
        if each.why:
            yield (f"  {each.peer} {each.why}: {each.asked - each.alike} of {each.asked} {each.question}, "
                   f"{each.scenario.title.lower()}")


def _tables(result: Result) -> Iterator[list[str]]:
    footnotes = Footnotes()
    for scenario, peers in result.casts.items():
        rows = [[peer.name, *_cells(result.table, scenario, peer, footnotes)] for peer in peers]
        yield aligned([[scenario.title, *(f"{head} " for head in HEADS)], *rows])
    yield footnotes.lines()


def _cells(table: Table, scenario: Scenario, peer: Peer, footnotes: Footnotes) -> Iterator[str]:
    for operation in OPERATIONS:
        figure = table.figure(Cell(operation, scenario.key, peer.name))
        note = peer.notes.get("between" if operation.startswith("between") else operation)
        yield ("-" if figure is None else rounded(figure)) + footnotes.mark(note)
    growth = table.growth(scenario, peer)
    yield f"x {growth:,.{2 if growth < 10 else 0}f} "


def _bulk(result: Result) -> Iterator[str]:
    for scenario in SCENARIOS:
        add, between = (median(figures) * MANY / 1e6 for figures in result.many[scenario.key])
        yield (f"{scenario.title}: {MANY:,} add take {add:.2f} s, {MANY:,} between over the same spans {between:.2f} s")
    decide, loads = map(median, result.decision)
    yield (f"A decision about three closed licenses takes {rounded(decide)} us, json.loads of a 2 kB webhook "
           f"{rounded(loads)} us")


def _to_reach(bounds: Sequence[Bound]) -> Iterator[str]:
    yield from aligned([["To reach", "", "bound", "measured", ""], *(_row(bound) for bound in bounds)])


def _row(bound: Bound) -> list[str]:
    measured = f"{bound.measured:,.0f}" if bound.limit >= 10 else f"{bound.measured:.2f}"
    return [bound.what, "at least" if bound.at_least else "at most", f"{bound.limit:,}", measured,
            "OK" if bound.is_reached else "MISSED"]
