"""Targets: how soon a ticket of a severity is to be answered and resolved, and on which clock that is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from entitlements.errors import ConfigError
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import DAY

LONGEST = 366 * DAY
ALL = "all"


class MilestoneKind(StrEnum):
    """What is due: the first answer of an agent, or the end of the matter."""

    RESPOND = "respond"
    RESOLVE = "resolve"

    @property
    def due_name(self) -> str:
        """What its due time is called: `respond_by` or `resolve_by`."""
        return f"{self.value}_by"


class TargetClock(StrEnum):
    """Whether only open hours of the license's schedule count, or all time."""

    BUSINESS = "business"
    WALL = "wall"


@dataclass(frozen=True)
class Target:
    """How many seconds a ticket of a severity has until something is due.

    Raises ConfigError, with the kind as its field, for a target of no time or of more than 366 days.
    """

    kind: MilestoneKind
    severity: Severity
    seconds: int
    clock: TargetClock = TargetClock.BUSINESS

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST:
            raise ConfigError(f"a target is longer than nothing and not longer than {LONGEST // DAY} days",
                              field=self.kind)


Targets = frozenset[Target]


def require_one_each(targets: Targets) -> None:
    """Raises ConfigError where two targets of a kind are for the same severity."""
    for kind in MilestoneKind:
        severities = [each.severity for each in targets if each.kind is kind]
        if len(set(severities)) < len(severities):
            raise ConfigError("two targets are for the same severity", field=kind)


def find_target(targets: Targets, kind: MilestoneKind, severity: Severity) -> Target | None:
    """The target of that kind for that severity."""
    return next((each for each in targets if each.kind == kind and each.severity == severity), None)


def targets_text(targets: Targets, kind: MilestoneKind) -> str:
    """The targets of a kind as a license file says them, the most urgent first: `urgent 1h wall; high 4h`.

    `all 8h` where they are the same for all severities; `none` where there are none.
    """
    mine = sorted((each for each in targets if each.kind is kind), key=lambda each: -each.severity.rank)
    lengths = [f"{length_text(each.seconds, each.clock)}{' wall' if each.clock is TargetClock.WALL else ''}"
               for each in mine]
    if len(mine) == len(Severity) and len(set(lengths)) == 1:
        return f"{ALL} {lengths[0]}"
    return "; ".join(f"{each.severity} {length}" for each, length in zip(mine, lengths, strict=True)) or "none"


def length_text(seconds: int, clock: TargetClock = TargetClock.BUSINESS) -> str:
    """A length of time such as `4h`, `1h30m` or `45s`; on the wall clock whole days are `3d`."""
    if clock is TargetClock.WALL and seconds % DAY == 0:
        return f"{seconds // DAY}d"
    minutes, second = divmod(seconds, 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "m"), (second, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


def targets_list(targets: Targets) -> list[dict[str, str | int]]:
    """The JSON-able form: `kind`, `severity`, `seconds` and `clock` of each, always in the same order."""
    ordered = sorted(targets, key=lambda each: (each.kind, -each.severity.rank))
    return [{"kind": each.kind.value, "severity": each.severity.value, "seconds": each.seconds,
             "clock": each.clock.value} for each in ordered]


def read_targets(written: Iterable[Mapping[str, Any]]) -> Targets:
    """The targets whose `targets_list` this is."""
    return frozenset(Target(MilestoneKind(each["kind"]), Severity(each["severity"]), each["seconds"],
                            TargetClock(each["clock"])) for each in written)
