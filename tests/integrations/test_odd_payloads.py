"""Whatever an authentic sender puts into a payload, an adapter reads it or says what is wrong, and nothing else.

Every kind in the registry is tried, with odd webhooks made from its samples. `make soak ONLY=signatures` tries more.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations import HELPDESKS
from tests.integrations.mutations import NO_OBJECTS, SAMPLES, Again, odd_webhooks, samples_of
from tests.integrations.promises import is_read_or_named

KINDS = sorted(HELPDESKS)
SAMPLED = [kind for kind in KINDS if samples_of(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_helpdesk_has_samples_of_its_webhooks(kind: str) -> None:
    assert samples_of(kind), (
        f"add webhooks as {kind} sends them to {SAMPLES.name}/{kind}/, one file each: "
        '{"headers": {...}, "body": {...}}, or "text" for "body" where it is no JSON object')


@pytest.mark.parametrize(("kind", "name"), [(kind, each.name) for kind in SAMPLED for each in samples_of(kind)])
def test_a_sample_itself_is_read(kind: str, name: str) -> None:
    """Some tell of nothing that matters; but one of each kind must, or the odd ones made of them prove little."""
    (sample,) = [each for each in samples_of(kind) if each.name == name]
    is_read_or_named(kind, sample.headers, sample.raw)
    assert any(is_read_or_named(kind, each.headers, each.raw) for each in samples_of(kind))


@pytest.mark.parametrize("kind", SAMPLED)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150, deadline=None)
@given(data=st.data())
def test_a_webhook_with_something_odd_in_it_is_read_or_the_trouble_named(kind: str, data: st.DataObject) -> None:
    is_read_or_named(kind, *data.draw(odd_webhooks(kind)))


@pytest.mark.parametrize("kind", SAMPLED)
def test_what_is_no_webhook_at_all_is_named(kind: str) -> None:
    headers = samples_of(kind)[0].headers
    for body in NO_OBJECTS:
        is_read_or_named(kind, headers, body)


def test_odd_webhooks_may_say_the_same_name_twice() -> None:
    assert json.dumps({"id": 1, Again("id"): 2}) == '{"id": 1, "id": 2}'
