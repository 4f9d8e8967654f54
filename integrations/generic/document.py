"""From the text of a description to the Description: read, checked in all its parts, and tried on its own samples.

The text is TOML, which people can write and comment, and which Python reads without loading anything but data; or JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from entitlements.helpdesk import Limits
from entitlements.kinds import Setting, Step
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS
from integrations.desk.ticket import Standing
from integrations.generic.description import Auth, AuthBy, Description, Request, Wordlist
from integrations.generic.fields import ENTRY, LOGGED, TICKET
from integrations.generic.placeholders import DECISION, SETTING, WORD
from integrations.generic.requests import read_answers, read_body, read_headers, read_requests
from integrations.generic.samples import try_samples
from integrations.generic.section import Problems, Section, opened, read_table
from integrations.generic.shapes import Words, read_form, read_shape, read_words
from integrations.generic.template import Reader
from integrations.generic.webhooks import read_samples, read_webhook

NEEDS_TICKET = ("read", "changed", "find_created")
OWN_SETTINGS = frozenset(each.name for each in USUAL_SETTINGS) | {"description"}


@lru_cache(maxsize=64)
def read_description(text: str) -> Description:
    """Raises ConfigError that tells of everything that is wrong, each with its place."""
    problems = Problems()
    section = opened(text, problems)
    settings = tuple(_setting(each) for each in section.rows("settings"))
    words, statuses, severities = _words(section)
    ticket, entry, logged = (read_shape(section.table(name), sorts, words)
                             for name, sorts in (("ticket", TICKET), ("entry", ENTRY), ("logged", LOGGED)))
    wordlists = _wordlists(section.table("words"))
    declared = frozenset([*(SETTING + each.name for each in settings), *(WORD + name for name in wordlists)])
    requests = read_requests(section.table("requests"), declared, words.zone)
    found = Description(
        section.text("title", required=True),
        read_webhook(section.table("webhook"), words, ticket, entry) if section.has("webhook") else None,
        _auth(section.table("auth")), ticket, entry, logged, requests, read_answers(section),
        read_headers(section, Reader(declared, words.zone)), statuses, severities,
        wordlists, _replacements(section.table("texts")), settings,
        {each.name: each.example for each in settings}, _limits(section.table("limits")),
        tuple(_step(each) for each in section.rows("guide")), read_samples(section))
    section.end()
    _check(found, section)
    problems.end()
    try_samples(found)
    return found


def merged(text: str, over: str) -> str:
    """A description with another one laid over it, table by table, as JSON. Raises ConfigError."""
    return json.dumps(_over(read_table(text), read_table(over)))


def _over(under: Any, over: Any) -> Any:
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return over
    return {name: _over(under[name], over[name]) if name in under and name in over else over.get(name, under.get(name))
            for name in {**under, **over}}


def _words(section: Section) -> tuple[Words, dict[Standing, str], dict[Severity, str]]:
    times = section.table("times")
    form, zone = read_form(times, Words())
    times.end()
    statuses, standing = read_words(section.table("statuses"), Standing)
    severities, severity = read_words(section.table("severities"), Severity)
    return (Words(form, zone, severity, standing), {Standing(name): word for name, word in statuses.items()},
            {Severity(name): word for name, word in severities.items()})


def _wordlists(section: Section) -> dict[str, Wordlist]:
    """What is said instead of a value of ours."""
    found = {}
    for name in section.values:
        told = section.table(name)
        of = told.text("of", "severity", choices=tuple(DECISION), required=True)
        found[name] = Wordlist(of, told.mapping("map"), told.text("default"))
        told.end()
    return found


def _setting(section: Section) -> Setting:
    """A setting of the description's own; its default is what it is without being set."""
    name = section.text("name", required=True)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in OWN_SETTINGS:
        section.note("name", f"{name[:40]!r} is taken, or not made of small letters, digits and _")
    choices = section.texts("choices")
    found = Setting(name, section.text("what", required=True), section.text("default"), choices=choices,
                    is_required=not section.has("default"))
    if choices and found.example and found.example not in choices:
        section.note("default", "is none of the choices")
    section.end()
    return found


