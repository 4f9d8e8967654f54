"""Milestones: due times in business time and on the wall clock, through pauses, clock changes and new schedules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.rules.milestone import Milestone, MilestoneState, started
from entitlements.rules.schedule import Schedule
from entitlements.rules.target import MilestoneKind, Target, TargetClock
from entitlements.rules.ticket import Severity
from tests.builders import ALWAYS, a_schedule, utc, weekly

HOUR = 3600
PARIS = a_schedule()
LATER_HOURS = a_schedule(week=weekly(start="12:00", end="20:00"))
NEVER = a_schedule(week={})
MONDAY_TEN = utc("2026-03-09 09:00")  # ten in Paris


def target(hours: float, clock: TargetClock = TargetClock.BUSINESS, severity: Severity = Severity.NORMAL) -> Target:
    return Target(MilestoneKind.RESOLVE, severity, round(hours * HOUR), clock)


def a_milestone(hours: float = 4, schedule: Schedule = PARIS, at: str = "2026-03-09 09:00",
                clock: TargetClock = TargetClock.BUSINESS) -> Milestone:
    return started(target(hours, clock), schedule, utc(at))


@pytest.mark.parametrize(("hours", "at", "due"), [
    (4, "2026-03-09 09:00", "2026-03-09 13:00"),
    (4, "2026-03-09 14:00", "2026-03-10 10:00"),   # two hours until closing, two the next morning
    (8, "2026-03-13 08:00", "2026-03-13 16:00"),   # used up at closing, due at closing
    (1, "2026-03-14 11:00", "2026-03-16 09:00"),   # counted from Monday's opening
    (4, "2026-03-27 15:00", "2026-03-30 10:00"),   # summer time begins on the Sunday between: nine is 07:00 UTC
    (4, "2026-10-23 14:00", "2026-10-26 11:00"),   # and ends
])
def test_business_time_is_due_in_open_hours_on_every_clock(hours: float, at: str, due: str) -> None:
    assert a_milestone(hours, at=at).due_at == utc(due)


def test_on_the_wall_clock_nights_and_clock_changes_count_as_they_pass() -> None:
    assert a_milestone(24, at="2026-03-28 20:00", clock=TargetClock.WALL).due_at == utc("2026-03-29 20:00")
    assert a_milestone(2, NEVER, clock=TargetClock.WALL).due_at == utc("2026-03-09 11:00")


def test_where_no_hour_is_left_it_is_never_due_and_never_late() -> None:
    for milestone in (a_milestone(4, NEVER), a_milestone(4, at="2037-12-31 20:00")):
        assert milestone.due_at is None
        assert milestone.is_late(utc("2037-12-31 23:00")) is False


def test_past_the_years_that_are_known_nothing_breaks() -> None:
    milestone = a_milestone(4, at="2037-12-31 15:30")
    paused = milestone.paused(PARIS, utc("2038-06-01 12:00"))
    assert (paused.used_seconds, paused.resumed(PARIS, utc("2038-06-02 12:00")).due_at) == (0, None)


def test_used_time_is_told_as_of_any_instant() -> None:
    milestone = a_milestone(4, at="2026-03-09 14:00")
    assert [milestone.used(PARIS, utc(at)) for at in ("2026-03-09 14:00", "2026-03-09 15:30", "2026-03-10 06:00",
                                                      "2026-03-10 08:30", "2026-03-09 08:00")] == [
        0, 1.5 * HOUR, 2 * HOUR, 2.5 * HOUR, 0]


# Waiting for the customer


def test_a_pause_moves_the_rest_to_after_it() -> None:
    paused = a_milestone(4).paused(PARIS, utc("2026-03-09 11:10"))
    assert (paused.state, paused.due_at, paused.used_seconds) == (MilestoneState.PAUSED, None, 7800)
    again = paused.resumed(PARIS, utc("2026-03-11 09:00"))
    assert (again.due_at, again.used_seconds) == (utc("2026-03-11 10:50"), 7800)


def test_a_pause_over_the_night_takes_no_business_time() -> None:
    paused = a_milestone(4, at="2026-03-09 14:00").paused(PARIS, utc("2026-03-09 16:00"))
    assert paused.resumed(PARIS, utc("2026-03-10 08:00")).due_at == utc("2026-03-10 10:00")


def test_a_pause_across_closing_counts_only_what_was_open_on_either_side() -> None:
    paused = a_milestone(4, at="2026-03-09 14:00").paused(PARIS, utc("2026-03-09 15:00"))
    again = paused.resumed(PARIS, utc("2026-03-10 12:00"))
    assert (again.used_seconds, again.due_at) == (HOUR, utc("2026-03-10 15:00"))


def test_on_the_wall_clock_a_pause_over_the_night_does_take_its_time() -> None:
    paused = a_milestone(4, clock=TargetClock.WALL).paused(PARIS, utc("2026-03-09 10:00"))
    assert paused.resumed(PARIS, utc("2026-03-10 06:00")).due_at == utc("2026-03-10 09:00")


def test_what_has_run_out_stays_due_when_it_was_also_through_a_pause() -> None:
    milestone = a_milestone(1)
    paused = milestone.paused(PARIS, utc("2026-03-09 12:00"))
    again = paused.resumed(PARIS, utc("2026-03-10 12:00"))
    assert milestone.due_at == paused.due_at == again.due_at == utc("2026-03-09 10:00")
    assert paused.is_late(utc("2026-03-09 12:00"))
    assert again.used(PARIS, utc("2026-03-10 13:00")) == 4 * HOUR


def test_nothing_is_counted_twice_by_events_that_come_late_or_again() -> None:
    paused = a_milestone(4).paused(PARIS, utc("2026-03-09 10:00"))
    again = paused.resumed(PARIS, utc("2026-03-09 12:00"))
    assert again.paused(PARIS, utc("2026-03-09 11:00")).used_seconds == HOUR
    assert paused.used(PARIS, utc("2026-03-09 15:00")) == HOUR


def test_whatever_stopped_it_goes_on_no_earlier_than_where_it_was_counted_to() -> None:
    running, noon = a_milestone(8), utc("2026-03-09 12:00")
    for stopped in (running.paused(PARIS, noon), running.met(PARIS, noon), running.dropped(PARIS, noon)):
        again = stopped.resumed(PARIS, utc("2026-03-09 09:30"))
        assert (again.used_seconds, again.counted_from, again.due_at) == (3 * HOUR, noon, utc("2026-03-10 09:00"))


def test_what_was_settled_while_it_waited_goes_on_no_earlier_than_that() -> None:
    met = a_milestone(8).paused(PARIS, utc("2026-03-09 10:00")).met(PARIS, utc("2026-03-09 12:00"))
    assert met.resumed(PARIS, utc("2026-03-09 11:00")).due_at == utc("2026-03-10 11:00")


def test_another_severity_in_a_pause_takes_nothing_from_a_reply_told_later() -> None:
    paused = a_milestone(8).paused(PARIS, utc("2026-03-09 10:00"))
    aimed = paused.aimed_at(target(6), PARIS, utc("2026-03-09 13:00"))
    assert aimed.resumed(PARIS, utc("2026-03-09 11:00")).due_at == utc("2026-03-09 16:00")


def test_what_has_run_out_does_not_become_due_earlier_by_what_is_told_late() -> None:
    milestone = a_milestone(1).replanned(PARIS, PARIS, utc("2026-03-09 12:00"))
    paused = milestone.paused(PARIS, utc("2026-03-09 09:30"))
    assert paused.due_at == paused.resumed(PARIS, utc("2026-03-09 09:40")).due_at == utc("2026-03-09 10:00")


# Met, late, dropped


@pytest.mark.parametrize(("at", "late"), [("2026-03-09 12:59:59", False), ("2026-03-09 13:00", False),
                                          ("2026-03-09 13:00:01", True), ("2026-03-10 02:00", True)])
def test_it_is_met_in_time_up_to_the_second_it_is_due(at: str, late: bool) -> None:
    met = a_milestone(4).met(PARIS, utc(at))
    assert (met.state, met.due_at, met.settled_at) == (MilestoneState.MET, utc("2026-03-09 13:00"), utc(at))
    assert met.is_late(utc("2026-03-09 09:00")) is late
    assert a_milestone(4).is_late(utc(at)) is late


def test_fractions_of_a_second_are_dropped_wherever_they_come_in() -> None:
    odd = timedelta(microseconds=700_000)
    milestone = started(target(1), PARIS, MONDAY_TEN + odd)
    assert milestone.due_at == utc("2026-03-09 10:00")
    assert not milestone.met(PARIS, utc("2026-03-09 10:00") + odd).is_late(MONDAY_TEN)
    paused = milestone.paused(PARIS, utc("2026-03-09 09:30") + odd)
    assert (paused.used_seconds, paused.resumed(PARIS, utc("2026-03-09 09:40") + odd).due_at) == (
        1800, utc("2026-03-09 10:10"))


def test_what_is_dropped_was_neither_met_nor_late() -> None:
    dropped = a_milestone(1).dropped(PARIS, utc("2026-03-09 15:00"))
    assert (dropped.is_open, dropped.is_late(utc("2026-03-09 16:00"))) == (False, False)


def test_what_goes_on_after_it_was_met_does_not_count_the_time_between() -> None:
    met = a_milestone(4).met(PARIS, utc("2026-03-09 10:00"))
    again = met.resumed(PARIS, utc("2026-03-12 09:00"))
    assert (again.settled_at, again.used_seconds, again.due_at) == (None, HOUR, utc("2026-03-12 12:00"))


def test_nothing_is_settled_before_it_began() -> None:
    assert a_milestone(4).met(PARIS, utc("2026-03-09 08:00")).settled_at == MONDAY_TEN


# Another schedule, another severity


def test_only_the_rest_is_planned_anew_when_the_schedule_changes() -> None:
    moved = a_milestone(4).replanned(PARIS, LATER_HOURS, utc("2026-03-09 10:00"))
    assert (moved.used_seconds, moved.counted_from, moved.due_at) == (
        HOUR, utc("2026-03-09 10:00"), utc("2026-03-09 14:00"))


def test_hours_that_were_open_stay_used_though_the_new_schedule_knows_nothing_of_them() -> None:
    moved = a_milestone(4).replanned(PARIS, NEVER, utc("2026-03-09 10:30"))
    assert (moved.used_seconds, moved.due_at) == (5400, None)
    back = moved.replanned(NEVER, PARIS, utc("2026-03-10 08:00"))
    assert (back.used_seconds, back.due_at) == (5400, utc("2026-03-10 10:30"))


def test_a_holiday_added_while_it_runs_moves_only_what_is_left() -> None:
    milestone = a_milestone(12)
    assert milestone.due_at == utc("2026-03-10 13:00")
    moved = milestone.replanned(PARIS, a_schedule(holidays=["2026-03-10"]), utc("2026-03-09 11:00"))
    assert moved.due_at == utc("2026-03-11 13:00")
    closed_today = milestone.replanned(PARIS, a_schedule(holidays=["2026-03-09"]), utc("2026-03-09 11:00"))
    assert (closed_today.used_seconds, closed_today.due_at) == (2 * HOUR, utc("2026-03-11 10:00"))


def test_planning_anew_with_the_same_schedule_changes_no_due_time_however_often() -> None:
    milestone = a_milestone(12)
    for at in ("2026-03-09 11:00", "2026-03-09 11:00", "2026-03-09 22:00", "2026-03-10 08:00"):
        milestone = milestone.replanned(PARIS, PARIS, utc(at))
        assert milestone.due_at == utc("2026-03-10 13:00")


def test_what_is_paused_settled_or_past_is_left_alone_by_another_schedule() -> None:
    paused = a_milestone(4).paused(PARIS, utc("2026-03-09 10:00"))
    met = a_milestone(4).met(PARIS, utc("2026-03-09 10:00"))
    for milestone in (paused, met):
        assert milestone.replanned(PARIS, LATER_HOURS, utc("2026-03-09 11:00")) == milestone
    late = a_milestone(1).replanned(PARIS, LATER_HOURS, utc("2026-03-09 11:00"))
    assert late.due_at == utc("2026-03-09 10:00")


def test_another_severity_keeps_what_is_used() -> None:
    raised = a_milestone(8).aimed_at(target(4), PARIS, utc("2026-03-09 11:00"))
    assert (raised.seconds, raised.used_seconds, raised.due_at) == (4 * HOUR, 2 * HOUR, utc("2026-03-09 13:00"))
    lowered = raised.aimed_at(target(10), PARIS, utc("2026-03-09 12:00"))
    assert (lowered.used_seconds, lowered.due_at) == (3 * HOUR, utc("2026-03-10 11:00"))


def test_if_more_is_used_than_the_new_target_allows_it_is_due_at_once() -> None:
    raised = a_milestone(8).aimed_at(target(1, TargetClock.WALL), PARIS, utc("2026-03-09 12:00"))
    assert (raised.clock, raised.due_at) == (TargetClock.WALL, utc("2026-03-09 12:00"))
    assert not raised.is_late(utc("2026-03-09 12:00"))
    assert raised.is_late(utc("2026-03-09 12:01"))
    eased = raised.aimed_at(target(8), PARIS, utc("2026-03-09 13:00"))
    assert (eased.used_seconds, eased.due_at) == (4 * HOUR, utc("2026-03-10 09:00"))


def test_another_severity_leaves_a_pause_a_pause() -> None:
    paused = a_milestone(8).paused(PARIS, utc("2026-03-09 11:00")).aimed_at(target(4), PARIS, utc("2026-03-09 12:00"))
    assert (paused.state, paused.due_at, paused.used_seconds) == (MilestoneState.PAUSED, None, 2 * HOUR)
    assert paused.aimed_at(target(1), PARIS, utc("2026-03-09 12:00")).due_at == utc("2026-03-09 12:00")


# Whatever happens in whatever order

MINUTES = st.integers(min_value=0, max_value=3 * 24 * 60)
STEPS = st.lists(st.tuples(st.integers(min_value=0, max_value=1500), st.sampled_from(["pause", "resume", "replan"])),
                 max_size=8)


@settings(max_examples=150, deadline=None)
@given(begins=MINUTES, minutes=st.integers(min_value=1, max_value=3000), steps=STEPS,
       clock=st.sampled_from(TargetClock))
def test_used_time_is_the_open_time_in_which_it_ran(begins: int, minutes: int, steps: list[tuple[int, str]],
                                                    clock: TargetClock) -> None:
    schedules = (PARIS, a_schedule("America/New_York", weekly(start="22:00", end="06:00")), ALWAYS)
    at, turn, expected = utc("2026-03-06 08:00") + timedelta(minutes=begins), 0, 0
    milestone = started(Target(MilestoneKind.RESOLVE, Severity.LOW, minutes * 60, clock), schedules[0], at)
    for wait, step in steps:
        until, schedule = at + timedelta(minutes=wait), schedules[turn]
        if milestone.state is MilestoneState.RUNNING:
            expected += schedule.between(at, until) if clock is TargetClock.BUSINESS else wait * 60
        if step == "replan":
            turn = (turn + 1) % len(schedules)
            milestone = milestone.replanned(schedule, schedules[turn], until)
        elif step == "pause" and milestone.state is MilestoneState.RUNNING:
            milestone = milestone.paused(schedule, until)
        elif step == "resume" and milestone.state is MilestoneState.PAUSED:
            milestone = milestone.resumed(schedule, until)
        at = until
        assert milestone.used(schedules[turn], at) == expected
        if milestone.state is MilestoneState.RUNNING and milestone.due_at is not None and milestone.due_at > at:
            assert milestone.used(schedules[turn], milestone.due_at) == milestone.seconds
        if milestone.used_seconds >= milestone.seconds:
            assert milestone.due_at is not None


HAPPENINGS = {
    "paused": lambda milestone, at: milestone.paused(PARIS, at),
    "resumed": lambda milestone, at: milestone.resumed(PARIS, at),
    "met": lambda milestone, at: milestone.met(PARIS, at),
    "dropped": lambda milestone, at: milestone.dropped(PARIS, at),
    "planned anew": lambda milestone, at: milestone.replanned(PARIS, PARIS, at),
    "aimed anew": lambda milestone, at: milestone.aimed_at(target(9 - milestone.seconds / HOUR, milestone.clock),
                                                           PARIS, at),
}


@settings(max_examples=200, deadline=None)
@given(told=st.lists(st.tuples(st.integers(min_value=-600, max_value=3000), st.sampled_from(sorted(HAPPENINGS))),
                     max_size=10), clock=st.sampled_from(TargetClock))
def test_in_whatever_order_it_is_told_no_second_counts_twice(told: list[tuple[int, str]], clock: TargetClock) -> None:
    milestone = a_milestone(4, clock=clock)
    latest = milestone.started_at
    for minutes, what in told:
        at = MONDAY_TEN + timedelta(minutes=minutes)
        latest, before = max(latest, at), milestone.used_seconds
        milestone = HAPPENINGS[what](milestone, at)
        passed = latest - MONDAY_TEN
        most = PARIS.between(MONDAY_TEN, latest) if clock is TargetClock.BUSINESS else passed.total_seconds()
        assert before <= milestone.used_seconds <= milestone.used(PARIS, latest) <= most
