"""What a helpdesk said a while ago and will hardly have changed: numbers of groups and fields, access tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from entitlements.clock import Clock

T = TypeVar("T")
USUAL = timedelta(minutes=10)
MOST = 1000


class Memory:
    """Shared by all connections and threads of a process; losing it costs a call."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._known: dict[tuple[str, ...], tuple[datetime, object]] = {}
        self._lock = threading.Lock()

    def recall(self, key: tuple[str, ...], ask: Callable[[], T], *, keep: timedelta = USUAL) -> T:
        """What is known under the key, asked for anew after `keep`. What `ask` raises is not remembered."""
        now = self._clock.now()
        with self._lock:
            until, value = self._known.get(key, (None, None))
        if until is not None and until > now:
            return value  # type: ignore[return-value]  # a key stands for one kind of value
        found = ask()
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = (now + keep, found)
        return found

    def forget(self, key: tuple[str, ...]) -> None:
        """Ask anew the next time."""
        with self._lock:
            self._known.pop(key, None)
