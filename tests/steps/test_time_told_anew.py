"""Time that is corrected or deleted in the helpdesk: an entry counts as it stands at last, however it is told."""

from __future__ import annotations

import itertools

import pytest

from entitlements.helpdesk import Author, EventKind
from entitlements.store import tables
from tests.steps.house import OPS, House

HOUR = 3600
TOLD = ((HOUR, "2026-03-09T08:00Z"), (2 * HOUR, "2026-03-09T08:10Z"), (HOUR // 2, "2026-03-09T08:20Z"))


@pytest.fixture
def open_house(house: House) -> House:
    house.created("1", OPS)
    return house


def told(house: House, seconds: int, version: str, entry: str = "e1") -> None:
    house.happened(EventKind.TIME_LOGGED, "1", seconds=seconds, entry_id=entry, entry_version=version,
                   author=Author.AGENT, at=house.clock.now())


def used(house: House) -> int:
    return sum(entry.seconds for entry in house.rows(tables.UsageEntry))


@pytest.mark.parametrize("order", list(itertools.permutations(TOLD)), ids=str)
def test_whatever_the_order_an_entry_counts_as_it_was_told_last(open_house: House, order: tuple):
    for seconds, version in order:
        told(open_house, seconds, version)
    assert used(open_house) == HOUR // 2


def test_the_same_version_counts_once(open_house: House):
    for _ in range(2):
        told(open_house, *TOLD[0])
    assert [entry.seconds for entry in open_house.rows(tables.UsageEntry)] == [HOUR]


def test_a_deleted_entry_gives_back_what_was_counted_and_no_late_word_counts_it_again(open_house: House):
    told(open_house, 0, "2026-03-09T09:00Z")
    told(open_house, HOUR, "2026-03-09T08:00Z", entry="e2")
    told(open_house, 0, "2026-03-09T09:00Z", entry="e2")
    for entry in ("e1", "e2"):
        told(open_house, *TOLD[1], entry=entry)
    assert used(open_house) == 0


def test_an_entry_whose_name_begins_like_that_of_another_is_another_one(open_house: House):
    for entry in ("1", "11", "1%", "1_"):
        told(open_house, HOUR, "2026-03-09T08:00Z", entry=entry)
    assert used(open_house) == 4 * HOUR


def test_time_taken_back_is_given_back_on_the_day_it_was_counted_on(open_house: House):
    told(open_house, *TOLD[0])
    open_house.clock.go_on(days=1)
    told(open_house, 0, "2026-03-10T08:00Z")
    assert {str(entry.day) for entry in open_house.rows(tables.UsageEntry)} == {"2026-03-09"}
