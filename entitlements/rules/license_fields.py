"""The field names of a license file: our own, and those that daily time-fenced licenses are printed with.

Upper and lower case, blanks, `_` and `-` make no difference, and both vocabularies may be mixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

OWN = ("customer", "license", "plan", "schedule", "zone", "starts_on", "ends_on", "weekly", "holidays", "exceptions",
       "contacts", "domains", "products", "channels", "daily_limit", "over_limit", "exempt_severities", "exempt_from",
       "respond", "resolve", "grace_days", "reserve_minutes", "state", "customer_zone", "language", "organization_ids",
       "external_ids")
PRINTED = {
    "DailyStartTime": "daily_start", "DailyEndTime": "daily_end", "Days": "days", "TimeZone": "zone",
    "DailyTimeConsumptionLimit": "daily_limit", "LicenseStartDate": "starts_on", "LicenseEndDate": "ends_on",
    "Severities exempt": "exempt_severities",
}


def _bare(header: str) -> str:
    return "".join(letter for letter in header.lower() if letter not in " _-\t\ufeff")


FIELD_OF = {_bare(name): name for name in OWN} | {_bare(name): field for name, field in PRINTED.items()}


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: the row's number, the field as the file names it (empty: the whole row), and why."""

    row: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.message}" if self.field else f"row {self.row}: {self.message}"


@dataclass(frozen=True)
class Cell:
    """A value, and what the file calls its field."""

    label: str
    value: object

    @property
    def is_blank(self) -> bool:
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


def named_cells(row: Mapping[str, object]) -> dict[str, Cell]:
    """The cells of a row by our own field names. Unknown fields are left out, and the first of two alike counts."""
    cells: dict[str, Cell] = {}
    for header, value in row.items():
        field = FIELD_OF.get(_bare(header))
        if field is not None:
            cells.setdefault(field, Cell(header.strip(), value))
    return cells


def known_columns(headers: Iterable[str]) -> dict[str, int]:
    """The place of each header whose field is known; of two headers for one field, only the first."""
    places: dict[str, tuple[str, int]] = {}
    for place, header in enumerate(headers):
        field = FIELD_OF.get(_bare(header))
        if field is not None:
            places.setdefault(field, (header, place))
    return dict(places.values())


def header_problems(number: int, headers: Iterable[str]) -> list[Problem]:
    """Unknown fields, and fields that are there twice."""
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for header in (each.strip() for each in headers):
        field = FIELD_OF.get(_bare(header))
        if field is None:
            problems.append(Problem(number, header[:60], "is no field of a license; known are " + _all_names()
                                    if header else "there is a column without a name"))
        elif field in seen:
            problems.append(Problem(number, header, f"says the same as {seen[field]}: one of the two has to go"))
        else:
            seen[field] = header
    return problems


def _all_names() -> str:
    return ", ".join((*OWN, *PRINTED))
