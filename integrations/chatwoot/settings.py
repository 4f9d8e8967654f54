"""What a Chatwoot connection is told: which account, and the few things that are Chatwoot's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Kind, Setting
from integrations import settings
from integrations.desk.mapping import USUAL_SETTINGS, DeskMapping
from integrations.desk.ticket import Standing
from integrations.settings import NO

STATUSES = {Standing.OPEN: "open", Standing.HELD: "snoozed", Standing.CLOSED: "resolved"}
FIRST_ACCOUNT = "1"
IN_ADDRESS = re.compile(r"/accounts/([0-9]{1,18})(?:/|$)")

OWN_SETTINGS = (
    Setting("account_id", "the number of the account, where `--url` does not lead into it: it is in the address of "
                          "every page, after `/accounts/`; 1 if neither says", "1"),
    Setting("inbox_id", "the number of the inbox in which Deskgate opens conversations, best one of the kind API; only "
                        "needed for tickets that Deskgate takes in itself, and to rehearse", "4"),
    Setting("signed", "`off`: this Chatwoot is too old to sign its webhooks; then the secret in their address proves "
                      "the sender", choices=("on", "off")),
    Setting("verified_only", "`on`: what a visitor of a website says about who they are counts only if the website has "
                             "proved it (identity validation)", choices=("on", "off")),
    Setting("product_field", "the custom attribute of conversations that names the product"),
    Setting("external_id_field", "the custom attribute of contacts that holds the customer's own id; without it, their "
                                 "identifier is taken"),
)

ABOUT = Kind(
    name="chatwoot", title="Chatwoot",
    address="The address of your Chatwoot with the account in it, such as https://app.chatwoot.com/app/accounts/1",
    token="The access token of an administrator made for Deskgate: Profile Settings > Access Token",
    secret="The secret that Chatwoot shows when you edit the webhook; with signed=off, any long random text",
    makes_secret=True, settings=(*USUAL_SETTINGS, *OWN_SETTINGS))


@dataclass(frozen=True)
class Options:
    """The settings that are Chatwoot's own."""

    account: str
    inbox: str
    is_signed: bool
    verified_only: bool
    product_field: str
    external_id_field: str


def read_options(config: ConnectionConfig, mapping: DeskMapping) -> Options:
    """Raises ConfigError for what cannot be, and where Deskgate could not tell what it did itself."""
    def told(name: str) -> str:
        return config.settings.get(name, "").strip()

    found = IN_ADDRESS.search(config.url)
    account = told("account_id") or (found[1] if found else FIRST_ACCOUNT)
    for name, value in (("account_id", account), ("inbox_id", told("inbox_id"))):
        if value and not re.fullmatch(r"[0-9]{1,18}", value):
            raise ConfigError(f"{name} must be a number, not {value[:40]!r}", field=name)
    if not mapping.uses_tags and "outcome_field" not in mapping.fields:
        raise ConfigError("tags=off needs outcome_field: by one of them Deskgate knows what it snoozed itself",
                          field="outcome_field")
    return Options(account, told("inbox_id"), told("signed").lower() not in NO,
                   settings.true_or_false(config, "verified_only"), told("product_field"), told("external_id_field"))
