"""Stories of a ticket's receipt: what was decided and why, and a person's last word on it."""

from __future__ import annotations

import re

from entitlements.errors import DeliveryError
from entitlements.helpdesk import EventKind
from tests.builders import a_schedule
from tests.steps.house import OPS
from tests.web.pages.visitor import Pages, words_of

MONDAY_NINE = "2026-03-09T09:00"


def on_saturday(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created()


def test_the_receipt_tells_the_outcome_the_reason_and_the_promise(pages: Pages) -> None:
    on_saturday(pages)
    shown = pages.visitor("desk-2").page("/tickets/1")
    assert "Queued Outside hours Released in 46 h 00 min, Mon 9 Mar, 09:00 Paris" in shown
    assert "For agents Queued until" in shown
    assert "For the customer Your license covers Monday to Friday, 09:00-17:00 (Paris)." in shown


def test_every_check_is_listed_with_its_result_and_what_it_saw(pages: Pages) -> None:
    on_saturday(pages)
    shown = pages.visitor("desk-2").page("/tickets/1")
    checks = shown[shown.index("Checks"):shown.index("Decisions")]
    assert "judged as of Sat 7 Mar 2026, 11:00:00 Paris" in checks
    told = re.findall(r"(Customer|License|Coverage|Severity|Schedule|Daily limit) .*?(passed|failed|not evaluated)",
                      checks)
    assert told == [("Customer", "passed"), ("License", "passed"), ("Coverage", "passed"),
                    ("Severity", "not evaluated"), ("Schedule", "failed"), ("Daily limit", "passed")]
    assert "Closed on Saturday 7 March at 11:00 (Paris); opens on Monday 9 March at 09:00 (Paris)" in checks


def test_deliveries_are_shown_with_every_try(pages: Pages) -> None:
    pages.helpdesk.fails.append(DeliveryError("Bad Gateway", status=502))
    on_saturday(pages)
    pages.work(1)
    staff = pages.visitor("desk-2")
    assert "Queue on desk: waiting, next try in" in staff.page("/tickets/1")
    assert "1. Sat 7 Mar 2026, 11:00:00 Paris: later (502), Bad Gateway" in staff.page("/tickets/1")
    pages.clock.go_on(minutes=30)
    pages.work()
    assert "Queue on desk: done" in staff.page("/tickets/1")


def test_an_agent_routes_a_queued_ticket_with_a_reason(pages: Pages) -> None:
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    wanted = {"outcome": "route", "reason": "their shop is shut"}
    shown = staff.after("/tickets/1/override", wanted, seen_on="/tickets/1")
    assert "Routed Decided by hand (the license alone: outside hours)" in shown
    assert "Overridden by desk-2: their shop is shut" in shown
    assert pages.ticket().state == "routed"
    assert "desk-2: override ticket:1 their shop is shut" in pages.audited()


def test_an_override_needs_a_reason_and_says_so_beside_the_field(pages: Pages) -> None:
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    answer = staff.send("/tickets/1/override", {"outcome": "route", "reason": "  "}, seen_on="/tickets/1")
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert '<p class="error" id="reason-error">Say why.</p>' in html
    assert 'aria-invalid="true"' in html
    assert pages.ticket().state == "queued"


def test_queue_until_is_read_on_the_licenses_clock(pages: Pages) -> None:
    pages.created()
    form = {"outcome": "queue", "until": "2026-03-09T15:00", "reason": "they asked for the afternoon"}
    shown = pages.visitor("desk-2").after("/tickets/1/override", form, seen_on="/tickets/1")
    assert "Released in 5 h 00 min, Mon 9 Mar, 15:00 Paris" in shown


def test_queue_until_the_past_or_without_a_time_is_refused(pages: Pages) -> None:
    pages.created()
    staff = pages.visitor("desk-2")
    for until, told in ((MONDAY_NINE, "in the future"), ("", "Say until when")):
        answer = staff.send("/tickets/1/override", {"outcome": "queue", "until": until, "reason": "later"},
                          seen_on="/tickets/1")
        assert answer.status_code == 422
        assert told in words_of(answer.get_data(as_text=True))
    assert pages.ticket().state == "routed"


def test_queue_until_beyond_the_years_that_are_known_is_told_at_the_field(pages: Pages) -> None:
    pages.created()
    staff = pages.visitor("desk-2")
    for until, told in (("2037-12-31T23:59", ""), ("2038-01-01T00:30", "between 1970 and 2037"),
                        ("9999-12-31T23:59", "between 1970 and 2037"), ("0001-01-01T00:00", "between 1970 and 2037")):
        answer = staff.send("/tickets/1/override", {"outcome": "queue", "until": until, "reason": "later"},
                            seen_on="/tickets/1")
        assert answer.status_code == (422 if told else 303), until
        assert not told or re.search(f'id="until-error">[^<]*{told}', answer.get_data(as_text=True)), until


def test_a_year_that_ends_later_in_the_licenses_zone_is_told_at_the_field_too(pages: Pages) -> None:
    pages.change_terms("Acme", schedule=a_schedule(zone="America/New_York"))
    pages.created()
    answer = pages.visitor("desk-2").send("/tickets/1/override", {
        "outcome": "queue", "until": "2037-12-31T23:00", "reason": "later"}, seen_on="/tickets/1")
    assert answer.status_code == 422
    assert re.search('id="until-error">[^<]*2038', answer.get_data(as_text=True))


def test_a_reject_by_hand_keeps_the_time_out_of_it(pages: Pages) -> None:
    on_saturday(pages)
    form = {"outcome": "reject", "until": MONDAY_NINE, "reason": "spam"}
    staff = pages.visitor("desk-2")
    assert "Rejected Decided by hand" in staff.after("/tickets/1/override", form, seen_on="/tickets/1")


def test_take_now_asks_first_and_then_routes(pages: Pages) -> None:
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    assert "Take #7 of Acme now?" in staff.page("/tickets/1/take")
    assert pages.ticket().state == "queued"
    shown = staff.after("/tickets/1/take")
    assert "Taken: the ticket is on its way to the agents." in shown
    assert "Routed Taken early" in shown
    assert "desk-2: take_early ticket:1" in pages.audited()


def test_taking_what_does_not_wait_any_more_changes_nothing(pages: Pages) -> None:
    pages.created()
    staff = pages.visitor("desk-2")
    assert "It does not wait any more: it is routed." in staff.page("/tickets/1/take")
    assert "could not be taken" in staff.after("/tickets/1/take", seen_on="/account")


def test_a_ticket_closed_in_the_helpdesk_can_only_be_looked_at(pages: Pages) -> None:
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    pages.happened(EventKind.CLOSED)
    shown = staff.page("/tickets/1")
    assert "Withdrawn" in shown
    assert "Override" not in shown
    answer = staff.send("/tickets/1/override", {"outcome": "route", "reason": "x"}, seen_on="/account")
    assert answer.status_code == 422


def test_the_receipt_stays_up_to_date_by_itself(pages: Pages) -> None:
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    version = re.search(r'"seen": "(\w+)"', staff.html("/tickets/1")).group(1)
    assert staff.get(f"/tickets/1/live?seen={version}").status_code == 204
    pages.work()
    assert "Queue on desk: done" in words_of(staff.get(f"/tickets/1/live?seen={version}").get_data(as_text=True))


def test_tickets_are_found_by_state_and_customer(pages: Pages) -> None:
    pages.created("1", OPS)
    on_saturday(pages)
    staff = pages.visitor("desk-2")
    assert "#1" not in staff.page("/tickets?state=queued")
    assert "#7" in staff.page("/tickets?state=queued")
    assert "#7" not in staff.page("/tickets?customer=Globex")
    assert "No such ticket" in staff.page("/tickets?customer=Nobody&state=rejected")
    assert "#7" in staff.page("/tickets?state=nonsense&page=-3")


def test_a_long_list_of_tickets_is_turned_page_by_page(pages: Pages) -> None:
    for number in range(60):
        pages.created(str(number), OPS)
    staff = pages.visitor("desk-2")
    assert "#59" in staff.page("/tickets")
    older = staff.page("/tickets?page=2")
    assert "#9 " in older
    assert "#10 " not in older
    assert "Older" not in older


def test_a_receipt_that_does_not_exist_is_a_plain_404(pages: Pages) -> None:
    assert "There is no ticket 99." in pages.visitor("desk-2").page("/tickets/99", 404)
