"""Recurrence rules against `dateutil`, which reads and works them out in its own way.

The dates lie in the last years of Python's time: `dateutil` goes on to the end of it when nothing more comes.
"""

from contextlib import suppress
from datetime import date, datetime
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.errors import ConfigError
from entitlements.rules.timetable import date_of, day_number
from entitlements.rules.windows import DAY
from entitlements.sources.ical_rules import read_rule
from entitlements.sources.ical_text import Line
from entitlements.sources.ical_times import Moment
from entitlements.sources.recurrence import Effort, Frequency, Rule, days_of

BEGIN, LAST = date(9988, 1, 1), date(9997, 12, 31)

dates = st.dates(BEGIN, LAST)
weekdays = st.sampled_from("MO TU WE TH FR SA SU".split())


def several(numbers, most=3):
    return st.lists(numbers, min_size=1, max_size=most, unique=True).map(lambda values: ",".join(map(str, values)))


def either_way(most):
    return st.integers(1, most) | st.integers(-most, -1)


def numbered_weekdays(most):
    return several(st.builds("{}{}".format, either_way(most), weekdays))


@st.composite
def rules(draw):
    """The text of a rule, of the parts that both read alike: numbered weekdays and others are not mixed."""
    frequency = draw(st.sampled_from([each.value for each in Frequency]))
    # A number that its month never has, such as 43MO, is too much for dateutil.
    nth = {"MONTHLY": numbered_weekdays(5), "YEARLY": numbered_weekdays(5)}.get(frequency, several(weekdays))
    parts = draw(st.fixed_dictionaries({"FREQ": st.just(frequency)}, optional={
        "INTERVAL": st.integers(1, 6), "WKST": weekdays, "BYDAY": several(weekdays) | nth,
        "BYMONTH": several(st.integers(1, 12), 4), "BYMONTHDAY": several(either_way(31), 6),
        "BYYEARDAY": several(either_way(366), 6)}))
    if frequency == "YEARLY" and draw(st.booleans()):
        # The weeks that may lie in two years are compared with Python's own count below; dateutil has them wrong.
        parts |= {"BYWEEKNO": draw(several(either_way(51))), "BYDAY": draw(several(weekdays))}
    if frequency != "WEEKLY" and draw(st.booleans()):
        # In the first week, dateutil counts positions from the start and not from the beginning of the week.
        parts["BYSETPOS"] = draw(several(either_way(6)))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def worked_out(text, start, first=BEGIN):
    begin = Moment(day_number(start) * DAY, is_date=True)
    rule = read_rule(Line(1, "RRULE", {}, text), begin)
    return [date_of(day) for day in days_of(rule, begin.day, day_number(first), day_number(LAST), Effort())]


def by_dateutil(text, start):
    rule = rrulestr(text, dtstart=datetime(start.year, start.month, start.day))
    found = []
    with suppress(ValueError):  # what a weekly rule ends with when it has no more dates before the year 10000
        found.extend(at.date() for at in takewhile(lambda at: at.date() <= LAST, rule))
    return found


@settings(max_examples=80)
@given(rules(), dates)
def test_the_dates_are_those_of_dateutil(text, start):
    assert worked_out(text, start) == by_dateutil(text, start)


@settings(max_examples=30)
@given(rules(), dates, dates)
def test_to_begin_in_the_middle_gives_the_same_dates_from_there_on(text, start, first):
    assert [day for day in worked_out(text, start, first) if day >= first] == [
        day for day in worked_out(text, start) if day >= first]


@pytest.mark.parametrize("week", [1, 2, 52, 53, -1, -2, -52, -53])
def test_weeks_are_numbered_as_python_numbers_them(week):
    def is_wanted(day):
        year, number, _ = day.isocalendar()
        weeks = date(year, 12, 28).isocalendar().week
        return week in (number, number - weeks - 1)

    every_day = map(date_of, range(day_number(BEGIN), day_number(LAST) + 1))
    assert worked_out(f"FREQ=YEARLY;BYWEEKNO={week};BYDAY=MO,TU,WE,TH,FR,SA,SU", BEGIN) == [
        *filter(is_wanted, every_day)]


def test_positions_are_counted_from_the_beginning_of_the_first_week():
    friday = date(9992, 5, 1)
    assert worked_out("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1", friday)[0] == date(9992, 5, 4)


def test_numbered_weekdays_and_others_add_up():
    # By RFC 5545; dateutil asks for dates that are both.
    rule = Rule(Frequency.MONTHLY, weekdays=frozenset({(0, 1), (4, 0)}))
    may = [date_of(day).day for day in days_of(rule, *map(day_number, (date(2026, 5, 1),) * 2 + (date(2026, 5, 31),)),
                                               Effort())]
    assert may == [1, 4, 8, 15, 22, 29]


def test_a_week_number_without_a_weekday_is_the_weekday_of_the_start():
    assert worked_out("FREQ=YEARLY;BYWEEKNO=20", date(9991, 1, 3))[0].isocalendar()[1:] == (
        20, date(9991, 1, 3).isoweekday())


def test_a_rule_that_never_comes_true_ends_with_the_dates_that_are_wanted():
    never = Rule(Frequency.DAILY, months=frozenset({2}), month_days=frozenset({30}))
    effort = Effort(1_000)
    assert list(days_of(never, 0, day_number(date(2026, 1, 1)), day_number(date(2026, 12, 31)), effort)) == []
    assert effort.left == 1_000 - 2 * 365


def test_effort_has_an_end():
    daily = Rule(Frequency.DAILY, count=10**9)
    with pytest.raises(ConfigError, match="for too long"):
        list(days_of(daily, 0, day_number(date(2026, 1, 1)), day_number(date(2026, 12, 31)), Effort(1_000)))


@pytest.mark.parametrize("frequency", Frequency)
def test_what_starts_after_the_dates_that_are_wanted_has_none_of_them(frequency):
    assert list(days_of(Rule(frequency, interval=7), day_number(LAST), 10, 1_000, Effort())) == []
    assert list(days_of(Rule(frequency, week_start=6), 0, 0, 6, Effort())) == [0, 1, 2, 3, 4, 5, 6]
