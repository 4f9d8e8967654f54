"""Schedules and holiday sets in the database: what comes back is what went in, and versions count what changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.errors import NotFound
from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import WEEKDAYS, Window
from entitlements.store.database import db, transaction
from entitlements.store.holidays import find_set, get_set, save_set, schedules_with, set_value
from entitlements.store.schedules import (
    find_schedule_version,
    get_schedule,
    refresh,
    save_schedule,
    schedule_value,
    shared_schedule,
    written_value,
)
from tests.builders import a_schedule, utc

pytestmark = pytest.mark.usefixtures("database")
NOW = utc("2026-03-09 09:00")
CHRISTMAS, EVE = date(2026, 12, 25), date(2026, 12, 24)
AFTERNOON = (Window(13 * 3600, 86_400),)
FRANCE = HolidaySet("France", (Holiday(CHRISTMAS, "Christmas Day", "holidays FR"),
                               Holiday(EVE, "Half day", closed=AFTERNOON),
                               Holiday(date(2026, 5, 1), "", removed=True)))


def times() -> st.SearchStrategy[str]:
    return st.integers(0, 86_399).map(lambda second: f"{timedelta(seconds=second)!s:0>8}")


def windows() -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(times(), times()).filter(lambda pair: pair[0] != pair[1]), max_size=3)


def within_day() -> st.SearchStrategy[list[list[str]]]:
    return st.lists(times(), min_size=2, max_size=2, unique=True).map(lambda pair: [sorted(pair)])


DATES = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str)
WRITTEN = st.fixed_dictionaries({
    "zone": st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]),
    "weekly": st.dictionaries(st.sampled_from(WEEKDAYS), windows()), "holidays": st.lists(DATES, max_size=4),
    "exceptions": st.dictionaries(DATES, windows(), max_size=3),
    "closures": st.dictionaries(DATES, within_day(), max_size=3)})


@settings(max_examples=25)
@given(WRITTEN, st.integers(0, 10 * 365 * 86_400), st.integers(-10**6, 10**6))
def test_any_schedule_comes_back_from_the_database_as_it_went_in_and_answers_alike(written, second, count) -> None:
    schedule, at = Schedule.from_dict(written), utc("2020-01-01") + timedelta(seconds=second)
    with transaction():
        save_schedule("Any", schedule, (), NOW, "test")
    db.session.expire_all()
    read = schedule_value(get_schedule("any"))
    assert read == schedule == written_value(get_schedule("any"))
    for question in ("is_open", "next_open", "next_close"):
        assert getattr(read, question)(at) == getattr(schedule, question)(at)
    assert read.add(at, count) == schedule.add(at, count)
    assert read.between(NOW, at) == schedule.between(NOW, at)


def test_hours_that_are_kept_already_are_shared_also_when_they_have_holiday_sets() -> None:
    with transaction():
        row = shared_schedule(a_schedule(), NOW, "test")
        assert (row.name, row.version) == ("Mon-Fri 09:00-17:00 Europe/Paris", 1)
        save_schedule(row.name, a_schedule(), [save_set(FRANCE)], NOW, "test")
        assert shared_schedule(a_schedule(), NOW, "test") is row
        assert shared_schedule(a_schedule("UTC"), NOW, "test") is not row
    assert schedule_value(row).to_dict()["holidays"] == ["2026-12-25"]
    assert written_value(row) == a_schedule()


def test_a_schedule_that_comes_to_the_same_gets_no_new_version() -> None:
    with transaction():
        row = save_schedule("Paris", a_schedule(), (), NOW, "test")
        assert not refresh(row, NOW, "test")
        save_schedule("paris", a_schedule(holidays=["2026-12-25"]), (), NOW, "test")
        save_schedule("Paris", a_schedule(), [save_set(HolidaySet("One", (Holiday(CHRISTMAS, "Christmas"),)))], NOW,
                      "test")
    assert (row.name, row.version) == ("Paris", 2)
    assert find_schedule_version(row.id, 1) == a_schedule()
    assert find_schedule_version(row.id, 2) == a_schedule(holidays=["2026-12-25"])


def test_a_holiday_set_comes_back_with_sources_hours_and_what_was_taken_out() -> None:
    with transaction():
        save_set(FRANCE)
    db.session.expire_all()
    assert set(set_value(get_set("france")).entries) == set(FRANCE.entries)


def test_saving_a_set_again_changes_drops_and_adds_just_what_differs() -> None:
    with transaction():
        ids = {each.day: each.id for each in save_set(FRANCE).entries}
        changed = HolidaySet("France", (Holiday(CHRISTMAS, "Noel", "holidays FR"), Holiday(date(2026, 7, 14), "14"),
                                        Holiday(EVE, "Whole day")))
        row = save_set(changed)
    db.session.expire_all()
    assert set(set_value(find_set("FRANCE")).entries) == set(changed.entries)
    assert {each.id for each in row.entries if each.day in (CHRISTMAS, EVE)} == {ids[CHRISTMAS], ids[EVE]}


def test_a_set_knows_the_schedules_that_use_it() -> None:
    with transaction():
        row = save_set(FRANCE)
        for name in ("Paris", "Lyon"):
            save_schedule(name, a_schedule(), [row], NOW, "test")
        save_schedule("Berlin", a_schedule("Europe/Berlin"), (), NOW, "test")
    assert [each.name for each in schedules_with(row)] == ["Lyon", "Paris"]


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(NotFound, match="no schedule named 'Nowhere'"):
        get_schedule("Nowhere")
    with pytest.raises(NotFound, match="no holiday set named 'Never'"):
        get_set("Never")
