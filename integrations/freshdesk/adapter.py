"""The adapter itself: how a ticket is read from Freshdesk, and how a change is made there."""

from __future__ import annotations

import heapq
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from entitlements.errors import DeliveryError, TicketError, VerificationError
from entitlements.helpdesk import (
    Author,
    ConnectionConfig,
    Delivery,
    Event,
    Finding,
    Identity,
    Inbound,
    Limits,
    Quota,
)
from entitlements.kinds import Step
from integrations.desk.adapter import Collision, DeskAdapter, require_path_secret
from integrations.desk.mapping import NoticeBy, Stage
from integrations.desk.plan import Change
from integrations.desk.ticket import REFERENCE, DeskTicket, Entry, Logged, Standing, marked
from integrations.freshdesk import checks, events
from integrations.freshdesk import ticket as tickets
from integrations.freshdesk.api import FreshdeskApi, Row, digest_of, insisted
from integrations.freshdesk.guide import steps
from integrations.freshdesk.options import (
    CLOSED,
    FRESHDESK,
    PENDING,
    PRIORITIES,
    SECRET_HEADER,
    STATUSES,
    USUAL_STATUS,
    read_options,
)
from integrations.freshdesk.ticket import FreshdeskTicket, Names, Reader, as_html, field_key
from integrations.payload import identifier, required_id
from integrations.tools import Tools

LONGEST_SUBJECT = 255
BY_PORTAL = 2
FORBIDDEN = 403
FOUND_BY: tuple[dict[str, str], ...] = ({}, {"filter": "deleted"}, {"filter": "spam"})
"""A list of tickets leaves out those in the trash and among the spam, unless it is asked for them."""
T = TypeVar("T")


