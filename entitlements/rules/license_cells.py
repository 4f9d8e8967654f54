"""Single values of a license file, as CSV text or as JSON: dates, limits, hours, lists, names, addresses.

Each function takes the value and the name of its field, and raises ConfigError with that field for what it cannot
read. What people wrote is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from entitlements.rules.language import parse_language
from entitlements.rules.license import Standing
from entitlements.rules.mail_domains import (
    is_address,
    is_domain,
    is_public,
    is_suffix,
    normal_address,
    normal_domain,
)
from entitlements.rules.windows import (
    DAY,
    parse_days,
    parse_hours,
    parse_week,
    parse_weekly,
    parse_windows,
    week_dict,
    windows_list,
)
from entitlements.rules.written import as_mapping, as_text, refusal, shown
from entitlements.rules.zone import find_zone

Choice = TypeVar("Choice", bound=StrEnum)
Week = dict[str, list[list[str]]]

LONGEST_GRACE = 3650
LONGEST_RESERVE = 1440
STANDINGS = {"draft": Standing.DRAFT, "active": Standing.IN_FORCE, "in_force": Standing.IN_FORCE,
             "suspended": Standing.SUSPENDED, "cancelled": Standing.CANCELLED, "canceled": Standing.CANCELLED}
NO_LIMIT = frozenset({"none", "unlimited", "no limit"})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_PRINTED_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", re.ASCII)
_LIMIT = re.compile(r"(?:(\d{1,4}(?:\.\d{1,3})?) ?h(?:rs?|ours?)?)? ?(?:(\d{1,5}) ?m(?:ins?|inutes?)?)? ?"
                    r"(?:(\d{1,6}) ?s(?:ecs?|econds?)?)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def name_cell(longest: int) -> Callable[[object, str], str]:
    """A reader of names: printable text of at most that many characters. JSON's whole numbers are names too."""
    def read(value: object, field: str) -> str:
        text = as_text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, field).strip()
        if not text.isprintable():
            raise refusal(field, "has characters in it that cannot be shown")
        if len(text) > longest:
            raise refusal(field, f"{shown(text)} is longer than {longest} characters")
        return text
    return read


def zone_cell(value: object, field: str) -> str:
    """The IANA name of a time zone."""
    return find_zone(value.strip() if isinstance(value, str) else value, field).name


def language_cell(value: object, field: str) -> str:
    """The code of a language that customers can be told things in."""
    return parse_language(as_text(value, field), field)


def date_cell(value: object, field: str) -> date:
    """A local date, `01-Jan-2024` or `2024-01-01`."""
    text = as_text(value, field).strip()
    iso, printed = _ISO_DATE.fullmatch(text), _PRINTED_DATE.fullmatch(text)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if printed:
            return date(int(printed[3]), MONTHS.index(printed[2].lower()) + 1, int(printed[1]))
    except ValueError:
        raise refusal(field, f"there is no date {shown(text)}") from None
    raise refusal(field, f"{shown(text)} is not a date; write it as 01-Jan-2024 or 2024-01-01")


def limit_cell(value: object, field: str) -> int:
    """Seconds a day, out of `3hrs`, `90min`, `1h30m` or plain seconds; a whole day, or `none`, is no limit."""
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value
    else:
        seconds = _seconds(as_text(value, field).strip().lower(), field)
    if seconds < 0:
        raise refusal(field, "a limit must not be negative")
    if seconds > DAY:
        raise refusal(field, "a limit for a day cannot be longer than a day; leave it empty for no limit")
    return seconds


