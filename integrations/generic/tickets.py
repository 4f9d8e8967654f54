"""Tickets and what is written below them, read from what a description says about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Identity
from integrations.desk.ticket import EARLIEST, DeskTicket, Entry, Logged, marker_in
from integrations.generic.description import Description
from integrations.generic.expression import Context, within
from integrations.generic.fields import Shape

MARKER = re.compile(r"dg-[0-9]{1,18}")


@dataclass(frozen=True)
class SeenTicket(DeskTicket):
    """A ticket with the account of who asks, by which their entries are told from those of agents."""

    requester_id: str = ""


@dataclass(frozen=True)
class Known:
    """What is known besides the description: the id of our own account, that of who asks where entries are read, and
    how settings name groups, by the id that tickets tell."""

    acting_as: str = ""
    asks: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    default_owners: frozenset[str] = frozenset()


def read_ticket(described: Description, context: Context, known: Known, ticket_id: str = "") -> SeenTicket:
    """The ticket that is described in what was said. Raises TicketError."""
    shape = described.ticket
    found_id = shape.read("id", context, ticket_id)
    standing = shape.read("standing", context)
    if not found_id:
        raise TicketError(f"{shape.fields['id'].where if shape.has('id') else 'ticket.id'}: there is no id")
    if standing is None and shape.has("standing"):
        spot = shape.fields["standing"]
        raise TicketError(f"{spot.where}: {str(spot.found(context))[:40]!r} is none of the words in statuses; add it, "
                          "or give a default")
    group = shape.read("group", context, "")
    requester_id = shape.read("requester_id", context, "")
    return SeenTicket(
        id=found_id, requester_id=requester_id, standing=standing, group=known.groups.get(group, group),
        assignee=shape.read("assignee", context, ""), tags=shape.read("tags", context, frozenset()),
        fields=shape.read("fields", context, {}), identity=identity_of(shape, context),
        severity=shape.read("severity", context), created_at=shape.read("created_at", context),
        updated_at=shape.read("updated_at", context), version=shape.read("version", context, ""),
        until=shape.read("until", context), product=shape.read("product", context, ""),
        channel=shape.read("channel", context, ""), staff_made=bool(shape.read("staff_made", context)),
        auto_submitted=bool(shape.read("auto_submitted", context)), is_merged=bool(shape.read("merged", context)),
        marker=_marker(shape, context, known),
        entries=entries_of(described, shape.read("entries", context, []), context, replace(known, asks=requester_id)),
        logged=logged_of(described, shape.read("logged", context, []), context))


def _marker(shape: Shape, context: Context, known: Known) -> str:
    """Our marker, unless it is told who opened the ticket and it was not us: a customer may have copied one."""
    theirs = known.acting_as and shape.has("opened_by") and shape.read("opened_by", context) != known.acting_as
    return "" if theirs else marker_of(shape.read("marker", context, ""))


def identity_of(shape: Shape, context: Context) -> Identity:
    return Identity(organization_id=shape.read("organization_id", context, ""),
                    external_id=shape.read("external_id", context, ""), email=shape.read("email", context, ""),
                    customer=shape.read("customer", context, ""))


def entries_of(described: Description, found: list[Any], context: Context, known: Known) -> tuple[Entry, ...]:
    """Oldest first."""
    entries = (read_entry(described, within(each, context), known) for each in found)
    return tuple(sorted(entries, key=lambda entry: entry.at))


def logged_of(described: Description, found: list[Any], context: Context) -> tuple[Logged, ...]:
    """Time that was logged, without what says none."""
    logged = (read_logged(described.logged, within(each, context)) for each in found)
    return tuple(each for each in logged if each.seconds)


def read_entry(described: Description, context: Context, known: Known) -> Entry:
    """Ours by the account that wrote it, or by its marker, which customers can only quote."""
    shape = described.entry
    author_id = shape.read("author_id", context, "")
    author = shape.read("author", context) or _by_account(author_id, known)
    marker = marker_of(shape.read("marker", context, "") or shape.read("text", context, ""))
    if author is Author.CUSTOMER:
        marker = ""
    ours = bool(marker) or (bool(known.acting_as) and author_id == known.acting_as)
    return Entry(shape.read("id", context, ""), Author.DESKGATE if ours else author,
                 shape.read("at", context, EARLIEST), bool(shape.read("public", context)), marker)


def _by_account(author_id: str, known: Known) -> Author:
    """Where accounts alone are told: who asks is the customer, and everybody else an agent."""
    if not known.asks or not author_id:
        return Author.UNKNOWN
    return Author.CUSTOMER if author_id == known.asks else Author.AGENT


def read_logged(shape: Shape, context: Context) -> Logged:
    return Logged(shape.read("id", context, ""), shape.read("at", context, EARLIEST),
                  shape.read("seconds", context, 0))


def marker_of(words: str) -> str:
    """Our marker, told alone or as the last line of a text."""
    told = words.strip()
    return told if MARKER.fullmatch(told) else marker_in(words)
