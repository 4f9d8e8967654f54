"""Events that repeat: rules and their ends, dates left out, added and moved, and clocks that change in between."""

import pytest

from tests.sources.feeds import ALL_DAY, closed, closing, event, feed


def days(*lines, years=(2026,), zone=""):
    return list(closing(*lines, years=years, zone=zone))


# --- Rules -----------------------------------------------------------------------------------------------------------


def test_a_yearly_holiday_begun_long_ago_is_told_for_the_years_asked_for():
    assert days("DTSTART;VALUE=DATE:19700714", "RRULE:FREQ=YEARLY", years=[2026, 2028]) == ["2026-07-14", "2028-07-14"]
    assert days("DTSTART;VALUE=DATE:16040714", "RRULE:FREQ=YEARLY") == ["2026-07-14"]


@pytest.mark.parametrize(("rule", "expected"), [
    ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2026-11-26"]),
    ("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", ["2026-05-25"]),
    ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1", ["2026-01-01", "2026-07-01"]),
    ("FREQ=YEARLY;BYYEARDAY=-1", ["2026-12-31"]),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", ["2026-12-28"]),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=1", []),
    ("FREQ=MONTHLY;COUNT=36;BYDAY=FR;BYMONTHDAY=13", ["2026-02-13", "2026-03-13", "2026-11-13"]),
    ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR;BYMONTH=1,2", ["2026-01-30", "2026-02-27"]),
    ("freq=weekly;interval=26;byday=th", ["2026-01-01", "2026-07-02", "2026-12-31"]),
])
def test_a_rule_is_worked_out(rule, expected):
    start = "DTSTART;VALUE=DATE:20250101"
    assert days(start, "RRULE:" + rule, "EXDATE;VALUE=DATE:20250101") == expected


def test_29_february_comes_in_leap_years_only():
    assert days("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY", years=range(2024, 2034)) == [
        "2024-02-29", "2028-02-29", "2032-02-29"]


def test_the_first_date_counts_whether_or_not_the_rule_fits_it():
    assert days("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3") == [
        "2026-01-01", "2026-01-05", "2026-01-12"]


def test_a_count_is_counted_from_the_first_date_however_long_ago():
    assert days("DTSTART;VALUE=DATE:20251229", "RRULE:FREQ=DAILY;COUNT=5") == ["2026-01-01", "2026-01-02"]
    assert days("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=YEARLY;COUNT=6") == []
    assert days("DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=DAILY;COUNT=1") == ["2026-05-01"]


@pytest.mark.parametrize("until", ["20260115", "20260115T000000Z", "20260121T235959Z"])
def test_the_last_date_of_whole_days_may_be_written_with_a_time(until):
    assert days("DTSTART;VALUE=DATE:20260101", f"RRULE:FREQ=WEEKLY;UNTIL={until}") == [
        "2026-01-01", "2026-01-08", "2026-01-15"]


@pytest.mark.parametrize(("until", "last"), [
    ("20260115T170000Z", "2026-01-15"),  # 18:00 in Paris, the very start
    ("20260115T165959Z", "2026-01-08"),
    ("20260115T180000", "2026-01-15"),
    ("20260115", "2026-01-15"),
])
def test_the_last_start_is_told_on_the_clock_of_the_event(until, last):
    start = ["DTSTART;TZID=Europe/Paris:20260101T180000", "DURATION:PT1H"]
    assert days(*start, f"RRULE:FREQ=WEEKLY;UNTIL={until}")[-1] == last


def test_several_rules_add_up():
    assert days("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1") == [
        "2026-01-01", "2026-05-01"]


def test_a_repeated_event_of_several_days_closes_all_of_them():
    assert days("DTSTART;VALUE=DATE:20001224", "DTEND;VALUE=DATE:20001227", "RRULE:FREQ=YEARLY") == [
        "2026-12-24", "2026-12-25", "2026-12-26"]


def test_what_began_in_the_last_days_of_the_year_before_reaches_into_the_year():
    assert days("DTSTART;VALUE=DATE:20001230", "DURATION:P5D", "RRULE:FREQ=YEARLY") == [
        "2026-01-01", "2026-01-02", "2026-01-03", "2026-12-30", "2026-12-31"]


# --- Clocks that change ----------------------------------------------------------------------------------------------


def test_every_week_at_18_stays_at_18_when_clocks_change():
    told = closing("DTSTART;TZID=Europe/Paris:20260316T180000", "DTEND;TZID=Europe/Paris:20260316T200000",
                   "RRULE:FREQ=WEEKLY;COUNT=4", zone="Europe/Paris")
    assert told == dict.fromkeys(["2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06"], "18:00-20:00")


def test_every_week_at_18_in_paris_is_an_hour_off_in_new_york_while_only_one_has_changed_its_clocks():
    told = closing("DTSTART;TZID=Europe/Paris:20260302T180000", "DTEND;TZID=Europe/Paris:20260302T200000",
                   "RRULE:FREQ=WEEKLY;COUNT=5", zone="America/New_York")
    assert told == {"2026-03-02": "12:00-14:00", "2026-03-09": "13:00-15:00", "2026-03-16": "13:00-15:00",
                    "2026-03-23": "13:00-15:00", "2026-03-30": "12:00-14:00"}


