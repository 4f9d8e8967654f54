"""Signing in with name and password. What was wrong is not told apart, and trying is limited."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from entitlements.store import access
from entitlements.store.database import transaction
from entitlements.web.pages.forms import SignInForm
from entitlements.web.pages.guard import AGENT_COOKIE, device, let_in, now, person

bp = Blueprint("signin", __name__)
WRONG = "Name and password do not go together."


@bp.get("/signin")
def ask() -> str | Response:
    if person() is not None:
        return redirect(_wanted())
    return render_template("pages/signin.html", form=SignInForm())


@bp.post("/signin")
def enter() -> Response | tuple[str, int]:
    form = SignInForm()
    token = _session_for(form) if form.validate() else None
    if token is None:
        form.password.errors = [*form.password.errors] or ([] if form.errors else [WRONG])
        return render_template("pages/signin.html", form=form), 401
    session.clear()
    return let_in(redirect(_wanted(), 303), AGENT_COOKIE, token, access.AGENT_SESSION_LASTS)


def _session_for(form: SignInForm) -> str | None:
    user = access.check_password(form.name.data, form.password.data)
    if user is None:
        return None
    name = user.name
    with transaction():
        user = access.get_user(name)
        access.refresh_hash(user, form.password.data)
        access.audit(actor=name, action="sign_in", subject=f"user:{name}", at=now())
        return access.start_session(user, now(), device())


def _wanted() -> str:
    """Where somebody wanted to go before being asked to sign in: an address of ours, and nothing but."""
    wanted = request.args.get("next", "")
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if inside and not urlsplit(wanted).netloc else url_for("now.board")
