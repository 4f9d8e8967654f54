"""Recurrence rules as iCalendar writes them: `FREQ=YEARLY;BYMONTH=11;BYDAY=4TH`.

The `icalendar` package reads the parts. It takes any number and any mixture of them for a rule; what makes sense, and
what may be asked of closed hours, is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from icalendar.prop import vRecur

from entitlements.rules.timetable import date_of
from entitlements.rules.windows import DAY
from entitlements.rules.written import shown
from entitlements.sources.ical_text import Line, understood, wrong
from entitlements.sources.ical_times import Moment, as_moment
from entitlements.sources.recurrence import Frequency, Rule

LONGEST_INTERVAL = 1_000

_TOO_OFTEN = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour"}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_MOST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "RSCALE", "SKIP", *_MOST, *_TIMES}

Parts = Mapping[str, list[object]]


def read_rule(line: Line, start: Moment) -> Rule:
    """The rule of an event that starts at that moment, which says whatever the rule does not. Raises ConfigError."""
    parts = _parts(line)
    _check_times(parts, start)
    rule = Rule(
        _frequency(parts),
        interval=_count(parts, "INTERVAL", LONGEST_INTERVAL) or 1,
        count=_count(parts, "COUNT"),
        until=_until(parts, line, start),
        months=_numbers(parts, "BYMONTH"),
        month_days=_numbers(parts, "BYMONTHDAY"),
        year_days=_numbers(parts, "BYYEARDAY"),
        weeks=_numbers(parts, "BYWEEKNO"),
        weekdays=frozenset(_weekday(told) for told in parts.get("BYDAY", [])),
        positions=_numbers(parts, "BYSETPOS"),
        week_start=_weekday(parts["WKST"][0])[0] if "WKST" in parts else 0,
    )
    return _completed(rule, start)


def _parts(line: Line) -> Parts:
    told = understood(vRecur.from_ical, line.value, line.name)
    parts = {str(name): list(values) for name, values in told.items()} if isinstance(told, Mapping) else {}
    for name in parts:
        if name not in _KNOWN:
            raise wrong(f"its rule has a part {shown(name)}, which is not known")
    if [str(told) for told in parts.get("RSCALE", [])] not in ([], ["GREGORIAN"]) or "SKIP" in parts:
        raise wrong("its rule counts otherwise than the usual (Gregorian) year does; only that is known")
    return parts


def _frequency(parts: Parts) -> Frequency:
    written = str(parts["FREQ"][0]) if "FREQ" in parts else ""
    if written in _TOO_OFTEN:
        raise wrong(f"it repeats by the {_TOO_OFTEN[written]}; closed hours repeat by day, week, month or year")
    if written not in Frequency.__members__:
        raise wrong("its rule does not say how often it repeats (FREQ)")
    return Frequency[written]


def _count(parts: Parts, name: str, most: int | None = None) -> int | None:
    if name not in parts:
        return None
    number = parts[name][0]
    if not isinstance(number, int) or number < 1 or (most is not None and number > most):
        raise wrong(f"its rule has {shown(number)} for {name}, which must be from 1 {f'to {most}' if most else 'on'}")
    return int(number)


def _numbers(parts: Parts, name: str) -> frozenset[int]:
    least = 1 if name == "BYMONTH" else -_MOST[name]
    numbers: set[int] = set()
    for number in parts.get(name, []):
        # Some ways to count years have leap months, which are written with an L.
        possible = isinstance(number, int) and number != 0 and least <= number <= _MOST[name]
        if not possible or getattr(number, "leap", False):
            raise wrong(f"its rule has {shown(number)} for {name}, which is not possible")
        numbers.add(int(str(number)))
    return frozenset(numbers)


def _weekday(told: object) -> tuple[int, int]:
    """The weekday, 0 for Monday, and which one of its month or year, 0 for every one."""
    named = _WEEKDAY.fullmatch(str(told))
    if not named or abs(int(named[1] or 0)) > _MOST["BYWEEKNO"]:
        raise wrong(f"its rule has {shown(told)} for a day of the week, which is not possible")
    return _WEEKDAYS.index(named[2]), int(named[1] or 0)


def _until(parts: Parts, line: Line, start: Moment) -> int | None:
    """The last wall second, on the clock of the start, at which it may begin: of a date, the last second of that."""
    if "UNTIL" not in parts:
        return None
    until = as_moment(parts["UNTIL"][0], line, start.zone)
    if until.is_date or start.is_date:
        return until.day * DAY + DAY - 1
    return until.told_in(start.zone)


def _check_times(parts: Parts, start: Moment) -> None:
    """Refuse a rule with times of day other than that of the start; of an event without times they say nothing."""
    minutes, second = divmod(start.second % DAY, 60)
    for name, own in zip(_TIMES, (minutes // 60, minutes % 60, second), strict=True):
        if not start.is_date and parts.get(name, [own]) != [own]:
            raise wrong(f"its rule has times of day ({name}) besides its own; write an event for each")


def _completed(rule: Rule, start: Moment) -> Rule:
    """The rule with the date of the start for what it does not say: a yearly event repeats on the day it began."""
    on = date_of(start.day)
    if rule.weekdays or rule.month_days or rule.year_days:
        return rule
    if rule.frequency is Frequency.WEEKLY or (rule.frequency is Frequency.YEARLY and rule.weeks):
        return replace(rule, weekdays=frozenset({(on.weekday(), 0)}))
    if rule.frequency is Frequency.YEARLY:
        return replace(rule, months=rule.months or frozenset({on.month}), month_days=frozenset({on.day}))
    if rule.frequency is Frequency.MONTHLY:
        return replace(rule, month_days=frozenset({on.day}))
    return rule
