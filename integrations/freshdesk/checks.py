"""`connection check` for Freshdesk: is it there, are we let in, do groups, statuses and fields exist. Writes nothing.

An agent may not look at everything; what only an administrator sees is looked at when the key allows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Finding
from integrations.desk.findings import clock_finding, secret_finding
from integrations.desk.mapping import GROUPS, NoticeBy, Stage
from integrations.freshdesk.api import Row, rows_of
from integrations.freshdesk.options import CLOSED, OPEN, RESOLVED
from integrations.freshdesk.ticket import field_key
from integrations.http import Answer

if TYPE_CHECKING:
    from integrations.freshdesk.adapter import Freshdesk

HOST = ".freshdesk.com"
AT_HOME = frozenset({"127.0.0.1", "::1", "localhost"})
TEXTS = frozenset({"custom_text", "custom_paragraph"})
LONG_TEXTS = frozenset({"custom_paragraph"})
GLOBAL_ACCESS = 1
RULES = {"created": 1, "updated": 4}
"""The kinds of automation rules: those that run when a ticket is created, and when it is updated."""


def findings(desk: Freshdesk) -> Iterator[Finding]:
    """Every finding that can be had; what depends on being let in is left out when we are not."""
    yield secret_finding(desk.config)
    host = urlsplit(desk.config.url.strip()).hostname or ""
    if not host.endswith(HOST) and host not in AT_HOME:
        yield Finding("address", False, f"{host} is no address of the API: it is at https://ACCOUNT{HOST} alone, not "
                                        "at an address of your own or of the portal")
        return
    answer = desk.api.ask("GET", "agents/me")
    access = _access(answer)
    yield from access
    if not all(finding.ok for finding in access):
        return
    yield clock_finding(answer, desk.tools.clock.now())
    yield _reach(answer.object())
    yield _permission(desk.api.ask("GET", "tickets", params={"per_page": 1}))
    yield from _groups(desk)
    yield from _statuses(desk)
    yield from _fields(desk)
    yield from _external_id(desk)
    yield from _webhooks(desk)


def _access(answer: Answer) -> list[Finding]:
    address = Finding("address", True, "answers")
    if answer.status in (401, 403):
        return [address, Finding("token", False, _why(answer))]
    if not answer.is_success:
        return [Finding("address", False, f"answers {answer.status}; --url should be https://ACCOUNT{HOST}")]
    try:
        told = answer.object()
    except DeliveryError:
        return [Finding("address", False, "answers with a page, not with Freshdesk's API; see --url")]
    contact = told.get("contact")
    if not isinstance(contact, dict):
        return [Finding("address", False, "answers, but not as Freshdesk does; see --url")]
    return [address, Finding("token", True, f"accepted, as {contact.get('email')}")]


def _why(answer: Answer) -> str:
    """What Freshdesk's own code for a refusal means."""
    try:
        code = str(answer.object().get("code"))
    except DeliveryError:
        code = ""
    match code:
        case "account_suspended":
            return "the account is suspended; its plan or trial may have ended"
        case "access_denied" | "inactive_agent":
            return "its owner is no agent, or not active any more; use the API key of an agent made for Deskgate"
        case "ssl_required" | "unsupported_accept_header":
            return f"Freshdesk says {code}"
    return ("not accepted; copy the API key of Deskgate's agent from Profile settings > View API key, set it with "
            "--token (if it was right before, the agent's password may have been changed, or the key reset)")


def _reach(me: Row) -> Finding:
    if me.get("ticket_scope") in (None, GLOBAL_ACCESS):
        return Finding("reach", True, "sees the tickets of all groups")
    return Finding("reach", False, "its agent sees only some tickets; give it Global access in Admin > Agents")


def _permission(answer: Answer) -> Finding:
    if answer.is_success:
        rows_of(answer)
        return Finding("tickets", True, "may be read")
    if answer.status == 403:
        return Finding("tickets", False, "its agent may not see tickets; give it the role Agent, or one with the "
                                         "rights to see, reply to and edit tickets")
    return Finding("tickets", False, f"are answered with {answer.status}: {answer.piece()}")


def _groups(desk: Freshdesk) -> Iterator[Finding]:
    known = desk.api.groups()
    for stage, setting in GROUPS.items():
        for value in sorted(desk.mapping.groups[stage].values()):
            yield Finding(setting, *_judged(value, known))
    if not desk.mapping.groups[Stage.ROUTE].values():
        yield Finding("route_group", True, "not set: routed tickets stay in the group they came to")
    if not desk.mapping.groups[Stage.REJECT].values() and NoticeBy.TAG in desk.mapping.notice.values():
        yield Finding("renewals_group", True, "not set: a rejected ticket that stays in its group wakes no rule that "
                                              "could tell its customer")