def _auth(section: Section) -> Auth:
    by = AuthBy(section.text("by", AuthBy.NONE.value, choices=tuple(AuthBy)))
    by_token = by in (AuthBy.OAUTH, AuthBy.SESSION)
    found = Auth(by, section.text("name", required=by in (AuthBy.HEADER, AuthBy.QUERY)),
                 section.text("prefix", "Bearer " if by in (AuthBy.BEARER, AuthBy.OAUTH) else ""),
                 section.text("address", required=by_token), section.text("scope"), section.switch("in_header"),
                 section.mapping("extra"), read_body(section, Reader(frozenset({"user", "password", "token"}))),
                 section.expression("found", required=by is AuthBy.SESSION))
    if found.name and not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", found.name):
        section.note("name", f"{found.name[:40]!r} is no name of a header or parameter")
    section.end()
    return found


def _limits(section: Section) -> Limits:
    found = Limits(per_minute=section.whole("per_minute", 0, most=100_000) or None)
    section.end()
    return found


def _replacements(section: Section) -> Mapping[str, str]:
    found = section.mapping("replace")
    if "" in found:
        section.note("replace", "cannot replace nothing")
    section.end()
    return found


def _step(section: Section) -> Step:
    found = Step(section.text("title", required=True), section.text("text"), section.text("paste"),
                 section.switch("later"))
    section.end()
    return found


# --- What fits together ----------------------------------------------------------------------------------------------


def _check(found: Description, section: Section) -> None:
    if found.webhook is None and "changed" not in found.requests:
        section.note("webhook", "is missing: without it, and without requests.changed, nothing is ever heard of")
    _check_ticket(found, section)
    for shape, name, needed, where in ((found.entry, "entry", ("id", "at"), found.ticket.has("entries")),
                                       (found.logged, "logged", ("id", "at", "seconds"), found.ticket.has("logged"))):
        plural = "entries" if name == "entry" else name
        for each in needed if where or plural in found.requests else ():
            if not shape.has(each):
                section.note(f"{name}.{each}", "is missing: entries are read without it")
    for calls in found.requests.values():
        for request in calls:
            _check_request(request, found, section)


def _check_ticket(found: Description, section: Section) -> None:
    reading = [name for name in NEEDS_TICKET if name in found.requests]
    if reading and not found.ticket.has("standing"):
        section.note("ticket.standing", f"is missing: requests.{reading[0]} reads a ticket, and must see whether it is "
                                        "open, waiting, held or closed")
    if {"changed", "find_created"} & set(found.requests) and not found.ticket.has("id"):
        section.note("ticket.id", "is missing: tickets are listed")
    if "changed" in found.requests and not found.ticket.has("updated_at"):
        section.note("ticket.updated_at", "is missing: requests.changed asks what changed since when")
    if "find_created" in found.requests and not found.ticket.has("marker"):
        section.note("ticket.marker", "is missing: by it a ticket that was created is found again")


def _check_request(request: Request, found: Description, section: Section) -> None:
    if "tags" in request.uses and not found.ticket.has("tags"):
        section.note(request.where, "{tags} are all tags of the ticket: say where they are read (ticket.tags), or "
                                    "people's tags would be taken off; or use {added_tags}")
    if "version" in request.uses and not found.ticket.has("version"):
        section.note(request.where, "{version} is used, and ticket.version does not say where it is read")
    if "severity_value" in request.uses and not found.severities:
        section.note(request.where, "{severity_value} is used, and severities does not say the helpdesk's words")
    if "acting_as" in request.uses and "whoami" not in found.requests:
        section.note(request.where, "{acting_as} is used, and there is no request whoami")
    if request.verify and not found.reads:
        section.note(f"{request.where}.verify", "needs requests.read and ticket.standing")
    if request.reads_each and "read" not in found.requests:
        section.note(f"{request.where}.read_each", "needs requests.read")
