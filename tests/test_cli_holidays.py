"""The commands for schedules and holiday sets: they tell what would move before anything does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextvars import Context
from pathlib import Path

import pytest
from click.testing import Result

from entitlements.store import db, tables
from entitlements.store.changes import saved_changes
from entitlements.store.database import transaction
from entitlements.store.holidays import find_set, set_value
from entitlements.store.licenses import licenses_of
from entitlements.store.schedules import find_schedule, schedule_value
from tests.builders import a_schedule, weekly
from tests.web.pages.visitor import Pages

Run = Callable[..., Result]
PARTY = ("holidays", "add", "France", "2026-03-09", "--holiday", "Works outing")
HALF_DAY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
SUMMARY:Half day
DTSTART:20261224T130000
DTEND:20261225T000000
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Pages]:
    """Acme's ticket 7 came on a Saturday, and waits for Monday, nine in the morning in Paris."""
    house = Pages(sqlite_url)
    with house.app.app_context():
        house.furnish()
        house.clock.set("2026-03-07 12:00")
        house.created()
        yield house
    house.close()


@pytest.fixture
def run(house: Pages) -> Run:
    def run(*arguments: str, fails: int = 0, **more: object) -> Result:
        db.session.rollback()  # the test itself must not be reading while a command wants to write
        result = Context().run(lambda: house.app.test_cli_runner().invoke(args=["gateway", *arguments], **more))
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def france(run: Run) -> Run:
    """Acme's hours have the holidays of France."""
    run("holidays", "import-country", "France", "--country", "FR", "--years", "2026")
    run("schedule", "save", paris(), "--holidays", "France")
    return run


def paris() -> str:
    return licenses_of("Acme")[0].terms.schedule_name


def test_a_countrys_holidays_are_listed_as_they_come_in(run: Run) -> None:
    told = run("holidays", "import-country", "France", "--country", "FR", "--years", "2026-2027")
    assert told.stdout.splitlines()[0] == "+ 2026-01-01 Thu  New Year's Day  (holidays FR)"
    assert len(told.stdout.splitlines()) == 22
    assert told.stderr.splitlines() == ["No promised time moves.", "Saved: France."]
    assert "used by: no schedule yet" in run("holidays", "show", "france").stderr


def test_a_holiday_that_moves_a_promise_wants_the_number_confirmed(france: Run, house: Pages) -> None:
    told = france(*PARTY, fails=1)
    assert "#7      Acme      release_at  2026-03-09T08:00:00Z  2026-03-10T08:00:00Z" in told.stdout
    assert "1 promised times would move. If that is meant, confirm the number: --confirm 1" in told.stderr
    assert "confirm the number, not 2: --confirm 1" in france(*PARTY, "--confirm", "2", fails=1).stderr
    assert len(set_value(find_set("France")).holidays()) == 11
    assert "Saved: France." in france(*PARTY, "--confirm", "1").stderr
    kept = [(each.subject, each.saved_by, len(each.moves)) for each in saved_changes(9)]
    assert ("France", "the command line", 1) in kept
    house.work()
    assert f"{house.ticket().release_at:%d %H:%M}" == "10 08:00"


def test_a_dry_run_tells_everything_and_writes_nothing(france: Run) -> None:
    told = france(*PARTY, "--dry-run")
    assert "+ 2026-03-09 Mon  Works outing  (by hand)" in told.stdout
    assert "2026-03-10T08:00:00Z" in told.stdout
    assert told.stderr.splitlines()[-1] == "This was a dry run: nothing was written."
    assert len(set_value(find_set("France")).holidays()) == 11


def test_a_date_taken_out_by_hand_is_told_and_stays_out(france: Run) -> None:
    assert "- 2026-05-01 Fri  Labor Day" in france("holidays", "remove", "France", "2026-05-01").stdout
    again = france("holidays", "import-country", "France", "--country", "FR", "--years", "2026")
    assert again.stderr.splitlines() == ["Nothing to do: France is like that already."]


