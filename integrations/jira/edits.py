"""The one call that edits an issue: what of a change goes into labels, components and fields. Calls nobody."""

from __future__ import annotations

from typing import Any

from entitlements.errors import DeliveryError
from integrations.desk.plan import Change
from integrations.jira.fields import Field
from integrations.jira.settings import COMPONENT, LABEL, folded
from integrations.jira.ticket import JiraTicket, Reading


def edit(ticket: JiraTicket, change: Change, reading: Reading) -> dict[str, Any]:
    """The body of the edit, empty where nothing is to be edited. Labels and components are added and taken off one by
    one, so that nobody's are lost. Raises DeliveryError for a field that is not there."""
    update = {name: steps for name, steps in (("labels", _labels(ticket, change, reading)),
                                              ("components", _components(ticket, change, reading))) if steps}
    fields = {field.id: field.value(told) for field, told in (
        (field_of(name, reading), told) for name, told in change.fields.items())}
    if change.group and reading.settings.group_is_field:
        field = field_of(reading.settings.group_field, reading)
        fields[field.id] = field.value(change.group)
    return {name: part for name, part in (("fields", fields), ("update", update)) if part}


def field_of(name: str, reading: Reading) -> Field:
    """The field of a setting. Raises DeliveryError: nothing can be sent before the setting is mended."""
    found = reading.book.named(name)
    believed = None if reading.book.fields else reading.book.find(name)
    if believed is not None or len(found) == 1:
        return believed or found[0]
    trouble = f"there are {len(found)} fields named {name!r}; name the id of one" if found else (
        f"there is no field {name!r} in Jira")
    raise DeliveryError(f"{trouble}; see gateway connection check", kind="setting")


def _labels(ticket: JiraTicket, change: Change, reading: Reading) -> list[dict[str, str]]:
    added, dropped = set(change.added(ticket)), set(change.dropped(ticket))
    if change.group and reading.settings.group_field == LABEL:
        added |= {change.group}
        dropped |= (ticket.labels & reading.settings.groups) - {change.group}
    return _steps(added, dropped)


def _components(ticket: JiraTicket, change: Change, reading: Reading) -> list[dict[str, dict[str, str]]]:
    if not change.group or reading.settings.group_field != COMPONENT:
        return []
    groups = {folded(group) for group in reading.settings.groups} - {folded(change.group)}
    others = {name for name in ticket.components if folded(name) in groups}
    return [{verb: {"name": name} for verb, name in step.items()} for step in _steps({change.group}, others)]


def _steps(added: set[str], dropped: set[str]) -> list[dict[str, str]]:
    return [{"add": name} for name in sorted(added)] + [{"remove": name} for name in sorted(dropped)]