def _seconds(text: str, field: str) -> int:
    if text in NO_LIMIT:
        return DAY
    if _WHOLE.fullmatch(text):
        return int(text)
    found = _LIMIT.fullmatch(" ".join(text.lstrip("-").split()))
    if not found or not any(found.groups()):
        raise refusal(field, f"{shown(text)} is not a limit; write it as 3hrs, 90min, 1h30m or in seconds")
    hours, minutes, seconds = found.groups()
    total = float(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return -round(total) if text.startswith("-") else round(total)


def count_cell(longest: int) -> Callable[[object, str], int]:
    """A reader of whole numbers from 0 to `longest`."""
    def read(value: object, field: str) -> int:
        text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not _WHOLE.fullmatch(text):
            raise refusal(field, f"{shown(value)} is not a whole number")
        if not 0 <= int(text) <= longest:
            raise refusal(field, "must not be negative" if int(text) < 0 else f"must not be above {longest}")
        return int(text)
    return read


def weekly_cell(value: object, field: str) -> Week:
    """A week, as an object of weekdays or as compact text, in canonical form."""
    return parse_weekly(value, field) if isinstance(value, str) else week_dict(parse_week(value, field))


def days_cell(value: object, field: str) -> tuple[str, ...]:
    """Weekday names out of `Mon-Fri` or `Mon,Wed`; a `;` may stand for the comma, as it does in other lists."""
    return parse_days(value.replace(";", ",") if isinstance(value, str) else value, field)


def dates_cell(value: object, field: str) -> frozenset[str]:
    """Local dates, in ISO form."""
    return frozenset(date_cell(each, field).isoformat() for each in _list(value, field))


def exceptions_cell(value: object, field: str) -> Mapping[str, list[list[str]]]:
    """Dates with windows of their own: an object, or text such as `2026-12-24 09:00-12:00; 2026-12-31 closed`."""
    if isinstance(value, str):
        return dict(exception_cell(part, field) for part in _list(value, field))
    return {date_cell(day, field).isoformat(): windows_list(parse_windows(windows, f"{field}.{day}"))
            for day, windows in as_mapping(value, field).items()}


def exception_cell(part: object, field: str) -> tuple[str, list[list[str]]]:
    """A date and its windows, out of `2026-12-24 09:00-12:00` or `2026-12-31 closed`."""
    day, _, windows = as_text(part, field).strip().partition(" ")
    if windows.strip().lower() in ("", "closed"):
        return date_cell(day, field).isoformat(), []
    return date_cell(day, field).isoformat(), windows_list(parse_hours(windows, field))


def standing_cell(value: object, field: str) -> Standing:
    """What people have set about a license; where it stands by its dates cannot be set."""
    text = as_text(value, field).strip().lower().replace(" ", "_")
    if text not in STANDINGS:
        raise refusal(field, f"{shown(text)} cannot be set; expected draft, active, suspended or cancelled")
    return STANDINGS[text]


def choice_cell(kind: type[Choice]) -> Callable[[object, str], Choice]:
    """A reader of one of the words of an enumeration."""
    def read(value: object, field: str) -> Choice:
        text = as_text(value, field).strip().lower().replace(" ", "_")
        found = next((each for each in kind if each.value == text), None)
        if found is None:
            raise refusal(field, f"{shown(text)} is unknown; expected one of {', '.join(kind)}")
        return found
    return read


def choices_cell(kind: type[Choice]) -> Callable[[object, str], frozenset[Choice]]:
    """A reader of several of them."""
    one = choice_cell(kind)
    return lambda value, field: frozenset(one(each, field) for each in _list(value, field))


def names_cell(longest: int) -> Callable[[object, str], frozenset[str]]:
    """A reader of lists of names."""
    one = name_cell(longest)
    return lambda value, field: frozenset(one(each, field) for each in _list(value, field))


def addresses_cell(value: object, field: str) -> frozenset[str]:
    """Mail addresses, in lower case."""
    return frozenset(_address(each, field) for each in _list(value, field))


def _address(value: object, field: str) -> str:
    address = normal_address(as_text(value, field))
    if not is_address(address):
        raise refusal(field, f"{shown(value)} is not a mail address")
    return address


def domains_cell(value: object, field: str) -> frozenset[str]:
    """Mail domains that are a customer's own, in lower case."""
    return frozenset(_domain(each, field) for each in _list(value, field))


def _domain(value: object, field: str) -> str:
    domain = normal_domain(as_text(value, field).strip().removeprefix("@"))
    if not is_domain(domain):
        raise refusal(field, f"{shown(value)} is not a mail domain")
    if is_suffix(domain):
        raise refusal(field, f"under {domain} anybody can register a domain; name the customer's own, as in "
                             f"example.{domain}")
    if is_public(domain):
        raise refusal(field, f"{domain} is a public mail domain: anybody can have an address there; "
                             "name the customer's people as contacts instead")
    return domain


def _list(value: object, field: str) -> list[object]:
    """The values of a JSON list, or of text with `;` between them; empty ones are dropped."""
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise refusal(field, f"must be a list, or text with ; between the values, not {shown(value)}")
    return [part for part in parts if not (isinstance(part, str) and not part.strip())]
