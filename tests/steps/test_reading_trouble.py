"""Reading a ticket goes wrong: it is tried again, waits, or is settled; nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import EventKind, Limits
from entitlements.steps import hooks, reading
from entitlements.steps.claims import SILENT_FOR
from entitlements.steps.dispatch import Dispatcher
from entitlements.steps.hooks import retry_event
from entitlements.steps.pace import Pace
from entitlements.steps.reading import ReadingList, read, take_up, take_up_lost_readings
from entitlements.steps.tidy import sign_off
from entitlements.store import db, tables
from entitlements.store.connections import pause, resume
from entitlements.store.database import transaction
from entitlements.store.invariants import broken_invariants
from tests.fakes import body_of
from tests.steps.house import OPS, Handed, House, event
from tests.steps.listing import desk
from tests.steps.unread import claimed, due_in, hears, reads, states, the_event, there_is


def test_two_workers_never_both_carry_it_out(house: House):
    there_is(house)
    hears(house)
    (slow,) = claimed(house, "slow")
    late = take_up(slow, house.deskgate)
    house.clock.go_on(seconds=SILENT_FOR.total_seconds() + 1)
    assert claimed(house, "quick") == []
    assert take_up_lost_readings(house.clock.now()) == 1
    (quick,) = claimed(house, "quick")
    assert take_up(slow, house.deskgate) == []
    read(take_up(quick, house.deskgate), house.deskgate)
    read(late, house.deskgate)  # it was stopped in the middle of the call, and goes on now
    assert len(house.rows(tables.Decision)) == len(house.rows(tables.Delivery)) == 1


def test_a_worker_that_is_killed_between_the_read_and_the_commit_loses_nothing(house: House, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    there_is(house)
    hears(house)
    with monkeypatch.context() as patch:
        patch.setattr(reading, "_settle", killed)
        with pytest.raises(Killed):
            reads(house)
    assert (states(house), house.rows(tables.Ticket)) == (["to_read"], [])
    assert reads(house) == []
    house.clock.go_on(seconds=SILENT_FOR.total_seconds() + 1)
    assert claimed(house, "next") == []
    assert take_up_lost_readings(house.clock.now()) == 1
    assert reads(house) == ["7"]
    assert states(house) == ["decided"]


def test_a_ticket_over_which_one_worker_after_another_dies_waits(small_house: House):
    hears(small_house)
    for number in range(3):
        (mine,) = claimed(small_house, f"w{number}")
        take_up(mine, small_house.deskgate)
        small_house.clock.go_on(seconds=SILENT_FOR.total_seconds() + 1)
        take_up_lost_readings(small_house.clock.now())
    assert due_in(small_house) > 30


def test_nothing_is_read_while_its_connection_is_paused(house: House):
    there_is(house)
    hears(house)
    (mine,) = claimed(house)
    with transaction():
        pause(desk(house), "maintenance", house.clock.now())
    assert take_up(mine, house.deskgate) == []
    house.clock.go_on(hours=1)
    assert (claimed(house), the_event(house).claimed_by, the_event(house).tries) == ([], "", 0)
    with transaction():
        resume(desk(house))
    assert reads(house) == ["7"]


def test_a_ticket_that_is_gone_is_ignored_and_says_why(house: House):
    answer = hears(house)
    assert reads(house) == ["7"]
    row = the_event(house)
    assert (row.state, row.trouble, row.settled_at) == ("ignored", "there is no ticket 7", house.clock.now())
    assert (row.answer, house.rows(tables.Ticket)) == (answer.body, [])
    assert broken_invariants(house.clock.now()) == []


def test_a_helpdesk_that_wants_fewer_calls_is_left_alone_as_long_as_it_says(house: House):
    there_is(house)
    hears(house)
    house.helpdesk.cannot = [DeliveryError("too many", retry_after=45, status=429)]
    reads(house)
    assert (due_in(house), the_event(house).tries, desk(house).pace) == (45, 0, 0.5)
    hears(house, EventKind.CREATED, "8")
    house.clock.go_on(seconds=44)
    assert reads(house) == []
    house.clock.go_on(seconds=1)
    assert reads(house) == ["7", "8"]


def test_failures_of_one_ticket_are_tried_again_later_and_later(small_house: House):
    there_is(small_house)
    hears(small_house)
    waits = []
    for _ in range(4):
        small_house.helpdesk.cannot = [DeliveryError("locked", status=409)]
        reads(small_house)
        waits.append(due_in(small_house))
        small_house.clock.go_on(seconds=waits[-1])
    assert waits == [5, 30, 60, 60]  # a minute at most: nobody knows whether it is urgent
    assert reads(small_house) == ["7"]
    assert states(small_house) == ["decided"]


def test_an_outage_uses_up_no_try_and_one_reading_probes_whether_it_is_over(house: House):
    for number in range(8):
        there_is(house, str(number), OPS)
        hears(house, EventKind.CREATED, str(number))
    house.helpdesk.cannot = [DeliveryError("no answer", kind="unknown") for _ in range(9)]
    assert len(reads(house)) == 8
    assert desk(house).broken_since == house.clock.now()
    tries = [row.tries for row in house.rows(tables.Event)]
    assert tries == [1] * 5 + [0] * 3
    house.clock.go_on(seconds=29)
    assert reads(house) == []
    house.clock.go_on(seconds=1)
    assert len(reads(house)) == 1
    assert (reads(house), [row.tries for row in house.rows(tables.Event)]) == ([], tries)
    house.clock.go_on(seconds=30)
    assert len(reads(house)) == 1
    assert desk(house).broken_since is None
    assert len(reads(house)) == 7
    assert set(states(house)) == {"decided"}


def test_what_could_not_be_read_for_a_week_is_parked(small_house: House):
    there_is(small_house)
    hears(small_house)
    while states(small_house) == ["to_read"]:
        small_house.helpdesk.cannot = [DeliveryError("locked", status=409)]
        small_house.clock.go_on(seconds=due_in(small_house))
        reads(small_house)
    row = the_event(small_house)
    assert (row.state, row.trouble) == ("parked", "its ticket could not be read for a week: locked")
    assert timedelta(days=7) < small_house.clock.now() - row.received_at < timedelta(days=9)


def test_an_event_whose_ticket_id_is_too_long_is_parked(house: House):
    answer = hears(house, EventKind.CREATED, "7" * 121)
    assert (answer.status, body_of(answer.body)["status"]) == (202, "parked")
    assert "longer than 120" in the_event(house).trouble


def test_readings_keep_within_the_part_of_the_limit_that_is_ours(small_house: House, monkeypatch):
    monkeypatch.setattr(small_house.helpdesk, "limits", lambda: Limits(per_minute=60, share=0.5))
    for number in range(40):
        there_is(small_house, str(number), OPS)
        hears(small_house, EventKind.CREATED, str(number))
    pace, hands = Pace(small_house.deskgate), Handed()
    readings = ReadingList(small_house.deskgate, "w", pace)
    dispatcher = Dispatcher(small_house.deskgate, "w", pace)
    counts: list[int] = []
    for _ in range(61):
        claimed(small_house, "w", 0)  # alive
        found = readings.claim(100)
        for each in found:
            read(take_up(each, small_house.deskgate), small_house.deskgate)
        counts.append(len(found) + dispatcher.dispatch(hands))
        small_house.clock.go_on(seconds=1)
    assert counts[0] == 5  # ten seconds' worth at once, then half a call a second
    assert sum(counts) == 35


def test_at_most_eight_tickets_of_a_connection_are_read_at_once(small_house: House):
    for number in range(20):
        hears(small_house, EventKind.CREATED, str(number))
    assert len(claimed(small_house, free=32)) == 8
    assert claimed(small_house, free=32) == []


def test_a_connection_that_takes_its_time_leaves_room_for_others(small_house: House):
    with transaction():
        small_house.connect("other", mode="enforce")
    for number in range(10):
        hears(small_house, EventKind.CREATED, str(number))
    first = claimed(small_house, free=32)
    body = json.dumps("one more")
    small_house.hook(event(EventKind.CREATED, "1", incomplete=True), connection="other", body=body)
    assert len(first) == 8
    assert len(claimed(small_house, free=32 - len(first))) == 1
    db.session.rollback()


@pytest.mark.parametrize(("error", "why"), [
    (DeliveryError("GET /tickets/7 answered 401", kind="unauthorized", status=401), "the helpdesk refuses"),
    (DeliveryError("no such address", kind="setting"), "the connection cannot work")])
def test_what_no_try_can_mend_pauses_the_connection_and_uses_up_no_try(house: House, error: DeliveryError, why: str):
    there_is(house)
    hears(house)
    house.helpdesk.cannot = [error]
    reads(house)
    assert desk(house).pause_reason.startswith(why)
    assert (the_event(house).state, the_event(house).tries, the_event(house).trouble) == ("to_read", 0, str(error))
    assert reads(house) == []
    with transaction():
        resume(desk(house))
    assert reads(house) == ["7"]
    assert (states(house), the_event(house).trouble) == (["decided"], "")


@pytest.mark.parametrize(("error", "trouble"), [
    (DeliveryError("it may not be read", kind="refused", status=403), "it may not be read"),
    (TicketError("status: not a word"), "status: not a word"), (KeyError("status"), "the adapter failed: KeyError"),
    (DeliveryError("ours", kind="fault"), "ours")])
def test_what_cannot_be_read_is_parked_and_can_be_read_again(house: House, error: Exception, trouble: str):
    there_is(house)
    hears(house)
    hears(house, EventKind.CREATED, "8")
    there_is(house, "8", OPS)
    house.helpdesk.cannot = [error]
    reads(house)
    assert (states(house), the_event(house).trouble) == (["parked", "decided"], trouble)
    assert broken_invariants(house.clock.now()) == []
    assert retry_event(1, "desk-1", house.deskgate) == "to_read"
    assert reads(house) == ["7"]
    assert states(house) == ["decided", "decided"]


@pytest.mark.parametrize("break_off", [0, 1])
def test_a_fault_of_ours_parks_one_event_alone(house: House, monkeypatch, break_off: int):
    real: Callable[..., object] = hooks.take_in
    calls: list[int] = []

    def fails(*args: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == break_off + 1:
            raise ZeroDivisionError
        return real(*args, **more)

    there_is(house)
    hears(house)
    hears(house)
    monkeypatch.setattr(hooks, "take_in", fails)
    reads(house)
    assert sorted(states(house)) == ["decided", "parked"]
    assert the_event(house, break_off).trouble == "Deskgate failed on it: ZeroDivisionError"
    assert broken_invariants(house.clock.now()) == []


def test_a_worker_that_signs_off_leaves_what_it_has_not_begun_to_the_next(house: House):
    there_is(house)
    hears(house)
    assert len(claimed(house, "leaves")) == 1
    sign_off("leaves")
    assert reads(house) == ["7"]


def test_a_reading_that_has_become_needless_uses_up_no_probe(small_house: House):
    hears(small_house, EventKind.TIME_LOGGED, seconds=60, entry_id="1")
    small_house.created()
    with transaction():
        desk(small_house).broken_since = desk(small_house).probe_at = small_house.clock.now()
    assert reads(small_house) == []
    assert (states(small_house)[0], desk(small_house).probe_at) == ("applied", small_house.clock.now())
    assert len(small_house.claims()) == 1  # a delivery probes


def test_a_delivery_that_gets_through_ends_the_outage_for_readings_too(small_house: House):
    there_is(small_house, "8", OPS)
    small_house.created()
    hears(small_house, EventKind.CREATED, "8")
    with transaction():
        row = desk(small_house)
        row.broken_since = row.probe_at = small_house.clock.now()
        db.session.get_one(tables.Event, 2).due_at = small_house.clock.now() + timedelta(minutes=5)
    assert small_house.work() == ["route"]
    assert reads(small_house) == ["8"]
