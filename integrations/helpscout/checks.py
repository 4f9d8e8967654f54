"""`connection check` for Help Scout: is it there, are we let in, do mailboxes, teams and fields exist.

It writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Finding
from integrations.desk.findings import clock_finding, secret_finding
from integrations.desk.mapping import GROUPS, Stage
from integrations.helpscout.api import Row, rows_of
from integrations.helpscout.events import SILENT, WANTED
from integrations.helpscout.options import LONGEST_SECRET, MAILBOX, Place
from integrations.http import Answer

if TYPE_CHECKING:
    from integrations.helpscout.adapter import HelpScout

HOST = "api.helpscout.net"
AT_HOME = frozenset({"127.0.0.1", "::1", "localhost"})
TEXTS = frozenset({"SINGLE_LINE", "MULTI_LINE"})


def findings(desk: HelpScout) -> Iterator[Finding]:
    """Every finding that can be had; what depends on being let in is left out when we are not."""
    yield _secret(desk)
    host = urlsplit(desk.config.url.strip()).hostname or ""
    if host != HOST and host not in AT_HOME:
        yield Finding("address", False, f"{host or 'it'} is not the API; --url is https://{HOST} for all accounts")
        return
    try:
        answer = desk.api.ask("GET", "users/me")
    except DeliveryError as error:
        if error.kind != "unauthorized":
            raise
        yield Finding("address", True, "answers")
        yield Finding("token", False, "the App ID and App Secret are not accepted; copy both from Your Profile > My "
                                      "Apps and set them with --token APP_ID:APP_SECRET")
        return
    access = _access(answer)
    yield from access
    if not all(finding.ok for finding in access):
        return
    yield clock_finding(answer, desk.tools.clock.now())
    yield _permission(desk.api.ask("GET", "conversations", params={"status": "all", "page": 1}))
    yield from _places(desk)
    yield from _fields(desk)
    yield from _webhooks(desk)


def _secret(desk: HelpScout) -> Finding:
    found = secret_finding(desk.config)
    longest = max((len(secret) for secret in desk.config.secrets), default=0)
    if found.ok and longest > LONGEST_SECRET:
        return Finding("secret", False, f"it has {longest} characters; Help Scout takes {LONGEST_SECRET} at most")
    return found


def _access(answer: Answer) -> list[Finding]:
    address = Finding("address", True, "answers")
    if answer.status in (401, 403):
        return [address, Finding("token", False, "the user that the app belongs to is not let in; it must be active, "
                                                 "and have accepted its invitation")]
    if not answer.is_success:
        return [Finding("address", False, f"answers {answer.status}; --url is https://{HOST} for all accounts")]
    try:
        told = answer.object()
    except DeliveryError:
        return [Finding("address", False, "answers with a page, not with Help Scout's API; see --url")]
    if not isinstance(told.get("email"), str):
        return [Finding("address", False, "answers, but not as Help Scout does; see --url")]
    return [address, Finding("token", True, f"accepted, as {told['email']}")]


def _permission(answer: Answer) -> Finding:
    if answer.is_success:
        rows_of(answer.object(), "conversations")
        return Finding("conversations", True, "may be read")
    if answer.status == 403:
        return Finding("conversations", False, "our user may not read them; give it access to the mailboxes")
    return Finding("conversations", False, f"are answered with {answer.status}: {answer.piece()}")


def _places(desk: HelpScout) -> Iterator[Finding]:
    for stage, setting in GROUPS.items():
        for told in sorted(desk.mapping.groups[stage].values()):
            place = Place.of(told)
            names = desk.api.names("mailboxes" if place.kind == MAILBOX else "teams")
            there = bool(place.number(names))
            yield Finding(setting, there, f"{place.kind} {place.name} is there" if there else
                          f"there is no {place.kind} {place.name}, or our user may not see it; there are "
                          f"{', '.join(sorted(names.values())[:12]) or 'none'}. Teams are named as team:NAME")
    if not desk.mapping.groups[Stage.ROUTE].values():
        yield Finding("route_group", True, "not set: routed conversations stay in the mailbox they came to")


def _fields(desk: HelpScout) -> Iterator[Finding]:
    """Each mailbox has fields of its own: those that settings name must be in each mailbox that settings name."""
    named = {**desk.mapping.fields}
    for setting, name in (("severity_field", desk.options.severity_field),
                          ("product_field", desk.options.product_field)):
        if name:
            named[setting] = name
    mailboxes = _mailboxes(desk) if named else {}
    for setting, name in named.items():
        yield Finding(setting, *_judged(desk, setting, name, mailboxes))


def _mailboxes(desk: HelpScout) -> dict[str, str]:
    """The mailboxes that settings name, or all."""
    known = desk.api.names("mailboxes")
    places = [Place.of(told) for each in desk.mapping.groups.values() for told in each.values()]
    numbers = {place.number(known) for place in places if place.kind == MAILBOX} - {""}
    return {number: known[number] for number in sorted(numbers) if number in known} or dict(known)


def _judged(desk: HelpScout, setting: str, name: str, mailboxes: dict[str, str]) -> tuple[bool, str]:
    lacking, types = [], set()
    for number, mailbox in mailboxes.items():
        found = next((row for row in desk.api.fields(number)
                      if name.lower() in (str(row.get("name")).lower(), str(row.get("id")))), None)
        if found is None:
            lacking.append(mailbox)
        else:
            types.add(str(found.get("type")))
    if lacking:
        return False, (f"there is no custom field {name} in {', '.join(lacking)}; each mailbox has its own, add it in "
                       "Inbox > Settings > Custom Fields")
    if setting in desk.mapping.fields and not types <= TEXTS:
        return False, f"the custom field {name} is a {', '.join(sorted(types - TEXTS))}; it must be a text"
    return True, f"custom field {name} is there"


def _webhooks(desk: HelpScout) -> Iterator[Finding]:
    answer = desk.api.ask("GET", "webhooks", params={"page": 1})
    if not answer.is_success:
        yield Finding("webhook", True, "not looked at: our user may not see webhooks")
        return
    ours = [row for row in rows_of(answer.object(), "webhooks") if f"/hooks/{desk.config.name}" in str(row.get("url"))]
    if not ours:
        yield Finding("webhook", False, f"no webhook leads to /hooks/{desk.config.name}; see `guide`")
    for hook in ours:
        yield Finding("webhook", *_judged_hook(desk, hook))


def _judged_hook(desk: HelpScout, hook: Row) -> tuple[bool, str]:
    events, told = hook.get("events"), desk.options
    wanted = {*WANTED, *(SILENT if told.severity_tags or told.severity_field or told.product_field else ())}
    lacking = sorted(wanted - set(events if isinstance(events, list) else ()))
    if hook.get("state") not in (None, "enabled"):
        return False, "it is switched off, as Help Scout does when it has failed too often; enable it again"
    if hook.get("payloadVersion") not in (None, "V2"):
        return False, f"it sends payloads of version {hook.get('payloadVersion')}; choose V2"
    if hook.get("notification") is True:
        return False, "it sends notifications without the conversation; switch that off"
    if hook.get("secret") and hook.get("secret") not in desk.config.secrets:
        return False, "it signs with another secret than --secret says; make them the same"
    if lacking:
        return False, f"it does not tell of {', '.join(lacking)}; tick these events"
    return True, "is enabled and tells of all that matters"
