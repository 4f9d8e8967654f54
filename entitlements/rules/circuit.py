"""The circuit breaker of a connection: when a helpdesk counts as gone, and how often it is asked whether it is back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AFTER = 5
"""Calls in a row that found nobody there."""
PROBE_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Circuit:
    """How a helpdesk has answered lately. While it is open, one delivery at a time probes whether it is back.

    Instants are aware UTC; `probe_at` is when the next probe may go out.
    """

    failures: int = 0
    broken_since: datetime | None = None
    probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.broken_since is not None

    def is_shaky(self) -> bool:
        """Whether the last call found nobody there, though it is too early to say that the helpdesk is gone."""
        return self.failures > 0 and not self.is_open

    def is_time_to_probe(self, now: datetime) -> bool:
        return self.is_open and (self.probe_at is None or self.probe_at <= now)

    def failed(self, now: datetime) -> Circuit:
        """After a call that found nobody there."""
        failures = self.failures + 1
        if self.is_open or failures < OPENS_AFTER:
            return replace(self, failures=failures)
        return Circuit(failures, broken_since=now, probe_at=now + PROBE_EVERY)

    def probed(self, now: datetime) -> Circuit:
        """After a probe has gone out."""
        return replace(self, probe_at=now + PROBE_EVERY)

    def unprobed(self, now: datetime) -> Circuit:
        """After a probe that asked nobody."""
        return replace(self, probe_at=now)


CLOSED = Circuit()
"""All is well: what a circuit is again after any answer."""
