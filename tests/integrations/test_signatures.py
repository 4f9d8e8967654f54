"""Who sent a webhook: the published and computed vectors of every scheme, and that `verify` raises nothing else."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from standardwebhooks.webhooks import Webhook

from entitlements.errors import VerificationError
from integrations.signatures import SCHEMES, new_standard_secret, sign_standard, verify
from tests.builders import utc
from tests.integrations.parts import SECRET
from tests.integrations.promises import GENUINE, VECTORS, Signed, is_refused, nonsense, signed, tampered

NOW = utc("2026-03-09 10:00")
BODY = '{"type": "ticket.created", "data": {"id": "4711", "subject": "Drucker brennt – Hilfe"}}'.encode()


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["valid"]], ids=lambda vector: vector["id"])
def test_a_genuine_webhook_is_let_in(vector: dict) -> None:
    signed(vector).verify()


@pytest.mark.parametrize("vector", [each for each in VECTORS if not each["valid"]], ids=lambda vector: vector["id"])
def test_a_forged_or_broken_webhook_is_refused(vector: dict) -> None:
    with pytest.raises(VerificationError):
        signed(vector).verify()


def test_every_scheme_of_the_vectors_is_known() -> None:
    assert {vector["scheme"] for vector in VECTORS} == set(SCHEMES)


@pytest.mark.parametrize("case", GENUINE, ids=lambda case: case.scheme)
def test_during_a_rotation_a_sender_of_any_kind_may_use_either_secret(case: Signed) -> None:
    for other in ("another secret", "whsec_bm90IHRoaXMgb25l", "", "\ud800"):
        case.verify((other, case.secret))
        case.verify((case.secret, other))
        with pytest.raises(VerificationError):
            case.verify((other, other))


@pytest.mark.parametrize("case", GENUINE, ids=lambda case: case.scheme)
def test_what_decides_is_a_comparison_in_constant_time_and_nothing_before_it(
        case: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda told, expected: False)
    with pytest.raises(VerificationError, match="does not match"):
        case.verify()
    monkeypatch.setattr(hmac, "compare_digest", lambda told, expected: True)
    replace(case, body=b"something else").verify()


# --- Standard Webhooks -----------------------------------------------------------------------------------------------


def test_the_official_package_accepts_what_we_sign() -> None:
    now = datetime.now(timezone.utc)
    secret = new_standard_secret()
    assert Webhook(secret).verify(BODY, sign_standard(secret, "dlv_17", now, BODY)) == json.loads(BODY)


def test_we_accept_what_the_official_package_signs() -> None:
    signature = Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": signature}
    verify("standard-webhooks", SECRET, headers, BODY, NOW)


def test_during_a_rotation_both_secrets_are_good_and_both_sides_may_be_first() -> None:
    old, new = new_standard_secret(), new_standard_secret()
    headers = sign_standard((new, old), "dlv_17", NOW, BODY)
    for known in (old, new, (old, new), ("", "not base64!", new)):
        verify("standard-webhooks", known, headers, BODY, NOW)


def test_a_new_secret_is_long_enough_and_never_the_same() -> None:
    first, second = new_standard_secret(), new_standard_secret()
    assert first != second
    assert 24 <= len(base64.b64decode(first.removeprefix("whsec_"))) <= 64


@pytest.mark.parametrize(("age", "fresh"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_timestamp_may_be_five_minutes_off_either_way(age: int, fresh: bool) -> None:
    headers = sign_standard(SECRET, "msg_1", NOW - timedelta(seconds=age), BODY)
    if fresh:
        verify("standard-webhooks", SECRET, headers, BODY, NOW)
    else:
        with pytest.raises(VerificationError, match="too old"):
            verify("standard-webhooks", SECRET, headers, BODY, NOW)


def test_an_id_with_a_dot_is_refused_because_it_could_be_cut_in_two_ways() -> None:
    headers = sign_standard(SECRET, "msg.1", NOW, BODY)
    with pytest.raises(VerificationError, match="dot"):
        verify("standard-webhooks", SECRET, headers, BODY, NOW)


def test_a_header_that_is_there_twice_with_other_values_is_refused() -> None:
    headers = {**sign_standard(SECRET, "msg_1", NOW, BODY), "Webhook-Id": "msg_2"}
    with pytest.raises(VerificationError, match="twice"):
        verify("standard-webhooks", SECRET, headers, BODY, NOW)


# --- Nothing but VerificationError -----------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", (), ("", "")])
@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_without_a_secret_nobody_is_let_in(scheme: str, secret: str) -> None:
    with pytest.raises(VerificationError, match="no secret"):
        verify(scheme, secret, {"authorization": "Bearer "}, b"", NOW)


def test_an_unknown_scheme_lets_nobody_in() -> None:
    with pytest.raises(VerificationError, match="not known"):
        verify("rot13", "secret", {}, b"", NOW)


def test_a_naive_instant_proves_no_freshness() -> None:
    headers = sign_standard(SECRET, "msg_1", NOW, BODY)
    with pytest.raises(VerificationError):
        verify("standard-webhooks", SECRET, headers, BODY, NOW.replace(tzinfo=None))


@settings(max_examples=300, deadline=None)
@given(case=nonsense())
def test_whatever_a_stranger_sends_only_a_verification_error_comes_out(case: Signed) -> None:
    is_refused(case)


@settings(max_examples=300, deadline=None)
@given(case=tampered())
def test_a_genuine_webhook_in_which_anything_signed_was_changed_is_refused(case: Signed) -> None:
    is_refused(case)


@pytest.mark.parametrize("headers", [None, {"webhook-id": 3}, {3: "x"}, {"webhook-id": None}])
def test_headers_that_are_none_are_refused_like_any_others(headers: object) -> None:
    with pytest.raises(VerificationError):
        verify("standard-webhooks", SECRET, headers, BODY, NOW)  # type: ignore[arg-type]
