"""What a schedule allows but hardly anybody means. An admin sees it before saving; nothing is refused because of it.

Each warning has a name and a function of its own that yields a sentence for people and the place it speaks of: a path
such as `exceptions.2026-12-24`, a local date, or nothing where it is the whole schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

from entitlements.rules.clock_stories import stories_of
from entitlements.rules.schedule import Schedule
from entitlements.rules.sentences import date_text, length_text
from entitlements.rules.timetable import date_of, day_number, joined
from entitlements.rules.windows import DAY, Windows, days_text
from entitlements.rules.zone import ZoneDataError

WARN_DAYS = 60  # before the last holiday, when a schedule is shown or saved
TELL_DAYS = 30  # before the last holiday, without being asked
MOST_DATES = 4
CHANGES_AHEAD = timedelta(days=365)
HOUR = 3_600
LAST_MINUTE = DAY - 60

Found = Iterator[tuple[str, str]]


class WarningName(StrEnum):
    """The warnings there are."""

    NEVER_OPENS = "never_opens"
    OPENS_UNDER_AN_HOUR_A_WEEK = "opens_under_an_hour_a_week"
    WINDOW_IN_CLOCK_CHANGE = "window_in_clock_change"
    ENDS_AT_2359 = "ends_at_2359"
    HOLIDAYS_RUN_OUT = "holidays_run_out"


@dataclass(frozen=True)
class ScheduleWarning:
    """One thing to look at again: which warning it is, a sentence for people, and the place."""

    name: WarningName
    message: str
    where: str


def warnings_of(schedule: Schedule, today: date) -> tuple[ScheduleWarning, ...]:
    """The warnings about a schedule on that local date, those about the whole of it first; mostly none."""
    return tuple(ScheduleWarning(name, message, where)
                 for name, find in WARNINGS.items() for message, where in find(schedule, today))


def holidays_end_on(schedule: Schedule) -> date | None:
    """The last date that is a holiday, for the day or for some hours; None for a schedule without holidays."""
    days = schedule.timetable.holidays | schedule.timetable.closures.keys()
    return date_of(max(days)) if days else None


def _never_opens(schedule: Schedule, today: date) -> Found:
    if schedule.never_opens:
        yield "It never opens, so that no ticket can be promised a time.", ""
    elif not _opens_again(schedule, today):
        yield "It does not open again: the last date with open hours has gone by.", ""


def _opens_under_an_hour_a_week(schedule: Schedule, today: date) -> Found:
    usual = sum(end - start for weekday in range(7) for start, end in schedule.timetable.usual_stretches(weekday))
    if usual < HOUR and _opens_again(schedule, today):
        yield (f"In a usual week it is open for {length_text(usual)} only." if usual else
               "In a usual week it does not open at all, only on single dates."), "weekly"


def _opens_again(schedule: Schedule, today: date) -> bool:
    try:
        return schedule.next_open(schedule.first_instant_of(today)) is not None
    except ZoneDataError:
        return True  # later than anybody knows the clocks


def _window_in_clock_change(schedule: Schedule, today: date) -> Found:
    # What is a date here may still be the date before, or already the next one, in UTC: a day more on both sides.
    since = datetime.combine(today, time(), timezone.utc) - timedelta(days=1)
    for change in schedule.clock_changes(since, since + CHANGES_AHEAD + timedelta(days=2)):
        if today <= change.day < today + CHANGES_AHEAD:
            for story in stories_of(schedule, change)[:MOST_DATES]:
                yield story, change.day.isoformat()


def _ends_at_2359(schedule: Schedule, today: date) -> Found:
    timetable = schedule.timetable
    days = [day for day, windows in enumerate(timetable.weekly) if _stops_a_minute_early(windows)]
    if days:
        yield (f"On {days_text(days)} a window ends at 23:59, so that the last minute of the day is closed; "
               "write 24:00."), "weekly"
    for day in _early_dates(timetable.exceptions, today):
        yield (f"On {date_text(day)} a window ends at 23:59, so that the last minute of the day is closed; "
               "write 24:00."), f"exceptions.{day}"
    for day in _early_dates(timetable.closures, today):
        yield (f"On {date_text(day)} closed hours end at 23:59, so that the last minute of the day can be open; "
               "write 24:00."), f"closures.{day}"


def _early_dates(dates: Mapping[int, Windows], today: date) -> Iterable[date]:
    """The next few dates that stop a minute early."""
    ahead = (day for day in sorted(dates) if day >= day_number(today))
    return [date_of(day) for day in ahead if _stops_a_minute_early(dates[day])][:MOST_DATES]


def _stops_a_minute_early(windows: Windows) -> bool:
    return any(end % DAY == LAST_MINUTE for _, end in joined(windows))


def _holidays_run_out(schedule: Schedule, today: date) -> Found:
    last = holidays_end_on(schedule)
    if last and last < today:
        yield f"The last of its holidays was on {date_text(last)}; add those that follow.", "holidays"
    elif last and last <= today + timedelta(days=WARN_DAYS):
        yield f"The last of its holidays is on {date_text(last)}; add those that follow.", "holidays"


WARNINGS: Mapping[WarningName, Callable[[Schedule, date], Found]] = {
    WarningName.NEVER_OPENS: _never_opens,
    WarningName.OPENS_UNDER_AN_HOUR_A_WEEK: _opens_under_an_hour_a_week,
    WarningName.WINDOW_IN_CLOCK_CHANGE: _window_in_clock_change,
    WarningName.ENDS_AT_2359: _ends_at_2359,
    WarningName.HOLIDAYS_RUN_OUT: _holidays_run_out,
}
