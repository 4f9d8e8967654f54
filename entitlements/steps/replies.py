"""How customers are spoken to: choosing a customer's language, and reporting a reply that cannot be used."""

from __future__ import annotations

import logging
from datetime import datetime

from entitlements.errors import NotFound
from entitlements.store import tables
from entitlements.store.access import audit
from entitlements.store.connections import set_reply_trouble
from entitlements.store.customers import find_customer, set_language

log = logging.getLogger(__name__)


def save_language(customer: str, language: str, actor: str, now: datetime) -> tables.Customer:
    """Have a customer told things in that language from now on; empty for that of each connection. Called inside a
    transaction. Raises NotFound for an unknown customer, ConfigError for a language that does not exist."""
    row = find_customer(customer)
    if row is None:
        raise NotFound(f"there is no customer named {customer!r}")
    if set_language(row, language):
        audit(actor=actor, action="customer.language", subject=f"customer:{row.name}", at=now,
              values={"language": row.language})
    return row


def report_reply_trouble(connection: tables.Connection, trouble: str) -> None:
    """Tell admins that a reply could not be used. The customer got Deskgate's own words."""
    log.warning("a reply could not be used: connection=%s %s", connection.name, trouble)
    set_reply_trouble(connection, trouble)
