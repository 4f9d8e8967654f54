"""Asking beforehand, deciding otherwise, and taking a queued ticket early."""

from __future__ import annotations

import pytest

from entitlements.store import tables
from tests.web.api.desk import Desk, pointers, problem

PREVIEW = "/api/v1/decisions/preview"
NIGHT = "2026-03-09 20:00"


def test_a_preview_tells_outcome_checks_and_both_sentences_and_records_nothing(desk: Desk) -> None:
    told = desk.post(PREVIEW, {"customer": "Acme", "severity": "normal", "at": "2026-03-09T16:00:00Z"}).get_json()
    assert set(told) == {"outcome", "reason", "release_at", "license", "checks", "explanation"}
    assert (told["outcome"], told["reason"], told["license"]) == ("queue", "outside_hours", "Acme license")
    assert told["release_at"] == "2026-03-10T08:00:00Z"
    assert [each["check"] for each in told["checks"]] == ["customer", "license", "coverage", "severity", "schedule",
                                                          "daily_limit"]
    assert set(told["explanation"]) == {"agent", "customer"}
    with desk.app.app_context():
        assert desk.rows(tables.Ticket) + desk.rows(tables.Decision) + desk.rows(tables.Connection)[1:] == []


def test_a_preview_without_an_instant_is_about_now(desk: Desk) -> None:
    assert desk.post(PREVIEW, {"customer": "Acme", "severity": "low"}).get_json()["reason"] == "within_hours"
    desk.clock.set(NIGHT)
    assert desk.post(PREVIEW, {"customer": "Acme", "severity": "low"}).get_json()["reason"] == "outside_hours"


def test_a_preview_for_an_unknown_customer_routes_to_people(desk: Desk) -> None:
    told = desk.post(PREVIEW, {"customer": "Nobody", "severity": "low"}).get_json()
    assert (told["outcome"], told["reason"], told["license"]) == ("route", "unknown_customer", None)
    assert [each["passed"] for each in told["checks"]] == [False, None, None, None, None, None]


def test_a_preview_sees_contact_product_and_channel(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", contacts=frozenset({"it@acme.example"}))
    question = {"customer": "Acme", "severity": "low", "product": "printers", "channel": "email"}
    assert desk.post(PREVIEW, question | {"contact": "it@acme.example"}).get_json()["reason"] == "within_hours"
    assert desk.post(PREVIEW, question | {"contact": "x@acme.example"}).get_json()["reason"] == "contact_not_covered"


@pytest.mark.parametrize(("members", "wrong"), [
    ({}, ["/customer", "/severity"]),
    ({"customer": "Acme"}, ["/severity"]),
    ({"customer": "", "severity": "low"}, ["/customer"]),
    ({"customer": "Acme", "severity": "LOW"}, ["/severity"]),
    ({"customer": "Acme", "severity": "low", "when": "now"}, ["/when"]),
])
def test_a_preview_names_every_wrong_field(desk: Desk, members: dict[str, object], wrong: list[str]) -> None:
    assert pointers(desk.post(PREVIEW, members)) == wrong


def test_an_override_takes_the_place_of_the_decision_and_says_who_and_why(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    desk.submit()
    told = desk.post("/api/v1/tickets/1/override", {"outcome": "route", "reason": "the boss called"}).get_json()
    assert (told["ticket"], told["outcome"], told["reason"]) == ("1", "route", "overridden")
    ticket = desk.get("/api/v1/tickets/1").get_json()
    first, last = ticket["decisions"]
    assert (first["note"], last["note"]) == ("", "the boss called")
    assert (ticket["state"], last["actor"], last["verdict"]) == ("routed", "token:everything", "outside_hours")
    with desk.app.app_context():
        assert desk.rows(tables.AuditEntry)[-1].reason == "the boss called"


@pytest.mark.parametrize(("body", "wrong"), [
    ({"outcome": "route"}, "/reason"),
    ({"outcome": "route", "reason": " "}, "/reason"),
    ({"outcome": "delete", "reason": "x"}, "/outcome"),
    ({"outcome": "queue", "reason": "x"}, "/release_at"),
    ({"outcome": "queue", "reason": "x", "release_at": "2026-03-09T08:00:00Z"}, "/release_at"),
    ({"outcome": "queue", "reason": "x", "release_at": "2026-03-10"}, "/release_at"),
])
def test_an_override_that_cannot_be_meant_is_pointed_at(desk: Desk, body: dict[str, str], wrong: str) -> None:
    desk.submit()
    assert pointers(desk.post("/api/v1/tickets/1/override", body)) == [wrong]
    assert len(desk.get("/api/v1/tickets/1").get_json()["decisions"]) == 1


def test_an_override_may_queue_until_an_hour_of_its_own(desk: Desk) -> None:
    desk.submit()
    body = {"outcome": "queue", "reason": "parts arrive tomorrow", "release_at": "2026-03-10T12:00:00+01:00"}
    assert desk.post("/api/v1/tickets/1/override", body).get_json()["release_at"] == "2026-03-10T11:00:00Z"
    assert desk.get("/api/v1/tickets/1").get_json()["state"] == "queued"


def test_a_queued_ticket_is_taken_early_once(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    desk.submit()
    told = desk.post("/api/v1/tickets/1/take").get_json()
    assert (told["outcome"], told["reason"], told["release_at"]) == ("route", "taken_early", None)
    assert desk.get("/api/v1/tickets/1").get_json()["given_early"] is True
    problem(desk.post("/api/v1/tickets/1/take"), 409, "conflict")
