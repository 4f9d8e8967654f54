"""Open and closed, to the second: boundaries, nights, holidays, exceptions, clock changes, and counting open time."""

from datetime import datetime, timedelta

import pytest

from entitlements.rules.windows import WEEKDAYS
from tests.rules.desks import OFFICE, clock_of, schedule, utc

CLOSED_FOR_GOOD = schedule(days=())


# Boundaries

@pytest.mark.parametrize(("at", "is_open"), [
    ("2026-03-02T08:59:59", False), ("2026-03-02T09:00:00", True), ("2026-03-02T16:59:59", True),
    ("2026-03-02T17:00:00", False), ("2026-03-01T12:00:00", False), ("2026-03-07T12:00:00", False),
])
def test_nine_to_five_is_open_at_nine_and_closed_at_five(at, is_open):
    assert OFFICE.is_open(utc(at)) is is_open


def test_an_open_instant_is_its_own_next_opening():
    assert OFFICE.next_open(utc("2026-03-02T09:00:00")) == utc("2026-03-02T09:00:00")
    assert OFFICE.next_open(utc("2026-03-02T16:59:59")) == utc("2026-03-02T16:59:59")


def test_at_closing_time_on_friday_the_next_opening_is_monday_morning():
    assert OFFICE.next_open(utc("2026-03-06T17:00:00")) == utc("2026-03-09T09:00:00")


def test_the_next_closing_ends_the_stretch_that_runs_or_else_the_next_one():
    assert OFFICE.next_close(utc("2026-03-06T16:59:59")) == utc("2026-03-06T17:00:00")
    assert OFFICE.next_close(utc("2026-03-06T17:00:00")) == utc("2026-03-09T17:00:00")


@pytest.mark.parametrize("end", ["23:59:59", "24:00", "24:00:00", "00:00"])
@pytest.mark.parametrize("at", ["2026-03-02T23:59:59", "2026-03-02T23:59:59.999999", "2026-03-03T00:00:00"])
def test_a_desk_open_around_the_clock_is_not_closed_for_the_last_second_of_the_day(end, at):
    start = "00:00:01" if end == "00:00" else "00:00"
    always = schedule(windows=[(start, end), ("00:00", "01:00")], days=WEEKDAYS)
    assert always.is_open(utc(at))
    assert always.always_open
    assert always.next_close(utc(at)) is None
    assert always.between(utc("2024-01-01"), utc("2026-01-01")) == 731 * 86_400


def test_a_window_that_ends_a_minute_before_midnight_does_close_for_that_minute():
    nearly = schedule(windows=[("00:00", "23:59")], days=WEEKDAYS)
    assert not nearly.always_open
    assert not nearly.is_open(utc("2026-03-02T23:59:00"))
    assert nearly.next_open(utc("2026-03-02T23:59:00")) == utc("2026-03-03T00:00:00")


def test_a_night_window_belongs_to_the_evening_it_starts_on():
    friday_night = schedule(windows=[("22:00", "06:00")], days=["fri"])
    assert friday_night.is_open(utc("2026-03-07T05:59:59"))
    assert not friday_night.is_open(utc("2026-03-07T06:00:00"))
    assert not friday_night.is_open(utc("2026-03-06T05:00:00"))
    assert friday_night.next_close(utc("2026-03-02T00:00:00")) == utc("2026-03-07T06:00:00")


def test_a_night_window_on_sunday_runs_into_monday_also_where_the_week_begins():
    sunday_night = schedule(windows=[("22:00", "06:00")], days=["sun"])
    assert sunday_night.next_close(utc("2026-03-08T23:59:59")) == utc("2026-03-09T06:00:00")
    assert sunday_night.between(utc("2026-03-08"), utc("2026-03-10")) == 8 * 3600


def test_windows_that_touch_or_overlap_are_one_stretch_and_count_once():
    shifts = schedule(windows=[("08:00", "16:00"), ("16:00", "00:00"), ("12:00", "14:00"), ("23:00", "08:00")],
                      days=WEEKDAYS)
    assert shifts.always_open
    assert shifts.between(utc("2026-03-02"), utc("2026-03-03")) == 86_400


# Holidays and exceptions

