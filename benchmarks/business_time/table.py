"""The single questions, each put to everybody who can answer it: the rows and columns of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from statistics import median
from typing import NamedTuple

from benchmarks.business_time.measure import Call, in_rounds, ratio
from benchmarks.business_time.peers import Peer
from benchmarks.business_time.scenario import ENDS, START, Scenario

SPANS = tuple(f"between_{span}" for span in ENDS)
OPERATIONS = ("construct", "is_open", *SPANS, "add_8h")


class Cell(NamedTuple):
    """Whose figure it is, for what, in which scenario; all three as in the JSON output."""

    operation: str
    scenario: str
    peer: str


class Table:
    """Microseconds per call by cell, one figure for each round."""

    def __init__(self, figures: Mapping[Cell, tuple[float, ...]]) -> None:
        self._figures = figures

    def figure(self, cell: Cell) -> float | None:
        """The median over the rounds; None where the peer cannot do it."""
        return median(self._figures[cell]) if cell in self._figures else None

    def ratio(self, above: Cell, below: Cell) -> float:
        """How many times the one costs the other."""
        return ratio(self._figures[above], self._figures[below])

    def growth(self, scenario: Scenario, peer: Peer) -> float:
        """How many times counting over one day it costs to count over ten years."""
        longest, shortest = (Cell(span, scenario.key, peer.name) for span in (SPANS[-1], SPANS[0]))
        return self.ratio(longest, shortest)


def measured(casts: Mapping[Scenario, tuple[Peer, ...]], rounds: int) -> Table:
    """Everybody's figures. Within a round, those asked the same follow each other."""
    calls = {Cell(operation, scenario.key, peer.name): call
             for operation in OPERATIONS for scenario, peers in casts.items() for peer in peers
             for name, call in _calls(peer) if name == operation}
    return Table(in_rounds(calls, rounds))


def _calls(peer: Peer) -> Iterator[tuple[str, Call]]:
    if peer.construct is not None:
        yield "construct", peer.construct
    if peer.is_open is not None:
        yield "is_open", partial(peer.is_open, START)
    if peer.between is not None:
        for span, end in ENDS.items():
            yield f"between_{span}", partial(peer.between, START, end)
    if peer.add_8h is not None:
        yield "add_8h", partial(peer.add_8h, START)
