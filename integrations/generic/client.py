"""Calls as a description has them: signed in, filled in, and answered as it says the answers are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Quota
from integrations.desk.adapter import Collision
from integrations.generic.answers import found_in, holds_in
from integrations.generic.description import AnswerRule, Description, Meaning, PagingBy, Request
from integrations.generic.expression import Context, context_of
from integrations.generic.placeholders import SETTING
from integrations.generic.signin import SignIn
from integrations.generic.template import OMITTED, Node, Values, filled
from integrations.http import Answer, after_sending, failure
from integrations.origin import Content, OriginClient
from integrations.tools import Tools

MOST_PAGES = 200
NEXT = re.compile(r'<([^>]*)>\s*;[^,]*\brel="?next"?')


class Client:
    """One helpdesk, called by a description. Raises DeliveryError, and ConfigError when built with what cannot be."""

    def __init__(self, config: ConnectionConfig, tools: Tools, described: Description):
        self._described, self._settings = described, declared_settings(described, config.settings)
        self.sign_in = SignIn(config, tools, described.auth)
        self._origin = OriginClient(tools.http, config.url, self.sign_in.headers)

    @property
    def quota(self) -> Quota | None:
        return self._origin.quota

    def prepared(self, request: Request, values: Values) -> tuple[str | tuple[str, ...], Content] | None:
        """The path and content of a call; None when it is not to be made. Calls nobody."""
        values = {**self._settings, **values}
        if request.when is not None and not holds_in(request.when, values):
            return None
        body = filled(request.body, values)
        if body is OMITTED and request.body is not None:
            return None
        headers = {**_texts(self._described.headers, values), **_texts(request.headers, values)}
        content: Content = {"headers": headers, "params": _texts(request.query, values)}
        if request.body is not None and request.is_form:
            content["body"] = urlencode(_flat(body), doseq=True).encode()
            content["headers"] = {**content["headers"], "Content-Type": "application/x-www-form-urlencoded"}
        elif request.body is not None:
            content["json"] = body
        return request.path.fill(values), content

    def call(self, request: Request, values: Values) -> Context | None:
        """What is answered, None when there was nothing to call for. Raises Collision, DeliveryError."""
        prepared = self.prepared(request, values)
        if prepared is None:
            return None
        path, content = prepared
        answer = self._ask(request.method, path, content)
        return self._judged(request, answer)

    def each(self, request: Request, values: Values) -> Iterator[Context]:
        """The things that a list holds, page by page, each with `_headers` and `_status` of its page."""
        paging, offset = request.paging, 0
        cursor: Any = paging.start
        answer: Context | None = None
        for number in range(MOST_PAGES):
            if answer is not None and paging.by in (PagingBy.LINK, PagingBy.HEADER):
                answer = self._judged(request, self._follow(cursor))
            else:
                told = {**values, "page": str(number + paging.first), "offset": str(offset), "cursor": cursor}
                answer = self.call(request, told)
            found = self._found(request, answer or {})
            yield from ({**one, **_envelope(answer or {})} for one in found)
            offset, cursor = offset + len(found), _next(request, answer or {})
            if _is_last(request, answer or {}, len(found), cursor):
                return
        raise DeliveryError(f"{request.where}: there are more than {MOST_PAGES} pages; is paging described right?",
                            kind="refused")

    # --- How ----------------------------------------------------------------------------------------------------------

    def _ask(self, method: str, path: str | tuple[str, ...], content: Content) -> Answer:
        answer = self._origin.ask(method, path, **self.sign_in.added(content))
        if answer.status == 401 and self.sign_in.can_renew:  # what was not let in had no effect
            self.sign_in.renew()
            answer = self._origin.ask(method, path, **self.sign_in.added(content))
        return answer

    def _follow(self, link: Any) -> Answer:
        return self._origin.follow(link, headers=self.sign_in.added({}).get("headers", {}))

    def _judged(self, request: Request, answer: Answer) -> Context:
        """The answer as expressions see it, if it means success. Raises Collision, DeliveryError."""
        context = _context(answer)
        for rule in (*request.answers, *self._described.answers):
            if _fits(rule, answer.status, context):
                if rule.means is Meaning.DONE:
                    return context
                raise _meant(rule, answer, context)
        if answer.status not in request.statuses if request.statuses else not answer.is_success:
            raise _failed(request, answer)
        if request.test is not None and not holds_in(request.test, context):
            raise DeliveryError(f"{answer.method} {answer.path}: {_said(request, answer, context)}", kind="refused",
                                status=answer.status)
        if "_text" in context and (request.found is not None or _is_page(answer)):
            answer.json()  # says that it is none
        return context

    def _found(self, request: Request, answer: Context) -> list[Mapping[str, Any]]:
        found = found_in(request.found, answer)
        if found is not None and not isinstance(found, list):
            raise DeliveryError(f"{request.where}.found: it leads to no list")
        return [each if isinstance(each, dict) else {"_items": each} for each in found or []]


def declared_settings(described: Description, settings: Mapping[str, str]) -> dict[str, str]:
    """What the placeholders of the description's own settings stand for."""
    return {SETTING + name: settings.get(name, "").strip() or usual for name, usual in described.defaults.items()}


