"""Events as text, to be carried out once more: those that no webhook told have no body that could be read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from entitlements.helpdesk import Author, Event, EventKind, Identity
from entitlements.rules.ticket import Severity


def write_events(events: Sequence[Event]) -> str:
    return json.dumps([asdict(event) for event in events], default=datetime.isoformat)


def read_events(text: str) -> list[Event]:
    """What `write_events` wrote, fields that have been given up since left out."""
    return [_event(fields) for fields in json.loads(text)]


def _event(fields: Mapping[str, Any]) -> Event:
    known = {name: value for name, value in fields.items() if name in Event.__dataclass_fields__}
    severity = known.get("severity")
    return Event(**{**known, "kind": EventKind(known["kind"]), "author": Author(known["author"]),
                    "identity": Identity(**known["identity"]), "at": _instant(known["at"]),
                    "created_at": _instant(known["created_at"]), "severity": severity and Severity(severity)})


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
