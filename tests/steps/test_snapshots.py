"""What is seen of a ticket, rather than told: how it stands says what must have happened to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import Submission, submit
from entitlements.steps.events import REHEARSED_FROM
from entitlements.store import tables
from entitlements.store.database import transaction
from tests.steps.histories import MONDAY, SUNDAY_NOON
from tests.steps.house import IT, House, event
from tests.steps.listing import knows, look_now, made
from tests.steps.unread import hears, reads, there_is

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


# In the same second: most helpdesks tell no parts of one


def test_a_closing_whose_webhook_was_lost_is_news_though_the_answer_of_that_second_was_told(small: House) -> None:
    small.clock.at = MONDAY
    small.hook(made("7"))
    at = MONDAY + timedelta(minutes=5)
    small.clock.at = at
    small.hook(event(EventKind.REPLIED, "7", key="r", author=Author.AGENT, public=True, at=at))
    assert look_finds(small, seen(at, closed=True, author=Author.AGENT, public=True)) == 1
    assert only_ticket(small).closed_at is not None


def test_a_reopening_whose_webhook_was_lost_is_news_though_the_reply_of_that_second_was_told(queued: House) -> None:
    queued.hook(event(EventKind.CLOSED, "7", key="c", at=LATER))
    queued.clock.go_on(minutes=5)
    at = queued.clock.now()
    queued.hook(event(EventKind.REPLIED, "7", key="r", author=Author.CUSTOMER, public=True, at=at))
    assert look_finds(queued, seen(at, author=Author.CUSTOMER)) == 1
    assert (only_ticket(queued).state, only_ticket(queued).closed_at) == ("queued", None)


@pytest.mark.parametrize("kind", [EventKind.MERGED, EventKind.DELETED])
def test_a_ticket_that_is_seen_merged_or_deleted_was_so_and_is_no_news_when_seen_again(queued: House,
                                                                                      kind: EventKind) -> None:
    assert look_finds(queued, seen(LATER, kind=kind)) == 1
    closed_at = only_ticket(queued).closed_at
    assert (only_ticket(queued).state, closed_at is not None) == ("withdrawn", True)
    queued.clock.go_on(minutes=5)
    assert look_finds(queued, seen(LATER, kind=kind, key="again")) == 0
    assert (only_ticket(queued).state, only_ticket(queued).closed_at) == ("withdrawn", closed_at)


def test_an_open_view_of_the_second_in_which_the_ticket_was_closed_reopens_nothing(queued: House) -> None:
    queued.hook(event(EventKind.CLOSED, "7", key="c", at=LATER))
    assert look_finds(queued, seen(LATER, author=Author.CUSTOMER)) == 0
    assert (only_ticket(queued).state, only_ticket(queued).closed_at is not None) == ("withdrawn", True)


def test_a_closed_view_of_the_second_in_which_the_ticket_was_reopened_closes_nothing(queued: House) -> None:
    queued.hook(event(EventKind.CLOSED, "7", key="c", at=LATER))
    queued.clock.go_on(minutes=5)
    at = queued.clock.now()
    queued.hook(event(EventKind.REOPENED, "7", key="o", author=Author.CUSTOMER, at=at))
    assert only_ticket(queued).state == "queued"
    there_is(queued, snapshot=True, closed=True, at=at)
    hears(queued, EventKind.UPDATED, key="u", at=at)
    reads(queued)
    assert (only_ticket(queued).state, only_ticket(queued).closed_at) == ("queued", None)


def test_a_ticket_that_people_closed_and_then_seems_closed_by_us_stays_closed(queued: House) -> None:
    """An adapter tells a ticket with the sign of our own closing as updated: it is not open, whoever closed it."""
    queued.hook(event(EventKind.CLOSED, "7", key="c", at=LATER))
    queued.clock.go_on(minutes=5)
    look_finds(queued, seen(queued.clock.now(), kind=EventKind.UPDATED))
    assert (only_ticket(queued).state, only_ticket(queued).closed_at is not None) == ("withdrawn", True)


def test_a_ticket_of_ours_is_not_opened_again_by_being_seen_as_it_was_made(small: House) -> None:
    small.clock.at = SUNDAY_NOON
    with transaction():
        submit(Submission(IT, Severity.NORMAL, "Printer", "It burns"), SUNDAY_NOON, small.deskgate)
    small.work()
    (created,) = small.rows(tables.Delivery)
    remote_id = only_ticket(small).remote_id
    small.clock.at = LATER
    small.hook(event(EventKind.CLOSED, remote_id, key="c", author=Author.AGENT, at=LATER))
    as_made = seen(SUNDAY_NOON, marker=f"dg-{created.id}", author=Author.DESKGATE)
    look_finds(small, replace(as_made, ticket_id=remote_id))
    assert (only_ticket(small).state, only_ticket(small).closed_at is not None) == ("withdrawn", True)
