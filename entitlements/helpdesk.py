"""The Helpdesk protocol and its values: what an adapter is told and what it tells, whichever helpdesk is behind it.

An adapter knows one helpdesk's field names, signatures and traps; nobody else does. It keeps no state, knows no
database, and never decides: it says what happened, and carries out what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity

YES = frozenset({"true", "1", "yes", "on"})
"""What a switch among a connection's settings may be set to, to be on."""


@dataclass(frozen=True)
class Inbound:
    """One webhook as received: raw body, headers as sent, `path_secret` when the address carried one."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    path_secret: str = field(default="", repr=False)


class EventKind(StrEnum):
    """What happened to a ticket in the helpdesk."""

    CREATED = "created"
    UPDATED = "updated"
    REPLIED = "replied"
    REOPENED = "reopened"
    CLOSED = "closed"
    MERGED = "merged"
    DELETED = "deleted"
    TIME_LOGGED = "time_logged"


class Author(StrEnum):
    """Who did it. `deskgate` is ourselves: our own change coming back."""

    CUSTOMER = "customer"
    AGENT = "agent"
    DESKGATE = "deskgate"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Identity:
    """What the helpdesk says about who asks; `customer` is a short name told outright. Empty where it says nothing."""

    organization_id: str = ""
    external_id: str = ""
    email: str = ""
    customer: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened, in Deskgate's words. Several may share the `key` of the webhook that told of them.

    `key` makes the webhook idempotent; `key_is_signed` says that the sender's signature covers it, so that the same key
    with another body is a forgery or a fault. Instants are aware UTC. `seconds` and `entry_id` belong to logged time;
    with an `entry_version`, which sorts as text, `seconds` is what the entry stands at by then, 0 if it was deleted.
    `answered` says that an agent has answered the ticket publicly, `assigned` that somebody has taken it, `waiting`
    whether agents now wait for the customer: None where the helpdesk says nothing about that. `closed` says that the
    ticket has been closed since, where what is told is older than the closing: found by a look, or sent late.
    `snapshot`: it was seen in the helpdesk rather than told; a `created` one is how the ticket stood at `at`.
    `incomplete`: it says only which ticket it is about; who asks, how urgent it is and when it was made must be read.
    """

    kind: EventKind
    key: str
    ticket_id: str
    identity: Identity = Identity()
    author: Author = Author.UNKNOWN
    at: datetime | None = None
    created_at: datetime | None = None
    created_at_source: str = ""
    severity: Severity | None = None
    product: str = ""
    channel: str = ""
    public: bool = False
    staff_made: bool = False
    answered: bool = False
    assigned: bool = False
    auto_submitted: bool = False
    seconds: int = 0
    entry_id: str = ""
    entry_version: str = ""
    marker: str = ""
    key_is_signed: bool = False
    waiting: bool | None = None
    closed: bool = False
    snapshot: bool = False
    incomplete: bool = False


class Action(StrEnum):
    """What is owed to a helpdesk. `create` also puts the new ticket where its outcome says."""

    CREATE = "create"
    ROUTE = "route"
    QUEUE = "queue"
    RELEASE = "release"
    REJECT = "reject"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class NewTicket:
    """The text of a ticket that Deskgate took in itself and now creates in the helpdesk."""

    subject: str
    description: str
    requester_email: str


@dataclass(frozen=True)
class Explanation:
    """Why, in one sentence for the agent and one for the customer."""

    agent: str
    customer: str


@dataclass(frozen=True)
class Promise:
    """A milestone of a ticket: `respond` or `resolve`, its length in seconds, and when it is due (aware UTC; None while
    it is paused or no open hour is left)."""

    kind: str
    seconds: int
    due_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """One change owed to one helpdesk because of one decision.

    `ticket_id` is the helpdesk's own (empty before `create`), `ticket` is ours. `marker` recognizes what an earlier try
    of the same delivery left behind. `advise` asks for tags and fields only. `triage` sends a routed ticket to the
    place where a person looks at the entitlement first. `decided_at`: what people did after it wins over this change.
    `repeat_from`: an earlier try was cut short, and may still have its effect until then (aware UTC): what would be
    seen twice is not sent again before, but DeliveryError of kind `early` raised.
    `message` is the public word to the customer and `note` the internal one; empty means silence. `explanation` is
    what both sides could be told, for receivers that word things themselves. `promises` are the milestones that run.
    """

    id: int
    action: Action
    ticket: str
    ticket_id: str
    marker: str
    outcome: Outcome
    reason: Reason
    severity: Severity
    decided_at: datetime
    try_number: int = 1
    triage: bool = False
    advise: bool = False
    release_at: datetime | None = None
    customer: str = ""
    license: str = ""
    connection: str = ""
    message: str = ""
    note: str = ""
    explanation: Explanation | None = None
    repeat_from: datetime | None = None
    new_ticket: NewTicket | None = None
    promises: tuple[Promise, ...] = ()


