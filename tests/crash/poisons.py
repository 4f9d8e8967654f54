"""Twenty kinds of webhooks that are authentic and that nobody can do anything with, and what must become of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from integrations.signatures import sign_standard
from tests.crash.furnished import email_of
from tests.crash.poisoned import ADAPTER_FAILS, CUSTOMER

REFUSED_FROM = 9_000_000
"""The helpdesk refuses every change of tickets from this number on."""
TRIAGED_FROM = 7_000_000
STANDARD_SECRET = "whsec_" + "c3R1dmVuaG9ja2Vyc3R1dmVuaG9ja2Vy"


class Fate(Enum):
    """What must become of a poison."""

    PARKED = "its event is parked"
    TOO_LARGE = "it is refused with 413"
    TRIAGE = "its ticket is routed to triage"
    WAITS = "its delivery fails and waits for a later try"
    DELIVERY_PARKED = "its delivery is parked"
    DEAD = "its delivery is given up"


@dataclass(frozen=True)
class Poison:
    """One poisonous webhook. `hook` is the connection it is sent to; `ticket` is opened at the helpdesk before."""

    kind: str
    fate: Fate
    body: bytes = field(repr=False)
    hook: str = "desk"
    headers: dict[str, str] = field(default_factory=dict)
    ticket: dict[str, Any] | None = None


def _ticket(number: int, **fields: Any) -> dict[str, Any]:
    date = datetime.now(timezone.utc).isoformat()
    entry = {"id": number, "ticket": number, "user": None, "title": "Ticket Opened Via Web", "comment": "It burns.",
             "public": True, "new_status": None, "time_spent": None, "date": date, "message_id": None}
    return {"id": number, "queue": 1, "title": "Printer on fire", "description": "It burns.", "status": 1,
            "submitter_email": email_of(number), "assigned_to": None, "on_hold": False, "priority": 3,
            "merged_to": None, "followup_set": [entry], **fields}


def _said(number: int, **fields: Any) -> bytes:
    return json.dumps({"ticket": _ticket(number, **fields)}).encode()


def _with(number: int, name: str, raw: bytes, value: bytes = b"3") -> bytes:
    """A webhook with something in place of a value that no serializer would write."""
    plain = b'"%s": %s' % (name.encode(), value)
    said = _said(number)
    assert plain in said
    return said.replace(plain, b'"%s": %s' % (name.encode(), raw))


def _standard(number: int) -> Poison:
    body = json.dumps({"type": "ticket.exploded", "timestamp": "2026-03-09T09:00:00Z", "data": {"id": str(number)}})
    signed = sign_standard(STANDARD_SECRET, f"msg_{number}", datetime.now(timezone.utc), body.encode())
    return Poison("unknown type", Fate.PARKED, body.encode(), "signed", signed)


def _asks_a_faulty_rule(number: int) -> Poison:
    number += TRIAGED_FROM
    email = f"u{number}@{CUSTOMER}.example"
    return Poison("rule raises", Fate.TRIAGE, _said(number, submitter_email=email),
                  ticket={"number": number, "email": email})


def _opened(kind: str, fate: Fate, first: int) -> Callable[[int], Poison]:
    """A good webhook about a ticket that something goes wrong with later."""
    return lambda number: Poison(kind, fate, _said(first + number),
                                 ticket={"number": first + number, "email": email_of(first + number)})


def _parked(kind: str, body: Callable[[int], bytes]) -> Callable[[int], Poison]:
    return lambda number: Poison(kind, Fate.PARKED, body(number))


BAD_DATE = {"id": 1, "user": None, "comment": "", "date": "2026-02-30T25:61:00Z", "public": True}

KINDS: tuple[Callable[[int], Poison], ...] = (
    _parked("nested 10,000 deep", lambda number: b'{"n": %d, "t": ' % number + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    _parked("not a number", lambda number: _with(number, "priority", b"NaN")),
    _parked("a text of 900 KB for an id", lambda number: _said(number, id=f"{number}" + "9" * 900_000)),
    lambda number: Poison("10 MB", Fate.TOO_LARGE, _said(number, description="x" * 10_000_000)),
    _parked("bytes that are not UTF-8", lambda number: _said(number).replace(b"Printer", b"Pr\xff\xfenter")),
    _parked("half of a surrogate pair", lambda number: _said(number).replace(b"Printer", b"Pr\\ud800nter")),
    _parked("no ticket in it", lambda number: json.dumps({"queue_slug": "inbox", "n": number}).encode()),
    _parked("a list for a ticket", lambda number: json.dumps({"ticket": [number]}).encode()),
    _parked("a name twice", lambda number: _with(number, "priority", b'3, "id": %d' % (number + 1))),
    _parked("a number of 5,000 digits", lambda number: _with(number, "priority", b"7" * 5_000)),
    _parked("a null byte in an address", lambda number: _said(number, submitter_email=f"u{number}\0@always0.example")),
    _standard,
    lambda number: Poison("an id of 25 digits", Fate.DEAD, _said(number, id=str(10**24 + number))),
    _asks_a_faulty_rule,
    _opened("adapter raises", Fate.WAITS, ADAPTER_FAILS.start),
    _opened("helpdesk answers 422", Fate.DELIVERY_PARKED, REFUSED_FROM),
    _parked("an entry that is not there", lambda number: json.dumps(
        {"ticket": _ticket(number), "followup_id": number + 1}).encode()),
    _parked("a date that is none", lambda number: _said(number, followup_set=[BAD_DATE])),
    _parked("cut off", lambda number: _said(number)[:-40]),
    _parked("nothing but spaces", lambda number: b" " * (number % 1000)),
)


def poison(number: int) -> Poison:
    """The numbered one; the kinds come in turn. It speaks of no ticket of the good ones."""
    return KINDS[number % len(KINDS)](500_000 + number)
