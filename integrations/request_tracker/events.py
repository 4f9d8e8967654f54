"""From a webhook of the scrip that Deskgate prints to events. It tells of all transactions of one update at once.

A scrip of somebody else's may tell less, down to the ticket's number: then the ticket has to be read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Identity, Inbound
from integrations.desk.mapping import split
from integrations.desk.ticket import Standing
from integrations.payload import (
    Fields,
    flag,
    identifier,
    instant,
    number,
    read_fields,
    required_id,
    rows,
    section,
    text,
)
from integrations.request_tracker.settings import DELETED
from integrations.request_tracker.ticket import MINUTE, NOBODY, SYSTEM, WORDS, Reading, minutes_of
from integrations.wire import MARKER

LONGEST_VALUE = 10_000


@dataclass(frozen=True)
class Transaction:
    """One thing that was done: who did it, and what kinds of events it amounts to."""

    row: Fields
    author: Author
    kinds: tuple[EventKind, ...]


def parse(inbound: Inbound, reading: Reading) -> tuple[Event, ...]:
    """The events of one webhook, in the order in which they happened. Raises TicketError."""
    fields = read_fields(inbound.body)
    data = section(fields, "data")
    ticket = _ticket(data, _key(inbound), reading)
    if data.get("transactions") is None:
        return (_bare(fields, ticket),)
    done = [_transaction(row, data, reading) for row in rows(data, "transactions")]
    if not done:
        raise TicketError("transactions is empty")
    told = _settled([event for each in done for event in _events(each, ticket)])
    return _keyed_as_looked_up(told)


def _key(inbound: Inbound) -> str:
    """The id of the webhook, and a piece of its digest: one update may lead to two webhooks with the same id."""
    told = next((value for name, value in inbound.headers.items() if name.lower() == "webhook-id"), "")
    if not told or len(told) > 100:
        raise TicketError("the header webhook-id is missing or too long")
    return f"{told}:{hashlib.sha256(inbound.body).hexdigest()[:16]}"


def _keyed_as_looked_up(told: tuple[Event, ...]) -> tuple[Event, ...]:
    """A webhook that tells of one reply or one piece of time has the key that a look gives it."""
    only = told[0]
    names = {EventKind.REPLIED: "entry", EventKind.TIME_LOGGED: "time"}
    if len(told) > 1 or only.kind not in names:
        return told
    return (replace(only, key=f"{names[only.kind]}:{only.ticket_id}:{only.entry_id}", key_is_signed=False),)


def _bare(fields: Fields, ticket: Event) -> Event:
    """A webhook that does not say who did what: a new ticket, or one that is to be looked at."""
    ticket = replace(ticket, incomplete=True, assigned=False)
    if text(fields, "type") != "ticket.created":
        return ticket
    at = ticket.at or instant(fields, "timestamp")
    return replace(ticket, kind=EventKind.CREATED, at=at, created_at=ticket.created_at or at,
                   created_at_source=ticket.created_at_source or ("timestamp" if at else ""))


def _ticket(data: Fields, key: str, reading: Reading) -> Event:
    """The ticket as the webhook tells of it, as an update."""
    custom = _custom_fields(data)
    tags = frozenset(tag for value in custom.get(reading.settings.tags_field, ()) for tag in split(value))
    told = {name: ", ".join(values) for name, values in custom.items()}
    status, owner = text(data, "status").lower(), text(data, "owner")
    created_at = instant(data, "created")
    owners = NOBODY | reading.own | reading.mapping.default_owners
    return Event(
        EventKind.UPDATED, key=key, key_is_signed=True, ticket_id=required_id(data, "ticket_id"),
        identity=_identity(data, told.get(reading.settings.external_id_field, "")), at=instant(data, "last_updated"),
        created_at=created_at, created_at_source="created" if created_at else "",
        severity=reading.severity(data.get("priority")), channel=text(data, "channel"),
        product=" ".join(told.get(reading.settings.product_field, "").split())[:120], assigned=owner not in owners,
        auto_submitted=flag(data, "auto_submitted"),
        waiting=reading.standing(status, tags, told) is Standing.WAITING if status and custom else None)


def _custom_fields(data: Fields) -> Mapping[str, list[str]]:
    told = data.get("custom_fields")
    if told is None:
        return {}
    if not isinstance(told, dict) or not all(isinstance(values, list) for values in told.values()):
        raise TicketError("custom_fields must be an object of lists")
    return {name: [str(value) for value in values if isinstance(value, str | int)] for name, values in told.items()}


def _identity(data: Fields, external_id: str) -> Identity:
    requestors = data.get("requestors")
    if requestors is not None and not isinstance(requestors, list):
        raise TicketError("requestors must be a list")
    email = next((each for each in requestors or () if isinstance(each, str) and len(each) <= 254), "")
    return Identity(organization_id=text(data, "organization")[:100], external_id=external_id[:100],
                    email=email.strip())


def _transaction(row: Fields, data: Fields, reading: Reading) -> Transaction:
    author = _author(row, reading)
    return Transaction(row, author, _kinds(row, data, author, reading))


def _author(row: Fields, reading: Reading) -> Author:
    name, number_ = text(row, "creator"), identifier(row, "creator_id")
    if {name, number_} & reading.own:
        return Author.DESKGATE
    if flag(row, "by_requestor"):
        return Author.CUSTOMER
    if not name or name in SYSTEM:
        return Author.UNKNOWN
    return Author.AGENT if flag(row, "privileged") else Author.CUSTOMER


def _kinds(row: Fields, data: Fields, author: Author, reading: Reading) -> tuple[EventKind, ...]:
    kind = text(row, "type")
    kinds = [EventKind.TIME_LOGGED] if _minutes(row) else []
    if kind == "Create":
        kinds.insert(0, EventKind.CREATED)
    elif kind in WORDS and author is not Author.UNKNOWN:
        kinds.insert(0, EventKind.REPLIED)
    elif kind == "Status" or (kind == "Set" and text(row, "field") == "Status"):
        kinds += _turn(_value(row, "old"), _value(row, "new"), reading)
    if _merged_into(row, data) not in ("", identifier(data, "ticket_id")):
        kinds.append(EventKind.MERGED)
    return tuple(kinds)


def _merged_into(row: Fields, data: Fields) -> str:
    """The ticket that goes on. The link is told of both tickets in the same words, and only one of them is over."""
    is_link = text(row, "type") == "AddLink" and text(row, "field") == "MergedInto"
    found = re.search(r"/ticket/([0-9]{1,18})$", _value(row, "new")) if is_link else None
    return identifier(data, "effective_id") or (found[1] if found else "")


def _turn(old: str, new: str, reading: Reading) -> list[EventKind]:
    """What a change of the status amounts to."""
    closed = reading.settings.closed | {DELETED}
    if new.lower() == DELETED:
        return [EventKind.DELETED]
    if new.lower() in closed:
        return [] if old.lower() in closed else [EventKind.CLOSED]
    return [EventKind.REOPENED] if old.lower() in closed else []


def _minutes(row: Fields) -> int:
    return minutes_of({"Type": row.get("type"), "Field": row.get("field"), "OldValue": row.get("old"),
                       "NewValue": row.get("new"), "TimeTaken": number(row, "minutes")})


def _value(row: Fields, name: str) -> str:
    value = row.get(name)
    return value[:LONGEST_VALUE] if isinstance(value, str) else ""


def _marker(row: Fields) -> str:
    told = row.get("marker")
    return told if isinstance(told, str) and MARKER.fullmatch(told) else ""


def _events(done: Transaction, ticket: Event) -> list[Event]:
    """A transaction that says nothing of its own still counts for one, since somebody did something."""
    number_, at = required_id(done.row, "id"), instant(done.row, "created") or ticket.at
    marker = _marker(done.row) if done.author is Author.DESKGATE else ""  # an answer to our mail has it as well
    base = replace(ticket, author=done.author, at=at, marker=marker)
    found = []
    for kind in done.kinds or (EventKind.UPDATED,):
        is_made = kind is EventKind.CREATED
        found.append(replace(
            base, kind=kind, public=is_made or bool(WORDS.get(text(done.row, "type"))),
            staff_made=is_made and done.author is Author.AGENT,
            seconds=_minutes(done.row) * MINUTE if kind is EventKind.TIME_LOGGED else 0,
            entry_id=number_ if kind in (EventKind.TIME_LOGGED, EventKind.REPLIED) else ""))
    return found


def _settled(told: Sequence[Event]) -> tuple[Event, ...]:
    """Several updates are one. Who wrote is who reopened: the status itself is often changed by Request Tracker."""
    updates = [event for event in told if event.kind is EventKind.UPDATED]
    others = [event for event in told if event.kind is not EventKind.UPDATED]
    if not others:
        return tuple(updates[-1:])
    writer = next((event for event in others if event.kind is EventKind.REPLIED), None)
    if writer is None or not any(event.kind is EventKind.REOPENED for event in others):
        return tuple(others)
    return tuple(replace(event, author=writer.author, public=writer.public) if event.kind is EventKind.REOPENED
                 else event for event in others if event is not writer)
