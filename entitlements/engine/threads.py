"""The engine of one machine: threads in the worker's own process."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from entitlements.engine.protocol import Run
from entitlements.steps.claims import Batch


class ThreadEngine:
    """Makes the deliveries that its own worker has claimed."""

    shared = False

    def __init__(self, capacity: int):
        self.capacity = capacity
        self._pool: ThreadPoolExecutor | None = None
        self._run: Run = _nothing
        self._handed: deque[Batch] = deque()

    def start(self, run: Run) -> None:
        self._run = run
        self._pool = ThreadPoolExecutor(self.capacity, thread_name_prefix="deliver")

    def hand_over(self, batches: Sequence[Batch]) -> None:
        self._handed.extend(batches)  # not yet: a thread would look for what is not committed

    def begin(self) -> None:
        """What cannot be begun now is with the next that is handed over."""
        assert self._pool is not None
        while self._handed:
            self._pool.submit(self._run, self._handed[0])
            self._handed.popleft()

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _nothing(_batch: Batch) -> None:
    """What an engine runs that was not started."""
