"""What is found when a helpdesk is asked what changed: all that its webhooks would have told; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from entitlements.helpdesk import Author, Event, EventKind
from tests.integrations.stories import Connected
from tests.standins.all import NAMES_NO_ENTRY
from tests.standins.bench import Bench

STRANGER = "someone@nowhere.example"
SECOND = timedelta(seconds=1)

LIFE: list[Callable[[Bench, str], object]] = [
    lambda bench, ticket: bench.customer_writes(ticket), lambda bench, ticket: bench.agent_answers(ticket),
    lambda bench, ticket: bench.agent_notes(ticket), lambda bench, ticket: bench.agent_closes(ticket),
    lambda bench, ticket: bench.customer_reopens(ticket), lambda bench, ticket: bench.agent_closes(ticket)]


def test_a_look_finds_what_the_webhooks_would_have_told(desk_at_work: Connected) -> None:
    desk = desk_at_work
    began = desk.clock.now()
    tickets = [desk.bench.opens(), desk.bench.opens(email=STRANGER)]
    for happens in LIFE:
        desk.clock.go_on(minutes=1)
        happens(desk.bench, tickets[0])
    told, found = desk.happened(), list(desk.helpdesk.find_changed(began))
    assert {event.ticket_id for event in found} == set(tickets)
    for kind in (EventKind.REPLIED,):
        assert count(found, kind, Author.CUSTOMER) >= count(told, kind, Author.CUSTOMER)
        assert count(found, kind, Author.AGENT) >= 1
    assert any(event.closed or event.kind is EventKind.CLOSED for event in found if event.ticket_id == tickets[0])
    assert not any(event.closed for event in found if event.ticket_id == tickets[1])
    assert len({event.key for event in found}) >= len(tickets)


def count(events: list[Event], kind: EventKind, author: Author) -> int:
    return len([event for event in events if (event.kind, event.author, event.public) == (kind, author, True)])


def test_a_look_writes_nothing_and_finds_nothing_older(desk_at_work: Connected) -> None:
    desk = desk_at_work
    old = desk.queued()
    desk.clock.go_on(days=1)
    since = desk.clock.now()
    assert list(desk.helpdesk.find_changed(since)) == []
    new = desk.bench.opens()
    before, writes = [desk.state(old), desk.state(new)], desk.writes()
    assert {event.ticket_id for event in desk.helpdesk.find_changed(since)} == {new}
    assert [desk.state(old), desk.state(new)] == before
    assert desk.writes() == writes


def test_a_look_through_many_tickets_finds_each_and_the_oldest_change_first(desk_at_work: Connected) -> None:
    desk = desk_at_work
    began, tickets = desk.clock.now(), []
    for _ in range(60):
        desk.clock.go_on(seconds=30)
        tickets.append(desk.bench.opens())
    desk.clock.go_on(minutes=1)
    desk.bench.customer_writes(tickets[0])
    found = list(dict.fromkeys(event.ticket_id for event in desk.helpdesk.find_changed(began)))
    assert found == [*tickets[1:], tickets[0]]
    assert next(iter(desk.helpdesk.find_changed(began))).ticket_id == tickets[1]


def test_a_look_has_the_keys_of_the_webhooks_of_replies(desk_at_work: Connected) -> None:
    desk = desk_at_work
    if desk.bench.kind in NAMES_NO_ENTRY:
        pytest.skip("the webhooks of this product do not say which reply they are about")
    ticket_id = desk.bench.opens()
    desk.bench.webhooks()
    desk.clock.go_on(minutes=10)
    desk.bench.customer_writes(ticket_id)
    (told,) = [event for event in desk.happened() if event.kind is EventKind.REPLIED]
    found = [event for event in desk.helpdesk.find_changed(desk.clock.now() - SECOND)
             if event.kind is EventKind.REPLIED]
    assert [event.key for event in found] == [told.key]
