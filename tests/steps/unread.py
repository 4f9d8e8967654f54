"""Webhooks that say only which ticket they are about, a helpdesk that can be read, and a worker that reads."""

from __future__ import annotations

from datetime import datetime

from entitlements.helpdesk import Author, Event, EventKind, Identity
from entitlements.rules.ticket import Severity
from entitlements.steps.hooks import Answer
from entitlements.steps.pace import Pace
from entitlements.steps.reading import Reading, ReadingList, read, take_up
from entitlements.steps.tidy import beat
from entitlements.store import tables
from tests.steps.house import IT, House, event

WORKER = "reader"


def hears(house: House, kind: EventKind = EventKind.CREATED, ticket_id: str = "7", **more: object) -> Answer:
    """A webhook arrives that says only which ticket it is about."""
    more.setdefault("author", Author.UNKNOWN)
    return house.hook(event(kind, ticket_id, incomplete=True, **more))


def there_is(house: House, ticket_id: str = "7", identity: Identity = IT, **more: object) -> Event:
    """The helpdesk has a ticket; made just now, unless it is there already or said otherwise."""
    before = house.helpdesk.tickets.get(ticket_id)
    more.setdefault("created_at", before.created_at if before else house.clock.now())
    more.setdefault("severity", Severity.NORMAL)
    found = event(EventKind.CREATED, ticket_id, identity, key=f"read:{ticket_id}", created_at_source="the desk", **more)
    house.helpdesk.tickets[ticket_id] = found
    return found


def claimed(house: House, worker: str = WORKER, free: int = 100) -> list[Reading]:
    """What a worker that is alive may read now."""
    beat(worker, house.clock.now(), 4)
    return ReadingList(house.deskgate, worker, Pace(house.deskgate)).claim(free)


def reads(house: House) -> list[str]:
    """The worker reads what is due; returns the ids of the tickets that the helpdesk was asked for."""
    before = len(house.helpdesk.reads)
    for each in claimed(house):
        read(take_up(each, house.deskgate), house.deskgate)
    return house.helpdesk.reads[before:]


def the_event(house: House, number: int = 0) -> tables.Event:
    row: tables.Event = house.rows(tables.Event)[number]
    return row


def states(house: House) -> list[str]:
    return [row.state for row in house.rows(tables.Event)]


def due_in(house: House) -> float:
    """Seconds until the first event that waits is read again."""
    due_at: datetime | None = the_event(house).due_at
    assert due_at is not None
    return (due_at - house.clock.now()).total_seconds()
