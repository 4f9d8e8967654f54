"""Reading tickets whose webhooks do not say who asks, and carrying out what has waited for that.

One read serves all events of a ticket that have come by then; they are carried out in the order of arrival, each in a
transaction of its own, as if its webhook had told it all. During the call no transaction is open. What was read is
written only while the claim is the latest, so that two workers never both carry an event out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entitlements.errors import ConfigError, DeliveryError, TicketError
from entitlements.helpdesk import ConnectionConfig, Event
from entitlements.rules.retry import delay_after
from entitlements.rules.ticket import Severity
from entitlements.steps.claims import LOST_AT_ONCE, SILENT_FOR
from entitlements.steps.context import Deskgate
from entitlements.steps.events import IGNORED
from entitlements.steps.hooks import PARKED, carry_out_read, read_again
from entitlements.steps.learn import USUAL_CALM, give_back_probe, it_answers, learn_from, set_pace
from entitlements.steps.pace import AT_ONCE_WHEN_SHAKY, Pace, shares
from entitlements.steps.told import completed, must_be_read
from entitlements.store import db, tables
from entitlements.store.connections import circuit_of, config_of, set_circuit
from entitlements.store.database import UNAVAILABLE, transaction
from entitlements.store.deliveries import being_sent
from entitlements.store.reading import (
    being_read,
    claim_event,
    claimed_event,
    connections_to_read,
    is_any_event_lost,
    is_anything_to_read,
    lost_events,
    next_to_read,
    others_to_read,
)

log = logging.getLogger(__name__)
AT_ONCE = 8
"""Tickets of one connection that are read at the same time."""
FINAL = {"gone": IGNORED, "refused": PARKED, "fault": PARKED}


@dataclass(frozen=True)
class Reading:
    """One worker's right to read a ticket once, for one of the events that wait for it."""

    event_id: int
    generation: int


class ReadingList:
    """Claims for a worker what is to be read now: the oldest first, and no more than each helpdesk takes at present."""

    def __init__(self, deskgate: Deskgate, worker: str, pace: Pace):
        self._deskgate, self._worker, self._pace = deskgate, worker, pace

    def claim(self, free: int) -> list[Reading]:
        """At most so many tickets, each claimed by its oldest event. Opens a transaction."""
        now = self._deskgate.clock.now()
        if free <= 0 or not is_anything_to_read(now):
            return []
        with transaction():
            return [each for share, connection in shares(connections_to_read(now), free)
                    for each in self._of(connection, share, now)]

    def _of(self, connection: tables.Connection, most: int, now: datetime) -> list[Reading]:
        circuit = circuit_of(connection)
        under_way = being_read(connection.id)
        most = min(most, AT_ONCE - under_way)
        if circuit.is_open:
            most = min(most, 1)
        elif circuit.is_shaky():
            most = min(most, AT_ONCE_WHEN_SHAKY - under_way - being_sent(connection.id))
        most = self._pace.allowance(connection, max(0, most), now).live
        claimed = _claims(next_to_read(connection.id, now, most), self._worker, now) if most else []
        if claimed and circuit.is_open:
            set_circuit(connection, circuit.probed(now))
        self._pace.spend(connection, len(claimed))
        return claimed


def _claims(rows: Sequence[tables.Event], worker: str, now: datetime) -> list[Reading]:
    tried = [(row.id, claim_event(row, worker, now)) for row in rows]
    return [Reading(event_id, generation) for event_id, generation in tried if generation is not None]


def take_up(reading: Reading, deskgate: Deskgate) -> list[Reading]:
    """Claim with it all that waits for the same ticket by now, in the order of arrival. Empty when it is not to be read
    any more: another worker has it, or the connection has been paused. Opens a transaction."""
    now = deskgate.clock.now()
    with transaction():
        row = claimed_event(reading.event_id, reading.generation)
        if row is None:
            return []
        if row.connection.paused_at is not None:
            row.claimed_by = ""
            give_back_probe(row.connection, now)
            return []
        return [reading, *_claims(others_to_read(row), row.claimed_by, now)]


def read(readings: Sequence[Reading], deskgate: Deskgate, chance: float = 0.5) -> None:
    """Read the ticket that these events are about, and carry them out. `chance` in [0, 1) spreads the next try.

    Opens transactions. Raises when the database does not answer: what is not settled then has to be given up.
    """
    waiting: Sequence[_Waiting] = [_Waiting(each) for each in readings]
    try:
        waiting = [_told_again(each, deskgate) for each in readings]
        tickets = _read_tickets(waiting, deskgate)
    except UNAVAILABLE:
        raise
    except Exception as error:
        _failed(waiting, _as_trouble(error), deskgate, chance)
        return
    for each in waiting:
        _carry_out(each, tickets, deskgate)


@dataclass(frozen=True)
class _Waiting:
    """An event that waits, told once more. `unread` are the tickets that it cannot be carried out without."""

    reading: Reading
    config: ConnectionConfig | None = None
    events: Sequence[Event] = ()
    trouble: str = ""
    unread: frozenset[str] = frozenset()

    def row(self) -> tables.Event | None:
        """Its row, locked, as long as the claim is the latest."""
        return claimed_event(self.reading.event_id, self.reading.generation)