def test_what_repeats_in_utc_moves_with_the_clocks():
    told = closing("DTSTART:20260323T170000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2", zone="Europe/Paris")
    assert told == {"2026-03-23": "18:00-19:00", "2026-03-30": "19:00-20:00"}


def test_hours_that_clocks_skip_close_what_is_left_of_them():
    told = closing("DTSTART;TZID=Europe/Paris:20260328T013000", "DURATION:PT2H", "RRULE:FREQ=DAILY;COUNT=2", zone="UTC")
    assert told == {"2026-03-28": "00:30-02:30", "2026-03-29": "00:30-01:30"}


# --- Left out, added, moved ------------------------------------------------------------------------------------------

SUMMER_FRIDAYS = ["UID:fridays", "DTSTART;TZID=Europe/Paris:20260703T140000", "DURATION:PT4H",
                  "RRULE:FREQ=WEEKLY;COUNT=4"]


@pytest.mark.parametrize("left_out", [
    "EXDATE;TZID=Europe/Paris:20260710T140000",
    "EXDATE:20260710T120000Z",
    "EXDATE;TZID=America/New_York:20260710T080000",
    "EXDATE:20260710T140000",
    "EXDATE;VALUE=DATE:20260710",
    "EXDATE;TZID=Europe/Paris:20260101T140000,20260710T140000",
])
def test_a_date_is_left_out_however_it_is_told(left_out):
    assert days(*SUMMER_FRIDAYS, left_out) == ["2026-07-03", "2026-07-17", "2026-07-24"]


def test_a_left_out_time_at_which_nothing_starts_leaves_nothing_out():
    assert len(days(*SUMMER_FRIDAYS, "EXDATE;TZID=Europe/Paris:20260710T150000")) == 4


def test_whole_days_are_left_out_by_a_date_with_a_time_too():
    assert days("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260102T000000Z") == [
        "2026-01-01", "2026-01-03"]


def test_dates_are_added_with_the_time_and_length_of_the_event_or_their_own():
    told = closing(*SUMMER_FRIDAYS[:3], "RDATE;VALUE=DATE:20260801", "RDATE;TZID=Europe/Paris:20260802T100000",
                   "RDATE;VALUE=PERIOD:20260803T060000Z/PT1H,20260804T060000Z/20260804T080000Z", "RDATE:")
    assert told == {"2026-07-03": "14:00-18:00", "2026-08-01": "14:00-18:00", "2026-08-02": "10:00-14:00",
                    "2026-08-03": "08:00-09:00", "2026-08-04": "08:00-10:00"}
    assert days("DTSTART;VALUE=DATE:20260101", "RDATE;VALUE=DATE:20260501,20260514") == [
        "2026-01-01", "2026-05-01", "2026-05-14"]


@pytest.mark.parametrize("which", ["RECURRENCE-ID;TZID=Europe/Paris:20260710T140000", "RECURRENCE-ID:20260710T120000Z",
                                   "RECURRENCE-ID;VALUE=DATE:20260710"])
def test_one_of_them_may_be_moved(which):
    moved = event("UID:fridays", which, "DTSTART;TZID=Europe/Paris:20260709T120000", "DURATION:PT1H")
    for text in (feed(event(*SUMMER_FRIDAYS), moved), feed(moved, event(*SUMMER_FRIDAYS))):
        assert closed(text) == {"2026-07-03": "14:00-18:00", "2026-07-09": "12:00-13:00", "2026-07-17": "14:00-18:00",
                                "2026-07-24": "14:00-18:00"}


def test_one_of_them_may_be_cancelled():
    cancelled = event("UID:fridays", "RECURRENCE-ID;TZID=Europe/Paris:20260710T140000", "STATUS:CANCELLED",
                      "DTSTART;TZID=Europe/Paris:20260710T140000")
    assert list(closed(feed(event(*SUMMER_FRIDAYS), cancelled))) == ["2026-07-03", "2026-07-17", "2026-07-24"]


def test_moving_one_of_another_event_changes_nothing():
    for uid in (["UID:mondays"], []):
        moved = event(*uid, "RECURRENCE-ID;TZID=Europe/Paris:20260710T140000", "DTSTART:20260801", "STATUS:CANCELLED")
        assert len(closed(feed(event(*SUMMER_FRIDAYS), moved))) == 4


def test_a_moved_one_whose_event_is_not_in_the_file_counts_by_itself():
    assert closing("UID:gone", "RECURRENCE-ID:20260710T140000Z", "DTSTART:20260709") == {"2026-07-09": ALL_DAY}


def test_redundant_times_of_a_rule_are_let_pass():
    assert len(days("DTSTART:20260101T093000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3;BYHOUR=9;BYMINUTE=30")) == 3
    assert len(days("DTSTART:20260101", "RRULE:FREQ=DAILY;COUNT=3;BYHOUR=0;BYMINUTE=0;RSCALE=GREGORIAN")) == 3
