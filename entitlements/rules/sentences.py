"""Dates and lengths of time as an English sentence says them, whatever the locale of the machine."""

from __future__ import annotations

from datetime import date

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")


def date_text(day: date) -> str:
    """The date as in `29 March 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def length_text(seconds: int) -> str:
    """A positive number of seconds as in `1 hour 30 minutes`; parts that are zero are left out."""
    minutes, second = divmod(seconds, 60)
    counted = ((minutes // 60, "hour"), (minutes % 60, "minute"), (second, "second"))
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in counted if count)
