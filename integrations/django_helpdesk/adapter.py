"""The adapter itself: which changes a decision asks for in django-helpdesk, and when to leave a ticket alone."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError, VerificationError
from entitlements.helpdesk import Action, ConnectionConfig, Delivery, Event, Finding, Inbound, Limits, Receipt
from entitlements.kinds import Seen, Step
from entitlements.rules.reasons import Outcome
from integrations.django_helpdesk import events
from integrations.django_helpdesk.api import DeskApi
from integrations.django_helpdesk.changes import find_changed
from integrations.django_helpdesk.checks import findings
from integrations.django_helpdesk.settings import read_settings
from integrations.django_helpdesk.setup import ABOUT, steps
from integrations.django_helpdesk.ticket import PRIORITIES, DeskTicket, People, Status, marked, marker_in
from integrations.settings import OnReject, limits
from integrations.tools import Tools

LONGEST_TITLE = 200
LONGEST_FIELD = 200
CLOCKS_DIFFER = timedelta(minutes=10)
NOTHING = "-"  # the API takes neither null nor a blank text in a custom field


@dataclass(frozen=True)
class Written:
    """One thing written in the helpdesk, and the number of our own account where it was told."""

    what: str
    acting_as: str = ""


class DjangoHelpdesk:
    """One django-helpdesk. Raises ConfigError for a connection that cannot work."""

    kind = "django_helpdesk"
    about = ABOUT

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._settings = read_settings(config)
        self._people = People(config.acting_as, self._settings.staff, self._settings.default_owners)
        self._api = DeskApi(config, tools)
        self._now = tools.clock.now
        self._config = config

    def verify(self, inbound: Inbound, now: datetime) -> None:
        """It cannot sign: what proves the sender is the secret in the address."""
        told = inbound.path_secret.encode("utf-8", "surrogatepass")
        known = [secret.encode() for secret in self._config.secrets if secret]
        if not told or not any(hmac.compare_digest(told, secret) for secret in known):
            raise VerificationError("the secret in the address is not this connection's")

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return events.parse(inbound.body, self._settings, self._people)

    def read(self, ticket_id: str) -> Event:
        return events.created(self._api.ticket(ticket_id), self._settings, self._people)

    @property
    def finds_changes(self) -> bool:
        return bool(self._config.url)

    def find_changed(self, since: datetime) -> Iterator[Event]:
        return find_changed(self._api, self._settings, self._people, since)

    def limits(self) -> Limits:
        return limits(self._config)

    def check(self) -> Sequence[Finding]:
        return findings(self._config, self._settings, self._api)

    def guide(self, address: str) -> Sequence[Step]:
        return steps(address)

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        return {}

    def inspect(self, ticket_id: str) -> Seen:
        ticket = self._api.ticket(ticket_id)
        ours = [entry for entry in ticket.followups if entry.marker]
        return Seen(ticket.id, "closed" if ticket.is_closed else "held" if ticket.on_hold else "open",
                    group=str(ticket.queue), notes=sum(not entry.public for entry in ours),
                    replies=sum(entry.public for entry in ours), fields=ticket.custom)

    def rehearse(self, delivery: Delivery) -> Receipt:
        ticket = self._create(delivery)
        return Receipt(ticket.id, changed=True, detail=f"ticket {ticket.id} created")

    def find_rehearsed(self, delivery: Delivery) -> str:
        found = self._left_behind(delivery)
        return found.id if found else ""

    def discard(self, ticket_id: str) -> str:
        return self._api.discard(ticket_id)

    def unmark(self, ticket_id: str) -> bool:
        ticket = self._api.ticket(ticket_id)
        ours = {field: NOTHING for field in self._settings.told_fields()
                if ticket.custom.get(field, "") not in ("", NOTHING)}
        if ours:
            self._api.change(ticket_id, ours)
        return bool(ours)

    def apply(self, delivery: Delivery) -> Receipt:
        """Bring a ticket to where the decision wants it: one read, at most one change, a comment only where words are.

        An earlier try whose end is unknown is recognized: fields are compared, comments carry the marker.
        """
        created = delivery.action is Action.CREATE
        ticket = self._create(delivery) if created else self._api.ticket(delivery.ticket_id)
        if ticket.is_merged:
            raise DeliveryError(f"ticket {ticket.id} was merged into another one", kind="gone")
        if delivery.action is Action.WITHDRAW:
            return Receipt(ticket.id, changed=False, detail="nothing is taken back in the helpdesk")
        receipt = self._settle(ticket, delivery)
        if not created:
            return receipt
        opened_by = ticket.opening.user if ticket.opening else ""
        return Receipt(ticket.id, changed=True, detail=f"ticket {ticket.id} created",
                       acting_as=receipt.acting_as or opened_by)

    def _settle(self, ticket: DeskTicket, delivery: Delivery) -> Receipt:
        if delivery.advise:
            return self._receipt(ticket, [self._change(ticket, self._fields(delivery))])
        if ticket.is_closed and not self._people.closed_by_us(ticket):
            return Receipt(ticket.id, changed=False, overtaken=True, detail="closed in the helpdesk meanwhile")
        if self._people.is_taken(ticket, delivery.decided_at):
            return self._yield(ticket, delivery)
        held = ticket.on_hold or ticket.is_closed
        if delivery.action is Action.RELEASE and not held and self._people.is_touched(ticket):
            return Receipt(ticket.id, changed=False, detail="people had let it go already")
        return self._carry_out(ticket, delivery)

    def _yield(self, ticket: DeskTicket, delivery: Delivery) -> Receipt:
        """People came first: their ticket is not moved and nobody is told anything; it is only freed, and noted on."""
        done: list[Written | None] = []
        if delivery.outcome is Outcome.ROUTE:
            done = [self._change(ticket, {"on_hold": False, **_reopening(ticket), **self._fields(delivery)})]
            if delivery.note or ticket.is_closed:
                done.append(self._comment(ticket, delivery, delivery.note, public=False))
        receipt = self._receipt(ticket, done)
        return Receipt(ticket.id, receipt.changed, "people came first", overtaken=True, acting_as=receipt.acting_as)

    def _carry_out(self, ticket: DeskTicket, delivery: Delivery) -> Receipt:
        """Move first, then write: what agents see matters more than what they read. Closing comes last.

        Closing and opening again always leave an entry, by which later webhooks tell our doing from a customer's.
        """
        closes = self._closes(delivery)
        reopening = {} if closes else _reopening(ticket)
        silently = bool(closes or reopening) and not delivery.message
        done = [self._change(ticket, {**self._place(delivery), **reopening, **self._fields(delivery)})]
        if delivery.note or silently:
            done.append(self._comment(ticket, delivery, delivery.note, public=False, closes=closes and silently))
        if delivery.message:
            done.append(self._comment(ticket, delivery, delivery.message, public=True, closes=closes))
        return self._receipt(ticket, done)

    def _receipt(self, ticket: DeskTicket, done: Sequence[Written | None]) -> Receipt:
        """What came of it; None stands for what did not have to be written."""
        written = [each for each in done if each is not None]
        return Receipt(ticket.id, changed=bool(written), acting_as=written[-1].acting_as if written else "",
                       detail="; ".join(each.what for each in written) or "nothing differed", quota=self._api.quota)

    def _place(self, delivery: Delivery) -> dict[str, object]:
        """Queue and on-hold mark that the decision asks for. A queue that is not configured is left alone."""
        if delivery.outcome is Outcome.QUEUE and delivery.action is not Action.RELEASE:
            return {"on_hold": True, **_queue(self._settings.queue_queue)}
        if delivery.outcome is Outcome.REJECT:
            return {"on_hold": False, **({} if self._closes(delivery) else _queue(self._settings.renewals_queue))}
        return {"on_hold": False, **_queue(self._route_queue(delivery))}

    def _route_queue(self, delivery: Delivery) -> str:
        return self._settings.triage_queue if delivery.triage else self._settings.route_queue.of(delivery.reason)

    def _closes(self, delivery: Delivery) -> bool:
        return (delivery.outcome is Outcome.REJECT
                and self._settings.on_reject.of(delivery.reason) == OnReject.CLOSE)

    def _fields(self, delivery: Delivery) -> dict[str, object]:
        """Custom fields that tell of the decision. Agents see them; customers do not, if they are for staff only."""
        named = {self._settings.marker_field: delivery.marker, self._settings.license_field: delivery.license,
                 self._settings.outcome_field: f"{delivery.outcome} ({delivery.reason})"}
        return {field: value[:LONGEST_FIELD] for field, value in named.items() if field}

    def _change(self, ticket: DeskTicket, wanted: dict[str, object]) -> Written | None:
        """Write what differs from the ticket, in one call, if anything does."""
        present = {"queue": ticket.queue, "on_hold": ticket.on_hold, "status": ticket.status, **ticket.custom}
        changes = {name: value for name, value in wanted.items() if present.get(name, "") != value}
        if not changes:
            return None
        self._api.change(ticket.id, changes)
        return Written("set " + ", ".join(f"{name}={value}" for name, value in changes.items()))

    def _comment(self, ticket: DeskTicket, delivery: Delivery, words: str, *, public: bool,
                 closes: bool = False) -> Written | None:
        """Write below the ticket, unless an earlier try has done so; without words just our marker."""
        if any(entry.marker == delivery.marker and entry.public is public for entry in ticket.followups):
            return None
        self._require_settled(delivery)
        user = self._api.comment(ticket.id, marked(words, delivery.marker), public=public,
                                 new_status=Status.CLOSED if closes else None)
        return Written(("answered" if public else "noted") + (" and closed" if closes else ""), user)

    def _create(self, delivery: Delivery) -> DeskTicket:
        """The new ticket, or the one that an earlier try left."""
        new = delivery.new_ticket
        queue = self._route_queue(delivery) or self._settings.route_queue.usual
        if new is None or not queue:
            raise DeliveryError("there is no text to create a ticket from" if new is None else
                                "set route_queue: a new ticket must be created in some queue", kind="refused")
        found = self._left_behind(delivery) if delivery.try_number > 1 else None
        if found is None:
            self._require_settled(delivery)
        return found or self._api.create({
            "queue": int(queue), "title": _title(new.subject), "description": marked(new.description, delivery.marker),
            "submitter_email": new.requester_email, "priority": PRIORITIES[delivery.severity],
            **self._fields(delivery)})

    def _require_settled(self, delivery: Delivery) -> None:
        """Raise DeliveryError while an earlier try may still have its effect, so that nothing is said twice."""
        if delivery.repeat_from is not None and self._now() < delivery.repeat_from:
            raise DeliveryError("a try that was cut short may still have its effect", kind="early")

    def _left_behind(self, delivery: Delivery) -> DeskTicket | None:
        """What an earlier try created, looked for among the tickets since the decision."""
        for ticket in self._api.recent():
            if marker_in(ticket.description) == delivery.marker:
                return ticket
            if ticket.opening and ticket.opening.at < delivery.decided_at - CLOCKS_DIFFER:
                return None
        return None


def _queue(number: str) -> dict[str, object]:
    return {"queue": int(number)} if number else {}


def _reopening(ticket: DeskTicket) -> dict[str, object]:
    """What opens a ticket again that we closed ourselves, and nothing for an open one."""
    return {"status": int(Status.REOPENED)} if ticket.is_closed else {}


def _title(subject: str) -> str:
    title = " ".join(subject.split()) or "(no subject)"
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 3] + "..."
