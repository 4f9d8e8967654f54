"""Instants and values: what a schedule takes and gives, how it is written down, and that nothing can change it."""

import json
import threading
from datetime import date, datetime, timedelta, timezone

import pytest

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from tests.rules.desks import OFFICE, schedule, utc


def test_an_instant_may_come_in_any_zone_and_goes_out_in_utc():
    tokyo = datetime(2026, 3, 2, 17, 30, tzinfo=timezone(timedelta(hours=9)))
    assert OFFICE.next_open(tokyo) == utc("2026-03-02T09:00:00")
    assert OFFICE.next_open(tokyo + timedelta(hours=1)).tzinfo is timezone.utc
    assert OFFICE.add(tokyo, 0).tzinfo is timezone.utc


@pytest.mark.parametrize("question", ["is_open", "next_open", "next_close", "is_holiday_closed", "day_of", "day_after",
                                      "local"])
def test_a_naive_datetime_is_refused(question):
    with pytest.raises(ValueError, match="no time zone"):
        getattr(OFFICE, question)(datetime.fromisoformat("2026-03-02T12:00"))


def test_a_fraction_of_a_second_is_as_open_as_the_second_it_lies_in():
    assert OFFICE.is_open(utc("2026-03-02T16:59:59.999999"))
    assert not OFFICE.is_open(utc("2026-03-02T08:59:59.999999"))
    assert OFFICE.next_open(utc("2026-03-02T08:59:59.999999")) == utc("2026-03-02T09:00:00")
    assert OFFICE.next_open(utc("2026-03-02T09:00:00.5")) == utc("2026-03-02T09:00:00.5")
    assert OFFICE.between(utc("2026-03-02T09:00:00.9"), utc("2026-03-02T09:00:01.1")) == 1
    assert OFFICE.add(utc("2026-03-02T09:00:00.9"), 1) == utc("2026-03-02T09:00:01")


def test_the_local_clock_reading_is_naive_and_whole():
    assert schedule("Asia/Kathmandu").local(utc("2026-03-02T09:00:00.9")) == datetime.fromisoformat("2026-03-02T14:45")


def test_the_windows_of_a_date_are_those_that_start_on_it():
    desk = schedule(windows=[("22:00", "06:00"), ("09:00", "12:00")], days=WEEKDAYS, holidays=["2026-03-04"],
                    exceptions={"2026-03-05": [["10:00", "11:00"]]})
    assert desk.windows_on(date(2026, 3, 3)) == ((32_400, 43_200), (79_200, 108_000))
    assert desk.windows_on(date(2026, 3, 4)) == ()
    assert desk.windows_on(date(2026, 3, 5)) == ((36_000, 39_600),)


def test_the_dictionary_is_canonical_json_and_reads_back_to_an_equal_schedule():
    written = {"zone": "europe/paris", "weekly": {"sun": [], "tue": [("18:00", "00:00")], "mon": [["13:00", "17:00:00"],
               ["09:00", "12:00"]]}, "holidays": ["2026-12-25", "2026-01-01", "2026-12-25"],
               "exceptions": {"2026-12-31": [["09:00", "23:59:59"]], "2026-12-24": []}}
    canonical = {"zone": "Europe/Paris",
                 "weekly": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["18:00", "24:00"]]},
                 "holidays": ["2026-01-01", "2026-12-25"],
                 "exceptions": {"2026-12-24": [], "2026-12-31": [["09:00", "24:00"]]}}
    read = Schedule.from_dict(written)
    assert json.dumps(read.to_dict()) == json.dumps(canonical)
    assert Schedule.from_dict(json.loads(json.dumps(read.to_dict()))) == read
    assert hash(Schedule.from_dict(canonical)) == hash(read)
    assert read.week() == canonical["weekly"]
    assert read != OFFICE


def test_nothing_the_caller_keeps_can_change_a_schedule():
    written = {"zone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": [], "exceptions": {}}
    desk = Schedule.from_dict(written)
    written["weekly"]["mon"].clear()
    desk.week()["mon"].clear()
    desk.to_dict()["weekly"].clear()
    assert desk.is_open(utc("2026-03-02T12:00:00"))
    with pytest.raises(AttributeError):
        desk.zone = "Europe/Paris"


def test_many_threads_may_ask_a_new_schedule_at_once():
    desk, begin, answers = schedule("Europe/Paris"), threading.Barrier(8), []

    def ask():
        begin.wait(timeout=10)
        answers.append(desk.next_close(utc("2026-03-06T20:00:00")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert answers == [utc("2026-03-09T16:00:00")] * 8


def test_it_introduces_itself_in_a_line():
    assert repr(schedule(holidays=["2026-12-25"])) == "<Schedule UTC: mon-fri 09:00-17:00; 1 holidays, 0 exceptions>"
    assert "no weekly windows" in repr(schedule(days=()))
