"""Stories of a schedule that is edited: what would move is shown first, and what is saved is what was shown."""

from __future__ import annotations

import pytest

from entitlements.steps.changes import Kind, keep_moves
from entitlements.steps.impact import Impact
from entitlements.steps.move import Move
from entitlements.steps.schedule_change import present
from entitlements.store import tables
from entitlements.store.changes import add_draft
from entitlements.store.database import transaction
from tests.builders import targets, utc
from tests.web.pages.filled import NEW, editing, fields_of, fill_in, paris, press, save
from tests.web.pages.visitor import Pages, Visitor


@pytest.fixture
def weekend(pages: Pages) -> Pages:
    """It is Saturday, and ticket 7 of Acme's is queued until Monday, 9 March, 09:00 in Paris."""
    pages.clock.set("2026-03-07 10:00")
    pages.created("7")
    return pages


@pytest.fixture
def admin(weekend: Pages) -> Visitor:
    return weekend.visitor("desk-1")


def test_what_differs_and_what_would_move_is_shown_before_anything_is_saved(weekend: Pages, admin: Visitor) -> None:
    name = paris()
    draft = fill_in(admin, editing(), weekly="mon-fri 10:00-17:00\nsun 12:00-14:00")
    shown = admin.page(draft)
    assert f"Schedule: {name}" in shown
    assert "1 queued ticket would move" in shown
    assert "Usual hours no longer mon-fri 09:00-17:00 from then on mon-fri 10:00-17:00" in shown
    assert "from then on sun 12:00-14:00" in shown
    assert "#7 Acme Release from the queue Mon 9 Mar, 09:00 Paris Sun 8 Mar, 12:00 Paris Outside hours" in shown
    assert "Time zone" not in shown
    assert present(name).written["weekly"]["mon"] == [["09:00", "17:00"]]


