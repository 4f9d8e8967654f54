"""The REST API of one Zendesk account: which calls there are, how we sign in, and what its refusals mean."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Unpack
from urllib.parse import urlsplit, urlunsplit

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.addresses import parts_of
from integrations.desk.adapter import Collision
from integrations.http import Answer, failure
from integrations.masking import AUTHORIZATION
from integrations.origin import Content, OriginClient, Params, Path
from integrations.tools import Tools

Fields = Mapping[str, Any]
PAGES = 200
SIZES = (50, 5)  # rows in a page; the second is for rows so long that many of them are too much for one answer
EXPORT_SIZES = (100, 25)
AT_ONCE = 100  # users that one call names
WITH = "users,organizations"
TICKET_ID = re.compile(r"[1-9][0-9]{0,18}")
CLOSED_FOR_GOOD = "closed prevents ticket update"


class ZendeskApi:
    """Calls to one account. Raises DeliveryError; ConfigError when built with an address or token that cannot be.

    `quota` is what the last answer said is left of the account's limit.
    """

    def __init__(self, config: ConnectionConfig, tools: Tools):
        root = root_of(config.url, allow_loopback=tools.http.allow_loopback) if config.url else ""
        self._origin = OriginClient(tools.http, root, authorization(config.token))
        self._memory = tools.memory
        self._place = ("zendesk", root, hashlib.sha256(config.token.encode()).hexdigest()[:16])

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    # --- Tickets ------------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: str) -> Fields:
        """The ticket under `ticket`, and beside it its people and organizations."""
        return self.get(("tickets", numbered(ticket_id)), params={"include": WITH})

    def audits(self, ticket_id: str) -> list[Fields]:
        """Everything that was done to a ticket, oldest first."""
        return list(self.rows(("tickets", numbered(ticket_id), "audits"), "audits"))

    def update(self, ticket_id: str, ticket: Fields) -> Fields:
        """Change a ticket in one step. Raises Collision when somebody was faster, if `ticket` holds the guard."""
        return self._change("PUT", ("tickets", numbered(ticket_id)), json={"ticket": ticket})

    def create(self, ticket: Fields) -> Fields:
        """Open a ticket. The same one sent again within two hours is not opened again."""
        key = hashlib.sha256(json.dumps(ticket, sort_keys=True).encode()).hexdigest()
        return self._change("POST", "tickets", json={"ticket": ticket}, headers={"Idempotency-Key": f"deskgate-{key}"})

    def add_tags(self, ticket_id: str, tags: Sequence[str]) -> None:
        """Give a ticket tags besides those it has."""
        self._change("PUT", ("tickets", numbered(ticket_id), "tags"), json={"tags": list(tags)})

    def delete(self, ticket_id: str) -> None:
        self._change("DELETE", ("tickets", numbered(ticket_id)))

    def update_many(self, ticket_ids: Sequence[str], ticket: Fields) -> Fields:
        """Change many tickets alike, later: the answer is the job that will."""
        ids = ",".join(numbered(each) for each in ticket_ids)
        return part(self._change("PUT", "tickets/update_many", json={"ticket": ticket}, params={"ids": ids}),
                    "job_status")

    def job(self, job_id: str) -> Fields:
        return part(self.get(("job_statuses", job_id)), "job_status")

    def created_as(self, external_id: str) -> list[Fields]:
        """The tickets that carry an external id."""
        return list(self.rows("tickets", "tickets", {"external_id": external_id}))

    def changed(self, since: int) -> Iterator[Fields]:
        """The pages of tickets that changed at or after a unix time, those that changed first come first."""
        params: dict[str, str | int] = {"start_time": since}
        for _ in range(PAGES):
            page = self._export({**params, "include": WITH})
            yield page
            if page.get("end_of_stream") is not False or not isinstance(page.get("after_cursor"), str):
                return
            params = {"cursor": page["after_cursor"]}
        raise DeliveryError(f"{PAGES} pages of changed tickets were read, and there are more")

    def _export(self, params: Mapping[str, str | int]) -> Fields:
        try:
            return self._in_sizes("incremental/tickets/cursor", "per_page", EXPORT_SIZES, params)
        except DeliveryError as error:
            if error.status != 403:
                raise
            raise DeliveryError("Zendesk lists changed tickets for admins only: make the account an admin",
                                kind="refused", status=403) from None

    # --- What hardly changes ------------------------------------------------------------------------------------------

    def me(self) -> Fields:
        """Our own account."""
        return self._memory.recall((*self._place, "me"), lambda: part(self.get("users/me"), "user"))

    def named(self, kind: str) -> list[Fields]:
        """All `groups`, `ticket_fields` or `custom_statuses` there are."""
        return self._memory.recall((*self._place, kind), partial(self._named, kind))

    def _named(self, kind: str) -> list[Fields]:
        """Ticket statuses come all at once, and Zendesk has no pages of them."""
        return rows_of(self.get(kind), kind) if kind == "custom_statuses" else list(self.rows(kind, kind))

    def forget_names(self) -> None:
        """Ask anew for what is remembered, since Zendesk refused something."""
        for kind in ("groups", "ticket_fields", "custom_statuses", "hold"):
            self._memory.forget((*self._place, kind))

    def has_hold(self) -> bool:
        """Whether tickets can be put on hold: an account may switch that status off."""
        return self._memory.recall((*self._place, "hold"), self._has_hold)

    def _has_hold(self) -> bool:
        answer = self.ask("account/settings")
        settings = answer.object().get("settings") if answer.is_success else None
        tickets = settings.get("tickets") if isinstance(settings, dict) else None
        return not (isinstance(tickets, dict) and tickets.get("status_hold") is False)

    def users(self, ids: Iterable[str]) -> dict[str, Fields]:
        """Users by id; those that are not there any more are missing."""
        wanted = sorted(each for each in set(ids) if TICKET_ID.fullmatch(each))
        found: dict[str, Fields] = {}
        for start in range(0, len(wanted), AT_ONCE):
            piece = ",".join(wanted[start:start + AT_ONCE])
            found |= self._memory.recall((*self._place, "users", piece), partial(self._users, piece))
        return found

    def _users(self, ids: str) -> dict[str, Fields]:
        page = self.get("users/show_many", params={"ids": ids})
        return {str(each.get("id")): each for each in rows_of(page, "users")}

    def organization(self, organization_id: str) -> Fields:
        return self._memory.recall((*self._place, "organization", organization_id), lambda: part(
            self.get(("organizations", organization_id)), "organization"))

    # --- How ----------------------------------------------------------------------------------------------------------

    def rows(self, path: Path, name: str, params: Params | None = None) -> Iterator[Fields]:
        """All rows of a list, page by page."""
        page = self._in_sizes(path, "page[size]", SIZES, params or {})
        for _ in range(PAGES):
            yield from rows_of(page, name)
            following = page.get("links", {}).get("next") if isinstance(page.get("links"), dict) else None
            if not (isinstance(page.get("meta"), dict) and page["meta"].get("has_more") and following):
                return
            page = self._origin.follow(following).object()
        raise DeliveryError(f"the list of {name} has no end")

    def get(self, path: Path, **content: Unpack[Content]) -> Fields:
        return self._origin.get(path, **content).object()

    def ask(self, path: Path, **content: Unpack[Content]) -> Answer:
        """GET, and whatever is answered."""
        return self._origin.ask("GET", path, **content)

    def _in_sizes(self, path: Path, name: str, sizes: tuple[int, int], params: Params) -> Fields:
        """A page of the usual size, or a small one where that is more than an answer may be."""
        usual, small = sizes
        try:
            return self.get(path, params={**params, name: usual})
        except DeliveryError as error:
            if error.status != 200:
                raise
            return self.get(path, params={**params, name: small})

    def _change(self, method: str, path: Path, **content: Unpack[Content]) -> Fields:
        answer = self._origin.ask(method, path, **content)
        if answer.is_success:
            return answer.object() if answer.body.strip() else {}
        if answer.status == 409:
            raise Collision(str(failure(answer)), status=409)
        if answer.status in (400, 422):
            self.forget_names()
            raise refusal(answer)
        raise failure(answer)


def refusal(answer: Answer) -> DeliveryError:
    """A 400 or 422 in Zendesk's own words. A closed ticket is beyond any change."""
    said = reasons(answer)
    if CLOSED_FOR_GOOD in said:
        return DeliveryError("the ticket is closed, and Zendesk never changes a closed ticket", kind="gone",
                             status=answer.status)
    return DeliveryError(f"Zendesk refuses: {said}" if said else str(failure(answer)), kind="refused",
                         status=answer.status)


