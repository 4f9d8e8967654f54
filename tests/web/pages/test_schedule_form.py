"""Stories of a schedule's form: what is typed is read as people mean it, or told to be wrong beside its field."""

from __future__ import annotations

from html import unescape
from urllib.parse import quote

import pytest

from entitlements.store.schedules import find_schedule, schedule_value
from tests.web.pages.filled import NEW, editing, errors_of, fields_of, fill_in, save
from tests.web.pages.visitor import Pages, Visitor


@pytest.fixture
def admin(pages: Pages) -> Visitor:
    return pages.visitor("desk-1")


def test_a_new_schedule_is_made(admin: Visitor) -> None:
    draft = fill_in(admin, NEW, name="  Late   desk ", zone="europe/paris", weekly="mon-fri 12:00-20:00",
                    holidays="2026-12-25\n01-Jan-2027", exceptions="2026-12-24 closed\n2026-12-31 12:00-15:00",
                    closures="2026-11-02 12:00 - 14:00")
    assert "Time zone from then on Europe/Paris" in admin.page(draft)
    save(admin, draft)
    row = find_schedule("late desk")
    assert row.name == "Late desk"
    assert schedule_value(row).to_dict() == {
        "zone": "Europe/Paris", "weekly": {day: [["12:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-12-25", "2027-01-01"], "closures": {"2026-11-02": [["12:00", "14:00"]]},
        "exceptions": {"2026-12-24": [], "2026-12-31": [["12:00", "15:00"]]}}
    told = fill_in(admin, NEW, name="LATE desk", zone="UTC", weekly="")
    assert "There is a schedule of that name already" in told


def test_a_schedule_opens_in_its_form_as_it_was_typed(admin: Visitor) -> None:
    typed = {"name": "Night desk", "zone": "America/New_York", "weekly": "mon-thu 22:00-06:00\nfri 22:00-24:00",
             "holidays": "2026-07-04", "exceptions": "2026-12-24 closed\n2026-12-31 22:00-02:00",
             "closures": "2026-11-26 22:00-23:00,23:30-24:00"}
    save(admin, fill_in(admin, NEW, **typed))
    fields = fields_of(admin, editing("night DESK"))
    assert {name: fields[name] for name in typed if name != "name"} == {
        name: value for name, value in typed.items() if name != "name"}
    assert "Nothing differs." in admin.page(fill_in(admin, editing("Night desk")))


WRONG = (
    ("name", "", "Give it a name."), ("name", "x" * 161, "longer than 160"), ("zone", "", "Say where its clocks are."),
    ("zone", "Europe/Atlantis", "'Europe/Atlantis' is not a time zone"),
    ("weekly", "mon 09:00-17:00\nfunday 09:00-17:00", "Line 2: 'funday' is not a weekday"),
    ("weekly", "mon 9-17", "Line 1: '9' is not a time of day"), ("weekly", "mon", "is not days and windows"),
    ("weekly", "mon 09:00-09:00", "starts and ends at the same time"), ("weekly", "x" * 20_001, "longer than 20000"),
    ("exceptions", "24.12.2026 closed", "is not a date; write it as"),
    ("exceptions", "2026-12-24 closed; 2026-12-24 09:00-10:00", "2026-12-24 is there twice."),
    ("exceptions", "2026-12-24 09:00-12:00 sharp", "'12:00 sharp' is not a time of day"),
    ("holidays", "2026-02-30", "there is no date"), ("holidays", "2026-12-25\n\nChristmas", "Line 3:"),
    ("closures", "2026-12-24", "needs its closed hours"), ("closures", "2026-12-24 22:00-02:00", "end on their own"),
    ("sets", ["gone"], "not a valid choice"),
)


def test_what_cannot_be_meant_is_told_beside_its_field_and_stays(admin: Visitor) -> None:
    right = {**fields_of(admin, NEW), "name": "Late desk", "zone": "UTC", "weekly": "mon 09:00-10:00"}
    for field, typed, told in WRONG:
        answer = admin.open("POST", NEW, data={**right, field: typed})
        html = unescape(answer.get_data(as_text=True))
        assert answer.status_code == 422, typed
        assert list(errors_of(html)) == [field], typed
        assert told in errors_of(html)[field], errors_of(html)
        assert field == "sets" or typed[:40] in html, typed
    assert find_schedule("Late desk") is None
    several = {"zone": "Nowhere", "weekly": "mon 9-17\ntue 9-17", "exceptions": "tomorrow", "holidays": "never"}
    errors = errors_of(admin.open("POST", NEW, data={**right, **several}).get_data(as_text=True))
    assert set(errors) == {"weekly", "exceptions", "holidays"}
    assert errors["weekly"].count("Line") == 2


def test_a_form_that_was_open_while_somebody_saved_is_not_taken_blindly(pages: Pages, admin: Visitor) -> None:
    stale = {**fields_of(admin, editing()), "weekly": "mon 09:00-10:00"}
    other = pages.visitor("desk-1")
    save(other, fill_in(other, editing(), weekly="mon-sun 09:00-17:00"))
    answer = admin.open("POST", editing(), data=stale)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Somebody else has changed" in html
    assert "mon 09:00-10:00" in html
    seen = html.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    assert admin.open("POST", editing(), data={**stale, "seen": seen}).status_code == 303


def test_names_are_shown_as_text_whatever_is_in_them(admin: Visitor) -> None:
    name = '<script>alert("x")</script>/../' + "ä" * 120
    draft = fill_in(admin, NEW, name=name, zone="UTC", weekly="mon 09:00-10:00")
    save(admin, draft)
    for path in (draft, "/changes", editing(name), f"/schedules/{quote(name)}"):
        html = admin.html(path)
        assert "<script>alert" not in html, path
        assert "&lt;script&gt;alert" in html, path


def test_what_was_typed_is_edited_further(admin: Visitor) -> None:
    draft = fill_in(admin, editing(), weekly="mon-tue 07:00-09:00", exceptions="2026-12-24 09:00-12:00")
    link = f"{editing()}&draft={draft.rpartition('/')[2]}"
    assert link.partition("?")[0] in admin.html(draft)
    fields = fields_of(admin, link)
    assert (fields["weekly"], fields["exceptions"]) == ("mon-tue 07:00-09:00", "2026-12-24 09:00-12:00")
    assert "mon-tue 07:00-09:00" in admin.page(fill_in(admin, link, exceptions=""))
