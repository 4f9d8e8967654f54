"""What a change of the clock does to a schedule, told in sentences.

Only what somebody at the desk would notice is told: an opening or closing that lies in wall time which is skipped or
repeated, or hours that are skipped whole. Open time that goes on through all of it is an hour shorter or longer than
on other days and is not mentioned. All times inside are wall seconds since the first midnight of year 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from entitlements.rules.schedule import Schedule
from entitlements.rules.sentences import date_text, length_text
from entitlements.rules.timetable import Timetable, joined
from entitlements.rules.windows import DAY, time_text
from entitlements.rules.zone import ClockChange, seconds_of

REGIONS = frozenset({"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian",
                     "Pacific"})


def stories_of(schedule: Schedule, change: ClockChange) -> tuple[str, ...]:
    """One sentence for each opening or closing that this change of the schedule's clock moves or doubles."""
    before, after = _wall(change.wall_before), _wall(change.wall_after)
    low, high = min(before, after), max(before, after)
    happens = _when_skipped if before < after else _when_repeated
    told = ((start, end, happens(start, end, low, high)) for start, end in _open_around(schedule.timetable, low, high))
    return tuple(f"{_change_text(schedule.zone, change)}: {_window_text(start, end, low)} {what}."
                 for start, end, what in told if what)


def _open_around(timetable: Timetable, low: int, high: int) -> Iterable[tuple[int, int]]:
    """The open stretches of the dates of these wall seconds, and of the dates before and after, across midnight."""
    return joined((day * DAY + start, day * DAY + end) for day in range(low // DAY - 1, high // DAY + 2)
                  for start, end in timetable.stretches_on(day))


def _when_skipped(start: int, end: int, low: int, high: int) -> str:
    """What becomes of an open stretch when the clock goes from `low` to `high`; empty when nothing to speak of."""
    if low <= start and end <= high:
        return "is skipped whole, so that it does not open"
    if low <= start < high:
        return f"opens at {time_text(high % DAY)}"
    return f"closes at {_end_text(low)}" if low < end < high else ""


def _when_repeated(start: int, end: int, low: int, high: int) -> str:
    """What becomes of an open stretch when the clock goes back from `high` to `low`; empty when nothing."""
    if not (low < start < high or low < end < high):
        return ""
    first, last = max(start, low), min(end, high)
    return (f"is open twice from {time_text(first % DAY)} to {_end_text(last)}, "
            f"{length_text(last - first)} longer in all")


def _change_text(zone: str, change: ClockChange) -> str:
    before, after = change.wall_before, change.wall_after
    skips = before < after
    first, last = time_text(_wall(min(before, after)) % DAY), _end_text(_wall(max(before, after)))
    moves = f"from {first} to {last}" if skips else f"back from {last} to {first}"
    return f"On {date_text(change.day)} clocks in {_place(zone)} go {moves}"


def _place(zone: str) -> str:
    """The city that the zone is named after, else the name of the zone."""
    region, _, city = zone.partition("/")
    return city.rpartition("/")[2].replace("_", " ") if region in REGIONS else zone


def _window_text(start: int, end: int, low: int) -> str:
    if end - start <= DAY:
        return f"the window {time_text(start % DAY)}-{_end_text(end)}"
    # Several days without a pause: only the end that the change touches is one that people know.
    return f"the window from {time_text(start % DAY)} on" if low <= start else f"the window until {_end_text(end)}"


def _end_text(wall: int) -> str:
    return time_text(wall % DAY or DAY)


def _wall(shown: datetime) -> int:
    return seconds_of(shown.replace(tzinfo=timezone.utc))
