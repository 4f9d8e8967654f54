"""What a connection to Jira is told: what groups are there, which statuses mean what, which fields say what."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS, DeskMapping, Stage, split
from integrations.masking import AUTHORIZATION

LABEL, COMPONENT = "label", "component"
AUTOMATION = "automation"
WAITING = "Waiting for customer"
OPEN = "Waiting for support"
CLOSED = ("Resolved", "Closed", "Done", "Declined", "Canceled", "Cancelled", "Completed")
LONGEST_LABEL = 255
PRIORITIES = {
    Severity.URGENT: "highest urgent critical blocker emergency", Severity.HIGH: "high major",
    Severity.NORMAL: "medium normal moderate", Severity.LOW: "low lowest minor trivial"}

ABOUT = Kind(
    name="jira", title="Jira Service Management",
    address="the address of the site, https://acme.atlassian.net; for a token with scopes or of an app, "
            "https://api.atlassian.com/ex/jira/ and the cloud id",
    token="EMAIL:API_TOKEN of an agent's account made for Deskgate, from id.atlassian.com, Security, API tokens; or an "
          "access token alone",
    secret="the secret of the webhook, which you choose: System, WebHooks, in Jira's settings",
    aliases=("jsm", "jira_service_management"),
    settings=(
        Setting("project", "keys of the service projects, split by commas; without it, all that our account sees",
                example="SUP"),
        Setting("webhooks", "`automation`: a rule of Jira Automation sends them, which cannot sign: the address then "
                            "carries the secret", choices=("admin", AUTOMATION)),
        Setting("group_field", "what a group is in Jira: `label`, `component`, or a custom field by its name or id (a "
                               "team, a select list, a group or text)", example="Support team"),
        Setting("waiting_status", "statuses in which a ticket waits for its customer, split by commas, if not "
                                  f"`{WAITING}`"),
        Setting("closed_status", "statuses that a ticket is reopened from, split by commas, where they are not called "
                                 "Resolved, Closed, Done, Declined, Canceled or Completed"),
        Setting("resolution", "the resolution of the tickets that Deskgate closes"),
        Setting("severities", "how urgent priorities are that have names of your own", example="P1=urgent,P2=high"),
        Setting("staff", "ids of the accounts of your agents, split by commas, where customers have Atlassian accounts "
                         "too: then everybody else is a customer"),
        Setting("product_field", "the field that names the product a ticket is about, by its name or id"),
        Setting("channel_field", "the field that names the channel a ticket came by, such as phone or chat"),
        Setting("service_desk", "the number of the service desk in which Deskgate creates requests", example="1"),
        Setting("request_type", "the number of the request type of what Deskgate creates", example="25"),
        Setting("issue_type", "without a request type: the issue type of what Deskgate creates in the first project"),
        *USUAL_SETTINGS))


@dataclass(frozen=True)
class JiraSettings:
    """The settings that only Jira has, read."""

    projects: tuple[str, ...]
    by_automation: bool
    group_field: str
    groups: frozenset[str]
    queue_statuses: frozenset[str]
    labels_queue: bool
    waiting: frozenset[str]
    closed: frozenset[str]
    resolution: str
    severities: Mapping[str, Severity]
    staff: frozenset[str]
    product_field: str
    channel_field: str
    service_desk: str
    request_type: str
    issue_type: str

    @property
    def group_is_field(self) -> bool:
        return self.group_field not in (LABEL, COMPONENT)

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The fields, by name or id, that a ticket is read for besides those Deskgate writes."""
        group = self.group_field if self.group_is_field else ""
        return tuple(name for name in (group, self.product_field, self.channel_field) if name)


def read_settings(config: ConnectionConfig, mapping: DeskMapping) -> JiraSettings:
    """Raises ConfigError for settings that cannot be."""
    def told(name: str) -> str:
        return config.settings.get(name, "").strip()

    group = told("group_field") or LABEL
    queued = mapping.statuses[Stage.QUEUE]
    found = JiraSettings(
        projects=tuple(split(told("project"))), by_automation=told("webhooks") == AUTOMATION,
        group_field=group.lower() if group.lower() in (LABEL, COMPONENT) else group,
        groups=frozenset(value for each in mapping.groups.values() for value in each.values()),
        queue_statuses=frozenset(map(folded, queued.values())), labels_queue=not queued.usual,
        waiting=frozenset(map(folded, split(told("waiting_status")) or (WAITING,))),
        closed=frozenset(map(folded, split(told("closed_status")) or CLOSED)), resolution=told("resolution"),
        severities=_severities(told("severities")), staff=frozenset(split(told("staff"))),
        product_field=told("product_field"), channel_field=told("channel_field"), service_desk=told("service_desk"),
        request_type=told("request_type"), issue_type=told("issue_type"))
    _refuse_wrong(found, mapping)
    return found


def folded(name: str) -> str:
    """A name as names are compared: Jira shows them in the case somebody once typed."""
    return " ".join(name.split()).casefold()


def _severities(told: str) -> dict[str, Severity]:
    known = {name: severity for severity, names in PRIORITIES.items() for name in names.split()}
    for pair in split(told):
        name, equals, severity = (part.strip() for part in pair.partition("="))
        if not equals or not name or severity.lower() not in set(Severity):
            raise ConfigError(f"severities must be pairs such as P1=urgent with {', '.join(Severity)}, not {pair!r}",
                              field="severities")
        known[folded(name)] = Severity(severity.lower())
    return known


def _refuse_wrong(found: JiraSettings, mapping: DeskMapping) -> None:
    for key in found.projects:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,254}", key):
            raise ConfigError(f"project must be keys of projects such as SUP, not {key[:40]!r}", field="project")
    labels = {value for each in mapping.extra_tags.values() for tags in each.values() for value in split(tags)}
    for label in sorted(labels | (found.groups if found.group_field == LABEL else set())):
        if any(character.isspace() for character in label) or len(label) > LONGEST_LABEL:
            raise ConfigError(f"{label[:40]!r} cannot be a label: labels have no spaces and at most {LONGEST_LABEL} "
                              "characters; name a custom field in group_field for groups that do", field="group_field")
    if bool(found.service_desk) != bool(found.request_type):
        raise ConfigError("service_desk and request_type are needed together", field="request_type")
    for name, value in (("service_desk", found.service_desk), ("request_type", found.request_type)):
        if value and not re.fullmatch(r"[0-9]{1,18}", value):
            raise ConfigError(f"{name} must be a number, not {value[:40]!r}", field=name)
    if found.issue_type and not found.projects:
        raise ConfigError("issue_type needs project: where tickets are created", field="project")
    if found.labels_queue and not mapping.uses_tags:
        raise ConfigError("tags=off needs queue_status: nothing else would show that a ticket is queued", field="tags")


def authorization(token: str) -> dict[str, str]:
    """The header that signs us in. Raises ConfigError for what is neither EMAIL:API_TOKEN nor an access token."""
    if not token:
        return {}
    if not token.isascii() or not token.isprintable() or " " in token.strip() or "@" in token and ":" not in token:
        raise ConfigError("the token must be EMAIL:API_TOKEN, or an access token", field="token")
    token = token.strip()
    if ":" in token:
        return {AUTHORIZATION: "Basic " + base64.b64encode(token.encode()).decode()}
    return {AUTHORIZATION: f"Bearer {token}"}
