"""An agent's own account: the password, and the places where the agent is signed in."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from entitlements.store import access, tables
from entitlements.store.database import transaction
from entitlements.web.pages.forms import PasswordForm
from entitlements.web.pages.guard import AGENT_COOKIE, for_agents, me, now

bp = Blueprint("account", __name__)
for_agents(bp)


@bp.get("/account")
def show() -> str:
    return _page(PasswordForm())


def _page(form: PasswordForm) -> str:
    return render_template("pages/account.html", form=form, sessions=_own_sessions())


def _own_sessions() -> list[tables.Session]:
    return [row for row in access.running_sessions(now()) if row.user is not None and row.user.name == me().name]


@bp.post("/account/password")
def change_password() -> Response | tuple[str, int]:
    form, name = PasswordForm(), me().name
    if form.validate() and access.check_password(name, form.old.data) is None:
        form.old.errors = ["That is not your present password."]
    if form.errors or form.old.errors:
        return _page(form), 422
    with transaction():
        user = access.get_user(name)
        access.set_password(user, form.new.data)
        ended = access.revoke_sessions_of(user, now(), but=me().session_id)
        access.audit(actor=name, action="user.password", subject=f"user:{name}", at=now())
    flash(f"Your password is changed. Other sessions signed out: {ended}.", "good")
    return redirect(url_for("account.show"), 303)


@bp.post("/account/sessions/<row:session_id>/end")
def end_session(session_id: int) -> Response:
    if session_id not in {row.id for row in _own_sessions()}:
        abort(404, "That session has ended already.")
    _end(session_id)
    flash("That session is signed out.", "good")
    return redirect(url_for("account.show"), 303)


@bp.post("/signout")
def sign_out() -> Response:
    _end(me().session_id)
    session.clear()
    answer = redirect(url_for("signin.ask"), 303)
    answer.delete_cookie(AGENT_COOKIE)
    return answer


def _end(session_id: int) -> None:
    name = me().name
    with transaction():
        access.revoke_session(session_id, now())
        access.audit(actor=name, action="sign_out", subject=f"session:{session_id}", at=now())
