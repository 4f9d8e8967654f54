"""iCalendar texts for the tests, and what they close, written so that it can be compared at a glance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from entitlements.errors import ConfigError
from entitlements.rules.holiday_set import Holiday
from entitlements.rules.windows import windows_list
from entitlements.sources.ical import ical_holidays

ALL_DAY = "all day"


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def feed(*parts: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//deskgate//tests//EN", "".join(parts)
                        + "END:VCALENDAR", ""])


def closing(*lines: str, years: Sequence[int] = (2026,), zone: str = "") -> dict[str, object]:
    """What one event with these lines closes: by date, `all day` or the hours as text."""
    return closed(feed(event(*lines)), years, zone)


def closed(content: str | bytes, years: Sequence[int] = (2026,), zone: str = "") -> dict[str, object]:
    return {holiday.day.isoformat(): hours(holiday) for holiday in ical_holidays(content, "test.ics", years, zone)}


def hours(holiday: Holiday) -> str:
    return ", ".join("-".join(window) for window in windows_list(holiday.closed)) or ALL_DAY


def refused(content: str | bytes, years: Sequence[int] = (2026,), zone: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        ical_holidays(content, "test.ics", years, zone)
    return caught.value


def refusing(*lines: str, years: Sequence[int] = (2026,), zone: str = "") -> str:
    """Why one event with these lines is refused."""
    return str(refused(feed(event(*lines)), years, zone))
