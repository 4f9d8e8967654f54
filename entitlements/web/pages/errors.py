"""Pages for what goes wrong: what happened, in plain words, and what to do next. Never a traceback."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Flask, Response, make_response, render_template, request
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from entitlements.errors import Conflict, NotFound
from entitlements.store.database import UNAVAILABLE
from entitlements.web.logs import masked
from entitlements.web.problems import TRY_AGAIN_AFTER

log = logging.getLogger(__name__)
NO_PAGES_BELOW = ("/api/", "/hooks/", "/metrics", "/healthz", "/readyz", "/static/")


@dataclass(frozen=True)
class Trouble:
    """What a page says about a status."""

    title: str
    advice: str


TROUBLES = {
    400: Trouble("That request could not be understood",
                 "Go back, load the page again and try once more."),
    401: Trouble("You are signed out", "Sign in, and try once more."),
    403: Trouble("This is not yours to do", "Ask an admin."),
    404: Trouble("There is nothing here", "The address may have a typing error, or the thing it named is gone."),
    405: Trouble("That cannot be done here", "Go back and use the buttons on the page."),
    409: Trouble("That is not possible any more", "Something changed meanwhile. Go back and look again."),
    413: Trouble("That is too large", "Send less text, or put large files elsewhere and send a link."),
    429: Trouble("Too many tries", "Wait a minute, then try again."),
    500: Trouble("Something went wrong on our side",
                 "It has been logged. Nothing was changed. Try again in a moment."),
    503: Trouble("The database does not answer", "Nothing was changed. Try again in a moment."),
}
EXPIRED_FORM = "The form had expired: it was opened before you signed in or out. Load the page again and send it anew."


def init_errors(app: Flask) -> None:
    """Show a page for every error outside the API."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(NotFound, lambda error: page(404, str(error)))
    app.register_error_handler(Conflict, lambda error: page(409, str(error)))
    app.register_error_handler(Exception, _unforeseen)


def page(status: int, detail: str = "") -> Response:
    """The page for a status; `detail` says more than the status does."""
    trouble = TROUBLES.get(status) or TROUBLES[500 if status >= 500 else 400]
    return make_response(render_template("pages/error.html", status=status, trouble=trouble, detail=detail), status)


def _of_http(error: HTTPException) -> Response | HTTPException:
    if request.path.startswith(NO_PAGES_BELOW) or (error.code or 500) < 400:
        return error
    answer = page(error.code or 500, _detail_of(error))
    answer.headers.extend((name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After"))
    if isinstance(error, RateLimitExceeded):
        answer.headers["Retry-After"] = str(error.limit.limit.get_expiry())  # by then the tries are forgotten for sure
    return answer


def _detail_of(error: HTTPException) -> str:
    """Only what we said ourselves: the stock sentences say less than ours."""
    if isinstance(error, CSRFError):
        return EXPIRED_FORM
    own = error.description != type(error).description and error.code not in (429, 500)
    return (error.description or "") if own else ""


def _unforeseen(error: Exception) -> Response | HTTPException:
    if isinstance(error, UNAVAILABLE):
        log.warning("%s %s: the database does not answer: %s", request.method, masked(request.path), error)
        answer = page(503)
        answer.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
        return answer
    log.error("%s %s failed", request.method, masked(request.path), exc_info=error)
    if request.path.startswith(NO_PAGES_BELOW):
        return InternalServerError()
    return page(500)
