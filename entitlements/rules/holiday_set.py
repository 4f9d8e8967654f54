"""Holidays as people keep them: named sets of dates that several schedules share, each date with where it came from.

A date may be told by several sources. What people wrote by hand goes before what was imported, and stays when a source
is imported again: a date they added or changed, and a date they took out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from entitlements.rules.timetable import joined
from entitlements.rules.windows import Window, Windows, windows_list
from entitlements.rules.written import as_list, as_mapping

BY_HAND = "by hand"


@dataclass(frozen=True)
class Holiday:
    """A local date that is closed all day or, where `closed` names windows of that date, for these hours only.

    `source` says where it came from: `by hand`, a country, a file. `removed` marks a date that people took out by hand.
    """

    day: date
    name: str
    source: str = BY_HAND
    closed: Windows = ()
    removed: bool = False

    @property
    def by_hand(self) -> bool:
        """Whether a person wrote it, so that no import may change it."""
        return self.source == BY_HAND


@dataclass(frozen=True)
class HolidaySet:
    """A named set with all that each source says of each date."""

    name: str
    entries: tuple[Holiday, ...] = ()

    def holidays(self) -> tuple[Holiday, ...]:
        """What holds, one for each date in order: the word of a hand, else what the sources say together."""
        ordered = sorted(self.entries, key=lambda each: (each.day, each.source))
        told = (_told([*entries]) for _, entries in groupby(ordered, key=attrgetter("day")))
        return tuple(each for each in told if not each.removed)

    def with_imported(self, source: str, imported: Iterable[Holiday], years: Sequence[int]) -> HolidaySet:
        """The set after `source` was imported for these years: what it said of them before is replaced."""
        kept = (each for each in self.entries if each.source != source or each.day.year not in years)
        return HolidaySet(self.name, (*kept, *imported))

    def with_hand(self, holiday: Holiday) -> HolidaySet:
        """The set after a person wrote a date, or took it out (`removed`)."""
        kept = tuple(each for each in self.entries if not (each.by_hand and each.day == holiday.day))
        needless = holiday.removed and all(each.day != holiday.day for each in kept)
        return HolidaySet(self.name, kept if needless else (*kept, holiday))

    def without_hand(self, day: date) -> HolidaySet:
        """The set after what a person wrote of a date is taken back: what the sources say of it holds again."""
        return HolidaySet(self.name, tuple(each for each in self.entries if not (each.by_hand and each.day == day)))


def _told(entries: Sequence[Holiday]) -> Holiday:
    """What the entries of one date come to."""
    by_hand = next((each for each in entries if each.by_hand), None)
    if by_hand is not None:
        return by_hand
    names = ", ".join(dict.fromkeys(each.name for each in entries))
    sources = ", ".join(dict.fromkeys(each.source for each in entries))
    all_day = any(not each.closed for each in entries)
    closed = () if all_day else joined(sorted(window for each in entries for window in each.closed))
    return Holiday(entries[0].day, names, sources, tuple(Window(*each) for each in closed))


def with_holidays(written: Mapping[str, object], sets: Iterable[HolidaySet]) -> dict[str, object]:
    """What `Schedule.from_dict` reads for a schedule as written, with the dates of these sets added to its own."""
    holidays = {*as_list(written.get("holidays", ()), "holidays")}
    closures = {day: list(as_list(hours, "closures"))
                for day, hours in as_mapping(written.get("closures", {}), "closures").items()}
    for each in (holiday for kept in sets for holiday in kept.holidays()):
        if each.closed:
            closures.setdefault(each.day.isoformat(), []).extend(windows_list(each.closed))
        else:
            holidays.add(each.day.isoformat())
    return {**written, "holidays": sorted(holidays, key=str), "closures": closures}
