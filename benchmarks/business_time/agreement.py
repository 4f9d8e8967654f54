"""Whether all answer alike, before anybody's speed is compared.

Each peer is asked what is measured and a hundred drawn instants besides. It may differ from Deskgate only where it is
known to, and in the way it is known to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from benchmarks.business_time.peers import BUSINESSTIME, PANDAS, Peer, schedule_of
from benchmarks.business_time.scenario import DAYS, EIGHT_HOURS, ENDS, START, Scenario
from entitlements.rules.schedule import Schedule

DRAWN, SEED = 100, 20161120
LONGEST = timedelta(days=30)

Answer = bool | float | datetime | None


class Disagreement(ValueError):
    """A peer says something else than Deskgate, and nobody knows why."""


@dataclass(frozen=True)
class Pair:
    """One question, answered by Deskgate and by a peer."""

    schedule: Schedule
    question: str
    asked: str
    ours: Answer
    theirs: Answer


@dataclass(frozen=True)
class Difference:
    """A way in which a peer is known to differ, and whether two answers differ in that way."""

    why: str
    explains: Callable[[Pair], bool]


@dataclass(frozen=True)
class Finding:
    """How often a peer says the same as Deskgate, and why not always (empty when always)."""

    scenario: Scenario
    peer: str
    question: str
    asked: int
    alike: int
    why: str


def lost_workday(pair: Pair) -> bool:
    return pair.theirs == 0 and pair.ours == EIGHT_HOURS


def begun_hours(pair: Pair) -> bool:
    assert isinstance(pair.theirs, float) and isinstance(pair.ours, int)
    return 0 <= pair.theirs - pair.ours <= 3600


def next_opening(pair: Pair) -> bool:
    return isinstance(pair.ours, datetime) and pair.theirs == pair.schedule.next_open(pair.ours)


KNOWN: Mapping[tuple[str, str], Difference] = {
    (BUSINESSTIME, "between"): Difference("loses the one workday between two evenings", lost_workday),
    (PANDAS, "between"): Difference("counts hours begun as whole hours", begun_hours),
    (PANDAS, "add"): Difference("time used up at closing ends at the next opening", next_opening),
}


def findings(scenario: Scenario, peers: tuple[Peer, ...]) -> list[Finding]:
    """What each peer, asked the same as Deskgate, answers. Raises Disagreement where nothing explains an answer."""
    return [_finding(scenario, peer.name, question, pairs)
            for peer in peers for question, pairs in _answered(schedule_of(scenario), peer).items() if pairs]


def _finding(scenario: Scenario, peer: str, question: str, pairs: list[Pair]) -> Finding:
    different = [pair for pair in pairs if pair.theirs != pair.ours]
    known = KNOWN.get((peer, question))
    for pair in different:
        if known is None or not known.explains(pair):
            raise Disagreement(f"{peer}, {scenario.title.lower()}: {pair.question} {pair.asked} is {pair.theirs}, "
                               f"and Deskgate says {pair.ours}")
    why = known.why if known and different else ""
    return Finding(scenario, peer, question, len(pairs), len(pairs) - len(different), why)


def _answered(schedule: Schedule, peer: Peer) -> dict[str, list[Pair]]:
    spans = [*((START, end) for end in ENDS.values()), *_drawn()]
    answered: dict[str, list[Pair]] = {"is_open": [], "between": [], "add": []}
    for start, end in spans:
        asked = f"{start:%Y-%m-%d %H:%M:%S}Z"
        if peer.is_open is not None:
            answered["is_open"].append(Pair(schedule, "is_open", asked, schedule.is_open(start), peer.is_open(start)))
        if peer.between is not None:
            answered["between"].append(Pair(schedule, "between", f"{asked} and {end:%Y-%m-%d %H:%M:%S}Z",
                                            schedule.between(start, end), peer.between(start, end)))
        if peer.add_8h is not None:
            answered["add"].append(Pair(schedule, "add 8 hours to", asked, schedule.add(start, EIGHT_HOURS),
                                        peer.add_8h(start)))
    return answered


def _drawn() -> Iterator[tuple[datetime, datetime]]:
    draw = Random(SEED)
    for _ in range(DRAWN):
        start = START + timedelta(seconds=draw.randrange(DAYS["10y"] * 86_400))
        yield start, start + timedelta(seconds=draw.randrange(int(LONGEST.total_seconds())))
