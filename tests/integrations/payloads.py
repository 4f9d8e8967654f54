"""Webhooks captured from a real django-helpdesk, what a test changes in them, and the events they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entitlements.helpdesk import Event
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.integrations.parts import a_config, a_webhook

CAPTURED = Path(__file__).parent / "samples" / "django_helpdesk"
GATEWAY = "2"


def captured(name: str) -> dict[str, Any]:
    return json.loads((CAPTURED / f"{name}.json").read_text(encoding="utf-8"))["body"]


def desk(tools: Tools, settings: Mapping[str, str] | None = None, **more: object) -> DjangoHelpdesk:
    return DjangoHelpdesk(a_config("django_helpdesk", settings, **more), tools)


def events_of(tools: Tools, payload: dict[str, Any], settings: Mapping[str, str] | None = None,
              acting_as: str = GATEWAY) -> list[Event]:
    inbound = a_webhook(json.dumps(payload).encode())
    return list(desk(tools, settings, acting_as=acting_as).parse(inbound))


def changed(name: str, **fields: object) -> dict[str, Any]:
    """A captured payload in which the entry it tells of has other fields."""
    payload = captured(name)
    payload["ticket"]["followup_set"][-1].update(fields)
    return payload
