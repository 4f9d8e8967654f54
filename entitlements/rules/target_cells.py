"""Targets as a license file says them: `urgent 1h wall; high 4h; all 8h`, or the same as a JSON object.

Each length is counted in open hours of the license, or around the clock where `wall` stands behind it. A day is no
length of business time, so that `3d` is understood on the wall clock only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from entitlements.errors import ConfigError
from entitlements.rules.target import ALL, MilestoneKind, Target, TargetClock, Targets
from entitlements.rules.ticket import Severity
from entitlements.rules.windows import DAY
from entitlements.rules.written import as_text, refusal, shown

NONE = "none"
EXAMPLE = "write it as 'urgent 1h wall; high 4h; all 8h'"

_LENGTH = re.compile(r"(?:(\d{1,3}) ?d(?:ays?)?)? ?(?:(\d{1,4}(?:\.\d{1,3})?) ?h(?:rs?|ours?)?)? ?"
                     r"(?:(\d{1,6}) ?m(?:ins?|inutes?)?)? ?(?:(\d{1,8}) ?s(?:ecs?|econds?)?)?", re.ASCII)


def targets_cell(kind: MilestoneKind) -> Callable[[object, str], Targets]:
    """A reader of the targets of one kind, as text, as a list of such texts, or as an object by severity.

    `all` stands for every severity that is not named, `none` for no target at all.
    """
    def read(value: object, field: str) -> Targets:
        named: dict[str, tuple[int, TargetClock]] = {}
        for severity, length in _parts(value, field):
            if severity in named:
                raise refusal(field, f"{severity} is there twice")
            named[severity] = _length(length, field)
        usual = named.pop(ALL, None)
        everywhere = {severity.value: usual for severity in Severity} if usual else {}
        return frozenset(_target(kind, severity, *told, field) for severity, told in {**everywhere, **named}.items())
    return read


def _parts(value: object, field: str) -> list[tuple[str, str]]:
    """Each severity, or `all`, with the length that is said for it."""
    if isinstance(value, Mapping):
        return [(_severity(severity, field), as_text(length, field)) for severity, length in value.items()]
    if isinstance(value, list | tuple):
        return [_halves(as_text(part, field), field) for part in value]
    text = as_text(value, field)
    if text.strip().lower() == NONE:
        return []
    return [_halves(part, field) for part in text.split(";") if part.strip()]


def _halves(part: str, field: str) -> tuple[str, str]:
    severity, _, length = part.strip().partition(" ")
    return _severity(severity, field), length


def _severity(text: object, field: str) -> str:
    named = as_text(text, field).strip().lower()
    if named != ALL and named not in set(Severity):
        raise refusal(field, f"{shown(named)} is neither a severity nor {ALL!r}; {EXAMPLE}")
    return named


def _length(text: str, field: str) -> tuple[int, TargetClock]:
    words = text.lower().split()
    clock = TargetClock(words.pop()) if words and words[-1] in set(TargetClock) else TargetClock.BUSINESS
    found = _LENGTH.fullmatch(" ".join(words))
    if not found or not any(found.groups()):
        raise refusal(field, f"{shown(text)} is not a length of time; {EXAMPLE}")
    days, hours, minutes, seconds = found.groups()
    if days and clock is TargetClock.BUSINESS:
        raise refusal(field, f"{shown(text)}: a day is no length of business time; say its hours, as in 24h, or "
                             f"{days}d wall")
    total = int(days or 0) * DAY + float(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return round(total), clock


def _target(kind: MilestoneKind, severity: str, seconds: int, clock: TargetClock, field: str) -> Target:
    try:
        return Target(kind, Severity(severity), seconds, clock)
    except ConfigError as error:
        raise refusal(field, str(error)) from None
