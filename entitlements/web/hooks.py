"""Where helpdesks send their webhooks. The gate in front has decided by the time these views run."""

from __future__ import annotations

from flask import Blueprint, Response, g

from entitlements.web.gate import answer_response

bp = Blueprint("hooks", __name__, url_prefix="/hooks")


@bp.post("/<connection>")
def signed(connection: str) -> Response:
    """A sender that signs its webhooks."""
    return answer_response(g.deskgate_answer)


@bp.post("/<connection>/<path:secret>")
def addressed(connection: str, secret: str) -> Response:
    """A sender that cannot sign: the secret is in the address, and masked in every log."""
    return answer_response(g.deskgate_answer)
