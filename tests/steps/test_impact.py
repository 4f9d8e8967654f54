"""What a change is shown to move is what the worker then does: daily limits, late tickets, the reject breaker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import event as events

from entitlements.helpdesk import Identity
from entitlements.rules.license import Terms
from entitlements.rules.ticket import Severity
from entitlements.steps.changes import Outlook, work_out
from entitlements.steps.license_change import license_change
from entitlements.steps.schedule_change import ScheduleChange, schedule_change
from entitlements.steps.zone_data import follow_zone_data
from entitlements.store import db, tables
from entitlements.store.connections import get_connection
from entitlements.store.database import transaction
from tests.builders import EVERY_DAY, a_schedule, utc, weekly
from tests.steps.changing import MONDAY, MONDAY_NINE, SATURDAY, TUESDAY_NINE, moves, paris, saved
from tests.steps.house import YEAR, House

SUNDAY_NINE = utc("2026-03-08 08:00")
HALF_HOURS_OF_ONE = {"daily_limit": 3600, "reserve_seconds": 1800}
CANCELLED = (b"customer,license,starts_on,ends_on,zone,weekly,state\n"
             b"Acme,Acme license,2026-01-01,2026-12-31,Europe/Paris,mon-fri 09:00-17:00,cancelled\n")
NEW_LICENSES = (b"customer,license,starts_on,ends_on,zone,weekly,daily_limit,reserve_minutes\n"
                b"Acme,Extra,2026-01-01,2026-12-31,Europe/Paris,mon-sun 00:00-24:00,1h,30\n"
                b"Acme,More,2026-01-01,2026-12-31,Europe/Paris,mon-sun 00:00-24:00,1h,30\n"
                b"Initech,Extra,2026-01-01,2026-12-31,Europe/Paris,mon-sun 00:00-24:00,1h,30\n")


def queued_on_saturday(house: House, count: int, **more: object) -> list[str]:
    """Acme makes some tickets, which wait for Monday; their numbers."""
    house.clock.set(SATURDAY)
    numbers = [str(number) for number in range(10, 10 + count)]
    for number in numbers:
        house.created(number, **more)
    house.work()
    return numbers


def open_every_day() -> ScheduleChange:
    return schedule_change(paris(), a_schedule(week=weekly(EVERY_DAY)).to_dict(), ())


def a_far_holiday() -> ScheduleChange:
    return schedule_change(paris(), a_schedule(holidays=["2027-01-01"]).to_dict(), ())


def shown(outlook: Outlook) -> dict[str, datetime | None]:
    return {number: after for _, number, _, after in moves(outlook)}


def done(house: House, numbers: list[str]) -> dict[str, datetime | None]:
    house.work()
    return {number: house.ticket(number).release_at for number in numbers}


def test_as_many_are_shown_to_go_at_once_as_the_daily_limit_lets_in(small_house: House) -> None:
    small_house.change_terms("Acme", **HALF_HOURS_OF_ONE)
    numbers = queued_on_saturday(small_house, 5)
    outlook = saved(small_house, open_every_day())
    assert shown(outlook) == {"10": None, "11": None, "12": SUNDAY_NINE, "13": SUNDAY_NINE, "14": SUNDAY_NINE}
    assert done(small_house, numbers) == shown(outlook)


def test_the_most_urgent_are_shown_to_go_first_and_all_are_listed_as_they_were_promised(small_house: House) -> None:
    small_house.change_terms("Acme", **HALF_HOURS_OF_ONE)
    numbers = queued_on_saturday(small_house, 3)
    small_house.created("20", severity=Severity.URGENT)
    small_house.created("21", severity=Severity.LOW)
    outlook = saved(small_house, open_every_day())
    assert list(shown(outlook).items()) == [
        ("10", None), ("11", SUNDAY_NINE), ("12", SUNDAY_NINE), ("20", None), ("21", SUNDAY_NINE)]
    assert done(small_house, [*numbers, "20", "21"]) == shown(outlook)


def test_new_licenses_have_a_daily_limit_each(small_house: House) -> None:
    with transaction():
        small_house.customer("Initech", "pc@initech.example", Terms(schedule=a_schedule(), **YEAR))
    numbers = queued_on_saturday(small_house, 5)
    for number in ("30", "31", "32"):
        small_house.created(number, identity=Identity(email="pc@initech.example"))
    outlook = saved(small_house, license_change(NEW_LICENSES))
    midnight = utc("2026-03-07 23:00")
    assert shown(outlook) == {**dict.fromkeys([*numbers[:4], "30", "31"]), "14": midnight, "32": midnight}
    assert done(small_house, [*numbers, "30", "31", "32"]) == shown(outlook)


def test_tickets_that_are_merely_due_are_not_moved_by_a_far_holiday(waiting: House) -> None:
    waiting.clock.set("2026-03-09 08:00:30")
    outlook = work_out(a_far_holiday(), waiting.clock.now(), waiting.deskgate)
    assert (moves(outlook), outlook.impact.tickets) == ([], 1)


def test_nor_are_those_that_a_daily_limit_will_put_off(small_house: House) -> None:
    small_house.change_terms("Acme", **HALF_HOURS_OF_ONE)
    numbers = queued_on_saturday(small_house, 5)
    small_house.clock.set("2026-03-09 08:00:30")
    assert moves(saved(small_house, a_far_holiday())) == []
    assert list(done(small_house, numbers).values()) == [None, None, TUESDAY_NINE, TUESDAY_NINE, TUESDAY_NINE]


def test_a_late_ticket_that_a_change_keeps_waiting_is_shown_with_what_it_was_promised(waiting: House) -> None:
    waiting.clock.set("2026-03-09 08:00:30")
    outlook = saved(waiting, schedule_change(paris(), a_schedule(holidays=[MONDAY.isoformat()]).to_dict(), ()))
    assert moves(outlook) == [("release_at", "7", MONDAY_NINE, TUESDAY_NINE)]
    assert done(waiting, ["7"]) == {"7": TUESDAY_NINE}


def test_a_change_that_was_saved_a_moment_ago_is_not_shown_again_with_the_next(waiting: House) -> None:
    assert shown(saved(waiting, open_every_day())) == {"7": None}
    everyday = a_schedule(week=weekly(EVERY_DAY), holidays=["2027-01-01"]).to_dict()
    assert moves(saved(waiting, schedule_change(paris(), everyday, ()))) == []
    assert done(waiting, ["7"]) == {"7": None}


def test_new_zone_data_does_not_list_what_is_merely_due(waiting: House) -> None:
    follow_zone_data(waiting.clock.now(), waiting.deskgate, installed="2025z")
    waiting.clock.set("2026-03-09 08:00:30")
    impact = follow_zone_data(waiting.clock.now(), waiting.deskgate)
    assert impact is not None
    assert (impact.moves, impact.tickets) == ((), 1)


@pytest.mark.parametrize(("breaker", "rejected"), [("", 6), ("off", 8)])
def test_the_reject_breaker_is_foretold(small_house: House, breaker: str, rejected: int) -> None:
    with transaction():
        get_connection("desk").settings = {"reject_breaker": breaker}
    queued_on_saturday(small_house, 8)
    outlook = saved(small_house, license_change(CANCELLED))
    told = [(move.outcome, move.reason) for move in outlook.impact.moves]
    triaged = 8 - rejected
    assert told == [("reject", "license_cancelled")] * rejected + [("route", "reject_breaker")] * triaged
    small_house.work()
    tickets = small_house.rows(tables.Ticket)
    assert [(each.decision.outcome, each.decision.reason) for each in tickets] == told


def test_the_usage_of_all_customers_is_read_at_once(small_house: House) -> None:
    queued_on_saturday(small_house, 0)
    with transaction():
        for number in range(3):
            small_house.customer(f"C{number}", f"it@c{number}.example",
                                 Terms(schedule=a_schedule(), **YEAR, **HALF_HOURS_OF_ONE))
    for number in range(3):
        small_house.created(str(number), identity=Identity(email=f"it@c{number}.example"))
    change = open_every_day()
    with statements() as seen:
        outlook = work_out(change, small_house.clock.now(), small_house.deskgate)
    assert shown(outlook) == {"0": None, "1": None, "2": None}
    assert len([statement for statement in seen if "FROM usage_entries" in statement]) == 1
    assert len([statement for statement in seen if "FROM reservations" in statement]) == 1


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    events.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        events.remove(db.engine, "before_cursor_execute", note)
