"""A small Deskgate with its pages, and a visitor who opens them and sends their forms as a browser would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import Context
from dataclasses import replace
from functools import cache
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from entitlements.helpdesk import ConnectionConfig
from entitlements.store import db, tables
from entitlements.store.access import add_link, get_user, start_session
from entitlements.store.connections import SANDBOX, add_connection
from entitlements.store.customers import find_customer
from entitlements.store.database import transaction
from entitlements.store.passwords import hash_password
from entitlements.store.vault import new_webhook_secret
from entitlements.web.pages.guard import AGENT_COOKIE
from tests.fakes import FakeClock, FakeHelpdesk
from tests.steps.house import House

PASSWORD = "a long enough password"
hashed = cache(hash_password)  # hashing takes long on purpose: once is enough
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Pages(House):
    """It is Monday 9 March 2026, ten in the morning in Paris; an admin, desk-1, and an agent, desk-2, may sign in."""

    def __init__(self, url: str, **settings: object):
        self.clock = FakeClock("2026-03-09 09:00")
        self.helpdesk = FakeHelpdesk()
        self.app = create_app({"DATABASE_URL": url, "SECRET_KEY": "a key for tests", "CLOCK": self.clock,
                               "PUBLIC_URL": "https://deskgate.example", "LOGIN_LIMIT": "100 per minute", **settings})
        self.real = real = self.app.extensions["deskgate"]
        self.deskgate = replace(real, helpdesk=lambda config, permit=None: (
            real.helpdesk(config, permit) if config.kind == SANDBOX else self.helpdesk))
        self.app.extensions["deskgate"] = self.deskgate
        self.count = 0

    def furnish(self) -> None:
        super().furnish()
        with transaction():
            for name, role in (("desk-1", "admin"), ("desk-2", "agent")):
                db.session.add(tables.User(name=name, role=role, password_hash=hashed(PASSWORD)))

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
            with transaction():
                visitor.client.set_cookie(AGENT_COOKIE, start_session(get_user(name), self.clock.now(), "Firefox/1"))
        return visitor

    def guest(self, customer: str = "Acme", contact: str = "it@acme.example") -> Visitor:
        """A customer's contact who has come by a personal link."""
        visitor = self.visitor()
        assert visitor.get(f"/submit/enter/{self.link(customer, contact)}").status_code == 303
        return visitor

    def audited(self) -> list[str]:
        return [f"{row.actor}: {row.action} {row.subject} {row.reason}".strip() for row in self.rows(tables.AuditEntry)]


class Visitor:
    """One browser: it keeps cookies, and sends the token of the page that a form is on.

    Each request runs in a context of its own, as it does in a server: nothing of the test's own shines through.
    """

    def __init__(self, client: FlaskClient):
        self.client = client

    def get(self, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.open("GET", path, headers=named)

    def open(self, method: str, path: str, **more: object) -> TestResponse:
        db.session.rollback()  # the test itself must not be reading while a request wants to write
        return Context().run(lambda: self.client.open(path, method=method, **more))

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
        return self.open("POST", path, data={"csrf_token": token, **(form or {})})

    def after(self, path: str, form: Mapping[str, object] | None = None, *, seen_on: str = "") -> str:
        """Send a form and return the words of the page that it leads to."""
        response = self.send(path, form, seen_on=seen_on)
        assert response.status_code == 303, words_of(response.get_data(as_text=True))
        return self.page(response.location)

    def sign_in(self, name: str, password: str = PASSWORD, path: str = "/signin") -> TestResponse:
        return self.send(path, {"name": name, "password": password})


def words_of(html: str) -> str:
    body = html.partition('<main id="main"')[2].partition(">")[2] or html
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body)))
    return re.sub(r" (?=[,.:;)])", "", text).replace("( ", "(").strip()
