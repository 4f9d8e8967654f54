"""A ticket as it stands in a helpdesk, whichever it is, and who did what on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import StrEnum

from entitlements.helpdesk import Author, Identity
from entitlements.rules.ticket import Severity

EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
PREFIX = "deskgate_"
"""What all our tags begin with."""
QUEUED_TAG, CLOSED_TAG, TOLD_TAG, REHEARSAL_TAG = (PREFIX + name for name in ("queued", "closed", "told", "rehearsal"))
REFERENCE = PREFIX + "ref_"
"""What the tag begins with that holds the marker of a ticket of ours, where there is no better place: customers neither
see tags nor set them. `DeskTicket.tags` are told without it."""
MARKED = re.compile(r"Ref\. (dg-[0-9]{1,18})")


class Standing(StrEnum):
    """Where a ticket stands: with the agents, waiting for the customer, waiting for its hour, or over."""

    OPEN = "open"
    WAITING = "waiting"
    HELD = "held"
    CLOSED = "closed"


@dataclass(frozen=True)
class Entry:
    """One thing written below a ticket (aware UTC). `marker` is ours, where the entry is."""

    id: str
    author: Author
    at: datetime
    public: bool
    marker: str = ""


@dataclass(frozen=True)
class Logged:
    """Time that somebody logged on a ticket: seconds, and when (aware UTC).

    With a `version`, which sorts as text, it can be changed later, and `seconds` is what it stands at by then.
    """

    id: str
    at: datetime
    seconds: int
    version: str = ""

    @property
    def name(self) -> str:
        """By which this state of it is known."""
        return f"{self.id}@{self.version}" if self.version else self.id


@dataclass(frozen=True)
class DeskTicket:
    """A ticket as read. `group` is told the way settings name groups; `assignee` is empty for nobody.

    `version` is what the helpdesk's guard against collisions wants back. `entries` are oldest first, the opening among
    them where the helpdesk lists it, and empty until they were asked for. `marker` is that of a ticket we created.
    """

    id: str
    standing: Standing
    group: str = ""
    assignee: str = ""
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    identity: Identity = Identity()
    severity: Severity | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    version: str = ""
    until: datetime | None = None
    product: str = ""
    channel: str = ""
    staff_made: bool = False
    auto_submitted: bool = False
    is_merged: bool = False
    is_deleted: bool = False
    marker: str = ""
    entries: tuple[Entry, ...] = ()
    logged: tuple[Logged, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether it waits for its hour, or is closed because we closed it: what a later decision may end."""
        return self.standing is Standing.HELD or self.is_closed_by_us

    @property
    def is_closed(self) -> bool:
        return self.standing is Standing.CLOSED

    @property
    def is_closed_by_us(self) -> bool:
        return self.is_closed and CLOSED_TAG in self.tags

    @property
    def our_tags(self) -> frozenset[str]:
        return frozenset(tag for tag in self.tags if tag.startswith(PREFIX))

    @property
    def last_word(self) -> datetime:
        """When the customer last wrote; the opening counts for one."""
        words = [entry.at for entry in self.entries if entry.author is Author.CUSTOMER]
        return max([*words, self.created_at or EARLIEST])

    @property
    def has_been_replied_to(self) -> bool:
        """Whether the customer has written more than the opening."""
        opened = self.created_at or EARLIEST
        return any(entry.author is Author.CUSTOMER and (entry.at - opened).total_seconds() > 1
                   for entry in self.entries)

    @property
    def is_answered(self) -> bool:
        """Whether an agent has ever answered publicly."""
        return any(entry.author is Author.AGENT and entry.public for entry in self.entries)

    @property
    def is_touched(self) -> bool:
        """Whether an agent has written to the customer since the customer last wrote."""
        return any(entry.author is Author.AGENT and entry.public and entry.at > self.last_word
                   for entry in self.entries)

    def has_said(self, marker: str, *, public: bool) -> bool:
        """Whether an earlier try of ours has written this."""
        return any(entry.marker == marker and entry.public is public for entry in self.entries)

    def is_taken(self, since: datetime) -> bool:
        """Whether people got ahead of a decision of `since`: they have the ticket, answered it, or wait for the
        customer. Being assigned counts no more once the customer has written again, until somebody answers."""
        if self.standing is Standing.WAITING:
            return True
        if self.assignee and (self.is_touched or not self.has_been_replied_to):
            return True
        return self.is_touched or any(entry.author is Author.AGENT and entry.public and entry.at >= since
                                      for entry in self.entries)


def reference_in(tags: Iterable[str]) -> str:
    """The marker of a ticket that we created, by its tag."""
    told = (tag.removeprefix(REFERENCE) for tag in tags if tag.startswith(REFERENCE))
    return next((marker for marker in told if MARKED.fullmatch(f"Ref. {marker}")), "")


def marked(words: str, marker: str) -> str:
    """A text with our marker as its last line."""
    return f"{words.rstrip()}\n\nRef. {marker}" if words.strip() else f"Ref. {marker}"


def marker_in(words: str) -> str:
    """The marker that a text ends with, plain or as HTML, if there is one."""
    lines = re.sub(r"(?i)<br\s*/?>|</(?:p|div)>|<[^>]*>", "\n", words).replace("&nbsp;", " ").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    found = MARKED.fullmatch(last)
    return found[1] if found else ""
