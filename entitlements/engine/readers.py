"""Threads that read tickets from helpdesks, beside those that deliver: one that takes its time keeps nobody else
waiting."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from entitlements.steps.context import Deskgate
from entitlements.steps.reading import Reading, ReadingList, give_up_reading, read, take_up

log = logging.getLogger(__name__)
AT_ONCE = 32
"""Tickets of all connections that are read at the same time. They hardly do anything but wait for an answer."""


class Readers:
    """Reads what its own worker claims. `context` makes an application context: each thread enters its own."""

    def __init__(self, deskgate: Deskgate, context: Callable[[], AbstractContextManager[object]], claims: ReadingList):
        self._deskgate, self._context, self._list = deskgate, context, claims
        self._pool: ThreadPoolExecutor | None = None
        self._at_work: set[Reading] = set()
        self._unsettled: deque[Reading] = deque()
        self._counting = threading.Lock()

    def hand_out(self) -> int:
        """Begin to read what is due. Returns how many tickets. Called within an application context."""
        found = self._list.claim(AT_ONCE - len(self._at_work))
        if found and self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read")
        with self._counting:
            self._at_work.update(found)
        for each in found:
            assert self._pool is not None
            self._pool.submit(self.read, each)
        return len(found)

    def read(self, reading: Reading) -> None:
        """Read a ticket and carry out what waits for it. Raises nothing: what could not be settled is let go of
        later."""
        readings = [reading]
        try:
            with self._context():
                readings = take_up(reading, self._deskgate)
                if readings:
                    read(readings, self._deskgate, random.random())
        except Exception:
            log.exception("events=%s could not be settled; their ticket is read again",
                          [each.event_id for each in readings])
            self._unsettled.extend(readings)
        finally:
            with self._counting:
                self._at_work.discard(reading)

    def let_go(self) -> None:
        """Free what could not be settled, as soon as the database takes it."""
        while self._unsettled:
            give_up_reading(self._unsettled[0], self._deskgate, random.random())
            self._unsettled.popleft()

    def stop(self) -> None:
        """Finish what runs and begin nothing more. Returns when all is done."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