@dataclass(frozen=True)
class Quota:
    """What a helpdesk says is left of its limit: `remaining` of `limit` calls, until it begins anew."""

    limit: int
    remaining: int


@dataclass(frozen=True)
class Receipt:
    """What came of a delivery: the helpdesk's ticket id, whether anything had to be written, one line about it.

    `overtaken` says that people had acted in the helpdesk meanwhile and the change was left alone.
    `acting_as` is the id under which the helpdesk records our own changes, and `quota` what is left of its limit,
    where it tells.
    """

    ticket_id: str
    changed: bool
    detail: str
    overtaken: bool = False
    acting_as: str = ""
    quota: Quota | None = None


@dataclass(frozen=True)
class Limits:
    """How much a helpdesk takes: changes a minute by all who use it together (None: it names no limit), the part of
    them that is Deskgate's, and how many deliveries one call may carry out."""

    per_minute: int | None = None
    share: float = 0.4
    bulk: int = 1

    @property
    def ours_per_minute(self) -> float | None:
        """Changes a minute that Deskgate may make; None for as many as it likes."""
        return None if self.per_minute is None else self.per_minute * self.share


Permit = Callable[[], None]
"""Asked right before a change is sent: raises DeliveryError when the right to make it has run out."""


@dataclass(frozen=True)
class Finding:
    """One line of `connection check`: what was looked at, whether it is right, and what to do if not."""

    what: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class ConnectionConfig:
    """How one helpdesk is reached: address, credentials and settings of its kind. Several secrets during a rotation.

    `acting_as` is the id under which the helpdesk knows us, once it is known.
    """

    name: str
    kind: str
    url: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    token: str = field(default="", repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    acting_as: str = ""


class Helpdesk(Protocol):
    """One connected helpdesk. `finds_changes`: whether it can be asked what changed."""

    @property
    def kind(self) -> str: ...

    @property
    def finds_changes(self) -> bool: ...

    def verify(self, inbound: Inbound, now: datetime) -> None:
        """Raise VerificationError unless the webhook comes from this helpdesk."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        """What a verified webhook says, in the order in which it happened. Raises TicketError.

        An event that does not say who asks is `incomplete`: the worker reads its ticket before it is carried out.
        """

    def read(self, ticket_id: str) -> Event:
        """The ticket as it is in the helpdesk now, as a `created` event. Raises DeliveryError, also TicketError.

        It fills in what an incomplete event does not say. `marker` only where Deskgate created the ticket, and `closed`
        only where people closed it; a ticket that is not there any more is DeliveryError of kind `gone`.
        """

    def apply(self, delivery: Delivery) -> Receipt:
        """Carry one delivery out; safe to call again after a try whose end is unknown. Raises DeliveryError."""

    def limits(self) -> Limits:
        """How fast it may be written to. Calls nobody."""

    def find_changed(self, since: datetime) -> Iterable[Event]:
        """What happened at or after an aware UTC instant, oldest first, as the webhooks told it or should have.

        Each event has the key that its webhook has, and says when it happened and when its ticket was made; those of
        one webhook come one after the other. It is asked for as it is read, so that a reader who stops early saves the
        calls. Writes nothing. Raises DeliveryError, also in the middle.
        """

    def check(self) -> Sequence[Finding]:
        """Look whether address, credentials and settings are right. Writes nothing; raises nothing."""


class Builder(Protocol):
    """Makes the adapter of a connection. Raises ConfigError for one that cannot work.

    With a `permit`, the adapter asks it before each change that it sends.
    """

    def __call__(self, config: ConnectionConfig, permit: Permit | None = None) -> Helpdesk: ...
