"""Kind `sandbox`: a helpdesk kept in Deskgate's own database, so that the first run needs no account anywhere.

The adapter works on an inbox that it is handed. What people do in the sandbox, the second half of this file, changes
the inbox and returns the webhook that a helpdesk would send about it: signed, with an id of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import (
    Action,
    Author,
    ConnectionConfig,
    Delivery,
    Event,
    EventKind,
    Finding,
    Identity,
    Inbound,
    Limits,
    NewTicket,
    Receipt,
)
from entitlements.inbox import Did, Inbox, InboxMessage, InboxStatus, InboxTicket, Role
from entitlements.kinds import Kind, Setting, Step
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from integrations import settings, wire
from integrations.origin import OriginClient
from integrations.sandbox_wire import CLOSED_TAG, WORDS, found, is_closed_by_us, webhook
from integrations.tools import Tools

INBOX, SUPPORT, TRIAGE, RENEWALS = "Inbox", "Support", "Entitlement triage", "Renewals"
OUR_TAGS = "deskgate:"
US, AGENT = "Deskgate", "Agent"
PORTION = 200
ABOUT = Kind("sandbox", "Sandbox", settings=(
    Setting("reject", "`close`: a rejected ticket is answered and closed", by_reason=True,
            choices=tuple(settings.OnReject)),))


class Sandbox:
    """One sandbox. Raises ConfigError for a connection that cannot work."""

    kind = "sandbox"
    about = ABOUT
    finds_changes = True

    def __init__(self, config: ConnectionConfig, tools: Tools):
        settings.refuse_unknown(config, frozenset(), frozenset({"reject"}))
        wire.require_usable_secrets(config)
        if tools.inbox is None:
            raise ConfigError("the sandbox has no inbox here")
        self._on_reject = settings.on_reject(config)
        self._config = config
        self._tools = tools
        self._inbox: Inbox = tools.inbox

    def verify(self, inbound: Inbound, now: datetime) -> None:
        wire.verify_inbound(self._config, inbound, now)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return wire.parse(inbound)

    def read(self, ticket_id: str) -> Event:
        ticket = self._get(ticket_id)
        return Event(EventKind.CREATED, key=f"read:{ticket_id}", ticket_id=ticket_id,
                     identity=Identity(email=ticket.requester_email), author=Author.CUSTOMER,
                     created_at=ticket.created_at, created_at_source="the sandbox", severity=ticket.severity,
                     product=ticket.product, channel=ticket.channel, assigned=bool(ticket.assignee),
                     answered=self._is_answered(ticket_id, since=ticket.created_at))

    def find_changed(self, since: datetime) -> Iterator[Event]:
        """From what was written below the tickets, a portion at a time."""
        after = ""
        while entries := self._inbox.written(self._config.name, since, after, PORTION):
            after = entries[-1].id
            for entry in entries:
                yield from found(self._config, self._get(entry.ticket_id), entry)

    def limits(self) -> Limits:
        return settings.limits(self._config)

    def check(self) -> Sequence[Finding]:
        return [Finding("inbox", True, "kept by Deskgate itself"), Finding("secret", True, "usable")]

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        return wire.signed_headers(self._config, f"msg_{uuid.uuid4().hex}", now, body)

    def guide(self, address: str) -> Sequence[Step]:
        return [Step("Open the inbox", "The sandbox lives in Deskgate itself: write a ticket there, and watch.")]

    # --- What Deskgate does ------------------------------------------------------------------------------------------

    def apply(self, delivery: Delivery) -> Receipt:
        """Carry a delivery out, writing only what differs from what is there."""
        ticket_id = self._create(delivery) if delivery.action is Action.CREATE else delivery.ticket_id
        ticket = self._get(ticket_id)
        tagged = self._tag(ticket, delivery)
        if delivery.advise or delivery.action is Action.WITHDRAW:
            return Receipt(ticket_id, tagged, "tags set" if tagged else "nothing differed")
        if self._is_taken(ticket, delivery):
            return self._yield(ticket, delivery, tagged)
        moved = self._place(ticket, delivery)
        said = [self._say(ticket_id, delivery, public=public) for public in (False, True)]
        changed = tagged or moved or any(said) or delivery.action is Action.CREATE
        return Receipt(ticket_id, changed, f"in {self._get(ticket_id).group}" if changed else "nothing differed")

    def _yield(self, ticket: InboxTicket, delivery: Delivery, tagged: bool) -> Receipt:
        """People came first: all that is left to do is not to keep their ticket on hold, or closed by us."""
        held = ticket.status is InboxStatus.ON_HOLD or is_closed_by_us(ticket)
        freed = held and delivery.outcome is Outcome.ROUTE
        if freed:
            self._set_status(ticket.id, InboxStatus.OPEN)
        return Receipt(ticket.id, tagged or freed, "people came first", overtaken=True)

    def _get(self, ticket_id: str) -> InboxTicket:
        ticket = self._inbox.find(ticket_id)
        if ticket is None:
            raise DeliveryError(f"the sandbox has no ticket {ticket_id}", kind="gone")
        return ticket

    def _create(self, delivery: Delivery) -> str:
        """The id of the new ticket, or of the one that an earlier try left."""
        new = delivery.new_ticket
        if new is None:
            raise DeliveryError("there is no text to create a ticket from", kind="refused")
        found = self._inbox.find_marked(self._config.name, delivery.marker) if delivery.try_number > 1 else None
        return found or self._keep(new, delivery.severity, marker=delivery.marker).ticket_id

    def _keep(self, new: NewTicket, severity: Severity, *, marker: str = "", product: str = "", channel: str = "",
              did: Did = Did.OPENED) -> InboxMessage:
        """A new ticket with its first entry."""
        now = self._tools.clock.now()
        ticket = InboxTicket(new.subject, new.requester_email, severity, INBOX, InboxStatus.OPEN, now, product, channel)
        ticket_id = self._inbox.create(self._config.name, ticket)
        return self._post(InboxMessage(ticket_id, Role.CUSTOMER, new.requester_email, public=True,
                                       body=new.description, at=now, marker=marker, did=did))

    def _tag(self, ticket: InboxTicket, delivery: Delivery) -> bool:
        """Say outcome, reason and license in tags; those that people set stay, and so does that of our closing."""
        ours = [f"{OUR_TAGS}{delivery.outcome}", f"{OUR_TAGS}{delivery.reason}"]
        ours += [f"{OUR_TAGS}license={delivery.license}"] if delivery.license else []
        ours += [CLOSED_TAG] if CLOSED_TAG in ticket.tags else []
        tags = (*(tag for tag in ticket.tags if not tag.startswith(OUR_TAGS)), *ours)
        if tags == ticket.tags:
            return False
        self._inbox.change(ticket.id, tags=tags)
        return True

    def _place(self, ticket: InboxTicket, delivery: Delivery) -> bool:
        group, status = self._target(ticket, delivery)
        if (group, status) == (ticket.group, ticket.status):
            return False
        self._set_status(ticket.id, status, group=group, closed_by_us=status is InboxStatus.CLOSED)
        return True

    def _set_status(self, ticket_id: str, status: InboxStatus, *, group: str | None = None, assignee: str | None = None,
                    closed_by_us: bool = False) -> None:
        """Change the status, and with it in one stroke whether a closing is ours."""
        others = tuple(tag for tag in self._get(ticket_id).tags if tag != CLOSED_TAG)
        tags = (*others, CLOSED_TAG) if closed_by_us else others
        self._inbox.change(ticket_id, group=group, status=status, assignee=assignee, tags=tags)

    def _target(self, ticket: InboxTicket, delivery: Delivery) -> tuple[str, InboxStatus]:
        if delivery.outcome is Outcome.QUEUE and delivery.action is not Action.RELEASE:
            return ticket.group, InboxStatus.ON_HOLD
        if delivery.outcome is Outcome.REJECT:
            closes = self._on_reject.of(delivery.reason) == settings.OnReject.CLOSE
            return (ticket.group, InboxStatus.CLOSED) if closes else (RENEWALS, InboxStatus.OPEN)
        return TRIAGE if delivery.triage else SUPPORT, InboxStatus.OPEN

    def _say(self, ticket_id: str, delivery: Delivery, *, public: bool) -> bool:
        """Post the message or the note, unless there is none or an earlier try has posted it."""
        body = delivery.message if public else delivery.note
        if not body or any(each.marker == delivery.marker and each.role is Role.DESKGATE and each.public is public
                           for each in self._inbox.messages(ticket_id)):
            return False
        self._inbox.post(InboxMessage(ticket_id, Role.DESKGATE, US, public, body, self._tools.clock.now(),
                                      marker=delivery.marker))
        return True

    def _is_taken(self, ticket: InboxTicket, delivery: Delivery) -> bool:
        """True when people closed the ticket, took it, answered it or wait for the customer: what they did stands.

        What we closed ourselves, a later decision may open again.
        """
        if ticket.status is InboxStatus.CLOSED and not is_closed_by_us(ticket):
            return True
        if ticket.status is InboxStatus.WAITING:
            return True
        return bool(ticket.assignee) or self._is_answered(ticket.id, since=delivery.decided_at)

    def _is_answered(self, ticket_id: str, since: datetime) -> bool:
        """True when an agent had the last word, or has spoken at or after `since`."""
        words = [each for each in self._inbox.messages(ticket_id) if each.public and each.role is not Role.DESKGATE]
        return any(each.role is Role.AGENT and (each.at >= since or each is words[-1]) for each in words)

    # --- What people do in the sandbox -------------------------------------------------------------------------------

    def open_ticket(self, new: NewTicket, severity: Severity = Severity.NORMAL, *, customer: str = "",
                    product: str = "", channel: str = "", by_agent: bool = False) -> Inbound:
        """A customer, or an agent for one, opens a ticket."""
        entry = self._keep(new, severity, product=product, channel=channel, did=Did.PHONED if by_agent else Did.OPENED)
        return self._tell(entry, customer=customer or None)

    def answer(self, ticket_id: str, body: str, *, agent: str = AGENT) -> Inbound:
        """An agent answers the customer."""
        self._get(ticket_id)
        return self._write(ticket_id, Role.AGENT, agent, body)

    def customer_reply(self, ticket_id: str, body: str) -> Inbound:
        """The customer writes again: nobody waits for that any more. What was closed is open again, and nobody's."""
        ticket = self._get(ticket_id)
        if ticket.status is InboxStatus.WAITING:
            self._set_status(ticket_id, InboxStatus.OPEN)
        if ticket.status is InboxStatus.CLOSED:
            self._set_status(ticket_id, InboxStatus.OPEN, assignee="")
        did = Did.REOPENED if ticket.status is InboxStatus.CLOSED else Did.SAID
        return self._write(ticket_id, Role.CUSTOMER, ticket.requester_email, body, did)

    def log_time(self, ticket_id: str, seconds: int, *, agent: str = AGENT) -> Inbound:
        """An agent writes down time worked on the ticket; a negative time gives some back."""
        self._get(ticket_id)
        return self._tell(self._post(InboxMessage(ticket_id, Role.AGENT, agent, public=False, body="",
                                                  at=self._tools.clock.now(), seconds=seconds)))

    def take(self, ticket_id: str, *, agent: str = AGENT) -> Inbound:
        """An agent assigns the ticket to themselves, and waits no more if anybody did."""
        waited = self._get(ticket_id).status is InboxStatus.WAITING
        self._set_status(ticket_id, InboxStatus.OPEN, assignee=agent)
        return self._do(ticket_id, Did.GOES_ON if waited else Did.TOOK, agent)

    def wait(self, ticket_id: str) -> Inbound:
        """An agent can do nothing before the customer writes."""
        return self._set(ticket_id, InboxStatus.WAITING, Did.WAITS)

    def go_on(self, ticket_id: str) -> Inbound:
        """An agent need not wait for the customer any more."""
        return self._set(ticket_id, InboxStatus.OPEN, Did.GOES_ON)

    def close(self, ticket_id: str) -> Inbound:
        """An agent closes the ticket."""
        return self._set(ticket_id, InboxStatus.CLOSED, Did.CLOSED)

    def reopen(self, ticket_id: str) -> Inbound:
        """An agent opens a closed ticket again."""
        return self._set(ticket_id, InboxStatus.OPEN, Did.REOPENED)

    def send(self, inbound: Inbound, url: str) -> tuple[int, Any]:
        """Really send a webhook to an address. Returns status and JSON answer. Raises DeliveryError."""
        answer = OriginClient(self._tools.http, url, inbound.headers).ask("POST", "", body=inbound.body)
        return answer.status, answer.json()

    def _set(self, ticket_id: str, status: InboxStatus, did: Did) -> Inbound:
        self._get(ticket_id)
        self._set_status(ticket_id, status)
        return self._do(ticket_id, did, AGENT)

    def _do(self, ticket_id: str, did: Did, agent: str) -> Inbound:
        """An agent has done something without a word to the customer."""
        return self._tell(self._post(InboxMessage(ticket_id, Role.AGENT, agent, public=False, body=WORDS[did],
                                                  at=self._tools.clock.now(), did=did)))

    def _write(self, ticket_id: str, role: Role, author: str, body: str, did: Did = Did.SAID) -> Inbound:
        return self._tell(self._post(InboxMessage(ticket_id, role, author, public=True, body=body,
                                                  at=self._tools.clock.now(), did=did)))

    def _post(self, message: InboxMessage) -> InboxMessage:
        return replace(message, id=self._inbox.post(message))

    def _tell(self, entry: InboxMessage, **more: object) -> Inbound:
        return webhook(self._config, self._get(entry.ticket_id), entry, **more)
