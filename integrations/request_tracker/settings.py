"""What a Request Tracker connection is told, and what follows from it: statuses, severities, names of custom fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS, DeskMapping, NoticeBy, Stage, split
from integrations.desk.ticket import Standing
from integrations.settings import OnReject

WAITING, CLOSED, SEVERITIES = "stalled", "resolved, rejected", "low=1, normal=25, high=60, urgent=101"
DELETED = "deleted"
USUAL_STATUS = {Standing.OPEN: "open", Standing.HELD: "stalled", Standing.CLOSED: "rejected"}

OWN_SETTINGS = (
    Setting("tags_field", "the custom field that holds Deskgate's tags, one that takes several values; without it "
                          "there are no tags", "Deskgate tags"),
    Setting("product_field", "the custom field that names the product a ticket is about"),
    Setting("external_id_field", "the custom field that holds the customer's own id"),
    Setting("waiting_statuses", f"statuses of a ticket that waits for the customer; `{WAITING}` by default", WAITING),
    Setting("closed_statuses", f"statuses of a ticket that is over; `{CLOSED}` by default", CLOSED),
    Setting("severities", "the Priority from which on a ticket has each severity; a ticket without a Priority says "
                          f"nothing. By default `{SEVERITIES}`, so that High, which is 100, is high", SEVERITIES),
)

ABOUT = Kind(
    name="request_tracker", title="Request Tracker", aliases=("rt",),
    address="the address of Request Tracker, such as https://rt.example.com",
    token="an authentication token of Deskgate's own account (Logged in as, Settings, Auth Tokens), or user:password",
    secret="made by Deskgate, part of the scrip that it prints",
    settings=(*(replace(each, is_required=True, example="Deskgate outcome") if each.name == "outcome_field" else each
                for each in USUAL_SETTINGS), *OWN_SETTINGS))


@dataclass(frozen=True)
class RtSettings:
    """The part of the settings that is Request Tracker's own. `severities` are in rising order of the Priority."""

    tags_field: str
    product_field: str
    external_id_field: str
    waiting: frozenset[str]
    closed: frozenset[str]
    severities: tuple[tuple[int, Severity], ...]

    def severity(self, priority: int) -> Severity | None:
        """What a Priority stands for; nothing where none is set."""
        return next((severity for least, severity in reversed(self.severities) if priority >= least), None)

    def priority(self, severity: Severity) -> int:
        """The Priority that a ticket of ours is to have."""
        return next((least for least, each in self.severities if each is severity), 0)


def read_settings(config: ConnectionConfig, mapping: DeskMapping) -> RtSettings:
    """Raises ConfigError for what cannot be, and for a connection that could not tell what it did itself."""
    def told(name: str, usual: str = "") -> str:
        return config.settings.get(name, "").strip() or usual

    found = RtSettings(
        tags_field=told("tags_field") if mapping.uses_tags else "", product_field=told("product_field"),
        external_id_field=told("external_id_field"),
        waiting=frozenset(split(told("waiting_statuses", WAITING).lower())),
        closed=frozenset(split(told("closed_statuses", CLOSED).lower())),
        severities=_severities(told("severities", SEVERITIES)))
    _require_memory(found, mapping)
    return found


def _severities(value: str) -> tuple[tuple[int, Severity], ...]:
    found: dict[int, Severity] = {}
    for part in split(value):
        name, _, least = (each.strip() for each in part.partition("="))
        if name not in set(Severity) or not re.fullmatch(r"[0-9]{1,9}", least):
            raise ConfigError(f"severities must be like {SEVERITIES}, not {value[:80]!r}", field="severities")
        found[int(least)] = Severity(name)
    return tuple(sorted(found.items()))


def _require_memory(found: RtSettings, mapping: DeskMapping) -> None:
    """Request Tracker has no tags: the outcome tells what we queued, but what we closed only a tag can tell."""
    if not found.tags_field and (any(each.values() for each in mapping.extra_tags.values())
                                 or NoticeBy.TAG in mapping.notice.values()):
        raise ConfigError("tags of your own and notice=tag need tags_field: Request Tracker has no tags",
                          field="tags_field")
    if not found.tags_field and OnReject.CLOSE in mapping.on_reject.values():
        raise ConfigError("reject=close needs tags_field: by its tag Deskgate knows what it closed itself",
                          field="tags_field")


def names(mapping: DeskMapping, found: RtSettings) -> Mapping[str, str]:
    """Every custom field that is named, by setting."""
    own = {"tags_field": found.tags_field, "product_field": found.product_field,
           "external_id_field": found.external_id_field}
    return {**mapping.fields, **{setting: name for setting, name in own.items() if name}}


def queues(mapping: DeskMapping) -> frozenset[str]:
    """Every queue that is named, as it is named."""
    return frozenset(name for each in mapping.groups.values() for name in each.values())


def queue_statuses(mapping: DeskMapping) -> frozenset[str]:
    """The statuses in which tickets wait for their hour."""
    own = {status.lower() for status in mapping.statuses[Stage.QUEUE].values()}
    return frozenset(own | {USUAL_STATUS[Standing.HELD]})
