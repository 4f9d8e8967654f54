"""What the processes that keep running tell one another: signals to end or begin anew, and that one is ready."""

from __future__ import annotations

import os
import signal
import threading

import click

READY = b"."

# An option that only `gateway serve` uses: it waits for this before it lets go of what was there before.
ready_option = click.option("--ready", type=int, hidden=True, help="A pipe to write to once at work.")


class Signals:
    """Remembers what this process was asked for by signals. Only the main thread can listen for them."""

    def __init__(self, *numbers: signal.Signals):
        self._hangup = self._end = 0
        self._never = threading.Event()
        for number in numbers:
            signal.signal(number, self._remember)

    @property
    def last(self) -> int:
        """The last signal; but who was asked to end is not asked anything else any more."""
        return self._end or self._hangup

    def pause(self, seconds: float) -> None:
        """Let a moment pass. The handler wakes nobody: it may run while this thread holds the lock that takes."""
        self._never.wait(seconds)

    def take(self, number: signal.Signals) -> bool:
        """Whether that was the last signal. A hangup is then forgotten."""
        if self.last != number:
            return False
        self._hangup = 0
        return True

    def _remember(self, number: int, _frame: object) -> None:
        # Kept apart, so that neither a later hangup nor one that is just being taken hides the wish to end.
        if number == signal.SIGHUP:
            self._hangup = number
        else:
            self._end = number


def tell_ready(pipe: int | None) -> None:
    """Tell the process that started this one that it may rely on it."""
    if pipe is not None:
        os.write(pipe, READY)
        os.close(pipe)
