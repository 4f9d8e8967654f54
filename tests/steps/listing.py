"""A helpdesk that can be asked what happened, webhooks that get lost, and Deskgates that hear of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from entitlements.helpdesk import Event, EventKind
from entitlements.steps.reconcile import Look, due_looks, look
from entitlements.store import db, tables
from entitlements.store.database import transaction
from tests.fakes import FakeHelpdesk, fake_builder
from tests.steps.histories import SUNDAY_NOON
from tests.steps.house import IT, House, event

DESK = 1


class ListingHelpdesk(FakeHelpdesk):
    """Knows all that happened. `asked` lists since when it was asked; `trouble` breaks a list off after some events."""

    finds_changes = True

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[Event] = []
        self.asked: list[datetime] = []
        self.trouble: Exception | None = None
        self.breaks_after = 0

    def find_changed(self, since: datetime) -> Iterator[Event]:
        self.asked.append(since)
        for number, told_of in enumerate(sorted(self.happened, key=lambda each: (each.at, each.key))):
            if self.trouble is not None and number >= self.breaks_after:
                raise self.trouble
            if told_of.at >= since:
                yield told_of


def with_listing(house: House) -> ListingHelpdesk:
    """Give the house such a helpdesk. It was asked last when it was connected, just now."""
    house.helpdesk = helpdesk = ListingHelpdesk()
    house.deskgate = replace(house.deskgate, helpdesk=fake_builder(helpdesk))
    return helpdesk


def look_now(house: House) -> Look:
    """The look that is due."""
    (connection_id,) = due_looks(house.deskgate)
    found = look(connection_id, house.deskgate)
    assert found is not None
    return found


def told(house: House, events: Sequence[Event]) -> None:
    for each in events:
        house.hook(each, body=each.key)


def connected(house: House, at: datetime) -> House:
    """The house with a helpdesk that can be asked, connected at an instant; it is Sunday noon."""
    with_listing(house)
    with transaction():
        desk(house).admit_from = desk(house).looked_at = at
    house.clock.at = SUNDAY_NOON
    return house


def desk(_house: House) -> tables.Connection:
    return db.session.get_one(tables.Connection, DESK)


def knows(house: House) -> ListingHelpdesk:
    assert isinstance(house.helpdesk, ListingHelpdesk)
    return house.helpdesk


def made(number: str, at: datetime = SUNDAY_NOON, **more: object) -> Event:
    return event(EventKind.CREATED, number, IT, key=f"t{number}", at=at, created_at=at, **more)
