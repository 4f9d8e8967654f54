"""A webhook that does not say who asks: stored, answered 202, and admitted as any other once its ticket was read."""

from __future__ import annotations

import json

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Author, EventKind
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import Submission, submit
from entitlements.steps.hooks import take_found
from entitlements.steps.reading import read, take_up
from entitlements.store import tables
from entitlements.store.database import transaction
from entitlements.store.invariants import broken_invariants
from tests.builders import utc
from tests.fakes import body_of
from tests.steps.house import IT, OPS, House, event
from tests.steps.unread import claimed, hears, reads, states, the_event, there_is


def test_a_webhook_that_says_only_which_ticket_is_stored_and_calls_nobody(house: House):
    there_is(house)
    answer = hears(house)
    assert answer.status == 202
    assert body_of(answer.body) == {"event": "1", "status": "to_read", "ticket": None, "outcome": None, "reason": None,
                                    "release_at": None}
    row = the_event(house)
    assert (row.state, row.about, row.due_at, row.kinds) == ("to_read", "7", house.clock.now(), "created")
    assert (house.helpdesk.reads, house.rows(tables.Ticket)) == ([], [])
    assert broken_invariants(house.clock.now()) == []


def test_once_read_it_is_admitted_as_any_other_with_its_own_arrival(house: House):
    house.clock.set("2026-03-06 16:30")
    there_is(house, severity=Severity.HIGH, product="Mail", channel="web")
    hears(house)
    arrived = house.clock.now()
    house.clock.go_on(seconds=2)
    assert reads(house) == ["7"]
    ticket, row = house.ticket(), the_event(house)
    assert (ticket.customer.name, ticket.severity, ticket.product, ticket.channel) == ("Acme", "high", "Mail", "web")
    assert (ticket.arrived_at, ticket.created_at, ticket.created_at_source) == (arrived, arrived, "the desk")
    assert (ticket.state, ticket.release_at) == ("queued", utc("2026-03-09 08:00"))
    assert (row.state, row.ticket_id, row.due_at, row.claimed_by) == ("decided", ticket.id, None, "")
    assert row.settled_at == house.clock.now()
    assert house.work() == ["queue"]
    assert house.helpdesk.applied[0].message
    assert broken_invariants(house.clock.now()) == []


def test_a_ticket_whose_making_nobody_tells_counts_from_its_arrival(house: House):
    house.clock.set("2026-03-09 15:59")
    there_is(house, created_at=None)
    hears(house)
    house.clock.go_on(minutes=5)
    reads(house)
    ticket = house.ticket()
    assert (ticket.created_at, ticket.created_at_source, ticket.decision.reason) == (
        utc("2026-03-09 15:59"), "arrival", "within_hours")


def test_a_repeated_webhook_gets_the_same_202_before_and_after_the_ticket_was_read(house: House):
    there_is(house)
    first = hears(house, key="one")
    again = house.hook(*house.helpdesk.says["hook 1"], body="hook 1")
    reads(house)
    house.clock.go_on(hours=1)
    assert house.hook(*house.helpdesk.says["hook 1"], body="hook 1") == again == first
    assert first.status == 202
    assert (reads(house), len(house.rows(tables.Decision)), len(house.rows(tables.Event))) == ([], 1, 1)


def test_the_events_of_a_ticket_cost_one_read_and_are_carried_out_in_order(house: House):
    house.clock.set("2026-03-07 12:00")
    there_is(house)
    hears(house)
    house.clock.go_on(seconds=1)
    hears(house, EventKind.REPLIED, author=Author.AGENT, public=True)
    hears(house, EventKind.UPDATED)
    assert reads(house) == ["7"]
    assert states(house) == ["decided", "decided", "applied"]
    assert [row.reason for row in house.rows(tables.Decision)] == ["outside_hours", "taken_early"]


def test_a_later_event_waits_for_an_earlier_one_that_has_been_put_off(house: House):
    there_is(house)
    there_is(house, "8", OPS)
    house.helpdesk.cannot = [DeliveryError("busy with itself", status=409)]
    hears(house)
    assert reads(house) == ["7"]
    hears(house, EventKind.UPDATED)
    hears(house, EventKind.CREATED, "8")
    assert reads(house) == ["8"]
    assert states(house) == ["to_read", "to_read", "decided"]
    house.clock.go_on(seconds=5)
    assert reads(house) == ["7"]
    assert states(house) == ["decided", "applied", "decided"]


def test_what_comes_while_its_ticket_is_being_read_is_read_next(house: House):
    there_is(house)
    hears(house)
    (mine,) = claimed(house)
    readings = take_up(mine, house.deskgate)
    there_is(house, severity=Severity.URGENT)
    hears(house, EventKind.UPDATED)
    assert claimed(house, "other") == []
    read(readings, house.deskgate)
    assert states(house) == ["decided", "to_read"]
    assert reads(house) == ["7"]
    assert states(house) == ["decided", "applied"]


