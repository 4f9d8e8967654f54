"""Kind `sandbox`: a ticket that we closed ourselves may be opened again; what people closed stays closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entitlements.helpdesk import Action
from entitlements.inbox import InboxStatus, Role
from integrations.sandbox import CLOSED_TAG, INBOX, SUPPORT, Sandbox
from integrations.tools import Tools
from tests.integrations.parts import PROBLEM, ListInbox, a_config, a_delivery


@pytest.fixture
def inbox(tools: Tools) -> ListInbox:
    assert isinstance(tools.inbox, ListInbox)
    return tools.inbox


@pytest.fixture
def sandbox(tools: Tools) -> Sandbox:
    return Sandbox(a_config("sandbox", {"reject": "close"}), tools)


def opened(sandbox: Sandbox) -> str:
    (event,) = sandbox.parse(sandbox.open_ticket(PROBLEM))
    return event.ticket_id


def closed_by_us(sandbox: Sandbox, inbox: ListInbox) -> str:
    """A ticket that was refused and closed."""
    number = opened(sandbox)
    sandbox.apply(a_delivery(Action.REJECT, ticket_id=number, message="Sorry."))
    assert (inbox.tickets[number].status, inbox.tickets[number].tags[-1]) == (InboxStatus.CLOSED, CLOSED_TAG)
    return number


def test_a_closing_that_was_cut_short_is_finished_by_the_next_try(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.apply(a_delivery(Action.REJECT, ticket_id=number))
    receipt = sandbox.apply(a_delivery(Action.REJECT, ticket_id=number, message="Sorry.", try_number=2))
    assert (receipt.overtaken, inbox.messages(number)[-1].body) == (False, "Sorry.")
    assert inbox.tickets[number].status is InboxStatus.CLOSED
    assert not sandbox.apply(a_delivery(Action.REJECT, ticket_id=number, message="Sorry.", try_number=3)).changed


@pytest.mark.parametrize("try_number", [1, 2])
def test_a_closing_by_an_agent_is_not_taken_for_ours_on_any_try(
        sandbox: Sandbox, inbox: ListInbox, try_number: int) -> None:
    number = opened(sandbox)
    sandbox.close(number)
    assert sandbox.apply(a_delivery(Action.REJECT, ticket_id=number, message="Sorry.", try_number=try_number)).overtaken
    assert [each.role for each in inbox.messages(number)] == [Role.CUSTOMER, Role.AGENT]


@pytest.mark.parametrize(("action", "group", "status"), [
    (Action.ROUTE, SUPPORT, InboxStatus.OPEN), (Action.RELEASE, SUPPORT, InboxStatus.OPEN),
    (Action.QUEUE, INBOX, InboxStatus.ON_HOLD)])
def test_a_refusal_that_closed_the_ticket_can_be_overridden(
        sandbox: Sandbox, inbox: ListInbox, action: Action, group: str, status: InboxStatus) -> None:
    number = closed_by_us(sandbox, inbox)
    override = a_delivery(action, id=18, marker="dg-18", ticket_id=number)
    receipt = sandbox.apply(override)
    ticket = inbox.tickets[number]
    assert (ticket.group, ticket.status, receipt.overtaken, receipt.changed) == (group, status, False, True)
    assert CLOSED_TAG not in ticket.tags
    assert not sandbox.apply(override).changed


@pytest.mark.parametrize("before", [
    lambda sandbox, number: None, lambda sandbox, number: sandbox.reopen(number),
    lambda sandbox, number: sandbox.take(number), lambda sandbox, number: sandbox.customer_reply(number, "But why?"),
    lambda sandbox, number: sandbox.apply(a_delivery(id=18, marker="dg-18", ticket_id=number))],
    ids=["at once", "reopen", "take", "reply", "override"])
@pytest.mark.parametrize("action", [Action.QUEUE, Action.ROUTE])
def test_a_closing_by_an_agent_after_ours_stands(
        sandbox: Sandbox, inbox: ListInbox, before: Callable, action: Action) -> None:
    number = closed_by_us(sandbox, inbox)
    before(sandbox, number)
    sandbox.close(number)
    assert sandbox.apply(a_delivery(action, id=19, marker="dg-19", ticket_id=number)).overtaken
    assert inbox.tickets[number].status is InboxStatus.CLOSED


def test_a_ticket_that_we_closed_and_an_agent_answered_is_opened_where_it_is(
        sandbox: Sandbox, inbox: ListInbox) -> None:
    number = closed_by_us(sandbox, inbox)
    sandbox.answer(number, "Let me see what can be done.")
    receipt = sandbox.apply(a_delivery(id=18, marker="dg-18", ticket_id=number, message="not said"))
    assert (receipt.overtaken, inbox.tickets[number].group, inbox.tickets[number].status) == (
        True, INBOX, InboxStatus.OPEN)
    assert inbox.messages(number)[-1].role is Role.AGENT
