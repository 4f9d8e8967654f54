"""The adapter itself: how a change is made in Request Tracker, and how it is seen that it really was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Delivery, Event, Finding, Inbound, Quota
from entitlements.kinds import Step
from integrations.desk.adapter import Collision, DeskAdapter
from integrations.desk.mapping import Stage
from integrations.desk.plan import Change
from integrations.desk.ticket import DeskTicket, Standing, marked, marker_in
from integrations.request_tracker import events, guide
from integrations.request_tracker.api import RtApi, changed_since, created_for
from integrations.request_tracker.checks import Checks
from integrations.request_tracker.settings import ABOUT, USUAL_STATUS, queues, read_settings
from integrations.request_tracker.ticket import SYSTEM, Reading, RtTicket, logged
from integrations.tools import Tools
from integrations.wire import require_usable_secrets

LONGEST_SUBJECT = 150
AWAKE = frozenset({"new", "open"})


class RequestTracker(DeskAdapter):
    """One Request Tracker. Raises ConfigError for a connection that cannot work."""

    about = ABOUT
    scheme = "standard-webhooks"

    def __init__(self, config: ConnectionConfig, tools: Tools):
        super().__init__(config, tools)
        self.settings = read_settings(config, self.mapping)
        self.mapping = replace(self.mapping, uses_tags=bool(self.settings.tags_field))
        self.api = RtApi(config, tools)
        if config.secrets:
            require_usable_secrets(config)

    @property
    def quota(self) -> Quota | None:
        return self.api.calls.quota

    def findings(self) -> Iterable[Finding]:
        return Checks(self.config, self.tools, self.api, self.mapping, self.settings).findings()

    def guide(self, address: str) -> Sequence[Step]:
        return guide.steps(address, self.config, self.mapping, self.settings)

    # --- Reading ------------------------------------------------------------------------------------------------------

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events.parse(inbound, self._reading(self.config.acting_as, self.api.signed_in_as))

    def _reading(self, *own: str) -> Reading:
        """How tickets are to be read, once it is known which account is our own."""
        return Reading(self.mapping, self.settings, self.api.user, frozenset(own) - {""})

    def ticket(self, ticket_id: str) -> RtTicket:
        return self._read(*self.api.ticket(ticket_id), ticket_id)

    def _read(self, row: object, version: str, ticket_id: str) -> RtTicket:
        reading = self._reading(self.config.acting_as, self.api.own_name)
        ticket = reading.ticket(row, ticket_id, version)  # type: ignore[arg-type]
        if ticket.creator not in reading.own:
            return ticket
        return replace(ticket, marker=next(filter(None, map(marker_in, self.api.opening_of(ticket.id))), ""))

    def _complete(self, ticket: DeskTicket) -> DeskTicket:
        """What was written and the time come from the same list."""
        history, reading = tuple(self.api.history(ticket.id)), self._reading(self.config.acting_as, self.api.own_name)
        requestors = ticket.requestors if isinstance(ticket, RtTicket) else frozenset()
        return replace(ticket, entries=reading.entries(history, requestors), logged=logged(history))

    def changed(self, since: datetime) -> Iterable[DeskTicket]:
        """The list is asked for backwards until it gets too old: its dates are in a time zone that we do not know."""
        found = []
        for row in self.api.search(changed_since(since), "LastUpdated"):
            ticket = self._read(row, "", str(row.get("id")))
            if ticket.updated_at is not None and ticket.updated_at < since:
                break
            found.append(ticket)
        return {ticket.id: ticket for ticket in reversed(found)}.values()

    # --- Writing ------------------------------------------------------------------------------------------------------

    def change(self, ticket: DeskTicket, change: Change) -> str:
        """A word to the customer opens a ticket in Request Tracker, so the status goes with that word, and after it."""
        status = _status(change)
        fields = self._fields(change, "" if change.message else status)
        said = self.api.update(ticket.id, fields, ticket.version) if fields else []
        subject = ticket.subject if isinstance(ticket, RtTicket) else ""
        if change.note:
            said += self.api.write(ticket.id, "comment", _words(subject, marked(change.note, change.marker), change))
        if change.message:
            keep = status or (ticket.status if isinstance(ticket, RtTicket) and ticket.status not in AWAKE else "")
            words = _words(subject, change.message, change)
            said += self.api.write(ticket.id, "correspond", {**words, **({"Status": keep} if keep else {})})
        self._make_sure(ticket, change, status, said)
        return self.api.own_name

    def _fields(self, change: Change, status: str) -> dict[str, object]:
        custom: dict[str, object] = {name: value or None for name, value in change.fields.items()}
        if change.tags is not None and self.settings.tags_field:
            custom[self.settings.tags_field] = sorted(change.tags)
        told = {"Queue": change.group, "Status": status, "CustomFields": custom}
        return {name: value for name, value in told.items() if value}

    def _make_sure(self, ticket: DeskTicket, change: Change, status: str, said: list[str]) -> None:
        """Request Tracker refuses with a 200: look whether everything is as it should be. Raises DeliveryError."""
        if not change.moves:
            return
        seen = self.ticket(ticket.id)
        if change.message and status and seen.status != status.lower():  # a scrip of theirs opened it after all
            said += self.api.update(ticket.id, {"Status": status})
            seen = self.ticket(ticket.id)
        left = self._missing(seen, change, status)
        if left and seen.changed_by not in SYSTEM | {"", self.api.own_name}:
            raise Collision(f"ticket {ticket.id} was changed meanwhile")
        if left:
            self._let_go(ticket, change, status, seen)
            raise DeliveryError(f"Request Tracker did not take {', '.join(left)}; it said: {_joined(said)}",
                                kind="refused")

    def _let_go(self, ticket: DeskTicket, change: Change, status: str, seen: RtTicket) -> None:
        """What is held or closed without our mark, nobody would wake again: leave it open, where it came from."""
        if status and seen.status == status.lower() and change.standing is not Standing.OPEN and not seen.is_held:
            self.api.update(ticket.id, {"Queue": ticket.group, "Status": USUAL_STATUS[Standing.OPEN]})

    def _missing(self, seen: RtTicket, change: Change, status: str) -> list[str]:
        """What a change asked for and the ticket is not like."""
        known = {name.lower() for name in seen.queue_names}
        moved = not change.group or change.group.lower() in known or len(known) < 2
        left = [] if moved else [f"the queue {change.group}"]
        left += [f"the status {status}"] if status and seen.status != status.lower() else []
        left += [f"the custom field {name}" for name, value in change.fields.items()
                 if " ".join(seen.fields.get(name, "").split()) != " ".join(value.split())]
        field = self.settings.tags_field
        return left + ([f"the tags in the custom field {field}"]
                       if field and change.tags is not None and seen.tags != change.tags else [])

    def create(self, delivery: Delivery, change: Change) -> str:
        """In the status that new tickets have: none other is allowed; what else is wanted comes after."""
        new = delivery.new_ticket
        queue = change.group or self.mapping.groups[Stage.ROUTE].usual or next(iter(sorted(queues(self.mapping))), "")
        if new is None or not queue:
            raise DeliveryError("set route_group: a new ticket must be created in some queue", kind="refused")
        return self.api.create({
            "Queue": queue, "Subject": _title(new.subject), "Content": marked(new.description, delivery.marker),
            "ContentType": "text/plain", "Priority": self.settings.priority(delivery.severity),
            **({"Requestor": [new.requester_email]} if new.requester_email else {}),
            **self._fields(replace(change, group=""), "")})

    def find_marked(self, delivery: Delivery, since: datetime) -> str:
        email = delivery.new_ticket.requester_email if delivery.new_ticket else ""
        for row in self.api.search(created_for(email, since), "id"):
            if delivery.marker in map(marker_in, self.api.opening_of(str(row.get("id")))):
                return str(row.get("id"))
        return ""

    def discard(self, ticket_id: str) -> str:
        if self.api.delete(ticket_id):
            return "deleted"
        self.change(self.ticket(ticket_id), Change(standing=Standing.CLOSED))
        return "closed"


def _status(change: Change) -> str:
    return change.status or (USUAL_STATUS.get(change.standing, "") if change.standing else "")


def _title(subject: str) -> str:
    title = " ".join(subject.split()) or "(no subject)"
    return title if len(title) <= LONGEST_SUBJECT else title[: LONGEST_SUBJECT - 3] + "..."


def _words(subject: str, words: str, change: Change) -> dict[str, object]:
    """The subject ends with our marker: it is what the list of a ticket's transactions tells of an entry."""
    return {"Subject": f"{_title(subject)} (Ref. {change.marker})" if change.marker else _title(subject),
            "Content": words, "ContentType": "text/plain"}


def _joined(sentences: list[str]) -> str:
    return ("; ".join(sentences) or "nothing")[:400]


