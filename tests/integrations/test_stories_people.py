"""People win in every helpdesk: what agents and customers do before, between and after our changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.helpdesk import Action
from entitlements.rules.reasons import Reason
from tests.integrations.stories import WORDS, Connected, words_of


def test_a_customer_who_writes_while_queued_is_put_back_silently(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    before = desk.state(ticket_id)
    desk.bench.customer_writes(ticket_id)
    desk.bring(Action.QUEUE, ticket_id, message="", note="", release_at=before.until or desk.opening)
    state = desk.state(ticket_id)
    assert (state.standing, state.group, state.told, state.notes) == ("held", before.group, before.told, before.notes)
    assert state.tags == before.tags


def test_an_agent_who_answered_meanwhile_has_taken_it_and_the_customer_is_told_nothing(
        desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    delivery = desk.owed(Action.QUEUE, ticket_id)
    desk.clock.go_on(minutes=1)
    desk.bench.agent_answers(ticket_id)
    before = desk.state(ticket_id)
    receipt = desk.apply(delivery)
    assert (receipt.changed, receipt.overtaken) == (False, True)
    assert desk.state(ticket_id) == before


def test_an_agent_who_takes_a_queued_ticket_has_it_freed(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bench.agent_takes(ticket_id)
    before = desk.state(ticket_id)
    assert before.assignee
    receipt = desk.bring(Action.RELEASE, ticket_id, reason=Reason.TAKEN_EARLY)
    state = desk.state(ticket_id)
    assert receipt.overtaken
    assert (state.standing, state.assignee, state.group) == ("open", before.assignee, before.group)
    assert "deskgate_routed" in state.tags
    assert state.told == before.told


def test_a_ticket_that_people_closed_stays_closed(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bench.agent_closes(ticket_id)
    before = desk.state(ticket_id)
    for action in (Action.RELEASE, Action.QUEUE, Action.REJECT):
        receipt = desk.bring(action, ticket_id)
        assert (receipt.changed, receipt.overtaken) == (False, True)
    assert desk.state(ticket_id) == before


def test_a_ticket_that_the_customer_opened_again_is_queued_anew(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bring(Action.ROUTE, ticket_id)
    desk.bench.agent_answers(ticket_id)
    desk.bench.agent_closes(ticket_id)
    desk.clock.go_on(hours=9)
    desk.bench.customer_reopens(ticket_id)
    told = len(desk.state(ticket_id).told)
    assert desk.bring(Action.QUEUE, ticket_id, marker="dg-18").changed
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("held", desk.groups["queue"])
    if desk.tells_by_reply():
        assert WORDS.splitlines()[0] in words_of(state.told[told:])


def test_a_ticket_that_an_agent_let_go_by_hand_is_left_where_it_is(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bench.agent_takes(ticket_id)
    desk.bench.agent_answers(ticket_id)
    before = desk.state(ticket_id)
    desk.bring(Action.RELEASE, ticket_id)
    state = desk.state(ticket_id)
    assert (state.group, state.assignee, state.told) == (before.group, before.assignee, before.told)
    assert state.standing in ("open", "waiting")


def test_an_account_that_tickets_go_to_by_themselves_has_taken_nothing(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bench.agent_takes(ticket_id)
    robot = desk.helpdesk.ticket(ticket_id).assignee
    desk = desk.set(default_owners=robot)
    assert not desk.bring(Action.QUEUE, ticket_id).overtaken
    assert desk.state(ticket_id).standing == "held"


def test_an_internal_note_of_an_agent_takes_nothing(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bench.agent_notes(ticket_id)
    assert not desk.bring(Action.RELEASE, ticket_id).overtaken
    assert desk.state(ticket_id).group == desk.groups["route"]


@pytest.mark.parametrize("severity", ["low", "high"])
def test_a_severity_that_an_agent_set_stays(desk_at_work: Connected, severity: str) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    desk.bench.agent_sets_severity(ticket_id, severity)
    before = desk.helpdesk.read(ticket_id).severity
    desk.bring(Action.QUEUE, ticket_id)
    desk.bring(Action.RELEASE, ticket_id)
    assert desk.helpdesk.read(ticket_id).severity == before


def test_a_later_decision_replaces_an_earlier_one(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    desk.bring(Action.REJECT, ticket_id, marker="dg-18")
    state = desk.state(ticket_id)
    assert (state.standing, state.group) == ("open", desk.groups["renewals"])
    assert "deskgate_rejected" in state.tags
    assert "deskgate_queued" not in state.tags
    desk.bring(Action.QUEUE, ticket_id, marker="dg-19", message="")
    assert desk.state(ticket_id).standing == "held"


def test_a_promise_that_moved_moves_the_waking_too(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.queued()
    later = desk.opening.replace(hour=11)
    delivery = replace(desk.owed(Action.QUEUE, ticket_id, message="", note=""), release_at=later)
    desk.apply(delivery)
    state = desk.state(ticket_id)
    assert state.standing == "held"
    assert state.until in (None, later)
