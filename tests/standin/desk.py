"""What the stand-in knows: its tickets, and the log of what was changed, one line of JSON for each change applied."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
US = 2
PAGE = 25
INBOX = 1
MARKED = re.compile(r"Ref\. (dg-[\w-]{1,40})\s*\Z")


def read_changes(log: Path) -> Iterator[Fields]:
    """What was changed so far, oldest first."""
    with log.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


class Unknown(Exception):
    """There is no such ticket."""


class Desk:
    """Tickets by number. Changes are made one at a time, and logged in the order in which they were made.

    `lists` switches the list of tickets on: off, it is empty, so that nobody finds by looking what a webhook told.
    """

    def __init__(self, log: Path):
        self.lists = False
        self._tickets: dict[int, Fields] = {}
        self._entries = 0
        self._lock = threading.Lock()
        self._log = log.open("a", buffering=1, encoding="utf-8")

    def open(self, email: str, number: int | None = None, **fields: Any) -> Fields:
        """A customer opens a ticket. Returns what the webhook about it says."""
        with self._lock:
            number = number or len(self._tickets) + 1
            self._tickets[number] = ticket = _ticket(number, email, fields)
            self._write(number, None, {"title": "Ticket Opened Via Web", "comment": ticket["description"]})
            self._note("opened", number)
            return _copy(ticket)

    def close(self) -> None:
        self._log.close()

    def ticket(self, number: int) -> Fields:
        with self._lock:
            return _copy(self._known(number))

    def all(self) -> list[Fields]:
        with self._lock:
            return [_copy(ticket) for ticket in self._tickets.values()]

    def change(self, number: int, fields: Fields) -> Fields:
        """Set fields, as the API does: without a trace in the ticket's history."""
        with self._lock:
            ticket = self._known(number)
            differs = {name: value for name, value in fields.items() if ticket.get(name) != value}
            ticket.update(fields)
            self._note("changed", number, fields=fields, differs=sorted(differs))
            return _copy(ticket)

    def comment(self, fields: Fields) -> Fields:
        """Write below a ticket, as the account that Deskgate signs in with."""
        with self._lock:
            number = int(fields["ticket"])
            ticket = self._known(number)
            entry = self._write(number, US, fields)
            ticket["status"] = fields.get("new_status") or ticket["status"]
            found = MARKED.search(entry["comment"] or "")
            self._note("answered" if entry["public"] else "noted", number, marker=found[1] if found else "")
            return dict(entry)

    def create(self, fields: Fields) -> Fields:
        """A ticket that Deskgate opens."""
        with self._lock:
            number = len(self._tickets) + 1
            self._tickets[number] = ticket = _ticket(number, fields["submitter_email"], fields)
            self._write(number, US, {"title": "Ticket Opened", "comment": fields["description"]})
            found = MARKED.search(fields["description"])
            self._note("created", number, marker=found[1] if found else "")
            return _copy(ticket)

    def page(self, number: int | None, size: int) -> Fields:
        """A page of the list, the last one for None."""
        with self._lock:
            tickets = list(self._tickets.values()) if self.lists else []
            last = max(1, -(-len(tickets) // size))
            at = (last if number is None else number) - 1
            return {"count": len(tickets), "next": None, "previous": None,
                    "results": [_copy(ticket) for ticket in tickets[at * size:(at + 1) * size]]}

    def note(self, what: str, ticket: int, **more: object) -> None:
        """Write something else into the log."""
        with self._lock:
            self._note(what, ticket, **more)

    def _known(self, number: int) -> Fields:
        try:
            return self._tickets[number]
        except KeyError:
            raise Unknown(str(number)) from None

    def _write(self, number: int, user: int | None, fields: Fields) -> Fields:
        self._entries += 1
        entry = {"id": self._entries, "ticket": number, "user": user, "title": fields.get("title") or "Comment",
                 "comment": fields.get("comment"), "public": fields.get("public", True),
                 "new_status": fields.get("new_status"), "time_spent": None, "followupattachment_set": [],
                 "date": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"), "message_id": None,
                 "email_recipients": []}
        self._tickets[number]["followup_set"].append(entry)
        return entry

    def _note(self, what: str, ticket: int, **more: object) -> None:
        self._log.write(json.dumps({"at": time.monotonic(), "what": what, "ticket": ticket, **more}) + "\n")


def _ticket(number: int, email: str, fields: Fields) -> Fields:
    return {"id": number, "queue": INBOX, "title": "Printer on fire", "description": "It burns.", "resolution": None,
            "submitter_email": email, "assigned_to": None, "status": 1, "on_hold": False, "priority": 3,
            "due_date": None, "merged_to": None, "custom_entitlement": None, **fields, "followup_set": []}


def _copy(ticket: Fields) -> Fields:
    return {**ticket, "followup_set": [dict(entry) for entry in ticket["followup_set"]]}
