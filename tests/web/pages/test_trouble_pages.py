"""Stories of a helpdesk in trouble, as agents see them: one that does not answer, wants less, or cannot be asked."""

from __future__ import annotations

from datetime import timedelta

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Limits
from entitlements.store import db, tables
from entitlements.store.connections import get_connection, pause
from entitlements.store.database import transaction
from entitlements.web.pages import attention
from tests.steps.house import OPS
from tests.steps.unread import hears, reads
from tests.web.pages.visitor import Pages

SINCE = "Mon 9 Mar, 09:00 UTC"


def gone(pages: Pages) -> None:
    """The helpdesk is found not to answer while seven tickets are owed to it: one was tried."""
    for number in range(7):
        pages.created(str(number), OPS)
    with transaction():
        row = get_connection("desk")
        row.broken_since, row.probe_at = pages.clock.now(), pages.clock.now() + timedelta(seconds=30)
        first = db.session.get_one(tables.Delivery, 1)
        first.generation, first.tries, first.waited, first.detail = 5, 4, 752, "Bad Gateway"
        first.attempts.append(tables.Attempt(number=1, started_at=pages.clock.now(), ended_at=pages.clock.now(),
                                             result="later", status=502, detail="Bad Gateway"))
    pages.clock.go_on(seconds=10)


def test_a_helpdesk_that_does_not_answer_is_told_wherever_one_looks(pages: Pages) -> None:
    gone(pages)
    staff = pages.visitor("desk-2")
    told = f"desk does not answer since {SINCE}. It is asked again every half minute; 7 deliveries wait"
    assert told in staff.page("/")
    shown = staff.page("/connections")
    assert "desk fake enforce does not answer" in shown
    assert (f"The helpdesk has not answered since {SINCE}. It is asked again every half minute, next in 20 s. "
            "7 deliveries wait, in order, and no try is used up meanwhile.") in shown
    assert f"desk has not answered since {SINCE}." in staff.page("/attention")
    assert "need attention 1" in staff.page("/")
    assert '<span class="count">1</span>' in staff.html("/attention")


def test_once_it_is_back_nothing_is_told_of_it(pages: Pages) -> None:
    gone(pages)
    pages.clock.go_on(seconds=30)
    pages.work()
    staff = pages.visitor("desk-2")
    assert "answer" not in staff.page("/").partition("customers open now")[0]
    assert "need attention 0" in staff.page("/")
    assert "not answered" not in staff.page("/connections")
    assert "Helpdesks" not in staff.page("/attention")


def test_what_waits_for_it_says_so_in_place_of_an_error(pages: Pages) -> None:
    gone(pages)
    staff, ticket_id = pages.visitor("desk-2"), pages.ticket("0").id
    waits = f"It waits because desk has not answered since {SINCE}; that uses up no try."
    shown = staff.page(f"/tickets/{ticket_id}")
    assert waits in shown
    assert "waiting, next try" not in shown
    shown = staff.page("/attention")
    assert "Bad Gateway" not in shown
    assert f"{waits} 1 try, waited 12 min 32 s in all, the next when it answers" in shown


def test_a_delivery_that_is_tried_again_tells_its_tries_and_the_next_one(pages: Pages) -> None:
    pages.helpdesk.fails += [DeliveryError("group is locked", kind="fault")] * 2
    pages.created("1", OPS)
    pages.work()
    pages.clock.go_on(seconds=6)
    pages.work()
    shown = pages.visitor("desk-2").page("/attention")
    assert "Tried again by itself nothing needs to be done Route of #1 on desk Group is locked" in shown
    assert "2 tries, waited 35 s in all, the next in 30 s" in shown
    assert "No change was given up on." in shown


def test_of_many_that_are_tried_again_the_next_ones_are_listed(pages: Pages, monkeypatch) -> None:
    monkeypatch.setattr(attention, "MOST", 2)
    pages.helpdesk.fails += [DeliveryError("group is locked", kind="fault")] * 3
    for number in range(3):
        pages.created(str(number), OPS)
    pages.work(1)
    shown = pages.visitor("desk-2").page("/attention")
    assert shown.count("Group is locked") == 2
    assert "and 1 more" in shown


def test_a_paused_connection_counts_as_paused_and_not_as_silent(pages: Pages) -> None:
    gone(pages)
    with transaction():
        pause(get_connection("desk"), "we are moving it", pages.clock.now())
    staff = pages.visitor("desk-2")
    assert "desk is paused" in staff.page("/")
    assert "does not answer" not in staff.page("/")
    assert "need attention 0" in staff.page("/")
    assert "It waits while desk is paused." in staff.page(f"/tickets/{pages.ticket('0').id}")


