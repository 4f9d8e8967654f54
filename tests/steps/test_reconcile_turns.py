"""When a helpdesk is asked what happened, and that one worker at a time does."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from entitlements.steps import reconcile
from entitlements.steps.reconcile import due_looks, look
from entitlements.store import db
from entitlements.store.connections import pause
from entitlements.store.database import transaction
from tests.steps.house import House
from tests.steps.listing import DESK, desk, knows, look_now, made


def test_a_look_is_due_at_once_after_connecting_and_then_every_five_minutes(small: House):
    assert due_looks(small.deskgate) == [DESK]
    look_now(small)
    small.clock.go_on(minutes=4, seconds=59)
    assert due_looks(small.deskgate) == []
    assert look(DESK, small.deskgate) is None
    small.clock.go_on(seconds=1)
    assert due_looks(small.deskgate) == [DESK]


def test_they_can_be_switched_off(small: House):
    assert due_looks(replace(small.deskgate, look_every=timedelta(0))) == []


@pytest.mark.parametrize("field", ["broken_since", "calm_until", "paused_at"])
def test_no_look_goes_to_a_helpdesk_that_is_gone_or_wants_quiet_or_is_paused(small: House, field: str):
    with transaction():
        if field == "paused_at":
            pause(desk(small), "maintenance", small.clock.now())
        else:
            setattr(desk(small), field, small.clock.now() + timedelta(minutes=1))
    assert due_looks(small.deskgate) == []
    assert look(DESK, small.deskgate) is None


def test_a_helpdesk_that_cannot_be_asked_is_left_alone_for_a_day(small: House):
    knows(small).finds_changes = False
    assert look_now(small).found == 0
    small.clock.go_on(hours=23)
    assert (due_looks(small.deskgate), knows(small).asked, desk(small).look_trouble) == ([], [], "")


def test_nor_is_a_connection_asked_that_only_listens(small: House):
    with transaction():
        desk(small).settings = {"listen_only": "true"}
    look_now(small)
    assert knows(small).asked == []


def test_an_admin_can_have_it_asked_at_once(small: House):
    look_now(small)
    knows(small).happened = [made("7")]
    found = look(DESK, small.deskgate, at_once=True)
    assert found is not None
    assert found.admitted == 1
    with transaction():
        pause(desk(small), "maintenance", small.clock.now())
    assert look(DESK, small.deskgate, at_once=True) is None


# One at a time


def test_there_are_never_two_looks_at_a_connection_at_once(listing: House):
    begun, go_on = threading.Event(), threading.Event()

    def find_changed(since: datetime):
        begun.set()
        go_on.wait(20)
        yield made("7")

    knows(listing).find_changed = find_changed  # type: ignore[method-assign]
    found: list[object] = []

    def look_in_another_thread() -> None:
        with listing.app.app_context():
            found.append(look(DESK, listing.deskgate))
            db.session.remove()

    other = threading.Thread(target=look_in_another_thread)
    other.start()
    assert begun.wait(20)
    assert due_looks(listing.deskgate) == []
    assert look(DESK, listing.deskgate) is None
    go_on.set()
    other.join(20)
    assert [each.admitted for each in found] == [1]


def test_a_look_that_was_killed_is_taken_up_by_another_worker(small: House):
    class Killed(BaseException):
        """Nobody is left to note anything down."""

    knows(small).happened = [made("7")]
    knows(small).trouble = Killed()
    with pytest.raises(Killed):
        look(DESK, small.deskgate)
    knows(small).trouble = None
    assert due_looks(small.deskgate) == []
    small.clock.go_on(minutes=5)
    assert look_now(small).admitted == 1


def test_who_was_asleep_for_longer_than_the_lease_stops_and_leaves_it_to_the_other(small: House):
    def find_changed(since: datetime):
        small.clock.go_on(minutes=6)
        del knows(small).find_changed
        assert look_now(small).admitted == 1
        yield from (made(str(number)) for number in range(reconcile.PORTION + 1))
        raise AssertionError("it went on")

    knows(small).happened = [made("7")]
    knows(small).find_changed = find_changed  # type: ignore[method-assign]
    asleep = look(DESK, small.deskgate)
    assert asleep is not None
    assert (asleep.trouble, desk(small).looked_at) == ("there is more", small.clock.now())
