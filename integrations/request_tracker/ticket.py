"""A ticket of Request Tracker as read, in words of ours: who asks, where it stands, and what was done on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Author, Identity
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import DeskMapping, Stage, split
from integrations.desk.ticket import QUEUED_TAG, DeskTicket, Entry, Logged, Standing
from integrations.request_tracker.api import Row, User
from integrations.request_tracker.settings import DELETED, RtSettings, names, queue_statuses, queues

NOBODY, SYSTEM = frozenset({"", "Nobody", "6"}), frozenset({"RT_System", "1"})
WORDS = {"Create": True, "Correspond": True, "Comment": False}
"""The transactions that hold words, and whether the customer reads them."""
SUBJECT_MARK = re.compile(r"Ref\. (dg-[0-9]{1,18})\)?\s*$")
MINUTE, A_YEAR = 60, 366 * 86400


@dataclass(frozen=True)
class RtTicket(DeskTicket):
    """A ticket, and what Request Tracker tells of it besides. `queue_names` are all that its queue is called by."""

    subject: str = ""
    status: str = ""
    queue_names: frozenset[str] = frozenset()
    requestors: frozenset[str] = frozenset()
    creator: str = ""
    changed_by: str = ""


@dataclass(frozen=True)
class Reading:
    """How the tickets of one connection are to be read. `look_up` finds an account; `own` are our names."""

    mapping: DeskMapping
    settings: RtSettings
    look_up: Callable[[str], User]
    own: frozenset[str]

    def ticket(self, row: Row, asked: str, version: str = "") -> RtTicket:
        """The ticket that was asked for, from what came. Raises DeliveryError, gone for one that was deleted."""
        status = str(row.get("Status") or "").lower()
        if not status or not row.get("id"):
            raise DeliveryError("the answer is no ticket: is this Request Tracker's REST 2 interface?")
        if status == DELETED:
            raise DeliveryError(f"ticket {asked} was deleted in Request Tracker", kind="gone")
        found = self.fields(row)
        tags = frozenset(tag for value in found.get(self.settings.tags_field, ()) for tag in split(value))
        told = {name: ", ".join(found[name]) for name in names(self.mapping, self.settings).values() if name in found}
        owner, creator, queue = ref(row.get("Owner")), ref(row.get("Creator")), row.get("Queue")
        requestors = frozenset(ref(each) for each in people(row.get("Requestor")))
        return RtTicket(
            id=asked, standing=self.standing(status, tags, told), group=self.group(queue),
            assignee="" if owner in NOBODY | self.own else owner, tags=tags,
            fields={name: value for name, value in told.items() if name != self.settings.tags_field},
            identity=self.identity(row, told), severity=self.severity(row.get("Priority")),
            created_at=instant(row.get("Created")), updated_at=instant(row.get("LastUpdated")), version=version,
            product=" ".join(told.get(self.settings.product_field, "").split())[:120],
            staff_made=creator not in self.own and self.author(creator, requestors) is Author.AGENT,
            is_merged=any(each not in ("", asked) for each in (ref(row), ref(row.get("EffectiveId")))),
            subject=str(row.get("Subject") or ""), status=status, queue_names=queue_names(queue),
            requestors=requestors, creator=creator, changed_by=ref(row.get("LastUpdatedBy")))

    def fields(self, row: Row) -> dict[str, list[str]]:
        """The values of the custom fields, by name and by number."""
        listed = row.get("CustomFields")
        found: dict[str, list[str]] = {}
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, dict) and isinstance(each.get("values"), list):
                values = [str(value) for value in each["values"] if isinstance(value, str | int)]
                found[str(each.get("id"))] = found[str(each.get("name"))] = values
        return found

    def standing(self, status: str, tags: frozenset[str], fields: Mapping[str, str]) -> Standing:
        """Where a ticket with this status stands. Stalled means held where our own mark says so, else waiting."""
        if status in self.settings.closed:
            return Standing.CLOSED
        if status in queue_statuses(self.mapping) and self._is_queued_by_us(tags, fields):
            return Standing.HELD
        return Standing.WAITING if status in self.settings.waiting else Standing.OPEN

    def _is_queued_by_us(self, tags: frozenset[str], fields: Mapping[str, str]) -> bool:
        if self.settings.tags_field:
            return QUEUED_TAG in tags
        return fields.get(self.mapping.fields.get("outcome_field", ""), "") == Stage.QUEUE

    def group(self, queue: object) -> str:
        """The queue, by number where the settings name it so, else by name."""
        number, told = ref(queue), queues(self.mapping)
        others = queue_names(queue) - {number}
        return number if number in told or not others else next(iter(others))

    def identity(self, row: Row, fields: Mapping[str, str]) -> Identity:
        """The first requestor, looked up where the ticket tells only the name of the account."""
        external_id = fields.get(self.settings.external_id_field, "")
        requestors = people(row.get("Requestor"))
        if not requestors:
            return Identity(external_id=external_id)
        first = requestors[0]
        if "EmailAddress" not in first:
            user = self.look_up(ref(first))
            first = {"EmailAddress": user.email, "Organization": user.organization}
        email = str(first.get("EmailAddress") or "") or (ref(requestors[0]) if "@" in ref(requestors[0]) else "")
        return Identity(organization_id=str(first.get("Organization") or "").strip()[:100], external_id=external_id,
                        email=email.strip())

    def severity(self, priority: object) -> Severity | None:
        """From the number; a label instead of it says nothing certain."""
        told = str(priority).strip()
        return self.settings.severity(int(told)) if re.fullmatch(r"[0-9]{1,9}", told) else None

    def author(self, name: str, requestors: Iterable[str]) -> Author:
        """Who somebody is, as seen from a ticket with these requestors. An account that we may not see is taken for an
        agent's: where people may have come first, they have."""
        if name in self.own:
            return Author.DESKGATE
        if name in requestors:
            return Author.CUSTOMER
        if not name or name in SYSTEM:
            return Author.UNKNOWN
        user = self.look_up(name)
        return Author.AGENT if user.is_staff or not user.name else Author.CUSTOMER

    def entries(self, history: Iterable[Row], requestors: frozenset[str]) -> tuple[Entry, ...]:
        """What was written below a ticket, oldest first. Our marker ends the subject under which it was written."""
        found = []
        for row in history:
            at, marker = instant(row.get("Created")), marker_of(row.get("Data"))
            if row.get("Type") in WORDS and at is not None:
                author = self.author(ref(row.get("Creator")), requestors)
                marker = marker if author is Author.DESKGATE else ""  # an answer to our mail has its subject
                found.append(Entry(str(row.get("id")), author, at, WORDS[str(row["Type"])], marker))
        return tuple(found)


