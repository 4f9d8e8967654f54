"""A schedule's week in words."""

from __future__ import annotations

import pytest

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import parse_weekly
from entitlements.wording import hours_text


def schedule(weekly: str, zone: str = "Europe/Paris", **more: object) -> Schedule:
    return Schedule.from_dict({"zone": zone, "weekly": parse_weekly(weekly), **more})


@pytest.mark.parametrize(("weekly", "text"), [
    ("mon-fri 09:00-17:00", "Monday to Friday, 09:00-17:00 (Paris)"),
    ("mon-fri 09:00-12:00,13:00-17:00", "Monday to Friday, 09:00-12:00 and 13:00-17:00 (Paris)"),
    ("mon-thu 09:00-17:00; fri 09:00-15:00", "Monday to Thursday, 09:00-17:00; Friday, 09:00-15:00 (Paris)"),
    ("mon-sun 09:00-17:00", "every day, 09:00-17:00 (Paris)"),
    ("sat,sun 10:00-14:00", "Saturday and Sunday, 10:00-14:00 (Paris)"),
    ("mon,wed,fri 09:00-17:00", "Monday, Wednesday and Friday, 09:00-17:00 (Paris)"),
    ("mon,wed-fri 09:00-17:00", "Monday and Wednesday to Friday, 09:00-17:00 (Paris)"),
    ("mon-fri 18:00-02:00", "Monday to Friday, 18:00-02:00 (Paris)"),
    ("mon-fri 00:00-24:00", "Monday to Friday, 24 hours (Paris)"),
    ("mon-sun 00:00-23:59:59", "24 hours a day, every day"),
])
def test_a_week_reads_as_people_say_it(weekly: str, text: str) -> None:
    assert hours_text(schedule(weekly)) == text


def test_the_place_is_named_by_its_city_and_utc_by_its_name() -> None:
    assert hours_text(schedule("mon 09:00-17:00", "America/New_York")) == "Monday, 09:00-17:00 (New York)"
    assert hours_text(schedule("mon 09:00-17:00", "UTC")) == "Monday, 09:00-17:00 (UTC)"


def test_around_the_clock_with_a_holiday_is_not_called_every_hour_of_the_year() -> None:
    assert hours_text(schedule("mon-sun 00:00-24:00", holidays=["2026-12-25"])) == "every day, 24 hours (Paris)"


def test_no_hours_are_called_so() -> None:
    assert hours_text(schedule("")) == "no hours at all"
    assert hours_text(schedule("", exceptions={"2026-12-24": [["09:00", "12:00"]]})) == "single days only (Paris)"
