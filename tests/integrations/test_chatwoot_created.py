"""Conversations that Deskgate opens in Chatwoot: in an inbox that is told, and without a word to the customer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.ticket import Severity
from tests.integrations.office import Chatting
from tests.integrations.parts import PROBLEM
from tests.standins.chatwoot_state import API_INBOX, INBOX


@pytest.mark.parametrize("inbox", [API_INBOX, INBOX])
def test_a_conversation_of_ours_says_nothing_to_the_customer(chatting: Chatting, inbox: int) -> None:
    desk = chatting.set(inbox_id=str(inbox))
    receipt = desk.apply(desk.owed(Action.CREATE, severity=Severity.URGENT))
    talk = desk.talk(receipt.ticket_id)
    assert talk.priority == "urgent"
    assert [each.content.splitlines()[0].strip() for each in talk.messages if each.type != 2] == ["Printer on fire"]
    assert desk.state(receipt.ticket_id).told == ()
    assert (talk.messages[0].type == 0) is (inbox == API_INBOX)


def test_who_is_new_to_chatwoot_becomes_a_contact_once(chatting: Chatting) -> None:
    new = replace(PROBLEM, requester_email="new@acme.example")
    for marker in ("dg-17", "dg-18"):
        receipt = chatting.apply(chatting.owed(Action.CREATE, marker=marker, new_ticket=new))
        assert chatting.helpdesk.read(receipt.ticket_id).identity.email == "new@acme.example"
    assert [each.email for each in chatting.office.contacts.values()].count("new@acme.example") == 1


def test_an_inbox_with_one_conversation_for_each_contact_is_refused(chatting: Chatting) -> None:
    chatting.office.locks_inbox = True
    first = chatting.apply(chatting.owed(Action.CREATE))
    with pytest.raises(DeliveryError, match="puts everything of a contact into one conversation") as caught:
        chatting.apply(chatting.owed(Action.CREATE, marker="dg-18"))
    assert caught.value.kind == "refused"
    assert chatting.helpdesk.read(first.ticket_id).marker == "dg-17"


def test_an_inbox_that_went_away_is_a_refusal_and_no_ticket_that_is_gone(chatting: Chatting) -> None:
    with pytest.raises(DeliveryError, match="is there still an inbox 99") as caught:
        chatting.set(inbox_id="99").apply(chatting.owed(Action.CREATE))
    assert caught.value.kind == "refused"


def test_without_an_inbox_nothing_is_created(chatting: Chatting) -> None:
    with pytest.raises(DeliveryError, match="set inbox_id"):
        chatting.set(inbox_id="").apply(chatting.owed(Action.CREATE))


def test_a_rehearsal_that_may_not_be_deleted_is_resolved(chatting: Chatting) -> None:
    chatting.bench.front.may_delete = False
    ticket_id = chatting.helpdesk.rehearse(chatting.owed(Action.CREATE)).ticket_id
    assert chatting.helpdesk.discard(ticket_id) == "closed"
    assert chatting.talk(ticket_id).status == "resolved"
