"""Zones against the tzdata package read by the standard library, and the end of what is known about a zone."""

from datetime import datetime, timedelta, timezone

import pytest
import pytz

from entitlements.errors import DeskgateError
from entitlements.rules.zone import ZoneDataError, find_zone, instant_of, seconds_of
from tests.rules.desks import clock_of, schedule, utc

CENTURY = seconds_of(utc("2000-01-01"))
LAST_KNOWN = utc("2037-12-31T23:59:59")


def shown_by_the_standard_library(name, at):
    return at.astimezone(clock_of(name)).replace(tzinfo=timezone.utc)


def test_every_zone_shows_the_same_time_as_the_standard_library_around_each_change_of_this_century():
    for name in pytz.all_timezones:
        zone = find_zone(name)
        around = [change + step for change in zone.changes if change >= CENTURY for step in (-1, 0)]
        for second in (CENTURY, *around, seconds_of(LAST_KNOWN)):
            assert instant_of(zone.wall(second)) == shown_by_the_standard_library(name, instant_of(second)), name


def test_a_zone_that_answers_beyond_2037_shows_the_same_time_as_the_standard_library_there():
    answering = [name for name in pytz.all_timezones if find_zone(name).limit > seconds_of(utc("2046-01-01"))]
    assert "Asia/Kolkata" in answering
    for name in answering:
        for at in (utc("2045-01-01"), utc("2045-07-01")):
            assert instant_of(find_zone(name).wall(seconds_of(at))) == shown_by_the_standard_library(name, at), name


def test_a_zone_is_read_once_and_named_as_it_is_spelled():
    assert find_zone("europe/PARIS") is find_zone("Europe/Paris")
    assert find_zone("utc").name == "UTC"


def test_seconds_are_counted_from_a_monday():
    assert seconds_of(utc("0001-01-01")) == 0
    assert utc("0001-01-01").weekday() == 0
    assert instant_of(seconds_of(LAST_KNOWN)) == LAST_KNOWN


@pytest.mark.parametrize("question", ["is_open", "next_open", "next_close", "is_holiday_closed", "day_of", "day_after",
                                      "local"])
@pytest.mark.parametrize("at", [LAST_KNOWN + timedelta(seconds=1), utc("2040-07-01T12:00:00"),
                                datetime.max.replace(tzinfo=timezone.utc), datetime.min.replace(tzinfo=timezone.utc)])
def test_an_instant_past_the_last_known_rule_is_refused_not_answered_an_hour_off(question, at):
    paris = schedule("Europe/Paris")
    with pytest.raises(ZoneDataError, match="Europe/Paris") as refused:
        getattr(paris, question)(at)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, DeskgateError)


def test_an_answer_past_the_last_known_rule_is_refused_too():
    paris = schedule("Europe/Paris")
    assert not paris.is_open(LAST_KNOWN)
    for ask in (paris.next_open, paris.next_close, paris.day_after, lambda at: paris.add(at, 1),
                lambda at: paris.add(at, 10**30), lambda at: paris.between(at, at + timedelta(days=1))):
        with pytest.raises(ZoneDataError):
            ask(LAST_KNOWN)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Sao_Paulo", "Etc/GMT+5"])
def test_a_zone_whose_clocks_no_longer_change_answers_long_after_2037(zone):
    desk = schedule(zone)
    opens = desk.next_open(utc("2080-01-06"))
    assert desk.local(opens).hour == 9
    assert desk.next_close(opens) == opens + timedelta(hours=8)


def test_an_answer_beyond_the_years_python_knows_is_refused_in_any_zone():
    desk = schedule("UTC")
    for count in (10**15, -(10**15)):
        with pytest.raises(ZoneDataError):
            desk.add(LAST_KNOWN, count)
