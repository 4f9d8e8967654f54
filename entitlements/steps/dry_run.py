"""A webhook that somebody pasted, read as a connection would read it. Nothing is kept, and nobody is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from entitlements.errors import ConfigError, TicketError
from entitlements.helpdesk import ConnectionConfig, Event, Finding, Inbound
from entitlements.kinds import DryRunnable
from entitlements.steps.context import Deskgate


def try_webhook(config: ConnectionConfig, body: bytes, headers: Mapping[str, str], deskgate: Deskgate,
                ) -> Sequence[Finding]:
    """What it says, line by line, and where the kind can tell, what each decision would send. Raises ConfigError for a
    connection that cannot work."""
    helpdesk = deskgate.helpdesk(config)
    inbound = Inbound("POST", f"/hooks/{config.name}", headers, body, deskgate.clock.now())
    if hasattr(helpdesk, "dry_run"):
        return cast(DryRunnable, helpdesk).dry_run(inbound)
    try:
        events = helpdesk.parse(inbound)
    except TicketError as error:
        return [Finding("payload", False, str(error))]
    return [_finding(event) for event in events] or [Finding("payload", True, "tells of nothing that matters here")]


def _finding(event: Event) -> Finding:
    told = {name: value for name, value in event.__dict__.items()
            if value not in (None, "", False, 0) and name != "kind"}
    return Finding(f"event {event.kind}", True, ", ".join(f"{name}={value}" for name, value in told.items()))


def headers_of(lines: Sequence[str]) -> Mapping[str, str]:
    """Headers typed as `Name: value`. Raises ConfigError."""
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ConfigError(f"{line[:40]!r} is not NAME: VALUE", field="header")
        found[name.strip()] = value.strip()
    return found


def body_of(text: str) -> tuple[bytes, Mapping[str, str]]:
    """The body of a pasted webhook and its headers, which may be told together as `{"headers": ..., "body": ...}`."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text.encode("utf-8", "replace"), {}
    if isinstance(told, dict) and set(told) == {"headers", "body"} and isinstance(told["headers"], dict):
        return json.dumps(told["body"]).encode(), {str(name): str(value) for name, value in told["headers"].items()}
    return text.encode("utf-8", "replace"), {}
