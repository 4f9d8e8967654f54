"""All problems of a written schedule at once: each names its rule and its place, and there is no second opinion."""

import copy
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule
from entitlements.rules.schedule_problems import Problem, problems_of
from entitlements.rules.schedule_rules import Rule
from entitlements.rules.windows import parse_weekly
from entitlements.rules.written import MOST_REFUSALS
from tests.rules.test_schedule_refusals import GOOD, nested

NEW_YEARS_EVE = "2026-12-31"


def places(written):
    return [(problem.rule, problem.field) for problem in problems_of(written)]


BROKEN_AND_KEPT = [
    (Rule.RIGHT_KIND, {"zone": 1}, {"zone": "UTC"}),
    (Rule.RIGHT_KIND, {"weekly": [["09:00", "17:00"]]}, {"weekly": {"mon": [["09:00", "17:00"]]}}),
    (Rule.RIGHT_KIND, {"weekly": {"mon": "09:00-17:00"}}, {"weekly": {"mon": []}}),
    (Rule.RIGHT_KIND, {"holidays": "2026-12-25"}, {"holidays": ["2026-12-25"]}),
    (Rule.RIGHT_KIND, {"closures": {NEW_YEARS_EVE: None}}, {"closures": {NEW_YEARS_EVE: []}}),
    (Rule.KNOWN_PART, {"holiday": ["2026-12-25"]}, {"holidays": ["2026-12-25"]}),
    (Rule.REQUIRED_PART, {"weekly": ...}, {"weekly": {}}),
    (Rule.REQUIRED_PART, {"zone": ...}, {"holidays": ...}),
    (Rule.KNOWN_ZONE, {"zone": "Paris"}, {"zone": "europe/paris"}),
    (Rule.KNOWN_WEEKDAY, {"weekly": {"monday": []}}, {"weekly": {"mon": []}}),
    (Rule.REAL_DATE, {"holidays": ["2026-02-29"]}, {"holidays": ["2028-02-29"]}),
    (Rule.REAL_DATE, {"exceptions": {"31.12.2026": []}}, {"exceptions": {NEW_YEARS_EVE: []}}),
    (Rule.TIME_OF_DAY, {"weekly": {"sat": [["9:00", "12:00"]]}}, {"weekly": {"sat": [["09:00", "12:00:00"]]}}),
    (Rule.WINDOW_PAIR, {"weekly": {"sat": [["09:00", "12:00", "13:00"]]}}, {"weekly": {"sat": [("09:00", "12:00")]}}),
    (Rule.WINDOW_STARTS_WITHIN_DAY, {"weekly": {"sat": [["24:00", "06:00"]]}},
     {"weekly": {"sat": [["23:59:59", "06:00"]]}}),
    (Rule.WINDOW_HAS_LENGTH, {"weekly": {"sat": [["00:00", "00:00"]]}}, {"weekly": {"sat": [["00:00", "24:00"]]}}),
    (Rule.CLOSURE_WITHIN_DAY, {"closures": {NEW_YEARS_EVE: [["14:00", "02:00"]]}},
     {"closures": {NEW_YEARS_EVE: [["14:00", "24:00"]]}}),
]


def changed(changes):
    parts = {**copy.deepcopy(GOOD), **changes}
    return {name: part for name, part in parts.items() if part is not ...}


@pytest.mark.parametrize(("rule", "broken", "kept"), BROKEN_AND_KEPT)
def test_each_rule_is_named_when_broken_and_silent_when_kept(rule, broken, kept):
    assert [problem.rule for problem in problems_of(changed(broken))] == [rule]
    assert problems_of(changed(kept)) == ()


@pytest.mark.parametrize(("text", "rule"), [
    ("mon 09:00", Rule.COMPACT_WEEK), ("mon", Rule.COMPACT_WEEK), ("mon-tue-wed 09:00-17:00", Rule.COMPACT_WEEK),
    ("monday 09:00-17:00", Rule.KNOWN_WEEKDAY), ("mon 09:00-09:00", Rule.WINDOW_HAS_LENGTH), (5, Rule.RIGHT_KIND),
])
def test_a_week_in_one_line_is_refused_by_rule_too(text, rule):
    with pytest.raises(ConfigError) as refused:
        parse_weekly(text)
    assert refused.value.rule == rule
    assert parse_weekly("mon-tue,wed 09:00-17:00")


def test_every_rule_is_broken_somewhere_above_and_says_what_it_wants_in_a_sentence():
    assert {rule for rule, *_ in BROKEN_AND_KEPT} | {Rule.COMPACT_WEEK} == set(Rule)
    assert all(rule.statement.endswith(".") and rule.statement[0].isupper() for rule in Rule)
    assert str(Rule.KNOWN_ZONE) == "known_zone" == Rule("known_zone")


