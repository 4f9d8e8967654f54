"""Thirty simulated weeks, the weeks that once showed something, and the bugs that these weeks must notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.planted import CAUGHT, play_broken
from tests.simulator.remembered import REMEMBERED
from tests.simulator.stage import Stage, stage
from tests.simulator.trouble import FAULTS
from tests.simulator.world import TICKETS, World
from tests.soak.simulator import play

SEEDS = 30
POINTS_AT_LEAST = 10


@pytest.fixture(scope="module")
def place() -> Iterator[Stage]:
    with stage() as found:
        yield found


def test_thirty_weeks_keep_all_promises_whatever_goes_wrong() -> None:
    played = play(range(SEEDS))
    assert not played.broken, "\n".join(played.broken)
    assert [name for name in FAULTS if not played.fired[name]] == []
    assert len(played.crashed) >= POINTS_AT_LEAST


def test_weeks_that_once_showed_something_keep_all_promises(place: Stage) -> None:
    """Those that are not among the thirty."""
    others = [week for week in REMEMBERED if week.seed not in range(SEEDS) or week.tickets != TICKETS]
    broken = {week.showed: World(place, week.seed, week.tickets).run().broken for week in others}
    assert not any(broken.values()), broken


def test_the_same_seed_makes_the_same_week(place: Stage) -> None:
    stories = []
    for _ in range(2):
        world = World(place, 3, tickets=1)
        world.run()
        stories.append(world.trouble.story)
    assert stories[0] == stories[1]


@pytest.mark.parametrize("name", CAUGHT)
def test_a_planted_bug_is_noticed(place: Stage, name: str) -> None:
    known = CAUGHT[name]
    found = play_broken(place, name, known.seed, known.tickets)
    assert found is not None, f"seed {known.seed} no longer notices it: python -m tests.simulator.planted --find"
    assert found.promise == known.promise
