"""A ticket and its articles as Zammad tells them, by webhook and when it is asked, in words of ours.

Our marks are kept in `preferences`, a part of tickets and articles that no page shows and customers cannot write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Identity
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import MARKED, QUEUED_TAG, DeskTicket, Entry, Logged, Standing, marker_in
from integrations.payload import Fields, identifier, instant, required_id
from integrations.zammad.api import written
from integrations.zammad.options import SYSTEM, Options

MARKER, HELD, CLOSED, OPENED, TAGGED = (
    "deskgate_marker", "deskgate_held", "deskgate_closed", "deskgate_opened", "deskgate_tagged")
"""Our marks: which delivery wrote it, until when we hold it, that we closed it, when we last set another state, which
delivery set nothing but tags."""
ENDED = "was_closed"
"""A tag that Zammad itself sets when a ticket is closed, so that opening it again can be told from any other change."""
CLOSED_TYPES = frozenset({"closed", "merged", "removed"})
SENDERS = {"Customer": Author.CUSTOMER, "Agent": Author.AGENT}
CLOCKS_DIFFER = timedelta(minutes=2)
LONGEST = 4000


@dataclass(frozen=True)
class Reader:
    """Reads what Zammad tells, given the settings of the connection. Raises TicketError."""

    options: Options
    mapping: DeskMapping
    acting_as: str

    def ticket(self, row: Fields, tags: frozenset[str], types: Mapping[str, str]) -> DeskTicket:
        """A ticket as it is listed with names; `types` are the types of its states."""
        state = words(row, "state")
        kind = "merged" if state == "merged" else types.get(state, state)
        return DeskTicket(
            id=required_id(row, "id"), standing=self._standing(row, kind, tags), group=self.group(row),
            assignee=owner(row), tags=tags, fields=self.fields(row), identity=self.identity(row),
            severity=self.options.severity(words(row, "priority")), created_at=instant(row, "created_at"),
            updated_at=instant(row, "updated_at"), version=words(row, "updated_at"),
            until=instant(row, "pending_time"), product=self.product(row), channel=words(row, "create_article_type"),
            staff_made=is_staff_made(row), is_merged=kind == "merged", marker=mark(row, MARKER))

    def entry(self, row: Fields) -> Entry:
        """An article. What the system sends by itself is nobody's word."""
        marker = self.marker_of(row)
        return Entry(required_id(row, "id"), self.author_of(row), required_instant(row, "created_at"),
                     row.get("internal") is False, marker)

    def author_of(self, article: Fields) -> Author:
        if self.marker_of(article) or (self.acting_as and identifier(article, "created_by_id") == self.acting_as
                                       and words(article, "sender") != "Customer"):
            return Author.DESKGATE
        return SENDERS.get(words(article, "sender"), Author.UNKNOWN)

    def marker_of(self, article: Fields) -> str:
        """Ours, if it is: customers cannot write as agents, nor into preferences. Notes show it, too, public words do
        not, so that nobody who quotes us is taken for us."""
        if words(article, "sender") == "Customer":
            return ""
        body = article.get("body") if article.get("internal") is True else None
        return mark(article, MARKER) or (marker_in(body[-LONGEST:]) if isinstance(body, str) else "")

    def logged(self, rows: Iterable[Fields]) -> tuple[Logged, ...]:
        """Time accounting. Time logged with an article goes by the article, as webhooks tell it."""
        return tuple(Logged(entry_of_time(row), required_instant(row, "created_at"),
                            self.options.seconds(row.get("time_unit"))) for row in rows)

    def fields(self, row: Fields) -> dict[str, str]:
        return {name: "" if row.get(name) is None else str(row.get(name)) for name in self.mapping.fields.values()}

    def group(self, row: Fields) -> str:
        """The way the settings name it: by number where they do."""
        number = identifier(row, "group_id")
        named = {value for each in self.mapping.groups.values() for value in each.values()}
        return number if number in named else words(row, "group")

    def product(self, row: Fields) -> str:
        value = row.get(self.options.product_field) if self.options.product_field else None
        return " ".join(str(value).split())[:120] if isinstance(value, str | int) else ""

    def identity(self, row: Fields, customer: Fields | None = None, organization: Fields | None = None) -> Identity:
        """Who asks. Without the customer's own record, the login stands for the address, which it mostly is."""
        login = words(row, "customer")
        email = words(customer, "email") if customer else login
        told = organization.get(self.options.external_id_field) if organization else None
        return Identity(
            organization_id=identifier(row, "organization_id"), email=email if "@" in email else "",
            external_id=str(told).strip()[:120] if isinstance(told, str | int) and self.options.external_id_field
            else "")

    def _standing(self, row: Fields, kind: str, tags: frozenset[str]) -> Standing:
        if kind in CLOSED_TYPES or words(row, "state") in self.options.closed_states:
            return Standing.CLOSED
        if not kind.startswith("pending"):
            return Standing.OPEN
        return Standing.HELD if is_held_by_us(row, QUEUED_TAG in tags) else Standing.WAITING


def is_held_by_us(row: Fields, is_tagged: bool = False) -> bool:
    """Whether it is we whom a pending ticket waits for, not an agent who waits for the customer."""
    until, held = instant(row, "pending_time"), mark(row, HELD)
    if HELD in preferences(row):
        return until is not None and held == written(until)
    return is_tagged


def is_opened_by_us(row: Fields) -> bool:
    """Whether the last that happened to a ticket may be that we set its state, to anything but closed."""
    try:
        opened, changed = instant(preferences(row), OPENED), instant(row, "updated_at")
    except TicketError:
        return False
    return opened is not None and changed is not None and abs(changed - opened) <= CLOCKS_DIFFER


def preferences(row: Fields) -> Fields:
    found = row.get("preferences")
    return found if isinstance(found, dict) else {}


def mark(row: Fields, name: str) -> str:
    """One of our marks; what does not look like one is none."""
    value = preferences(row).get(name)
    if not isinstance(value, str) or len(value) > 40:
        return ""
    return value if name != MARKER or MARKED.fullmatch(f"Ref. {value}") else ""


def owner(row: Fields) -> str:
    """The number of who has it; empty for nobody."""
    number = identifier(row, "owner_id")
    return "" if number == SYSTEM else number


def is_staff_made(row: Fields) -> bool:
    """Whether an agent typed it in: not the customer, nor Zammad itself from a mail."""
    creator = identifier(row, "created_by_id")
    by_agent = bool(creator) and creator not in (SYSTEM, identifier(row, "customer_id"))
    return words(row, "create_article_sender") == "Agent" or by_agent


def entry_of_time(row: Fields) -> str:
    """What identifies a time that was logged, the same by webhook and when asked."""
    article = identifier(row, "ticket_article_id")
    return f"a{article}" if article else f"t{required_id(row, 'id')}"


def words(row: Fields, name: str) -> str:
    """A name that somebody may have typed, as one clean line; empty for anything but a text."""
    value: Any = row.get(name)
    return " ".join(value[:LONGEST].split()) if isinstance(value, str) else ""


def required_instant(row: Fields, name: str) -> datetime:
    found = instant(row, name)
    if found is None:
        raise TicketError(f"{name} is missing")
    return found
