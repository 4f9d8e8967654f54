"""Targets: what a license file may say of them, how they are printed back, and on which clock they run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.rules.license import Exemption, Terms
from entitlements.rules.target import (
    MilestoneKind,
    Target,
    TargetClock,
    Targets,
    read_targets,
    targets_list,
    targets_text,
)
from entitlements.rules.target_cells import targets_cell
from entitlements.rules.ticket import Severity
from tests.builders import a_license

RESPOND, RESOLVE = MilestoneKind
read = targets_cell(RESPOND)
HOUR = 3600


def told(value: object) -> dict[str, tuple[int, str]]:
    return {each.severity.value: (each.seconds, each.clock.value) for each in read(value, "respond")}


@pytest.mark.parametrize("value", [
    "urgent 1h wall; high 4h; normal 8h; low 24h", "URGENT 60min WALL;high 4 hours business; all 8h; low 24 hrs;",
    {"urgent": "1h wall", "high": "4h", "all": "8h", "low": "24h"}, ["urgent 1h wall", "high 240m", "normal 8h",
                                                                    "low 1440 minutes"]])
def test_every_usual_form_says_the_same(value: object) -> None:
    assert told(value) == {"urgent": (HOUR, "wall"), "high": (4 * HOUR, "business"), "normal": (8 * HOUR, "business"),
                           "low": (24 * HOUR, "business")}


@pytest.mark.parametrize(("value", "seconds", "clock"), [
    ("urgent 1h30m", 5400, "business"), ("urgent 1.5h", 5400, "business"), ("urgent 90 min", 5400, "business"),
    ("urgent 3d wall", 259_200, "wall"), ("urgent 1d 12h wall", 129_600, "wall"), ("urgent 45s", 45, "business")])
def test_lengths_are_read_as_people_write_them(value: str, seconds: int, clock: str) -> None:
    assert told(value) == {"urgent": (seconds, clock)}


def test_all_stands_for_every_severity_that_is_not_named() -> None:
    assert set(told("all 8h")) == set(Severity)
    assert told("all 8h; urgent 1h")["urgent"] == (HOUR, "business")


@pytest.mark.parametrize("value", ["none", " None ", {}, [], ";"])
def test_none_is_no_target(value: object) -> None:
    assert told(value) == {}


@pytest.mark.parametrize(("value", "why"), [
    ("urgent", "not a length"), ("urgent soon", "not a length"), ("urgent 4", "not a length"), ("8h", "neither a"),
    ("urgent wall", "not a length"), ("urgent 1h wall clock", "not a length"), ("terrible 1h", "neither a severity"),
    ("low 3d", "or 3d wall"), ("low 3d business", "no length of business time"),
    ("urgent 1h; urgent 2h", "there twice"), ("all 1h; ALL 2h", "there twice"), ("urgent 0h", "longer than nothing"),
    ("low 400d wall", "not longer than 366 days"), (4, "must be text"), ({"urgent": 3600}, "must be text"),
    ([4], "must be text"), ({"urgent": None}, "must be text")])
def test_what_cannot_be_meant_is_refused_with_the_field(value: object, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        read(value, "Respond")
    assert caught.value.field == "Respond"


@pytest.mark.parametrize("text", ["urgent 1h wall; high 4h; normal 8h; low 3d wall", "all 8h", "all 1h30m wall", "none",
                                  "urgent 45s; low 1h1m1s"])
def test_they_are_printed_back_in_one_form(text: str) -> None:
    assert targets_text(read(text, "respond"), RESPOND) == text


some_target = st.builds(Target, st.just(RESPOND), st.sampled_from(Severity),
                        st.integers(min_value=1, max_value=366 * 86_400), st.sampled_from(TargetClock))


@given(st.lists(some_target, unique_by=lambda each: each.severity).map(frozenset))
def test_whatever_is_printed_or_stored_reads_back_to_the_same(targets: Targets) -> None:
    assert read(targets_text(targets, RESPOND), "respond") == targets
    assert read_targets(targets_list(targets)) == targets


def test_two_targets_of_a_kind_for_a_severity_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        a_license(targets=frozenset({Target(RESPOND, Severity.LOW, 60), Target(RESPOND, Severity.LOW, 120)}))
    assert caught.value.field == "respond"


def test_who_is_served_around_the_clock_has_all_hours_for_business_time() -> None:
    targets = read("urgent 1h; all 8h", "respond") | targets_cell(RESOLVE)("urgent 4h", "resolve")
    terms: Terms = a_license(targets=targets, exempt_severities=frozenset({Severity.URGENT})).terms
    assert terms.target(RESPOND, Severity.URGENT) == Target(RESPOND, Severity.URGENT, HOUR, TargetClock.WALL)
    assert terms.target(RESPOND, Severity.LOW) == Target(RESPOND, Severity.LOW, 8 * HOUR)
    assert terms.target(RESOLVE, Severity.LOW) is None
    only_limit = a_license(targets=targets, exempt_severities=frozenset({Severity.URGENT}),
                           exempt_from=frozenset({Exemption.DAILY_LIMIT})).terms
    assert only_limit.target(RESPOND, Severity.URGENT) == Target(RESPOND, Severity.URGENT, HOUR)
