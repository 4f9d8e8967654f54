"""The inbox of the sandbox helpdesk as its adapter sees it. Who keeps it, and where, is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from entitlements.rules.ticket import Severity


class InboxStatus(StrEnum):
    """Where a ticket of the sandbox stands: on hold in Deskgate's queue, waiting for the customer."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    WAITING = "waiting"
    CLOSED = "closed"


class Role(StrEnum):
    """Who wrote a message of the sandbox."""

    CUSTOMER = "customer"
    AGENT = "agent"
    DESKGATE = "deskgate"


class Did(StrEnum):
    """What an entry below a ticket stands for. `before`: it was written when that was not kept yet; `phoned`: an agent
    opened the ticket for the customer."""

    BEFORE = "before"
    OPENED = "opened"
    PHONED = "phoned"
    SAID = "said"
    TOOK = "took"
    WAITS = "waits"
    GOES_ON = "goes_on"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class InboxTicket:
    """A ticket as agents see it in the sandbox. `id` is empty until it is created; `created_at` is aware UTC."""

    subject: str
    requester_email: str
    severity: Severity
    group: str
    status: InboxStatus
    created_at: datetime
    product: str = ""
    channel: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class InboxMessage:
    """One entry below a ticket: a public word or an internal note by `author`, with `seconds` of logged time, if any.

    `marker` says which delivery of ours left it. `id` is empty until it is posted; `at` is aware UTC.
    """

    ticket_id: str
    role: Role
    author: str
    public: bool
    body: str
    at: datetime
    seconds: int = 0
    marker: str = ""
    did: Did = Did.SAID
    id: str = ""


class Inbox(Protocol):
    """The tickets of all sandbox connections. Each call is complete in itself: what it changes is kept."""

    def find(self, ticket_id: str) -> InboxTicket | None:
        """The ticket as it is now."""

    def create(self, connection: str, ticket: InboxTicket) -> str:
        """Keep a new ticket of the named connection. Returns its id."""

    def change(self, ticket_id: str, *, group: str | None = None, status: InboxStatus | None = None,
               assignee: str | None = None, tags: tuple[str, ...] | None = None) -> None:
        """Change what is named, and nothing else."""

    def messages(self, ticket_id: str) -> Sequence[InboxMessage]:
        """What was written below the ticket, oldest first."""

    def post(self, message: InboxMessage) -> str:
        """Add a message. Returns its id."""

    def find_marked(self, connection: str, marker: str) -> str | None:
        """The id of the connection's ticket that has a message with this marker."""

    def written(self, connection: str, since: datetime, after: str, limit: int) -> Sequence[InboxMessage]:
        """Up to so many messages below the connection's tickets, oldest first: those at or after an instant that came
        after the one with this id; empty for all."""
