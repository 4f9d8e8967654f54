"""When a delivery is tried again: the schedule, spread by chance, and how long urgent tickets wait at most."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.rules.retry import delay_after
from entitlements.rules.ticket import Severity

NEVER = timedelta(0)
USUAL = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 14400]


def test_the_schedule_grows_to_four_hours():
    assert [delay_after(tries, Severity.NORMAL, NEVER, 0.5) for tries in range(1, 10)] == USUAL


@pytest.mark.parametrize(("chance", "part"), [(0.0, 0.8), (0.5, 1.0), (0.999, 1.2)])
def test_chance_spreads_a_delay_by_a_fifth_either_way(chance: float, part: float):
    assert delay_after(4, Severity.NORMAL, NEVER, chance) == pytest.approx(600 * part, rel=0.001)


def test_an_urgent_ticket_waits_a_minute_at_most_for_two_hours_whatever_chance_says():
    assert max(delay_after(tries, Severity.URGENT, timedelta(minutes=119), 0.999) for tries in range(1, 9)) == 60
    assert delay_after(4, Severity.URGENT, timedelta(hours=2), 0.5) == 600


def test_after_a_week_of_waiting_it_is_given_up():
    assert delay_after(20, Severity.URGENT, timedelta(days=7) - timedelta(seconds=1), 0.5) is not None
    assert delay_after(20, Severity.URGENT, timedelta(days=7), 0.5) is None
