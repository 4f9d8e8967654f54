"""What an invariant is, and the conditions that several of them speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from entitlements.store.database import UtcDateTime

OVERDUE = timedelta(minutes=10)
"""A worker that is at work looks at everything long before that."""
OVERDUE_SINCE = bindparam("overdue_since", type_=UtcDateTime)
"""The instant before which a thing must have been due to be overdue."""


@dataclass(frozen=True, eq=False)
class Invariant:
    """What must hold, as a sentence; `about` says what it means when it does not.

    `offenders` selects one column: what breaks it. `what` names these. `needs_worker`: without a worker at work it does
    not hold for long, and that is no fault of the rows. `only`: the kind of database that can be asked.
    """

    name: str
    about: str
    what: str
    offenders: Select[Any]
    is_fast: bool = True
    needs_worker: bool = False
    only: str = ""


def known_words(name: str, what: str, column: InstrumentedAttribute[str], words: Iterable[str]) -> Invariant:
    """The invariant that a column holds one of these words."""
    table = column.class_
    return Invariant(name, "something wrote a word that Deskgate does not know", what,
                     select(table.id).where(column.not_in(sorted(words))))


def more_than_once(*columns: InstrumentedAttribute[Any]) -> Any:
    """Selects the first of the columns where all of them together occur more than once. Add conditions with `where`."""
    return select(columns[0]).group_by(*columns).having(func.count() > 1)


def differ(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether two values differ, where one that is not there is a value too."""
    return one.is_distinct_from(other)
