"""From a webhook of an automation rule to events. It says which ticket it is about and little more: what it says of
status and priority are labels that anybody may have renamed. So most of it is incomplete, and the ticket is read.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import datetime

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Identity, Inbound
from integrations.desk.ticket import reference_in
from integrations.freshdesk.options import BY_STAFF, CHANNELS, LABELS
from integrations.freshdesk.ticket import address
from integrations.payload import Fields, identifier, instant, read_fields

CREATED, DELETED, REPLIED, UPDATED = "created", "deleted", "customer_replied", "updated"
"""What the rules of the guide say of themselves."""
TRIGGERED = re.compile(r"\{?\s*([a-z_]{1,40})\s*:\s*\{?\s*([a-z_]{1,40})?")
ACTIONS = {("ticket_action", "created"): CREATED, ("ticket_action", "deleted"): DELETED}
NUMBER = re.compile(rb'"ticket_?id"\s*:\s*"?\s*([0-9]{1,19})\b|"freshdesk_webhook[^0-9]{1,40}\b([0-9]{1,19})\b')
SIMPLE = "ticket_"
"""What the fields of simple content begin with."""


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The events of one webhook. Raises TicketError."""
    try:
        fields = read_fields(inbound.body)
    except TicketError as error:
        return (_recovered(inbound, error),)
    inner = fields["freshdesk_webhook"] if isinstance(fields.get("freshdesk_webhook"), dict) else fields
    return tuple(_events(inner, _ticket_id(inner), inbound))


def _ticket_id(inner: Fields) -> str:
    """`ticket_id`, or the id of a ticket: an admin who writes the content may do it either way."""
    ticket = inner.get("ticket")
    found = identifier(inner, "ticket_id") or (identifier(ticket, "id") if isinstance(ticket, dict) else "")
    if not found:
        raise TicketError("ticket_id is missing; as content of the webhook use that of the guide, encoded as JSON")
    return _a_number(found)


def _a_number(told: str) -> str:
    if not (told.isascii() and told.isdecimal()):
        raise TicketError(f"ticket_id must be the number of a ticket, not {told[:40]!r}")
    return told


def _recovered(inbound: Inbound, error: TicketError) -> Event:
    """What is left of content that a quote in somebody's words has broken, if the number can be made out."""
    found = NUMBER.search(inbound.body[:20_000])
    if found is None:
        raise TicketError(f"{error}; choose JSON as the encoding of the webhook, and leave texts out of its content")
    number = next(each for each in found.groups() if each is not None).decode()
    return replace(_base(number, inbound, ""), kind=EventKind.UPDATED)


def _events(inner: Fields, ticket_id: str, inbound: Inbound) -> list[Event]:
    what, base = _what(inner), _base(ticket_id, inbound, _words(inner, "updated_at"))
    at = instant(inner, "updated_at") if _words(inner, "updated_at") else inbound.received_at.replace(microsecond=0)
    if what == CREATED:
        return [_created(inner, replace(base, kind=EventKind.CREATED, key=f"new:{ticket_id}"), at)]
    if what == DELETED:
        return [replace(base, kind=EventKind.DELETED, incomplete=False)]
    if what == REPLIED:
        # The reply may have opened the ticket again, which only the ticket itself tells.
        return [replace(base, kind=EventKind.REPLIED, author=Author.CUSTOMER, public=True, at=at), base]
    return [base]


def _base(ticket_id: str, inbound: Inbound, changed: str) -> Event:
    """A ticket that something happened to. There is no id of a webhook, and two may read the same: what is done about
    one that comes again is done again, which does no harm, while one that were taken for another would be lost."""
    digest = hashlib.sha256(inbound.body).hexdigest()[:20]
    when = changed or inbound.received_at.strftime("%Y-%m-%dT%H:%M:%S")
    return Event(EventKind.UPDATED, key=f"hook:{ticket_id}:{digest}@{when}"[:200], ticket_id=ticket_id,
                 incomplete=True)


def _what(inner: Fields) -> str:
    """What the rule says of itself, or what Freshdesk says has triggered it."""
    told = _words(inner, "event").lower()
    if told:
        return told
    found = TRIGGERED.match(_words(inner, "triggered_event").lower())
    return ACTIONS.get((found[1], found[2] or ""), UPDATED) if found else UPDATED


def _created(inner: Fields, base: Event, at: datetime | None) -> Event:
    """A new ticket. It is not read if all that matters is told: who asks, a priority we know, if it is ours."""
    source = _told(inner, "source").lower()
    known = source in CHANNELS.values()
    severity, tags = LABELS.get(_told(inner, "priority").lower()), _told_tags(inner)
    email = address(_told(inner, "requester_email"))
    author = Author.AGENT if source in BY_STAFF else Author.CUSTOMER if known else Author.UNKNOWN
    event = replace(base, author=author, public=True, at=at)
    if not (email and severity and tags is not None):
        return event
    marker = reference_in(tags)
    return replace(event, severity=severity, channel=source if known else "", staff_made=source in BY_STAFF,
                   marker=marker, author=Author.DESKGATE if marker else author, identity=Identity(email=email),
                   incomplete=False)


def _told(inner: Fields, name: str) -> str:
    """A field of simple content, or the same in content of the admin's own."""
    return _words(inner, SIMPLE + name) or _words(inner, name)


def _told_tags(inner: Fields) -> list[str] | None:
    """The tags, as one text; None where nothing is said of them."""
    told = next((inner[name] for name in (SIMPLE + "tags", "tags") if isinstance(inner.get(name), str)), None)
    return None if told is None else [tag.strip() for tag in told.split(",")]


def _words(inner: Fields, name: str) -> str:
    """A text that somebody may have typed, as one clean line; empty for anything else."""
    value = inner.get(name)
    return " ".join(value[:300].split()) if isinstance(value, str) else ""
