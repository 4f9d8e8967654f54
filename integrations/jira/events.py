"""From a webhook of Jira to events: admin webhooks, and what a rule of Jira Automation sends. Raises TicketError.

Keys are made from what is told, never from the header X-Atlassian-Webhook-Identifier: the signature covers the one and
not the other, and a retry tells the same. Comments and worklogs have the keys that a look at the site gives them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Inbound
from integrations.desk.ticket import EARLIEST, MARKED, Entry, Logged, Standing, marker_in
from integrations.jira.settings import folded
from integrations.jira.ticket import APP, CUSTOMER, JiraTicket, Reading, User, maybe, user_of
from integrations.jira.words import plain
from integrations.payload import (
    Fields,
    identifier,
    instant,
    maybe_flag,
    number,
    read_fields,
    required_id,
    seconds,
    text,
)

ISSUE = "jira:issue_"
SELF = re.compile(r"/issue/([0-9]{1,18})/")
RECOVERED = re.compile(rb'"issue"\s*:\s*\{\s*"id"\s*:\s*"?([0-9]{1,18})\b')
SOURCE = "fields.created"
FIRST_MILLISECOND = 10**11
"""What is smaller counts seconds: in milliseconds it would be in the year 1973."""


@dataclass(frozen=True)
class Webhook:
    """One webhook being read: what it calls itself, when it says it happened, and its ticket, where it tells of one."""

    name: str
    fields: Fields = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime | None = None
    ticket: JiraTicket | None = None

    def key(self, ticket_id: str, what: str = "") -> str:
        """A key of the webhook's own: the same on each retry, another one for each thing that happens."""
        told = what or (self.at.isoformat() if self.at else "")
        return f"{self.name or 'rule'}:{ticket_id}:{told or hashlib.sha256(self.body).hexdigest()[:32]}"


