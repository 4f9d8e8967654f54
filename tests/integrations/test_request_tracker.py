"""What is particular to Request Tracker: each of its traps, by name."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, EventKind
from entitlements.rules.reasons import Reason
from entitlements.rules.ticket import Severity
from integrations.request_tracker.api import root_of
from tests.integrations.stories import WORDS
from tests.integrations.tracker import Tracking
from tests.standins.request_tracker import AGENT, TAGS

# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_a_status_that_is_refused_with_a_200_is_a_refusal_in_request_trackers_own_words(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    with pytest.raises(DeliveryError) as caught:
        tracking.set(queue_status="parked").bring(Action.QUEUE, ticket_id)
    assert caught.value.kind == "refused"
    assert "the status parked; it said: " in str(caught.value)
    assert "isn't a valid status" in str(caught.value)


def test_a_queue_that_is_refused_with_a_200_is_a_refusal(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.tracker.queues[1].may_create = False
    with pytest.raises(DeliveryError, match="the queue Support; it said: .*You may not create requests in that queue"):
        tracking.bring(Action.ROUTE, ticket_id)


def test_a_custom_field_that_is_passed_over_without_a_word_is_a_refusal(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    with pytest.raises(DeliveryError, match="did not take the custom field Nowhere") as caught:
        tracking.set(license_field="Nowhere").bring(Action.ROUTE, ticket_id)
    assert caught.value.kind == "refused"
    assert tracking.state(ticket_id).group == "Support"  # moved all the same


def test_tags_that_may_not_be_set_are_a_refusal(tracking: Tracking) -> None:
    tracking.tracker.refuses = {TAGS}
    ticket_id = tracking.bench.opens()
    with pytest.raises(DeliveryError, match="the tags in the custom field Deskgate tags; it said: .*Permission Denied"):
        tracking.bring(Action.ROUTE, ticket_id)


def test_what_cannot_be_marked_as_ours_is_not_held_for_good(tracking: Tracking) -> None:
    tracking.tracker.refuses = {TAGS}
    ticket_id = tracking.bench.opens()
    with pytest.raises(DeliveryError, match="Permission Denied"):
        tracking.bring(Action.QUEUE, ticket_id)
    assert (tracking.state(ticket_id).group, tracking.state(ticket_id).standing) == ("General", "open")
    tracking.tracker.refuses = set()
    assert tracking.bring(Action.QUEUE, ticket_id).changed
    assert (tracking.state(ticket_id).group, tracking.state(ticket_id).standing) == ("Waiting", "held")


def test_a_status_that_is_refused_along_with_a_reply_is_a_refusal(tracking: Tracking) -> None:
    tracking.tracker.refuses = {"stalled"}
    ticket_id = tracking.bench.opens()
    with pytest.raises(DeliveryError, match="the status stalled"):
        tracking.set(notice="reply").bring(Action.QUEUE, ticket_id)


# --- The status and the words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reject", ["renewals", "close"])
def test_a_scrip_that_opens_what_is_written_to_does_not_undo_what_we_do(tracking: Tracking, reject: str) -> None:
    tracking.tracker.opens_all = True
    desk = tracking.set(notice="reply", reject=reject)
    ticket_id = desk.bench.opens()
    desk.bring(Action.QUEUE, ticket_id)
    assert desk.state(ticket_id).standing == "held"
    desk.bring(Action.REJECT, ticket_id, marker="dg-18")
    assert desk.state(ticket_id).standing == ("closed" if reject == "close" else "open")
    assert tracking.bench.ticket(ticket_id).status == ("rejected" if reject == "close" else "open")


def test_a_scrip_that_opens_at_the_very_end_is_undone(tracking: Tracking) -> None:
    tracking.tracker.opens_late = True
    ticket_id = tracking.bench.opens()
    tracking.set(notice="reply").bring(Action.QUEUE, ticket_id)
    assert tracking.state(ticket_id).standing == "held"
    assert len(tracking.state(ticket_id).told) == 1


def test_an_agent_who_moves_a_ticket_right_after_us_is_no_refusal(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.tracker.afterwards[int(ticket_id)] = lambda: tracking.bench.does(ticket_id, {"Queue": "General"})
    assert tracking.bring(Action.ROUTE, ticket_id).changed
    assert tracking.state(ticket_id).group == "Support"


def test_a_ticket_that_people_rejected_is_closed_for_us_too(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.bench.does(ticket_id, {"Status": "rejected"})
    assert tracking.bring(Action.QUEUE, ticket_id).overtaken
    assert {event.kind for event in tracking.happened()} == {EventKind.CREATED, EventKind.CLOSED}


def test_stalled_by_people_means_waiting_for_the_customer(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.bench.does(ticket_id, {"Status": "stalled"})
    assert tracking.happened()[-1].waiting is True
    assert tracking.helpdesk.read(ticket_id).waiting
    assert tracking.bring(Action.QUEUE, ticket_id).overtaken


def test_stalled_by_us_waits_for_nobody(tracking: Tracking) -> None:
    ticket_id = tracking.queued()
    tracking.bench.agent_notes(ticket_id)
    assert [event.waiting for event in tracking.happened()] == [False]
    assert not tracking.helpdesk.read(ticket_id).waiting


def test_an_account_that_we_may_not_see_is_an_agents(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    delivery = tracking.owed(Action.QUEUE, ticket_id)
    tracking.clock.go_on(minutes=1)
    tracking.bench.agent_answers(ticket_id)
    del tracking.tracker.users[AGENT]
    assert tracking.apply(delivery).overtaken


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-12, -5, 0, 14])
def test_a_look_finds_everything_whatever_the_time_zone_of_our_account_is(tracking: Tracking, hours: int) -> None:
    tracking.tracker.zone = timedelta(hours=hours)
    old = tracking.bench.opens()
    tracking.clock.go_on(minutes=30)
    since = tracking.clock.now()
    new = tracking.bench.opens()
    assert {event.ticket_id for event in tracking.helpdesk.find_changed(since)} == {new}
    assert {event.ticket_id for event in tracking.helpdesk.find_changed(since - timedelta(hours=1))} == {old, new}


def test_tickets_that_we_may_not_see_do_not_end_a_list(tracking: Tracking) -> None:
    tracking.bench.opens()
    mine = [int(tracking.bench.opens()) for _ in range(120)]
    tracking.tracker.unseen = set(mine[10:30])
    told = {int(event.ticket_id) for event in tracking.helpdesk.find_changed(tracking.clock.now() - timedelta(hours=1))}
    assert told == set(tracking.tracker.tickets) - tracking.tracker.unseen


def test_what_was_merged_into_a_ticket_is_not_told_of_it_again(tracking: Tracking) -> None:
    gone, stays = tracking.bench.opens(), tracking.bench.opens()
    tracking.clock.go_on(minutes=1)
    since = tracking.clock.now()
    tracking.bench.agent_logs(gone, 600)
    tracking.bench.customer_writes(gone)
    tracking.bench.merges(gone, into=stays)
    found = list(tracking.helpdesk.find_changed(since))
    assert [(event.kind, event.ticket_id) for event in found] == [(EventKind.CREATED, stays)]


def test_the_organization_of_a_requestor_is_found_where_the_account_does_not_tell_it(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    assert tracking.helpdesk.read(ticket_id).identity.organization_id == "Acme"


def test_a_list_of_accounts_that_cannot_be_searched_names_nobody_wrong(tracking: Tracking) -> None:
    tracking.tracker.searches_users = False
    tracking.tracker.requester("first@bee.example", "Bee")
    ticket_id = tracking.bench.opens(email="late@cee.example")
    assert tracking.helpdesk.read(ticket_id).identity.organization_id == ""


def test_a_long_history_is_read_to_its_end(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    for _ in range(230):
        tracking.tracker.note(tracking.bench.ticket(ticket_id), "RT_System", "EmailRecord")
    tracking.clock.go_on(minutes=1)
    tracking.bench.agent_answers(ticket_id)
    assert tracking.helpdesk.read(ticket_id).answered


@pytest.mark.parametrize("write", [str, lambda text: base64.b64encode(text.encode()).decode()],
                         ids=["as it is", "in base64"])
def test_a_ticket_of_ours_is_known_by_the_text_it_was_opened_with(tracking: Tracking, write: object) -> None:
    receipt = tracking.apply(tracking.owed(Action.CREATE))
    opening = next(txn for txn in tracking.tracker.txns if txn.type == "Create")
    opening.content = write(opening.content)  # type: ignore[operator]
    assert tracking.helpdesk.read(receipt.ticket_id).marker == "dg-17"


def test_the_priority_is_a_severity_by_what_is_set(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    found = []
    for priority in (0, 1, 24, 25, 59, 60, 100, 101):
        tracking.bench.does(ticket_id, {"Priority": priority})
        found.append(tracking.helpdesk.read(ticket_id).severity)
    assert found == [None, Severity.LOW, Severity.LOW, Severity.NORMAL, Severity.NORMAL, Severity.HIGH, Severity.HIGH,
                     Severity.URGENT]
    assert tracking.set(severities="low=0, urgent=90").helpdesk.read(ticket_id).severity is Severity.URGENT


def test_queues_and_custom_fields_may_be_named_by_number(tracking: Tracking) -> None:
    desk = tracking.set(route_group="2", outcome_field="2", tags_field="1")
    ticket_id = desk.bench.opens()
    assert desk.bring(Action.ROUTE, ticket_id).changed
    assert desk.state(ticket_id).group == "Support"
    assert "deskgate_routed" in desk.state(ticket_id).tags
    assert not desk.bring(Action.ROUTE, ticket_id).changed
    assert desk.wrong() == {}


# --- Without tags -----------------------------------------------------------------------------------------------------


def without_tags(desk: Tracking) -> Tracking:
    settings = {name: value for name, value in desk.config.settings.items()
                if name not in ("tags_field", "notice", "notice_field")}
    return replace(desk, config=replace(desk.config, settings=settings))


def test_a_field_for_the_outcome_is_enough_to_queue_and_to_release(tracking: Tracking) -> None:
    desk = without_tags(tracking)
    ticket_id = desk.queued()
    assert desk.helpdesk.inspect(ticket_id).standing == "held"
    assert WORDS in desk.state(ticket_id).told[0]
    desk.bring(Action.RELEASE, ticket_id)
    assert desk.helpdesk.inspect(ticket_id).standing == "open"
    assert tracking.bench.ticket(ticket_id).values == {"Deskgate outcome": ["route"]}


@pytest.mark.parametrize(("settings", "field"), [
    ({"outcome_field": ""}, "outcome_field"), ({"reject": "close"}, "tags_field"), ({"notice": "tag"}, "tags_field"),
    ({"route_tags": "vip"}, "tags_field"), ({"severities": "huge=3"}, "severities"),
    ({"severities": "low"}, "severities")])
def test_a_connection_that_could_not_tell_what_it_did_is_refused(tracking: Tracking, settings: dict[str, str],
                                                                 field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        without_tags(tracking).set(**settings).helpdesk  # noqa: B018
    assert caught.value.field == field


def test_a_secret_that_is_no_base64_is_refused(tracking: Tracking) -> None:
    with pytest.raises(ConfigError, match="base64"):
        replace(tracking, config=replace(tracking.config, secrets=("?",))).helpdesk  # noqa: B018


# --- Addresses and leaving --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["https://rt.example", "https://rt.example/", "https://rt.example/REST/2.0/",
                                  "https://rt.example/REST/1.0", "https://rt.example/REST"])
def test_the_address_may_be_told_with_or_without_the_path_of_the_interface(told: str) -> None:
    assert root_of(told) == "https://rt.example/REST/2.0"
    assert root_of(told.replace(".example", ".example/tracker")) == "https://rt.example/tracker/REST/2.0"


def test_a_rehearsal_that_may_not_be_deleted_is_closed(tracking: Tracking) -> None:
    tracking.tracker.may_delete = False
    ticket_id = tracking.helpdesk.rehearse(tracking.owed(Action.CREATE)).ticket_id
    assert tracking.helpdesk.discard(ticket_id) == "closed"
    assert tracking.bench.ticket(ticket_id).status == "rejected"


def test_an_everyday_route_is_one_change(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.bring(Action.ROUTE, ticket_id)
    assert tracking.writes() == 1
    tracking.bring(Action.ROUTE, ticket_id, reason=Reason.ALWAYS_OPEN)
    assert tracking.writes() == 2
    assert tracking.bench.ticket(ticket_id).values[TAGS] == ["deskgate_always_open", "deskgate_routed"]
