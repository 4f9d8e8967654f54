"""Events arrive late, twice and the wrong way round: a ticket ends in the state that the helpdesk has."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from entitlements.helpdesk import Author, EventKind
from entitlements.rules.ticket import Severity
from entitlements.store import db, tables
from entitlements.store.database import transaction
from entitlements.store.keeping import delete_expired
from tests.builders import utc
from tests.fakes import body_of
from tests.steps.histories import (
    MONDAY,
    SUNDAY_NOON,
    TOLD_BY,
    a_history,
    differences,
    in_any_order,
    tell,
    wrong_releases,
)
from tests.steps.house import IT, House, event

NINE, TEN, ELEVEN = (utc(f"2026-03-08 {hour:02}:00") for hour in (9, 10, 11))


def test_whatever_the_order_a_ticket_ends_as_it_is_in_the_helpdesk(house: House):
    random = Random(house.app.config["SQLALCHEMY_DATABASE_URI"][:6])
    histories = [a_history(str(number), random) for number in range(40)]
    house.clock.at = TOLD_BY
    tell(house, in_any_order(histories, random))
    assert [line for each in histories for line in differences(house, each)] == []
    house.clock.at = MONDAY
    house.work()
    assert wrong_releases(house, histories) == []


@pytest.fixture
def sunday(small_house: House) -> House:
    """It is Sunday noon; Acme is closed until Monday."""
    small_house.clock.at = SUNDAY_NOON
    return small_house


# Closing and opening again


@pytest.mark.parametrize("end", [EventKind.CLOSED, EventKind.MERGED, EventKind.DELETED])
def test_a_ticket_heard_of_after_its_end_is_decided_once_and_nothing_is_owed(sunday: House, end: EventKind):
    assert body_of(sunday.happened(end, author=Author.AGENT, at=ELEVEN).body)["status"] == "ignored"
    assert body_of(sunday.created(created_at=TEN, at=TEN).body)["outcome"] == "queue"
    ticket = sunday.ticket()
    assert (ticket.state, ticket.closed_at, ticket.due_at) == ("withdrawn", ELEVEN, None)
    assert [decision.reason for decision in ticket.decisions] == ["outside_hours"]
    assert sunday.rows(tables.Delivery) == sunday.rows(tables.Notice) == sunday.rows(tables.Ending) == []
    sunday.clock.at = MONDAY
    assert sunday.work() == []


def test_nor_is_anything_set_aside_or_promised_for_it(desk: House):
    desk.change_terms("Acme", daily_limit=3600, reserve_seconds=1800)
    desk.happened(EventKind.CLOSED, author=Author.AGENT, at=desk.clock.now())
    desk.created(at=desk.clock.now() - timedelta(minutes=5))
    assert desk.ticket().state == "routed"
    assert desk.rows(tables.Milestone) == []
    assert db.session.scalar(select(func.count(tables.Reservation.ticket_id))) == 0
    assert desk.work() == []


def test_a_ticket_opened_again_after_the_end_that_was_heard_of_first_is_open(sunday: House):
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    sunday.happened(EventKind.REOPENED, identity=IT, created_at=NINE, at=ELEVEN)
    sunday.created(created_at=NINE, at=NINE)
    ticket = sunday.ticket()
    assert (ticket.state, ticket.closed_at, ticket.created_at) == ("queued", None, ELEVEN)


def test_a_closing_older_than_the_reopening_withdraws_nothing(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.REOPENED, at=ELEVEN)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    assert sunday.ticket().state == "queued"


def test_a_reopening_older_than_the_closing_opens_nothing(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=ELEVEN)
    assert body_of(sunday.happened(EventKind.REOPENED, at=TEN).body)["status"] == "applied"
    assert sunday.ticket().state == "withdrawn"


def test_a_reopening_told_once_more_begins_no_other_life(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    for _ in range(2):
        sunday.happened(EventKind.REOPENED, at=ELEVEN)
    assert sunday.ticket().revision == 2


def test_a_ticket_closed_and_opened_within_a_second_is_as_it_was_told_last(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    sunday.happened(EventKind.REOPENED, at=TEN)
    assert sunday.ticket().state == "queued"
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    assert sunday.ticket().state == "withdrawn"


def test_an_event_without_a_time_counts_as_happening_now(sunday: House):
    sunday.created(at=NINE)
    sunday.clock.go_on(seconds=1.9)
    sunday.happened(EventKind.REOPENED, at=sunday.clock.now())
    sunday.clock.go_on(seconds=0.05)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT)
    assert sunday.ticket().state == "withdrawn"


def test_a_helpdesk_whose_clock_is_ahead_is_believed_in_the_order_of_arrival(sunday: House):
    ahead = timedelta(hours=3)
    sunday.created(at=sunday.clock.now() + ahead)
    for kind, state in ((EventKind.CLOSED, "withdrawn"), (EventKind.REOPENED, "queued"),
                        (EventKind.CLOSED, "withdrawn")):
        sunday.clock.go_on(seconds=1)
        sunday.happened(kind, at=sunday.clock.now() + ahead)
        assert sunday.ticket().state == state


def test_a_ticket_told_of_when_it_has_been_closed_already_is_not_written_to(sunday: House):
    sunday.created(at=NINE, closed=True)
    assert (sunday.ticket().state, sunday.rows(tables.Delivery)) == ("withdrawn", [])


def test_a_queued_ticket_that_a_note_shows_to_be_closed_is_withdrawn(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.REPLIED, author=Author.AGENT, public=False, at=TEN, closed=True)
    assert sunday.ticket().state == "withdrawn"


def test_unless_it_has_been_opened_again_since(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.REOPENED, at=ELEVEN)
    sunday.happened(EventKind.REPLIED, author=Author.AGENT, public=False, at=TEN, closed=True)
    assert sunday.ticket().state == "queued"


def test_endings_of_tickets_that_never_come_are_forgotten_after_a_month(sunday: House):
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=TEN)
    sunday.happened(EventKind.MERGED, author=Author.AGENT, at=NINE)
    assert [row.at for row in sunday.rows(tables.Ending)] == [TEN]
    for days, left in ((30, 1), (31, 0)):
        with transaction():
            delete_expired(SUNDAY_NOON + timedelta(days=days), raw_days=30)
        assert len(sunday.rows(tables.Ending)) == left


# Fields


def test_an_older_update_that_arrives_later_changes_no_field(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.UPDATED, severity=Severity.LOW, at=ELEVEN)
    sunday.happened(EventKind.UPDATED, severity=Severity.HIGH, at=TEN)
    assert sunday.ticket().severity == "low"


def test_what_says_nothing_of_a_field_keeps_no_older_word_on_it_out(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.REPLIED, at=ELEVEN, public=True)
    sunday.happened(EventKind.UPDATED, severity=Severity.HIGH, at=TEN)
    assert sunday.ticket().severity == "high"


def test_who_asks_and_what_about_is_taken_from_the_opening_even_if_it_comes_last(sunday: House):
    sunday.happened(EventKind.UPDATED, created_at=NINE, at=TEN, severity=Severity.LOW)
    assert sunday.ticket().decision.reason == "unknown_customer"
    sunday.created(at=NINE, product="Printers", channel="email")
    ticket = sunday.ticket()
    assert (ticket.customer.name, ticket.product, ticket.channel, ticket.severity) == (
        "Acme", "Printers", "email", "low")


def test_a_ticket_that_staff_made_is_let_go_when_that_is_told(sunday: House):
    sunday.happened(EventKind.REPLIED, identity=IT, created_at=NINE, at=TEN, public=True)
    assert sunday.ticket().state == "queued"
    sunday.created(at=NINE, staff_made=True)
    assert sunday.ticket().decision.reason == "live_contact"


def test_a_waiting_that_ended_does_not_begin_again_when_it_is_told_late(routed: House):
    began = routed.clock.now()
    routed.clock.go_on(hours=1)
    routed.happened(EventKind.UPDATED, author=Author.AGENT, waiting=False, at=began + timedelta(minutes=20))
    routed.happened(EventKind.UPDATED, author=Author.AGENT, waiting=True, at=began + timedelta(minutes=10))
    assert routed.ticket().waiting_since is None


# What agents do


def test_an_answer_of_an_earlier_life_takes_nothing(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.REOPENED, at=ELEVEN)
    sunday.happened(EventKind.REPLIED, author=Author.AGENT, public=True, at=TEN)
    assert sunday.ticket().state == "queued"


def test_an_answer_told_before_the_reopening_that_it_answers_takes_the_ticket(sunday: House):
    sunday.created(at=NINE)
    sunday.happened(EventKind.CLOSED, author=Author.AGENT, at=NINE + timedelta(minutes=1))
    sunday.happened(EventKind.REPLIED, author=Author.AGENT, public=True, at=ELEVEN)
    sunday.happened(EventKind.REOPENED, at=TEN)
    ticket = sunday.ticket()
    assert (ticket.state, ticket.decision.reason, ticket.revision) == ("routed", "taken_early", 2)


@pytest.mark.parametrize("act", [{"kind": EventKind.REPLIED, "public": True},
                                 {"kind": EventKind.UPDATED, "assigned": True}, {"kind": EventKind.REOPENED}],
                         ids=["answered", "assigned", "reopened"])
def test_a_ticket_first_heard_of_by_what_an_agent_did_to_it_is_not_queued(sunday: House, act: dict):
    sunday.happened(author=Author.AGENT, identity=IT, created_at=NINE, at=TEN, **act)
    sunday.created(at=NINE)
    assert sunday.ticket().decision.reason == "taken_early"
    assert not any(row.message for row in sunday.rows(tables.Delivery))


# What comes before its ticket


def test_what_is_told_of_a_ticket_before_it_comes_is_carried_out_when_it_does(house: House):
    house.clock.at = SUNDAY_NOON
    house.happened(EventKind.TIME_LOGGED, author=Author.AGENT, seconds=600, entry_id="e1", at=ELEVEN)
    early = house.happened(EventKind.UPDATED, author=Author.AGENT, severity=Severity.HIGH, assigned=True, at=TEN)
    assert body_of(early.body)["status"] == "ignored"
    assert body_of(house.created(created_at=NINE, at=NINE).body)["reason"] == "taken_early"
    ticket = house.ticket()
    assert (ticket.severity, ticket.state) == ("high", "routed")
    assert [row.seconds for row in house.rows(tables.UsageEntry)] == [600]
    assert [(row.state, row.about, row.ticket_id) for row in house.rows(tables.Event)] == [
        ("applied", None, 1), ("decided", None, 1), ("decided", None, 1)]


def test_its_answer_stays_the_one_that_was_given(sunday: House):
    said = event(EventKind.UPDATED, severity=Severity.HIGH, at=TEN)
    early = sunday.hook(said, body="early")
    sunday.created(at=NINE)
    assert sunday.hook(said, body="early") == early


def test_a_fault_in_what_came_before_parks_that_alone(sunday: House):
    sunday.hook(event(EventKind.TIME_LOGGED, author=Author.AGENT, seconds=600, entry_id="e1", at=TEN), body="early")
    sunday.helpdesk.says["early"] = [event(EventKind.CREATED, "x" * 500, IT, at=TEN)]
    assert body_of(sunday.created(at=NINE).body)["status"] == "decided"
    assert [row.state for row in sunday.rows(tables.Event)] == ["parked", "decided"]