def test_an_exception_without_windows_leaves_the_night_before_alone():
    nights = schedule(windows=[("22:00", "06:00")], days=WEEKDAYS, exceptions={"2026-03-04": []})
    assert nights.next_close(utc("2026-03-03T23:00:00")) == utc("2026-03-04T06:00:00")
    assert nights.next_open(utc("2026-03-04T06:00:00")) == utc("2026-03-05T22:00:00")


def test_an_exception_may_open_a_day_that_is_otherwise_closed_and_run_past_midnight():
    launch = schedule(exceptions={"2026-03-07": [["20:00", "02:00"]]})
    assert launch.next_open(utc("2026-03-06T17:00:00")) == utc("2026-03-07T20:00:00")
    assert launch.next_close(utc("2026-03-07T20:00:00")) == utc("2026-03-08T02:00:00")


def test_a_date_that_is_both_holiday_and_exception_is_an_exception_only():
    eve = schedule(windows=[("22:00", "06:00")], days=WEEKDAYS, holidays=["2026-03-04"],
                   exceptions={"2026-03-04": [["09:00", "12:00"]]})
    assert eve.is_open(utc("2026-03-04T05:59:59"))
    assert eve.is_open(utc("2026-03-04T09:00:00"))
    assert not eve.is_open(utc("2026-03-04T22:00:00"))
    assert not eve.is_holiday_closed(utc("2026-03-04T22:00:00"))


@pytest.mark.parametrize(("at", "only_for_the_holiday"), [
    ("2026-03-03T12:00:00", False), ("2026-03-04T08:59:59", False), ("2026-03-04T09:00:00", True),
    ("2026-03-04T16:59:59", True), ("2026-03-04T17:00:00", False), ("2026-03-07T12:00:00", False),
])
def test_closed_for_a_holiday_means_it_would_otherwise_be_open(at, only_for_the_holiday):
    desk = schedule(holidays=["2026-03-04", "2026-03-07"])
    assert desk.is_holiday_closed(utc(at)) is only_for_the_holiday


def test_the_night_a_holiday_takes_from_its_neighbors_is_closed_for_the_holiday_too():
    nights = schedule(windows=[("22:00", "06:00")], days=WEEKDAYS, holidays=["2026-03-04"])
    assert nights.is_holiday_closed(utc("2026-03-04T01:00:00"))
    assert nights.is_holiday_closed(utc("2026-03-05T01:00:00"))
    assert not nights.is_holiday_closed(utc("2026-03-05T06:00:00"))


# Clock changes

def test_in_spring_a_window_inside_the_skipped_hour_has_no_length():
    skipped = schedule("Europe/Paris", windows=[("02:15", "02:45")], days=["sun"])
    assert skipped.between(utc("2026-03-28T12:00:00"), utc("2026-03-29T12:00:00")) == 0
    assert skipped.next_open(utc("2026-03-28T12:00:00")) == utc("2026-04-05T00:15:00")


def test_in_spring_an_edge_in_the_skipped_hour_takes_effect_at_the_change():
    change = utc("2026-03-29T01:00:00")
    assert schedule("Europe/Paris", [("02:30", "05:00")], ["sun"]).next_open(utc("2026-03-29")) == change
    assert schedule("Europe/Paris", [("00:00", "02:30")], ["sun"]).next_close(utc("2026-03-29")) == change


def test_in_autumn_the_repeated_hour_is_open_both_times():
    desk = schedule("America/New_York", windows=[("00:30", "01:30")], days=["sun"])
    day = [desk.is_open(utc("2026-11-01T04:00:00") + timedelta(minutes=15 * step)) for step in range(14)]
    first_pass, again = [False] * 2 + [True] * 4 + [False] * 2, [True] * 2 + [False] * 4
    assert day == first_pass + again


@pytest.mark.parametrize(("day", "hours"), [("2026-03-07", 24), ("2026-03-08", 23), ("2026-11-01", 25)])
def test_a_whole_day_is_as_long_as_the_clock_makes_it(day, hours):
    always = schedule("America/New_York", windows=[("00:00", "24:00")], days=WEEKDAYS)
    local = datetime.fromisoformat(day).replace(tzinfo=clock_of("America/New_York"))
    following = local + timedelta(days=1)  # wall-clock arithmetic: the next local midnight
    assert always.between(local, following) == hours * 3600


