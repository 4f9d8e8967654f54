"""How what admins type is read: dates and hours as text, one thing on a line, the way license files say them.

What is wrong is told beside its field with the number of its line, and what was typed stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wtforms import Field
from wtforms.form import BaseForm

from entitlements.errors import ConfigError
from entitlements.rules.license_cells import date_cell, exception_cell
from entitlements.rules.windows import (
    parse_hours,
    parse_weekly,
    parse_windows,
    weekly_text,
    windows_list,
    windows_text,
)
from entitlements.rules.written import shown

T = TypeVar("T")
MOST_ERRORS = 6

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PLACE = re.compile(r"[.\[]")


def refuse(field: Field, why: str) -> None:
    """Put a sentence beside a field."""
    if len(field.errors) < MOST_ERRORS:
        field.errors = [*field.errors, sentence(why)]


def sentence(text: str) -> str:
    """The words with a capital letter in front and a full stop at the end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def reason(error: ConfigError) -> str:
    """Why, without the path that leads to the field; the date in the path stays."""
    message = str(error).removeprefix(f"{error.field}: ")
    place = _DATE.search(error.field)
    return f"{place.group()}: {message}" if place else message


def refuse_all(form: BaseForm, error: ConfigError, otherwise: Field) -> None:
    """Put all that an error says beside the fields it names; beside `otherwise` what names no field of the form."""
    named = {field.short_name: field for field in form}
    for each in (error, *error.others):
        refuse(named.get(_PLACE.split(each.field)[0], otherwise), reason(each))


def each_line(field: Field, read: Callable[[str], T]) -> list[T]:
    """What `read` makes of each line that is not empty; beside the field, what it refuses."""
    found: list[T] = []
    for number, line in enumerate((field.data or "").split("\n"), 1):
        for part in filter(None, map(str.strip, line.split(";"))):
            try:
                found.append(read(part))
            except ConfigError as error:
                refuse(field, f"line {number}: {reason(error)}")
    return found


def by_date(field: Field, read: Callable[[str], tuple[str, T]]) -> dict[str, T]:
    """The same for lines that begin with a date, none of which may be there twice."""
    seen: dict[str, T] = {}
    for day, told in each_line(field, read):
        if day in seen:
            refuse(field, f"{day} is there twice")
        seen[day] = told
    return seen


def written(form: BaseForm) -> dict[str, object]:
    """What a schedule form says, as Schedule.from_dict reads it; beside each field what cannot be read."""
    week: dict[str, list[list[str]]] = {}
    for part in each_line(form.weekly, lambda line: parse_weekly(line, "")):
        for day, windows in part.items():
            week.setdefault(day, []).extend(windows)
    return {"zone": form.zone.data, "weekly": week, "holidays": sorted(by_date(form.holidays, _holiday)),
            "exceptions": by_date(form.exceptions, lambda line: exception_cell(line, "")),
            "closures": by_date(form.closures, _closure)}


def _holiday(line: str) -> tuple[str, None]:
    return date_cell(line, "").isoformat(), None


def _closure(line: str) -> tuple[str, list[list[str]]]:
    day, _, told = line.partition(" ")
    if not told.strip():
        raise ConfigError(f"{shown(day)} needs its closed hours, as in 2026-12-24 13:00-24:00; a date that is closed "
                          "all day is a holiday")
    return date_cell(day, "").isoformat(), windows_list(parse_hours(told, ""))


def fill(form: BaseForm, told: Mapping[str, Any]) -> None:
    """Put a schedule, as it is written, into its form."""
    form.zone.data = told["zone"]
    form.weekly.data = week_lines(told["weekly"])
    form.holidays.data = "\n".join(told.get("holidays", ()))
    form.exceptions.data = "\n".join(date_lines(told.get("exceptions", {})))
    form.closures.data = "\n".join(date_lines(told.get("closures", {})))


def week_lines(weekly: object) -> str:
    """The week as it is typed, days with the same hours on one line."""
    return weekly_text(weekly).replace("; ", "\n")


def date_lines(dates: Mapping[str, object]) -> list[str]:
    """Dates with their hours as they are typed, in order."""
    return [f"{day} {windows_text(parse_windows(dates[day])) or 'closed'}" for day in sorted(dates)]
