"""Whatever is thrown at the REST API, it answers; and what is wrong, as a problem. No input gives a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entitlements.web.api.operation import OPERATIONS, Operation
from tests.web.api.desk import PROBLEM, Desk

POSTS = [each for each in OPERATIONS if each.method == "POST"]
GETS = [each for each in OPERATIONS if each.method == "GET"]
FIELDS = sorted({name for each in OPERATIONS if each.body for name in each.body.model_fields})
PARAMETERS = ["limit", "cursor", "state", "customer", "connection", "license", "from", "to", "ticket"]

ODD_TEXTS = st.text(max_size=300) | st.sampled_from([
    "Acme", "Globex", "desk", "it@acme.example", "low", "urgent", "route", "queue", "2026-03-10T09:00:00Z", "1",
    "2026-03-10", "routed", "dead", "x\x00", "99999999999999999999", "-1", "\u202e", "'; drop table tickets; --", "%00",
    "\ufeff", "a" * 70_000])
NUMBERS = st.integers() | st.integers(min_value=10**18, max_value=10**39) | st.floats(allow_nan=False,
                                                                                    allow_infinity=False)
VALUES = st.recursive(st.none() | st.booleans() | NUMBERS | ODD_TEXTS,
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ODD_TEXTS, inner, max_size=4),
                      max_leaves=12)
# Mostly known names, so that what is behind the first refusal is reached too.
OBJECTS = st.dictionaries(st.sampled_from(FIELDS) | ODD_TEXTS, VALUES, max_size=6)
NEARLY_RIGHT = st.fixed_dictionaries(
    {"customer": st.just("Acme") | ODD_TEXTS, "severity": st.just("low") | VALUES},
    optional={"subject": ODD_TEXTS, "seconds": NUMBERS, "reason": ODD_TEXTS, "outcome": st.sampled_from(
        ["route", "queue", "reject"]), "at": ODD_TEXTS, "release_at": ODD_TEXTS, "ticket": ODD_TEXTS,
        "contact": ODD_TEXTS, "note": ODD_TEXTS, "connection": ODD_TEXTS})
TICKETS = st.fixed_dictionaries({"customer": st.just("Acme"), "subject": ODD_TEXTS}, optional={
    "description": ODD_TEXTS, "product": ODD_TEXTS, "channel": ODD_TEXTS, "contact": ODD_TEXTS})
BODIES = st.binary(max_size=400) | (OBJECTS | NEARLY_RIGHT | TICKETS | VALUES).map(json.dumps).map(str.encode)
NAMES = st.sampled_from(["1", "2", "desk", "x", "0", "%00", "%F0%28", "9" * 30]) | st.text(
    alphabet="abc019-_~.@ ", min_size=1, max_size=12)

FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(request.getfixturevalue(f"{request.param}_url"))
    with desk.app.app_context():
        desk.furnish()
    yield desk
    desk.close()


def assert_answered(response: Any) -> None:
    assert response.status_code < 500, response.get_data(as_text=True)
    if response.status_code >= 400:
        told = response.get_json()
        assert (response.mimetype, told["status"]) == (PROBLEM, response.status_code)
        assert told["type"].startswith("/problems/")
        assert told["type"] != "/problems/invalid" or told["errors"]


def addressed(operation: Operation, name: str) -> str:
    path = operation.rule
    for parameter in operation.parameters:
        path = path.replace(f"<{parameter}>", name)
    return path


@pytest.mark.parametrize("operation", POSTS, ids=lambda each: each.path)
@FUZZ
@given(body=BODIES, name=NAMES, key=st.none() | st.sampled_from(["k", "", "x" * 300]))
def test_whatever_is_posted_is_answered(desk: Desk, operation: Operation, body: bytes, name: str,
                                        key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    assert_answered(desk.post(addressed(operation, name), body, **headers))


@pytest.mark.parametrize("operation", GETS, ids=lambda each: each.path)
@FUZZ
@given(name=NAMES, query=st.dictionaries(st.sampled_from(PARAMETERS) | st.text(max_size=5), ODD_TEXTS, max_size=4))
def test_whatever_is_asked_is_answered(desk: Desk, operation: Operation, name: str, query: dict[str, str]) -> None:
    assert_answered(desk.get(addressed(operation, name), query))
