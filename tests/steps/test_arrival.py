"""A ticket arrives by webhook: decided, stored with all that follows, answered; once, however often it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import VerificationError
from entitlements.helpdesk import Action, Author, EventKind, Identity
from entitlements.rules.ticket import Severity
from entitlements.store import db, tables
from tests.builders import utc
from tests.fakes import body_of
from tests.steps.house import IT, OPS, House, event


def test_a_ticket_within_hours_is_routed_with_one_write_and_no_comment(house: House):
    answer = house.created()
    assert answer.status == 200
    assert body_of(answer.body) == {"event": "1", "status": "decided", "ticket": "1", "outcome": "route",
                                    "reason": "within_hours", "release_at": None}
    assert house.work() == ["route"]
    assert (house.helpdesk.applied[0].message, house.helpdesk.applied[0].note) == ("", "")


def test_a_ticket_at_closing_time_is_queued_until_the_next_opening_and_the_customer_is_told(house: House):
    house.clock.set("2026-03-06 16:00:00")
    answer = body_of(house.created().body)
    assert (answer["outcome"], answer["release_at"]) == ("queue", "2026-03-09T08:00:00Z")
    assert house.work() == ["queue"]
    delivery = house.helpdesk.applied[0]
    assert "Monday 9 March at 09:00 (Paris)" in delivery.message
    assert "https://deskgate.example/tickets/1" in delivery.note
    assert "https://deskgate.example/tickets/1/take" in delivery.note


def test_an_expired_license_is_a_reject_with_a_word_and_a_note(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    assert body_of(house.created().body)["reason"] == "license_expired"
    house.work()
    delivery = house.helpdesk.applied[0]
    assert delivery.action is Action.REJECT
    assert delivery.message
    assert delivery.note


def test_the_same_event_again_gets_the_recorded_answer_byte_for_byte(house: House):
    made = event(EventKind.CREATED, "7", IT, created_at=house.clock.now())
    first = house.hook(made, body="one")
    house.clock.go_on(hours=30)
    assert house.hook(made, body="one") == first
    assert len(house.rows(tables.Decision)) == 1
    assert len(house.rows(tables.Delivery)) == 1


def test_a_signed_id_with_another_body_is_parked(house: House):
    made = event(EventKind.CREATED, "7", IT, key="msg_1", key_is_signed=True)
    house.hook(made, body="one")
    answer = house.hook(made, body="other")
    assert answer.status == 202
    assert body_of(answer.body)["status"] == "parked"
    assert house.hook(made, body="other") == answer
    assert len(house.rows(tables.Decision)) == 1


def test_a_second_created_for_the_same_ticket_is_an_update(house: House):
    house.created()
    assert body_of(house.created().body)["status"] == "applied"
    assert len(house.rows(tables.Ticket)) == 1


def test_an_unsigned_webhook_leaves_no_trace(house: House):
    with pytest.raises(VerificationError):
        house.hook(event(EventKind.CREATED, "7", IT), secret="wrong")
    with pytest.raises(VerificationError):
        house.hook(event(EventKind.CREATED, "7", IT), connection="nowhere")
    assert house.rows(tables.Event) == []
    assert house.rows(tables.Ticket) == []


def test_an_authentic_webhook_that_cannot_be_read_is_parked_with_its_body(house: House):
    answer = house.hook(body="gibberish")
    assert answer.status == 202
    parked = house.rows(tables.Event)[0]
    assert (parked.state, parked.trouble) == ("parked", "not a word of it")
    assert parked.raw.body == "gibberish"


def test_a_fault_of_the_adapters_parks_the_webhook_too(house: House):
    house.helpdesk.says["boom"] = RuntimeError("a bug")
    assert house.hook(body="boom").status == 202
    assert "RuntimeError" in house.rows(tables.Event)[0].trouble


def test_a_ticket_that_came_late_is_judged_by_when_it_was_created(house: House):
    house.clock.set("2026-03-09 21:00")
    answer = body_of(house.created(created_at=utc("2026-03-09 15:50")).body)
    assert (answer["outcome"], answer["reason"]) == ("route", "within_hours")
    ticket = house.ticket()
    assert (ticket.created_at, ticket.arrived_at) == (utc("2026-03-09 15:50"), utc("2026-03-09 21:00"))


def test_a_release_that_is_past_at_arrival_is_decided_once_more(house: House):
    house.clock.set("2026-03-09 18:00")
    answer = body_of(house.created(created_at=utc("2026-03-09 06:00")).body)
    assert answer["release_at"] == "2026-03-10T08:00:00Z"


def test_a_creation_time_in_the_future_counts_as_the_arrival(house: House):
    house.clock.set("2026-03-09 15:59:59")
    assert body_of(house.created(created_at=utc("2026-03-09 16:00:05")).body)["outcome"] == "route"
    assert house.ticket().created_at == utc("2026-03-09 15:59:59")


def test_unknown_customers_go_to_triage(house: House):
    answer = body_of(house.created(identity=Identity(email="who@nowhere.example")).body)
    assert (answer["outcome"], answer["reason"]) == ("route", "unknown_customer")
    house.work()
    assert house.helpdesk.applied[0].triage
    assert house.helpdesk.applied[0].note
    assert not house.helpdesk.applied[0].message


def test_a_ticket_made_by_staff_is_routed_and_the_verdict_is_in_the_note(house: House):
    house.clock.set("2026-03-08 12:00")
    assert body_of(house.created(staff_made=True).body)["reason"] == "live_contact"
    house.work()
    assert house.helpdesk.applied[0].note
    assert house.rows(tables.Decision)[0].verdict == "outside_hours"


def test_in_observe_nothing_is_written_to_the_helpdesk(house: House):
    with house.app.app_context():
        house.connect("watch", mode="observe")
        db.session.commit()
    house.clock.set("2026-03-08 12:00")
    made = event(EventKind.CREATED, "9", IT, created_at=house.clock.now())
    assert body_of(house.hook(made, connection="watch").body)["outcome"] == "queue"
    house.clock.set("2026-03-09 08:00")
    assert house.work() == []
    assert house.ticket("9").state == "routed"


def test_what_is_older_than_the_connection_is_recorded_but_never_touched(house: House):
    house.rows(tables.Connection)[0].admit_from = utc("2026-03-08 11:00")
    db.session.commit()
    house.clock.set("2026-03-08 12:00")
    assert body_of(house.created(created_at=utc("2026-03-08 10:59")).body)["outcome"] == "queue"
    assert house.work() == []


def test_a_ticket_older_than_a_day_is_not_queued(house: House):
    house.clock.set("2026-03-08 12:00")
    answer = body_of(house.created(created_at=utc("2026-03-07 11:59")).body)
    assert (answer["outcome"], answer["reason"]) == ("route", "arrived_late")


def test_a_ticket_that_an_agent_has_answered_is_not_queued(house: House):
    house.clock.set("2026-03-08 12:00")
    assert body_of(house.created(answered=True).body)["reason"] == "taken_early"
    house.work()
    assert not house.helpdesk.applied[0].message


def test_machines_and_automatic_mail_get_no_public_word(house: House):
    house.clock.set("2026-03-08 12:00")
    house.created(auto_submitted=True)
    house.work()
    assert house.helpdesk.actions() == ["queue"]
    assert not house.helpdesk.applied[0].message


def test_a_contact_gets_one_notice_in_a_closed_stretch(house: House):
    house.clock.set("2026-03-08 12:00")
    for ticket_id in ("1", "2", "3"):
        house.created(ticket_id)
    house.work()
    assert [bool(delivery.message) for delivery in house.helpdesk.applied] == [True, False, False]
    house.clock.set("2026-03-09 18:00")
    assert house.work() == ["release"] * 3
    house.created("4")
    house.work()
    assert house.helpdesk.applied[-1].message


def test_the_reject_breaker_sends_the_seventh_reject_of_an_hour_to_triage(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    reasons = [body_of(house.created(str(number)).body)["reason"] for number in range(8)]
    assert reasons == ["license_expired"] * 6 + ["reject_breaker"] * 2
    house.clock.go_on(minutes=61)
    assert body_of(house.created("later").body)["reason"] == "license_expired"


def test_a_rule_that_fails_sends_the_ticket_to_people(house: House, monkeypatch):
    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("entitlements.steps.judge.decide", broken)
    answer = body_of(house.created().body)
    assert (answer["outcome"], answer["reason"]) == ("route", "could_not_decide")
    house.work()
    assert house.helpdesk.applied[0].triage


def test_our_own_ticket_coming_back_is_recognized_by_its_marker_only(house: House):
    made = event(EventKind.CREATED, "7", IT, marker="dg-99")
    assert body_of(house.hook(made).body)["status"] == "ignored"
    by_us = event(EventKind.CREATED, "8", IT, author=Author.DESKGATE)
    assert body_of(house.hook(by_us).body)["status"] == "decided"


def test_our_own_reply_coming_back_changes_nothing(house: House):
    house.clock.set("2026-03-08 12:00")
    house.created()
    answer = house.happened(EventKind.REPLIED, author=Author.DESKGATE, public=True)
    assert body_of(answer.body)["status"] == "ignored"
    assert house.ticket().state == "queued"


def test_several_things_in_one_webhook_are_carried_out_together_or_not_at_all(house: House):
    made = event(EventKind.CREATED, "7", IT, created_at=house.clock.now())
    broken = replace(made, kind=EventKind.CREATED, ticket_id="x" * 500)
    assert house.hook(made, broken).status == 202
    assert house.rows(tables.Ticket) == []
    assert house.rows(tables.Event)[0].state == "parked"


def test_severity_decides_with_the_license(house: House):
    house.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    house.clock.set("2026-03-08 12:00")
    assert body_of(house.created("1", severity=Severity.URGENT).body)["reason"] == "severity_exempt"
    assert body_of(house.created("2", severity=Severity.NORMAL).body)["reason"] == "outside_hours"
    assert body_of(house.created("3", OPS).body)["reason"] == "always_open"
    assert house.ticket("1").created_at - house.clock.now() == timedelta(0)


def test_a_reply_to_a_ticket_nobody_told_us_of_is_left_alone_unless_its_age_is_known(house: House):
    unknown = house.happened(EventKind.REPLIED, "old", IT, public=True)
    assert body_of(unknown.body) == {"event": "1", "status": "ignored", "ticket": None, "outcome": None,
                                     "reason": None, "release_at": None}
    missed = house.happened(EventKind.REPLIED, "new", IT, public=True, created_at=house.clock.now())
    assert body_of(missed.body)["status"] == "decided"
    assert body_of(house.happened(EventKind.CLOSED, "gone", IT).body)["status"] == "ignored"
