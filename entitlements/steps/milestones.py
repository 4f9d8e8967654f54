"""Milestones along a ticket's way: set when agents get it, paused while it waits, met by what agents do.

The terms are those of the license version by which a milestone was set; only the hours in which the rest is counted
are the license's present ones. Called inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from entitlements.helpdesk import YES, Author, Event, EventKind
from entitlements.rules.decision import Decision
from entitlements.rules.license import License
from entitlements.rules.milestone import Milestone, MilestoneState, started
from entitlements.rules.reasons import Outcome
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Target
from entitlements.rules.ticket import Severity
from entitlements.steps.move import Move
from entitlements.steps.told import ENDS, TURNS
from entitlements.store import tables
from entitlements.store.licenses import license_of, terms_value
from entitlements.store.milestones import (
    add_milestone,
    milestone_value,
    milestones_of,
    open_milestones,
    present_schedules,
    running_rows,
    save_value,
)

REPLY_WAITS = "reply_waits"
NEVER_HAPPENED = frozenset({EventKind.MERGED, EventKind.DELETED})
Schedules = Mapping[int, tuple[Schedule, Schedule]]
"""By the id of a license: the schedule that was in force until now, and the one from now on."""


def follow_decision(ticket: tables.Ticket, decision: Decision, at: datetime) -> None:
    """Bring the milestones in line with a decision just recorded: set them, or have them wait, or drop them."""
    is_first = len(ticket.decisions) == 1
    life = _Life(ticket, at, [] if is_first else milestones_of(ticket))
    if decision.outcome is Outcome.REJECT:
        life.drop()
    elif decision.outcome is Outcome.ROUTE and not decision.triage and decision.license is not None:
        life.promise(decision.license)
    life.run_or_wait()


def drop_milestones(ticket: tables.Ticket, at: datetime) -> None:
    """Nobody waits for the ticket any more: it turned out to be another one."""
    _Life(ticket, at, milestones_of(ticket)).drop()


def follow_event(ticket: tables.Ticket, event: Event, now: datetime, *, is_new: bool = False,
                 reread: bool = False) -> None:
    """Bring the milestones in line with what happened in the helpdesk, after everything else was.

    `is_new`: it is the first that we hear of the ticket. `reread`: the severity has just changed.
    """
    at = min(event.at or now, now)
    waits, answered = _waits(ticket, event, at), _is_answered(event, is_new)
    if waits is not None:
        ticket.waiting_told_at = max(at, ticket.waiting_told_at or at)
    has_turned = waits is not None and waits != (ticket.waiting_since is not None)
    if has_turned:
        ticket.waiting_since = at if waits else None
    if not (has_turned or answered or reread or event.kind in TURNS):
        return
    life = _Life(ticket, at, milestones_of(ticket))
    if answered:
        life.meet(MilestoneKind.RESPOND)
    if event.kind in ENDS:
        life.end(event.kind)
    elif event.kind is EventKind.REOPENED:
        life.reopen()
    elif reread:
        life.aim()
    life.run_or_wait()


def _is_answered(event: Event, is_new: bool) -> bool:
    """Whether an agent has answered, by this event, or before we heard of the ticket."""
    by_agent = event.kind is EventKind.REPLIED and event.author is Author.AGENT and event.public
    return by_agent or (is_new and event.answered)


def _waits(ticket: tables.Ticket, event: Event, at: datetime) -> bool | None:
    """Whether the ticket waits for the customer after this event; None where the event says nothing about it."""
    if event.kind in ENDS or ticket.closed_at is not None:
        return False
    if event.kind is EventKind.REOPENED:
        return bool(event.waiting) and event.author is Author.AGENT
    if ticket.waiting_told_at is not None and at < ticket.waiting_told_at.replace(microsecond=0):
        return None  # told late: what was told of a later time stands; many helpdesks tell whole seconds only
    if event.kind is EventKind.REPLIED and event.author is not Author.AGENT:
        return event.waiting if event.auto_submitted else False
    if event.kind is EventKind.REPLIED and event.public and _replies_wait(ticket.connection):
        return True
    return event.waiting


def _replies_wait(connection: tables.Connection) -> bool:
    return connection.settings.get(REPLY_WAITS, "").strip().lower() in YES


class _Life:
    """The milestones of a ticket as of one instant: those of its present life, and what earlier ones left open."""

    def __init__(self, ticket: tables.Ticket, at: datetime, rows: Iterable[tables.Milestone]):
        self.ticket, self.at = ticket, at
        rows = list(rows)
        self.rows = {MilestoneKind(row.kind): row for row in rows if row.revision == ticket.revision}
        self._earlier = [row for row in rows if row.revision != ticket.revision and milestone_value(row).is_open]
        self._schedules: dict[int, Schedule] = {}

    def promise(self, license: License) -> None:
        """Set what the license promises and is not set yet; what was dropped goes on with what it had used."""
        if not self.ticket.acted_on or self.ticket.closed_at is not None or not self._is_in_force(license):
            return
        for kind in MilestoneKind:
            target = license.terms.target(kind, Severity(self.ticket.severity))
            if target is not None:
                self._set(target, license.version)

    def _is_in_force(self, license: License) -> bool:
        """As judged: when the ticket was made, or, for a license that has begun or been renewed since, now."""
        return any(license.is_in_force(at) for at in (self.ticket.created_at, self.at))

    def _set(self, target: Target, version_id: int) -> None:
        row = self.rows.get(target.kind)
        if row is None:
            value = started(target, self._schedule(version_id), self.at)
            self.rows[target.kind] = add_milestone(self.ticket, version_id, value)
        elif row.state == MilestoneState.DROPPED:
            row.license_version_id = version_id
            schedule = self._schedule(version_id)
            save_value(row, milestone_value(row).aimed_at(target, schedule, self.at).resumed(schedule, self.at))

    def meet(self, kind: MilestoneKind) -> None:
        """An agent has done it."""
        for row, value, schedule in self._open(kind):
            save_value(row, value.met(schedule, self.at))

    def drop(self) -> None:
        """Nobody waits for any of it any more."""
        for row, value, schedule in self._open(*MilestoneKind):
            save_value(row, value.dropped(schedule, self.at))

    def end(self, how: EventKind) -> None:
        """Closing a ticket that agents have resolves it, and answers it too; no other end leaves anything to be met."""
        if how in NEVER_HAPPENED or self.ticket.state != "routed":
            self.drop()
        for kind in MilestoneKind:
            self.meet(kind)

    def reopen(self) -> None:
        """What an agent reopens goes on; a customer begins a new life, and what the last one left open is dropped."""
        for row in self._earlier:
            save_value(row, milestone_value(row).dropped(self._schedule(row.license_version_id), self.at))
        for kind, row in self.rows.items():
            value = milestone_value(row)
            is_over = value.state is MilestoneState.MET and kind is MilestoneKind.RESOLVE
            if self._is_at_work and (is_over or value.state is MilestoneState.DROPPED):
                save_value(row, value.resumed(self._schedule(row.license_version_id), self.at))
        self.aim()

    def aim(self) -> None:
        """Hold what is open to the target of the ticket's present severity, by the terms it was set by."""
        for row, value, schedule in self._open(*MilestoneKind):
            target = terms_value(row.license_version).target(value.kind, Severity(self.ticket.severity))
            if target is None:
                save_value(row, value.dropped(schedule, self.at))
            elif (target.seconds, target.clock) != (value.seconds, value.clock):
                save_value(row, value.aimed_at(target, schedule, self.at))
        if self._is_at_work and not self.ticket.decision.triage:
            license = license_of(self.ticket.decision)
            if license is not None:
                self.promise(license)

    def run_or_wait(self) -> None:
        """Have what is open run while agents are to act, and wait while they are not."""
        runs = self._is_at_work and self.ticket.waiting_since is None
        for row, value, schedule in self._open(*MilestoneKind):
            if runs and value.state is MilestoneState.PAUSED:
                save_value(row, value.resumed(schedule, self.at))
            elif not runs and value.state is MilestoneState.RUNNING:
                save_value(row, value.paused(schedule, self.at))

    @property
    def _is_at_work(self) -> bool:
        return self.ticket.state == "routed" and self.ticket.closed_at is None

    def _open(self, *kinds: MilestoneKind) -> Iterator[tuple[tables.Milestone, Milestone, Schedule]]:
        for row in [self.rows[kind] for kind in kinds if kind in self.rows]:
            value = milestone_value(row)
            if value.is_open:
                yield row, value, self._schedule(row.license_version_id)

    def _schedule(self, version_id: int) -> Schedule:
        """The schedule that the license of that version has now."""
        if version_id not in self._schedules:
            self._schedules |= present_schedules([version_id])
        return self._schedules[version_id]


# Another schedule


def due_anew(schedules: Schedules, now: datetime) -> tuple[int, list[Move]]:
    """How many open milestones these licenses have, and those that other schedules would make due at another time.

    Nothing is written. A paused one has no due time that could move.
    """
    found = open_milestones(schedules)
    moved = []
    for each in found:
        before, after = schedules[each.license_id]
        due_at = each.value.replanned(before, after, now).due_at
        if due_at != each.value.due_at:
            moved.append(Move(each.value.kind.due_name, each.ticket_id, each.number, each.customer, after.zone,
                                 each.value.due_at, due_at))
    return len(found), moved


def replan_milestones(schedules: Schedules, now: datetime) -> int:
    """Plan what is left of the running milestones of these licenses by their new schedules, used time kept.

    Time up to `now` is counted by the schedule that was in force. Returns how many are due at another time.
    """
    moved = 0
    for row, license_id in running_rows(schedules):
        value = milestone_value(row)
        again = value.replanned(*schedules[license_id], now)
        moved += again.due_at != value.due_at
        save_value(row, again)
    return moved
