"""A schedule's usual week in words: `Monday to Friday, 09:00-17:00 (Paris)`."""

from __future__ import annotations

from itertools import groupby

from babel.dates import get_day_names

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS
from entitlements.wording.times import LOCALE, city, listed

ALL_DAY = (("00:00", "24:00"),)
Texts = tuple[tuple[str, ...], ...]


def hours_text(schedule: Schedule) -> str:
    """The usual week, days with the same windows together, and the place whose clock is meant."""
    if schedule.always_open:
        return "24 hours a day, every day"
    if schedule.never_opens:
        return "no hours at all"
    days_of: dict[Texts, list[int]] = {}
    for name, windows in schedule.week().items():
        days_of.setdefault(tuple(map(tuple, windows)), []).append(WEEKDAYS.index(name))
    parts = [f"{days_text(days)}, {windows_text(windows)}" for windows, days in days_of.items()]
    return f"{'; '.join(parts) or 'single days only'} ({city(schedule.zone)})"


def windows_text(windows: Texts) -> str:
    """`09:00-12:00 and 13:00-17:00`, or `24 hours`."""
    return "24 hours" if windows == ALL_DAY else listed(["-".join(window) for window in windows])


def days_text(days: list[int]) -> str:
    """`Monday to Friday`, `Saturday and Sunday`, `every day`: weekdays by number, Monday being 0, in order."""
    if len(days) == len(WEEKDAYS):
        return "every day"
    # Days in a row differ from their place in the list by the same number.
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0])]
    return listed([text for run in runs for text in _run_text(run)])


def _run_text(run: list[int]) -> list[str]:
    names = get_day_names("wide", locale=LOCALE)
    if len(run) > 2:
        return [f"{names[run[0]]} to {names[run[-1]]}"]
    return [names[day] for day in run]
