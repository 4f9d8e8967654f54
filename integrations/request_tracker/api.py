"""The REST 2 interface of one Request Tracker: how we sign in, what we ask for, and what its odd answers mean."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig
from integrations.desk.adapter import Collision
from integrations.http import Answer, failure
from integrations.masking import AUTHORIZATION
from integrations.origin import OriginClient
from integrations.tools import Tools

ROOT = "/REST/2.0"
PAGE = 100
PAGES = 1000
ZONES = timedelta(hours=14)  # a search reads its dates in the time zone of our account, which we do not know
TICKET_FIELDS = ("Subject,Status,Priority,Queue,Owner,Creator,Created,LastUpdated,LastUpdatedBy,Requestor,CustomFields,"
                 "EffectiveId,TimeWorked")
HISTORY_FIELDS = "Type,ObjectId,Field,OldValue,NewValue,Data,TimeTaken,Creator,Created"
HISTORY_TYPES = ("Create", "Correspond", "Comment", "Set")
"""All that we read of. Records of mail, which we may not see, would leave gaps in pages that tell no total."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class User:
    """An account: `name` is what tickets call it by."""

    name: str
    email: str = ""
    organization: str = ""
    is_staff: bool = False


class RtApi:
    """Calls to one Request Tracker. Raises DeliveryError; ConfigError when built with an address that cannot be."""

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._token, self._tools = config.token.strip(), tools
        self.calls = OriginClient(tools.http, root_of(config.url), authorization(self._token))
        told = hashlib.sha256(f"{config.url} {self._token}".encode()).hexdigest()
        self._memory_key = ("request_tracker", told)

    # --- Tickets ------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> tuple[Row, str]:
        """A ticket and its version. That of a merged ticket is the one it was merged into."""
        answer = self.calls.get(("ticket", ticket_id), params={"fields[Queue]": "Name"})
        return answer.object(), answer.header("ETag")

    def update(self, ticket_id: str, changes: Mapping[str, object], version: str = "") -> list[str]:
        """Change fields; returns what Request Tracker says about it, refusals among it. Raises Collision."""
        headers = {"If-Match": version} if version else {}
        answer = self.calls.ask("PUT", ("ticket", ticket_id), json=changes, headers=headers)
        if answer.status == 412:
            raise Collision(f"ticket {ticket_id} was changed meanwhile", status=412)
        return _sentences(_insist(answer))

    def write(self, ticket_id: str, how: str, message: Mapping[str, object]) -> list[str]:
        """`correspond` with the requestor, or `comment` internally."""
        return _sentences(self.calls.post(("ticket", ticket_id, how), json=message))

    def create(self, fields: Mapping[str, object]) -> str:
        """Open a ticket; returns its number."""
        found = self.calls.post("ticket", json=fields).object().get("id")
        if not isinstance(found, str | int):
            raise DeliveryError("the answer does not say which ticket was created", kind="unknown")
        return str(found)

    def delete(self, ticket_id: str) -> bool:
        """Whether it could be deleted."""
        return self.calls.ask("DELETE", ("ticket", ticket_id)).is_success

    def history(self, ticket_id: str) -> Iterator[Row]:
        """What was written on a ticket and set by hand, oldest first, without what was merged into it."""
        params = {"fields": HISTORY_FIELDS, "query": matching("Type", *HISTORY_TYPES)}
        rows = self._pages(("ticket", ticket_id, "history"), params)
        own = (row for row in rows if str(row.get("ObjectId") or ticket_id) == ticket_id)
        yield from sorted(own, key=lambda row: int(row.get("id") or 0))

    def search(self, query: str, order: str) -> Iterator[Row]:
        """The tickets that TicketSQL finds, the latest first by `order`."""
        params = {"query": query, "orderby": order, "order": "DESC", "fields": TICKET_FIELDS, "fields[Queue]": "Name",
                  "fields[Requestor]": "Name,EmailAddress,Organization"}
        yield from self._pages("tickets", params)

    def opening_of(self, ticket_id: str) -> list[str]:
        """The texts that a ticket was opened with, asked for once."""
        return self._tools.memory.recall((*self._memory_key, "opening", ticket_id), lambda: self._opening(ticket_id))

    def _opening(self, ticket_id: str) -> list[str]:
        first = next((row for row in self.history(ticket_id) if row.get("Type") == "Create"), None)
        return self._texts_of(str(first.get("id"))) if first else []

    def _texts_of(self, transaction_id: str) -> list[str]:
        """As one version or another of Request Tracker writes them."""
        rows = self._pages(("transaction", transaction_id, "attachments"), {"fields": "Content,ContentType"})
        texts = [str(row.get("Content") or "") for row in rows
                 if str(row.get("ContentType") or "").startswith("text/")]
        return [each for text in texts for each in (text, _decoded(text))]

    def _pages(self, path: str | tuple[str, ...], params: Mapping[str, str]) -> Iterator[Row]:
        for page in range(1, PAGES + 1):
            found = self.calls.get(path, params={**params, "per_page": PAGE, "page": page}).object()
            rows = found.get("items")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise DeliveryError("the answer has no list of items: is this Request Tracker's REST 2 interface?")
            yield from rows
            if _is_last(found, rows, path):
                return
        raise DeliveryError(f"the list has no end after {PAGES} pages", kind="refused")

    # --- People -------------------------------------------------------------------------------------------------------

    def user(self, name: str) -> User:
        """An account by name or number, asked for once in a while; nobody known where we may not see it."""
        return self._tools.memory.recall((*self._memory_key, "user", name), lambda: self._user(name))

    def _user(self, name: str) -> User:
        answer = self.calls.ask("GET", ("user", name))
        if answer.status in (403, 404):
            return User("")
        row = _insist(answer).object()
        called = str(row.get("Name") or ("" if name.isdecimal() else name))
        is_staff = str(row.get("Privileged") or "0") == "1"
        organization = row.get("Organization") if "Organization" in row or is_staff else self._organization(called)
        return User(called, str(row.get("EmailAddress") or ""), str(organization or ""), is_staff)

    def _organization(self, name: str) -> object:
        """What an account tells of itself to administrators alone, a list of accounts tells to everybody."""
        params = {"query": matching("Name", name), "fields": "Name,Organization", "per_page": str(PAGE)}
        answer = self.calls.ask("GET", "users", params=params)
        rows = answer.object().get("items") if answer.is_success else None
        return next((row.get("Organization") for row in rows or () if isinstance(row, dict)
                     and row.get("Name") == name), "")

    @property
    def signed_in_as(self) -> str:
        """Our own account by name or by number, as far as what we sign in with tells of it. Calls nobody."""
        numbered = re.fullmatch(r"[0-9]+-([0-9]+)-.+", self._token)
        return numbered[1] if numbered else self._token.partition(":")[0] if ":" in self._token else ""

    @property
    def own_name(self) -> str:
        """The name of our own account."""
        told = self.signed_in_as
        return self.user(told).name if told.isdecimal() and ":" not in self._token else told

    def forget_own_name(self) -> None:
        """Ask anew, since somebody is looking whether all is right."""
        self._tools.memory.forget((*self._memory_key, "user", self.signed_in_as))


