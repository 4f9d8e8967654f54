"""An issue of Jira as a ticket: the same whether a webhook brings it or the API is asked. Raises TicketError."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from entitlements.errors import TicketError
from entitlements.helpdesk import Identity
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import DeskMapping
from integrations.desk.ticket import QUEUED_TAG, DeskTicket, Standing, marker_in
from integrations.jira.fields import Field, FieldBook, text_of
from integrations.jira.settings import COMPONENT, LABEL, JiraSettings, folded
from integrations.jira.words import plain
from integrations.payload import Fields, identifier, instant, required_id, text

CUSTOMER, AGENT, APP = "customer", "atlassian", "app"
DONE = "done"
AN_ORGANIZATION = "/servicedeskapi/organization/"


@dataclass(frozen=True)
class Status:
    """A status: its id and name, and the category that says what it means: new, indeterminate or done."""

    id: str = ""
    name: str = ""
    category: str = ""

    def is_among(self, names: Iterable[str]) -> bool:
        """Whether one of some folded names or ids is this one's."""
        return folded(self.name) in names or self.id in names


@dataclass(frozen=True)
class User:
    """Somebody in Jira; `type` is customer, atlassian (with a license or without) or app."""

    id: str = ""
    type: str = ""
    email: str = ""


@dataclass(frozen=True)
class JiraTicket(DeskTicket):
    """A ticket with what only Jira knows of one. `service` says whether it is of a service project, where told."""

    key: str = ""
    project: str = ""
    service: bool = True
    status: Status = Status()
    reporter: User = User()
    creator: User = User()
    participants: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    knows_labels: bool = False
    components: frozenset[str] = frozenset()
    has_worklogs: bool = False


