"""What a Request Tracker remembers, and what becomes of it when somebody changes something.

Each change is a list of transactions, of which a scrip tells together: `batches` are those that were not told yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from entitlements.clock import Clock

US, SYSTEM, NOBODY, OUR_TOKEN, OUR_PASSWORD = "deskgate", "RT_System", "Nobody", "1-14-5f0e4c7a9b1d", "a: b"
CLOSED = ("resolved", "rejected", "deleted")
TRANSITIONS = {
    "new": ("open", "stalled", "resolved", "rejected", "deleted"),
    "open": ("stalled", "resolved", "rejected", "deleted"), "stalled": ("open", "rejected", "resolved", "deleted"),
    "resolved": ("open", "rejected", "deleted"), "rejected": ("open", "resolved", "deleted"), "deleted": ("open",)}


class Denied(Exception):
    """Request Tracker will not; the text is its own."""


@dataclass
class User:
    id: int
    name: str
    email: str = ""
    organization: str = ""
    is_staff: bool = False


@dataclass
class Queue:
    id: int
    name: str
    disabled: bool = False
    may_create: bool = True


@dataclass
class CustomField:
    id: int
    name: str
    is_list: bool = False
    type: str = "Freeform"
    disabled: bool = False
    not_in: tuple[str, ...] = ()


@dataclass
class Txn:
    id: int
    ticket: int
    type: str
    creator: str
    created: datetime
    field: str = ""
    old: str = ""
    new: str = ""
    data: str = ""
    minutes: int = 0
    content: str = ""


@dataclass
class Ticket:
    id: int
    subject: str
    queue: Queue
    creator: str
    created: datetime
    requestors: list[str]
    status: str = "new"
    owner: str = NOBODY
    priority: int = 0
    minutes: int = 0
    effective_id: int = 0
    updated: datetime = datetime(1970, 1, 1, tzinfo=timezone.utc)
    updated_by: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)


def spelled(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Tracker:
    """`zone` is how far Deskgate's account is from UTC; `opens_all`: a scrip opens whatever is written to, `opens_late`
    when all else is done; `refuses`: statuses and fields that are refused; `unseen`: tickets that are not for us."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.users = {each.name: each for each in (
            User(1, SYSTEM), User(6, NOBODY), User(14, US, "deskgate@desk.example", is_staff=True),
            User(20, "alex", "alex@desk.example", is_staff=True))}
        self.queues: list[Queue] = []
        self.fields: list[CustomField] = []
        self.tickets: dict[int, Ticket] = {}
        self.txns: list[Txn] = []
        self.batches: list[list[Txn]] = []
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self.afterwards: dict[int, Callable[[], object]] = {}
        self.zone, self.may_delete, self.opens_all, self.opens_late = timedelta(hours=-5), True, False, False
        self.rights = {"correspond", "comment", "lifecycle"}
        self.refuses, self.unseen, self.searches_users = set[str](), set[int](), True

    def now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)

    # --- Finding ------------------------------------------------------------------------------------------------------

    def load(self, number: int) -> Ticket | None:
        """A ticket; that of a merged one is the one it was merged into."""
        ticket = self.tickets.get(number)
        return ticket if ticket is None or ticket.effective_id == number else self.load(ticket.effective_id)

    def find_queue(self, told: object) -> Queue | None:
        return next((each for each in self.queues if str(told).lower() in (each.name.lower(), str(each.id))), None)

    def find_user(self, told: str) -> User | None:
        return next((each for each in self.users.values() if told in (each.name, str(each.id))), None)

    def requester(self, email: str, organization: str = "") -> User:
        """An account is made for whoever writes for the first time; it is called by its address."""
        return self.users.setdefault(email, User(100 + len(self.users), email, email, organization))

    def fits(self, ticket: Ticket, query: str) -> bool:
        for part in query.split(" AND "):
            found = re.fullmatch(r"(LastUpdated|Created|id|Requestor\.EmailAddress) [>=] '?([^']*)'?", part)
            assert found, f"not TicketSQL as it is known here: {part}"
            name, value = found.groups()
            if name in ("LastUpdated", "Created"):
                at = datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc) - self.zone
                if (ticket.updated if name == "LastUpdated" else ticket.created) <= at:
                    return False
            elif name == "Requestor.EmailAddress" and value not in ticket.requestors:
                return False
        return True

    # --- Telling ------------------------------------------------------------------------------------------------------

    def user_ref(self, name: str) -> dict[str, Any]:
        return {"type": "user", "id": name, "_url": f"/REST/2.0/user/{name}"}

    def told(self, ticket: Ticket, *, named: bool = False, people: list[str] | None = None) -> dict[str, Any]:
        """As REST 2 serializes a ticket; more about people only where a list is asked for it."""
        requestors = [self.user_ref(name) for name in ticket.requestors]
        for each in requestors if people else ():
            user = self.users[each["id"]]
            each |= {"Name": user.name, "EmailAddress": user.email, "Organization": user.organization}
        return {
            "id": ticket.id, "Type": "ticket", "Subject": ticket.subject, "Status": ticket.status,
            "Queue": {"type": "queue", "id": str(ticket.queue.id), **({"Name": ticket.queue.name} if named else {})},
            "Owner": self.user_ref(ticket.owner), "Requestor": requestors, "Cc": [], "AdminCc": [],
            "Creator": self.user_ref(ticket.creator), "LastUpdatedBy": self.user_ref(ticket.updated_by),
            "Created": spelled(ticket.created), "LastUpdated": spelled(ticket.updated), "Due": "1970-01-01T00:00:00Z",
            "Priority": str(ticket.priority), "TimeWorked": str(ticket.minutes),
            "EffectiveId": {"type": "ticket", "id": str(ticket.effective_id), "_url": ""},
            "CustomFields": [{"id": str(each.id), "name": each.name, "type": "customfield", "_url": "",
                              "values": ticket.values.get(each.name, [])} for each in self.applied(ticket)]}

    def applied(self, ticket: Ticket) -> list[CustomField]:
        return [each for each in self.fields if ticket.queue.name not in each.not_in]

    def links(self, ticket: Ticket) -> list[dict[str, str]]:
        return [{"ref": "self"}, {"ref": "history"}, *({"ref": each} for each in sorted(self.rights))]

    def etag(self, ticket: Ticket) -> str:
        return f'"{max(txn.id for txn in self.txns if txn.ticket == ticket.id)}"'

    # --- Changing -----------------------------------------------------------------------------------------------------

    def note(self, ticket: Ticket, by: str, kind: str, **more: Any) -> Txn:
        """Write down what somebody did."""
        txn = Txn(300 + len(self.txns), ticket.id, kind, by, self.now(), **more)
        self.txns.append(txn)
        ticket.updated, ticket.updated_by = txn.created, by
        ticket.minutes += txn.minutes
        return txn

    def create(self, by: str, content: Mapping[str, Any]) -> Ticket:
        queue = self.find_queue(content["Queue"])
        if queue is None or content.get("Status", "new") != "new":
            raise Denied("New tickets can not have that status in this queue")
        number = 20 + len(self.tickets)
        people = [self.requester(email).name for email in content.get("Requestor", [])]
        ticket = Ticket(number, content.get("Subject", ""), queue, by, self.now(), people, effective_id=number,
                        priority=int(content.get("Priority", 0)))
        self.tickets[number] = ticket
        self.batches.append([self.note(ticket, by, "Create", content=content.get("Content", ""))])
        ticket.values = {name: value if isinstance(value, list) else [value]
                         for name, value in content.get("CustomFields", {}).items()
                         if value and any(each.name == name for each in self.applied(ticket))}
        return ticket

    def update(self, ticket: Ticket, by: str, content: Mapping[str, Any]) -> list[str]:
        """What a PUT does: each field for itself, in the order of the alphabet; a refusal is only a sentence."""
        began, said = len(self.txns), []
        for name in sorted(content):
            try:
                said += getattr(self, f"_set_{name.lower()}")(ticket, by, content[name])
            except Denied as error:
                said.append(str(error))
        self._tell(began)
        return said

    def _tell(self, began: int) -> None:
        if len(self.txns) > began:
            self.batches.append(self.txns[began:])

    def _set_queue(self, ticket: Ticket, by: str, value: object) -> list[str]:
        queue = self.find_queue(value)
        if queue is None or not queue.may_create:
            raise Denied("That queue does not exist" if queue is None else "You may not create requests in that queue.")
        if queue is ticket.queue:
            return []
        old, ticket.queue = ticket.queue, queue
        self.note(ticket, by, "Set", field="Queue", old=str(old.id), new=str(queue.id))
        return [f"Ticket {ticket.id}: Queue changed from '{old.name}' to '{queue.name}'"]

    def _set_status(self, ticket: Ticket, by: str, value: str) -> list[str]:
        if value == ticket.status:
            return []
        if value not in TRANSITIONS:
            raise Denied(f"Ticket {ticket.id}: Status '{value}' isn't a valid status for this ticket.")
        if value not in TRANSITIONS[ticket.status] or value in self.refuses:
            raise Denied(f"Ticket {ticket.id}: You can't change status from '{ticket.status}' to '{value}'.")
        old, ticket.status = ticket.status, value
        self.note(ticket, by, "Status", field="Status", old=old, new=value)
        return [f"Ticket {ticket.id}: Status changed from '{old}' to '{value}'"]

    def _set_owner(self, ticket: Ticket, by: str, value: str) -> list[str]:
        old, ticket.owner = ticket.owner, value
        self.note(ticket, by, "SetWatcher", field="Owner", old=old, new=value)
        return [f"Ticket {ticket.id}: Owner changed from {old} to {value}"]

    def _set_priority(self, ticket: Ticket, by: str, value: int) -> list[str]:
        txn = self.note(ticket, by, "Set", field="Priority", old=str(ticket.priority), new=str(value))
        ticket.priority = int(value)
        return [f"Ticket {ticket.id}: Priority changed from '{txn.old}' to '{value}'"]

    def _set_timeworked(self, ticket: Ticket, by: str, value: int) -> list[str]:
        self.note(ticket, by, "Set", field="TimeWorked", old=str(ticket.minutes), new=str(value))
        ticket.minutes = int(value)
        return [f"Ticket {ticket.id}: Worked {value} minutes"]

    def _set_customfields(self, ticket: Ticket, by: str, values: Mapping[str, Any]) -> list[str]:
        """What is not there is passed over without a word; a list becomes the list that was sent."""
        said = []
        for name, value in values.items():
            known = next((each for each in self.applied(ticket) if name in (each.name, str(each.id))), None)
            if known is None:
                continue
            if known.name in self.refuses:
                raise Denied("Could not add new custom field value: Permission Denied")
            wanted = [str(each) for each in (value if isinstance(value, list) else [value]) if each is not None]
            before = ticket.values.get(known.name, [])
            ticket.values[known.name] = wanted = wanted if known.is_list else wanted[:1]
            for each in sorted({*before} ^ {*wanted}):
                old, new = ("", each) if each in wanted else (each, "")
                self.note(ticket, by, "CustomField", field=str(known.id), old=old, new=new)
                said.append(f"{known.name} {each} {'added' if new else 'deleted'}")
        return said

    def write(self, ticket: Ticket, by: str, how: str, content: Mapping[str, Any]) -> tuple[list[str], Txn]:
        """A reply or a comment. Its subject is what the transaction is called; scrips run before a status is set."""
        began, subject = len(self.txns), str(content.get("Subject") or "No Subject")[:255]
        minutes, words = int(content.get("TimeTaken", 0)), content.get("Content", "")
        txn = self.note(ticket, by, how.capitalize(), data=subject, minutes=minutes, content=words)
        opened = self._open_what_is_written_to(ticket, by) if how == "correspond" else None
        said = ["Correspondence added" if how == "correspond" else "Comments added"]
        own = [each for each in self.txns[began:] if each.creator != SYSTEM]
        if content.get("Status"):
            at = len(self.txns)
            try:
                said += self._set_status(ticket, by, content["Status"])
            except Denied as error:
                said.append(str(error))
            own += self.txns[at:]
        if self.opens_late and how == "correspond":
            ticket.status = "open"
        self.batches += [[opened], own] if opened else [own]
        return said, txn

    def _open_what_is_written_to(self, ticket: Ticket, by: str) -> Txn | None:
        """The scrip that Request Tracker comes with: it works on a copy of its own, so what it does is told apart."""
        stays_new = ticket.status == "new" and by in ticket.requestors
        if ticket.status not in CLOSED and (not self.opens_all or ticket.status == "open" or stays_new):
            return None
        old, ticket.status = ticket.status, "open"
        return self.note(ticket, SYSTEM, "Status", field="Status", old=old, new="open")

    def merge(self, ticket: Ticket, into: Ticket, by: str) -> None:
        ticket.effective_id, link = into.id, f"fsck.com-rt://desk.example/ticket/{into.id}"
        self.batches += [[self.note(each, by, "AddLink", field="MergedInto", new=link)] for each in (ticket, into)]
