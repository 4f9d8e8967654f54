"""Time used of daily limits, told and given back over REST."""

from __future__ import annotations

import pytest

from entitlements.store import tables
from tests.web.api.desk import Desk, pointers, problem

USAGE = "/api/v1/usage"
THREE_HOURS = 3 * 3600


@pytest.fixture
def limited(desk: Desk) -> Desk:
    """Acme may use three hours a day."""
    with desk.app.app_context():
        desk.change_terms("Acme", daily_limit=THREE_HOURS)
    return desk


def test_recorded_time_counts_on_its_local_day_and_tells_what_is_left(limited: Desk) -> None:
    first = limited.post(USAGE, {"customer": "Acme", "seconds": 3600})
    assert first.status_code == 201
    assert first.get_json() == {"id": "1", "license": "Acme license", "day": "2026-03-09", "used_seconds": 3600,
                                "remaining_seconds": 7200}
    yesterday = {"customer": "Acme", "seconds": 60, "at": "2026-03-08T22:59:59Z"}
    assert limited.post(USAGE, yesterday).get_json()["day"] == "2026-03-08"


def test_used_up_time_queues_and_time_given_back_routes_again(limited: Desk) -> None:
    limited.post(USAGE, {"customer": "Acme", "seconds": THREE_HOURS})
    assert limited.submit().get_json()["reason"] == "daily_limit_reached"
    told = limited.post(USAGE, {"customer": "Acme", "seconds": -3600, "note": "booked by mistake"}).get_json()
    assert told["remaining_seconds"] == 3600
    assert limited.submit().get_json()["reason"] == "within_hours"


def test_the_same_key_counts_once(limited: Desk) -> None:
    body = {"customer": "Acme", "seconds": 600}
    answers = [limited.post(USAGE, body, Idempotency_Key="entry-1") for _ in range(3)]
    assert len({each.data for each in answers}) == 1
    problem(limited.post(USAGE, {**body, "seconds": 601}, Idempotency_Key="entry-1"), 422, "idempotency-mismatch")
    with limited.app.app_context():
        assert [entry.seconds for entry in limited.rows(tables.UsageEntry)] == [600]


def test_without_a_key_every_call_counts(limited: Desk) -> None:
    for _ in range(2):
        told = limited.post(USAGE, {"customer": "Acme", "seconds": 600}).get_json()
    assert told["used_seconds"] == 1200


def test_a_key_of_tickets_is_another_than_the_same_key_of_usage(limited: Desk) -> None:
    ticket = {"customer": "Acme", "subject": "Help"}
    assert limited.post("/api/v1/tickets", ticket, Idempotency_Key="1").status_code == 201
    assert limited.post(USAGE, {"customer": "Acme", "seconds": 600}, Idempotency_Key="1").status_code == 201


@pytest.mark.parametrize(("members", "wrong"), [
    ({}, ["/customer", "/seconds"]),
    ({"customer": "Nobody", "seconds": 60}, ["/customer"]),
    ({"customer": "Acme", "license": "Gold", "seconds": 60}, ["/license"]),
    ({"customer": "Acme", "seconds": 60, "ticket": "9"}, ["/ticket"]),
    ({"customer": "Acme", "seconds": 60, "ticket": 9}, ["/ticket"]),
    ({"customer": "Acme", "seconds": 60, "ticket": "9" * 30}, ["/ticket"]),
    ({"customer": "Acme", "seconds": 0}, ["/seconds"]),
    ({"customer": "Acme", "seconds": "60"}, ["/seconds"]),
    ({"customer": "Acme", "seconds": 60.5}, ["/seconds"]),
    ({"customer": "Acme", "seconds": True}, ["/seconds"]),
    ({"customer": "Acme", "seconds": 10**39}, ["/seconds"]),
    ({"customer": "Acme", "seconds": 31 * 86_400 + 1}, ["/seconds"]),
    ({"customer": "Acme", "seconds": 60, "at": "2026-03-09T10:00:00"}, ["/at"]),
    ({"customer": "Acme", "seconds": 60, "note": "x" * 301}, ["/note"]),
])
def test_each_wrong_field_is_pointed_at(limited: Desk, members: dict[str, object], wrong: list[str]) -> None:
    assert pointers(limited.post(USAGE, members)) == wrong
    with limited.app.app_context():
        assert limited.rows(tables.UsageEntry) == []


def test_usage_is_listed_by_customer_and_day_with_the_days_totals(limited: Desk) -> None:
    limited.submit()
    for seconds, at in ((600, "2026-03-07T12:00:00Z"), (900, "2026-03-08T12:00:00Z"), (-300, "2026-03-08T13:00:00Z")):
        limited.post(USAGE, {"customer": "Acme", "seconds": seconds, "at": at, "ticket": "1"})
    limited.post(USAGE, {"customer": "Globex", "seconds": 60})
    told = limited.get(USAGE, {"customer": "acme", "from": "2026-03-08", "to": "2026-03-08"}).get_json()
    assert [(each["seconds"], each["ticket"], each["source"]) for each in told["usage"]] == [
        (-300, "1", "api:1 everything"), (900, "1", "api:1 everything")]
    assert told["days"] == [{"customer": "Acme", "license": "Acme license", "day": "2026-03-08", "used_seconds": 600,
                             "reserved_seconds": 0, "limit_seconds": THREE_HOURS, "remaining_seconds": 10_200}]
    assert len(limited.get(USAGE).get_json()["usage"]) == 4


def test_a_days_total_is_complete_though_its_entries_are_on_two_pages(limited: Desk) -> None:
    for _ in range(3):
        limited.post(USAGE, {"customer": "Acme", "seconds": 100})
    page = limited.get(USAGE, {"limit": 2}).get_json()
    assert ([each["id"] for each in page["usage"]], page["days"][0]["used_seconds"]) == (["3", "2"], 300)
    rest = limited.get(USAGE, {"limit": 2, "cursor": page["next"]}).get_json()
    assert ([each["id"] for each in rest["usage"]], rest["next"]) == (["1"], None)
