"""What must always hold between the rows, as queries for what breaks it. Looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import CompoundSelect, cast, literal_column, select, union_all
from sqlalchemy.types import Text

from entitlements.store.board import pulse
from entitlements.store.database import db
from entitlements.store.invariants.deliveries import DELIVERIES
from entitlements.store.invariants.events import EVENTS
from entitlements.store.invariants.files import FILES, WHOLE
from entitlements.store.invariants.invariant import OVERDUE, Invariant
from entitlements.store.invariants.milestones import MILESTONES
from entitlements.store.invariants.terms import TERMS
from entitlements.store.invariants.tickets import TICKETS
from entitlements.store.invariants.usage import USAGE

__all__ = ["INVARIANTS", "Broken", "Invariant", "broken_invariants", "examined"]

INVARIANTS: tuple[Invariant, ...] = (*FILES, *TICKETS, *DELIVERIES, *EVENTS, *MILESTONES, *USAGE, *TERMS)
MOST_SHOWN = 5


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold: for how many things, some of them, and what it is about.

    `is_warning`: it only shows that no worker is at work. `of_file`: the file itself is damaged.
    """

    name: str
    count: int
    examples: tuple[str, ...]
    about: str
    is_warning: bool = False
    of_file: bool = False


def broken_invariants(now: datetime, *, fast: bool = False) -> list[Broken]:
    """All that do not hold as of an aware UTC instant, in one query. `fast` leaves those out that read the whole
    database; the others take a few milliseconds where there are few rows."""
    return _broken(tuple(each for each in _here() if each.is_fast or not fast), now)


def examined(now: datetime) -> Iterator[tuple[Invariant, Broken | None]]:
    """One after the other, each with what breaks it, if anything does. Ends the read after each, so that on SQLite
    others can write in between."""
    for each in _here():
        found = next(iter(_broken((each,), now)), None)
        db.session.rollback()
        yield each, found


def _here() -> tuple[Invariant, ...]:
    """Those that this kind of database can be asked for."""
    return tuple(each for each in INVARIANTS if each.only in ("", db.engine.dialect.name))


def _broken(chosen: Sequence[Invariant], now: datetime) -> list[Broken]:
    offenders: dict[int, list[str]] = {}
    for number, found in db.session.execute(_question(tuple(chosen)), {"overdue_since": now - OVERDUE}):
        offenders.setdefault(number, []).append(found)
    is_watched = not offenders or pulse(now).alive
    return [_told(chosen[number], found, is_watched) for number, found in sorted(offenders.items())]


def _told(invariant: Invariant, found: list[str], is_watched: bool) -> Broken:
    examples = tuple(f"{invariant.what} {each}".strip() for each in found[:MOST_SHOWN])
    return Broken(invariant.name, len(found), examples, invariant.about,
                  is_warning=invariant.needs_worker and not is_watched, of_file=invariant is WHOLE)


@lru_cache(maxsize=128)
def _question(chosen: tuple[Invariant, ...]) -> CompoundSelect[int, str]:
    """All in one, so that looking after every step of something costs one query."""
    found = [each.offenders.subquery() for each in chosen]
    return union_all(*(select(literal_column(str(number)).label("number"), cast(rows.c[0], Text).label("found"))
                       for number, rows in enumerate(found)))
