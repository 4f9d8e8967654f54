"""What a webhook says, by the rules of a description. Calls nobody."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Identity, Inbound
from integrations.desk.ticket import DeskTicket, Entry, Standing
from integrations.generic.description import Description, Rule, Webhook
from integrations.generic.expression import Context, context_of, within
from integrations.generic.fields import Shape
from integrations.generic.tickets import Known, identity_of, marker_of, read_entry, read_ticket
from integrations.payload import read_fields

STANDARD = "standard-webhooks"
MOST = 500  # events in one webhook


@dataclass(frozen=True)
class Told:
    """One thing that a webhook tells, by one rule: the context its fields are looked for in, and what else is there."""

    rule: Rule
    context: Context
    ticket: DeskTicket | None
    entry: Entry | None
    seconds: int

    def read(self, name: str, usual: Any = None) -> Any:
        """A field of the rule; else the same of the ticket."""
        value = self.rule.fields.read(name, self.context)
        if value is None and self.ticket is not None:
            value = getattr(self.ticket, name, None)
        return usual if value in (None, "") else value


def events_of(described: Description, inbound: Inbound, known: Known) -> tuple[Event, ...]:
    """Every event of a webhook, in the order of the rules; they share the key of the first. Raises TicketError."""
    webhook = described.webhook
    if webhook is None:
        raise TicketError("the description says nothing about webhooks")
    try:
        context = context_of(payload_of(webhook, inbound), inbound.headers)
    except TicketError:
        if (rescued := _rescued(described, webhook, inbound)) is None:
            raise
        return (rescued,)
    if webhook.ignore and webhook.ignore.holds(context):
        return ()
    told = [each for rule in webhook.rules for each in _told(described, rule, context, known)]
    if not told:
        raise TicketError("no rule under webhook.events fits this webhook; if it is of no concern, say so with ignore")
    if len(told) > MOST:
        raise TicketError(f"the webhook tells of more than {MOST} things")
    events = [_event(each, described, known) for each in told]
    key, is_signed = _key(webhook, told[0], events[0], inbound)
    return tuple(_keyed(each, key, is_signed) for each in events)


def payload_of(webhook: Webhook, inbound: Inbound) -> Any:
    """What was sent, as JSON has it. Raises TicketError."""
    if webhook.is_form:
        try:
            fields = parse_qs(inbound.body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=1000)
        except ValueError:
            raise TicketError("the body is not a form as it is read here") from None
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
    if inbound.body.lstrip()[:1] == b"[":
        return read_fields(b'{"_items":' + inbound.body + b"}")["_items"]
    return read_fields(inbound.body)


def _rescued(described: Description, webhook: Webhook, inbound: Inbound) -> Event | None:
    """That something happened to a ticket, from a body that is broken by the words that were put into it."""
    if not webhook.rescue or not described.reads:
        return None
    text = inbound.body.decode("utf-8", "replace")
    found = re.search(re.escape(webhook.rescue) + "[\\\\\"'\\s]{0,4}([A-Za-z0-9_-]{1,100})", text)
    digest = hashlib.sha256(inbound.body).hexdigest()[:40]
    return Event(EventKind.UPDATED, f"body:{digest}", found[1], incomplete=True) if found else None


def _told(described: Description, rule: Rule, context: Context, known: Known) -> Iterator[Told]:
    each: list[Any] = [None]
    if rule.for_each:
        found = rule.for_each.find(context)
        if found is not None and not isinstance(found, list):
            raise TicketError(f"{rule.for_each.where}: it leads to no list")
        each = found or []
    for one in each:
        inside = {**context, "_each": one} if rule.for_each else context
        if rule.when is None or rule.when.holds(inside):
            yield _one(described, rule, inside, known)


def _one(described: Description, rule: Rule, context: Context, known: Known) -> Told:
    ticket_id = rule.fields.read("ticket_id", context, "")
    found = rule.ticket.find(context) if rule.ticket else None
    ticket = read_ticket(described, within(found, context), known, ticket_id) if isinstance(found, dict) else None
    written = rule.entry.find(context) if rule.entry else None
    inside = within(written, context)
    entry = read_entry(described, inside, known) if isinstance(written, dict) else None
    seconds = described.entry.read("seconds", inside, 0) if entry else 0
    return Told(rule, context, ticket, entry, seconds)


def _event(told: Told, described: Description, known: Known) -> Event:
    rule, ticket, entry = told.rule, told.ticket, told.entry
    ticket_id = told.rule.fields.read("ticket_id", told.context) or (ticket.id if ticket else "")
    if not ticket_id:
        raise TicketError(f"{rule.where}: there is no ticket_id")
    created = rule.kind is EventKind.CREATED
    created_at = told.read("created_at")
    at = rule.fields.read("at", told.context) or (entry.at if entry else None) or (
        created_at if created else ticket.updated_at if ticket else None)
    base = Event(
        rule.kind, key="", ticket_id=ticket_id, identity=_identity(told), author=_author(told, known), at=at,
        created_at=created_at or (at if created else None),
        created_at_source=_source(told, created, bool(created_at)), severity=told.read("severity"),
        product=told.read("product", ""), channel=told.read("channel", ""),
        staff_made=bool(told.read("staff_made")), auto_submitted=bool(told.read("auto_submitted")),
        public=_public(told), marker=_marker(told),
        seconds=_seconds(told) if rule.kind is EventKind.TIME_LOGGED else 0,
        entry_id=_entry_id(told) if rule.kind is EventKind.TIME_LOGGED else "")
    nobody = described.reads and base.identity == Identity()
    return replace(_with_state(told, base, known), incomplete=nobody)


def _with_state(told: Told, event: Event, known: Known) -> Event:
    """What is told of how the ticket stands besides."""
    fields, ticket = told.rule.fields, told.ticket
    owner = ticket.assignee if ticket and ticket.assignee not in known.default_owners else ""
    answered = fields.read("answered", told.context) or bool(ticket and ticket.is_answered) or (
        event.kind is EventKind.REPLIED and event.public and event.author is Author.AGENT)
    closed = bool(ticket and ticket.is_closed and not ticket.is_closed_by_us)
    over = event.kind in (EventKind.CLOSED, EventKind.REOPENED)
    waiting = fields.read("waiting", told.context)
    return replace(
        event, assigned=bool(fields.read("assigned", told.context, owner)), answered=bool(answered),
        waiting=waiting if waiting is not None or ticket is None else ticket.standing is Standing.WAITING,
        closed=bool(fields.read("closed", told.context, closed and not over)),
        author=Author.DESKGATE if event.marker and event.kind is not EventKind.CREATED and told.entry is not None
        and told.entry.marker else event.author)


def _identity(told: Told) -> Identity:
    mine = identity_of(told.rule.fields, told.context)
    theirs = told.ticket.identity if told.ticket else Identity()
    return Identity(mine.organization_id or theirs.organization_id, mine.external_id or theirs.external_id,
                    mine.email or theirs.email, mine.customer or theirs.customer)


def _author(told: Told, known: Known) -> Author:
    fields: Shape = told.rule.fields
    if known.acting_as and fields.read("author_id", told.context, "") == known.acting_as:
        return Author.DESKGATE
    author = fields.read("author", told.context) or (told.entry.author if told.entry else None)
    if author is not None:
        return Author(author)
    if told.rule.kind is EventKind.CREATED:
        return Author.AGENT if told.read("staff_made") else Author.CUSTOMER
    return Author.UNKNOWN


def _public(told: Told) -> bool:
    public = told.rule.fields.read("public", told.context)
    if public is None and told.entry is not None:
        return told.entry.public
    return bool(public) if public is not None else told.rule.kind in (EventKind.CREATED, EventKind.REPLIED)


def _marker(told: Told) -> str:
    mine = marker_of(told.rule.fields.read("marker", told.context, ""))
    entry = told.entry.marker if told.entry and told.rule.kind is not EventKind.CREATED else ""
    return mine or entry or (told.ticket.marker if told.ticket else "")


def _seconds(told: Told) -> int:
    seconds = told.rule.fields.read("seconds", told.context, told.seconds)
    return int(seconds)


def _entry_id(told: Told) -> str:
    return str(told.rule.fields.read("entry_id", told.context, told.entry.id if told.entry else ""))


def _source(told: Told, created: bool, is_told: bool) -> str:
    if not is_told:
        return "when the webhook says it happened" if created else ""
    if told.rule.fields.has("created_at"):
        return told.rule.fields.fields["created_at"].where
    return "ticket.created_at"


# --- The key of a webhook --------------------------------------------------------------------------------------------


def _key(webhook: Webhook, told: Told, event: Event, inbound: Inbound) -> tuple[str, bool]:
    """What a repeated webhook is known by, and whether the sender has signed it.

    A header is mostly not signed, so that an id from one counts together with the body. Without any id and without an
    instant, equal bodies may tell of two happenings: when they came tells them apart.
    """
    digest = hashlib.sha256(inbound.body).hexdigest()[:40]
    entry_id = _entry_id(told) if event.kind is EventKind.REPLIED else ""
    if entry_id:
        return f"entry:{event.ticket_id}:{entry_id}", False  # the key by which a look finds it too
    spot = told.rule.fields.fields.get("key")
    key = told.rule.fields.read("key", told.context, "")
    if not key and webhook.scheme == STANDARD:
        return str(_header(inbound.headers, "webhook-id"))[:200], True
    if key and told.rule.for_each is None:
        in_header = spot is not None and spot.path is not None and spot.path.reads_headers
        return (f"{key}:{digest}", False) if in_header else (key, webhook.is_signed)
    if event.at is None and not event.entry_id and event.kind is not EventKind.CREATED:
        digest += inbound.received_at.strftime("@%Y%m%dT%H%M%S")
    return f"body:{digest}", False


def _keyed(event: Event, key: str, is_signed: bool) -> Event:
    return replace(event, key=key, key_is_signed=is_signed,
                   entry_id=event.entry_id or (key if event.kind is EventKind.TIME_LOGGED else ""))


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")
