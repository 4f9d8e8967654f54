"""What a Freshdesk connection can be told besides what all helpdesks have in common, and the numbers Freshdesk uses."""

from __future__ import annotations

from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS, DeskMapping, Stage, split
from integrations.desk.ticket import Standing

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
STATUSES = {"open": OPEN, "pending": PENDING, "resolved": RESOLVED, "closed": CLOSED}
"""The statuses that every account has. Those of its own are numbered from 6."""
USUAL_STATUS = {Standing.OPEN: OPEN, Standing.HELD: PENDING, Standing.CLOSED: CLOSED}
SEVERITIES = {1: Severity.LOW, 2: Severity.NORMAL, 3: Severity.HIGH, 4: Severity.URGENT}
PRIORITIES = {severity: number for number, severity in SEVERITIES.items()}
LABELS = {"low": Severity.LOW, "medium": Severity.NORMAL, "high": Severity.HIGH, "urgent": Severity.URGENT}
"""What priorities are called where nobody has translated them: webhooks tell the label."""
CHANNELS = {1: "email", 2: "portal", 3: "phone", 5: "twitter", 6: "facebook", 7: "chat", 9: "feedback widget",
            10: "outbound email", 11: "ecommerce", 12: "bot", 13: "whatsapp"}
BY_STAFF = frozenset({"phone", "outbound email"})
"""Where a ticket comes from that an agent typed in."""
SECRET_HEADER = "X-Deskgate-Secret"

FRESHDESK = Kind(
    name="freshdesk", title="Freshdesk",
    address="Your account at Freshdesk itself, such as https://acme.freshdesk.com; its API is at no other address",
    token="The API key of an agent made for Deskgate: its profile picture > Profile settings > View API key",
    settings=(
        *USUAL_SETTINGS,
        Setting("waiting_statuses", "statuses of your own in which agents wait, besides Pending, split by commas",
                "Waiting on Customer, Waiting on Third Party"),
        Setting("closed_statuses", "statuses of your own that count as closed, split by commas", "Cancelled"),
        Setting("product_field", "the custom field of tickets that names the product", "cf_product"),
        Setting("external_id_field", "the custom field of companies that is a customer's external id",
                "cf_contract_no"),
    ))


@dataclass(frozen=True)
class Options:
    """The settings that are Freshdesk's own. Statuses are named or numbered."""

    waiting: tuple[str, ...]
    closed: tuple[str, ...]
    product_field: str
    external_id_field: str


def read_options(config: ConnectionConfig, mapping: DeskMapping) -> Options:
    """The settings that are Freshdesk's own. Raises ConfigError where a queued ticket could not be told from one that
    waits for its customer."""
    queued = mapping.statuses[Stage.QUEUE]
    names = {queued.usual, *queued.special.values()}
    if not mapping.uses_tags and any(name.lower() in ("", "pending", str(PENDING)) for name in names):
        raise ConfigError("with tags=off queued tickets need a status of their own, since agents use Pending too",
                          field="queue_status")
    told = {name: value.strip() for name, value in config.settings.items()}
    return Options(waiting=split(told.get("waiting_statuses", "")), closed=split(told.get("closed_statuses", "")),
                   product_field=told.get("product_field", ""), external_id_field=told.get("external_id_field", ""))
