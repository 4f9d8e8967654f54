"""The Inbox API 2.0 of a Help Scout account that is not there, as strict as the documents of the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.standins.helpscout_desk import STATUSES, US, HelpScoutDesk, Refused, invalid

ROOT = "/v2"
PAGE = 25
APP, APP_SECRET = "an-app-id", "an-app-secret"
LISTED_BY = {"embed", "mailbox", "folder", "status", "tag", "assigned_to", "modifiedSince", "number", "sortField",
             "sortOrder", "query", "customFieldsByIds", "page"}
PATCHES = {("replace", "/status"): str, ("replace", "/subject"): str, ("replace", "/assignTo"): int,
           ("remove", "/assignTo"): int, ("move", "/mailboxId"): int, ("replace", "/draft"): bool}
TOKEN_PATH = f"{ROOT}/oauth2/token"


def application(desk: HelpScoutDesk) -> Flask:
    """The API as a Flask application."""
    app = Flask("helpscout")
    app.before_request(lambda: _let_in(desk))
    app.after_request(lambda response: _count(desk, response))
    app.register_error_handler(Refused, _refusal)
    app.register_error_handler(404, lambda _: _refusal(Refused(404, "Not Found")))
    app.register_error_handler(405, lambda _: _refusal(Refused(405, "Method Not Allowed")))
    for add in (_signing_in, _conversations, _parts, _threads, _names):
        add(app, desk)
    return app


def _let_in(desk: HelpScoutDesk) -> Response | None:
    """Changes count twice."""
    if request.path == TOKEN_PATH or request.url_rule is None:
        return None
    desk.units_left -= 1 if request.method == "GET" else 2
    if desk.units_left < 0:
        raise Refused(429, "API rate limit exceeded", headers={"X-RateLimit-Retry-After": "23"})
    told = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not desk.tokens or told != desk.tokens[-1] or not desk.is_invited:
        raise Refused(401, "Unauthorized")
    if request.get_data() and request.mimetype != "application/json":
        raise Refused(415, "Unsupported Media Type")
    return None


def _count(desk: HelpScoutDesk, response: Response) -> Response:
    response.headers["X-RateLimit-Limit-Minute"] = "200"
    response.headers["X-RateLimit-Remaining-Minute"] = str(max(0, min(200, desk.units_left)))
    return response


def _refusal(error: Refused) -> Response:
    body: dict[str, Any] = {"logRef": "0f1e-2d3c", "message": error.message}
    if error.path:
        body = {"logRef": "0f1e-2d3c", "message": "Validation error", "_embedded": {"errors": [
            {"path": error.path, "message": error.message, "source": "JSON"}]}}
    answer = jsonify(body)
    answer.status_code = error.status
    answer.headers.update(error.headers)
    return answer


def _body(required: Iterable[str], also: Iterable[str] = ()) -> dict[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refused(400, "Bad request")
    for name in found.keys() - {*required, *also}:
        raise invalid(name, "is not known")
    for name in set(required) - found.keys():
        raise invalid(name, "may not be empty")
    return found


def _route(app: Flask, method: str, path: str, view: Callable[..., Any]) -> None:
    app.add_url_rule(f"{ROOT}/{path}", f"{method} {path}", view, methods=[method])


def _paged(what: str, rows: Iterable[Any]) -> Response:
    """One page. A list that is empty is left out."""
    listed, page = list(rows), int(request.args.get("page", 1))
    total = max(1, -(-len(listed) // PAGE))
    part = listed[(page - 1) * PAGE: page * PAGE]
    return jsonify({**({"_embedded": {what: part}} if part else {}), "_links": {"self": {"href": request.url}},
                    "page": {"size": PAGE, "totalElements": len(listed), "totalPages": total, "number": page}})


def _signing_in(app: Flask, desk: HelpScoutDesk) -> None:
    def token() -> Any:
        if request.mimetype not in ("application/x-www-form-urlencoded", "application/json"):
            raise Refused(415, "Unsupported Media Type")
        told = request.form or request.get_json(silent=True) or {}
        if told.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type")
        if (told.get("client_id"), told.get("client_secret")) != (APP, APP_SECRET):
            return jsonify({"error": "invalid_client", "error_description": "Client authentication failed"}), 401
        desk.tokens.append(f"t0ken-{len(desk.tokens) + 1}")
        return jsonify({"token_type": "bearer", "access_token": desk.tokens[-1], "expires_in": 172800})

    _route(app, "POST", "oauth2/token", token)


def _conversations(app: Flask, desk: HelpScoutDesk) -> None:
    def show(number: int) -> Any:
        if number in desk.merged:
            return Response("", 301, {"Location": f"{request.host_url}v2/conversations/{desk.merged[number]}"})
        row = desk.alive(number)
        found = jsonify(desk.whole(row) if request.args.get("embed") == "threads" else desk.shown(row))
        desk.after_next_look.pop(number, lambda: None)()
        return found

    def create() -> Any:
        told = _body(("subject", "type", "mailboxId", "status", "customer", "threads"),
                     ("tags", "fields", "assignTo", "autoReply", "imported", "createdAt", "user"))
        if told["mailboxId"] not in desk.mailboxes:
            raise invalid("mailboxId", "does not exist")
        row = desk.create(US, told["mailboxId"], _customer(desk, told["customer"]), source="api",
                          tags=tuple(told.get("tags", ())), words=told["threads"][0]["text"])
        row["subject"] = told["subject"]
        return Response(status=201, headers={"Resource-ID": str(row["id"])})

    def remove(number: int) -> Any:
        desk.alive(number)
        if not desk.may_delete:
            raise Refused(403, "Forbidden")
        desk.delete(US, number)
        return Response(status=204)

    _route(app, "GET", "conversations/<int:number>", show)
    _route(app, "GET", "conversations", lambda: _listed(desk))
    _route(app, "POST", "conversations", create)
    _route(app, "DELETE", "conversations/<int:number>", remove)


def _customer(desk: HelpScoutDesk, told: Any) -> int:
    if isinstance(told, dict) and told.get("id") in desk.customers:
        return int(told["id"])
    email = told.get("email") if isinstance(told, dict) else None
    if not isinstance(email, str) or "@" not in email:
        raise invalid("customer", "must have an id or an email")
    known = (number for number in desk.customers if desk.email(number) == email)
    return next(known, 0) or desk.add_customer(email)


def _listed(desk: HelpScoutDesk) -> Response:
    """Active ones only, unless more are asked for."""
    for name in request.args.keys() - LISTED_BY:
        raise invalid(name, "is not known")
    status, since = request.args.get("status", "active"), request.args.get("modifiedSince")
    rows = [row for row in desk.conversations.values() if status == "all" or row["status"] == status]
    if since:
        rows = [row for row in rows if datetime.fromisoformat(row["modifiedAt"]) > datetime.fromisoformat(since)]
    by = request.args.get("sortField", "createdAt")
    rows.sort(key=lambda row: (row[by], row["id"]), reverse=request.args.get("sortOrder", "desc") == "desc")
    return _paged("conversations", [desk.shown(desk.alive(row["id"])) for row in rows])


def _parts(app: Flask, desk: HelpScoutDesk) -> None:
    """One operation to a request: an object, not a list of them."""
    def patch(number: int) -> Any:
        told = _body(("op", "path"), ("value",))
        kind = PATCHES.get((told["op"], told["path"]))
        if kind is None or (told["op"] != "remove" and type(told.get("value")) is not kind):
            raise invalid("path", "is no operation that can be carried out")
        desk.alive(number)
        _patched(desk, number, told["path"], told.get("value"))
        return Response(status=204)

    def tags(number: int) -> Any:
        told = _body(("tags",))["tags"]
        if not isinstance(told, list) or not all(isinstance(tag, str) and tag.strip() for tag in told):
            raise invalid("tags", "must be texts")
        desk.tag(US, number, told)
        return Response(status=204)

    def fields(number: int) -> Any:
        told = _body(("fields",))["fields"]
        if not isinstance(told, list) or not all(isinstance(row, dict) and row.keys() == {"id", "value"}
                                                 and isinstance(row["value"], str) for row in told):
            raise invalid("fields", "must be ids and values")
        desk.fill_in(US, number, {row["id"]: row["value"] for row in told})
        return Response(status=204)

    def snooze(number: int) -> Any:
        told = _body(("snoozedUntil", "unsnoozeOnCustomerReply"))
        desk.snooze(US, number, told["snoozedUntil"], told["unsnoozeOnCustomerReply"])
        return Response(status=204)

    def unsnooze(number: int) -> Any:
        desk.unsnooze(US, number)
        return Response(status=204)

    _route(app, "PATCH", "conversations/<int:number>", patch)
    _route(app, "PUT", "conversations/<int:number>/tags", tags)
    _route(app, "PUT", "conversations/<int:number>/fields", fields)
    _route(app, "PUT", "conversations/<int:number>/snooze", snooze)
    _route(app, "DELETE", "conversations/<int:number>/snooze", unsnooze)


def _patched(desk: HelpScoutDesk, number: int, path: str, value: Any) -> None:
    match path:
        case "/status":
            if value not in STATUSES:
                raise invalid("value", "is no status")
            desk.set_status(US, number, value)
        case "/assignTo":
            desk.assign(US, number, value)
        case "/mailboxId":
            desk.move(US, number, value)


def _threads(app: Flask, desk: HelpScoutDesk) -> None:
    def reply(number: int) -> Any:
        told = _body(("customer", "text"), ("draft", "imported", "status", "user", "assignTo", "cc", "bcc"))
        if told["customer"] != {"id": desk.alive(number)["primaryCustomer"]["id"]}:
            raise invalid("customer", "is not in this conversation")
        if told.get("status", "active") not in STATUSES:
            raise invalid("status", "is no status")
        thread = desk.write(US, number, "message", _words(told), told.get("status", ""))
        return Response(status=201, headers={"Resource-ID": str(thread["id"])})

    def note(number: int) -> Any:
        thread = desk.write(US, number, "note", _words(_body(("text",), ("user", "imported", "status"))))
        return Response(status=201, headers={"Resource-ID": str(thread["id"])})

    def listed(number: int) -> Any:
        return _paged("threads", desk.whole(desk.alive(number))["_embedded"]["threads"])

    _route(app, "POST", "conversations/<int:number>/reply", reply)
    _route(app, "POST", "conversations/<int:number>/notes", note)
    _route(app, "GET", "conversations/<int:number>/threads", listed)


def _words(told: dict[str, Any]) -> str:
    if not isinstance(told["text"], str) or not told["text"].strip():
        raise invalid("text", "may not be empty")
    return told["text"]


def _names(app: Flask, desk: HelpScoutDesk) -> None:
    def customer(number: int) -> Any:
        if number not in desk.customers:
            raise Refused(404, "Not Found")
        return jsonify(desk.customers[number])

    def fields(number: int) -> Any:
        if number not in desk.mailboxes:
            raise Refused(404, "Not Found")
        return _paged("fields", [] if number in desk.without_fields else [
            {"id": desk.field_id(number, name), "name": name, "type": kind, "required": False, "order": 1}
            for name, kind in desk.types.items()])

    _route(app, "GET", "users/me", lambda: jsonify({"id": US, "firstName": "Deskgate", "email": desk.users[US],
                                                    "role": "user", "type": "user"}))
    _route(app, "GET", "mailboxes", lambda: _paged("mailboxes", [
        {"id": number, "name": name} for number, name in desk.mailboxes.items()]))
    _route(app, "GET", "teams", lambda: _paged("teams", [
        {"id": number, "name": name} for number, name in desk.teams.items()]))
    _route(app, "GET", "mailboxes/<int:number>/fields", fields)
    _route(app, "GET", "customers/<int:number>", customer)
    _route(app, "GET", "webhooks", lambda: _paged("webhooks", desk.webhooks))
