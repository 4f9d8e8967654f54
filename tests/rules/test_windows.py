"""Times, windows, weekday names and the compact text of a week: what is read, what is refused, what is written back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.rules.windows import (
    DAY,
    WEEKDAYS,
    Window,
    parse_days,
    parse_time,
    parse_week,
    parse_weekly,
    parse_window,
    parse_windows,
    time_text,
    weekly_text,
    windows_list,
)

ALL_DAY = [["00:00", "24:00"]]


def refusal(read, *arguments):
    with pytest.raises(ConfigError) as refused:
        read(*arguments)
    return refused.value


@pytest.mark.parametrize(("text", "seconds"), [
    ("00:00", 0), ("00:00:01", 1), ("09:00", 32_400), ("09:00:00", 32_400), ("17:30:05", 63_005),
    ("23:59", DAY - 60), ("23:59:59", DAY - 1), ("24:00", DAY), ("24:00:00", DAY),
])
def test_a_time_of_day_is_read_in_seconds_since_midnight(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", [
    "", "9:00", "09", "0900", "09:0", "09:60", "09:00:60", "25:00", "24:01", "24:00:01", "-1:00", " 09:00", "09:00\n",
    "09:00 AM", "9am", "09.00", "٠٩:٠٠", "09:00:00.5", "09:00+02:00", None, True, 9, 9.5, 10**400, [], {}, ["09:00"],
])
def test_anything_else_is_not_a_time_of_day(text):
    error = refusal(parse_time, text, "weekly.mon[0]")
    assert error.field == "weekly.mon[0]"
    assert str(error).startswith("weekly.mon[0]: ")


def test_a_refusal_names_the_value_and_cuts_it_when_long():
    assert "'25:00'" in str(refusal(parse_time, "25:00"))
    assert len(str(refusal(parse_time, "9" * 100_000))) < 200


def test_a_time_is_written_with_seconds_only_where_there_are_some():
    assert [time_text(second) for second in (0, 32_400, 32_401, DAY)] == ["00:00", "09:00", "09:00:01", "24:00"]


@given(st.integers(0, DAY))
def test_a_time_written_is_read_back(second):
    assert parse_time(time_text(second)) == second


@pytest.mark.parametrize(("start", "end", "window"), [
    ("09:00", "17:00", (32_400, 61_200)),
    ("00:00", "24:00", (0, DAY)),
    ("00:00:00", "23:59:59", (0, DAY)),
    ("18:00", "00:00", (64_800, DAY)),
    ("22:00", "06:00", (79_200, DAY + 21_600)),
    ("23:59:59", "24:00", (DAY - 1, DAY)),
    ("23:59:59", "00:00", (DAY - 1, DAY)),
    ("00:00:01", "00:00", (1, DAY)),
    ("09:00", "08:59:59", (32_400, DAY + 32_399)),
    ("00:00", "23:59", (0, DAY - 60)),
])
def test_a_window_runs_from_its_start_to_its_end_past_midnight_if_need_be(start, end, window):
    assert parse_window(start, end) == window


def test_a_window_tells_how_far_it_reaches_into_the_next_date():
    assert Window(79_200, DAY + 21_600).tail == 21_600
    assert Window(64_800, DAY).tail == 0


@pytest.mark.parametrize(("start", "end", "why"), [
    ("09:00", "09:00", "same time"),
    ("09:00", "09:00:00", "same time"),
    ("00:00", "00:00", "same time"),
    ("23:59:59", "23:59:59", "same time"),
    ("24:00", "06:00", "cannot start at 24:00"),
    ("24:00", "24:00", "cannot start at 24:00"),
    ("24:00:00", "00:00", "cannot start at 24:00"),
])
def test_a_window_without_length_or_that_starts_at_24_00_is_refused(start, end, why):
    error = refusal(parse_window, start, end, "exceptions.2026-12-24[1]")
    assert why in str(error)
    assert start in str(error)
    assert error.field == "exceptions.2026-12-24[1]"


def test_the_windows_of_a_date_come_in_order_and_none_twice():
    read = parse_windows([["13:00", "17:00"], ["09:00", "12:00"], ("13:00:00", "17:00:00")])
    assert windows_list(read) == [["09:00", "12:00"], ["13:00", "17:00"]]


def test_windows_are_written_in_one_form_however_they_were_spelled():
    read = parse_windows([["22:00:00", "06:00:30"], ["00:00", "23:59:59"], ["18:00", "00:00"]])
    assert windows_list(read) == [["00:00", "24:00"], ["18:00", "24:00"], ["22:00", "06:00:30"]]


@pytest.mark.parametrize("written", [None, 5, True, "09:00-17:00", {"09:00": "17:00"}, [None], ["09:00"], [[]],
                                     [["09:00"]], [["09:00", "12:00", "13:00"]], [[["09:00"], "17:00"]], [[9, 17]]])
def test_windows_of_a_wrong_shape_are_refused(written):
    assert refusal(parse_windows, written, "weekly.tue").field.startswith("weekly.tue")


def test_an_unknown_weekday_is_refused_by_name():
    error = refusal(parse_week, {"mon": [], "monday": []})
    assert error.field == "weekly.monday"
    assert "'monday'" in str(error)
    assert "mon, tue, wed" in str(error)


@pytest.mark.parametrize(("text", "days"), [
    ("", WEEKDAYS),
    ("  ", WEEKDAYS),
    ("Mon-Fri", WEEKDAYS[:5]),
    ("Mon,Wed", ("mon", "wed")),
    ("wed, MON", ("mon", "wed")),
    ("fri-mon", ("mon", "fri", "sat", "sun")),
    ("sun-sat", WEEKDAYS),
    ("mon - wed, fri, tue", ("mon", "tue", "wed", "fri")),
    ("sat-sat", ("sat",)),
])
def test_days_are_read_as_names_and_runs_also_around_the_weekend(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("text", [
    "monday", "mon-", "-fri", "mon,,tue", "mon-wed-fri", "mon tue", "1-5", "mon;tue", None, 5, ["mon"],
])
def test_days_that_are_none_are_refused(text):
    assert refusal(parse_days, text, "Days").field == "Days"


@pytest.mark.parametrize(("text", "weekly"), [
    ("", {}),
    ("mon 09:00-17:00", {"mon": [["09:00", "17:00"]]}),
    ("mon-fri 09:00-17:00; sat 09:00-12:00",
     {**{day: [["09:00", "17:00"]] for day in WEEKDAYS[:5]}, "sat": [["09:00", "12:00"]]}),
    ("tue 09:00-12:00,13:00-17:00", {"tue": [["09:00", "12:00"], ["13:00", "17:00"]]}),
    ("  MON , wed   09:00 - 12:00 , 13:00-17:00 ;", {day: [["09:00", "12:00"], ["13:00", "17:00"]]
                                                     for day in ("mon", "wed")}),
    ("fri-mon 00:00-23:59:59", dict.fromkeys(("mon", "fri", "sat", "sun"), ALL_DAY)),
    ("mon-sun 22:00-06:00", {day: [["22:00", "06:00"]] for day in WEEKDAYS}),
    ("mon 13:00-17:00; mon-tue 09:00-12:00",
     {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["09:00", "12:00"]]}),
])
def test_a_week_is_read_from_its_compact_text(text, weekly):
    assert parse_weekly(text) == weekly
    assert list(parse_weekly(text)) == [day for day in WEEKDAYS if day in weekly]


@pytest.mark.parametrize("text", [
    "09:00-17:00", "mon", "mon 09:00", "mon 09:00-17:00 tue 09:00-17:00", "mon 09:00-12:00-17:00", "mon 09:00-09:00",
    "mon 24:00-06:00", "mon 9-17", "mon 09:00-17:00,", "monday 09:00-17:00", "mon-fri: 09:00-17:00", "mon 09:00–17:00",
    None, 5, {}, " " * 100_000 + "x",
])
def test_a_compact_week_that_is_none_is_refused_with_the_cell_as_its_field(text):
    assert refusal(parse_weekly, text).field == "weekly"
    assert refusal(parse_weekly, text, "Weekly hours").field == "Weekly hours"


@pytest.mark.parametrize(("weekly", "text"), [
    ({}, ""),
    ({day: [["09:00", "17:00"]] for day in WEEKDAYS[:5]}, "mon-fri 09:00-17:00"),
    (dict.fromkeys(WEEKDAYS, ALL_DAY), "mon-sun 00:00-24:00"),
    ({"sat": [["09:00", "12:00"]], "mon": [["09:00", "12:00"], ["13:00", "17:00"]], "wed": [["09:00", "12:00"]]},
     "mon 09:00-12:00,13:00-17:00; wed,sat 09:00-12:00"),
    ({day: [["22:00", "06:00"]] for day in ("mon", "tue", "thu", "sat", "sun")}, "mon-tue,thu,sat-sun 22:00-06:00"),
])
def test_a_week_is_written_with_like_days_together(weekly, text):
    assert weekly_text(weekly) == text


_times = st.integers(0, DAY - 1).map(time_text)
_windows = st.lists(st.tuples(_times, _times).filter(lambda pair: pair[0] != pair[1]).map(list), max_size=3)


@given(st.dictionaries(st.sampled_from(WEEKDAYS), _windows))
def test_a_compact_week_is_read_back_as_it_was(weekly):
    text = weekly_text(weekly)
    assert parse_week(parse_weekly(text)) == parse_week(weekly)
    assert weekly_text(parse_weekly(text)) == text
