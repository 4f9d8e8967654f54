"""What people decide in Deskgate itself: overriding a decision, and taking a queued ticket early.

Called inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from entitlements.errors import ConfigError, Conflict
from entitlements.rules.decision import Decision
from entitlements.rules.reasons import Outcome, Reason
from entitlements.steps.context import Deskgate
from entitlements.steps.events import take_early as take_ticket_early
from entitlements.steps.owe import Telling
from entitlements.steps.record import Cause, Context, Verdict, record, verdict_of
from entitlements.store import tables
from entitlements.store.access import audit
from entitlements.store.database import share_terms
from entitlements.store.licenses import license_of
from entitlements.store.tickets import lock_ticket

LATEST = datetime(2038, 1, 1, tzinfo=timezone.utc)
"""Time zones are known up to here."""


@dataclass(frozen=True)
class Override:
    """What a person wants instead, and why. A queue needs `release_at`, an aware UTC instant in the future."""

    outcome: Outcome
    reason: str
    release_at: datetime | None = None


def override(ticket_id: int, wanted: Override, actor: str, now: datetime, deskgate: Deskgate) -> Verdict:
    """Put a person's decision in place of ours. Later second looks leave it alone.

    Raises NotFound, Conflict for a ticket that is closed, ConfigError naming the field that is wrong.
    """
    ticket = _open_ticket(ticket_id)
    reason = wanted.reason.strip()
    if not reason:
        raise ConfigError("say why", field="reason")
    release_at = _release_at(wanted, now)
    last = ticket.decision
    decision = Decision(wanted.outcome, Reason.OVERRIDDEN, now, license=license_of(last), release_at=release_at,
                        verdict=Reason(last.verdict or last.reason))
    record(ticket, decision, Context(Cause.OVERRIDE, now, actor), deskgate,
           Telling(public=wanted.outcome is not Outcome.ROUTE))
    audit(actor=actor, action="override", subject=f"ticket:{ticket_id}", at=now, reason=reason,
          values={"outcome": wanted.outcome.value})
    return verdict_of(ticket)


def take_early(ticket_id: int, actor: str, now: datetime, deskgate: Deskgate) -> Verdict:
    """Route a queued ticket now because an agent takes it. Raises NotFound, and Conflict when it is not queued."""
    ticket = _open_ticket(ticket_id)
    if ticket.state != "queued":
        raise Conflict(f"ticket {ticket_id} is not queued: it is {ticket.state}")
    take_ticket_early(ticket, actor, now, deskgate)
    audit(actor=actor, action="take_early", subject=f"ticket:{ticket_id}", at=now)
    return verdict_of(ticket)


def _open_ticket(ticket_id: int) -> tables.Ticket:
    share_terms()
    ticket = lock_ticket(ticket_id)
    if ticket.state == "withdrawn" or ticket.closed_at is not None:
        raise Conflict(f"ticket {ticket_id} is closed in the helpdesk")
    return ticket


def _release_at(wanted: Override, now: datetime) -> datetime | None:
    if wanted.outcome is not Outcome.QUEUE:
        if wanted.release_at is not None:
            raise ConfigError("release_at goes with the outcome queue only", field="release_at")
        return None
    if wanted.release_at is None or wanted.release_at <= now:
        raise ConfigError("a queued ticket needs a release_at in the future", field="release_at")
    if wanted.release_at >= LATEST:
        raise ConfigError(f"release_at must lie before {LATEST.year}", field="release_at")
    return wanted.release_at
