"""The REST API of a Zammad that is not there: as strict as the real one, and as lenient where that one is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from tests.standins.zammad_desk import ZammadDesk
from tests.standins.zammad_parts import STATES, US, Refused, iso

ROOT = "/api/v1"
CONDITION = re.compile(r"condition\[ticket\.(\w+)\]\[(\w+)\]")
LARGEST_PAGE = 200


def application(desk: ZammadDesk) -> Flask:
    """The API as a Flask application."""
    app = Flask("zammad")
    app.before_request(lambda: _let_in(desk))
    app.register_error_handler(Refused, lambda error: _error(error.status, error.error))
    app.register_error_handler(404, lambda _: _error(404, "No route matches"))
    for add in (_tickets, _articles, _tags, _names, _administration):
        add(app, desk)
    return app


def _let_in(desk: ZammadDesk) -> Response | None:
    told = request.headers.get("Authorization", "")
    if not told:
        return _error(403, "Authentication required")
    if told != f"Token token={desk.token}":
        basic = told.startswith("Basic ")
        return _error(401, "Invalid BasicAuth credentials" if basic else "Can't find User for Token")
    if request.get_data() and request.mimetype != "application/json":
        return _error(400, "The request was not understood")
    return None


def _error(status: int, error: str) -> Response:
    answer = jsonify({"error": error, "error_human": error})
    answer.status_code = status
    if status in (401, 403):
        answer.headers["X-Failure"] = error
    return answer


def _body() -> dict[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Refused(400, "The request was not understood")
    return found


def _found(desk: ZammadDesk, number: object) -> dict[str, Any]:
    ticket = desk.tickets.get(int(str(number))) if str(number).isdecimal() else None
    if ticket is None:
        raise Refused(404, f"Couldn't find Ticket with 'id'={number}")
    if not {"full", "change"} & {*desk.access.get(ticket["group"], ()), *desk.access_by_role.get(ticket["group"], ())}:
        raise Refused(403, "Not authorized")
    return ticket


def _route(app: Flask, method: str, path: str, view: Callable[..., Any]) -> None:
    app.add_url_rule(f"{ROOT}/{path}", f"{method} {path}", view, methods=[method])


def _tickets(app: Flask, desk: ZammadDesk) -> None:
    def show(number: str) -> Any:
        found = jsonify(desk.expanded(_found(desk, number)))
        desk.after_next_look.pop(int(number), lambda: None)()
        return found

    def create() -> Any:
        return jsonify(desk.expanded(desk.create(US, _body()))), 201

    def update(number: str) -> Any:
        return jsonify(desk.expanded(desk.update(US, _found(desk, number), _body())))

    def delete(number: str) -> Any:
        _found(desk, number)
        if not desk.admin:
            raise Refused(403, "admin permission required")
        del desk.tickets[int(number)]
        return Response(status=200)

    def listed() -> Any:
        return jsonify([desk.expanded(row) for row in list(desk.tickets.values())[: _page(100)[1]]])

    _route(app, "GET", "tickets/<number>", show)
    _route(app, "POST", "tickets", create)
    _route(app, "PUT", "tickets/<number>", update)
    _route(app, "DELETE", "tickets/<number>", delete)
    _route(app, "GET", "tickets", listed)
    _route(app, "GET", "tickets/search", lambda: jsonify([desk.expanded(row) for row in _search(desk)]))


def _page(largest: int) -> tuple[int, int]:
    size = min(int(request.args.get("per_page", 50)), largest)
    return (int(request.args.get("page", 1)) - 1) * size, size


def _search(desk: ZammadDesk) -> list[dict[str, Any]]:
    """By condition alone, as the database answers; the search index is left out."""
    named = [(found[1], found[2], value) for name, value in request.args.items()
             if (found := CONDITION.fullmatch(name))]
    told = {part: value for _, part, value in named}
    attribute = next((attribute for attribute, _, _ in named), "")
    if told.get("operator") != "after (absolute)" or attribute not in ("updated_at", "created_at"):
        raise Refused(422, "Invalid condition")
    after = iso(datetime.fromisoformat(told["value"]))
    rows = [row for row in desk.tickets.values() if row[attribute] >= after and row["group"] in desk.access]
    rows.sort(key=lambda row: str(row[request.args.get("sort_by", "updated_at")]),
              reverse=request.args.get("order_by", "desc") == "desc")
    begin, size = _page(LARGEST_PAGE)
    return rows[begin: begin + size]


def _articles(app: Flask, desk: ZammadDesk) -> None:
    def create() -> Any:
        told = _body()
        ticket = _found(desk, told.pop("ticket_id", ""))
        return jsonify(desk.write(US, ticket, told)), 201

    def listed(number: str) -> Any:
        return jsonify(desk.articles_of(_found(desk, number)["id"]))

    def show(number: str) -> Any:
        return jsonify(next(row for row in desk.articles if row["id"] == int(number)))

    def times(number: str) -> Any:
        _found(desk, number)
        if not desk.times_are_kept:
            raise Refused(404, "No route matches")
        return jsonify([row for row in desk.times if row["ticket_id"] == int(number)])

    _route(app, "POST", "ticket_articles", create)
    _route(app, "GET", "ticket_articles/<number>", show)
    _route(app, "GET", "ticket_articles/by_ticket/<number>", listed)
    _route(app, "GET", "tickets/<number>/time_accountings", times)


def _tags(app: Flask, desk: ZammadDesk) -> None:
    def told() -> tuple[int, str]:
        body = _body()
        if body.get("object") != "Ticket" or not isinstance(body.get("item"), str) or not body["item"].strip():
            raise Refused(422, "Invalid tag")
        return _found(desk, body.get("o_id"))["id"], body["item"]

    def add() -> Any:
        number, tag = told()
        if not desk.new_tags and tag not in desk.known_tags():
            raise Refused(403, "Not authorized")
        desk.tag(number, tag)
        return jsonify(True), 201

    def remove() -> Any:
        desk.untag(*told())
        return jsonify(True)

    _route(app, "GET", "tags", lambda: jsonify({"tags": desk.tags.get(int(request.args["o_id"]), [])}))
    _route(app, "POST", "tags/add", add)
    _route(app, "DELETE", "tags/remove", remove)


def _names(app: Flask, desk: ZammadDesk) -> None:
    def user(number: str) -> Any:
        if int(number) not in desk.users:
            raise Refused(404, f"Couldn't find User with 'id'={number}")
        return jsonify(desk.users[int(number)])

    def organization(number: str) -> Any:
        return jsonify(desk.organizations[int(number)])

    def me() -> Any:
        if request.args.get("full") == "true":
            roles = {"2": {"id": 2, "name": "Agent", "group_ids": desk.numbered(desk.access_by_role)}}
            older = {"Group": _by_number(desk.groups), "Role": roles} if desk.tells_roles else {}
            return jsonify({"id": US, "assets": {"User": {str(US): desk.users[US]}, **older}})
        return jsonify({**desk.users[US], "groups": desk.access, "group_ids": desk.numbered(desk.access),
                        "roles": ["Agent"]})

    def form() -> Any:
        may = {**desk.access_by_role, **desk.access}
        rows = {number: row for number, row in desk.groups.items()
                if row["active"] and {"full", "create"} & set(may.get(row["name"], ()))}
        return jsonify({"assets": {"Group": _by_number(rows)}, "form_meta": {"filter": {"type_id": []}}})

    def states() -> Any:
        if not desk.may_work:
            raise Refused(403, "Not authorized (token)!")
        return jsonify([{"id": number, "name": name, "state_type": kind, "active": True}
                        for number, (name, kind) in enumerate(STATES.items(), 1)])

    _route(app, "GET", "users/me", me)
    _route(app, "GET", "ticket_create", form)
    _route(app, "GET", "users/<number>", user)
    _route(app, "GET", "organizations/<number>", organization)
    _route(app, "GET", "ticket_states", states)
    _route(app, "GET", "ticket_priorities",
           lambda: jsonify([{"id": number, "name": name, "active": True}
                            for number, name in enumerate(("1 low", "2 normal", "3 high"), 1)]))


def _by_number(rows: Mapping[int, Any]) -> dict[str, Any]:
    return {str(number): row for number, row in rows.items()}


def _administration(app: Flask, desk: ZammadDesk) -> None:
    """What only an administrator may see."""
    def only_admins(told: Callable[[], Any]) -> Callable[[], Any]:
        def view() -> Any:
            if not desk.admin:
                raise Refused(403, "Not authorized (user)!")
            return jsonify(told())
        return view

    _route(app, "GET", "groups", only_admins(lambda: list(desk.groups.values())))
    _route(app, "GET", "webhooks", only_admins(lambda: desk.webhooks))
    _route(app, "GET", "triggers", only_admins(lambda: desk.triggers))
    _route(app, "GET", "object_manager_attributes", only_admins(lambda: [
        {"name": name, "object": "Ticket", "data_type": kind, "active": True}
        for name, kind in desk.attribute_types.items()]))
