"""Which of several workers leads: the one that a row names, as long as it says that it is alive.

A lock that goes with a process or its connection would be free a little sooner when the process is killed, and never
when it is only stopped. Silence tells of both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from entitlements.store.database import TAKEN, db, rows_changed, transaction
from entitlements.store.tables import Fact, Worker

LEADER = "leader"


class Leadership:
    """One worker's claim to lead. It may be taken from a worker that has been silent for so long."""

    def __init__(self, worker: str, now: Callable[[], datetime], silent_for: timedelta):
        self._worker, self._now, self._silent_for = worker, now, silent_for

    def holds(self) -> bool:
        """Take it if nobody who is alive has it, and say whether it is this worker's."""
        leader = db.session.scalar(select(Fact.value).where(Fact.name == LEADER))
        is_alive = leader is not None and db.session.scalar(self._alive().where(Worker.id == leader)) is not None
        db.session.rollback()
        return leader == self._worker or (not is_alive and self._take(leader))

    def resign(self) -> None:
        """Let another one have it at once."""
        with transaction():
            db.session.execute(delete(Fact).where(Fact.name == LEADER, Fact.value == self._worker))

    def _take(self, leader: str | None) -> bool:
        try:
            with transaction():
                if leader is None:
                    db.session.execute(insert(Fact).values(name=LEADER, value=self._worker))
                    return True
                return rows_changed(
                    update(Fact).where(Fact.name == LEADER, Fact.value == leader, Fact.value.not_in(self._alive()))
                    .values(value=self._worker)) == 1
        except TAKEN:  # another one was faster
            return False

    def _alive(self):  # type: ignore[no-untyped-def]  # a query, whose exact type says nothing more
        return select(Worker.id).where(Worker.seen_at > self._now() - self._silent_for)
