"""A Ledger Desk that is not there: invented, polled rather than sending webhooks, answering 200 whatever is wrong."""

from __future__ import annotations

import base64
from typing import Any

from flask import Flask, Response, jsonify, request

from entitlements.clock import Clock

USER, PASSWORD, PAGE = "deskgate", "p4ss:w0rd", 2
KEYS = frozenset({"no", "state", "until", "labels", "kind", "text", "from", "subject", "prio"})


class Ledger:
    """Cases by number. `instead` is what the next change is answered with; `forgets` has changes of state get lost."""

    def __init__(self, clock: Clock):
        self.clock = clock
        self.cases: dict[str, dict[str, Any]] = {}
        self.lines: dict[str, list[dict[str, Any]]] = {}
        self.made: dict[str, str] = {}
        self.instead: dict[str, Any] | None = None
        self.forgets = False

    def now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def open(self, email: str, **fields: Any) -> str:
        number = f"L/{len(self.cases) + 1}"
        self.cases[number] = {"no": number, "from": email, "state": 10, "labels": "", "prio": 2, "text": "It burns.",
                              "made": self.now(), "touched": self.now(), **fields}
        self.lines[number] = []
        return number

    def write(self, number: str, kind: str, text: str) -> None:
        self.lines[number].append({"no": len(self.lines[number]) + 1, "kind": kind, "text": text, "made": self.now()})
        self.cases[number]["touched"] = self.now()


def application(ledger: Ledger) -> Flask:
    """Its API."""
    app = Flask(__name__)

    @app.before_request
    def authenticate() -> Response | None:
        told = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if told != f"{USER}:{PASSWORD}":
            return Response("<h1>Who are you?</h1>", 401, content_type="text/html")
        if request.method == "POST" and ledger.instead is not None:
            answer, ledger.instead = jsonify(ledger.instead), None
            answer.headers["X-Wait"] = "45"
            return answer
        return None

    @app.get("/ping")
    def ping() -> Response:
        return jsonify(ok=True)

    @app.get("/case")
    def show() -> Response:
        case = ledger.cases.get(request.args["no"])
        return jsonify(case=case) if case else jsonify(ok=False, error="no such case")

    @app.get("/lines")
    def lines() -> Response:
        return jsonify(ledger.lines.get(request.args["no"], []))

    @app.get("/cases")
    def changed() -> Response:
        since, start = int(request.args["touched_from"]), int(request.args.get("start", 0))
        rows = [case for case in ledger.cases.values() if case["touched"] >= since]
        answer = jsonify(rows[start:start + PAGE])
        if start + PAGE < len(rows):
            following = f"/cases?touched_from={since}&start={start + PAGE}"
            answer.headers["Link"] = f'<{following}>; rel="next", </cases>; rel="first"'
        return answer

    @app.post("/case")
    def create() -> Response:
        form, key = fields(), request.headers["Idempotency-Key"]
        if key not in ledger.made:
            ledger.made[key] = ledger.open(form["from"], text=form["text"], prio=int(form["prio"]))
        return jsonify(no=ledger.made[key])

    @app.post("/case/update")
    def update() -> Response:
        form = fields()
        case = ledger.cases.get(form["no"])
        if case is None:
            return jsonify(ok=False, error="no such case")
        if "state" in form and form["state"] not in {"10", "20", "30", "90"}:
            return jsonify(ok=False, error=f"no state {form['state']}")
        changes: dict[str, Any] = {"labels": form["labels"]} if "labels" in form else {}
        if "state" in form and not ledger.forgets:
            changes["state"] = int(form["state"])
        case.update(changes, touched=ledger.now())
        return jsonify(ok=True)

    @app.post("/line")
    def line() -> Response:
        form = fields()
        ledger.write(form["no"], form["kind"], form["text"])
        return jsonify(ok=True)

    return app


def fields() -> dict[str, str]:
    """The form that was sent, of known names alone."""
    assert request.content_type == "application/x-www-form-urlencoded", request.content_type
    assert set(request.form) <= KEYS, set(request.form)
    return dict(request.form)
