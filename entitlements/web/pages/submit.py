"""The submit page for customers: what their license gives them now, what will happen before they send, and the promise.

A personal link turns into a session of the contact's own. What is shown is what `preview` answers, so that the promise
made before sending is the one that is kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from entitlements.errors import ConfigError
from entitlements.helpdesk import Identity
from entitlements.rules.ticket import Severity
from entitlements.steps.admit import Submission, submit
from entitlements.steps.judge import Judged, Question, preview
from entitlements.steps.record import Verdict
from entitlements.store import access
from entitlements.store.database import transaction
from entitlements.store.licenses import licenses_of
from entitlements.store.lines import Line, Wanted, ticket_page
from entitlements.store.receipts import Receipt, receipt_of
from entitlements.store.tickets import get_ticket
from entitlements.store.usage import usage_of
from entitlements.web.pages.cover import OLDEST_DAY_NEEDED, cover_of
from entitlements.web.pages.expecting import expected
from entitlements.web.pages.forms import SubmissionForm
from entitlements.web.pages.guard import CUSTOMER_COOKIE, Guest, device, guest, let_in, now
from entitlements.web.pages.spoken import Spoken, asked_for, spoken_to
from entitlements.web.pages.strip import next_days

bp = Blueprint("submit", __name__, url_prefix="/submit")
CHANNEL = "web"


@bp.get("")
def ask() -> str | tuple[str, int]:
    asking = guest()
    return _page(asking, SubmissionForm(formdata=None)) if asking else _no_session()


def _no_session() -> tuple[str, int]:
    return render_template("pages/submit_closed.html", spoken=spoken_to(None)), 401


def _page(asking: Guest, form: SubmissionForm) -> str:
    licenses = licenses_of(asking.customer)
    usage = usage_of(licenses, (now() - OLDEST_DAY_NEEDED).date())
    cover = cover_of(asking.customer, licenses, usage, now())
    schedule = cover.license.terms.schedule if cover.license else None
    day = schedule.day_of(now()) if schedule else None
    spoken = spoken_to(asking)
    _say_in(form, spoken)
    return render_template(
        "pages/submit.html", form=form, guest=asking, spoken=spoken, cover=cover, severities=list(Severity),
        days=next_days(schedule, now()) if schedule else (), chosen=_severity(form.severity.data),
        used=usage.used(cover.license, day) if cover.license else 0,
        remaining=usage.remaining(cover.license, day) if cover.license else None,
        judged=_judged_each(asking, form.product.data or ""),
        products=sorted({product for each in licenses for product in each.terms.products}),
        tickets=[(line, _expected_of(line)) for line in _own_tickets(asking)])


def _say_in(form: SubmissionForm, spoken: Spoken) -> None:
    """Have the labels of the form, and what it misses, told in the customer's language."""
    for field in (form.subject, form.description, form.product):
        field.label.text = spoken(field.name)
    for field in (form.subject, form.description):
        if field.errors and not field.data:
            field.errors = [spoken(f"error.{field.name}")]


def _own_tickets(asking: Guest) -> tuple[Line, ...]:
    return ticket_page(Wanted(customer=asking.customer, contact=asking.contact)).lines[:10]


def _expected_of(line: Line) -> datetime | None:
    """When a ticket of the list is to be expected with the team; None when it is there, or is not coming."""
    if line.state == "queued":
        return expected().of(line.ticket_id, line.release_at)
    found = expected().of_owed(line.ticket_id) if line.state == "routed" else None
    return found if found and found > now() else None


def _severity(text: str | None) -> Severity:
    return Severity(text) if text in set(Severity) else Severity.NORMAL


def _judged_each(asking: Guest, product: str) -> dict[Severity, Judged]:
    """What would happen now, for each severity."""
    asked = Question(asking.customer, Severity.NORMAL, now(), product=product, contact=asking.contact, channel=CHANNEL,
                     language=asked_for())
    return {each: preview(replace(asked, severity=each), current_app.extensions["deskgate"]) for each in Severity}