@dataclass(frozen=True)
class EventReader:
    """What webhooks are read with: the settings, the fields, and the accounts that are known to be ours."""

    reading: Reading

    def events(self, inbound: Inbound) -> Sequence[Event]:
        """What a webhook says, in the order in which it happened; nothing where it is not about tickets of ours."""
        recovered = RECOVERED.search(inbound.body)
        try:
            fields = read_fields(inbound.body)
        except TicketError:
            if not (self.reading.settings.by_automation and recovered):
                raise
            return (self._broken(recovered[1].decode(), inbound.body),)
        webhook = self._webhook(fields, inbound.body)
        if webhook.ticket is not None and self._is_foreign(webhook.ticket):
            return self._moved_away(webhook, webhook.ticket)
        if webhook.name.startswith("comment_") or (not _items(webhook) and "comment" in fields):
            return self._commented(webhook)
        return self._logged(webhook) if webhook.name.startswith("worklog_") else self._changed(webhook)

    def _webhook(self, fields: Fields, body: bytes) -> Webhook:
        issue = maybe(fields, "issue") or (fields if "fields" in fields and "id" in fields else {})
        ticket = self.reading.ticket(issue) if issue else None
        return Webhook(text(fields, "webhookEvent").lower(), fields, body, _moment(fields), ticket)

    @staticmethod
    def _broken(ticket_id: str, body: bytes) -> Event:
        """A rule put words into its JSON that broke it: the ticket is known all the same."""
        return Event(EventKind.UPDATED, key=f"broken:{ticket_id}:{hashlib.sha256(body).hexdigest()[:32]}",
                     ticket_id=ticket_id, incomplete=True)

    # --- Issues -------------------------------------------------------------------------------------------------------

    def _is_foreign(self, ticket: JiraTicket) -> bool:
        known = {key.upper() for key in self.reading.settings.projects}
        return bool(ticket.project) and (ticket.project.upper() not in known if known else not ticket.service)

    def _moved_away(self, webhook: Webhook, ticket: JiraTicket) -> Sequence[Event]:
        """A ticket that was moved to another project is no ticket of this desk any more; any other never was."""
        if not any(text(item, "field") == "project" for item in _items(webhook)):
            return ()
        return (Event(EventKind.DELETED, key=_change_key(webhook, ticket.id), ticket_id=ticket.id, at=webhook.at,
                      author=self.author(user_of(webhook.fields, "user"), ticket)),)

    def _changed(self, webhook: Webhook) -> Sequence[Event]:
        ticket = webhook.ticket
        if ticket is None:
            if webhook.name:  # versions, users, boards: whoever ticked more than the guide says
                return ()
            raise TicketError("neither webhookEvent nor issue is there: this is no webhook of Jira")
        base = self._base(webhook, ticket)
        if webhook.name == f"{ISSUE}created":
            return (replace(base, kind=EventKind.CREATED, key=f"created:{ticket.id}", public=True),)
        if webhook.name == f"{ISSUE}deleted":
            return (replace(base, kind=EventKind.DELETED, key=f"deleted:{ticket.id}", closed=False, incomplete=False),)
        kind = self._kind(webhook, ticket)
        turns = kind in (EventKind.CLOSED, EventKind.REOPENED)
        return (replace(base, kind=kind, key=_change_key(webhook, ticket.id), closed=base.closed and not turns),)

    def _base(self, webhook: Webhook, ticket: JiraTicket) -> Event:
        """What holds for everything that is told together with its ticket."""
        mapping = self.reading.mapping
        user = user_of(webhook.fields, "user")
        owner = bool(ticket.assignee) and ticket.assignee not in mapping.default_owners
        return Event(
            EventKind.UPDATED, key="", ticket_id=ticket.id, identity=ticket.identity,
            author=self.author(user, ticket), at=webhook.at or ticket.updated_at, created_at=ticket.created_at,
            created_at_source=SOURCE if ticket.created_at else "", severity=ticket.severity, product=ticket.product,
            channel=ticket.channel, staff_made=ticket.staff_made, assigned=owner, marker=ticket.marker,
            waiting=ticket.standing is Standing.WAITING if ticket.status.name else None,
            closed=ticket.is_closed and ticket.knows_labels and not ticket.is_closed_by_us,
            incomplete=ticket.created_at is None or self.reading.lacks_fields
            or not (ticket.identity.organization_id or ticket.identity.email))

    def _kind(self, webhook: Webhook, ticket: JiraTicket) -> EventKind:
        """Closed and reopened by what statuses mean, not by what they are called; where Jira does not say what the
        earlier one meant, by a resolution that was taken back, or by the names that `closed_status` knows."""
        items = {text(item, "fieldId") or text(item, "field").lower(): item for item in _items(webhook)}
        status, resolution = items.get("status"), items.get("resolution") or {}
        if ticket.is_closed:
            return EventKind.CLOSED if status or identifier(resolution, "to") else EventKind.UPDATED
        if status is None:
            return EventKind.UPDATED
        unresolved = bool(identifier(resolution, "from")) and not identifier(resolution, "to")
        earlier = {folded(text(status, "fromString")), identifier(status, "from")} - {""}
        return EventKind.REOPENED if unresolved or earlier & self.reading.settings.closed else EventKind.UPDATED

    def author(self, user: User, ticket: JiraTicket | None) -> Author:
        """Customers may have any type of account: who asked or takes part is one. Rules and apps are nobody, and so is
        somebody of whom it cannot be said yet whether it is them who asked."""
        if not user.id or user.type == APP:
            return Author.DESKGATE if user.id and user.id in self.reading.ours else Author.UNKNOWN
        if user.id in self.reading.ours:
            return Author.DESKGATE
        staff = self.reading.settings.staff
        if user.type == CUSTOMER or _asks(user, ticket) or (staff and user.id not in staff):
            return Author.CUSTOMER
        return Author.AGENT if staff or (ticket is not None and ticket.reporter.id) else Author.UNKNOWN

    def entry(self, comment: Fields, ticket: JiraTicket) -> Entry:
        """A comment as it stands below a ticket. Ours are known by their property, or by the last line of our notes."""
        user, at = user_of(comment, "author"), instant(comment, "created") or ticket.updated_at or EARLIEST
        marker = _marker(comment, user, ticket, self.reading.ours)
        marker = marker or (property_marker(comment) if user.type not in (CUSTOMER, APP) else "")
        return Entry(required_id(comment, "id"), Author.DESKGATE if marker else self.author(user, ticket), at,
                     public=_is_public(comment), marker=marker)

    # --- Comments and worklogs ----------------------------------------------------------------------------------------

    def _commented(self, webhook: Webhook) -> Sequence[Event]:
        """A reply, for what is new and public; an edit, a deletion and an internal note are just something that
        happened, and so is what an app or a rule writes: no person has answered.

        Of whom it cannot be told whether they asked, a look tells it within minutes, under the key that is left free.
        """
        comment = maybe(webhook.fields, "comment")
        ticket_id = webhook.ticket.id if webhook.ticket else _issue_in(comment)
        user = user_of(comment, "author")
        base = self._base(webhook, webhook.ticket) if webhook.ticket else Event(EventKind.UPDATED, "", ticket_id)
        marker = _marker(comment, user, webhook.ticket, self.reading.ours)
        author = Author.DESKGATE if marker else self.author(user, webhook.ticket)
        public, said = _is_public(comment), required_id(comment, "id")
        is_new = not webhook.name.startswith(("comment_updated", "comment_deleted"))
        told = replace(base, author=author, at=webhook.at or instant(comment, "updated"), marker=marker or base.marker)
        if not is_new:
            return (replace(told, key=webhook.key(ticket_id, f"{said}@{_version(comment, webhook)}")),)
        told = replace(told, at=instant(comment, "created") or told.at)
        if author is Author.UNKNOWN:
            return (replace(told, key=f"somebody:{ticket_id}:{said}", incomplete=user.type != APP),)
        return (replace(told, kind=EventKind.REPLIED if public else EventKind.UPDATED, public=public,
                        key=f"entry:{ticket_id}:{said}"),)

    def _logged(self, webhook: Webhook) -> Sequence[Event]:
        worklog = maybe(webhook.fields, "worklog")
        ticket_id = identifier(worklog, "issueId") or (webhook.ticket.id if webhook.ticket else "")
        if not ticket_id:
            raise TicketError("worklog.issueId is missing")
        each = read_worklog(worklog)
        if webhook.name == "worklog_deleted":
            at = max(each.at, webhook.at or EARLIEST)
            each = Logged(each.id, at, 0, version_of(at + timedelta(milliseconds=1)))
        base = self._base(webhook, webhook.ticket) if webhook.ticket else Event(EventKind.TIME_LOGGED, "", ticket_id)
        return (replace(base, kind=EventKind.TIME_LOGGED, key=f"time:{ticket_id}:{each.name}", author=Author.AGENT,
                        at=each.at, seconds=each.seconds, entry_id=each.id, entry_version=each.version, waiting=None,
                        closed=False, incomplete=base.incomplete and webhook.ticket is not None),)