def _context(answer: Answer) -> Context:
    if not answer.body.strip():
        return context_of({}, answer.headers, status=answer.status)
    try:
        return context_of(answer.json(), answer.headers, status=answer.status)
    except DeliveryError:
        text = answer.body[:20_000].decode("utf-8", "replace")
        return context_of({"_text": text}, answer.headers, status=answer.status)


def _is_page(answer: Answer) -> bool:
    """Whether what is no JSON should have been, or comes from somebody in front of the API."""
    kind = answer.header("Content-Type").lower()
    return "json" in kind or "html" in kind or answer.body.lstrip()[:1] == b"<"


def _envelope(answer: Context) -> Context:
    return {name: answer[name] for name in ("_headers", "_status") if name in answer}


def _fits(rule: AnswerRule, status: int, context: Context) -> bool:
    return (not rule.statuses or status in rule.statuses) and (rule.when is None or holds_in(rule.when, context))


def _meant(rule: AnswerRule, answer: Answer, context: Context) -> DeliveryError:
    said = found_in(rule.say, context)
    what = f"{answer.method} {answer.path} answered {answer.status}: {str(said or answer.piece())[:300]}"
    if rule.means is Meaning.CONFLICT:
        return Collision(what, status=answer.status)
    wait = found_in(rule.wait, context)
    try:
        seconds = min(max(float(wait), 1.0), 3600.0) if wait is not None else failure(answer).retry_after
    except (TypeError, ValueError):
        seconds = None
    return DeliveryError(what, kind=rule.means.value, retry_after=seconds, status=answer.status)


def _failed(request: Request, answer: Answer) -> DeliveryError:
    error = failure(answer)
    if answer.status in (409, 412) and "version" in request.uses:
        return Collision(str(error), status=answer.status)
    if answer.is_success:  # and yet none of the statuses that the description wants
        return DeliveryError(str(error), kind=after_sending(answer.method), status=answer.status)
    if answer.status == 404 and "json" not in answer.header("Content-Type"):
        return DeliveryError(f"{error}; that is no answer of an API: is the address right?", status=404)
    return error


def _said(request: Request, answer: Answer, context: Context) -> str:
    said = found_in(request.say, context)
    return str(said or f"what it answered does not pass the test: {answer.piece()}")[:300]


def _next(request: Request, answer: Context) -> Any:
    paging = request.paging
    if paging.by is PagingBy.HEADER:
        found = NEXT.search(str(answer.get("_headers", {}).get("link", "")))
        return found[1] if found else None
    told = found_in(paging.next, answer)
    return told if isinstance(told, str) else str(told) if isinstance(told, int) and told is not True and told else None


def _is_last(request: Request, answer: Context, found: int, cursor: Any) -> bool:
    paging = request.paging
    if paging.by is PagingBy.NONE:
        return True
    if paging.more is not None and not holds_in(paging.more, answer):
        return True
    if paging.by in (PagingBy.CURSOR, PagingBy.LINK, PagingBy.HEADER):
        return not cursor
    return not found or found < paging.size


def _flat(body: Any) -> Mapping[str, Any]:
    told = cast(Mapping[str, Any], {} if body in (None, OMITTED) else body)
    return {name: each if isinstance(each, list) else _text(each) for name, each in told.items() if each is not None}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(node: Node, values: Values) -> dict[str, Any]:
    """Headers or parameters, filled in."""
    return dict(_flat(filled(node, values)))
