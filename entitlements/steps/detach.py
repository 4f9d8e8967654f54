"""Leaving a helpdesk: nothing new is written, what is queued is freed, and our tags and fields are taken off again.

Every part can be repeated, so that it may break off anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from entitlements.errors import ConfigError, DeliveryError
from entitlements.kinds import Rehearsable
from entitlements.steps.context import Deskgate
from entitlements.steps.release import release_all
from entitlements.store import connections, db
from entitlements.store.access import audit
from entitlements.store.database import transaction
from entitlements.store.leaving import changed_tickets, held_for_good, owed_to

DETACHED = "detached"


@dataclass(frozen=True)
class Unmarked:
    """What became of our marks on one ticket: taken off, none there, or what went wrong."""

    ticket_id: str
    had_marks: bool = False
    trouble: str = ""


def let_go(name: str, actor: str, deskgate: Deskgate) -> int:
    """Write nothing new from now on, and free what is queued; returns how many tickets. Raises NotFound."""
    now = deskgate.clock.now()
    with transaction():
        row = connections.get_connection(name)
        connections.resume(row)
        connections.set_mode(row, "observe", now)
        audit(actor=actor, action="detach", subject=f"connection:{name}", at=now)
    return release_all(name, DETACHED, actor, now, deskgate)


def left_to_deliver(name: str) -> int:
    """Deliveries to a connection that wait or are on their way."""
    count = owed_to(connections.get_connection(name).id)
    db.session.rollback()
    return count


def standstill(name: str) -> str:
    """Why nothing is delivered to a connection at present; empty if it is."""
    row = connections.get_connection(name)
    found = (row.pause_reason or "by hand") if row.paused_at is not None else ""
    db.session.rollback()
    return found


def not_freed(name: str) -> list[tuple[str, int]]:
    """The tickets that the helpdesk did not let us free, by its ids, and the number of the delivery that says why."""
    found = held_for_good(connections.get_connection(name).id)
    db.session.rollback()
    return found


def unmark_all(name: str, deskgate: Deskgate) -> Iterator[Unmarked]:
    """Take our tags and fields off every ticket that we ever changed. Raises NotFound, and ConfigError for a kind of
    helpdesk where that cannot be done, before anything is changed."""
    row = connections.get_connection(name)
    helpdesk = deskgate.helpdesk(connections.config_of(row))
    if not hasattr(helpdesk, "unmark"):
        raise ConfigError(f"{name} is of kind {row.kind}, where Deskgate leaves no marks", field="name")
    changed = changed_tickets(row.id)
    db.session.rollback()
    return (_unmark(cast(Rehearsable, helpdesk), ticket_id) for ticket_id in changed)


def _unmark(helpdesk: Rehearsable, ticket_id: str) -> Unmarked:
    try:
        return Unmarked(ticket_id, had_marks=helpdesk.unmark(ticket_id))
    except DeliveryError as error:
        return Unmarked(ticket_id, trouble="" if error.kind == "gone" else str(error))


def mark_detached(name: str, now: datetime) -> None:
    """Have the connection stand still from now on. Raises NotFound."""
    with transaction():
        connections.pause(connections.get_connection(name), DETACHED, now)
