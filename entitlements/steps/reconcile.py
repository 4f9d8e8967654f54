"""Webhooks that never came: each helpdesk is asked on a schedule what happened since the last look.

Looks overlap, and what is known by its key is passed over; the rest is taken in as if its webhook had come, each event
in a transaction of its own. The helpdesk is called outside of any. A look that fails is taken up later where the last
complete one began; one that finds very much goes on in portions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import ConnectionConfig, Event
from entitlements.steps.context import Deskgate
from entitlements.steps.hooks import take_found
from entitlements.store import db, tables
from entitlements.store.connections import config_of, pause_refused
from entitlements.store.database import UNAVAILABLE, transaction
from entitlements.store.deliveries import lock_connection
from entitlements.store.events import known_keys
from entitlements.store.looks import begin_look, due_for_a_look, end_look, keep_looking

log = logging.getLogger(__name__)
OVERLAP = timedelta(minutes=15)  # clocks differ, and what happens may be listed a little later
FIRST_BACK = timedelta(days=1)  # where nobody has looked yet although it was connected long ago
LEASE = timedelta(minutes=5)
PORTION = 50  # webhooks that are looked up together
MOST = 1000  # taken in by one look
CANNOT = timedelta(days=1)  # until a helpdesk that cannot be asked is tried once more: it may have another kind by then


@dataclass(frozen=True)
class Look:
    """What a look came to: webhooks found, those of them that were missing and are taken in now, and why it ended
    early, if it did."""

    found: int = 0
    admitted: int = 0
    trouble: str = ""


def due_looks(deskgate: Deskgate) -> list[int]:
    """The ids of the connections at which a look is due."""
    return due_for_a_look(deskgate.clock.now()) if deskgate.look_every else []


def look(connection_id: int, deskgate: Deskgate, *, at_once: bool = False) -> Look | None:
    """Ask a helpdesk what happened, and take in what is missing. None when another worker does, or it is not due.

    `at_once`: whether or not it is due. None only when the connection is paused.
    Opens transactions of its own. Raises when the database does not answer; the look is then due again soon.
    """
    began = deskgate.clock.now()
    lease = began + LEASE
    with transaction():
        if not begin_look(connection_id, began, lease, at_once=at_once):
            return None
    looking = _Looking(connection_id, deskgate, lease)
    connection = db.session.get_one(tables.Connection, connection_id)
    config, since, is_listener = config_of(connection), _since(connection, began), connection.is_listen_only
    db.session.rollback()
    return looking.put_off(began + CANNOT) if is_listener else looking.go(config, since, began)


def _since(connection: tables.Connection, now: datetime) -> datetime:
    """From when on everything is looked at: never from before the connection was switched on."""
    known = connection.looked_at - OVERLAP if connection.looked_at is not None else now - FIRST_BACK
    return max(known.replace(microsecond=0), connection.admit_from)


@dataclass
class _Looking:
    """One look on its way, and what it has come to so far."""

    connection_id: int
    deskgate: Deskgate
    lease: datetime
    found: int = 0
    admitted: int = 0
    seen_until: datetime | None = None
    is_lost: bool = False

    def go(self, config: ConnectionConfig, since: datetime, began: datetime) -> Look:
        try:
            helpdesk = self.deskgate.helpdesk(config)
            if not helpdesk.finds_changes:
                return self.put_off(began + CANNOT)
            is_whole = self._take_in(helpdesk.find_changed(since), since)
        except UNAVAILABLE:
            raise
        except DeliveryError as error:
            return self._failed(str(error), timedelta(seconds=error.retry_after or 0),
                                refused=error.kind == "unauthorized")
        except ConfigError as error:
            return self._failed(f"the connection cannot work: {error}")
        except Exception as error:
            log.exception("connection=%s could not be asked what changed", config.name)
            return self._failed(f"the adapter failed: {type(error).__name__}")
        return self._done(began) if is_whole else self._go_on_later()

    def _take_in(self, events: Iterable[Event], since: datetime) -> bool:
        """Returns False when there is more to come than one look takes in."""
        webhooks = (list(group) for _, group in groupby(events, key=lambda event: event.key))
        news = (group for group in webhooks if group[0].at is None or group[0].at >= since)
        while portion := list(islice(news, PORTION)):
            self._take_in_portion(portion)
            self._stay()
            if self.is_lost or self.admitted >= MOST:
                return False
        return True

    def _take_in_portion(self, portion: Sequence[Sequence[Event]]) -> None:
        known = known_keys(self.connection_id, (group[0].key for group in portion))
        for group in portion:
            self.found += 1
            self.seen_until = group[0].at or self.seen_until
            if group[0].key not in known:
                self.admitted += self._admit(group)

    def _admit(self, group: Sequence[Event]) -> bool:
        try:
            return take_found(self.connection_id, group, self.deskgate)
        except UNAVAILABLE:
            raise
        except Exception:
            log.exception("event=%s was found and could not be stored", group[0].key)
            return False

    def _stay(self) -> None:
        """Go on looking only as long as nobody else does."""
        until = self.deskgate.clock.now() + LEASE
        with transaction():
            self.is_lost = not keep_looking(self.connection_id, self.lease, until)
        self.lease = until

    def _done(self, began: datetime) -> Look:
        self._end(began + self.deskgate.look_every, looked_at=began)
        if self.admitted:
            log.warning("connection=%d: %d webhooks never came, and are taken in now", self.connection_id,
                        self.admitted)
        return Look(self.found, self.admitted)

    def _go_on_later(self) -> Look:
        """What was seen is known now; the rest is due at once."""
        if not self.is_lost:
            self._end(self.deskgate.clock.now(), looked_at=self.seen_until)
        return Look(self.found, self.admitted, "there is more")

    def _failed(self, trouble: str, wait: timedelta = timedelta(0), *, refused: bool = False) -> Look:
        """`refused`: the helpdesk takes our credentials no more, so it is written to no more either."""
        log.warning("connection=%d: the look failed: %s", self.connection_id, trouble)
        now = self.deskgate.clock.now()
        self._end(now + max(wait, self.deskgate.look_every), trouble=trouble)
        if refused:
            with transaction():
                pause_refused(lock_connection(self.connection_id), trouble, now)
        return Look(self.found, self.admitted, trouble)

    def put_off(self, until: datetime) -> Look:
        self._end(until)
        return Look()

    def _end(self, next_at: datetime, *, looked_at: datetime | None = None, trouble: str = "") -> None:
        with transaction():
            end_look(self.connection_id, self.lease, next_at, looked_at=looked_at, trouble=trouble)
