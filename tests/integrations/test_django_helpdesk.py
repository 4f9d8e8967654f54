"""django-helpdesk, out: what each decision writes, that nothing is written twice, and that people win."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import requests
import responses

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, EventKind, NewTicket
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from integrations import build
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.django_helpdesk.api import literally, root_of
from integrations.tools import Tools
from tests.integrations.parts import PROBLEM, a_config, a_delivery
from tests.integrations.stub_desk import ROOT, US, StubDesk

QUEUES = {"route_queue": "2", "triage_queue": "4", "renewals_queue": "5"}
FIELDS = {"marker_field": "marker", "license_field": "license", "outcome_field": "outcome"}
TOKEN = "s3cr3t-t0ken"


@pytest.fixture
def stub() -> Iterator[StubDesk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield StubDesk(mock)


def desk(tools: Tools, settings: Mapping[str, str] | None = None, **more: object) -> DjangoHelpdesk:
    usual = {"url": ROOT, "token": TOKEN}
    return DjangoHelpdesk(a_config("django_helpdesk", QUEUES if settings is None else settings, **{**usual, **more}),
                          tools)


# --- Each decision ---------------------------------------------------------------------------------------------------


def test_an_everyday_route_is_one_change_and_no_comment(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    receipt = desk(tools).apply(a_delivery())
    assert stub.writes == [("PATCH", "tickets/7/", {"queue": 2})]
    assert (receipt.ticket_id, receipt.changed, receipt.detail) == ("7", True, "set queue=2")


def test_a_ticket_that_is_where_it_belongs_is_not_written_at_all(tools: Tools, stub: StubDesk) -> None:
    stub.add(queue=2)
    assert not desk(tools).apply(a_delivery()).changed
    assert stub.writes == []


def test_without_a_route_queue_a_ticket_stays_in_the_queue_it_came_to(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    assert not desk(tools, {}).apply(a_delivery()).changed
    assert stub.writes == []


def test_a_reason_may_have_a_queue_of_its_own(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    desk(tools, {**QUEUES, "route_queue.severity_exempt": "3"}).apply(a_delivery(reason=Reason.SEVERITY_EXEMPT))
    assert stub.tickets[7]["queue"] == 3


def test_triage_comes_with_a_private_note(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    desk(tools).apply(a_delivery(triage=True, reason=Reason.UNKNOWN_CUSTOMER, note="Nobody knows it@acme.example."))
    assert stub.writes == [
        ("PATCH", "tickets/7/", {"queue": 4}),
        ("POST", "followups/", {"ticket": 7, "comment": "Nobody knows it@acme.example.\n\nRef. dg-17",
                                "public": False})]


def test_a_queued_ticket_is_on_hold_and_its_customer_is_told(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    receipt = desk(tools, {"queue_queue": "6"}).apply(a_delivery(Action.QUEUE, message="We open at nine."))
    assert stub.writes == [
        ("PATCH", "tickets/7/", {"on_hold": True, "queue": 6}),
        ("POST", "followups/", {"ticket": 7, "comment": "We open at nine.\n\nRef. dg-17", "public": True})]
    assert receipt.acting_as == str(US)


def test_a_released_ticket_is_off_hold_and_in_its_queue(tools: Tools, stub: StubDesk) -> None:
    stub.add(on_hold=True)
    desk(tools).apply(a_delivery(Action.RELEASE))
    assert stub.writes == [("PATCH", "tickets/7/", {"on_hold": False, "queue": 2})]


def test_a_reject_goes_to_renewals_with_a_public_word_and_stays_open(tools: Tools, stub: StubDesk) -> None:
    stub.add(on_hold=True)
    desk(tools).apply(a_delivery(Action.REJECT, message="It ended in June."))
    assert stub.writes[0] == ("PATCH", "tickets/7/", {"on_hold": False, "queue": 5})
    assert "new_status" not in stub.writes[1][2]
    assert stub.tickets[7]["status"] == 1


def test_a_reject_closes_where_that_is_set_with_the_word_that_closes_it(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    desk(tools, {**QUEUES, "reject.license_expired": "close"}).apply(
        a_delivery(Action.REJECT, message="It ended in June.", note="Expired."))
    assert [(body["public"], body.get("new_status")) for _, _, body in stub.writes] == [(False, None), (True, 4)]


@pytest.mark.parametrize("note", ["Expired.", ""])
def test_a_reject_that_must_be_silent_closes_with_a_private_entry(tools: Tools, stub: StubDesk, note: str) -> None:
    stub.add()
    desk(tools, {"reject": "close"}).apply(a_delivery(Action.REJECT, note=note))
    ((_, _, body),) = stub.writes
    assert (body["public"], body["new_status"]) == (False, 4)
    assert body["comment"].endswith("Ref. dg-17")


def test_custom_fields_tell_of_the_decision_in_the_same_change(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    desk(tools, {**QUEUES, **FIELDS}).apply(a_delivery())
    assert stub.writes == [("PATCH", "tickets/7/", {
        "queue": 2, "custom_marker": "dg-17", "custom_license": "Business hours",
        "custom_outcome": "route (within_hours)"})]


def test_in_advise_only_custom_fields_are_written(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    delivery = a_delivery(Action.QUEUE, advise=True, message="not said", note="not said")
    desk(tools, {**QUEUES, "outcome_field": "outcome"}).apply(delivery)
    assert stub.writes == [("PATCH", "tickets/7/", {"custom_outcome": "queue (outside_hours)"})]
    assert not desk(tools).apply(delivery).changed


def test_a_withdrawn_ticket_needs_nothing(tools: Tools, stub: StubDesk) -> None:
    stub.add(status=4, on_hold=True)
    assert not desk(tools).apply(a_delivery(Action.WITHDRAW)).changed
    assert stub.writes == []


# --- Creating --------------------------------------------------------------------------------------------------------


def test_a_ticket_that_deskgate_took_in_is_created_in_its_queue_in_one_call(tools: Tools, stub: StubDesk) -> None:
    receipt = desk(tools, {**QUEUES, **FIELDS}).apply(a_delivery(Action.CREATE, severity=Severity.URGENT))
    assert stub.writes == [("POST", "tickets/", {
        "queue": 2, "title": "Printer on fire", "description": "It burns.\n\nRef. dg-17",
        "submitter_email": "it@acme.example", "priority": 1, "custom_marker": "dg-17",
        "custom_license": "Business hours", "custom_outcome": "route (within_hours)"})]
    assert (receipt.ticket_id, receipt.acting_as, receipt.changed) == ("7", str(US), True)


def test_a_queued_one_is_put_on_hold_right_after(tools: Tools, stub: StubDesk) -> None:
    desk(tools).apply(a_delivery(Action.CREATE, outcome=Outcome.QUEUE))
    assert stub.calls() == [("POST", "tickets/"), ("PATCH", "tickets/7/")]
    assert stub.tickets[7]["on_hold"]


def test_a_ticket_whose_creation_was_not_answered_is_found_again(tools: Tools, stub: StubDesk) -> None:
    for number in range(1, 61):
        stub.add(id=number)
    stub.lost = requests.ReadTimeout("no answer")
    with pytest.raises(DeliveryError) as caught:
        desk(tools).apply(a_delivery(Action.CREATE))
    assert caught.value.kind == "unknown"
    for number in range(201, 231):
        stub.add(id=number)
    receipt = desk(tools).apply(a_delivery(Action.CREATE, try_number=2))
    assert receipt.ticket_id == "67"
    assert [call for call in stub.calls() if call[0] == "POST"] == [("POST", "tickets/")]


def test_what_an_earlier_try_did_not_create_is_created_by_the_next(tools: Tools, stub: StubDesk) -> None:
    for number in range(1, 300):
        stub.add(id=number)
    assert desk(tools).apply(a_delivery(Action.CREATE, try_number=2)).ticket_id == "306"


@pytest.mark.parametrize(("subject", "title"), [
    ("  two\nlines ", "two lines"), ("", "(no subject)"), ("x" * 250, "x" * 197 + "...")])
def test_any_subject_makes_a_title(tools: Tools, stub: StubDesk, subject: str, title: str) -> None:
    new = NewTicket(subject, PROBLEM.description, PROBLEM.requester_email)
    desk(tools).apply(a_delivery(Action.CREATE, new_ticket=new))
    assert stub.tickets[7]["title"] == title


@pytest.mark.parametrize(("settings", "message"), [({}, "set route_queue")])
def test_without_a_queue_nothing_can_be_created(tools: Tools, stub: StubDesk, settings: dict, message: str) -> None:
    with pytest.raises(DeliveryError, match=message) as caught:
        desk(tools, settings).apply(a_delivery(Action.CREATE))
    assert caught.value.kind == "refused"


# --- Again -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost_after", [1, 2, 3])
def test_a_try_that_broke_off_anywhere_is_finished_and_nothing_is_said_twice(
        tools: Tools, stub: StubDesk, lost_after: int) -> None:
    stub.add()
    delivery = a_delivery(Action.QUEUE, message="We open at nine.", note="Outside hours.")
    break_after(stub, lost_after)
    with pytest.raises(DeliveryError):
        desk(tools).apply(delivery)
    desk(tools).apply(a_delivery(Action.QUEUE, message="We open at nine.", note="Outside hours.", try_number=2))
    assert stub.calls() == [("PATCH", "tickets/7/"), ("POST", "followups/"), ("POST", "followups/")]
    assert [entry["public"] for entry in stub.tickets[7]["followup_set"]] == [True, False, True]


def break_after(stub: StubDesk, number: int) -> None:
    """Lose the answer to the given change."""
    original, seen = stub._note, []

    def note(request: requests.PreparedRequest) -> dict:
        seen.append(request)
        if len(seen) == number:
            stub.lost = requests.ReadTimeout("no answer")
        return original(request)

    stub._note = note  # type: ignore[method-assign]


def test_a_closing_that_was_not_answered_is_recognized(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    closing = desk(tools, {"reject": "close"})
    closing.apply(a_delivery(Action.REJECT, message="It ended in June."))
    receipt = closing.apply(a_delivery(Action.REJECT, message="It ended in June.", try_number=2))
    assert (receipt.changed, receipt.overtaken, len(stub.writes)) == (False, False, 1)


def test_the_same_delivery_again_changes_nothing(tools: Tools, stub: StubDesk) -> None:
    stub.add()
    for _ in range(2):
        receipt = desk(tools, {**QUEUES, **FIELDS}).apply(a_delivery(Action.QUEUE, message="We open at nine."))
    assert (receipt.changed, len(stub.writes)) == (False, 2)


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


# --- The words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "sent"), [
    ("We open at 9 {sharp}.", "We open at 9 {sharp}."),
    ("{{ ticket.title }}", '{{ "{" }}{ ticket.title }}'),
    ("100 %} sure", '100 %{{ "}" }} sure'),
    ("{% load x %}", '{{ "{" }}% load x %{{ "}" }}'),
    ("{# gone #}", '{{ "{" }}# gone #}'),
])
def test_what_looks_like_a_template_is_written_so_that_it_arrives(words: str, sent: str) -> None:
    assert literally(words) == sent


# --- Reading and the connection --------------------------------------------------------------------------------------


def test_a_ticket_can_be_read_as_if_it_were_new(tools: Tools, stub: StubDesk) -> None:
    stub.add(priority=1)
    event = desk(tools).read("7")
    assert (event.kind, event.key, event.severity) == (EventKind.CREATED, "t7:new", Severity.URGENT)


@pytest.mark.parametrize("ticket_id", ["", "0", "../users", "7/../8", "7?x=1", "٧"])
def test_what_is_no_ticket_number_is_not_asked_for(tools: Tools, stub: StubDesk, ticket_id: str) -> None:
    with pytest.raises(DeliveryError, match="not the number of a ticket") as caught:
        desk(tools).apply(a_delivery(ticket_id=ticket_id))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("url", ["https://d.example", "https://d.example/", "https://d.example/api",
                                 "https://d.example/api/"])
def test_the_address_may_be_that_of_the_desk_or_of_its_api(url: str) -> None:
    assert root_of(url, allow_loopback=False) == "https://d.example/api/"


@pytest.mark.parametrize(("token", "header"), [
    (TOKEN, f"Token {TOKEN}"), ("gateway:pass:word", "Basic Z2F0ZXdheTpwYXNzOndvcmQ="), ("", None)])
@responses.activate
def test_a_token_with_a_colon_is_a_user_and_a_password(tools: Tools, token: str, header: str | None) -> None:
    responses.get(f"{ROOT}/tickets/7/", status=401, json={"detail": "No."})
    with pytest.raises(DeliveryError):
        desk(tools, token=token).read("7")
    assert responses.calls[0].request.headers.get("Authorization") == header


@pytest.mark.parametrize(("change", "message"), [
    ({"settings": {"route_queue": "standard"}}, "route_queue must be the number of a queue"),
    ({"settings": {"route_queue.within_hours": "-1"}}, "route_queue must be the number"),
    ({"settings": {"route_queue.bad_mood": "1"}}, "there is no reason 'bad_mood'"),
    ({"settings": {"queue": "1"}}, "has no setting 'queue'; it has default_owners"),
    ({"settings": {"marker_field": "a b"}}, "marker_field must be the name"),
    ({"settings": {"staff": "agent"}}, "staff must be the numbers"),
    ({"settings": {"reject": "no"}}, "reject must be"),
    ({"url": "http://desk.example/api", "loopback": False}, "https://"),
    ({"token": "two\nlines"}, "the token must be"), ({"token": "tökén"}, "the token must be"),
])
def test_a_connection_that_cannot_work_is_refused_when_it_is_built(tools: Tools, change: dict, message: str) -> None:
    tools.http.allow_loopback = change.pop("loopback", True)
    with pytest.raises(ConfigError, match=message):
        build(a_config("django_helpdesk", **{"url": ROOT, "token": TOKEN, **change}), tools)


def test_settings_that_deskgate_reads_itself_are_let_through(tools: Tools) -> None:
    build(a_config("django_helpdesk", {"reject_breaker": "off"}), tools)


def test_a_connection_without_an_address_can_listen_but_not_write(tools: Tools) -> None:
    silent = desk(tools, url="", token="")
    with pytest.raises(DeliveryError, match="no address") as caught:
        silent.apply(a_delivery())
    assert caught.value.kind == "refused"
    assert not silent.check()[-1].ok


def test_an_unknown_kind_is_refused_with_the_known_ones(tools: Tools) -> None:
    with pytest.raises(ConfigError, match="there are django_helpdesk, sandbox, standard"):
        build(a_config("pigeon_post"), tools)
