"""What a stand-in can be asked to do by a story that is told about every helpdesk.

A bench is a stand-in, a way to make its people act, and what Deskgate is told to connect to it. Customers are
`CUSTOMER` of `ORGANIZATION` unless said otherwise. What people do queues up the webhooks that the product would send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from entitlements.helpdesk import Inbound
from tests.standins.serving import Serving

CUSTOMER, ORGANIZATION = "it@acme.example", "Acme"


@dataclass(frozen=True)
class State:
    """A ticket as the stand-in has it, in the words of entitlements.kinds.Seen: `standing` is open, waiting, held or
    closed; `group` is told as settings name it. `first_reply_at` is what the product's own SLA clock took for the
    first answer of an agent. `told` are the public words that were sent or triggered, `notes` the internal ones, newest
    last."""

    standing: str
    group: str = ""
    tags: frozenset[str] = frozenset()
    assignee: str = ""
    fields: Mapping[str, str] | None = None
    until: datetime | None = None
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    first_reply_at: datetime | None = None
    exists: bool = True


class Bench(Protocol):
    """One product's stand-in. Its clock is the test's: what happens, happens at `clock.now()`."""

    kind: str
    serving: Serving

    @property
    def url(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def secret(self) -> str:
        """What it signs with, or what the address of its webhooks ends with."""

    def settings(self) -> Mapping[str, str]:
        """Settings of a usual connection: groups for all four stages, and one custom field for the outcome where the
        product has custom fields."""

    def opens(self, *, severity: str = "normal", email: str = CUSTOMER, by_agent: bool = False) -> str:
        """A customer opens a ticket (or an agent does so for them); returns its id as adapters name it."""

    def customer_writes(self, ticket_id: str, words: str = "Any news?") -> None: ...

    def agent_answers(self, ticket_id: str, words: str = "We are on it.") -> None: ...

    def agent_notes(self, ticket_id: str, words: str = "Ask Billing.") -> None: ...

    def agent_takes(self, ticket_id: str) -> None: ...

    def agent_closes(self, ticket_id: str) -> None: ...

    def customer_reopens(self, ticket_id: str) -> None: ...

    def agent_tags(self, ticket_id: str, tag: str) -> None: ...

    def agent_sets_severity(self, ticket_id: str, severity: str) -> None: ...

    def agent_logs(self, ticket_id: str, seconds: int) -> bool:
        """False where the product keeps no account of time."""

    def merges(self, ticket_id: str, into: str) -> bool:
        """False where the product cannot merge."""

    def deletes(self, ticket_id: str) -> None: ...

    def meanwhile(self, ticket_id: str) -> None:
        """Have an agent change something harmless between the adapter's next look at the ticket and its change."""

    def webhooks(self) -> Sequence[Inbound]:
        """What the product would have sent since this was last asked, signed, oldest first."""

    def echoes(self) -> Sequence[Inbound]:
        """The same for what Deskgate's own account did."""

    def state(self, ticket_id: str) -> State: ...
