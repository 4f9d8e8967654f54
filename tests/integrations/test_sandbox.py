"""Kind `sandbox`: what Deskgate does in its inbox, and what people do there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, Author, Event, EventKind, Inbound, NewTicket
from entitlements.inbox import InboxStatus, Role
from entitlements.rules.reasons import Reason
from entitlements.rules.ticket import Severity
from integrations import Tools, build
from integrations.sandbox import RENEWALS, SUPPORT, TRIAGE, Sandbox
from tests.fakes import FakeClock
from tests.integrations.parts import PROBLEM, ListInbox, a_config, a_delivery
from tests.integrations.server import ByteServer, answer


@pytest.fixture
def inbox(tools: Tools) -> ListInbox:
    assert isinstance(tools.inbox, ListInbox)
    return tools.inbox


@pytest.fixture
def sandbox(tools: Tools) -> Sandbox:
    return Sandbox(a_config("sandbox"), tools)


def said(sandbox: Sandbox, inbound: Inbound) -> Event:
    """The one event of a webhook that is authentic."""
    sandbox.verify(inbound, inbound.received_at)
    (event,) = sandbox.parse(inbound)
    return event


def opened(sandbox: Sandbox, **more: object) -> str:
    return said(sandbox, sandbox.open_ticket(PROBLEM, **more)).ticket_id  # type: ignore[arg-type]


# --- What Deskgate does ----------------------------------------------------------------------------------------------


def test_a_routed_ticket_reaches_support_without_a_word(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    receipt = sandbox.apply(a_delivery(ticket_id=number))
    ticket = inbox.tickets[number]
    assert (ticket.group, ticket.status, receipt.changed) == (SUPPORT, InboxStatus.OPEN, True)
    assert ticket.tags == ("deskgate:route", "deskgate:within_hours", "deskgate:license=Business hours")
    assert len(inbox.messages(number)) == 1


def test_a_routed_ticket_that_a_person_must_look_at_goes_to_triage(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.apply(a_delivery(ticket_id=number, triage=True, reason=Reason.UNKNOWN_CUSTOMER, note="Who is this?"))
    assert inbox.tickets[number].group == TRIAGE
    assert [(each.role, each.public, each.body) for each in inbox.messages(number)[1:]] == [
        (Role.DESKGATE, False, "Who is this?")]


def test_a_queued_ticket_is_on_hold_until_it_is_released(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.apply(a_delivery(Action.QUEUE, ticket_id=number, message="We open at nine.", note="Outside hours."))
    assert inbox.tickets[number].status is InboxStatus.ON_HOLD
    assert [(each.public, each.body) for each in inbox.messages(number)[1:]] == [
        (False, "Outside hours."), (True, "We open at nine.")]
    sandbox.apply(a_delivery(Action.RELEASE, id=18, marker="dg-18", ticket_id=number))
    assert (inbox.tickets[number].group, inbox.tickets[number].status) == (SUPPORT, InboxStatus.OPEN)


def test_a_reject_goes_to_renewals_and_closes_only_where_that_is_set(tools: Tools, inbox: ListInbox) -> None:
    sandbox = Sandbox(a_config("sandbox", {"reject.license_cancelled": "close"}), tools)
    expired, cancelled = opened(sandbox), opened(sandbox)
    sandbox.apply(a_delivery(Action.REJECT, ticket_id=expired))
    sandbox.apply(a_delivery(Action.REJECT, ticket_id=cancelled, reason=Reason.LICENSE_CANCELLED, message="Sorry."))
    assert (inbox.tickets[expired].group, inbox.tickets[expired].status) == (RENEWALS, InboxStatus.OPEN)
    assert inbox.tickets[cancelled].status is InboxStatus.CLOSED
    assert inbox.messages(cancelled)[-1].body == "Sorry."


def test_a_ticket_that_deskgate_took_in_is_created_once(sandbox: Sandbox, inbox: ListInbox) -> None:
    first = sandbox.apply(a_delivery(Action.CREATE, severity=Severity.HIGH))
    again = sandbox.apply(a_delivery(Action.CREATE, severity=Severity.HIGH, try_number=2))
    assert first.ticket_id == again.ticket_id
    (ticket,) = inbox.tickets.values()
    assert (ticket.subject, ticket.severity, ticket.group) == ("Printer on fire", Severity.HIGH, SUPPORT)


def test_the_same_delivery_again_changes_nothing(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    delivery = a_delivery(Action.QUEUE, ticket_id=number, message="We open at nine.", note="Outside hours.")
    sandbox.apply(delivery)
    changes, words = inbox.changes, len(inbox.entries)
    assert not sandbox.apply(delivery).changed
    assert (inbox.changes, len(inbox.entries)) == (changes, words)


def test_in_advise_only_tags_are_set_and_those_of_people_stay(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    inbox.change(number, tags=("vip", "deskgate:route"))
    sandbox.apply(a_delivery(Action.QUEUE, ticket_id=number, advise=True, message="not said", license=""))
    assert inbox.tickets[number].tags == ("vip", "deskgate:queue", "deskgate:outside_hours")
    assert (inbox.tickets[number].status, len(inbox.messages(number))) == (InboxStatus.OPEN, 1)


@pytest.mark.parametrize("people", [
    lambda sandbox, number: sandbox.take(number), lambda sandbox, number: sandbox.answer(number, "On it."),
    lambda sandbox, number: sandbox.close(number), lambda sandbox, number: sandbox.wait(number)],
    ids=["take", "answer", "close", "wait"])
@pytest.mark.parametrize("action", [Action.QUEUE, Action.REJECT, Action.ROUTE])
def test_what_people_did_is_left_alone(sandbox: Sandbox, inbox: ListInbox, people: Callable, action: Action) -> None:
    number = opened(sandbox)
    people(sandbox, number)
    before, words = inbox.tickets[number], len(inbox.entries)
    receipt = sandbox.apply(a_delivery(action, ticket_id=number, message="not said"))
    after = inbox.tickets[number]
    assert receipt.overtaken
    assert (after.group, after.status, after.assignee, len(inbox.entries)) == (
        before.group, before.status, before.assignee, words)


def test_a_queued_ticket_that_an_agent_answered_is_only_taken_off_hold(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.apply(a_delivery(Action.QUEUE, ticket_id=number))
    sandbox.answer(number, "Already here.")
    receipt = sandbox.apply(a_delivery(Action.RELEASE, id=18, marker="dg-18", ticket_id=number, message="not said"))
    assert (receipt.overtaken, inbox.tickets[number].status) == (True, InboxStatus.OPEN)
    assert inbox.tickets[number].group != SUPPORT
    assert inbox.messages(number)[-1].body == "Already here."


def test_a_ticket_of_an_earlier_life_may_be_queued_again(sandbox: Sandbox, inbox: ListInbox, clock: FakeClock) -> None:
    number = opened(sandbox)
    sandbox.take(number)
    sandbox.answer(number, "Done.")
    sandbox.close(number)
    clock.go_on(hours=10)
    event = said(sandbox, sandbox.customer_reply(number, "It burns again."))
    assert (event.kind, event.author, event.assigned) == (EventKind.REOPENED, Author.CUSTOMER, False)
    receipt = sandbox.apply(a_delivery(Action.QUEUE, id=18, marker="dg-18", ticket_id=number, decided_at=clock.now()))
    assert (receipt.overtaken, inbox.tickets[number].status) == (False, InboxStatus.ON_HOLD)


def test_a_ticket_that_is_not_there_is_gone(sandbox: Sandbox) -> None:
    for act in (lambda: sandbox.apply(a_delivery(ticket_id="99")), lambda: sandbox.read("99")):
        with pytest.raises(DeliveryError) as caught:
            act()
        assert caught.value.kind == "gone"


# --- What people do there --------------------------------------------------------------------------------------------


def test_a_new_ticket_is_told_by_a_signed_webhook(sandbox: Sandbox, clock: FakeClock) -> None:
    event = said(sandbox, sandbox.open_ticket(PROBLEM, Severity.URGENT, customer="acme", product="vpn", channel="web"))
    assert (event.kind, event.author, event.severity) == (EventKind.CREATED, Author.CUSTOMER, Severity.URGENT)
    assert (event.identity.email, event.identity.customer) == ("it@acme.example", "acme")
    assert (event.product, event.channel, event.created_at) == ("vpn", "web", clock.now())


def test_a_ticket_that_an_agent_types_in_is_staff_made(sandbox: Sandbox) -> None:
    assert said(sandbox, sandbox.open_ticket(PROBLEM, by_agent=True)).staff_made


@pytest.mark.parametrize(("act", "kind", "author"), [
    (lambda sandbox, number: sandbox.answer(number, "Hello."), EventKind.REPLIED, Author.AGENT),
    (lambda sandbox, number: sandbox.customer_reply(number, "Hello?"), EventKind.REPLIED, Author.CUSTOMER),
    (lambda sandbox, number: sandbox.take(number), EventKind.UPDATED, Author.AGENT),
    (lambda sandbox, number: sandbox.close(number), EventKind.CLOSED, Author.AGENT),
    (lambda sandbox, number: sandbox.reopen(number), EventKind.REOPENED, Author.AGENT),
    (lambda sandbox, number: sandbox.log_time(number, 1800), EventKind.TIME_LOGGED, Author.AGENT),
])
def test_what_people_do_is_told(sandbox: Sandbox, act: Callable, kind: EventKind, author: Author) -> None:
    number = opened(sandbox)
    event = said(sandbox, act(sandbox, number))
    assert (event.kind, event.ticket_id, event.author) == (kind, number, author)


def test_taking_a_ticket_frees_it_and_says_so(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.apply(a_delivery(Action.QUEUE, ticket_id=number))
    assert said(sandbox, sandbox.take(number, agent="Robin")).assigned
    assert (inbox.tickets[number].assignee, inbox.tickets[number].status) == ("Robin", InboxStatus.OPEN)


def test_waiting_for_the_customer_is_told_when_it_begins_and_when_it_ends(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    for end in (sandbox.go_on, sandbox.take):
        assert said(sandbox, sandbox.wait(number)).waiting is True
        assert inbox.tickets[number].status is InboxStatus.WAITING
        assert said(sandbox, end(number)).waiting is False
        assert inbox.tickets[number].status is InboxStatus.OPEN
    assert said(sandbox, sandbox.take(number)).waiting is None


def test_a_ticket_does_not_wait_for_a_customer_who_has_written(sandbox: Sandbox, inbox: ListInbox) -> None:
    number = opened(sandbox)
    sandbox.wait(number)
    event = said(sandbox, sandbox.customer_reply(number, "Here is the serial number."))
    assert (event.kind, event.author, inbox.tickets[number].status) == (
        EventKind.REPLIED, Author.CUSTOMER, InboxStatus.OPEN)


def test_each_entry_of_time_has_an_id_of_its_own(sandbox: Sandbox) -> None:
    number = opened(sandbox)
    first, second = (said(sandbox, sandbox.log_time(number, seconds)) for seconds in (1800, -600))
    assert (first.seconds, second.seconds) == (1800, -600)
    assert first.entry_id != second.entry_id


def test_every_webhook_has_an_id_of_its_own(sandbox: Sandbox) -> None:
    number = opened(sandbox)
    keys = {said(sandbox, sandbox.answer(number, "Hello.")).key for _ in range(5)}
    assert len(keys) == 5


def test_a_ticket_can_be_read_as_if_it_were_new(sandbox: Sandbox, clock: FakeClock) -> None:
    number = opened(sandbox)
    clock.go_on(minutes=5)
    sandbox.answer(number, "Hello.")
    event = sandbox.read(number)
    assert (event.kind, event.identity.email, event.answered, event.assigned) == (
        EventKind.CREATED, "it@acme.example", True, False)


def test_a_webhook_is_really_sent_and_its_answer_read(sandbox: Sandbox) -> None:
    with ByteServer(answer('{"status": "decided"}'), answer('{"title": "no"}', "401 Unauthorized")) as server:
        sent = sandbox.open_ticket(NewTicket("s", "d", "a@b.example"))
        assert sandbox.send(sent, f"{server.url}/hooks/desk") == (200, {"status": "decided"})
        assert sandbox.send(sent, f"{server.url}/hooks/desk") == (401, {"title": "no"})
    assert server.requests[0].body == sent.body
    assert server.requests[0].headers["webhook-id"].startswith("sbx_")


# --- The connection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "message"), [
    ({"secrets": ()}, "needs a secret"), ({"settings": {"reject": "burn"}}, "reject must be renewals or close"),
    ({"settings": {"reject.bad_mood": "close"}}, "there is no reason 'bad_mood'"),
    ({"settings": {"group": "x"}}, "it has changes_per_minute, language, reject_breaker, reply_waits, share, "
                          "reject and reject.<reason>"),
    ({"settings": {"reply_waits": "perhaps"}}, "reply_waits must be true or false"),
])
def test_a_connection_that_cannot_work_is_refused_when_it_is_built(tools: Tools, change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(a_config("sandbox", **change), tools)


def test_without_an_inbox_there_is_no_sandbox(tools: Tools) -> None:
    with pytest.raises(ConfigError, match="no inbox"):
        build(a_config("sandbox"), Tools(tools.http, tools.clock))


def test_a_check_finds_everything_in_place(sandbox: Sandbox) -> None:
    assert all(finding.ok for finding in sandbox.check())
