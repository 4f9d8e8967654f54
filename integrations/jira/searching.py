"""Searches for what happened since an instant, in the words of JQL. Calls nobody.

JQL knows instants to the minute only, in the time zone of the account that asks; what is found too early is left out
by who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

WESTERNMOST = timezone(timedelta(hours=-12))


def since_jql(field: str, since: datetime, zone: str, projects: Sequence[str]) -> str:
    """The search for what has a field at or after an aware instant, oldest first."""
    named = ", ".join(f'"{key}"' for key in projects)
    where = f"project in ({named})" if projects else "projectType = service_desk"
    return f'{where} AND {field} >= "{wall_minute(since, zone)}" ORDER BY {field} ASC'


def wall_minute(since: datetime, zone: str) -> str:
    """The minute of an instant on the wall of a time zone: never a later one, also where clocks are set back there and
    one time comes twice. A zone that is not known is taken for the westernmost, whose walls show the earliest time."""
    try:
        there = since.astimezone(ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        there = since.astimezone(WESTERNMOST)
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    return f"{there - timedelta(hours=2 if twice else 0):%Y-%m-%d %H:%M}"
