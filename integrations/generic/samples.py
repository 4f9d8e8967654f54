"""The samples of a description, tried whenever it is read: so what is saved understands what it says it does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from entitlements.errors import ConfigError, TicketError
from entitlements.helpdesk import Event, Inbound
from integrations.generic.description import Description, Sample
from integrations.generic.events import events_of
from integrations.generic.near import hint
from integrations.generic.tickets import Known
from integrations.generic.times import written_as

WHEN = datetime(2026, 3, 9, 10, 0, tzinfo=timezone.utc)
IDENTITY = ("organization_id", "external_id", "email", "customer")
TOLD = ("kind", "ticket_id", *IDENTITY, "author", "at", "created_at", "severity", "product", "channel", "public",
        "staff_made", "answered", "assigned", "auto_submitted", "seconds", "entry_id", "marker", "waiting", "closed",
        "incomplete")


def attributes(event: Event) -> Mapping[str, str]:
    """What an event says, attribute by attribute as text; empty where it says nothing."""
    return {name: _text(getattr(event.identity if name in IDENTITY else event, name)) for name in TOLD}


def _text(value: object) -> str:
    if value is None or value is False or value == 0:
        return ""
    if isinstance(value, datetime):
        return str(written_as(value, "iso", ""))
    return "true" if value is True else str(value)


def try_samples(described: Description) -> None:
    """Raises ConfigError for a sample that is not understood, or not as expected."""
    for number, sample in enumerate(described.samples):
        where = f"samples[{number}]"
        try:
            events = events_of(described, Inbound("POST", "/hooks/sample", sample.headers, sample.body, WHEN), Known())
        except TicketError as error:
            raise ConfigError(f"{where} ({sample.name}) is not understood: {error}", field="description") from None
        _compare(where, sample, events)


def _compare(where: str, sample: Sample, events: tuple[Event, ...]) -> None:
    told = [attributes(event) for event in events]
    if sample.expect and len(told) != len(sample.expect):
        kinds = ", ".join(each["kind"] for each in told) or "nothing"
        raise ConfigError(f"{where} ({sample.name}): {len(sample.expect)} expected, and there is {kinds}",
                          field="description")
    for wanted, found in zip(sample.expect, told, strict=False):
        for name, value in wanted.items():
            if name not in found:
                raise ConfigError(f"{where}.expect: there is no {name}{hint(name, found)}", field="description")
            if found[name] != ("" if value == "false" else value):
                raise ConfigError(f"{where} ({sample.name}): {name} should be {value!r}, and is {found[name]!r}",
                                  field="description")
