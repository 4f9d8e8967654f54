"""Milestones and their targets in words: how soon a license promises what, and how far a ticket has come."""

from __future__ import annotations

from entitlements.rules.license import Terms
from entitlements.rules.target import MilestoneKind, Target, TargetClock
from entitlements.rules.ticket import Severity
from entitlements.wording.times import duration_text

CLOCKS = {TargetClock.BUSINESS: "business time", TargetClock.WALL: "around the clock"}


def promise_text(terms: Terms, kind: MilestoneKind) -> str:
    """`urgent 1 h around the clock, high 4 h`: business time unless said; empty where nothing is promised."""
    found = [terms.target(kind, severity) for severity in sorted(Severity, key=lambda each: -each.rank)]
    lengths = {_length(target) for target in found if target}
    if None not in found and len(lengths) == 1:
        return lengths.pop()
    return ", ".join(f"{target.severity} {_length(target)}" for target in found if target)


def _length(target: Target) -> str:
    return duration_text(target.seconds) + (f" {CLOCKS[target.clock]}" if target.clock is TargetClock.WALL else "")


def target_text(seconds: int, clock: TargetClock) -> str:
    """`4 h of business time`, `1 h around the clock`."""
    of = " of" if clock is TargetClock.BUSINESS else ""
    return f"{duration_text(seconds)}{of} {CLOCKS[clock]}"


def used_text(used: int, seconds: int, clock: TargetClock) -> str:
    """`2 h 10 min used of 4 h of business time`."""
    return f"{duration_text(used)} used of {target_text(seconds, clock)}"
