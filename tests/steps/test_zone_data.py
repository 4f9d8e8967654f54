"""New time-zone data: promised times are worked out again, and what moved is listed."""

from __future__ import annotations

from datetime import timedelta

from entitlements.rules.zone import ZONE_DATA
from entitlements.steps.changes import read_move
from entitlements.steps.zone_data import follow_zone_data
from entitlements.store.changes import fact, saved_changes
from entitlements.store.database import transaction
from tests.builders import utc
from tests.steps.house import OPS, House

MONDAY_NINE = utc("2026-03-09 08:00")


def promised_with_older_data(house: House) -> None:
    """A ticket that waits for Monday, planned when the clocks of Paris were thought to be an hour behind."""
    house.clock.set("2026-03-07 12:00")
    follow_zone_data(house.clock.now(), house.deskgate, installed="2025z")
    house.created()
    house.work()
    with transaction():
        ticket = house.ticket()
        ticket.release_at = ticket.due_at = ticket.decision.release_at = MONDAY_NINE + timedelta(hours=1)


def test_a_release_planned_with_older_data_is_moved_and_listed(house: House) -> None:
    promised_with_older_data(house)
    impact = follow_zone_data(house.clock.now(), house.deskgate)
    [move] = impact.moves
    assert (move.number, move.before, move.after) == ("7", MONDAY_NINE + timedelta(hours=1), MONDAY_NINE)
    [change] = saved_changes(10, kind="zone_data")
    assert (change.subject, [read_move(each) for each in change.moves]) == (f"from 2025z to {ZONE_DATA}", [move])
    house.work()
    ticket = house.ticket()
    assert (ticket.release_at, ticket.decision.zone_data) == (MONDAY_NINE, ZONE_DATA)


def test_tickets_that_stand_as_promised_stay_as_they_are(small_house: House) -> None:
    promised_with_older_data(small_house)
    small_house.created("8", identity=OPS)
    with transaction():
        small_house.ticket().release_at = MONDAY_NINE
    assert follow_zone_data(small_house.clock.now(), small_house.deskgate).moves == ()


def test_the_same_data_is_not_looked_at_twice(small_house: House) -> None:
    promised_with_older_data(small_house)
    assert follow_zone_data(small_house.clock.now(), small_house.deskgate) is not None
    assert follow_zone_data(small_house.clock.now(), small_house.deskgate) is None
    assert fact("zone_data") == ZONE_DATA


def test_a_new_database_only_remembers_what_it_began_with(small_house: House) -> None:
    assert follow_zone_data(small_house.clock.now(), small_house.deskgate) is None
    assert fact("zone_data") == ZONE_DATA
    assert saved_changes(10) == []
