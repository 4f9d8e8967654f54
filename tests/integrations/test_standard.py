"""Kind `standard`: what other systems may tell us, and what they are told."""

from __future__ import annotations

import json

import pytest
import requests
import responses
from standardwebhooks.webhooks import Webhook

from entitlements.errors import DeliveryError, TicketError, VerificationError
from entitlements.helpdesk import Action, Author, Delivery, Event, EventKind, Explanation, Identity
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from integrations.signatures import new_standard_secret, sign_standard
from integrations.standard import Standard
from integrations.tools import Tools
from tests.builders import utc
from tests.fakes import FakeClock
from tests.integrations.parts import DECIDED_AT, SECRET, a_config, a_delivery, a_webhook

URL = "https://crm.example/hooks/deskgate"
STAMP = "2026-03-09T10:00:00Z"


@pytest.fixture
def standard(tools: Tools) -> Standard:
    return Standard(a_config("standard", url=URL), tools)


def told(type_: str = "ticket.created", *, timestamp: object = STAMP, webhook_id: str = "msg_1", **data: object):  # type: ignore[no-untyped-def]
    body = json.dumps({"type": type_, "timestamp": timestamp, "data": {"id": "4711", **data}}).encode()
    return a_webhook(body, sign_standard(SECRET, webhook_id, DECIDED_AT, body))


def event_of(standard: Standard, *args: str, **data: object) -> Event:
    (event,) = standard.parse(told(*args, **data))
    return event


# --- In --------------------------------------------------------------------------------------------------------------


def test_a_new_ticket_is_read_with_everything_that_is_told(standard: Standard) -> None:
    inbound = told(subject="VPN", description="down", customer="acme", requester_email="it@acme.example",
                   organization_id=12, external_id="X-9", severity="high", product="vpn", channel="email",
                   created_at="2026-03-09T09:59:00+00:00")
    standard.verify(inbound, DECIDED_AT)
    assert standard.parse(inbound) == (Event(
        EventKind.CREATED, "msg_1", "4711", Identity("12", "X-9", "it@acme.example", "acme"), Author.CUSTOMER,
        at=utc("2026-03-09 10:00"), created_at=utc("2026-03-09 09:59"), created_at_source="data.created_at",
        severity=Severity.HIGH, product="vpn", channel="email", key_is_signed=True),)


def test_without_a_creation_time_the_time_of_the_message_counts(standard: Standard) -> None:
    event = event_of(standard)
    assert (event.created_at, event.created_at_source) == (utc("2026-03-09 10:00"), "timestamp")


def test_without_any_time_there_is_none(standard: Standard) -> None:
    event = event_of(standard, timestamp=None)
    assert (event.created_at, event.created_at_source) == (None, "")


@pytest.mark.parametrize(("id_", "ticket_id"), [(4711, "4711"), ("T-4711", "T-4711"), (0, "0")])
def test_an_id_may_be_text_or_number(standard: Standard, id_: object, ticket_id: str) -> None:
    assert event_of(standard, id=id_).ticket_id == ticket_id


@pytest.mark.parametrize(("type_", "kind"), [(f"ticket.{kind.value}", kind) for kind in EventKind])
def test_every_kind_of_event_can_be_told(standard: Standard, type_: str, kind: EventKind) -> None:
    assert standard.parse(told(type_, time_spent_seconds=60))[-1 if kind is EventKind.TIME_LOGGED else 0].kind is kind


@pytest.mark.parametrize(("type_", "author", "who"), [
    ("ticket.created", None, Author.CUSTOMER), ("ticket.replied", None, Author.CUSTOMER),
    ("ticket.updated", None, Author.UNKNOWN), ("ticket.closed", None, Author.UNKNOWN),
    ("ticket.replied", "agent", Author.AGENT), ("ticket.replied", "staff", Author.AGENT),
    ("ticket.replied", "deskgate", Author.DESKGATE), ("ticket.updated", "system", Author.DESKGATE),
    ("ticket.updated", "Customer", Author.CUSTOMER), ("ticket.updated", "robot", Author.UNKNOWN),
])
def test_the_author_is_who_is_named_and_a_customer_where_customers_usually_speak(
        standard: Standard, type_: str, author: str | None, who: Author) -> None:
    assert event_of(standard, type_, author=author).author is who


@pytest.mark.parametrize("author", ["agent", "staff"])
def test_a_ticket_that_staff_typed_in_is_known_as_such(standard: Standard, author: str) -> None:
    assert event_of(standard, author=author).staff_made


def test_an_agents_reply_is_public_unless_told_otherwise_and_then_answers_the_ticket(standard: Standard) -> None:
    public, private = (event_of(standard, "ticket.replied", author="agent", public=public) for public in (None, False))
    assert (public.public, public.answered) == (True, True)
    assert (private.public, private.answered) == (False, False)


