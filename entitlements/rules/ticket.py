"""A ticket as a decision sees it: who asks, how badly, for what, and since when. Its text is not known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LIVE_CHANNELS = frozenset({"phone", "chat"})


class Severity(StrEnum):
    """How bad it is. Each helpdesk's priority is mapped to one of these four."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """0 for low to 3 for urgent."""
        return list(Severity).index(self)


class MatchStep(StrEnum):
    """How the customer was found, most certain first."""

    NAMED = "named"
    ORGANIZATION = "organization"
    EXTERNAL_ID = "external_id"
    CONTACT = "contact"
    DOMAIN = "domain"


@dataclass(frozen=True)
class Requester:
    """Who asks: one customer's short name, or none, or several that all fit at the same step (`candidates`)."""

    customer: str = ""
    candidates: tuple[str, ...] = ()
    step: MatchStep | None = None
    contact: str = ""

    @property
    def is_ambiguous(self) -> bool:
        return not self.customer and len(self.candidates) > 1

    @property
    def is_known_by_domain_only(self) -> bool:
        """True when anybody with an address at that domain would have been taken for this customer."""
        return self.step is MatchStep.DOMAIN


@dataclass(frozen=True)
class Ticket:
    """What is judged. `created_at` is the aware UTC instant that counts; `staff_made` that an agent typed it in."""

    requester: Requester
    created_at: datetime
    severity: Severity = Severity.NORMAL
    product: str = ""
    channel: str = ""
    staff_made: bool = False

    @property
    def is_live_contact(self) -> bool:
        """A person is on the line, or staff opened the ticket: it cannot be told to wait."""
        return self.staff_made or self.channel.lower() in LIVE_CHANNELS
