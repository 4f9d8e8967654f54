"""Reading what a description says about webhooks: how they are proved, and what they tell."""

from __future__ import annotations

import json
from typing import Any

from entitlements.helpdesk import EventKind
from integrations.generic.description import Rule, Sample, Webhook
from integrations.generic.fields import EVENT, Shape
from integrations.generic.section import Section, json_or_table
from integrations.generic.shapes import Words, read_shape
from integrations.generic.signing import HeaderSecret, read_scheme

UNSIGNED = frozenset({"", "static-bearer", "basic"})
IDENTIFYING = ("key", "entry_id", "at")


def read_webhook(section: Section, words: Words, ticket: Shape, entry: Shape) -> Webhook:
    """The webhook section."""
    scheme = read_scheme(section)
    usual = read_shape(section.table("fields"), EVENT, words)
    ticket_at, entry_at = section.expression("ticket"), section.expression("entry")
    rules = []
    for each in section.rows("events"):
        fields = read_shape(each.table("fields"), EVENT, words).over(usual)
        kind = each.text("kind", EventKind.UPDATED.value, choices=tuple(EventKind), required=True)
        rule = Rule(EventKind(kind), each.where, each.expression("when"), each.expression("for_each"),
                    each.expression("ticket") or ticket_at, each.expression("entry") or entry_at, fields)
        _check(rule, each, ticket if rule.ticket else Shape(), entry if rule.entry else Shape())
        each.end()
        rules.append(rule)
    if not rules:
        section.note("events", "is missing: say what which webhook tells, with [[webhook.events]]")
    found = Webhook(
        scheme, _tolerance(section), scheme not in UNSIGNED and not isinstance(scheme, HeaderSecret),
        section.text("content", "json", choices=("json", "form")) == "form", section.expression("ignore"),
        section.text("rescue"), tuple(rules))
    section.end()
    return found


def _tolerance(section: Section) -> float | None:
    seconds = section.whole("tolerance", 300, most=86400)
    return seconds or None


def _check(rule: Rule, section: Section, ticket: Shape, entry: Shape) -> None:
    """What an event cannot do without."""
    if not rule.fields.has("ticket_id") and not ticket.has("id"):
        section.note("fields.ticket_id", "is missing: which ticket is it about?")
    if rule.kind is not EventKind.TIME_LOGGED:
        return
    if not rule.fields.has("seconds") and not entry.has("seconds"):
        section.note("fields.seconds", "is missing: how much time was logged?")
    if not any(rule.fields.has(name) for name in IDENTIFYING) and not entry.has("id"):
        section.note("fields.entry_id", "is missing: by it time that is told twice counts once")


def read_samples(section: Section) -> tuple[Sample, ...]:
    """Webhooks that the description is tried on whenever it is read."""
    return tuple(_sample(each) for each in section.rows("samples"))


def _sample(section: Section) -> Sample:
    payload: Any = json_or_table(section, "payload")
    body = section.text("body")
    if payload is None and not body:
        section.note("payload", "is missing: what the helpdesk sends, as JSON; or body, for what is no JSON")
    expect = []
    for each in section.rows("expect"):
        expect.append({name: _as_text(each.raw(name)) for name in each.values})
    found = Sample(section.text("name", section.where), section.mapping("headers"),
                   body.encode("utf-8", "replace") if body else _written(section, payload), tuple(expect))
    section.end()
    return found


def _written(section: Section, payload: Any) -> bytes:
    try:
        return json.dumps(payload).encode()
    except (TypeError, ValueError, RecursionError):
        section.note("payload", "holds a date; put it between quotes")
        return b"{}"


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