@dataclass(frozen=True)
class Reading:
    """What is needed to make sense of an issue. `ours` are the accounts that we are known to have."""

    settings: JiraSettings
    mapping: DeskMapping
    book: FieldBook = FieldBook()
    ours: frozenset[str] = frozenset()

    @property
    def lacks_fields(self) -> bool:
        """Whether a field is named that nobody has asked Jira for yet."""
        return any(self.field(name) is None for name in (self.settings.product_field, self.settings.channel_field)
                   if name)

    def ticket(self, issue: Fields) -> JiraTicket:
        """The ticket that an issue is."""
        fields, ticket_id = maybe(issue, "fields"), required_id(issue, "id")
        status, labels = status_of(fields), _labels(fields)
        tags = labels - self.settings.groups if self.settings.group_field == LABEL else labels
        found = JiraTicket(
            id=ticket_id, key=identifier(issue, "key"), status=status, labels=labels, tags=tags,
            standing=self.standing(status, labels), assignee=user_of(fields, "assignee").id,
            identity=self._identity(fields), severity=self._severity(fields),
            created_at=instant(fields, "created"), updated_at=instant(fields, "updated"),
            version=text(fields, "updated"), reporter=user_of(fields, "reporter"), creator=user_of(fields, "creator"),
            participants=self._participants(fields), knows_labels="labels" in fields,
            components=frozenset(_names(fields, "components")), has_worklogs=bool(fields.get("timespent")),
            product=self._text(fields, self.settings.product_field)[:120],
            channel=self._text(fields, self.settings.channel_field)[:40].lower())
        return self._with_rest(_with_project(found, fields), fields)

    def standing(self, status: Status, labels: frozenset[str]) -> Standing:
        if status.category == DONE:
            return Standing.CLOSED
        if status.is_among(self.settings.queue_statuses):
            return Standing.HELD
        if status.is_among(self.settings.waiting):
            return Standing.WAITING
        return Standing.HELD if self.settings.labels_queue and QUEUED_TAG in labels else Standing.OPEN

    def field(self, name: str) -> Field | None:
        return self.book.find(name) if name else None

    def _with_rest(self, ticket: JiraTicket, fields: Fields) -> JiraTicket:
        on_behalf = ticket.creator.id != ticket.reporter.id and bool(ticket.reporter.id)
        told = {name: field.text(fields.get(field.id)) for name in self.mapping.fields.values()
                if (field := self.field(name)) is not None}
        return replace(
            ticket, group=self._group(ticket, fields), fields=told,
            staff_made=on_behalf and self._is_staff(ticket.creator),
            marker=marker_in(plain(fields.get("description"))) if self._may_be_ours(ticket, on_behalf) else "")

    def _is_staff(self, user: User) -> bool:
        return user.type == AGENT and (not self.settings.staff or user.id in self.settings.staff)

    def _may_be_ours(self, ticket: JiraTicket, on_behalf: bool) -> bool:
        """Who opens a ticket themselves is no account of ours, whatever their words end with."""
        return on_behalf or not ticket.creator.id or ticket.creator.id in self.ours or bool(ticket.our_tags)

    def _group(self, ticket: JiraTicket, fields: Fields) -> str:
        settings = self.settings
        if settings.group_is_field:
            field = self.field(settings.group_field)
            value = fields.get(field.id) if field else None
            named = [group for group in settings.groups if field and value and field.says(value, group)]
            return min(named) if named else text_of(value)
        own = {folded(name) for name in ticket.components} if settings.group_field == COMPONENT else ticket.labels
        return min((group for group in settings.groups if group in own or (
            settings.group_field == COMPONENT and folded(group) in own)), default="")

    def _text(self, fields: Fields, name: str) -> str:
        field = self.field(name)
        return field.text(fields.get(field.id)) if field else ""

    def _severity(self, fields: Fields) -> Severity | None:
        priority = maybe(fields, "priority")
        known = self.settings.severities
        return known.get(folded(text(priority, "name"))) or known.get(identifier(priority, "id"))

    def _identity(self, fields: Fields) -> Identity:
        """Several organizations on one ticket name nobody: then the address of the reporter does."""
        found = {identifier(each, "id") for each in self._organizations(fields)} - {""}
        return Identity(organization_id=min(found) if len(found) == 1 else "", email=user_of(fields, "reporter").email)

    def _participants(self, fields: Fields) -> frozenset[str]:
        field = self.book.participants
        value = fields.get(field.id) if field else None
        return frozenset(identifier(each, "accountId") for each in value if isinstance(each, dict)
                         ) if isinstance(value, list) else frozenset()

    def _organizations(self, fields: Fields) -> list[Fields]:
        """The value of the field for them, which is known by its look where fields have not been asked for."""
        field = self.book.organizations
        values = [fields.get(field.id)] if field else [value for name, value in fields.items()
                                                       if name.startswith("customfield_")]
        return [each for value in values if isinstance(value, list) for each in value
                if isinstance(each, dict) and (field or _is_organization(each))]


def _is_organization(value: Fields) -> bool:
    links = value.get("_links")
    return isinstance(links, dict) and AN_ORGANIZATION in str(links.get("self"))


def _with_project(ticket: JiraTicket, fields: Fields) -> JiraTicket:
    project = maybe(fields, "project")
    return replace(ticket, project=text(project, "key"),
                   service=text(project, "projectTypeKey") in ("", "service_desk"))


def maybe(fields: Fields, name: str) -> Fields:
    """An object inside the object; an empty one when missing or null."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TicketError(f"{name} must be an object")
    return value


def user_of(fields: Fields, name: str) -> User:
    """A person named in an object; nobody when missing or null."""
    told = maybe(fields, name)
    return User(identifier(told, "accountId"), text(told, "accountType"), text(told, "emailAddress"))


def status_of(fields: Fields, name: str = "status") -> Status:
    """A status named in an object."""
    told = maybe(fields, name)
    return Status(identifier(told, "id"), text(told, "name"), text(maybe(told, "statusCategory"), "key"))


def _labels(fields: Fields) -> frozenset[str]:
    value = fields.get("labels")
    if value is not None and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        raise TicketError("labels must be a list of texts")
    return frozenset(value or ())


def _names(fields: Fields, name: str) -> Iterable[str]:
    value = fields.get(name)
    return [text(each, "name") for each in value if isinstance(each, dict)] if isinstance(value, list) else []
