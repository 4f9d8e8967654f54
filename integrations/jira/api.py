"""The REST API of one Jira site: which calls there are, how we sign in, what is remembered, what its errors mean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Unpack
from urllib.parse import urlsplit, urlunsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.http import Answer, failure
from integrations.jira.fields import FieldBook, read_book
from integrations.jira.settings import authorization
from integrations.jira.words import document
from integrations.masking import piece_of
from integrations.origin import Content, OriginClient, Path
from integrations.tools import Tools

PAGE = 100
MOST_PAGES = 500
ALL_BUT_LISTS = "*all,-comment,-worklog,-attachment,-issuelinks,-subtasks"
KEEP = timedelta(hours=12)
MARKER = "deskgate"
"""The entity property of a comment or issue that holds our marker: it is part of the call that writes the words."""
VISIBILITY = "sd.public.comment"
"""The property without which a comment made through the platform's API is public."""
PLATFORM: tuple[str, ...] = ("rest", "api", "3")
DESK: tuple[str, ...] = ("rest", "servicedeskapi")
LOGIN, FAILED = "X-Seraph-LoginReason", ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


@dataclass(frozen=True)
class Me:
    """Our own account: its id, its type, the time zone that its searches are understood in, whether it is active."""

    id: str
    type: str = ""
    zone: str = ""
    name: str = ""
    is_active: bool = True


class _Unasked(Exception):
    """It is not known yet, and nobody is to be asked now."""


