"""Instants, dates and durations as people read them, in the local time of a zone that is named with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, get_timezone_location
from babel.lists import format_list

from entitlements.rules.language import Language
from entitlements.rules.zone import ZoneDataError, find_zone, instant_of, seconds_of
from entitlements.wording.sentences import CATALOGS, say

LOCALE = "en"
ENGLISH = Language.ENGLISH
LISTED_AS_IN = {Language.ENGLISH: "en_GB"}  # without a comma before the last
FIRST_OF_MONTH = {Language.FRENCH: "d'er'"}
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})


def city(zone: str, language: Language = ENGLISH) -> str:
    """What a zone is called: the city in its IANA name, `UTC` for all of UTC's names; in another language than English
    as that language calls the city, where it has a name of its own for it."""
    if zone in UTC_NAMES:
        return "UTC"
    return zone.rpartition("/")[2].replace("_", " ") if language is ENGLISH else _city_abroad(zone, language)


@lru_cache(maxsize=1000)
def _city_abroad(zone: str, language: Language) -> str:
    try:
        return get_timezone_location(zone, locale=language.value, return_city=True).rpartition("/")[2]
    except LookupError:  # a zone that Babel does not know
        return city(zone)


def local(at: datetime, zone: str) -> datetime:
    """What a clock in the zone shows at an aware instant, as a naive datetime. Raises ZoneDataError."""
    found = find_zone(zone)
    return instant_of(found.wall(found.known(seconds_of(at)))).replace(tzinfo=None)


def clock_text(shown: datetime) -> str:
    """`09:00`, and the seconds only where there are some."""
    return shown.strftime("%H:%M:%S" if shown.second else "%H:%M")


def day_text(day: date, year: int, language: Language = ENGLISH) -> str:
    """`Monday 9 March`; with the year when it is not the one given."""
    return _dated(day, "day" if day.year == year else "day.year", language)


def date_text(day: date, language: Language = ENGLISH) -> str:
    """`31 December 2026`: for dates that stand in a contract, always with the year."""
    return _dated(day, "date", language)


def _dated(day: date, form: str, language: Language) -> str:
    pattern = CATALOGS[language][form]
    if day.day == 1 and language in FIRST_OF_MONTH:
        pattern = pattern.replace("d", FIRST_OF_MONTH[language], 1)
    return format_date(day, pattern, locale=language.value)


def moment_text(at: datetime, zone: str, now: datetime, *, about: bool = False, language: Language = ENGLISH) -> str:
    """`Monday 9 March at 09:00 (Paris)`, with the year when it is another than that of `now`. Aware instants.

    With `about`, `at about 09:00`: for what may take a few minutes more.
    """
    shown = local(at, zone)
    day = day_text(shown.date(), local(now, zone).year, language)
    return say(language, "moment.about" if about else "moment", day=day, time=clock_text(shown),
               place=city(zone, language))


def moment_for(at: datetime, zone: str, reader_zone: str, now: datetime, *, about: bool = False,
               language: Language = ENGLISH) -> str:
    """The moment in one zone, followed by the reader's own time where their clock shows another: `..., 17:00 your
    time in Tokyo`."""
    told = moment_text(at, zone, now, about=about, language=language)
    shown, theirs = local(at, zone), _readers_time(at, reader_zone)
    if theirs is None or theirs == shown:
        return told
    form = "theirs.utc" if reader_zone in UTC_NAMES else "theirs"
    places = {"moment": told, "time": clock_text(theirs), "place": city(reader_zone, language)}
    if theirs.date() == shown.date():
        return say(language, form, **places)
    return say(language, f"{form}.day", day=day_text(theirs.date(), local(now, zone).year, language), **places)


def _readers_time(at: datetime, zone: str) -> datetime | None:
    """What the reader's clock shows, if it is known where they read it, and known that far ahead."""
    try:
        return local(at, zone) if zone else None
    except ZoneDataError:
        return None


def duration_text(seconds: int, language: Language = ENGLISH) -> str:
    """`3 h`, `1 h 30 min`, `45 min`, `20 s`; seconds are told only below a minute or where they are left over."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    counted = (("duration.hours", hours), ("duration.minutes", minutes), ("duration.seconds", left))
    parts = [say(language, unit, count=count) for unit, count in counted if count]
    told = say(language, "duration.between").join(parts) or say(language, "duration.minutes", count=0)
    return ("-" if seconds < 0 else "") + told


def listed(names: Sequence[str], language: Language = ENGLISH) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return format_list(list(names), locale=LISTED_AS_IN.get(language, language.value))


def all_of(names: Sequence[str]) -> str:
    """`a and b both`, `a, b and c all`: several of something, as the subject of a sentence."""
    return f"{listed(names)} {'both' if len(names) == 2 else 'all'}"
