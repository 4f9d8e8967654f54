"""Holidays out of iCalendar text, such as a public feed of holidays or an export of the company's own closing times.

Every event closes, whole days and hours alike, those marked as free time (TRANSP) too: feeds mark holidays so. Only
what was cancelled does not. Repetitions are worked out for the years asked for; what cannot be understood is refused
with the event's name and line, so that nothing is left out unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.timetable import day_number
from entitlements.rules.windows import DAY
from entitlements.rules.zone import find_zone
from entitlements.sources.closed_hours import Closed, closed_dates
from entitlements.sources.ical_events import Event, read_event
from entitlements.sources.ical_text import EventText, decoded, read_events
from entitlements.sources.ical_times import Moment, Stretch, stretch_in, zone_name
from entitlements.sources.recurrence import Effort
from entitlements.sources.years import checked_years

# The clocks of two zones never differ by more than this.
_FAR_APART = 2 * DAY


def ical_holidays(content: bytes | str, source: str, years: Sequence[int], zone: str = "") -> tuple[Holiday, ...]:
    """What an iCalendar text closes in these years, one holiday for each date in order, named after `source`.

    `zone` says where the clocks are that will read the hours: times told in another zone are converted to it. Without
    it they are taken as they are written, and a time told in UTC is refused. Seconds are dropped, but an end at `:59`
    means the minute that follows. Raises ConfigError (field `content`, `years` or `zone`).
    """
    wanted = checked_years(years)
    home = zone_name(find_zone(zone).name) if zone else ""
    events = [(text, _read(text, home)) for text in read_events(decoded(content))]
    return closed_dates(_closed(events, wanted, home), wanted, source)


def _read(text: EventText, home: str) -> Event:
    with _about(text):
        return read_event(text, home)


@contextmanager
def _about(text: EventText) -> Iterator[None]:
    """Whatever is wrong inside is said of that event."""
    try:
        yield
    except ConfigError as why:
        raise ConfigError(f"{text}: {why}.", field=why.field) from why


def _closed(events: Sequence[tuple[EventText, Event]], years: Sequence[int], home: str) -> Iterator[Closed]:
    """Every stretch that an event closes, on the clocks of `home`."""
    moved = _moved(event for _, event in events)
    effort = Effort()
    for text, event in events:
        elsewhere = moved.get(event.uid, ()) if event.replaces is None else ()
        with _about(text):
            effort.spend(len(elsewhere))
            for stretch in () if event.cancelled else event.occurrences(_span(years), elsewhere, effort):
                yield Closed(*stretch_in(home, stretch, event.start.zone), event.name)


def _moved(events: Iterable[Event]) -> Mapping[str, Sequence[Moment]]:
    """By its UID, the starts of a repeated event for which another event stands, which may be at another time."""
    moved: dict[str, list[Moment]] = {}
    for event in events:
        if event.replaces is not None and event.uid:
            moved.setdefault(event.uid, []).append(event.replaces)
    return moved


def _span(years: Sequence[int]) -> Stretch:
    """The years on a clock anywhere."""
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    return day_number(first) * DAY - _FAR_APART, day_number(last) * DAY + DAY + _FAR_APART
