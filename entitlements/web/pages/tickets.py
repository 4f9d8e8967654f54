"""Tickets and their receipts: what was decided, by which checks, what was done about it, and a person's last word."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from entitlements.errors import ConfigError, Conflict
from entitlements.rules.reasons import Outcome
from entitlements.steps.people import Override, override, take_early
from entitlements.store import tables
from entitlements.store.connections import SANDBOX
from entitlements.store.database import transaction
from entitlements.store.lines import STATES, Wanted, ticket_page
from entitlements.store.milestones import Progress, progress_of
from entitlements.store.receipts import Receipt, receipt_of
from entitlements.store.tickets import get_ticket
from entitlements.web.pages.expecting import expected
from entitlements.web.pages.forms import OverrideForm
from entitlements.web.pages.guard import for_agents, me, now
from entitlements.web.pages.live import Live
from entitlements.web.pages.times import instant, local

bp = Blueprint("tickets", __name__)
for_agents(bp)


@bp.get("/tickets")
def index() -> str:
    state = request.args.get("state", "")
    wanted = Wanted(state=state if state in STATES else "", customer=request.args.get("customer", "").strip()[:80],
                    page=min(10_000, max(1, request.args.get("page", 1, type=int))))
    return render_template("pages/tickets.html", wanted=wanted, page=ticket_page(wanted), states=STATES)


@bp.get("/tickets/<row:ticket_id>")
def receipt(ticket_id: int) -> str:
    return _page(receipt_of(get_ticket(ticket_id)), OverrideForm(formdata=None))


def _page(shown: Receipt, form: OverrideForm) -> str:
    if form.until.data is None:
        form.until.data = _suggested(shown)
    return render_template("pages/receipt.html", receipt=shown, form=form,
                           live=_part(shown).html(_version(shown)), sandbox_link=_sandbox_link(shown.ticket))


def _sandbox_link(ticket: tables.Ticket) -> str:
    """Where the ticket is seen in the sandbox, if that is its helpdesk."""
    if ticket.connection.kind != SANDBOX or not (ticket.remote_id or "").isdecimal():
        return ""
    return url_for("sandbox.ticket", connection=ticket.connection.name, ticket_id=int(ticket.remote_id or 0))


def _suggested(shown: Receipt) -> datetime | None:
    """What the form proposes to queue until: the promise given, on the license's clock."""
    return local(shown.ticket.release_at, shown.zone) if shown.ticket.release_at else None


def _part(shown: Receipt) -> Live:
    return Live("receipt", url_for("tickets.fragment", ticket_id=shown.ticket.id), "parts/receipt.html",
                {"receipt": shown, "milestones": _milestones(shown), "expected_at": _expected_at(shown)})


def _expected_at(shown: Receipt) -> datetime | None:
    """When it is to be expected, where that is worth telling: later than it is released, or released already."""
    ticket = shown.ticket
    if ticket.state == "queued":
        return expected().later(ticket.id, ticket.release_at)
    return expected().of_owed(ticket.id) if shown.owed_release else None


def _milestones(shown: Receipt) -> tuple[Progress, ...]:
    return progress_of([shown.ticket], now())[shown.ticket.id]


def _version(shown: Receipt) -> tuple[object, ...]:
    """A milestone also looks different as soon as it is late, without anything having changed; and others in the
    queue have a say in when this one is expected."""
    return *shown.version, tuple(each.late for each in _milestones(shown)), _expected_at(shown)


@bp.get("/tickets/<row:ticket_id>/live")
def fragment(ticket_id: int) -> Response:
    shown = receipt_of(get_ticket(ticket_id))
    return _part(shown).answer(_version(shown))


@bp.get("/tickets/<row:ticket_id>/take")
def ask_to_take(ticket_id: int) -> str:
    return render_template("pages/take.html", receipt=receipt_of(get_ticket(ticket_id)))


@bp.post("/tickets/<row:ticket_id>/take")
def take(ticket_id: int) -> AnyResponse:
    actor = me().name
    try:
        with transaction():
            take_early(ticket_id, actor, now(), current_app.extensions["deskgate"])
        flash("Taken: the ticket is on its way to the agents.", "good")
    except Conflict as error:
        flash(f"It could not be taken: {error}.", "bad")
    return redirect(url_for("tickets.receipt", ticket_id=ticket_id), 303)


@bp.post("/tickets/<row:ticket_id>/override")
def decide(ticket_id: int) -> AnyResponse | tuple[str, int]:
    form, shown = OverrideForm(), receipt_of(get_ticket(ticket_id))
    if form.validate() and _overridden(form, shown.ticket, shown.zone):
        flash("Overridden. The new decision is in force.", "good")
        return redirect(url_for("tickets.receipt", ticket_id=ticket_id), 303)
    return _page(receipt_of(get_ticket(ticket_id)), form), 422


def _overridden(form: OverrideForm, ticket: tables.Ticket, zone: str) -> bool:
    """Whether it was done; what was wrong is put beside its field."""
    outcome, actor, ticket_id = Outcome(form.outcome.data), me().name, ticket.id
    until = instant(form.until.data, zone) if outcome is Outcome.QUEUE else None
    try:
        with transaction():
            override(ticket_id, Override(outcome, form.reason.data, until), actor, now(),
                     current_app.extensions["deskgate"])
    except (ConfigError, Conflict) as error:
        wrong = {"release_at": form.until, "outcome": form.outcome}.get(getattr(error, "field", ""), form.reason)
        wrong.errors = [*wrong.errors, f"{error}."]
        return False
    return True
