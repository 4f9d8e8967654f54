"""What open milestones outlive: other terms, another severity, decisions by hand, another schedule."""

from __future__ import annotations

import sqlalchemy

from entitlements.helpdesk import EventKind
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps.import_licenses import How, import_licenses
from entitlements.steps.milestones import due_anew, replan_milestones
from entitlements.steps.people import Override, override
from entitlements.store import db
from entitlements.store.database import transaction
from entitlements.store.licenses import licenses_of
from tests.builders import a_schedule, targets, utc, weekly
from tests.steps.house import House
from tests.steps.promises import HOUR, by_agent, due, rows, settled

LONGER = a_schedule(week=weekly(start="09:00", end="21:00"))


# Other terms, another severity, other decisions


def test_another_severity_means_another_target_of_the_same_terms(routed: House):
    routed.change_terms("Acme", targets=targets(resolve="all 1h"))
    routed.clock.set("2026-03-09 09:30")
    routed.happened(EventKind.UPDATED, severity=Severity.URGENT)
    assert due(routed) == (("running", utc("2026-03-09 10:00")), ("running", utc("2026-03-09 13:00")))
    assert rows(routed)["respond"].clock == "wall"


def test_a_severity_without_a_promise_drops_it_and_one_with_a_promise_takes_it_up_again(desk: House):
    desk.change_terms("Acme", targets=targets(resolve="high 4h; urgent 2h"))
    desk.created()
    assert desk.ticket().milestones == []
    desk.happened(EventKind.UPDATED, severity=Severity.HIGH)
    desk.clock.set("2026-03-09 10:00")
    desk.happened(EventKind.UPDATED, severity=Severity.LOW)
    assert settled(desk, "resolve") == ("dropped", utc("2026-03-09 10:00"))
    desk.clock.set("2026-03-09 12:00")
    desk.happened(EventKind.REPLIED, severity=Severity.URGENT, public=True)
    row = rows(desk)["resolve"]
    assert (row.state, row.used_seconds, row.due_at) == ("running", HOUR, utc("2026-03-09 13:00"))


def test_a_reject_by_hand_drops_them_and_a_route_by_hand_takes_them_up_again(routed: House):
    routed.clock.set("2026-03-09 10:00")
    decide(routed, Override(Outcome.REJECT, "not ours"))
    assert [state for state, _ in due(routed)] == ["dropped", "dropped"]
    routed.clock.set("2026-03-09 12:00")
    decide(routed, Override(Outcome.ROUTE, "ours after all"))
    assert due(routed) == (("running", utc("2026-03-09 13:00")), ("running", utc("2026-03-10 11:00")))


def test_a_ticket_queued_by_hand_waits_with_its_milestones(routed: House):
    routed.clock.set("2026-03-09 10:00")
    decide(routed, Override(Outcome.QUEUE, "on Wednesday", utc("2026-03-11 09:00")))
    assert due(routed) == (("paused", None), ("paused", None))
    routed.clock.set("2026-03-11 09:00")
    routed.work()
    assert due(routed) == (("running", utc("2026-03-11 10:00")), ("running", utc("2026-03-11 16:00")))
    by_agent(routed, EventKind.UPDATED, waiting=True)
    decide(routed, Override(Outcome.QUEUE, "on Thursday", utc("2026-03-12 09:00")))
    by_agent(routed, EventKind.CLOSED)
    assert [state for state, _ in due(routed)] == ["dropped", "dropped"]


def decide(house: House, wanted: Override) -> None:
    with transaction():
        override(house.ticket().id, wanted, "desk-1", house.clock.now(), house.deskgate)


# Another schedule


def test_other_hours_move_only_what_is_left_and_the_terms_stay_frozen(any_desk: House):
    routed = any_desk
    routed.created()
    [before] = licenses_of("Acme")
    routed.clock.set("2026-03-09 10:00")
    routed.change_terms("Acme", schedule=LONGER, targets=frozenset())
    schedules = {before.id: (before.terms.schedule, LONGER)}
    looked_at, moves = due_anew(schedules, routed.clock.now())
    assert (looked_at, [(each.what, each.before, each.after) for each in moves]) == (
        2, [("resolve_by", utc("2026-03-10 09:00"), utc("2026-03-09 17:00"))])
    assert (moves[0].number, moves[0].customer, moves[0].zone) == ("7", "Acme", "Europe/Paris")
    assert due(routed)[1] == ("running", utc("2026-03-10 09:00"))
    with transaction():
        assert replan_milestones(schedules, routed.clock.now()) == 1
    assert due(routed) == (("running", utc("2026-03-09 11:00")), ("running", utc("2026-03-09 17:00")))
    assert rows(routed)["resolve"].used_seconds == HOUR
    with transaction():
        assert replan_milestones(schedules, routed.clock.now()) == 0


def test_what_goes_on_after_a_pause_is_planned_by_the_hours_of_today(routed: House):
    routed.clock.set("2026-03-09 10:00")
    by_agent(routed, EventKind.UPDATED, waiting=True)
    [license] = licenses_of("Acme")
    routed.change_terms("Acme", schedule=LONGER)
    with transaction():
        assert replan_milestones({license.id: (license.terms.schedule, LONGER)}, routed.clock.now()) == 0
    routed.happened(EventKind.REPLIED, public=True)
    assert due(routed)[1] == ("running", utc("2026-03-09 17:00"))


def test_other_licenses_are_left_alone_and_many_milestones_cost_few_queries(any_desk: House):
    for number in range(12):
        any_desk.created(f"t{number}")
    [acme], [globex] = licenses_of("Acme"), licenses_of("Globex")
    assert due_anew({globex.id: (acme.terms.schedule, LONGER)}, any_desk.clock.now()) == (0, [])
    queries: list[str] = []
    listening = (db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: queries.append(statement))
    sqlalchemy.event.listen(*listening)
    try:
        assert len(due_anew({acme.id: (acme.terms.schedule, LONGER)}, any_desk.clock.now())[1]) == 12
        assert len(queries) == 1
        with transaction():
            assert replan_milestones({acme.id: (acme.terms.schedule, LONGER)}, any_desk.clock.now()) == 12
        assert len([each for each in queries if each.startswith(("SELECT", "UPDATE"))]) <= 4
    finally:
        sqlalchemy.event.remove(*listening)


def test_an_import_of_other_hours_plans_what_is_left_anew_and_keeps_the_terms(routed: House):
    routed.clock.set("2026-03-09 10:00")
    row = (b"customer,license,zone,weekly,starts_on,ends_on,respond,resolve\n"
           b"Acme,Acme license,Europe/Paris,tue 09:00-21:00,2026-01-01,2026-12-31,all 1h,all 1h\n")
    with transaction():
        assert import_licenses(row, How("test"), routed.clock.now()).applied
    assert due(routed) == (("running", utc("2026-03-10 09:00")), ("running", utc("2026-03-10 15:00")))
