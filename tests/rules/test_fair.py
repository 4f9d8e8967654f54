"""Who comes first: urgent, then live, then the herd; customers take turns; and when each one is to be expected."""

from __future__ import annotations

from datetime import timedelta

from entitlements.rules.fair import Turns, Waiting, expected, in_turn
from entitlements.rules.ticket import Severity
from tests.builders import utc

NINE = utc("2026-03-09 09:00")
NORMAL, HIGH, URGENT = Severity.NORMAL.rank, Severity.HIGH.rank, Severity.URGENT.rank


def waiting(number: int, customer: int | None, urgency: int = NORMAL, minutes: int = 0, **more: bool) -> Waiting:
    return Waiting(number, customer, urgency, NINE + timedelta(minutes=minutes), **more)


def numbers(line: list[Waiting]) -> list[int]:
    return [each.number for each in line]


def test_urgent_ones_go_before_live_ones_and_live_ones_before_the_herd():
    line = [waiting(1, 1), waiting(2, 1, is_release=False), waiting(3, 2, URGENT, minutes=5), waiting(4, 2, HIGH)]
    assert numbers(in_turn(line)) == [3, 2, 4, 1]


def test_customers_take_turns_so_that_a_large_one_keeps_nobody_waiting():
    large = [waiting(number, 1, minutes=-number) for number in range(1, 6)]
    small = [waiting(8, 2), waiting(9, 3)]
    assert numbers(in_turn(large + small)) == [5, 8, 9, 4, 3, 2, 1]


def test_within_a_turn_the_more_severe_goes_first_and_then_the_older():
    line = [waiting(1, 1), waiting(2, 2, HIGH), waiting(3, 3, minutes=-1)]
    assert numbers(in_turn(line)) == [2, 3, 1]


def test_it_stays_fair_when_they_are_chosen_one_by_one():
    left = [waiting(number, 1, minutes=-number) for number in range(1, 6)] + [waiting(8, 2), waiting(9, 3)]
    turns, served = Turns(), []
    while left:
        chosen = turns.choose(left, 1)[0]
        served.append(chosen.number)
        left.remove(chosen)
    assert served == [5, 8, 9, 4, 3, 2, 1]


def test_a_customer_who_comes_later_gets_its_share_and_no_more():
    turns = Turns()
    large = [waiting(number, 1) for number in range(100)]
    large = large[len(turns.choose(large, 50)):]
    late = [waiting(200 + number, 2) for number in range(50)]
    assert sorted(each.customer for each in turns.choose(large + late, 20)) == [1] * 10 + [2] * 10


def test_tickets_of_nobody_in_particular_wait_in_one_line():
    assert numbers(in_turn([waiting(1, None), waiting(2, None), waiting(3, 1)])) == [1, 3, 2]


def test_a_herd_is_expected_one_after_another_from_its_hour_on():
    found = expected([waiting(1, 1), waiting(2, 1), waiting(3, 2)], per_minute=1)
    assert {number: (at - NINE).total_seconds() / 60 for number, at in found.items()} == {1: 0, 3: 1, 2: 2}


def test_an_hour_that_begins_before_the_one_before_is_out_waits_for_it():
    early = [waiting(number, number) for number in range(1, 91)]
    late = [waiting(100, 1, minutes=60), waiting(101, 1, minutes=600)]
    found = expected(early + late, per_minute=1)
    assert found[100] == NINE + timedelta(minutes=90)
    assert found[101] == NINE + timedelta(minutes=600)
