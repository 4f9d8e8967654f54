"""The commands that show schedules: which there are, and the proof of one as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import Window
from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.holidays import save_set
from entitlements.store.schedules import save_schedule
from tests.builders import ALWAYS, EVERY_DAY, a_schedule, utc, weekly
from tests.fakes import FakeClock

MONDAY = "2026-03-09 09:00"  # ten in the morning in Paris
Run = Callable[..., Result]
FRENCH = HolidaySet("French holidays", (Holiday(date(2026, 12, 25), "Noël", "holidays FR"),
                                        Holiday(date(2026, 12, 24), "Réveillon", closed=(Window(46_800, 86_400),))))


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "CLOCK": FakeClock(MONDAY)})
    with app.app_context():
        yield app
        db.engine.dispose()


@pytest.fixture
def run(app: Flask) -> Run:
    """Run `gateway schedule ...`, which should succeed, or `fails=1` should not."""
    def run(*arguments: str, fails: int = 0) -> Result:
        db.session.rollback()
        result = app.test_cli_runner().invoke(args=["gateway", "schedule", *arguments])
        assert result.exit_code == fails, result.output
        return result

    return run


def write(name: str, schedule: Schedule, *sets: HolidaySet) -> None:
    with transaction():
        save_schedule(name, schedule, [save_set(each) for each in sets], utc("2026-01-01 00:00"), "test")


def office() -> None:
    write("Paris office", a_schedule(exceptions={"2026-03-13": [["10:00", "12:00"]]}), FRENCH)


def part(told: Result, title: str) -> list[str]:
    """The lines under a title, up to the next empty one."""
    lines = told.stdout.splitlines()
    found = lines[lines.index(title) + 1:]
    return found[:found.index("")] if "" in found else found


class TestList:
    def test_each_schedule_with_what_it_does_now_and_next(self, run: Run) -> None:
        office()
        write("Always", ALWAYS)
        assert run("list").stdout.splitlines() == [
            "name          licenses  now   next change                 usual hours",
            "Always        0         open  -                           24 hours a day, every day",
            "Paris office  0         open  Mon 9 Mar 2026 17:00 Paris  Monday to Friday, 09:00-17:00 (Paris)"]

    def test_without_any_it_says_where_they_come_from(self, run: Run) -> None:
        told = run("list")
        assert (told.stdout, "import-licenses" in told.stderr) == ("", True)


class TestShow:
    def test_it_begins_with_what_the_schedule_is_and_does(self, run: Run) -> None:
        office()
        assert run("show", "paris OFFICE").stdout.splitlines()[:7] == [
            "Paris office",
            "  now       open until Mon 9 Mar 2026 17:00 (Paris), 7 h more",
            "  hours     Monday to Friday, 09:00-17:00 (Paris)",
            "  zone      Europe/Paris",
            "  holidays  French holidays",
            "  licenses  0",
            "  version   1"]

    def test_the_next_openings_are_told_in_both_times(self, run: Run) -> None:
        office()
        lines = part(run("show", "Paris office"), "Next openings and closings, from 2026-03-09T09:00:00Z on")
        assert len(lines) == 12
        assert lines[:3] == [
            "  opens (Paris)          UTC           closes (Paris)         UTC           open for",
            "  open now                             Mon  9 Mar 2026 17:00   9 Mar 16:00  7 h more",
            "  Tue 10 Mar 2026 09:00  10 Mar 08:00  Tue 10 Mar 2026 17:00  10 Mar 16:00  8 h"]

    def test_the_year_has_a_sign_for_each_date_under_its_weekday(self, run: Run) -> None:
        office()
        told = run("show", "Paris office")
        lines = part(told, "2026: open 2070 h")
        assert lines[0] == "       MTWTFSS MTWTFSS MTWTFSS MTWTFSS MTWTFSS MT   open"
        assert lines[1].startswith("  Jan     ##.. #####.. #####.. #####.. #####.      176 h  ####")
        assert lines[3].startswith("  Mar        . #####.. ####x.. #####.. #####.~ ##  170 h  ####")
        assert lines[12].startswith("  Dec   ####.. #####.. #####.. ###hH.. ####        172 h  ####")
        assert "  # open   . closed   H holiday   h holiday hours   x exception   ~ clocks change" in told.stdout

    def test_special_dates_are_told_with_where_they_come_from(self, run: Run) -> None:
        office()
        assert part(run("show", "Paris office"), "Special dates of 2026") == [
            "  date        open               what, and where it comes from",
            "  Fri 13 Mar  10:00-12:00 (2 h)  exception; written in the schedule",
            "  Sun 29 Mar  closed             clocks go forward 1 h (02:00 becomes 03:00)",
            "  Sun 25 Oct  closed             clocks go back 1 h (03:00 becomes 02:00)",
            "  Thu 24 Dec  09:00-13:00 (4 h)  holiday hours; Réveillon (French holidays, by hand)",
            "  Fri 25 Dec  closed             holiday; Noël (French holidays, holidays FR)"]

    def test_another_year_and_another_instant(self, run: Run) -> None:
        write("Apia desk", a_schedule("Pacific/Apia"))
        told = run("show", "Apia desk", "--year", "2011", "--at", "2011-12-29T12:00:00+00:00")
        assert told.stdout.splitlines()[1] == "  then      closed until Thu 29 Dec 2011 09:00 (Apia)"
        assert "  Fri 30 Dec  does not exist  skipped: clocks go over the whole date" in told.stdout
        assert part(told, "2011: open 2072 h")[12].startswith("  Dec     ##.. #####.. #####.. #####.. ####/~ ")

    def test_around_the_clock_and_never_are_said_in_a_sentence(self, run: Run) -> None:
        write("Always", ALWAYS)
        write("Never", a_schedule(week={}))
        title = "Next openings and closings, from 2026-03-09T09:00:00Z on"
        assert part(run("show", "Always"), title) == ["  It never closes."]
        never = run("show", "Never")
        assert part(never, title) == ["  It never opens."]
        assert never.stderr == "Warning: It never opens, so that no ticket can be promised a time.\n"

    def test_days_that_are_open_much_shorter_than_others_have_a_sign_of_their_own(self, run: Run) -> None:
        write("Saturdays", a_schedule(week={**weekly(), "sat": [["09:00", "12:00"]]}))
        told = run("show", "Saturdays")
        assert "  Jan     ##+. #####+. " in told.stdout
        assert "+ open, less than half as long" in told.stdout

    def test_where_the_zone_data_ends_it_says_so(self, run: Run) -> None:
        write("New York desk", a_schedule("America/New_York", weekly(EVERY_DAY)))
        told = run("show", "New York desk", "--year", "2037", "--at", "2037-12-30T12:00:00Z").stdout
        assert "What comes then cannot be told yet" in told
        assert "  Thu 31 Dec  not known          beyond the time zone data" in told
        assert "31 December 2037 is not counted" in told

    @pytest.mark.parametrize("schedule", [
        a_schedule(week={day: [[f"{hour:02}:00", f"{hour:02}:45"] for hour in range(0, 24, 2)] for day in EVERY_DAY},
                   exceptions={"2026-06-01": [[f"{hour:02}:00:05", f"{hour:02}:30"] for hour in range(0, 24, 2)]}),
        a_schedule("America/Argentina/ComodRivadavia", weekly(("sun",), "23:59:30", "22:59"))], ids=["many", "seconds"])
    def test_it_fits_a_hundred_columns(self, run: Run, schedule: Schedule) -> None:
        name = "An office whose name is as long as names can become, " * 2 + "x" * 50
        told = HolidaySet("A set", (Holiday(date(2026, 5, 1), "A holiday " * 15, "a calendar file of a long name"),))
        write(name, schedule, told)
        assert max(map(len, run("show", name).stdout.splitlines())) <= 100

    def test_an_unknown_name_is_told_in_a_line_with_the_names_that_are_near(self, run: Run) -> None:
        office()
        write("Night shift", ALWAYS)
        assert run("show", "pari ofice", fails=1).stderr == (
            "Error: there is no schedule named 'pari ofice'; did you mean 'Paris office'?\n")
        assert "did you mean 'Night shift'?" in run("show", "shift", fails=1).stderr
        assert run("show", "zzz", fails=1).stderr == (
            "Error: there is no schedule named 'zzz'; all of them: gateway schedule list\n")

    @pytest.mark.parametrize("arguments", [
        ("--year", "1969"), ("--year", "2038"), ("--year", "x"), ("--at", "soon"), ("--at", "2026-03-09T09:00:00"),
        ("--at", "2038-01-01T00:00:00Z"), ("--at", "9999-12-31T23:59:59-14:00")])
    def test_what_cannot_be_meant_is_refused(self, run: Run, arguments: tuple[str, ...]) -> None:
        office()
        run("show", "Paris office", *arguments, fails=2)
