"""What Zendesk is to those who connect it, and the words it uses."""

from __future__ import annotations

from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from entitlements.rules.ticket import Severity
from integrations.desk.mapping import USUAL_SETTINGS

PRIORITIES = {"low": Severity.LOW, "normal": Severity.NORMAL, "high": Severity.HIGH, "urgent": Severity.URGENT}
OPEN, PENDING, HOLD, SOLVED, CLOSED = "open", "pending", "hold", "solved", "closed"
STATUSES = frozenset({"new", OPEN, PENDING, HOLD, SOLVED})
"""The statuses a ticket can be given. `closed` comes by itself, some days after `solved`, and is final."""
OVER = frozenset({SOLVED, CLOSED})
CHANNELS = {"mail": "email", "email": "email", "web": "web", "web_form": "web", "web_widget": "web",
            "helpcenter": "web", "help_center": "web", "api": "api", "web_service": "api",
            "voice": "phone", "phone_call_inbound": "phone"}
TOTAL_TIME = "Total time spent (sec)"
"""The title that Zendesk's own Time Tracking app gives to the field that it counts up."""
BULK = 25
"""Tickets in one call where `bulk` is on. Zendesk takes 100, but each is read first, by a call or two of its own."""

ABOUT = Kind(
    name="zendesk", title="Zendesk",
    address="https://NAME.zendesk.com, as in the address of your agents; a domain of your own does not serve the API",
    token="EMAIL/token:API-TOKEN of an account that Deskgate has to itself: Admin Center, Apps and integrations, APIs, "
          "API tokens; an OAuth access token works too",
    secret="the signing secret of the webhook: Admin Center, Apps and integrations, Webhooks, Reveal secret",
    makes_secret=True,
    settings=(
        *USUAL_SETTINGS,
        Setting("product_field", "the custom field that names the product a ticket is about"),
        Setting("time_field", "the custom field that counts the seconds worked on a ticket, if it is not "
                              f"{TOTAL_TIME} as the Time Tracking app calls it"),
        Setting("identity", "`organization`: a webhook that names the organization says enough, and new tickets are "
                            "not read first; only where no license names contacts or external ids",
                choices=("requester", "organization")),
        Setting("webhooks", "how webhooks are set up in Zendesk: by subscribing to `events`, or by `triggers`",
                choices=("events", "triggers")),
        Setting("bulk", f"`on`: {BULK} tickets that are released alike are changed in one call, without the guard "
                        "against collisions", choices=("on", "off")),
    ))


@dataclass(frozen=True)
class Wishes:
    """The settings that only Zendesk has, as they are needed."""

    product_field: str
    time_field: str
    trusts_organization: bool
    by_triggers: bool
    in_bulk: bool


def read_wishes(config: ConnectionConfig) -> Wishes:
    """Raises ConfigError for statuses that cannot be set."""
    told = {name: value.strip() for name, value in config.settings.items()}
    for name, value in told.items():
        if name.partition(".")[0].endswith("_status") and value.lower() == CLOSED:
            raise ConfigError(f"{name} must not be closed: a closed ticket can never be changed again; use solved",
                              field=name)
    return Wishes(told.get("product_field", ""), told.get("time_field", ""), told.get("identity") == "organization",
                  told.get("webhooks") == "triggers", told.get("bulk") == "on")


def severity_of(priority: str) -> Severity:
    """A priority in any case; none at all is normal. Raises KeyError for a word that is no priority."""
    return PRIORITIES[priority.lower()] if priority else Severity.NORMAL


def channel_of(channel: str) -> str:
    return CHANNELS.get(channel.lower(), channel.lower())[:40]
