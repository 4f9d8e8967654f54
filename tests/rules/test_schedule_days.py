"""The day of a daily limit: on which date use at an instant counts, and when the next day's open time begins."""

from datetime import date, datetime

import pytest

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from tests.rules.desks import OFFICE, schedule, utc


def every_day(*windows, zone="UTC", **more):
    return schedule(zone, windows, WEEKDAYS, **more)


def day(text):
    return date.fromisoformat(text)


ALL_DAY = ("00:00", "24:00")
NIGHT = ("22:00", "06:00")
NIGHTS = every_day(NIGHT)
# Monday's evening runs until 04:00, Tuesday's early shift begins at 02:00: two hours belong to both.
OVERLAPPING = Schedule.from_dict(
    {"zone": "UTC", "weekly": {"mon": [("20:00", "04:00")], "tue": [("02:00", "10:00")]}})


@pytest.mark.parametrize(("at", "counts_on", "next_day"), [
    ("2026-03-02T12:00:00", "2026-03-02", "2026-03-03T09:00:00"),
    ("2026-03-02T07:00:00", "2026-03-02", "2026-03-03T09:00:00"),  # closed still: this morning's opening is not later
    ("2026-03-06T16:59:59", "2026-03-06", "2026-03-09T09:00:00"),
    ("2026-03-07T12:00:00", "2026-03-07", "2026-03-09T09:00:00"),
])
def test_in_office_hours_the_day_is_the_calendar_date(at, counts_on, next_day):
    assert OFFICE.day_of(utc(at)) == day(counts_on)
    assert OFFICE.day_after(utc(at)) == utc(next_day)


@pytest.mark.parametrize(("at", "counts_on", "next_day"), [
    ("2026-03-03T23:00:00", "2026-03-03", "2026-03-04T22:00:00"),
    ("2026-03-04T00:00:00", "2026-03-03", "2026-03-04T22:00:00"),
    ("2026-03-04T05:59:59", "2026-03-03", "2026-03-04T22:00:00"),
    ("2026-03-04T06:00:00", "2026-03-04", "2026-03-05T22:00:00"),
])
def test_a_night_counts_on_the_date_it_began(at, counts_on, next_day):
    assert NIGHTS.day_of(utc(at)) == day(counts_on)
    assert NIGHTS.day_after(utc(at)) == utc(next_day)


@pytest.mark.parametrize(("at", "counts_on", "next_day"), [
    ("2026-03-02T21:00:00", "2026-03-02", "2026-03-03T04:00:00"),
    ("2026-03-03T01:00:00", "2026-03-02", "2026-03-03T04:00:00"),
    ("2026-03-03T03:59:59", "2026-03-02", "2026-03-03T04:00:00"),
    ("2026-03-03T04:00:00", "2026-03-03", "2026-03-09T20:00:00"),
])
def test_where_nights_overlap_the_earlier_window_counts_and_the_next_day_begins_when_it_ends(at, counts_on, next_day):
    assert OVERLAPPING.day_of(utc(at)) == day(counts_on)
    assert OVERLAPPING.day_after(utc(at)) == utc(next_day)


def test_a_desk_open_around_the_clock_begins_a_new_day_at_local_midnight():
    paris = every_day(ALL_DAY, zone="Europe/Paris")
    assert paris.day_of(utc("2026-03-02T22:59:59")) == day("2026-03-02")
    assert paris.day_of(utc("2026-03-02T23:00:00")) == day("2026-03-03")
    assert paris.day_after(utc("2026-03-02T12:00:00")) == utc("2026-03-02T23:00:00")


def test_shifts_that_touch_at_midnight_are_two_days():
    shifts = every_day(("16:00", "00:00"), ("00:00", "08:00"))
    assert shifts.day_after(utc("2026-03-02T23:59:59")) == utc("2026-03-03T00:00:00")


def test_a_holiday_cuts_the_night_and_the_day_with_it():
    nights = every_day(NIGHT, holidays=["2026-03-04"])
    assert nights.day_of(utc("2026-03-04T01:00:00")) == day("2026-03-04")
    assert nights.day_after(utc("2026-03-03T23:00:00")) == utc("2026-03-05T22:00:00")


def test_an_exception_without_windows_keeps_the_night_before_and_its_day():
    nights = every_day(NIGHT, exceptions={"2026-03-04": []})
    assert nights.day_of(utc("2026-03-04T01:00:00")) == day("2026-03-03")
    assert nights.day_after(utc("2026-03-03T23:00:00")) == utc("2026-03-05T22:00:00")


def test_there_is_no_day_after_the_last_exception():
    once = schedule(days=(), exceptions={"2026-03-04": [["22:00", "06:00"]]})
    assert once.day_after(utc("2026-03-03T00:00:00")) == utc("2026-03-04T22:00:00")
    assert once.day_after(utc("2026-03-04T00:00:00")) is None
    assert once.day_after(utc("2026-03-05T05:00:00")) is None


def test_the_day_after_a_clock_change_begins_by_the_clock():
    new_york = every_day(ALL_DAY, zone="America/New_York")
    assert new_york.day_after(utc("2026-03-08T12:00:00")) == utc("2026-03-09T04:00:00")
    assert new_york.day_after(utc("2026-11-01T05:30:00")) == utc("2026-11-02T05:00:00")


def test_where_the_clock_goes_back_over_midnight_the_evening_that_returns_is_not_the_next_day():
    # In St. John's, one minute into 7 November 2010, clocks went back to 23:01 of the 6th.
    evenings = every_day(("18:00", "24:00"), zone="America/St_Johns")
    assert evenings.local(utc("2010-11-07T02:31:00")) == datetime.fromisoformat("2010-11-06T23:01")
    assert evenings.next_open(utc("2010-11-07T02:30:00")) == utc("2010-11-07T02:31:00")
    assert evenings.day_after(utc("2010-11-07T00:30:00")) == utc("2010-11-07T21:30:00")
    always = every_day(ALL_DAY, zone="America/St_Johns")
    assert always.day_after(utc("2010-11-07T00:30:00")) == utc("2010-11-07T02:30:00")


@pytest.mark.parametrize(("zone", "local_date", "begins"), [
    ("UTC", "2026-03-02", "2026-03-02T00:00:00"),
    ("Europe/Paris", "2026-07-01", "2026-06-30T22:00:00"),
    ("Asia/Kathmandu", "2026-03-02", "2026-03-01T18:15:00"),
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00"),  # midnight itself is skipped
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00"),  # the whole date is skipped
    ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00"),  # begins twice
])
def test_a_local_date_begins_when_a_clock_first_shows_it(zone, local_date, begins):
    assert schedule(zone).first_instant_of(day(local_date)) == utc(begins)
