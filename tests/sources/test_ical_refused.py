"""iCalendar texts that are refused: what is said about them, how soon, and that nothing but a refusal comes of them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.sources.ical import ical_holidays
from tests.sources.feeds import event, feed, refused, refusing

DAILY_NEVER = event("DTSTART:20000101", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
HOURS = ["DTSTART:20260105T100000", "DURATION:PT1H"]
PARIS_HOURS = ["DTSTART;TZID=Europe/Paris:20260105T100000", "DURATION:PT1H"]

# --- The file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n", "<html>Sign in</html>", b"\x89PNG", "BEGIN:VCARD\nEND:VCARD\n",
                                     "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n"])
def test_what_is_not_an_icalendar_file_is_told_so(content):
    assert any(why in str(refused(content)) for why in ("not an iCalendar file", "not text in UTF-8"))


def test_a_file_in_another_encoding_is_told_so():
    text = feed(event("SUMMARY:Fête", "DTSTART:20260501"))
    for encoding in ("latin-1", "utf-16"):
        assert str(refused(text.encode(encoding))) == "The file is not text in UTF-8; save it in that encoding."


def test_a_file_that_was_cut_short_is_told_so():
    text = feed(event("DTSTART:20260501"))
    assert str(refused(text[:text.index("END:VEVENT")])) == "The file is cut short: it ends inside a 'VEVENT'."
    assert "cut short" in str(refused(text.replace("END:VCALENDAR", "")))


def test_an_end_without_a_beginning_is_told_with_its_line():
    text = feed(event("DTSTART:20260501")).replace("BEGIN:VEVENT\r\n", "")
    assert str(refused(text)) == "Line 5 ends a 'VEVENT' that was not begun."


def test_a_file_of_more_than_a_mebibyte_is_refused():
    padding = "DESCRIPTION:" + "x" * 1024 * 1024
    for content in (feed(event("DTSTART:20260501", padding)), feed(event("DTSTART:20260501", padding)).encode()):
        assert str(refused(content)) == "The file is larger than 1 MiB."


def test_years_and_zone_are_checked():
    assert refused(feed(), years=[2099]).field == "years"
    assert refused(feed(), years=[]).field == "years"
    assert refused(feed(), zone="Mars/Olympus").field == "zone"


# --- One event -------------------------------------------------------------------------------------------------------


def test_a_refusal_names_the_event_and_its_line():
    text = feed(event("SUMMARY:Fine", "DTSTART:20260501"), event("UID:7@example.org", "SUMMARY:Odd", "DTSTART:soon"))
    why = refused(text)
    assert str(why) == "The event 'Odd' (line 8): its DTSTART cannot be read: 'soon'."
    assert why.field == "content"
    assert str(refused(text.replace("SUMMARY:Odd\r\n", ""))).startswith("The event '7@example.org' (line 8): ")
    assert refusing("DTSTART:soon").startswith("The event in line 4: ")


@pytest.mark.parametrize(("lines", "why"), [
    (["SUMMARY:Never"], "it does not say when it starts (DTSTART)"),
    (["DTSTART:20260231"], "its DTSTART cannot be read: '20260231'"),
    (["DTSTART:20260101T250000"], "its DTSTART cannot be read: '20260101T250000'"),
    (["DTSTART:P1D"], "its DTSTART is not a date or a time: 'P1D'"),
    (["DTSTART:20260102", "DTEND:20260101"], "it ends before it starts"),
    (["DTSTART:20260102", "DURATION:-P1D"], "it ends before it starts"),
    (["DTSTART:20260102", "DTEND:20260102T100000"], "of its start and end, one is a date and the other a time"),
    (["DTSTART:20260102", "DURATION:20260103"], "its DURATION is not a length of time: '20260103'"),
    (["DTSTART:20260102", f"DURATION:P{'9' * 30}D"], "its DURATION cannot be read: 'P999999999999999999999999999999D'"),
    (["DTSTART:20260102", "EXDATE:"], None),
    (["DTSTART:20260102", "EXDATE:20260102,never"], "its EXDATE cannot be read: 'never'"),
    (["DTSTART:20260102", "RDATE:PT1H"], "its RDATE is not a date or a time: 'PT1H'"),
    (["DTSTART:20260102", "EXRULE:FREQ=DAILY"],
     "it leaves dates out by a rule (EXRULE), which is not known; write them out (EXDATE)"),
    (["DTSTART:20260102", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260101"],
     "it changes all that follow, too (RANGE), which is not known; write a new event for these"),
])
def test_an_event_that_cannot_be_understood_is_refused(lines, why):
    if why is None:
        assert len(ical_holidays(feed(event(*lines)), "x", [2026])) == 1
    else:
        assert refusing(*lines).endswith(f": {why}.")


def test_a_line_that_cannot_be_taken_apart_is_told_with_its_number():
    assert refusing("SUMMARY:Fine", "DTSTART;VALUE:20260101") == "Line 6 cannot be read: 'DTSTART;VALUE:20260101'."


def test_an_end_of_a_rule_in_utc_needs_a_zone_that_is_known():
    assert "its time zone 'Ours' is not known" in refusing(
        "DTSTART;TZID=Ours:20260105T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20260107T100000Z")


# --- Rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "why"), [
    ("FREQ=SECONDLY", "it repeats by the second; closed hours repeat by day, week, month or year"),
    ("FREQ=MINUTELY;COUNT=3", "it repeats by the minute; closed hours repeat by day, week, month or year"),
    ("FREQ=HOURLY;INTERVAL=24", "it repeats by the hour; closed hours repeat by day, week, month or year"),
    ("FREQ=OFTEN", "its RRULE cannot be read: 'FREQ=OFTEN'"),
    ("INTERVAL=2", "its rule does not say how often it repeats (FREQ)"),
    ("", "its rule does not say how often it repeats (FREQ)"),
    ("FREQ=DAILY;INTERVAL=0", "its rule has the number 0 for INTERVAL, which must be from 1 to 1000"),
    ("FREQ=DAILY;INTERVAL=100000", "its rule has the number 100000 for INTERVAL, which must be from 1 to 1000"),
    ("FREQ=DAILY;COUNT=0", "its rule has the number 0 for COUNT, which must be from 1 on"),
    ("FREQ=DAILY;COUNT=x", "its RRULE cannot be read: 'FREQ=DAILY;COUNT=x'"),
    ("FREQ=DAILY;UNTIL=PT1H", "its RRULE is not a date or a time: 'FREQ=DAILY;UNTIL=PT1H'"),
    ("FREQ=YEARLY;BYMONTH=13", "its rule has the number 13 for BYMONTH, which is not possible"),
    ("FREQ=YEARLY;BYMONTH=5L", "its rule has the number 5L for BYMONTH, which is not possible"),
    ("FREQ=MONTHLY;BYMONTHDAY=0", "its rule has the number 0 for BYMONTHDAY, which is not possible"),
    ("FREQ=YEARLY;BYSETPOS=367;BYDAY=MO", "its rule has the number 367 for BYSETPOS, which is not possible"),
    ("FREQ=MONTHLY;BYDAY=54MO", "its rule has '54MO' for a day of the week, which is not possible"),
    ("FREQ=DAILY;BYEASTER=0", "its rule has a part 'BYEASTER', which is not known"),
    ("RSCALE=HEBREW;FREQ=YEARLY", "its rule counts otherwise than the usual (Gregorian) year does; only that is known"),
    ("FREQ=DAILY;BYHOUR=9,17", "its rule has times of day (BYHOUR) besides its own; write an event for each"),
])
def test_a_rule_that_makes_no_sense_for_closed_hours_is_refused(rule, why):
    assert refusing(*HOURS, f"RRULE:{rule}").endswith(f": {why}.")


def test_more_occurrences_than_anybody_means_are_refused():
    assert refusing("DTSTART:19900101", "RRULE:FREQ=DAILY", years=range(2000, 2030)).endswith(
        "it takes place more than 5,000 times in these years.")


def test_more_days_than_anybody_means_are_refused():
    years = range(2008, 2038)
    long = [event("DTSTART:20080101", "DTEND:20380101") for _ in range(2)]
    assert str(refused(feed(*long), years)) == "The events of the file take up more than 20,000 days in these years."
    assert len(ical_holidays(feed(long[0]), "x", years)) == 10_958


@pytest.mark.parametrize("content", [
    feed(event(*HOURS, "RRULE:FREQ=SECONDLY")),
    feed(DAILY_NEVER * 100),
    feed(event("DTSTART:00010101", "RRULE:FREQ=DAILY;COUNT=999999999")),
    feed(event("UID:a", "DTSTART:20260101", "RRULE:FREQ=YEARLY") * 1_000
         + event("UID:a", "DTSTART:20260101", "RECURRENCE-ID:20260101") * 1_000),
])
def test_a_file_made_to_take_for_ever_is_refused_soon(content):
    began = time.process_time()
    refused(content, years=range(2008, 2038))
    assert time.process_time() - began < 5  # seconds; it takes less than one


# --- Anything --------------------------------------------------------------------------------------------------------

WHOLE = feed(
    event("UID:a", "SUMMARY:Fridays", *PARIS_HOURS, "RRULE:FREQ=WEEKLY;UNTIL=20260301T090000Z;BYDAY=MO,-1FR;WKST=SU",
          "EXDATE;TZID=Europe/Paris:20260112T100000", "RDATE;VALUE=PERIOD:20260803T060000Z/PT1H"),
    event("UID:a", "RECURRENCE-ID:20260119T090000Z", "DTSTART:20260120T090000Z", "DTEND:20260120T100000Z"),
    event("SUMMARY:Christmas", "DTSTART;VALUE=DATE:20001224", "DURATION:P3D",
          "RRULE:FREQ=YEARLY;COUNT=40;INTERVAL=2;BYMONTH=12;BYMONTHDAY=-8;BYSETPOS=1"))

SCRAPS = st.sampled_from([
    "", ":", ";", "=", ",", '"', "\\", "-", "0", "99999999", "T", "Z", "P", "/", "\0", "é", "BYDAY=", "TZID=UTC",
    "VALUE=DATE", "00010101", "99991231T235959Z", "COUNT=1", "FREQ=DAILY", "\ud800", "-PT1H", "\r\n", "\n ",
    "END:VEVENT\r\nBEGIN:VEVENT\r\n", "RRULE:FREQ=YEARLY\r\n"])
# Which line of the text, how much of it is left as it is, how much of it goes, and what comes instead.
CHANGES = st.lists(st.tuples(st.integers(0, WHOLE.count("\n")), st.integers(0, 60), st.integers(0, 12),
                             SCRAPS | st.text(max_size=4)), min_size=1, max_size=4)


def changed(text, changes):
    lines = text.split("\r\n")
    for number, at, length, scrap in changes:
        # The lines that hold the text together are left alone for the most part, or nothing else would be looked at.
        if at % 8 == 0 or not lines[number].startswith(("BEGIN:", "END:")):
            lines[number] = lines[number][:at] + scrap + lines[number][at + length:]
    return "\r\n".join(lines)


def answer(content, zone):
    try:
        return ical_holidays(content, "x", [2025, 2026], zone)
    except ConfigError as why:
        return why


@settings(max_examples=200)
@given(CHANGES, st.sampled_from(["", "Europe/Paris", "America/New_York"]))
def test_whatever_is_written_nothing_but_a_refusal_comes_of_it(changes, zone):
    told = answer(changed(WHOLE, changes), zone)
    if isinstance(told, ConfigError):
        assert 10 < len(str(told)) < 400
    else:
        assert [holiday.day for holiday in told] == sorted({holiday.day for holiday in told})


@settings(max_examples=50)
@given(st.binary(max_size=60), st.integers(0, len(WHOLE)))
def test_whatever_bytes_come_nothing_but_a_refusal_comes_of_them(scrap, at):
    whole = WHOLE.encode()
    for content in (scrap, whole[:at] + scrap + whole[at:]):
        assert str(answer(content, "Europe/Paris"))
