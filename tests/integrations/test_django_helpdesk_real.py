"""The adapter against a real django-helpdesk: what the stub claims, and the surprises only the real one has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from entitlements.clock import SystemClock
from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Author, Delivery, Event, EventKind
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.http import HttpClient
from integrations.tools import Tools
from tests.desk import Desk, Receiver
from tests.integrations.parts import a_config, a_delivery

SETTINGS = {"route_queue": "2", "triage_queue": "3", "renewals_queue": "4", "marker_field": "marker",
            "license_field": "license", "outcome_field": "entitlement", "product_field": "product"}


@pytest.fixture
def receiver(desk: Desk) -> Iterator[Receiver]:
    """What Deskgate's webhook address would receive from now on."""
    listening = Receiver().start()
    desk.set_hooks([listening.url])
    yield listening
    desk.set_hooks()
    listening.stop()


@pytest.fixture
def real_tools() -> Iterator[Tools]:
    http = HttpClient(allow_loopback=True)
    yield Tools(http, SystemClock())
    http.close()


def adapter(desk: Desk, tools: Tools, **settings: str) -> DjangoHelpdesk:
    config = a_config("django_helpdesk", {**SETTINGS, **settings}, url=desk.api_url, token=desk.token(),
                      secrets=("in-the-address",), acting_as=str(desk.users["gateway"]["id"]))
    return DjangoHelpdesk(config, tools)


@pytest.fixture
def helpdesk(desk: Desk, real_tools: Tools) -> DjangoHelpdesk:
    return adapter(desk, real_tools)


def about(number: int, action: Action = Action.ROUTE, **more: object) -> Delivery:
    return a_delivery(action, ticket_id=str(number), decided_at=datetime.now(timezone.utc), **more)


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


# --- When it does not work -------------------------------------------------------------------------------------------


def test_during_an_outage_nothing_is_lost_and_afterwards_it_goes_on(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    desk.stop()
    try:
        with pytest.raises(DeliveryError) as caught:
            helpdesk.apply(about(number))
    finally:
        desk.start()
    assert caught.value.kind == "temporary"
    assert helpdesk.apply(about(number, try_number=2)).changed


@pytest.mark.parametrize(("token", "status"), [("no-such-token", 401), ("desk-alice-token-0001", 403),
                                               ("agent:wrong", 401)])
def test_an_account_that_is_not_let_in_is_unauthorized(
        desk: Desk, real_tools: Tools, token: str, status: int) -> None:
    number = desk.open_ticket("alice@acme.test")
    stranger = DjangoHelpdesk(a_config("django_helpdesk", SETTINGS, url=desk.url, token=token), real_tools)
    with pytest.raises(DeliveryError) as caught:
        stranger.apply(about(number))
    assert (caught.value.kind, caught.value.status) == ("unauthorized", status)
    assert token not in str(caught.value)
    assert [finding.what for finding in stranger.check() if not finding.ok] == ["token"]


def test_user_and_password_do_instead_of_a_token(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    config = a_config("django_helpdesk", SETTINGS, url=desk.url, token="gateway:gateway-pass-1")
    assert DjangoHelpdesk(config, real_tools).apply(about(number)).changed


def test_a_queue_that_does_not_exist_is_refused_with_the_desks_own_words(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    with pytest.raises(DeliveryError, match="99") as caught:
        adapter(desk, real_tools, route_queue="99").apply(about(number))
    assert (caught.value.kind, caught.value.status) == ("refused", 400)


def test_a_check_of_a_good_connection_is_content_and_writes_nothing(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    before = len(desk.tickets())
    findings = helpdesk.check()
    assert [finding for finding in findings if not finding.ok] == []
    assert {"secret", "address", "token", "route_queue", "renewals_queue", "marker_field"} <= {
        finding.what for finding in findings}
    assert len(desk.tickets()) == before


def test_a_check_names_what_is_wrong_and_what_to_do(desk: Desk, real_tools: Tools) -> None:
    wrong = adapter(desk, real_tools, triage_queue="99", marker_field="nowhere")
    bad = {finding.what: finding.detail for finding in wrong.check() if not finding.ok}
    assert bad == {
        "triage_queue": "there is no queue 99, or our account may not use it; its number is in Django's admin",
        "marker_field": "there is no custom field nowhere; add one in Django's admin, of the kind Char, for staff only"}


def test_a_check_of_a_wrong_address_says_so(desk: Desk, real_tools: Tools) -> None:
    elsewhere = DjangoHelpdesk(a_config("django_helpdesk", url=f"{desk.url}/kb/", token=desk.token()), real_tools)
    assert [finding.what for finding in elsewhere.check() if not finding.ok] == ["address"]


def test_a_reason_may_lead_to_a_queue_of_its_own(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    urgent = {"route_queue.severity_exempt": "3"}
    adapter(desk, real_tools, **urgent).apply(about(number, reason=Reason.SEVERITY_EXEMPT))
    assert desk.ticket(number)["queue"] == 3
