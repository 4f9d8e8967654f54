"""The settings that all helpdesks share: the group, status, tags and fields of a decision, by outcome and reason.

A product names the few it has besides, and the words its own statuses go by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from entitlements.errors import ConfigError
from entitlements.helpdesk import Action, ConnectionConfig, Delivery
from entitlements.kinds import Kind, Setting
from entitlements.rules.reasons import Outcome, Reason
from integrations import settings
from integrations.desk.ticket import CLOSED_TAG, PREFIX, REHEARSAL_TAG, TOLD_TAG, DeskTicket
from integrations.settings import ByReason, OnReject
from integrations.wire import written

LONGEST_FIELD = 250


class NoticeBy(StrEnum):
    """How a customer is told: by a public reply of ours, by a tag on which the helpdesk's own automation writes to
    them, or not at all."""

    REPLY = "reply"
    TAG = "tag"
    NONE = "none"


class Stage(StrEnum):
    """The places a decision can put a ticket into, each with a group, a status and tags of its own."""

    ROUTE = "route"
    TRIAGE = "triage"
    QUEUE = "queue"
    REJECT = "reject"


GROUPS = {Stage.ROUTE: "route_group", Stage.TRIAGE: "triage_group", Stage.QUEUE: "queue_group",
          Stage.REJECT: "renewals_group"}
FIELDS = ("outcome_field", "reason_field", "license_field", "customer_field", "release_field", "respond_field",
          "resolve_field", "marker_field", "notice_field")
TOLD = {"outcome_field": "the outcome", "reason_field": "the reason", "license_field": "the license",
        "customer_field": "the customer", "release_field": "when a queued ticket is released",
        "respond_field": "when an answer is due", "resolve_field": "when it is to be resolved",
        "marker_field": "Deskgate's marker", "notice_field": "the words for the customer, where `notice` is `tag`"}

GROUP_SETTINGS = (
    Setting("route_group", "the group that routed tickets go to; without it they stay where they are", by_reason=True),
    Setting("triage_group", "the group for tickets whose entitlement a person must look at first", by_reason=True),
    Setting("queue_group", "the group for waiting tickets; without it they stay where they are", by_reason=True),
    Setting("renewals_group", "the group for rejected tickets", by_reason=True),
)
STATUS_SETTINGS = tuple(Setting(f"{stage}_status", f"the status of a {what} ticket, if not the usual one",
                                by_reason=True)
                        for stage, what in (("route", "routed"), ("queue", "queued"), ("reject", "rejected")))
TAG_SETTINGS = (
    Setting("tags", "`off`: no tags of Deskgate's are set", choices=("on", "off")),
    *(Setting(f"{stage}_tags", f"tags to set besides on a {what} ticket, split by commas", by_reason=True)
      for stage, what in (("route", "routed"), ("triage", "triage"), ("queue", "queued"), ("reject", "rejected"))),
)
FIELD_SETTINGS = tuple(Setting(name, f"the custom field that is told {what}") for name, what in TOLD.items())
OTHER_SETTINGS = (
    Setting("reject", "`close`: a rejected ticket is answered and closed", by_reason=True,
            choices=tuple(OnReject)),
    Setting("notice", "how customers are told: by a public `reply`, by a `tag` on which the helpdesk's own automation "
                      "writes to them, or `none`", by_reason=True, choices=tuple(NoticeBy)),
    Setting("default_owners", "accounts that the helpdesk assigns tickets to by itself, split by commas: being "
                              "assigned to them is no sign of a person"),
)
USUAL_SETTINGS = (*GROUP_SETTINGS, *STATUS_SETTINGS, *TAG_SETTINGS, *FIELD_SETTINGS, *OTHER_SETTINGS)


@dataclass(frozen=True)
class DeskMapping:
    """What each decision asks for in one helpdesk, read from the settings of its connection."""

    groups: Mapping[Stage, ByReason]
    statuses: Mapping[Stage, ByReason]
    extra_tags: Mapping[Stage, ByReason]
    fields: Mapping[str, str]
    on_reject: ByReason
    notice: ByReason
    uses_tags: bool
    default_owners: frozenset[str]

    def stage(self, delivery: Delivery) -> Stage:
        if delivery.outcome is Outcome.QUEUE and delivery.action is not Action.RELEASE:
            return Stage.QUEUE
        if delivery.outcome is Outcome.REJECT:
            return Stage.REJECT
        return Stage.TRIAGE if delivery.triage else Stage.ROUTE

    def closes(self, delivery: Delivery) -> bool:
        return delivery.outcome is Outcome.REJECT and self.on_reject.of(delivery.reason) == OnReject.CLOSE

    def group(self, delivery: Delivery) -> str:
        """The group to move to; empty to leave the ticket where it is."""
        return "" if self.closes(delivery) else self.groups[self.stage(delivery)].of(delivery.reason)

    def status(self, delivery: Delivery) -> str:
        """The helpdesk's own word for the status to set, where the usual one is not wanted."""
        stage = self.stage(delivery)
        return self.statuses[Stage.ROUTE if stage is Stage.TRIAGE else stage].of(delivery.reason)

    def tells_by(self, reason: Reason) -> NoticeBy:
        return NoticeBy(self.notice.of(reason))

    def _tells_by_tag(self, delivery: Delivery) -> bool:
        return (bool(delivery.message) and not delivery.advise
                and self.tells_by(delivery.reason) is NoticeBy.TAG)

    def tags(self, ticket: DeskTicket, delivery: Delivery) -> frozenset[str]:
        """All tags the ticket is to have: what people set stays, ours say what was decided last."""
        if not self.uses_tags and not any(each.values() for each in self.extra_tags.values()):
            return ticket.tags
        stage = self.stage(delivery)
        others = ticket.tags - self._all_extra() - ticket.our_tags
        kept = {tag for tag in ticket.our_tags if tag.startswith(PREFIX + "tell_") or tag in (TOLD_TAG, REHEARSAL_TAG)}
        extra = {tag for tag in split(self.extra_tags[stage].of(delivery.reason)) if not delivery.advise}
        return others | extra | (self._ours(ticket, delivery, kept) if self.uses_tags else frozenset())

    def is_ours(self, tag: str) -> bool:
        """Whether a tag is one of Deskgate's, or one that it is told to set besides."""
        return tag.startswith(PREFIX) or tag in self._all_extra()

    def _all_extra(self) -> frozenset[str]:
        return frozenset(tag for each in self.extra_tags.values() for value in each.values() for tag in split(value))

    def _ours(self, ticket: DeskTicket, delivery: Delivery, kept: set[str]) -> frozenset[str]:
        stage = self.stage(delivery)
        word = {Stage.ROUTE: "routed", Stage.TRIAGE: "triage", Stage.QUEUE: "queued", Stage.REJECT: "rejected"}[stage]
        tags = {PREFIX + word, PREFIX + delivery.reason}
        tags |= {f"{PREFIX}{each.kind}_{length_of(each.seconds)}" for each in delivery.promises}
        if not delivery.advise and self.closes(delivery):
            tags.add(CLOSED_TAG)
        if self._tells_by_tag(delivery) and not _has_told(ticket, delivery, tags):
            return frozenset(tags | {f"{PREFIX}tell_{word}"} | (kept & {REHEARSAL_TAG}))
        return frozenset(tags | kept)

    def told(self, delivery: Delivery) -> dict[str, str]:
        """What each custom field that is named is to say, by the name of the field."""
        due = {each.kind: written(each.due_at) or "" for each in delivery.promises}
        values = {
            "outcome_field": self.stage(delivery).value, "reason_field": delivery.reason.value,
            "license_field": delivery.license, "customer_field": delivery.customer,
            "release_field": written(delivery.release_at) or "", "respond_field": due.get("respond", ""),
            "resolve_field": due.get("resolve", ""), "marker_field": delivery.marker}
        if self._tells_by_tag(delivery):
            values["notice_field"] = delivery.message
        return {self.fields[name]: value if name == "notice_field" else value[:LONGEST_FIELD]
                for name, value in values.items() if name in self.fields}

    def when_held(self, delivery: Delivery) -> datetime | None:
        """When a ticket that is queued by this is to wake by itself."""
        return delivery.release_at if self.stage(delivery) is Stage.QUEUE else None