class Freshdesk(DeskAdapter):
    """One connected account. Raises ConfigError for settings it cannot work with."""

    about = FRESHDESK
    usual_notice = NoticeBy.TAG  # replies and public notes through the API both count as an agent's first response
    usual_limits = Limits(per_minute=80)  # what the smallest plan with an API for all takes in updates of tickets

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.options = read_options(config, self.mapping)
        self.api = FreshdeskApi(config, tools)
        self.reader = Reader(self.options, self.mapping)

    # --- Believing ----------------------------------------------------------------------------------------------------

    def verify(self, inbound: Inbound, now: datetime) -> None:
        """Freshdesk signs nothing: the secret is in a header that the rule sets, or in the address."""
        told = [value for name, value in inbound.headers.items() if name.lower() == SECRET_HEADER.lower()]
        if not told:
            require_path_secret(self.config, inbound)
        elif not any(hmac.compare_digest(told[0].encode("utf-8", "surrogatepass"), secret.encode())
                     for secret in self.config.secrets if secret):
            raise VerificationError(f"the header {SECRET_HEADER} is not this connection's secret")

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        secret = next(iter(self.config.secrets), "")
        return {SECRET_HEADER: secret} if secret else {}

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events.parse(inbound)

    def ticket(self, ticket_id: str) -> FreshdeskTicket:
        return self._understood(self.api.ticket(ticket_id))

    def read(self, ticket_id: str) -> Event:
        """With the requester, which costs extra and only matters here."""
        row = self.api.ticket(ticket_id, with_requester=True)
        event = self.told(self._complete(self._identified(self._understood(row))), key=f"read:{ticket_id}")
        return replace(event, author=Author.DESKGATE) if self.api.is_ours(row) else event

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        assert isinstance(ticket, FreshdeskTicket)
        if ticket.is_deleted:
            return ()
        return read(tickets.entries, self.api.conversations(ticket.id), self._us(), ticket)

    def logged(self, ticket: DeskTicket) -> tuple[Logged, ...]:
        return () if ticket.is_deleted else read(tickets.logged, self.api.times(ticket.id))

    def changed(self, since: datetime) -> Iterator[FreshdeskTicket]:
        found = heapq.merge(*(self.api.since(since, include="requester", **more) for more in FOUND_BY),
                            key=lambda row: str(row.get("updated_at")))
        for row in found:
            ticket = self._identified(self._understood(row))
            if ticket.updated_at is None or ticket.updated_at >= since.replace(microsecond=0):
                yield ticket

    def find_changed(self, since: datetime) -> Iterator[Event]:
        """Also the tickets on which nothing happened but that somebody logged time."""
        seen = set()
        for event in super().find_changed(since):
            seen.add(event.ticket_id)
            yield event
        worked = dict.fromkeys(read(identifier, row, "ticket_id") for row in self.api.times_since(since))
        for ticket_id in worked:
            if ticket_id and ticket_id not in seen:
                yield from self._written(self._identified(self._understood(
                    self.api.ticket(ticket_id, with_requester=True))), since)

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        wanted = REFERENCE + delivery.marker
        found = (row for row in self.api.since(since) if wanted in tickets.tags_of(row))
        return next((read(required_id, row, "id") for row in found), "")

    @property
    def quota(self) -> Quota | None:
        return self.api.quota

    def _us(self) -> str:
        return self.config.acting_as or self.api.us()

    def _understood(self, row: Row) -> FreshdeskTicket:
        asked = self.api.asked
        return read(self.reader.ticket, row, self._names(row), asked)

    def _identified(self, ticket: FreshdeskTicket) -> FreshdeskTicket:
        """With what the company says of itself, where a setting asks for it."""
        told = ticket.identity
        if not (self.options.external_id_field and told.organization_id):
            return ticket
        external_id = self.reader.external_id(self.api.company(told.organization_id))
        return replace(ticket, identity=Identity(told.organization_id, external_id, told.email))

    # --- Names and numbers --------------------------------------------------------------------------------------------

    def _names(self, row: Row) -> Names:
        """What is needed of the names to read a ticket: nothing is asked for where the settings give numbers."""
        named = {value for each in self.mapping.groups.values() for value in each.values()}
        groups = self.api.groups() if any(not value.isdecimal() for value in named) and row.get("group_id") else {}
        queued = self.mapping.statuses[Stage.QUEUE]
        return Names(groups, self._numbers(queued.values()) | (frozenset() if queued.usual else {PENDING}),
                     self._numbers(self.options.waiting), self._numbers(self.options.closed))

    def _numbers(self, statuses: Sequence[str] | set[str]) -> frozenset[int]:
        """The numbers of statuses; one that is not there is nobody's."""
        return frozenset(found for name in statuses if (found := self.status_number(name)) is not None)

    def status_number(self, name: str) -> int | None:
        """The number of a status that is named or numbered; None for one that is not there."""
        if name.isascii() and name.isdecimal():
            return int(name[:9])
        return STATUSES.get(name.lower()) or self.api.statuses().get(name.lower())

    def group_number(self, name: str) -> int | None:
        """The number of a group that is named or numbered; None for one that is not there."""
        if name.isascii() and name.isdecimal():
            return int(name[:19])
        return next((int(number) for number, known in self.api.groups().items() if known == name), None)

    def _needed(self, setting: str, name: str, find: Callable[[str], int | None]) -> int:
        found = find(name)
        if found is None:
            self.api.forget_names()
            found = find(name)
        if found is None:
            raise DeliveryError(f"there is no {setting} {name!r} in Freshdesk, or our key may not list it; `connection "
                                "check` tells more", kind="refused")
        return found

    # --- Changing -----------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """One update, and one more call for each word. Where there are words, closing comes after them."""
        assert isinstance(ticket, FreshdeskTicket)
        us, moves = self._us(), self._moves(change, ticket)
        self._require_unchanged(ticket)
        last = {"status": moves.pop("status")} if change.standing is Standing.CLOSED and change.speaks else {}
        if moves:
            self._update(ticket.id, moves)
        if change.note:
            self.api.change(("tickets", ticket.id, "notes"),
                            {"body": as_html(marked(change.note, change.marker)), "private": True})
        if change.message:
            self.api.change(("tickets", ticket.id, "reply"), {"body": as_html(marked(change.message, change.marker))})
        if last:
            self._update(ticket.id, last)
        return us

    def _update(self, ticket_id: str, fields: Row) -> None:
        self.api.remember_ours(self.api.update(ticket_id, fields))

    def _require_unchanged(self, ticket: FreshdeskTicket) -> None:
        """Freshdesk has no guard of its own, and tags and fields replace what was there: look again, unless nothing was
        asked since the last look. Raises Collision."""
        if self.api.asked == ticket.asked:
            return
        if digest_of(self.api.ticket(ticket.id)) != digest_of(ticket.row or {}):
            raise Collision(f"ticket {ticket.id} was changed meanwhile")

    def _moves(self, change: Change, ticket: FreshdeskTicket | None = None) -> dict[str, Any]:
        moves: dict[str, Any] = {}
        if change.group:
            moves["group_id"] = self._needed("group", change.group, self.group_number)
        if change.standing or change.status:
            usual = USUAL_STATUS.get(change.standing or Standing.OPEN, CLOSED)
            moves["status"] = self._needed("status", change.status, self.status_number) if change.status else usual
        if change.tags is not None:
            moves["tags"] = sorted(change.tags | self._reference(change, ticket))
        if change.fields:
            custom = tickets.custom_of(ticket.row or {}) if ticket else self._field_names()
            moves["custom_fields"] = {field_key(name, custom): value or None for name, value in change.fields.items()}
        return moves

    def _reference(self, change: Change, ticket: FreshdeskTicket | None) -> frozenset[str]:
        """The tag by which a ticket of ours is known stays, until our marks are taken off."""
        marker = change.marker if ticket is None else ticket.marker if change.marker else ""
        return frozenset({REFERENCE + marker} if marker else ())

    def _field_names(self) -> list[str]:
        return [str(row.get("name")) for row in self.api.fields()]

    def create(self, delivery: Delivery, change: Change) -> str:
        """All at once but words and closing."""
        new = delivery.new_ticket
        if new is None:
            raise DeliveryError("there is no text to create a ticket from", kind="refused")
        closes = change.standing is Standing.CLOSED
        placed = replace(change, standing=None, status="") if closes else change
        subject = " ".join(new.subject.split()) or "(no subject)"
        row = self.api.change("tickets", {
            "subject": subject[:LONGEST_SUBJECT], "description": as_html(new.description.strip() or subject),
            "email": new.requester_email, "priority": PRIORITIES[delivery.severity], "source": BY_PORTAL,
            "status": USUAL_STATUS[Standing.OPEN], **self._moves(replace(placed, tags=change.tags or frozenset()))})
        self.api.remember_ours(row)
        return read(required_id, row, "id")

    def discard(self, ticket_id: str) -> str:
        answer = self.api.ask("DELETE", ("tickets", ticket_id))
        if answer.status != FORBIDDEN:
            insisted(answer)
            return "deleted"
        self._update(ticket_id, {"status": CLOSED})
        return "closed, since our key may not delete it"

    # --- Connecting ---------------------------------------------------------------------------------------------------

    def findings(self) -> Iterator[Finding]:
        return checks.findings(self)

    def guide(self, address: str) -> Sequence[Step]:
        return steps(address, self.mapping)


def read(reads: Callable[..., T], *told: object) -> T:
    """Read what was answered. Raises DeliveryError for what cannot be understood: it may be understood later."""
    try:
        return reads(*told)
    except TicketError as error:
        raise DeliveryError(f"Freshdesk tells something that is not understood: {error}") from None
