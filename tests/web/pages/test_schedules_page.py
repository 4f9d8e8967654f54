"""Stories of the schedules' pages: the list, and the proof of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import quote

import pytest
from sqlalchemy import event

from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.license import Terms
from entitlements.rules.schedule import Schedule
from entitlements.rules.windows import Window
from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.holidays import save_set
from entitlements.store.schedules import save_schedule
from tests.builders import ALWAYS, EVERY_DAY, a_schedule, weekly
from tests.steps.house import NEW_YEAR, YEAR
from tests.web.pages.visitor import Pages, words_of

HOUR = 3600
FRENCH = HolidaySet("French holidays", (Holiday(date(2026, 12, 25), "Noël", "holidays FR"),
                                        Holiday(date(2026, 12, 24), "Réveillon", closed=(Window(13 * HOUR, 86_400),))))


def write(pages: Pages, name: str, schedule: Schedule, *sets: HolidaySet) -> None:
    with transaction():
        save_schedule(name, schedule, [save_set(each) for each in sets], NEW_YEAR, "test")


def sold(pages: Pages, customer: str, schedule: Schedule) -> None:
    """A customer gets a license with that schedule, which is known by its repr then."""
    with transaction():
        pages.customer(customer, f"it@{customer.lower().replace(' ', '')}.example", Terms(schedule=schedule, **YEAR))


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


class TestList:
    def test_each_schedule_tells_its_hours_whether_it_is_open_and_how_many_licenses_use_it(self, pages: Pages) -> None:
        write(pages, "Tokyo desk", a_schedule("Asia/Tokyo"))
        shown = pages.visitor("desk-2").page("/schedules")
        assert "Schedules 3" in shown
        assert "Tokyo desk Asia/Tokyo Opens in 15 h 00 min, Tue 10 Mar, 09:00 Tokyo Monday to Friday" in shown
        assert "Open until 17:00 Paris, closes in 7 h 00 min Monday to Friday, 09:00-17:00 (Paris) 1" in shown
        assert "Open around the clock 24 hours a day, every day 1" in shown

    def test_what_is_odd_about_a_schedule_is_marked(self, pages: Pages) -> None:
        write(pages, "Never", a_schedule(week={}))
        assert "Never Europe/Paris 1 warning Never opens No hours at all" in pages.visitor("desk-2").page("/schedules")

    def test_schedules_are_found_by_name_and_cut_into_pages(self, pages: Pages) -> None:
        for number in range(101):
            write(pages, f"Desk {number:03}", a_schedule())
        staff = pages.visitor("desk-2")
        assert "Desk 042" in staff.page("/schedules?q=DESK+042")
        assert "No schedule is called that" in staff.page("/schedules?q=zzz")
        assert "Desk 100" not in staff.page("/schedules?q=desk")
        assert "Desk 100" in staff.page("/schedules?q=desk&page=2")

    def test_many_schedules_cost_no_more_queries_than_few(self, pages: Pages) -> None:
        staff = pages.visitor("desk-2")
        staff.html("/schedules")  # the first page also notes that the session is used
        needed = []
        for many in (1, 20):
            for number in range(many):
                write(pages, f"Desk {many}.{number}", a_schedule(holidays=[f"2026-12-{number + 1:02}"]), FRENCH)
            with counted() as statements:
                staff.html("/schedules")
            needed.append(len(statements))
        assert needed[0] == needed[1]

    def test_an_empty_list_says_what_to_do(self, pages: Pages) -> None:
        staff = pages.visitor("desk-2")
        with transaction():
            db.session.execute(db.text("DELETE FROM license_versions"))
            db.session.execute(db.text("DELETE FROM schedule_versions"))
            db.session.execute(db.text("DELETE FROM schedules"))
        assert "No schedule yet." in staff.page("/schedules")


class TestProof:
    def test_it_tells_whether_it_is_open_and_the_next_openings_in_both_times(self, pages: Pages) -> None:
        write(pages, "Paris office", a_schedule())
        shown = pages.visitor("desk-2").page("/schedules/paris%20office")
        assert "Paris office Open until 17:00 Paris, closes in 7 h 00 min Monday to Friday, 09:00-17:00" in shown
        assert "Open now Mon 9 Mar, 17:00 Paris Mon 9 Mar, 16:00 UTC 7 h more" in shown
        assert ("Tue 10 Mar, 09:00 Paris Tue 10 Mar, 08:00 UTC Tue 10 Mar, 17:00 Paris Tue 10 Mar, 16:00 UTC 8 h"
                in shown)

    def test_special_dates_are_told_with_hours_names_and_where_they_come_from(self, pages: Pages) -> None:
        write(pages, "Paris office", a_schedule(exceptions={"2026-03-13": [["10:00", "12:00"]]}), FRENCH)
        shown = pages.visitor("desk-2").page("/schedules/Paris%20office")
        assert "Holiday sets French holidays" in shown
        assert "Fri 13 Mar Exception written in the schedule 10:00-12:00 (2 h)" in shown
        assert "Sun 29 Mar Clocks go forward 1 h (02:00 becomes 03:00) time zone Europe/Paris Closed" in shown
        assert "Thu 24 Dec Holiday hours: Réveillon French holidays, by hand 09:00-13:00 (4 h)" in shown
        assert "Fri 25 Dec Holiday: Noël French holidays, holidays FR Closed" in shown

    def test_the_year_is_drawn_date_by_date_and_told_to_those_who_do_not_see_it(self, pages: Pages) -> None:
        write(pages, "Paris office", a_schedule(exceptions={"2026-03-13": [["10:00", "12:00"]]}), FRENCH)
        html = pages.visitor("desk-2").html("/schedules/Paris%20office")
        assert len(re.findall(r"<g transform", html)) == 365
        assert "<title>Mon 9 Mar: 09:00-17:00 (8 h)</title>" in html
        assert "<title>Fri 25 Dec: closed; holiday; Noël (French holidays, holidays FR)</title>" in html
        assert 'aria-label="March 2026: open 170 h; special dates: Fri 13 Mar, Sun 29 Mar"' in html
        drawn = html.partition('<ul class="legend">')[0]
        assert (drawn.count('class="hatch"'), drawn.count('class="changed"'), drawn.count('class="arrow"'),
                drawn.count('class="today"')) == (2, 1, 2, 1)

    def test_the_hours_of_this_week_show_what_a_holiday_closes(self, pages: Pages) -> None:
        write(pages, "Paris office", a_schedule(closures={"2026-03-12": [["13:00", "24:00"]]}))
        html = pages.visitor("desk-2").html("/schedules/Paris%20office")
        assert 'aria-label="Thu 12 Mar: 09:00-13:00; holiday hours"' in html
        assert html.count('<path class="holiday"') == 1

    def test_the_key_names_only_what_is_there(self, pages: Pages) -> None:
        write(pages, "Plain", a_schedule("UTC"))
        shown = pages.visitor("desk-2").page("/schedules/Plain")
        assert "closed open for less open 8 h today" in shown
        assert "None. Every date has the usual hours of its weekday." in shown

    def test_months_and_the_year_are_told_in_hours(self, pages: Pages) -> None:
        write(pages, "Paris office", a_schedule())
        shown = pages.visitor("desk-2").page("/schedules/Paris%20office")
        assert "2026 at a glance open 2088 h" in shown
        assert "January 176 h" in shown

    def test_other_years_are_a_link_away_and_the_present_one_is_that_of_the_schedule(self, pages: Pages) -> None:
        pages.clock.set("2026-12-31 20:00")  # in Tokyo it is 2027
        write(pages, "Tokyo desk", a_schedule("Asia/Tokyo"))
        staff = pages.visitor("desk-2")
        html = staff.html("/schedules/Tokyo%20desk")
        assert "2027 at a glance" in words_of(html)
        assert 'href="/schedules/Tokyo%20desk?year=2026#year"' in html
        assert 'class="today"' in html
        html = staff.html("/schedules/Tokyo%20desk?year=2011")
        assert "2011 at a glance" in words_of(html) and "This year" in words_of(html)
        assert 'class="today"' not in html

    @pytest.mark.parametrize("year", ["1969", "2038", "99999999999", "-5", "soon", ""])
    def test_a_year_that_cannot_be_shown_is_the_present_one(self, pages: Pages, year: str) -> None:
        write(pages, "Paris office", a_schedule())
        assert "2026 at a glance" in pages.visitor("desk-2").page(f"/schedules/Paris%20office?year={year}")

    def test_the_last_year_of_the_zone_data_says_what_is_not_known(self, pages: Pages) -> None:
        write(pages, "New York desk", a_schedule("America/New_York", weekly(EVERY_DAY)))
        shown = pages.visitor("desk-2").page("/schedules/New%20York%20desk?year=2037")
        assert "Thu 31 Dec Beyond the time zone data time zone America/New_York Not known" in shown
        assert "31 December 2037 is not counted" in shown

    def test_a_date_that_was_skipped_says_so(self, pages: Pages) -> None:
        write(pages, "Apia desk", a_schedule("Pacific/Apia"))
        shown = pages.visitor("desk-2").page("/schedules/Apia%20desk?year=2011")
        assert "Fri 30 Dec Skipped: clocks go over the whole date time zone Pacific/Apia Does not exist" in shown

    def test_around_the_clock_and_never_are_said_in_a_sentence(self, pages: Pages) -> None:
        write(pages, "Always", ALWAYS)
        write(pages, "Never", a_schedule(week={}))
        staff = pages.visitor("desk-2")
        assert "Next openings and closings It never closes." in staff.page("/schedules/Always")
        never = staff.page("/schedules/Never")
        assert "It never opens, so that no ticket can be promised a time." in never
        assert "Next openings and closings It never opens." in never

    def test_licenses_that_use_it_are_counted_and_the_first_are_linked(self, pages: Pages) -> None:
        for number in range(25):
            sold(pages, f"Customer {number:02}", a_schedule(holidays=["2026-12-25"]))
        name = repr(a_schedule(holidays=["2026-12-25"]))
        html = pages.visitor("desk-2").html(f"/schedules/{quote(name)}")
        assert "Licenses 25 Customer 00 Customer 00 license" in words_of(html)
        assert 'href="/customers/Customer%2019"' in html
        assert 'href="/customers/Customer%2020"' not in html
        assert "and 5 more" in words_of(html)

    def test_a_license_that_was_moved_to_another_schedule_counts_no_more(self, pages: Pages) -> None:
        pages.change_terms("Acme", schedule=a_schedule(holidays=["2026-12-25"]))
        assert "No license uses it." in pages.visitor("desk-2").page(f"/schedules/{quote(repr(a_schedule()))}")

    def test_a_name_with_odd_signs_is_shown_as_it_is(self, pages: Pages) -> None:
        name = 'Mon-Fri 09:00-17:00 Europe/Paris "a" & <script>alert(1)</script>'
        write(pages, name, a_schedule())
        staff = pages.visitor("desk-2")
        for path in ("/schedules", f"/schedules/{quote(name)}"):
            html = staff.html(path)
            assert "<script>alert" not in html
            assert "&lt;script&gt;" in html

    def test_a_schedule_nobody_knows_is_a_plain_404(self, pages: Pages) -> None:
        shown = pages.visitor("desk-2").page("/schedules/nowhere", 404)
        assert "There is no schedule named 'nowhere'." in shown

    def test_it_is_for_people_who_signed_in(self, pages: Pages) -> None:
        for path in ("/schedules", "/schedules/nowhere"):
            assert pages.visitor().get(path).location.startswith("/signin")
