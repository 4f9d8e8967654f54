"""What the steps are handed: the clock, the house's policy, and the way to the helpdesks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from entitlements.clock import Clock
from entitlements.helpdesk import Builder
from entitlements.kinds import Kind
from entitlements.rules.decision import Policy


@dataclass(frozen=True)
class Deskgate:
    """One running Deskgate. `helpdesk` builds the adapter of a connection.

    `look_every` is how often each helpdesk is asked what changed; never, if it is zero. `kinds` are the kinds of
    helpdesk that can be connected.
    """

    clock: Clock
    policy: Policy
    public_url: str
    helpdesk: Builder
    renewal_contact: str = ""
    default_connection: str = ""
    look_every: timedelta = timedelta(minutes=5)
    kinds: tuple[Kind, ...] = ()

    def find_kind(self, name: str) -> Kind | None:
        """The kind of a name or another name of its own, however it is written: `Zendesk`, `help-scout`, `rt`."""
        plain = name.strip().lower().replace("-", "_").replace(" ", "_")
        return next((kind for kind in self.kinds if plain in (kind.name, *kind.aliases)), None)

    def ticket_url(self, ticket_id: int) -> str:
        """Where an agent sees the receipt of a ticket."""
        return f"{self.public_url}/tickets/{ticket_id}"

    def take_url(self, ticket_id: int) -> str:
        """Where an agent takes a queued ticket early."""
        return f"{self.public_url}/tickets/{ticket_id}/take"
