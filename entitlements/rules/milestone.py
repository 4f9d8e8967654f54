"""A milestone: the time by which a ticket is to be answered or resolved, how much of it is used, and when it is due.

A milestone is a checkpoint: `used_seconds` had been used by `counted_from`, and from there the rest is planned, so that
`due_at` follows from both. Whatever happens, a pause, another schedule, another severity, first moves the checkpoint to
that instant, by the schedule that was in force until then, and then plans what is left. The checkpoint never moves
back, nor is it lost while the milestone is stopped: by what is told late, or out of order, it goes on from there at the
earliest. So no second is ever counted twice, and used time is never lost. A milestone in business time counts the open
seconds of a schedule, one on the wall clock all seconds.

What is past stays: a milestone that has run out keeps the instant at which it was due. It has no due time while it is
paused in time, and where it will never be due, because the schedule has not that much open time, or none that can be
told (`zone`). Instants are aware UTC in whole seconds; fractions are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Target, TargetClock
from entitlements.rules.zone import ZoneDataError


class MilestoneState(StrEnum):
    """Running; paused while the ticket waits; met, be it late; dropped when there is nothing to be met any more."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    DROPPED = "dropped"


OPEN_STATES = frozenset({MilestoneState.RUNNING, MilestoneState.PAUSED})


@dataclass(frozen=True)
class Milestone:
    """One due time of a ticket. `seconds` are those of its target, on its `clock`; `settled_at`: met or dropped.

    `counted_from` is the checkpoint: counted from there on while it runs, counted until there while it does not.
    """

    kind: MilestoneKind
    seconds: int
    clock: TargetClock
    started_at: datetime
    counted_from: datetime
    state: MilestoneState = MilestoneState.RUNNING
    used_seconds: int = 0
    due_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done by it."""
        return self.state in OPEN_STATES

    def used(self, schedule: Schedule, at: datetime) -> int:
        """Seconds used by that instant."""
        if self.state is not MilestoneState.RUNNING:
            return self.used_seconds
        return self.used_seconds + _counted(self.clock, schedule, self.counted_from, _whole(at))

    def is_late(self, at: datetime) -> bool:
        """Whether it was met after its due time, or is open as of `at` and past it. At the due time it is in time."""
        if self.due_at is None or self.state is MilestoneState.DROPPED:
            return False
        return (self.settled_at or _whole(at)) > self.due_at

    # What happens to it. `schedule` is the one in force at `at`, also until then unless said otherwise.

    def paused(self, schedule: Schedule, at: datetime) -> Milestone:
        """Stopped at `at`: what is used stays used, and it is not due until it goes on."""
        stopped = self._counted_until(schedule, at)
        return replace(stopped, state=MilestoneState.PAUSED)._without_plan(stopped.counted_from)

    def resumed(self, schedule: Schedule, at: datetime) -> Milestone:
        """Running from `at` on, also again after it was settled: what passed meanwhile is not counted."""
        again = self._counted_until(schedule, at)
        return replace(again, state=MilestoneState.RUNNING, settled_at=None)._planned(schedule)

    def replanned(self, before: Schedule, after: Schedule, at: datetime) -> Milestone:
        """The same with another schedule from `at` on: used time is kept, only the rest is planned anew."""
        if self.state is not MilestoneState.RUNNING:
            return self
        return self._counted_until(before, at)._planned(after)

    def aimed_at(self, target: Target, schedule: Schedule, at: datetime) -> Milestone:
        """The same with another target from `at` on. If more is used already than it allows, it is due at once."""
        counted = self._counted_until(schedule, at)
        if self.state is MilestoneState.RUNNING:
            return replace(counted, seconds=target.seconds, clock=target.clock)._planned(schedule)
        return replace(self, seconds=target.seconds, clock=target.clock)._without_plan(counted.counted_from)

    def met(self, schedule: Schedule, at: datetime) -> Milestone:
        """Done at `at`; what it was due by stays, so that it can be seen to be late."""
        return self._settled(MilestoneState.MET, schedule, at)

    def dropped(self, schedule: Schedule, at: datetime) -> Milestone:
        """Given up at `at`: neither met nor late."""
        return self._settled(MilestoneState.DROPPED, schedule, at)

    def _settled(self, state: MilestoneState, schedule: Schedule, at: datetime) -> Milestone:
        return replace(self._counted_until(schedule, at), state=state, settled_at=max(_whole(at), self.started_at))

    def _counted_until(self, schedule: Schedule, at: datetime) -> Milestone:
        """The checkpoint moved to `at`, unless it is past that already."""
        return replace(self, used_seconds=self.used(schedule, at), counted_from=max(_whole(at), self.counted_from))

    def _planned(self, schedule: Schedule) -> Milestone:
        """Due when what is left from the checkpoint on is used up."""
        at, rest = self.counted_from, self.seconds - self.used_seconds
        due_at = _after(self.clock, schedule, at, rest) if rest > 0 else min(self.due_at or at, at)
        return replace(self, due_at=due_at)

    def _without_plan(self, at: datetime) -> Milestone:
        """Not due, unless it has run out already."""
        has_run_out = self.used_seconds >= self.seconds
        return replace(self, due_at=min(self.due_at or at, at) if has_run_out else None)


def started(target: Target, schedule: Schedule, at: datetime) -> Milestone:
    """The milestone of a target that begins at an aware instant, with nothing used."""
    at = _whole(at)
    return Milestone(target.kind, target.seconds, target.clock, started_at=at, counted_from=at)._planned(schedule)


def _whole(at: datetime) -> datetime:
    return at.astimezone(timezone.utc).replace(microsecond=0)


def _counted(clock: TargetClock, schedule: Schedule, start: datetime, end: datetime) -> int:
    """Seconds from start to end on that clock; none where the end is the earlier one."""
    if clock is TargetClock.WALL:
        return max(0, int((end - start).total_seconds()))
    try:
        return max(0, schedule.between(start, end))
    except ZoneDataError:  # in years of which nothing is known, no hour is known to be open
        return 0


def _after(clock: TargetClock, schedule: Schedule, start: datetime, seconds: int) -> datetime | None:
    if clock is TargetClock.WALL:
        return start + timedelta(seconds=seconds)
    try:
        return schedule.add(start, seconds)
    except ZoneDataError:
        return None
