"""A small Deskgate behind its REST API: Acme with business hours in Paris, Globex round the clock, and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from entitlements.store.access import SCOPES, add_token
from entitlements.store.database import transaction
from tests.fakes import FakeClock, FakeHelpdesk, fake_builder
from tests.steps.house import House

PROBLEM = "application/problem+json"


class Desk(House):
    """It is Monday 9 March 2026, ten in the morning in Paris, unless a test says otherwise."""

    def __init__(self, url: str):
        self.clock = FakeClock("2026-03-09 09:00")
        self.helpdesk = FakeHelpdesk()
        self.app = create_app({"DATABASE_URL": url, "SECRET_KEY": "a key for tests", "CLOCK": self.clock,
                               "PUBLIC_URL": "https://deskgate.example"})
        self.deskgate = replace(self.app.extensions["deskgate"], helpdesk=fake_builder(self.helpdesk))
        self.app.extensions["deskgate"] = self.deskgate
        self.client: FlaskClient = self.app.test_client()
        self.count = 0
        self.token = ""

    def furnish(self) -> None:
        super().furnish()
        self.token = self.new_token("everything", SCOPES)

    def new_token(self, name: str, scopes: Sequence[str]) -> str:
        with transaction():
            return add_token(name, scopes, self.clock.now())

    def get(self, path: str, query: Mapping[str, object] | None = None, token: str | None = None) -> TestResponse:
        return self.client.get(path, query_string=query, headers=self._headers(token))

    def post(self, path: str, body: object = None, *, token: str | None = None, **headers: str) -> TestResponse:
        """Send JSON, or the bytes given; a header is named with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        if isinstance(body, bytes):
            given.setdefault("Content-Type", "application/json")
        return self.client.post(path, headers={**self._headers(token), **given}, **content)

    def _headers(self, token: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token if token is None else token}"}

    def submit(self, **members: object) -> TestResponse:
        """A ticket of Acme's, unless said otherwise."""
        return self.post("/api/v1/tickets", {"customer": "Acme", "subject": "It does not print", **members})


def problem(response: TestResponse, status: int, name: str) -> dict[str, Any]:
    """The problem that a response tells, which must be of that status and name."""
    assert (response.status_code, response.mimetype) == (status, PROBLEM), response.get_data(as_text=True)
    told: dict[str, Any] = response.get_json()
    assert (told["type"], told["status"]) == (f"/problems/{name}", status)
    return told


def pointers(response: TestResponse) -> list[str]:
    """The pointers of a 422, in the order told."""
    return [wrong["pointer"] for wrong in problem(response, 422, "invalid")["errors"]]
