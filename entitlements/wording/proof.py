"""The proof view in words: what a date is, when it is open and who says so, and why nothing more can be told."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from entitlements.rules.proof import Origin, ProvenDay, ProvenYear, Then, Upcoming
from entitlements.rules.schedule import DayKind, Schedule
from entitlements.rules.windows import time_text
from entitlements.rules.zone import ClockChange
from entitlements.wording.times import LOCALE, city, clock_text, date_text, duration_text, listed

KINDS = {DayKind.HOLIDAY: "holiday", DayKind.CLOSURE: "holiday hours", DayKind.EXCEPTION: "exception"}
DAY, LONG = 86_400, 48 * 3600


def now_text(schedule: Schedule, coming: Upcoming) -> str:
    """Open or closed at the instant asked about, where there is no next change that could be told with it."""
    if schedule.always_open:
        return "open around the clock"
    if coming.then is Then.UNKNOWN:
        return "open" if coming.is_open else "closed"
    if coming.is_open:
        return "open, and closes no more"
    return "never opens" if schedule.never_opens else "closed, and opens no more"


def then_text(schedule: Schedule, coming: Upcoming) -> str:
    """Why the list of openings and closings ends before its time; empty when it does not."""
    if coming.then is Then.CLOSED:
        return "It never opens." if schedule.never_opens else "After that it opens no more."
    if coming.then is Then.OPEN:
        return "It never closes." if schedule.always_open else "After that it closes no more."
    if coming.then is Then.UNKNOWN:
        return (f"What comes then cannot be told yet: the time zone data knows the clocks of {city(schedule.zone)} "
                "until the end of 2037.")
    return ""


def unknown_text(year: ProvenYear, zone: str) -> str:
    """A sentence about the date that is not counted because the zone's data ends before it does; mostly empty."""
    return " ".join(f"{date_text(each.day)} is not counted: the time zone data knows the clocks of {city(zone)} only "
                    "for a part of it." for each in year.days if not each.is_known)


def what_text(day: ProvenDay) -> str:
    """What is special about a date: `holiday`, `exception; clocks go forward 1 h (02:00 becomes 03:00)`."""
    return "; ".join([*_kind_words(day), *map(change_text, day.changes)])


def _kind_words(day: ProvenDay) -> list[str]:
    if not day.is_known:
        return ["beyond the time zone data"]
    if day.is_skipped:
        return ["skipped: clocks go over the whole date"]
    return [KINDS[day.kind]] if day.kind in KINDS else []


def change_text(change: ClockChange) -> str:
    """`clocks go back 1 h (03:00 becomes 02:00)`."""
    way = "forward" if change.seconds > 0 else "back"
    before, after = change.wall_before, change.wall_after
    days = ["", ""] if before.date() == after.date() else [f"{_short(before)} ", f"{_short(after)} "]
    return (f"clocks go {way} {duration_text(abs(change.seconds))} "
            f"({days[0]}{clock_text(before)} becomes {days[1]}{clock_text(after)})")


def _short(day: date) -> str:
    return format_date(day, "d MMM", locale=LOCALE)


def day_hours_text(day: ProvenDay) -> str:
    """`09:00-12:00 and 13:00-17:00 (7 h)`, `closed`, or why there are no hours at all."""
    if not day.is_known:
        return "not known"
    if day.is_skipped:
        return "does not exist"
    spans = [f"{time_text(start)}-{time_text(end)}" for start, end in day.stretches]
    return f"{listed(spans)} ({open_text(day.open_seconds)})" if spans else "closed"


def origin_text(origin: Origin) -> str:
    """`Christmas Day (French holidays, holidays FR)`."""
    return f"{origin.name} ({source_text(origin)})" if origin.name else source_text(origin)


def source_text(origin: Origin) -> str:
    """Who says that a date is special: `French holidays, holidays FR`."""
    return f"{origin.holiday_set}, {origin.source}" if origin.holiday_set else origin.source


def about_text(day: ProvenDay) -> str:
    """What is special about a date, and who says so; empty for most dates."""
    return "; ".join(filter(None, [what_text(day), *map(origin_text, day.origins)]))


def proven_text(day: ProvenDay) -> str:
    """A date's hours, what is special about it, and who says so, in one line."""
    return "; ".join(filter(None, [day_hours_text(day), about_text(day)]))


def open_text(seconds: int) -> str:
    """`168 h`, and `0 h` for none at all."""
    return duration_text(seconds) if seconds else "0 h"


def month_text(first: date) -> str:
    """`March`."""
    return format_date(first, "LLLL", locale=LOCALE)


def stay_text(seconds: int | None) -> str:
    """How long something stays open: `8 h`, `2 days 13 h`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < LONG:
        return duration_text(seconds)
    days, rest = divmod(seconds, DAY)
    return f"{days} days" + (f" {duration_text(rest)}" if rest else "")
