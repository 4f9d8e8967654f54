"""The faults that business hours are known for, each as a story of the desk that would suffer it."""

import time
from datetime import date, datetime, timedelta

import pytest

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from tests.rules.desks import WORKDAYS, clock_of, schedule, utc

HOUR, DAY = 3600, 86_400
ALL_DAY = [("00:00", "24:00")]
NIGHT = [("22:00", "06:00")]
SECOND = timedelta(seconds=1)
NEW_YORK = schedule("America/New_York", NIGHT, WEEKDAYS)


def dates(first, last):
    """Every date from one to the other, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


# A desk open around the clock that is closed for the last minute, or the last second, of the day

@pytest.mark.parametrize("end", ["24:00", "00:00:00", "23:59:59"])
@pytest.mark.parametrize("zone", ["America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe"])
def test_around_the_clock_no_midnight_of_a_year_is_closed_whenever_the_clocks_change(zone, end):
    desk = schedule(zone, [("00:00", "12:00"), ("12:00", end)], WEEKDAYS)
    for day in dates("2018-01-01", "2018-12-31"):
        midnight = datetime.fromisoformat(day).replace(tzinfo=clock_of(zone))
        around = (midnight + timedelta(seconds=n) for n in (-61, -60, -59, -1, 0, 1))
        assert all(desk.is_open(at) for at in around), day
    assert desk.between(utc("2018-01-01"), utc("2019-01-01")) == 365 * DAY


def test_a_desk_open_around_the_clock_on_workdays_closes_for_the_weekend_at_midnight_and_not_a_second_before():
    desk = schedule(windows=[("00:00", "23:59:59")])
    assert desk.is_open(utc("2026-03-06T23:59:59"))
    assert not desk.is_open(utc("2026-03-07T00:00:00"))
    assert desk.next_close(utc("2026-03-02T00:00:00")) == utc("2026-03-07T00:00:00")
    assert desk.add(utc("2026-03-06T00:00:00"), DAY) == utc("2026-03-07T00:00:00")


def test_the_last_minute_before_midnight_is_work_like_any_other():
    desk = schedule(windows=[("18:00", "00:00")])
    assert desk.between(utc("2026-03-02T23:59:00"), utc("2026-03-03T00:01:00")) == 60
    assert desk.add(utc("2026-03-02T23:59:30"), 60) == utc("2026-03-03T18:00:30")


# A holiday shifted by the zone

@pytest.mark.parametrize(("zone", "begins"), [
    ("Asia/Tokyo", "2026-12-24T15:00:00"),
    ("Pacific/Auckland", "2026-12-24T11:00:00"),  # summer there: thirteen hours ahead
    ("America/Los_Angeles", "2026-12-25T08:00:00"),
])
def test_christmas_is_the_date_on_the_wall_from_its_first_second_to_its_last(zone, begins):
    desk = schedule(zone, ALL_DAY, WEEKDAYS, holidays=["2026-12-25"])
    midnight = utc(begins)
    assert desk.is_open(midnight - SECOND)
    assert desk.next_close(midnight - SECOND) == midnight
    assert desk.next_open(midnight) == midnight + timedelta(hours=24)
    assert desk.between(midnight - timedelta(days=1), midnight + timedelta(days=2)) == 2 * DAY
    assert desk.is_holiday_closed(midnight)
    assert not desk.is_holiday_closed(midnight + timedelta(hours=24))


@pytest.mark.parametrize(("zone", "still", "already"), [
    # where it is the day before, or already the day after, by the date in UTC
    ("Asia/Tokyo", "2026-12-24T00:30:00", "2026-12-25T00:00:00"),
    ("Pacific/Auckland", "2026-12-23T20:30:00", "2026-12-24T20:00:00"),
    ("America/Los_Angeles", "2026-12-25T00:30:00", "2026-12-26T00:30:00"),
])
def test_the_office_works_on_the_eve_and_not_on_the_holiday_whatever_the_date_in_utc(zone, still, already):
    office = schedule(zone, holidays=["2026-12-25"])
    assert office.is_open(utc(still))
    assert not office.is_open(utc(already))
    assert office.is_holiday_closed(utc(already))


def test_an_exception_and_a_closure_are_local_dates_too():
    tokyo = schedule("Asia/Tokyo", closures={"2026-12-24": [["13:00", "24:00"]]},
                     exceptions={"2026-12-28": [["10:00", "12:00"]]})
    assert tokyo.next_close(utc("2026-12-24T00:00:00")) == utc("2026-12-24T04:00:00")
    assert tokyo.next_open(utc("2026-12-24T04:00:00")) == utc("2026-12-25T00:00:00")
    assert tokyo.between(utc("2026-12-27T15:00:00"), utc("2026-12-28T15:00:00")) == 2 * HOUR


# Yesterday computed with today's offset

@pytest.mark.parametrize(("noon", "opens", "closes"), [
    ("2026-03-07T17:00:00", "2026-03-08T03:00:00", "2026-03-08T10:00:00"),  # 22:00 in winter time, 06:00 in summer time
    ("2026-10-31T16:00:00", "2026-11-01T02:00:00", "2026-11-01T11:00:00"),
    ("2026-07-04T16:00:00", "2026-07-05T02:00:00", "2026-07-05T10:00:00"),
])
def test_the_night_of_a_clock_change_begins_by_the_evening_clock_and_ends_by_the_morning_clock(noon, opens, closes):
    assert NEW_YORK.next_open(utc(noon)) == utc(opens)
    assert NEW_YORK.next_close(utc(noon)) == utc(closes)
    length = (utc(closes) - utc(opens)) // SECOND
    assert NEW_YORK.between(utc(noon), utc(noon) + timedelta(hours=24)) == length
    assert NEW_YORK.add(utc(closes), -length) == utc(opens)


def test_asked_after_the_change_the_night_still_counts_on_the_evening_it_began():
    for morning in ("2026-03-08T09:59:59", "2026-11-01T10:59:59"):
        eve = utc(morning).date() - timedelta(days=1)
        assert NEW_YORK.day_of(utc(morning)) == eve
        assert NEW_YORK.day_of(utc(morning) + SECOND) == utc(morning).date()


def test_a_night_is_half_an_hour_longer_where_clocks_go_back_by_half_an_hour():
    lord_howe = schedule("Australia/Lord_Howe", NIGHT, WEEKDAYS)
    assert lord_howe.next_open(utc("2026-04-04T06:00:00")) == utc("2026-04-04T11:00:00")
    assert lord_howe.next_close(utc("2026-04-04T06:00:00")) == utc("2026-04-04T19:30:00")


def test_where_midnight_itself_is_skipped_the_night_goes_on_from_before_to_behind_it():
    cairo = schedule("Africa/Cairo", NIGHT, WEEKDAYS)  # on 26 April 2024 the day began at 01:00
    assert cairo.next_open(utc("2024-04-25T12:00:00")) == utc("2024-04-25T20:00:00")
    assert cairo.next_close(utc("2024-04-25T12:00:00")) == utc("2024-04-26T03:00:00")
    assert cairo.day_of(utc("2024-04-25T22:00:00")) == date(2024, 4, 25)


def test_the_day_before_a_change_has_the_hours_of_its_own_offset():
    office = schedule("Europe/Paris", days=WEEKDAYS)
    sunday_noon = utc("2026-03-29T10:00:00")
    assert office.add(sunday_noon, -3 * HOUR - 8 * HOUR) == utc("2026-03-28T08:00:00")  # 09:00 in winter time


# The tail of a night lost

def test_friday_night_goes_on_into_a_saturday_that_has_no_windows():
    desk = schedule(windows=NIGHT, days=WORKDAYS)
    assert desk.is_open(utc("2026-03-07T05:59:59"))
    assert desk.next_close(utc("2026-03-06T23:00:00")) == utc("2026-03-07T06:00:00")
    assert desk.add(utc("2026-03-06T23:00:00"), 8 * HOUR) == utc("2026-03-09T23:00:00")
    assert desk.between(utc("2026-03-07"), utc("2026-03-08")) == 6 * HOUR


@pytest.mark.parametrize("eve", ["2026-12-31", "2028-02-28", "2028-02-29", "2026-04-30"])
def test_a_night_goes_on_into_the_next_month_and_the_next_year(eve):
    desk = schedule(windows=[], exceptions={eve: NIGHT})
    opens = utc(f"{eve}T22:00:00")
    assert desk.next_close(opens) == opens + timedelta(hours=8)
    assert desk.day_of(opens + timedelta(hours=7)) == opens.date()


def test_a_holiday_takes_the_tail_of_its_eve_and_lends_none_to_the_morning_after():
    desk = schedule(windows=NIGHT, days=WEEKDAYS, holidays=["2026-03-07"])
    assert desk.between(utc("2026-03-06T12:00:00"), utc("2026-03-07T12:00:00")) == 2 * HOUR
    assert desk.between(utc("2026-03-07T12:00:00"), utc("2026-03-08T12:00:00")) == 0
    assert desk.between(utc("2026-03-08T12:00:00"), utc("2026-03-09T12:00:00")) == 8 * HOUR


def test_the_night_of_an_exception_goes_on_into_the_day_after_which_keeps_its_own_hours():
    desk = schedule(exceptions={"2026-03-04": [["20:00", "03:00"]]})
    assert desk.next_close(utc("2026-03-04T20:00:00")) == utc("2026-03-05T03:00:00")
    assert desk.next_open(utc("2026-03-05T03:00:00")) == utc("2026-03-05T09:00:00")
    assert desk.between(utc("2026-03-04"), utc("2026-03-06")) == 7 * HOUR + 8 * HOUR


def test_an_exception_keeps_the_tail_of_the_evening_before_and_adds_its_own_hours():
    desk = schedule(windows=NIGHT, days=WEEKDAYS, exceptions={"2026-03-04": [["09:00", "12:00"]]})
    assert desk.next_close(utc("2026-03-03T22:00:00")) == utc("2026-03-04T06:00:00")
    assert desk.next_open(utc("2026-03-04T06:00:00")) == utc("2026-03-04T09:00:00")
    assert desk.next_open(utc("2026-03-04T12:00:00")) == utc("2026-03-05T22:00:00")


def test_a_closure_takes_its_hours_out_of_a_tail_and_leaves_the_rest_of_the_night():
    desk = schedule(windows=NIGHT, days=WEEKDAYS, closures={"2026-03-04": [["02:00", "04:00"], ["21:00", "24:00"]]})
    assert desk.next_close(utc("2026-03-03T22:00:00")) == utc("2026-03-04T02:00:00")
    assert desk.next_open(utc("2026-03-04T02:00:00")) == utc("2026-03-04T04:00:00")
    assert desk.day_of(utc("2026-03-04T05:00:00")) == date(2026, 3, 3)
    assert desk.day_of(utc("2026-03-04T03:00:00")) == date(2026, 3, 4)
    assert desk.is_holiday_closed(utc("2026-03-04T03:00:00"))
    assert desk.next_open(utc("2026-03-04T06:00:00")) == utc("2026-03-05T00:00:00")  # begun in closed hours: its tail
    assert desk.next_close(utc("2026-03-05T00:00:00")) == utc("2026-03-05T06:00:00")


# A search without end

def never(**more):
    return Schedule.from_dict({"zone": "Europe/Paris", "weekly": {}, **more})


@pytest.mark.parametrize("desk", [
    never(),
    never(weekly={day: [] for day in WEEKDAYS}),
    never(holidays=dates("2000-01-01", "2037-12-31")),
    never(exceptions={day: [] for day in dates("2020-01-01", "2029-12-31")}),
    never(exceptions={day: [["09:00", "17:00"]] for day in dates("2020-01-01", "2026-03-01")}),
    never(exceptions={"2026-03-03": [["09:00", "17:00"]]}, closures={"2026-03-03": [["08:00", "18:00"]],
                                                                     "2026-03-04": [["00:00", "24:00"]]}),
], ids=["nothing", "no windows", "only holidays", "only empty exceptions", "only past exceptions", "both on one date"])
def test_what_never_opens_again_says_so_at_once(desk):
    at, began = utc("2026-03-05T12:00:00"), time.process_time()
    for _ in range(1_000):
        assert desk.next_open(at) is None
        assert desk.next_close(at) is None
        assert desk.day_after(at) is None
        assert desk.add(at, 10**12) is None
    assert time.process_time() - began < 5  # a walk over days would take hours


def test_with_nothing_before_it_the_way_back_ends_at_once_too():
    desk = never(exceptions={"2026-03-04": [["09:00", "17:00"]]})
    assert desk.add(utc("2026-03-04T08:00:00"), -1) is None
    assert desk.add(utc("2026-03-04T16:00:00"), -8 * HOUR) == utc("2026-03-04T08:00:00")


def test_a_holiday_on_every_day_of_a_century_is_passed_over_in_one_leap():
    desk = schedule("Asia/Kolkata", holidays=dates("2000-01-01", "2099-12-31"))
    began = time.process_time()
    for _ in range(1_000):
        assert desk.next_open(utc("2000-01-01")) == utc("2100-01-01T03:30:00")
        assert desk.add(utc("2090-01-01"), -1) == utc("1999-12-31T11:29:59")
    assert time.process_time() - began < 5


def test_a_closure_over_the_hours_of_every_day_of_a_year_leaves_nothing_to_find_in_it():
    all_year = dates("2026-01-01", "2026-12-31")
    desk = schedule(closures={day: [["08:00", "12:00"], ["12:00", "18:00"]] for day in all_year})
    assert desk.between(utc("2026-01-01"), utc("2027-01-01")) == 0
    assert desk.next_open(utc("2026-01-01")) == utc("2027-01-01T09:00:00")
