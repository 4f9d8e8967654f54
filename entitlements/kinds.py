"""What a kind of helpdesk is to those who connect one: what it is called, what it needs to be told, what to do there.

Forms, checks, error texts and docs are made from these values, so that a setting is described once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Delivery, Finding, Helpdesk, Inbound, Receipt


@dataclass(frozen=True)
class Setting:
    """One setting of a kind: its name, what it is for in one sentence, and what it may be.

    `by_reason`: `name.<reason>` may differ from `name`. `is_required`: without it the connection cannot be built.
    """

    name: str
    what: str
    example: str = ""
    by_reason: bool = False
    choices: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of helpdesk. `address`, `token` and `secret` say what each of them is there, and where it is found;
    empty where there is none to be told. `aliases` are other names it may be asked for by.

    `makes_secret`: the helpdesk makes the secret that it signs with, so that it is known only after its webhook has
    been set up. `longest_secret`: characters that it takes, if it is particular about it.
    """

    name: str
    title: str
    address: str = ""
    token: str = ""
    secret: str = ""
    makes_secret: bool = False
    longest_secret: int = 0
    settings: tuple[Setting, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One thing for a person to do in the helpdesk. `paste` is text to be pasted there as it is.

    `is_later`: it can wait until the connection is to write; to watch, nothing of it is needed.
    """

    title: str
    text: str
    paste: str = ""
    is_later: bool = False


def later(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps that can wait until the connection leaves `observe`."""
    return tuple(replace(step, is_later=True) for step in steps)


@dataclass(frozen=True)
class Seen:
    """A ticket as it stands in the helpdesk, in words that are shown to people: for rehearsals and checks.

    `standing` is open, waiting, held or closed; `until` when a held ticket wakes by itself (aware UTC).
    """

    ticket_id: str
    standing: str
    group: str = ""
    tags: frozenset[str] = frozenset()
    until: datetime | None = None
    notes: int = 0
    replies: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)


class Connectable(Helpdesk, Protocol):
    """A helpdesk that can be set up with Deskgate's help."""

    about: Kind

    def guide(self, address: str) -> Sequence[Step]:
        """What to do in the helpdesk, given the address for its webhooks. Calls nobody."""

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """The headers with which this helpdesk would send a body: what `verify` wants to see. Raises ConfigError when
        there is no secret yet."""


class BulkHelpdesk(Helpdesk, Protocol):
    """A helpdesk that carries out many changes in one call; its `limits` say how many."""

    def apply_all(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | DeliveryError]:
        """Carry them out in one call, each safe to be tried again. What came of each, in the same order.

        Raises DeliveryError when the call as a whole failed.
        """


class DryRunnable(Connectable, Protocol):
    """A helpdesk of which it can be shown what a webhook says, and what would be sent."""

    def dry_run(self, inbound: Inbound) -> Sequence[Finding]:
        """What a webhook says, field by field, and the calls that each decision about its ticket would make. Calls
        nobody; raises nothing."""


class Rehearsable(Connectable, Protocol):
    """A helpdesk that can be rehearsed in, and left again without a trace."""

    def inspect(self, ticket_id: str) -> Seen:
        """A ticket as it stands now. Raises DeliveryError."""

    def rehearse(self, delivery: Delivery) -> Receipt:
        """Open a ticket for a rehearsal, marked as one. Raises DeliveryError."""

    def find_rehearsed(self, delivery: Delivery) -> str:
        """The id of the ticket that a try of `rehearse` has opened although it failed, empty if none is found. Raises
        DeliveryError."""

    def discard(self, ticket_id: str) -> str:
        """Delete a ticket of a rehearsal, or close it where it cannot be deleted; says which. Raises DeliveryError."""

    def unmark(self, ticket_id: str) -> bool:
        """Take our tags and fields off a ticket; whether there were any. Raises DeliveryError."""
