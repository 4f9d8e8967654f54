"""django-helpdesk, out: what each decision writes, and that nothing is written twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, NewTicket
from entitlements.rules.reasons import Outcome, Reason
from entitlements.rules.ticket import Severity
from integrations.django_helpdesk import api
from integrations.tools import Tools
from tests.integrations.parts import PROBLEM, a_delivery
from tests.integrations.stub_desk import FIELDS, QUEUES, US, StubDesk, desk

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


def test_where_too_much_has_come_in_meanwhile_a_person_has_to_look(tools: Tools, stub: StubDesk,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PAGES_BACK", 2)
    for number in range(1, 60):
        stub.add(id=number)
    with pytest.raises(DeliveryError, match="a person has to see whether it was created") as caught:
        desk(tools).apply(a_delivery(Action.CREATE, try_number=2))
    assert (caught.value.kind, len(stub.tickets)) == ("refused", 59)


def test_an_earlier_try_is_not_looked_for_among_tickets_older_than_the_decision(tools: Tools, stub: StubDesk) -> None:
    for number in range(1, 100):
        stub.add(id=number)
    for ticket in stub.tickets.values():
        ticket["followup_set"][0]["date"] = "2026-03-08T10:00:00Z"
    desk(tools).apply(a_delivery(Action.CREATE, try_number=2))
    assert stub.lists == 1


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


def test_what_a_killed_worker_may_have_said_is_not_said_again_at_once_but_the_ticket_is_moved(
        tools: Tools, stub: StubDesk) -> None:
    stub.add()
    soon = tools.clock.now() + timedelta(seconds=40)
    helpdesk = desk(tools, {"queue_queue": "6"})
    with pytest.raises(DeliveryError) as caught:
        helpdesk.apply(a_delivery(Action.QUEUE, message="We open at nine.", try_number=2, repeat_from=soon))
    assert caught.value.kind == "early"
    assert stub.writes == [("PATCH", "tickets/7/", {"on_hold": True, "queue": 6})]
    helpdesk.apply(a_delivery(Action.QUEUE, message="We open at nine.", try_number=2, repeat_from=tools.clock.now()))
    assert [method for method, _, _ in stub.writes] == ["PATCH", "POST"]


def test_a_ticket_that_a_killed_worker_may_have_created_is_not_created_again_at_once(
        tools: Tools, stub: StubDesk) -> None:
    soon = tools.clock.now() + timedelta(seconds=40)
    with pytest.raises(DeliveryError) as caught:
        desk(tools).apply(a_delivery(Action.CREATE, try_number=2, repeat_from=soon))
    assert (caught.value.kind, stub.writes) == ("early", [])
