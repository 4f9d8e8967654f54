"""A share of what a helpdesk allows, kept over any stretch of time, with a part for those who wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.rules.pacing import (
    LOWEST_PACE,
    Purse,
    brimful,
    pace_after_refusal,
    pace_after_success,
    pace_by_quota,
)
from tests.builders import utc

NOW = utc("2026-03-09 09:00")


def test_never_more_than_the_share_and_ten_seconds_of_it_in_any_minute():
    purse, spent = Purse(brimful(40), NOW), []
    for second in range(300):
        purse = purse.filled(40, NOW + timedelta(seconds=second))
        going = purse.for_live()
        purse = purse.less(going)
        spent.append(going)
    busiest = max(sum(spent[start:start + 60]) for start in range(240))
    assert 40 <= busiest <= 40 + brimful(40)
    assert sum(spent) == pytest.approx(200, abs=brimful(40) + 1)


def test_the_herd_leaves_half_of_what_is_there_to_live_tickets():
    purse = Purse(brimful(60), NOW)
    assert (purse.for_live(), purse.for_herd(60)) == (10, 5)
    assert purse.less(5).for_herd(60) == 0
    assert purse.less(5).for_live() == 5


def test_a_slow_helpdesk_still_gets_the_herd_one_by_one():
    assert Purse(brimful(3), NOW).for_herd(3) == 1


def test_a_clock_that_goes_back_fills_nothing():
    assert Purse(0, NOW).filled(60, NOW - timedelta(hours=1)).for_live() == 0


@pytest.mark.parametrize(("remaining", "pace"), [(100, 1), (30, 1), (15, 0.5), (3, LOWEST_PACE), (0, LOWEST_PACE)])
def test_the_pace_falls_with_what_is_left(remaining: int, pace: float):
    assert pace_by_quota(100, remaining) == pytest.approx(pace)


def test_a_refusal_halves_the_pace_and_each_success_gives_a_little_back():
    pace = pace_after_refusal(1.0)
    assert pace == 0.5
    for _ in range(25):
        pace = pace_after_success(pace)
    assert pace == pytest.approx(1.0)
    for _ in range(20):
        pace = pace_after_refusal(pace)
    assert pace == LOWEST_PACE
