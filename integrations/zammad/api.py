"""The REST API of Zammad, as far as it is needed. Every call may raise DeliveryError."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Unpack

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.http import Answer, after_sending, failure
from integrations.origin import Content, OriginClient, Params, Path
from integrations.tools import Tools
from integrations.zammad.options import STATES

ROOT = "/api/v1"
EXPANDED: Params = {"expand": "true"}
PAGE = 100
ONE_BY_ONE = 30
NOT_FOR_US = frozenset({403, 404})
MAINTAINED = "Maintenance mode"

Row = Mapping[str, Any]


class Origin(OriginClient):
    """The calls to one Zammad. While it is being maintained it lets agents in as little as it would with a wrong token,
    but that passes."""

    def request(self, method: str, path: Path, **content: Unpack[Content]) -> Answer:
        return insisted(self.ask(method, path, **content))


class ZammadApi:
    """One Zammad. Names of things that hardly change are remembered for a while."""

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._memory = tools.memory
        self._key = ("zammad", config.url, hashlib.sha256(config.token.encode()).hexdigest())
        self.origin = Origin(tools.http, root_of(config.url), {"Authorization": authorization(config.token)})

    @property
    def groups_key(self) -> tuple[str, ...]:
        return (*self._key, "groups")

    @property
    def quota(self) -> Quota | None:
        return self.origin.quota

    def ticket(self, ticket_id: str) -> Row:
        answer = self.origin.ask("GET", ("tickets", ticket_id), params=EXPANDED)
        if answer.status == 403 and self.may_work():
            raise DeliveryError(f"Deskgate's agent has no access to the group of ticket {ticket_id}; give it full "
                                "access in Manage > Users", kind="refused", status=403)
        return insisted(answer).object()

    def may_work(self) -> bool:
        """Whether the token has the permission of an agent, so that what is forbidden is so in some groups only."""
        return self.origin.ask("GET", "ticket_states").is_success

    def tags(self, ticket_id: str) -> frozenset[str]:
        answer = self.origin.get("tags", params={"object": "Ticket", "o_id": ticket_id})
        found = answer.object().get("tags")
        if not isinstance(found, list):
            raise unreadable(answer, "a list of tags")
        return frozenset(str(each) for each in found)

    def articles(self, ticket_id: str) -> list[Row]:
        """The articles of a ticket. Where all together are more than can be taken, the latest, one by one."""
        try:
            return rows_of(self.origin.get(("ticket_articles", "by_ticket", ticket_id), params=EXPANDED))
        except DeliveryError as error:
            if error.status != 200:
                raise
        numbers = self.ticket(ticket_id).get("article_ids")
        return [row for number in (numbers if isinstance(numbers, list) else [])[-ONE_BY_ONE:]
                if (row := self._article(number)) is not None]

    def _article(self, number: object) -> Row | None:
        """An article; None for one that is too long to be taken even alone."""
        try:
            return self.origin.get(("ticket_articles", str(number)), params=EXPANDED).object()
        except DeliveryError as error:
            if error.status != 200:
                raise
            return None

    def times(self, ticket_id: str) -> list[Row]:
        """The time logged on a ticket; nothing where this Zammad is too old to be asked, or keeps no account."""
        answer = self.origin.ask("GET", ("tickets", ticket_id, "time_accountings"), params=EXPANDED)
        return [] if answer.status in NOT_FOR_US else rows_of(insisted(answer))

    def user(self, user_id: str) -> Row:
        return self._remembered("users", user_id)

    def organization(self, organization_id: str) -> Row:
        return self._remembered("organizations", organization_id)

    def groups(self) -> Mapping[str, Row]:
        """The groups in which our agent may create tickets, by their numbers, as the form for a new ticket has them."""
        return self._memory.recall(self.groups_key, self._ask_groups)

    def can_mail(self, group: str) -> bool:
        """Whether a group has an address to send from; taken for granted of a group that is not ours to see."""
        row = next((row for number, row in self.groups().items() if group in (number, row.get("name"))), None)
        return row is None or row.get("email_address_id") is not None

    def me(self) -> Answer:
        return self.origin.ask("GET", "users/me", params=EXPANDED)

    def state_types(self) -> Mapping[str, str]:
        """The type of each state by its name: new, open, pending reminder, pending action, closed or merged."""
        return self._memory.recall((*self._key, "states"), self._ask_states)

    def change(self, ticket_id: str, fields: Row) -> Row:
        return self.origin.put(("tickets", ticket_id), params=EXPANDED, json=fields).object()

    def create(self, fields: Row) -> Row:
        return self.origin.post("tickets", params=EXPANDED, json=fields).object()

    def write(self, ticket_id: str, article: Row) -> Row:
        return self.origin.post("ticket_articles", json={"ticket_id": int(ticket_id), **article}).object()

    def tag(self, ticket_id: str, tag: str) -> None:
        answer = self.origin.ask("POST", "tags/add", json={"object": "Ticket", "o_id": int(ticket_id), "item": tag})
        if answer.status == 403:
            raise DeliveryError(f"Zammad does not let Deskgate's agent set the tag {tag}: it may lack the right to "
                                "change tickets in their group, or to make new tags; make it in Manage > Tags, or set "
                                "tags=off", kind="unauthorized", status=403)
        self._done(insisted(answer))

    def untag(self, ticket_id: str, tag: str) -> None:
        self._done(self.origin.delete("tags/remove", json={"object": "Ticket", "o_id": int(ticket_id), "item": tag}))

    def delete(self, ticket_id: str) -> Answer:
        return self.origin.ask("DELETE", ("tickets", ticket_id))

    def since(self, attribute: str, since: datetime) -> Iterator[Row]:
        """Tickets whose `updated_at` or `created_at` is at or after an instant, the earliest first, page by page.

        By condition, so that the database is asked: the search index lags behind, and not every Zammad has one. A page
        begins where the one before ended, since tickets that change meanwhile move to the end.
        """
        seen: set[object] = set()
        page, begin = 1, written(since)
        while True:
            rows = rows_of(self.origin.get("tickets/search", params={
                f"condition[ticket.{attribute}][operator]": "after (absolute)",
                f"condition[ticket.{attribute}][value]": begin, "sort_by": attribute, "order_by": "asc",
                "page": page, "per_page": PAGE, **EXPANDED}))
            yield from (row for row in rows if row.get("id") not in seen)
            if len(rows) < PAGE:
                return
            seen = {row.get("id") for row in rows}
            last = written(read_instant(rows[-1].get(attribute)))
            page, begin = (page + 1, begin) if last == begin else (1, last)

    def _remembered(self, what: str, number: str) -> Row:
        def ask() -> Row:
            answer = self.origin.ask("GET", (what, number))
            return {} if answer.status in NOT_FOR_US else insisted(answer).object()

        return self._memory.recall((*self._key, what, number), ask)

    def _ask_groups(self) -> Mapping[str, Row]:
        answer = self.origin.ask("GET", "ticket_create")
        assets = answer.object().get("assets") if answer.is_success else None
        rows = assets.get("Group") if isinstance(assets, dict) else None
        return {str(number): row for number, row in (rows if isinstance(rows, dict) else {}).items()
                if isinstance(row, dict)}

    def _ask_states(self) -> Mapping[str, str]:
        answer = self.origin.ask("GET", "ticket_states", params=EXPANDED)
        rows = [] if answer.status in NOT_FOR_US else rows_of(insisted(answer))
        return {**STATES, **{str(row.get("name")): str(row.get("state_type") or "") for row in rows}}

    def _done(self, answer: Answer) -> None:
        """Tags are answered with true; anything else did not come from Zammad."""
        if answer.json() is not True:
            raise unreadable(answer, "true")


def rows_of(answer: Answer) -> list[Row]:
    """The list of objects that an answer is."""
    found = answer.json()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise unreadable(answer, "a list of objects")
    return found


def insisted(answer: Answer) -> Answer:
    """The same answer, if it is a success."""
    if answer.is_success:
        return answer
    if answer.status in (401, 403) and MAINTAINED in answer.piece():
        raise DeliveryError(f"{answer.method} {answer.path} answered {answer.status}: {MAINTAINED}",
                            status=answer.status)
    raise failure(answer)


def unreadable(answer: Answer, wanted: str) -> DeliveryError:
    return DeliveryError(f"{answer.method} {answer.path} answered {answer.status}, but not with {wanted}: "
                         f"{answer.piece()}", kind=after_sending(answer.method), status=answer.status)


def root_of(url: str) -> str:
    """The root of the API, below the address that people know, copied from the browser with what is open there, or that
    of the API itself."""
    plain = url.strip().partition("#")[0].rstrip("/").removesuffix(ROOT).rstrip("/")
    return f"{plain}{ROOT}" if plain else ""


def authorization(token: str) -> str:
    """An access token, or login and password joined by a colon."""
    if ":" in token:
        return "Basic " + base64.b64encode(token.encode()).decode()
    return f"Token token={token}"


def written(at: datetime) -> str:
    """An instant the way Zammad writes it."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def read_instant(value: object) -> datetime:
    """An instant the way Zammad writes it. Raises DeliveryError."""
    try:
        found = datetime.fromisoformat(str(value))
        return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    except ValueError:
        raise DeliveryError(f"Zammad tells {str(value)[:40]!r} where an instant should be") from None
