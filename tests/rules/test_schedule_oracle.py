"""The closed form against the slow oracle, in twenty thousand situations: any zone, any definition, any instant.

tests/soak/situations.py makes them, tests/soak/comparison.py asks all the questions; `make soak` asks them a million
times. When one fails, Hypothesis makes it as small as it can and prints the definition and the walk.
"""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from tests.rules.oracle import Oracle
from tests.rules.test_business_time_vectors import VECTORS
from tests.soak.comparison import compare
from tests.soak.situations import BYTES, for_a_year, situation, thrown_by

SHARES, EXAMPLES = 10, 2_001  # every share begins with the simplest situation, which counts but once
TWO_DAYS = 2 * 86_400


@pytest.mark.parametrize("share", range(SHARES))
def test_the_schedule_and_the_slow_walk_give_the_same_answers(share):
    tried = set()

    @seed(share)
    @settings(max_examples=EXAMPLES)
    @given(st.binary(min_size=BYTES, max_size=BYTES))
    def they_agree(thrown):
        tried.add(thrown)
        compare(situation(thrown))

    they_agree()
    assert len(tried) == EXAMPLES


@pytest.mark.parametrize("case", range(3))
def test_a_year_walked_minute_by_minute_meets_the_same_answers(case):
    made = [each for each in (situation(thrown_by(2000, n)) for n in range(20)) if each.step == 60]
    compare(for_a_year(made[case]))


def test_the_situations_meet_what_they_are_meant_to_meet():
    made = [situation(thrown_by(0, case)) for case in range(3_000)]
    assert len({each.written["zone"] for each in made}) > 450
    assert {each.start.year for each in made} == set(range(2000, 2038))
    for part in ("weekly", "holidays", "exceptions", "closures"):
        assert 1_000 < sum(bool(each.written[part]) for each in made) < 3_000
    windows = [window for each in made for day in each.written["weekly"].values() for window in day]
    assert sum(start > end for start, end in windows) > len(windows) // 10
    assert {"24:00", "00:00", "23:59:59"} < {end for _, end in windows}
    assert {len(day) for each in made for day in each.written["weekly"].values()} == {1, 2, 3, 4}
    assert sum(each.step == 1 for each in made) > 200
    assert sum(each.count > 1_440 for each in made) > 500


def test_the_oracle_itself_gives_the_answers_worked_out_by_hand():
    checked = 0
    for case in json.loads(VECTORS.read_text()):
        oracle, at = Oracle(case, step=1), datetime.fromisoformat(case["at"])
        if case["op"] == "is_open":
            assert oracle.is_open(at) == case["expect"], case["id"]
            checked += 1
        elif case["op"] == "between":
            seconds = (datetime.fromisoformat(case["until"]) - at) // timedelta(seconds=1)
            if 0 < seconds <= TWO_DAYS:
                assert oracle.walk(at, seconds).counted[-1] == case["expect"], case["id"]
                checked += 1
    assert checked > 100
