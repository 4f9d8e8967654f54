"""`connection check` for Zammad: is it there, are we let in, do groups, states and attributes exist. Writes nothing.

An agent may not look at everything; what only an administrator sees is looked at when the token allows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Finding
from integrations.desk.findings import clock_finding, secret_finding
from integrations.desk.mapping import GROUPS, NoticeBy, Stage
from integrations.http import Answer
from integrations.zammad.api import MAINTAINED, Row, rows_of

if TYPE_CHECKING:
    from integrations.zammad.adapter import Zammad

ENOUGH = ({"full"}, {"read", "change", "create"})
TEXTS = frozenset({"input", "textarea", "richtext"})
WANTED = {Stage.ROUTE: ("open",), Stage.QUEUE: ("pending reminder", "pending action"), Stage.REJECT: ("closed", "open")}
"""The types a state may be of. To `new` nobody can set a ticket back."""
TRIGGERS = ("deskgate: created", "deskgate: closed", "deskgate: reopened", "deskgate: updated")


def findings(desk: Zammad) -> Iterator[Finding]:
    """Every finding that can be had; what depends on being let in is left out when we are not."""
    yield secret_finding(desk.config)
    answer = desk.api.me()
    access = _access(answer)
    access[-1] = _may_work(desk) or access[-1] if access[-1].ok else access[-1]
    rights = _rights(desk, answer.object()) if access[-1].ok else {}
    if access[-1].ok and not rights:
        access[-1] = Finding("token", False, "its account is an agent in no group; give it the role Agent and full "
                                             "access to the groups")
    yield from access
    if not rights:
        return
    yield clock_finding(answer, desk.tools.clock.now())
    yield from _groups(desk, rights)
    yield from _states(desk)
    yield from _fields(desk)
    yield from _priority(desk)
    yield from _webhook(desk)


def _access(answer: Answer) -> list[Finding]:
    address = Finding("address", True, "answers")
    if answer.status in (401, 403):
        return [address, Finding("token", False, _why(answer))]
    if not answer.is_success:
        return [Finding("address", False, f"answers {answer.status}; --url should be the address of Zammad as you open "
                                          "it in the browser")]
    try:
        told = answer.object()
    except DeliveryError:
        return [Finding("address", False, "answers with a page, not with Zammad's API; see --url")]
    if not isinstance(told.get("login"), str):
        return [Finding("address", False, "answers, but not as Zammad does; see --url")]
    return [address, Finding("token", True, f"accepted, as {told['login']}")]


def _may_work(desk: Zammad) -> Finding | None:
    """What is wrong with a token that is let in without the permission of an agent: it may look at itself alone."""
    answer = desk.api.origin.ask("GET", "ticket_states")
    return Finding("token", False, _why(answer)) if answer.status in (401, 403) else None


def _why(answer: Answer) -> str:
    said = answer.piece()
    if MAINTAINED in said:
        return "Zammad is in maintenance mode and lets only administrators in; end it in Admin > Maintenance"
    if "disabled" in said:
        return "Zammad lets no tokens in; allow them in Admin > System > API > Token Access"
    if answer.status == 403 and ("oken" in said or answer.path.endswith("ticket_states")):
        return "the token lacks a permission; make one with ticket.agent, set it with --token"
    return "not accepted; make a new one in Profile > Token Access with ticket.agent, set it with --token"


def _rights(desk: Zammad, me: Row) -> dict[str, set[str]]:
    """What our agent may do in each group, by its name and by its number: by itself, and by its roles.

    Recent versions do not tell agents what a role may do: of a group that is open to one, no more is known than that.
    """
    found: dict[str, set[str]] = {}
    _add(found, me.get("groups"))
    _add(found, me.get("group_ids"))
    answer = desk.api.origin.ask("GET", "users/me", params={"full": "true"})
    assets = answer.object().get("assets") if answer.is_success else None
    roles, groups = (_part(assets, name) for name in ("Role", "Group"))
    for role in roles.values():
        numbers = _part(role, "group_ids")
        _add(found, numbers)
        _add(found, {_part(groups, number).get("name"): rights for number, rights in numbers.items()})
    for number, row in desk.api.groups().items():
        found.setdefault(number, set())
        found.setdefault(str(row.get("name")), set())
    return found


def _part(told: object, name: str) -> Row:
    found = told.get(name) if isinstance(told, dict) else None
    return found if isinstance(found, dict) else {}


def _add(found: dict[str, set[str]], told: object) -> None:
    for group, rights in told.items() if isinstance(told, dict) else ():
        each = rights if isinstance(rights, list) else [rights]
        found.setdefault(str(group), set()).update(map(str, each))


def _groups(desk: Zammad, rights: Mapping[str, set[str]]) -> Iterator[Finding]:
    listed = _if_admin(desk, "groups")
    for stage, setting in GROUPS.items():
        for value in sorted(desk.mapping.groups[stage].values()):
            yield Finding(setting, *_judged(desk, value, rights.get(value), listed))
    if not desk.mapping.groups[Stage.ROUTE].values():
        yield Finding("route_group", True, "not set: routed tickets stay in the group they came to")


def _judged(desk: Zammad, value: str, rights: set[str] | None, listed: list[Row] | None) -> tuple[bool, str]:
    rows = desk.api.groups().values() if listed is None else listed
    row = next((row for row in rows if value in (row.get("name"), str(row.get("id")))), None)
    if row is not None and row.get("active") is False:
        return False, f"the group {value} is not active; activate it in Admin > Groups"
    if rights is None:
        return False, (f"there is no group {value}, or Deskgate's agent has no access to it; groups below others are "
                       "named with ::, such as Support::Second Level")
    if rights and not any(enough <= rights for enough in ENOUGH):
        return False, f"Deskgate's agent may only {', '.join(sorted(rights))} in {value}; give it full access"
    if row is not None and row.get("email_address_id") is None and _mails(desk):
        return False, (f"the group {value} has no email address: what customers are to be told in it is left on the "
                       "portal and not mailed; choose one in Admin > Groups")
    return True, f"group {value} is there"


def _mails(desk: Zammad) -> bool:
    return desk.options.by_mail and NoticeBy.REPLY in desk.mapping.notice.values()


def _states(desk: Zammad) -> Iterator[Finding]:
    types = desk.api.state_types()
    for stage, wanted in WANTED.items():
        for name in sorted(desk.mapping.statuses[stage].values()):
            kind = types.get(name)
            right = f"the state {name} is there"
            wrong = f"there is no state {name}; see Admin > Ticket States" if kind is None else \
                f"the state {name} is one of the type {kind}; it must be {' or '.join(wanted)}"
            yield Finding(f"{stage}_status", kind in wanted, right if kind in wanted else wrong)
    for name in sorted(desk.options.closed_states - types.keys()):
        yield Finding("closed_states", False, f"there is no state {name}; see Admin > Ticket States")


def _fields(desk: Zammad) -> Iterator[Finding]:
    """Attributes by name. Zammad takes what it does not know without a word, so a wrong name would go unnoticed."""
    kinds = _attributes(desk)
    known = set(kinds) if kinds is not None else _seen(desk)
    named = {**desk.mapping.fields}
    if desk.options.product_field:
        named["product_field"] = desk.options.product_field
    for setting, name in named.items():
        if known is None:
            yield Finding(setting, True, f"whether there is an attribute {name} shows with the first ticket")
        elif name not in known:
            yield Finding(setting, False, f"tickets have no attribute {name}; add one in Admin > Objects > Ticket")
        elif setting in desk.mapping.fields and kinds is not None and kinds[name] not in TEXTS:
            yield Finding(setting, False, f"the attribute {name} is a {kinds[name]}; it must be a text")
        else:
            yield Finding(setting, True, f"attribute {name} is there")


def _attributes(desk: Zammad) -> dict[str, str] | None:
    rows = _if_admin(desk, "object_manager_attributes")
    return None if rows is None else {str(row.get("name")): str(row.get("data_type")) for row in rows
                                      if row.get("object") == "Ticket"}


def _seen(desk: Zammad) -> set[str] | None:
    """The attributes of some ticket: all are told, also the empty ones."""
    rows = rows_of(desk.api.origin.get("tickets", params={"page": 1, "per_page": 1, "expand": "true"}))
    return set(rows[0]) if rows else None


def _priority(desk: Zammad) -> Iterator[Finding]:
    urgent = desk.options.urgent
    if not urgent:
        return
    answer = desk.api.origin.ask("GET", "ticket_priorities")
    if answer.is_success:
        known = any(row.get("name") == urgent for row in rows_of(answer))
        yield Finding("urgent_priority", known, f"priority {urgent} is there" if known else
                      f"there is no priority {urgent}; see Admin > Ticket Priorities")


def _webhook(desk: Zammad) -> Iterator[Finding]:
    hooks = _if_admin(desk, "webhooks")
    if hooks is None:
        yield Finding("webhook", True, "not looked at: only an administrator's token may")
        return
    ours = [hook for hook in hooks if f"/hooks/{desk.config.name}" in str(hook.get("endpoint"))]
    if not ours:
        yield Finding("webhook", False, f"no webhook leads to /hooks/{desk.config.name}; see `guide`")
    for hook in ours:
        yield Finding("webhook", *_judged_hook(desk, hook))


def _judged_hook(desk: Zammad, hook: Row) -> tuple[bool, str]:
    token = hook.get("signature_token")
    if hook.get("active") is False:
        return False, "it is not active; activate it in Admin > Webhook"
    if not token:
        return False, "it does not sign; enter the secret as its HMAC SHA1 Signature Token"
    is_masked = not any(character.isalnum() for character in str(token))  # recent versions show no secrets
    if not is_masked and token not in desk.config.secrets:
        return False, "it signs with another token than the connection has; make them the same"
    triggers = _if_admin(desk, "triggers")
    if triggers is None:
        return True, "whether triggers send it was not looked at: a token with admin.trigger may"
    return _judged_triggers([row for row in triggers if _sends(row, hook) and row.get("active") is not False])


def _judged_triggers(used: list[Row]) -> tuple[bool, str]:
    modes = {str(row.get("name")).strip().lower(): row.get("execution_condition_mode") for row in used}
    if not modes:
        return False, "no trigger sends it; see `guide`"
    missing = [name for name in TRIGGERS if name not in modes]
    if missing:
        return False, f"no trigger {missing[0]} sends it; see `guide`"
    selective = [name for name in TRIGGERS[1:] if modes[name] == "selective"]
    if selective:
        return False, f"the trigger {selective[0]} is selective, so that most changes are not told; set its Action " \
                      "execution to Always"
    return True, f"sent by the triggers {', '.join(str(row.get('name')) for row in used)}"


def _sends(trigger: Row, hook: Row) -> bool:
    perform = trigger.get("perform")
    action = perform.get("notification.webhook") if isinstance(perform, dict) else None
    return isinstance(action, dict) and str(action.get("webhook_id")) == str(hook.get("id"))


def _if_admin(desk: Zammad, what: str) -> list[Row] | None:
    """A list that only administrators see; None for everybody else."""
    answer = desk.api.origin.ask("GET", what)
    return rows_of(answer) if answer.is_success else None
