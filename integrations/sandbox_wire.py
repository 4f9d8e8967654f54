"""What the sandbox tells of an entry below a ticket: in the webhook about it, and once more when it is asked what
happened. One function says both, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from entitlements.helpdesk import ConnectionConfig, Event, Inbound
from entitlements.inbox import Did, InboxMessage, InboxStatus, InboxTicket, Role
from integrations import wire

CLOSED_TAG = "deskgate:closed"  # there exactly while a closing of ours stands: the inbox does not say who closed
TYPES = {Did.OPENED: "created", Did.PHONED: "created", Did.SAID: "replied", Did.TOOK: "updated", Did.WAITS: "updated",
         Did.GOES_ON: "updated", Did.CLOSED: "closed", Did.REOPENED: "reopened"}
WORDS = {Did.TOOK: "Took the ticket.", Did.WAITS: "Waits for the customer.", Did.GOES_ON: "Goes on.",
         Did.CLOSED: "Closed the ticket.", Did.REOPENED: "Opened the ticket again."}
"""What agents read where nothing was said."""


def webhook(config: ConnectionConfig, ticket: InboxTicket, entry: InboxMessage, **more: object) -> Inbound:
    """The signed webhook about an entry. It has the same id whenever it is made."""
    body = wire.message(_type(entry), entry.at, {**_data(ticket, entry), **more})
    headers = wire.signed_headers(config, f"sbx_{entry.id}", entry.at, body)
    return Inbound("POST", f"/hooks/{config.name}", headers, body, entry.at)


def found(config: ConnectionConfig, ticket: InboxTicket, entry: InboxMessage) -> tuple[Event, ...]:
    """The events that the webhook about an entry told of, or should have. Of what Deskgate wrote there is none."""
    if entry.role is Role.DESKGATE or entry.did is Did.BEFORE:
        return ()
    is_closed = ticket.status is InboxStatus.CLOSED and not is_closed_by_us(ticket)
    return tuple(replace(event, closed=is_closed and entry.did is not Did.CLOSED)
                 for event in wire.parse(webhook(config, ticket, entry)))


def is_closed_by_us(ticket: InboxTicket) -> bool:
    return ticket.status is InboxStatus.CLOSED and CLOSED_TAG in ticket.tags


def _type(entry: InboxMessage) -> str:
    return "time_logged" if entry.seconds else TYPES[entry.did]


def _data(ticket: InboxTicket, entry: InboxMessage) -> Mapping[str, object]:
    by_agent = entry.did is Did.PHONED or entry.role is Role.AGENT
    data: dict[str, object] = {
        "id": ticket.id, "requester_email": ticket.requester_email, "severity": ticket.severity.value,
        "created_at": wire.written(ticket.created_at), "author": (Role.AGENT if by_agent else Role.CUSTOMER).value,
        "assigned": bool(ticket.assignee)}
    if entry.seconds:
        return data | {"time_spent_seconds": entry.seconds, "entry_id": entry.id}
    if TYPES[entry.did] == "created":
        data |= {"subject": ticket.subject, "description": entry.body, "product": ticket.product,
                 "channel": ticket.channel, "marker": entry.marker or None}
    if entry.did is Did.SAID:
        data["public"] = entry.public
    if entry.did in (Did.WAITS, Did.GOES_ON):
        data["waiting"] = entry.did is Did.WAITS
    return data
