"""Parts of a page that stay up to date: the browser asks every two seconds, and is told nothing while nothing changed.

A part carries the version it shows. A version is made of the values behind the part, never of what ticks by itself, so
that a quiet board costs one empty answer each time and nothing moves under the reader's hands.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import Response, make_response, render_template, request
from markupsafe import Markup

from entitlements.web.pages.guard import now
from entitlements.web.pages.times import stamp

WRAPPER = Markup('<div id="{}" data-live hx-get="{}" hx-vals=\'{{"seen": "{}"}}\' hx-trigger="every 2s" '
                 'hx-swap="outerHTML">{}</div>')


class Live:
    """One part: its id and address, the template that draws it, and the values it shows."""

    def __init__(self, name: str, url: str, template: str, values: dict[str, Any]):
        self.name, self.url, self.template, self.values = name, url, template, values

    def html(self, version: object) -> Markup:
        """The part, wrapped so that it asks for its successor."""
        inner = Markup(render_template(self.template, **self.values))
        return WRAPPER.format(self.name, self.url, digest(version), inner)

    def answer(self, version: object) -> Response:
        """What a browser that has seen a version is told: 204 when it is still this one."""
        unchanged = request.args.get("seen") == digest(version)
        answer = Response(status=204) if unchanged else make_response(self.html(version))
        answer.headers["X-Deskgate-Now"] = stamp(now(), exact=True)
        return answer


def digest(version: object) -> str:
    """A short mark of the values behind a part."""
    return sha256(repr(version).encode()).hexdigest()[:16]
