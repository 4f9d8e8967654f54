"""The rules that a written schedule has to keep. Each has a name, which every refusal carries, and one sentence.

The checks themselves are where the values are read: in `written`, `windows`, `timetable` and `zone`.
"""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """One rule by its name; `statement` is what it says, as a sentence for people."""

    statement: str

    def __new__(cls, name: str, statement: str) -> Rule:
        """The rule of that name, which says that."""
        rule = str.__new__(cls, name)
        rule._value_, rule.statement = name, statement
        return rule

    RIGHT_KIND = ("right_kind", "A zone, a date and a time of day are text; holidays and windows are lists; the "
                                "schedule itself, its week, its exceptions and its closures are objects.")
    KNOWN_PART = ("known_part", "A schedule has no other parts than zone, weekly, holidays, exceptions and closures.")
    REQUIRED_PART = ("required_part", "A schedule has a zone and a week.")
    KNOWN_ZONE = ("known_zone", "The zone is the IANA name of a time zone, as in Europe/Paris or UTC.")
    KNOWN_WEEKDAY = ("known_weekday", "A weekday is one of mon, tue, wed, thu, fri, sat and sun.")
    REAL_DATE = ("real_date", "A date is one that exists, written as 2026-12-25.")
    TIME_OF_DAY = ("time_of_day", "A time of day is written as HH:MM or HH:MM:SS, from 00:00 to 24:00.")
    WINDOW_PAIR = ("window_pair", "A window is a start and an end, and nothing more.")
    WINDOW_STARTS_WITHIN_DAY = ("window_starts_within_day", "A window starts before 24:00: that is 00:00 of the next "
                                                            "date.")
    WINDOW_HAS_LENGTH = ("window_has_length", "A window does not end when it starts; a whole day is 00:00-24:00.")
    CLOSURE_WITHIN_DAY = ("closure_within_day", "Closed hours end on their own date, at 24:00 at the latest.")
    COMPACT_WEEK = ("compact_week", "A week in one line of text is days and windows, as in 'mon-fri 09:00-12:00,"
                                    "13:00-17:00; sat 09:00-12:00'.")
