"""A running django-helpdesk and what people do in it: customers write, agents answer, take, hold, log time, close."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import requests

from tests.desk import launch

WAIT = 20  # seconds for one call; the desk itself waits for receivers of webhooks


class DeskError(Exception):
    """The desk answered something else than success. A ticket may have been saved all the same."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class Desk:
    """One desk on a port of loopback, with its database, mail and log in a folder of its own.

    `start` begins it (the first time makes the database), `stop` ends it, and `start` again continues it on the same
    port and with the same data: an outage, as Deskgate sees it. `queues` maps slugs to numbers, `users` names to
    `{"id", "email", "token"}`; there are `admin`, `gateway` and `agent` (all staff) and the customer `alice`.
    Webhooks go where `set_hooks` says, at once. Calls raise DeskError unless they succeed.
    """

    def __init__(self, python: Path, state: Path, port: int = 0):
        self.state, self.port = state, port or free_port()
        self.queues: dict[str, int] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self._python, self._child = python, None
        self._staff: dict[str, requests.Session] = {}

    # --- The desk itself ---------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """What a connection's `url` is set to."""
        return f"{self.url}/api"

    def token(self, user: str = "gateway") -> str:
        """What a connection's `token` is set to."""
        return str(self.users[user]["token"])

    def start(self) -> Desk:
        self.state.mkdir(parents=True, exist_ok=True)
        if not self.queues:
            seeded = launch.prepare(self._python, self.state)
            self.queues, self.users = seeded["queues"], seeded["users"]
        self._child = launch.serve(self._python, self.state, self.port)
        try:
            launch.wait_ready(self._child, self.port)
        except RuntimeError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            launch.end(child)
        for session in self._staff.values():
            session.close()
        self._staff.clear()

    def set_hooks(self, new_ticket: Sequence[str] = (), followup: Sequence[str] | None = None) -> None:
        """Set the webhook addresses; follow-ups go where new tickets go unless told otherwise."""
        launch.write_hooks(self.state, new_ticket, new_ticket if followup is None else followup)

    def mails(self) -> list[str]:
        """The mails that the desk sent, oldest first."""
        files = sorted((self.state / "mail").iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return [path.read_text(encoding="utf-8", errors="replace") for path in files]

    # --- Customers ---------------------------------------------------------------------------------------------------

    def open_ticket(self, email: str, title: str = "Printer on fire", body: str = "Please help.", *,
                    priority: int = 3) -> int:
        """A customer opens a ticket in the public form, not signed in. Returns its number."""
        with _browser() as browser:
            form = {"queue": self.queues["inbox"], "title": title, "body": body, "priority": priority,
                    "submitter_email": email}
            answer = self._submit(browser, "/", "/tickets/submit/", form)
        found = parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("ticket")
        if not found:
            raise DeskError(f"the form was not accepted: {_reason(answer)}", answer.status_code)
        return int(found[0].rpartition("-")[2])

    def mail(self, email: str, subject: str, body: str, ticket_id: int | None = None) -> None:
        """A customer writes a mail: a new ticket, or a reply to one, which opens it again if it is closed."""
        tracking = f"[{self._slug_of(ticket_id)}-{ticket_id}] " if ticket_id else ""
        message = (f"From: {email}\nTo: inbox@desk.test\nSubject: {tracking}{subject}\n"
                   f"Message-Id: <{uuid4().hex}@mail.test>\nContent-Type: text/plain; charset=utf-8\n\n{body}\n")
        subprocess.run([self._python, "incoming.py"], cwd=launch.PROJECT, env=launch.environment(self.state),
                       input=message.encode(), check=True, capture_output=True)

    # --- Agents ------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: int) -> dict[str, Any]:
        """The ticket as the API shows it, `followup_set` included."""
        return self.call("GET", f"tickets/{ticket_id}/", user="admin")

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets, oldest first."""
        return list(self.call("GET", "tickets/?page_size=1000", user="admin")["results"])

    def create(self, email: str, title: str = "By phone", body: str = "Says it is broken.", *, user: str = "agent",
               **fields: object) -> int:
        """An agent types in a ticket for a customer. Returns its number."""
        told = {"queue": self.queues["inbox"], "title": title, "description": body, "submitter_email": email,
                "priority": 3, **fields}
        return int(self.call("POST", "tickets/", told, user=user)["id"])

    def comment(self, ticket_id: int, body: str, *, user: str = "agent", public: bool = True,
                **fields: object) -> dict[str, Any]:
        """An agent writes below a ticket; `time_spent="00:30:00"` logs time, `new_status=4` closes."""
        return self.call("POST", "followups/", {"ticket": ticket_id, "comment": body, "public": public, **fields},
                         user=user)

    def change(self, ticket_id: int, *, user: str = "agent", **fields: object) -> dict[str, Any]:
        """Change fields through the API: no webhook goes out, and the ticket's history does not show it."""
        return self.call("PATCH", f"tickets/{ticket_id}/", fields, user=user)

    def take(self, ticket_id: int, *, user: str = "agent") -> None:
        """An agent presses Take."""
        _expect_redirect(self._signed_in(user).get(f"{self.url}/tickets/{ticket_id}/?take", **_CALM))

    def hold(self, ticket_id: int, *, user: str = "agent") -> None:
        """An agent presses Hold. No webhook goes out."""
        self._press(user, ticket_id, "hold")

    def unhold(self, ticket_id: int, *, user: str = "agent") -> None:
        """An agent presses Unhold. No webhook goes out."""
        self._press(user, ticket_id, "unhold")

    def delete(self, ticket_id: int) -> None:
        """An admin deletes a ticket. No webhook goes out."""
        self.call("DELETE", f"tickets/{ticket_id}/", user="admin")

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None, *,
             user: str = "gateway") -> dict[str, Any]:
        """Any call to the REST API as one of the staff."""
        with _browser() as browser:
            answer = browser.request(method, f"{self.api_url}/{path}", json=body, **_CALM,
                                     headers={"Authorization": f"Token {self.token(user)}"})
        if not 200 <= answer.status_code < 300:
            raise DeskError(f"{method} {path} answered {answer.status_code}: {_reason(answer)}", answer.status_code)
        return answer.json() if answer.content else {}

    def _slug_of(self, ticket_id: int) -> str:
        queue = self.ticket(ticket_id)["queue"]
        return next(slug for slug, number in self.queues.items() if number == queue)

    def _press(self, user: str, ticket_id: int, button: str) -> None:
        page = f"/tickets/{ticket_id}/"
        _expect_redirect(self._submit(self._signed_in(user), page, f"{page}{button}/", {}))

    def _signed_in(self, user: str) -> requests.Session:
        if user not in self._staff:
            account = next(each for each in SEED["users"] if each["username"] == user)
            browser = self._staff[user] = _browser()
            form = {"username": user, "password": account["password"]}
            _expect_redirect(self._submit(browser, "/login/", "/login/", form))
        return self._staff[user]

    def _submit(self, browser: requests.Session, page: str, target: str,
                form: Mapping[str, object]) -> requests.Response:
        """Send a form as a browser does: the page first, for the token that is in it."""
        shown = browser.get(self.url + page, **_CALM)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown.text)
        if token is None:
            raise DeskError(f"{page} has no form: {_reason(shown)}", shown.status_code)
        return browser.post(self.url + target, data={**form, "csrfmiddlewaretoken": token[1]}, **_CALM)


SEED = json.loads((launch.HERE / "seed.json").read_text(encoding="utf-8"))
_CALM: dict[str, Any] = {"timeout": WAIT, "allow_redirects": False}


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _browser() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def _expect_redirect(answer: requests.Response) -> None:
    if answer.status_code != 302:
        raise DeskError(f"{answer.request.path_url} answered {answer.status_code}: {_reason(answer)}",
                        answer.status_code)


def _reason(answer: requests.Response) -> str:
    errors = re.findall(r'(?s)class="[^"]*(?:errorlist|invalid-feedback)[^"]*".*?</', answer.text)
    return " ".join(re.sub(r"<[^>]*>", " ", " ".join(errors) or answer.text).split())[:300]