def test_a_calendar_file_and_closed_hours_show_where_they_came_from(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "stock.ics"
    file.write_text(HALF_DAY)
    run("holidays", "import-ical", "Company", str(file), "--years", "2026")
    run("holidays", "add", "Company", "2026-12-31", "--holiday", "Early", "--closed", "12:00-24:00")
    shown = [line.split() for line in run("holidays", "show", "Company").stdout.splitlines()[1:]]
    assert shown == [["2026-12-24", "Thu", "13:00-24:00", "Half", "day", "stock.ics"],
                     ["2026-12-31", "Thu", "12:00-24:00", "Early", "by", "hand"]]


def test_an_empty_list_says_how_to_begin(run: Run) -> None:
    assert "import-country NAME --country FR" in run("holidays", "list").stderr
    run("holidays", "import-country", "France", "--country", "FR", "--years", "2026")
    assert "France  11     2026-01-01 - 2026-12-25  -" in run("holidays", "list").stdout


@pytest.mark.parametrize(("command", "told"), [
    (("import-country", "X", "--country", "Freedonia"), "Freedonia"),
    (("import-country", "X", "--country", "FR", "--years", "soon"), "'soon' is not years; write them as 2026-2028"),
    (("import-ical", "X", "-"), "not an iCalendar file"),
    (("add", "X", "tomorrow"), "'tomorrow' is not a date; write it as 2026-12-24"),
    (("add", "X", "2026-12-24", "--closed", "25:00-26:00"), "25:00"),
    (("show", "Nowhere"), "there is no holiday set named 'Nowhere'"),
    (("remove", "Nowhere", "2026-12-24"), "there is no holiday set named 'Nowhere'"),
])
def test_what_is_wrong_is_told_in_one_line_and_nothing_is_kept(run: Run, house: Pages, command, told) -> None:
    stderr = run("holidays", *command, fails=1, input="not a calendar").stderr
    assert told in stderr
    assert len(stderr.splitlines()) == 1
    assert house.rows(tables.HolidaySet) == []


def test_a_schedule_is_checked_with_all_its_problems_and_warnings(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    file.write_text(json.dumps({"zone": "Mars", "weekly": {"mon": [["09:00", "09:00"]], "day": []}}))
    problems = run("schedule", "check", str(file), fails=1).stderr.splitlines()
    assert [line.partition(":")[0] for line in problems] == ["zone", "weekly.day", "weekly.mon[0]", "Error"]
    file.write_text(json.dumps({"zone": "UTC", "weekly": {"mon": [["09:00", "23:59"]]}}))
    told = run("schedule", "check", str(file))
    assert told.stdout == "right: <Schedule UTC: mon 09:00-23:59; 0 holidays, 0 exceptions>\n"
    assert "24:00" in told.stderr


def test_a_schedule_is_saved_from_a_file_and_its_version_grows(run: Run, house: Pages, tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    file.write_text(json.dumps(a_schedule(week=weekly(start="07:30")).to_dict()))
    run("schedule", "save", paris(), str(file), "--confirm", "1")
    with transaction():
        row = find_schedule(paris())
        assert (row.version, schedule_value(row).week()["mon"]) == (2, [["07:30", "17:00"]])
    house.work()
    assert f"{house.ticket().release_at:%d %H:%M}" == "09 06:30"
    file.write_text("[]")
    assert "not readable as JSON" in run("schedule", "save", "New", str(file), fails=1).stderr
    assert "a new one needs a FILE" in run("schedule", "save", "New", fails=2).stderr


def test_an_import_of_licenses_tells_what_it_moves(run: Run, house: Pages, tmp_path: Path) -> None:
    file = tmp_path / "licenses.csv"
    file.write_text("customer,license,zone,weekly,starts_on,ends_on\n"
                    "Acme,Acme license,Europe/Paris,mon-fri 10:00-17:00,2026-01-01,2026-12-31\n")
    dry = run("import-licenses", str(file), "--dry-run")
    assert "2026-03-09T08:00:00Z  2026-03-09T09:00:00Z" in dry.stdout
    assert "1 promised time moves." in dry.stderr
    assert "2026-03-09T09:00:00Z" in run("import-licenses", str(file)).stdout
    assert [(each.subject, len(each.moves)) for each in saved_changes(9)] == [("Acme: Acme license", 1)]
    run("import-licenses", str(file))
    assert len(saved_changes(9)) == 1
    page = house.visitor("desk-1").page(f"/changes/{saved_changes(1)[0].id}")
    assert "Acme: Acme license" in page
    house.work()
    assert f"{house.ticket().release_at:%d %H:%M}" == "09 09:00"
