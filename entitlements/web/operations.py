"""What those who run Deskgate ask it: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from entitlements.store import db
from entitlements.store.board import Pulse, pulse, releases_behind
from entitlements.store.condition import DatabaseFacts, counts, database_facts, hook_figures, oldest_due, oldest_unread
from entitlements.store.troubles import connection_figures
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.values import instant_text
from entitlements.web.problems import TRY_AGAIN_AFTER, speak_problems, speak_problems_below

TICKET_STATES = ("routed", "queued", "rejected", "withdrawn")
DELIVERY_STATES = ("waiting", "sending", "done", "gone", "parked", "dead")
EVENT_STATES = ("decided", "applied", "ignored", "parked", "to_read")

bp = Blueprint("operations", __name__)
speak_problems(bp)
speak_problems_below(bp, "/healthz", "/readyz", "/metrics")


@bp.get("/healthz")
def healthz() -> Response:
    """The process answers. Nothing else is asked, so that a slow database gets no web process killed."""
    return jsonify({"status": "ok"})


@bp.get("/readyz")
def readyz() -> Response:
    """The database answers and is migrated. The worker is shown, but not needed: decisions are made without it."""
    try:
        facts, beat = database_facts(), None
        if is_served(facts.migration):
            beat = pulse(deskgate().clock.now())
    except db.exc.SQLAlchemyError as error:
        current_app.logger.warning("not ready: %s", error)
        return _unready({"status": "unavailable", "database": {"kind": db.engine.dialect.name, "answers": False}})
    told = _condition(facts, beat)
    return jsonify(told) if beat else _unready(told)


def _unready(told: dict[str, Any]) -> Response:
    response = jsonify(told)
    response.status_code = 503
    response.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
    return response


def _condition(facts: DatabaseFacts, beat: Pulse | None) -> dict[str, Any]:
    seen_at = beat.seen_at if beat else None
    return {
        "status": "ready" if beat else "not migrated",
        "database": {"kind": facts.kind, "answers": True, "version": facts.version, **asdict(facts.kept),
                     "warnings": list(facts.warnings)},
        "engine": facts.engine,
        "migration": {"at": facts.migration or None, "head": head(), "current": facts.migration == head(),
                      "newer": is_newer(facts.migration)},
        "time_zones": {"pytz": version("pytz")},
        "worker": {"alive": beat.alive if beat else False, "seen_at": instant_text(seen_at) if seen_at else None}}


def is_served(migration: str) -> bool:
    """Whether this code can work on a database that has come to that migration. Migrations only ever add, so that the
    version before serves on while the next one starts."""
    return migration == head() or is_newer(migration)


def is_newer(migration: str) -> bool:
    """Whether a later version than this has migrated the database: we do not know the migration, and it comes after
    ours, since they are numbered."""
    return migration not in _scripts().known and migration > head()


def head() -> str:
    """The migration that this code comes with."""
    return _scripts().head


@dataclass(frozen=True)
class _Scripts:
    head: str
    known: frozenset[str]


def _scripts() -> _Scripts:
    return _scripts_in(current_app.extensions["migrate"].directory)


@cache
def _scripts_in(directory: str) -> _Scripts:
    scripts = ScriptDirectory(directory)
    return _Scripts(scripts.get_current_head() or "", frozenset(each.revision for each in scripts.walk_revisions()))


@bp.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus, counted at the moment of asking."""
    authorize("metrics:read")
    registry = CollectorRegistry()
    registry.register(Figures(deskgate().clock.now()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """Everything counted as of one instant. States without a row are told as 0, so that no series comes and goes."""

    def __init__(self, now: datetime):
        self._now = now

    def describe(self) -> list[Metric]:
        """Nothing in advance: registering asks the database nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All figures, in the order in which they are printed."""
        found = counts()
        yield _by_state("deskgate_tickets", "Tickets by state.", TICKET_STATES, found.tickets)
        yield _by_state("deskgate_deliveries", "Deliveries by state.", DELIVERY_STATES, found.deliveries)
        yield _by_state("deskgate_events", "Webhooks taken in, by state.", EVENT_STATES, found.events)
        yield _decisions(found.decisions)
        yield GaugeMetricFamily("deskgate_oldest_due_delivery_seconds", "How long the delivery that is due longest "
                                "has been due; 0 when none is.", value=self._since(oldest_due(self._now)) or 0)
        yield GaugeMetricFamily("deskgate_oldest_unread_event_seconds", "How long the webhook waits that waits longest "
                                "for its ticket to be read; 0 when none does.", value=self._since(oldest_unread()) or 0)
        yield GaugeMetricFamily("deskgate_releases_behind", "Tickets still queued though their time has come.",
                                value=releases_behind(self._now))
        yield from _connections()
        yield from self._conditions()
        yield from self._worker()

    def _since(self, at: datetime | None) -> float | None:
        return None if at is None else max(0.0, (self._now - at).total_seconds())

    def _conditions(self) -> Iterator[Metric]:
        """How each helpdesk fares. One that was never asked what changed has no age of a look."""
        open_circuit = GaugeMetricFamily("deskgate_connection_circuit_open", "1 while the helpdesk does not answer.",
                                         labels=["connection"])
        pace = GaugeMetricFamily("deskgate_connection_pace", "What part of its usual share of the helpdesk's limit "
                                 "Deskgate takes: 1 unless it had to slow down.", labels=["connection"])
        look = GaugeMetricFamily("deskgate_connection_last_look_age_seconds", "Since the helpdesk was last asked, "
                                 "with success, what changed.", labels=["connection"])
        for each in connection_figures():
            open_circuit.add_metric([each.name], float(each.circuit_open))
            pace.add_metric([each.name], each.pace)
            age = self._since(each.looked_at)
            if age is not None:
                look.add_metric([each.name], age)
        yield from (open_circuit, pace, look)

    def _worker(self) -> Iterator[Metric]:
        beat = pulse(self._now)
        yield GaugeMetricFamily("deskgate_workers_alive", "Workers that have said lately that they are alive.",
                                value=beat.workers)
        yield GaugeMetricFamily("deskgate_workers_capacity", "How many deliveries these make at once together.",
                                value=beat.capacity)
        yield GaugeMetricFamily("deskgate_worker_alive", "1 when a worker has said lately that it is alive.",
                                value=float(beat.alive))
        age = self._since(beat.seen_at)
        if age is not None:
            yield GaugeMetricFamily("deskgate_worker_age_seconds", "Since a worker last said that it is alive.",
                                    value=age)


def _by_state(name: str, about: str, states: tuple[str, ...], found: dict[str, int]) -> Metric:
    metric = GaugeMetricFamily(name, about, labels=["state"])
    for state in states:
        metric.add_metric([state], found.get(state, 0))
    return metric


def _decisions(found: dict[tuple[str, str], int]) -> Metric:
    metric = CounterMetricFamily("deskgate_decisions", "Decisions made.", labels=["outcome", "reason"])
    for (outcome, reason), count in sorted(found.items()):
        metric.add_metric([outcome, reason], count)
    return metric


def _connections() -> Iterator[Metric]:
    paused = GaugeMetricFamily("deskgate_connection_paused", "1 when nothing is written to the helpdesk.",
                               labels=["connection"])
    oversized = CounterMetricFamily("deskgate_oversized_hooks", "Webhooks refused because they were too large.",
                                    labels=["connection"])
    for each in hook_figures():
        paused.add_metric([each.name], float(each.paused))
        oversized.add_metric([each.name], each.oversized)
    yield from (paused, oversized)
