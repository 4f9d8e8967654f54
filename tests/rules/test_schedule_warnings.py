"""What an admin is warned of before saving: each warning when it is due, and not when it is not."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_warnings import (
    MOST_DATES,
    TELL_DAYS,
    WARN_DAYS,
    WARNINGS,
    WarningName,
    holidays_end_on,
    warnings_of,
)
from entitlements.rules.windows import WEEKDAYS, time_text
from tests.rules.desks import OFFICE, schedule, utc

TODAY = date(2026, 3, 2)
ALL_DAY = [("00:00", "24:00")]


def night(*windows, zone="Europe/Paris", **more):
    return schedule(zone, windows, WEEKDAYS, **more)


def warned(desk, today=TODAY):
    return [warning.name for warning in warnings_of(desk, today)]


def told(desk, name, today=TODAY):
    """The sentences of that warning."""
    return [warning.message for warning in warnings_of(desk, today) if warning.name == name]


def test_a_plain_office_gets_no_warning():
    assert warnings_of(OFFICE, TODAY) == ()
    assert warnings_of(schedule("Europe/Paris", holidays=["2026-12-25"]), TODAY) == ()


def test_every_warning_has_a_function_of_its_own():
    assert set(WARNINGS) == set(WarningName)


# never_opens

def test_a_schedule_that_never_opens_is_pointed_out_and_nothing_else_is_said_about_its_hours():
    (warning,) = warnings_of(schedule(days=()), TODAY)
    assert (warning.name, warning.where) == (WarningName.NEVER_OPENS, "")
    assert warning.message == "It never opens, so that no ticket can be promised a time."


def test_a_schedule_whose_last_open_date_has_gone_by_does_not_open_again():
    once = schedule(days=(), exceptions={"2026-03-02": [("09:00", "17:00")]})
    assert "never_opens" not in warned(once, date(2026, 3, 2))
    assert told(once, "never_opens", date(2026, 3, 3)) == [
        "It does not open again: the last date with open hours has gone by."]


def test_a_desk_that_only_opens_past_the_known_clocks_is_not_said_to_stay_closed():
    assert "never_opens" not in warned(schedule("Europe/Paris", days=(), exceptions={"2040-01-02": ALL_DAY}))


# opens_under_an_hour_a_week

@pytest.mark.parametrize(("windows", "days", "message"), [
    ([("09:00", "09:59:59")], ["mon"], "In a usual week it is open for 59 minutes 59 seconds only."),
    ([("09:00", "09:05")], WEEKDAYS, "In a usual week it is open for 35 minutes only."),
    ([("09:00", "09:40"), ("09:10", "09:45")], ["mon"], "In a usual week it is open for 45 minutes only."),
    ([("23:59:59", "24:00")], ["sun"], "In a usual week it is open for 1 second only."),
])
def test_less_than_an_hour_a_week_is_hardly_meant(windows, days, message):
    assert told(schedule(windows=windows, days=days), "opens_under_an_hour_a_week") == [message]


def test_an_hour_a_week_is_enough_also_when_it_lies_across_midnight():
    assert warned(schedule(windows=[("09:00", "10:00")], days=["mon"])) == []
    assert warned(schedule(windows=[("23:30", "00:30")], days=["sun"])) == []


def test_a_desk_that_opens_on_single_dates_only_is_told_so():
    fair = schedule(days=(), exceptions={"2026-09-01": [("09:00", "17:00")]})
    assert told(fair, "opens_under_an_hour_a_week") == [
        "In a usual week it does not open at all, only on single dates."]


# window_in_clock_change

SPRING = "On 29 March 2026 clocks in Paris go from 02:00 to 03:00: "
AUTUMN = "On 25 October 2026 clocks in Paris go back from 03:00 to 02:00: "


@pytest.mark.parametrize(("window", "spring", "autumn"), [
    (("02:30", "06:00"), "the window 02:30-06:00 opens at 03:00.",
     "the window 02:30-06:00 is open twice from 02:30 to 03:00, 30 minutes longer in all."),
    (("22:00", "02:30"), "the window 22:00-02:30 closes at 02:00.",
     "the window 22:00-02:30 is open twice from 02:00 to 02:30, 30 minutes longer in all."),
    (("02:10", "02:50:01"), "the window 02:10-02:50:01 is skipped whole, so that it does not open.",
     "the window 02:10-02:50:01 is open twice from 02:10 to 02:50:01, 40 minutes 1 second longer in all."),
])
def test_an_edge_inside_a_clock_change_is_told_with_what_happens(window, spring, autumn):
    assert told(night(window), "window_in_clock_change") == [SPRING + spring, AUTUMN + autumn]


def test_the_place_of_a_clock_warning_is_the_date():
    assert [warning.where for warning in warnings_of(night(("02:30", "06:00")), TODAY)] == ["2026-03-29", "2026-10-25"]


def test_what_is_told_is_what_happens():
    late, early = night(("02:30", "06:00")), night(("22:00", "02:30"))
    assert late.local(late.next_open(utc("2026-03-29T00:00"))).isoformat() == "2026-03-29T03:00:00"
    assert early.next_close(utc("2026-03-28T23:00")) == utc("2026-03-29T01:00")
    usual = late.between(utc("2026-10-23T22:00"), utc("2026-10-24T22:00"))
    assert late.between(utc("2026-10-24T22:00"), utc("2026-10-25T23:00")) == usual + 30 * 60


@pytest.mark.parametrize("windows", [
    ALL_DAY, [("22:00", "06:00")], [("02:00", "03:00"), ("03:00", "01:00"), ("01:00", "02:00")],
    [("00:00", "02:30"), ("02:30", "08:00")], [("00:00", "02:00")], [("03:00", "08:00")], [("00:00", "03:00")],
])
def test_hours_that_cover_all_of_a_change_or_none_of_it_are_not_mentioned(windows):
    assert warned(night(*windows)) == []


def test_a_zone_without_summer_time_is_never_warned_of_its_clocks():
    assert warned(night(("02:30", "06:00"), zone="Asia/Kolkata")) == []


def test_only_the_changes_of_the_coming_year_are_told():
    desk = night(("02:30", "06:00"))
    assert [message[:16] for message in told(desk, "window_in_clock_change", date(2026, 3, 29))] == [
        "On 29 March 2026", "On 25 October 20", "On 28 March 2027"]
    assert [message[:16] for message in told(desk, "window_in_clock_change", date(2026, 3, 30))] == [
        "On 25 October 20", "On 28 March 2027"]
    assert told(desk, "window_in_clock_change", date(2037, 11, 1)) == []


def test_a_holiday_or_an_exception_on_the_date_counts():
    assert len(told(night(("02:30", "06:00"), holidays=["2026-03-29"]), "window_in_clock_change")) == 1
    assert len(told(night(("22:00", "06:00"), exceptions={"2026-03-29": [("02:15", "02:45")]}),
                    "window_in_clock_change")) == 0  # the night before covers it all
    assert len(told(night(("09:00", "17:00"), exceptions={"2026-03-29": [("02:15", "02:45")]}),
                    "window_in_clock_change")) == 1


def test_a_change_at_midnight_is_told_in_the_times_of_its_own_date():
    cairo = schedule("Africa/Cairo", [("23:30", "00:30")], WEEKDAYS)
    assert told(cairo, "window_in_clock_change") == [
        "On 24 April 2026 clocks in Cairo go from 00:00 to 01:00: the window 23:30-00:30 closes at 24:00.",
        "On 29 October 2026 clocks in Cairo go back from 24:00 to 23:00: "
        "the window 23:30-00:30 is open twice from 23:30 to 24:00, 30 minutes longer in all."]


def test_a_skipped_date_is_told_window_by_window():
    apia = schedule("Pacific/Apia", [("09:00", "17:00"), ("20:00", "02:00")], WEEKDAYS)
    begin = "On 30 December 2011 clocks in Apia go from 00:00 to 24:00: "
    assert [message.removeprefix(begin) for message in told(apia, "window_in_clock_change", date(2011, 12, 1))] == [
        "the window 20:00-02:00 closes at 24:00.",
        "the window 09:00-17:00 is skipped whole, so that it does not open.",
        "the window 20:00-02:00 opens at 00:00."]


def test_days_without_a_pause_are_told_by_the_end_that_people_know():
    week = {**dict.fromkeys(WEEKDAYS[:6], ALL_DAY), "sun": [("00:00", "02:30")]}
    desk = Schedule.from_dict({"zone": "Europe/Paris", "weekly": week})
    assert told(desk, "window_in_clock_change") == [
        SPRING + "the window until 02:30 closes at 02:00.",
        AUTUMN + "the window until 02:30 is open twice from 02:00 to 02:30, 30 minutes longer in all."]


def test_a_zone_that_is_not_named_after_a_city_is_called_by_its_name():
    (message,) = told(night(("02:30", "06:00"), zone="US/Eastern"), "window_in_clock_change")
    assert message.startswith("On 8 March 2026 clocks in US/Eastern go ")
    (message,) = told(night(("02:30", "06:00"), zone="America/New_York"), "window_in_clock_change")
    assert message.startswith("On 8 March 2026 clocks in New York go ")


def test_of_many_windows_in_one_change_the_first_few_are_told():
    every_ten_minutes = [(f"02:{minute:02}", f"02:{minute + 5:02}") for minute in range(0, 60, 10)]
    assert len(told(night(*every_ten_minutes), "window_in_clock_change")) == 2 * MOST_DATES


# A change is mentioned exactly when somebody at the desk would notice: compared with the same hours in a zone
# whose clock never changes, minute by minute.

CHANGES = [("Europe/Paris", "2026-03-29T02:00", 60), ("Europe/Paris", "2026-10-25T02:00", -60),
           ("Africa/Cairo", "2026-04-24T00:00", 60), ("Africa/Cairo", "2026-10-29T23:00", -60),
           ("Australia/Lord_Howe", "2026-10-04T02:00", 30), ("Antarctica/Troll", "2026-03-29T01:00", 120)]
minutes = st.integers(0, 5 * 60).map(lambda minute: time_text(minute * 60)) | st.sampled_from(["22:00", "23:30"])
windows_of_a_night = st.lists(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]), max_size=3)


@settings(max_examples=150)
@given(st.sampled_from(CHANGES), st.dictionaries(st.sampled_from(WEEKDAYS), windows_of_a_night))
def test_a_change_is_mentioned_exactly_when_it_shows(change, week):
    zone, low, length = change
    low = utc(low)
    mentioned = any(warning.where == low.date().isoformat()
                    for warning in warnings_of(Schedule.from_dict({"zone": zone, "weekly": week}), TODAY))
    by_the_wall = Schedule.from_dict({"zone": "UTC", "weekly": week})
    inside = [by_the_wall.is_open(low + timedelta(minutes=minute)) for minute in range(abs(length))]
    opens_with_it = length > 0 and inside[0] and not by_the_wall.is_open(low - timedelta(minutes=1))
    assert mentioned == (len(set(inside)) > 1 or opens_with_it)


# ends_at_2359

def test_an_end_at_23_59_is_the_classic_mistake():
    (warning,) = warnings_of(schedule(windows=[("00:00", "23:59")], days=WEEKDAYS), TODAY)
    assert (warning.name, warning.where) == (WarningName.ENDS_AT_2359, "weekly")
    assert warning.message == ("On mon-sun a window ends at 23:59, so that the last minute of the day is closed; "
                               "write 24:00.")


def test_exceptions_and_closures_are_looked_at_too_from_today_on():
    early = [("18:00", "23:59")]
    desk = schedule(exceptions={"2026-03-01": early, "2026-03-02": early, "2026-04-01": [("18:00", "24:00")]},
                    closures={"2026-12-31": early}, holidays=["2027-01-01"])
    assert [(warning.name, warning.where) for warning in warnings_of(desk, TODAY)] == [
        ("ends_at_2359", "exceptions.2026-03-02"), ("ends_at_2359", "closures.2026-12-31")]
    assert [message[:20] for message in told(desk, "ends_at_2359")] == ["On 2 March 2026 a wi", "On 31 December 2026 "]


@pytest.mark.parametrize("windows", [
    ALL_DAY, [("00:00", "23:59:59")], [("00:00", "00:00:01"), ("00:00:01", "00:00")], [("00:00", "23:58")],
    [("08:00", "23:59"), ("23:59", "06:00")], [("08:00", "23:59"), ("22:00", "24:00")],
])
def test_other_ends_late_in_the_day_are_what_they_seem(windows):
    assert warned(schedule(windows=windows, days=WEEKDAYS)) == []


def test_of_many_dates_the_next_few_are_told():
    dates = {f"2026-05-{day:02}": [("18:00", "23:59")] for day in range(1, 20)}
    assert len(told(schedule(exceptions=dates), "ends_at_2359")) == MOST_DATES


# holidays_run_out

@pytest.mark.parametrize(("days_left", "message"), [
    (WARN_DAYS + 1, None),
    (WARN_DAYS, "The last of its holidays is on 1 May 2026; add those that follow."),
    (0, "The last of its holidays is on 1 May 2026; add those that follow."),
    (-1, "The last of its holidays was on 1 May 2026; add those that follow."),
    (-1_000, "The last of its holidays was on 1 May 2026; add those that follow."),
])
def test_holidays_are_said_to_run_out_from_sixty_days_before_the_last_one(days_left, message):
    desk = schedule(holidays=["2026-01-01", "2026-05-01"])
    today = date(2026, 5, 1) - timedelta(days=days_left)
    assert told(desk, "holidays_run_out", today) == ([message] if message else [])


def test_a_half_holiday_is_a_holiday_and_an_exception_is_not():
    half = schedule(holidays=["2026-05-01"], closures={"2026-12-24": [("13:00", "24:00")]},
                    exceptions={"2027-12-31": []})
    assert holidays_end_on(half) == date(2026, 12, 24)
    assert told(half, "holidays_run_out") == []


def test_a_schedule_that_never_had_holidays_cannot_run_out_of_them():
    assert holidays_end_on(OFFICE) is None
    assert warned(schedule(exceptions={"2025-12-31": []})) == []


def test_an_admin_is_told_by_itself_later_than_when_looking():
    assert TELL_DAYS == 30 < WARN_DAYS == 60


# All of it

def test_warnings_come_in_the_order_in_which_they_are_listed():
    desk = night(("02:30", "02:35"), holidays=["2026-03-09"], exceptions={"2026-12-31": [("18:00", "23:59")]})
    assert list(dict.fromkeys(warned(desk))) == [name for name in WarningName if name != WarningName.NEVER_OPENS]


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(CHANGES),
       st.dictionaries(st.sampled_from(WEEKDAYS), windows_of_a_night))
def test_any_schedule_can_be_looked_at_on_any_date(today, change, week):
    desk = Schedule.from_dict({"zone": change[0], "weekly": week, "holidays": ["2026-05-01"]})
    for warning in warnings_of(desk, today):
        assert warning.message[0].isupper() and warning.message.endswith(".")
        assert len(warning.message) < 250