@bp.get("/preview")
def show_preview() -> str | Response:
    """What will happen, drawn anew when the severity or the product changes."""
    asking = guest()
    if asking is None:
        return Response(status=401, headers={"HX-Redirect": url_for("submit.ask")})
    judged = _judged_each(asking, request.args.get("product", "")[:120])
    return render_template("parts/promise.html", spoken=spoken_to(asking), judged=judged,
                           chosen=_severity(request.args.get("severity")))


@bp.get("/enter/<token>")
def enter(token: str) -> AnyResponse | tuple[str, int]:
    """A personal link. Mail programs that only look at links, without opening them, do not use it up."""
    if request.method != "GET" or request.headers.get("Sec-Purpose", "").startswith("prefetch"):
        return Response(status=204)
    with transaction():
        session = access.use_link(token, now(), device())
    if session is None:
        return render_template("pages/submit_closed.html", spoken=spoken_to(None), spent=True), 403
    return let_in(redirect(url_for("submit.ask"), 303), CUSTOMER_COOKIE, session, access.CUSTOMER_SESSION_LASTS)


def decide_submission() -> Verdict | Response:
    """Read the form and decide, in one transaction; a form that is not right comes back as a page."""
    asking = guest()
    if asking is None:
        return make_response(_no_session())
    form = SubmissionForm()
    if not form.validate():
        return make_response(_page(asking, form), 422)
    try:
        with transaction():
            return submit(_submission(form, asking), now(), current_app.extensions["deskgate"])
    except ConfigError as error:
        current_app.logger.error("a submitted ticket could not be taken in: %s", error)
        return make_response(
            render_template("pages/submit_closed.html", spoken=spoken_to(asking), broken=True), 503)


def _submission(form: SubmissionForm, asking: Guest) -> Submission:
    return Submission(
        identity=Identity(customer=asking.customer, email=asking.contact), severity=_severity(form.severity.data),
        subject=form.subject.data, description=form.description.data, product=form.product.data, channel=CHANNEL,
        language=asked_for())


@bp.post("")
def send() -> AnyResponse:
    """The gate in front has decided already, where there is one."""
    verdict = g.get("deskgate_verdict") or decide_submission()
    if isinstance(verdict, Response):
        return verdict
    return redirect(url_for("submit.sent", ticket_id=verdict.ticket_id), 303)


@bp.get("/tickets/<row:ticket_id>")
def sent(ticket_id: int) -> str | tuple[str, int]:
    """What was decided about one of the contact's own tickets."""
    asking = guest()
    if asking is None:
        return _no_session()
    ticket = get_ticket(ticket_id)
    if ticket.customer is None or (ticket.customer.name, ticket.contact) != (asking.customer, asking.contact):
        abort(404)
    shown = receipt_of(ticket)
    return render_template("pages/submit_sent.html", spoken=spoken_to(asking), ticket=ticket, guest=asking,
                           zone=shown.zone, expected_at=_expected_at(shown))


def _expected_at(shown: Receipt) -> datetime | None:
    """When the ticket is to be expected with the team; None when it is there already, or any moment now."""
    ticket = shown.ticket
    if ticket.state == "queued":
        return expected().of(ticket.id, ticket.release_at)
    found = expected().of_owed(ticket.id) if shown.owed_release else None
    return found if found and found > now() else None


@bp.post("/leave")
def leave() -> AnyResponse:
    """End the session; the link that began it is used up."""
    asking = guest()
    if asking is not None:
        with transaction():
            access.revoke_session(asking.session_id, now())
            access.audit(actor=asking.contact, action="sign_out", subject=f"session:{asking.session_id}", at=now())
    flash(spoken_to(asking)("signed_out"), "good")
    answer = redirect(url_for("submit.ask"), 303)
    answer.delete_cookie(CUSTOMER_COOKIE)
    return answer