def _has_told(ticket: DeskTicket, delivery: Delivery, tags: set[str]) -> bool:
    """Whether an earlier try of the same delivery arrived, and the helpdesk has written to the customer on it since."""
    return delivery.try_number > 1 and TOLD_TAG in ticket.tags and tags <= ticket.our_tags


def split(value: str) -> tuple[str, ...]:
    """The parts of a list that a setting holds."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def length_of(seconds: int) -> str:
    """A length of time as part of a tag: `4h`, `30m`, `2d` of 24 hours."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def read_mapping(config: ConnectionConfig, kind: Kind, *, notice: NoticeBy = NoticeBy.REPLY) -> DeskMapping:
    """The settings that all helpdesks share. Raises ConfigError for what is unknown or cannot be."""
    refuse_wrong(config, kind)
    uses_tags = config.settings.get("tags", "on").strip().lower() not in settings.NO
    found = settings.by_reason(config, "notice")
    mapping = DeskMapping(
        groups={stage: settings.by_reason(config, name) for stage, name in GROUPS.items()},
        statuses={stage: settings.by_reason(config, f"{stage}_status") for stage in Stage},
        extra_tags={stage: settings.by_reason(config, f"{stage}_tags") for stage in Stage},
        fields={name: config.settings[name].strip() for name in FIELDS if config.settings.get(name, "").strip()},
        on_reject=settings.on_reject(config), notice=ByReason(found.usual or notice, found.special),
        uses_tags=uses_tags, default_owners=frozenset(split(config.settings.get("default_owners", ""))))
    if not uses_tags and OnReject.CLOSE in mapping.on_reject.values():
        raise ConfigError("reject=close needs tags: by its tag Deskgate knows what it closed itself", field="tags")
    if not uses_tags and NoticeBy.TAG in mapping.notice.values():
        raise ConfigError("notice=tag needs tags", field="tags")
    return mapping


def refuse_wrong(config: ConnectionConfig, kind: Kind) -> None:
    """Raises ConfigError for a setting that the kind does not have, one that is missing, or a value it cannot be."""
    alone = frozenset(each.name for each in kind.settings if not each.by_reason)
    settings.refuse_unknown(config, alone, frozenset(each.name for each in kind.settings if each.by_reason))
    for each in kind.settings:
        if each.is_required and not config.settings.get(each.name, "").strip():
            raise ConfigError(f"a {kind.name} connection needs {each.name}: {each.what}", field=each.name)
        for value in settings.by_reason(config, each.name).values() if each.choices else ():
            if value not in each.choices:
                raise ConfigError(f"{each.name} must be {' or '.join(each.choices)}, not {value[:40]!r}",
                                  field=each.name)
