"""Part-day holidays: hours of a date that are closed, whatever would be open in them."""

from datetime import date

import pytest

from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from tests.rules.desks import schedule, utc

CHRISTMAS_EVE = "2026-12-24"  # a Thursday


def test_a_desk_closes_when_a_half_holiday_begins_and_opens_the_next_morning():
    desk = schedule(closures={CHRISTMAS_EVE: [["13:00", "24:00"]]})
    assert desk.next_close(utc("2026-12-24T09:00")) == utc("2026-12-24T13:00")
    assert desk.next_open(utc("2026-12-24T13:00")) == utc("2026-12-25T09:00")
    assert desk.between(utc("2026-12-24T00:00"), utc("2026-12-25T00:00")) == 4 * 3600


def test_a_closed_lunch_hour_on_one_date_leaves_the_other_dates_alone():
    desk = schedule(closures={CHRISTMAS_EVE: [["12:00", "13:00"]]})
    assert desk.between(utc("2026-12-24T09:00"), utc("2026-12-24T17:00")) == 7 * 3600
    assert desk.between(utc("2026-12-23T09:00"), utc("2026-12-23T17:00")) == 8 * 3600
    assert desk.next_close(utc("2026-12-24T09:00")) == utc("2026-12-24T12:00")


def test_a_closed_morning_also_closes_what_is_left_of_the_evening_before():
    night = schedule(windows=[("22:00", "06:00")], days=WEEKDAYS, closures={CHRISTMAS_EVE: [["02:00", "04:00"]]})
    assert night.next_close(utc("2026-12-23T23:00")) == utc("2026-12-24T02:00")
    assert night.next_open(utc("2026-12-24T02:00")) == utc("2026-12-24T04:00")
    assert night.day_of(utc("2026-12-24T01:00")) == date(2026, 12, 23)
    assert night.day_of(utc("2026-12-24T03:00")) == date(2026, 12, 24)
    assert night.day_of(utc("2026-12-24T05:00")) == date(2026, 12, 23)


def test_a_closed_evening_does_not_reach_past_its_own_midnight():
    night = schedule(windows=[("22:00", "06:00")], days=WEEKDAYS, closures={CHRISTMAS_EVE: [["20:00", "24:00"]]})
    assert night.next_open(utc("2026-12-24T20:00")) == utc("2026-12-25T00:00")
    assert night.next_close(utc("2026-12-25T00:00")) == utc("2026-12-25T06:00")


def test_closed_hours_are_a_holiday_to_whoever_asks_why():
    desk = schedule(closures={CHRISTMAS_EVE: [["13:00", "24:00"]]})
    assert desk.is_holiday_closed(utc("2026-12-24T14:00"))
    assert not desk.is_holiday_closed(utc("2026-12-24T18:00"))
    assert not desk.is_holiday_closed(utc("2026-12-24T10:00"))


def test_hours_written_by_hand_for_the_date_win_over_a_closure():
    desk = schedule(exceptions={CHRISTMAS_EVE: [["10:00", "16:00"]]}, closures={CHRISTMAS_EVE: [["13:00", "24:00"]]})
    assert desk.between(utc("2026-12-24T00:00"), utc("2026-12-25T00:00")) == 6 * 3600


def test_a_whole_day_written_as_hours_is_a_closed_day():
    all_day = [["00:00", "24:00"]]
    round_the_clock = schedule(windows=all_day, days=WEEKDAYS, closures={CHRISTMAS_EVE: all_day})
    assert round_the_clock.next_open(utc("2026-12-24T00:00")) == utc("2026-12-25T00:00")
    assert not round_the_clock.always_open


def test_overlapping_closures_are_one_and_read_back_as_one():
    desk = schedule(closures={CHRISTMAS_EVE: [["12:00", "14:00"], ["10:00", "13:00"]]})
    assert desk.to_dict()["closures"] == {CHRISTMAS_EVE: [["10:00", "14:00"]]}
    assert Schedule.from_dict(desk.to_dict()) == desk
    assert "closures" not in schedule().to_dict()


def test_a_closure_past_midnight_is_refused_with_the_place_named():
    with pytest.raises(ConfigError, match="end on their own date") as refused:
        schedule(closures={CHRISTMAS_EVE: [["22:00", "02:00"]]})
    assert refused.value.field == f"closures.{CHRISTMAS_EVE}"
