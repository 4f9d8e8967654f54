"""What a Help Scout connection can be told besides what all helpdesks have in common, and how its groups are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS, DeskMapping, Stage, split

STATUSES = ("active", "pending", "closed", "spam")
OVER = frozenset({"closed", "spam"})
MAILBOX, TEAM = "mailbox", "team"
LONGEST_SECRET = 40
SEVERITIES = {each.value: each for each in Severity} | {"medium": Severity.NORMAL}

HELPSCOUT = Kind(
    name="helpscout", title="Help Scout", aliases=("help_scout",), longest_secret=LONGEST_SECRET,
    address="https://api.helpscout.net, which is the same for all accounts",
    token="App ID and App Secret of an app, joined by a colon: Your Profile > My Apps > Create My App, as a user made "
          "for Deskgate",
    secret="The secret key of the webhook: any random text of at most 40 characters, the same here and there",
    settings=(
        *USUAL_SETTINGS,
        Setting("severity_field", "the custom field that says how urgent it is: low, normal, high or urgent",
                "Urgency"),
        Setting("severity_tags", "tags that say how urgent it is, each with what it means, split by commas",
                "p1=urgent, p2=high"),
        Setting("product_field", "the custom field that names the product", "Product"),
        Setting("organizations", "`on`: customers are known by the organization in their profile, which costs a call "
                                 "for each new one", choices=("on", "off")),
    ))


@dataclass(frozen=True)
class Place:
    """Where conversations are moved to: a mailbox, or a team that they are assigned to, by name or number."""

    kind: str
    name: str

    @classmethod
    def of(cls, told: str) -> Place:
        """`mailbox:NAME`, `team:NAME`, or the name of a mailbox alone."""
        kind, colon, name = told.partition(":")
        if colon and kind.strip().lower() in (MAILBOX, TEAM):
            return cls(kind.strip().lower(), name.strip())
        return cls(MAILBOX, told.strip())

    def number(self, names: Mapping[str, str]) -> str:
        """Its number, given the names of all by number; empty for one that is not there."""
        if self.name in names:
            return self.name
        return next((number for number, name in names.items() if name.lower() == self.name.lower()), "")


@dataclass(frozen=True)
class Options:
    """The settings that are Help Scout's own."""

    severity_field: str
    severity_tags: Mapping[str, Severity]
    product_field: str
    by_organization: bool

    def severity(self, field: str, tags: frozenset[str]) -> Severity | None:
        """How urgent a conversation is by its field or else by the most urgent of its tags; None where neither says."""
        if found := SEVERITIES.get(field.strip().lower()):
            return found
        told = {self.severity_tags[tag] for tag in tags & self.severity_tags.keys()}
        return next((each for each in reversed(Severity) if each in told), None)


def read_options(config: ConnectionConfig, mapping: DeskMapping) -> Options:
    """The settings that are Help Scout's own. Raises ConfigError, also for statuses that it does not have."""
    for stage, statuses in mapping.statuses.items():
        for status in statuses.values():
            if status not in STATUSES:
                raise ConfigError(f"{stage}_status must be one of {', '.join(STATUSES)}, not {status[:40]!r}",
                                  field=f"{stage}_status")
    if mapping.statuses[Stage.QUEUE].values() - {"pending"}:
        raise ConfigError("queue_status can only be pending; without it queued conversations are snoozed",
                          field="queue_status")
    if not mapping.uses_tags and mapping.statuses[Stage.QUEUE].values():
        raise ConfigError("with tags=off queued conversations are snoozed, since agents use pending too",
                          field="queue_status")
    told = {name: value.strip() for name, value in config.settings.items()}
    return Options(
        severity_field=told.get("severity_field", ""), product_field=told.get("product_field", ""),
        severity_tags=dict(_meaning(each) for each in split(told.get("severity_tags", ""))),
        by_organization=told.get("organizations", "").lower() == "on")


def _meaning(told: str) -> tuple[str, Severity]:
    tag, equals, word = (part.strip().lower() for part in told.partition("="))
    if not tag or not equals or word not in SEVERITIES:
        raise ConfigError(f"severity_tags must be like p1=urgent, with {', '.join(SEVERITIES)}, not {told[:40]!r}",
                          field="severity_tags")
    return tag, SEVERITIES[word]
