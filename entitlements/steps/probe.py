"""An event that says nothing, signed as the helpdesk would sign it: it goes the whole path, and proves the secret."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime
from typing import cast
from urllib.parse import quote, urlsplit

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig, Finding, Inbound
from entitlements.kinds import Connectable
from entitlements.steps.context import Deskgate

TEST_BODY = re.compile(rb'\{"deskgate_test": "[0-9a-f]{32}"\}')


def is_test(inbound: Inbound) -> bool:
    """Whether a verified webhook is a test event of ours, which tells of nothing."""
    return bool(TEST_BODY.fullmatch(inbound.body))


def probe(config: ConnectionConfig, deskgate: Deskgate) -> Inbound:
    """A test event for a connection, to be sent to its `url`, a path. Raises ConfigError when it has no secret yet."""
    now = deskgate.clock.now()
    if not any(config.secrets):
        raise ConfigError("there is no secret yet", field="secrets")
    body = json.dumps({"deskgate_test": uuid.uuid4().hex}).encode()
    helpdesk = cast(Connectable, deskgate.helpdesk(config))
    headers = {"Content-Type": "application/json", **helpdesk.signed(body, now)}
    in_path = "" if len(headers) > 1 else f"/{quote(config.secrets[0], safe='')}"
    return Inbound("POST", f"/hooks/{quote(config.name, safe='')}{in_path}", headers, body, now)


def finding(status: int, told: str) -> Finding:
    """What the answer to a test event says of the whole path."""
    ok = status == 200 and told == "ignored"
    why = {401: "the secret is not the one that is kept here", 404: "there is no such connection any more",
           503: "the database does not take it"}.get(status, "the log says more")
    return Finding("test event", ok, "signed, verified, stored and answered with 200" if ok else
                   f"was answered with {status}; {why}")


def reachable(public_url: str, helpdesk_url: str) -> Finding:
    """Whether a helpdesk elsewhere could reach the address that we tell it: one of this machine alone it cannot."""
    here, there = (urlsplit(url).hostname or "" for url in (public_url, helpdesk_url))
    if _is_this_machine(here) and there and not _is_this_machine(there):
        return Finding("webhook address", False, f"{public_url} leads nowhere from another machine; set "
                                                 "PUBLIC_URL to the address under which the helpdesk reaches us")
    return Finding("webhook address", True, f"begins with {public_url}")


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or host == "::1" or host.startswith("127.")


def silence(last_event_at: datetime | None, now: datetime) -> Finding:
    """Whether the helpdesk itself has sent anything yet. That it has not is no fault while it is being set up."""
    if last_event_at is None:
        return Finding("webhooks", True, "none has come from the helpdesk yet; write a ticket there to see one come")
    minutes = int((now - last_event_at).total_seconds() // 60)
    return Finding("webhooks", True, f"the last one came {minutes} min ago" if minutes else "one came just now")
