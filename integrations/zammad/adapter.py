"""The adapter itself: how a ticket is read from Zammad, and how a change is made there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import ConnectionConfig, Delivery, Event, Finding, Identity, Inbound, Quota, Receipt
from entitlements.kinds import Step
from integrations.desk.adapter import DeskAdapter
from integrations.desk.mapping import Stage
from integrations.desk.plan import Change
from integrations.desk.ticket import REHEARSAL_TAG, DeskTicket, Entry, Logged, Standing, marked
from integrations.payload import identifier, required_id
from integrations.tools import Tools
from integrations.zammad import checks, events
from integrations.zammad.api import Row, ZammadApi, insisted, written
from integrations.zammad.guide import steps
from integrations.zammad.options import SYSTEM, ZAMMAD, read_options
from integrations.zammad.ticket import CLOSED, HELD, MARKER, OPENED, TAGGED, Reader, mark

NO_END = timedelta(days=7)
"""How long a ticket is held that nobody knows the hour of: Zammad wants to be told one."""
A_MINUTE = timedelta(minutes=1)
LONGEST_TITLE = 250
FORBIDDEN = 403
USUAL_STATES = {Standing.HELD: "pending reminder", Standing.CLOSED: "closed", Standing.OPEN: "open"}
T = TypeVar("T")


class Zammad(DeskAdapter):
    """One connected Zammad. Raises ConfigError for settings it cannot work with."""

    about = ZAMMAD
    scheme = "zammad"

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.options = read_options(config)
        self.api = ZammadApi(config, tools)
        self.reader = Reader(self.options, self.mapping, config.acting_as)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events.parse(inbound, self.reader)

    def ticket(self, ticket_id: str) -> DeskTicket:
        return self._read(self.api.ticket(ticket_id))

    def entries(self, ticket: DeskTicket) -> tuple[Entry, ...]:
        found = [read(self.reader.entry, row) for row in self.api.articles(ticket.id)]
        return tuple(sorted(found, key=lambda entry: (entry.at, int(entry.id))))

    def logged(self, ticket: DeskTicket) -> tuple[Logged, ...]:
        return read(self.reader.logged, self.api.times(ticket.id))

    def changed(self, since: datetime) -> Iterator[DeskTicket]:
        for row in self.api.since("updated_at", since):
            yield self._read(row)

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        rows = self.api.since("created_at", since)
        return next((read(required_id, row, "id") for row in rows if mark(row, MARKER) == delivery.marker), "")

    @property
    def quota(self) -> Quota | None:
        return self.api.quota

    def _read(self, row: Row) -> DeskTicket:
        found = read(self.reader.ticket, row, self.api.tags(read(required_id, row, "id")), self.api.state_types())
        return replace(found, identity=read(self._identity, row))

    def _identity(self, row: Row) -> Identity:
        """Who asks, by their own records: a login need not be an address."""
        customer, organization = identifier(row, "customer_id"), identifier(row, "organization_id")
        wanted = organization if self.options.external_id_field else ""
        return self.reader.identity(row, self.api.user(customer) if customer else None,
                                    self.api.organization(wanted) if wanted else None)

    # --- Changing -----------------------------------------------------------------------------------------------------

    def apply(self, delivery: Delivery) -> Receipt:
        """By the whole minute, since Zammad keeps no seconds of the time that a ticket is pending until."""
        at = delivery.release_at
        return super().apply(replace(delivery, release_at=whole_minute(at)) if at else delivery)

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """New tags come before the change: Zammad's triggers look at them then. Old ones go last, so that a try that
        was cut short still finds its marks. Of what is to be said only the last goes out with a closing: an open ticket
        that is changed while it has the tag of a closed one was opened again, as triggers see it."""
        said = self._articles(ticket, change)
        if change.standing is Standing.CLOSED:
            for article in said[:-1]:
                self.api.write(ticket.id, article)
            said = said[-1:]
        for tag in change.added(ticket):
            self.api.tag(ticket.id, tag)
        acting_as = self._write(ticket, change, said)
        for tag in change.dropped(ticket):
            self.api.untag(ticket.id, tag)
        return acting_as

    def _write(self, ticket: DeskTicket, change: Change, said: list[Row]) -> str:
        """Everything but the tags: one call, and one more where there are two things to say."""
        moves, by = self._moves(change), ""
        if change.added(ticket) and not (moves or said):
            moves = {"preferences": {TAGGED: change.marker}}  # a tag alone wakes no trigger
        if moves:
            answer = self.api.change(ticket.id, {**moves, **({"article": said[0]} if said else {})})
            by, said = str(answer.get("updated_by_id") or ""), said[1:]
        for article in said:
            by = str(self.api.write(ticket.id, article).get("created_by_id") or "")
        return "" if by == SYSTEM else by

    def _moves(self, change: Change) -> dict[str, Any]:
        group = {"group_id" if change.group.isdecimal() else "group": _id_or_name(change.group)} if change.group else {}
        return {**group, **self._state(change), **change.fields}

    def _state(self, change: Change) -> dict[str, Any]:
        if change.standing is None:
            return {"state": change.status} if change.status else {}
        until = written(self._until(change))
        held = {"pending_time": until} if change.standing is Standing.HELD else {}
        closes = change.standing is Standing.CLOSED
        marks = {HELD: until if held else "", CLOSED: change.marker if closes else "",
                 OPENED: "" if closes else written(self.tools.clock.now())}
        return {"state": change.status or USUAL_STATES[change.standing], **held, "preferences": marks}

    def _until(self, change: Change) -> datetime:
        """When a ticket is to wake: Zammad takes no time that is past."""
        now = self.tools.clock.now()
        return max(whole_minute(change.until or now + NO_END), whole_minute(now + A_MINUTE))

    def _articles(self, ticket: DeskTicket, change: Change) -> list[Row]:
        note = {"type": "note", "internal": True, "content_type": "text/plain", "sender": "Agent",
                "body": marked(change.note, change.marker), "preferences": {MARKER: change.marker}}
        return ([note] if change.note else []) + ([self._word(ticket, change)] if change.message else [])

    def _word(self, ticket: DeskTicket, change: Change) -> Row:
        """A public word. From the system, as Zammad's own automatic answers are: mailed, and no agent's first reply.
        Where nothing can be mailed it is left on the portal, since Zammad would refuse the whole change."""
        by_mail = (self.options.by_mail and ticket.identity.email and REHEARSAL_TAG not in ticket.tags
                   and self.api.can_mail(change.group or ticket.group))
        way = {"type": "email", "to": ticket.identity.email} if by_mail else {"type": "web"}
        return {**way, "internal": False, "sender": "System", "content_type": "text/plain", "body": change.message,
                "preferences": {MARKER: change.marker}}

    def create(self, delivery: Delivery, change: Change) -> str:
        new = delivery.new_ticket
        group = change.group or self.mapping.groups[Stage.ROUTE].usual
        if new is None or not group:
            raise DeliveryError("there is no text to create a ticket from" if new is None else
                                "set route_group: a new ticket must be created in some group", kind="refused")
        moves = self._moves(replace(change, group=group))
        marks = {**moves.pop("preferences", {}), MARKER: change.marker}
        opening: dict[str, Any] = {"type": "web", "sender": "Customer", "internal": False, "content_type": "text/plain",
                   "body": new.description.strip() or new.subject.strip() or "-"}
        if REHEARSAL_TAG in (change.tags or ()):
            opening["preferences"] = {"send-auto-response": False}  # or the customer is mailed a receipt for it
        answer = self.api.create({
            "title": titled(new.subject), "customer_id": f"guess:{new.requester_email}", "article": opening,
            "priority": self.options.priority(delivery.severity), "tags": ",".join(sorted(change.tags or ())),
            **moves, "preferences": marks})
        return read(required_id, answer, "id")

    def discard(self, ticket_id: str) -> str:
        answer = self.api.delete(ticket_id)
        if answer.status != FORBIDDEN:
            insisted(answer)
            return "deleted"
        self.api.change(ticket_id, {"state": USUAL_STATES[Standing.CLOSED]})
        return "closed, since only an administrator may delete it"

    # --- Connecting ---------------------------------------------------------------------------------------------------

    def findings(self) -> Iterator[Finding]:
        return checks.findings(self)

    def guide(self, address: str) -> Sequence[Step]:
        return steps(address, self.config, self.mapping)


def read(reads: Callable[..., T], *told: object) -> T:
    """Read what was answered. Raises DeliveryError for what cannot be understood: it may be understood later."""
    try:
        return reads(*told)
    except TicketError as error:
        raise DeliveryError(f"Zammad tells something that is not understood: {error}") from None


def whole_minute(at: datetime) -> datetime:
    """The same or, if it is within a minute, the next one."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + A_MINUTE


def titled(subject: str) -> str:
    title = " ".join(subject.split()) or "(no subject)"
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 3] + "..."


def _id_or_name(value: str) -> int | str:
    return int(value) if value.isdecimal() else value