def _told_again(reading: Reading, deskgate: Deskgate) -> _Waiting:
    row = db.session.get_one(tables.Event, reading.event_id)
    events, trouble = read_again(row, row.raw, deskgate) if row.raw is not None else ((), "its body is gone")
    # Whole seconds, as an event that does not say when it happened counts when it comes.
    at = row.received_at.replace(microsecond=0)
    unread = frozenset(each.ticket_id for each in events if must_be_read(row.connection_id, each))
    found = _Waiting(reading, config_of(row.connection), [replace(each, at=each.at or at) for each in events], trouble,
                     unread)
    db.session.rollback()
    return found


def _read_tickets(waiting: Sequence[_Waiting], deskgate: Deskgate) -> Mapping[str, Event]:
    """The tickets that are needed, each asked for once. What is about a ticket that is known by now may need none."""
    wanted = sorted(frozenset().union(*(each.unread for each in waiting)))
    if not wanted or waiting[0].config is None:
        return {}
    helpdesk = deskgate.helpdesk(waiting[0].config)
    return {ticket_id: helpdesk.read(ticket_id) for ticket_id in wanted}


def _as_trouble(error: Exception) -> DeliveryError:
    if isinstance(error, DeliveryError):
        return error
    if isinstance(error, TicketError):
        return DeliveryError(str(error), kind="refused")
    if isinstance(error, ConfigError):
        return DeliveryError(str(error), kind="setting")
    log.error("a ticket could not be read", exc_info=error)
    return DeliveryError(f"the adapter failed: {type(error).__name__}", kind="fault")


def _carry_out(each: _Waiting, tickets: Mapping[str, Event], deskgate: Deskgate) -> None:
    with transaction():
        row = each.row()
        if row is None:
            return
        now = deskgate.clock.now()
        if tickets:
            it_answers(row.connection, now)
            set_pace(row.connection, None)
        else:
            give_back_probe(row.connection, now)
        _settle(row, each, tickets, now, deskgate)


def _settle(row: tables.Event, each: _Waiting, tickets: Mapping[str, Event], now: datetime, deskgate: Deskgate) -> None:
    if each.trouble:
        _end(row, PARKED, each.trouble, now)
        return
    events = [completed(event, tickets[event.ticket_id]) if event.ticket_id in each.unread else event
              for event in each.events]
    carry_out_read(row, events, now, deskgate)


def _failed(waiting: Sequence[_Waiting], error: DeliveryError, deskgate: Deskgate, chance: float) -> None:
    """Note that a ticket could not be read. What would have needed it waits, or is settled if there is no hope; then
    what needs it no more is carried out."""
    with transaction():
        rows = [(each, row) for each in waiting if (row := each.row()) is not None]
        if not rows:
            return
        now, connection = deskgate.clock.now(), rows[0][1].connection
        was_gone = circuit_of(connection).is_open
        learn_from(error, connection, now)
        for each, row in rows:
            if error.kind in FINAL and not each.unread:
                _settle(row, each, {}, now, deskgate)
            else:
                _put_down(row, error, now, chance, was_gone)


def _put_down(row: tables.Event, error: DeliveryError, now: datetime, chance: float, was_gone: bool) -> None:
    log.warning("event=%d could not be read: %s", row.id, error)
    if error.kind in FINAL:
        _end(row, FINAL[error.kind], str(error), now)
        return
    row.trouble, row.claimed_by = str(error)[:500], ""
    if error.kind in ("unauthorized", "setting"):
        return
    wait = error.retry_after or (USUAL_CALM if error.is_busy else 0)
    if error.is_busy or (error.is_outage and was_gone):
        row.due_at = now + timedelta(seconds=wait)
    else:
        _put_off(row, wait, now, chance)


def _put_off(row: tables.Event, at_least: float, now: datetime, chance: float) -> None:
    """It may be urgent, as far as anybody knows; so it is tried again as what is urgent is."""
    row.tries += 1
    delay = delay_after(row.tries, Severity.URGENT, timedelta(seconds=row.waited), chance)
    if delay is None:
        _end(row, PARKED, f"its ticket could not be read for a week: {row.trouble}", now)
        return
    delay = max(delay, at_least)
    row.due_at, row.waited = now + timedelta(seconds=delay), row.waited + int(delay)


def _end(row: tables.Event, state: str, trouble: str, now: datetime) -> None:
    row.state, row.trouble, row.about, row.due_at, row.claimed_by = state, trouble[:500], None, None, ""
    row.settled_at = None if state == PARKED else now


def give_up_reading(reading: Reading, deskgate: Deskgate, chance: float) -> None:
    """Let go of a claim that a fault of ours has cut short: it counts as a try. Opens a transaction."""
    with transaction():
        row = claimed_event(reading.event_id, reading.generation)
        if row is not None:
            row.trouble, row.claimed_by = "Deskgate itself failed on it; its log says more", ""
            _put_off(row, 0, deskgate.clock.now(), chance)


def take_up_lost_readings(now: datetime) -> int:
    """Free what a worker that has fallen silent was to read. Returns how many events. Opens a transaction.

    Where several workers die over it, it waits, lest it ends one after another.
    """
    silent_since = now - SILENT_FOR
    if not is_any_event_lost(silent_since):
        return 0
    with transaction():
        rows = lost_events(silent_since)
        for row in rows:
            row.claimed_by = ""
            if row.tries < LOST_AT_ONCE:
                row.tries += 1
            else:
                _put_off(row, 0, now, chance=0.5)
        return len(rows)
