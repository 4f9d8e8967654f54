"""Storms: alerts by the hundred, machines that answer machines, our own changes coming back, bad data in bulk.

Some come through many processes at once, which only PostgreSQL lets write at the same time.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from entitlements.helpdesk import Author, Event, EventKind, Identity
from entitlements.steps.hooks import take_found
from entitlements.store import db, tables
from tests.builders import utc
from tests.steps.house import IT, House, event

NIGHT = utc("2026-03-09 22:00")
MANY = 200


@pytest.fixture
def night(small_house: House) -> House:
    """Acme is closed until eight in the morning."""
    small_house.clock.at = NIGHT
    return small_house


def messages(house: House) -> list[str]:
    return [delivery.message for delivery in house.helpdesk.applied if delivery.message]


def alert(house: House, number: int, **more: object) -> Event:
    return event(EventKind.CREATED, str(number), IT, key=f"alert {number}", at=house.clock.now(),
                 created_at=house.clock.now(), **more)


def at_once(house: House, events: list[Event], processes: int = 8) -> None:
    """All of these come in at the same time: some by webhooks, some are found by a look."""
    def take(number: int) -> bool:
        with house.app.app_context():
            try:
                if number % 2:
                    return take_found(1, [events[number]], house.deskgate)
                return house.hook(events[number], body=events[number].key).status == 200
            finally:
                db.session.remove()

    with ThreadPoolExecutor(processes) as pool:
        assert all(pool.map(take, range(len(events))))


# One notice


@pytest.mark.parametrize(("many", "flagged"), [(MANY, False), (50, True)], ids=["that does not say so", "that does"])
def test_200_alerts_and_an_autoresponder_at_night_get_one_notice(night: House, many: int, flagged: bool):
    for number in range(many):
        night.clock.go_on(seconds=30)
        before = len(messages(night))
        night.hook(alert(night, number))
        night.work(rounds=1)
        for _ in messages(night)[before:]:  # it answers on the ticket, and opens another one for good measure
            night.happened(EventKind.REPLIED, str(number), public=True, auto_submitted=flagged, at=night.clock.now())
            night.created(f"answer {number}", auto_submitted=flagged)
    night.work(rounds=1)
    assert len(messages(night)) == 1
    assert {row.state for row in night.rows(tables.Ticket)} == {"queued"}


def test_they_get_one_notice_though_they_all_come_at_once(house: House):
    house.clock.at = NIGHT
    at_once(house, [alert(house, number) for number in range(60)])
    house.work(rounds=3)
    assert len(messages(house)) == len(house.rows(tables.Notice)) == 1


def test_an_autoresponder_that_answers_200_times_on_one_ticket_moves_nothing(night: House):
    night.created()
    night.work()
    for _ in range(MANY):
        night.happened(EventKind.REPLIED, public=True, auto_submitted=True, at=night.clock.now())
    assert night.work() == ["queue"]  # it may have reopened the ticket: that is undone once
    assert len(messages(night)) == 1
    assert len(night.rows(tables.Decision)) == 1


# Our own


@pytest.mark.parametrize("kind", [EventKind.REPLIED, EventKind.UPDATED, EventKind.CLOSED, EventKind.REOPENED])
def test_our_own_changes_coming_back_100_times_are_no_news(night: House, kind: EventKind):
    night.created()
    night.work()
    for _ in range(100):
        night.happened(kind, author=Author.DESKGATE, public=True, assigned=True, at=night.clock.now())
    assert (len(night.rows(tables.Decision)), len(night.rows(tables.Delivery))) == (1, 1)
    assert (night.ticket().state, night.work()) == ("queued", [])


def test_nor_is_a_ticket_of_ours_that_comes_back_under_other_keys(night: House):
    night.created()
    night.work()
    for number in range(100):
        night.hook(event(EventKind.CREATED, f"copy {number}", IT, marker="dg-1", at=night.clock.now()))
    assert len(night.rows(tables.Ticket)) == len(night.rows(tables.Decision)) == 1


# The reject breaker


def bad_data(house: House) -> None:
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())


def reasons(house: House) -> Counter[str]:
    return Counter(row.reason for row in house.rows(tables.Decision))


def test_of_60_rejects_in_an_hour_six_are_told_and_people_see_the_rest(night: House):
    bad_data(night)
    for number in range(60):
        night.clock.go_on(seconds=59.9)
        night.hook(event(EventKind.CREATED, str(number), Identity(email="it@acme.example"), at=night.clock.now()))
        night.work(rounds=1)
    assert reasons(night) == {"license_expired": 6, "reject_breaker": 54}
    assert len(messages(night)) == 6
    assert Counter(delivery.action.value for delivery in night.helpdesk.applied) == {"reject": 6, "route": 54}


def test_no_more_are_turned_away_when_they_all_come_at_once(house: House):
    bad_data(house)
    at_once(house, [alert(house, number) for number in range(60)])
    assert reasons(house) == {"license_expired": 6, "reject_breaker": 54}


# The daily limit


def test_no_more_is_set_aside_than_there_is_when_they_all_come_at_once(house: House):
    house.clock.at = utc("2026-03-09 09:00")
    house.change_terms("Acme", daily_limit=3 * 3600, reserve_seconds=3600)
    at_once(house, [alert(house, number) for number in range(24)])
    assert reasons(house) == {"within_hours": 3, "daily_limit_reached": 21}
