"""Instants and lengths of time as helpdesks write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from integrations.payload import A_YEAR

FORMS = ("auto", "iso", "unix", "unix_ms", "rfc2822")
"""`auto` takes any of the others, by its looks."""
UNITS: Mapping[str, float] = {"seconds": 1, "minutes": 60, "hours": 3600, "milliseconds": 0.001}
LENGTHS = (*UNITS, "clock", "iso")
CLOCK = re.compile(r"(-?)(?:(-?\d{1,4}) )?(\d{1,5}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)
ISO = re.compile(r"(-?)P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?", re.ASCII)
LATEST = 253_402_300_799  # the last second of the year 9999
FIRST_MILLISECONDS = 1e11  # as seconds, what is larger lies beyond the year 5000


def is_form(form: str) -> bool:
    """Whether a text names a form of instants: one of FORMS, or a pattern of strptime."""
    if form in FORMS:
        return True
    try:
        return "%" in form and bool(datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc).strftime(form))
    except ValueError:
        return False


def read_instant(value: object, form: str, zone: str) -> datetime:
    """An aware UTC instant. `zone` is meant where the text names none. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("it is no text and no number")
    form = _seen(value) if form == "auto" else form
    if form in ("unix", "unix_ms"):
        seconds = float(value) / (1000 if form == "unix_ms" else 1)
        if not 0 <= seconds <= LATEST:  # and so is no NaN
            raise ValueError("it lies outside the years 1970 to 9999")
        return datetime.fromtimestamp(seconds, timezone.utc)
    at = _read_text(str(value).strip(), form)
    if at.tzinfo is None and not zone:
        raise ValueError("it names no time zone; say which is meant with zone")
    try:
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("it lies outside the years 1 to 9999") from None


def _seen(value: str | int | float) -> str:
    """The form that a value has by its looks."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{9,16}(\.[0-9]+)?", value.strip(), re.ASCII):
        return "rfc2822" if re.match(r"\s*[A-Za-z]{3},|\s*[0-9]{1,2} [A-Za-z]{3} ", value, re.ASCII) else "iso"
    return "unix" if float(value) < FIRST_MILLISECONDS else "unix_ms"


def _read_text(text: str, form: str) -> datetime:
    if form == "iso":
        return datetime.fromisoformat(text)
    if form == "rfc2822":
        return parsedate_to_datetime(text)
    return datetime.strptime(text, form)  # noqa: DTZ007  a zone is added where the form has none


def written_as(at: datetime, form: str, zone: str) -> str | int:
    """An instant in one of the forms; unix times are numbers."""
    if form in ("unix", "unix_ms"):
        return int(at.timestamp() * (1000 if form == "unix_ms" else 1))
    if form in ("auto", "iso"):
        return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "rfc2822":
        return at.astimezone(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return at.astimezone(ZoneInfo(zone or "UTC")).strftime(form)


def read_length(value: object, unit: str) -> int:
    """A length of time in whole seconds, at most a year either way. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("it is no text and no number")
    told = str(value).strip()
    seconds = _clock(told) if unit == "clock" else _iso(told) if unit == "iso" else float(told) * UNITS[unit]
    if not abs(seconds) <= A_YEAR:
        raise ValueError("it is more than a year")
    return round(seconds)


def _clock(text: str) -> float:
    """`h:mm`, `h:mm:ss`, or days before it. Days are counted back from, as `-1 23:30:00`, minus half an hour."""
    found = CLOCK.fullmatch(text)
    if found is None:
        raise ValueError("it is not written h:mm or h:mm:ss")
    sign, days, hours, minutes, seconds = found.groups()
    if days is None:
        return (-1 if sign else 1) * (int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0))
    return (-1 if sign else 1) * int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


def _iso(text: str) -> float:
    found = ISO.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise ValueError("it is not written as PT1H30M")
    sign, *parts = found.groups()
    total = sum(int(part or 0) * size for part, size in zip(parts, (86400, 3600, 60, 1), strict=True))
    return -total if sign else total
