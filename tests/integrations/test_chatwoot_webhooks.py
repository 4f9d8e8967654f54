"""Webhooks of Chatwoot: they say what became of a conversation, and hardly ever who did it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Action, Author, EventKind
from tests.integrations.office import Chatting
from tests.standins.chatwoot_state import ALEX, US


@pytest.mark.parametrize(("kind", "sender", "attributes"), [
    ("template", None, {}), ("outgoing", {"id": 9, "type": "agent_bot"}, {}), ("outgoing", None, {}),
    ("outgoing", {"id": ALEX, "type": "user"}, {"automation_rule_id": 4}),
    ("outgoing", {"id": ALEX, "type": "user"}, {"deleted": True})],
    ids=["template", "bot", "nobody", "automation", "deleted"])
def test_what_no_person_wrote_is_no_reply(chatting: Chatting, kind: str, sender: dict[str, Any] | None,
                                          attributes: dict[str, Any]) -> None:
    ticket_id = chatting.bench.opens()
    chatting.clock.go_on(minutes=1)
    chatting.office.write(chatting.talk(ticket_id), ALEX, "Hello!", kind, attributes=attributes).sender = sender
    payload = {**chatting.office.sent[-1].payload, "sender": sender}
    (event,) = chatting.parsed(payload)
    assert (event.kind, event.author) == (EventKind.UPDATED, Author.UNKNOWN)
    assert not chatting.helpdesk.read(ticket_id).answered


def test_an_answer_from_the_agents_own_phone_is_an_answer(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.clock.go_on(minutes=1)
    chatting.office.write(chatting.talk(ticket_id), 0, "On it.", attributes={"external_echo": True})
    assert chatting.helpdesk.read(ticket_id).answered


def test_a_conversation_that_is_told_before_its_first_message_is_read(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens(by_agent=True)
    payload = {**chatting.office.shown(chatting.talk(ticket_id)), "event": "conversation_created", "messages": []}
    (event,) = chatting.parsed(payload)
    assert event.incomplete
    assert chatting.helpdesk.read(ticket_id).staff_made


def test_what_a_conversation_begins_with_is_no_reply(chatting: Chatting) -> None:
    chatting.bench.opens()
    created, opening = chatting.happened()
    assert (created.kind, created.incomplete) == (EventKind.CREATED, False)
    assert (opening.kind, opening.author) == (EventKind.UPDATED, Author.CUSTOMER)


@pytest.mark.parametrize("content_type", ["text", "input_email"])
def test_a_greeting_that_chatwoot_sends_at_once_hides_no_customer(chatting: Chatting, content_type: str) -> None:
    ticket_id = chatting.bench.opens()
    greeting = chatting.office.write(chatting.talk(ticket_id), 0, "Welcome!", "template")
    greeting.content_type = content_type
    (event,) = chatting.parsed(chatting.office.late(chatting.office.sent[0]))
    assert (event.kind, event.author) == (EventKind.CREATED, Author.CUSTOMER)
    assert not event.incomplete


def test_an_agent_who_answers_before_a_conversation_is_told_of_did_not_begin_it(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.clock.go_on(seconds=5)
    chatting.bench.agent_answers(ticket_id)
    (event,) = chatting.parsed(chatting.office.late(chatting.office.sent[0]))
    assert (event.kind, event.staff_made, event.incomplete) == (EventKind.CREATED, False, True)
    assert not chatting.helpdesk.read(ticket_id).staff_made


def test_what_a_machine_has_mailed_is_said_to_be_so(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.talk(ticket_id).additional = {"source": "email", "auto_reply": True}
    (event,) = chatting.parsed(chatting.office.late(chatting.office.sent[0]))
    assert event.auto_submitted
    assert chatting.helpdesk.read(ticket_id).auto_submitted


def test_an_assistant_is_nobody_who_has_taken_it(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    row = {**chatting.office.late(chatting.office.sent[0]), "event": "conversation_updated"}
    row["meta"] = {**row["meta"], "assignee": {"id": 4, "name": "Captain"}, "assignee_type": "Captain::Assistant"}
    (event,) = chatting.parsed(row)
    assert (event.ticket_id, event.assigned) == (ticket_id, False)


def test_a_status_that_changed_does_not_say_from_what_but_the_update_does(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.agent_closes(ticket_id)
    chatting.bench.webhooks()
    chatting.clock.go_on(hours=1)
    chatting.office.turn(chatting.talk(ticket_id), ALEX, "open")
    payloads = {each.payload["event"]: each.payload for each in chatting.office.sent}
    assert payloads["conversation_status_changed"]["changed_attributes"] is None
    assert [chatting.parsed(payloads[what])[0].kind
            for what in ("conversation_status_changed", "conversation_updated")] == [
        EventKind.UPDATED, EventKind.REOPENED]


def test_webhooks_that_are_written_late_tell_what_happened_when_it_did(chatting: Chatting) -> None:
    """As they all are: each shows the conversation as it stands by then, open again and answered."""
    ticket_id = chatting.bench.opens()
    chatting.bench.webhooks()
    chatting.clock.go_on(minutes=1)
    closed_at = chatting.clock.now()
    chatting.bench.agent_closes(ticket_id)
    chatting.clock.go_on(minutes=1)
    reopened_at = chatting.clock.now()
    chatting.bench.customer_reopens(ticket_id)
    turns = [each for each in chatting.office.sent if each.payload["event"] == "conversation_updated"]
    chatting.clock.go_on(seconds=3)
    events = [chatting.parsed(chatting.office.late(each))[0] for each in turns]
    assert [(event.kind, event.author, event.at) for event in events] == [
        (EventKind.CLOSED, Author.UNKNOWN, closed_at), (EventKind.REOPENED, Author.CUSTOMER, reopened_at)]


@pytest.mark.parametrize(("content_type", "author"), [("text", Author.CUSTOMER), ("input_csat", Author.AGENT)])
def test_who_reopens_is_told_from_the_words_that_chatwoot_adds_by_itself(chatting: Chatting, content_type: str,
                                                                         author: Author) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.agent_closes(ticket_id)
    chatting.clock.go_on(hours=1)
    chatting.bench.webhooks()
    chatting.office.turn(chatting.talk(ticket_id), ALEX, "open")
    chatting.office.write(chatting.talk(ticket_id), 0, "Nobody is in.", "template").content_type = content_type
    update = next(each for each in chatting.office.sent if each.payload["event"] == "conversation_updated")
    assert chatting.parsed(chatting.office.late(update))[0].author is author


def test_what_we_had_closed_and_then_queue_was_reopened_by_nobody(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.set(reject="close").bring(Action.REJECT, ticket_id)
    chatting.told(chatting.bench.echoes())
    chatting.bring(Action.QUEUE, ticket_id, marker="dg-18")
    found = chatting.told(chatting.bench.echoes())
    assert chatting.talk(ticket_id).status == "snoozed"
    assert EventKind.REOPENED not in {event.kind for event in found}


def test_an_agent_who_reopens_by_a_click_is_no_customer(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.bench.agent_closes(ticket_id)
    chatting.happened()
    chatting.clock.go_on(hours=1)
    chatting.office.turn(chatting.talk(ticket_id), ALEX, "open")
    assert (EventKind.REOPENED, Author.AGENT) in {(event.kind, event.author) for event in chatting.happened()}


def test_a_customer_who_writes_to_what_is_queued_has_replied_and_reopened_nothing(chatting: Chatting) -> None:
    ticket_id = chatting.queued()
    chatting.bench.customer_writes(ticket_id)
    found = chatting.happened()
    assert [event.kind for event in found if event.author is Author.CUSTOMER] == [EventKind.REPLIED]
    assert EventKind.REOPENED not in {event.kind for event in found}


def test_a_closing_is_ours_only_if_our_label_was_there_before(chatting: Chatting) -> None:
    ours, theirs = chatting.bench.opens(), chatting.bench.opens()
    chatting.set(reject="close").bring(Action.REJECT, ours)
    chatting.bring(Action.ROUTE, theirs)
    chatting.bench.agent_closes(theirs)
    closings = {event.ticket_id: event.author for event in
                chatting.told([*chatting.bench.webhooks(), *chatting.bench.echoes()])
                if event.kind is EventKind.CLOSED}
    assert closings == {ours: Author.DESKGATE, theirs: Author.UNKNOWN}


def test_a_label_or_an_attribute_that_people_set_is_theirs(chatting: Chatting) -> None:
    ticket_id = chatting.bench.opens()
    chatting.happened()
    chatting.bench.agent_tags(ticket_id, "vip")
    chatting.office.describe(chatting.talk(ticket_id), ALEX, {"product": "Blue"})
    found = chatting.set(product_field="product").told(chatting.bench.webhooks())
    assert [(event.kind, event.author, event.product) for event in found] == [
        (EventKind.UPDATED, Author.UNKNOWN, ""), (EventKind.UPDATED, Author.UNKNOWN, "Blue")]


def test_our_own_account_being_assigned_for_a_moment_takes_nothing(chatting: Chatting) -> None:
    chatting.office.role = "agent"
    ticket_id = chatting.queued()
    chatting.bring(Action.RELEASE, ticket_id)
    for event in chatting.told(chatting.bench.echoes()):
        assert (event.author, event.assigned) == (Author.DESKGATE, False)
    assert chatting.config.acting_as == str(US)


@pytest.mark.parametrize("event", ["contact_updated", "message_updated", "webwidget_triggered",
                                   "conversation_typing_on"])
def test_events_that_nobody_needs_are_passed_over(chatting: Chatting, event: str) -> None:
    assert chatting.parsed({"event": event, "id": 7}) == []


@pytest.mark.parametrize("payload", [
    {"event": "conversation_exploded"}, {"event": "conversation_created"}, {"event": "conversation_created", "id": 7},
    {"event": "message_created", "id": 7}, {"event": "message_created", "id": 7, "conversation": []}])
def test_what_cannot_be_understood_is_said_to_be_so(chatting: Chatting, payload: dict[str, Any]) -> None:
    with pytest.raises(TicketError):
        chatting.parsed(payload)


def test_an_older_chatwoot_proves_itself_by_the_secret_in_the_address(chatting: Chatting) -> None:
    desk = chatting.set(signed="off")
    desk.bench.signs = False
    desk.bench.opens()
    hook = desk.bench.webhooks()[0]
    desk.helpdesk.verify(hook, desk.clock.now())
    with pytest.raises(VerificationError):
        desk.helpdesk.verify(replace(hook, path_secret="guessed"), desk.clock.now())
    with pytest.raises(VerificationError):
        chatting.helpdesk.verify(hook, chatting.clock.now())


def test_a_webhook_of_yesterday_is_not_believed_today(chatting: Chatting) -> None:
    chatting.bench.opens()
    hook = chatting.bench.webhooks()[0]
    chatting.clock.go_on(minutes=6)
    with pytest.raises(VerificationError):
        chatting.helpdesk.verify(hook, chatting.clock.now())
