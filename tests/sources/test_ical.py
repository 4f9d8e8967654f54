"""What single events of an iCalendar file close: whole days, hours, and hours told on the clock of another zone."""

from datetime import date

import pytest

from entitlements.rules.holiday_set import Holiday
from entitlements.rules.windows import Window
from entitlements.sources.ical import ical_holidays
from tests.sources.feeds import ALL_DAY, closed, closing, event, feed, refused

# --- Whole days ------------------------------------------------------------------------------------------------------


def test_a_whole_day_is_closed_and_says_where_it_came_from():
    text = feed(event("SUMMARY:Company day", "DTSTART;VALUE=DATE:20260918", "DTEND;VALUE=DATE:20260919"))
    assert ical_holidays(text, "company.ics", [2026]) == (Holiday(date(2026, 9, 18), "Company day", "company.ics"),)


def test_the_end_of_a_whole_day_event_is_the_first_day_that_is_open_again():
    assert list(closing("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227")) == [
        "2026-12-24", "2026-12-25", "2026-12-26"]


@pytest.mark.parametrize("end", [[], ["DTEND;VALUE=DATE:20261224"], ["DURATION:P1D"], ["DURATION:PT12H"]])
def test_a_date_with_no_end_or_one_that_is_no_later_is_that_day(end):
    assert closing("DTSTART;VALUE=DATE:20261224", *end) == {"2026-12-24": ALL_DAY}


def test_a_length_in_days_or_weeks_says_the_end_as_well():
    assert list(closing("DTSTART;VALUE=DATE:20261230", "DURATION:P3D", years=[2026, 2027])) == [
        "2026-12-30", "2026-12-31", "2027-01-01"]
    assert len(closing("DTSTART;VALUE=DATE:20260803", "DURATION:P2W")) == 14


def test_only_the_years_asked_for_are_given():
    over_new_year = ["DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270103"]
    assert list(closing(*over_new_year, years=[2026])) == ["2026-12-30", "2026-12-31"]
    assert list(closing(*over_new_year, years=[2027])) == ["2027-01-01", "2027-01-02"]
    assert closing(*over_new_year, years=[2024, 2028]) == {}


@pytest.mark.parametrize("start", [
    "DTSTART:20261224", "DTSTART;VALUE=DATE:20261224T000000", "DTSTART;TZID=Europe/Paris;VALUE=DATE:20261224",
    "dtstart;value=date:20261224",
])
def test_a_date_may_be_written_in_the_ways_that_programs_write_it(start):
    assert closing(start, zone="America/New_York") == {"2026-12-24": ALL_DAY}


# --- Hours -----------------------------------------------------------------------------------------------------------


def test_an_event_with_times_closes_these_hours_only():
    assert closing("DTSTART:20261224T130000", "DTEND:20261224T180000") == {"2026-12-24": "13:00-18:00"}
    [holiday] = ical_holidays(feed(event("DTSTART:20261224T130000", "DURATION:PT30M")), "x", [2026])
    assert holiday.closed == (Window(13 * 3600, 13 * 3600 + 1800),)


def test_hours_past_midnight_are_cut_there_and_a_whole_date_among_them_is_closed_all_day():
    assert closing("DTSTART:20261224T130000", "DTEND:20261226T080000") == {
        "2026-12-24": "13:00-24:00", "2026-12-25": ALL_DAY, "2026-12-26": "00:00-08:00"}


@pytest.mark.parametrize("end", ["20261225T000000", "20261224T235959"])
def test_from_midnight_to_the_end_of_the_day_is_all_day(end):
    assert closing("DTSTART:20261224T000000", f"DTEND:{end}") == {"2026-12-24": ALL_DAY}


@pytest.mark.parametrize(("start", "end", "closes"), [
    ("130000", "235959", "13:00-24:00"),
    ("130000", "235900", "13:00-23:59"),
    ("130000", "175959", "13:00-18:00"),
    ("130030", "180030", "13:00-18:00"),
])
def test_seconds_are_dropped_but_a_last_second_means_the_minute_that_follows(start, end, closes):
    assert closing(f"DTSTART:20261224T{start}", f"DTEND:20261224T{end}") == {"2026-12-24": closes}


@pytest.mark.parametrize("end", [[], ["DTEND:20261224T130000"], ["DURATION:PT0S"], ["DTEND:20261224T130030"]])
def test_an_event_that_takes_no_time_closes_nothing(end):
    assert closing("DTSTART:20261224T130000", *end) == {}


