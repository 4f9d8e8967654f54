"""The engine of one machine: a loop that releases and claims, and threads that deliver.

Everything it waits for is a row with a `due_at`; losing the process loses nothing. What a killed worker had claimed is
taken up by the next once it has been silent for ten seconds.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime

from entitlements.steps.context import Deskgate
from entitlements.steps.deliver import Claim, deliver, due_claims, give_up_claim, take_up_lost
from entitlements.steps.release import release_due
from entitlements.steps.tidy import beat, sign_off, tidy
from entitlements.steps.zone_data import follow_zone_data

log = logging.getLogger(__name__)
TICK = 0.2
BEAT_EVERY = 2.0
TIDY_EVERY = 600.0
AFTER_TROUBLE = 2.0


class Worker:
    """Releases queued tickets within a second of their time and delivers what is owed, until it is told to stop.

    `context` makes an application context: each thread enters its own.
    """

    def __init__(self, deskgate: Deskgate, context: Callable[[], AbstractContextManager[object]], threads: int = 8,
                 raw_days: int = 30):
        self.name = uuid.uuid4().hex
        self._deskgate, self._context, self._raw_days = deskgate, context, raw_days
        self._threads = threads
        self._stop = threading.Event()
        self._running: set[Future[None]] = set()
        self._unsettled: deque[Claim] = deque()
        self._next: dict[str, float] = {}
        self._knows_zone_data = False

    def stop(self) -> None:
        """Ask the loop to end: running deliveries are finished, nothing new is claimed."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop` is called. A database that does not answer is waited for."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="deliver") as pool:
            while not self._stop.is_set():
                self._stop.wait(self._one_round(pool))
        try:
            with self._context():
                sign_off(self.name)
        except Exception:
            log.exception("the worker could not sign off; the others will notice its silence")

    def _one_round(self, pool: ThreadPoolExecutor) -> float:
        """Do what is due; returns the seconds to wait before the next round."""
        try:
            with self._context():
                return 0.0 if self._work(pool) else TICK
        except Exception:
            log.exception("the worker could not do its round; it goes on in %s seconds", AFTER_TROUBLE)
            return AFTER_TROUBLE

    def _work(self, pool: ThreadPoolExecutor) -> bool:
        now = self._deskgate.clock.now()
        if not self._knows_zone_data and self._is_time_for("zone data", TIDY_EVERY):
            self._follow_zone_data(now)
        if self._is_time_for("beat", BEAT_EVERY):
            beat(self.name, now)
            take_up_lost(now)
        self._let_go()
        if self._is_time_for("tidy", TIDY_EVERY):
            tidy(now, self._raw_days)
        released = release_due(self._deskgate)
        return self._hand_over(pool) or released > 0

    def _follow_zone_data(self, now: datetime) -> None:
        """A promise that cannot be worked out again must not keep all others waiting: it is tried later once more."""
        try:
            follow_zone_data(now, self._deskgate)
            self._knows_zone_data = True
        except Exception:
            log.exception("promised times could not be worked out again for new time-zone data")

    def _hand_over(self, pool: ThreadPoolExecutor) -> bool:
        self._running = {future for future in self._running if not future.done()}
        room = self._threads - len(self._running)
        claims = due_claims(self.name, self._deskgate.clock.now(), room) if room else []
        self._running |= {pool.submit(self._deliver, claim) for claim in claims}
        return bool(claims)

    def _deliver(self, claim: Claim) -> None:
        try:
            with self._context():
                deliver(claim, self._deskgate, random.random())
        except Exception:
            log.exception("delivery=%d could not be settled; it is tried again", claim.delivery_id)
            self._unsettled.append(claim)

    def _let_go(self) -> None:
        """Free what could not be settled, as soon as the database takes it."""
        while self._unsettled:
            give_up_claim(self._unsettled[0], self._deskgate, random.random())
            self._unsettled.popleft()

    def _is_time_for(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + every
        return True
