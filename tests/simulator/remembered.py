"""Weeks in which something of the product itself once failed, and what it was. They are played by every `make test`.

A seed means what the simulator makes of it: after a change there, the week of a seed is another one. So each of these
faults was mended with a test of its own beside the part, and most are planted bugs as well.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remembered:
    """A week, and what it showed."""

    seed: int
    tickets: int
    showed: str


REMEMBERED = (
    Remembered(110, 16, "a notice that a try without an answer had given was forgotten with its ticket's closing, and "
                        "given again when it was reopened"),
    Remembered(1, 5, "a look left a ticket out for good whose answer had been cut off"),
    Remembered(12, 5, "a ticket was created twice: after a later decision, only its last ten minutes were searched"),
    Remembered(103, 16, "what had got no answer was repeated within a minute because the helpdesk was back"),
    Remembered(142, 5, "a batch that the engine gave to the same worker once more was made twice side by side"),
)