def test_somebody_taking_the_ticket_can_be_told(standard: Standard) -> None:
    assert event_of(standard, "ticket.updated", author="agent", assigned=True).assigned


@pytest.mark.parametrize("waiting", [True, False, None])
def test_waiting_for_the_customer_can_be_told_with_any_event_or_left_out(standard: Standard, waiting: object) -> None:
    assert event_of(standard, "ticket.updated", waiting=waiting).waiting is waiting
    assert event_of(standard, "ticket.replied", author="agent", waiting=waiting).waiting is waiting


def test_logged_time_is_known_by_its_entry_or_else_by_the_message(standard: Standard) -> None:
    named = event_of(standard, "ticket.time_logged", time_spent_seconds=1800, entry_id="e-5")
    unnamed = event_of(standard, "ticket.time_logged", time_spent_seconds=-600)
    assert (named.seconds, named.entry_id) == (1800, "e-5")
    assert (unnamed.seconds, unnamed.entry_id) == (-600, "msg_1")


def test_time_logged_with_an_answer_is_an_event_of_its_own_under_the_same_key(standard: Standard) -> None:
    events = standard.parse(told("ticket.closed", author="agent", time_spent_seconds=900))
    assert [(event.kind, event.key, event.seconds) for event in events] == [
        (EventKind.CLOSED, "msg_1", 0), (EventKind.TIME_LOGGED, "msg_1", 900)]


def test_of_the_two_only_the_answer_says_whether_the_ticket_waits(standard: Standard) -> None:
    events = standard.parse(told("ticket.replied", waiting=True, time_spent_seconds=900))
    assert [event.waiting for event in events] == [True, None]


@pytest.mark.parametrize("type_", ["ticket.created", "ticket.updated", "ticket.replied"])
def test_a_ticket_that_we_asked_for_says_so(standard: Standard, type_: str) -> None:
    assert event_of(standard, type_, marker="dg-17").marker == "dg-17"


@pytest.mark.parametrize("marker", ["", "17", "dg-", "dg-x", "xdg-17", "dg-17\n", "dg-١٧", "dg-" + "1" * 19, 17, None,
                                    ["dg-17"], {}])
def test_what_is_no_marker_of_ours_is_ignored(standard: Standard, marker: object) -> None:
    assert event_of(standard, marker=marker).marker == ""


@pytest.mark.parametrize(("change", "message"), [
    ({"type_": "ticket.exploded"}, "type must be one of ticket.created"), ({"type_": "created"}, "type must be"),
    ({"id": None}, "id is missing"), ({"id": ""}, "id is missing"), ({"id": ["4711"]}, "id must be"),
    ({"severity": "huge"}, "severity must be one of low, normal, high, urgent, not 'huge'"),
    ({"created_at": "2026-03-09 09:00"}, "created_at has no time zone"), ({"timestamp": 5}, "timestamp must be"),
    ({"type_": "ticket.time_logged"}, "time_spent_seconds is missing"),
    ({"type_": "ticket.time_logged", "time_spent_seconds": "60"}, "time_spent_seconds must be a whole number"),
    ({"waiting": "yes"}, "waiting must be true or false"),
    ({"author": 7}, "author must be a text"), ({"webhook_id": "x" * 201}, "webhook-id"),
])
def test_what_is_wrong_in_an_authentic_message_is_named(standard: Standard, change: dict, message: str) -> None:
    with pytest.raises(TicketError, match=message):
        standard.parse(told(**change))


def test_a_message_without_its_data_is_not_understood(standard: Standard) -> None:
    with pytest.raises(TicketError, match="data must be an object"):
        standard.parse(a_webhook(b'{"type": "ticket.created"}', {"Webhook-Id": "msg_1"}))


def test_a_message_signed_with_another_secret_is_refused(standard: Standard) -> None:
    body = b"{}"
    with pytest.raises(VerificationError):
        standard.verify(a_webhook(body, sign_standard(new_standard_secret(), "msg_1", DECIDED_AT, body)), DECIDED_AT)


# --- Out -------------------------------------------------------------------------------------------------------------


def sent() -> tuple[dict, dict]:
    """Headers and data of the last message, which the official package must accept."""
    request = responses.calls[-1].request
    return dict(request.headers), json.loads(request.body)


@responses.activate
def test_a_queued_ticket_is_told_in_the_agreed_form(standard: Standard) -> None:
    responses.post(URL, status=204)
    receipt = standard.apply(a_delivery(Action.QUEUE, release_at=utc("2026-03-10 08:00"),
                                        explanation=Explanation("Opens at nine.", "We open at nine.")))
    headers, message = sent()
    assert message == {"type": "ticket.queued", "timestamp": STAMP, "data": {
        "ticket": "3", "id": "7", "connection": "desk", "customer": "Acme", "license": "Business hours",
        "outcome": "queue", "reason": "outside_hours", "release_at": "2026-03-10T08:00:00Z",
        "message": {"agent": "Opens at nine.", "customer": "We open at nine."}}}
    assert headers["webhook-id"] == "17"
    assert (receipt.ticket_id, receipt.changed) == ("7", True)


