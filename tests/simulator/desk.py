"""The simulated helpdesk's own truth: its tickets as django-helpdesk keeps and shows them, and a log of all that was
done to them, by whom. Nothing in here knows Deskgate's database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.simulator.agenda import SimClock

US, AGENTS = 2, (3, 4, 5)
OPEN, REOPENED, RESOLVED, CLOSED, DUPLICATE = 1, 2, 3, 4, 5
OVER = (RESOLVED, CLOSED, DUPLICATE)
Fields = dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """One change of ours as the helpdesk saw it. `before` is the ticket before it, `seen` the ticket as the try that
    made it had read it; `late` says that it came after its caller had given up waiting, `latest` which generation of
    the delivery was in force then."""

    number: int
    at: datetime
    delivery: int
    generation: int
    kind: str
    changes: Fields
    before: Fields
    seen: Fields | None
    late: bool
    latest: int


@dataclass(frozen=True)
class Doer:
    """Who makes a change of ours: which try of which delivery."""

    delivery: int
    generation: int
    seen: Fields | None = None
    late: bool = False


class Desk:
    """All tickets. `tell` is called with the webhook's body for everything that django-helpdesk tells of; `latest` says
    which generation of a delivery is in force, for the log."""

    def __init__(self, clock: SimClock, tell: Callable[[int, Fields], None], latest: Callable[[int], int]) -> None:
        self.clock, self._tell, self._latest = clock, tell, latest
        self.tickets: dict[int, Fields] = {}
        self.gone: set[int] = set()
        self.effects: list[Effect] = []
        self.time_entries: dict[str, int] = {}
        self.buyers: dict[int, str] = {}
        self._entries = 0

    # What people do

    def open(self, email: str, priority: int, *, buyer: str = "", by: int | None = None, web: bool = True,
             **more: Any) -> int:
        """Somebody opens a ticket."""
        number = len(self.tickets) + len(self.gone) + 1
        self.tickets[number] = {
            "id": number, "queue": 1, "title": f"Question {number}", "description": "It does not work.",
            "resolution": None, "submitter_email": email, "assigned_to": None, "status": OPEN, "on_hold": False,
            "priority": priority, "due_date": None, "merged_to": None, "followup_set": [], "custom_marker": "", **more}
        self.buyers[number] = buyer
        title = "Ticket Opened Via Web" if web and by is None else "Ticket Opened"
        self.write(number, self.tickets[number]["description"], user=by, title=title)
        self._tell(number, {"ticket": self.shown(number)})
        return number

    def act(self, number: int, comment: str, *, user: int | None, **more: Any) -> Fields:
        """Somebody writes below a ticket, and changes it as `more` says; the helpdesk tells of it."""
        ticket = self.tickets[number]
        changes = {name: more.pop(name) for name in ("assigned_to", "priority", "on_hold", "merged_to", "queue")
                   if name in more}
        ticket.update(changes)
        entry = self.write(number, comment, user=user, **more)
        ticket["status"] = more.get("new_status") or ticket["status"]
        if entry["time_spent"]:
            self.time_entries[f"{number}/f{entry['id']}"] = _seconds(entry["time_spent"])
        self._tell(number, {"ticket": self.shown(number), "followup_id": entry["id"]})
        return entry

    def delete(self, number: int) -> None:
        """A ticket is deleted; the helpdesk tells nobody."""
        del self.tickets[number]
        self.gone.add(number)

    def write(self, number: int, comment: str | None, *, user: int | None, **fields: Any) -> Fields:
        self._entries += 1
        entry = {"id": self._entries, "ticket": number, "user": user, "title": "Question", "comment": comment,
                 "public": True, "new_status": None, "time_spent": None, "followupattachment_set": [],
                 "date": self.clock.now().isoformat().replace("+00:00", "Z"), "message_id": None,
                 "email_recipients": [], **fields}
        self.tickets[number]["followup_set"].append(entry)
        return entry

    def shown(self, number: int) -> Fields:
        """The ticket as anybody sees it now."""
        ticket = self.tickets[number]
        return {**ticket, "followup_set": [dict(entry) for entry in ticket["followup_set"]]}

    def all_tickets(self) -> list[Fields]:
        return [self.shown(number) for number in sorted(self.tickets)]

    def all_entries(self) -> list[Fields]:
        """All that was written, in the order in which it was."""
        entries = (entry for ticket in self.tickets.values() for entry in ticket["followup_set"])
        return sorted(map(dict, entries), key=lambda entry: int(entry["id"]))

    # What Deskgate does

    def change(self, number: int, changes: Fields, doer: Doer) -> Fields:
        ticket = self.tickets[number]
        self._note("change", number, {name: value for name, value in changes.items() if ticket[name] != value}, doer)
        ticket.update(changes)
        return self.shown(number)

    def comment(self, body: Fields, doer: Doer) -> Fields:
        number = body["ticket"]
        told = {name: value for name, value in body.items() if name not in ("ticket", "comment")}
        self._note("answer" if body["public"] else "note", number, body, doer)
        entry = self.write(number, body["comment"], user=US, **told)
        self.tickets[number]["status"] = body.get("new_status") or self.tickets[number]["status"]
        self._tell(number, {"ticket": self.shown(number), "followup_id": entry["id"]})
        return entry

    def create(self, body: Fields, doer: Doer) -> Fields:
        email = body["submitter_email"]
        number = self.open(email, body["priority"], by=US, web=False, buyer=email.partition("@")[2].partition(".")[0],
                           **{name: value for name, value in body.items()
                              if name not in ("submitter_email", "priority")})
        self._note("create", number, body, doer)
        return self.shown(number)

    def _note(self, kind: str, number: int, changes: Fields, doer: Doer) -> None:
        self.effects.append(Effect(number, self.clock.now(), doer.delivery, doer.generation, kind, changes,
                                   self.shown(number), doer.seen, doer.late, self._latest(doer.delivery)))


def _seconds(told: str) -> int:
    hours, minutes, seconds = (int(part) for part in told.split(":"))
    return int(timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds())
