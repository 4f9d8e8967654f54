"""What pages tell of when tickets are to be expected: asked once a page, and only by those that show one that waits."""

from __future__ import annotations

from flask import Flask, current_app, g

from entitlements.web.expected import Expectations, expectations
from entitlements.web.pages.guard import now


def expected() -> Expectations:
    """As of the present request."""
    if "deskgate_expectations" not in g:
        g.deskgate_expectations = expectations(now(), current_app.extensions["deskgate"])
    found: Expectations = g.deskgate_expectations
    return found


def init_expecting(app: Flask) -> None:
    """Make it known to templates."""
    app.jinja_env.globals.update(expected=expected)