# --- Several events --------------------------------------------------------------------------------------------------


def test_what_several_events_say_of_a_date_is_put_together():
    text = feed(event("SUMMARY:Christmas Eve", "DTSTART:20261224T160000", "DTEND:20261224T200000"),
                event("SUMMARY:Staff party", "DTSTART:20261224T120000", "DTEND:20261224T170000"),
                event("SUMMARY:Staff party", "DTSTART:20261224T080000", "DTEND:20261224T090000"))
    [holiday] = ical_holidays(text, "x", [2026])
    assert closed(text) == {"2026-12-24": "08:00-09:00, 12:00-20:00"}
    assert holiday.name == "Christmas Eve, Staff party"


def test_a_whole_day_wins_over_hours_and_so_do_hours_that_fill_the_day():
    hours = event("DTSTART:20261224T120000", "DTEND:20261225T000000")
    assert closed(feed(hours, event("DTSTART:20261224"))) == {"2026-12-24": ALL_DAY}
    assert closed(feed(hours, event("DTSTART:20261224T000000", "DTEND:20261224T120000"))) == {"2026-12-24": ALL_DAY}


def test_the_dates_come_in_order_whatever_the_order_of_the_file():
    assert list(closed(feed(event("DTSTART:20261225"), event("DTSTART:20260101"), event("DTSTART:20260501")))) == [
        "2026-01-01", "2026-05-01", "2026-12-25"]


def test_an_event_marked_as_free_time_counts_and_a_cancelled_one_does_not():
    assert closing("DTSTART:20261224", "TRANSP:TRANSPARENT") == {"2026-12-24": ALL_DAY}
    assert closing("DTSTART:20261224", "STATUS:CONFIRMED") == {"2026-12-24": ALL_DAY}
    assert closing("DTSTART:20261224", "STATUS:cancelled") == {}


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "name"), [
    ("SUMMARY:Labor Day\\, first\\nhalf ", "Labor Day, first half"),
    ("SUMMARY;LANGUAGE=de:Tag  der\t Arbeit", "Tag der Arbeit"),
    ("SUMMARY:Folded in\r\n  the middle", "Folded in the middle"),
    ("SUMMARY:Bell\x07 and nothing\x00", "Bell and nothing"),
    ("SUMMARY:", "Closed"),
    ("LOCATION:Lyon", "Closed"),
    ("SUMMARY:" + "long " * 100, ("long " * 100)[:117] + "..."),
])
def test_a_date_is_named_after_its_event(written, name):
    [holiday] = ical_holidays(feed(event(written, "DTSTART:20261224")), "x", [2026])
    assert holiday.name == name


def test_the_names_of_many_events_on_one_date_stay_within_bounds():
    many = feed(*(event(f"SUMMARY:Reason {n}", "DTSTART:20261224") for n in range(500)))
    [holiday] = ical_holidays(many, "x", [2026])
    assert len(holiday.name) == 200


def test_what_an_alarm_says_is_not_said_of_its_event():
    assert closing("DTSTART:20261224", "BEGIN:VALARM", "SUMMARY:Ring", "DURATION:P9D", "TRIGGER:-PT15M", "END:VALARM",
                   "DTEND:20261226") == {"2026-12-24": ALL_DAY, "2026-12-25": ALL_DAY}


# --- Zones -----------------------------------------------------------------------------------------------------------

NEW_YORK_NOON = ["DTSTART;TZID=America/New_York:20261224T120000", "DTEND;TZID=America/New_York:20261224T200000"]


def test_hours_told_in_another_zone_are_converted_to_that_of_the_set():
    assert closing(*NEW_YORK_NOON, zone="Europe/Paris") == {"2026-12-24": "18:00-24:00", "2026-12-25": "00:00-02:00"}


@pytest.mark.parametrize("zone", ["", "America/New_York", "america/new_york"])
def test_hours_are_taken_as_written_in_the_same_zone_and_when_the_set_names_none(zone):
    assert closing(*NEW_YORK_NOON, zone=zone) == {"2026-12-24": "12:00-20:00"}


def test_hours_without_a_zone_are_those_of_the_clocks_of_the_set():
    floating = ["DTSTART:20261224T120000", "DTEND:20261224T200000"]
    assert closing(*floating, zone="Asia/Tokyo") == closing(*floating) == {"2026-12-24": "12:00-20:00"}


