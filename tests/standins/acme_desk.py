"""An Acme Desk that is not there: the invented helpdesk of docs/helpdesks/generic.md, its tickets and its REST API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from flask import Flask, Response, jsonify, request

from entitlements.clock import Clock

US, AGENT, CUSTOMER_ID = 9, 5, 41
TEAMS = {3: "Support", 4: "Triage", 5: "Later", 6: "Renewals"}
STATUSES = frozenset({"new", "open", "waiting_on_customer", "on_hold", "solved", "merged"})
FIELDS = frozenset({"entitlement", "product"})
CHANGEABLE: Mapping[str, type | tuple[type, ...]] = {
    "team_id": int, "status": str, "wake_at": (str, type(None)), "tags": list, "custom": dict, "lock_version": int,
    "priority": str}
NEW: Mapping[str, type | tuple[type, ...]] = {
    "subject": str, "description": str, "requester_email": str, "team_id": int, "priority": str, "tags": list,
    "custom": dict}
PAGE = 2


class Refused(Exception):
    """The API says no."""

    def __init__(self, status: int, words: str):
        super().__init__(words)
        self.status = status


class AcmeDesk:
    """Tickets by id. `happened` are the events that webhooks tell of; `after_next_look` what an agent then does."""

    def __init__(self, clock: Clock, key: str):
        self.clock, self.key = clock, key
        self.tickets: dict[int, dict[str, Any]] = {}
        self.happened: list[tuple[int, dict[str, Any]]] = []
        self.after_next_look: dict[int, Callable[[], None]] = {}
        self._numbers = 0

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def now(self) -> str:
        return self.clock.now().astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    def open(self, by: int, email: str, company: int | None, **fields: Any) -> dict[str, Any]:
        ticket = {
            "id": 100 + self.number(), "subject": "Printer on fire", "description": "It burns.", "status": "new",
            "priority": "P3", "team_id": None, "assignee_id": None, "tags": [], "custom": {}, "wake_at": None,
            "requester": {"email": email, "company_id": company}, "source": "web",
            "created_by": {"id": by, "role": role_of(by)}, "created_at": self.now(), "updated_at": self.now(),
            "lock_version": 1, "comments": [], "time_entries": [], **fields}
        self.tickets[ticket["id"]] = ticket
        self.tell("ticket.created", by, ticket)
        return ticket

    def change(self, by: int, ticket: dict[str, Any], event: str = "ticket.updated", **fields: Any) -> None:
        ticket.update(fields)
        ticket["updated_at"], ticket["lock_version"] = self.now(), ticket["lock_version"] + 1
        self.tell(event, by, ticket)

    def comment(self, by: int, ticket: dict[str, Any], body: str, *, internal: bool) -> dict[str, Any]:
        comment = {"id": self.number(), "author": {"id": by, "role": role_of(by)}, "internal": internal, "body": body,
                   "created_at": self.now()}
        ticket["comments"].append(comment)
        ticket["updated_at"] = self.now()
        self.tell("ticket.commented", by, ticket, comment=comment)
        return comment

    def tell(self, event: str, by: int, ticket: Mapping[str, Any], **more: Any) -> None:
        told = {name: value for name, value in ticket.items() if name not in ("comments", "time_entries")}
        self.happened.append((by, {
            "event": event, "event_id": f"evt_{self.number()}", "occurred_at": self.now(),
            "actor": {"id": by, "role": role_of(by)}, "ticket": told, **more}))

    def looked_at(self, number: int) -> dict[str, Any]:
        """A copy of the ticket as an answer shows it; what an agent does right after it happens now."""
        ticket = self.tickets.get(number)
        if ticket is None:
            raise Refused(404, "no such ticket")
        shown = {**ticket, "tags": list(ticket["tags"]), "comments": list(ticket["comments"])}
        then = self.after_next_look.pop(number, None)
        if then is not None:
            then()
        return shown


def role_of(account: int) -> str:
    return "agent" if account in (US, AGENT) else "customer"


def application(desk: AcmeDesk) -> Flask:
    """The API, which refuses whatever its documentation does not allow."""
    app = Flask(__name__)

    @app.before_request
    def authenticate() -> None:
        if request.headers.get("X-Api-Key") != desk.key:
            raise Refused(401, "unknown key")

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error=str(error)), error.status

    @app.get("/api/v2/me")
    def me() -> Response:
        return jsonify(user={"id": US, "name": "Deskgate"})

    @app.get("/api/v2/teams")
    def teams() -> Response:
        return jsonify(teams=[{"id": number, "name": name} for number, name in TEAMS.items()])

    @app.get("/api/v2/custom_fields")
    def custom_fields() -> Response:
        return jsonify(fields=[{"key": name, "type": "text"} for name in sorted(FIELDS)])

    @app.get("/api/v2/tickets")
    def listed() -> Response:
        since, cursor = instant(request.args["updated_after"]), int(request.args.get("cursor", 0))
        rows = [each for each in desk.tickets.values() if instant(each["updated_at"]) >= since]
        more = cursor + PAGE < len(rows)
        return jsonify(tickets=rows[cursor:cursor + PAGE], next_cursor=str(cursor + PAGE) if more else None)

    @app.post("/api/v2/tickets")
    def create() -> tuple[Response, int]:
        body = checked(NEW, required=frozenset({"subject", "description", "requester_email"}))
        email = body.pop("requester_email")
        return jsonify(ticket=desk.open(US, email, None, **body)), 201

    @app.get("/api/v2/tickets/<int:number>")
    def show(number: int) -> Response:
        return jsonify(ticket=desk.looked_at(number))

    @app.delete("/api/v2/tickets/<int:number>")
    def delete(number: int) -> tuple[str, int]:
        if desk.tickets.pop(number, None) is None:
            raise Refused(404, "no such ticket")
        return "", 204

    @app.patch("/api/v2/tickets/<int:number>")
    def change(number: int) -> Response:
        ticket, body = desk.tickets.get(number), checked(CHANGEABLE)
        if ticket is None:
            raise Refused(404, "no such ticket")
        version = body.pop("lock_version", ticket["lock_version"])
        if version != ticket["lock_version"]:
            raise Refused(409, "the ticket has changed meanwhile")
        custom = {**ticket["custom"], **body.pop("custom", {})}
        if ticket["status"] == "on_hold" and body.get("status", "on_hold") != "on_hold":
            body["wake_at"] = None
        desk.change(US, ticket, **body, custom=custom)
        return jsonify(ticket=ticket)

    @app.post("/api/v2/tickets/<int:number>/comments")
    def comment(number: int) -> tuple[Response, int]:
        body = checked({"internal": bool, "body": str}, required=frozenset({"internal", "body"}))
        if number not in desk.tickets:
            raise Refused(404, "no such ticket")
        return jsonify(comment=desk.comment(US, desk.tickets[number], body["body"], internal=body["internal"])), 201

    return app


def checked(known: Mapping[str, Any], required: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The body of the request, every field known and of its type."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not request.is_json:
        raise Refused(400, "send a JSON object")
    if unknown := sorted(set(body) - set(known)) or sorted(required - set(body)):
        raise Refused(422, f"unknown or missing: {unknown[0]}")
    for name, value in body.items():
        if not isinstance(value, known[name]) or (known[name] is int and isinstance(value, bool)):
            raise Refused(422, f"{name} has a wrong type")
    if body.get("status", "open") not in STATUSES or body.get("team_id", 3) not in TEAMS:
        raise Refused(422, "no such status or team")
    if set(body.get("custom", {})) - FIELDS:
        raise Refused(422, "no such custom field")
    if body.get("status") == "on_hold" and instant(body.get("wake_at") or "1970-01-01T00:00:00Z").year < 2000:
        raise Refused(422, "what is on hold needs wake_at")
    return body


def instant(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Refused(422, f"no instant: {value}") from None
