"""The changes of a zone's clock as a schedule lists them: when they come, what the clock showed and what it shows."""

from datetime import date, datetime

from tests.rules.desks import schedule, utc

YEAR = utc("2026-01-01"), utc("2027-01-01")


def test_a_clock_goes_forward_in_spring_and_back_in_autumn():
    spring, autumn = schedule("Europe/Paris").clock_changes(*YEAR)
    assert (spring.at, spring.seconds, spring.day) == (utc("2026-03-29T01:00"), 3_600, date(2026, 3, 29))
    assert (spring.wall_before, spring.wall_after) == (datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 3))
    assert (autumn.at, autumn.seconds, autumn.day) == (utc("2026-10-25T01:00"), -3_600, date(2026, 10, 25))
    assert (autumn.wall_before, autumn.wall_after) == (datetime(2026, 10, 25, 3), datetime(2026, 10, 25, 2))


def test_the_change_at_the_beginning_counts_and_the_one_at_the_end_does_not():
    paris = schedule("Europe/Paris")
    spring, autumn = paris.clock_changes(*YEAR)
    assert paris.clock_changes(spring.at, autumn.at) == (spring,)


def test_a_clock_that_goes_back_over_midnight_is_set_on_the_date_that_returns():
    (change,) = schedule("Africa/Cairo").clock_changes(utc("2026-10-01"), YEAR[1])
    assert change.wall_before == datetime(2026, 10, 30)
    assert change.day == date(2026, 10, 29)


def test_a_skipped_date_is_a_change_of_a_whole_day():
    (change,) = schedule("Pacific/Apia").clock_changes(utc("2011-12-01"), utc("2012-01-01"))
    assert (change.seconds, change.day) == (86_400, date(2011, 12, 30))
    assert change.wall_after == datetime(2011, 12, 31)


def test_a_zone_without_summer_time_has_no_changes():
    assert schedule("UTC").clock_changes(*YEAR) == ()
    assert schedule("Asia/Kolkata").clock_changes(*YEAR) == ()


def test_no_change_is_listed_where_the_data_has_ended():
    assert schedule("Europe/Paris").clock_changes(utc("2038-01-01"), utc("2050-01-01")) == ()
