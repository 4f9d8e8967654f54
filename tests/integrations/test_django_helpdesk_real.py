"""The adapter against a real django-helpdesk: what the stub claims, and the surprises only the real one has."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Author, Event, EventKind
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.desk import Desk, Receiver
from tests.integrations.real_desk import about, adapter


def told(helpdesk: DjangoHelpdesk, receiver: Receiver, count: int = 1) -> list[Event]:
    """The events of the latest of so many webhooks."""
    inbound = receiver.wait_for(count)[count - 1]
    helpdesk.verify(inbound, inbound.received_at)
    return list(helpdesk.parse(inbound))


def entries(desk: Desk, number: int) -> list[dict[str, Any]]:
    return desk.ticket(number)["followup_set"]


# --- In --------------------------------------------------------------------------------------------------------------


def test_a_customers_ticket_is_told_at_once(desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    number = desk.open_ticket("alice@acme.test", priority=1)
    (event,) = told(helpdesk, receiver)
    assert (event.kind, event.ticket_id, event.author) == (EventKind.CREATED, str(number), Author.CUSTOMER)
    assert (event.identity.email, event.severity, event.staff_made) == ("alice@acme.test", Severity.URGENT, False)
    assert event.created_at is not None
    assert abs(datetime.now(timezone.utc) - event.created_at) < timedelta(minutes=1)
    again = helpdesk.read(str(number))
    assert replace(again, at=None) == replace(event, at=None)


def test_a_ticket_typed_in_by_an_agent_is_staff_made(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    desk.create("alice@acme.test", custom_product="VPN")
    (event,) = told(helpdesk, receiver)
    assert (event.staff_made, event.author, event.product) == (True, Author.AGENT, "VPN")


def test_a_mail_conversation_is_told_with_who_wrote(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    desk.mail("carol@initech.test", "No network", "Since this morning.")
    (opened,) = told(helpdesk, receiver)
    number = int(opened.ticket_id)
    desk.comment(number, "Is the cable in?", time_spent="00:15:00")
    reply, logged = told(helpdesk, receiver, 2)
    desk.comment(number, "Must be.", new_status=4)
    desk.mail("carol@initech.test", "Re: No network", "It was not.", number)
    (reopened,) = told(helpdesk, receiver, 4)
    desk.mail("carol@initech.test", "Re: No network", "Sorry.", number)
    (second,) = told(helpdesk, receiver, 5)
    assert (opened.channel, opened.author) == ("email", Author.CUSTOMER)
    assert (reply.author, reply.answered, logged.seconds) == (Author.AGENT, True, 900)
    assert (reopened.kind, reopened.author) == (EventKind.REOPENED, Author.CUSTOMER)
    assert (second.kind, second.author) == (EventKind.REPLIED, Author.CUSTOMER)


def test_an_agent_pressing_take_is_told(desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    number = desk.open_ticket("alice@acme.test")
    desk.take(number)
    (event,) = told(helpdesk, receiver, 2)
    assert (event.kind, event.author, event.assigned, event.answered) == (
        EventKind.UPDATED, Author.AGENT, True, False)


# --- Out -------------------------------------------------------------------------------------------------------------


def test_an_everyday_route_moves_the_ticket_and_says_nothing(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    number = desk.open_ticket("alice@acme.test")
    assert helpdesk.apply(about(number)).changed
    ticket = desk.ticket(number)
    assert (ticket["queue"], ticket["on_hold"], len(ticket["followup_set"])) == (2, False, 1)
    assert (ticket["custom_marker"], ticket["custom_license"], ticket["custom_entitlement"]) == (
        "dg-17", "Business hours", "route (within_hours)")
    assert not helpdesk.apply(about(number)).changed
    assert len(receiver.received) == 1


def test_a_queued_ticket_waits_on_hold_and_its_customer_gets_a_mail(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    number = desk.open_ticket("alice@acme.test")
    before = len(desk.mails())
    receipt = helpdesk.apply(about(number, Action.QUEUE, message="We open on Monday at 09:00.", note="Outside hours."))
    assert receipt.acting_as == str(desk.users["gateway"]["id"])
    assert desk.ticket(number)["on_hold"]
    mails = desk.mails()[before:]
    assert len([mail for mail in mails if "We open on Monday at 09:00." in mail]) == 1
    assert not [mail for mail in mails if "Outside hours." in mail]
    echoes = [event for each in receiver.wait_for(3)[1:] for event in helpdesk.parse(each)]
    assert [(event.author, event.marker, event.public) for event in echoes] == [
        (Author.DESKGATE, "dg-17", False), (Author.DESKGATE, "dg-17", True)]
    helpdesk.apply(about(number, Action.RELEASE, id=18, marker="dg-18"))
    released = desk.ticket(number)
    assert (released["on_hold"], released["queue"], len(released["followup_set"])) == (False, 2, 3)


def test_a_reject_goes_to_renewals_and_stays_open(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk.apply(about(number, Action.REJECT, message="Your license ended in June."))
    ticket = desk.ticket(number)
    assert (ticket["queue"], ticket["status"], ticket["followup_set"][-1]["public"]) == (4, 1, True)


@pytest.mark.parametrize("message", ["Your license ended in June.", ""])
def test_a_reject_closes_where_that_is_set_aloud_or_silently(desk: Desk, real_tools: Tools, message: str) -> None:
    number = desk.open_ticket("alice@acme.test")
    before = len(desk.mails())
    closing = adapter(desk, real_tools, reject="close")
    closing.apply(about(number, Action.REJECT, message=message))
    assert desk.ticket(number)["status"] == 4
    assert [entry["public"] for entry in entries(desk, number)[1:]] == [bool(message)]
    assert (len(desk.mails()) > before) is bool(message)
    again = closing.apply(about(number, Action.REJECT, message=message, try_number=2))
    assert (again.changed, again.overtaken) == (False, False)


def test_a_ticket_of_ours_is_created_once_and_known_when_it_comes_back(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    delivery = replace(about(0, Action.CREATE, outcome=Outcome.QUEUE, id=31, marker="dg-31"), ticket_id="")
    receipt = helpdesk.apply(delivery)
    ticket = desk.ticket(int(receipt.ticket_id))
    assert (ticket["queue"], ticket["on_hold"], ticket["submitter_email"]) == (2, True, "it@acme.example")
    assert helpdesk.apply(replace(delivery, try_number=2)).ticket_id == receipt.ticket_id
    (event,) = told(helpdesk, receiver)
    assert (event.kind, event.marker, event.ticket_id) == (EventKind.CREATED, "dg-31", receipt.ticket_id)
    assert len(receiver.received) == 1


def test_a_creation_that_failed_after_it_was_saved_is_found_by_the_next_try(
        desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    """With no receiver listening the desk saves the ticket and answers 500."""
    absent = Receiver()
    absent.start().stop()
    desk.set_hooks([absent.url])
    delivery = replace(about(0, Action.CREATE, id=32, marker="dg-32"), ticket_id="")
    try:
        with pytest.raises(DeliveryError) as caught:
            helpdesk.apply(delivery)
    finally:
        desk.set_hooks()
    assert (caught.value.kind, caught.value.status) == ("temporary", 500)
    number = int(helpdesk.apply(replace(delivery, try_number=2)).ticket_id)
    assert [each["id"] for each in desk.tickets() if "Ref. dg-32" in each["description"]] == [number]


WORDS = ["{{ ticket.title }} {{{ x }}}", "{% now 'Y' %}", "lone {% half", "lone %} half", "{# comment #}",
         "{% endverbatim %}{{ queue.title }}", "{ a } {a} }} %}} {{%}} {%}", "<b>5 & 6</b> – \"q\" 'q'"]


@pytest.mark.parametrize("words", WORDS)
def test_words_arrive_as_they_were_written_whatever_they_look_like(
        desk: Desk, helpdesk: DjangoHelpdesk, words: str) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk.apply(about(number, Action.QUEUE, message=words))
    assert entries(desk, number)[-1]["comment"] == f"{words}\n\nRef. dg-17"


def test_a_reason_may_lead_to_a_queue_of_its_own(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    urgent = {"route_queue.severity_exempt": "3"}
    adapter(desk, real_tools, **urgent).apply(about(number, reason=Reason.SEVERITY_EXEMPT))
    assert desk.ticket(number)["queue"] == 3


# --- People win ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["take", "hold", "answer", "close", "assign by API"])
def test_what_an_agent_did_after_the_decision_is_left_alone(desk: Desk, helpdesk: DjangoHelpdesk, act: str) -> None:
    number = desk.open_ticket("alice@acme.test")
    decided = about(number, Action.QUEUE, message="not said")
    {"take": lambda: desk.take(number), "hold": lambda: desk.hold(number),
     "answer": lambda: desk.comment(number, "On it."), "close": lambda: desk.comment(number, "Done.", new_status=4),
     "assign by API": lambda: desk.change(number, assigned_to=desk.users["agent"]["id"])}[act]()
    before = desk.ticket(number)
    receipt = helpdesk.apply(decided)
    assert (receipt.overtaken, receipt.changed, desk.ticket(number)) == (True, False, before)


def test_an_agents_early_answer_frees_the_ticket_without_another_word(
        desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk.apply(about(number, Action.QUEUE))
    desk.comment(number, "Already here.")
    (answer,) = told(helpdesk, receiver, 2)
    assert (answer.kind, answer.author, answer.answered) == (EventKind.REPLIED, Author.AGENT, True)
    helpdesk.apply(about(number, Action.RELEASE, id=18, marker="dg-18", message="not said"))
    ticket = desk.ticket(number)
    assert (ticket["on_hold"], ticket["queue"], len(ticket["followup_set"])) == (False, 1, 2)


def test_a_ticket_that_agents_let_go_stays_where_they_put_it(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    helpdesk.apply(about(number, Action.QUEUE))
    desk.unhold(number)
    assert not helpdesk.apply(about(number, Action.RELEASE, id=18, marker="dg-18")).changed
    assert desk.ticket(number)["queue"] == 1


def test_a_reopened_ticket_may_be_queued_although_it_was_answered_before(
        desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    desk.take(number)
    desk.comment(number, "Solved.", new_status=4)
    desk.mail("alice@acme.test", "Re: Printer", "It burns again.", number)
    assert not helpdesk.apply(about(number, Action.QUEUE)).overtaken
    assert desk.ticket(number)["on_hold"]


def test_a_deleted_ticket_is_gone(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    desk.delete(number)
    with pytest.raises(DeliveryError) as caught:
        helpdesk.apply(about(number))
    assert caught.value.kind == "gone"
