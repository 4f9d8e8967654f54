"""Connecting a helpdesk in the browser: pick a kind, say where it is, do what is to be done there, and see it tried.

Secrets and tokens are typed in and never shown again; one that was made here is shown on the very page that made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig, Helpdesk
from entitlements.kinds import Connectable, Kind, Setting
from entitlements.steps import connect
from entitlements.steps.context import Deskgate
from entitlements.steps.detach import standstill
from entitlements.steps.dry_run import body_of, try_webhook
from entitlements.steps.rehearse import REQUESTER, rehearse
from entitlements.store import connections, db
from entitlements.web.pages.forms import one_line
from entitlements.web.pages.guard import for_admins, for_agents, me
from entitlements.web.probing import all_findings
from entitlements.wording.replies import PREFIX as REPLY

bp = Blueprint("connecting", __name__, url_prefix="/connections")
for_agents(bp)
MASK = "••••••••"
LONGEST_EXPORT = 256 * 1024
LONGEST_VALUE = 20_000
LONGEST_PAYLOAD = 100_000
NO_PRODUCT = frozenset({"generic", "standard", "sandbox"})
GROUPS = {"Statuses": ("_status",), "Tags": ("tags",), "Custom fields": ("_field",)}
ELSE = "How it behaves"


def deskgate() -> Deskgate:
    return cast(Deskgate, current_app.extensions["deskgate"])


@bp.get("/new")
@for_admins
def kinds() -> str:
    products_first = sorted(deskgate().kinds, key=lambda kind: (kind.name in NO_PRODUCT, kind.title.lower()))
    return render_template("pages/connection_kinds.html", kinds=products_first)


@bp.get("/new/<kind>")
@for_admins
def new(kind: str) -> str:
    return _form(_kind(kind), {"name": kind.replace("_", "-")}, {})


@bp.post("/new/<kind>")
@for_admins
def add(kind: str) -> AnyResponse | str | tuple[str, int]:
    about, typed, actor = _kind(kind), _typed(), me().name
    try:
        settings = _settings(about)
        secrets = (typed["secret"],) if typed["secret"] else ()
        done = connect.add(ConnectionConfig(typed["name"], kind, typed["url"], secrets, typed["token"], settings), "",
                           actor, deskgate())
    except ConfigError as error:
        return _form(about, typed, _error(error, about)), 422
    return _set_up(done.name, done)


@bp.get("/<name>/setup")
@for_admins
def setup(name: str) -> str:
    return _set_up(name)


@bp.post("/<name>/check")
@for_admins
def check(name: str) -> str:
    return _set_up(name, findings=all_findings(name))


@bp.post("/<name>/rehearse")
@for_admins
def rehearsal(name: str) -> AnyResponse | str:
    try:
        lines = list(rehearse(name, one_line(request.form.get("requester")) or REQUESTER, deskgate()))
    except ConfigError as error:
        flash(str(error), "bad")
        return redirect(url_for("connecting.setup", name=name), 303)
    return _set_up(name, rehearsed=lines)


@bp.post("/<name>/try")
@for_admins
def dry_run(name: str) -> str:
    payload = request.form.get("payload", "")[:LONGEST_PAYLOAD]
    body, headers = body_of(payload)
    config = connections.config_of(connections.get_connection(name))
    db.session.rollback()
    return _set_up(name, tried=try_webhook(config, body, headers, deskgate()), payload=payload)


@bp.post("/<name>/secret")
@for_admins
def rotate(name: str) -> AnyResponse | str:
    overlap = timedelta(hours=min(max(request.form.get("overlap", 24.0, type=float), 0.0), 720.0))
    actor = me().name
    try:
        done = connect.rotate_secret(name, one_line(request.form.get("secret")), overlap, actor, deskgate())
    except ConfigError as error:
        flash(str(error), "bad")
        return redirect(url_for("connecting.setup", name=name), 303)
    if done.new_secret or done.address != connect.webhook_address(_config(name), deskgate(), mask=MASK):
        return _set_up(name, done)
    flash(f"{name} has its secret now. Check it.", "good")
    return redirect(url_for("connecting.setup", name=name), 303)


@bp.post("/<name>/setup")
@for_admins
def save(name: str) -> AnyResponse | str | tuple[str, int]:
    row, actor = connections.get_connection(name), me().name
    about, typed, before = _kind(row.kind), _typed(), _without_replies(row.settings)
    db.session.rollback()
    try:
        settings = {**dict.fromkeys(before), **_settings(about)}
        connect.edit(name, connect.Edit(typed["url"], typed["token"] or None, settings), actor, deskgate())
    except ConfigError as error:
        return _set_up(name, errors=_error(error, about)), 422
    paused = standstill(name)
    flash(f"{name} is saved." + (f" It is paused still: {paused}. Resume it under Connections." if paused else ""),
          "good")
    return redirect(url_for("connecting.setup", name=name), 303)


@bp.get("/export")
@for_admins
def export() -> Response:
    rows = connect.exported(connections.all_connections())
    return Response(json.dumps(rows, indent=2, ensure_ascii=False), mimetype="application/json",
                    headers={"Content-Disposition": "attachment; filename=connections.json"})


@bp.post("/import")
@for_admins
def import_() -> AnyResponse | str:
    file, actor = request.files.get("file"), me().name
    try:
        text = file.stream.read(LONGEST_EXPORT + 1).decode() if file else ""
        taken = connect.take_over_all(connect.read_export(text), actor, deskgate())
    except (ConfigError, UnicodeError) as error:
        flash(str(error) if isinstance(error, ConfigError) else "The file is not text.", "bad")
        return redirect(url_for("connecting.kinds"), 303)
    return render_template("pages/connection_imported.html", taken=taken)


# --- What the pages are made of -------------------------------------------------------------------------------------


def _config(name: str) -> ConnectionConfig:
    return connections.config_of(connections.get_connection(name))


def _kind(name: str) -> Kind:
    return deskgate().find_kind(name) or abort(404, f"There is no kind of helpdesk called {name}.")


def _typed() -> dict[str, str]:
    return {name: one_line(request.form.get(name)) for name in ("name", "url", "token", "secret")}


def _settings(kind: Kind) -> dict[str, str]:
    """What was typed into the fields of the settings, and on the lines for those that differ by reason."""
    found = {each.name: request.form.get(f"set.{each.name}", "").strip() for each in kind.settings}
    for line in request.form.get("others", "").splitlines():
        name, equals, value = line.partition("=")
        if line.strip() and not equals:
            raise ConfigError(f"{line.strip()[:60]!r} is not name = value", field="others")
        if line.strip():
            found[name.strip()] = value.strip()
    if any(len(value) > LONGEST_VALUE for value in found.values()):
        raise ConfigError(f"a setting has at most {LONGEST_VALUE} characters", field="others")
    return {name: value for name, value in found.items() if value}


def _without_replies(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of this form: replies to customers, of many lines each, have pages of their own."""
    return {key: value for key, value in settings.items() if not key.startswith(REPLY)}


