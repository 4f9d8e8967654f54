"""The receipt of a ticket: every decision made about it, the checks behind them, and the deliveries they led to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from entitlements.helpdesk import Action
from entitlements.store.database import db
from entitlements.store.tables import AuditEntry, Decision, Delivery, Event, LicenseVersion, Ticket
from entitlements.store.troubles import LOOK


@dataclass(frozen=True)
class Found:
    """An event of a ticket that a look found: what happened, such as `created`, and when Deskgate learned of it."""

    id: int
    kinds: str
    at: datetime


@dataclass(frozen=True)
class Receipt:
    """A ticket's rows, newest first. `decisions` is never empty for a ticket that was admitted.

    `judged` is the latest decision that was made by checks: an override has none. `zone` is that of the license the
    ticket was judged by, empty when there was none. `given` are the reasons that people gave, by the instant of theirs,
    and `found` what no webhook told of: a look at the helpdesk found it.
    """

    ticket: Ticket
    decisions: tuple[Decision, ...]
    deliveries: tuple[Delivery, ...]
    zone: str
    given: Mapping[datetime, str]
    found: tuple[Found, ...] = ()

    @property
    def decision(self) -> Decision:
        """The decision in force."""
        return self.decisions[0]

    @property
    def judged(self) -> Decision | None:
        return next((each for each in self.decisions if each.checks), None)

    @property
    def is_open(self) -> bool:
        """Whether people may still decide about it."""
        return self.ticket.closed_at is None and self.ticket.state != "withdrawn"

    @property
    def owed_release(self) -> Delivery | None:
        """The release that is decided, but not in the helpdesk yet."""
        return next((each for each in self.deliveries if each.action == Action.RELEASE and self.ticket.state == "routed"
                     and each.state in ("waiting", "sending") and each.connection_id == self.ticket.connection_id),
                    None)

    @property
    def version(self) -> tuple[object, ...]:
        """Differs whenever anything shown on the receipt has changed."""
        owed = tuple((each.id, each.state, each.generation, each.due_at, len(each.attempts),
                      each.connection.paused_at, each.connection.broken_since) for each in self.deliveries)
        ticket = self.ticket
        promised = tuple((each.id, each.state, each.seconds, each.used_seconds, each.due_at, each.settled_at)
                         for each in ticket.milestones)
        return (self.decision.id, ticket.state, ticket.remote_id, ticket.release_at, ticket.closed_at,
                ticket.waiting_since, promised, owed, self.found)


def receipt_of(ticket: Ticket) -> Receipt:
    """All that is known about a ticket."""
    decisions = tuple(reversed(ticket.decisions))
    deliveries = db.session.scalars(
        select(Delivery).where(Delivery.ticket_id == ticket.id).order_by(Delivery.id.desc())
        .options(selectinload(Delivery.attempts)))
    return Receipt(ticket, decisions, tuple(deliveries.unique()), _zone(decisions),
                   _reasons_given(ticket.id, decisions), _found_by_looking(ticket.id))


def _reasons_given(ticket_id: int, decisions: tuple[Decision, ...]) -> dict[datetime, str]:
    """What people wrote into the audit at the instant of their decision."""
    instants = [each.made_at for each in decisions if each.actor]
    rows = db.session.execute(select(AuditEntry.at, AuditEntry.reason).where(
        AuditEntry.at.in_(instants), AuditEntry.subject == f"ticket:{ticket_id}"))
    return dict(rows.all())


def _found_by_looking(ticket_id: int) -> tuple[Found, ...]:
    rows = db.session.execute(select(Event.id, Event.kinds, Event.received_at)
                              .where(Event.ticket_id == ticket_id, Event.source == LOOK).order_by(Event.id.desc()))
    return tuple(Found(*row) for row in rows)


def _zone(decisions: tuple[Decision, ...]) -> str:
    version_id = next((each.license_version_id for each in decisions if each.license_version_id), None)
    version = db.session.get(LicenseVersion, version_id) if version_id else None
    return str(version.schedule.definition["zone"]) if version else ""
