"""Holiday sets from the command line: imported from a country's list or a calendar file, or written by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import BinaryIO

import click

from entitlements.cli.changing import Consent, tell_and_save, with_consent
from entitlements.cli.speaking import Gateway, now, remark, result, table
from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.windows import parse_hours, windows_text
from entitlements.steps.holiday_change import HolidayChange, with_calendar, with_country, with_days
from entitlements.store.holidays import all_sets, get_set, schedules_with, set_value

holidays = Gateway("holidays", help="Holiday sets: named dates that schedules share.")
YEARS_AHEAD = 2


@holidays.command("list")
def show_all() -> None:
    """List the holiday sets."""
    rows = [(row.name, str(len(value.holidays())), _span(value.holidays()),
             ", ".join(each.name for each in schedules_with(row)) or "-")
            for row in all_sets() for value in (set_value(row),)]
    if not rows:
        return remark("There is no holiday set yet. Make one: gateway holidays import-country NAME --country FR")
    return table(("name", "dates", "from - to", "used by"), rows)


def _span(found: tuple[Holiday, ...]) -> str:
    return f"{found[0].day} - {found[-1].day}" if found else "-"


@holidays.command("show")
@click.argument("name")
def show(name: str) -> None:
    """List the dates of a set, each with where it came from."""
    row = get_set(name)
    table(("date", "closed", "holiday", "from"), [
        (f"{each.day} {each.day:%a}", windows_text(each.closed) or "all day", each.name, each.source)
        for each in set_value(row).holidays()])
    remark(f"used by: {', '.join(each.name for each in schedules_with(row)) or 'no schedule yet'}")


@holidays.command("import-country")
@click.argument("name")
@click.option("--country", required=True, help="As in FR, US, DE.")
@click.option("--subdivision", default="", help="As in BY for Bavaria, CA for California.")
@click.option("--years", default="", metavar="YEARS", help="As in 2026-2028. [default: this year and the next two]")
@with_consent
def import_country(name: str, country: str, subdivision: str, years: str, consent: Consent) -> None:
    """Put a country's public holidays into the set NAME. What was written by hand stays."""
    _save(with_country(name, country, subdivision, parse_years(years)), consent)


@holidays.command("import-ical")
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--zone", default="", help="Whose clocks the set is read on, for events told in UTC or in other zones.")
@click.option("--years", default="", metavar="YEARS", help="As in 2026-2028. [default: this year and the next two]")
@with_consent
def import_ical(name: str, file: BinaryIO, zone: str, years: str, consent: Consent) -> None:
    """Put the events of an iCalendar FILE (- is stdin) into the set NAME. What was written by hand stays."""
    source = Path(getattr(file, "name", "") or "a calendar file").name
    _save(with_calendar(name, file.read(), source, parse_years(years), zone), consent)


@holidays.command("add")
@click.argument("name")
@click.argument("day", metavar="DATE")
@click.option("--holiday", default="Closed", help="What the day is called.", show_default=True)
@click.option("--closed", default="", metavar="HOURS", help="Closed hours, as in 13:00-24:00. [default: all day]")
@with_consent
def add(name: str, day: str, holiday: str, closed: str, consent: Consent) -> None:
    """Write a date into the set NAME by hand, new or changed."""
    written = Holiday(_date(day), holiday, closed=parse_hours(closed, "closed"))
    _save(with_days(name, [written]), consent)


@holidays.command("remove")
@click.argument("name")
@click.argument("day", metavar="DATE")
@with_consent
def remove(name: str, day: str, consent: Consent) -> None:
    """Take a date out of the set NAME by hand; it stays out when its source is imported again."""
    get_set(name)
    _save(with_days(name, [Holiday(_date(day), "", removed=True)]), consent)


def parse_years(text: str) -> range:
    """The years of `2026` or `2026-2028`; of nothing, this year and the next two. Raises ConfigError."""
    if not text.strip():
        return range(now().year, now().year + YEARS_AHEAD + 1)
    first, _, last = text.replace(" ", "").partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise ConfigError(f"{text!r} is not years; write them as 2026-2028", field="years")
    return range(int(first), int(last or first) + 1)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a date; write it as 2026-12-24", field="date") from None


def _save(change: HolidayChange, consent: Consent) -> None:
    for mark, days in (("+", change.added()), ("-", change.dropped())):
        for each in days:
            hours = f" {windows_text(each.closed)}" if each.closed else ""
            source = f"  ({each.source})" if mark == "+" else ""
            result(f"{mark} {each.day} {each.day:%a}{hours}  {each.name}{source}")
    tell_and_save(change, consent)
