"""Whatever an authentic sender puts into a payload, an adapter reads it or says what is wrong, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entitlements.errors import TicketError
from entitlements.helpdesk import Event
from integrations import build
from integrations.http import HttpClient
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import ListInbox, a_config, a_webhook

CAPTURED = [json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((Path(__file__).parent / "captured").glob("*.json"))]
TOLD = {"type": "ticket.created", "timestamp": "2026-03-09T10:00:00Z", "data": {
    "id": "4711", "customer": "acme", "requester_email": "it@acme.example", "organization_id": 12, "external_id": "x",
    "severity": "high", "product": "vpn", "channel": "email", "created_at": "2026-03-09T09:59:00Z", "author": "agent",
    "time_spent_seconds": 60, "entry_id": "e-1", "public": True, "assigned": False}}
PAYLOADS = {"django_helpdesk": CAPTURED, "standard": [TOLD], "sandbox": [TOLD]}
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
                st.text(max_size=20), st.lists(st.integers(), max_size=2),
                st.dictionaries(st.text(max_size=3), st.none()),
                st.sampled_from(["\x00", "9" * 400, 2**70, -1, "-1 99:99:99", "9999-12-31T23:59:59-23:59", ""]))


def spots(value: Any, path: tuple = ()) -> list[tuple]:
    """The way to every value inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in inside for found in [(*path, key), *spots(each, (*path, key))]]


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(data=st.data())
def test_one_odd_value_anywhere_is_read_or_named(kind: str, data: st.DataObject) -> None:
    clock = FakeClock("2026-03-09 10:00")
    adapter = build(a_config(kind), Tools(HttpClient(allow_loopback=False, clock=clock), clock, ListInbox()))
    payload = copy.deepcopy(data.draw(st.sampled_from(PAYLOADS[kind])))
    *way, last = data.draw(st.sampled_from(spots(payload)))
    place = payload
    for key in way:
        place = place[key]
    place[last] = data.draw(ODD)
    try:
        events = adapter.parse(a_webhook(json.dumps(payload).encode(), {"webhook-id": "msg_1"}))
    except TicketError as error:
        assert str(error)  # noqa: PT017  either way is right
    else:
        assert events
        assert all(isinstance(event, Event) and event.ticket_id and event.key for event in events)
