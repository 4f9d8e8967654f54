"""What is seen of a ticket, rather than told: how it stands says what must have happened to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from entitlements.helpdesk import Author, Event, EventKind
from entitlements.steps.events import REHEARSED_FROM
from entitlements.store import tables
from tests.steps.histories import MONDAY, SUNDAY_NOON
from tests.steps.house import House, event
from tests.steps.listing import knows, look_now, made

LATER = SUNDAY_NOON + timedelta(minutes=5)


def seen(at: datetime, **more: object) -> Event:
    """How ticket 7 stood at an instant."""
    usual = {"key": f"seen:7@{at:%H:%M:%S}", "at": at, "created_at": made("7").created_at, "author": Author.UNKNOWN,
             "snapshot": True}
    return replace(made("7"), **{**usual, **more})


def only_ticket(house: House) -> tables.Ticket:
    [ticket] = house.rows(tables.Ticket)
    return ticket


@pytest.fixture
def queued(small: House) -> House:
    """Ticket 7 waits for Monday."""
    small.clock.at = SUNDAY_NOON
    small.hook(made("7"))
    small.work()
    assert only_ticket(small).state == "queued"
    small.clock.at = LATER
    return small


def look_finds(house: House, *events: Event) -> int:
    knows(house).happened = list(events)
    return look_now(house).admitted


def test_a_ticket_that_is_seen_first_is_admitted(small: House) -> None:
    small.clock.at = LATER
    assert look_finds(small, seen(LATER)) == 1
    assert only_ticket(small).state == "queued"


def test_one_that_is_seen_closed_was_closed(queued: House) -> None:
    assert look_finds(queued, seen(LATER, closed=True)) == 1
    assert (only_ticket(queued).state, only_ticket(queued).closed_at is not None) == ("withdrawn", True)


def test_one_that_is_seen_open_again_was_reopened_by_who_wrote_last(queued: House) -> None:
    look_finds(queued, seen(LATER, closed=True))
    queued.clock.go_on(minutes=5)
    at = queued.clock.now()
    assert look_finds(queued, seen(at, author=Author.CUSTOMER)) == 1
    ticket = only_ticket(queued)
    assert (ticket.state, ticket.revision, ticket.closed_at) == ("queued", 2, None)


def test_one_that_is_seen_open_again_without_a_word_was_taken_by_the_team(queued: House) -> None:
    look_finds(queued, seen(LATER, closed=True))
    queued.clock.go_on(minutes=5)
    look_finds(queued, seen(queued.clock.now()))
    assert (only_ticket(queued).state, only_ticket(queued).decision.reason) == ("routed", "taken_early")


@pytest.mark.parametrize("how", [{"assigned": True}, {"author": Author.AGENT, "public": True}])
def test_one_that_is_seen_assigned_or_answered_was_taken(queued: House, how: dict[str, object]) -> None:
    assert look_finds(queued, seen(LATER, **how)) == 1
    assert only_ticket(queued).decision.reason == "taken_early"


def test_the_ticket_of_a_rehearsal_is_nobodys(small: House) -> None:
    small.clock.at = LATER
    look_finds(small, *(seen(LATER, kind=kind, key=f"{kind}", marker=f"dg-{REHEARSED_FROM + 7}")
                        for kind in (EventKind.CREATED, EventKind.UPDATED)))
    assert small.rows(tables.Ticket) == []


def test_a_marker_with_a_number_that_no_delivery_can_have_is_not_looked_up(small: House) -> None:
    small.clock.at = LATER
    assert look_finds(small, seen(LATER, marker=f"dg-{2**31}"), seen(LATER, key="x", marker="dg-x")) == 2
    assert [row.state for row in small.rows(tables.Event)] == ["ignored", "ignored"]


def test_an_agents_note_takes_nothing(queued: House) -> None:
    look_finds(queued, seen(LATER, author=Author.AGENT))
    assert only_ticket(queued).state == "queued"


def test_what_its_webhook_had_told_is_no_news(queued: House) -> None:
    queued.hook(event(EventKind.UPDATED, "7", key="u", at=LATER))
    assert look_finds(queued, seen(LATER)) == 0
    assert only_ticket(queued).state == "queued"


def test_a_reply_whose_webhook_was_lost_still_counts_when_something_later_was_told(queued: House) -> None:
    queued.hook(event(EventKind.UPDATED, "7", key="u", at=LATER))
    reply = event(EventKind.REPLIED, "7", key="entry:7:1", author=Author.AGENT, public=True,
                  at=LATER - timedelta(minutes=1))
    assert look_finds(queued, replace(reply, snapshot=True)) == 0
    assert only_ticket(queued).decision.reason == "taken_early"


def test_an_old_view_of_a_ticket_that_was_closed_since_reopens_nothing(queued: House) -> None:
    queued.hook(event(EventKind.CLOSED, "7", key="c", at=LATER))
    look_finds(queued, seen(LATER - timedelta(minutes=1), author=Author.CUSTOMER))
    assert only_ticket(queued).state == "withdrawn"
    queued.clock.at = MONDAY
    assert queued.work() == []
