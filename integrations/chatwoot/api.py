"""The API of one account of a Chatwoot: which calls there are, and what its answers mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig
from integrations.http import Answer, failure
from integrations.origin import OriginClient, Params
from integrations.tools import Tools

MESSAGES, PAGES = 100, 1000  # messages on one page, and how many pages are asked for
MARKER = "deskgate_marker"
"""The additional attribute in which a conversation that we opened carries our marker: customers cannot set one."""
NOT_ALLOWED, TOO_MANY = b"not authorized to do this action", b"Too many messages"
A_MINUTE = 60.0

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Me:
    """Our own account: an agent, unlike an administrator, is assigned what it opens."""

    id: str
    role: str = ""


@dataclass(frozen=True)
class Team:
    """`assigns`: who is moved there is assigned to one of its members at once."""

    id: str
    name: str
    assigns: bool


class ChatwootApi:
    """Calls to one account. Raises DeliveryError; ConfigError when built with an address that cannot be."""

    def __init__(self, config: ConnectionConfig, account: str, tools: Tools):
        self._account, self._tools = account, tools
        root = root_of(config.url)
        headers = {"api_access_token": config.token.strip()} if config.token.strip() else {}
        self.calls = OriginClient(tools.http, root, headers)
        told = hashlib.sha256(f"{root} {account} {config.token}".encode()).hexdigest()
        self._memory_key = ("chatwoot", told)

    # --- Calls --------------------------------------------------------------------------------------------------------

    def get(self, *path: str | int, params: Params | None = None) -> Any:
        return _insist(self.ask("GET", *path, params=params)).json()

    def post(self, *path: str | int, json: object) -> Any:
        answer = _insist(self.ask("POST", *path, json=json))
        return answer.json() if answer.body.strip() else None

    def ask(self, method: str, *path: str | int, json: object = None, params: Params | None = None) -> Answer:
        """A call below the account; whatever is answered."""
        whole = ("api", "v1", "accounts", self._account, *path)
        if json is None:
            return self.calls.ask(method, whole, params=params or {})
        return self.calls.ask(method, whole, json=json)

    # --- Conversations ------------------------------------------------------------------------------------------------

    def conversation(self, number: str) -> Row:
        return _object(self.get("conversations", number))

    def conversations(self) -> Iterator[Row]:
        """All of them, those in which something happened last come first."""
        for page in range(1, PAGES + 1):
            found = _object(self.get("conversations", params={
                "status": "all", "assignee_type": "all", "sort_by": "last_activity_at_desc", "page": page}))
            rows = _rows(found.get("data"), "payload")
            yield from rows
            if not rows:
                return
        raise DeliveryError(f"the list of conversations has no end after {PAGES} pages", kind="refused")

    def messages(self, number: str) -> Iterator[Row]:
        """What was written in a conversation, oldest first."""
        after = 0
        for _ in range(PAGES):
            rows = _rows(self.get("conversations", number, "messages", params={"after": after}), "payload")
            yield from rows
            newest = max((row["id"] for row in rows if isinstance(row.get("id"), int)), default=0)
            if len(rows) < MESSAGES or newest <= after:
                return
            after = newest

    # --- What there is ------------------------------------------------------------------------------------------------

    def me(self) -> Me:
        """Our own account, asked for once in a while."""
        return self._tools.memory.recall((*self._memory_key, "me"), self._me)

    def _me(self) -> Me:
        row = self.calls.get("api/v1/profile").object()
        roles = {str(each.get("id")): str(each.get("role") or "") for each in row.get("accounts") or ()
                 if isinstance(each, dict)}
        return Me(str(row.get("id") or ""), roles.get(self._account, ""))

    def team(self, named: str) -> str:
        """The number of a team that is named by it, or by its name. Raises DeliveryError, refused."""
        teams = self._tools.memory.recall((*self._memory_key, "teams"), self._teams)
        if named in teams:
            return named
        found = next((number for number, name in teams.items() if name.lower() == named.lower()), "")
        if not found:
            self.forget()
            raise DeliveryError(f"there is no team {named} in Chatwoot", kind="refused")
        return found

    def teams(self) -> Sequence[Team]:
        return [Team(str(each.get("id")), str(each.get("name") or ""), each.get("allow_auto_assign") is True)
                for each in _list(self.get("teams"))]

    def _teams(self) -> Mapping[str, str]:
        """Their names by number."""
        return {team.id: team.name for team in self.teams()}

    def inboxes(self) -> list[Row]:
        """Those that our account sees: all of them for an administrator."""
        return _rows(self.get("inboxes"), "payload")

    def forget(self) -> None:
        """Ask anew for everything that was kept."""
        for what in ("me", "teams"):
            self._tools.memory.forget((*self._memory_key, what))

    # --- Contacts -----------------------------------------------------------------------------------------------------

    def contact(self, email: str) -> str:
        """The number of the contact with an address; empty when there is none."""
        found = _rows(self.get("contacts", "search", params={"q": email}), "payload")
        return next((str(each.get("id")) for each in found
                     if str(each.get("email") or "").lower() == email.lower()), "")

    def conversations_of(self, contact: str) -> list[Row]:
        return _rows(self.get("contacts", contact, "conversations"), "payload")


def root_of(url: str) -> str:
    """The address of the server, from that of any of its pages."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    for mark in ("/app/accounts/", "/api/v1", "/app"):
        path = path.partition(mark)[0]
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")) if url else ""


def _insist(answer: Answer) -> Answer:
    """Chatwoot says 401 also where only this conversation is out of our reach: our token is good all the same. And it
    takes so many messages a minute in one conversation, its own lines about changes among them."""
    if answer.is_success:
        return answer
    error = failure(answer)
    if answer.status == 401 and NOT_ALLOWED in answer.body:
        raise DeliveryError(f"{error}; add Deskgate's account to the inbox, or make it an administrator",
                            kind="refused", status=401)
    if answer.status == 422 and TOO_MANY in answer.body:
        raise DeliveryError(str(error), retry_after=A_MINUTE, status=429)
    raise error


def _object(found: object) -> Row:
    if not isinstance(found, dict):
        raise DeliveryError("the answer is not what Chatwoot's API says: is the address right?")
    return found


def _list(found: object) -> list[Row]:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise DeliveryError("the answer is not a list of Chatwoot's: is the address right?")
    return found


def _rows(found: object, name: str) -> list[Row]:
    return _list(_object(found).get(name))
