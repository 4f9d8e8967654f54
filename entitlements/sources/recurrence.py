"""The dates on which something repeats: by day, week, month or year, as RFC 5545 means a recurrence rule.

It is worked out here and not by `dateutil`, which walks on to the year 9999 when a rule never comes true (30 February)
and cannot be stopped on the way. Here nothing is looked at beyond the dates that are wanted, and each date looked at
costs effort, of which there is a limit. The tests compare the two.

A date is a day number, counted from 1 January of year 1, which was a Monday.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from entitlements.errors import ConfigError
from entitlements.rules.timetable import date_of, day_number

MOST_EFFORT = 500_000

EVERY_MONTH = range(1, 13)


class Frequency(Enum):
    """The period within which a rule picks its dates."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class Effort:
    """What is left of the work that one file may take: a unit for every date looked at."""

    def __init__(self, left: int = MOST_EFFORT) -> None:
        self.left = left

    def spend(self, units: int) -> None:
        """Take off so many units; raises ConfigError when there are not that many."""
        self.left -= units
        if self.left < 0:
            raise ConfigError("it repeats for too long to be worked out", field="content")


@dataclass(frozen=True)
class Rule:
    """A recurrence rule. What is empty does not restrict; negative numbers count from the end.

    `weekdays` are pairs of a weekday (0 is Monday) and which one it is of its month or year, 0 for every one of them.
    `positions` picks from the dates of each period. `until` is the last wall second at which an occurrence may start.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: int | None = None
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: frozenset[int] = frozenset()
    week_start: int = 0


def days_of(rule: Rule, start: int, first: int, last: int, effort: Effort) -> Iterator[int]:
    """The dates of the rule in order, no earlier than `start`, where it is counted from, and no later than `last`.

    Those before `first` may be left out, except when the rule counts its dates. Raises ConfigError when it takes too
    much effort.
    """
    if start > last:
        return
    begin = start if rule.count is not None else max(start, first)
    for candidates in _periods(rule, start, begin, last):
        effort.spend(1 + len(candidates))
        yield from (day for day in _picked(rule, candidates) if start <= day <= last)


def _periods(rule: Rule, start: int, begin: int, last: int) -> Iterator[Sequence[int]]:
    """The dates to choose from, period by period, from the one that `begin` lies in."""
    match rule.frequency:
        case Frequency.DAILY:
            return ([day] for day in _steps(start, begin, last, rule.interval))
        case Frequency.WEEKLY:
            week = start - (start - rule.week_start) % 7
            return (range(max(day, 0), day + 7) for day in _steps(week, begin, last, 7 * rule.interval))
        case Frequency.MONTHLY:
            months = _steps(_month(start), _month(begin), _month(last), rule.interval)
            return (_month_days(rule, *divmod(month, 12)) for month in months)
        case Frequency.YEARLY:
            years = _steps(date_of(start).year, date_of(begin).year, date_of(last).year, rule.interval)
            return (_year_days(rule, year) for year in years)


def _steps(start: int, begin: int, last: int, step: int) -> range:
    """Every `step`-th number counted from `start`, beginning with the last one that is not after `begin`."""
    return range(start + (begin - start) // step * step, last + 1, step)


def _month(day: int) -> int:
    """The month of a date, counted from January of year 0."""
    on = date_of(day)
    return 12 * on.year + on.month - 1


def _year_days(rule: Rule, year: int) -> list[int]:
    return [day for month in sorted(rule.months or EVERY_MONTH) for day in _month_days(rule, year, month - 1)]


def _month_days(rule: Rule, year: int, month: int) -> Sequence[int]:
    """The dates of a month, counted from 0, that the rule may pick."""
    first = day_number(date(year, month + 1, 1))
    length = monthrange(year, month + 1)[1]
    if not rule.month_days:
        return range(first, first + length)
    named = {day - 1 if day > 0 else length + day for day in rule.month_days}
    return [first + day for day in sorted(named) if 0 <= day < length]


def _picked(rule: Rule, candidates: Iterable[int]) -> Iterable[int]:
    fitting = [day for day in candidates if _fits(rule, date_of(day))]
    if not rule.positions:
        return fitting
    places = {place - 1 if place > 0 else len(fitting) + place for place in rule.positions}
    return [fitting[place] for place in sorted(places) if 0 <= place < len(fitting)]


def _fits(rule: Rule, on: date) -> bool:
    return ((not rule.months or on.month in rule.months)
            and (not rule.month_days or _is_numbered(rule.month_days, on.day, monthrange(on.year, on.month)[1]))
            and (not rule.year_days or _is_numbered(rule.year_days, _day_of_year(on), _year_length(on.year)))
            and (not rule.weeks or _is_numbered(rule.weeks, *_week_of(on, rule.week_start)))
            and (not rule.weekdays or _is_weekday(rule, on)))


def _is_numbered(wanted: frozenset[int], number: int, length: int) -> bool:
    """Whether the `number`-th of `length`, both counted from 1, is among the wanted ones."""
    return number in wanted or number - length - 1 in wanted


def _is_weekday(rule: Rule, on: date) -> bool:
    wanted = [nth for weekday, nth in rule.weekdays if weekday == on.weekday()]
    if not wanted or 0 in wanted or rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        return bool(wanted)
    if rule.frequency is Frequency.MONTHLY or rule.months:
        number, length = on.day, monthrange(on.year, on.month)[1]
    else:
        number, length = _day_of_year(on), _year_length(on.year)
    return (number - 1) // 7 + 1 in wanted or -((length - number) // 7 + 1) in wanted


def _week_of(on: date, week_start: int) -> tuple[int, int]:
    """The number of the week and how many its year has: the first one has at least four days in the year."""
    # The fourth day of a week lies in the year that the week belongs to.
    middle = day_number(on) - (on.weekday() - week_start) % 7 + 3
    year = date_of(middle).year
    weeks_before = (middle - day_number(date(year, 1, 1))) // 7
    weeks_after = (day_number(date(year, 12, 31)) - middle) // 7
    return weeks_before + 1, weeks_before + 1 + weeks_after


def _day_of_year(on: date) -> int:
    return on.timetuple().tm_yday


def _year_length(year: int) -> int:
    return _day_of_year(date(year, 12, 31))
