"""All that is wrong with a schedule as somebody wrote it, told at once.

There is no second set of checks: a schedule has problems exactly when `Schedule.from_dict` refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule


@dataclass(frozen=True)
class Problem:
    """One breach of a rule: its name (see `Rule`), the place, such as `weekly.mon[0]`, and a message for people."""

    rule: str
    field: str
    message: str


def problems_of(written: object) -> tuple[Problem, ...]:
    """What is wrong with a written schedule, place by place: at most MOST_REFUSALS problems, none when it is right."""
    try:
        Schedule.from_dict(cast(Mapping[str, object], written))
    except ConfigError as error:
        return tuple(Problem(each.rule, each.field, str(each)) for each in (error, *error.others))
    return ()