def test_the_office_opens_at_nine_by_the_wall_clock_on_both_sides_of_a_change():
    office = schedule("Europe/Paris")
    assert office.next_open(utc("2026-03-27T18:00:00")) == utc("2026-03-30T07:00:00")
    assert office.next_open(utc("2026-10-23T18:00:00")) == utc("2026-10-26T08:00:00")


def test_a_date_that_never_was_still_lends_its_night_to_the_next_morning():
    apia = schedule("Pacific/Apia", windows=[("22:00", "06:00")], days=["fri"])  # 30 December 2011 was skipped
    assert apia.next_open(utc("2011-12-30T00:00:00")) == utc("2011-12-30T10:00:00")
    assert apia.next_close(utc("2011-12-30T00:00:00")) == utc("2011-12-30T16:00:00")


# Counting

def test_between_counts_open_seconds_and_is_negative_backwards():
    monday, friday = utc("2026-03-02T10:00:00"), utc("2026-03-06T10:00:00")
    assert OFFICE.between(monday, friday) == 4 * 8 * 3600
    assert OFFICE.between(friday, monday) == -4 * 8 * 3600


def test_time_used_up_exactly_at_closing_ends_at_closing():
    assert OFFICE.add(utc("2026-03-06T09:00:00"), 8 * 3600) == utc("2026-03-06T17:00:00")
    assert OFFICE.add(utc("2026-03-06T09:00:00"), 8 * 3600 + 1) == utc("2026-03-09T09:00:01")


def test_going_back_the_latest_instant_is_meant():
    assert OFFICE.add(utc("2026-03-09T10:00:00"), -3600) == utc("2026-03-09T09:00:00")
    assert OFFICE.add(utc("2026-03-09T10:00:00"), -3601) == utc("2026-03-06T16:59:59")


def test_adding_nothing_is_the_instant_itself_even_when_closed():
    assert OFFICE.add(utc("2026-03-07T12:00:00.250"), 0) == utc("2026-03-07T12:00:00.250")


def test_part_of_a_second_cannot_be_added():
    with pytest.raises(TypeError):
        OFFICE.add(utc("2026-03-02"), 0.5)


def test_a_schedule_that_never_opens_says_so_at_once():
    at = utc("2026-03-02T12:00:00")
    assert CLOSED_FOR_GOOD.never_opens
    assert not CLOSED_FOR_GOOD.is_open(at)
    assert CLOSED_FOR_GOOD.between(utc("1990-01-01"), at) == 0
    assert [CLOSED_FOR_GOOD.next_open(at), CLOSED_FOR_GOOD.next_close(at), CLOSED_FOR_GOOD.day_after(at)] == [None] * 3
    assert [CLOSED_FOR_GOOD.add(at, count) for count in (1, -1, 10**30)] == [None] * 3
    assert CLOSED_FOR_GOOD.add(at, 0) == at


def test_a_schedule_of_one_exception_opens_once_and_never_again():
    once = schedule(days=(), exceptions={"2026-03-04": [["09:00", "10:00"]]})
    assert not once.never_opens
    assert once.next_open(utc("2020-01-01")) == utc("2026-03-04T09:00:00")
    assert once.next_open(utc("2026-03-04T10:00:00")) is None
    assert once.next_close(utc("2026-03-04T10:00:00")) is None
    assert once.add(utc("2020-01-01"), 3600) == utc("2026-03-04T10:00:00")
    assert once.add(utc("2020-01-01"), 3601) is None
    assert once.add(utc("2030-01-01"), -3600) == utc("2026-03-04T09:00:00")
    assert once.add(utc("2030-01-01"), -3601) is None


def test_open_around_the_clock_but_for_one_holiday_is_not_always_open():
    desk = schedule(windows=[("00:00", "24:00")], days=WEEKDAYS, holidays=["2026-12-25"])
    assert not desk.always_open
    assert desk.next_close(utc("2026-03-02")) == utc("2026-12-25")
    assert desk.next_close(utc("2026-12-25")) is None
