"""Saving and checking schedules from the command line."""

from __future__ import annotations

from typing import BinaryIO

import click

from entitlements.cli.changing import Consent, tell_and_save, with_consent
from entitlements.cli.speaking import now, remark, result
from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_problems import problems_of
from entitlements.rules.schedule_warnings import warnings_of
from entitlements.steps.schedule_change import present, schedule_change
from entitlements.store.schedules import find_schedule
from entitlements.strict_json import read_object


@click.command("check")
@click.argument("file", type=click.File("rb"))
def check(file: BinaryIO) -> None:
    """Look at a schedule in FILE, JSON (- is stdin): every problem and every warning. Saves nothing."""
    schedule = _read(file)
    for warning in warnings_of(schedule, schedule.local(now()).date()):
        remark(f"Warning: {warning.message}")
    result(f"right: {schedule!r}")


@click.command("save")
@click.argument("name")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--holidays", "sets", metavar="SET,SET", help="Its holiday sets; '' for none. [default: as they are]")
@with_consent
def save(name: str, file: BinaryIO | None, sets: str | None, consent: Consent) -> None:
    """Save the schedule NAME, new or known, as FILE says, JSON (- is stdin); without FILE only its holiday sets."""
    row = find_schedule(name)
    if file is None and row is None:
        raise click.UsageError(f"there is no schedule named {name!r}: a new one needs a FILE")
    known = present(name) if row else None
    written = _read(file).to_dict() if file else known.written if known else {}
    chosen = tuple(each.strip() for each in sets.split(",") if each.strip()) if sets is not None else None
    tell_and_save(schedule_change(name, written, chosen if chosen is not None else known.sets if known else ()),
                  consent)


def _read(file: BinaryIO) -> Schedule:
    try:
        written = read_object(file.read())
    except ValueError as error:
        raise ConfigError(f"the file is not readable as JSON: {error}") from error
    problems = problems_of(written)
    for problem in problems:
        remark(f"{problem.field or 'schedule'}: {problem.message} [{problem.rule}]")
    if problems:
        raise click.ClickException(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}: nothing was saved")
    return Schedule.from_dict(written)
