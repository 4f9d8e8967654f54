"""Instants, dates and durations as people read them, in the local time of a zone that is named with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import format_date

from entitlements.rules.zone import ZoneDataError, find_zone, instant_of, seconds_of

LOCALE = "en"
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})


def city(zone: str) -> str:
    """What a zone is called: the city in its IANA name, `UTC` for all of UTC's names."""
    return "UTC" if zone in UTC_NAMES else zone.rpartition("/")[2].replace("_", " ")


def local(at: datetime, zone: str) -> datetime:
    """What a clock in the zone shows at an aware instant, as a naive datetime. Raises ZoneDataError."""
    found = find_zone(zone)
    return instant_of(found.wall(found.known(seconds_of(at)))).replace(tzinfo=None)


def clock_text(shown: datetime) -> str:
    """`09:00`, and the seconds only where there are some."""
    return shown.strftime("%H:%M:%S" if shown.second else "%H:%M")


def day_text(day: date, year: int) -> str:
    """`Monday 9 March`; with the year when it is not the one given."""
    return format_date(day, "EEEE d MMMM" if day.year == year else "EEEE d MMMM y", locale=LOCALE)


def date_text(day: date) -> str:
    """`31 December 2026`: for dates that stand in a contract, always with the year."""
    return format_date(day, "d MMMM y", locale=LOCALE)


def moment_text(at: datetime, zone: str, now: datetime, *, about: bool = False) -> str:
    """`Monday 9 March at 09:00 (Paris)`, with the year when it is another than that of `now`. Aware instants.

    With `about`, `at about 09:00`: for what may take a few minutes more.
    """
    shown = local(at, zone)
    at_about = "at about" if about else "at"
    return f"{day_text(shown.date(), local(now, zone).year)} {at_about} {clock_text(shown)} ({city(zone)})"


def moment_for(at: datetime, zone: str, reader_zone: str, now: datetime, *, about: bool = False) -> str:
    """The moment in one zone, followed by the reader's own time where their clock shows another: `..., 17:00 your
    time in Tokyo`."""
    theirs = _readers_time(at, zone, reader_zone, now)
    return moment_text(at, zone, now, about=about) + (f", {theirs}" if theirs else "")


def _readers_time(at: datetime, zone: str, reader_zone: str, now: datetime) -> str:
    if not reader_zone:
        return ""
    shown = local(at, zone)
    try:
        theirs = local(at, reader_zone)
    except ZoneDataError:
        return ""
    if theirs == shown:
        return ""
    day = "" if theirs.date() == shown.date() else f"{day_text(theirs.date(), local(now, zone).year)} at "
    place = city(reader_zone)
    return f"{day}{clock_text(theirs)} your time {'(UTC)' if place == 'UTC' else f'in {place}'}"


def duration_text(seconds: int) -> str:
    """`3 h`, `1 h 30 min`, `45 min`, `20 s`; seconds are told only below a minute or where they are left over."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if count]
    return ("-" if seconds < 0 else "") + (" ".join(parts) or "0 min")


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def all_of(names: Sequence[str]) -> str:
    """`a and b both`, `a, b and c all`: several of something, as the subject of a sentence."""
    return f"{listed(list(names))} {'both' if len(names) == 2 else 'all'}"
