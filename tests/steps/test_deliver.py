"""Paying what is owed: once, in order, again after a failure that may pass, and never over a later decision."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.errors import Conflict, DeliveryError, NotFound
from entitlements.helpdesk import Author, ConnectionConfig, EventKind, Identity, Receipt
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import Submission, submit
from entitlements.steps.claims import Batch, take_up_lost
from entitlements.steps.deliver import deliver
from entitlements.steps.people import Override, override
from entitlements.steps.settle import redeliver
from entitlements.store import db, tables
from entitlements.store.connections import add_connection, get_connection, pause, resume
from entitlements.store.database import transaction
from entitlements.store.invariants import broken_invariants
from tests.builders import targets, utc
from tests.steps.house import IT, OPS, House, event

DOWN = DeliveryError("no answer", kind="temporary", status=503)


def test_a_helpdesk_that_is_down_is_tried_again_after_five_seconds_and_then_thirty(owing: House):
    owing.helpdesk.fails = [DOWN, DOWN]
    waits = []
    for _ in range(2):
        owing.work(1)
        waits.append((owing.delivery().due_at - owing.clock.now()).total_seconds())
        owing.clock.at = owing.delivery().due_at
    assert waits == [5, 30]
    assert owing.work(1) == ["route"]
    delivery = owing.delivery()
    assert [(each.number, each.result, each.status) for each in delivery.attempts] == [
        (1, "later", 503), (2, "later", 503), (3, "done", None)]
    assert owing.helpdesk.applied[0].try_number == 3


def test_a_wish_to_wait_longer_is_respected(owing: House):
    owing.helpdesk.fails = [DeliveryError("slow down", kind="temporary", retry_after=120, status=429)]
    owing.work(1)
    assert owing.delivery().due_at == owing.clock.now() + timedelta(seconds=120)


def test_nothing_that_may_pass_is_given_up_within_a_week(owing: House):
    owing.helpdesk.fails = [DeliveryError("somebody edits it", kind="temporary", status=409)] * 1000
    began = owing.clock.now()
    while owing.delivery().state == "waiting":
        owing.clock.at = max(owing.clock.at, owing.delivery().due_at)
        owing.work(1)
    assert owing.delivery().state == "dead"
    assert timedelta(days=7) <= owing.clock.now() - began < timedelta(days=8)


@pytest.mark.parametrize(("error", "state"), [
    (DeliveryError("no such queue", kind="refused", status=400), "dead"),
    (DeliveryError("not valid", kind="refused", status=422), "parked"),
    (DeliveryError("deleted", kind="gone", status=404), "gone"),
])
def test_what_cannot_succeed_is_not_tried_again(owing: House, error, state):
    owing.helpdesk.fails = [error]
    owing.work()
    assert (owing.delivery().state, len(owing.delivery().attempts)) == (state, 1)


def test_a_dead_letter_can_be_redelivered_by_a_person(owing: House):
    owing.helpdesk.fails = [DeliveryError("no such queue", kind="refused", status=400)]
    owing.work()
    with transaction():
        redeliver(owing.delivery().id, "desk-1", owing.clock.now())
    assert owing.work() == ["route"]
    assert owing.helpdesk.applied[0].try_number == 2
    with pytest.raises(Conflict), transaction():
        redeliver(owing.delivery().id, "desk-1", owing.clock.now())
    with pytest.raises(NotFound), transaction():
        redeliver(99, "desk-1", owing.clock.now())


def test_refused_credentials_pause_the_connection_and_nothing_dies(owing: House):
    owing.helpdesk.fails = [DeliveryError("bad token", kind="unauthorized", status=401)]
    owing.created("8", OPS)
    owing.work()
    assert owing.helpdesk.applied == []
    connection = owing.rows(tables.Connection)[0]
    assert "bad token" in connection.pause_reason
    with transaction():
        resume(get_connection("desk"))
    assert owing.work() == ["route", "route"]


def test_a_paused_connection_is_left_in_peace(owing: House):
    with transaction():
        pause(get_connection("desk"), "panic", owing.clock.now())
    assert owing.work() == []


def test_a_fault_of_the_adapters_is_recorded_and_tried_again(owing: House, monkeypatch):
    monkeypatch.setattr(owing.helpdesk, "apply", lambda _delivery: 1 / 0)
    owing.work(1)
    assert (owing.delivery().state, owing.delivery().detail) == (
        "waiting", "the adapter failed: ZeroDivisionError")


def test_deliveries_of_a_ticket_go_out_in_order_and_other_tickets_do_not_wait(house: House):
    house.clock.set("2026-03-08 12:00")
    house.created("7")
    house.helpdesk.fails = [DOWN]
    house.work(1)
    house.created("8")
    house.happened(EventKind.REPLIED, "7", public=True)
    assert house.work(1) == ["queue"]
    assert house.helpdesk.applied[0].ticket_id == "8"


def test_urgent_tickets_go_first(house: House):
    house.created("1", OPS, severity=Severity.LOW)
    house.created("2", OPS, severity=Severity.URGENT)
    house.work()
    assert [delivery.ticket_id for delivery in house.helpdesk.applied] == ["2", "1"]


def test_a_change_that_a_later_decision_overtook_is_not_made_any_more(house: House):
    house.clock.set("2026-03-08 12:00")
    house.created()
    house.helpdesk.fails = [DOWN]
    house.work(1)
    with transaction():
        override(1, Override(Outcome.ROUTE, "let it through"), "desk-1", house.clock.now(), house.deskgate)
    house.clock.go_on(minutes=1)
    assert house.work() == ["release"]
    assert [row.state for row in house.rows(tables.Delivery)] == ["gone", "done"]


def test_two_workers_never_both_win(owing: House):
    assert len(owing.claims("one")) == 1
    assert owing.claims("two") == []


def test_what_a_silent_worker_had_claimed_is_taken_up_and_its_late_result_changes_nothing(owing: House):
    old = owing.claims("slow")[0]
    assert take_up_lost(owing.clock.now()) == 0
    owing.clock.go_on(seconds=6)
    assert take_up_lost(owing.clock.now()) == 1
    assert owing.work() == ["route"]
    assert deliver(Batch((old,)), owing.deskgate) == ["superseded"]
    assert owing.helpdesk.actions() == ["route"]


def test_people_who_came_first_in_the_helpdesk_have_taken_the_ticket(house: House):
    house.clock.set("2026-03-08 12:00")
    house.created()
    house.helpdesk.receipt = Receipt("7", changed=False, detail="assigned to an agent", overtaken=True)
    house.work(1)
    assert house.ticket().decision.reason == "taken_early"


def test_a_ticket_taken_in_here_is_created_in_the_helpdesk_once_and_its_text_forgotten(house: House):
    submission = Submission(Identity(email="it@acme.example"), Severity.NORMAL, "Printer", "It is on fire")
    with transaction():
        verdict = submit(submission, house.clock.now(), house.deskgate)
    assert verdict.state == "routed"
    assert house.work() == ["create"]
    created = house.helpdesk.applied[0].new_ticket
    assert created is not None
    assert (created.subject, created.description) == ("Printer", "It is on fire")
    row = house.ticket(f"r{verdict.ticket_id}")
    assert row.pending is None
    answer = house.happened(EventKind.CREATED, f"r{verdict.ticket_id}", marker="dg-1", author=Author.DESKGATE)
    assert '"ignored"' in answer.body
    assert len(house.rows(tables.Ticket)) == 1


def test_a_ticket_rejected_here_is_not_created_until_a_person_says_so(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    submission = Submission(Identity(email="it@acme.example"), Severity.NORMAL, "Printer", "It is on fire")
    with transaction():
        verdict = submit(submission, house.clock.now(), house.deskgate)
    assert (verdict.state, house.work()) == ("rejected", [])
    with transaction():
        override(verdict.ticket_id, Override(Outcome.ROUTE, "they have just paid"), "desk-1",
                 house.clock.now(), house.deskgate)
    assert house.work() == ["create"]
    assert house.helpdesk.applied[0].new_ticket is not None


def test_a_listener_hears_of_every_decision_of_every_connection(house: House):
    with transaction():
        add_connection(ConnectionConfig(name="books", kind="standard", url="https://books.example",
                                        settings={"listen_only": "Yes"}), house.clock.now())
    house.clock.set("2026-03-08 12:00")
    house.created()
    assert sorted(house.work()) == ["queue", "queue"]
    house.happened(EventKind.CLOSED, author=Author.AGENT)
    assert house.work() == ["withdraw"]
    assert [row.connection.name for row in house.rows(tables.Delivery)] == ["desk", "books", "books"]


def test_in_advise_only_tags_and_fields_are_asked_for(house: House):
    with transaction():
        house.connect("careful", mode="advise")
    house.clock.set("2026-03-08 12:00")
    house.hook(event(EventKind.CREATED, "9", IT, created_at=house.clock.now()), connection="careful")
    house.work()
    delivery = house.helpdesk.applied[0]
    assert delivery.advise
    assert (delivery.message, delivery.note) == ("", "")


def test_without_any_connection_a_submitted_ticket_goes_to_the_sandbox(house: House):
    with transaction():
        for row in house.rows(tables.Connection):
            db.session.delete(row)
    with transaction():
        submit(Submission(OPS, Severity.NORMAL, "Help", "Please"), house.clock.now(), house.deskgate)
    assert house.rows(tables.Ticket)[0].connection.kind == "sandbox"


def test_what_an_earlier_try_created_is_looked_for_since_the_first_decision_whatever_was_decided_later(house: House):
    house.clock.set("2026-03-08 12:00")
    with transaction():
        submit(Submission(IT, Severity.NORMAL, "Help", "Please", connection="desk"), house.clock.now(), house.deskgate)
    began = house.clock.now()
    house.helpdesk.fails = [DeliveryError("no answer within 7 s", kind="unknown")]
    house.work()
    house.clock.set("2026-03-09 08:00")
    house.work()
    created = house.helpdesk.applied[0]
    assert (created.outcome, created.decided_at) == (Outcome.ROUTE, began)


def test_what_a_dead_worker_had_begun_is_tried_at_once_and_what_comes_too_early_uses_up_no_try(owing: House):
    owing.claims("dead")
    owing.clock.go_on(seconds=6)
    take_up_lost(owing.clock.now())
    began = owing.clock.now()
    owing.helpdesk.fails = [DeliveryError("it may still come", kind="early")]
    owing.work(1)
    row = owing.delivery()
    assert (row.tries, row.due_at, row.attempts) == (1, began + timedelta(seconds=60), [])
    owing.clock.at = row.due_at
    assert owing.work(1) == ["route"]
    assert owing.helpdesk.applied[0].repeat_from == began + timedelta(seconds=60)


def test_a_ticket_whose_own_webhook_was_faster_ends_as_one_ticket_with_one_of_everything(house: House):
    house.change_terms("Acme", targets=targets("all 2h", ""), daily_limit=10_800, reserve_seconds=600)
    submission = Submission(Identity(email="it@acme.example"), Severity.NORMAL, "Printer", "It is on fire")
    with transaction():
        verdict = submit(submission, house.clock.now(), house.deskgate)
    house.created(f"r{verdict.ticket_id}")
    house.work()
    ticket = house.ticket(f"r{verdict.ticket_id}")
    twin = next(row for row in house.rows(tables.Ticket) if row.id != ticket.id)
    assert (ticket.id, twin.state, twin.remote_id) == (verdict.ticket_id, "withdrawn", None)
    assert [row.ticket_id for row in db.session.scalars(db.select(tables.Reservation))] == [ticket.id]
    assert {row.ticket_id: row.state for row in house.rows(tables.Milestone)} == {
        ticket.id: "running", twin.id: "dropped"}
    assert broken_invariants(house.clock.now()) == []


@pytest.mark.parametrize(("fails", "told"), [([], 0), ([DeliveryError("no answer within 7 s", kind="unknown")], 1)],
                         ids=["never tried", "perhaps said by a try without an answer"])
def test_a_notice_is_forgotten_only_when_it_cannot_have_gone_out(house: House, fails: list, told: int):
    house.clock.set("2026-03-08 12:00")
    house.created()
    if fails:
        house.helpdesk.fails = list(fails)
        house.work()
    house.happened(EventKind.CLOSED, author=Author.AGENT)
    house.clock.go_on(minutes=5)
    house.work()
    assert [row.state for row in house.rows(tables.Delivery)] == ["gone"]
    assert (len(house.rows(tables.Notice)), house.ticket().public_messages) == (told, told)
