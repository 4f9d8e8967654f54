"""What is to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.business_time.bulk import Figures
from benchmarks.business_time.measure import ratio
from benchmarks.business_time.peers import BUSINESSTIMEDELTA, DESKGATE
from benchmarks.business_time.scenario import NO_HOLIDAYS, SCENARIOS, WITH_HOLIDAYS
from benchmarks.business_time.table import Cell, Table

SPAN_GROWTH, ADD_TO_BETWEEN, DECIDE_TO_LOADS = 1.5, 1.5, 60
FASTER = (
    ("between_1d", "between over a day", NO_HOLIDAYS, 25),
    ("between_1y", "between over a year", NO_HOLIDAYS, 3_000),
    ("is_open", "is_open", NO_HOLIDAYS, 20),
    ("between_1d", "between over a day", WITH_HOLIDAYS, 150),
    ("between_1y", "between over a year", WITH_HOLIDAYS, 15_000),
    ("is_open", "is_open", WITH_HOLIDAYS, 100),
)


@dataclass(frozen=True)
class Bound:
    """A ratio, what it may be at most or, for `at_least`, has to be, and what it was."""

    what: str
    limit: float
    measured: float
    at_least: bool = False

    @property
    def is_reached(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def bounds(table: Table, many: Mapping[str, tuple[Figures, Figures]], decision: tuple[Figures, Figures]) -> list[Bound]:
    """All of them, in the order in which they were promised."""
    return [*_growth(table), *_times_faster(table), *_adding(many),
            Bound("A decision about three licenses / json.loads of a 2 kB webhook", DECIDE_TO_LOADS, ratio(*decision))]


def _growth(table: Table) -> Iterator[Bound]:
    for scenario in SCENARIOS:
        longest, shortest = (Cell(f"between_{span}", scenario.key, DESKGATE) for span in ("10y", "1d"))
        yield Bound(f"{scenario.title}: between over 10 years / over a day", SPAN_GROWTH,
                    table.ratio(longest, shortest))


def _times_faster(table: Table) -> Iterator[Bound]:
    for operation, words, scenario, limit in FASTER:
        theirs, ours = (Cell(operation, scenario.key, peer) for peer in (BUSINESSTIMEDELTA, DESKGATE))
        yield Bound(f"{scenario.title}: {words}, {BUSINESSTIMEDELTA} / {DESKGATE}", limit, table.ratio(theirs, ours),
                    at_least=True)


def _adding(many: Mapping[str, tuple[Figures, Figures]]) -> Iterator[Bound]:
    for scenario in SCENARIOS:
        yield Bound(f"{scenario.title}: 100,000 add / 100,000 between", ADD_TO_BETWEEN, ratio(*many[scenario.key]))
