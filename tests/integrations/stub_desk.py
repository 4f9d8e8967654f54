"""The REST API of django-helpdesk as a stub at the edge, for failures and races that the real one cannot be asked for.

What it answers has the shape of the captured payloads; `test_django_helpdesk_real.py` holds it to the real thing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import responses
from requests import PreparedRequest

from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.integrations.parts import a_config

Reply = tuple[int, dict[str, str], str]
ROOT = "https://desk.example/helpdesk/api"
US, AGENT = 2, 3
TOKEN = "s3cr3t-t0ken"
QUEUES = {"route_queue": "2", "triage_queue": "4", "renewals_queue": "5"}
FIELDS = {"marker_field": "marker", "license_field": "license", "outcome_field": "outcome"}


class StubDesk:
    """One desk with its tickets. `writes` lists what was asked to be changed, `lists` counts looks at lists, `reads`
    those at a ticket.

    `lost` makes the next change happen and then breaks the connection, as an answer lost on the way. `instead` is
    what every change of a ticket is answered with while nothing happens. `gone` tickets are still listed, not read.
    `forgets` are the fields that it takes and does not keep.
    """

    def __init__(self, mock: responses.RequestsMock):
        self.tickets: dict[int, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, dict[str, Any]]] = []
        self.lists = self.reads = 0
        self.gone: set[int] = set()
        self.may_delete = True
        self.forgets: frozenset[str] = frozenset()
        self.lost: Exception | None = None
        self.instead: Exception | Reply | None = None
        self._entries = 100
        for method, path, answer in (
                (responses.GET, r"tickets/(\d+)/", self._get), (responses.PATCH, r"tickets/(\d+)/", self._patch),
                (responses.DELETE, r"tickets/(\d+)/", self._delete),
                (responses.POST, r"followups/", self._comment), (responses.POST, r"tickets/", self._create),
                (responses.GET, r"tickets/\?.*", self._list), (responses.GET, r"followups/\?.*", self._entries_page)):
            mock.add_callback(method, re.compile(f"{re.escape(ROOT)}/{path}$"), callback=answer)

    def add(self, **fields: Any) -> dict[str, Any]:
        """A ticket that a customer opened through the public form."""
        number = int(fields.pop("id", len(self.tickets) + 7))
        ticket = {"id": number, "queue": 1, "title": "Printer on fire", "description": "It burns.", "resolution": None,
                  "submitter_email": "it@acme.example", "assigned_to": None, "status": 1, "on_hold": False,
                  "priority": 3, "due_date": None, "merged_to": None, "followup_set": [],
                  "custom_marker": "", "custom_license": None, "custom_outcome": None, **fields}
        self.tickets[number] = ticket
        if not ticket["followup_set"]:
            self.write(number, "It burns.", user=None, title="Ticket Opened Via Web", date="2026-03-09T09:59:58Z")
        return ticket

    def write(self, number: int, comment: str | None, *, user: int | None = AGENT, **fields: Any) -> dict[str, Any]:
        """An entry below a ticket, by an agent unless said otherwise, an hour after the decision."""
        self._entries += 1
        entry = {"id": self._entries, "ticket": number, "user": user, "title": "Printer on fire", "comment": comment,
                 "public": True, "new_status": None, "time_spent": None, "followupattachment_set": [],
                 "date": "2026-03-09T11:00:00Z", "message_id": None, "email_recipients": [], **fields}
        self.tickets[number]["followup_set"].append(entry)
        return entry

    def calls(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.writes]

    def _get(self, request: PreparedRequest) -> Reply:
        self.reads += 1
        ticket = self.tickets.get(_number(request)) if _number(request) not in self.gone else None
        return _reply(200, ticket) if ticket else _reply(404, {"detail": "No Ticket matches the given query."})

    def _patch(self, request: PreparedRequest) -> Reply:
        if isinstance(self.instead, Exception):
            raise self.instead
        if self.instead is not None:
            return self.instead
        ticket, body = self.tickets[_number(request)], self._note(request)
        ticket.update({name: value for name, value in body.items() if name not in self.forgets})
        return self._answer(200, ticket)

    def _delete(self, request: PreparedRequest) -> Reply:
        if not self.may_delete:
            return _reply(403, {"detail": "You do not have permission to perform this action."})
        self.writes.append(("DELETE", request.path_url.removeprefix("/helpdesk/api/"), {}))
        del self.tickets[_number(request)]
        return 204, {}, ""

    def _comment(self, request: PreparedRequest) -> Reply:
        body = self._note(request)
        told = {name: value for name, value in body.items() if name not in ("ticket", "comment")}
        entry = self.write(body["ticket"], body["comment"], user=US, **told)
        self.tickets[body["ticket"]]["status"] = body.get("new_status") or self.tickets[body["ticket"]]["status"]
        return self._answer(201, entry)

    def _create(self, request: PreparedRequest) -> Reply:
        body = self._note(request)
        opening = {"id": 1, "user": US, "title": "Ticket Opened", "comment": body["description"], "public": True,
                   "date": "2026-03-09T10:00:01Z"}
        return self._answer(201, self.add(**body, followup_set=[opening]))

    def _list(self, request: PreparedRequest) -> Reply:
        self.lists += 1
        return _page(request, list(self.tickets.values()))

    def _entries_page(self, request: PreparedRequest) -> Reply:
        """All follow-ups of all tickets, the oldest first."""
        self.lists += 1
        entries = [entry for ticket in self.tickets.values() for entry in ticket["followup_set"]]
        return _page(request, sorted(entries, key=lambda entry: (entry["date"], entry["id"])))

    def _note(self, request: PreparedRequest) -> dict[str, Any]:
        body = json.loads(request.body or "{}")
        self.writes.append((str(request.method), request.path_url.removeprefix("/helpdesk/api/"), body))
        return dict(body)

    def _answer(self, status: int, body: Mapping[str, Any]) -> Reply:
        if self.lost is not None:
            error, self.lost = self.lost, None
            raise error
        return _reply(status, body)


def _page(request: PreparedRequest, rows: list[dict[str, Any]]) -> Reply:
    page = re.search(r"[?&]page=(\w+)", str(request.url))
    size = 25
    last = max(1, -(-len(rows) // size))
    number = last if page is None or page[1] == "last" else int(page[1])
    return _reply(200, {"count": len(rows), "next": "more" if number < last else None,
                        "results": rows[(number - 1) * size: number * size]})


def _number(request: PreparedRequest) -> int:
    found = re.search(r"/tickets/(\d+)/", request.path_url)
    assert found is not None
    return int(found[1])


def _reply(status: int, body: Mapping[str, Any]) -> Reply:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


def desk(tools: Tools, settings: Mapping[str, str] | None = None, **more: object) -> DjangoHelpdesk:
    """The adapter of the stub, with the usual queues unless told otherwise."""
    usual = {"url": ROOT, "token": TOKEN}
    return DjangoHelpdesk(a_config("django_helpdesk", QUEUES if settings is None else settings, **{**usual, **more}),
                          tools)
