"""A worker: it says that it is alive, takes up what others left behind, and delivers. One of them leads: it releases
what is due, hands deliveries over, and reads the tickets of webhooks that do not say who asks.

Everything it waits for is a row with a `due_at`; losing the process loses nothing.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from entitlements.engine.lease import Lease
from entitlements.engine.protocol import Engine, Leadership
from entitlements.engine.readers import Readers
from entitlements.steps.claims import Batch, Claim, Trying, take_up_lost
from entitlements.steps.context import Deskgate
from entitlements.steps.deliver import deliver
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.pace import Pace
from entitlements.steps.reading import ReadingList, take_up_lost_readings
from entitlements.steps.reconcile import due_looks, look
from entitlements.steps.release import release_due
from entitlements.steps.settle import give_up_claim
from entitlements.steps.tidy import beat, sign_off, tidy
from entitlements.steps.zone_data import follow_zone_data

log = logging.getLogger(__name__)
TICK = 0.2
BEAT_EVERY = 1.0
LOOK_EVERY = 1.0
TIDY_EVERY = 600.0
AFTER_TROUBLE = 2.0


def new_name() -> str:
    """What a worker is known by."""
    return uuid.uuid4().hex


class Worker:
    """Releases queued tickets within a second of their time and delivers what is owed, until it is told to stop.

    `context` makes an application context: each thread enters its own.
    """

    def __init__(self, deskgate: Deskgate, context: Callable[[], AbstractContextManager[object]], engine: Engine,
                 leadership: Leadership, *, name: str = "", raw_days: int = 30):
        self.name = name or new_name()
        self.lease = Lease()
        self._deskgate, self._context, self._raw_days = deskgate, context, raw_days
        self._engine, self._leadership = engine, leadership
        pace = Pace(deskgate)
        self._dispatcher = Dispatcher(deskgate, claimant="" if engine.shared else self.name, pace=pace)
        self._readers = Readers(deskgate, context, ReadingList(deskgate, self.name, pace))
        self._reads_first = True
        self._stop, self._ended = threading.Event(), threading.Event()
        self._leads = False
        self._unsettled: deque[Claim] = deque()
        self._making: set[Claim] = set()
        self._taking = threading.Lock()
        self._next: dict[str, float] = {}
        self._knows_zone_data = False

    def stop(self) -> None:
        """Ask the loop to end: running deliveries are finished, nothing new is claimed."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop` is called. A database that does not answer is waited for."""
        self._beat_if_possible()  # before anything is begun: who has never been alive has no leave to write
        self._engine.start(self.make)
        beating = threading.Thread(target=self._keep_beating, name="beat")
        looking = threading.Thread(target=self._keep_looking, name="look")
        beating.start()
        looking.start()
        while not self._stop.is_set():
            self._stop.wait(self.round())
        self._resign()
        self._engine.stop()
        self._readers.stop()
        looking.join()
        self._ended.set()
        beating.join()
        self._sign_off()

    def round(self) -> float:
        """Do what is due; returns the seconds to wait before the next round."""
        try:
            with self._context():
                return 0.0 if self._work() else TICK
        except Exception:
            log.exception("the worker could not do its round; it goes on in %s seconds", AFTER_TROUBLE)
            return AFTER_TROUBLE

    def beat(self) -> None:
        """Say that this worker is alive, and go on having leave to write to helpdesks."""
        began = time.monotonic()
        with self._context():
            beat(self.name, self._deskgate.clock.now(), self._engine.capacity if self._works_now() else 0)
        self.lease.renew(began)

    def make(self, batch: Batch) -> None:
        """Make the deliveries of a batch. Raises nothing: what could not be settled is let go of later.

        An engine may hand the same batch to this worker once more, while it is at work on it: that is one too many.
        """
        if not self._take_on(batch):
            return
        try:
            with self._context():
                deliver(batch, self._deskgate, Trying(self.name, self.lease.permit(), random.random()))
        except Exception:
            log.exception("deliveries=%s could not be settled; they are tried again",
                          [claim.delivery_id for claim in batch.claims])
            self._unsettled.extend(batch.claims)
        finally:
            with self._taking:
                self._making.difference_update(batch.claims)

    def _take_on(self, batch: Batch) -> bool:
        """Whether none of it is being made by this worker already."""
        with self._taking:
            is_new = self._making.isdisjoint(batch.claims)
            if is_new:
                self._making.update(batch.claims)
            return is_new

    def _works_now(self) -> bool:
        """Whether this process makes deliveries: a worker that has to dispatch for itself does only while it leads."""
        return self._leads or self._engine.shared

    def _keep_beating(self) -> None:
        """To the very end: what runs when the worker is told to stop may be finished."""
        while not self._ended.wait(BEAT_EVERY):
            self._beat_if_possible()

    def _beat_if_possible(self) -> None:
        try:
            self.beat()
        except Exception as error:
            log.warning("the worker could not say that it is alive: %s", error)

    def _keep_looking(self) -> None:
        """Ask helpdesks what no webhook told; beside all else, since one may take its time to answer."""
        while not self._stop.wait(LOOK_EVERY):
            try:
                if self._leads:
                    self._look()
            except Exception as error:
                log.warning("no helpdesk could be asked what changed: %s", error)

    def _look(self) -> None:
        with self._context():
            for connection_id in due_looks(self._deskgate):
                if not self._stop.is_set():
                    look(connection_id, self._deskgate)

    def _work(self) -> bool:
        now = self._deskgate.clock.now()
        self._let_go()
        if self._is_time_for("lost", BEAT_EVERY):
            self._lead_if_possible()
            take_up_lost(now)
            take_up_lost_readings(now)
        return self._lead(now) if self._leads else False

    def _lead_if_possible(self) -> None:
        led, self._leads = self._leads, self._leadership.holds()
        if self._leads and not led:
            log.info("this worker leads now")
            self.beat()

    def _lead(self, now: datetime) -> bool:
        if not self._knows_zone_data and self._is_time_for("zone data", TIDY_EVERY):
            self._follow_zone_data(now)
        if self._is_time_for("tidy", TIDY_EVERY):
            tidy(now, self._raw_days)
        released = release_due(self._deskgate)
        return self._hand_out() + released > 0

    def _hand_out(self) -> int:
        """Read and deliver what is due. Both use up what a helpdesk's limit leaves: whoever had some comes second."""
        if self._reads_first:
            read, delivered = self._readers.hand_out(), self._dispatcher.dispatch(self._engine)
        else:
            delivered, read = self._dispatcher.dispatch(self._engine), self._readers.hand_out()
        self._reads_first = delivered > 0 if delivered + read else self._reads_first
        return delivered + read

    def _follow_zone_data(self, now: datetime) -> None:
        """A promise that cannot be worked out again must not keep all others waiting: it is tried later once more."""
        try:
            follow_zone_data(now, self._deskgate)
            self._knows_zone_data = True
        except Exception:
            log.exception("promised times could not be worked out again for new time-zone data")

    def _let_go(self) -> None:
        """Free what could not be settled, as soon as the database takes it."""
        while self._unsettled:
            give_up_claim(self._unsettled[0], self._deskgate, random.random())
            self._unsettled.popleft()
        self._readers.let_go()

    def _resign(self) -> None:
        self._in_the_end(self._leadership.resign, "resign")

    def _sign_off(self) -> None:
        """What could not be settled is let go of first; where that fails, nobody may take it for never begun."""
        self._in_the_end(lambda: (self._let_go(), sign_off(self.name)), "sign off")

    def _in_the_end(self, act: Callable[[], object], what: str) -> None:
        try:
            with self._context():
                act()
        except Exception:
            log.exception("the worker could not %s; the others will notice its silence", what)

    def _is_time_for(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + every
        return True
