"""Webhooks of Request Tracker: whose doing they tell of, and what one update amounts to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.helpdesk import Action, Author, EventKind, Inbound
from entitlements.rules.ticket import Severity
from entitlements.steps.told import completed
from tests.integrations.mutations import samples_of
from tests.integrations.tracker import Tracking
from tests.standins.request_tracker import AGENT
from tests.standins.request_tracker_state import OUR_PASSWORD, US

# --- Whose words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["it@acme.example", AGENT])
def test_an_answer_to_our_mail_bears_our_marker_and_is_not_ours(tracking: Tracking, who: str) -> None:
    desk = tracking.set(notice="reply")
    ticket_id = desk.queued()
    desk.clock.go_on(minutes=1)
    desk.bench.writes(ticket_id, who, "Thanks!", subject="Re: [desk.example #20] VPN down (Ref. dg-17)")
    (event,) = tracking.happened()
    assert (event.kind, event.author, event.marker) == (
        EventKind.REPLIED, Author.AGENT if who == AGENT else Author.CUSTOMER, "")
    assert desk.helpdesk.inspect(ticket_id).replies == 1


def test_our_first_change_is_known_as_ours_before_anybody_told_us_who_we_are(tracking: Tracking) -> None:
    desk = tracking.set(reject="close")
    ticket_id = desk.bench.opens()
    desk.bench.webhooks()
    desk.helpdesk.apply(desk.owed(Action.REJECT, ticket_id))
    assert desk.config.acting_as == ""
    for token in (desk.config.token, f"{US}:{OUR_PASSWORD}"):
        told = replace(desk, config=replace(desk.config, token=token))
        batches = list(desk.bench.tracker.batches)
        assert {event.author for event in told.told(desk.bench.echoes())} == {Author.DESKGATE}
        desk.bench.tracker.batches = batches


def test_what_request_tracker_does_by_itself_is_put_down_to_who_made_it_do_so(tracking: Tracking) -> None:
    ticket_id = tracking.queued()
    tracking.bench.agent_closes(ticket_id)
    tracking.happened()
    tracking.clock.go_on(hours=1)
    tracking.bench.agent_answers(ticket_id)  # the scrip opens the ticket
    assert [(event.kind, event.author) for event in tracking.happened()] == [
        (EventKind.REOPENED, Author.AGENT), (EventKind.REPLIED, Author.AGENT)]


def test_a_reply_that_also_opens_the_ticket_is_one_reopening(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.bench.agent_closes(ticket_id)
    tracking.happened()
    tracking.bench.customer_writes(ticket_id)
    opened, reply = tracking.tracker.batches
    tracking.tracker.batches = [[*reply, *opened]]
    assert [(event.kind, event.author) for event in tracking.happened()] == [(EventKind.REOPENED, Author.CUSTOMER)]


# --- Webhooks ---------------------------------------------------------------------------------------------------------


def test_two_webhooks_with_one_id_and_different_bodies_are_both_carried_out(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    txn = tracking.bench.writes(ticket_id, AGENT, "Done.", Status="resolved")
    both = tracking.tracker.batches[-1]
    hooks = [tracking.bench.hook([txn]), tracking.bench.hook(both)]
    assert hooks[0].headers["webhook-id"] == hooks[1].headers["webhook-id"]
    first, second = (tracking.helpdesk.parse(hook) for hook in hooks)
    assert first[0].key != second[0].key
    assert [event.kind for event in second] == [EventKind.REPLIED, EventKind.CLOSED]


@pytest.mark.parametrize(("type_", "kind"), [
    ("ticket.created", EventKind.CREATED), ("ticket.updated", EventKind.UPDATED),
    ("ticket.replied", EventKind.UPDATED)])
def test_a_scrip_that_tells_little_has_the_ticket_read(tracking: Tracking, type_: str, kind: EventKind) -> None:
    ticket_id = tracking.bench.opens(severity="high")
    tracking.bench.webhooks()
    body = (f'{{"type": "{type_}", "timestamp": "2026-03-09T10:00:00Z", "data": {{"ticket_id": {ticket_id}, '
            '"transaction_id": 311, "queue": "General", "status": "new", "subject": "VPN down", '
            '"requestors": ["it@acme.example"], "time_worked": 0}}').encode()
    hook = tracking.bench.signed("311", body)
    (event,) = tracking.helpdesk.parse(hook)
    assert (event.kind, event.ticket_id, event.incomplete, event.identity.email) == (
        kind, ticket_id, True, "it@acme.example")
    whole = completed(event, tracking.helpdesk.read(ticket_id))
    assert (whole.severity, whole.identity.organization_id) == (Severity.HIGH, "Acme")


REAL = {
    "real-created-by-mail": [(EventKind.CREATED, Author.CUSTOMER)],
    "real-answered-in-the-browser": [(EventKind.REPLIED, Author.AGENT), (EventKind.TIME_LOGGED, Author.AGENT),
                                     (EventKind.CLOSED, Author.AGENT)],
    "real-time-set-by-hand": [(EventKind.TIME_LOGGED, Author.AGENT)],
    "real-merged": [(EventKind.MERGED, Author.AGENT)],
    "real-merged-into": [(EventKind.UPDATED, Author.AGENT)],
}


@pytest.mark.parametrize("name", REAL)
def test_what_a_real_request_tracker_sent_is_read_as_what_was_done_there(tracking: Tracking, name: str) -> None:
    sample = next(each for each in samples_of("request_tracker") if each.name == name)
    hook = Inbound("POST", "/hooks/desk", sample.headers, sample.raw, tracking.clock.now())
    assert [(event.kind, event.author) for event in tracking.helpdesk.parse(hook)] == REAL[name]


def test_of_two_tickets_that_are_merged_only_one_is_over(tracking: Tracking) -> None:
    gone, stays = tracking.bench.opens(), tracking.bench.opens()
    tracking.happened()
    tracking.bench.merges(gone, into=stays)
    assert {(event.ticket_id, event.kind) for event in tracking.happened()} == {
        (gone, EventKind.MERGED), (stays, EventKind.UPDATED)}


@pytest.mark.parametrize(("ticket_id", "kind"), [(20, EventKind.MERGED), (21, EventKind.UPDATED)])
def test_a_scrip_that_does_not_tell_what_became_of_a_ticket_is_taken_by_the_link(tracking: Tracking, ticket_id: int,
                                                                                  kind: EventKind) -> None:
    body = (f'{{"type": "ticket.updated", "data": {{"ticket_id": {ticket_id}, "transactions": [{{"id": 307, "type": '
            '"AddLink", "field": "MergedInto", "new": "fsck.com-rt://vm/ticket/21"}]}}').encode()
    (event,) = tracking.helpdesk.parse(tracking.bench.signed("307-AddLink", body))
    assert event.kind is kind


def test_time_is_told_with_replies_and_when_it_is_set_by_hand_or_taken_back(tracking: Tracking) -> None:
    ticket_id = tracking.bench.opens()
    tracking.happened()
    tracking.clock.go_on(minutes=1)
    since = tracking.clock.now()
    tracking.bench.writes(ticket_id, AGENT, "Done.", TimeTaken=15)
    tracking.bench.does(ticket_id, {"TimeWorked": 45})
    tracking.bench.writes(ticket_id, AGENT, "Not that long.", "comment", TimeTaken=-5)
    told = [(event.seconds, event.entry_id) for event in tracking.happened() if event.kind is EventKind.TIME_LOGGED]
    assert [seconds for seconds, _ in told] == [900, 1800, -300]
    assert told == [(event.seconds, event.entry_id) for event in tracking.helpdesk.find_changed(since)
                    if event.kind is EventKind.TIME_LOGGED]
    assert tracking.bench.ticket(ticket_id).minutes == 40
