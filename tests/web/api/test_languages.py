"""The language of customers over the API: chosen, told, and spoken in every answer that is meant for them."""

from __future__ import annotations

import pytest

from tests.web.api.desk import Desk, pointers, problem

SATURDAY = "2026-03-07 09:00"
ACME = "/api/v1/customers/1/language"


def test_a_language_is_chosen_and_told(desk: Desk) -> None:
    answer = desk.post(ACME, {"language": "fr"})
    assert (answer.status_code, answer.get_json()["language"]) == (200, "fr")
    assert [each["language"] for each in desk.get("/api/v1/customers").get_json()["customers"]] == ["fr", ""]
    assert desk.post(ACME, {"language": ""}).get_json()["language"] == ""


@pytest.mark.parametrize("language", ["xx", "FR", 7, None])
def test_a_language_that_does_not_exist_is_refused_with_those_that_do(desk: Desk, language: object) -> None:
    answer = desk.post(ACME, {"language": language})
    assert set(pointers(answer)) == {"/language"}
    if language == "xx":
        assert "must be one of en, de, fr, es, pt, ja, or empty" in answer.get_data(as_text=True)


def test_choosing_takes_the_scope_and_a_customer_that_exists(desk: Desk) -> None:
    with desk.app.app_context():
        reader = desk.new_token("reader", ["licenses:read"])
    problem(desk.post(ACME, {"language": "fr"}, token=reader), 403, "missing-scope")
    problem(desk.post("/api/v1/customers/99/language", {"language": "fr"}), 404, "not-found")


def test_answers_speak_to_the_customer_in_their_language_and_to_agents_in_english(desk: Desk) -> None:
    desk.post(ACME, {"language": "de"})
    desk.clock.set(SATURDAY)
    told = desk.submit().get_json()["explanation"]
    assert told["customer"].startswith("Ihr Supportvertrag gilt zu folgenden Zeiten: Montag bis Freitag")
    assert told["agent"].startswith("Queued until Monday 9 March at 09:00 (Paris)")
    asked = desk.post("/api/v1/decisions/preview", {"customer": "Acme", "severity": "normal"}).get_json()
    assert asked["explanation"] == told
    [decision] = desk.get("/api/v1/tickets/1").get_json()["decisions"]
    assert decision["explanation"] == told


def test_a_refusal_tells_the_customer_why_in_their_language(desk: Desk) -> None:
    desk.post(ACME, {"language": "es"})
    with desk.app.app_context():
        desk.change_terms("Acme", standing="suspended")
    refused = problem(desk.submit(), 403, "ticket-rejected")
    assert refused["detail"] == refused["explanation"]["customer"]
    assert refused["detail"].startswith("Su contrato de soporte está suspendido en este momento, por lo que no podemos")