def test_what_is_saved_is_what_was_shown_and_the_ticket_is_released_by_it(weekend: Pages, admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 09:00-17:00; sun 12:00-14:00")
    assert "Save, and move 1 time" in admin.page(draft)
    assert "Saved. 1 queued ticket moved." in save(admin, draft)
    shown = admin.page(draft)
    assert "Saved by desk-1 Sat 7 Mar 2026, 10:00 UTC, just now" in shown
    assert "What moved" in shown
    assert "Was Is #7 Acme Release from the queue Mon 9 Mar, 09:00 Paris Sun 8 Mar, 12:00 Paris" in shown
    assert "What was saved Time zone Europe/Paris Usual hours mon-fri 09:00-17:00 sun 12:00-14:00" in shown
    assert f"desk-1: schedule.save schedule:{paris()}" in weekend.audited()
    weekend.work()
    assert weekend.ticket().release_at == utc("2026-03-08 11:00")


def test_due_times_move_as_well(pages: Pages) -> None:
    pages.change_terms("Acme", targets=targets("all 4h", "all 16h"))
    pages.created("8")
    admin = pages.visitor("desk-1")
    shown = admin.page(draft := fill_in(admin, editing(), weekly="mon-fri 09:00-11:00"))
    assert "2 due times would move" in shown
    assert "Looked at 0 queued tickets and 2 open due times." in shown
    assert "#8 Acme Respond by Mon 9 Mar, 14:00 Paris Wed 11 Mar, 10:00 Paris" in shown
    assert "2 due times moved" in save(admin, draft)
    assert [row.due_at for row in pages.rows(tables.Milestone)][0] == utc("2026-03-11 09:00")


def test_a_change_that_moves_nothing_or_changes_nothing_says_so(pages: Pages) -> None:
    admin = pages.visitor("desk-1")
    draft = fill_in(admin, editing(), weekly="mon-fri 09:00-18:00")
    assert "No promised time moves" in admin.page(draft)
    assert "No promised time moved" in save(admin, draft)
    assert present(paris()).written["weekly"]["fri"] == [["09:00", "18:00"]]
    again = admin.html(fill_in(admin, editing(), weekly="mon-fri 09:00-18:00"))
    assert "Nothing differs." in again
    assert "/save" not in again


def test_nothing_is_saved_twice(admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 09:00-16:00")
    again = fields_of(admin, draft, "/save")
    save(admin, draft)
    assert "Nothing was saved: This change is saved already." in admin.after(f"{draft}/save", again, seen_on="/account")
    assert "saved already" in admin.after(f"{draft}/save", again, seen_on="/account")
    assert admin.send(f"{draft}/discard", seen_on="/account").status_code == 409


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(weekend: Pages, admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 08:00-16:00")
    seen = fields_of(admin, draft, "/save")
    other = weekend.visitor("desk-1")
    save(other, fill_in(other, editing(), weekly="mon-sun 09:00-17:00"))
    told = admin.after(f"{draft}/save", seen, seen_on="/account")
    assert "has been changed by somebody else meanwhile" in told
    assert "Somebody else has changed this meanwhile." in told
    assert "/save" not in admin.html(draft)
    assert "sun" in present(paris()).written["weekly"]


def test_other_times_that_would_move_by_now_are_shown_again_before_they_are_saved(
        weekend: Pages, admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 10:00-17:00")
    seen = fields_of(admin, draft, "/save")
    weekend.created("9")
    told = admin.after(f"{draft}/save", seen, seen_on="/account")
    assert "Nothing was saved: What would move is not what was shown any more; look at it again." in told
    assert "2 queued tickets would move" in told
    assert present(paris()).written["weekly"]["mon"] == [["09:00", "17:00"]]
    assert "2 queued tickets moved" in save(admin, draft)


def test_time_that_went_by_is_noticed_too(weekend: Pages, admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 10:00-17:00")
    seen = fields_of(admin, draft, "/save")
    weekend.clock.set("2026-03-09 08:30")
    weekend.work()
    assert weekend.ticket().state == "routed"
    told = weekend.visitor("desk-1").after(f"{draft}/save", {"digest": seen["digest"]}, seen_on="/account")
    assert "not what was shown any more" in told
    assert "No promised time moves" in told


def test_a_change_is_discarded(admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon 09:00-10:00")
    told = press(admin, draft, "/discard")
    assert "Discarded: nothing was changed." in told
    assert "there is no such change" in admin.page(draft, 404).lower()


def test_warnings_are_told_before_saving(admin: Visitor) -> None:
    shown = admin.page(fill_in(admin, editing(), weekly="sun 02:15-02:45\nmon 09:00-23:59"))
    assert "In a usual week" not in shown
    assert "a window ends at 23:59" in shown
    assert "29 March 2026" in shown
    shown = admin.page(fill_in(admin, editing(), weekly=""))
    assert "It never opens" in shown
    assert "at once Outside hours" in shown
    assert "at once Always open" in admin.page(fill_in(admin, editing(), weekly="mon-sun 00:00-24:00"))


def test_agents_look_and_admins_save(weekend: Pages, admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-fri 10:00-17:00")
    agent = weekend.visitor("desk-2")
    shown = agent.html(draft)
    assert "1 queued ticket would move" in shown
    assert "Only an admin can save it." in shown
    assert "<form" not in shown
    assert agent.get("/changes").status_code == 200
    for path in (NEW, "/changes/new/license?customer=Acme", "/changes/new/licenses"):
        assert agent.get(path).status_code == 403, path
        assert agent.send(path, seen_on="/account").status_code == 403, path
    for action in ("save", "discard"):
        digest = fields_of(admin, draft, "/save")["digest"]
        assert agent.send(f"{draft}/{action}", {"digest": digest}, seen_on="/account").status_code == 403
    assert weekend.visitor().get(draft).status_code == 302
    assert present(paris()).written["weekly"]["mon"] == [["09:00", "17:00"]]


def test_an_old_draft_that_fits_no_more_says_so(weekend: Pages, admin: Visitor) -> None:
    with transaction():
        broken = [add_draft(kind, "Late desk", payload, weekend.clock.now(), "desk-1").id for kind, payload in (
            ("schedule", {"name": "Late desk", "written": {"zone": "UTC", "weekly": {}}, "sets": ["gone"], "base": 0}),
            ("schedule", {"name": "Late desk", "written": {"zone": "UTC"}, "sets": [], "base": 0}),
            ("license", {"content": "Customer,Nonsense\nAcme,1\n", "base": {}}))]
    for change_id in broken:
        shown = admin.page(f"/changes/{change_id}")
        assert "This change cannot be worked out any more." in shown
        told = admin.after(f"/changes/{change_id}/save", {"digest": "x"}, seen_on="/account")
        assert "Nothing was saved" in told
        assert "Discarded" in press(admin, f"/changes/{change_id}", "/discard")
    assert admin.get("/changes/nothing-like-that").status_code == 404
    assert admin.send("/changes/nothing-like-that/save", seen_on="/account").status_code == 404


def test_what_was_saved_is_listed_the_latest_first(weekend: Pages, admin: Visitor) -> None:
    assert "Nothing was changed yet." in admin.page("/changes")
    save(admin, fill_in(admin, editing(), weekly="mon-fri 10:00-17:00"))
    with transaction():
        row = add_draft(Kind.ZONE_DATA, "from 2026e to 2026f", {}, weekend.clock.now(), "new time-zone data")
        keep_moves(row, Impact((Move("respond_by", 1, "7", "Acme", "Europe/Paris", utc("2026-03-09 08:00"), None),)),
                   "new time-zone data", utc("2026-03-07 11:00"))
        zone_data = row.id
    listed = admin.page("/changes")
    assert "Time zones Time-zone data went from 2026e to 2026f new time-zone data" in listed
    assert listed.index("2026e") < listed.index("Schedule <")
    shown = admin.page(f"/changes/{zone_data}")
    assert "Time-zone data went from 2026e to 2026f" in shown
    assert "#7 Acme Respond by Mon 9 Mar, 09:00 Paris never due" in shown
    assert "Time-zone data went from 2026e to 2026f 1 promised time moved with it." in admin.page("/attention")
    weekend.clock.go_on(days=15)
    assert "Time-zone data" not in weekend.visitor("desk-2").page("/attention")


def test_more_moves_than_fit_are_counted(
        weekend: Pages, admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entitlements.web.pages.changes.MOST_MOVES", 2)
    for number in range(4):
        weekend.created(f"n{number}")
    shown = admin.html(fill_in(admin, editing(), weekly="mon-fri 10:00-17:00"))
    assert "5 queued tickets would move" in shown
    assert shown.count("Release from the queue") == 2
    assert "and 3 more" in shown


def test_the_same_goes_for_postgresql(postgres_pages: Pages) -> None:
    postgres_pages.clock.set("2026-03-07 10:00")
    postgres_pages.created("7")
    admin = postgres_pages.visitor("desk-1")
    holidays = {**fields_of(admin, "/holidays", "/holidays"), "name": "France", "country": "FR"}
    save(admin, admin.open("POST", "/holidays", data=holidays).location)
    draft = fill_in(admin, editing(), sets=["France"], exceptions="2026-03-09 12:00-14:00")
    assert "Holiday sets from then on France" in admin.page(draft)
    assert "1 queued ticket moved" in save(admin, draft)
    assert "no holiday any more" in press(admin, "/holidays/France", "/remove", day="2026-05-01")
    draft = fill_in(admin, "/changes/new/license?customer=Acme&license=Acme+license", daily_limit="2h")
    assert "Daily limit no longer none from then on 2 h" in admin.page(draft)
    assert "Discarded" in press(admin, draft, "/discard")
    for path in ("/holidays", "/holidays/France", "/changes", "/attention"):
        assert admin.get(path).status_code == 200, path
    postgres_pages.work()
    assert postgres_pages.ticket().release_at == utc("2026-03-09 11:00")
