"""From what the API says of a ticket to our own words: how it stands, who asks, who wrote what, time logged on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Identity
from entitlements.rules.ticket import Severity
from integrations.desk.ticket import CLOSED_TAG, QUEUED_TAG, DeskTicket, Entry, Logged, Standing, marker_in
from integrations.payload import Fields, identifier, instant, required_id, rows, text, texts
from integrations.wire import MARKER
from integrations.zendesk.kind import CLOSED, HOLD, OVER, PENDING, channel_of, severity_of

OURS = "deskgate"
"""The name under which our marker stands in the metadata of a change, which only the API shows."""
MERGED_TAG = "closed_by_merge"
STAFF = frozenset({"agent", "admin"})
WRITTEN = frozenset({"Comment", "VoiceComment"})


@dataclass(frozen=True)
class Naming:
    """How the settings of a connection name what Zendesk numbers: groups by number, and the numbers of fields by name.
    `held` are the system statuses that our own waiting tickets have; with `by_tag` only with our tag."""

    groups: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    product_field: str = ""
    held: frozenset[str] = frozenset({HOLD, PENDING})
    by_tag: bool = True


@dataclass(frozen=True)
class Company:
    """The people and organizations that came with tickets, by id."""

    users: Mapping[str, Fields]
    organizations: Mapping[str, Fields]

    @classmethod
    def of(cls, page: Fields) -> Company:
        return cls(_by_id(page, "users"), _by_id(page, "organizations"))

    def is_staff(self, user_id: str) -> bool:
        return self.users.get(user_id, {}).get("role") in STAFF


def _by_id(page: Fields, name: str) -> dict[str, Fields]:
    return {identifier(each, "id"): each for each in (rows(page, name) if name in page else [])}


@dataclass(frozen=True)
class ZendeskTicket(DeskTicket):
    """A ticket, the id of who asks, and the people that came with it."""

    requester: str = ""
    company: Company = Company({}, {})


def read_ticket(told: Fields, company: Company, naming: Naming) -> ZendeskTicket:
    """A ticket as the API has it. Raises TicketError."""
    tags, status = frozenset(texts(told, "tags")), text(told, "status").lower()
    requester, submitter = an_id(told, "requester_id"), an_id(told, "submitter_id")
    values = _values(told)
    return ZendeskTicket(
        id=required_id(told, "id"), requester=requester, company=company,
        standing=standing_of(status, tags, naming), group=_group(told, naming),
        assignee=an_id(told, "assignee_id"), tags=_changeable(status, tags),
        fields={name: values.get(number, "") for name, number in naming.fields.items()},
        identity=_identity(told, requester, company), severity=read_severity(told),
        created_at=instant(told, "created_at"), updated_at=instant(told, "updated_at"),
        version=text(told, "updated_at"), product=" ".join(values.get(naming.product_field, "").split())[:120],
        channel=channel_in(told), staff_made=submitter != requester and company.is_staff(submitter),
        is_merged=status in OVER and MERGED_TAG in tags, is_deleted=status == "deleted", marker=marker_of(told))


def standing_of(status: str, tags: frozenset[str], naming: Naming) -> Standing:
    """Where a ticket stands. One that waits is ours if it has our tag, in the status that we give it; on hold or
    pending otherwise, people have made it wait."""
    if status in OVER or status == "deleted":
        return Standing.CLOSED
    if status in naming.held and (QUEUED_TAG in tags or not naming.by_tag):
        return Standing.HELD
    return Standing.WAITING if status in (PENDING, HOLD) else Standing.OPEN


def _changeable(status: str, tags: frozenset[str]) -> frozenset[str]:
    """A ticket that is closed for good is not ours to open again, whoever solved it."""
    return tags - {CLOSED_TAG} if status == CLOSED else tags


def _group(told: Fields, naming: Naming) -> str:
    number = an_id(told, "group_id")
    return naming.groups.get(number, number)


def _values(told: Fields) -> dict[str, str]:
    """The custom fields that have a value, by id; of several values, those that are chosen."""
    found = rows(told, "custom_fields") if told.get("custom_fields") else []
    return {identifier(each, "id"): as_text(each.get("value")) for each in found}


def as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _identity(told: Fields, requester: str, company: Company) -> Identity:
    organization = an_id(told, "organization_id")
    return Identity(organization_id=organization,
                    external_id=identifier(company.organizations.get(organization, {}), "external_id"),
                    email=text(company.users.get(requester, {}), "email"))


def read_severity(told: Fields) -> Severity:
    """The priority of a ticket; one without is normal. Raises TicketError."""
    priority = text(told, "priority")
    try:
        return severity_of(priority)
    except KeyError:
        raise TicketError(f"priority must be low, normal, high or urgent, not {priority[:40]!r}") from None


def channel_in(told: Fields) -> str:
    via = told.get("via")
    return channel_of(text(via, "channel")) if isinstance(via, dict) else ""


def marker_of(told: Fields) -> str:
    """The marker of a ticket that we created: its external id."""
    found = told.get("external_id")
    return found if isinstance(found, str) and MARKER.fullmatch(found) else ""


def an_id(told: Fields, name: str) -> str:
    """An id; empty for none, which webhooks write as 0."""
    found = identifier(told, name)
    return "" if found == "0" else found


# --- What was done to it: its audits ---------------------------------------------------------------------------------


def authors_in(audits: Sequence[Fields]) -> set[str]:
    """The ids of all who wrote something."""
    return {_author_id(event, audit) for audit, event in _written(audits)} - {""}


def read_entries(audits: Sequence[Fields], requester: str, us: str, company: Company) -> tuple[Entry, ...]:
    """What was written below a ticket, oldest first; `us` is our own account. Raises TicketError."""
    shown, found = _shown_since(audits), []
    for audit, event in _written(audits):
        number, writer = required_id(event, "id"), _author_id(event, audit)
        found.append(Entry(number, author_of(writer, requester, us, company), _at(audit),
                           public=shown.get(number, event.get("public") is True),
                           marker=_marker(event, audit) if writer == us else ""))  # a customer's mail may quote ours
    return tuple(found)


def author_of(user_id: str, requester: str, us: str, company: Company) -> Author:
    if user_id and user_id == us:
        return Author.DESKGATE
    if user_id == requester:
        return Author.CUSTOMER
    if user_id not in company.users:  # the system, or somebody who has been deleted
        return Author.UNKNOWN
    return Author.AGENT if company.is_staff(user_id) else Author.CUSTOMER


def read_logged(ticket_id: str, total_field: str, audits: Sequence[Fields]) -> tuple[Logged, ...]:
    """By how much the total of the time spent grew, change by change. Raises TicketError."""
    return tuple(Logged(entry_of(ticket_id, before, after), _at(audit), after - before)
                 for audit, event in _events(audits, frozenset({"Create", "Change"}))
                 if total_field and str(event.get("field_name")) == total_field
                 for before, after in [(total(event, "previous_value"), total(event, "value"))] if before != after)


def entry_of(ticket_id: str, before: int, after: int) -> str:
    """The id of an entry of time: a webhook and an audit have nothing else in common than what the total was."""
    return f"{ticket_id}:{before}-{after}"


def total(told: Fields, name: str) -> int:
    """The value of the total field, in seconds; none is 0. Raises TicketError."""
    value = as_text(told.get(name)).strip()
    whole = value.removesuffix(".0")
    if not value:
        return 0
    if not (whole.isascii() and whole.isdecimal()) or len(whole) > 9:
        raise TicketError(f"{name} of the total time must be a whole number of seconds, not {value[:40]!r}")
    return int(whole)


def _events(audits: Sequence[Fields], kinds: frozenset[str]) -> Iterator[tuple[Fields, Fields]]:
    for audit in audits:
        yield from ((audit, event) for event in rows(audit, "events") if event.get("type") in kinds)


def _written(audits: Sequence[Fields]) -> Iterator[tuple[Fields, Fields]]:
    return _events(audits, WRITTEN)


def _shown_since(audits: Sequence[Fields]) -> dict[str, bool]:
    """Comments that were made private, or public, after they were written."""
    return {identifier(event, "comment_id"): event.get("public") is True
            for _, event in _events(audits, frozenset({"CommentPrivacyChange"}))}


def _author_id(event: Fields, audit: Fields) -> str:
    return an_id(event, "author_id") or an_id(audit, "author_id")


def _at(audit: Fields) -> datetime:
    at = instant(audit, "created_at")
    if at is None:
        raise TicketError("created_at of an audit is missing")
    return at


def _marker(event: Fields, audit: Fields) -> str:
    metadata = audit.get("metadata")
    custom = metadata.get("custom") if isinstance(metadata, dict) else None
    found = custom.get(OURS) if isinstance(custom, dict) else None
    if isinstance(found, str) and MARKER.fullmatch(found):
        return found
    body = event.get("body")
    return marker_in(body) if isinstance(body, str) else ""
