"""Looking things up: lists with filters and pages, and a ticket with its receipts and deliveries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Limits
from entitlements.rules.holiday_set import Holiday, HolidaySet
from entitlements.rules.windows import Window
from entitlements.rules.zone import ZONE_DATA
from entitlements.store import db, tables
from entitlements.store.connections import find_connection, pause
from entitlements.store.database import transaction
from entitlements.store.holidays import save_set
from entitlements.store.schedules import all_schedules, save_schedule, written_value
from tests.web.api.desk import Desk, problem

NIGHT = "2026-03-09 20:00"


def numbers(response, of: str) -> list[str]:
    return [each["id"] for each in response.get_json()[of]]


def test_pages_follow_each_other_without_gap_or_repeat(desk: Desk) -> None:
    for _ in range(5):
        desk.submit()
    met, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = desk.get("/api/v1/tickets", query)
        met.append(numbers(page, "tickets"))
        cursor = page.get_json()["next"]
        if cursor is None:
            break
        desk.submit()  # what arrives meanwhile is on no later page
    assert met == [["5", "4"], ["3", "2"], ["1"]]


def test_tickets_are_filtered_by_state_customer_and_connection(desk: Desk) -> None:
    desk.submit()
    desk.submit(customer="Globex")
    desk.clock.set(NIGHT)
    desk.submit()
    assert numbers(desk.get("/api/v1/tickets", {"state": "queued"}), "tickets") == ["3"]
    assert numbers(desk.get("/api/v1/tickets", {"customer": "acme"}), "tickets") == ["3", "1"]
    assert numbers(desk.get("/api/v1/tickets", {"customer": "acme", "state": "routed"}), "tickets") == ["1"]
    assert numbers(desk.get("/api/v1/tickets", {"connection": "desk"}), "tickets") == ["3", "2", "1"]
    assert numbers(desk.get("/api/v1/tickets", {"connection": "other"}), "tickets") == []
    assert numbers(desk.get("/api/v1/tickets", {"customer": "nobody"}), "tickets") == []


def test_a_ticket_is_told_with_its_receipt_and_what_was_delivered(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    desk.submit(contact="it@acme.example", product="printers")
    with desk.app.app_context():
        desk.work()
    told = desk.get("/api/v1/tickets/1").get_json()
    assert (told["state"], told["customer"], told["contact"]) == ("queued", "Acme", "it@acme.example")
    assert (told["product"], told["remote_id"], told["connection"]) == ("printers", "r1", "desk")
    assert (told["arrived_at"], told["release_at"]) == ("2026-03-09T20:00:00Z", "2026-03-10T08:00:00Z")
    [decision] = told["decisions"]
    assert [(each["check"], each["passed"]) for each in decision["checks"]] == [
        ("customer", True), ("license", True), ("coverage", True), ("severity", None), ("schedule", False),
        ("daily_limit", True)]
    assert all(each["detail"] for each in decision["checks"])
    [delivery] = told["deliveries"]
    assert (delivery["action"], delivery["state"]) == ("create", "done")
    assert [each["result"] for each in delivery["attempts"]] == ["done"]


def test_no_text_of_a_ticket_can_be_looked_up(desk: Desk) -> None:
    desk.submit(subject="My secret subject", description="My secret description")
    for path in ("/api/v1/tickets", "/api/v1/tickets/1", "/api/v1/deliveries"):
        assert b"secret" not in desk.get(path).data


def test_deliveries_are_filtered_by_state_and_a_dead_one_is_delivered_again(desk: Desk) -> None:
    desk.submit()
    desk.helpdesk.fails.append(DeliveryError("no such queue", kind="refused", status=400))
    with desk.app.app_context():
        desk.work(1)
    [dead] = desk.get("/api/v1/deliveries", {"state": "dead"}).get_json()["deliveries"]
    assert (dead["attempts"][0]["status"], dead["attempts"][0]["detail"]) == (400, "no such queue")
    response = desk.post(f"/api/v1/deliveries/{dead['id']}/redeliver")
    assert (response.status_code, response.get_json()["state"]) == (202, "waiting")
    problem(desk.post(f"/api/v1/deliveries/{dead['id']}/redeliver"), 409, "conflict")
    assert numbers(desk.get("/api/v1/deliveries", {"state": "dead"}), "deliveries") == []
    with desk.app.app_context():
        assert desk.work(1) == ["create"]


def test_customers_are_told_with_what_they_are_recognized_by(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        acme = db.session.scalars(db.select(tables.Customer).where(tables.Customer.name == "Acme")).one()
        acme.domains.append(tables.Domain(domain="acme.example"))
        acme.external_ids.append(tables.ExternalId(kind="organization", value="4711"))
    acme, globex = desk.get("/api/v1/customers").get_json()["customers"]
    assert acme == {"id": "1", "name": "Acme", "zone": "", "language": "", "contacts": ["it@acme.example"],
                    "domains": ["acme.example"], "organization_ids": ["4711"], "external_ids": []}
    assert globex["name"] == "Globex"


def test_licenses_are_told_in_their_current_version_with_their_state(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", daily_limit=10_800)
    [acme] = desk.get("/api/v1/licenses", {"customer": "ACME"}).get_json()["licenses"]
    assert (acme["version"], acme["daily_limit"], acme["state"], acme["zone"]) == (2, 10_800, "active", "Europe/Paris")
    assert (acme["starts_on"], acme["ends_on"]) == ("2026-01-01", "2026-12-31")
    desk.clock.set("2027-01-01 12:00")
    states = [each["state"] for each in desk.get("/api/v1/licenses").get_json()["licenses"]]
    assert states == ["expired", "expired"]


def test_schedules_are_told_as_they_are_imported(desk: Desk) -> None:
    paris, always = desk.get("/api/v1/schedules").get_json()["schedules"]
    assert (paris["zone"], paris["weekly"]["mon"]) == ("Europe/Paris", [["09:00", "17:00"]])
    assert (always["holidays"], always["exceptions"]) == ([], {})
    assert (always["version"], always["closures"], always["holiday_sets"]) == (1, {}, [])


def test_a_schedule_tells_the_dates_of_its_holiday_sets_and_decisions_name_its_version(desk: Desk) -> None:
    half = Holiday(date(2026, 12, 24), "Half day", closed=(Window(13 * 3600, 86_400),))
    with desk.app.app_context(), transaction():
        [paris] = [row for row in all_schedules() if row.definition["zone"] == "Europe/Paris"]
        kept = save_set(HolidaySet("France", (Holiday(date(2026, 12, 25), "Christmas Day"), half)))
        save_schedule(paris.name, written_value(paris), [kept], desk.clock.now(), "test")
    paris, _ = desk.get("/api/v1/schedules").get_json()["schedules"]
    assert (paris["version"], paris["holiday_sets"], paris["holidays"]) == (2, ["France"], ["2026-12-25"])
    assert paris["closures"] == {"2026-12-24": [["13:00", "24:00"]]}
    desk.submit(contact="it@acme.example")
    [decision] = desk.get("/api/v1/tickets/1").get_json()["decisions"]
    assert (decision["schedule_version"], decision["zone_data"]) == (2, ZONE_DATA)


def test_plans_are_told(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        db.session.add(tables.Plan(name="Business hours", weekly={"mon": [["09:00", "17:00"]]}, daily_limit=None,
                                   exempt_severities=["urgent"]))
    *usual, own = desk.get("/api/v1/plans").get_json()["plans"]
    assert [(each["id"], each["name"]) for each in usual] == [(None, "24x7"), (None, "Three hours a day")]
    assert (own["id"], own["name"], own["exempt_severities"], own["daily_limit"]) == (
        "1", "Business hours", ["urgent"], None)


def test_the_usual_plans_are_told_from_the_first_day(desk: Desk) -> None:
    plans = desk.get("/api/v1/plans").get_json()["plans"]
    assert [(each["name"], each["daily_limit"]) for each in plans] == [
        ("24x7", None), ("Business hours", None), ("Three hours a day", 10_800)]


def test_pages_of_plans_go_from_the_usual_ones_to_ones_own(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        db.session.add_all(tables.Plan(name=name, weekly={}) for name in ("24X7", "Nights"))
    met, cursor = [], None
    for _ in range(4):
        page = desk.get("/api/v1/plans", {"limit": 1} | ({"cursor": cursor} if cursor else {})).get_json()
        met += [each["name"] for each in page["plans"]]
        cursor = page["next"]
    assert (met, cursor) == (["Business hours", "Three hours a day", "24X7", "Nights"], None)


def test_connections_are_told_without_secrets_and_settings(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        row = find_connection("desk")
        row.token, row.secrets, row.url = "t0ken", "whsec_s3cret", "https://bot:passw0rd@desk.example/api"
        row.settings = {"password": "s3cret"}
        pause(row, "maintenance", desk.clock.now())
    response = desk.get("/api/v1/connections")
    [told] = response.get_json()["connections"]
    assert (told["url"], told["pause_reason"]) == ("https://desk.example/api", "maintenance")
    assert told["paused_at"] == "2026-03-09T09:00:00Z"
    for secret in (b"t0ken", b"s3cret", b"passw0rd"):
        assert secret not in response.data


def test_a_connection_tells_how_its_helpdesk_fares(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.submit()
    [told] = desk.get("/api/v1/connections").get_json()["connections"]
    assert (told["broken_since"], told["calm_until"], told["changes_per_minute"]) == (None, None, None)
    assert (told["share"], told["pace"], told["waiting_deliveries"], told["look_trouble"]) == (0.4, 1, 1, "")
    monkeypatch.setattr(desk.helpdesk, "limits", lambda: Limits(per_minute=100, share=0.25))
    with desk.app.app_context(), transaction():
        row, now = find_connection("desk"), desk.clock.now()
        row.broken_since, row.probe_at, row.pace = now, now + timedelta(seconds=30), 0.4
        row.calm_until, row.looked_at, row.look_trouble = now + timedelta(seconds=10), now, "it answered 500"
    [told] = desk.get("/api/v1/connections").get_json()["connections"]
    assert (told["broken_since"], told["probe_at"]) == ("2026-03-09T09:00:00Z", "2026-03-09T09:00:30Z")
    assert (told["changes_per_minute"], told["share"], told["pace"]) == (100, 0.25, 0.4)
    assert (told["looked_at"], told["look_trouble"]) == ("2026-03-09T09:00:00Z", "it answered 500")
    assert told["calm_until"] == "2026-03-09T09:00:10Z"
    desk.clock.go_on(seconds=10)
    [told] = desk.get("/api/v1/connections").get_json()["connections"]
    assert told["calm_until"] is None


def test_all_that_waits_for_a_connection_is_let_go_with_a_reason(desk: Desk) -> None:
    desk.clock.set(NIGHT)
    for _ in range(3):
        desk.submit()
    told = desk.post("/api/v1/connections/desk/release-all", {"reason": "the world is ending"}).get_json()
    assert told == {"connection": "desk", "released": 3}
    assert numbers(desk.get("/api/v1/tickets", {"state": "queued"}), "tickets") == []
    with desk.app.app_context():
        entry = desk.rows(tables.AuditEntry)[-1]
        assert (entry.actor, entry.reason) == ("token:everything", "the world is ending")


@pytest.mark.parametrize("noun", ["customers", "licenses", "plans", "schedules", "connections", "deliveries"])
def test_every_list_takes_a_limit(desk: Desk, noun: str) -> None:
    response = desk.get(f"/api/v1/{noun}", {"limit": 1})
    assert response.status_code == 200
    assert len(response.get_json()[noun]) <= 1