class JiraApi:
    """Calls to one site. All raise DeliveryError with Jira's own words. `quota` is what the last answer said is left.

    Raises ConfigError when built with an address or token that cannot be.
    """

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._origin = OriginClient(tools.http, root_of(config.url), authorization(config.token))
        self._memory = tools.memory
        digest = hashlib.sha256(config.token.encode()).hexdigest()[:16]
        self._key = ("jira", root_of(config.url), digest)

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    # --- The calls ----------------------------------------------------------------------------------------------------

    def ask(self, method: str, path: Path, **content: Unpack[Content]) -> Answer:
        """One call, and whatever it answers, as long as we are let in."""
        answer = self._origin.ask(method, path, **content)
        if any(reason in answer.header(LOGIN) for reason in FAILED):
            raise DeliveryError(f"{method} {answer.path}: Jira does not take our credentials ({answer.header(LOGIN)})",
                                kind="unauthorized", status=answer.status)
        return answer

    def call(self, method: str, path: Path, **content: Unpack[Content]) -> Answer:
        """One call that must succeed."""
        return insist(self.ask(method, path, **content))

    def get(self, *path: str, **params: str | int | Sequence[str]) -> Any:
        """What a GET below the platform's API answers."""
        return self.call("GET", (*PLATFORM, *path), params=params).json()

    def pages(self, path: tuple[str, ...], name: str, **params: str | int) -> Iterator[Mapping[str, Any]]:
        """All rows of a list that is counted by `startAt`."""
        start = 0
        for _ in range(MOST_PAGES):
            page = self.call("GET", path, params={**params, "startAt": start, "maxResults": PAGE}).object()
            rows = _rows(page, name)
            yield from rows
            start += len(rows)
            total = page.get("total")
            if not rows or page.get("isLast") is True or (isinstance(total, int) and start >= total):
                return

    # --- What is remembered -------------------------------------------------------------------------------------------

    def me(self) -> Me:
        return self._memory.recall((*self._key, "me"), self.ask_me, keep=KEEP)

    def ask_me(self) -> Me:
        """Our own account, asked anew."""
        answer = self.ask("GET", (*PLATFORM, "myself"))
        if answer.status == 404:  # a gateway that shows tickets alone: nothing but our own id is missing
            return Me("")
        told = insist(answer).object()
        return Me(str(told.get("accountId") or ""), str(told.get("accountType") or ""),
                  str(told.get("timeZone") or ""), str(told.get("displayName") or ""), told.get("active") is not False)

    def book(self, needed: Sequence[str] = ()) -> FieldBook:
        """The fields of the site; asked anew where one that is needed is not among them, since it may be new."""
        key = (*self._key, "fields")
        book = self._memory.recall(key, self._ask_fields, keep=KEEP)
        if all(book.named(name) for name in needed):
            return book
        self._memory.forget(key)
        return self._memory.recall(key, self._ask_fields, keep=KEEP)

    def known_me(self) -> Me | None:
        """Our own account if it was asked for of late; calls nobody."""
        found: Me | None = self._known("me")
        return found

    def known_book(self) -> FieldBook | None:
        """The fields if they were asked for of late; calls nobody."""
        found: FieldBook | None = self._known("fields")
        return found

    def _ask_fields(self) -> FieldBook:
        answer = self.ask("GET", (*PLATFORM, "field"))
        if answer.status in (403, 404):  # not for every token: then fields are known by their ids alone
            return FieldBook()
        listed = insist(answer).json()
        if not isinstance(listed, list):
            raise DeliveryError("GET /rest/api/3/field: the answer is no list of fields")
        return read_book(listed)

    def _known(self, what: str) -> Any:
        try:
            return self._memory.recall((*self._key, what), _nobody)
        except _Unasked:
            return None

    # --- Issues -------------------------------------------------------------------------------------------------------

    def issue(self, ticket_id: str) -> Mapping[str, Any]:
        """An issue with all that is short in it."""
        answer = self.ask("GET", (*PLATFORM, "issue", ticket_id), params={"fields": ALL_BUT_LISTS})
        if answer.status == 404:
            self._require_jira(answer)
        if not answer.is_success:
            raise trouble(answer)
        return answer.object()

    def _require_jira(self, answer: Answer) -> None:
        """Raise another error than that it is gone for what we only may not see, or did not ask Jira for."""
        if not answer.body.lstrip().startswith(b"{"):
            raise DeliveryError(f"{answer.method} {answer.path} is answered by something other than Jira: is the "
                                "address right?", status=404)
        if self.ask("GET", (*PLATFORM, "myself")).status == 401:  # a stranger is told that there is no such issue
            raise DeliveryError("Jira does not take our credentials", kind="unauthorized", status=401)

    def comments(self, ticket_id: str) -> Iterator[Mapping[str, Any]]:
        """What is written below a ticket, oldest first, with the properties in which our marker is."""
        return self.pages((*PLATFORM, "issue", ticket_id, "comment"), "comments", orderBy="created",
                          expand="properties")

    def moved_by(self, ticket_id: str) -> str:
        """The account that changed the status of a ticket last, empty where nobody ever has."""
        changes = self.pages((*PLATFORM, "issue", ticket_id, "changelog"), "values")
        authors = [each.get("author") for each in changes if any(
            isinstance(item, dict) and item.get("field") == "status" for item in each.get("items") or ())]
        last = authors[-1] if authors else None
        return str(last.get("accountId") or "") if isinstance(last, dict) else ""

    def worklogs(self, ticket_id: str) -> Iterator[Mapping[str, Any]]:
        return self.pages((*PLATFORM, "issue", ticket_id, "worklog"), "worklogs")

    def comment(self, ticket_id: str, words: str, marker: str, *, public: bool) -> None:
        """Write below a ticket. Who sees it, and our marker, are part of the same call: it cannot be cut in two."""
        self.call("POST", (*PLATFORM, "issue", ticket_id, "comment"), json={
            "body": document(words), "properties": [{"key": VISIBILITY, "value": {"internal": not public}},
                                                    {"key": MARKER, "value": {"marker": marker}}]})

    def search(self, jql: str, fields: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The issues that a search finds, in its order."""
        token = ""
        for _ in range(MOST_PAGES):
            body: dict[str, Any] = {"jql": jql, "maxResults": PAGE, "fields": list(fields)}
            page = self._search({**body, "nextPageToken": token} if token else body)
            yield from _rows(page, "issues")
            told = page.get("nextPageToken")
            if page.get("isLast") is True or not isinstance(told, str) or not told:
                return
            token = told

    def _search(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self.call("POST", (*PLATFORM, "search", "jql"), json=body).object()
        except DeliveryError as error:  # it changes nothing, so that nothing is unknown after it, and no ticket gone
            kind = "temporary" if error.kind in ("unknown", "gone") else error.kind
            raise DeliveryError(str(error), kind=kind, retry_after=error.retry_after, status=error.status) from None


def _nobody() -> Any:
    raise _Unasked


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise DeliveryError(f"the answer of Jira has no list of {name}")
    return [each for each in rows if isinstance(each, dict)]


def root_of(url: str) -> str:
    """The site that an address leads to, whatever page of it was copied. One of a gateway keeps its cloud id."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    host = (parts.netloc or "").lower()
    if host.endswith((".atlassian.net", ".jira.com")):
        path = ""
    else:
        path = re.sub(r"/rest(/api(/[23]|/latest)?|/servicedeskapi)?/?$", "", parts.path).rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")) if parts.scheme else url


def insist(answer: Answer) -> Answer:
    """An answer that says that it was done. Raises DeliveryError for any other; a page of HTML is none, whatever its
    status."""
    if not answer.is_success:
        raise trouble(answer)
    if answer.body.strip():
        answer.json()
    return answer


def trouble(answer: Answer) -> DeliveryError:
    """The error that an answer amounts to, in Jira's words, with the limit that was reached."""
    error, said = failure(answer), said_in(answer)
    reason = answer.header("RateLimit-Reason")
    words = f"{answer.method} {answer.path} answered {answer.status}" if said else str(error)
    return DeliveryError(words + (f" ({reason})" if reason else "") + (f": {said}" if said else ""), kind=error.kind,
                         retry_after=error.retry_after, status=error.status)


def said_in(answer: Answer) -> str:
    """What Jira says is wrong, each field with its trouble; empty where it says nothing as it usually does."""
    try:
        told = answer.json()
    except DeliveryError:
        return ""
    if not isinstance(told, dict):
        return ""
    messages, errors, one = told.get("errorMessages"), told.get("errors"), told.get("errorMessage")
    words = [str(each) for each in messages] if isinstance(messages, list) else []
    words += [f"{name}: {each}" for name, each in errors.items()] if isinstance(errors, dict) else []
    words += [str(one)] if one else []
    return piece_of("; ".join(words).encode(), answer.secrets)


def errors_in(answer: Answer) -> set[str]:
    """The names of the fields that Jira finds wrong."""
    try:
        told = answer.json()
    except DeliveryError:
        return set()
    errors = told.get("errors") if isinstance(told, dict) else None
    return set(errors) if isinstance(errors, dict) else set()
