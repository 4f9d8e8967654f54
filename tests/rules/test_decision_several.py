"""Several licenses at once: each is judged alone, and the one that is best for the customer wins."""

from __future__ import annotations

import pytest

from entitlements.rules.license import Standing
from entitlements.rules.reasons import Outcome, Reason
from tests.builders import ALWAYS, a_license, a_schedule, utc, weekly
from tests.rules.test_decision import decided, told


def test_an_open_license_goes_before_one_that_would_queue():
    decision = decided("2026-03-08 12:00", a_license("Day", id=1), a_license("Always", ALWAYS, id=2))
    assert told(decision) == (Outcome.ROUTE, Reason.ALWAYS_OPEN)
    assert decision.license is not None and decision.license.name == "Always"


def test_the_earlier_opening_wins_among_closed_ones():
    early = a_license("Early", a_schedule("UTC", weekly(start="06:00")), id=2)
    assert decided("2026-03-08 12:00", a_license(id=1), early).release_at == utc("2026-03-09 06:00")


def test_a_queue_goes_before_a_reject():
    expired = a_license("Old", ALWAYS, id=1, ends_on="2026-02-01")
    assert told(decided("2026-03-08 12:00", expired, a_license(id=2))) == (Outcome.QUEUE, Reason.OUTSIDE_HOURS)


def test_a_license_for_next_month_does_not_send_tonights_ticket_to_triage():
    renewal = a_license("Renewal", id=2, starts_on="2026-05-01")
    running = a_license("Running", id=1, ends_on="2026-04-30")
    assert told(decided("2026-03-08 12:00", renewal, running)) == (Outcome.QUEUE, Reason.OUTSIDE_HOURS)


def test_equal_offers_are_served_from_the_license_that_ends_first_and_then_by_name():
    later, sooner = a_license("A", id=1), a_license("B", id=2, ends_on="2026-06-30")
    same = a_license("0", id=3)
    assert decided("2026-03-09 09:00", later, sooner).license is sooner
    assert decided("2026-03-09 09:00", later, same).license is same


@pytest.mark.parametrize(("states", "expected"), [
    (("cancelled", "expired"), Reason.LICENSE_EXPIRED),
    (("expired", "suspended"), Reason.LICENSE_SUSPENDED),
    (("suspended", "not covered"), Reason.NOT_COVERED),
    (("cancelled", "expired", "suspended", "not covered"), Reason.NOT_COVERED),
])
def test_among_rejects_the_one_nearest_to_cover_is_told(states, expected):
    made = {
        "cancelled": a_license("c", id=1, standing=Standing.CANCELLED),
        "expired": a_license("e", id=2, ends_on="2026-01-31"),
        "suspended": a_license("s", id=3, standing=Standing.SUSPENDED),
        "not covered": a_license("n", id=4, products=frozenset({"Router"})),
    }
    decision = decided("2026-03-09 09:00", *(made[state] for state in states), product="Printer")
    assert told(decision) == (Outcome.REJECT, expected)


def test_of_two_expired_licenses_the_one_that_ended_last_is_told():
    old, newer = a_license("Old", id=1, ends_on="2026-01-31"), a_license("Newer", id=2, ends_on="2026-02-28")
    assert decided("2026-03-09 09:00", old, newer).license is newer
