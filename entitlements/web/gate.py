"""The gate: a Flask extension that checks each incoming ticket before the view behind it runs.

It guards what it is told to: the webhook blueprint, the ticket API, the submit form, or an endpoint of an application
of your own, by a decorator. By the time the view runs, the decision is made and committed, and stands in `flask.g`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Flask, Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from entitlements.errors import ConfigError, VerificationError
from entitlements.helpdesk import Inbound
from entitlements.settings import Settings
from entitlements.steps.context import Deskgate
from entitlements.steps.hooks import Answer, receive
from entitlements.steps.record import Verdict
from entitlements.store import db
from entitlements.store.connections import find_connection
from entitlements.store.database import UNAVAILABLE, transaction
from entitlements.web.problems import problem

View = TypeVar("View", bound=Callable[..., Any])
Decide = Callable[[], Verdict | Response]
RETRY_AFTER = "30"


class Gate:
    """Puts the entitlement check in front of views: `Gate(app)`, or `gate = Gate()` and `gate.init_app(app)`.

    The application needs Deskgate's own state, as `app.create_app` puts it under `app.extensions`.
    """

    def __init__(self, app: Flask | None = None):
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Make the gate known to an application. Nothing is guarded yet."""
        app.extensions["deskgate_gate"] = self

    def guard_hooks(self, app: Flask, blueprint: Blueprint) -> None:
        """Have each request to the blueprint taken in as a webhook of the connection that its address names.

        The view finds the answer in `g.deskgate_answer`.
        """

        def check() -> Response | None:
            return self._take_webhook() if request.blueprint == blueprint.name else None

        app.before_request(check)

    def guard_endpoint(self, app: Flask, endpoint: str, decide: Decide) -> None:
        """Have `decide` run before a POST to the endpoint reaches its view.

        A Verdict is left in `g.deskgate_verdict`; a Response, a refusal say, is sent as it is.
        """

        def check() -> Response | None:
            if request.endpoint != endpoint or request.method != "POST":
                return None
            result = decide()
            if isinstance(result, Response):
                return result
            g.deskgate_verdict = result
            return None

        app.before_request(check)

    def checked(self, connection: str) -> Callable[[View], View]:
        """Decorate a view of your own that a helpdesk's webhooks come to: it runs only for authentic ones.

        The view finds the answer that Deskgate would give, decision included, in `g.deskgate_answer`.
        """

        def decorate(view: View) -> View:
            @wraps(view)
            def guarded(*args: Any, **kwargs: Any) -> Any:
                refusal = self._take(connection, "")
                return refusal if refusal is not None else view(*args, **kwargs)

            return guarded  # type: ignore[return-value]  # same signature as the view

        return decorate

    def _take_webhook(self) -> Response | None:
        names = request.view_args or {}
        return self._take(names.get("connection", ""), names.get("secret", ""))

    def _take(self, connection: str, secret: str) -> Response | None:
        try:
            body = _bounded_body(_settings().MAX_HOOK_BYTES)
            if body is None:
                return _too_large(connection)
            inbound = Inbound(method=request.method, url=request.base_url, headers=dict(request.headers), body=body,
                              received_at=_deskgate().clock.now(), path_secret=secret)
            g.deskgate_answer = receive(connection, inbound, _deskgate())
        except VerificationError as error:
            # The same answer in all cases, so that nobody learns which connections there are; the log has the reason.
            current_app.logger.warning("refused a webhook: connection=%r reason=%s", connection[:60], error)
            return problem(401, "unverified-webhook", "it cannot be shown that this webhook comes from its sender")
        except (ConfigError, *UNAVAILABLE) as error:
            return _not_stored(error)
        return None


def _not_stored(error: Exception) -> Response:
    """Nothing was acknowledged, and the sender repeats it. A database in trouble is told in a line a webhook."""
    db.session.rollback()
    is_ours = isinstance(error, ConfigError)
    current_app.logger.warning("could not take a webhook in: %s", str(error).partition("\n")[0],
                               exc_info=error if is_ours else None)
    return problem(503, "unavailable", "it could not be stored", headers={"Retry-After": RETRY_AFTER})


def answer_response(answer: Answer) -> Response:
    """The recorded answer as a response, byte for byte."""
    return Response(answer.body, status=answer.status, mimetype="application/json")


def _deskgate() -> Deskgate:
    deskgate: Deskgate = current_app.extensions["deskgate"]
    return deskgate


def _settings() -> Settings:
    settings: Settings = current_app.extensions["deskgate_settings"]
    return settings


def _bounded_body(limit: int) -> bytes | None:
    """The raw body, or None when it is longer than the limit, whether its length was announced or not."""
    request.max_content_length = limit + 1  # one more, since a body of untold length is cut off there in silence
    try:
        body = request.get_data()
    except RequestEntityTooLarge:
        return None
    return None if len(body) > limit else body


def _too_large(connection: str) -> Response:
    with transaction():
        row = find_connection(connection)
        if row is not None:
            row.oversized_hooks += 1
    return problem(413, "too-large", f"the body is larger than {_settings().MAX_HOOK_BYTES} bytes")
