"""Changing schedules: what would move is shown, and what is saved is what was shown."""


from __future__ import annotations

import pytest

from entitlements.errors import ConfigError, Conflict, NotFound
from entitlements.rules.license import Terms
from entitlements.rules.reasons import Outcome
from entitlements.rules.target import MilestoneKind, Target
from entitlements.rules.ticket import Severity
from entitlements.steps.changes import save, work_out
from entitlements.steps.people import Override, override
from entitlements.steps.schedule_change import present, schedule_change
from entitlements.store.database import transaction
from entitlements.store.schedules import find_schedule, find_schedule_version, schedule_value
from tests.builders import a_schedule, utc, weekly
from tests.steps.changing import (
    MONDAY_NINE,
    TUESDAY_NINE,
    half_past_seven,
    moves,
    paris,
    saved,
    wait_for_monday,
)
from tests.steps.house import OPS, YEAR, House


def test_longer_hours_show_which_queued_ticket_would_be_released_earlier(waiting: House) -> None:
    outlook = work_out(half_past_seven(waiting), waiting.clock.now(), waiting.deskgate)
    assert moves(outlook) == [("release_at", "7", MONDAY_NINE, utc("2026-03-09 06:30"))]
    assert (outlook.impact.tickets, outlook.differs) == (1, True)
    assert waiting.ticket().release_at == MONDAY_NINE


def test_what_was_shown_is_saved_and_the_worker_carries_it_out(house: House) -> None:
    waiting = wait_for_monday(house)
    saved(waiting, half_past_seven(waiting))
    waiting.work()
    ticket = waiting.ticket()
    assert (ticket.release_at, ticket.decision.cause) == (utc("2026-03-09 06:30"), "replan")
    waiting.clock.set("2026-03-09 06:30")
    assert waiting.work() == ["release"]


def test_a_saved_schedule_is_a_new_version_and_the_decisions_made_before_keep_theirs(waiting: House) -> None:
    name, before = paris(), waiting.ticket().decision
    saved(waiting, half_past_seven(waiting))
    waiting.work()
    first, second = waiting.ticket().decisions
    assert (first.schedule_version, second.schedule_version) == (1, 2)
    assert first.zone_data == second.zone_data == before.zone_data != ""
    row = find_schedule(name)
    assert find_schedule_version(row.id, 1).week()["mon"] == [["09:00", "17:00"]]
    assert find_schedule_version(row.id, 2).week()["mon"] == [["07:30", "17:00"]]
    assert find_schedule_version(row.id, 3) is None


def test_hours_that_are_open_now_let_the_ticket_go_at_once(waiting: House) -> None:
    change = schedule_change(paris(), a_schedule(week=weekly(("sat",))).to_dict(), ())
    assert moves(work_out(change, waiting.clock.now(), waiting.deskgate)) == [("release_at", "7", MONDAY_NINE, None)]
    saved(waiting, change)
    assert waiting.work() == ["release"]


def test_a_change_that_is_overtaken_by_another_is_refused_and_nothing_is_written(waiting: House) -> None:
    change = half_past_seven(waiting)
    shown = work_out(change, waiting.clock.now(), waiting.deskgate)
    saved(waiting, schedule_change(paris(), a_schedule(week=weekly(start="08:00")).to_dict(), ()))
    with pytest.raises(Conflict, match="changed by somebody else"), transaction():
        save(change, shown, "desk-2", waiting.clock.now(), waiting.deskgate)
    assert schedule_value(find_schedule(paris())).week()["mon"] == [["08:00", "17:00"]]


def test_a_change_is_refused_when_another_ticket_would_move_than_was_shown(waiting: House) -> None:
    change = half_past_seven(waiting)
    shown = work_out(change, waiting.clock.now(), waiting.deskgate)
    waiting.created("8")
    with pytest.raises(Conflict, match="not what was shown"), transaction():
        save(change, shown, "desk-1", waiting.clock.now(), waiting.deskgate)
    assert find_schedule(paris()).version == 1


def test_what_a_person_has_decided_does_not_move(waiting: House) -> None:
    with transaction():
        override(waiting.ticket().id, Override(Outcome.QUEUE, "the customer asked", TUESDAY_NINE), "desk-1",
                 waiting.clock.now(), waiting.deskgate)
    assert moves(work_out(half_past_seven(waiting), waiting.clock.now(), waiting.deskgate)) == []


def test_other_customers_are_not_looked_at(waiting: House) -> None:
    with transaction():
        waiting.set_terms(waiting.customer("Initech", "a@initech.example", Terms(schedule=a_schedule("UTC"), **YEAR)),
                          Terms(schedule=a_schedule("UTC"), **YEAR))
    waiting.created("9", identity=OPS)
    outlook = work_out(half_past_seven(waiting), waiting.clock.now(), waiting.deskgate)
    assert outlook.impact.tickets == 1


def test_a_new_schedule_moves_nothing_and_is_found_by_its_name(small_house: House) -> None:
    night = a_schedule(week=weekly(start="22:00", end="06:00")).to_dict()
    outlook = saved(small_house, schedule_change("  Night   desk ", night, ()))
    assert (outlook.subject, outlook.impact.moves) == ("Night desk", ())
    assert find_schedule("night DESK").version == 1


def test_saving_what_is_there_already_changes_nothing(small_house: House) -> None:
    name = paris()
    assert not work_out(present(name), small_house.clock.now(), small_house.deskgate).differs
    saved(small_house, present(name))
    assert find_schedule(name).version == 1


def test_a_bad_schedule_or_an_unknown_set_never_becomes_a_change(small_house: House) -> None:
    with pytest.raises(ConfigError, match="starts and ends at the same time"):
        schedule_change("X", {"zone": "UTC", "weekly": {"mon": [["09:00", "09:00"]]}}, ())
    with pytest.raises(NotFound, match="no holiday set named 'France'"):
        schedule_change("X", a_schedule().to_dict(), ("France",))
    with pytest.raises(ConfigError, match="needs a name"):
        schedule_change("   ", a_schedule().to_dict(), ())


def test_an_admin_is_warned_before_a_schedule_that_never_opens_is_saved(small_house: House) -> None:
    never = schedule_change("Never", a_schedule(week={}).to_dict(), ())
    outlook = work_out(never, small_house.clock.now(), small_house.deskgate)
    assert [warning.name for warning in outlook.warnings] == ["never_opens"]


def test_a_due_time_that_comes_nearer_while_somebody_reads_does_not_stand_in_the_way_of_saving(
        small_house: House) -> None:
    small_house.change_terms("Acme", targets=frozenset({Target(MilestoneKind.RESOLVE, Severity.NORMAL, 4 * 3600)}))
    small_house.clock.set("2026-03-09 09:00")
    small_house.created()
    change = schedule_change(paris(), a_schedule(week=weekly(("tue", "wed"))).to_dict(), ())
    shown = work_out(change, small_house.clock.now(), small_house.deskgate)
    small_house.clock.go_on(seconds=90)
    with transaction():
        then = save(change, shown, "desk-1", small_house.clock.now(), small_house.deskgate)
    [[what, _, before, first], [*_, later]] = moves(shown) + moves(then)
    assert (what, before) == ("resolve_by", utc("2026-03-09 13:00"))
    assert (first, later) == (utc("2026-03-10 12:00"), utc("2026-03-10 11:58:30"))
    assert small_house.ticket().milestones[0].due_at == later
