"""What callers are told of tickets, decisions, deliveries and connections, a model for each.

Ids are texts, instants UTC to the second.
"""

from __future__ import annotations

from pydantic import Field

from entitlements.rules.milestone import MilestoneState
from entitlements.rules.reasons import CheckName, Outcome, Reason
from entitlements.rules.target import MilestoneKind, TargetClock
from entitlements.rules.ticket import Severity
from entitlements.web.api.values import Id, Instant, MaybeInstant, NextCursor, Told


class Explained(Told):
    """Why, in a sentence for the agent and one for the customer."""

    agent: str
    customer: str


class Verdict(Told):
    """What was decided about a ticket. `license` is the name of the one it follows from, null if from none."""

    ticket: Id
    outcome: Outcome
    reason: Reason
    release_at: MaybeInstant = Field(description="When a queued ticket reaches the agents; null otherwise.")
    license: str | None
    explanation: Explained


class Check(Told):
    """One check; `passed` is null when it was not evaluated."""

    check: CheckName
    passed: bool | None
    detail: str


class Preview(Told):
    """What would be decided. Nothing is recorded."""

    outcome: Outcome
    reason: Reason
    release_at: MaybeInstant
    license: str | None
    checks: list[Check]
    explanation: Explained


class Attempt(Told):
    """One try at a delivery."""

    number: int
    started_at: Instant
    ended_at: Instant
    result: str
    status: int | None = Field(description="HTTP status of the helpdesk's answer, if there was one.")
    detail: str


class Delivery(Told):
    """One change owed to a helpdesk, with every try."""

    id: Id
    ticket: Id
    connection: str
    action: str
    state: str
    due_at: Instant
    created_at: Instant
    settled_at: MaybeInstant
    tries: int
    detail: str
    attempts: list[Attempt]


class Decision(Told):
    """One decision with its receipt. `verdict` is what the license alone said where people or caution overruled it."""

    id: Id
    cause: str
    actor: str
    note: str = Field(description="Why, in the words of the person who decided; empty where nobody gave a reason.")
    made_at: Instant
    as_of: Instant
    outcome: Outcome
    reason: Reason
    verdict: Reason | None
    triage: bool
    release_at: MaybeInstant
    license: str | None
    schedule_version: int | None = Field(description="The version of the license's schedule, null without a license.")
    zone_data: str = Field(description="The release of the time-zone data it was worked out with, such as 2026f.")
    checks: list[Check]
    explanation: Explained


class Milestone(Told):
    """How far a ticket is on the way to its first answer, or to its resolution.

    Seconds are of the clock: of the license's open hours, or of all time. Dropped: nothing is to be met any more.
    """

    kind: MilestoneKind
    state: MilestoneState
    due_at: MaybeInstant = Field(description="Null while it is paused in time, and where no open hour is left.")
    seconds: int
    used_seconds: int = Field(description="Of these seconds, as of now, or when it was paused or settled.")
    clock: TargetClock
    settled_at: MaybeInstant = Field(description="When it was met or dropped.")
    late: bool = Field(description="It was met after it was due, or is past due and not met.")


class Ticket(Told):
    """A ticket as Deskgate knows it, with the decision in force. No text of it is kept."""

    id: Id
    state: str
    connection: str
    remote_id: str | None = Field(description="The helpdesk's id; null until it is created there.")
    customer: str | None
    contact: str
    severity: Severity
    product: str
    channel: str
    created_at: Instant
    created_at_source: str
    arrived_at: Instant
    closed_at: MaybeInstant
    given_early: bool = Field(description="An agent took it before its time: given outside the license.")
    outcome: Outcome
    reason: Reason
    release_at: MaybeInstant
    expected_at: MaybeInstant = Field(description="The minute in which a queued ticket is to be expected with the "
                                      "agents: that of release_at, or later when many are released with it; null "
                                      "where it is not queued.")
    license: str | None
    waiting_since: MaybeInstant = Field(description="Since when agents wait for the customer; null if they do not.")
    respond_by: MaybeInstant = Field(description="When the first answer is due; null when none is owed.")
    resolve_by: MaybeInstant = Field(description="When the ticket is to be resolved; null when it need not be.")
    milestones: list[Milestone] = Field(description="Those of the ticket's present life, be they open or settled.")


class TicketWithHistory(Ticket):
    """A ticket with every decision about it and every delivery made."""

    decisions: list[Decision]
    deliveries: list[Delivery]


class Connection(Told):
    """A connected helpdesk. Neither its credentials nor its settings are told."""

    id: Id
    name: str
    kind: str
    url: str
    mode: str
    listen_only: bool
    admit_from: Instant
    paused_at: MaybeInstant
    pause_reason: str
    broken_since: MaybeInstant = Field(description="Since when the helpdesk has not answered; null while it does.")
    probe_at: MaybeInstant = Field(description="When it is asked next whether it is back; null while it answers.")
    calm_until: MaybeInstant = Field(description="Until when it wants no calls; null when it takes them.")
    changes_per_minute: int | None = Field(description="How many changes a minute it takes from all who use it; null "
                                           "where no limit is known.")
    share: float = Field(description="What part of that limit is Deskgate's: 0.4 is 40 %.")
    pace: float = Field(description="What part of its share Deskgate takes now: 1 unless it had to slow down.")
    waiting_deliveries: int = Field(description="How many deliveries wait for it.")
    looked_at: MaybeInstant = Field(description="When the last complete look at what changed there began.")
    look_at: MaybeInstant = Field(description="When the next look is due.")
    look_trouble: str = Field(description="Why the last look failed; empty when it did not.")
    last_event_at: MaybeInstant
    oversized_hooks: int


class Released(Told):
    """How many queued tickets were let go."""

    connection: str
    released: int


class Tickets(Told):
    """Tickets, the newest first."""

    tickets: list[Ticket]
    next: NextCursor


class Deliveries(Told):
    """Deliveries, the newest first."""

    deliveries: list[Delivery]
    next: NextCursor


class Connections(Told):
    """Connections, in the order in which they came."""

    connections: list[Connection]
    next: NextCursor
