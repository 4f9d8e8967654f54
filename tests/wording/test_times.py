"""Instants, dates and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from entitlements.wording import city, duration_text, moment_for, moment_text
from entitlements.wording.times import listed

SATURDAY = datetime(2026, 3, 7, 9, 0, tzinfo=UTC)
MONDAY_NINE_IN_PARIS = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


def test_a_moment_is_told_in_the_time_of_the_place_it_names() -> None:
    assert moment_text(MONDAY_NINE_IN_PARIS, "Europe/Paris", SATURDAY) == "Monday 9 March at 09:00 (Paris)"


def test_another_year_is_named() -> None:
    at = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
    assert moment_text(at, "Europe/Paris", SATURDAY) == "Monday 4 January 2027 at 09:00 (Paris)"


def test_the_year_that_counts_is_the_one_on_the_clock_of_that_place() -> None:
    new_years_eve_in_new_york = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
    assert moment_text(new_years_eve_in_new_york, "America/New_York", SATURDAY) == (
        "Thursday 31 December at 21:00 (New York)")


def test_seconds_are_told_only_where_there_are_some() -> None:
    at = MONDAY_NINE_IN_PARIS.replace(second=7)
    assert moment_text(at, "Europe/Paris", SATURDAY) == "Monday 9 March at 09:00:07 (Paris)"


def test_a_reader_whose_clock_shows_another_time_is_told_their_own() -> None:
    assert moment_for(MONDAY_NINE_IN_PARIS, "Europe/Paris", "Asia/Tokyo", SATURDAY) == (
        "Monday 9 March at 09:00 (Paris), 17:00 your time in Tokyo")


def test_what_may_take_a_few_minutes_more_is_told_with_about() -> None:
    told = (MONDAY_NINE_IN_PARIS, "Europe/Paris")
    assert moment_text(*told, SATURDAY, about=True) == "Monday 9 March at about 09:00 (Paris)"
    assert moment_for(*told, "Asia/Tokyo", SATURDAY, about=True) == (
        "Monday 9 March at about 09:00 (Paris), 17:00 your time in Tokyo")


def test_a_reader_on_another_date_is_told_the_date_too() -> None:
    at = datetime(2026, 3, 9, 21, 0, tzinfo=UTC)
    assert moment_for(at, "America/New_York", "Asia/Tokyo", SATURDAY) == (
        "Monday 9 March at 17:00 (New York), Tuesday 10 March at 06:00 your time in Tokyo")


@pytest.mark.parametrize("zone", ["Europe/Paris", "Europe/Berlin", ""])
def test_a_reader_whose_clock_shows_the_same_is_told_once(zone: str) -> None:
    assert moment_for(MONDAY_NINE_IN_PARIS, "Europe/Paris", zone, SATURDAY) == "Monday 9 March at 09:00 (Paris)"


def test_a_reader_in_utc_is_told_so() -> None:
    assert moment_for(MONDAY_NINE_IN_PARIS, "Europe/Paris", "UTC", SATURDAY) == (
        "Monday 9 March at 09:00 (Paris), 08:00 your time (UTC)")


def test_where_the_readers_clock_is_not_known_that_far_ahead_the_moment_stands_alone() -> None:
    at = datetime(2040, 3, 9, 8, 0, tzinfo=UTC)
    assert moment_for(at, "UTC", "Europe/Paris", SATURDAY) == "Friday 9 March 2040 at 08:00 (UTC)"


@pytest.mark.parametrize(("zone", "name"), [
    ("America/Argentina/Buenos_Aires", "Buenos Aires"), ("Etc/UTC", "UTC"), ("UTC", "UTC"), ("Asia/Tokyo", "Tokyo")])
def test_a_zone_is_called_by_its_city(zone: str, name: str) -> None:
    assert city(zone) == name


@pytest.mark.parametrize(("seconds", "text"), [
    (10_800, "3 h"), (5_400, "1 h 30 min"), (2_700, "45 min"), (20, "20 s"), (3_661, "1 h 1 min 1 s"), (0, "0 min"),
    (-600, "-10 min")])
def test_a_duration_reads_short(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("names", "text"), [
    ([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text
