"""The settings of a django-helpdesk connection, checked once when the adapter is built."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from integrations import settings
from integrations.django_helpdesk.ticket import CUSTOM
from integrations.settings import ByReason

QUEUES = ("queue_queue", "triage_queue", "renewals_queue")
FIELDS = ("marker_field", "license_field", "outcome_field", "product_field")
PEOPLE = ("staff", "default_owners")


@dataclass(frozen=True)
class DeskSettings:
    """Queues by number, custom fields by their name in the API, people by number. Empty means: leave it alone.

    `outcome_field` is told outcome and reason, `marker_field` our marker. `default_owners` are the accounts that
    queues assign new tickets to by themselves, which is no sign of a person.
    """

    route_queue: ByReason
    queue_queue: str
    triage_queue: str
    renewals_queue: str
    on_reject: ByReason
    marker_field: str
    license_field: str
    outcome_field: str
    product_field: str
    staff: frozenset[str]
    default_owners: frozenset[str]

    def queues(self) -> dict[str, set[str]]:
        """Every queue that is named, by setting."""
        named = {name: {getattr(self, name)} - {""} for name in QUEUES}
        return {"route_queue": self.route_queue.values(), **named}

    def fields(self) -> dict[str, str]:
        """Every custom field that is named, by setting."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name)}

    def told_fields(self) -> list[str]:
        """The custom fields that Deskgate writes to."""
        return [field for field in (self.marker_field, self.license_field, self.outcome_field) if field]


def read_settings(config: ConnectionConfig) -> DeskSettings:
    """Raises ConfigError for what is unknown or cannot be."""
    settings.refuse_unknown(config, frozenset({*QUEUES, *FIELDS, *PEOPLE}), frozenset({"route_queue", "reject"}))
    route_queue = settings.by_reason(config, "route_queue")
    for number in route_queue.values():
        _require_number("route_queue", number)
    return DeskSettings(
        route_queue=route_queue, on_reject=settings.on_reject(config), queue_queue=_number(config, "queue_queue"),
        triage_queue=_number(config, "triage_queue"), renewals_queue=_number(config, "renewals_queue"),
        marker_field=_field(config, "marker_field"), license_field=_field(config, "license_field"),
        outcome_field=_field(config, "outcome_field"), product_field=_field(config, "product_field"),
        staff=_people(config, "staff"), default_owners=_people(config, "default_owners"))


def _value(config: ConnectionConfig, name: str) -> str:
    return config.settings.get(name, "").strip()


def _number(config: ConnectionConfig, name: str) -> str:
    return _require_number(name, _value(config, name))


def _require_number(name: str, value: str) -> str:
    if value and not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise ConfigError(f"{name} must be the number of a queue, not {value!r}: the API of django-helpdesk does not "
                          "know queues by name; the number is in the address of the queue in Django's admin",
                          field=name)
    return value


def _field(config: ConnectionConfig, name: str) -> str:
    value = _value(config, name)
    if value and not re.fullmatch(r"[\w-]{1,60}", value):
        raise ConfigError(f"{name} must be the name of a custom field, not {value!r}", field=name)
    return CUSTOM + value.removeprefix(CUSTOM) if value else ""


def _people(config: ConnectionConfig, name: str) -> frozenset[str]:
    value = _value(config, name)
    numbers = [each.strip() for each in value.split(",")] if value else []
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", each) for each in numbers):
        raise ConfigError(f"{name} must be the numbers of user accounts, split by commas, not {value!r}", field=name)
    return frozenset(numbers)
