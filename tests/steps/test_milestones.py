"""Milestones along a ticket's way: when they are set, what meets them, and what makes them wait."""

from __future__ import annotations

from itertools import permutations

import pytest

from entitlements.helpdesk import Author, EventKind, Identity
from entitlements.rules.license import Standing
from entitlements.rules.ticket import Severity
from entitlements.steps.people import take_early
from entitlements.store.database import transaction
from entitlements.store.licenses import licenses_of
from entitlements.store.milestones import progress_of
from tests.builders import utc
from tests.steps.house import IT, House, event
from tests.steps.promises import HOUR, by_agent, due, rows, settled

SUNDAY, MONDAY = "2026-03-08 12:00", "2026-03-09 08:00"


# Set


def test_a_routed_ticket_gets_its_due_times_from_the_instant_of_routing(routed: House):
    assert due(routed) == (("running", utc("2026-03-09 11:00")), ("running", utc("2026-03-10 09:00")))
    assert rows(routed)["respond"].license_version_id == licenses_of("Acme")[0].version


def test_a_queued_ticket_gets_them_when_it_is_released(any_desk: House):
    any_desk.clock.set(SUNDAY)
    any_desk.created()
    assert any_desk.ticket().milestones == []
    any_desk.clock.set(MONDAY)
    any_desk.work()
    assert due(any_desk) == (("running", utc("2026-03-09 10:00")), ("running", utc("2026-03-09 16:00")))


@pytest.mark.parametrize("told", [{"channel": "phone"}, {"severity": Severity.URGENT}])
def test_outside_hours_business_time_begins_with_the_next_opening_and_the_wall_clock_at_once(desk: House, told: dict):
    desk.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    desk.clock.set(SUNDAY)
    desk.created(**told)
    expected = (utc("2026-03-08 13:00"), utc("2026-03-08 16:00")) if "severity" in told else (
        utc("2026-03-09 10:00"), utc("2026-03-09 16:00"))
    assert tuple(at for _, at in due(desk)) == expected


def test_a_ticket_taken_early_has_them_too(desk: House):
    desk.clock.set(SUNDAY)
    desk.created()
    with transaction():
        take_early(desk.ticket().id, "desk-1", desk.clock.now(), desk.deskgate)
    assert due(desk)[0] == ("running", utc("2026-03-09 10:00"))


def test_whoever_answers_a_queued_ticket_has_answered_it(desk: House):
    desk.clock.set(SUNDAY)
    desk.created()
    by_agent(desk)
    assert (settled(desk, "respond"), rows(desk)["resolve"].state) == (("met", utc(SUNDAY)), "running")


def test_a_ticket_that_an_agent_had_answered_before_we_heard_of_it_owes_no_answer(desk: House):
    desk.created(answered=True)
    assert settled(desk, "respond") == ("met", desk.clock.now())


@pytest.mark.parametrize(("terms", "told"), [
    ({}, {"identity": Identity(email="who@stranger.example")}), ({"standing": Standing.CANCELLED}, {}),
    ({"targets": frozenset()}, {}), ({"contacts": frozenset({"boss@acme.example"})}, {}),
    ({}, {"created_at": utc("2025-12-31 12:00")}),
    ({"standing": Standing.CANCELLED}, {"channel": "phone"})],
    ids=["stranger", "rejected", "nothing promised", "in triage", "older than the connection", "live but not covered"])
def test_what_agents_do_not_have_under_a_license_has_none(desk: House, terms: dict, told: dict):
    desk.change_terms("Acme", **terms)
    desk.created(**told)
    assert desk.ticket().milestones == []


def test_in_observe_they_are_kept_as_well(desk: House):
    with transaction():
        desk.connect("watched", mode="observe")
    desk.hook(event(EventKind.CREATED, "9", IT, created_at=desk.clock.now()), connection="watched")
    assert [row.state for row in desk.ticket("9").milestones] == ["running", "running"]


# Met


