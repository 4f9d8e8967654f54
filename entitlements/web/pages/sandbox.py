"""The sandbox helpdesk, as its agents and customers would see it: the first run needs no account anywhere.

Whatever is done here becomes a signed webhook and takes the way that a real helpdesk's would take.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from entitlements.errors import ConfigError, DeliveryError, VerificationError
from entitlements.helpdesk import Inbound, NewTicket
from entitlements.rules.ticket import Severity
from entitlements.steps.hooks import receive
from entitlements.store import db, tables
from entitlements.store.connections import SANDBOX, config_of, find_connection
from entitlements.store.sandbox import get_sandbox_ticket, sandbox_shelf, shelf_version, some_contacts
from entitlements.store.tickets import find_ticket
from entitlements.web.pages.forms import MessageForm, SandboxTicketForm, TimeForm
from entitlements.web.pages.guard import for_agents, me
from entitlements.web.pages.live import Live

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
for_agents(bp)
MOST = 100
DONE = {"take": "Assigned to you.", "wait": "Waits for the customer.", "go_on": "Open again.", "close": "Closed.",
        "reopen": "Open again."}


def _connection(name: str) -> tables.Connection:
    row = find_connection(name)
    if row is None or row.kind != SANDBOX:
        abort(404, f"There is no sandbox named {name}.")
    return row


@bp.get("/<connection>")
def inbox(connection: str) -> str:
    return _inbox_page(_connection(connection), SandboxTicketForm(formdata=None))


def _inbox_page(row: tables.Connection, form: SandboxTicketForm) -> str:
    return render_template("pages/sandbox.html", connection=row, form=form, contacts=some_contacts(50),
                           live=_inbox_part(row).html(shelf_version(row.id)))


def _inbox_part(row: tables.Connection) -> Live:
    return Live("inbox", url_for("sandbox.inbox_fragment", connection=row.name), "parts/sandbox_inbox.html",
                {"connection": row, "shelf": sandbox_shelf(row.id, MOST)})


@bp.get("/<connection>/live")
def inbox_fragment(connection: str) -> Response:
    row = _connection(connection)
    return _inbox_part(row).answer(shelf_version(row.id))


@bp.get("/<connection>/<row:ticket_id>")
def ticket(connection: str, ticket_id: int) -> str:
    return _ticket_page(_connection(connection), ticket_id)


def _ticket_page(row: tables.Connection, ticket_id: int, **forms: Any) -> str:
    shown = get_sandbox_ticket(row.id, ticket_id)
    fresh = {"answer": MessageForm(formdata=None, prefix="answer-"),
             "reply": MessageForm(formdata=None, prefix="reply-"), "time": TimeForm(formdata=None)}
    return render_template("pages/sandbox_ticket.html", connection=row, ticket=shown,
                           live=_ticket_part(row, shown).html(_version(shown)), **{**fresh, **forms})


def _ticket_part(row: tables.Connection, shown: tables.SandboxTicket) -> Live:
    known = find_ticket(row.id, str(shown.id))
    return Live("thread", url_for("sandbox.ticket_fragment", connection=row.name, ticket_id=shown.id),
                "parts/sandbox_thread.html", {"ticket": shown, "receipt_id": known.id if known else None})


def _version(shown: tables.SandboxTicket) -> tuple[object, ...]:
    return shown.status, shown.group, shown.assignee, tuple(shown.tags), len(shown.messages)


@bp.get("/<connection>/<row:ticket_id>/live")
def ticket_fragment(connection: str, ticket_id: int) -> Response:
    row = _connection(connection)
    shown = get_sandbox_ticket(row.id, ticket_id)
    return _ticket_part(row, shown).answer(_version(shown))


# What people do there


@bp.post("/<connection>")
def open_ticket(connection: str) -> AnyResponse | tuple[str, int]:
    row, form = _connection(connection), SandboxTicketForm()
    if not form.validate():
        return _inbox_page(row, form), 422
    new = NewTicket(form.subject.data, form.description.data, form.email.data)
    told = _do(row, "open_ticket", new, Severity(form.severity.data))
    flash(told or "Sent. The inbox shows where Deskgate puts it.", "bad" if told else "good")
    return redirect(url_for("sandbox.inbox", connection=connection), 303)


@bp.post("/<connection>/<row:ticket_id>/answer")
def answer(connection: str, ticket_id: int) -> AnyResponse | tuple[str, int]:
    row, form = _connection(connection), MessageForm(prefix="answer-")
    if not form.validate():
        return _ticket_page(row, ticket_id, answer=form), 422
    return _done(row, ticket_id, "Answered.", _do(row, "answer", str(ticket_id), form.body.data, agent=me().name))


@bp.post("/<connection>/<row:ticket_id>/reply")
def reply(connection: str, ticket_id: int) -> AnyResponse | tuple[str, int]:
    row, form = _connection(connection), MessageForm(prefix="reply-")
    if not form.validate():
        return _ticket_page(row, ticket_id, reply=form), 422
    return _done(row, ticket_id, "Sent as the customer.", _do(row, "customer_reply", str(ticket_id), form.body.data))


@bp.post("/<connection>/<row:ticket_id>/time")
def log_time(connection: str, ticket_id: int) -> AnyResponse | tuple[str, int]:
    row, form = _connection(connection), TimeForm()
    if not form.validate():
        return _ticket_page(row, ticket_id, time=form), 422
    told = _do(row, "log_time", str(ticket_id), form.minutes.data * 60, agent=me().name)
    return _done(row, ticket_id, f"{form.minutes.data} minutes logged.", told)


@bp.post("/<connection>/<row:ticket_id>/<any(take, wait, go_on, close, reopen):action>")
def act(connection: str, ticket_id: int, action: str) -> AnyResponse:
    row = _connection(connection)
    named = {"agent": me().name} if action == "take" else {}
    return _done(row, ticket_id, DONE[action], _do(row, action, str(ticket_id), **named))


def _do(row: tables.Connection, action: str, *told: Any, **named: Any) -> str:
    """Do it in the sandbox and take the webhook in that comes of it. Returns what went wrong, or nothing."""
    deskgate, name, config = current_app.extensions["deskgate"], row.name, config_of(row)
    db.session.rollback()
    try:
        inbound: Inbound = getattr(deskgate.helpdesk(config), action)(*told, **named)
        receive(name, inbound, deskgate)
    except (ConfigError, DeliveryError, VerificationError) as error:
        return f"That did not work: {error}."
    return ""


def _done(row: tables.Connection, ticket_id: int, done: str, trouble: str) -> AnyResponse:
    flash(trouble or done, "bad" if trouble else "good")
    return redirect(url_for("sandbox.ticket", connection=row.name, ticket_id=ticket_id), 303)
