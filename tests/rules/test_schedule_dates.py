"""What a schedule says of one local date: when it is open, and what it has these hours from."""

from __future__ import annotations

from datetime import date

import pytest

from entitlements.rules.schedule import DayKind, Schedule
from tests.builders import a_schedule, weekly

HOUR = 3600
THURSDAY, FRIDAY = date(2026, 12, 24), date(2026, 12, 25)
NIGHTS = weekly(("wed", "thu"), "22:00", "06:00")


def hours(schedule: Schedule, day: date) -> list[tuple[float, float]]:
    return [(start / HOUR, end / HOUR) for start, end in schedule.stretches_on(day)]


def test_a_date_is_open_in_its_windows_and_in_the_tail_of_the_evening_before() -> None:
    assert hours(a_schedule(week=NIGHTS), THURSDAY) == [(0, 6), (22, 24)]
    assert hours(a_schedule(week=NIGHTS), FRIDAY) == [(0, 6)]


def test_a_holiday_cuts_the_tail_of_the_evening_before() -> None:
    schedule = a_schedule(week=NIGHTS, holidays=["2026-12-24"])
    assert hours(schedule, THURSDAY) == hours(schedule, FRIDAY) == []


def test_closed_hours_are_taken_out_wherever_the_open_ones_come_from() -> None:
    schedule = a_schedule(week=NIGHTS, closures={"2026-12-24": [["04:00", "23:00"]]})
    assert hours(schedule, THURSDAY) == [(0, 4), (23, 24)]


def test_windows_that_touch_are_one_stretch() -> None:
    schedule = a_schedule(week={"thu": [["09:00", "12:00"], ["12:00", "17:00"], ["11:00", "13:00"]]})
    assert hours(schedule, THURSDAY) == [(9, 17)]


@pytest.mark.parametrize(("special", "kind"), [
    ({}, DayKind.USUAL), ({"holidays": ["2026-12-24"]}, DayKind.HOLIDAY),
    ({"closures": {"2026-12-24": [["13:00", "24:00"]]}}, DayKind.CLOSURE),
    ({"exceptions": {"2026-12-24": []}}, DayKind.EXCEPTION),
    ({"exceptions": {"2026-12-24": []}, "holidays": ["2026-12-24"],
      "closures": {"2026-12-24": [["13:00", "24:00"]]}}, DayKind.EXCEPTION),
    ({"holidays": ["2026-12-24"], "closures": {"2026-12-24": [["13:00", "24:00"]]}}, DayKind.HOLIDAY)])
def test_a_date_says_what_it_has_its_hours_from(special: dict[str, object], kind: DayKind) -> None:
    schedule = a_schedule(**special)
    assert schedule.kind_of(THURSDAY) is kind
    assert schedule.kind_of(FRIDAY) is DayKind.USUAL
