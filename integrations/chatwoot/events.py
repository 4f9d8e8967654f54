"""From a webhook of Chatwoot to an event. It says what became of a conversation, never who did it.

So what we did ourselves is told by what it is: our labels, our attributes, a move to a team of ours, a status that goes
with them. Whatever else changed, people changed it.

A webhook is written when its turn in the queue comes, so it shows the conversation as it is by then. What has changed,
and when, is told as it was, but by `conversation_updated` alone: in `conversation_status_changed` it is null.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import Author, Event, EventKind
from integrations.chatwoot.conversation import INCOMING, Conversation, Reading, instant, marker_of, section
from integrations.desk.ticket import CLOSED_TAG, Standing
from integrations.payload import Fields, read_fields, required_id, text
from integrations.payload import section as required_section

CONVERSATION = frozenset({"conversation_created", "conversation_updated", "conversation_status_changed"})
OF_NO_INTEREST = frozenset({
    "message_updated", "contact_created", "contact_updated", "webwidget_triggered", "inbox_created", "inbox_updated",
    "conversation_typing_on", "conversation_typing_off"})
SIDE_EFFECTS = frozenset({"updated_at", "cached_label_list", "snoozed_until", "waiting_since", "last_activity_at",
                          "first_reply_created_at", "agent_last_seen_at", "assignee_last_seen_at"})
TEMPLATE = frozenset({3, "template"})
AT_THE_SAME_TIME, OPENING = timedelta(seconds=10), timedelta(seconds=2)


def parse(body: bytes, reading: Reading) -> tuple[Event, ...]:
    """The event of one webhook; none for those that nobody should have subscribed us to. Raises TicketError."""
    fields = read_fields(body)
    what = text(fields, "event")
    if what == "message_created":
        return (_message(fields, reading),)
    if what in CONVERSATION:
        return (_conversation(fields, what, reading),)
    if what in OF_NO_INTEREST:
        return ()
    raise TicketError(f"event is {what[:40]!r}, and must be one of conversation_created, conversation_updated, "
                      "conversation_status_changed and message_created")


def _read(fields: Fields, reading: Reading) -> Conversation:
    required_id(fields, "id")
    try:
        return reading.conversation(fields)
    except DeliveryError:
        raise TicketError("this is no conversation: it has no status") from None


def _told(fields: Fields, reading: Reading) -> Event:
    """The conversation as the webhook tells of it, as an update."""
    ticket = _read(fields, reading)
    at = instant(fields.get("updated_at")) or instant(fields.get("timestamp")) or ticket.updated_at
    return Event(
        EventKind.UPDATED, key="", ticket_id=ticket.id, identity=ticket.identity, at=at, created_at=ticket.created_at,
        created_at_source="created_at" if ticket.created_at else "", severity=ticket.severity, product=ticket.product,
        channel=ticket.channel, auto_submitted=ticket.auto_submitted, waiting=ticket.standing is Standing.WAITING,
        assigned=bool(ticket.assignee) and ticket.assignee not in reading.mapping.default_owners)


# --- Messages ---------------------------------------------------------------------------------------------------------


def _message(fields: Fields, reading: Reading) -> Event:
    """A reply or a note; what bots, automations and Chatwoot itself write is nobody's word, and what a conversation
    begins with is no reply."""
    conversation, number = required_section(fields, "conversation"), required_id(fields, "id")
    told, author = _told(conversation, reading), reading.author(fields)
    private = fields.get("private") is True
    event = replace(told, key=f"entry:{told.ticket_id}:{number}", author=author,
                    at=instant(fields.get("created_at")) or told.at)
    if author is Author.UNKNOWN:
        return replace(event, waiting=None)
    if _is_opening(event.at, told):
        return replace(event, waiting=None, marker=marker_of(conversation), auto_submitted=_is_machine(fields))
    return replace(event, kind=EventKind.REPLIED, public=not private,
                   marker=reading.marker(fields) if author is Author.DESKGATE else "",
                   auto_submitted=_is_machine(fields))


def _is_machine(fields: Mapping[str, Any]) -> bool:
    mail = section(section(fields, "content_attributes"), "email")
    return mail.get("auto_reply") is True


# --- Conversations ----------------------------------------------------------------------------------------------------


def _conversation(fields: Fields, what: str, reading: Reading) -> Event:
    told = replace(_told(fields, reading), key=_key(fields, what))
    if what == "conversation_created":
        return _created(fields, told, reading)
    changed, status = _changed(fields), _all_changes(fields).get("status", {})
    told = replace(told, at=_changed_at(fields) or told.at)
    if what == "conversation_status_changed" or "resolved" in status.values():
        return _turned(fields, told, status, reading)
    ours = bool(changed) and all(_is_ours(name, each, fields, reading) for name, each in changed.items())
    return replace(told, author=Author.DESKGATE if ours else Author.UNKNOWN)


def _created(fields: Fields, told: Event, reading: Reading) -> Event:
    """A new conversation. Its first message says whether an agent began it, but what is told is its last one, and none
    if the conversation was told of first."""
    last, marker = _last_message(fields), marker_of(fields)
    author = Author.CUSTOMER if not last or _follows_the_customer(last) else reading.author(last)
    if author is Author.DESKGATE or marker:
        author = Author.DESKGATE if marker else Author.UNKNOWN
    is_first = bool(last) and (author is Author.CUSTOMER or _is_opening(instant(last.get("created_at")), told))
    return replace(told, kind=EventKind.CREATED, key=f"new:{told.ticket_id}", author=author, marker=marker, public=True,
                   staff_made=author is Author.AGENT and is_first, incomplete=not is_first and not marker,
                   auto_submitted=told.auto_submitted or _is_machine(last))


def _turned(fields: Fields, told: Event, change: Mapping[str, Any], reading: Reading) -> Event:
    """A change of the status: ours where our mark, which is there before and after it, asks for it. Who else wakes
    what waits for its hour says nothing by that either."""
    old, new = (str(change.get(name) or "") for name in ("previous_value", "current_value"))
    ticket, new = _read(fields, reading), new or text(fields, "status")
    if new == "resolved":
        ours = CLOSED_TAG in ticket.tags
        return replace(told, kind=EventKind.CLOSED, author=Author.DESKGATE if ours else Author.UNKNOWN)
    ours = reading.is_queued(ticket.tags, ticket.fields)
    if old == "resolved" and not (ours and new == "snoozed"):
        return replace(told, kind=EventKind.REOPENED, author=_who_reopened(fields, told.at))
    return replace(told, author=Author.DESKGATE if ours else Author.UNKNOWN)


def _who_reopened(fields: Fields, at: datetime | None) -> Author:
    """A customer reopens by writing, so that their word is the last one; agents do so by a click."""
    last = _last_message(fields)
    written = instant(last.get("created_at")) if last else None
    just_now = at is not None and written is not None and abs(at - written) <= AT_THE_SAME_TIME
    return Author.CUSTOMER if just_now and _follows_the_customer(last) else Author.AGENT


def _follows_the_customer(message: Mapping[str, Any]) -> bool:
    """Whether a message is the customer's, or one that Chatwoot writes by itself right after: a greeting, or that
    nobody is in. It asks for a rating after a closing."""
    kind = message.get("message_type")
    return kind in INCOMING or (kind in TEMPLATE and message.get("content_type") not in ("input_csat", 9))


def _is_opening(written: datetime | None, told: Event) -> bool:
    return written is not None and told.created_at is not None and written - told.created_at <= OPENING


def _changed(fields: Fields) -> dict[str, Mapping[str, Any]]:
    """What changed, by its name, without what changes along with anything."""
    return {name: change for name, change in _all_changes(fields).items() if name not in SIDE_EFFECTS}


def _all_changes(fields: Fields) -> dict[str, Mapping[str, Any]]:
    listed = fields.get("changed_attributes")
    found: dict[str, Mapping[str, Any]] = {}
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            found |= {str(name): change for name, change in each.items() if isinstance(change, dict)}
    return found


def _changed_at(fields: Fields) -> datetime | None:
    """When the change was made; the conversation itself may have been changed once more by then."""
    return instant(_all_changes(fields).get("updated_at", {}).get("current_value"))


def _is_ours(name: str, change: Mapping[str, Any], fields: Fields, reading: Reading) -> bool:
    """Whether a change is one that Deskgate makes. A status is told once more, by a webhook of its own."""
    old, new = change.get("previous_value"), change.get("current_value")
    if name == "label_list":
        return all(reading.mapping.is_ours(label) for label in {*_listed(old)} ^ {*_listed(new)})
    if name == "custom_attributes":
        before, after = (each if isinstance(each, dict) else {} for each in (old, new))
        return {each for each in {*before, *after} if before.get(each) != after.get(each)} <= {
            *reading.mapping.fields.values()}
    if name == "team_id":
        return reading.group(fields) in {each for found in reading.mapping.groups.values() for each in found.values()}
    if name == "assignee_id":
        return bool(reading.own) and reading.own in (str(old), str(new))
    return name == "status" and _goes_with_marks(fields, reading)


def _goes_with_marks(fields: Fields, reading: Reading) -> bool:
    ticket = _read(fields, reading)
    return ticket.is_closed_by_us or reading.is_queued(ticket.tags, ticket.fields)


def _listed(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _last_message(fields: Fields) -> Mapping[str, Any]:
    listed = fields.get("messages")
    return listed[-1] if isinstance(listed, list) and listed and isinstance(listed[-1], dict) else {}


def _key(fields: Fields, what: str) -> str:
    """The same for the same happening: Chatwoot's own id of a delivery is not signed, and older releases send none."""
    told = json.dumps([fields.get("updated_at"), fields.get("timestamp"), fields.get("changed_attributes")],
                      sort_keys=True, default=str)
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return f"{what}:{required_id(fields, 'id')}:{digest}"
