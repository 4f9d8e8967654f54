"""The board: who is open, what waits and until when, what was decided last. It keeps itself up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, current_app, render_template, url_for

from entitlements.store import board as store
from entitlements.store.lines import Line, latest_lines, queued_lines
from entitlements.web.expected import OnTheWay
from entitlements.web.pages.cover import Cover, covers
from entitlements.web.pages.expecting import expected
from entitlements.web.pages.guard import for_agents, now
from entitlements.web.pages.live import Live
from entitlements.web.pages.strip import day_strip

bp = Blueprint("now", __name__)
for_agents(bp)
MOST_QUEUED, MOST_LATEST, MOST_CUSTOMERS = 25, 12, 12


@dataclass(frozen=True)
class Board:
    """All that the board shows, as of one instant."""

    figures: store.Figures
    attention: store.Attention
    workers: int
    seen_at: datetime | None
    behind: int
    stopped: tuple[store.Stopped, ...]
    silent: tuple[store.Silent, ...]
    on_the_way: tuple[OnTheWay, ...]
    queue: tuple[Line, ...]
    expected: dict[int, datetime | None]
    latest: tuple[Line, ...]
    open_count: int
    customer_count: int
    customers: tuple[Cover, ...]
    sandbox: str


@bp.get("/")
def board() -> str:
    part, version = _part()
    return render_template("pages/now.html", board=part.html(version))


@bp.get("/now/board")
def fragment() -> Response:
    part, version = _part()
    return part.answer(version)


def _part() -> tuple[Live, object]:
    shown = _read(now())
    part = Live("board", url_for("now.fragment"), "parts/board.html",
                {"board": shown, "strips": _strips(shown.customers, now())})
    return part, (shown, now().replace(second=0, microsecond=0))


def _read(at: datetime) -> Board:
    everybody = covers(current_app, at)
    pulse, latest = store.pulse(at), latest_lines(MOST_LATEST)
    stopped, silent = store.stopped_connections(), store.silent_helpdesks()
    queue = expected().in_order(queued_lines(MOST_QUEUED, expected().first), MOST_QUEUED)
    return Board(
        figures=store.figures(at), attention=store.attention(at), workers=pulse.workers,
        seen_at=None if pulse.alive else pulse.seen_at, behind=0 if pulse.alive else store.releases_behind(at),
        stopped=stopped, silent=silent,
        on_the_way=_on_the_way({each.name for each in (*stopped, *silent)}) if pulse.alive else (),
        queue=queue, expected={line.ticket_id: expected().later(line.ticket_id, line.release_at) for line in queue},
        latest=latest, open_count=sum(cover.is_open for cover in everybody),
        customer_count=len(everybody), customers=_most_of_interest(everybody, latest), sandbox=store.first_sandbox())


def _on_the_way(held_up: set[str]) -> tuple[OnTheWay, ...]:
    """Without those to helpdesks that take nothing now: nobody knows when these will arrive."""
    return tuple(way for way in expected().on_the_way if way.connection not in held_up)


def _most_of_interest(everybody: tuple[Cover, ...], latest: tuple[Line, ...]) -> tuple[Cover, ...]:
    """Those with tickets waiting or just decided, where there are too many to show; by name."""
    if len(everybody) <= MOST_CUSTOMERS:
        return everybody
    heard = {line.customer for line in latest}
    chosen = sorted(everybody, key=lambda cover: (-cover.queued, cover.customer not in heard, cover.customer.lower()))
    return tuple(sorted(chosen[:MOST_CUSTOMERS], key=lambda cover: cover.customer.lower()))


def _strips(shown: tuple[Cover, ...], at: datetime) -> dict[str, object]:
    """Today's hours of each customer shown."""
    found = {}
    for cover in shown:
        if cover.license is not None:
            schedule = cover.license.terms.schedule
            found[cover.customer] = day_strip(schedule, schedule.local(at).date(), at)
    return found
