"""A worker's leave to write to helpdesks: it lasts from one sign of life to shortly before others take it for dead.

A process that was stopped for a while does not know it. When it goes on in the middle of a delivery, this is what keeps
it from writing what another worker has written meanwhile.
"""

from __future__ import annotations

import time

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Permit
from entitlements.steps.claims import SILENT_FOR

MARGIN = 1.0
"""Seconds by which the leave ends before the others begin to act."""


class Lease:
    """Renewed by each sign of life. It goes by a clock that nobody sets, and that runs on while a process is stopped.

    One that has run out is not mended by a sign of life: what was begun before may be another worker's by now.
    """

    def __init__(self) -> None:
        self._until, self._times_lost = 0.0, 0

    def renew(self, began: float) -> None:
        """Count from when the sign of life began to be given, in seconds of `time.monotonic`."""
        self._times_lost += began > self._until
        self._until = began + SILENT_FOR.total_seconds() - MARGIN

    def permit(self) -> Permit:
        """The leave for what is begun now. It raises DeliveryError once the lease has run out, then and for ever."""
        times_lost = self._times_lost

        def check() -> None:
            if time.monotonic() > self._until or self._times_lost != times_lost:
                raise DeliveryError("this worker was silent for too long: another one may have the delivery by now",
                                    kind="fault")

        return check
