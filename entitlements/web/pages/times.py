"""Instants and durations as the pages show them: on a named zone's clock, with UTC one hover away.

These are template filters. They write `<time>` elements, which static/deskgate.js keeps ticking against the server's
clock; the words are the same on both sides, so that nothing jumps when the script takes over.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from flask import Flask
from markupsafe import Markup

from entitlements import wording
from entitlements.rules.reasons import Reason
from entitlements.rules.zone import find_zone, instant_of, seconds_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(at: datetime, zone: str) -> datetime:
    """What a clock in the zone shows at an aware instant, as a naive datetime; UTC where no zone is given or known."""
    try:
        return wording.local(at, zone or "UTC")
    except ValueError:
        return at.replace(tzinfo=None)


def instant(wall: datetime, zone: str) -> datetime:
    """The first aware UTC instant at which a clock in the zone shows that naive time, or a later one."""
    reading = wall.replace(tzinfo=timezone.utc)
    since = seconds_of(reading - timedelta(days=2))
    return instant_of(find_zone(zone or "UTC").first_showing(seconds_of(reading), since=since))


def day_text(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def when(at: datetime | None, zone: str = "", *, year: bool = False, seconds: bool = False) -> Markup:
    """`Mon 9 Mar, 09:00 Paris`; nothing for None."""
    if at is None:
        return Markup("")
    wall = local(at, zone)
    shown = f"{day_text(wall)}{f' {wall.year}' if year else ''}, {wall:{'%H:%M:%S' if seconds else '%H:%M'}}"
    return _time(at, _with_zone(shown, zone))


def _with_zone(shown: str, zone: str) -> Markup:
    return Markup('{} <span class="zone">{}</span>').format(shown, wording.city(zone or "UTC"))


def about(at: datetime, zone: str = "", now: datetime | None = None) -> Markup:
    """`Mon 9 Mar, about 09:12 Paris`; without the day when that is today there."""
    wall = local(at, zone)
    is_today = now is not None and local(now, zone).date() == wall.date()
    return _time(at, _with_zone(f"{'' if is_today else f'{day_text(wall.date())}, '}about {wall:%H:%M}", zone))


def later(at: datetime, zone: str, told: datetime) -> Markup:
    """`about 09:12`, beside a time that is told already; the day too when it is another one there."""
    wall = local(at, zone)
    return _time(at, f"about {wall:%H:%M}") if local(told, zone).date() == wall.date() else about(at, zone)


def soon(at: datetime | None, zone: str, now: datetime) -> Markup:
    """`17:00 Paris` when that is today there, else with the day."""
    if at is None or local(at, zone).date() != local(now, zone).date():
        return when(at, zone)
    return _time(at, _with_zone(f"{local(at, zone):%H:%M}", zone))


def exact(at: datetime | None, zone: str = "") -> Markup:
    """`Mon 9 Mar 2026, 09:00:05 Paris`: for the times on a receipt."""
    return when(at, zone, year=True, seconds=True)


def countdown(at: datetime, now: datetime) -> Markup:
    """`in 2 h 05 min`, ticking."""
    seconds = -int((now - at).total_seconds() // 1)
    return _time(at, f"in {duration(seconds)}" if seconds > 0 else "due now", " data-countdown")


def since(at: datetime, now: datetime) -> Markup:
    """`4 min ago`, ticking."""
    return _time(at, _ago(max(0, int((now - at).total_seconds()))), " data-ago")


def _ago(seconds: int) -> str:
    if seconds < 5:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago" if seconds < 172800 else f"{seconds // 86400} d ago"


def duration(seconds: int) -> str:
    """`3 d 4 h`, `2 h 05 min`, `4 min 09 s` or `9 s`."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days >= 2:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    return f"{minutes} min {seconds % 60:02} s" if minutes else f"{seconds} s"


def stamp(at: datetime, *, exact: bool = False) -> str:
    """`2026-03-09T08:00:00Z`; exactly, with milliseconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}{f'.{at.microsecond // 1000:03}' if exact else ''}Z"


def _time(at: datetime, shown: str | Markup, more: str = "") -> Markup:
    return Markup('<time datetime="{}" title="{:%Y-%m-%d %H:%M:%S} UTC"{}>{}</time>').format(
        stamp(at), at, Markup(more), shown)


def capital(text: str) -> str:
    """The text with a capital letter in front, the rest as it is; an address keeps its own."""
    return text if text.startswith(("http://", "https://")) else text[:1].upper() + text[1:]


def _reason(name: str) -> str:
    """A reason's name for the pages: `Outside hours`."""
    return capital(wording.reason_label(Reason(name))) if name else ""


def init_times(app: Flask) -> None:
    """Make these known to templates."""
    app.jinja_env.filters.update(
        when=when, about=about, later=later, soon=soon, exact=exact, countdown=countdown, since=since, stamp=stamp,
        day=day_text, capital=capital, reason=_reason, amount=wording.duration_text,
        day_year=wording.date_text, open_hours=wording.hours_text, promise=wording.promise_text,
        city=lambda zone: wording.city(zone or "UTC"))
