"""What a connection's admins have customers told: saving its settings, and reporting a reply that cannot be used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from entitlements.steps.context import Deskgate
from entitlements.store import tables
from entitlements.store.access import audit
from entitlements.store.connections import change_settings, config_of, get_connection, set_reply_trouble
from entitlements.wording.replies import PREFIX, check_replies

log = logging.getLogger(__name__)


def save_settings(name: str, changes: Mapping[str, str], actor: str, now: datetime, deskgate: Deskgate,
                  ) -> tables.Connection:
    """Change settings of a connection; an empty value takes one away. Called inside a transaction.

    Raises NotFound for an unknown connection, and ConfigError for settings that it cannot work with, its replies to
    customers included; nothing is changed then.
    """
    row = get_connection(name, to_change=True)
    kept = {key: value for key, value in {**row.settings, **changes}.items() if value.strip()}
    deskgate.helpdesk(replace(config_of(row), settings=kept))  # refuses what its kind does not have
    check_replies({key: kept[key] for key in changes if key in kept})
    differing = sorted(key for key in changes if row.settings.get(key, "") != kept.get(key, ""))
    change_settings(row, kept)
    if any(key.startswith(PREFIX) for key in differing):
        set_reply_trouble(row, "")
    if differing:
        audit(actor=actor, action="connection.set", subject=f"connection:{name}", at=now, values={"settings": differing})
    return row


def report_reply_trouble(connection: tables.Connection, trouble: str) -> None:
    """Tell admins that a reply could not be used. The customer got Deskgate's own words."""
    log.warning("a reply could not be used: connection=%s %s", connection.name, trouble)
    set_reply_trouble(connection, trouble)
