"""What holds whatever a stranger sends, in a form that can be asked again and again: by tests and by long runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Event, Helpdesk
from integrations import HELPDESKS, build
from integrations.http import HttpClient
from integrations.signatures import SCHEMES, verify
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.mutations import HEADER_TEXTS
from tests.integrations.parts import DECIDED_AT, REQUIRED, ListInbox, a_config, a_webhook

LONGEST_ERROR = 1000  # it is shown on a page
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "signatures.json").read_text(encoding="utf-8"))


# --- What an adapter makes of a payload ------------------------------------------------------------------------------


@cache
def adapter_of(kind: str) -> Helpdesk:
    """An adapter of this kind, set up with no more than it must have."""
    clock = FakeClock("2026-03-09 10:00")
    required = {each.name: each.example for each in HELPDESKS[kind].about.settings  # type: ignore[attr-defined]
                if each.is_required}
    tools = Tools(HttpClient(allow_loopback=False, clock=clock), clock, ListInbox())
    return build(a_config(kind, {**required, **REQUIRED.get(kind, {})}), tools)


def is_read_or_named(kind: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
    """The adapter reads a webhook, or says in a TicketError what is wrong with it; nothing else comes out, and whatever
    it reads can be kept. Whoever sent it is not let in without proof."""
    inbound, adapter = a_webhook(body, headers), adapter_of(kind)
    try:
        adapter.verify(inbound, DECIDED_AT)
    except VerificationError as error:
        assert str(error)  # noqa: PT017
    try:
        events = adapter.parse(inbound)
    except TicketError as error:
        assert 0 < len(str(error)) < LONGEST_ERROR  # noqa: PT017
        str(error).encode()
        return ()
    for event in events:
        assert isinstance(event, Event)
        assert_can_be_kept(event)
    return events


def assert_can_be_kept(event: Event) -> None:
    """No database refuses it, and no two readers understand it differently."""
    identity = event.identity
    assert event.key and event.ticket_id
    for text in (event.key, event.ticket_id, event.entry_id, event.marker, event.product, event.channel,
                 event.created_at_source, identity.organization_id, identity.external_id, identity.email,
                 identity.customer):
        assert isinstance(text, str) and "\x00" not in text and len(text.encode()) < 5000, repr(text)[:100]
    for at in (event.at, event.created_at):
        assert at is None or at.utcoffset() == timezone.utc.utcoffset(None), at
    assert isinstance(event.seconds, int) and abs(event.seconds) < 2**31, event.seconds
    for flag in (event.public, event.staff_made, event.answered, event.assigned, event.auto_submitted, event.closed):
        assert flag is True or flag is False
    assert event.waiting in (None, True, False)


# --- What a signature is worth ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signed:
    """One webhook of the vectors, or what became of it."""

    scheme: str
    secret: str
    headers: Mapping[str, str]
    body: bytes
    now: datetime | None
    tolerance: float | None
    method: str
    url: str | None

    def verify(self, secret: str | Sequence[str] | None = None) -> None:
        verify(self.scheme, self.secret if secret is None else secret, self.headers, self.body, self.now,
               tolerance=self.tolerance, method=self.method, url=self.url)


def signed(vector: Mapping) -> Signed:
    """A case of the vectors."""
    body = base64.b64decode(vector["body_b64"]) if vector["body"] is None else vector["body"].encode()
    now = None if vector["now"] is None else datetime.fromtimestamp(vector["now"], timezone.utc)
    return Signed(vector["scheme"], vector["secret"], vector["headers"], body, now, vector["tolerance_s"],
                  vector.get("method") or "POST", vector.get("url"))


GENUINE = tuple(signed(vector) for vector in VECTORS if vector["valid"])
TOKENS = frozenset({"static-bearer", "basic"})  # which sign nothing
STAMPED = frozenset({"standard-webhooks", "zendesk", "chatwoot", "hubspot-v3"})  # which sign headers besides the body


@st.composite
def tampered(draw: st.DrawFn) -> Signed:
    """A genuine webhook in which one thing was changed that its signature covers, or its proof is."""
    case = draw(st.sampled_from(GENUINE))
    part = draw(st.sampled_from(["body", "secret", "proof", "stamp"]))
    if part == "body" and case.scheme not in TOKENS:
        return _with(case, body=draw(changed_bytes(case.body)))
    if part == "secret":
        return _with(case, secret=draw(ODD_SECRETS.filter(lambda secret: not same_secret(secret, case))))
    names = [name for name in case.headers if part_of(name) == part and (part == "proof" or case.scheme in STAMPED)]
    if not names:
        return _with(case, headers={})
    name = draw(st.sampled_from(sorted(names)))
    return _with(case, headers=_without(case.headers, name) | draw(changed_header(name, case.headers[name])))


def part_of(header: str) -> str:
    """What a header is to a signature: the proof itself, a stamp that is signed too, or nothing."""
    name = header.lower()
    if name == "webhook-id" or name.endswith("timestamp"):
        return "stamp"
    is_proof = name == "authorization" or ("signature" in name and not name.endswith("version"))
    return "proof" if is_proof else ""


def _with(case: Signed, **changed: object) -> Signed:
    return Signed(**{**vars(case), **changed})  # type: ignore[arg-type]


def _without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


@st.composite
def changed_bytes(draw: st.DrawFn, body: bytes) -> bytes:
    at = draw(st.integers(0, len(body)))
    return draw(st.one_of(
        st.binary(min_size=1, max_size=3).map(lambda more: body[:at] + more + body[at:]),
        st.just(body[:at] + body[at + 1:]), st.just(body + b"\n"), st.just(b""), st.binary(max_size=40),
    ).filter(lambda found: found != body))


ODD_VALUES = st.one_of(HEADER_TEXTS, st.text(max_size=20), st.sampled_from([
    "Bearer ", "Basic ===", "Basic \ud800", "v1,", "v1", "nan", "inf", "1e9", "-1", "9" * 15, "9" * 5000, "\ud800",
    "\u0661\u0662", "2021-13-45T99:99:99Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-03-09",
    "sha256=", "sha1=" + "0" * 40, "v1," * 2000, "\x00", "1772443800.5", "17724438_00", " 1772443800 "]))


@st.composite
def changed_header(draw: st.DrawFn, name: str, value: str) -> dict[str, str]:
    """The header gone, with anything else in it, or with a digit or letter of it changed for another."""
    places = [place for place, character in enumerate(value) if character.isalnum() and not is_loose(value, place)]
    way = draw(st.integers(0, 5))
    if not places or way == 0:
        return {}
    if way == 1:
        return {name: draw(ODD_VALUES)}
    at = draw(st.sampled_from(places))
    other = draw(st.sampled_from([each for each in "0123456789abcdefXYZ" if each.lower() != value[at].lower()]))
    return {name: value[:at] + other + value[at + 1:]}


def is_loose(value: str, place: int) -> bool:
    """The last letter before the padding of base64 has bits that mean nothing, and one of several signatures may be
    wrong: those are not what a change must be noticed in."""
    return " v1," in value or value[place + 1:place + 2] == "=" or (
        value.lower().startswith(("bearer ", "basic ")) and place < value.index(" "))


ODD_SECRETS = st.one_of(st.text(max_size=30), st.sampled_from(
    ["whsec_", "whsec_====", "whsec_!", "\ud800", " ", "\x00"]))


def same_secret(secret: str, case: Signed) -> bool:
    """HMAC fills a short key up with zeros, and base64 may be spelled in several ways."""
    return (secret.rstrip("\x00=").removeprefix("whsec_") == case.secret.rstrip("\x00=").removeprefix("whsec_"))


@st.composite
def nonsense(draw: st.DrawFn) -> Signed:
    """Headers of all senders with anything in them."""
    return Signed(draw(st.sampled_from([*SCHEMES, "", "x", "__class__"])), draw(ODD_SECRETS),
                  draw(st.dictionaries(st.sampled_from(HEADER_NAMES), ODD_VALUES)), draw(st.binary(max_size=60)),
                  draw(st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(timezone.utc)))),
                  draw(st.sampled_from([None, 0, 300, float("inf"), float("nan")])), draw(st.text(max_size=5)),
                  draw(st.one_of(st.none(), st.text(max_size=20))))


HEADER_NAMES = sorted({name for vector in VECTORS for name in (*vector["headers"], *map(str.upper, vector["headers"]))})


def is_refused(case: Signed) -> None:
    """It ends in VerificationError and nothing else, which names neither the secret nor what was sent."""
    try:
        case.verify()
    except VerificationError as error:
        told = str(error)
        assert 0 < len(told) < 200
        assert len(case.secret) < 8 or case.secret not in told
        return
    raise AssertionError(f"let in: {case}")
