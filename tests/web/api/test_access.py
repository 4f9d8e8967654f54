"""Who may call: tokens, scopes, and the ways in that do not exist."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entitlements.store import db, tables
from entitlements.store.access import SCOPES, add_token, revoke_token
from entitlements.store.database import transaction
from entitlements.web.api.operation import OPERATIONS, Operation
from tests.web.api.desk import Desk, problem

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")


def call(desk: Desk, operation: Operation, token: str):
    path = operation.rule.replace("<ticket>", "1").replace("<delivery>", "1").replace("<connection>", "desk")
    return desk.get(path, token=token) if operation.method == "GET" else desk.post(path, {}, token=token)


@EVERY
def test_every_operation_needs_a_token(desk: Desk, operation: Operation) -> None:
    response = call(desk, operation, "dg_unknown")
    problem(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@EVERY
def test_every_operation_needs_its_scope(desk: Desk, operation: Operation) -> None:
    with desk.app.app_context():
        others = desk.new_token("others", [scope for scope in SCOPES if scope != operation.scope])
    response = call(desk, operation, others)
    assert problem(response, 403, "missing-scope")["scope"] == operation.scope
    assert f'scope="{operation.scope}"' in response.headers["WWW-Authenticate"]


@EVERY
def test_its_scope_alone_is_enough(desk: Desk, operation: Operation) -> None:
    with desk.app.app_context():
        token = desk.new_token("one", [operation.scope])
    assert call(desk, operation, token).status_code not in {401, 403}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "dg_abc", "Bearer dg_\xe9"])
def test_a_call_without_a_bearer_token_is_told_how(desk: Desk, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = desk.client.get("/api/v1/tickets", headers=headers)
    problem(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_is_unknown(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.app.app_context(), transaction():
        token = add_token("short", ["tickets:read"], now, now + timedelta(hours=1))
    assert desk.get("/api/v1/tickets", token=token).status_code == 200
    desk.clock.go_on(hours=1)
    problem(desk.get("/api/v1/tickets", token=token), 401, "unauthorized")


def test_a_revoked_token_is_unknown_at_once(desk: Desk) -> None:
    with desk.app.app_context(), transaction():
        revoke_token("everything", desk.clock.now())
    problem(desk.get("/api/v1/tickets"), 401, "unauthorized")


def test_the_use_of_a_token_is_noted_once_a_minute(desk: Desk) -> None:
    noted = []
    for _ in range(3):
        desk.get("/api/v1/tickets")
        with desk.app.app_context():
            noted.append(db.session.scalars(db.select(tables.ApiToken.last_used_at)).one())
        desk.clock.go_on(seconds=40)
    start = desk.clock.now() - timedelta(seconds=120)
    assert noted == [start, start, start + timedelta(seconds=80)]


def test_the_token_is_looked_at_before_the_body(desk: Desk) -> None:
    problem(desk.post("/api/v1/tickets", b"{", token="dg_unknown"), 401, "unauthorized")


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/tickets/1/2/3",
                                  "/api/v2/tickets", "/api/v1/tickets/"])
def test_an_unknown_address_is_a_problem(desk: Desk, path: str) -> None:
    problem(desk.get(path), 404, "not-found")


def test_a_wrong_method_is_a_problem_that_lists_the_right_ones(desk: Desk) -> None:
    response = desk.client.delete("/api/v1/tickets")
    problem(response, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("id", ["0", "01", "-1", "+1", "1.0", "x", "٣", "2147483648", "9" * 400, "a%00b", "%F0%28",
                                "77"])
@pytest.mark.parametrize("kind", ["desk", "postgres_desk"])
def test_an_id_that_names_nothing_is_not_found(request: pytest.FixtureRequest, kind: str, id: str) -> None:
    desk: Desk = request.getfixturevalue(kind)
    problem(desk.get(f"/api/v1/tickets/{id}"), 404, "not-found")
    problem(desk.post(f"/api/v1/tickets/{id}/take"), 404, "not-found")
    problem(desk.post(f"/api/v1/deliveries/{id}/redeliver"), 404, "not-found")
    problem(desk.post(f"/api/v1/connections/{id}/release-all", {"reason": "panic"}), 404, "not-found")