def test_what_ends_a_ticket_needs_no_reading_and_a_ticket_closed_before_it_was_read_is_left_alone(house: House):
    house.clock.set("2026-03-07 12:00")
    there_is(house)
    hears(house)
    house.clock.go_on(seconds=1)
    assert body_of(hears(house, EventKind.CLOSED).body)["status"] == "ignored"
    there_is(house, closed=True)
    assert reads(house) == ["7"]
    ticket = house.ticket()
    assert (ticket.state, ticket.closed_at is not None, house.work()) == ("withdrawn", True, [])


def test_a_ticket_that_is_closed_by_the_time_it_is_read_is_recorded_and_left_alone(house: House):
    house.clock.set("2026-03-07 12:00")
    there_is(house, closed=True)
    hears(house)
    reads(house)
    assert (house.ticket().state, house.work()) == ("withdrawn", [])


def test_what_says_enough_about_a_known_ticket_is_carried_out_at_once(house: House):
    house.created("7", OPS)
    assert body_of(hears(house, EventKind.TIME_LOGGED, seconds=60, entry_id="1").body)["status"] == "applied"
    assert body_of(hears(house, EventKind.REPLIED, author=Author.DESKGATE).body)["status"] == "ignored"
    assert body_of(hears(house, EventKind.UPDATED).body)["status"] == "to_read"
    assert body_of(hears(house, EventKind.MERGED).body)["status"] == "applied"
    there_is(house, "7", OPS)
    assert reads(house) == ["7"]
    assert house.ticket().closed_at is not None


def test_time_logged_on_a_ticket_that_is_to_be_read_counts_once_it_was(house: House):
    there_is(house)
    hears(house)
    hears(house, EventKind.TIME_LOGGED, seconds=60, entry_id="1")
    assert reads(house) == ["7"]
    assert [(row.seconds, row.ticket_id) for row in house.rows(tables.UsageEntry)] == [(60, 1)]


def test_time_logged_on_a_ticket_that_has_become_known_is_counted_without_a_call(house: House):
    hears(house, EventKind.TIME_LOGGED, seconds=60, entry_id="1")
    house.created()
    assert reads(house) == []
    assert (states(house), len(house.rows(tables.UsageEntry))) == (["applied", "decided"], 1)


def test_a_severity_that_was_raised_is_seen_and_a_queued_ticket_decided_anew(house: House):
    house.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    house.clock.set("2026-03-07 12:00")
    there_is(house)
    hears(house)
    reads(house)
    there_is(house, severity=Severity.URGENT)
    hears(house, EventKind.UPDATED, author=Author.CUSTOMER)
    reads(house)
    assert (house.ticket().state, house.ticket().decision.reason) == ("routed", "severity_exempt")


def test_a_ticket_of_ours_is_recognized_when_it_is_read(house: House):
    with transaction():
        submit(Submission(OPS, Severity.NORMAL, "Printer", "It burns"), house.clock.now(), house.deskgate)
    (mine,) = house.claims()
    there_is(house, "r1", OPS, marker=f"dg-{mine.delivery_id}")
    hears(house, EventKind.CREATED, "r1")
    hears(house, EventKind.REPLIED, "r1", author=Author.CUSTOMER, public=True)
    assert reads(house) == ["r1"]
    assert states(house) == ["ignored", "applied"]
    assert [row.remote_id for row in house.rows(tables.Ticket)] == ["r1"]
    assert [row.action for row in house.rows(tables.Delivery)] == [Action.CREATE.value]


def test_what_happens_to_a_ticket_of_ours_later_is_seen_when_it_is_read(house: House):
    house.clock.set("2026-03-07 12:00")
    with transaction():
        submit(Submission(IT, Severity.NORMAL, "Printer", "It burns"), house.clock.now(), house.deskgate)
    house.work()
    (created,) = house.rows(tables.Delivery)
    seen = {"marker": f"dg-{created.id}", "snapshot": True, "at": house.clock.now()}
    there_is(house, "r1", author=Author.DESKGATE, **seen)
    hears(house, EventKind.UPDATED, "r1")
    reads(house)
    assert (states(house), house.ticket("r1").state) == (["applied"], "queued")
    there_is(house, "r1", assigned=True, **seen)
    hears(house, EventKind.UPDATED, "r1")
    reads(house)
    assert house.ticket("r1").decision.reason == "taken_early"
    assert len(house.rows(tables.Ticket)) == 1


def test_what_an_event_says_itself_is_not_overwritten_by_what_is_read(house: House):
    there_is(house, "7", OPS, severity=Severity.LOW, product="Phone", created_at=utc("2026-03-09 08:00"))
    hears(house, severity=Severity.URGENT, created_at=utc("2026-03-09 08:30"), created_at_source="the webhook")
    reads(house)
    ticket = house.ticket()
    assert (ticket.customer.name, ticket.severity, ticket.product) == ("Globex", "urgent", "Phone")
    assert (ticket.created_at, ticket.created_at_source) == (utc("2026-03-09 08:30"), "the webhook")


def test_an_incomplete_event_that_a_look_found_is_read_too(house: House):
    there_is(house)
    assert take_found(1, [event(EventKind.CREATED, "7", incomplete=True, at=house.clock.now())], house.deskgate)
    assert (states(house), json.loads(the_event(house).answer)["status"]) == (["to_read"], "to_read")
    assert reads(house) == ["7"]
    assert (states(house), house.ticket().contact) == (["decided"], IT.email)
