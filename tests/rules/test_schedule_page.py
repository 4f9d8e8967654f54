"""docs/schedules.md knows every rule, in its own words, and every warning, and no others; its example is a schedule."""

import json
import re
from pathlib import Path

from entitlements.rules.schedule import PARTS, Schedule
from entitlements.rules.schedule_problems import problems_of
from entitlements.rules.schedule_rules import Rule
from entitlements.rules.schedule_warnings import WarningName
from entitlements.rules.written import MOST_REFUSALS
from tests.source_tree import text

PAGE = text(Path("docs/schedules.md"))


def rows(heading):
    """The first two cells of each row of the table below that heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]*?) \|", section, flags=re.MULTILINE))


def test_every_rule_is_on_the_page_as_it_is_stated():
    assert rows("Rules") == {rule.value: rule.statement for rule in Rule}
    assert f"up to {MOST_REFUSALS} problems" in PAGE


def test_every_warning_is_on_the_page():
    assert list(rows("Warnings")) == list(WarningName)


def test_every_part_is_on_the_page_and_the_example_has_them_all():
    example = json.loads(re.search(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)[1])
    assert set(rows("How it is written")) == set(PARTS) == set(example)
    assert problems_of(example) == ()
    assert Schedule.from_dict(example).zone == "Europe/Paris"
