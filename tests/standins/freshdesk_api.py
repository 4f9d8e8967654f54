"""The REST API of a Freshdesk account that is not there, as strict as the documents of the real one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.standins.freshdesk_desk import NOTE, REPLY, STATUSES, US, FreshdeskDesk, Refused, invalid

ROOT = "/api/v2"
LARGEST_PAGE, MOST_PAGES = 100, 300
LISTED_BY = {"page", "per_page", "updated_since", "order_by", "order_type", "include", "filter"}
WITH_EACH = {"requester", "stats", "description", "company"}
WITH_ONE = {"conversations", "requester", "company", "stats"}


def application(desk: FreshdeskDesk) -> Flask:
    """The API as a Flask application."""
    app = Flask("freshdesk")
    app.before_request(lambda: _let_in(desk))
    app.after_request(lambda response: _count(desk, response))
    app.register_error_handler(Refused, lambda error: _refusal(error))
    app.register_error_handler(404, lambda _: Response("", 404))
    app.register_error_handler(405, lambda _: _error(405, "method_not_allowed", "method is not allowed"))
    for add in (_tickets, _written, _names):
        add(app, desk)
    return app


def _let_in(desk: FreshdeskDesk) -> Response | None:
    """Invalid calls count against the limit, too."""
    desk.calls_left -= 1
    if desk.calls_left < 0:
        answer = Response("", 429)
        answer.headers["Retry-After"] = "37"
        return answer
    wanted = "Basic " + base64.b64encode(f"{desk.key}:X".encode()).decode()
    if request.headers.get("Authorization") != wanted:
        return _error(401, "invalid_credentials", "You have to be logged in to perform this action.")
    if desk.suspended:
        return _error(403, "account_suspended", "Your account has been suspended.")
    if request.get_data() and request.mimetype != "application/json":
        return _error(415, "invalid_content_type", "Content-Type header is set to an unsupported type")
    return None


def _count(desk: FreshdeskDesk, response: Response) -> Response:
    response.headers["X-RateLimit-Total"] = "700"
    response.headers["X-RateLimit-Remaining"] = str(max(0, desk.calls_left))
    response.headers["X-RateLimit-Used-CurrentRequest"] = "1"
    return response


def _refusal(error: Refused) -> Response:
    answer = jsonify(error.body) if error.body else Response("")
    answer.status_code = error.status
    return answer


def _error(status: int, code: str, message: str) -> Response:
    return _refusal(Refused(status, {"code": code, "message": message}))


def _body(*allowed: str) -> dict[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refused(400, {"code": "invalid_json", "message": "Request body has invalid json format"})
    for name in found.keys() - set(allowed) if allowed else ():
        raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
    return found


def _parameters(*allowed: str) -> Mapping[str, str]:
    for name in request.args.keys() - set(allowed):
        raise invalid(name, "Unexpected/invalid field in request", "invalid_field")
    return request.args


def _included(allowed: set[str]) -> set[str]:
    told = set(filter(None, request.args.get("include", "").split(",")))
    if told - allowed:
        raise invalid("include", f"It should be one of these values: '{', '.join(sorted(allowed))}'")
    return told


def _page(rows: Iterable[Any]) -> Response:
    """One page, with a link to the next one where there is one."""
    page, size = int(request.args.get("page", 1)), int(request.args.get("per_page", 30))
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid("per_page", "It should be a Positive Integer less than or equal to 100")
    if page > MOST_PAGES:
        raise invalid("page", "You cannot access tickets beyond the 300th page")
    listed = list(rows)
    answer = jsonify(listed[(page - 1) * size: page * size])
    if len(listed) > page * size:
        answer.headers["Link"] = f'<{request.base_url}?page={page + 1}>; rel="next"'
    return answer


def _route(app: Flask, method: str, path: str, view: Callable[..., Any]) -> None:
    app.add_url_rule(f"{ROOT}/{path}", f"{method} {path}", view, methods=[method])


def _tickets(app: Flask, desk: FreshdeskDesk) -> None:
    def show(number: int) -> Any:
        _parameters("include")
        ticket = desk.tickets.get(number)
        if ticket is None:
            raise Refused(404)
        desk.looks += 1
        attachment = {"id": 1, "name": "fire.jpg", "attachment_url": f"https://files.example/1?signature={desk.looks}"}
        found = jsonify({**_with(desk, ticket, _included(WITH_ONE)), "description": "<div>It burns.</div>",
                         "attachments": [attachment]})
        desk.after_next_look.pop(number, lambda: None)()
        return found

    def remove(number: int) -> Any:
        if not desk.may_delete:
            raise Refused(403, {"code": "access_denied", "message": "You are not authorized to perform this action."})
        desk.delete(US, number)
        return Response(status=204)

    _route(app, "GET", "tickets/<int:number>", show)
    _route(app, "GET", "tickets", lambda: _listed(desk))
    _route(app, "POST", "tickets", lambda: (jsonify(desk.create(US, _body())), 201))
    _route(app, "PUT", "tickets/<int:number>", lambda number: jsonify(desk.update(US, number, _body())))
    _route(app, "DELETE", "tickets/<int:number>", remove)


def _with(desk: FreshdeskDesk, ticket: Mapping[str, Any], included: set[str]) -> dict[str, Any]:
    found = dict(ticket)
    if "requester" in included:
        contact = desk.contacts[ticket["requester_id"]]
        found["requester"] = {name: contact[name] for name in ("id", "name", "email", "mobile", "phone")}
    return found


def _listed(desk: FreshdeskDesk) -> Response:
    """Trash and spam are listed only where they are asked for, and only what changed at or after an instant."""
    told, included = _parameters(*LISTED_BY), _included(WITH_EACH)
    which = told.get("filter", "")
    if which not in ("", "deleted", "spam"):
        raise invalid("filter", "It should be one of these values: 'new_and_my_open,watching,spam,deleted'")
    rows = [row for row in desk.tickets.values()
            if (which == "deleted") is bool(row.get("deleted")) and (which == "spam") is row["spam"]]
    if since := told.get("updated_since"):
        rows = [row for row in rows if datetime.fromisoformat(row["updated_at"]) >= datetime.fromisoformat(since)]
    by = told.get("order_by", "created_at")
    if by not in ("created_at", "due_by", "updated_at", "status"):
        raise invalid("order_by", "It should be one of these values: 'created_at,due_by,updated_at,status'")
    rows.sort(key=lambda row: (row[by], row["id"]), reverse=told.get("order_type", "desc") == "desc")
    return _page(_with(desk, row, included) for row in rows)


def _written(app: Flask, desk: FreshdeskDesk) -> None:
    def conversations(number: int) -> Any:
        if number not in desk.tickets:
            raise Refused(404)
        _parameters("page", "per_page")
        return _page(row for row in desk.conversations if row["ticket_id"] == number)

    def note(number: int) -> Any:
        told = _body("body", "private", "incoming", "notify_emails", "user_id")
        return jsonify(desk.write(US, number, _words(told), private=told.get("private", True), source=NOTE)), 201

    def reply(number: int) -> Any:
        told = _body("body", "from_email", "user_id", "cc_emails", "bcc_emails")
        return jsonify(desk.write(US, number, _words(told), private=False, source=REPLY)), 201

    def times(rows: Callable[[], list[Any]]) -> Any:
        if not desk.keeps_times:
            raise Refused(403, {"code": "require_feature", "message": "The Timesheets feature is not supported"})
        return _page(rows())

    def all_times() -> Any:
        told = _parameters("executed_after", "executed_before", "billable", "company_id", "agent_id", "page",
                           "per_page")
        after = told.get("executed_after", "")
        return times(lambda: [row for row in desk.times if row["executed_at"] > after])

    _route(app, "GET", "tickets/<int:number>/conversations", conversations)
    _route(app, "POST", "tickets/<int:number>/notes", note)
    _route(app, "POST", "tickets/<int:number>/reply", reply)
    _route(app, "GET", "tickets/<int:number>/time_entries",
           lambda number: times(lambda: [row for row in desk.times if row["ticket_id"] == number]))
    _route(app, "GET", "time_entries", all_times)


def _words(told: Mapping[str, Any]) -> str:
    body = told.get("body")
    if not isinstance(body, str) or not body.strip():
        raise invalid("body", "It should be a/an String", "missing_field")
    return body


def _names(app: Flask, desk: FreshdeskDesk) -> None:
    def me() -> Any:
        return jsonify({"id": US, "available": True, "occasional": False, "ticket_scope": desk.scope,
                        "group_ids": list(desk.groups), "role_ids": [1], "type": "support_agent",
                        "contact": {"active": True, "email": desk.people[US], "name": "Deskgate"}})

    def company(number: int) -> Any:
        if number not in desk.companies:
            raise Refused(404)
        return jsonify(desk.companies[number])

    def fields() -> list[dict[str, Any]]:
        status = {"id": 1, "name": "status", "label": "Status", "type": "default_status", "default": True,
                  "choices": {str(number): [name, name] for number, name in STATUSES.items()}}
        return [status, *({"id": 10 + place, "name": name, "type": kind, "default": False,
                           "label": name.removeprefix("cf_").replace("_", " ").capitalize()}
                          for place, (name, kind) in enumerate(desk.fields.items()))]

    def only_admins(told: Callable[[], Iterable[Any]]) -> Callable[[], Any]:
        def view() -> Any:
            if not desk.admin:
                raise Refused(403, {"code": "access_denied",
                                    "message": "You are not authorized to perform this action."})
            return _page(told())
        return view

    _route(app, "GET", "agents/me", me)
    _route(app, "GET", "companies/<int:number>", company)
    _route(app, "GET", "groups", only_admins(lambda: [
        {"id": number, "name": name} for number, name in desk.groups.items()]))
    _route(app, "GET", "ticket_fields", only_admins(fields))
    _route(app, "GET", "company_fields", only_admins(lambda: [
        {"id": 1, "name": "name", "default": True}, {"id": 2, "name": "contract_no", "default": False}]))
    for number in desk.rules:
        _route(app, "GET", f"automations/{number}/rules", only_admins(lambda number=number: desk.rules[number]))
