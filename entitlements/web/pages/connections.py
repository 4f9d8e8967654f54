"""Connections to helpdesks: how far each may go, whether it is paused, how its webhooks fare, and the way out."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from entitlements.errors import ConfigError
from entitlements.steps import connect
from entitlements.steps.pace import limits_of
from entitlements.steps.release import release_all
from entitlements.store import access, connections, tables
from entitlements.store.database import transaction
from entitlements.store.troubles import connection_counts
from entitlements.web.pages.connecting import MASK
from entitlements.web.pages.forms import ModeForm, ReasonForm
from entitlements.web.pages.guard import for_admins, for_agents, me, now

bp = Blueprint("connections", __name__, url_prefix="/connections")
for_agents(bp)


@bp.get("")
def index() -> str:
    rows = connections.all_connections()
    return render_template(
        "pages/connections.html", connections=rows, counts=connection_counts(), modes=connections.MODES,
        addresses={row.name: _address(row) for row in rows},
        form=ReasonForm(formdata=None),
        limits={row.id: limits_of(row, current_app.extensions["deskgate"]) for row in rows})


def _address(row: tables.Connection) -> str:
    """Where its webhooks go, without the secret."""
    deskgate = current_app.extensions["deskgate"]
    try:
        return connect.webhook_address(connections.config_of(row), deskgate, mask=MASK)
    except ConfigError:  # its settings were right once
        return f"{deskgate.public_url}/hooks/{row.name}"


@bp.post("/<name>/mode")
@for_admins
def mode(name: str) -> Response:
    form, actor = ModeForm(), me().name
    if form.validate():
        with transaction():
            row = connections.get_connection(name)
            before = row.mode
            connections.set_mode(row, form.mode.data, now())
            access.audit(actor=actor, action="set_mode", subject=f"connection:{name}", at=now(),
                         values={"from": before, "to": form.mode.data})
        flash(f"{name} is in {form.mode.data} mode now.", "good")
    return _back(form.errors)


@bp.post("/<name>/pause")
@for_admins
def pause(name: str) -> Response:
    form, actor = ReasonForm(), me().name
    if form.validate():
        with transaction():
            connections.pause(connections.get_connection(name), form.reason.data, now())
            access.audit(actor=actor, action="pause", subject=f"connection:{name}", at=now(), reason=form.reason.data)
        flash(f"{name} is paused: nothing is written to the helpdesk.", "good")
    return _back(form.errors)


@bp.post("/<name>/resume")
@for_admins
def resume(name: str) -> Response:
    actor = me().name
    with transaction():
        connections.resume(connections.get_connection(name))
        access.audit(actor=actor, action="resume", subject=f"connection:{name}", at=now())
    flash(f"{name} goes on: what is owed is delivered now.", "good")
    return _back({})


@bp.post("/<name>/release")
@for_admins
def release(name: str) -> Response:
    form, actor = ReasonForm(), me().name
    if form.validate():
        count = release_all(name, form.reason.data, actor, now(), current_app.extensions["deskgate"])
        flash(f"Released from the queue of {name}: {count}.", "good")
    return _back(form.errors)


def _back(errors: dict[str, list[str]]) -> Response:
    for told in errors.values():
        flash(" ".join(told), "bad")
    return redirect(url_for("connections.index"), 303)
