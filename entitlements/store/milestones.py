"""Milestones as rows and as values: those of a ticket, the open ones of licenses, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from entitlements.rules.milestone import OPEN_STATES, MilestoneState
from entitlements.rules.milestone import Milestone as MilestoneValue
from entitlements.rules.schedule import Schedule as ScheduleValue
from entitlements.rules.target import MilestoneKind, TargetClock
from entitlements.store.database import db, in_slices
from entitlements.store.latest import is_current
from entitlements.store.schedules import schedule_value
from entitlements.store.tables import Customer, LicenseVersion, Milestone, Schedule, Ticket


def milestone_value(row: Milestone) -> MilestoneValue:
    """The milestone as a value. Where the row tells no checkpoint, it is the beginning."""
    return MilestoneValue(
        kind=MilestoneKind(row.kind), seconds=row.seconds, clock=TargetClock(row.clock), started_at=row.started_at,
        state=MilestoneState(row.state), used_seconds=row.used_seconds,
        counted_from=row.counted_from or row.started_at,
        due_at=row.due_at, settled_at=row.settled_at)


def save_value(row: Milestone, value: MilestoneValue) -> None:
    """Bring a row to what the value says."""
    row.state, row.seconds, row.clock = value.state.value, value.seconds, value.clock.value
    row.used_seconds, row.counted_from = value.used_seconds, value.counted_from
    row.due_at, row.settled_at = value.due_at, value.settled_at


def add_milestone(ticket: Ticket, license_version_id: int, value: MilestoneValue) -> Milestone:
    """A new milestone of the ticket's present life, by the terms of that license version."""
    row = Milestone(ticket_id=ticket.id, revision=ticket.revision, kind=value.kind.value,
                    license_version_id=license_version_id, started_at=value.started_at)
    save_value(row, value)
    db.session.add(row)
    return row


def milestones_of(ticket: Ticket) -> list[Milestone]:
    """Those of all the ticket's lives, fresh and locked until the transaction ends."""
    return list(db.session.scalars(
        select(Milestone).where(Milestone.ticket_id == ticket.id).order_by(Milestone.id)
        .with_for_update(of=Milestone).execution_options(populate_existing=True)))


def present_schedules(version_ids: Iterable[int]) -> dict[int, ScheduleValue]:
    """For each of these license versions the schedule that its license has now. One query for each 500."""
    used, present = aliased(LicenseVersion), aliased(LicenseVersion)
    query = (select(used.id, Schedule).join(present, present.license_id == used.license_id)
             .join(Schedule, Schedule.id == present.schedule_id).where(is_current(present)))
    return {version_id: schedule_value(schedule) for ids in in_slices(sorted(set(version_ids)))
            for version_id, schedule in db.session.execute(query.where(used.id.in_(ids))).unique()}


@dataclass(frozen=True)
class OpenMilestone:
    """A milestone that is running or paused, and of whom: the ticket with the helpdesk's `number`, the license."""

    id: int
    ticket_id: int
    number: str
    customer: str
    license_id: int
    value: MilestoneValue


def open_milestones(license_ids: Iterable[int]) -> list[OpenMilestone]:
    """The open ones that were set by any version of these licenses, by id. One query for each 500 licenses."""
    query = (select(Milestone, func.coalesce(Ticket.remote_id, ""), func.coalesce(Customer.name, ""),
                    LicenseVersion.license_id)
             .join(LicenseVersion, LicenseVersion.id == Milestone.license_version_id)
             .join(Ticket, Ticket.id == Milestone.ticket_id).outerjoin(Customer, Customer.id == Ticket.customer_id)
             .where(Milestone.state.in_(OPEN_STATES)).order_by(Milestone.id))
    found = (each for ids in in_slices(license_ids)
             for each in db.session.execute(query.where(LicenseVersion.license_id.in_(ids))))
    return [OpenMilestone(row.id, row.ticket_id, number, customer, license_id, milestone_value(row))
            for row, number, customer, license_id in found]


def running_rows(license_ids: Iterable[int]) -> list[tuple[Milestone, int]]:
    """The running ones of these licenses with the license's id, fresh and locked until the transaction ends."""
    query = (select(Milestone, LicenseVersion.license_id)
             .join(LicenseVersion, LicenseVersion.id == Milestone.license_version_id)
             .where(Milestone.state == MilestoneState.RUNNING).order_by(Milestone.id)
             .with_for_update(of=Milestone).execution_options(populate_existing=True))
    return [(row, license_id) for ids in in_slices(license_ids)
            for row, license_id in db.session.execute(query.where(LicenseVersion.license_id.in_(ids)))]


@dataclass(frozen=True)
class Progress:
    """How far a milestone has come by an instant. `late`: it was met late, or is open and past its due time."""

    kind: MilestoneKind
    state: MilestoneState
    due_at: datetime | None
    seconds: int
    used_seconds: int
    clock: TargetClock
    started_at: datetime
    settled_at: datetime | None
    late: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def progress_of(tickets: Sequence[Ticket], now: datetime) -> dict[int, tuple[Progress, ...]]:
    """The milestones of each ticket's present life, as of `now`, by the ticket's id. One query besides the tickets'."""
    rows = {ticket.id: [each for each in ticket.milestones if each.revision == ticket.revision] for ticket in tickets}
    running = (each.license_version_id for some in rows.values() for each in some
               if each.state == MilestoneState.RUNNING)
    schedules = present_schedules(running)
    return {ticket_id: tuple(_progress(each, schedules.get(each.license_version_id), now) for each in some)
            for ticket_id, some in rows.items()}


def _progress(row: Milestone, schedule: ScheduleValue | None, now: datetime) -> Progress:
    value = milestone_value(row)
    return Progress(value.kind, value.state, value.due_at, value.seconds,
                    value.used(schedule, now) if schedule else value.used_seconds, value.clock, value.started_at,
                    value.settled_at, value.is_late(now))
