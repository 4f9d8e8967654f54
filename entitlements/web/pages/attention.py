"""What waits for a person: events that were not understood, changes that could not be made in a helpdesk, rejects so
many that they were held back, helpdesks that do not answer, replies that fail, and holidays that run out. What is tried
again by itself is told here too, and so is new time-zone data, for two weeks.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from entitlements.errors import Conflict
from entitlements.steps.changes import Kind
from entitlements.steps.hooks import retry_event
from entitlements.steps.settle import redeliver
from entitlements.store.board import open_breakers
from entitlements.store.changes import saved_changes
from entitlements.store.database import transaction
from entitlements.store.ending import ending_holidays
from entitlements.store.troubles import (
    failed_deliveries,
    failed_replies,
    parked_events,
    put_off_deliveries,
    troubled_connections,
    unread_connections,
    waiting_by_connection,
)
from entitlements.web.pages.guard import for_admins, for_agents, me, now

bp = Blueprint("attention", __name__, url_prefix="/attention")
for_agents(bp)
MOST = 50
ZONE_DATA_TOLD = timedelta(days=14)
_RETRIED = {"parked": "Still not understood; what went wrong is told below.",
            "to_read": "It does not say who asks: its ticket is read now."}


@bp.get("")
def show() -> str:
    put_off, put_off_count = put_off_deliveries(MOST)
    return render_template("pages/attention.html", troubled=troubled_connections(), waiting=waiting_by_connection(),
                           replies=failed_replies(), unread=unread_connections(now()), put_off=put_off,
                           put_off_count=put_off_count,
                           events=parked_events(MOST, with_text=me().is_admin),
                           deliveries=failed_deliveries(MOST), breakers=open_breakers(now()), most=MOST,
                           ending=ending_holidays(now()), today=now().date(),
                           zone_data=saved_changes(MOST, now() - ZONE_DATA_TOLD, Kind.ZONE_DATA.value))


@bp.post("/events/<row:event_id>/retry")
@for_admins
def retry(event_id: int) -> Response:
    actor = me().name
    try:
        state = retry_event(event_id, actor, current_app.extensions["deskgate"])
        flash(_RETRIED.get(state, "Understood this time."), "bad" if state == "parked" else "good")
    except Conflict as error:
        flash(f"{error}.", "bad")
    return redirect(url_for("attention.show"), 303)


@bp.post("/deliveries/<row:delivery_id>/redeliver")
@for_admins
def deliver_again(delivery_id: int) -> Response:
    actor = me().name
    try:
        with transaction():
            redeliver(delivery_id, actor, now())
        flash("It is tried again now.", "good")
    except Conflict as error:
        flash(f"{error}.", "bad")
    return redirect(url_for("attention.show"), 303)
