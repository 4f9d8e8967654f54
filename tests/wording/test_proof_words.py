"""The proof view in words."""

from __future__ import annotations

from datetime import date

import pytest

from entitlements.rules.proof import Origin, ProvenDay, Upcoming, origins_in, prove_year, upcoming
from entitlements.rules.schedule import Schedule
from entitlements.wording.proof import (
    about_text,
    day_hours_text,
    month_text,
    now_text,
    open_text,
    origin_text,
    proven_text,
    stay_text,
    then_text,
    unknown_text,
    what_text,
)
from tests.builders import ALWAYS, EVERY_DAY, a_schedule, utc, weekly

MONDAY = utc("2026-03-09 09:00")
ALL_DAY = weekly(EVERY_DAY, "00:00", "24:00")
NEVER = a_schedule(week={})
ONE_DATE = a_schedule(week={}, exceptions={"2026-03-09": [["08:00", "09:00"]]})


def proven(schedule: Schedule, day: str) -> ProvenDay:
    wanted = date.fromisoformat(day)
    year = prove_year(schedule, wanted.year, origins_in(wanted.year, schedule, ()))
    return next(each for each in year.days if each.day == wanted)


def coming(schedule: Schedule) -> tuple[Schedule, Upcoming]:
    return schedule, upcoming(schedule, MONDAY)


def test_a_usual_date_tells_its_hours_and_nothing_else() -> None:
    assert proven_text(proven(a_schedule(), "2026-03-09")) == "09:00-17:00 (8 h)"
    assert proven_text(proven(a_schedule(), "2026-03-08")) == "closed"


@pytest.mark.parametrize(("special", "said"), [
    ({"holidays": ["2026-03-09"]}, "closed; holiday; written in the schedule"),
    ({"exceptions": {"2026-03-09": [["10:00", "12:00"], ["13:00", "14:00"]]}},
     "10:00-12:00 and 13:00-14:00 (3 h); exception; written in the schedule"),
    ({"closures": {"2026-03-09": [["13:00", "24:00"]]}}, "09:00-13:00 (4 h); holiday hours; written in the schedule")])
def test_a_special_date_tells_what_it_is_and_who_says_so(special: dict[str, object], said: str) -> None:
    assert proven_text(proven(a_schedule(**special), "2026-03-09")) == said


def test_a_clock_change_tells_both_times_and_the_real_hours() -> None:
    day = proven(a_schedule(week=ALL_DAY), "2026-03-29")
    assert proven_text(day) == "00:00-24:00 (23 h); clocks go forward 1 h (02:00 becomes 03:00)"
    assert what_text(proven(a_schedule(), "2026-10-25")) == "clocks go back 1 h (03:00 becomes 02:00)"


def test_an_exception_on_the_date_of_a_clock_change_tells_both() -> None:
    day = proven(a_schedule(exceptions={"2026-03-29": []}), "2026-03-29")
    assert about_text(day) == ("exception; clocks go forward 1 h (02:00 becomes 03:00); written in the schedule")


def test_a_skipped_date_and_the_change_that_skipped_it() -> None:
    apia = a_schedule("Pacific/Apia")
    assert proven_text(proven(apia, "2011-12-30")) == "does not exist; skipped: clocks go over the whole date"
    assert what_text(proven(apia, "2011-12-31")) == "clocks go forward 24 h (30 Dec 00:00 becomes 31 Dec 00:00)"


def test_a_date_beyond_the_zone_data_is_not_known() -> None:
    schedule = a_schedule("America/New_York")
    assert day_hours_text(proven(schedule, "2037-12-31")) == "not known"
    assert unknown_text(prove_year(schedule, 2037, {}), schedule.zone) == (
        "31 December 2037 is not counted: the time zone data knows the clocks of New York only for a part of it.")
    assert unknown_text(prove_year(schedule, 2036, {}), schedule.zone) == ""


def test_an_origin_names_the_holiday_its_set_and_its_source() -> None:
    assert origin_text(Origin("Noël", "holidays FR", "French holidays")) == "Noël (French holidays, holidays FR)"


@pytest.mark.parametrize(("schedule", "now", "then"), [
    (ALWAYS, "open around the clock", "It never closes."), (NEVER, "never opens", "It never opens."),
    (ONE_DATE, "closed, and opens no more", "After that it opens no more."),
    (a_schedule(week=ALL_DAY, holidays=["2025-12-25"]), "open, and closes no more", "After that it closes no more.")])
def test_why_nothing_more_is_to_come(schedule: Schedule, now: str, then: str) -> None:
    assert (now_text(*coming(schedule)), then_text(*coming(schedule))) == (now, then)


def test_where_the_zone_data_ends_it_says_so() -> None:
    schedule = a_schedule("America/New_York")
    last = upcoming(schedule, utc("2037-12-31 23:00"))
    assert now_text(schedule, last) == "closed"
    assert then_text(schedule, last) == ("What comes then cannot be told yet: the time zone data knows the clocks of "
                                         "New York until the end of 2037.")
    assert then_text(*coming(schedule)) == ""


@pytest.mark.parametrize(("seconds", "said"), [
    (None, ""), (8 * 3600, "8 h"), (47 * 3600, "47 h"), (48 * 3600, "2 days"), (61 * 3600 + 60, "2 days 13 h 1 min")])
def test_how_long_it_stays_open(seconds: int | None, said: str) -> None:
    assert stay_text(seconds) == said


def test_hours_of_a_month() -> None:
    assert (open_text(0), open_text(168 * 3600), month_text(date(2026, 3, 1))) == ("0 h", "168 h", "March")
