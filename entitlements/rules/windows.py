"""Windows as people write them: times of day, lists of windows, the week, and the compact text of a CSV cell.

Everything here is wall time: seconds since midnight on a clock in the schedule's own zone. What is read can be
written back, in one canonical form: `HH:MM` (seconds only where there are some), the end of the day as `24:00`,
windows in order of their start, days from Monday to Sunday, days without windows left out.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import NamedTuple

from entitlements.rules.schedule_rules import Rule
from entitlements.rules.written import (
    Refusals,
    as_list,
    as_mapping,
    as_text,
    items_of,
    only,
    read_each,
    refusal,
    shown,
    within,
)

DAY = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Both mean the end of the day, so that a desk open around the clock is never closed for the last second.
ENDS_OF_DAY = (0, DAY - 1)

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?|24:00(?::00)?")
_COMPACT_EXAMPLE = "write it as 'mon-fri 09:00-12:00,13:00-17:00; sat 09:00-12:00'"


class Window(NamedTuple):
    """One open stretch `[start, end)`, in wall seconds since midnight of the date it starts on.

    Always 0 <= start < 86,400 and start < end <= start + 86,400. An `end` above 86,400 lies on the next date.
    """

    start: int
    end: int

    @property
    def tail(self) -> int:
        """Seconds the window reaches into the next date; 0 when it ends by midnight."""
        return max(0, self.end - DAY)


Windows = tuple[Window, ...]
Week = tuple[Windows, ...]  # seven of them, from Monday


def parse_time(text: object, field: str = "") -> int:
    """Seconds since midnight, 0 to 86,400, of `HH:MM` or `HH:MM:SS`; `24:00` is the end of the day.

    Raises ConfigError, with `field` as its field, for anything else.
    """
    found = _TIME.fullmatch(as_text(text, field))
    if not found:
        raise refusal(field, f"{shown(text)} is not a time of day; write it as HH:MM or HH:MM:SS",
                      Rule.TIME_OF_DAY)
    hours, minutes, seconds = found.groups()
    return DAY if hours is None else int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)


def time_text(seconds: int) -> str:
    """A time of day, 0 to 86,400 seconds since midnight, as `HH:MM`, or as `HH:MM:SS` where there are seconds."""
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text


def parse_window(start: object, end: object, field: str = "") -> Window:
    """The window from one written time to another; a start later than the end runs past midnight.

    As an end, `23:59:59`, `24:00` and `00:00` all mean the end of the day. Raises ConfigError for a start equal to
    its end and for `24:00` as a start.
    """
    opens, closes = read_each(parse_time, ((start, field), (end, field)))
    if opens == DAY:
        raise refusal(field, f"a window cannot start at {start}, the end of the day; start it at 00:00 on the next one",
                      Rule.WINDOW_STARTS_WITHIN_DAY)
    if opens == closes:
        raise refusal(field, f"{start}-{end} starts and ends at the same time; a whole day is 00:00-24:00",
                      Rule.WINDOW_HAS_LENGTH)
    if closes in ENDS_OF_DAY:
        closes = DAY
    return Window(opens, closes if closes > opens else closes + DAY)


def parse_windows(written: object, field: str = "") -> Windows:
    """The windows of one date from a list of `[start, end]`, in order of their start, none twice."""
    return tuple(sorted(set(read_each(_pair, items_of(written, field)))))


def _pair(written: object, field: str) -> Window:
    times = as_list(written, field)
    if len(times) != 2:
        raise refusal(field, f"a window is a start and an end, not {len(times)} values", Rule.WINDOW_PAIR)
    return parse_window(times[0], times[1], field)


def windows_list(windows: Windows) -> list[list[str]]:
    """The windows of one date as a JSON-able list of `[start, end]`."""
    return [[time_text(start), time_text(end if end <= DAY else end - DAY)] for start, end in windows]


def parse_week(written: object, field: str = "weekly") -> Week:
    """The seven days' windows from an object of weekday names; a day not named has none."""
    days, refusals = as_mapping(written, field), Refusals()
    with refusals:
        only(days, WEEKDAYS, field, Rule.KNOWN_WEEKDAY)
    with refusals:
        week = read_each(parse_windows, [(days.get(name, ()), within(field, name)) for name in WEEKDAYS])
    refusals.settle()
    return tuple(week)


def week_dict(week: Week) -> dict[str, list[list[str]]]:
    """The week as a JSON-able object in canonical form."""
    return {name: windows_list(windows) for name, windows in zip(WEEKDAYS, week, strict=True) if windows}


