"""Changing licenses by a file, of one row or many, looked at before it is imported; and drafts of every kind."""


from __future__ import annotations

import pytest

from entitlements.errors import ConfigError, Conflict
from entitlements.rules.holiday_set import Holiday
from entitlements.steps.changes import read_move, save, save_draft, work_out
from entitlements.steps.holiday_change import read_holiday_change, with_days
from entitlements.steps.license_change import license_change, read_license_change
from entitlements.steps.schedule_change import read_schedule_change, schedule_change
from entitlements.store import tables
from entitlements.store.changes import add_draft, get_change, saved_changes
from entitlements.store.database import transaction
from tests.builders import a_schedule, utc, weekly
from tests.steps.changing import (
    MONDAY,
    MONDAY_NINE,
    give_holidays,
    moves,
    paris,
    saved,
    wait_for_monday,
)
from tests.steps.house import House


def file_of(**cells: str) -> bytes:
    told = {"customer": "Acme", "license": "Acme license", "starts_on": "2026-01-01", "ends_on": "2026-12-31", **cells}
    return f"{','.join(told)}\n{','.join(told.values())}\n".encode()


def test_a_license_with_other_hours_shows_and_moves_its_tickets(waiting: House) -> None:
    change = license_change(file_of(zone="Europe/Paris", weekly="mon-fri 10:00-17:00"))
    assert change.subject == "Acme: Acme license"
    assert moves(saved(waiting, change)) == [("release_at", "7", MONDAY_NINE, utc("2026-03-09 09:00"))]
    waiting.work()
    assert waiting.ticket().release_at == utc("2026-03-09 09:00")


def test_a_cancelled_license_shows_the_tickets_that_would_be_rejected(waiting: House) -> None:
    change = license_change(file_of(zone="Europe/Paris", weekly="mon-fri 09:00-17:00", state="cancelled"))
    [move] = work_out(change, waiting.clock.now(), waiting.deskgate).impact.moves
    assert (move.outcome, move.reason, move.after) == ("reject", "license_cancelled", None)


def test_a_license_can_name_a_schedule_that_is_kept(waiting: House) -> None:
    saved(waiting, schedule_change("Late desk", a_schedule(week=weekly(start="12:00", end="20:00")).to_dict(), ()))
    saved(waiting, license_change(file_of(schedule="late desk")))
    waiting.work()
    assert waiting.ticket().release_at == utc("2026-03-09 11:00")
    with pytest.raises(ConfigError, match="there is no schedule 'Early desk'; there are: .*Late desk"):
        license_change(file_of(schedule="Early desk"))


def test_a_file_with_anything_wrong_never_becomes_a_change(small_house: House) -> None:
    with pytest.raises(ConfigError, match="row 2, zone: .*and 2 more"):
        license_change(file_of(weekly="mon-fri 9-5", zone="Mars"))


def test_a_license_that_was_changed_meanwhile_is_not_overwritten(waiting: House) -> None:
    change = license_change(file_of(zone="Europe/Paris", weekly="mon-fri 10:00-17:00"))
    shown = work_out(change, waiting.clock.now(), waiting.deskgate)
    saved(waiting, license_change(file_of(zone="Europe/Paris", weekly="mon-fri 11:00-17:00")))
    later = read_license_change(change.payload())
    with pytest.raises(Conflict, match="somebody else"), transaction():
        save(later, shown, "desk-1", waiting.clock.now(), waiting.deskgate)


@pytest.mark.parametrize("kind", ["schedule", "holidays", "license"])
def test_a_draft_comes_back_as_it_was_worked_out_and_is_saved_once(house: House, kind: str) -> None:
    france = give_holidays(wait_for_monday(house))
    change, read = {
        "schedule": lambda: (schedule_change(paris(), a_schedule(week=weekly(start="07:30")).to_dict(), ("France",)),
                             read_schedule_change),
        "holidays": lambda: (with_days("France", [Holiday(MONDAY, "Works outing")]), read_holiday_change),
        "license": lambda: (license_change(file_of(zone="Europe/Paris", weekly="mon-fri 10:00-17:00")),
                            read_license_change),
    }[kind]()
    with transaction():
        draft = add_draft(change.kind, change.subject, change.payload(), france.clock.now(), "desk-1").id
    shown = work_out(read(get_change(draft).payload), france.clock.now(), france.deskgate)
    assert shown == work_out(change, france.clock.now(), france.deskgate)
    assert len(shown.impact.moves) == 1
    with transaction():
        save_draft(draft, read(get_change(draft).payload), shown.digest, "desk-2", france.deskgate)
    row = get_change(draft)
    assert (row.saved_by, read_move(row.moves[0])) == ("desk-2", shown.impact.moves[0])
    assert [each.id for each in saved_changes(10)].count(draft) == 1
    with pytest.raises(Conflict, match="saved already"), transaction():
        save_draft(draft, read(row.payload), shown.digest, "desk-2", france.deskgate)
    assert [entry.actor for entry in france.rows(tables.AuditEntry) if entry.action == f"{kind}.save"][-1] == "desk-2"


def test_a_row_that_only_tells_another_address_of_the_customer_is_something_to_save(waiting: House) -> None:
    same = {"zone": "Europe/Paris", "weekly": "mon-fri 09:00-17:00"}
    assert not license_change(file_of(**same)).differs()
    change = license_change(file_of(**same, domains="acme.example"))
    assert change.differs()
    saved(waiting, change)
    assert not license_change(file_of(**same, domains="acme.example")).differs()


def test_an_import_warns_of_a_license_that_would_leave_a_schedule_with_holidays(france: House) -> None:
    report = license_change(file_of(zone="Europe/Paris", weekly="mon-fri 10:00-17:00")).report(france.clock.now())
    assert report.warnings == (
        f"Acme: Acme license would leave the schedule {paris()!r} with its holiday sets, since the file says other "
        "hours",)
    assert license_change(file_of(zone="Europe/Paris", weekly="mon-fri 09:00-17:00")).report(
        france.clock.now()).warnings == ()
