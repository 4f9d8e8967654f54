"""The check of a total queue: whatever was acknowledged had its effect, and no effect came twice.

It compares the sender's log of acknowledgements with the helpdesk's log of changes, and asks Deskgate nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.crash.furnished import ROUTE_QUEUE, is_queued
from tests.standin.desk import INBOX, US

Ticket = dict[str, Any]


@dataclass
class Found:
    """Numbers of tickets. `twice` is what a customer could see, `noted_twice` what agents could."""

    acknowledged: int = 0
    lost: list[int] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)
    noted_twice: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    unasked: list[int] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.twice or self.noted_twice or self.wrong or self.unasked)

    def __str__(self) -> str:
        told = ", ".join(f"{count} {what}" for what, count in sorted(self.changes.items()))
        bad = "; ".join(f"{name}: {numbers[:10]}" for name, numbers in vars(self).items()
                        if isinstance(numbers, list) and numbers)
        return (f"{self.acknowledged} acknowledged, {len(self.lost)} lost, {len(self.twice)} told twice to the "
                f"customer, {len(self.noted_twice)} to agents, {len(self.wrong)} in a wrong state, "
                f"{len(self.unasked)} changed unasked (helpdesk: {told}){'; ' + bad if bad else ''}")


def check_total_queue(acknowledged: Iterable[int], sent: Iterable[int], tickets: Mapping[int, Ticket],
                      changes: Iterable[Mapping[str, Any]]) -> Found:
    """`sent` are the tickets whose webhook was tried at all: not acknowledged, it may still have had its effect."""
    acked, tried, found = set(acknowledged), set(sent), Found()
    found.acknowledged = len(acked)
    words: Counter[tuple[int, str]] = Counter()
    for each in changes:
        found.changes[each["what"]] += 1
        words[each["ticket"], each["what"]] += 1
    for number, ticket in tickets.items():
        if number in acked and _is_untouched(ticket):
            found.lost.append(number)
        elif number in acked and not _is_as_decided(ticket):
            found.wrong.append(number)
        elif number not in tried and not _is_untouched(ticket):
            found.unasked.append(number)
    found.twice = sorted(ticket for (ticket, what), count in words.items() if what == "answered" and count > 1)
    found.noted_twice = sorted(ticket for (ticket, what), count in words.items() if what == "noted" and count > 1)
    return found


def _is_untouched(ticket: Ticket) -> bool:
    return ticket["queue"] == INBOX and not ticket["on_hold"] and not _ours(ticket)


def _is_as_decided(ticket: Ticket) -> bool:
    """On hold with a notice to the customer and a note to agents, or in the queue of routed ones without a word."""
    if is_queued(ticket["submitter_email"]):
        return ticket["on_hold"] and {True, False} == {each["public"] for each in _ours(ticket)}
    return ticket["queue"] == ROUTE_QUEUE and not ticket["on_hold"] and not _ours(ticket)


def _ours(ticket: Ticket) -> list[dict[str, Any]]:
    return [each for each in ticket["followup_set"] if each["user"] == US]