def test_how_fast_a_helpdesk_is_written_to_is_told(pages: Pages, monkeypatch) -> None:
    staff = pages.visitor("desk-2")
    assert "Pace As fast as it goes: no limit is set" in staff.page("/connections")
    monkeypatch.setattr(pages.helpdesk, "limits", lambda: Limits(per_minute=100, bulk=50))
    with transaction():
        row = get_connection("desk")
        row.pace, row.calm_until = 0.41, pages.clock.now() + timedelta(seconds=30)
    shown = staff.page("/connections")
    assert ("Pace Up to 40 changes a minute: 40 % of the 100 it takes, the rest is left to agents, up to 50 releases "
            "in one call") in shown
    assert "nothing is written until Mon 9 Mar, 09:00:30 UTC." in shown
    assert "Slowed down: 40 % of the usual pace." in shown
    pages.clock.go_on(seconds=30)
    with transaction():
        get_connection("desk").pace = 0.99
    shown = staff.page("/connections")
    assert "nothing is written until" not in shown
    assert "Slowed down" not in shown


def test_the_last_look_is_told_and_one_that_failed_needs_attention(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    with transaction():
        row = get_connection("desk")
        row.looked_at = pages.clock.now() - timedelta(minutes=4)
        row.look_at = pages.clock.now() + timedelta(minutes=1)
    assert "Last look 4 min ago, the next in 1 min 00 s" in staff.page("/connections")
    assert "need attention 0" in staff.page("/")
    with transaction():
        get_connection("desk").look_trouble = "the token may not list tickets"
    assert "The last one failed: the token may not list tickets" in staff.page("/connections")
    shown = staff.page("/attention")
    assert "desk could not be asked what changed since Mon 9 Mar, 08:56 UTC The token may not list tickets" in shown
    assert "need attention 1" in staff.page("/")


def test_a_helpdesk_that_does_not_answer_counts_once(pages: Pages) -> None:
    gone(pages)
    with transaction():
        get_connection("desk").look_trouble = "connection refused"
    assert "need attention 1" in pages.visitor("desk-2").page("/")


def test_what_a_look_found_is_marked_on_the_receipt(pages: Pages) -> None:
    pages.created("1", OPS)
    staff = pages.visitor("desk-2")
    assert "Found by looking" not in staff.page("/tickets/1")
    with transaction():
        db.session.add(tables.Event(connection=get_connection("desk"), event_key="k", digest="d", source="look",
                                    kinds="closed,time_logged", received_at=pages.clock.now(), state="applied",
                                    ticket_id=1))
    assert ("Found by looking Closed, time logged, found by looking; its webhook never came Deskgate asked desk what "
            "had changed. Mon 9 Mar, 09:00:00 UTC") in staff.page("/tickets/1")
    assert "1 found by looking, since no webhook came" in staff.page("/connections")


def test_workers_are_counted_and_what_is_behind_without_one(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created("1")
    pages.clock.set("2026-03-09 08:30")
    staff = pages.visitor("desk-2")
    assert "1 queued ticket is behind time. Start one" in staff.page("/")
    with transaction():
        for name in ("a", "b"):
            db.session.add(tables.Worker(id=name, started_at=pages.clock.now(), seen_at=pages.clock.now(), capacity=8))
    assert "2 alive workers" in staff.page("/").replace("workers 2 alive", "2 alive workers")
    assert "behind time" not in staff.page("/")


def unread(pages: Pages) -> None:
    """Two webhooks say only which ticket they are about, and nobody reads the tickets."""
    hears(pages, ticket_id="7")
    hears(pages, ticket_id="8")


def test_tickets_that_wait_to_be_read_are_told_once_that_is_unusual(pages: Pages) -> None:
    unread(pages)
    staff = pages.visitor("desk-2")
    pages.clock.go_on(seconds=59)
    assert "to be read" not in staff.page("/attention")
    assert "need attention 0" in staff.page("/")
    pages.clock.go_on(seconds=1)
    told = f"2 webhooks of desk wait since {SINCE} for their tickets to be read"
    assert f"{told} They are read in turn, as fast as the helpdesk and a worker allow." in staff.page("/attention")
    assert "need attention 1" in staff.page("/")
    pages.helpdesk.cannot = [DeliveryError("the ticket is locked", status=409)] * 2
    reads(pages)
    assert f"{told} The last try failed: the ticket is locked. It is tried again by itself." in staff.page("/attention")
    with transaction():
        get_connection("desk").broken_since = pages.clock.now()
    assert f"{told} desk does not answer; they are read as soon as it does." in staff.page("/attention")
    assert "need attention 1" in staff.page("/")
    with transaction():
        pause(get_connection("desk"), "we are moving it", pages.clock.now())
    assert f"{told} They are read when desk is resumed." in staff.page("/attention")
    assert "need attention 0" in staff.page("/")


def test_a_parked_event_that_does_not_say_who_asks_is_read_when_an_admin_tries_again(pages: Pages) -> None:
    unread(pages)
    pages.helpdesk.cannot = [DeliveryError("it may not be read", kind="refused", status=403)]
    reads(pages)
    admin = pages.visitor("desk-1")
    assert "It may not be read" in admin.page("/attention")
    assert "It does not say who asks: its ticket is read now." in admin.after("/attention/events/1/retry",
                                                                                   seen_on="/attention")
