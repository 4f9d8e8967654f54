"""Clock changes: are they the right ones, and are the two hours before and after each right, minute by minute?

The definitions walked under have their edges among the readings that the clock skips or shows twice: a window opens
there, one closes there, one lies wholly inside, a night runs into it, a closure begins and ends there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from entitlements.rules.zone import find_zone, instant_of, seconds_of
from tests.rules.oracle import NAMES
from tests.soak.clock_changes import FIRST, LAST, Change, changes_of
from tests.soak.comparison import Comparison, Difference
from tests.soak.situations import Situation

REACH = timedelta(hours=2)
HOUR = timedelta(hours=1)


def check(change: Change) -> Counter[str]:
    """Walk around the change under each definition; the number of answers compared. Raises Difference."""
    return sum((_check(written, change) for written in definitions(change)), Counter())


def definitions(change: Change) -> list[dict]:
    """What is written, with edges in the stretch of readings that the change skips or repeats."""
    first, last = change.stretch
    early, middle, late = (first + (last - first) * quarters // 4 for quarters in (1, 2, 3))
    day, eve = first.date().isoformat(), (first - timedelta(days=1)).date().isoformat()
    hours = [_time(early), _time(late) if early.date() == late.date() else "24:00"]
    night = ["20:00", _time(middle)] if _time(middle) < "20:00" else ["20:00", "03:00"]
    return [
        _written(change, [_pair(middle, middle + 5 * HOUR)]),
        _written(change, [_pair(first - 3 * HOUR, middle), _pair(late, late + 2 * HOUR)]),
        _written(change, [_pair(early, late), _pair(first, middle)], holidays=[_day_after(first)]),
        _written(change, [["00:00", "24:00"]], closures={day: [hours]}, holidays=[_day_after(first)]),
        _written(change, [night], closures={eve: [["21:00", "22:00"]]}, exceptions={day: [_pair(first, late)]}),
    ]


def _written(change: Change, windows: list[list[str]], **special: object) -> dict:
    return {"zone": change.zone, "weekly": {name: windows for name in NAMES}, **special}


def _time(reading: datetime) -> str:
    return f"{reading:%H:%M}"


def _pair(start: datetime, end: datetime) -> list[str]:
    return [_time(start), _time(end)]


def _day_after(reading: datetime) -> str:
    return (reading + timedelta(days=1)).date().isoformat()


def _check(written: dict, change: Change) -> Counter[str]:
    comparison = Comparison(Situation(written, change.at - REACH, 60, 2 * REACH // timedelta(minutes=1), (), change.at))
    moment, end = REACH // timedelta(seconds=1), comparison.length - 1
    edges = {moment - 1, moment, moment + 1, *comparison.offsets()}
    for offset in sorted({*edges, *range(0, end, 60)}):
        comparison.ask_what_is(offset)
        comparison.ask_count(0, offset)
    for offset in sorted({*edges, *range(0, end, 300)}):
        comparison.ask_what_comes(offset)
    for offset in edges:
        comparison.ask_way(0, offset)
        comparison.ask_way(offset, end)
        comparison.ask_next_day(offset)
    return comparison.asked


def same_changes(zone: str, look_every: timedelta = timedelta(days=7)) -> Counter[str]:
    """The changes that the product reads for the zone must be those that its clock shows, no more and no fewer."""
    shown, read = changes_of(zone, look_every), tuple(_read_by_the_product(zone))
    if shown != read:
        raise Difference(f"the clock of {zone} changes at {[*map(str, shown)]}, not at {[*map(str, read)]}")
    return Counter({"changes of a zone": len(shown)})


def _read_by_the_product(name: str) -> Iterator[Change]:
    zone = find_zone(name)
    for at, before, after in zip(zone.changes, zone.offsets, zone.offsets[1:], strict=False):
        if seconds_of(FIRST) <= at < seconds_of(LAST):
            yield Change(name, instant_of(at), timedelta(seconds=before), timedelta(seconds=after))
