"""Which calls of a description make a change, in which order, and what their placeholders stand for. Calls nobody.

Move first, then write: what agents see matters more than what they read. Closing comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from entitlements.helpdesk import Action, Delivery
from entitlements.rules.reasons import Outcome
from integrations.desk.plan import Change
from integrations.desk.ticket import DeskTicket, Standing, marked
from integrations.generic.description import Description, Request, Requests
from integrations.generic.placeholders import FIELDS, TAGS, WORD, WORDS
from integrations.generic.template import Values

PLACES = frozenset({"group", "status", "standing", "until"})


@dataclass(frozen=True)
class Call:
    """One call that is to be made, and what its placeholders stand for."""

    request: Request
    values: Values


@dataclass(frozen=True)
class Wording:
    """How words reach the helpdesk as they are: what its own templates would run is replaced."""

    replacements: Mapping[str, str]

    def __call__(self, words: str) -> str:
        if not self.replacements:
            return words
        found = "|".join(re.escape(each) for each in sorted(self.replacements, key=len, reverse=True))
        return re.sub(found, lambda match: self.replacements[match.group()], words)


def values_of(described: Description, ticket: DeskTicket, change: Change) -> dict[str, Any]:
    """What the placeholders of a change stand for."""
    wording = Wording(described.replacements)
    usual = described.statuses.get(change.standing, change.standing.value) if change.standing else ""
    told: dict[str, Any] = {
        "ticket_id": ticket.id, "version": ticket.version, "marker": change.marker, "group": change.group,
        "status": change.status or usual, "standing": change.standing.value if change.standing else "",
        "until": change.until,
        "tags": None if change.tags is None else sorted(change.tags), "added_tags": change.added(ticket) or None,
        "removed_tags": change.dropped(ticket) or None, "fields": dict(change.fields) or None,
        "note_words": wording(change.note), "message_words": wording(change.message),
        "note": wording(marked(change.note, change.marker)) if change.note else "",
        "message": wording(marked(change.message, change.marker)) if change.message else ""}
    whole = {**told, **(_decided(described, change.delivery, wording) if change.delivery else {})}
    said = {WORD + name: each.words.get(str(whole.get(each.of, "")), each.usual)
            for name, each in described.words.items()}
    return {**whole, **said}


def _decided(described: Description, delivery: Delivery, wording: Wording) -> dict[str, Any]:
    due = {each.kind: each.due_at for each in delivery.promises}
    told: dict[str, Any] = {
        "ticket": delivery.ticket, "delivery": str(delivery.id), "marker": delivery.marker,
        "action": delivery.action.value, "stage": stage_of(delivery), "outcome": delivery.outcome.value,
        "reason": delivery.reason.value, "severity": delivery.severity.value,
        "severity_value": described.severities.get(delivery.severity, ""), "customer": delivery.customer,
        "license": delivery.license, "release_at": delivery.release_at, "decided_at": delivery.decided_at,
        "respond_by": due.get("respond"), "resolve_by": due.get("resolve")}
    if (new := delivery.new_ticket) is not None:
        told |= {"subject": " ".join(wording(new.subject).split()) or "(no subject)",
                 "requester_email": new.requester_email, "description_words": wording(new.description),
                 "description": wording(marked(new.description, delivery.marker))}
    return told


def stage_of(delivery: Delivery) -> str:
    """`queue`, `reject`, `triage` or `route`."""
    if delivery.outcome is Outcome.QUEUE and delivery.action is not Action.RELEASE:
        return "queue"
    if delivery.outcome is Outcome.REJECT:
        return "reject"
    return "triage" if delivery.triage else "route"


def move_of(described: Description, change: Change) -> Requests:
    """The calls that bring a ticket where a change wants it. What only marks a ticket moves nothing."""
    if change.standing is Standing.CLOSED:
        return described.requests.get("close", ())
    if change.delivery is None or change.delivery.advise:
        return ()
    released = change.delivery.action is Action.RELEASE
    return described.move("release" if released and not change.delivery.triage else stage_of(change.delivery))


def calls_for(described: Description, ticket: DeskTicket, change: Change, values: Values) -> Iterator[Call]:
    """The calls that make a change, in their order."""
    move = _needed_move(described, change)
    used = frozenset().union(*(each.uses for each in move))
    closes = change.standing is Standing.CLOSED
    moves = [Call(each, values) for each in move]
    marks = list(_marks(described, ticket, change, values, used))
    words = list(_words(described, change, values, used))
    yield from [*marks, *words, *moves] if closes else [*moves, *marks, *words]


def _needed_move(described: Description, change: Change) -> Requests:
    """The move, if anything that it says is to be different, or if it alone can say what is to be said."""
    move = move_of(described, change)
    used = frozenset().union(*(each.uses for each in move))
    differs = bool(change.standing or change.status or change.group)
    marks = (change.tags is not None and bool(used & TAGS)) or (bool(change.fields) and bool(used & FIELDS))
    says = any(getattr(change, name) and used & WORDS[name] and request not in described.requests
               for name, request in (("note", "note"), ("message", "reply")))
    return move if differs or marks or says else ()


def _marks(described: Description, ticket: DeskTicket, change: Change, values: Values, used: frozenset[str],
           ) -> Iterator[Call]:
    """Tags and fields that the move does not carry."""
    mark = described.requests.get("mark", ())
    marking = frozenset().union(*(each.uses for each in mark))
    tags, fields = change.tags is not None and not used & TAGS, bool(change.fields) and not used & FIELDS
    if (tags and marking & TAGS) or (fields and marking & FIELDS):
        yield from (Call(each, values) for each in mark)
    if tags and not marking & TAGS:
        yield from _tag(described, "tag", change.added(ticket), values)
        yield from _tag(described, "untag", change.dropped(ticket), values)


def _tag(described: Description, name: str, tags: list[str], values: Values) -> Iterator[Call]:
    """Once for each tag, or once for all where the request names them all."""
    for request in described.requests.get(name, ()) if tags else ():
        one_by_one = tags if "tag" in request.uses else [""]
        yield from (Call(request, {**values, "tag": tag}) for tag in one_by_one)


def _words(described: Description, change: Change, values: Values, used: frozenset[str]) -> Iterator[Call]:
    """The note and the reply, where the move does not carry them."""
    for name, request in (("note", "note"), ("message", "reply")):
        if getattr(change, name) and not used & WORDS[name]:
            yield from (Call(each, values) for each in described.requests.get(request, ()))


def to_create(described: Description, delivery: Delivery, change: Change) -> Values:
    """What the placeholders of `create` stand for."""
    whole = replace(change, delivery=delivery, marker=delivery.marker)
    ticket = DeskTicket("", Standing.OPEN)
    return {**values_of(described, ticket, whole), "note": "", "message": "", "note_words": "",
            "message_words": ""}
