"""What a call tells of the helpdesk itself: whether it is there, takes our credentials, wants fewer calls.

Called inside the caller's transaction.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Quota
from entitlements.rules.circuit import CLOSED
from entitlements.rules.pacing import pace_after_refusal, pace_after_success, pace_by_quota
from entitlements.store import db, tables
from entitlements.store.connections import circuit_of, pause_broken, pause_refused, set_circuit
from entitlements.store.deliveries import lock_connection, wake_put_off
from entitlements.store.reading import wake_unread

log = logging.getLogger(__name__)
LONGEST_CALM = 60.0
"""Seconds that one wish to wait keeps a whole connection quiet; the delivery itself waits as long as it was told."""
USUAL_CALM = 10.0
WORTH_NOTING = 0.05


def learn_from(error: DeliveryError, connection: tables.Connection, now: datetime) -> None:
    """Note what a failed call tells of the helpdesk: whether it is there, takes our credentials, wants fewer calls."""
    if error.is_outage:
        _nobody_answers(connection, now)
    elif error.is_answer:
        it_answers(connection, now)
    _keep_calm(connection, error, now)
    if error.kind == "unauthorized":
        pause_refused(connection, str(error), now)
    if error.kind == "setting":
        pause_broken(connection, str(error), now)


def _nobody_answers(connection: tables.Connection, now: datetime) -> None:
    """Note a call that found nobody there."""
    before = circuit_of(lock_connection(connection.id))
    after = before.failed(now)
    set_circuit(connection, after)
    if after.is_open and not before.is_open:
        log.error("connection=%s does not answer; from now on it is asked every half minute", connection.name)


def it_answers(connection: tables.Connection, now: datetime) -> None:
    """Note that the helpdesk is there: what had been put off while it was not is due at once."""
    if circuit_of(connection) == CLOSED:
        return
    was_open = circuit_of(lock_connection(connection.id)).is_open
    set_circuit(connection, CLOSED)
    if was_open:
        db.session.flush()
        wake_unread(connection.id, now)
        log.info("connection=%s answers again; deliveries=%d are due", connection.name,
                 wake_put_off(connection.id, now))


def _keep_calm(connection: tables.Connection, error: DeliveryError, now: datetime) -> None:
    """Let the whole connection wait for a while when the helpdesk asks for it; when it was too much, go slower.

    Once for all that were refused together.
    """
    if error.is_busy and (connection.calm_until is None or connection.calm_until <= now):
        connection.pace = pace_after_refusal(connection.pace)
    if error.is_busy or error.retry_after:
        calm = timedelta(seconds=min(error.retry_after or USUAL_CALM, LONGEST_CALM))
        connection.calm_until = max(connection.calm_until or now, now + calm)


def set_pace(connection: tables.Connection, quota: Quota | None) -> None:
    """Go as fast as the quota allows, or get back to the usual pace. A small difference is not worth a write."""
    pace = pace_by_quota(quota.limit, quota.remaining) if quota else pace_after_success(connection.pace)
    if pace != connection.pace and (quota is None or pace == 1 or abs(pace - connection.pace) >= WORTH_NOTING):
        connection.pace = pace


def give_back_probe(connection: tables.Connection, now: datetime) -> None:
    """Nobody was asked whether the helpdesk is back: the next call may ask at once."""
    circuit = circuit_of(connection)
    if circuit.is_open:
        set_circuit(lock_connection(connection.id), circuit.unprobed(now))
