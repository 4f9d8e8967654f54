"""`connection check`, whole: what the adapter finds, and a signed test event through the running application.

The way from the helpdesk to this machine is the one thing that cannot be tried from here.
"""

from __future__ import annotations

from flask import current_app

from entitlements.errors import ConfigError
from entitlements.helpdesk import Finding
from entitlements.steps.context import Deskgate
from entitlements.steps.probe import finding, probe, reachable, silence
from entitlements.store import connections, db


def all_findings(name: str) -> list[Finding]:
    """Everything that is looked at about a connection. Raises NotFound, ConfigError."""
    deskgate: Deskgate = current_app.extensions["deskgate"]
    row = connections.get_connection(name)
    config, last, listens = connections.config_of(row), row.last_event_at, row.is_listen_only
    db.session.rollback()
    found = list(deskgate.helpdesk(config).check())
    if listens:
        return found
    return [*found, reachable(deskgate.public_url, config.url), _whole_path(config, deskgate),
            silence(last, deskgate.clock.now())]


def _whole_path(config: connections.ConnectionConfig, deskgate: Deskgate) -> Finding:
    try:
        sent = probe(config, deskgate)
    except ConfigError as error:
        return Finding("test event", False, f"{error}; set it with: connection rotate-secret {config.name} --secret S")
    answer = current_app.test_client(use_cookies=False).post(sent.url, data=sent.body, headers=dict(sent.headers))
    told = answer.get_json(silent=True)
    return finding(answer.status_code, str(told.get("status", "")) if isinstance(told, dict) else "")
