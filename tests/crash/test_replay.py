"""A webhook that comes again, at once or later, is decided once, and each time answered with the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.furnished import Furnished
from tests.soak.replay import NOBODY, Plan, in_process, replay


@pytest.mark.parametrize(("database", "tickets"), [("postgres", 1000), ("sqlite", 100)])
def test_webhooks_that_come_five_times_each_are_decided_once(request: pytest.FixtureRequest, tmp_path: Path,
                                                            database: str, tickets: int):
    """The thousand where transactions really run at once; on SQLite one writes at a time."""
    with Furnished(request.getfixturevalue(f"{database}_url"), NOBODY, tmp_path) as house:
        report = replay(Plan(tickets), house, tmp_path, in_process(house))
    assert report.is_good, str(report)


def test_some_repeats_are_sent_at_the_same_moment_and_others_far_apart():
    plan = Plan(tickets=50)
    assert sorted(plan.order) == sorted(list(range(1, 51)) * 5)
    together = sum(plan.order[at:at + 5] == [plan.order[at]] * 5 for at in range(246))
    assert 10 <= together < 50
