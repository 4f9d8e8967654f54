"""A schedule's usual week in words: `Monday to Friday, 09:00-17:00 (Paris)`."""

from __future__ import annotations

from itertools import groupby

from babel.dates import get_day_names

from entitlements.rules.language import Language
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from entitlements.wording.sentences import say
from entitlements.wording.times import ENGLISH, city, listed

ALL_DAY = (("00:00", "24:00"),)
Texts = tuple[tuple[str, ...], ...]


def hours_text(schedule: Schedule, language: Language = ENGLISH) -> str:
    """The usual week, days with the same windows together, and the place whose clock is meant."""
    if schedule.always_open:
        return say(language, "hours.always")
    if schedule.never_opens:
        return say(language, "hours.never")
    days_of: dict[Texts, list[int]] = {}
    for name, windows in schedule.week().items():
        days_of.setdefault(tuple(map(tuple, windows)), []).append(WEEKDAYS.index(name))
    parts = [say(language, "hours.days", days=days_text(days, language), times=windows_text(windows, language))
             for windows, days in days_of.items()]
    week = say(language, "hours.between").join(parts) or say(language, "hours.single")
    return say(language, "hours", week=week, place=city(schedule.zone, language))


def windows_text(windows: Texts, language: Language = ENGLISH) -> str:
    """`09:00-12:00 and 13:00-17:00`, or `24 hours`."""
    if windows == ALL_DAY:
        return say(language, "hours.all_day")
    told = [say(language, "hours.window", start=start, end=end) for start, end in windows]
    return say(language, "hours.times", times=listed(told, language))


def days_text(days: list[int], language: Language = ENGLISH) -> str:
    """`Monday to Friday`, `Saturday and Sunday`, `every day`: weekdays by number, Monday being 0, in order."""
    if len(days) == len(WEEKDAYS):
        return say(language, "hours.every_day")
    # Days in a row differ from their place in the list by the same number.
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0])]
    return listed([text for run in runs for text in _run_text(run, language)], language)


def _run_text(run: list[int], language: Language) -> list[str]:
    names = get_day_names("wide", locale=language.value)
    if len(run) > 2:
        return [say(language, "hours.run", first=names[run[0]], last=names[run[-1]])]
    return [names[day] for day in run]
