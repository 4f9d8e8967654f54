"""A dry run: what a pasted webhook says by a description, field by field, and what each decision would send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import Action, Delivery, Event, EventKind, Finding, Inbound, NewTicket
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import DeskMapping, Stage
from integrations.desk.plan import Change, first
from integrations.desk.ticket import DeskTicket, Standing
from integrations.generic.carrying import Call, calls_for, to_create, values_of
from integrations.generic.client import Client
from integrations.generic.description import Description, Request
from integrations.generic.events import events_of, payload_of
from integrations.generic.expression import Context, context_of, is_something, within
from integrations.generic.fields import Shape
from integrations.generic.samples import IDENTITY, attributes
from integrations.generic.template import LookedUp, Values
from integrations.generic.tickets import Known
from integrations.origin import Content, joined

ACTS = ((Action.CREATE, Outcome.ROUTE, Reason.WITHIN_HOURS, ""), (Action.ROUTE, Outcome.ROUTE, Reason.WITHIN_HOURS, ""),
        (Action.QUEUE, Outcome.QUEUE, Reason.OUTSIDE_HOURS, "We open at nine."),
        (Action.RELEASE, Outcome.ROUTE, Reason.WITHIN_HOURS, ""),
        (Action.REJECT, Outcome.REJECT, Reason.LICENSE_EXPIRED, "Your license has expired."))
SHORT = 80


def dry_run(described: Description, client: Client, mapping: DeskMapping, inbound: Inbound, known: Known,
            ) -> Sequence[Finding]:
    """One line for each field and each call. Calls nobody and raises nothing."""
    try:
        events = events_of(described, inbound, known)
    except TicketError as error:
        return [Finding("payload", False, str(error)), *_fields(described, inbound)]
    if not events:
        return [Finding("payload", True, "is ignored, as webhook.ignore says")]
    found = [Finding("key", True, f"{events[0].key}, {'signed' if events[0].key_is_signed else 'not signed'}")]
    for event in events:
        found.extend(_event(event, described))
    found.extend(_fields(described, inbound))
    return [*found, *sent(described, client, mapping, events[0], inbound.received_at)]


def _event(event: Event, described: Description) -> Iterator[Finding]:
    told = {name: value for name, value in attributes(event).items() if value and name != "kind"}
    yield Finding(f"event {event.kind}", True, ", ".join(f"{name}={value[:SHORT]}" for name, value in told.items()))
    if not any(told.get(name) for name in IDENTITY) and event.kind is EventKind.CREATED:
        reads = described.reads
        yield Finding("who asks", reads, "is not told here; the ticket is read for it" if reads else
                      f"is told by none of {', '.join(IDENTITY)}: the ticket goes to triage")
    if event.kind is not EventKind.CREATED and event.at is None:
        yield Finding("at", True, "is not told: what comes late or twice counts as if it happened when it came")


def _fields(described: Description, inbound: Inbound) -> Iterator[Finding]:
    """Each field of each rule that fits: what its path leads to."""
    webhook = described.webhook
    if webhook is None:
        return
    try:
        context = context_of(payload_of(webhook, inbound), inbound.headers)
    except TicketError:
        return
    for rule in webhook.rules:
        try:
            if rule.for_each is not None or (rule.when is not None and not rule.when.holds(context)):
                continue
            yield from _shape(rule.fields, context)
            for path, shape in ((rule.ticket, described.ticket), (rule.entry, described.entry)):
                found = path.find(context) if path else None
                yield from _shape(shape, within(found, context)) if isinstance(found, dict) else ()
        except TicketError:
            continue


def _shape(shape: Shape, context: Context) -> Iterator[Finding]:
    for spot in shape.fields.values():
        path = spot.path.text if spot.path else "the default"
        try:
            came, value = spot.found(context), spot.value(context)
        except TicketError as error:
            yield Finding(spot.where, False, str(error))
            continue
        if value in (None, "", frozenset(), [], {}):
            empty = not is_something(came)
            yield Finding(spot.where, empty, f"nothing: {path} leads to nothing" if empty else
                          f"nothing: {str(came)[:SHORT]!r} at {path} has no meaning here; add it to map")
        else:
            yield Finding(spot.where, True, f"{_shown(value)} from {path}")


def _shown(value: object) -> str:
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(map(str, value)))[:SHORT]
    return value.isoformat() if isinstance(value, datetime) else str(value)[:SHORT]


# --- What would be sent ----------------------------------------------------------------------------------------------


def sent(described: Description, client: Client, mapping: DeskMapping, event: Event, now: datetime,
         ) -> Iterator[Finding]:
    """The calls of each decision about the ticket of an event."""
    for action, outcome, reason, message in ACTS:
        delivery = _delivery(event, action, outcome, reason, now)
        note = "The verdict, and a link to the receipt." if message else ""
        change, ticket = _change(described, delivery, mapping, message, note)
        try:
            calls = _calls(described, delivery, ticket, change)
            lines = [line for call in calls if (line := _line(client, call))]
        except DeliveryError as error:
            yield Finding(action.value, False, str(error))
            continue
        for line in lines:
            yield Finding(action.value, True, line)
        if not lines:
            yield Finding(action.value, False, f"nothing would be sent: there is no request {action.value}")


def _change(described: Description, delivery: Delivery, mapping: DeskMapping, message: str, note: str,
            ) -> tuple[Change, DeskTicket]:
    standing = Standing.HELD if delivery.action is Action.RELEASE else Standing.OPEN
    ticket = DeskTicket(delivery.ticket_id, standing if described.reads else Standing.WAITING, version="1")
    change = first(ticket, delivery, mapping)
    if mapping.stage(delivery) is Stage.ROUTE and not change.moves:
        change = Change(standing=Standing.OPEN, delivery=delivery, marker=delivery.marker)
    return Change(**{**change.__dict__, "note": note, "message": message}), ticket


def _calls(described: Description, delivery: Delivery, ticket: DeskTicket, change: Change) -> list[Call]:
    if delivery.action is Action.CREATE:
        values = {**to_create(described, delivery, change), **_looked_up(described, change.group)}
        return [Call(each, {**values, "ticket_id": "NEW"}) for each in described.requests.get("create", ())]
    values = {**values_of(described, ticket, change), **_looked_up(described, change.group)}
    return list(calls_for(described, ticket, change, values))


def _looked_up(described: Description, group: str) -> Values:
    return {"group": LookedUp(f"the id of {group}")} if group and described.one("groups") else {}


def _delivery(event: Event, action: Action, outcome: Outcome, reason: Reason, now: datetime) -> Delivery:
    new = NewTicket("Printer on fire", "It burns.", event.identity.email or "it@acme.example")
    return Delivery(
        id=17, action=action, ticket="3", ticket_id="" if action is Action.CREATE else event.ticket_id,
        marker="dg-17", outcome=outcome, reason=reason, severity=event.severity or Severity.NORMAL, decided_at=now,
        release_at=now + timedelta(hours=16) if outcome is Outcome.QUEUE else None, customer="Acme",
        license="Business hours", new_ticket=new if action is Action.CREATE else None)


def _line(client: Client, call: Call) -> str:
    """A call as it would be made, without what signs us in; empty for none."""
    prepared = client.prepared(call.request, call.values)
    if prepared is None:
        return ""
    path, content = prepared
    return " ".join(filter(None, (_head(call.request, joined(path), content), _body(content))))


def _head(request: Request, path: str, content: Content) -> str:
    query = "&".join(f"{name}={value}" for name, value in content.get("params", {}).items())
    headers = "".join(f" [{name}: {value}]" for name, value in content.get("headers", {}).items())
    return f"{request.method} {path}{'?' if query else ''}{query}{headers}"


def _body(content: Content) -> str:
    if "body" in content:
        return content["body"].decode("utf-8", "replace")
    return json.dumps(content["json"], ensure_ascii=False) if "json" in content else ""
