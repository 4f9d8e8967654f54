"""django-helpdesk, out: a ticket that we closed ourselves may be opened again; what people closed stays closed."""

from __future__ import annotations

import pytest

from entitlements.helpdesk import Action
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.desk import Desk, Receiver
from tests.integrations.parts import a_delivery
from tests.integrations.real_desk import about, adapter
from tests.integrations.stub_desk import QUEUES, US, StubDesk
from tests.integrations.stub_desk import desk as stubbed

CLOSING = {**QUEUES, "reject": "close"}
LATER = [(Action.ROUTE, {"status": 2, "queue": 2}), (Action.RELEASE, {"status": 2, "queue": 2}),
         (Action.QUEUE, {"status": 2, "on_hold": True})]


@pytest.fixture
def closing(tools: Tools, stub: StubDesk) -> DjangoHelpdesk:
    """The adapter of a desk whose ticket 7 it has just refused and closed, a second after the decision."""
    stub.add()
    helpdesk = stubbed(tools, CLOSING, acting_as=str(US))
    helpdesk.apply(a_delivery(Action.REJECT, message="It ended in June."))
    stub.tickets[7]["followup_set"][-1]["date"] = "2026-03-09T10:00:01Z"
    stub.writes.clear()
    return helpdesk


def later(action: Action, **more: object):  # type: ignore[no-untyped-def]
    return a_delivery(action, **{"id": 18, "marker": "dg-18", "note": "Overridden: they have paid.", **more})


@pytest.mark.parametrize(("action", "change"), LATER)
def test_a_refusal_that_closed_the_ticket_can_be_overridden_in_one_change(
        closing: DjangoHelpdesk, stub: StubDesk, action: Action, change: dict) -> None:
    receipt = closing.apply(later(action))
    assert stub.writes[0] == ("PATCH", "tickets/7/", change)
    assert [(body["public"], body.get("new_status")) for _, _, body in stub.writes[1:]] == [(False, None)]
    assert (receipt.overtaken, receipt.changed) == (False, True)
    assert not closing.apply(later(action)).changed


def test_our_closing_is_known_by_its_marker_before_we_know_our_account(
        tools: Tools, closing: DjangoHelpdesk, stub: StubDesk) -> None:
    assert not stubbed(tools, CLOSING).apply(later(Action.ROUTE)).overtaken
    assert stub.tickets[7]["status"] == 2


def test_opening_again_without_a_word_leaves_our_mark_in_the_history(closing: DjangoHelpdesk, stub: StubDesk) -> None:
    closing.apply(later(Action.QUEUE, note=""))
    assert stub.writes[1:] == [("POST", "followups/", {"ticket": 7, "comment": "Ref. dg-18", "public": False})]


def test_a_word_to_the_customer_is_mark_enough(closing: DjangoHelpdesk, stub: StubDesk) -> None:
    closing.apply(later(Action.QUEUE, note="", message="We open at nine."))
    assert [body.get("public") for _, _, body in stub.writes] == [None, True]


def test_a_second_refusal_leaves_it_closed(closing: DjangoHelpdesk, stub: StubDesk) -> None:
    assert not closing.apply(later(Action.REJECT, note="")).overtaken
    assert stub.tickets[7]["status"] == 4


@pytest.mark.parametrize(("action", "_"), LATER)
@pytest.mark.parametrize("closed_as", [3, 4])
def test_a_closing_by_people_after_ours_stands(
        closing: DjangoHelpdesk, stub: StubDesk, action: Action, _: dict, closed_as: int) -> None:
    stub.write(7, None, new_status=2, date="2026-03-09T10:01:00Z")
    stub.write(7, "Talked to them.", new_status=closed_as, date="2026-03-09T10:02:00Z")
    stub.tickets[7]["status"] = closed_as
    assert closing.apply(later(action)).overtaken
    assert stub.writes == []


def test_what_people_changed_without_a_trace_is_theirs_when_the_status_is_another(
        closing: DjangoHelpdesk, stub: StubDesk) -> None:
    stub.tickets[7]["status"] = 3
    assert closing.apply(later(Action.ROUTE)).overtaken
    assert stub.writes == []


def test_a_ticket_that_we_closed_and_an_agent_took_is_opened_where_it_is(
        closing: DjangoHelpdesk, stub: StubDesk) -> None:
    stub.tickets[7]["assigned_to"] = 3
    receipt = closing.apply(later(Action.ROUTE, note="", message="not said"))
    assert stub.writes == [("PATCH", "tickets/7/", {"status": 2}),
                           ("POST", "followups/", {"ticket": 7, "comment": "Ref. dg-18", "public": False})]
    assert receipt.overtaken


# --- The real one ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "queue"), [(Action.ROUTE, 2), (Action.QUEUE, 1)])
def test_the_real_desk_opens_again_and_a_later_mail_is_only_a_reply(
        desk: Desk, real_tools: Tools, receiver: Receiver, action: Action, queue: int) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk = adapter(desk, real_tools, reject="close")
    helpdesk.apply(about(number, Action.REJECT, message="Your license ended in June."))
    override = about(number, action, id=18, marker="dg-18", note="Overridden: they have paid.")
    assert not helpdesk.apply(override).overtaken
    ticket = desk.ticket(number)
    assert (ticket["status"], ticket["queue"], ticket["on_hold"]) == (2, queue, action is Action.QUEUE)
    assert not helpdesk.apply(override).changed
    desk.change(number, queue=1)  # mail to the inbox finds the tickets of that queue only
    desk.mail("alice@acme.test", "Re: Printer", "Thank you.", number)
    (event,) = helpdesk.parse(receiver.wait_for(4)[3])
    assert (event.kind.value, event.author.value) == ("replied", "customer")


def test_the_real_desk_keeps_closed_what_an_agent_closed_after_us(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk = adapter(desk, real_tools, reject="close")
    helpdesk.apply(about(number, Action.REJECT, message="Your license ended in June."))
    helpdesk.apply(about(number, id=18, marker="dg-18", note="Overridden: they have paid."))
    desk.comment(number, "Done.", new_status=4)
    assert helpdesk.apply(about(number, Action.QUEUE, id=19, marker="dg-19")).overtaken
    assert desk.ticket(number)["status"] == 4