def reasons(answer: Answer) -> str:
    """The descriptions of what is wrong, field by field, without credentials; empty where there are none."""
    try:
        body = answer.object()
    except DeliveryError:
        return ""
    details = body.get("details")
    listed = [each.get("description") for rows in (details.values() if isinstance(details, dict) else ())
              if isinstance(rows, list) for each in rows if isinstance(each, dict)]
    said = [each for each in listed or [body.get("description")] if isinstance(each, str) and each]
    text = "; ".join(said)
    for secret in answer.secrets:
        text = text.replace(secret, "***")
    return " ".join(text.split())[:300]


def rows_of(page: Fields, name: str) -> list[Fields]:
    """The objects of a list in an answer. Raises DeliveryError."""
    found = page.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise DeliveryError(f"the answer of Zendesk holds no list of {name}")
    return found


def part(page: Fields, name: str) -> Fields:
    """The object that an answer is about. Raises DeliveryError."""
    found = page.get(name)
    if not isinstance(found, dict):
        raise DeliveryError(f"the answer of Zendesk holds no {name}")
    return found


def numbered(ticket_id: str) -> str:
    """A ticket id that is one. Raises DeliveryError."""
    if not TICKET_ID.fullmatch(ticket_id):
        raise DeliveryError(f"{ticket_id[:40]!r} is not the number of a ticket", kind="refused")
    return ticket_id


def root_of(url: str, *, allow_loopback: bool) -> str:
    """The root of the API, whether the address of the account or of the API was given. Raises ConfigError."""
    parts_of(url, allow_loopback=allow_loopback)
    parts = urlsplit(url)
    path = re.sub(r"/(?:agent|admin|hc)(?:/.*)?$|/api(?:/v2)?$", "", parts.path.rstrip("/"))
    return urlunsplit((parts.scheme, parts.netloc, path + "/api/v2/", "", ""))


def authorization(token: str) -> dict[str, str]:
    """The header that signs us in: `email/token:API token`, or an OAuth access token. Raises ConfigError."""
    token = token.strip()
    if not token:
        return {}
    email, colon, secret = token.partition(":")
    if not token.isascii() or not token.isprintable() or " " in token or (colon and not (email and secret)):
        raise ConfigError("the token must be EMAIL/token:API-TOKEN, or an OAuth access token", field="token")
    if not colon:
        return {AUTHORIZATION: f"Bearer {token}"}
    email = email if email.endswith("/token") else f"{email}/token"
    return {AUTHORIZATION: "Basic " + base64.b64encode(f"{email}:{secret}".encode()).decode()}