def logged(history: Iterable[Row]) -> tuple[Logged, ...]:
    """The time on a ticket: with what was written, or set by hand."""
    found = []
    for row in history:
        at, minutes = instant(row.get("Created")), minutes_of(row)
        if minutes and at is not None:
            found.append(Logged(str(row.get("id")), at, minutes * MINUTE))
    return tuple(found)


def minutes_of(row: Mapping[str, Any]) -> int:
    """The minutes that a transaction adds, or takes back. Setting the time by hand counts as the difference."""
    if row.get("Type") == "Set" and row.get("Field") == "TimeWorked":
        minutes = whole(row.get("NewValue")) - whole(row.get("OldValue"))
    else:
        minutes = whole(row.get("TimeTaken"))
    return minutes if abs(minutes) * MINUTE <= A_YEAR else 0


def whole(value: object) -> int:
    told = str(value if value is not None else "").strip()
    return int(told) if re.fullmatch(r"-?[0-9]{1,9}", told) else 0


def marker_of(subject: object) -> str:
    """The marker that the subject of an entry ends with."""
    found = SUBJECT_MARK.search(" ".join(str(subject or "").split()))
    return found[1] if found else ""


def ref(value: object) -> str:
    """What another record is called by: told whole, or by a reference to it."""
    if isinstance(value, dict):
        value = value.get("id")
    return str(value) if isinstance(value, str | int) else ""


def queue_names(queue: object) -> frozenset[str]:
    """Number and name of a queue; the name only where our account may see the queue."""
    name = queue.get("Name") if isinstance(queue, dict) else None
    return frozenset({ref(queue), str(name or "")} - {""})


def people(value: object) -> list[dict[str, Any]]:
    """The members of a role, a single one told without a list."""
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, dict)]


def instant(value: object) -> datetime | None:
    """An instant in UTC; None for a date that is not set."""
    try:
        at = datetime.fromisoformat(str(value or ""))
        return at.astimezone(timezone.utc) if at.tzinfo and at.year > 1970 else None
    except (ValueError, OverflowError):
        return None
