"""Who is looking: an agent or admin who signed in, or a customer's contact who came by a personal link.

Both are sessions kept on the server, known by a cookie that scripts cannot read. What the pages get is a value, not a
row, so that it outlives the transactions of the request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from entitlements.store import access, tables
from entitlements.store.database import transaction

AGENT_COOKIE = "deskgate_session"
CUSTOMER_COOKIE = "deskgate_customer"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Person:
    """An agent or admin who is signed in. `temporary`: the password is still the generated one."""

    session_id: int
    name: str
    role: str
    temporary: bool

    @property
    def is_admin(self) -> bool:
        return self.role == access.ADMIN


@dataclass(frozen=True)
class Guest:
    """A customer's contact: the customer's short name and zone, and the contact's address."""

    session_id: int
    customer: str
    zone: str
    contact: str


def now() -> datetime:
    """The present instant, the same throughout a request."""
    return _kept("now", current_app.extensions["deskgate"].clock.now)


def person() -> Person | None:
    """Who is signed in, if anybody."""
    return _kept("person", _find_person)


def _kept(name: str, find: Callable[[], Found]) -> Found:
    """What was found once in this request. Kept with the request: `g` may outlive it, in a shell for one."""
    key = f"deskgate.{name}"
    if key not in request.environ:
        request.environ[key] = find()
    return request.environ[key]


def _find_person() -> Person | None:
    session = _session(AGENT_COOKIE)
    user = session.user if session else None
    found = Person(session.id, user.name, user.role, user.temporary) if session and user else None
    _touch(session)
    return found


def me() -> Person:
    """Who is signed in. Answers 401 when nobody is."""
    return person() or abort(401)


def guest() -> Guest | None:
    """The customer's contact whose session this is, if it is one."""
    return _kept("guest", _find_guest)


def _find_guest() -> Guest | None:
    session = _session(CUSTOMER_COOKIE)
    customer = session.customer if session else None
    found = Guest(session.id, customer.name, customer.zone, session.contact) if session and customer else None
    _touch(session)
    return found


def _session(cookie: str) -> tables.Session | None:
    token = request.cookies.get(cookie, "")
    return access.find_session(token, now()) if token else None


def _touch(session: tables.Session | None) -> None:
    """Mark the session as used, once a minute; never while watching only."""
    if session is None or "HX-Request" in request.headers or not access.is_worth_touching(session, now()):
        return
    session_id = session.id
    with transaction():
        row = access.db.session.get(tables.Session, session_id)
        if row is not None:
            access.touch_session(row, now())


def let_in(answer: AnyResponse, cookie: str, token: str, lasts: timedelta) -> AnyResponse:
    """Give the browser its session."""
    answer.set_cookie(cookie, token, max_age=int(lasts.total_seconds()), httponly=True, samesite="Lax",
                      secure=current_app.extensions["deskgate_settings"].SECURE_COOKIES)
    return answer


def device() -> str:
    """What the browser calls itself, for the list of sessions."""
    return request.headers.get("User-Agent", "")[:200]


def for_agents(bp: Blueprint) -> None:
    """Have all of a blueprint's pages seen by signed-in agents only; others are sent to sign in."""
    bp.before_request(_signed_in_only)


def _signed_in_only() -> AnyResponse | None:
    if person() is not None:
        return None
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("signin.ask")})
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signin.ask", next=None if wanted == "/" else wanted))


def for_admins(view: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a view from everybody but admins."""
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not me().is_admin:
            abort(403, "This is for admins. Ask one to do it, or to make you one.")
        return view(*args, **kwargs)
    return guarded