def parse_days(text: object, field: str = "days") -> tuple[str, ...]:
    """Weekday names, from Monday on, out of `Mon-Fri`, `Mon,Wed` or `fri-mon` (around the weekend); empty text is all.

    Upper and lower case are alike. Raises ConfigError for anything that is not a weekday.
    """
    named = as_text(text, field).lower().strip()
    if not named:
        return WEEKDAYS
    meant = {name for part in named.split(",") for name in _run_of_days(part, field)}
    return tuple(name for name in WEEKDAYS if name in meant)


def _run_of_days(part: str, field: str) -> tuple[str, ...]:
    names = [name.strip() for name in part.split("-")]
    for name in names:
        if name not in WEEKDAYS:
            raise refusal(field, f"{shown(name)} is not a weekday; expected one of {', '.join(WEEKDAYS)}",
                          Rule.KNOWN_WEEKDAY)
    if len(names) > 2:
        raise refusal(field, f"{shown(part)} is not a run of days; write it as mon-fri", Rule.COMPACT_WEEK)
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    return tuple(WEEKDAYS[(first + step) % 7] for step in range((last - first) % 7 + 1))


def parse_weekly(text: object, field: str = "weekly") -> dict[str, list[list[str]]]:
    """The canonical week out of its compact text, `mon-fri 09:00-12:00,13:00-17:00; sat 09:00-12:00`.

    Empty text is a week without windows. A day named twice has the windows of both. Raises ConfigError.
    """
    week: dict[str, list[list[str]]] = {}
    for part in as_text(text, field).split(";"):
        if part.strip():
            days, windows = _halves(part, field)
            for day in parse_days(days, field):
                week.setdefault(day, []).extend(windows)
    return week_dict(parse_week(week, field))


def _halves(part: str, field: str) -> tuple[str, list[list[str]]]:
    """The days and the windows of one part such as `mon-fri 09:00-17:00`, blanks around `-` and `,` forgiven."""
    days, blank, windows = _tidy(part).partition(" ")
    if not blank or " " in windows:
        raise refusal(field, f"{shown(part.strip())} is not days and windows; {_COMPACT_EXAMPLE}", Rule.COMPACT_WEEK)
    return days, [_compact_window(window, field) for window in windows.split(",")]


def _compact_window(text: str, field: str) -> list[str]:
    times = text.split("-")
    if len(times) != 2:
        raise refusal(field, f"{shown(text)} is not a window; {_COMPACT_EXAMPLE}", Rule.COMPACT_WEEK)
    parse_window(times[0], times[1], field)  # refused here, where the field is the cell and not a place inside it
    return times


def parse_hours(text: str, field: str) -> Windows:
    """The windows of one date out of their compact text, `09:00-12:00,13:00-17:00`; empty text is none."""
    tidy = _tidy(text)
    return parse_windows([_hours(part, field) for part in tidy.split(",")], field) if tidy else ()


def _hours(text: str, field: str) -> list[str]:
    times = text.split("-")
    if len(times) != 2:
        raise refusal(field, f"{shown(text)} is not hours; write them as 09:00-12:00,13:00-17:00", Rule.WINDOW_PAIR)
    parse_window(times[0], times[1], field)  # refused here, where the field is the text and not a place inside it
    return times


def _tidy(text: str) -> str:
    """The text with blanks around `-` and `,` forgiven."""
    tidy = " ".join(text.split())
    for mark in "-,":
        tidy = tidy.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return tidy


def weekly_text(weekly: object) -> str:
    """The compact text of a week, days with the same windows together: what `parse_weekly` reads back."""
    days_of: dict[Windows, list[int]] = {}
    for day, windows in enumerate(parse_week(weekly)):
        if windows:
            days_of.setdefault(windows, []).append(day)
    return "; ".join(f"{days_text(days)} {windows_text(windows)}" for windows, days in days_of.items())


def windows_text(windows: Windows) -> str:
    """The compact text of one date's windows, `09:00-12:00,13:00-17:00`: what `parse_hours` reads back."""
    return ",".join(f"{start}-{end}" for start, end in windows_list(windows))


def days_text(days: list[int]) -> str:
    """Weekdays by number, from Monday (0) on, as `mon-fri,sun`."""
    # Days in a row differ from their place in the list by the same number.
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0])]
    return ",".join("-".join(WEEKDAYS[day] for day in dict.fromkeys((run[0], run[-1]))) for run in runs)
