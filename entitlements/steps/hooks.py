"""The path of a webhook: verify, parse, carry out, and commit all of it at once, answer included.

What cannot be verified leaves no trace. What is authentic but not understood is parked for an admin, never refused.
What does not say who asks is put down to be read: the worker reads the ticket, and carries it out then.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entitlements.errors import Conflict, NotFound, TicketError, VerificationError
from entitlements.helpdesk import Event, Helpdesk, Inbound
from entitlements.steps.admit import LONGEST_ID
from entitlements.steps.context import Deskgate
from entitlements.steps.events import IGNORED, STRENGTH, Effect, take_in
from entitlements.steps.probe import is_test
from entitlements.steps.told import has_heard, must_be_read
from entitlements.steps.written_events import read_events, write_events
from entitlements.store import db, tables
from entitlements.store.access import audit
from entitlements.store.connections import config_of, find_connection, find_event
from entitlements.store.database import TAKEN, UNAVAILABLE, transaction
from entitlements.store.events import early_events, lock_event
from entitlements.store.reading import TO_READ
from entitlements.store.tickets import find_ticket

log = logging.getLogger(__name__)
PARKED = "parked"
MINUTE = timedelta(minutes=1)
LOOK = "look"
LOOKED_UP = ""
"""In place of the digest of a body: the event was found by a look at the helpdesk. Its webhook, come late, is known."""


@dataclass(frozen=True)
class Answer:
    """What the sender gets: HTTP status and the JSON text of the body."""

    status: int
    body: str


def receive(connection_name: str, inbound: Inbound, deskgate: Deskgate) -> Answer:
    """Take a webhook in, in a transaction of its own. Raises VerificationError, also for an unknown connection."""
    connection = find_connection(connection_name)
    if connection is None or connection.is_listen_only:
        raise VerificationError("no such connection, or one that only listens")
    connection_id, now = connection.id, deskgate.clock.now()
    helpdesk = deskgate.helpdesk(config_of(connection, now))
    db.session.rollback()
    helpdesk.verify(inbound, now)
    events, trouble = _parse(helpdesk, inbound)
    try:
        return _commit(connection_id, inbound, events, trouble, deskgate)
    except TAKEN:  # the same event came twice at once, and the other one was first: now it is known
        return _commit(connection_id, inbound, events, trouble, deskgate)


def _commit(connection_id: int, inbound: Inbound, events: Sequence[Event], trouble: str,
            deskgate: Deskgate) -> Answer:
    with transaction():
        return _store(db.session.get_one(tables.Connection, connection_id), inbound, events, trouble, deskgate)


def _parse(helpdesk: Helpdesk, inbound: Inbound) -> tuple[Sequence[Event], str]:
    """The events of a webhook, or what is wrong with it. A fault of the adapter's is treated like the sender's."""
    if is_test(inbound):
        return (), ""
    try:
        return helpdesk.parse(inbound), ""
    except TicketError as error:
        return (), str(error)
    except Exception as error:
        log.exception("adapter %s could not read a webhook", helpdesk.kind)
        return (), f"the adapter failed: {type(error).__name__}"


def _store(connection: tables.Connection, inbound: Inbound, events: Sequence[Event], trouble: str,
           deskgate: Deskgate) -> Answer:
    digest = hashlib.sha256(inbound.body).hexdigest()
    key, known = _key_of(connection.id, events, digest)
    if known is not None:
        return _answer_of(known)
    now = deskgate.clock.now()
    if not trouble and key != (events[0].key if events else f"unread:{digest}"):
        trouble = f"the id {events[0].key} came before with another body"
    row = tables.Event(connection=connection, event_key=key, digest=digest, received_at=now, state=PARKED,
                       kinds=_kinds(events), trouble=trouble[:500])
    row.raw = tables.RawBody(body=inbound.body.decode("utf-8", "backslashreplace"), headers=_headers(inbound))
    if not is_test(inbound):
        _note_sign_of_life(connection, now)
    db.session.add(row)
    db.session.flush()
    if not trouble:
        _take(row, events, now, deskgate)
    row.answer = row.answer or _body(row, None)
    return _answer_of(row)


def _note_sign_of_life(connection: tables.Connection, now: datetime) -> None:
    """Once a minute is enough: webhooks that come at the same time must not wait for each other because of it."""
    if connection.last_event_at is None or abs(now - connection.last_event_at) >= MINUTE:
        connection.last_event_at = now


def _kinds(events: Sequence[Event]) -> str:
    return ",".join(sorted({event.kind.value for event in events}))[:120]


def _key_of(connection_id: int, events: Sequence[Event], digest: str) -> tuple[str, tables.Event | None]:
    """The key to store a webhook under, and the event that is stored under it already.

    A signed id names one body: with another it gets a key of its own, to be parked. An unsigned id says nothing
    without its body, unless the adapter makes its own key.
    """
    key = events[0].key if events else f"unread:{digest}"
    known = find_event(connection_id, key)
    if known is None or known.digest in (digest, LOOKED_UP) or not (events and events[0].key_is_signed):
        return key, known
    key = f"{key}#{digest}"[:300]
    return key, find_event(connection_id, key)


def take_found(connection_id: int, events: Sequence[Event], deskgate: Deskgate) -> bool:
    """Take in what a look at the helpdesk found and no webhook has told: the events of one webhook that never came.

    In a transaction of its own. Returns False when the webhook has come meanwhile, or what was found is no news.
    """
    now = deskgate.clock.now()
    try:
        with transaction():
            is_news = not all(has_heard(find_ticket(connection_id, each.ticket_id), each) for each in events)
            row = tables.Event(connection=db.session.get_one(tables.Connection, connection_id), source=LOOK,
                               event_key=events[0].key, digest=LOOKED_UP, received_at=now, state=PARKED,
                               kinds=_kinds(events))
            db.session.add(row)
            db.session.flush()
            _take(row, events, now, deskgate)
            row.answer = row.answer or _body(row, None)
            if row.state == PARKED or row.about:
                row.raw = tables.RawBody(body=write_events(events), headers="{}")
    except TAKEN:
        return False
    return is_news


def _take(row: tables.Event, events: Sequence[Event], now: datetime, deskgate: Deskgate) -> None:
    """Carry the events of a webhook out, or put them down for their ticket to be read first."""
    unread = next((event.ticket_id for event in events if must_be_read(row.connection_id, event)), None)
    if unread is None:
        _carry_out(row, events, now, deskgate)
    elif 0 < len(unread) <= LONGEST_ID:
        row.state, row.trouble, row.about, row.due_at = TO_READ, "", unread, deskgate.clock.now()
        row.tries = row.waited = 0
    else:
        _park(row, f"its ticket must be read, but the id is empty or longer than {LONGEST_ID} characters")


def carry_out_read(row: tables.Event, events: Sequence[Event], now: datetime, deskgate: Deskgate) -> None:
    """Carry out what had to wait for its ticket to be read. The answer that was given stands.

    Called inside a transaction.
    """
    answer = row.answer
    _carry_out(row, events, now, deskgate)
    row.answer, row.due_at, row.claimed_by = answer, None, ""
    if row.state == PARKED:
        row.about = None


def _carry_out(row: tables.Event, events: Sequence[Event], now: datetime, deskgate: Deskgate) -> None:
    """Carry the events of a webhook out. A fault of ours undoes this part only: the event stays, parked."""
    try:
        try:
            _try_to(row, events, now, deskgate)
        except TAKEN:  # another webhook stored the same ticket or entry at the same time: now it is known
            _try_to(row, events, now, deskgate)
    except UNAVAILABLE:
        raise
    except TicketError as error:
        _park(row, str(error))
    except Exception as error:
        log.exception("event=%s could not be carried out", row.event_key)
        _park(row, f"Deskgate failed on it: {type(error).__name__}")


def _try_to(row: tables.Event, events: Sequence[Event], now: datetime, deskgate: Deskgate) -> None:
    with db.session.begin_nested():
        effects = [take_in(row.connection, event, now, deskgate, arrived_at=row.received_at) for event in events]
        db.session.flush()
        ticket = _settle(row, events, effects, now)
        for effect in effects:
            if effect.is_new and effect.ticket is not None:
                _catch_up(effect.ticket, now, deskgate)
        row.answer = _body(row, ticket)


def _settle(row: tables.Event, events: Sequence[Event], effects: Sequence[Effect], now: datetime,
            ) -> tables.Ticket | None:
    """Note down what came of an event, and which ticket it waits for, where that is not known yet."""
    strongest = max(effects, key=lambda effect: STRENGTH.index(effect.status), default=Effect(IGNORED))
    ticket = next((effect.ticket for effect in reversed(effects) if effect.ticket), None)
    row.state, row.trouble, row.settled_at = strongest.status, "", now
    row.ticket_id = ticket.id if ticket else None
    early = [event.ticket_id for event, effect in zip(events, effects, strict=True) if effect.is_early]
    row.about = early[0] if early and ticket is None and len(early[0]) <= LONGEST_ID else None
    return ticket


def _catch_up(ticket: tables.Ticket, now: datetime, deskgate: Deskgate) -> None:
    """A ticket has become known: carry out what was told of it before. The answers that were given stand."""
    for row in early_events(ticket.connection_id, ticket.remote_id or ""):
        row.about = None
        if row.raw is not None:
            events, _ = read_again(row, row.raw, deskgate)
            answer, received_at = row.answer, row.received_at
            _carry_out(row, [replace(event, at=event.at or received_at) for event in events], now, deskgate)
            row.answer = answer


def read_again(row: tables.Event, raw: tables.RawBody, deskgate: Deskgate) -> tuple[Sequence[Event], str]:
    """What a stored webhook says, or what is wrong with it. Raises ConfigError when its connection cannot work."""
    if row.source == LOOK:
        return read_events(raw.body), ""
    inbound = Inbound("POST", "", json.loads(raw.headers), raw.body.encode(), row.received_at)
    return _parse(deskgate.helpdesk(config_of(row.connection)), inbound)


def _park(row: tables.Event, trouble: str) -> None:
    db.session.refresh(row)
    row.state, row.trouble = PARKED, trouble[:500]


def _headers(inbound: Inbound) -> str:
    secret = {"authorization", "cookie", "x-deskgate-secret"}
    return json.dumps({name: value for name, value in inbound.headers.items() if name.lower() not in secret})


def _body(row: tables.Event, ticket: tables.Ticket | None) -> str:
    decision = ticket.decision if ticket is not None and ticket.decisions else None
    release_at = decision.release_at if decision and ticket and ticket.state == "queued" else None
    return json.dumps({
        "event": str(row.id), "status": row.state, "ticket": str(ticket.id) if ticket else None,
        "outcome": decision.outcome if decision else None, "reason": decision.reason if decision else None,
        "release_at": release_at.strftime("%Y-%m-%dT%H:%M:%SZ") if release_at else None})


def _answer_of(row: tables.Event) -> Answer:
    parked = json.loads(row.answer)["status"] in (PARKED, TO_READ)
    return Answer(202 if parked else 200, row.answer)


def retry_event(event_id: int, actor: str, deskgate: Deskgate) -> str:
    """Read a parked event once more, after the cause was mended. Returns its new state. Opens its own transaction.

    Raises NotFound, and Conflict when the event is not parked or its body is deleted already.
    """
    row = db.session.get(tables.Event, event_id)
    if row is None:
        raise NotFound(f"there is no event {event_id}")
    if row.state != PARKED or row.raw is None:
        raise Conflict(f"event {event_id} is not parked any more, or its body has been deleted")
    events, trouble = read_again(row, row.raw, deskgate)
    with transaction():
        row = lock_event(event_id)
        if row.state != PARKED:
            raise Conflict(f"event {event_id} is not parked any more")
        row.trouble = trouble[:500]
        if not trouble:
            _take(row, events, row.received_at, deskgate)
        audit(actor=actor, action="retry_event", subject=f"event:{event_id}", at=deskgate.clock.now(),
              values={"state": row.state})
        return row.state
