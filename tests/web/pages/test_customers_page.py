"""Stories of a customer's page: licenses, this week's hours, and the time used today."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from entitlements.rules.license import OverLimit, Terms
from entitlements.rules.ticket import Severity
from entitlements.steps.meter import UsageReport, record_usage
from entitlements.store.database import transaction
from tests.builders import ALWAYS, a_schedule
from tests.steps.house import YEAR
from tests.web.pages.visitor import Pages

THREE_HOURS = 3 * 3600


def used(pages: Pages, customer: str, seconds: int) -> None:
    with transaction():
        record_usage(UsageReport(customer=customer, seconds=seconds, source="test", entry_key=str(seconds)),
                     pages.clock.now())


def test_a_license_is_told_with_state_hours_and_dates(pages: Pages) -> None:
    shown = pages.visitor("desk-2").page("/customers/acme")
    assert "Acme license Active 1 January 2026 to 31 December 2026" in shown
    assert "Hours Monday to Friday, 09:00-17:00 (Paris)" in shown
    assert "Closes Mon 9 Mar, 17:00 Paris, in 7 h 00 min" in shown
    assert "Contacts it@acme.example" in shown


def test_the_week_is_drawn_with_now_holidays_and_exceptions(pages: Pages) -> None:
    pages.change_terms("Acme", schedule=a_schedule(holidays=["2026-03-12"],
                                                   exceptions={"2026-03-13": [["10:00", "12:00"]]}))
    html = pages.visitor("desk-2").html("/customers/Acme")
    assert 'aria-label="Mon 9 Mar: 09:00-17:00"' in html
    assert 'aria-label="Thu 12 Mar: closed; closed for a holiday"' in html
    assert 'aria-label="Fri 13 Mar: 10:00-12:00; other hours than usual"' in html
    assert html.count('class="now"') == 1


def test_time_used_and_left_today_is_told(pages: Pages) -> None:
    pages.change_terms("Globex", daily_limit=THREE_HOURS)
    used(pages, "Globex", 3600 + 1800)
    shown = pages.visitor("desk-2").page("/customers/Globex")
    assert "Used today 1 h 30 min of 3 h, 1 h 30 min left" in shown


def test_an_overrun_is_told(pages: Pages) -> None:
    pages.change_terms("Globex", daily_limit=THREE_HOURS)
    used(pages, "Globex", THREE_HOURS + 600)
    staff = pages.visitor("desk-2")
    assert "3 h 10 min of 3 h, 10 min over" in staff.page("/customers/Globex")
    assert 'class="hours spent"' in staff.html("/customers/Globex")
    pages.change_terms("Globex", over_limit=OverLimit.ALLOW)
    assert "may be overrun" in staff.page("/customers/Globex")
    assert 'class="hours spent"' not in staff.html("/customers/Globex")


def test_around_the_clock_severities_and_grace_are_told(pages: Pages) -> None:
    pages.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}), grace_days=14,
                       ends_on=date(2026, 3, 1))
    shown = pages.visitor("desk-2").page("/customers/Acme")
    assert "Around the clock urgent severity" in shown
    assert "Acme license Grace" in shown
    assert "Grace 14 days after the end" in shown


def test_the_list_of_customers_is_searched(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    assert "Acme" not in staff.page("/customers?q=GLOB")
    assert "No customer is called that" in staff.page("/customers?q=zzz")


def test_a_name_with_odd_signs_is_shown_as_it_is_and_runs_nothing(pages: Pages) -> None:
    name = 'Smith/Jones & "Sons" <script>alert(1)</script>'
    with transaction():
        pages.customer(name, "it@smith.example", Terms(schedule=ALWAYS, **YEAR))
    staff = pages.visitor("desk-2")
    for path in ("/", "/customers", f"/customers/{quote(name)}"):
        html = staff.html(path)
        assert "<script>alert" not in html
        assert "Smith/Jones &amp;" in html


def test_a_customer_nobody_knows_is_a_plain_404(pages: Pages) -> None:
    assert "There is no customer named Initech." in pages.visitor("desk-2").page("/customers/Initech", 404)
