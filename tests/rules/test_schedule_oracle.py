"""The closed form against a slow walk: minute by minute, second by second, on the standard library's own clock.

The walk shares nothing with the schedule. It reads the definition as written, asks the clock what it shows at each
step, and looks through the windows of that date and of the evening before.
"""

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entitlements.rules.schedule import Schedule
from tests.rules.desks import clock_of, utc

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANGES = {  # clock changes of many kinds: an hour, half an hour, two hours, at midnight, a whole day, for good
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Europe/Paris": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "Europe/Dublin": ["2024-03-31T01:00", "2024-10-27T01:00"],
    "America/St_Johns": ["2010-03-14T03:31", "2010-11-07T02:31"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "Africa/Cairo": ["2024-04-25T22:00", "2024-10-31T21:00"],
    "Antarctica/Troll": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "Pacific/Apia": ["2011-12-30T10:00"],
    "America/Caracas": ["2007-12-09T07:00", "2016-05-01T07:00"],
    "Pacific/Chatham": ["2026-04-04T14:00"],
    "Asia/Kolkata": ["2026-01-01T18:30"],
    "UTC": ["2026-02-28T00:00"],
}


class Walk:
    """What the definition says at one instant, looked up afresh each time."""

    def __init__(self, written):
        self.written, self.clock = written, clock_of(written["zone"])

    def windows(self, day):
        if day.isoformat() in self.written["exceptions"]:
            return self.written["exceptions"][day.isoformat()]
        closed = day.isoformat() in self.written["holidays"]
        return [] if closed else self.written["weekly"].get(WEEKDAYS[day.weekday()], [])

    def day_if_open(self, at):
        """The date of the earliest-starting window that holds the instant, or None."""
        shown = at.astimezone(self.clock)
        day, time = shown.date(), shown.strftime("%H:%M:%S")
        if day.isoformat() in self.written["holidays"] and day.isoformat() not in self.written["exceptions"]:
            return None
        evening = day - timedelta(days=1)
        if any(start > end != "00:00:00" and time < end for start, end in self.windows(evening)):
            return evening
        to_midnight = ("23:59:59", "00:00:00")
        if any(start <= time and (time < end or start > end or end in to_midnight) for start, end in self.windows(day)):
            return day
        return None

    def day(self, at):
        return self.day_if_open(at) or at.astimezone(self.clock).date()


def times(step):
    return st.integers(0, 86_400 // step - 1).map(lambda n: f"{timedelta(seconds=n * step)!s:0>8}")


def windows(step):
    return st.lists(st.tuples(times(step), times(step)).filter(lambda pair: pair[0] != pair[1]), max_size=3)


@st.composite
def situations(draw, step, reach):
    """A definition, and an instant within `reach` seconds of a clock change in its zone, both in whole steps."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = utc(draw(st.sampled_from(CHANGES[zone])))
    day = change.date()
    near = st.integers(-2, 3).map(lambda n: (day + timedelta(days=n)).isoformat())
    written = {
        "zone": zone,
        "weekly": draw(st.dictionaries(st.sampled_from(WEEKDAYS), windows(step))),
        "holidays": draw(st.lists(near, max_size=2)),
        "exceptions": draw(st.dictionaries(near, windows(step), max_size=2)),
    }
    return written, change + timedelta(seconds=step * draw(st.integers(-reach // step, reach // step)))


def check(written, start, step, count):
    """Walk `count` steps from `start` and compare each kind of answer."""
    schedule, walk = Schedule.from_dict(written), Walk(written)
    instants = [start + timedelta(seconds=step * n) for n in range(count)]
    days = [walk.day_if_open(at) for at in instants]
    is_open = [day is not None for day in days]
    end = instants[-1] + timedelta(seconds=step)

    assert [schedule.is_open(at) for at in instants[::7]] == is_open[::7]
    without_holidays = Walk({**written, "holidays": []})
    assert [schedule.is_holiday_closed(at) for at in instants[::7]] == [
        not opened and without_holidays.day_if_open(at) is not None
        for at, opened in zip(instants[::7], is_open[::7], strict=True)]
    total = step * sum(is_open)
    assert schedule.between(start, end) == total
    assert schedule.between(end, start) == -total

    first_open = next((at for at, opened in zip(instants, is_open, strict=True) if opened), None)
    agrees(schedule.next_open(start), first_open, end)
    closes = first_open and next(
        (at for at, opened in zip(instants, is_open, strict=True) if at > first_open and not opened), None)
    agrees(schedule.next_close(start), closes, end)

    next_day = next((at for at, day in zip(instants, days, strict=True) if day and day > walk.day(start)), None)
    agrees(schedule.day_after(start), next_day, end)
    assert schedule.day_of(start) == walk.day(start)

    if total:
        last_open = max(at for at, opened in zip(instants, is_open, strict=True) if opened)
        assert schedule.add(start, total) == last_open + timedelta(seconds=step)
        assert schedule.add(end, -total) == first_open
        half = schedule.add(start, total // 2)
        assert schedule.between(start, half) == total // 2


def agrees(answer, walked, end):
    """The answer is what the walk met, or lies beyond the walk's end when it met nothing."""
    if walked:
        assert answer == walked
    else:
        assert answer is None or answer >= end


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(situations(step=60, reach=2 * 86_400))
def test_a_walk_of_two_days_in_minutes_meets_the_same_answers(situation):
    check(*situation, step=60, count=2_880)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(situations(step=1, reach=1_200))
def test_a_walk_of_half_an_hour_in_seconds_meets_the_same_answers(situation):
    check(*situation, step=1, count=1_800)


def instants():
    return st.integers(0, 30 * 365 * 86_400).map(lambda n: utc("2000-01-01") + timedelta(seconds=n))


@settings(max_examples=100)
@given(situations(step=1, reach=86_400), st.lists(instants(), min_size=3, max_size=3))
def test_over_thirty_years_the_answers_agree_with_one_another(situation, three):
    schedule = Schedule.from_dict(situation[0])
    first, middle, last = sorted(three)
    assert schedule.between(first, middle) + schedule.between(middle, last) == schedule.between(first, last)
    for at in three:
        assert schedule.between(at, at + timedelta(seconds=1)) == schedule.is_open(at)
        opens, closes = schedule.next_open(at), schedule.next_close(at)
        if opens:
            assert schedule.is_open(opens)
            assert schedule.between(at, opens) == 0
        if closes:
            assert not schedule.is_open(closes)
            assert schedule.between(opens, closes) == (closes - opens).total_seconds()
    count = schedule.between(first, last)
    if count:
        assert schedule.between(first, schedule.add(first, count)) == count
        assert schedule.between(schedule.add(last, -count), last) == count


def test_the_walk_itself_knows_a_plain_office():
    walk = Walk({"zone": "UTC", "weekly": {"mon": [("09:00:00", "17:00:00")]}, "holidays": [], "exceptions": {}})
    noon = utc("2026-03-02T12:00")
    assert walk.day_if_open(noon) == date(2026, 3, 2)
    assert walk.day_if_open(noon + timedelta(hours=5)) is None
