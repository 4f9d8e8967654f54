"""From a webhook to events: the envelopes that Zendesk writes itself for event subscriptions.

One action of an agent comes as several webhooks that share a sequence, in any order; each has an id of its own, which
is signed, and holds the ticket as it was right after. Comments and time go by the keys under which a look finds them
too. Who asks is told by number only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Identity
from integrations.desk.ticket import CLOSED_TAG, Standing, marker_in
from integrations.payload import Fields, flag, instant, required_id, seconds, section, text, texts
from integrations.zendesk.kind import CLOSED, OVER
from integrations.zendesk.ticket import (
    Naming,
    an_id,
    channel_in,
    entry_of,
    marker_of,
    read_severity,
    standing_of,
    total,
)

ANY, TICKETS = "zen:event-type:", "zen:event-type:ticket."
LONGEST_ID = 200
ENDED = {"soft_deleted": EventKind.DELETED, "permanently_deleted": EventKind.DELETED,
         "marked_as_spam": EventKind.DELETED, "merged": EventKind.MERGED}
SAYS_WHO = frozenset({"created", "requester_changed", "organization_changed", "undeleted"})
"""What makes it matter who asks, besides public comments and tickets that are open again."""


@dataclass(frozen=True)
class Reader:
    """What is known without a call: our own account, if it is known yet; how we name things; which field counts time,
    by id or title; whom tickets are assigned to by themselves; whether an organization says enough of who asks."""

    us: str
    naming: Naming
    time_field: str
    default_owners: frozenset[str]
    trusts_organization: bool

    def read(self, told: Fields) -> tuple[Event, ...]:
        """The events of one webhook. Raises TicketError."""
        kind = text(told, "type")
        if not kind.startswith(ANY):
            raise TicketError(f"type must begin with {TICKETS}, not {kind[:60]!r}")
        if not kind.startswith(TICKETS):
            raise TicketError(f"this webhook tells of {kind.removeprefix(ANY)[:60]}, not of tickets: take it off the "
                              "webhook's subscriptions")
        what = kind.removeprefix(TICKETS)
        base = self._base(told, section(told, "detail"))
        return (self._finished(_KINDS.get(what, _updated)(self, told, base), what),)

    def _base(self, told: Fields, detail: Fields) -> Event:
        """The ticket as the webhook shows it. `created_at` says that it may be let in on the strength of this alone."""
        status, tags = text(detail, "status").lower(), frozenset(texts(detail, "tags"))
        assignee = an_id(detail, "assignee_id")
        return Event(
            EventKind.UPDATED, key=f"event:{_own_id(told)}", key_is_signed=True, ticket_id=required_id(detail, "id"),
            identity=Identity(organization_id=an_id(detail, "organization_id")),
            author=self._actor(detail), at=instant(told, "time") or instant(detail, "updated_at"),
            created_at=instant(detail, "created_at"), created_at_source="detail.created_at",
            severity=read_severity(detail) if "priority" in detail else None, channel=channel_in(detail),
            assigned=bool(assignee) and assignee not in self.default_owners, marker=marker_of(detail),
            waiting=standing_of(status, tags, self.naming) is Standing.WAITING if status else None,
            closed=status in OVER and (status == CLOSED or CLOSED_TAG not in tags))

    def _actor(self, detail: Fields) -> Author:
        """Who did it. Whether somebody else than the requester is an agent is not told; mostly they are."""
        actor = an_id(detail, "actor_id")
        if not actor or actor.startswith("-"):  # Zendesk itself
            return Author.UNKNOWN
        if actor == self.us:
            return Author.DESKGATE
        return Author.CUSTOMER if actor == an_id(detail, "requester_id") else Author.AGENT

    def _finished(self, event: Event, what: str) -> Event:
        """The event with what it leaves open. An organization alone is half of who asks, and would overwrite the whole.
        Where it does not matter who asks, an event that cannot tell must not let a ticket in that we have not met:
        without its age it waits for one that can."""
        matters = what in SAYS_WHO or event.kind is EventKind.REOPENED or (
            event.kind is EventKind.REPLIED and event.public)
        marker = event.marker if event.kind is EventKind.CREATED or event.author is Author.DESKGATE else ""
        if self.trusts_organization and event.identity.organization_id:
            return replace(event, marker=marker)
        if event.kind is EventKind.CREATED or (matters and event.author is not Author.DESKGATE):
            return replace(event, identity=Identity(), incomplete=True, marker=marker)
        return replace(event, identity=Identity(), created_at=None, created_at_source="", marker=marker)


def _own_id(told: Fields) -> str:
    found = required_id(told, "id")
    if len(found) > LONGEST_ID:
        raise TicketError("id is too long")
    return found


def _updated(reader: Reader, told: Fields, base: Event) -> Event:
    return base


def _created(reader: Reader, told: Fields, base: Event) -> Event:
    detail = section(told, "detail")
    by_staff = an_id(detail, "submitter_id") != an_id(detail, "requester_id")
    author = Author.DESKGATE if base.marker else Author.AGENT if by_staff else Author.CUSTOMER
    return replace(base, kind=EventKind.CREATED, author=author, staff_made=by_staff, public=True)


def _commented(reader: Reader, told: Fields, base: Event) -> Event:
    """A comment. The opening of a ticket is one too, and is no reply."""
    detail, comment = section(told, "detail"), section(section(told, "event"), "comment")
    writer = section(comment, "author") if "author" in comment else {"id": comment.get("author_id")}
    number = an_id(writer, "id")
    body = comment.get("body")
    said = body if isinstance(body, str) else ""
    if _is_opening(detail, said, base.at):
        return base
    is_staff = flag(writer, "is_staff", default=base.author is not Author.CUSTOMER)
    marker = marker_in(said) if is_staff and reader.us in ("", number) else ""  # a customer's mail may quote ours
    author = _writer(reader, number, an_id(detail, "requester_id"), is_staff=is_staff)
    author = Author.DESKGATE if marker else author
    public = flag(comment, "is_public", default=flag(comment, "public", default=True))
    return replace(base, kind=EventKind.REPLIED, author=author, public=public, marker=marker,
                   answered=public and author is Author.AGENT,
                   key=f"entry:{base.ticket_id}:{required_id(comment, 'id')}", key_is_signed=False)


def _writer(reader: Reader, number: str, requester: str, *, is_staff: bool) -> Author:
    if number and number == reader.us:
        return Author.DESKGATE
    return Author.AGENT if is_staff and number != requester else Author.CUSTOMER


def _is_opening(detail: Fields, said: str, at: datetime | None) -> bool:
    made = instant(detail, "created_at")
    return (made is not None and at is not None and abs((at - made).total_seconds()) < 3
            and said.strip() == str(detail.get("description") or "").strip())


def _moved(reader: Reader, told: Fields, base: Event) -> Event:
    """Another status: over, open again, or neither."""
    event, tags = section(told, "event"), texts(section(told, "detail"), "tags")
    before, now = (_status(event, name) for name in ("previous", "current"))
    if now in OVER:
        by_us = now != CLOSED and CLOSED_TAG in tags and not reader.us
        return replace(base, kind=EventKind.CLOSED, author=Author.DESKGATE if by_us else base.author)
    return replace(base, kind=EventKind.REOPENED) if before in OVER else base


def _status(event: Fields, name: str) -> str:
    return text(event, name).lower()


def _ended(kind: EventKind) -> Callable[[Reader, Fields, Event], Event]:
    return lambda reader, told, base: replace(base, kind=kind)


def _undeleted(reader: Reader, told: Fields, base: Event) -> Event:
    """Back from the dead: to be decided anew, for nobody has taken it by that."""
    return replace(base, kind=EventKind.REOPENED, author=Author.UNKNOWN)


def _field_changed(reader: Reader, told: Fields, base: Event) -> Event:
    """Time logged, if it is the field that counts it."""
    event = section(told, "event")
    known = section(event, "custom_field") if "custom_field" in event else {}
    names = {an_id(known, "id"), text(known, "title").lower(), an_id(event, "field_id")} - {""}
    if reader.time_field.lower() not in names:
        return base
    before, after = (total({name: _value(event, name)}, name) for name in ("previous", "current"))
    spent = seconds({"time": after - before}, "time")
    if not spent:
        return base
    entry = entry_of(base.ticket_id, before, after)
    return replace(base, kind=EventKind.TIME_LOGGED, author=Author.AGENT, seconds=spent, entry_id=entry,
                   key=f"time:{base.ticket_id}:{entry}", key_is_signed=False)


def _value(event: Fields, name: str) -> object:
    value = event.get(name)
    return value.get("value") if isinstance(value, dict) else value


_KINDS: dict[str, Callable[[Reader, Fields, Event], Event]] = {
    "created": _created, "comment_added": _commented, "status_changed": _moved, "undeleted": _undeleted,
    "custom_field_changed": _field_changed, **{what: _ended(kind) for what, kind in ENDED.items()}}
