"""A schedule's timetable: weekly windows, holidays, closures and exceptions, in wall time and of no zone yet.

Knows which windows start on a date and during which part of it the desk is open. A date is a day number, counted
from 1 January of year 1, which was a Monday: so the day number modulo 7 is the weekday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from entitlements.rules.schedule_rules import Rule
from entitlements.rules.windows import DAY, Week, Window, Windows, parse_week, parse_windows, week_dict, windows_list
from entitlements.rules.written import (
    Refusals,
    as_mapping,
    as_text,
    items_of,
    read_each,
    refusal,
    required,
    shown,
    within,
)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Stretches = tuple[tuple[int, int], ...]


def day_number(day: date) -> int:
    """Days from 1 January of year 1 to that date."""
    return day.toordinal() - 1


def date_of(number: int) -> date:
    """The date that many days after 1 January of year 1."""
    return date.fromordinal(number + 1)


@dataclass(frozen=True)
class Timetable:
    """The written promise: the usual week, the dates closed all day or for some hours, those with windows of their own.

    A date's exception, written by hand, wins over both a holiday and a closure of the same date.
    """

    weekly: Week
    holidays: frozenset[int]
    exceptions: Mapping[int, Windows] = field(hash=False)
    closures: Mapping[int, Windows] = field(hash=False)

    @classmethod
    def parse(cls, parts: Mapping[object, object]) -> Timetable:
        """The timetable from its JSON-able parts; raises ConfigError naming all that is wrong in them."""
        refusals = Refusals()
        with refusals:
            weekly = parse_week(required(parts, "weekly"))
        with refusals:
            holidays = frozenset(read_each(_parse_date, items_of(parts.get("holidays", ()), "holidays")))
        with refusals:
            exceptions = _parse_dates(parts, "exceptions", parse_windows)
        with refusals:
            closures = _parse_dates(parts, "closures", _parse_closures)
        refusals.settle()
        return cls(weekly, holidays, exceptions, closures)

    def to_dict(self) -> dict[str, object]:
        """The JSON-able parts in canonical form, dates in order."""
        return {
            "weekly": week_dict(self.weekly),
            "holidays": [date_of(day).isoformat() for day in sorted(self.holidays)],
            "exceptions": _dates_dict(self.exceptions),
            **({"closures": _dates_dict(self.closures)} if self.closures else {}),
        }

    def is_holiday(self, day: int) -> bool:
        """Whether the date is closed all day; an exception written for the same date wins."""
        return day in self.holidays and day not in self.exceptions

    def starting_on(self, day: int) -> Windows:
        """The windows that start on that date."""
        return () if self.is_holiday(day) else self.starting_but_for_holidays(day)

    def starting_but_for_holidays(self, day: int) -> Windows:
        """The windows that would start on that date if no date were a holiday."""
        return self.exceptions.get(day, self.weekly[day % 7])

    def tail_into(self, day: int) -> int:
        """Seconds of that date still held by windows that started the evening before; a holiday cuts them."""
        return 0 if self.is_holiday(day) else longest_tail(self.starting_on(day - 1))

    def closed_hours(self, day: int) -> Windows:
        """The hours of that date that a part-day holiday closes."""
        return () if day in self.exceptions else self.closures.get(day, ())

    def is_tail(self, day: int, second: int) -> bool:
        """Whether that second of the date belongs to a window that started the evening before."""
        return second < self.tail_into(day) and not any(start <= second < end
                                                        for start, end in self.closed_hours(day))

    def usual_stretches(self, weekday: int) -> Stretches:
        """When the desk is open on such a weekday (0 is Monday) with nothing special on it or the day before."""
        return stretches(self.weekly[weekday], longest_tail(self.weekly[weekday - 1]))

    def stretches_on(self, day: int) -> Stretches:
        """When the desk is open during that calendar date."""
        opened = stretches(self.starting_on(day), self.tail_into(day))
        return without(opened, self.closed_hours(day)) if day in self.closures else opened

    def special_days(self) -> list[int]:
        """In order, the dates that may differ from their weekday: those written down, and those whose early morning
        differs because the evening before is one of them."""
        written = self.holidays | self.exceptions.keys() | self.closures.keys()
        mornings = {day + 1 for day in written if self.tail_into(day + 1) != longest_tail(self.weekly[day % 7])}
        return sorted(written | mornings)

    def would_be_open(self, day: int, second: int) -> bool:
        """Whether the desk would be open at that wall second of the date if no date were a holiday."""
        return (any(start <= second < end for start, end in self.starting_but_for_holidays(day))
                or second < longest_tail(self.starting_but_for_holidays(day - 1)))


def longest_tail(windows: Windows) -> int:
    """Seconds by which the windows of one date reach into the next."""
    return max((window.tail for window in windows), default=0)


def stretches(windows: Windows, tail: int) -> Stretches:
    """The open stretches of one calendar date: its own windows up to midnight, and the tail of the evening before."""
    own = ((start, min(end, DAY)) for start, end in windows)
    return joined([(0, tail), *own] if tail else own)


def joined(ordered: Iterable[tuple[int, int]]) -> Stretches:
    """The stretches, which come in order of their start, with those that touch or overlap made one."""
    apart: list[tuple[int, int]] = []
    for start, end in ordered:
        if apart and start <= apart[-1][1]:
            start, before = apart.pop()
            end = max(before, end)
        apart.append((start, end))
    return tuple(apart)


def without(opened: Stretches, closed: Windows) -> Stretches:
    """The stretches less the closed hours, both in order."""
    left: list[tuple[int, int]] = []
    for start, end in opened:
        for closes, reopens in closed:
            if start < closes < end:
                left.append((start, closes))
            start = max(start, min(reopens, end)) if closes < end else start
        if start < end:
            left.append((start, end))
    return tuple(left)


def _parse_dates(parts: Mapping[object, object], name: str,
                 parse: Callable[[object, str], Windows]) -> dict[int, Windows]:
    """The windows of each date in the part of that name; none where the part is missing."""
    days: list[int] = []
    hours: list[Windows] = []
    refusals = Refusals()
    for day, windows in as_mapping(parts.get(name, {}), name).items():
        path = within(name, day)
        with refusals:
            days.append(_parse_date(day, path))
        with refusals:
            hours.append(parse(windows, path))
    refusals.settle()
    return dict(zip(days, hours, strict=True))


def _parse_closures(written: object, path: str) -> Windows:
    windows = parse_windows(written, path)
    if any(window.tail for window in windows):
        raise refusal(path, "closed hours end on their own date; write the rest on the next one",
                      Rule.CLOSURE_WITHIN_DAY)
    return tuple(Window(*stretch) for stretch in joined(windows))


def _dates_dict(dates: Mapping[int, Windows]) -> dict[str, list[list[str]]]:
    return {date_of(day).isoformat(): windows_list(dates[day]) for day in sorted(dates)}


def _parse_date(written: object, path: str) -> int:
    text = as_text(written, path)
    try:
        if _DATE.fullmatch(text):
            return day_number(date.fromisoformat(text))
    except ValueError:
        pass  # the right form, but no such day; refused below with the rest
    raise refusal(path, f"{shown(text)} is not a date; write it as 2026-12-25", Rule.REAL_DATE)
