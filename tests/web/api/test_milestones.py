"""Milestones over REST: what is due on tickets, and what licenses and plans promise."""

from __future__ import annotations

import sqlalchemy

from entitlements.helpdesk import Author, EventKind
from entitlements.rules.plan import Plan
from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.licenses import add_plan
from tests.builders import targets, weekly
from tests.web.api.desk import Desk

URGENT = {"kind": "respond", "severity": "urgent", "seconds": 3600, "clock": "wall"}


def promise(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", targets=targets("all 2h", "all 8h"))


def test_a_ticket_tells_what_is_due_and_how_far_it_has_come(desk: Desk) -> None:
    promise(desk)
    with desk.app.app_context():
        desk.created()
        desk.clock.set("2026-03-09 11:30")
        desk.happened(EventKind.REPLIED, author=Author.AGENT, public=True)
    desk.clock.set("2026-03-09 12:00")
    told = desk.get("/api/v1/tickets/1").get_json()
    assert (told["respond_by"], told["resolve_by"], told["waiting_since"]) == (None, "2026-03-10T09:00:00Z", None)
    assert told["milestones"] == [
        {"kind": "respond", "state": "met", "due_at": "2026-03-09T11:00:00Z", "seconds": 7200, "used_seconds": 9000,
         "clock": "business", "settled_at": "2026-03-09T11:30:00Z", "late": True},
        {"kind": "resolve", "state": "running", "due_at": "2026-03-10T09:00:00Z", "seconds": 28_800,
         "used_seconds": 10_800, "clock": "business", "settled_at": None, "late": False}]


def test_while_it_waits_for_the_customer_nothing_is_due(desk: Desk) -> None:
    promise(desk)
    with desk.app.app_context():
        desk.created(waiting=True)
    told = desk.get("/api/v1/tickets/1").get_json()
    assert (told["respond_by"], told["resolve_by"], told["waiting_since"]) == (None, None, "2026-03-09T09:00:00Z")
    assert [each["state"] for each in told["milestones"]] == ["paused", "paused"]


def test_a_ticket_submitted_here_has_them_as_well_and_one_without_a_promise_none(desk: Desk) -> None:
    promise(desk)
    desk.submit()
    desk.submit(customer="Globex")
    globex, acme = desk.get("/api/v1/tickets").get_json()["tickets"]
    assert (globex["respond_by"], globex["milestones"]) == (None, [])
    assert (acme["respond_by"], len(acme["milestones"])) == ("2026-03-09T11:00:00Z", 2)


def test_a_longer_list_costs_no_more_queries(desk: Desk) -> None:
    promise(desk)
    with desk.app.app_context():
        engine = db.engine
    queries: list[str] = []
    sqlalchemy.event.listen(engine, "before_cursor_execute", lambda _c, _cursor, text, *_rest: queries.append(text))
    counts = []
    for _ in range(2):
        for _ in range(3):
            desk.submit()
        queries.clear()
        desk.get("/api/v1/tickets")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_licenses_and_plans_tell_their_targets(desk: Desk) -> None:
    with desk.app.app_context():
        desk.change_terms("Acme", targets=targets("urgent 1h wall", "low 8h"))
        with transaction():
            add_plan(Plan(name="Gold", weekly=weekly(), targets=targets("urgent 1h wall")))
    [acme] = desk.get("/api/v1/licenses", {"customer": "Acme"}).get_json()["licenses"]
    assert acme["targets"] == [{"kind": "resolve", "severity": "low", "seconds": 28_800, "clock": "business"}, URGENT]
    *usual, gold = desk.get("/api/v1/plans").get_json()["plans"]
    assert ([each["targets"] for each in usual], gold["targets"]) == ([[], [], []], [URGENT])