def test_a_schedule_with_many_mistakes_is_told_all_of_them_in_the_order_of_their_places():
    written = {
        "weakly": {},
        "zone": "Mars/Olympus",
        "weekly": {"tue": [["25:00", "26:00"], ["09:00", "12:00"], ["9", "10:00"]], "monday": [], "mon": "all day"},
        "holidays": ["2026-12-25", "2026-12-32", 7],
        "exceptions": {"tomorrow": [["09:00"]], NEW_YEARS_EVE: [["09:00", "12:00"]]},
        "closures": {NEW_YEARS_EVE: [["22:00", "02:00"]]},
    }
    assert places(written) == [
        ("known_part", "weakly"),
        ("known_zone", "zone"),
        ("known_weekday", "weekly.monday"),
        ("right_kind", "weekly.mon"),
        ("time_of_day", "weekly.tue[0]"),
        ("time_of_day", "weekly.tue[0]"),
        ("time_of_day", "weekly.tue[2]"),
        ("real_date", "holidays[1]"),
        ("right_kind", "holidays[2]"),
        ("real_date", "exceptions.tomorrow"),
        ("window_pair", "exceptions.tomorrow[0]"),
        ("closure_within_day", f"closures.{NEW_YEARS_EVE}"),
    ]
    messages = [problem.message for problem in problems_of(written)]
    assert messages[1] == "zone: 'Mars/Olympus' is not a time zone; write it as in Europe/Paris or UTC"
    assert "'25:00'" in messages[4]
    assert "'26:00'" in messages[5]


def test_what_is_no_object_or_empty_has_problems_as_well():
    assert places(None) == places("UTC") == [("right_kind", "schedule")]
    assert places({}) == [("required_part", "zone"), ("required_part", "weekly")]


def test_a_right_schedule_has_no_problems():
    assert problems_of(GOOD) == ()


@pytest.mark.parametrize("written", [
    {**GOOD, "holidays": ["never"] * 1_000_000},
    {**GOOD, "exceptions": {str(n): [["", ""]] for n in range(100_000)}},
    {**GOOD, "weekly": {"mon": [["09:00", "09:00"]] * 1_000_000}},
    {**GOOD, **{str(n): None for n in range(100_000)}},
    {**GOOD, "weekly": {"mon": nested(5_000)}, "holidays": nested(5_000) * 1_000},
])
def test_however_much_is_wrong_the_list_stays_short_and_comes_soon(written):
    begun = time.process_time()
    problems = problems_of(written)
    assert time.process_time() - begun < 1
    assert len(problems) == MOST_REFUSALS
    assert all(len(problem.message) < 250 for problem in problems)


def test_what_comes_before_the_end_of_the_list_is_not_lost():
    problems = places({**GOOD, "zone": "?", "holidays": ["never"] * 1_000})
    assert problems[:2] == [("known_zone", "zone"), ("real_date", "holidays[0]")]
    assert len(problems) == MOST_REFUSALS


# Break a right schedule in some places at once: these are the problems, and no others.

BREAKS = [  # where, with what, and which rule that breaks
    (("zone",), "Europe/Pariss", "known_zone", "zone"),
    (("weekly", "mon", 0, 1), "24:30", "time_of_day", "weekly.mon[0]"),
    (("weekly", "tue", 1), ["09:00"], "window_pair", "weekly.tue[1]"),
    (("weekly", "wed"), None, "right_kind", "weekly.wed"),
    (("weekly", "fri", 0, 0), "24:00", "window_starts_within_day", "weekly.fri[0]"),
    (("holidays", 0), "2026-13-01", "real_date", "holidays[0]"),
    (("holidays", 2), 20260101, "right_kind", "holidays[2]"),
    (("exceptions", "2026-12-24", 0, 0), "12:00", "window_has_length", "exceptions.2026-12-24[0]"),
    (("exceptions", "Christmas"), [], "real_date", "exceptions.Christmas"),
    (("closures", NEW_YEARS_EVE, 0, 1), "13:00", "closure_within_day", f"closures.{NEW_YEARS_EVE}"),
]
LARGE = {
    "zone": "Europe/Paris",
    "weekly": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "fri")},
    "holidays": ["2026-01-01", "2026-05-01", "2026-12-25"],
    "exceptions": {"2026-12-24": [["09:00", "12:00"]]},
    "closures": {NEW_YEARS_EVE: [["14:00", "24:00"]]},
}


def put(written, path, value):
    for step in path[:-1]:
        written = written[step]
    written[path[-1]] = value


@given(st.sets(st.sampled_from(range(len(BREAKS)))))
def test_exactly_what_was_broken_is_told(chosen):
    breaks, written = [BREAKS[n] for n in sorted(chosen)], copy.deepcopy(LARGE)
    for path, value, _, _ in breaks:
        put(written, path, value)
    assert places(written) == [(rule, place) for _, _, rule, place in breaks]


# Whatever is written: problems exactly when the schedule cannot be built, and the first is the one it is refused with.

_scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(
    ["09:00", "24:00", "25:00", "2026-12-25", "2026-02-30", "UTC"])
_values = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["mon", "2026-12-25", "closures"]) | st.text(max_size=5), inner, max_size=3), max_leaves=6)


def paths_in(written, path=()):
    """Every place in nested lists and objects."""
    inner = written.items() if isinstance(written, dict) else enumerate(written) if isinstance(written, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from paths_in(value, (*path, key))


@st.composite
def mutated(draw):
    written = copy.deepcopy(LARGE)
    for _ in range(draw(st.integers(1, 4))):
        put(written, draw(st.sampled_from(list(paths_in(written)) or [("zone",)])), draw(_values))
    return written


@settings(max_examples=300)
@given(mutated())
def test_there_are_problems_exactly_when_the_schedule_is_refused(written):
    problems = problems_of(written)
    assert {problem.rule for problem in problems} <= set(Rule)
    if not problems:
        assert Schedule.from_dict(written)
        return
    with pytest.raises(ConfigError) as refused:
        Schedule.from_dict(written)
    error = refused.value
    assert problems[0] == Problem(error.rule, error.field, str(error))
