"""Instants as pages show them: the zone named, UTC within reach, ticking where they should."""

from __future__ import annotations

from datetime import datetime

import pytest

from entitlements.web.pages.times import countdown, duration, exact, instant, since, soon, when
from tests.builders import utc

NOW = utc("2026-03-09 09:00:00")


def test_an_instant_is_shown_in_its_zone_with_utc_as_title() -> None:
    assert str(when(utc("2026-03-09 08:00"), "Europe/Paris")) == (
        '<time datetime="2026-03-09T08:00:00Z" title="2026-03-09 08:00:00 UTC">'
        'Mon 9 Mar, 09:00 <span class="zone">Paris</span></time>')


def test_without_a_zone_it_is_utc() -> None:
    assert '09:00:05 <span class="zone">UTC</span>' in exact(utc("2026-03-09 09:00:05"))
    assert when(None) == ""


def test_today_needs_no_day() -> None:
    assert '>17:00 <span class="zone">Paris' in soon(utc("2026-03-09 16:00"), "Europe/Paris", NOW)
    assert ">Tue 10 Mar, 01:00 <" in soon(utc("2026-03-09 16:00"), "Asia/Tokyo", NOW)


@pytest.mark.parametrize(("seconds", "words"), [
    (9, "9 s"), (249, "4 min 09 s"), (7500, "2 h 05 min"), (172_799, "47 h 59 min"), (277_200, "3 d 5 h")])
def test_a_countdown_grows_finer_toward_its_end(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_a_countdown_rounds_up_and_ends_in_words() -> None:
    at = utc("2026-03-09 09:00:02")
    assert ">in 2 s<" in countdown(at, NOW.replace(microsecond=500_000))
    assert ">due now<" in countdown(at, at)


@pytest.mark.parametrize(("then", "words"), [
    ("09:00:00", "just now"), ("08:59:30", "30 s ago"), ("08:45:00", "15 min ago"), ("02:30:00", "6 h ago")])
def test_the_past_is_told_by_its_distance(then: str, words: str) -> None:
    assert f">{words}<" in since(utc(f"2026-03-09 {then}"), NOW)


@pytest.mark.parametrize(("wall", "zone", "expected"), [
    ("2026-03-09 09:00", "Europe/Paris", "2026-03-09 08:00"),
    ("2026-03-29 02:30", "Europe/Paris", "2026-03-29 01:00"),
    ("2026-10-25 02:30", "Europe/Paris", "2026-10-25 00:30"),
    ("2026-03-09 09:00", "", "2026-03-09 09:00"),
])
def test_what_people_enter_is_read_on_the_licenses_clock(wall: str, zone: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(wall), zone) == utc(expected)