def _insist(answer: Answer) -> Answer:
    if answer.is_success:
        return answer
    raise failure(answer)


def _sentences(answer: Answer) -> list[str]:
    found = answer.json()
    return [str(each) for each in found if each] if isinstance(found, list) else []


def _is_last(found: Row, rows: list[Row], path: str | tuple[str, ...]) -> bool:
    """Whether a page ends its list. A page of tickets may be short because some of them are not for us to see: where
    we are not told how many pages there are, only an empty one is the end. Beyond the end, RT 6 may tell the last page
    again."""
    if found.get("next_page"):
        return False
    return not rows or isinstance(found.get("pages"), int) or (path != "tickets" and len(rows) < PAGE)


def matching(field: str, *values: str) -> str:
    """A search of a list, as REST 2 takes it: any of these values."""
    return json.dumps([{"field": field, "value": value} for value in values])


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except ValueError:
        return ""


def root_of(url: str) -> str:
    """The root of the interface, from an address with or without it."""
    parts = urlsplit(url)
    path = re.sub(r"(?i)/REST(/[12]\.0)?$", "", parts.path.rstrip("/"))
    return urlunsplit(parts._replace(path=path + ROOT)) if url else ""


def authorization(token: str) -> dict[str, str]:
    """How a token, or a user and password, is shown."""
    if not token:
        return {}
    if ":" in token:
        return {AUTHORIZATION: f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {AUTHORIZATION: f"token {token}"}


def literal(value: str) -> str:
    """A text as TicketSQL quotes it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def changed_since(since: datetime) -> str:
    """A search that finds at least what was changed at or after an instant (aware UTC), whatever our time zone is."""
    return f"LastUpdated > {literal((since - ZONES).strftime('%Y-%m-%d %H:%M:%S'))}"


def created_for(email: str, since: datetime) -> str:
    """A search that finds at least what was created for a requester at or after an instant (aware UTC)."""
    created = f"Created > {literal((since - ZONES).strftime('%Y-%m-%d %H:%M:%S'))}"
    return f"{created} AND Requestor.EmailAddress = {literal(email)}" if email else created
