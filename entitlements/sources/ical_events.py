"""What an event of an iCalendar file means: when it starts, how long it takes, when it happens again, when it does not.

Everything is told on the event's own clock, so that what happens at 18:00 every week goes on to do so when the clocks
change, and becomes the time of another clock only afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from entitlements.rules.windows import DAY
from entitlements.sources.ical_rules import read_rule
from entitlements.sources.ical_text import EventText, Line, wrong
from entitlements.sources.ical_times import Moment, Stretch, length_of, moment_of, moments_of, periods_of
from entitlements.sources.names import LONGEST_TITLE, shortened
from entitlements.sources.recurrence import Effort, Rule, days_of

NAMELESS = "Closed"
MOST_OCCURRENCES = 5_000

Timed = tuple[int, int]  # the wall second of a start, and the length from there


@dataclass(frozen=True)
class LeftOut:
    """Starts that do not count, told by the date or by the wall second."""

    days: frozenset[int]
    seconds: frozenset[int]

    def has(self, second: int) -> bool:
        """Whether what starts at that wall second is left out."""
        return second in self.seconds or second // DAY in self.days


@dataclass(frozen=True)
class Event:
    """One event, seconds being wall seconds on the clock of its start and lengths being told by that clock, too.

    `added` are further starts with their lengths, `removed` starts that do not count. An event that `replaces` another
    one's start stands for that one alone.
    """

    name: str
    uid: str
    start: Moment
    length: int
    rules: tuple[Rule, ...] = ()
    added: tuple[Timed, ...] = ()
    removed: tuple[Moment, ...] = ()
    replaces: Moment | None = None
    cancelled: bool = False

    def occurrences(self, span: Stretch, moved: Iterable[Moment], effort: Effort) -> Iterator[Stretch]:
        """When it takes place within a span, from and until; `moved` are starts for which other events stand.

        The span is told on the event's clock. Raises ConfigError when there are too many, or takes too much effort.
        """
        out = self._left_out((*self.removed, *moved))
        found = 0
        for start, length in self._starts(span, effort):
            if length > 0 and start < span[1] and start + length > span[0] and not out.has(start):
                found += 1
                if found > MOST_OCCURRENCES:
                    raise wrong(f"it takes place more than {MOST_OCCURRENCES:,} times in these years")
                yield start, start + length

    def _starts(self, span: Stretch, effort: Effort) -> Iterator[Timed]:
        """Every start that may lie in the span, and some that do not, with its length."""
        yield self.start.second, self.length
        yield from self.added
        for rule in self.rules if self.length else ():
            for start in self._repeated(rule, span, effort):
                yield start, self.length

    def _repeated(self, rule: Rule, span: Stretch, effort: Effort) -> Iterator[int]:
        """The starts by a rule, without the first: that is the event's own, and counts whether or not the rule fits."""
        left = rule.count
        for day in days_of(rule, self.start.day, (span[0] - self.length) // DAY, span[1] // DAY, effort):
            start = day * DAY + self.start.second % DAY
            if day == self.start.day:
                continue
            left = left - 1 if left is not None else None
            if left == 0 or (rule.until is not None and start > rule.until):
                return
            yield start

    def _left_out(self, moments: Iterable[Moment]) -> LeftOut:
        days: set[int] = set()
        seconds: set[int] = set()
        for moment in moments:
            if moment.is_date or self.start.is_date:
                days.add(moment.day)
            else:
                seconds.add(moment.told_in(self.start.zone))
        return LeftOut(frozenset(days), frozenset(seconds))


def read_event(text: EventText, home: str) -> Event:
    """The event out of its text; times that name no zone are told by a clock in `home`. Raises ConfigError."""
    begins = text.first("DTSTART")
    if begins is None:
        raise wrong("it does not say when it starts (DTSTART)")
    start = moment_of(begins, home)
    length = _length(text, start)
    changed = text.first("RECURRENCE-ID")
    return Event(
        name=shortened(text.text("SUMMARY") or NAMELESS, LONGEST_TITLE), uid=text.text("UID"),
        start=start, length=length,
        rules=() if changed else _rules(text, start), added=tuple(_added(text, start, length)),
        removed=tuple(moment for line in text.every("EXDATE") for moment in moments_of(line, start.zone)),
        replaces=_replaced(changed, start) if changed else None,
        cancelled=text.text("STATUS").upper() == "CANCELLED")


def _length(text: EventText, start: Moment) -> int:
    """Seconds from start to end; a date without an end, or with one that is no later, is that one day."""
    ends, lasts = text.first("DTEND"), text.first("DURATION")
    length = 0
    if ends is not None:
        end = moment_of(ends, start.zone)
        if end.is_date != start.is_date:
            raise wrong("of its start and end, one is a date and the other a time")
        length = end.told_in(start.zone) - start.second
    elif lasts is not None:
        length = length_of(lasts)
    if length < 0:
        raise wrong("it ends before it starts")
    return _in_days(length) if start.is_date else length


def _in_days(length: int) -> int:
    return max(1, -(-length // DAY)) * DAY


def _rules(text: EventText, start: Moment) -> tuple[Rule, ...]:
    if text.first("EXRULE"):
        raise wrong("it leaves dates out by a rule (EXRULE), which is not known; write them out (EXDATE)")
    return tuple(read_rule(line, start) for line in text.every("RRULE"))


def _added(text: EventText, start: Moment, length: int) -> Iterator[Timed]:
    """Its further dates (RDATE): a date of an event with times has the same time, and where no length is said, that."""
    for line in text.every("RDATE"):
        for moment, own_length in periods_of(line, start.zone):
            second = moment.day * DAY if start.is_date else moment.told_in(start.zone)
            if moment.is_date:
                second += start.second % DAY
            lasts = length if own_length is None else own_length
            yield second, _in_days(lasts) if start.is_date else lasts


def _replaced(line: Line, start: Moment) -> Moment:
    if line.parameters.get("RANGE"):
        raise wrong("it changes all that follow, too (RANGE), which is not known; write a new event for these")
    return moment_of(line, start.zone)
