"""What a Zammad connection can be told besides what all helpdesks have in common, and the words Zammad comes with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS, split

SYSTEM = "1"
"""The account that stands for nobody: owner of what nobody owns, author of what Zammad does by itself."""
PRIORITIES = {"1 low": Severity.LOW, "2 normal": Severity.NORMAL, "3 high": Severity.HIGH}
STATES = {"new": "new", "open": "open", "pending reminder": "pending reminder", "pending close": "pending action",
          "closed": "closed", "merged": "merged"}
"""The states that Zammad comes with, and the type of each."""
LONGEST_UNIT = Decimal(7 * 86400)

ZAMMAD = Kind(
    name="zammad", title="Zammad",
    address="The address of your Zammad as you open it in the browser, such as https://support.example.com",
    token="An access token of an agent made for Deskgate: Profile > Token Access, with the permission ticket.agent",
    secret="The HMAC SHA1 Signature Token of the webhook: any long random text, the same here and there",
    settings=(
        *USUAL_SETTINGS,
        Setting("time_unit_seconds", "the seconds in one unit of Zammad's time accounting, 60 unless set", "3600"),
        Setting("urgent_priority", "the name of a priority above 3 high, if you have added one", "4 urgent"),
        Setting("product_field", "the custom attribute of tickets that names the product", "product"),
        Setting("external_id_field", "the custom attribute of organizations that is a customer's external id",
                "contract_no"),
        Setting("words_by", "how customers are told: by `email`, unless set, or `web`, where all read the portal",
                choices=("email", "web")),
        Setting("closed_states", "states of your own that count as closed, split by commas", "done, spam"),
    ))


@dataclass(frozen=True)
class Options:
    """The settings that are Zammad's own. `unit` is the seconds in one unit of time accounting."""

    unit: Decimal
    urgent: str
    product_field: str
    external_id_field: str
    closed_states: frozenset[str]
    by_mail: bool

    def severity(self, priority: str) -> Severity | None:
        """What a priority amounts to; None for one that nobody has told us of."""
        if self.urgent and priority == self.urgent:
            return Severity.URGENT
        return PRIORITIES.get(priority)

    def priority(self, severity: Severity) -> str:
        """The priority to give a ticket."""
        names: Mapping[Severity, str] = {value: name for name, value in PRIORITIES.items()}
        return (self.urgent or names[Severity.HIGH]) if severity is Severity.URGENT else names[severity]

    def seconds(self, units: object) -> int:
        """A length of time in seconds. Zammad tells units as a decimal text or as a number."""
        try:
            found = Decimal(str(units)) * self.unit
            return int(found.to_integral_value()) if found.is_finite() and abs(found) < 366 * 86400 else 0
        except InvalidOperation:
            return 0


def read_options(config: ConnectionConfig) -> Options:
    """The settings that are Zammad's own. Raises ConfigError."""
    told = {name: value.strip() for name, value in config.settings.items()}
    return Options(
        unit=_unit(told.get("time_unit_seconds", "") or "60"), urgent=told.get("urgent_priority", ""),
        product_field=told.get("product_field", ""), external_id_field=told.get("external_id_field", ""),
        closed_states=frozenset({"closed", *split(told.get("closed_states", ""))}),
        by_mail=told.get("words_by") != "web")


def _unit(value: str) -> Decimal:
    try:
        unit = Decimal(value)
        if unit.is_finite() and 0 < unit <= LONGEST_UNIT:
            return unit
    except InvalidOperation:
        pass
    raise ConfigError(f"time_unit_seconds must be a number of seconds up to a week, not {value[:40]!r}",
                      field="time_unit_seconds")