def test_hours_in_utc_need_a_zone_to_be_converted_to():
    in_utc = ["SUMMARY:Staff party", "DTSTART:20261224T120000Z", "DTEND:20261224T170000Z"]
    assert closing(*in_utc, zone="Europe/Paris") == {"2026-12-24": "13:00-18:00"}
    assert closing(*in_utc, zone="Etc/UTC") == {"2026-12-24": "12:00-17:00"}
    why = refused(feed(event(*in_utc)))
    assert why.field == "zone"
    assert str(why) == ("The event 'Staff party' (line 4): it is told in UTC; say in which zone the set's clocks are.")


def test_an_event_in_utc_of_another_year_needs_no_zone():
    assert closing("DTSTART:20191224T120000Z", "DURATION:PT1H") == {}


def test_a_time_with_both_a_zone_and_the_mark_of_utc_is_in_utc():
    assert closing("DTSTART;TZID=Asia/Tokyo:20261224T120000Z", "DURATION:PT1H", zone="Europe/Paris") == {
        "2026-12-24": "13:00-14:00"}


@pytest.mark.parametrize("name", [
    "Romance Standard Time", '"Romance Standard Time"', "/Europe/Paris", "/example.org/20260101_1/Europe/Paris",
    "europe/paris",
])
def test_a_zone_may_be_named_as_windows_or_other_programs_name_it(name):
    assert closing(f"DTSTART;TZID={name}:20260701T120000", "DURATION:PT1H", zone="UTC") == {"2026-07-01": "10:00-11:00"}


def test_a_zone_that_only_the_file_defines_is_no_obstacle_as_long_as_nothing_is_converted():
    own = "\r\n".join(["BEGIN:VTIMEZONE", "TZID:Ours", "BEGIN:STANDARD", "DTSTART:16010101T000000",
                       "RRULE:FREQ=SECONDLY", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD",
                       "END:VTIMEZONE", ""])
    text = feed(own, event("SUMMARY:Party", "DTSTART;TZID=Ours:20261224T120000", "DTEND;TZID=Ours:20261224T130000"))
    assert closed(text) == {"2026-12-24": "12:00-13:00"}
    assert "'Party' (line 13): its time zone 'Ours' is not known" in str(refused(text, zone="Europe/Paris"))


def test_start_and_end_may_be_told_in_different_zones():
    assert closing("DTSTART;TZID=Europe/Paris:20261224T180000", "DTEND;TZID=America/New_York:20261224T140000",
                   zone="Europe/Paris") == {"2026-12-24": "18:00-20:00"}


def test_hours_that_show_twice_when_clocks_go_back_are_closed_as_long_as_one_of_them_is():
    # 00:30 to 01:30 UTC is 02:30 to 03:00 in summer time, and then 02:00 to 02:30 once more.
    assert closing("DTSTART:20261025T003000Z", "DTEND:20261025T013000Z", zone="Europe/Paris") == {
        "2026-10-25": "02:00-03:00"}


def test_a_date_of_23_hours_is_closed_all_day_when_all_of_them_are():
    assert closing("DTSTART:20260328T230000Z", "DTEND:20260329T220000Z", zone="Europe/Paris") == {
        "2026-03-29": ALL_DAY}


# --- The file --------------------------------------------------------------------------------------------------------


def test_a_file_may_have_a_byte_order_mark_other_line_ends_and_several_parts():
    both = feed(event("SUMMARY:Fête", "DTSTART:20260501")) + feed(event("DTSTART:20261225"))
    expected = {"2026-05-01": ALL_DAY, "2026-12-25": ALL_DAY}
    for text in (both, both.replace("\r\n", "\n"), both.replace("\r\n", "\r"), "\ufeff" + both, both.strip()):
        assert closed(text) == closed(text.encode()) == expected


def test_a_file_without_events_closes_nothing():
    assert closed(feed()) == {}


def test_what_does_not_matter_to_closed_hours_may_be_broken():
    assert closing("DTSTART:20261224", "DTSTAMP:yesterday", "ATTENDEE;CN=A", "no colon at all", "X-ODD;;;:1",
                   "DESCRIPTION:first", "begin: a line that was meant to belong to the description") == {
        "2026-12-24": ALL_DAY}


def test_the_name_of_a_file_is_not_read_as_a_file():
    assert "not an iCalendar file" in str(refused(__file__))
