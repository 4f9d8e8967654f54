"""The REST API of Freshdesk, as far as it is needed. Every call may raise DeliveryError.

Every call counts against the account's limit, also those that are refused; what is embedded by `include` counts extra.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.http import Answer, after_sending, failure
from integrations.origin import OriginClient, Params, Path
from integrations.tools import Tools

ROOT = "/api/v2"
PAGE = 100
MOST_PAGES = 30
TICK = timedelta(seconds=1)
A_DAY = timedelta(days=1)
NOT_FOR_US = frozenset({403, 404})
DELETED_OR_SPAM = 405
"""What a change is answered with where the ticket lies in the trash or among the spam."""

Row = Mapping[str, Any]


class FreshdeskApi:
    """One account. Names of things that hardly change are remembered for a while. `asked` counts the calls."""

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._memory = tools.memory
        self._key = ("freshdesk", config.url, hashlib.sha256(config.token.encode()).hexdigest())
        self._origin = OriginClient(tools.http, root_of(config.url), {"Authorization": authorization(config.token)})
        self.asked = 0

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    def ask(self, method: str, path: Path, *, json: object = None, params: Params | None = None) -> Answer:
        """Call and return whatever is answered."""
        self.asked += 1
        return self._origin.ask(method, path, json=json, params=params or {})

    def get(self, path: Path, params: Params | None = None) -> Answer:
        return insisted(self.ask("GET", path, params=params))

    def change(self, path: Path, fields: Row, method: str = "POST") -> Row:
        """A change; gone where its ticket is in the trash."""
        answer = self.ask(method, path, json=fields)
        if answer.status == DELETED_OR_SPAM:
            raise DeliveryError("the ticket was deleted, or marked as spam", kind="gone", status=answer.status)
        return insisted(answer).object()

    # --- Tickets ------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str, *, with_requester: bool = False) -> Row:
        row = self.get(("tickets", ticket_id), {"include": "requester"} if with_requester else None).object()
        if row.get("deleted") is True:
            raise DeliveryError(f"ticket {ticket_id} was deleted", kind="gone")
        return row

    def conversations(self, ticket_id: str) -> list[Row]:
        """All that was written below a ticket. Embedded in it, only the first ten would come."""
        return list(self._pages(("tickets", ticket_id, "conversations"), {}))

    def times(self, ticket_id: str) -> list[Row]:
        """The time logged on a ticket; nothing where the plan keeps no account of it."""
        answer = self.ask("GET", ("tickets", ticket_id, "time_entries"))
        return [] if answer.status in NOT_FOR_US else rows_of(insisted(answer))

    def times_since(self, since: datetime) -> list[Row]:
        """The time worked after an instant, on whatever ticket."""
        answer = self.ask("GET", "time_entries", params={"executed_after": written(since), "per_page": PAGE})
        return [] if answer.status in NOT_FOR_US else rows_of(insisted(answer))

    def update(self, ticket_id: str, fields: Row) -> Row:
        return self.change(("tickets", ticket_id), fields, "PUT")

    def since(self, since: datetime, **more: str) -> Iterator[Row]:
        """Tickets that changed at or after an instant, those that changed first come first, page by page.

        A page begins where the one before ended, since tickets that change meanwhile move to the end, and pages
        beyond the three hundredth are refused.
        """
        seen: set[object] = set()
        page, begin = 1, written(since - TICK)
        while True:
            rows = rows_of(self.get("tickets", {"updated_since": begin, "order_by": "updated_at", "order_type": "asc",
                                                "per_page": PAGE, "page": page, **more}))
            yield from (row for row in rows if row.get("id") not in seen)
            if len(rows) < PAGE:
                return
            seen = {row.get("id") for row in rows}
            last = written(read_instant(rows[-1].get("updated_at")) - TICK)
            page, begin = (page + 1, begin) if last <= begin else (1, last)

    # --- Names --------------------------------------------------------------------------------------------------------

    def us(self) -> str:
        """The number of our own account."""
        return self._memory.recall((*self._key, "me"), lambda: str(self.get("agents/me").object().get("id") or ""),
                                   keep=A_DAY)

    def groups(self) -> Mapping[str, str]:
        """The name of each group by its number; nothing where our key may not list them."""
        return self._memory.recall((*self._key, "groups"), self._ask_groups)

    def fields(self) -> list[Row]:
        """The fields of tickets; nothing where our key may not list them."""
        return self._memory.recall((*self._key, "fields"), self._ask_fields)

    def company(self, company_id: str) -> Row:
        return self._memory.recall((*self._key, "company", company_id), lambda: self._ask_company(company_id))

    def statuses(self) -> Mapping[str, int]:
        """The number of each status by each of its names, in lower case: that for agents, and that for customers."""
        field = next((row for row in self.fields() if row.get("name") == "status"), {})
        choices = field.get("choices")
        found = {}
        for number, names in choices.items() if isinstance(choices, dict) else ():
            for name in names if isinstance(names, list) and str(number).isdecimal() else ():
                found[str(name).strip().lower()] = int(number)
        return found

    def forget_names(self) -> None:
        """Ask anew for groups and fields: one of them was not among those that are remembered."""
        self._memory.forget((*self._key, "groups"))
        self._memory.forget((*self._key, "fields"))

    def _ask_groups(self) -> Mapping[str, str]:
        first = self.ask("GET", "groups", params={"per_page": PAGE, "page": 1})
        if first.status in NOT_FOR_US:
            return {}
        return {str(row.get("id")): str(row.get("name")) for row in self._rest("groups", {}, insisted(first))}

    def _ask_fields(self) -> list[Row]:
        answer = self.ask("GET", "ticket_fields")
        return [] if answer.status in NOT_FOR_US else rows_of(insisted(answer))

    def _ask_company(self, company_id: str) -> Row:
        answer = self.ask("GET", ("companies", company_id))
        return {} if answer.status in NOT_FOR_US else insisted(answer).object()

    # --- What we did last ---------------------------------------------------------------------------------------------

    def remember_ours(self, row: Row) -> None:
        """Keep how a ticket stood after our change, so that the webhook about it is known to be about us."""
        key = (*self._key, "ours", str(row.get("id")))
        self._memory.forget(key)
        self._memory.recall(key, lambda: digest_of(row))

    def is_ours(self, row: Row) -> bool:
        """Whether a ticket stands as our last change of late has left it."""
        try:
            return self._memory.recall((*self._key, "ours", str(row.get("id"))), _nothing) == digest_of(row)
        except LookupError:
            return False

    # --- How ----------------------------------------------------------------------------------------------------------

    def _pages(self, path: Path, params: Params) -> Iterator[Row]:
        return self._rest(path, params, self.get(path, {**params, "per_page": PAGE, "page": 1}))

    def _rest(self, path: Path, params: Params, first: Answer) -> Iterator[Row]:
        """The rows of a first page and of all that follow."""
        answer = first
        for page in range(2, MOST_PAGES + 2):
            rows = rows_of(answer)
            yield from rows
            if len(rows) < PAGE:
                return
            answer = self.get(path, {**params, "per_page": PAGE, "page": page})


def _nothing() -> str:
    raise LookupError


def digest_of(row: Row) -> str:
    """What a ticket is like, apart from what is embedded in it now and then, and from the addresses of its attachments,
    which are new each time."""
    parts = [row.get(name) for name in ("status", "priority", "group_id", "responder_id", "spam", "updated_at")]
    told = repr((parts, sorted(map(str, row.get("tags") or ())), sorted((row.get("custom_fields") or {}).items())))
    return hashlib.sha256(told.encode()).hexdigest()


def rows_of(answer: Answer) -> list[Row]:
    """The list of objects that an answer is."""
    found = answer.json()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise DeliveryError(f"{answer.method} {answer.path} answered {answer.status}, but not with a list of objects: "
                            f"{answer.piece()}", kind=after_sending(answer.method), status=answer.status)
    return found


def insisted(answer: Answer) -> Answer:
    """The same answer, if it is a success."""
    if not answer.is_success:
        raise failure(answer)
    return answer


def root_of(url: str) -> str:
    """The root of the API, below the address that people know, copied from the browser with what is open there."""
    plain = url.strip().partition("#")[0].partition("?")[0]
    for below in (ROOT, "/a/", "/support", "/helpdesk"):
        plain = plain.partition(below)[0]
    plain = plain.rstrip("/").removesuffix("/a")
    return f"{plain}{ROOT}" if plain else ""


def authorization(token: str) -> str:
    """An API key is a user name; whatever follows is no secret."""
    return "Basic " + base64.b64encode(f"{token.removesuffix(':X')}:X".encode()).decode()


def written(at: datetime) -> str:
    """An instant the way Freshdesk writes it, in whole seconds."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_instant(value: object) -> datetime:
    """An instant the way Freshdesk writes it. Raises DeliveryError."""
    try:
        found = datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    except ValueError:
        raise DeliveryError(f"Freshdesk tells {str(value)[:40]!r} where an instant should be") from None
