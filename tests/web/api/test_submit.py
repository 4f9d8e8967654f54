"""Submitting tickets over REST: routed, queued, rejected, repeated, and sent wrongly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import g

from entitlements.rules.license import Standing
from entitlements.store import tables
from tests.web.api.desk import Desk, pointers, problem

TICKETS = "/api/v1/tickets"
NIGHT = "2026-03-09 20:00"


def test_a_ticket_in_hours_is_created_and_routed(desk: Desk) -> None:
    response = desk.submit(severity="high", description="Smoke comes out.\nIt smells.")
    told = response.get_json()
    assert (response.status_code, told["outcome"], told["reason"]) == (201, "route", "within_hours")
    assert (told["license"], told["release_at"]) == ("Acme license", None)
    assert set(told) == {"ticket", "outcome", "reason", "release_at", "license", "explanation"}
    assert told["explanation"]["customer"]
    assert response.headers["Location"] == f"{TICKETS}/{told['ticket']}"
    with desk.app.app_context():
        assert desk.work() == ["create"]
        created = desk.helpdesk.applied[0].new_ticket
        assert (created.subject, created.description) == ("It does not print", "Smoke comes out.\nIt smells.")


def test_the_gate_has_decided_before_the_view_runs(desk: Desk) -> None:
    with desk.client:
        told = desk.submit().get_json()
        assert (str(g.deskgate_verdict.ticket_id), g.deskgate_verdict.reason) == (told["ticket"], told["reason"])


def test_a_ticket_at_night_is_accepted_and_queued_until_the_opening(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    response = desk.submit()
    told = response.get_json()
    assert (response.status_code, told["outcome"], told["reason"]) == (202, "queue", "outside_hours")
    assert told["release_at"] == "2026-03-10T08:00:00Z"
    assert response.headers["Retry-After"] == str(12 * 3600)


def test_a_rejected_ticket_is_a_problem_that_carries_the_verdict(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", standing=Standing.CANCELLED)
    response = desk.submit()
    told = problem(response, 403, "ticket-rejected")
    assert (told["outcome"], told["reason"], told["release_at"]) == ("reject", "license_cancelled", None)
    assert told["detail"] == told["explanation"]["customer"]
    assert desk.get(f"{TICKETS}/{told['ticket']}").get_json()["state"] == "rejected"


def test_a_contact_tells_the_customer(desk: Desk) -> None:
    told = desk.post(TICKETS, {"contact": "OPS@globex.example", "subject": "Help"}).get_json()
    assert (told["outcome"], told["reason"], told["license"]) == ("route", "always_open", "Globex license")


def test_a_customer_that_nobody_knows_is_routed_to_people(desk: Desk) -> None:
    told = desk.submit(customer="Nobody Inc").get_json()
    assert (told["outcome"], told["reason"], told["license"]) == ("route", "unknown_customer", None)


@pytest.mark.parametrize(("members", "wrong"), [
    ({}, ["/subject"]),
    ({"subject": "Help"}, ["/customer"]),
    ({"subject": "Help", "customer": "Acme", "severity": "fatal"}, ["/severity"]),
    ({"subject": "Help", "customer": "Acme", "severity": None}, ["/severity"]),
    ({"subject": "Help", "customer": "Acme", "prio/rity~": 1, "x": 2}, ["/prio~1rity~0", "/x"]),
    ({"subject": "  ", "customer": "Acme"}, ["/subject"]),
    ({"subject": "two\nlines", "customer": "Acme"}, ["/subject"]),
    ({"subject": "x" * 201, "customer": "Acme"}, ["/subject"]),
    ({"subject": 7, "customer": ["Acme"]}, ["/customer", "/subject"]),
    ({"subject": "Help", "contact": "not an address"}, ["/contact"]),
    ({"subject": "Help", "customer": "Acme", "description": "a\x00b"}, ["/description"]),
    ({"subject": "Help", "customer": "Acme", "description": "x" * 60_001}, ["/description"]),
    ({"subject": "Help", "customer": "Acme", "connection": "nowhere"}, ["/connection"]),
])
def test_each_wrong_field_is_pointed_at(desk: Desk, members: dict[str, object], wrong: list[str]) -> None:
    assert pointers(desk.post(TICKETS, members)) == wrong
    with desk.app.app_context():
        assert desk.rows(tables.Ticket) == []


def test_the_same_key_gets_the_same_answer_and_one_ticket(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    body = {"customer": "Acme", "subject": "Help"}
    first = desk.post(TICKETS, body, Idempotency_Key="order-4711")
    desk.clock.go_on(minutes=5)
    again = desk.post(TICKETS, body, Idempotency_Key="order-4711")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert dict(again.headers) == dict(first.headers)
    with desk.app.app_context():
        assert len(desk.rows(tables.Ticket)) == 1


def test_a_rejection_is_repeated_under_its_key_too(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", standing=Standing.CANCELLED)
    body = {"customer": "Acme", "subject": "Help"}
    answers = [desk.post(TICKETS, body, Idempotency_Key="k") for _ in range(2)]
    assert answers[0].data == answers[1].data
    assert [problem(each, 403, "ticket-rejected")["ticket"] for each in answers] == ["1", "1"]


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.post(TICKETS, {"customer": "Acme", "subject": "Help"}, Idempotency_Key="k")
    told = problem(desk.post(TICKETS, {"customer": "Acme", "subject": "Help!"}, Idempotency_Key="k"), 422,
                   "idempotency-mismatch")
    assert told["errors"] == [{"pointer": "", "detail": told["detail"]}]


def test_a_token_with_the_longest_name_may_use_keys(postgres_desk: Desk) -> None:
    with postgres_desk.app.app_context():
        token = postgres_desk.new_token("n" * 80, ["tickets:write", "usage:write"])
    for path, body in ((TICKETS, {"customer": "Acme", "subject": "Help"}),
                       ("/api/v1/usage", {"customer": "Acme", "seconds": 60, "note": "n" * 300})):
        assert postgres_desk.post(path, body, token=token, Idempotency_Key="k" * 255).status_code == 201


def test_an_address_that_grows_in_lower_case_is_measured_as_it_is_kept(postgres_desk: Desk) -> None:
    assert pointers(postgres_desk.post(TICKETS, {"contact": "İ" * 250 + "@x.y", "subject": "Help"})) == ["/contact"]


def test_two_tokens_may_use_the_same_key(desk: Desk) -> None:
    with desk.app.app_context():
        other = desk.new_token("other", ["tickets:write"])
    body = {"customer": "Acme", "subject": "Help"}
    mine = desk.post(TICKETS, body, Idempotency_Key="k").get_json()["ticket"]
    assert desk.post(TICKETS, body, token=other, Idempotency_Key="k").get_json()["ticket"] != mine


def test_a_refused_body_does_not_use_the_key_up(desk: Desk) -> None:
    problem(desk.post(TICKETS, {"customer": "Acme"}, Idempotency_Key="k"), 422, "invalid")
    assert desk.post(TICKETS, {"customer": "Acme", "subject": "Help"}, Idempotency_Key="k").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "schlüssel"])
def test_a_key_that_cannot_be_is_refused(desk: Desk, key: str) -> None:
    problem(desk.post(TICKETS, {"customer": "Acme", "subject": "Help"}, Idempotency_Key=key), 400, "invalid-header")


@pytest.mark.parametrize("kind", ["desk", "postgres_desk"])
def test_the_same_call_at_the_same_time_makes_one_ticket(request: pytest.FixtureRequest, kind: str) -> None:
    desk: Desk = request.getfixturevalue(kind)
    body = {"customer": "Acme", "subject": "Help"}

    def call(_: int) -> bytes:
        return desk.post(TICKETS, body, Idempotency_Key="together").data

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(call, range(12)))
    assert len(answers) == 1
    with desk.app.app_context():
        assert len(desk.rows(tables.Ticket)) == 1
