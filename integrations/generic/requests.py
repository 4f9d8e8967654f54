"""Reading the requests of a description."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from entitlements.errors import ConfigError
from integrations.generic.description import AnswerRule, Meaning, Paging, PagingBy, Request, Requests
from integrations.generic.near import hint
from integrations.generic.placeholders import READS, USABLE
from integrations.generic.section import Section, json_or_table
from integrations.generic.template import Node, PathTemplate, Reader, slots_of

T = TypeVar("T")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LOOKS = frozenset({"read", "whoami", "check", "requester", *READS})
USUAL_METHOD = {"discard": "DELETE", **dict.fromkeys(LOOKS, "GET")}
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})


def read_requests(section: Section, declared: frozenset[str], zone: str) -> dict[str, Requests]:
    """All requests by name. `declared` are the placeholders that the description itself makes."""
    found: dict[str, Requests] = {}
    for name in section.values:
        if name not in USABLE:
            section.raw(name)
            section.note(name, f"there is no such request{hint(name, USABLE)}")
            continue
        calls = tuple(_request(each, name, Reader(USABLE[name] | declared, zone)) for each in section.rows(name))
        if name in LOOKS and len(calls) > 1:
            section.note(name, "is one call, not several")
        found[name] = calls
    return found


def _request(section: Section, name: str, reader: Reader) -> Request:
    query, headers = _node(section, "query", reader), read_headers(section, reader)
    body, path = read_body(section, reader), _path(section, reader)
    found = Request(
        name, section.where, section.text("method", USUAL_METHOD.get(name, "POST"), choices=METHODS), path,
        query, headers, body, section.text("content", "json", choices=("json", "form")) == "form",
        when=section.expression("when"), statuses=section.numbers("success"), test=section.expression("test"),
        say=section.expression("say"), answers=read_answers(section),
        found=section.expression("found", required=name in READS),
        id=section.expression("id", required=name in ("create", "groups", "whoami", "requester")),
        label=section.expression("name", required=name in ("groups", "fields")), verify=section.expression("verify"),
        paging=_paging(section), reads_each=section.switch("read_each"),
        uses=_names(query, headers, body) | {slot.name for each in path.segments for slot in each.slots},
        uses_in_headers=_names(headers), uses_in_body=_names(body))
    _check(found, section)
    section.end()
    return found


def _check(request: Request, section: Section) -> None:
    if request.method == "GET" and request.body is not None:
        section.note("body", "a GET has none; put it into query")
    if request.is_form and not (request.body is None or isinstance(request.body, dict)):
        section.note("body", "a form is a table")
    if request.name in LOOKS and request.method not in ("GET", "POST"):
        section.note("method", f"{request.name} only looks: GET, or POST for a search")
    wanted = {PagingBy.PAGE: "page", PagingBy.OFFSET: "offset", PagingBy.CURSOR: "cursor"}.get(request.paging.by)
    if wanted and wanted not in request.uses:
        section.note("paging", f"by {request.paging.by} needs {{{wanted}}} in query, path or body")
    for name in {"page", "offset", "cursor"} & request.uses:
        if name != wanted:
            section.note("paging", f"{{{name}}} is used, so say by = \"{name}\"")


def read_body(section: Section, reader: Reader) -> Node:
    """A table, or JSON in a text."""
    told = json_or_table(section, "body")
    return _tried(section, lambda: reader.node(told, section.place("body")), None)


def read_headers(section: Section, reader: Reader) -> Node:
    """Headers, none of which may be a credential."""
    _refuse_credentials(section)
    return _node(section, "headers", reader)


def _node(section: Section, name: str, reader: Reader) -> Node:
    told = section.table(name).values if section.has(name) else None
    section.raw(name)
    return _tried(section, lambda: reader.node(told, section.place(name)), None)


def _path(section: Section, reader: Reader) -> PathTemplate:
    told = section.text("path", required=True)
    return _tried(section, lambda: reader.path(told, section.place("path")), PathTemplate(()))


def _tried(section: Section, read: Callable[[], T], instead: T) -> T:
    try:
        return read()
    except ConfigError as error:
        section.problems.take(error)
        return instead


def _names(*nodes: Node) -> frozenset[str]:
    return frozenset(slot.name for node in nodes for slot in slots_of(node))


def _refuse_credentials(section: Section) -> None:
    told: Any = section.values.get("headers")
    for name, value in (told.items() if isinstance(told, dict) else ()):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", str(name)) or not isinstance(value, str):
            section.note("headers", f"{str(name)[:40]!r} is no header with a text")
        elif name.lower() in CREDENTIALS:
            section.note("headers", f"{name} is no place for a credential: everybody who sees the description would "
                                    "see it. Say how we sign in under auth, and give the credential with --token")


def _paging(section: Section) -> Paging:
    if not section.has("paging"):
        return Paging()
    told = section.table("paging")
    by = PagingBy(told.text("by", PagingBy.NONE.value, choices=tuple(PagingBy), required=True))
    found = Paging(by, told.expression("next", required=by in (PagingBy.CURSOR, PagingBy.LINK)),
                   told.expression("more"), told.whole("size", 0), told.whole("first", 1), told.text("start"))
    told.end()
    return found


def read_answers(section: Section) -> tuple[AnswerRule, ...]:
    """What certain answers mean."""
    return tuple(_answer(each) for each in section.rows("answers"))


def _answer(section: Section) -> AnswerRule:
    found = AnswerRule(
        Meaning(section.text("means", Meaning.REFUSED.value, choices=tuple(Meaning), required=True)),
        section.numbers("status"), section.expression("when"), section.expression("say"), section.expression("wait"))
    if not found.statuses and found.when is None:
        section.note("when", "say which answers are meant, by status, when or both")
    section.end()
    return found
