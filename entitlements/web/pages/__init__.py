"""The pages: server-rendered, for agents who signed in and for customers who came by a personal link.

Each module is one page or a few that belong together, and exports its blueprint as `bp`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from werkzeug.routing import IntegerConverter, Map

from entitlements.store import board
from entitlements.web.gate import Gate
from entitlements.web.pages import (
    account,
    changes,
    connecting,
    connections,
    customers,
    edits,
    holidays,
    now,
    replies,
    sandbox,
    schedules,
    signin,
    submit,
    tickets,
)
from entitlements.web.pages import attention as attention_page
from entitlements.web.pages.errors import init_errors
from entitlements.web.pages.expecting import init_expecting
from entitlements.web.pages.forms import init_forms
from entitlements.web.pages.guard import now as the_instant
from entitlements.web.pages.guard import person
from entitlements.web.pages.times import init_times
from entitlements.web.pages.words import init_words

blueprints = (signin.bp, account.bp, now.bp, customers.bp, tickets.bp, schedules.bp, holidays.bp, edits.bp,
              changes.bp, attention_page.bp, connecting.bp, connections.bp, replies.bp, sandbox.bp, submit.bp)


class RowId(IntegerConverter):
    """The id of a row in an address, no larger than any database's."""

    def __init__(self, url_map: Map):
        super().__init__(url_map, max=2**31 - 1)


def init_app(app: Flask, gate: Gate, limiter: Limiter) -> None:
    """Add the pages, with the gate before the submit form and a limit on tries to sign in."""
    limiter.limit(app.extensions["deskgate_settings"].LOGIN_LIMIT, methods=["POST"])(signin.bp)
    app.url_map.converters["row"] = RowId
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    gate.guard_endpoint(app, "submit.send", submit.decide_submission)
    app.context_processor(_known_to_templates)
    init_times(app)
    init_expecting(app)
    init_forms(app)
    init_words(app)
    init_errors(app)


def _known_to_templates() -> dict[str, Any]:
    """Who is looking and when; what waits for a person is counted only by templates that ask."""
    return {"person": person, "now": the_instant, "attention": lambda: board.attention(the_instant()),
            "sandbox_name": board.first_sandbox}
