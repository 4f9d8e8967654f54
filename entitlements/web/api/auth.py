"""Who calls: the bearer token of a request, and whether its scopes suffice. In doubt the door is closed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, g, request

from entitlements.steps.context import Deskgate
from entitlements.store import db
from entitlements.store.access import find_token
from entitlements.store.database import UNAVAILABLE, transaction
from entitlements.store.tables import ApiToken
from entitlements.web.problems import Problem

log = logging.getLogger(__name__)
NOTED_EVERY = timedelta(minutes=1)  # so that not every call writes


@dataclass(frozen=True)
class Caller:
    """The token that a request came with. Names can be told to people, and the id is short and never used again."""

    id: int
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How the audit and the receipts name it."""
        return f"token:{self.name}"


def deskgate() -> Deskgate:
    """The running Deskgate of this application."""
    running: Deskgate = current_app.extensions["deskgate"]
    return running


def authorize(scope: str) -> Caller:
    """The caller, who has that scope. Raises Problem: 401 without a valid token, 403 without the scope."""
    if "caller" not in g:
        g.caller = _caller(deskgate().clock.now())
    caller: Caller = g.caller
    if scope not in caller.scopes:
        raise Problem("missing-scope", f"The token {caller.name!r} lacks the scope {scope}.", members={"scope": scope},
                      headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'})
    return caller


def _caller(now: datetime) -> Caller:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise _unauthorized("Send a token as Authorization: Bearer <token>.", "Bearer")
    token = find_token(text.strip(), now)
    if token is None:
        raise _unauthorized("The token is unknown, expired or revoked.", 'Bearer error="invalid_token"')
    caller = Caller(token.id, token.name, frozenset(token.scopes))
    if token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY:
        _note_use(token.id, now)
    return caller


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": challenge})


def _note_use(token_id: int, now: datetime) -> None:
    """Remember when the token was last used. A database too busy for that is no reason to refuse the call."""
    try:
        with transaction():
            db.session.get_one(ApiToken, token_id).last_used_at = now
    except UNAVAILABLE as error:
        log.warning("could not note the use of an API token: %s", error)
