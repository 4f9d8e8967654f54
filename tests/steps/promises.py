"""Short ways to speak of milestones: what is due on ticket 7, how it was settled, and what agents do to it."""

from __future__ import annotations

from datetime import datetime

from entitlements.helpdesk import Author, EventKind
from entitlements.store import tables
from tests.steps.house import House

HOUR = 3600


def rows(house: House, revision: int = 1) -> dict[str, tables.Milestone]:
    return {row.kind: row for row in house.ticket().milestones if row.revision == revision}


def due(house: House, revision: int = 1) -> tuple[tuple[str, datetime | None], ...]:
    """State and due time of respond and resolve."""
    found = rows(house, revision)
    return tuple((found[kind].state, found[kind].due_at) for kind in ("respond", "resolve"))


def settled(house: House, kind: str) -> tuple[str, datetime | None]:
    row = rows(house)[kind]
    return row.state, row.settled_at


def by_agent(house: House, kind: EventKind = EventKind.REPLIED, **more: object) -> None:
    house.happened(kind, author=Author.AGENT, public=kind is EventKind.REPLIED, **more)