@pytest.mark.parametrize(("action", "outcome", "type_"), [
    (Action.ROUTE, Outcome.ROUTE, "ticket.routed"), (Action.QUEUE, Outcome.QUEUE, "ticket.queued"),
    (Action.REJECT, Outcome.REJECT, "ticket.rejected"), (Action.RELEASE, Outcome.ROUTE, "ticket.released"),
    (Action.WITHDRAW, Outcome.QUEUE, "ticket.withdrawn"), (Action.CREATE, Outcome.ROUTE, "ticket.routed"),
    (Action.CREATE, Outcome.QUEUE, "ticket.queued")])
@responses.activate
def test_each_decision_has_its_type(standard: Standard, action: Action, outcome: Outcome, type_: str) -> None:
    responses.post(URL, json={})
    standard.apply(a_delivery(action, outcome=outcome))
    assert sent()[1]["type"] == type_


@responses.activate
def test_the_official_package_accepts_every_try_under_the_same_id(standard: Standard, clock: FakeClock) -> None:
    responses.post(URL, json={})
    clock.at = DECIDED_AT
    for number in (1, 2):
        standard.apply(a_delivery(Action.QUEUE, try_number=number))
        clock.go_on(hours=1)
    first, second = (call.request for call in responses.calls)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600
    assert first.body == second.body
    for request in (first, second):
        signed_at = DECIDED_AT.fromtimestamp(int(request.headers["webhook-timestamp"]), DECIDED_AT.tzinfo)
        expected = Webhook(SECRET).sign("17", signed_at, request.body.decode())
        assert request.headers["webhook-signature"] == expected


@responses.activate
def test_a_new_ticket_comes_with_its_text_and_takes_the_id_that_the_receiver_gives_it(standard: Standard) -> None:
    responses.post(URL, json={"id": 4712}, status=201)
    receipt = standard.apply(a_delivery(Action.CREATE, severity=Severity.URGENT))
    data = sent()[1]["data"]
    assert receipt.ticket_id == "4712"
    assert data["id"] is None
    assert (data["subject"], data["description"], data["requester_email"], data["severity"]) == (
        "Printer on fire", "It burns.", "it@acme.example", "urgent")


@pytest.mark.parametrize("outcome", [Outcome.ROUTE, Outcome.QUEUE])
@responses.activate
def test_a_new_ticket_whose_creation_was_not_answered_is_known_by_its_marker(
        standard: Standard, outcome: Outcome) -> None:
    responses.post(URL, body=requests.ReadTimeout("no answer"))
    with pytest.raises(DeliveryError):
        standard.apply(a_delivery(Action.CREATE, outcome=outcome))
    data = sent()[1]["data"]
    assert event_of(standard, id="T-1", marker=data["marker"]).marker == "dg-17"


@pytest.mark.parametrize("delivery", [a_delivery(Action.QUEUE), a_delivery(Action.CREATE, ticket_id="7")])
@responses.activate
def test_a_ticket_that_has_an_id_needs_no_marker(standard: Standard, delivery: Delivery) -> None:
    responses.post(URL, json={})
    standard.apply(delivery)
    assert "marker" not in sent()[1]["data"]


@pytest.mark.parametrize("body", ["", "OK", "[]", '{"id": true}', '{"id": null}', "[" * 90_000])
@responses.activate
def test_any_success_is_success_whatever_the_receiver_says(standard: Standard, body: str) -> None:
    responses.post(URL, body=body)
    assert standard.apply(a_delivery(Action.CREATE)).ticket_id == ""


@responses.activate
def test_a_receiver_that_is_gone_is_not_asked_again(standard: Standard) -> None:
    responses.post(URL, status=410)
    with pytest.raises(DeliveryError) as caught:
        standard.apply(a_delivery())
    assert caught.value.kind == "gone"


@responses.activate
def test_during_a_rotation_messages_are_signed_with_both_secrets(tools: Tools) -> None:
    responses.post(URL, json={})
    Standard(a_config("standard", url=URL, secrets=(new_standard_secret(), SECRET)), tools).apply(a_delivery())
    assert len(sent()[0]["webhook-signature"].split(" ")) == 2


@responses.activate
def test_a_receiver_that_is_only_advised_is_told_so(standard: Standard) -> None:
    responses.post(URL, json={})
    standard.apply(a_delivery(advise=True))
    assert sent()[1]["data"]["advise"] is True
