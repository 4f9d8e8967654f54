"""What a worker needs of an engine, which makes the deliveries, and of leadership, which makes it the only one to
dispatch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from entitlements.steps.claims import Batch
from entitlements.steps.dispatch import Hands

Run = Callable[[Batch], None]


class Engine(Hands, Protocol):
    """Makes deliveries, many at once. `shared` engines make those that any worker hands over, others only their own.

    `capacity` is how many deliveries this process makes at once.
    """

    shared: bool
    capacity: int

    def start(self, run: Run) -> None:
        """Be ready to run batches, each by calling `run` in a thread of the engine's."""

    def stop(self) -> None:
        """Finish what runs and begin nothing more. Returns when all is done."""


class Leadership(Protocol):
    """Held by one worker at a time, and free again when that one resigns, dies or falls silent."""

    def holds(self) -> bool:
        """Take it if it is free, and say whether it is this worker's. Asked within an application context."""

    def resign(self) -> None:
        """Let another one have it."""
