"""Stand-ins made by hand: a clock that tests set, and a helpdesk that remembers and misbehaves as told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError, TicketError, VerificationError
from entitlements.helpdesk import ConnectionConfig, Delivery, Event, Finding, Inbound, Limits, Permit, Receipt
from tests.builders import utc

RIGHT_SECRET = "right"


class FakeClock:
    """Stands still until it is told to go on."""

    def __init__(self, at: str):
        self.at = utc(at)

    def now(self) -> datetime:
        return self.at

    def set(self, at: str) -> None:
        self.at = utc(at)

    def go_on(self, **by: float) -> None:
        self.at += timedelta(**by)


class FakeHelpdesk:
    """A helpdesk whose webhooks are named events: the body is the name of one put into `says`.

    `tickets` are what reading finds; what `cannot` says first goes wrong meanwhile. `reads` lists what was read.
    """

    kind = "fake"
    finds_changes = False

    def __init__(self) -> None:
        self.says: dict[str, Sequence[Event] | Exception] = {}
        self.applied: list[Delivery] = []
        self.fails: list[DeliveryError] = []
        self.tickets: dict[str, Event] = {}
        self.cannot: list[Exception] = []
        self.reads: list[str] = []
        self.receipt = Receipt(ticket_id="", changed=True, detail="done")

    def verify(self, inbound: Inbound, now: datetime) -> None:
        if inbound.headers.get("X-Secret") != RIGHT_SECRET:
            raise VerificationError("wrong secret")

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        found = self.says.get(inbound.body.decode())
        if found is None:
            raise TicketError("not a word of it")
        if isinstance(found, Exception):
            raise found
        return found

    def read(self, ticket_id: str) -> Event:
        self.reads.append(ticket_id)
        if self.cannot:
            raise self.cannot.pop(0)
        if ticket_id not in self.tickets:
            raise DeliveryError(f"there is no ticket {ticket_id}", kind="gone", status=404)
        return self.tickets[ticket_id]

    def apply(self, delivery: Delivery) -> Receipt:
        if self.fails:
            raise self.fails.pop(0)
        self.applied.append(delivery)
        created = f"r{delivery.ticket}" if delivery.new_ticket else delivery.ticket_id
        return replace(self.receipt, ticket_id=created)

    def limits(self) -> Limits:
        return Limits()

    def check(self) -> Sequence[Finding]:
        return ()

    def find_changed(self, since: datetime) -> Sequence[Event]:
        raise DeliveryError("cannot be listed", kind="refused")

    def actions(self) -> list[str]:
        return [delivery.action.value for delivery in self.applied]


def fake_builder(helpdesk: FakeHelpdesk):
    """What stands in for the registry of helpdesks: the same fake for every connection."""

    def build(_config: ConnectionConfig, _permit: Permit | None = None) -> FakeHelpdesk:
        return helpdesk

    return build


def body_of(answer: str) -> dict[str, str | None]:
    return json.loads(answer)
