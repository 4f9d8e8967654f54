"""`connection check` for Jira, the names in settings: statuses, fields, groups, screens and priorities."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Finding
from entitlements.rules.reasons import Reason
from integrations.desk.mapping import GROUPS, DeskMapping, Stage
from integrations.jira.api import PLATFORM, JiraApi
from integrations.jira.fields import CHOICE, INSTANT, LINE, TEAM, WRITABLE, Field, FieldBook
from integrations.jira.settings import COMPONENT, LABEL, OPEN, JiraSettings, folded
from integrations.jira.ticket import DONE, Status

MOST_TYPES = 5
INSTANTS = frozenset({"release_field", "respond_field", "resolve_field"})
TEAM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[0-9]+)?|[0-9]+")
WRITES = "a text field (single line or paragraph), a date and time, a select list or a URL"


@dataclass(frozen=True)
class NameCheck:
    """Looks every name in the settings up in Jira."""

    settings: JiraSettings
    mapping: DeskMapping
    api: JiraApi
    projects: tuple[str, ...]

    def findings(self) -> Iterator[Finding]:
        yield from self._statuses()
        book = self.api.book((*self.settings.read_fields, *self.mapping.fields.values()))
        yield from self._fields(book)
        yield Finding("organizations", True, f"read from {book.organizations.name}" if book.organizations else
                      "this site has none: customers are known by their addresses alone")
        for key in self.projects:
            yield from self._components(key)
            yield from self._screen(key, book)
        yield from self._priorities()

    # --- Statuses -----------------------------------------------------------------------------------------------------

    def _statuses(self) -> Iterator[Finding]:
        known = [status for key in self.projects for status in self._known_statuses(key)]
        for stage, wanted in self.mapping.statuses.items():
            for name in sorted(wanted.values()):
                yield _status(stage, name, known)
        if not self.mapping.statuses[Stage.QUEUE].values():
            yield Finding("queue_status", True, "not set: queued tickets stay in their status and are only labelled")
        elif not self.mapping.statuses[Stage.ROUTE].usual and not _among(OPEN, known):
            yield Finding("route_status", False, f"there is no status {OPEN}: name the one that released tickets go to")
        for name in sorted(self.settings.waiting):
            if not _among(name, known):
                yield Finding("waiting_status", False, f"there is no status {name}; name those in which tickets wait "
                                                       f"for customers, from {_listed(known)}")

    def _known_statuses(self, key: str) -> Iterator[Status]:
        listed = self.api.get("project", key, "statuses")
        for kind in listed if isinstance(listed, list) else ():
            for each in kind.get("statuses") or () if isinstance(kind, dict) else ():
                category = each.get("statusCategory") or {}
                yield Status(str(each.get("id")), str(each.get("name")), str(category.get("key") or ""))

    # --- Fields and groups --------------------------------------------------------------------------------------------

    def _fields(self, book: FieldBook) -> Iterator[Finding]:
        for setting, name in self.mapping.fields.items():
            found = book.named(name)
            yield _one(setting, name, found) or _written_to(setting, found[0])
        for setting, name in (("product_field", self.settings.product_field),
                              ("channel_field", self.settings.channel_field)):
            if name:
                yield _one(setting, name, book.named(name)) or Finding(setting, True, f"{name} is read")
        if self.settings.group_is_field:
            yield self._group_field(book)
        elif not self.settings.groups:
            yield Finding("route_group", True, "not set: routed tickets stay where they are")

    def _group_field(self, book: FieldBook) -> Finding:
        name = self.settings.group_field
        found = book.named(name)
        if wrong := _one("group_field", name, found):
            return wrong
        if not found[0].is_group:
            return Finding("group_field", False, f"{name} is of type {found[0].type}; it must be a team, a select "
                                                 "list, a group picker or text")
        odd = [group for group in sorted(self.settings.groups) if not TEAM_ID.fullmatch(group)]
        if found[0].type in TEAM and odd:
            return Finding("group_field", False, f"teams are named by their ids, which are in the addresses of their "
                                                 f"pages: {', '.join(odd)}")
        return Finding("group_field", True, f"{name} says which group a ticket belongs to")

    def _components(self, key: str) -> Iterator[Finding]:
        if self.settings.group_field != COMPONENT:
            return
        listed = self.api.get("project", key, "components")
        known = {folded(str(each.get("name"))): each for each in listed if isinstance(each, dict)}
        for setting, group in self._named_groups():
            told = known.get(folded(group))
            if told is None:
                yield Finding(setting, False, f"{key} has no component {group}; add it in the project's settings")
            elif told.get("archived") is True:
                yield Finding(setting, False, f"the component {group} of {key} is archived; name another one")
            else:
                yield Finding(setting, True, f"{key} has the component {group}")

    def _named_groups(self) -> Iterator[tuple[str, str]]:
        for stage, name in GROUPS.items():
            yield from ((name, group) for group in sorted(self.mapping.groups[stage].values()))

    # --- Screens ------------------------------------------------------------------------------------------------------

    def _screen(self, key: str, book: FieldBook) -> Iterator[Finding]:
        """What can be edited is told of a ticket, not of a project: the latest one stands for all."""
        latest = next(iter(self.api.search(f'project = "{key}" ORDER BY created DESC', ["created"])), None)
        if latest is None:
            yield Finding("screen", True, f"{key} has no ticket yet by which to see what can be edited")
            yield from self._options(book, self._creatable(key))
            return
        path = (*PLATFORM, "issue", str(latest.get("id")), "editmeta")
        editable = self.api.call("GET", path).object().get("fields")
        known = editable if isinstance(editable, dict) else {}
        wanted = self._needed(book)
        missing = [name for id_, name in wanted.items() if id_ not in known]
        yield Finding("screen", not missing, f"all that is written can be edited in {latest.get('key')}" if not missing
                      else f"{latest.get('key')} has no {', '.join(missing)} to edit: add it to the edit screen of its "
                           "issue type")
        yield from self._options(book, known)

    def _creatable(self, key: str) -> dict[str, Any]:
        """What can be filled in when a ticket is made, of all its types."""
        place = (*PLATFORM, "issue", "createmeta", key, "issuetypes")
        types = itertools.islice(self.api.pages(place, "issueTypes"), MOST_TYPES)
        return {str(each.get("fieldId")): each for kind in types
                for each in self.api.pages((*place, str(kind.get("id"))), "fields")}

    def _needed(self, book: FieldBook) -> dict[str, str]:
        settings = self.settings
        names = [*self.mapping.fields.values(), *([settings.group_field] if settings.group_is_field else [])]
        needed = {field.id: field.name for name in names for field in book.named(name)[:1]}
        if self.mapping.uses_tags or settings.group_field == LABEL:
            needed["labels"] = "Labels"
        return {**needed, **({"components": "Components"} if settings.group_field == COMPONENT else {})}

    def _options(self, book: FieldBook, known: Mapping[str, Any]) -> Iterator[Finding]:
        """Whether a list has the words that are to be chosen from it."""
        wanted = {"outcome_field": {each.value for each in Stage}, "reason_field": {each.value for each in Reason}}
        named = [(setting, self.mapping.fields[setting], words) for setting, words in wanted.items()
                 if setting in self.mapping.fields]
        if self.settings.group_is_field:
            named += [(setting, self.settings.group_field, {group}) for setting, group in self._named_groups()]
        for setting, name, words in named:
            field = book.find(name)
            listed = known.get(field.id, {}).get("allowedValues") if field and field.type in CHOICE else None
            if field is not None and isinstance(listed, list):
                lacking = sorted(word for word in words if not any(field.says(each, word) for each in listed))
                yield Finding(setting, not lacking, f"{name} can be {', '.join(sorted(words))}" if not lacking else
                              f"{name} has no option {', '.join(lacking)}: add them to the field's context")

    def _priorities(self) -> Iterator[Finding]:
        try:
            names = {(str(each.get("id")), str(each.get("name")))
                     for each in self.api.pages((*PLATFORM, "priority", "search"), "values")}
        except DeliveryError as error:
            if error.kind in ("gone", "unauthorized", "refused"):
                return
            raise
        known = self.settings.severities
        odd = sorted(name for id_, name in names if folded(name) not in known and id_ not in known)
        if odd:
            yield Finding("severities", False, f"nothing says how urgent {', '.join(odd)} is; set severities, such as "
                                               f"{odd[0]}=high")


def _among(name: str, known: list[Status]) -> Status | None:
    return next((status for status in known if folded(status.name) == folded(name) or status.id == name), None)


def _listed(known: list[Status]) -> str:
    return ", ".join(dict.fromkeys(status.name for status in known)) or "none"


def _status(stage: Stage, name: str, known: list[Status]) -> Finding:
    setting, found = f"{stage.value}_status", _among(name, known)
    if found is None:
        return Finding(setting, False, f"there is no status {name} in the workflows of the project; there are "
                                       f"{_listed(known)}")
    if stage in (Stage.QUEUE, Stage.ROUTE) and found.category == DONE:
        return Finding(setting, False, f"{name} means that a ticket is done; name a status that does not")
    return Finding(setting, True, f"there is a status {found.name}; a transition must lead to it")


def _one(setting: str, name: str, found: tuple[Field, ...]) -> Finding | None:
    if not found:
        return Finding(setting, False, f"there is no field {name} that our account sees; add one in Jira's settings, "
                                       "Work items, Fields")
    if len(found) > 1:
        ids = ", ".join(field.id for field in found)
        return Finding(setting, False, f"there are {len(found)} fields named {name}; name one by its id: {ids}")
    return None


def _written_to(setting: str, field: Field) -> Finding:
    if field.type not in WRITABLE:
        return Finding(setting, False, f"{field.name} is of type {field.type}; it must be {WRITES}")
    if field.type in INSTANT and setting not in INSTANTS:
        return Finding(setting, False, f"{field.name} is a date and time; it must be a text field or a select list")
    if setting == "notice_field" and field.type in LINE:
        return Finding(setting, False, f"{field.name} holds one line; words for customers need a paragraph")
    return Finding(setting, True, f"{field.name} is {field.id}")
