"""A week's hours as strips, holidays, nights and changing clocks included."""

from __future__ import annotations

from datetime import date

from entitlements.web.pages.strip import day_strip, next_days, week_strip
from tests.builders import a_schedule, utc, weekly

HOUR = 3600


def test_the_week_begins_on_monday_and_knows_today() -> None:
    days = week_strip(a_schedule(), utc("2026-03-11 10:30"))
    assert [day.day for day in days] == [date(2026, 3, number) for number in range(9, 16)]
    assert [day.now for day in days] == [None, None, 11 * HOUR + 1800, None, None, None, None]
    assert [day.is_past for day in days] == [True, True, False, False, False, False, False]


def test_today_is_the_day_in_the_schedules_zone() -> None:
    days = next_days(a_schedule("Asia/Tokyo"), utc("2026-03-09 16:00"))
    assert (days[0].day, days[0].now) == (date(2026, 3, 10), HOUR)


def test_business_hours_are_one_stretch_and_the_weekend_is_closed() -> None:
    days = week_strip(a_schedule(), utc("2026-03-11 10:30"))
    assert [day.stretches for day in days[4:6]] == [((9 * HOUR, 17 * HOUR),), ()]
    assert [day.words for day in days[4:6]] == ["09:00-17:00", "closed"]


def test_a_night_shift_lies_on_both_days() -> None:
    schedule = a_schedule(week=weekly(("mon",), "22:00", "06:00"))
    monday, tuesday = week_strip(schedule, utc("2026-03-11 10:30"))[:2]
    assert monday.stretches == ((22 * HOUR, 24 * HOUR),)
    assert tuesday.stretches == ((0, 6 * HOUR),)


def test_windows_that_touch_are_drawn_as_one() -> None:
    schedule = a_schedule(week={"mon": [["20:00", "04:00"]], "tue": [["04:00", "10:00"]]})
    assert day_strip(schedule, date(2026, 3, 10), utc("2026-03-11 10:30")).stretches == ((0, 10 * HOUR),)


def test_a_holiday_and_an_exception_say_so() -> None:
    schedule = a_schedule(holidays=["2026-03-12"], exceptions={"2026-03-13": [["10:00", "12:00"]]})
    thursday, friday = week_strip(schedule, utc("2026-03-11 10:30"))[3:5]
    assert (thursday.stretches, thursday.note) == ((), "closed for a holiday")
    assert (friday.stretches, friday.note) == (((10 * HOUR, 12 * HOUR),), "other hours than usual")


def test_hours_that_a_holiday_closes_are_missing_and_the_day_says_why() -> None:
    schedule = a_schedule(closures={"2026-03-12": [["13:00", "24:00"]]})
    thursday = day_strip(schedule, date(2026, 3, 12), utc("2026-03-11 10:30"))
    assert (thursday.stretches, thursday.note) == (((9 * HOUR, 13 * HOUR),), "holiday hours")


def test_a_holiday_ends_the_night_before_it_at_midnight() -> None:
    schedule = a_schedule(week=weekly(("wed",), "22:00", "06:00"), holidays=["2026-03-12"])
    wednesday, thursday = week_strip(schedule, utc("2026-03-11 10:30"))[2:4]
    assert (wednesday.stretches, thursday.stretches) == (((22 * HOUR, 24 * HOUR),), ())


def test_days_on_which_clocks_change_are_as_long_as_the_others_and_say_so() -> None:
    spring = day_strip(a_schedule(week=weekly(("sun",))), date(2026, 3, 29), utc("2026-03-29 10:00"))
    autumn = day_strip(a_schedule(week=weekly(("sun",))), date(2026, 10, 25), utc("2026-10-25 10:00"))
    assert (spring.note, spring.now) == ("clocks go forward: 23 hours long", 12 * HOUR)
    assert (autumn.note, autumn.now) == ("clocks go back: 25 hours long", 11 * HOUR)
    assert spring.stretches == autumn.stretches == ((9 * HOUR, 17 * HOUR),)
