"""A webhook that nobody can do anything with stops no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.poisons import KINDS, poison
from tests.soak.poison import Plan, poisoned


@pytest.mark.parametrize(("database", "good"), [("sqlite", 980), ("postgres", 80)])
def test_only_the_twenty_poisonous_webhooks_are_parked(request: pytest.FixtureRequest, tmp_path: Path, database: str,
                                                       good: int):
    """All kinds of poison on both databases; the many good ones around it on one."""
    url = request.getfixturevalue(f"{database}_url")
    report = poisoned(Plan(good, poison=20, portions=2), url, tmp_path)
    assert report.is_good, str(report)
    assert len(report.sent) == 20, str(report)


def test_there_are_twenty_kinds_of_poison_and_none_is_like_another():
    made = [poison(number) for number in range(len(KINDS))]
    assert len({each.kind for each in made}) == len({each.body for each in made}) == 20
