"""What the webhooks of Freshdesk say, by payloads of the documented shape."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Author, Event, EventKind, Inbound
from entitlements.rules.ticket import Severity
from integrations.freshdesk import Freshdesk
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.parts import DECIDED_AT, SECRET, a_config, a_webhook

SAMPLES = Path(__file__).parent / "samples" / "freshdesk"


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def inbound(sample: dict[str, Any]) -> Inbound:
    raw = sample["text"] if "text" in sample else json.dumps(sample["body"])
    return a_webhook(raw.encode(), sample["headers"])


def told(tools: Tools, sample: dict[str, Any]) -> list[Event]:
    return list(Freshdesk(a_config("freshdesk"), tools).parse(inbound(sample)))


def one(tools: Tools, name: str) -> Event:
    (event,) = told(tools, payload(name))
    return event


# --- New tickets -----------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_read_since_its_webhook_does_not_say_who_asks(tools: Tools) -> None:
    event = one(tools, "created")
    assert (event.kind, event.key, event.ticket_id, event.incomplete) == (EventKind.CREATED, "new:521", "521", True)
    assert (event.author, event.severity, event.at) == (Author.CUSTOMER, None, DECIDED_AT)
    assert one(tools, "created-by-phone").author is Author.AGENT


def test_simple_content_is_read_too_unless_it_also_tells_the_tags_by_which_we_know_our_own(tools: Tools) -> None:
    assert one(tools, "created-simple").incomplete
    event = one(tools, "created-simple-with-tags")
    assert (event.incomplete, event.identity.email, event.severity) == (False, "it@acme.example", Severity.HIGH)
    assert (event.author, event.channel, event.marker) == (Author.CUSTOMER, "email", "")


def test_a_label_that_was_translated_says_nothing(tools: Tools) -> None:
    event = one(tools, "created-simple-translated")
    assert (event.incomplete, event.severity, event.author) == (True, None, Author.UNKNOWN)


def test_a_ticket_of_our_own_is_known_by_its_tag(tools: Tools) -> None:
    event = one(tools, "created-simple-by-deskgate")
    assert (event.marker, event.author) == ("dg-17", Author.DESKGATE)
    sample = payload("created-simple-by-deskgate")
    sample["body"]["freshdesk_webhook"]["ticket_tags"] = "deskgate_ref_x'; --, ref_dg-17"
    assert told(tools, sample)[0].marker == ""


# --- What happened ---------------------------------------------------------------------------------------------------


def test_a_customers_reply_is_told_and_the_ticket_looked_at_since_it_may_have_opened_it(tools: Tools) -> None:
    reply, look = told(tools, payload("customer-replied"))
    assert (reply.kind, reply.author, reply.public, reply.at) == (EventKind.REPLIED, Author.CUSTOMER, True, DECIDED_AT)
    assert (look.kind, look.author, look.at, look.key) == (EventKind.UPDATED, Author.UNKNOWN, None, reply.key)
    assert reply.incomplete
    assert look.incomplete


@pytest.mark.parametrize("name", ["updated", "status-changed-simple", "marked-as-spam", "id-at-the-top",
                                  "ticket-as-an-object", "broken-by-a-quote"])
def test_whatever_else_happened_only_the_ticket_itself_tells(tools: Tools, name: str) -> None:
    event = one(tools, name)
    assert (event.kind, event.ticket_id, event.incomplete, event.severity) == (EventKind.UPDATED, "521", True, None)


@pytest.mark.parametrize("name", ["deleted", "deleted-simple"])
def test_a_deletion_needs_no_look(tools: Tools, name: str) -> None:
    event = one(tools, name)
    assert (event.kind, event.incomplete) == (EventKind.DELETED, False)


# --- Traps -----------------------------------------------------------------------------------------------------------


def test_two_webhooks_that_read_alike_are_two_and_one_is_one(tools: Tools) -> None:
    desk, first = Freshdesk(a_config("freshdesk"), tools), inbound(payload("updated"))
    later = replace(first, received_at=first.received_at + timedelta(minutes=1))
    assert desk.parse(first)[0].key == desk.parse(first)[0].key != desk.parse(later)[0].key


def test_content_that_says_when_it_happened_is_known_by_that(tools: Tools) -> None:
    desk, first = Freshdesk(a_config("freshdesk"), tools), inbound(payload("ticket-as-an-object"))
    again = replace(first, received_at=first.received_at + timedelta(minutes=5))
    assert desk.parse(first)[0].key == desk.parse(again)[0].key


def test_a_new_ticket_has_one_key_however_often_it_is_told(tools: Tools) -> None:
    desk, first = Freshdesk(a_config("freshdesk"), tools), inbound(payload("created"))
    again = replace(first, received_at=first.received_at + timedelta(minutes=5))
    assert desk.parse(again)[0].key == "new:521"


@pytest.mark.parametrize("name", ["ticket_id", "ticketId"])
def test_a_number_is_found_in_content_that_somebodys_words_have_broken(tools: Tools, name: str) -> None:
    broken = {"headers": {}, "text": f'{{"{name.replace("I", "_i")}":521, "title": "a "b"'}
    assert told(tools, broken)[0].ticket_id == "521"


@pytest.mark.parametrize(("body", "says"), [
    ({"ticket_id": "{{ticket.id}}"}, "must be the number of a ticket"), ({"ticket_id": -1}, "must be the number"),
    ({"ticket_id": None}, "ticket_id is missing"), ({"ticket": 7}, "ticket_id is missing"),
    ({"ticket_id": True}, "must be a text or a whole number"), ({"freshdesk_webhook": []}, "ticket_id is missing")])
def test_content_that_names_no_ticket_is_refused_with_what_to_do(tools: Tools, body: object, says: str) -> None:
    with pytest.raises(TicketError, match=says):
        told(tools, {"headers": {}, "body": body})


def test_another_encoding_than_json_is_named(tools: Tools) -> None:
    with pytest.raises(TicketError, match="choose JSON as the encoding"):
        told(tools, {"headers": {}, "text": "event=created&source=Email"})


# --- Whom to believe -------------------------------------------------------------------------------------------------


def test_the_secret_may_be_in_the_address_or_in_a_header(tools: Tools) -> None:
    desk, sent = Freshdesk(a_config("freshdesk"), tools), inbound(payload("updated"))
    desk.verify(sent, DECIDED_AT)
    desk.verify(replace(sent, headers={"x-deskgate-secret": SECRET}), DECIDED_AT)
    desk.verify(replace(sent, headers={}, path_secret=SECRET), DECIDED_AT)
    desk.verify(replace(sent, headers=desk.signed(sent.body, DECIDED_AT)), DECIDED_AT)


@pytest.mark.parametrize(("headers", "path_secret"), [
    ({}, ""), ({}, "wrong"), ({"X-Deskgate-Secret": "wrong"}, ""), ({"X-Deskgate-Secret": "wrong"}, SECRET),
    ({"X-Deskgate-Secret": ""}, ""), ({"X-Deskgate-Secret": "\u00e4\udce4"}, "")])
def test_a_wrong_secret_is_not_let_in(tools: Tools, headers: dict[str, str], path_secret: str) -> None:
    desk = Freshdesk(a_config("freshdesk"), tools)
    with pytest.raises(VerificationError):
        desk.verify(a_webhook(b"{}", headers, path_secret), utc("2026-03-09 10:00"))


def test_a_connection_without_a_secret_lets_nobody_in(tools: Tools) -> None:
    desk = Freshdesk(a_config("freshdesk", secrets=("",)), tools)
    for headers in ({}, {"X-Deskgate-Secret": ""}):
        with pytest.raises(VerificationError):
            desk.verify(a_webhook(b"{}", headers), DECIDED_AT)
