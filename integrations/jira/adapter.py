"""The adapter itself: how a ticket of Jira is read, changed, created and found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import Author, ConnectionConfig, Delivery, Event, Finding, Identity, Inbound, Quota
from entitlements.kinds import Step
from integrations.desk.adapter import Collision, DeskAdapter
from integrations.desk.mapping import NoticeBy
from integrations.desk.plan import Change
from integrations.desk.ticket import CLOSED_TAG, EARLIEST, DeskTicket, Entry, Logged, Standing, marked
from integrations.jira.api import DESK, PLATFORM, JiraApi, insist, trouble
from integrations.jira.checks import findings
from integrations.jira.creating import Creator
from integrations.jira.edits import edit
from integrations.jira.events import EventReader, read_worklog
from integrations.jira.fields import FieldBook
from integrations.jira.guide import guide
from integrations.jira.moves import Aim, Transition, filled_in, read_transitions
from integrations.jira.searching import since_jql
from integrations.jira.settings import ABOUT, read_settings
from integrations.jira.ticket import JiraTicket, Reading, user_of
from integrations.payload import Fields
from integrations.tools import Tools

log = logging.getLogger(__name__)
T = TypeVar("T")
USUAL_FIELDS = ("status", "labels", "assignee", "reporter", "creator", "project", "priority", "components", "created",
                "updated", "description", "timespent")


class StrangeIssue(DeliveryError):
    """A whole answer, and yet nothing as we know it."""


class Jira(DeskAdapter):
    """One site of Jira Service Management in the cloud.

    A public reply of ours would count as the first response, so that customers are told by a label unless a setting
    says otherwise. There is no lock to write under: what people do between our look and our change may be overwritten
    in what we change, which is why labels are added one by one and each status is reached from where the ticket is.
    """

    about = ABOUT
    usual_notice = NoticeBy.TAG
    scheme = "jira"

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.settings = read_settings(config, self.mapping)
        self.api = JiraApi(config, tools)
        self.finds_changes = bool(config.url)
        self.scheme = "" if self.settings.by_automation else "jira"

    @property
    def quota(self) -> Quota | None:
        return self.api.quota

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        me, book = self.api.known_me(), self.api.known_book()
        ours = frozenset({self.config.acting_as, me.id if me else ""} - {""})
        return EventReader(Reading(self.settings, self.mapping, book or FieldBook(), ours)).events(inbound)

    def ticket(self, ticket_id: str) -> JiraTicket:
        issue, reading = self.api.issue(ticket_id), self._reading()
        return self._disowned(self._read(issue, reading), reading)

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        """The opening, and what people and we wrote. What apps and rules write is nobody's word."""
        issue = ticket if isinstance(ticket, JiraTicket) else self.ticket(ticket.id)
        reader = EventReader(self._reading())
        found = (self._entry(each, issue, reader) for each in self.api.comments(ticket.id))
        opening = Entry("opening", reader.author(issue.creator, issue), issue.created_at or EARLIEST,
                        public=not issue.staff_made)
        return (opening, *(entry for entry in found if entry.author is not Author.UNKNOWN))

    def logged(self, ticket: DeskTicket) -> tuple[Logged, ...]:
        if not (isinstance(ticket, JiraTicket) and ticket.has_worklogs):
            return ()
        return tuple(_understood(read_worklog, each) for each in self.api.worklogs(ticket.id))

    def told(self, ticket: DeskTicket, key: str) -> Event:
        """As the event that it is; where privacy hides who asks, the service desk is asked, which may tell agents."""
        if not (ticket.identity.organization_id or ticket.identity.email):
            ticket = replace(ticket, identity=Identity(email=self._email_of(ticket)))
        return super().told(ticket, key)

    def changed(self, since: datetime) -> Iterator[DeskTicket]:
        reading = self._reading()
        jql = since_jql("updated", since, self.api.me().zone, self.settings.projects)
        for issue in self.api.search(jql, self._wanted(reading.book)):
            try:
                ticket = self._read(issue, reading)
            except StrangeIssue as error:  # the others are not kept waiting
                log.warning("issue %s of Jira is left out of the look: %s", issue.get("id"), error)
                continue
            if ticket.updated_at is None or ticket.updated_at >= since:
                yield self._disowned(ticket, reading)

    def _disowned(self, ticket: JiraTicket, reading: Reading) -> JiraTicket:
        """A ticket that we had closed may have been opened and closed again by people since: our label stays on it, and
        yet the closing is theirs."""
        if not ticket.is_closed_by_us or self.api.moved_by(ticket.id) in {"", *reading.ours}:
            return ticket
        return replace(ticket, tags=ticket.tags - {CLOSED_TAG})

    def _reading(self) -> Reading:
        named = (*self.settings.read_fields, *self.mapping.fields.values())
        ours = frozenset({self.config.acting_as, self.api.me().id} - {""})
        return Reading(self.settings, self.mapping, self.api.book(named), ours)

    def _wanted(self, book: FieldBook) -> list[str]:
        named = [book.find(name) for name in (*self.settings.read_fields, *self.mapping.fields.values())]
        ids = [field.id for field in (*named, book.organizations, book.participants) if field is not None]
        return list(dict.fromkeys((*USUAL_FIELDS, *ids)))

    @staticmethod
    def _read(issue: Fields, reading: Reading) -> JiraTicket:
        return _understood(reading.ticket, issue)

    @staticmethod
    def _entry(comment: Fields, ticket: JiraTicket, reader: EventReader) -> Entry:
        return _understood(lambda told: reader.entry(told, ticket), comment)

    def _email_of(self, ticket: DeskTicket) -> str:
        answer = self.api.ask("GET", (*DESK, "request", ticket.id))
        if answer.status in (400, 403, 404):  # an issue that is no request of a customer, or one that is not for us
            return ""
        return _understood(lambda told: user_of(told, "reporter").email, insist(answer).object())

    # --- Writing ------------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        issue = ticket if isinstance(ticket, JiraTicket) else self.ticket(ticket.id)
        aim = Aim(change.standing, change.status, self.settings) if change.standing else None
        self._edit(issue, edit(issue, change, self._reading()))
        if aim is not None and aim.standing is not Standing.CLOSED:
            self._move(issue, aim)
        if change.note:
            self.api.comment(issue.id, marked(change.note, change.marker), change.marker, public=False)
        if change.message:
            self.api.comment(issue.id, change.message, change.marker, public=True)
        if aim is not None and aim.standing is Standing.CLOSED:
            self._move(issue, aim)
        return self.api.me().id

    def _edit(self, ticket: JiraTicket, body: Mapping[str, Any]) -> None:
        if not body:
            return
        answer = self.api.ask("PUT", (*PLATFORM, "issue", ticket.id), json=dict(body))
        if answer.status in (409, 412):
            raise Collision(str(trouble(answer)), status=answer.status)
        insist(answer)

    def _move(self, ticket: JiraTicket, aim: Aim) -> None:
        if aim.is_reached(ticket):
            return
        answer = self.api.call("GET", (*PLATFORM, "issue", ticket.id, "transitions"),
                               params={"expand": "transitions.fields"})
        listed = answer.object().get("transitions")
        found = read_transitions(listed if isinstance(listed, list) else ())
        chosen = aim.choose(found)
        if chosen is None:
            self._look_again(ticket, aim, aim.dead_end(ticket, found))
        else:
            self._take(ticket, aim, chosen)

    def _take(self, ticket: JiraTicket, aim: Aim, chosen: Transition) -> None:
        fields = filled_in(chosen, self.settings.resolution)
        answer = self.api.ask("POST", (*PLATFORM, "issue", ticket.id, "transitions"),
                              json={"transition": {"id": chosen.id}, **({"fields": fields} if fields else {})})
        if answer.status == 409:
            raise Collision(str(trouble(answer)), status=409)
        if answer.status == 400:
            self._look_again(ticket, aim, trouble(answer))
        else:
            insist(answer)

    def _look_again(self, ticket: JiraTicket, aim: Aim, error: DeliveryError) -> None:
        """A way that is not open may mean that somebody has gone there, or elsewhere, since we looked."""
        now = self.ticket(ticket.id)
        if aim.is_reached(now):
            return
        if now.status.id != ticket.status.id:
            raise Collision(str(error), status=error.status)
        raise error

    def create(self, delivery: Delivery, change: Change) -> str:
        created = Creator(self.api, self.settings).create(delivery, change)
        if created.lacks_labels and change.tags:
            self._edit(JiraTicket(created.id, Standing.OPEN),
                       {"update": {"labels": [{"add": tag} for tag in sorted(change.tags)]}})
        return created.id

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        reading = self._reading()
        jql = since_jql("created", since, self.api.me().zone, self.settings.projects)
        tickets = (self._read(issue, reading) for issue in self.api.search(jql, self._wanted(reading.book)))
        return next((ticket.id for ticket in tickets if ticket.marker == delivery.marker), "")

    def discard(self, ticket_id: str) -> str:
        answer = self.api.ask("DELETE", (*PLATFORM, "issue", ticket_id))
        if answer.status not in (400, 403):
            insist(answer)
            return "deleted"
        self._move(self.ticket(ticket_id), Aim(Standing.CLOSED, "", self.settings))
        return "closed, since our account may not delete it"

    # --- Setting up ---------------------------------------------------------------------------------------------------

    def findings(self) -> Iterable[Finding]:
        return findings(self.config, self.settings, self.mapping, self.api, self.tools.clock.now())

    def guide(self, address: str) -> Sequence[Step]:
        return guide(address, self.settings, self.mapping)


def _understood(read: Callable[[Fields], T], told: Fields) -> T:
    """What an answer tells. Raises StrangeIssue."""
    try:
        return read(told)
    except TicketError as error:
        raise StrangeIssue(f"what Jira answers cannot be read: {error}") from None
