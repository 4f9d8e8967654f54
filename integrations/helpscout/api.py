"""The Inbox API 2.0 of Help Scout, as far as it is needed. Every call may raise DeliveryError.

We sign in with the id and the secret of an app, and are given a token for two days, at the same origin. Each change is
a call of its own, and counts twice against the account's limit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.helpscout.ticket import changed_at
from integrations.http import Answer, after_sending, failure
from integrations.origin import OriginClient, Params, Path
from integrations.tools import Tools

ROOT = "/v2"
A_DAY = timedelta(days=1)
TICK = timedelta(seconds=1)
MOST_PAGES = 40
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NO_TOKEN, MERGED = 401, 301
NOT_FOR_US = frozenset({403, 404})
REFUSED = frozenset({400, 401, 403})

Row = Mapping[str, Any]


class Merged(DeliveryError):
    """A conversation was merged into another one, to which its old number leads for 60 days."""


class HelpScoutApi:
    """One account. The token and the names of things that hardly change are remembered for a while."""

    def __init__(self, config: ConnectionConfig, tools: Tools):
        self._memory, self._token = tools.memory, config.token
        self._key = ("helpscout", config.url, hashlib.sha256(config.token.encode()).hexdigest())
        self._origin = OriginClient(tools.http, root_of(config.url))

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    def ask(self, method: str, path: Path, *, json: object = None, params: Params | None = None) -> Answer:
        """Call and return whatever is answered. A token that is not taken any more is fetched anew, once."""
        answer = self._asked(method, path, json, params or {})
        if answer.status != NO_TOKEN:
            return answer
        self._memory.forget((*self._key, "token"))
        return self._asked(method, path, json, params or {})

    def get(self, path: Path, params: Params | None = None) -> Row:
        return insisted(self.ask("GET", path, params=params)).object()

    def change(self, method: str, path: Path, fields: object, *, status: int = 204) -> Answer:
        """Make a change, which is answered with one certain status alone."""
        answer = insisted(self.ask(method, path, json=fields))
        if answer.status != status:
            raise DeliveryError(f"{method} {answer.path} answered {answer.status}, not {status}: {answer.piece()}",
                                kind=after_sending(method), status=answer.status)
        return answer

    # --- Conversations ------------------------------------------------------------------------------------------------

    def conversation(self, number: str) -> Row:
        """A conversation with its threads, which are asked for page by page where they are too much at once."""
        try:
            return self.plain(number, {"embed": "threads"})
        except DeliveryError as error:
            if error.status != 200:
                raise
        return {**self.plain(number), "_embedded": {"threads": list(self._all(("conversations", number, "threads"),
                                                                              "threads"))}}

    def plain(self, number: str, params: Params | None = None) -> Row:
        answer = self.ask("GET", ("conversations", number), params=params)
        if answer.status == MERGED:
            raise Merged(f"conversation {number} was merged into another one", kind="gone", status=MERGED)
        row = insisted(answer).object()
        if row.get("state") == "deleted":
            raise DeliveryError(f"conversation {number} was deleted", kind="gone")
        return row

    def since(self, since: datetime) -> Iterator[Row]:
        """Conversations that changed at or after an instant, those that changed first come first, page by page.

        Help Scout sorts by an instant that it does not tell; what it tells is never later. A page begins where the one
        before ended by that, since conversations that change meanwhile move to the end.
        """
        seen: set[tuple[object, object]] = set()
        page, begin = 1, written(since - TICK)
        while True:
            found = self.get("conversations", {"status": "all", "modifiedSince": begin, "sortField": "modifiedAt",
                                               "sortOrder": "asc", "page": page})
            rows = rows_of(found, "conversations")
            for row in rows:
                if (name := (row.get("id"), changed_at(row))) not in seen:
                    seen.add(name)
                    yield row
            if not rows or page >= pages_of(found):
                return
            last = written((changed_at(rows[-1]) or since) - TICK)
            page, begin = (page + 1, begin) if last <= begin else (1, last)

    # --- Names --------------------------------------------------------------------------------------------------------

    def us(self) -> str:
        """The number of the user that our app belongs to."""
        return self._memory.recall((*self._key, "me"), lambda: str(self.get("users/me").get("id") or ""), keep=A_DAY)

    def names(self, what: str) -> Mapping[str, str]:
        """The names of all `mailboxes` or `teams` by number; nothing where our user may not list them."""
        return self._memory.recall((*self._key, what), lambda: {
            str(row.get("id")): str(row.get("name")) for row in self._listed(what, what)})

    def fields(self, mailbox: str) -> list[Row]:
        """The custom fields of a mailbox: each mailbox has its own."""
        return self._memory.recall((*self._key, "fields", mailbox),
                                   lambda: self._listed(("mailboxes", mailbox, "fields"), "fields"))

    def customer(self, number: str) -> Row:
        return self._memory.recall((*self._key, "customer", number), lambda: self._ask_customer(number))

    def forget_names(self) -> None:
        """Ask anew for mailboxes and teams: one of them was not among those that are remembered."""
        for what in ("mailboxes", "teams"):
            self._memory.forget((*self._key, what))

    def _ask_customer(self, number: str) -> Row:
        answer = self.ask("GET", ("customers", number))
        return {} if answer.status in NOT_FOR_US else insisted(answer).object()

    def _listed(self, path: Path, what: str) -> list[Row]:
        try:
            return list(self._all(path, what))
        except DeliveryError as error:
            if error.status in NOT_FOR_US:
                return []
            raise

    def _all(self, path: Path, what: str) -> Iterator[Row]:
        for page in range(1, MOST_PAGES + 1):
            found = self.get(path, {"page": page})
            yield from rows_of(found, what)
            if page >= pages_of(found):
                return

    # --- Signing in ---------------------------------------------------------------------------------------------------

    def _asked(self, method: str, path: Path, json: object, params: Params) -> Answer:
        token = self._memory.recall((*self._key, "token"), self._sign_in, keep=A_DAY)
        return self._origin.ask(method, path, json=json, params=params, headers={"Authorization": f"Bearer {token}"})

    def _sign_in(self) -> str:
        """A token. Whatever goes wrong here has changed nothing, and says nothing of any conversation."""
        self._origin.url("oauth2/token")  # without an address there is nobody to sign in with
        app, colon, secret = self._token.partition(":")
        if not (app and colon and secret):
            raise DeliveryError("the token must be the App ID and the App Secret, joined by a colon",
                                kind="unauthorized", status=NO_TOKEN)
        form = urlencode({"grant_type": "client_credentials", "client_id": app, "client_secret": secret})
        try:
            answer = self._origin.ask("POST", "oauth2/token", body=form.encode(), headers=FORM)
            if not answer.is_success:
                raise failure(replace(answer, secrets=(*answer.secrets, secret, app)))
            token = answer.object().get("access_token")
        except DeliveryError as error:
            kind = "unauthorized" if error.status in REFUSED else "temporary"
            raise DeliveryError(f"signing in: {error}", kind=kind, retry_after=error.retry_after,
                                status=error.status) from None
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()):
            raise DeliveryError("signing in: Help Scout gave no token", status=answer.status)
        return token


def rows_of(found: Row, what: str) -> list[Row]:
    """The rows of a page; Help Scout leaves the list out where it is empty."""
    embedded = found.get("_embedded", {})
    rows = embedded.get(what, []) if isinstance(embedded, dict) else None
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise DeliveryError(f"Help Scout answered, but not with a list of {what}", status=200)
    return rows


def pages_of(found: Row) -> int:
    page = found.get("page")
    total = page.get("totalPages") if isinstance(page, dict) else None
    return total if isinstance(total, int) else 1


def insisted(answer: Answer) -> Answer:
    """The same answer, if it is a success."""
    if not answer.is_success:
        raise failure(answer)
    return answer


def root_of(url: str) -> str:
    """The root of the API."""
    plain = url.strip().rstrip("/").removesuffix(ROOT).rstrip("/")
    return f"{plain}{ROOT}" if plain else ""


def written(at: datetime) -> str:
    """An instant the way Help Scout writes it, in whole seconds."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
