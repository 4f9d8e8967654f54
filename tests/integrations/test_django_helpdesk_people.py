"""django-helpdesk, out: people win. What agents did in the helpdesk is left as they did it."""

from __future__ import annotations

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from integrations.tools import Tools
from tests.integrations.parts import a_delivery
from tests.integrations.stub_desk import QUEUES, US, StubDesk, desk

# --- People win ------------------------------------------------------------------------------------------------------

DECISIONS = [Action.ROUTE, Action.QUEUE, Action.REJECT]


@pytest.mark.parametrize("action", DECISIONS)
def test_a_ticket_that_an_agent_took_is_not_moved(tools: Tools, stub: StubDesk, action: Action) -> None:
    stub.add(assigned_to=3)
    receipt = desk(tools).apply(a_delivery(action, message="not said"))
    assert (receipt.overtaken, receipt.changed, stub.writes) == (True, False, [])


@pytest.mark.parametrize("action", DECISIONS)
def test_a_ticket_that_an_agent_answered_is_not_moved(tools: Tools, stub: StubDesk, action: Action) -> None:
    stub.add()
    stub.write(7, "I am on it.")
    assert desk(tools).apply(a_delivery(action, message="not said")).overtaken
    assert stub.writes == []


@pytest.mark.parametrize("action", DECISIONS)
def test_a_ticket_that_an_agent_put_somewhere_by_hand_is_not_moved(
        tools: Tools, stub: StubDesk, action: Action) -> None:
    stub.add()
    stub.write(7, None, title="Ticket placed on hold")
    assert desk(tools).apply(a_delivery(action)).overtaken
    assert stub.writes == []


@pytest.mark.parametrize("action", DECISIONS)
@pytest.mark.parametrize("status", [3, 4, 5])
def test_a_closed_ticket_is_left_closed(tools: Tools, stub: StubDesk, action: Action, status: int) -> None:
    stub.add(status=status)
    assert desk(tools).apply(a_delivery(action, message="not said")).overtaken
    assert stub.writes == []


def test_a_note_among_colleagues_takes_nothing(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    stub.write(7, "Looks like a Monday.", public=False)
    assert not desk(tools).apply(a_delivery(Action.QUEUE)).overtaken
    assert stub.tickets[7]["on_hold"]


def test_the_owner_that_a_queue_gives_every_ticket_has_not_taken_it(tools: Tools, stub: StubDesk) -> None:
    stub.add(assigned_to=3)
    assert not desk(tools, {**QUEUES, "default_owners": "3"}).apply(a_delivery(Action.QUEUE)).overtaken
    assert stub.tickets[7]["on_hold"]


def test_our_own_words_are_no_agents_answer(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    stub.write(7, "We open at nine.\n\nRef. dg-16", user=US)
    stub.write(7, "Without a marker, but by our account.", user=US)
    assert not desk(tools, acting_as=str(US)).apply(a_delivery(Action.QUEUE)).overtaken


def test_a_ticket_of_an_earlier_life_may_be_queued_again(tools: Tools, stub: StubDesk) -> None:
    stub.add(assigned_to=3, status=2)
    stub.write(7, "Solved.", date="2026-03-08T10:00:00Z", new_status=4)
    stub.write(7, "It burns again.", user=None, date="2026-03-09T09:59:59Z", new_status=2)
    assert not desk(tools).apply(a_delivery(Action.QUEUE)).overtaken
    assert stub.tickets[7]["on_hold"]


def test_a_queued_ticket_that_an_agent_took_is_only_taken_off_hold_and_noted(tools: Tools, stub: StubDesk) -> None:
    stub.add(on_hold=True, assigned_to=3)
    receipt = desk(tools).apply(a_delivery(Action.RELEASE, message="not said", note="Given outside the license."))
    assert [body for _, _, body in stub.writes] == [
        {"on_hold": False}, {"ticket": 7, "comment": "Given outside the license.\n\nRef. dg-17", "public": False}]
    assert receipt.overtaken


def test_a_queued_ticket_that_an_agent_answered_is_taken_off_hold_in_silence(tools: Tools, stub: StubDesk) -> None:
    stub.add(on_hold=True)
    stub.write(7, "Already here.", date="2026-03-09T09:59:59Z")
    receipt = desk(tools).apply(a_delivery(Action.RELEASE, message="not said"))
    assert (receipt.overtaken, stub.writes) == (True, [("PATCH", "tickets/7/", {"on_hold": False})])


def test_a_ticket_that_people_let_go_themselves_is_left_where_they_put_it(tools: Tools, stub: StubDesk) -> None:
    stub.add(on_hold=False, queue=9)
    stub.write(7, None, title="Ticket taken off hold", date="2026-03-09T09:59:59Z")
    receipt = desk(tools).apply(a_delivery(Action.RELEASE, message="not said"))
    assert (receipt.changed, stub.writes) == (False, [])


def test_a_release_routes_also_when_the_queueing_never_got_through(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    desk(tools).apply(a_delivery(Action.RELEASE))
    assert stub.tickets[7]["queue"] == 2


@pytest.mark.parametrize("gone", [{"merged_to": 12}, None])
def test_a_ticket_that_was_merged_or_deleted_is_gone(tools: Tools, stub: StubDesk, gone: dict | None) -> None:
    if gone:
        stub.add(**gone)
    with pytest.raises(DeliveryError) as caught:
        desk(tools).apply(a_delivery(Action.QUEUE))
    assert (caught.value.kind, stub.writes) == ("gone", [])
