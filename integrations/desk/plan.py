"""From a ticket as it stands and what was decided to the change that is to be made, if any. Calls nobody.

People win: a ticket that they closed, took or answered is not moved and nobody is told anything; it is only freed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from entitlements.helpdesk import Action, Delivery
from entitlements.rules.reasons import Outcome
from integrations.desk.mapping import DeskMapping, NoticeBy
from integrations.desk.ticket import DeskTicket, Standing


@dataclass(frozen=True)
class Change:
    """What is to be different about a ticket. Empty and None leave it as it is.

    `tags` are all it is to have; `group` and `status` are as the settings name them; `until` is when a held ticket is
    to wake by itself. `note` and `message` are to be written with the marker as their last line.
    """

    standing: Standing | None = None
    status: str = ""
    until: datetime | None = None
    group: str = ""
    tags: frozenset[str] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    message: str = ""
    marker: str = ""
    delivery: Delivery | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.moves or self.speaks)

    @property
    def moves(self) -> bool:
        """Whether anything besides words is to be different."""
        return bool(self.standing or self.status or self.group or self.fields or self.tags is not None)

    @property
    def speaks(self) -> bool:
        return bool(self.note or self.message)

    def added(self, ticket: DeskTicket) -> list[str]:
        """The tags that the ticket lacks."""
        return sorted((self.tags or ticket.tags) - ticket.tags)

    def dropped(self, ticket: DeskTicket) -> list[str]:
        """The tags that the ticket is to lose."""
        return sorted(ticket.tags - self.tags) if self.tags is not None else []


@dataclass(frozen=True)
class Plan:
    """The change to be made, whether people had acted before us, and one line about it."""

    change: Change = Change()
    overtaken: bool = False
    detail: str = ""


def plan(ticket: DeskTicket, delivery: Delivery, mapping: DeskMapping) -> Plan:
    """What to do about a delivery, given the ticket with its entries."""
    if delivery.advise:
        return Plan(_differing(ticket, _marks(ticket, delivery, mapping)))
    if ticket.is_closed and not ticket.is_closed_by_us:
        return Plan(overtaken=True, detail="closed in the helpdesk meanwhile")
    if _without_default_owner(ticket, mapping).is_taken(delivery.decided_at):
        return _yield(ticket, delivery, mapping)
    if delivery.action is Action.RELEASE and not ticket.is_held and ticket.is_touched:
        return Plan(detail="people had let it go already")
    return Plan(_differing(ticket, _wanted(ticket, delivery, mapping)))


def first(ticket: DeskTicket, delivery: Delivery, mapping: DeskMapping) -> Change:
    """What a ticket that we have just created is to be like."""
    return _differing(ticket, _wanted(ticket, delivery, mapping))


def _without_default_owner(ticket: DeskTicket, mapping: DeskMapping) -> DeskTicket:
    return replace(ticket, assignee="") if ticket.assignee in mapping.default_owners else ticket


def _yield(ticket: DeskTicket, delivery: Delivery, mapping: DeskMapping) -> Plan:
    marks = _marks(ticket, delivery, mapping)
    if delivery.outcome is not Outcome.ROUTE:
        return Plan(overtaken=True, detail="people came first")
    freed = replace(marks, standing=Standing.OPEN) if ticket.is_held else marks
    return Plan(_differing(ticket, replace(freed, note=delivery.note)), overtaken=True, detail="people came first")


def _marks(ticket: DeskTicket, delivery: Delivery, mapping: DeskMapping) -> Change:
    """Tags and fields alone. What we closed stays marked so, as long as it is closed."""
    return Change(tags=mapping.tags(ticket, delivery), fields=mapping.told(delivery), marker=delivery.marker,
                  delivery=delivery)


def _wanted(ticket: DeskTicket, delivery: Delivery, mapping: DeskMapping) -> Change:
    """Everything that the decision asks for, whatever the ticket is like now."""
    says = delivery.message if mapping.tells_by(delivery.reason) is NoticeBy.REPLY else ""
    return replace(
        _marks(ticket, delivery, mapping), standing=_standing(delivery, mapping), status=mapping.status(delivery),
        until=mapping.when_held(delivery), group=mapping.group(delivery), note=delivery.note, message=says)


def _standing(delivery: Delivery, mapping: DeskMapping) -> Standing:
    if delivery.outcome is Outcome.QUEUE and delivery.action is not Action.RELEASE:
        return Standing.HELD
    return Standing.CLOSED if mapping.closes(delivery) else Standing.OPEN


def _differing(ticket: DeskTicket, wanted: Change) -> Change:
    """The part of it that the ticket is not like yet."""
    same_standing = wanted.standing is ticket.standing and (
        wanted.standing is not Standing.HELD or wanted.until is None or wanted.until == ticket.until
        or ticket.until is None)
    return replace(
        wanted, standing=None if same_standing else wanted.standing,
        until=None if same_standing else wanted.until,
        status="" if same_standing else wanted.status,
        group="" if wanted.group == ticket.group else wanted.group,
        tags=None if wanted.tags == ticket.tags else wanted.tags,
        fields={name: value for name, value in wanted.fields.items() if ticket.fields.get(name, "") != value},
        note="" if ticket.has_said(wanted.marker, public=False) else wanted.note,
        message="" if ticket.has_said(wanted.marker, public=True) else wanted.message)
