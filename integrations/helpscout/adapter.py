"""The adapter itself: how a conversation is read from Help Scout, and how a change is made there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import ConnectionConfig, Delivery, Event, Finding, Identity, Inbound, Limits, Quota
from entitlements.kinds import Step
from integrations.desk.adapter import Collision, DeskAdapter
from integrations.desk.mapping import NoticeBy
from integrations.desk.plan import Change
from integrations.desk.ticket import REFERENCE, DeskTicket, Entry, Standing, marked
from integrations.helpscout import checks
from integrations.helpscout.api import HelpScoutApi, Merged, Row, insisted, written
from integrations.helpscout.events import Told
from integrations.helpscout.guide import steps
from integrations.helpscout.options import HELPSCOUT, MAILBOX, TEAM, Place, read_options
from integrations.helpscout.ticket import (
    HelpScoutTicket,
    Reader,
    as_html,
    emails_of,
    fields_of,
    owner_of,
    tags_of,
)
from integrations.payload import identifier
from integrations.tools import Tools

NO_END = timedelta(days=7)
"""How long a conversation is snoozed that nobody knows the hour of: Help Scout wants to be told one."""
SOON = timedelta(minutes=1)
LONGEST_SUBJECT = 250
FORBIDDEN = 403
LISTED = {MAILBOX: "mailboxes", TEAM: "teams"}
T = TypeVar("T")


class HelpScout(DeskAdapter):
    """One connected account. Raises ConfigError for settings it cannot work with."""

    about = HELPSCOUT
    scheme = "helpscout"
    usual_notice = NoticeBy.TAG  # a reply through the API is the first response of whom the app belongs to
    usual_limits = Limits(per_minute=25)  # 200 calls a minute in the smallest plan, changes twice, three to a decision

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.options = read_options(config, self.mapping)
        self.api = HelpScoutApi(config, tools)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        options = self.options
        reads_fields = bool(options.severity_field or options.severity_tags or options.product_field)
        told = Told(self._reader(self.config.acting_as, {}), lambda ticket, key: self.told(ticket, key), reads_fields)
        events = told.events(inbound)
        if not options.by_organization:
            return events
        return [replace(event, incomplete=event.incomplete or not event.identity.organization_id) for event in events]

    def ticket(self, ticket_id: str) -> HelpScoutTicket:
        try:
            return self._understood(self.api.conversation(ticket_id))
        except Merged:
            return HelpScoutTicket(ticket_id, Standing.CLOSED, is_merged=True)

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        assert isinstance(ticket, HelpScoutTicket)
        return read(self._reader(self._us(), {}).entries, ticket.row) if ticket.row else ()

    def read(self, ticket_id: str) -> Event:
        """With who asks, as far as their profile is needed for it."""
        return self.told(self._complete(self._identified(self.ticket(ticket_id))), key=f"read:{ticket_id}")

    def changed(self, since: datetime) -> Iterator[HelpScoutTicket]:
        """Each is read again with its threads: in a list, they would be cut short."""
        for row in self.api.since(since):
            with suppress(Merged):
                yield self._identified(self._understood(self.api.conversation(read(identifier, row, "id"))))

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        wanted = REFERENCE + delivery.marker
        return next((read(identifier, row, "id") for row in self.api.since(since) if wanted in tags_of(row)), "")

    @property
    def quota(self) -> Quota | None:
        return self.api.quota

    def _understood(self, row: Row) -> HelpScoutTicket:
        return read(self._reader(self._us(), self._places()).ticket, row)

    def _reader(self, us: str, places: Mapping[tuple[str, str], str]) -> Reader:
        return Reader(self.options, self.mapping, us, places, self.tools.clock.now())

    def _us(self) -> str:
        return self.config.acting_as or self.api.us()

    def _identified(self, ticket: HelpScoutTicket) -> HelpScoutTicket:
        """With what only the customer's profile tells."""
        told, number = ticket.identity, read(lambda: ticket.customer)
        if not number or (told.email and not self.options.by_organization):
            return ticket
        customer = self.api.customer(number)
        email = told.email or next((email for email in emails_of(customer) if "@" in email), "")
        organization = read(identifier, customer, "organizationId") if self.options.by_organization else ""
        return replace(ticket, identity=Identity(organization_id=organization, email=email))

    # --- Names and numbers --------------------------------------------------------------------------------------------

    def _places(self) -> Mapping[tuple[str, str], str]:
        """The settings that name mailboxes and teams, by what they name. Nothing is asked for where they give numbers.

        A team comes first: who is assigned to it is in some mailbox as well.
        """
        found = {}
        for told in {value for each in self.mapping.groups.values() for value in each.values()}:
            place = Place.of(told)
            number = self.place_number(place)
            if number:
                found[(place.kind, number)] = told
        return found

    def place_number(self, place: Place) -> str:
        """The number of a mailbox or team; empty for one that is not there."""
        return place.name if place.name.isdecimal() else place.number(self.api.names(LISTED[place.kind]))

    def _needed(self, place: Place) -> int:
        number = self.place_number(place)
        if not number:
            self.api.forget_names()
            number = self.place_number(place)
        if not number:
            raise DeliveryError(f"there is no {place.kind} {place.name!r} in Help Scout, or our user may not see it",
                                kind="refused")
        return int(number[:18])

    # --- Changing -----------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """Every part is a call of its own. What agents see comes first, then words; what puts the conversation out of
        sight comes last, since a reply would bring it back."""
        assert isinstance(ticket, HelpScoutTicket)
        us, path = self._us(), ("conversations", ticket.id)
        if change.standing is Standing.OPEN or (change.status and change.standing is None):
            self._open(ticket, change.status or "active")
        if change.group:
            self._move(ticket.id, Place.of(change.group))
        if change.tags is not None or change.fields:
            self._mark(ticket, change)
        if change.note:
            self.api.change("POST", (*path, "notes"), {"text": as_html(marked(change.note, change.marker))}, status=201)
        is_closed = self._say(ticket, change) if change.message else False
        if change.standing is Standing.HELD:
            self._hold(ticket.id, change)
        if change.standing is Standing.CLOSED and not is_closed:
            self._patch(ticket.id, "replace", "/status", change.status or "closed")
        return us

    def _patch(self, number: str, operation: str, path: str, value: object) -> None:
        self.api.change("PATCH", ("conversations", number), {"op": operation, "path": path, "value": value})

    def _open(self, ticket: HelpScoutTicket, status: str) -> None:
        if ticket.until is not None:
            self.api.change("DELETE", ("conversations", ticket.id, "snooze"), None)
        if (ticket.row or {}).get("status") != status:
            self._patch(ticket.id, "replace", "/status", status)

    def _move(self, number: str, place: Place) -> None:
        target = self._needed(place)
        if place.kind == TEAM:
            self._patch(number, "replace", "/assignTo", target)
        else:
            self._patch(number, "move", "/mailboxId", target)

    def _mark(self, ticket: HelpScoutTicket, change: Change) -> None:
        """Tags and fields replace all that were there, and nothing guards them: look right before. Raises Collision."""
        row = self.api.plain(ticket.id)
        is_taken = read(owner_of, row) not in ("", ticket.assignee)
        if is_taken or tags_of(row) != tags_of(ticket.row or {}):
            raise Collision(f"conversation {ticket.id} was tagged or taken meanwhile")
        if change.tags is not None:
            reference = {REFERENCE + ticket.marker} if ticket.marker and change.marker else set()
            self.api.change("PUT", ("conversations", ticket.id, "tags"), {"tags": sorted(change.tags | reference)})
        if change.fields:
            self._tell(ticket.id, row, change.fields)

    def _tell(self, number: str, row: Row, told: Mapping[str, str]) -> None:
        """Fields by name among those of the mailbox where the conversation is by now; all others as they are."""
        fields = self.api.fields(str(row.get("mailboxId")))
        known = {name: each.get("id") for each in fields
                 for name in (str(each.get("name")).lower(), str(each.get("id")))}
        values = {each.get("id"): each.get("value") for each in fields_of(row)}
        ours = {known[name.lower()]: value for name, value in told.items() if name.lower() in known}
        merged = [{"id": field, "value": value} for field, value in {**values, **ours}.items()
                  if value not in ("", None)]
        if ours:
            self.api.change("PUT", ("conversations", number, "fields"), {"fields": merged})

    def _say(self, ticket: HelpScoutTicket, change: Change) -> bool:
        """A reply to the customer, which would make the conversation active if it were not told what to be. Returns
        whether it is closed by that."""
        closes = change.standing is Standing.CLOSED
        status = (change.status or "closed") if closes else "active"
        self.api.change("POST", ("conversations", ticket.id, "reply"), {
            "customer": {"id": int(ticket.customer or 0)}, "status": status,
            "text": as_html(marked(change.message, change.marker))}, status=201)
        return closes

    def _hold(self, number: str, change: Change) -> None:
        """Out of sight until its hour, when Help Scout brings it back by itself, whoever writes meanwhile."""
        if change.status:
            self._patch(number, "replace", "/status", change.status)
            return
        now = self.tools.clock.now()
        until = max(change.until or now + NO_END, now + SOON)
        self.api.change("PUT", ("conversations", number, "snooze"),
                        {"snoozedUntil": written(until), "unsnoozeOnCustomerReply": False})

    def create(self, delivery: Delivery, change: Change) -> str:
        """The conversation where it belongs, with its tags; what else it needs is changed afterwards."""
        new = delivery.new_ticket
        if new is None:
            raise DeliveryError("there is no text to create a conversation from", kind="refused")
        customer = {"email": new.requester_email}
        subject = " ".join(new.subject.split()) or "(no subject)"
        answer = self.api.change("POST", "conversations", {
            "subject": subject[:LONGEST_SUBJECT], "type": "email", "status": "active", "customer": customer,
            "mailboxId": self._mailbox_for(change), "assignTo": None,
            "tags": sorted({*(change.tags or ()), REFERENCE + change.marker}),
            "threads": [{"type": "customer", "customer": customer,
                         "text": as_html(new.description.strip() or subject)}]}, status=201)
        number = answer.header("Resource-ID").strip()
        if not number.isdecimal():
            raise DeliveryError("POST conversations answered 201 without the number of the new one", kind="unknown",
                                status=201)
        return number

    def _mailbox_for(self, change: Change) -> int:
        """Where a new conversation goes: the mailbox it is meant for, one that some setting names, or the only one."""
        named = [change.group, *(each.usual for each in self.mapping.groups.values()),
                 *(value for each in self.mapping.groups.values() for value in sorted(each.values()))]
        places = (Place.of(told) for told in named if told)
        place = next((each for each in places if each.kind == MAILBOX), None)
        if place is not None:
            return self._needed(place)
        known = list(self.api.names(LISTED[MAILBOX]))
        if len(known) != 1:
            raise DeliveryError("name a mailbox in route_group: a new conversation must be created in one",
                                kind="refused")
        return int(known[0])

    def discard(self, ticket_id: str) -> str:
        answer = self.api.ask("DELETE", ("conversations", ticket_id))
        if answer.status != FORBIDDEN:
            insisted(answer)
            return "deleted"
        self._patch(ticket_id, "replace", "/status", "closed")
        return "closed, since our user may not delete it"

    # --- Connecting ---------------------------------------------------------------------------------------------------

    def findings(self) -> Iterator[Finding]:
        return checks.findings(self)

    def guide(self, address: str) -> Sequence[Step]:
        return steps(address, self.mapping, self.options)


def read(reads: Callable[..., T], *told: object) -> T:
    """Read what was answered. Raises DeliveryError for what cannot be understood: it may be understood later."""
    try:
        return reads(*told)
    except TicketError as error:
        raise DeliveryError(f"Help Scout tells something that is not understood: {error}") from None


