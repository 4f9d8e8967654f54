"""The wire form of `standard` connections, which the sandbox speaks too: what comes in, and how it is signed.

`{"type": "ticket.created", "timestamp": ..., "data": {"id": ..., ...}}`, signed by Standard Webhooks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone

from entitlements.errors import ConfigError, TicketError
from entitlements.helpdesk import Author, ConnectionConfig, Event, EventKind, Identity, Inbound
from entitlements.rules.ticket import Severity
from integrations.payload import (
    Fields,
    flag,
    identifier,
    instant,
    maybe_flag,
    read_fields,
    required_id,
    seconds,
    section,
    text,
)
from integrations.signatures import sign_standard, standard_key, verify

SCHEME = "standard-webhooks"
PREFIX = "ticket."
MARKER = re.compile(r"dg-[0-9]{1,18}")
AUTHORS = {"customer": Author.CUSTOMER, "agent": Author.AGENT, "staff": Author.AGENT, "deskgate": Author.DESKGATE,
           "system": Author.DESKGATE}
SPOKEN_BY_CUSTOMERS = frozenset({EventKind.CREATED, EventKind.REPLIED})


def require_usable_secrets(config: ConnectionConfig) -> None:
    """Raises ConfigError unless there is a secret, and each is what Standard Webhooks calls one."""
    if not any(config.secrets):
        raise ConfigError("a connection of this kind needs a secret (whsec_...)", field="secrets")
    for secret in filter(None, config.secrets):
        try:
            standard_key(secret)
        except ValueError:
            raise ConfigError("the secret must be base64, usually after whsec_", field="secrets") from None


def verify_inbound(config: ConnectionConfig, inbound: Inbound, now: datetime) -> None:
    """Raises VerificationError unless the webhook is signed with one of the connection's secrets."""
    verify(SCHEME, config.secrets, inbound.headers, inbound.body, now)


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The events of one webhook: what its type says, and time logged with it. Raises TicketError."""
    fields = read_fields(inbound.body)
    kind, data = _kind(fields), section(fields, "data")
    key = _webhook_id(inbound)
    event = _event(kind, fields, data, key)
    spent = seconds(data, "time_spent_seconds")
    if kind is EventKind.TIME_LOGGED and spent is None:
        raise TicketError("time_spent_seconds is missing")
    if spent is None:
        return (event,)
    logged = replace(event, kind=EventKind.TIME_LOGGED, seconds=spent, entry_id=identifier(data, "entry_id") or key)
    return (logged,) if kind is EventKind.TIME_LOGGED else (event, replace(logged, waiting=None))


def _kind(fields: Fields) -> EventKind:
    told = text(fields, "type")
    name = told.removeprefix(PREFIX)
    if not told.startswith(PREFIX) or name not in set(EventKind):
        known = ", ".join(PREFIX + kind for kind in EventKind)
        raise TicketError(f"type must be one of {known}, not {told[:40]!r}")
    return EventKind(name)


def _webhook_id(inbound: Inbound) -> str:
    found = next((value for name, value in inbound.headers.items() if name.lower() == "webhook-id"), "")
    if not found or len(found) > 200:
        raise TicketError("the header webhook-id is missing or too long")
    return found


def _event(kind: EventKind, fields: Fields, data: Fields, key: str) -> Event:
    author = _author(kind, data)
    at, told = instant(fields, "timestamp"), instant(data, "created_at")
    created_at = told or (at if kind is EventKind.CREATED else None)
    public = kind is EventKind.REPLIED and flag(data, "public", default=True)
    return Event(
        kind=kind, key=key, key_is_signed=True, ticket_id=required_id(data, "id"), identity=_identity(data),
        author=author, at=at, created_at=created_at,
        created_at_source="data.created_at" if told else "timestamp" if created_at else "",
        severity=_severity(data), product=text(data, "product"), channel=text(data, "channel"), public=public,
        staff_made=kind is EventKind.CREATED and author is Author.AGENT,
        answered=flag(data, "answered") or (public and author is Author.AGENT), assigned=flag(data, "assigned"),
        auto_submitted=flag(data, "auto_submitted"), waiting=maybe_flag(data, "waiting"), marker=_marker(data))


def _marker(data: Fields) -> str:
    """The marker of ours that comes back with a ticket that we asked for; anything else is not ours to judge."""
    told = data.get("marker")
    return told if isinstance(told, str) and MARKER.fullmatch(told) else ""


def _author(kind: EventKind, data: Fields) -> Author:
    told = text(data, "author").lower()
    if not told:
        return Author.CUSTOMER if kind in SPOKEN_BY_CUSTOMERS else Author.UNKNOWN
    return AUTHORS.get(told, Author.UNKNOWN)


def _identity(data: Fields) -> Identity:
    return Identity(organization_id=identifier(data, "organization_id"), external_id=identifier(data, "external_id"),
                    email=text(data, "requester_email"), customer=text(data, "customer"))


def _severity(data: Fields) -> Severity | None:
    told = text(data, "severity")
    if not told:
        return None
    if told not in set(Severity):
        raise TicketError(f"severity must be one of {', '.join(Severity)}, not {told[:40]!r}")
    return Severity(told)


def written(at: datetime | None) -> str | None:
    """An aware instant as JSON has it: UTC, to the second."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def message(type_: str, at: datetime, data: Mapping[str, object]) -> bytes:
    """The body of a webhook in this wire form."""
    return json.dumps({"type": PREFIX + type_, "timestamp": written(at), "data": data}).encode()


def signed_headers(config: ConnectionConfig, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers to send a body with: signed with every secret, so that a rotation breaks nothing."""
    return {"Content-Type": "application/json", **sign_standard(config.secrets, message_id, at, body)}
