"""What holds of every schedule, whatever is written: laws that bind its answers to one another."""

import json
from datetime import date, timedelta
from itertools import groupby, pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from entitlements.rules.schedule import Schedule
from tests.rules.oracle import LAST_SECOND, NAMES, Oracle
from tests.soak.situations import BYTES, situation

SECOND = timedelta(seconds=1)

situations = st.binary(min_size=BYTES, max_size=BYTES).map(situation)


def instants(made):
    """Instants of a situation: some close to one another, one years away."""
    near = {made.start + timedelta(seconds=sample) for sample in made.samples}
    return sorted({made.start, *near, made.far})


def elapsed(start, end):
    return (end - start) // SECOND


@settings(max_examples=400)
@given(situations)
def test_an_instant_is_open_exactly_when_one_second_from_it_counts_as_one(made):
    schedule = Schedule.from_dict(made.written)
    for at in instants(made):
        assert schedule.is_open(at) == (schedule.between(at, at + SECOND) == 1)


@settings(max_examples=400)
@given(situations)
def test_the_open_time_of_a_way_is_that_of_its_parts(made):
    schedule, stops = Schedule.from_dict(made.written), instants(made)
    first, last = stops[0], stops[-1]
    assert sum(schedule.between(*part) for part in pairwise(stops)) == schedule.between(first, last)
    for at in stops:
        assert schedule.between(last, at) + schedule.between(at, first) == -schedule.between(first, last)
        assert 0 <= schedule.between(first, at) <= elapsed(first, at)


@settings(max_examples=400)
@given(situations)
def test_adding_what_lies_between_leads_from_one_end_to_the_other(made):
    schedule, stops = Schedule.from_dict(made.written), instants(made)
    for start, end in [*pairwise(stops), (stops[0], stops[-1])]:
        count = schedule.between(start, end)
        if count and schedule.is_open(end - SECOND):
            assert schedule.add(start, count) == end
        if count and schedule.is_open(start):
            assert schedule.add(end, -count) == start


@settings(max_examples=400)
@given(situations, st.integers(1, 400_000))
def test_what_was_added_lies_between_and_not_a_second_less(made, count):
    schedule, before_2038 = Schedule.from_dict(made.written), instants(made)[-1]
    for at in instants(made):
        if schedule.between(at, before_2038) >= count:
            later = schedule.add(at, count)
            assert schedule.between(at, later) == count
            assert schedule.between(at, later - SECOND) == count - 1
        earlier = schedule.add(at, -count)
        if earlier is not None:
            assert schedule.between(earlier, at) == count
            assert schedule.between(earlier + SECOND, at) == count - 1


@settings(max_examples=400)
@given(situations)
def test_a_schedule_and_its_complement_add_up_to_all_the_time_there_is(made):
    schedule, complement = Schedule.from_dict(made.written), Schedule.from_dict(opposite(made))
    stops = instants(made)
    for start, end in [*pairwise(stops), (stops[0], stops[-1])]:
        assert schedule.between(start, end) + complement.between(start, end) == elapsed(start, end)
    for at in stops:
        assert schedule.is_open(at) != complement.is_open(at)
        one, other = (schedule, complement) if schedule.is_open(at) else (complement, schedule)
        assert one.next_close(at) == other.next_open(at)


def opposite(made):
    """A definition that is open exactly when the other is closed: the gaps of a usual week and of each special date."""
    oracle = Oracle(made.written, made.step)
    special = {day + timedelta(days=n) for day in oracle.written_dates() for n in (0, 1)}
    monday = date(2040, 1, 2)  # of a week without special dates
    usual = (monday + timedelta(days=n) for n in range(7))
    return {"zone": made.written["zone"],
            "weekly": {NAMES[day.weekday()]: gaps(oracle, day) for day in usual},
            "exceptions": {day.isoformat(): gaps(oracle, day) for day in special}}


def gaps(oracle, day):
    """The windows between the windows of a date, midnight to midnight."""
    found, place = [], 0
    for is_open, run in groupby(oracle.dates[day.toordinal()], key=bool):
        start, place = place, place + oracle.step * len([*run])
        if not is_open:
            assume(place != LAST_SECOND)  # as an end it would mean the end of the day
            found.append([text(start), text(place)])
    return found


def text(second):
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@settings(max_examples=400)
@given(situations)
def test_written_as_json_and_read_again_it_is_the_same_schedule(made):
    schedule = Schedule.from_dict(made.written)
    again = Schedule.from_dict(json.loads(json.dumps(schedule.to_dict())))
    assert again == schedule
    assert hash(again) == hash(schedule)
    assert again.to_dict() == schedule.to_dict()
    for at in instants(made):
        assert again.next_open(at) == schedule.next_open(at)
        assert again.next_close(at) == schedule.next_close(at)
        assert again.between(made.start, at) == schedule.between(made.start, at)
        assert again.is_holiday_closed(at) == schedule.is_holiday_closed(at)
        assert again.day_of(at) == schedule.day_of(at)
