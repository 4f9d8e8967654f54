"""The REST API of one django-helpdesk: which calls there are, how we sign in, and what its odd answers mean."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Unpack
from urllib.parse import urlsplit, urlunsplit

from entitlements.errors import ConfigError, DeliveryError, TicketError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.addresses import parts_of
from integrations.django_helpdesk.ticket import DeskTicket, Entry, Status, read_entry, read_ticket
from integrations.http import Answer, after_sending, failure
from integrations.masking import AUTHORIZATION
from integrations.origin import Content, OriginClient, Params
from integrations.tools import Tools

PAGE = 25
PAGES_BACK = 100  # how far a ticket that may have been created is looked for

# A comment is run as a Django template. Inside one, a string constant is the only thing that stays what it is: the
# helpdesk itself wraps block tags, and fails on a lone half of one.
TEMPLATE_MARK = re.compile(r"\{(?=[{%#])|(?<=%)\}")


@dataclass(frozen=True)
class EntryPage:
    """Some follow-ups, oldest first, how many pages there are, and whether another one follows."""

    entries: tuple[Entry, ...]
    pages: int
    has_next: bool


class StrangeTicket(DeliveryError):
    """A whole answer, and yet no ticket as we know them: asking again will not help."""


class DeskApi:
    """Calls to one helpdesk. Raises DeliveryError; ConfigError when built with an address or token that cannot be.

    `quota` is what the last answer said is left of a limit, if a server in front of it sets one.
    """

    def __init__(self, config: ConnectionConfig, tools: Tools):
        root = root_of(config.url, allow_loopback=tools.http.allow_loopback) if config.url else ""
        self._origin = OriginClient(tools.http, root, authorization(config.token))

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    def ticket(self, ticket_id: str) -> DeskTicket:
        """The ticket as it is now."""
        return self._as_ticket("GET", self.call("GET", ticket_path(ticket_id)))

    def change(self, ticket_id: str, changes: Mapping[str, object]) -> None:
        """Change fields of a ticket. Raises no webhook and leaves no trace in its history."""
        self.call("PATCH", ticket_path(ticket_id), json=changes)

    def create(self, fields: Mapping[str, object]) -> DeskTicket:
        """Open a ticket."""
        return self._as_ticket("POST", self.call("POST", "tickets/", json=fields))

    def comment(self, ticket_id: str, words: str, *, public: bool, new_status: int | None = None) -> str:
        """Write below a ticket; literally, whatever the words are. Returns the id of our own account."""
        body: dict[str, object] = {"ticket": int(ticket_id), "comment": literally(words), "public": public}
        if new_status is not None:
            body["new_status"] = int(new_status)
        user = self.call("POST", "followups/", json=body).get("user")
        return str(user) if isinstance(user, int) else ""

    def discard(self, ticket_id: str) -> str:
        """Delete a ticket, or close it where our account may not; says which."""
        if self.ask("DELETE", ticket_path(ticket_id)).is_success:
            return "deleted"
        self.comment(ticket_id, "A rehearsal of Deskgate's; it is over.", public=False, new_status=Status.CLOSED)
        return "closed, since it cannot be deleted"

    def recent(self) -> Iterator[DeskTicket]:
        """The latest tickets, newest first. Raises DeliveryError, refused, when there is no end to them."""
        page = self.call("GET", "tickets/", params=_page("last"))
        count = page.get("count")
        last = -(-count // PAGE) if isinstance(count, int) else 1
        yield from self._tickets_of(page)
        for number in range(last - 1, max(0, last - PAGES_BACK), -1):
            yield from self._tickets_of(self.call("GET", "tickets/", params=_page(number)))
        if last > PAGES_BACK:
            raise DeliveryError(f"{PAGES_BACK * PAGE} tickets were looked through, and there are more: a person has to "
                                "see whether it was created", kind="refused")

    def entries(self, page: int | str) -> EntryPage:
        """One page of all follow-ups there are, the oldest first; `last` for the latest."""
        said = self.call("GET", "followups/", params=_page(page))
        count, results = said.get("count"), said.get("results")
        if not isinstance(count, int) or not isinstance(results, list):
            raise DeliveryError("GET followups/: the answer is no list of follow-ups")
        try:
            entries = [read_entry(each) for each in results if isinstance(each, dict)]
        except TicketError as error:
            raise DeliveryError(f"GET followups/: a follow-up cannot be read: {error}") from None
        return EntryPage(tuple(entries), max(1, -(-count // PAGE)), bool(said.get("next")))

    def call(self, method: str, path: str, **content: Unpack[Content]) -> dict[str, Any]:
        """One call, and the object that it answers."""
        answer = self.ask(method, path, **content)
        if not answer.is_success:
            raise failure(answer)
        return answer.object()

    def ask(self, method: str, path: str, **content: Unpack[Content]) -> Answer:
        """One call, and whatever it answers, as long as it is the API that answers."""
        answer = self._origin.ask(method, path, **content)
        if answer.status == 404 and "json" not in answer.header("Content-Type"):
            raise DeliveryError(f"{method} {answer.path} is answered by something other than the API of "
                                "django-helpdesk: is the address right?", status=404)
        return answer

    def _tickets_of(self, page: Mapping[str, Any]) -> Iterator[DeskTicket]:
        results = page.get("results")
        for each in reversed(results if isinstance(results, list) else []):
            yield self._as_ticket("GET", each)

    @staticmethod
    def _as_ticket(method: str, fields: Mapping[str, Any]) -> DeskTicket:
        try:
            return read_ticket(fields)
        except TicketError as error:
            raise StrangeTicket(f"{method} tickets/: the ticket cannot be read: {error}",
                                kind=after_sending(method), status=200) from None


def _page(page: int | str) -> Params:
    return {"page_size": PAGE, "page": page}


def root_of(url: str, *, allow_loopback: bool) -> str:
    """The root of the API, whether or not the address given ends with /api. Raises ConfigError."""
    parts_of(url, allow_loopback=allow_loopback)
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/api") + "/api/"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def authorization(token: str) -> dict[str, str]:
    """The header that signs us in: an API token, or `user:password`. Raises ConfigError."""
    if not token:
        return {}
    if not token.isprintable() or " " in token.partition(":")[0]:
        raise ConfigError("the token must be an API token, or user:password", field="token")
    if ":" in token:
        return {AUTHORIZATION: "Basic " + base64.b64encode(token.encode()).decode()}
    if not token.isascii():
        raise ConfigError("the token must be an API token, or user:password", field="token")
    return {AUTHORIZATION: f"Token {token}"}


def ticket_path(ticket_id: str) -> str:
    """Where a ticket lives. Raises DeliveryError for what is no ticket number."""
    if not re.fullmatch(r"[1-9][0-9]{0,18}", ticket_id):
        raise DeliveryError(f"{ticket_id[:40]!r} is not the number of a ticket", kind="refused")
    return f"tickets/{ticket_id}/"


def literally(words: str) -> str:
    """A comment that arrives as these words although it is run as a template."""
    return TEMPLATE_MARK.sub(lambda mark: f'{{{{ "{mark.group()}" }}}}', words)
