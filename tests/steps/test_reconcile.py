"""Webhooks that never came: the helpdesk is asked what happened, and what was missed is taken in as if they had."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from entitlements.errors import Conflict, DeliveryError
from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.ticket import Severity
from entitlements.steps import reconcile
from entitlements.steps.hooks import retry_event
from entitlements.steps.reconcile import due_looks
from entitlements.steps.written_events import read_events, write_events
from entitlements.store import tables
from entitlements.store.connections import set_mode
from entitlements.store.database import transaction
from tests.builders import utc
from tests.fakes import body_of
from tests.steps.histories import MONDAY, SUNDAY_NOON, TOLD_BY, a_history, differences, wrong_releases
from tests.steps.house import IT, House, event
from tests.steps.listing import desk, knows, look_now, made, told


def test_one_look_finds_every_webhook_that_was_lost_and_nothing_twice(listing: House):
    random = Random(5)
    histories = [a_history(str(number), random, most=4) for number in range(60)]
    knows(listing).happened = [each for history in histories for each in history.events]
    got_through = [each for each in knows(listing).happened if random.random() >= 0.05]
    listing.clock.at = TOLD_BY
    told(listing, got_through)
    lost = len(knows(listing).happened) - len(got_through)
    found = look_now(listing)
    assert lost > 5
    assert (found.found, found.admitted, found.trouble) == (len(knows(listing).happened), lost, "")
    assert sorted(row.event_key for row in listing.rows(tables.Event)) == sorted(
        each.key for each in knows(listing).happened)
    assert [line for each in histories for line in differences(listing, each)] == []
    listing.clock.go_on(minutes=6)
    assert look_now(listing).admitted == 0
    listing.clock.at = MONDAY
    listing.work()
    assert wrong_releases(listing, histories) == []


def test_a_look_whose_credentials_are_refused_pauses_the_connection(small: House):
    small.created()
    knows(small).trouble = DeliveryError("GET followups/ answered 401", kind="unauthorized", status=401)
    knows(small).happened = [made("8")]
    assert look_now(small).trouble == "GET followups/ answered 401"
    assert desk(small).pause_reason == "the helpdesk refuses our credentials: GET followups/ answered 401"
    small.clock.go_on(hours=1)
    assert (due_looks(small.deskgate), small.work()) == ([], [])


def test_what_is_found_is_admitted_as_by_its_webhook(small: House):
    knows(small).happened = [made("7")]
    assert look_now(small).admitted == 1
    row = small.rows(tables.Event)[0]
    assert (row.source, row.state, row.kinds, row.raw, body_of(row.answer)["outcome"]) == (
        "look", "decided", "created", None, "queue")
    assert small.work() == ["queue"]
    assert small.helpdesk.applied[0].message


def test_the_webhook_that_comes_after_all_is_known(small: House):
    late = made("7", key_is_signed=True)
    knows(small).happened = [late]
    look_now(small)
    answer = small.hook(late, body="late")
    assert (answer.status, body_of(answer.body)["status"]) == (200, "decided")
    assert len(small.rows(tables.Decision)) == len(small.rows(tables.Event)) == 1


def test_several_things_told_by_one_webhook_are_one_event(small: House):
    answered = event(EventKind.REPLIED, "7", author=Author.AGENT, public=True, key="f2",
                     at=SUNDAY_NOON + timedelta(minutes=1))
    spent = replace(answered, kind=EventKind.TIME_LOGGED, seconds=600, entry_id="f2")
    knows(small).happened = [made("7"), answered, spent]
    small.clock.go_on(minutes=2)
    assert look_now(small).admitted == 2
    assert [row.kinds for row in small.rows(tables.Event)] == ["created", "replied,time_logged"]
    assert [row.seconds for row in small.rows(tables.UsageEntry)] == [600]


def test_a_ticket_that_came_and_went_unheard_is_not_written_to(small: House):
    knows(small).happened = [made("7", closed=True), event(EventKind.CLOSED, "7", author=Author.AGENT, key="c",
                                                           at=SUNDAY_NOON + timedelta(minutes=1))]
    small.clock.go_on(minutes=5)
    look_now(small)
    assert (small.ticket().state, small.work()) == ("withdrawn", [])


# From when on


def test_nothing_from_before_the_connection_is_looked_at(small: House):
    admit_from = desk(small).admit_from
    knows(small).happened = [made(str(number), admit_from - timedelta(minutes=number + 1)) for number in range(50)]
    assert look_now(small).admitted == 0
    assert knows(small).asked == [admit_from]
    assert small.rows(tables.Event) == small.rows(tables.Ticket) == small.rows(tables.Delivery) == []


def test_nor_if_the_helpdesk_tells_of_it_all_the_same(small: House, monkeypatch: pytest.MonkeyPatch):
    old = made("7", desk(small).admit_from - timedelta(seconds=1))
    monkeypatch.setattr(knows(small), "find_changed", lambda since: iter([old]))
    assert look_now(small).found == 0


def test_what_happens_now_to_a_ticket_from_before_is_recorded_and_not_acted_on(small: House):
    old = desk(small).admit_from - timedelta(hours=1)
    knows(small).happened = [event(EventKind.REPLIED, "7", IT, key="f9", at=SUNDAY_NOON, created_at=old, public=True)]
    assert look_now(small).admitted == 1
    assert (small.ticket().state, small.rows(tables.Delivery)) == ("queued", [])


def test_looks_overlap_by_a_quarter_of_an_hour(small: House):
    look_now(small)
    small.clock.go_on(hours=1)
    knows(small).happened = [made("7", small.clock.now() - timedelta(minutes=60.5))]
    assert look_now(small).admitted == 1
    assert knows(small).asked[1] == SUNDAY_NOON - timedelta(minutes=1)  # where it was connected
    small.clock.go_on(hours=1)
    look_now(small)
    assert knows(small).asked[2] == SUNDAY_NOON + timedelta(minutes=45)


def test_leaving_observe_begins_anew(small: House):
    look_now(small)
    small.clock.go_on(minutes=6)
    with transaction():
        set_mode(desk(small), "observe", small.clock.now())
        set_mode(desk(small), "enforce", small.clock.now())
    look_now(small)
    assert knows(small).asked[1] == small.clock.now()


def test_a_connection_from_before_there_were_looks_is_looked_at_for_a_day(small: House):
    with transaction():
        desk(small).admit_from, desk(small).looked_at = utc("2026-01-01 00:00"), None
    look_now(small)
    assert knows(small).asked == [SUNDAY_NOON - timedelta(days=1)]


# Trouble


def test_a_look_that_breaks_off_is_repeated_from_where_the_last_one_began(small: House):
    knows(small).happened = [made(str(number), SUNDAY_NOON + timedelta(seconds=number)) for number in range(60)]
    knows(small).trouble, knows(small).breaks_after = DeliveryError("GET followups/ answered 502"), 55
    before = desk(small).looked_at
    small.clock.go_on(minutes=10)
    failed = look_now(small)
    assert (failed.admitted, failed.trouble) == (50, "GET followups/ answered 502")
    assert (desk(small).looked_at, desk(small).look_trouble) == (before, "GET followups/ answered 502")
    assert due_looks(small.deskgate) == []
    knows(small).trouble = None
    small.clock.go_on(minutes=5)
    assert (look_now(small).admitted, desk(small).look_trouble) == (10, "")


def test_a_helpdesk_that_wants_us_to_wait_is_not_asked_before(small: House):
    knows(small).trouble = DeliveryError("too many", retry_after=1800)
    knows(small).happened = [made("7")]
    look_now(small)
    small.clock.go_on(minutes=29)
    assert due_looks(small.deskgate) == []


def test_a_fault_of_the_adapter_is_told(small: House):
    knows(small).trouble, knows(small).happened = KeyError("status"), [made("7")]
    assert look_now(small).trouble == desk(small).look_trouble == "the adapter failed: KeyError"


def test_what_cannot_be_carried_out_is_parked_alone_and_can_be_retried(small: House, monkeypatch: pytest.MonkeyPatch):
    from entitlements.steps import events

    admit_event = events.admit_event

    def fails(connection: tables.Connection, told_: object, *rest: object) -> object:
        if told_.event.ticket_id == "8":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return admit_event(connection, told_, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(events, "admit_event", fails)
    knows(small).happened = [made("7"), made("8"), made("9")]
    assert look_now(small).admitted == 3
    parked = small.rows(tables.Event)[1]
    assert (parked.state, parked.trouble) == ("parked", "Deskgate failed on it: ZeroDivisionError")
    monkeypatch.undo()
    assert retry_event(parked.id, "admin", small.deskgate) == "decided"
    with pytest.raises(Conflict):
        retry_event(parked.id, "admin", small.deskgate)
    assert {row.remote_id for row in small.rows(tables.Ticket)} == {"7", "8", "9"}


def test_what_cannot_even_be_stored_keeps_nothing_else_out(listing: House):
    knows(listing).happened = [replace(made("7"), key="k" * 301), made("8")]
    look_now(listing)
    assert "8" in {row.remote_id for row in listing.rows(tables.Ticket)}


def test_very_much_is_taken_in_in_portions(small: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reconcile, "MOST", 100)
    knows(small).happened = [made(str(number), SUNDAY_NOON + timedelta(seconds=number)) for number in range(230)]
    small.clock.go_on(hours=1)
    admitted = []
    while due_looks(small.deskgate):
        admitted.append(look_now(small).admitted)
    assert admitted == [100, 100, 30]
    assert desk(small).looked_at == small.clock.now()


def test_an_event_that_is_written_down_is_the_same_when_it_is_read():
    whole = made("7", severity=Severity.HIGH, channel="web", closed=True)
    assert read_events(write_events([whole, Event(EventKind.CLOSED, "k", "7")])) == [
        whole, Event(EventKind.CLOSED, "k", "7")]
