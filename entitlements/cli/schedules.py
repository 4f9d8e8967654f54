"""Schedules on the command line: which there are, and what each comes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from textwrap import wrap

import click

from entitlements.cli.instants import INSTANT
from entitlements.cli.proof_text import WIDTH, in_lines, moment, special_lines, turns_lines, year_lines
from entitlements.cli.speaking import Gateway, now, remark, result, table
from entitlements.errors import NotFound
from entitlements.rules.proof import YEARS, ProvenYear, Upcoming, origins_in, prove_year, upcoming
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_warnings import warnings_of
from entitlements.store import tables
from entitlements.store.holidays import set_value
from entitlements.store.schedule_use import count_uses, license_counts
from entitlements.store.schedules import all_schedules, find_schedule, schedule_value, written_value
from entitlements.wording import city, hours_text
from entitlements.wording.proof import now_text, open_text, stay_text

schedule = Gateway("schedule", help="Schedules, and what they come to.")
SUGGESTED = 3


@schedule.command("list")
def show_all() -> None:
    """List the schedules, with what each does now and next."""
    counts = license_counts()
    rows = [_row(row, counts.get(row.id, 0)) for row in all_schedules()]
    if not rows:
        return remark("There is no schedule yet. Licenses bring theirs along: gateway import-licenses FILE")
    return table(("name", "licenses", "now", "next change", "usual hours"), rows)


def _row(row: tables.Schedule, licenses: int) -> tuple[str, ...]:
    value = schedule_value(row)
    coming = upcoming(value, now(), count=1)
    change = f"{moment(coming.change.wall)} {city(value.zone)}" if coming.change else "-"
    return row.name, str(licenses), "open" if coming.is_open else "closed", change, hours_text(value)


@schedule.command("show")
@click.argument("name")
@click.option("--year", type=click.IntRange(YEARS[0], YEARS[-1]), help="Which year to show. [default: this one]")
@click.option("--at", type=INSTANT, help="From when on, as in 2026-03-09T08:00:00Z. [default: now]")
def show(name: str, year: int | None, at: datetime | None) -> None:
    """Show what the schedule NAME comes to: its next openings and closings, and a year date by date."""
    row, instant = _found(name), at or now()
    value = schedule_value(row)
    coming, today = upcoming(value, instant), value.local(instant).date()
    proven = _prove(row, year or today.year)
    for line in (*_about(row, {"then" if at else "now": _state(value, coming), "hours": hours_text(value)}), "",
                 f"Next openings and closings, from {instant:%Y-%m-%dT%H:%M:%SZ} on", *turns_lines(value, coming), "",
                 f"{proven.year}: open {open_text(proven.open_seconds)}", *year_lines(proven), "",
                 f"Special dates of {proven.year}", *special_lines(proven, value.zone)):
        result(line)
    for warning in warnings_of(value, today):
        remark(f"Warning: {warning.message}")


def _prove(row: tables.Schedule, year: int) -> ProvenYear:
    origins = origins_in(year, written_value(row), map(set_value, row.sets))
    return prove_year(schedule_value(row), year, origins)


def _found(name: str) -> tables.Schedule:
    """Raises NotFound, with the names that are nearest."""
    row = find_schedule(name)
    if row is None:
        near = " or ".join(map(repr, _near(name, [each.name for each in all_schedules()])))
        raise NotFound(f"there is no schedule named {name!r}; "
                       + (f"did you mean {near}?" if near else "all of them: gateway schedule list"))
    return row


def _near(name: str, known: list[str]) -> list[str]:
    """Those with the name in theirs, then those spelled alike."""
    by_lower = {each.lower(): each for each in known}
    wanted = name.lower().strip()
    within = [each for each in by_lower if wanted and wanted in each]
    alike = get_close_matches(wanted, by_lower, SUGGESTED)
    return [by_lower[each] for each in dict.fromkeys([*within, *alike])][:SUGGESTED]


def _about(row: tables.Schedule, facts: dict[str, str]) -> Iterator[str]:
    """What it is called, these facts, and what it is made of and for."""
    yield from wrap(row.name, WIDTH)
    sets = ", ".join(each.name for each in row.sets)
    more = {"zone": row.definition["zone"], "holidays": sets or "no holiday set", "licenses": str(count_uses(row.id)),
            "version": str(row.version)}
    for label, text in (facts | more).items():
        yield from in_lines(text, f"  {label:8}  ")


def _state(value: Schedule, coming: Upcoming) -> str:
    if coming.change is None:
        return now_text(value, coming)
    when = f"{moment(coming.change.wall)} ({city(value.zone)})"
    if coming.is_open:
        return f"open until {when}, {stay_text(coming.stretches[0].seconds)} more"
    return f"closed until {when}"
