"""Changing holiday sets: who told a date is kept, and tickets that would wait longer are shown first."""


from __future__ import annotations

from datetime import date

import pytest

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.steps.changes import work_out
from entitlements.steps.holiday_change import with_calendar, with_country, with_days
from entitlements.steps.license_change import license_change
from entitlements.store.holidays import find_set, set_value
from entitlements.store.licenses import licenses_of
from entitlements.store.schedules import all_schedules, find_schedule, schedule_value
from tests.builders import utc
from tests.steps.changing import (
    MONDAY,
    MONDAY_NINE,
    TUESDAY_NINE,
    give_holidays,
    moves,
    paris,
    saved,
    wait_for_monday,
)
from tests.steps.house import House


def test_a_holiday_written_by_hand_shows_the_tickets_that_would_wait_longer_and_moves_them(house: House) -> None:
    france = give_holidays(wait_for_monday(house))
    change = with_days("France", [Holiday(MONDAY, "Works outing")])
    assert moves(work_out(change, france.clock.now(), france.deskgate)) == [
        ("release_at", "7", MONDAY_NINE, TUESDAY_NINE)]
    saved(france, change)
    france.work()
    ticket = france.ticket()
    assert (ticket.release_at, ticket.decision.reason) == (TUESDAY_NINE, "outside_hours")


def test_every_schedule_that_uses_a_set_gets_a_new_version_and_no_other(france: House) -> None:
    others = {row.name: row.version for row in all_schedules() if row.name != paris()}
    saved(france, with_days("France", [Holiday(MONDAY, "Works outing")]))
    assert find_schedule(paris()).version == 3  # as it was, with the set, with the day
    assert {row.name: row.version for row in all_schedules() if row.name != paris()} == others


def test_hand_edits_survive_an_import_of_the_same_country_in_the_database(france: House) -> None:
    labor_day = date(2026, 5, 1)
    saved(france, with_days("France", [Holiday(labor_day, "", removed=True), Holiday(MONDAY, "Works outing")]))
    saved(france, with_country("France", "FR", "", [2026, 2027]))
    days = {each.day: each.source for each in set_value(find_set("France")).holidays()}
    assert labor_day not in days
    assert days[MONDAY] == "by hand"
    assert days[date(2027, 5, 1)] == days[date(2026, 12, 25)] == "holidays FR"


def test_a_half_day_from_a_calendar_file_closes_the_afternoon(france: House) -> None:
    half = (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Inventory\r\n"
            b"DTSTART:20260309T090000\r\nDTEND:20260309T120000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    saved(france, with_calendar("France", half, "stock.ics", [2026]))
    france.work()
    assert france.ticket().release_at == utc("2026-03-09 11:00")
    assert {each.source for each in find_set("France").entries} == {"holidays FR", "stock.ics"}


def test_a_set_that_nobody_uses_moves_nothing(waiting: House) -> None:
    outlook = saved(waiting, with_days("Company", [Holiday(MONDAY, "Works outing")]))
    assert outlook.impact.moves == ()
    assert [each.name for each in set_value(find_set("company")).holidays()] == ["Works outing"]


def test_an_empty_set_can_be_made_and_a_nameless_one_cannot(small_house: House) -> None:
    saved(small_house, with_days("Company"))
    assert find_set("Company").entries == []
    with pytest.raises(ConfigError, match="needs a name"):
        with_days(" ")


def test_a_license_file_that_says_the_same_hours_keeps_the_holidays_that_people_gave_the_schedule(
        france: House) -> None:
    row = b"customer,license,zone,weekly,starts_on,ends_on,contacts\n" \
          b"Acme,Acme license,Europe/Paris,mon-fri 09:00-17:00,2026-01-01,2026-12-31,\n" \
          b"Initech,First,Europe/Paris,mon-fri 09:00-17:00,2026-01-01,2026-12-31,\n"
    change = license_change(row)
    assert [each.kind.value for each in change.planned.planner.changes] == ["same", "add"]
    saved(france, change)
    assert licenses_of("Initech")[0].terms.schedule_name == paris()
    assert len(schedule_value(find_schedule(paris())).to_dict()["holidays"]) == 11
