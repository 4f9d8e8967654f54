"""Where helpdesks send their webhooks. The gate in front has decided by the time these views run."""

from __future__ import annotations

from flask import Blueprint, Response, g
from flask.blueprints import BlueprintSetupState

from entitlements.web.gate import answer_response
from entitlements.web.problems import speak_problems, speak_problems_below

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
speak_problems(bp)
speak_problems_below(bp, "/hooks")


@bp.record
def _redirect_no_doubled_slashes(state: BlueprintSetupState) -> None:
    """Such a redirect would repeat the secret in its body and in its `Location`."""
    state.app.url_map.merge_slashes = False


@bp.post("/<connection>")
def signed(connection: str) -> Response:
    """A sender that signs its webhooks."""
    return answer_response(g.deskgate_answer)


@bp.post("/<connection>/<path:secret>")
def addressed(connection: str, secret: str) -> Response:
    """A sender that cannot sign: the secret is in the address, and masked in every log."""
    return answer_response(g.deskgate_answer)
