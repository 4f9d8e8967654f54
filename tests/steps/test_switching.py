"""Modes are switched, outages end, people change their minds: what is owed follows, and nothing stays on hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import ConfigError, DeliveryError, VerificationError
from entitlements.helpdesk import Author, ConnectionConfig, EventKind, Identity, Receipt
from entitlements.rules.license import Standing
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps import release
from entitlements.steps.admit import Submission, submit
from entitlements.steps.people import Override, override
from entitlements.steps.release import replan
from entitlements.store import db, tables
from entitlements.store.connections import add_connection, get_connection, set_mode
from entitlements.store.database import transaction
from entitlements.store.tickets import ticket_value
from tests.builders import utc
from tests.fakes import body_of
from tests.steps.house import IT, OPS, House, event

DOWN = DeliveryError("no answer", kind="temporary", status=503)
SUNDAY, MONDAY = "2026-03-08 12:00", "2026-03-09 08:00"


def switch(house: House, mode: str) -> None:
    with transaction():
        set_mode(get_connection("desk"), mode, house.clock.now())


def overridden(house: House, outcome: Outcome, ticket_id: int = 1, **more: object) -> None:
    with transaction():
        override(ticket_id, Override(outcome, "because", **more), "desk-1", house.clock.now(), house.deskgate)


def submitted(house: House, identity: Identity = IT) -> int:
    with transaction():
        return submit(Submission(identity, Severity.NORMAL, "Printer", "On fire"), house.clock.now(),
                      house.deskgate).ticket_id


def states(house: House) -> list[tuple[str, str]]:
    return [(row.action, row.state) for row in house.rows(tables.Delivery)]


@pytest.mark.parametrize("mode", ["observe", "advise"])
def test_what_we_put_on_hold_is_freed_in_every_mode(queued: House, mode: str):
    switch(queued, mode)
    queued.clock.set(MONDAY)
    assert queued.work() == ["release"]
    assert not queued.helpdesk.applied[0].advise


def test_what_was_owed_is_not_written_after_a_switch_to_observe(house: House):
    house.clock.set(SUNDAY)
    house.created()
    switch(house, "observe")
    assert house.work() == []
    assert states(house) == [("queue", "gone")]


def test_what_was_owed_loses_its_words_after_a_switch_to_advise(house: House):
    house.clock.set(SUNDAY)
    house.created()
    switch(house, "advise")
    house.work()
    delivery = house.helpdesk.applied[0]
    assert (delivery.advise, delivery.message, delivery.note) == (True, "", "")


def test_a_withdrawal_is_not_told_to_a_system_that_is_only_observed(house: House):
    with transaction():
        add_connection(ConnectionConfig(name="ours", kind="standard", url="https://x.example"), utc("2026-01-01 00:00"),
                       "observe")
    house.clock.set(SUNDAY)
    house.hook(event(EventKind.CREATED, "9", IT, created_at=house.clock.now()), connection="ours")
    house.hook(event(EventKind.CLOSED, "9", author=Author.AGENT), connection="ours")
    assert house.work() == []


def test_an_override_while_the_release_is_still_owed_frees_the_ticket(queued: House):
    queued.clock.set(MONDAY)
    queued.helpdesk.fails = [DOWN]
    queued.work(1)
    overridden(queued, Outcome.ROUTE)
    queued.clock.go_on(minutes=1)
    assert queued.work() == ["route"]
    assert queued.helpdesk.applied[0].outcome is Outcome.ROUTE


def test_an_override_takes_a_ticket_out_of_triage(house: House):
    house.created(identity=Identity(email="who@nowhere.example"))
    house.work()
    overridden(house, Outcome.ROUTE)
    assert house.work() == ["route"]
    assert [delivery.triage for delivery in house.helpdesk.applied] == [True, False]


def test_a_ticket_that_came_before_its_license_began_is_released_when_it_begins(house: House):
    house.change_terms("Globex", starts_on=utc("2026-03-10 00:00").date())
    house.clock.set("2026-03-09 12:00")
    assert body_of(house.created("8", OPS).body)["release_at"] == "2026-03-10T00:00:00Z"
    house.clock.set("2026-03-10 00:00:00")
    assert house.work() == ["release"]
    assert house.ticket("8").decision.reason == "always_open"


def test_a_queue_that_would_end_in_the_past_goes_to_people(queued: House, monkeypatch):
    judged = release.judge(ticket_value(queued.ticket()), utc(SUNDAY), queued.deskgate)
    monkeypatch.setattr(release, "judge", lambda *_: replace(judged, release_at=utc(SUNDAY)))
    queued.clock.set(MONDAY)
    assert queued.work() == ["release"]
    assert queued.helpdesk.applied[-1].triage
    assert queued.ticket().decision.reason == "could_not_decide"


# Tickets that Deskgate took in itself


def test_the_helpdesks_own_webhook_may_be_faster_than_our_receipt(house: House):
    ours = submitted(house)
    house.created(f"r{ours}")
    assert "create" in house.work()
    first, twin = house.rows(tables.Ticket)
    assert (first.remote_id, twin.remote_id, twin.state) == (f"r{ours}", None, "withdrawn")
    assert all(state in ("done", "gone") for _, state in states(house))


def test_a_ticket_is_created_as_its_latest_decision_says(house: House):
    house.clock.set(SUNDAY)
    submitted(house)
    house.helpdesk.fails = [DOWN]
    house.work(1)
    overridden(house, Outcome.ROUTE)
    house.clock.go_on(minutes=1)
    assert house.work() == ["create", "release"]
    assert house.helpdesk.applied[0].outcome is Outcome.ROUTE
    assert house.helpdesk.applied[0].message == ""


def test_a_ticket_rejected_before_it_was_created_is_told_so_in_the_helpdesk(house: House):
    house.clock.set(SUNDAY)
    submitted(house)
    house.helpdesk.fails = [DOWN]
    house.work(1)
    house.change_terms("Acme", standing=Standing.CANCELLED)
    with transaction():
        replan([house.rows(tables.Ticket)[0].customer_id], house.clock.now())
    house.clock.go_on(minutes=1)
    assert house.work() == ["create", "reject"]


def test_a_connection_that_cannot_be_written_to_takes_no_tickets(house: House):
    with transaction():
        add_connection(ConnectionConfig(name="deaf", kind="standard"), house.clock.now())
    with pytest.raises(ConfigError) as caught, transaction():
        submit(Submission(OPS, Severity.NORMAL, "Help", "Please", connection="deaf"), house.clock.now(), house.deskgate)
    assert caught.value.field == "connection"


def test_a_helpdesk_that_is_only_observed_gets_no_tickets_nobody_sent_there(house: House):
    switch(house, "observe")
    submitted(house, OPS)
    assert house.rows(tables.Ticket)[0].connection.kind == "sandbox"


# Refusals


def test_whoever_was_refused_and_reopens_the_ticket_reaches_a_person(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    house.created()
    house.happened(EventKind.CLOSED, author=Author.DESKGATE)
    house.work()
    house.happened(EventKind.REOPENED)
    assert house.work() == ["route"]
    delivery = house.helpdesk.applied[-1]
    assert (delivery.triage, delivery.message) == (True, "")


def test_whoever_renewed_and_replies_at_night_is_served_in_the_morning(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    house.created()
    house.work()
    house.clock.set("2026-03-09 20:00")
    house.change_terms("Acme", starts_on=utc("2026-03-09").date(), ends_on=utc("2026-12-31").date())
    house.happened(EventKind.REPLIED, public=True)
    assert house.ticket().state == "queued"
    house.clock.set("2026-03-10 08:00")
    assert house.work() == ["release"]
    assert house.ticket().decision.reason == "within_hours"


def test_a_refusal_by_a_person_is_not_ours_to_take_back(house: House):
    house.created()
    house.work()
    overridden(house, Outcome.REJECT)
    house.happened(EventKind.REPLIED, public=True)
    assert house.ticket().decision.reason == "rejected_again"
    assert house.ticket().decision.triage


def test_a_notice_about_hours_does_not_silence_a_refusal(queued: House):
    queued.change_terms("Acme", standing=Standing.CANCELLED)
    with transaction():
        replan([queued.ticket().customer_id], queued.clock.now())
    assert queued.work() == ["reject"]
    assert queued.helpdesk.applied[0].message


def test_a_notice_that_never_went_out_may_still_be_given(house: House):
    house.clock.set(SUNDAY)
    house.created("1")
    house.happened(EventKind.REPLIED, "1", author=Author.AGENT, public=True)
    house.work()
    house.created("2")
    house.work()
    assert house.helpdesk.applied[-1].message


def test_the_breaker_guards_second_looks_too(house: House):
    house.clock.set(SUNDAY)
    for number in range(9):
        house.created(str(number))
    house.change_terms("Acme", standing=Standing.SUSPENDED)
    with transaction():
        replan([house.rows(tables.Ticket)[0].customer_id], house.clock.now())
    house.work()
    reasons = [ticket.decision.reason for ticket in house.rows(tables.Ticket)]
    assert reasons.count("license_suspended") == 6
    assert reasons.count("reject_breaker") == 3


# Who asks, and what it costs


def test_an_update_that_says_less_does_not_lose_the_customer(house: House):
    house.clock.set(SUNDAY)
    house.created(identity=Identity(customer="Acme", email="private@mail.example"))
    house.happened(EventKind.UPDATED, identity=Identity(email="Private@mail.example"))
    assert house.ticket().state == "queued"


def test_triage_sets_nothing_aside_of_the_daily_limit(house: House):
    house.change_terms("Acme", daily_limit=3600, reserve_seconds=3600, contacts=frozenset({"boss@acme.example"}))
    assert body_of(house.created().body)["reason"] == "contact_not_covered"
    db.session.rollback()
    assert db.session.query(tables.Reservation).count() == 0


def test_time_on_a_ticket_taken_early_counts_against_the_license_it_waited_for(queued: House):
    queued.happened(EventKind.REPLIED, author=Author.AGENT, public=True)
    queued.happened(EventKind.TIME_LOGGED, seconds=600, entry_id="e", author=Author.AGENT, at=queued.clock.now())
    entry = queued.rows(tables.UsageEntry)[0]
    assert db.session.get_one(tables.License, entry.license_id).name == "Acme license"


def test_a_connection_that_only_listens_sends_nothing(house: House):
    with transaction():
        add_connection(ConnectionConfig(name="books", kind="standard", url="https://books.example",
                                        settings={"listen_only": "true"}), house.clock.now())
    with pytest.raises(VerificationError):
        house.hook(connection="books", body="anything")


def test_people_who_came_first_are_not_overtaken_by_a_second_receipt(queued: House):
    queued.helpdesk.receipt = Receipt("7", changed=False, detail="assigned", overtaken=True)
    queued.happened(EventKind.REPLIED, public=True)
    queued.work()
    assert queued.ticket().decision.reason == "taken_early"