def test_the_first_public_answer_of_an_agent_meets_the_one_and_closing_the_other(routed: House):
    by_agent(routed, EventKind.UPDATED)
    routed.happened(EventKind.REPLIED, author=Author.AGENT, public=False)
    routed.happened(EventKind.REPLIED, public=True)
    assert rows(routed)["respond"].state == "running"
    routed.clock.set("2026-03-09 10:30")
    by_agent(routed)
    routed.clock.set("2026-03-09 10:45")
    by_agent(routed)
    assert settled(routed, "respond") == ("met", utc("2026-03-09 10:30"))
    routed.clock.set("2026-03-09 12:00")
    by_agent(routed, EventKind.CLOSED)
    assert settled(routed, "resolve") == ("met", utc("2026-03-09 12:00"))
    assert rows(routed)["resolve"].used_seconds == 3 * HOUR


def test_what_counts_is_when_it_happened_not_when_we_heard_of_it(routed: House):
    routed.clock.set("2026-03-09 12:00")
    by_agent(routed, at=utc("2026-03-09 10:59:58"))
    assert settled(routed, "respond") == ("met", utc("2026-03-09 10:59:58"))
    by_agent(routed, EventKind.CLOSED, at=utc("2026-03-09 23:00"))
    assert settled(routed, "resolve") == ("met", utc("2026-03-09 12:00"))


def test_closing_without_a_word_answers_too(routed: House):
    by_agent(routed, EventKind.CLOSED)
    assert [state for state, _ in due(routed)] == ["met", "met"]


@pytest.mark.parametrize("kind", [EventKind.MERGED, EventKind.DELETED])
def test_what_is_merged_or_deleted_is_not_due_any_more(routed: House, kind: EventKind):
    by_agent(routed, kind)
    assert [state for state, _ in due(routed)] == ["dropped", "dropped"]


def test_what_an_agent_reopens_goes_on_where_it_was(routed: House):
    routed.clock.set("2026-03-09 10:00")
    by_agent(routed)
    by_agent(routed, EventKind.CLOSED)
    routed.clock.set("2026-03-12 08:00")
    by_agent(routed, EventKind.REOPENED)
    assert due(routed) == (("met", utc("2026-03-09 11:00")), ("running", utc("2026-03-12 15:00")))
    assert (rows(routed)["resolve"].used_seconds, rows(routed)["resolve"].settled_at) == (HOUR, None)


def test_what_a_customer_reopens_begins_anew(routed: House):
    by_agent(routed)
    routed.clock.set("2026-03-12 08:00")
    routed.happened(EventKind.REOPENED, at=routed.clock.now())
    assert due(routed)[1][0] == "dropped"
    assert due(routed, 2) == (("running", utc("2026-03-12 10:00")), ("running", utc("2026-03-12 16:00")))


# Waiting for the customer


def test_while_the_ticket_waits_for_the_customer_nothing_is_due(any_desk: House):
    routed = any_desk
    routed.created()
    routed.clock.set("2026-03-09 10:00")
    by_agent(routed, EventKind.UPDATED, waiting=True)
    assert due(routed) == (("paused", None), ("paused", None))
    assert routed.ticket().waiting_since == utc("2026-03-09 10:00")
    routed.clock.set("2026-03-10 08:00")
    routed.happened(EventKind.REPLIED, public=True)
    assert due(routed) == (("running", utc("2026-03-10 09:00")), ("running", utc("2026-03-10 15:00")))
    assert routed.ticket().waiting_since is None


def test_the_helpdesk_may_say_that_it_waits_no_longer_and_what_says_nothing_changes_nothing(routed: House):
    by_agent(routed, EventKind.UPDATED, waiting=True)
    by_agent(routed, EventKind.UPDATED)
    by_agent(routed, EventKind.UPDATED, waiting=True)
    assert due(routed)[0][0] == "paused"
    by_agent(routed, EventKind.UPDATED, waiting=False)
    assert due(routed)[0] == ("running", utc("2026-03-09 11:00"))


def test_a_customers_reply_ends_the_waiting_whatever_the_helpdesk_says_but_no_machines_does(routed: House):
    by_agent(routed, EventKind.UPDATED, waiting=True)
    routed.happened(EventKind.REPLIED, public=True, auto_submitted=True)
    assert due(routed)[0][0] == "paused"
    routed.happened(EventKind.REPLIED, public=True, waiting=True)
    assert due(routed)[0][0] == "running"


def test_a_ticket_that_arrives_waiting_waits(desk: House):
    desk.created(waiting=True)
    assert due(desk) == (("paused", None), ("paused", None))


