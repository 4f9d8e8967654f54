"""A small Deskgate with its pages, and a visitor who opens them and sends their forms as a browser would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from entitlements.helpdesk import ConnectionConfig
from entitlements.store import tables
from entitlements.store.access import add_link, add_user
from entitlements.store.connections import SANDBOX, add_connection
from entitlements.store.customers import find_customer
from entitlements.store.database import transaction
from entitlements.store.vault import new_webhook_secret
from tests.fakes import FakeClock, FakeHelpdesk
from tests.steps.house import House

PASSWORD = "a long enough password"
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Pages(House):
    """It is Monday 9 March 2026, ten in the morning in Paris; an admin, Ada, and an agent, Sam, may sign in."""

    def __init__(self, url: str, **settings: object):
        self.clock = FakeClock("2026-03-09 09:00")
        self.helpdesk = FakeHelpdesk()
        self.app = create_app({"DATABASE_URL": url, "SECRET_KEY": "a key for tests", "CLOCK": self.clock,
                               "PUBLIC_URL": "https://deskgate.example", "LOGIN_LIMIT": "100 per minute", **settings})
        real = self.app.extensions["deskgate"]
        self.deskgate = replace(real, helpdesk=lambda config: (
            real.helpdesk(config) if config.kind == SANDBOX else self.helpdesk))
        self.app.extensions["deskgate"] = self.deskgate
        self.count = 0

    def furnish(self) -> None:
        super().furnish()
        with transaction():
            add_user("Ada", "admin", PASSWORD)
            add_user("Sam", "agent", PASSWORD)

    def open_sandbox(self) -> None:
        with transaction():
            add_connection(ConnectionConfig(SANDBOX, SANDBOX, secrets=(new_webhook_secret(),)), self.clock.now())

    def link(self, customer: str, contact: str) -> str:
        with transaction():
            return add_link(find_customer(customer).id, contact, self.clock.now())

    def visitor(self, name: str = "") -> Visitor:
        """A browser of its own; with a name, signed in."""
        visitor = Visitor(self.app.test_client())
        if name:
            assert visitor.sign_in(name).status_code == 303
        return visitor

    def guest(self, customer: str = "Acme", contact: str = "it@acme.example") -> Visitor:
        """A customer's contact who has come by a personal link."""
        visitor = self.visitor()
        assert visitor.get(f"/submit/enter/{self.link(customer, contact)}").status_code == 303
        return visitor

    def audited(self) -> list[str]:
        return [f"{row.actor}: {row.action} {row.subject} {row.reason}".strip() for row in self.rows(tables.AuditEntry)]


class Visitor:
    """One browser: it keeps cookies, and sends the token of the page that a form is on."""

    def __init__(self, client: FlaskClient):
        self.client = client

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def page(self, path: str, status: int = 200) -> str:
        """The words of a page: its text without tags, blanks made one."""
        return words_of(self.html(path, status))

    def html(self, path: str, status: int = 200) -> str:
        response = self.get(path)
        assert response.status_code == status, f"{path} answered {response.status_code}"
        return response.get_data(as_text=True)

    def send(self, path: str, form: Mapping[str, object] | None = None, *, seen_on: str = "",
             token: str | None = None) -> TestResponse:
        """Send a form that is on the page `seen_on`; the page of the path itself unless said otherwise."""
        if token is None:
            token = TOKEN.search(self.html(seen_on or path)).group(1)
        return self.client.post(path, data={"csrf_token": token, **(form or {})})

    def after(self, path: str, form: Mapping[str, object] | None = None, *, seen_on: str = "") -> str:
        """Send a form and return the words of the page that it leads to."""
        response = self.send(path, form, seen_on=seen_on)
        assert response.status_code == 303, words_of(response.get_data(as_text=True))
        return self.page(response.location)

    def sign_in(self, name: str, password: str = PASSWORD, path: str = "/signin") -> TestResponse:
        return self.send(path, {"name": name, "password": password})


def words_of(html: str) -> str:
    body = html.partition("<main")[2] or html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body)).replace(" ,", ",").replace(" .", ".").strip()
