"""Stories of the proof view: the openings and closings to come, and a year whose dates add up."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.proof import (
    WRITTEN,
    Origin,
    ProvenDay,
    ProvenYear,
    Then,
    origins_in,
    prove_year,
    upcoming,
)
from entitlements.rules.schedule import DayKind, Schedule
from entitlements.rules.windows import Window
from tests.builders import ALWAYS, EVERY_DAY, a_schedule, utc, weekly

HOUR = 3600
ALL_DAY = weekly(EVERY_DAY, "00:00", "24:00")
NIGHTS = weekly(("mon", "tue", "wed", "thu", "fri"), "22:00", "06:00")
MONDAY = utc("2026-03-09 09:00")  # ten in the morning in Paris
NEVER = a_schedule(week={})


def proven(schedule: Schedule, year: int = 2026) -> ProvenYear:
    return prove_year(schedule, year, origins_in(year, schedule, ()))


def on(year: ProvenYear, day: str) -> ProvenDay:
    return next(each for each in year.days if each.day == date.fromisoformat(day))


def local(schedule: Schedule, at: datetime = MONDAY) -> list[tuple[str, str]]:
    """Opening and closing of each stretch to come, as the clocks of the zone show them."""
    return [tuple(f"{turn.wall:%a %d %H:%M}" if turn else "-" for turn in (each.opens, each.closes))
            for each in upcoming(schedule, at).stretches]


# --- What comes next -------------------------------------------------------------------------------------------------


def test_ten_openings_and_closings_follow_each_with_local_and_utc_time_and_how_long_it_stays_open() -> None:
    coming = upcoming(a_schedule(), utc("2026-03-09 07:00"))
    assert (coming.is_open, len(coming.stretches), coming.then) == (False, 10, Then.MORE)
    first = coming.stretches[0]
    assert (first.opens.at, first.opens.wall) == (utc("2026-03-09 08:00"), datetime(2026, 3, 9, 9))
    assert (first.closes.at, first.closes.wall) == (utc("2026-03-09 16:00"), datetime(2026, 3, 9, 17))
    assert first.seconds == 8 * HOUR
    assert coming.change == first.opens


def test_a_stretch_that_is_running_comes_before_the_ten_with_what_is_left_of_it() -> None:
    coming = upcoming(a_schedule(), MONDAY)
    running, *more = coming.stretches
    assert (coming.is_open, running.opens, running.seconds, len(more)) == (True, None, 7 * HOUR, 10)
    assert coming.change == running.closes


def test_the_clocks_of_the_zone_go_with_the_season() -> None:
    coming = upcoming(a_schedule(), utc("2026-03-27 18:00")).stretches[0]  # the Friday before clocks go forward
    assert (coming.opens.wall, coming.opens.at) == (datetime(2026, 3, 30, 9), utc("2026-03-30 07:00"))


def test_a_night_opens_on_one_day_and_closes_on_the_next() -> None:
    assert local(a_schedule(week=NIGHTS))[:2] == [("Mon 09 22:00", "Tue 10 06:00"), ("Tue 10 22:00", "Wed 11 06:00")]


def test_a_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    schedule = a_schedule(week=weekly(("sat",), "22:00", "06:00"))
    assert [each.seconds for each in upcoming(schedule, utc("2026-03-20 00:00")).stretches[:3]] == [
        8 * HOUR, 7 * HOUR, 8 * HOUR]


def test_around_the_clock_it_never_closes() -> None:
    coming = upcoming(ALWAYS, MONDAY)
    assert (coming.is_open, coming.then, coming.change) == (True, Then.OPEN, None)
    assert [each.closes for each in coming.stretches] == [None]


def test_what_never_opens_has_nothing_to_come() -> None:
    coming = upcoming(NEVER, MONDAY)
    assert (coming.is_open, coming.stretches, coming.then, coming.change) == (False, (), Then.CLOSED, None)


def test_single_dates_are_told_until_the_last_of_them() -> None:
    schedule = a_schedule(week={}, exceptions={"2026-03-14": [["10:00", "12:00"]], "2026-05-01": [["08:00", "09:00"]]})
    coming = upcoming(schedule, MONDAY)
    assert (len(coming.stretches), coming.then) == (2, Then.CLOSED)


def test_a_single_closed_date_is_told_and_that_it_closes_no_more_after_it() -> None:
    coming = upcoming(a_schedule(week=ALL_DAY, holidays=["2026-12-25"]), MONDAY)
    assert [each.seconds for each in coming.stretches] == [290 * 86_400 + 14 * HOUR, None]
    assert coming.then is Then.OPEN


def test_beyond_the_zone_data_nothing_is_told_and_nothing_fails() -> None:
    coming = upcoming(a_schedule("America/New_York"), utc("2037-12-29 12:00"))
    assert (len(coming.stretches), coming.then) == (3, Then.UNKNOWN)


def test_a_closing_beyond_the_zone_data_leaves_its_opening() -> None:
    schedule = a_schedule("America/New_York", weekly(start="09:00", end="20:00"))  # 01:00 UTC of 2038
    coming = upcoming(schedule, utc("2037-12-31 12:00"))
    assert [(each.opens.wall, each.closes, each.seconds) for each in coming.stretches] == [
        (datetime(2037, 12, 31, 9), None, None)]
    assert coming.then is Then.UNKNOWN


def test_as_many_are_told_as_are_wanted() -> None:
    assert len(upcoming(a_schedule(), utc("2026-03-09 07:00"), count=1).stretches) == 1


# --- A year ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [
    a_schedule(), ALWAYS, NEVER, a_schedule("America/New_York", NIGHTS), a_schedule("Pacific/Apia", ALL_DAY),
    a_schedule("Europe/Berlin", ALL_DAY, holidays=["2026-12-25", "2011-12-30"]),
    a_schedule("Australia/Lord_Howe", NIGHTS, closures={"2026-04-05": [["01:00", "03:00"]]}),
    a_schedule("America/Sao_Paulo", NIGHTS), a_schedule("Africa/Casablanca", ALL_DAY)], ids=repr)
@pytest.mark.parametrize("year", [1970, 2011, 2026, 2028, 2037])
def test_dates_add_up_to_months_and_months_to_the_year(schedule: Schedule, year: int) -> None:
    shown = proven(schedule, year)
    assert [month.first for month in shown.months] == [date(year, number, 1) for number in range(1, 13)]
    for month in shown.months:
        assert month.open_seconds == sum(day.open_seconds for day in month.days)
    assert shown.open_seconds == sum(month.open_seconds for month in shown.months)
    if all(day.is_known for day in shown.days):
        assert shown.open_seconds == schedule.between(schedule.first_instant_of(date(year, 1, 1)),
                                                      schedule.first_instant_of(date(year + 1, 1, 1)))


def test_a_year_of_business_hours_has_so_many_working_days() -> None:
    shown = proven(a_schedule(holidays=["2026-12-25"]))
    assert shown.open_seconds == (261 - 1) * 8 * HOUR
    assert shown.most == 8 * HOUR
    assert len(shown.days) == 365
    assert len(proven(a_schedule(), 2028).days) == 366


def test_a_date_on_which_clocks_go_forward_has_23_hours_and_one_on_which_they_go_back_25() -> None:
    shown = proven(a_schedule(week=ALL_DAY))
    spring, autumn = on(shown, "2026-03-29"), on(shown, "2026-10-25")
    assert (spring.open_seconds, spring.length) == (23 * HOUR, 23 * HOUR)
    assert (autumn.open_seconds, autumn.length) == (25 * HOUR, 25 * HOUR)
    assert [(change.wall_before, change.wall_after) for change in spring.changes] == [
        (datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 3))]
    assert [day.day for day in shown.special_days] == [spring.day, autumn.day]


def test_a_clock_change_at_midnight_is_of_the_date_that_it_makes_shorter_or_longer() -> None:
    shown = proven(a_schedule("America/Sao_Paulo", ALL_DAY), 2018)
    changed = {str(day.day): day.length for day in shown.days if day.changes}
    assert changed == {"2018-02-17": 25 * HOUR, "2018-11-04": 23 * HOUR}


def test_a_date_that_was_skipped_has_no_time_and_says_so() -> None:
    shown = proven(a_schedule("Pacific/Apia", ALL_DAY), 2011)
    skipped, after = on(shown, "2011-12-30"), on(shown, "2011-12-31")
    assert (skipped.open_seconds, skipped.length, skipped.stretches) == (0, 0, ())
    assert skipped.is_skipped and skipped.is_special
    assert [change.seconds for change in after.changes] == [86_400]
    assert (after.length, after.is_skipped) == (24 * HOUR, False)


def test_a_night_lies_on_both_of_its_dates() -> None:
    shown = proven(a_schedule(week=weekly(("mon",), "22:00", "06:00")))
    monday, tuesday = on(shown, "2026-03-09"), on(shown, "2026-03-10")
    assert (monday.open_seconds, monday.stretches) == (2 * HOUR, ((22 * HOUR, 24 * HOUR),))
    assert (tuesday.open_seconds, tuesday.stretches) == (6 * HOUR, ((0, 6 * HOUR),))


def test_each_kind_of_date_is_known_apart() -> None:
    shown = proven(a_schedule(holidays=["2026-12-25", "2026-05-01"], exceptions={"2026-05-01": [["10:00", "12:00"]]},
                              closures={"2026-12-24": [["13:00", "24:00"]]}))
    kinds = {str(day.day): (day.kind, day.open_seconds // HOUR) for day in shown.days if day.kind is not DayKind.USUAL}
    assert kinds == {"2026-05-01": (DayKind.EXCEPTION, 2), "2026-12-24": (DayKind.CLOSURE, 4),
                     "2026-12-25": (DayKind.HOLIDAY, 0)}


def test_what_the_zone_data_does_not_reach_is_not_counted_and_not_guessed() -> None:
    shown = proven(a_schedule("America/New_York", ALL_DAY), 2037)
    last = on(shown, "2037-12-31")
    assert (last.is_known, last.open_seconds, last.is_special, last.is_skipped) == (False, 0, True, False)
    assert shown.months[-1].open_seconds == 30 * 86_400
    assert all(day.is_known for day in proven(a_schedule("Asia/Tokyo", ALL_DAY), 2037).days)


def test_a_year_of_never_opening_is_all_closed() -> None:
    shown = proven(NEVER)
    assert (shown.open_seconds, shown.most) == (0, 0)


# --- Where special dates come from -----------------------------------------------------------------------------------

CHRISTMAS, EVE = date(2026, 12, 25), date(2026, 12, 24)
FRENCH = HolidaySet("French holidays", (Holiday(CHRISTMAS, "Noël", "holidays FR"),
                                        Holiday(CHRISTMAS + timedelta(days=365), "Noël", "holidays FR")))
OWN = HolidaySet("Company days", (Holiday(EVE, "Christmas Eve", closed=(Window(13 * HOUR, 24 * HOUR),)),
                                  Holiday(CHRISTMAS, "Christmas"),
                                  Holiday(date(2026, 7, 14), "Bastille Day", removed=True)))


def test_each_special_date_says_which_sets_name_it_and_whether_it_is_written_in_the_schedule() -> None:
    found = origins_in(2026, a_schedule(holidays=["2026-12-25"], exceptions={"2026-08-01": []}), (FRENCH, OWN))
    assert found == {
        EVE: (Origin("Christmas Eve", "by hand", "Company days"),),
        CHRISTMAS: (Origin("Noël", "holidays FR", "French holidays"), Origin("Christmas", "by hand", "Company days"),
                    Origin("", WRITTEN)),
        date(2026, 8, 1): (Origin("", WRITTEN),)}


def test_a_proven_date_carries_where_it_comes_from() -> None:
    schedule = a_schedule(holidays=["2026-12-25"])
    shown = prove_year(schedule, 2026, origins_in(2026, schedule, (FRENCH,)))
    assert [origin.name for origin in on(shown, "2026-12-25").origins] == ["Noël", ""]
    assert on(shown, "2026-12-26").origins == ()