def test_an_answer_of_an_agent_makes_it_wait_where_that_is_set(desk: House):
    with transaction():
        desk.connect("polite", mode="enforce", reply_waits="on")
    desk.hook(event(EventKind.CREATED, "8", IT, created_at=desk.clock.now()), connection="polite")
    desk.hook(event(EventKind.REPLIED, "8", author=Author.AGENT, public=False), connection="polite")
    assert desk.ticket("8").waiting_since is None
    desk.hook(event(EventKind.REPLIED, "8", author=Author.AGENT, public=True), connection="polite")
    assert [row.state for row in desk.ticket("8").milestones] == ["met", "paused"]
    desk.hook(event(EventKind.REPLIED, "8", public=True), connection="polite")
    assert [row.state for row in desk.ticket("8").milestones] == ["met", "running"]


def test_by_default_an_answer_keeps_the_clock_running(routed: House):
    by_agent(routed)
    assert due(routed)[1][0] == "running"


def test_closing_ends_the_waiting(routed: House):
    by_agent(routed, EventKind.UPDATED, waiting=True)
    routed.clock.set("2026-03-11 12:00")
    by_agent(routed, EventKind.CLOSED)
    assert (routed.ticket().waiting_since, rows(routed)["resolve"].used_seconds) == (None, 0)
    assert due(routed)[1] == ("met", None)
    by_agent(routed, EventKind.UPDATED, waiting=True)
    assert routed.ticket().waiting_since is None


# Told late, or out of order


def test_a_reply_from_before_the_waiting_does_not_end_it(any_desk: House):
    routed = any_desk
    routed.created()
    routed.clock.set("2026-03-09 11:00")
    by_agent(routed, EventKind.UPDATED, waiting=True)
    routed.happened(EventKind.REPLIED, public=True, at=utc("2026-03-09 10:00"))
    by_agent(routed, EventKind.UPDATED, waiting=False, at=utc("2026-03-09 10:30"))
    assert routed.ticket().waiting_since == utc("2026-03-09 11:00")
    assert (due(routed)[1], rows(routed)["resolve"].used_seconds) == (("paused", None), 2 * HOUR)
    routed.clock.set("2026-03-09 13:00")
    routed.happened(EventKind.REPLIED, public=True, at=utc("2026-03-09 12:00"))
    assert due(routed)[1] == ("running", utc("2026-03-10 10:00"))


def test_a_reply_in_the_second_in_which_the_waiting_began_ends_it(routed: House):
    routed.clock.set("2026-03-09 10:00:00.700000")
    by_agent(routed, EventKind.UPDATED, waiting=True)
    routed.happened(EventKind.REPLIED, public=True, at=utc("2026-03-09 10:00"))
    assert due(routed)[1][0] == "running"


def test_what_an_agent_reopened_before_it_was_closed_goes_on_from_the_closing(any_desk: House):
    routed = any_desk
    routed.created()
    routed.clock.set("2026-03-09 12:00")
    by_agent(routed, EventKind.CLOSED)
    by_agent(routed, EventKind.REOPENED, at=utc("2026-03-09 09:30"))
    row = rows(routed)["resolve"]
    assert (row.used_seconds, row.due_at) == (3 * HOUR, utc("2026-03-10 09:00"))


def test_in_whatever_order_a_day_is_told_no_ticket_uses_more_than_the_day(desk: House):
    day = [(EventKind.UPDATED, {"waiting": True}, "10:00"), (EventKind.UPDATED, {"waiting": False}, "11:00"),
           (EventKind.CLOSED, {}, "12:00"), (EventKind.REOPENED, {}, "13:00")]
    orders = {f"t{number}": order for number, order in enumerate(permutations(day))}
    for number in orders:
        desk.created(number)
    desk.clock.set("2026-03-09 14:00")
    for number, order in orders.items():
        for kind, told, at in order:
            desk.happened(kind, number, author=Author.AGENT, at=utc(f"2026-03-09 {at}"), **told)
    found = progress_of([desk.ticket(number) for number in orders], desk.clock.now())
    assert len(found) == len(orders)
    assert all(each.used_seconds <= 5 * HOUR for some in found.values() for each in some)
