"""Connected helpdesks: looking them up, without their secrets, and letting go all that waits."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from flask import Response, request

from entitlements.steps.pace import limits_of
from entitlements.steps.release import release_all
from entitlements.store.listing import list_connections
from entitlements.store.tables import Connection
from entitlements.store.troubles import waiting_by_connection
from entitlements.web.api import told
from entitlements.web.api.answer import next_of, span, tell
from entitlements.web.api.asked import Page, ReleaseAllRequest
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.read_json import read_json, read_query


@serves(Operation("GET", "/connections", "ops:read", "List connections",
                  (Answers(200, told.Connections, "A page of connections."),), query=Page))
def get_connections() -> Response:
    """Neither credentials nor settings are told."""
    listed = list_connections(span(read_query(request, Page)))
    now, waiting = deskgate().clock.now(), waiting_by_connection()
    connections = [_told(row, waiting.get(row.id, 0), now) for row in listed.rows]
    return tell(told.Connections(connections=connections, next=next_of(listed)))


@serves(Operation("POST", "/connections/{connection}/release-all", "ops:write", "Let go all queued tickets",
                  (Answers(200, told.Released, "How many were let go."),), body=ReleaseAllRequest))
def release_all_of(connection: str) -> Response:
    """Every queued ticket of the connection is routed now, with the reason on record."""
    wanted, actor = read_json(request, ReleaseAllRequest), authorize("ops:write").actor
    released = release_all(connection, wanted.reason, actor, deskgate().clock.now(), deskgate())
    return tell(told.Released(connection=connection, released=released))


def _told(row: Connection, waiting: int, now: datetime) -> told.Connection:
    limits = limits_of(row, deskgate())
    return told.Connection(
        id=row.id, name=row.name, kind=row.kind, url=_without_user(row.url), mode=row.mode,
        listen_only=row.is_listen_only, admit_from=row.admit_from, paused_at=row.paused_at,
        pause_reason=row.pause_reason, broken_since=row.broken_since, probe_at=row.probe_at,
        calm_until=row.calm_until if row.calm_until and row.calm_until > now else None,
        changes_per_minute=limits.per_minute, share=limits.share, pace=row.pace, waiting_deliveries=waiting,
        looked_at=row.looked_at, look_at=row.look_at, look_trouble=row.look_trouble,
        last_event_at=row.last_event_at, oversized_hooks=row.oversized_hooks)


def _without_user(url: str) -> str:
    """The address without what may stand in it of a user and a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
