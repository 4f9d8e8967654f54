"""Samples: what a preview shows is a decision of the reason and outcome that it names."""

from __future__ import annotations

import pytest

from entitlements.rules.language import Language
from entitlements.rules.reasons import Outcome, Reason
from entitlements.wording.replies import Usual
from entitlements.wording.samples import SCENES, outcomes_of, sample
from tests.builders import utc

CASES = [(reason, outcome) for reason in Reason for outcome in outcomes_of(reason)]


@pytest.mark.parametrize("now", ["2026-03-04 12:00", "2026-03-07 23:59", "2026-12-30 00:00", "2028-02-28 05:00"])
@pytest.mark.parametrize(("reason", "outcome"), CASES)
def test_a_sample_is_what_it_is_called(reason: Reason, outcome: Usual, now: str) -> None:
    case = sample(reason, outcome, utc(now), Language.ENGLISH)
    assert case.decision.reason is reason
    assert case.decision.outcome.value == ("route" if outcome is Usual.RELEASE else outcome.value)
    assert (case.decision.release_at is not None) == (case.decision.outcome is Outcome.QUEUE)
    assert case.released == (outcome is Usual.RELEASE)


def test_what_the_rules_can_decide_is_decided_by_them() -> None:
    decided = [sample(reason, outcomes_of(reason)[0], utc("2026-03-04 12:00"), Language.ENGLISH) for reason in SCENES]
    assert all(case.decision.checks for case in decided)


def test_every_outcome_has_a_sample() -> None:
    assert {outcome for _, outcome in CASES} == set(Usual)
