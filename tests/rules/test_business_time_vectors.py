"""Every case of business_time.json, one test each: a schedule, one question, and the only right answer."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from entitlements.rules.schedule import Schedule

VECTORS = Path(__file__).parent.parent / "vectors" / "business_time.json"
CASES = json.loads(VECTORS.read_text())


def answer(case: dict) -> object:
    schedule = Schedule.from_dict({part: case[part] for part in ("zone", "weekly", "holidays", "exceptions")})
    at = datetime.fromisoformat(case["at"])
    match case["op"]:
        case "between":
            return schedule.between(at, datetime.fromisoformat(case["until"]))
        case "add":
            return written(schedule.add(at, case["seconds"]))
        case "is_open":
            return schedule.is_open(at)
        case "next_open":
            return written(schedule.next_open(at))
        case "next_close":
            return written(schedule.next_close(at))
        case unknown:
            raise AssertionError(unknown)


def written(instant: datetime | None) -> str | None:
    return instant and instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_no_case_is_missing():
    assert len(CASES) == 537


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['op']}")
def test_the_answer_is_the_only_right_one(case):
    assert answer(case) == case["expect"]
