"""What every helpdesk tells of what people do: by webhooks, and when it is asked what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Action, Author, Event, EventKind
from entitlements.rules.ticket import Severity
from tests.integrations.stories import Connected
from tests.standins.all import KNOWS_NO_SEVERITY
from tests.standins.bench import CUSTOMER

STRANGER = "someone@nowhere.example"
SECOND = timedelta(seconds=1)


def a_ticket(desk: Connected) -> str:
    """One that was opened a while ago, its webhooks read."""
    ticket_id = desk.bench.opens()
    desk.bench.webhooks()
    desk.clock.go_on(minutes=10)
    return ticket_id


def only(events: list[Event], kind: EventKind) -> Event:
    found = [event for event in events if event.kind is kind]
    assert len(found) == 1, events
    return found[0]


# --- New tickets -----------------------------------------------------------------------------------------------------


def test_a_new_ticket_says_who_asks_how_urgent_it_is_and_since_when(desk_at_work: Connected) -> None:
    desk = desk_at_work
    opened_at = desk.clock.now()
    ticket_id = desk.bench.opens(severity="high")
    event = only(desk.happened(), EventKind.CREATED)
    assert (event.ticket_id, event.author, event.staff_made, event.marker) == (ticket_id, Author.CUSTOMER, False, "")
    assert event.identity.email == CUSTOMER
    assert event.created_at is not None
    assert event.created_at_source
    assert abs(event.created_at - opened_at) <= SECOND
    assert event.severity is (None if desk.bench.kind in KNOWS_NO_SEVERITY else Severity.HIGH)
    assert not event.answered
    assert not event.assigned
    assert not event.closed


def test_a_read_ticket_says_the_same_as_its_webhook(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens(severity="low")
    told, read = only(desk.happened(), EventKind.CREATED), desk.helpdesk.read(ticket_id)
    assert read.kind is EventKind.CREATED
    for name in ("ticket_id", "identity", "severity", "created_at", "staff_made", "author", "channel", "marker",
                 "answered", "assigned", "closed"):
        assert getattr(read, name) == getattr(told, name), name


def test_a_ticket_of_somebody_who_belongs_to_no_organization_is_told_all_the_same(desk_at_work: Connected) -> None:
    desk = desk_at_work
    desk.bench.opens(email=STRANGER)
    identity = only(desk.happened(), EventKind.CREATED).identity
    assert (identity.email, identity.organization_id, identity.external_id) == (STRANGER, "", "")


def test_a_ticket_that_an_agent_typed_in_is_staff_made(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens(by_agent=True)
    event = only(desk.happened(), EventKind.CREATED)
    assert (event.author, event.staff_made) == (Author.AGENT, True)
    assert event.identity.email == CUSTOMER
    assert desk.helpdesk.read(ticket_id).staff_made


# --- What people do --------------------------------------------------------------------------------------------------


def test_a_reply_of_the_customer(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.customer_writes(ticket_id)
    event = only(desk.happened(), EventKind.REPLIED)
    assert (event.ticket_id, event.author, event.public) == (ticket_id, Author.CUSTOMER, True)
    assert event.at is not None
    assert abs(event.at - desk.clock.now()) <= SECOND


def test_an_answer_of_an_agent(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.agent_answers(ticket_id)
    (event,) = [event for event in desk.happened() if event.kind is EventKind.REPLIED or seen_as_it_is(event)]
    assert (event.ticket_id, event.author, event.public) == (ticket_id, Author.AGENT, True)
    assert desk.helpdesk.read(ticket_id).answered


def test_an_internal_note_answers_nobody(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.agent_notes(ticket_id)
    for event in desk.happened():
        assert event.kind in (EventKind.REPLIED, EventKind.UPDATED) or seen_as_it_is(event)
        assert not event.public
        assert event.author is not Author.CUSTOMER
    assert not desk.helpdesk.read(ticket_id).answered


def test_an_agent_who_takes_a_ticket(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.agent_takes(ticket_id)
    assert any(event.assigned and event.kind in (EventKind.UPDATED, EventKind.CREATED) for event in desk.happened())
    assert desk.helpdesk.read(ticket_id).assigned


def test_a_closing(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.agent_closes(ticket_id)
    found = desk.happened()
    closings = [event for event in found if event.kind is EventKind.CLOSED or (event.snapshot and event.closed)]
    assert closings
    assert all(event.author is not Author.CUSTOMER for event in closings)
    assert desk.helpdesk.read(ticket_id).closed


def test_a_customer_who_opens_a_closed_ticket_again(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.agent_closes(ticket_id)
    desk.bench.webhooks()
    desk.clock.go_on(hours=1)
    desk.bench.customer_reopens(ticket_id)
    found = [event for event in desk.happened() if event.kind is EventKind.REOPENED or seen_as_it_is(event)]
    assert [(event.author, event.ticket_id, event.closed) for event in found] == [(Author.CUSTOMER, ticket_id, False)]
    assert not desk.helpdesk.read(ticket_id).closed


def seen_as_it_is(event: Event) -> bool:
    """Whether the webhook said no more than that something happened, and the ticket was looked at."""
    return event.snapshot and event.kind is EventKind.CREATED


def test_a_severity_that_is_set_later(desk_at_work: Connected) -> None:
    desk = desk_at_work
    if desk.bench.kind in KNOWS_NO_SEVERITY:
        pytest.skip("this product has no priority")
    ticket_id = a_ticket(desk)
    desk.bench.agent_sets_severity(ticket_id, "high")
    assert [event.severity for event in desk.happened()] == [Severity.HIGH]
    assert desk.helpdesk.read(ticket_id).severity is Severity.HIGH


def test_time_that_an_agent_logs(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    if not desk.bench.agent_logs(ticket_id, 1800):
        pytest.skip("this product keeps no account of time")
    looked_up = [event for event in desk.helpdesk.find_changed(desk.clock.now() - SECOND)
                 if event.kind is EventKind.TIME_LOGGED]
    assert [(event.ticket_id, event.seconds) for event in looked_up] == [(ticket_id, 1800)]
    for event in desk.happened():
        if event.kind is EventKind.TIME_LOGGED:
            assert (event.seconds, event.entry_id, event.author) == (1800, looked_up[0].entry_id, Author.AGENT)


def test_a_merge(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id, other = a_ticket(desk), a_ticket(desk)
    if not desk.bench.merges(ticket_id, into=other):
        pytest.skip("this product cannot merge")
    found = [event for event in desk.happened() if event.ticket_id == ticket_id]
    assert {event.kind for event in found} <= {EventKind.MERGED, EventKind.CLOSED}
    assert found, "nothing told of the merge"


def test_a_deletion_that_is_told_is_told_as_one(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = a_ticket(desk)
    desk.bench.deletes(ticket_id)
    for event in desk.happened():
        assert (event.kind, event.ticket_id) == (EventKind.DELETED, ticket_id)


def test_whatever_is_told_first_of_a_ticket_is_enough_to_take_it_in(desk_at_work: Connected) -> None:
    desk = desk_at_work
    opened_at = desk.clock.now()
    ticket_id = a_ticket(desk)
    desk.bench.customer_writes(ticket_id)
    desk.bench.agent_answers(ticket_id)
    found = desk.happened()
    assert found
    for event in found:
        assert (event.ticket_id, event.identity.email) == (ticket_id, CUSTOMER)
        assert event.created_at is not None
        assert abs(event.created_at - opened_at) <= SECOND


# --- Whom to believe -------------------------------------------------------------------------------------------------


def test_a_webhook_with_another_secret_or_another_body_is_refused(desk_at_work: Connected) -> None:
    desk = desk_at_work
    desk.bench.opens()
    for inbound in desk.bench.webhooks():
        desk.helpdesk.verify(inbound, desk.clock.now())
        other = replace(desk, config=replace(desk.config, secrets=("whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXI=",)))
        with pytest.raises(VerificationError):
            other.helpdesk.verify(inbound, desk.clock.now())
        if desk.helpdesk.scheme:
            with pytest.raises(VerificationError):
                desk.helpdesk.verify(replace(inbound, body=inbound.body + b" "), desk.clock.now())
        with pytest.raises(VerificationError):
            desk.helpdesk.verify(replace(inbound, headers={}, path_secret=""), desk.clock.now())


def test_a_secret_that_is_being_changed_is_believed_old_and_new(desk_at_work: Connected) -> None:
    desk = desk_at_work
    desk.bench.opens()
    both = replace(desk.config, secrets=("whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXI=", *desk.config.secrets))
    for inbound in desk.bench.webhooks():
        replace(desk, config=both).helpdesk.verify(inbound, desk.clock.now())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"7"', b"{}", b"\xff\xfe", b'{"ticket": 7}',
                                  b"[" * 5000])
def test_nonsense_is_a_clear_error(desk_at_work: Connected, body: bytes) -> None:
    desk = desk_at_work
    desk.bench.opens()
    for inbound in desk.bench.webhooks():
        with pytest.raises(TicketError):
            desk.helpdesk.parse(replace(inbound, body=body))


def test_the_same_webhook_sent_again_has_the_same_key_and_others_have_others(desk_at_work: Connected) -> None:
    desk = desk_at_work
    ticket_id = desk.bench.opens()
    keys: list[str] = []
    for happens in (lambda: None, lambda: desk.bench.customer_writes(ticket_id),
                    lambda: desk.bench.agent_answers(ticket_id), lambda: desk.bench.customer_writes(ticket_id)):
        desk.clock.go_on(minutes=1)
        happens()
        inbounds = desk.bench.webhooks()
        told = [desk.helpdesk.parse(inbound)[0].key for inbound in inbounds]
        assert told == [desk.helpdesk.parse(inbound)[0].key for inbound in inbounds]
        keys += sorted(set(told))
    assert len(keys) == len(set(keys)) >= 4


# --- What we did ourselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.ROUTE, Action.QUEUE, Action.REJECT])
@pytest.mark.parametrize("reject", ["renewals", "close"])
def test_our_own_changes_coming_back_are_known_as_ours(desk_at_work: Connected, action: Action, reject: str) -> None:
    desk = desk_at_work.set(reject=reject)
    ticket_id = desk.bench.opens()
    desk.bench.webhooks()
    desk.bring(action, ticket_id)
    assert desk.happened() == []
    for event in desk.told(desk.bench.echoes()):
        assert event.author is Author.DESKGATE, event
    whole = desk.helpdesk.read(ticket_id)
    assert (whole.answered, whole.closed, whole.marker) == (False, False, "")
