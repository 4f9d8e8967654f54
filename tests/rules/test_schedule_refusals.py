"""A wrong schedule cannot be built: each refusal is a ConfigError that names the field and the value."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.rules.schedule import Schedule

GOOD = {"zone": "Europe/Paris", "weekly": {"mon": [["09:00", "17:00"]]}, "holidays": ["2026-12-25"],
        "exceptions": {"2026-12-24": [["09:00", "12:00"]]}}


def refusal(**changes):
    with pytest.raises(ConfigError) as refused:
        Schedule.from_dict({**copy.deepcopy(GOOD), **changes})
    return refused.value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(("changes", "field", "said"), [
    ({"zone": "Mars/Olympus"}, "zone", "'Mars/Olympus'"),
    ({"zone": ""}, "zone", "''"),
    ({"zone": "../etc/passwd"}, "zone", "'../etc/passwd'"),
    ({"zone": "Europe/Pärís"}, "zone", "Europe/Pärís"),
    ({"zone": "\ud800"}, "zone", r"'\ud800'"),
    ({"zone": None}, "zone", "null"),
    ({"zone": 1}, "zone", "the number 1"),
    ({"zone": ["Europe/Paris"]}, "zone", "a list"),
    ({"weekly": None}, "weekly", "null"),
    ({"weekly": [["09:00", "17:00"]]}, "weekly", "a list"),
    ({"weekly": "mon-fri 09:00-17:00"}, "weekly", "'mon-fri 09:00-17:00'"),
    ({"weekly": {"monday": []}}, "weekly.monday", "'monday'"),
    ({"weekly": {"Mon": []}}, "weekly.Mon", "'Mon'"),
    ({"weekly": {1: []}}, "weekly.?", "the number 1"),
    ({"weekly": {"mon": None}}, "weekly.mon", "null"),
    ({"weekly": {"mon": True}}, "weekly.mon", "true"),
    ({"weekly": {"mon": {"start": "09:00"}}}, "weekly.mon", "an object"),
    ({"weekly": {"mon": ["09:00", "17:00"]}}, "weekly.mon[0]", "'09:00'"),
    ({"weekly": {"mon": [["09:00"]]}}, "weekly.mon[0]", "1 values"),
    ({"weekly": {"mon": [["09:00", "17:00"], ["18:00", 20]]}}, "weekly.mon[1]", "the number 20"),
    ({"weekly": {"mon": [["09:00", "25:00"]]}}, "weekly.mon[0]", "'25:00'"),
    ({"weekly": {"mon": [["09:00", "09:00"]]}}, "weekly.mon[0]", "09:00-09:00"),
    ({"weekly": {"mon": [["00:00", "00:00"]]}}, "weekly.mon[0]", "00:00-00:00"),
    ({"weekly": {"mon": [["24:00", "06:00"]]}}, "weekly.mon[0]", "24:00"),
    ({"weekly": {"mon": nested(5_000)}}, "weekly.mon[0]", "1 values"),
    ({"weekly": {"mon": [nested(5_000) * 2]}}, "weekly.mon[0]", "a list"),
    ({"holidays": None}, "holidays", "null"),
    ({"holidays": "2026-12-25"}, "holidays", "'2026-12-25'"),
    ({"holidays": {"2026-12-25": "Christmas"}}, "holidays", "an object"),
    ({"holidays": ["2026-12-25", "25.12.2026"]}, "holidays[1]", "'25.12.2026'"),
    ({"holidays": ["2026-02-29"]}, "holidays[0]", "'2026-02-29'"),
    ({"holidays": ["20261225"]}, "holidays[0]", "'20261225'"),
    ({"holidays": ["2026-W52-5"]}, "holidays[0]", "'2026-W52-5'"),
    ({"holidays": ["0000-01-01"]}, "holidays[0]", "'0000-01-01'"),
    ({"holidays": ["2026-12-25T00:00"]}, "holidays[0]", "'2026-12-25T00:00'"),
    ({"holidays": [20261225]}, "holidays[0]", "the number 20261225"),
    ({"holidays": [10**5_000]}, "holidays[0]", "a huge number"),
    ({"holidays": [float("nan")]}, "holidays[0]", "number"),
    ({"exceptions": None}, "exceptions", "null"),
    ({"exceptions": ["2026-12-24"]}, "exceptions", "a list"),
    ({"exceptions": {"24 Dec": []}}, "exceptions.24 Dec", "'24 Dec'"),
    ({"exceptions": {"2026-12-24": None}}, "exceptions.2026-12-24", "null"),
    ({"exceptions": {"2026-12-24": [["09:00", "9:30"]]}}, "exceptions.2026-12-24[0]", "'9:30'"),
    ({"exceptions": {None: []}}, "exceptions.?", "null"),
    ({"weakly": {}}, "weakly", "'weakly'"),
    ({"w" * 10_000: {}}, "w" * 40, "..."),
])
def test_the_refusal_names_the_field_and_the_value(changes, field, said):
    error = refusal(**changes)
    assert error.field == field
    assert str(error).startswith(f"{field}: ")
    assert said in str(error)
    assert len(str(error)) < 250
    str(error).encode()  # fit to be sent and shown


@pytest.mark.parametrize("missing", ["zone", "weekly"])
def test_zone_and_weekly_are_required(missing):
    with pytest.raises(ConfigError, match="missing") as refused:
        Schedule.from_dict({part: value for part, value in GOOD.items() if part != missing})
    assert refused.value.field == missing


@pytest.mark.parametrize("written", [None, [], "UTC", 5, True, {}])
def test_a_schedule_is_an_object(written):
    with pytest.raises(ConfigError):
        Schedule.from_dict(written)


def test_holidays_and_exceptions_may_be_left_out():
    bare = Schedule.from_dict({"zone": "UTC", "weekly": {}})
    assert bare.to_dict() == {"zone": "UTC", "weekly": {}, "holidays": [], "exceptions": {}}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["09:00", "2026-12-25"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*GOOD, "mon", "2026-12-25"]) | st.text(), inner, max_size=4),
    max_leaves=8)


@settings(max_examples=100)
@given(_json, st.sampled_from(sorted(GOOD)))
def test_whatever_is_written_is_either_a_schedule_or_a_config_error(written, part):
    for whole in (written, {**GOOD, part: written}):
        try:
            read = Schedule.from_dict(whole)
        except ConfigError:
            continue
        assert Schedule.from_dict(read.to_dict()) == read
