"""Schedules and clocks that the tests about business time share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS

WORKDAYS = WEEKDAYS[:5]


def schedule(zone: str = "UTC", windows: Sequence[tuple[str, str]] = (("09:00", "17:00"),),
             days: Sequence[str] = WORKDAYS, **more: object) -> Schedule:
    """The same windows on each of the days; `more` are holidays and exceptions."""
    return Schedule.from_dict({"zone": zone, "weekly": {day: list(windows) for day in days}, **more})


def utc(text: str) -> datetime:
    """The instant of a time written in UTC. In these tests 2026-03-02 is the Monday most stories begin on."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@cache
def clock_of(name: str) -> ZoneInfo:
    """The zone as the standard library reads it from the tzdata package, whatever data the system has."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


OFFICE = schedule()  # Monday to Friday, 09:00-17:00 UTC