def _judged(value: str, known: dict[str, str] | Any) -> tuple[bool, str]:
    if not known:
        return (True, f"group {value} cannot be looked at: only an administrator's key may") if value.isdecimal() else \
            (False, f"the group {value} is named, which only an administrator's key may look up; give its number, the "
                    "end of its address in Admin > Groups")
    if value in known or value in known.values():
        return True, f"group {value} is there"
    close = next((name for name in known.values() if name.lower() == value.lower()), "")
    return False, (f"there is no group {value}" + (f", but {close}" if close else "") + "; see Admin > Groups")


def _statuses(desk: Freshdesk) -> Iterator[Finding]:
    known, wanted = desk.api.statuses(), [
        (f"{stage}_status", name) for stage in (Stage.ROUTE, Stage.QUEUE, Stage.REJECT)
        for name in sorted(desk.mapping.statuses[stage].values())]
    wanted += [("waiting_statuses", name) for name in desk.options.waiting]
    wanted += [("closed_statuses", name) for name in desk.options.closed]
    for setting, name in wanted:
        number = desk.status_number(name)
        is_there = number is not None and (not known or number in known.values())
        if not is_there:
            yield Finding(setting, False, f"there is no status {name}, or only an administrator's key may look it up; "
                                          "see Admin > Ticket Fields > Status")
        elif setting == "queue_status" and number in (OPEN, RESOLVED, CLOSED):
            yield Finding(setting, False, f"{name} cannot hold a ticket; use Pending or a status of your own, with its "
                                          "SLA timer off")
        elif setting == "route_status" and number in (RESOLVED, CLOSED):
            yield Finding(setting, False, f"{name} is no status for a ticket that agents are to work on")
        else:
            yield Finding(setting, True, f"status {name} is there")


def _fields(desk: Freshdesk) -> Iterator[Finding]:
    """Custom fields of tickets by name, and whether they are texts where they are written to."""
    rows = desk.api.fields()
    types = {str(row.get("name")): str(row.get("type")) for row in rows if row.get("default") is not True}
    named = {**desk.mapping.fields}
    if desk.options.product_field:
        named["product_field"] = desk.options.product_field
    for setting, name in named.items():
        key = field_key(name, types)
        wanted = LONG_TEXTS if setting == "notice_field" else TEXTS
        if not rows:
            yield Finding(setting, True, f"whether there is a field {name} only an administrator's key may see")
        elif key not in types:
            yield Finding(setting, False, f"tickets have no field {name}; add one in Admin > Ticket Fields")
        elif setting in desk.mapping.fields and types[key] not in wanted:
            yield Finding(setting, False, f"the field {name} is a {types[key].removeprefix('custom_')}; it must be a "
                                          f"{'multi-line' if wanted is LONG_TEXTS else 'single-line'} text")
        else:
            yield Finding(setting, True, f"field {name} is there")


def _external_id(desk: Freshdesk) -> Iterator[Finding]:
    name = desk.options.external_id_field
    answer = desk.api.ask("GET", "company_fields") if name else None
    if answer is not None and answer.is_success:
        known = [str(row.get("name")) for row in rows_of(answer)]
        there = field_key(name, known) in known or field_key(name, known).removeprefix("cf_") in known
        yield Finding("external_id_field", there, f"field {name} is there" if there else
                      f"companies have no field {name}; add one in Admin > Customer Fields > Company Fields")


def _webhooks(desk: Freshdesk) -> Iterator[Finding]:
    for what, number in RULES.items():
        answer = desk.api.ask("GET", ("automations", number, "rules"), params={"per_page": 100})
        if not answer.is_success:
            yield Finding("webhook", True, "not looked at: only an administrator's key may see automation rules")
            return
        ours = [row for row in rows_of(answer) if f"/hooks/{desk.config.name}" in json.dumps(row.get("actions"))]
        active = [str(row.get("name")) for row in ours if row.get("active") is not False]
        if active:
            yield Finding("webhook", True, f"sent by the rules {', '.join(active)}")
        else:
            yield Finding("webhook", False, f"no rule for tickets that are {what} sends to /hooks/{desk.config.name}"
                                            f"{', it is switched off' if ours else ''}; see `guide`")