def _error(error: ConfigError, kind: Kind) -> dict[str, str]:
    """What is wrong, by the field that it is told beside."""
    field = {"secrets": "secret"}.get(error.field, error.field)
    fields = {"name", "url", "token", "secret", *(each.name for each in kind.settings)}
    return {field if field in fields else "others": str(error)}


def _form(kind: Kind, typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template("pages/connection_new.html", kind=kind, typed=typed, errors=errors,
                           **_parts(kind, {each.name: request.form.get(f"set.{each.name}", "")
                                           for each in kind.settings}, request.form.get("others", "")))


def _parts(kind: Kind, values: dict[str, str], others: str) -> dict[str, Any]:
    """The settings of a kind: those that most connections need first, then the others by what they are about."""
    first = [each for each in kind.settings if _is_usual(each) or values.get(each.name)]
    rest = [(_group_of(each), each) for each in kind.settings if each not in first]
    more = [(title, [each for group, each in rest if group == title]) for title in (*GROUPS, ELSE)]
    return {"first": first, "more": [each for each in more if each[1]], "values": values, "others": others}


def _group_of(setting: Setting) -> str:
    return next((title for title, ends in GROUPS.items() if setting.name.endswith(ends)), ELSE)


def _is_usual(each: Setting) -> bool:
    return each.is_required or each.name.endswith(("_group", "_queue"))


def _set_up(name: str, done: connect.Connected | None = None, **more: Any) -> str:
    row = connections.get_connection(name)
    config = connections.config_of(row)
    about, known = _kind(row.kind), {each.name for each in _kind(row.kind).settings}
    masked = connect.webhook_address(config, deskgate(), mask=MASK)
    helpdesk: Helpdesk = deskgate().helpdesk(config)
    others = "\n".join(f"{key} = {value}" for key, value in sorted(_without_replies(row.settings).items())
                       if key not in known)
    errors = more.pop("errors", {})
    values = {key: request.form.get(f"set.{key}", "") for key in known} if errors else dict(row.settings)
    return render_template(
        "pages/connection_setup.html", row=row, kind=about, done=done, requester=REQUESTER, errors=errors,
        steps=cast(Connectable, helpdesk).guide(done.address if done else masked), address=masked,
        can_rehearse=hasattr(helpdesk, "rehearse"), **more,
        **_parts(about, values, request.form.get("others", others) if errors else others))


@bp.app_template_filter("ticked")
def ticked(text: str) -> Markup:
    """Text in which what stands between backticks is set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # escaped just before
