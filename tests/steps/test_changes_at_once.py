"""Two people at once, and a ticket that comes while somebody saves: one waits, and then sees what happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from entitlements.errors import Conflict
from entitlements.helpdesk import EventKind
from entitlements.rules.holiday_set import Holiday
from entitlements.steps.changes import Change, Outlook, save, save_draft, work_out
from entitlements.steps.events import take_in
from entitlements.steps.holiday_change import read_holiday_change, with_days
from entitlements.steps.schedule_change import present, schedule_change
from entitlements.store import db
from entitlements.store.changes import add_draft, get_change
from entitlements.store.connections import find_connection
from entitlements.store.database import transaction
from entitlements.store.holidays import find_set, set_value
from entitlements.store.schedules import find_schedule
from tests.builders import a_schedule, weekly
from tests.steps.changing import MONDAY_NINE, SATURDAY, half_past_seven, paris, saved
from tests.steps.house import IT, House, event

EVE, NEW_YEARS_EVE = date(2026, 12, 24), date(2026, 12, 31)
SOON, IN_TIME = 0.3, 20


class Beside:
    """Something done in a thread of its own: how it went is known once it has ended."""

    def __init__(self, house: House, do: Callable[[], object]):
        self.failed: Exception | None = None
        self._house, self._do = house, do
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._house.app.app_context():
            try:
                self._do()
            except Exception as error:
                self.failed = error
            finally:
                db.session.remove()

    def has_to_wait(self) -> bool:
        self._thread.join(SOON)
        return self._thread.is_alive()

    def end(self) -> Exception | None:
        self._thread.join(IN_TIME)
        assert not self._thread.is_alive()
        db.session.rollback()
        return self.failed


@contextmanager
def not_committed_yet(house: House, do: Callable[[], object]) -> Iterator[None]:
    """Done in another transaction that is committed when the block ends."""
    done, go_on = threading.Event(), threading.Event()

    def hesitate() -> None:
        with transaction():
            do()
            done.set()
            assert go_on.wait(IN_TIME)

    beside = Beside(house, hesitate)
    assert done.wait(IN_TIME)
    try:
        yield
    finally:
        go_on.set()
        assert beside.end() is None


def shown(house: House, change: Change) -> Outlook:
    found = work_out(change, house.clock.now(), house.deskgate)
    db.session.rollback()
    return found


def saving(house: House, change: Change, outlook: Outlook) -> Callable[[], None]:
    def do() -> None:
        with transaction():
            save(change, outlook, "desk-2", house.clock.now(), house.deskgate)
    return do


def test_a_ticket_that_is_judged_while_the_hours_are_saved_does_not_keep_the_old_ones(house: House) -> None:
    house.clock.set(SATURDAY)
    change = half_past_seven(house)
    outlook = shown(house, change)

    def admit() -> None:
        ticket = event(EventKind.CREATED, "7", IT, created_at=house.clock.now())
        take_in(find_connection("desk"), ticket, house.clock.now(), house.deskgate)

    with not_committed_yet(house, admit):
        beside = Beside(house, saving(house, change, outlook))
        assert beside.has_to_wait()
    assert isinstance(beside.end(), Conflict)
    assert house.ticket().release_at == MONDAY_NINE
    saved(house, half_past_seven(house))
    house.work()
    assert house.ticket().release_at < MONDAY_NINE


def test_of_two_who_save_the_same_schedule_the_second_is_told(house: House) -> None:
    first, second = (schedule_change(paris(), a_schedule(week=weekly(start=start)).to_dict(), ())
                     for start in ("07:30", "08:30"))
    outlooks = [shown(house, change) for change in (first, second)]
    with not_committed_yet(house, lambda: save(first, outlooks[0], "desk-1", house.clock.now(), house.deskgate)):
        beside = Beside(house, saving(house, second, outlooks[1]))
        assert beside.has_to_wait()
    assert isinstance(beside.end(), Conflict)
    assert find_schedule(paris()).written["weekly"]["mon"] == [["07:30", "17:00"]]


def test_a_set_that_is_changed_while_it_is_attached_reaches_the_schedule_all_the_same(house: House) -> None:
    saved(house, with_days("Company", [Holiday(EVE, "Early")]))
    attach = schedule_change(paris(), present(paris()).written, ("Company",))
    edit = with_days("Company", [Holiday(NEW_YEARS_EVE, "Early")])
    outlooks = [shown(house, change) for change in (attach, edit)]
    with not_committed_yet(house, lambda: save(attach, outlooks[0], "desk-1", house.clock.now(), house.deskgate)):
        beside = Beside(house, saving(house, edit, outlooks[1]))
        assert beside.has_to_wait()
    assert isinstance(beside.end(), Conflict)
    saved(house, with_days("Company", [Holiday(NEW_YEARS_EVE, "Early")]))
    assert find_schedule(paris()).definition["holidays"] == [str(EVE), str(NEW_YEARS_EVE)]


def test_a_draft_that_is_pressed_twice_at_once_is_saved_once(house: House) -> None:
    change = with_days("Company", [Holiday(EVE, "Early")])
    with transaction():
        draft = add_draft(change.kind, change.subject, change.payload(), house.clock.now(), "desk-1").id
    digest = shown(house, change).digest

    def press() -> None:
        read = read_holiday_change(get_change(draft).payload)
        save_draft(draft, read, digest, "desk-1", house.deskgate)

    def press_again() -> None:
        with transaction():
            press()

    with not_committed_yet(house, press):
        beside = Beside(house, press_again)
        assert beside.has_to_wait()
    assert "saved already" in str(beside.end())
    assert len(set_value(find_set("Company")).entries) == 1


# --- What was shown is more than what moves ---------------------------------------------------------------------------


@pytest.mark.parametrize("meanwhile", ["the schedule is given the set", "the schedule is edited"])
def test_a_change_is_refused_when_what_it_was_shown_with_has_changed_though_nothing_moves(
        small_house: House, meanwhile: str) -> None:
    house = small_house
    saved(house, with_days("Company", [Holiday(EVE, "Early")]))
    if meanwhile == "the schedule is edited":
        saved(house, schedule_change(paris(), present(paris()).written, ("Company",)))
    change = with_days("Company", [Holiday(NEW_YEARS_EVE, "Early")])
    outlook = shown(house, change)
    hours = present(paris()).written if meanwhile == "the schedule is given the set" else \
        a_schedule(week=weekly(start="08:00")).to_dict()
    saved(house, schedule_change(paris(), hours, ("Company",)))
    with pytest.raises(Conflict, match="not what was shown"):
        saving(house, change, outlook)()