def read_worklog(worklog: Fields) -> Logged:
    """Time as logged: the seconds, never the text, which depends on how long the site's days are."""
    spent = seconds(worklog, "timeSpentSeconds") or 0
    at = instant(worklog, "updated") or instant(worklog, "created")
    if at is None:
        raise TicketError("updated is missing")
    return Logged(required_id(worklog, "id"), at, spent, version_of(at))


def version_of(at: datetime) -> str:
    """An instant as text that sorts."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def property_marker(comment: Fields) -> str:
    """Our marker in the properties of a comment, where these are told."""
    told = comment.get("properties")
    values = [each.get("value") for each in told if isinstance(each, dict) and each.get("key") == "deskgate"
              ] if isinstance(told, list) else []
    markers = [str(value.get("marker")) for value in values if isinstance(value, dict)]
    return next((marker for marker in markers if MARKED.fullmatch(f"Ref. {marker}")), "")


def _marker(comment: Fields, user: User, ticket: JiraTicket | None, ours: frozenset[str]) -> str:
    """Our marker, unless others wrote the words: who quotes our note is not us."""
    if user.type == CUSTOMER or _asks(user, ticket) or (ours and user.id not in ours):
        return ""
    return property_marker(comment) or marker_in(plain(comment.get("body")))


def _asks(user: User, ticket: JiraTicket | None) -> bool:
    """Whether somebody is among those for whom a ticket was opened."""
    return ticket is not None and bool(user.id) and user.id in {ticket.reporter.id, *ticket.participants}


def _is_public(comment: Fields) -> bool:
    """Comments are public unless they say otherwise: by their mark of the service desk, or for one role alone."""
    told, internal = maybe_flag(comment, "jsdPublic"), maybe_flag(comment, "internal")
    if told is None and internal is None:
        return not comment.get("visibility")
    return not internal if told is None else told


def _issue_in(comment: Fields) -> str:
    """The issue that a comment says it belongs to by its own address, where nothing else does."""
    found = SELF.search(text(comment, "self"))
    if found is None:
        raise TicketError("neither issue nor comment.self says which ticket it is about")
    return found[1]


def _version(comment: Fields, webhook: Webhook) -> str:
    return identifier(comment, "updated") if webhook.name == "comment_updated" else "deleted"


def _items(webhook: Webhook) -> list[Fields]:
    items = maybe(webhook.fields, "changelog").get("items")
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _change_key(webhook: Webhook, ticket_id: str) -> str:
    """Of the change's own number and the moment at once, since either may be left out."""
    numbered = identifier(maybe(webhook.fields, "changelog"), "id")
    return f"{webhook.key(ticket_id)}#{numbered}" if numbered else webhook.key(ticket_id)


def _moment(fields: Fields) -> datetime | None:
    """`timestamp`, which counts milliseconds in all examples; a rule may count seconds."""
    told = number(fields, "timestamp")
    if told is None:
        return None
    try:
        return EARLIEST + (timedelta(milliseconds=told) if told >= FIRST_MILLISECOND else timedelta(seconds=told))
    except OverflowError:
        raise TicketError("timestamp is no instant in milliseconds") from None
