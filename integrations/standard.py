"""Kind `standard`: any system that speaks Standard Webhooks. It tells us of its tickets, and we tell it our decisions.

A connection without an address only listens to us being told; one that is `listen_only` is told of the decisions of
all connections and tells nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action, ConnectionConfig, Delivery, Event, Finding, Inbound, Limits, Receipt
from entitlements.kinds import Kind, Setting, Step
from entitlements.rules.reasons import Outcome
from integrations import settings, wire
from integrations.http import Answer
from integrations.origin import OriginClient
from integrations.tools import Tools

ABOUT = Kind(
    "standard", "Standard Webhooks", "where messages about decisions are sent; empty if it only sends us its tickets",
    secret="signs both directions: `whsec_` and base64; made by Deskgate, to be entered there",
    settings=(Setting("listen_only", "`on`: it is told of the decisions of all connections, and tells nothing",
                      choices=("on", "off")),))
BY_ACTION = {Action.RELEASE: "released", Action.WITHDRAW: "withdrawn"}
BY_OUTCOME = {Outcome.ROUTE: "routed", Outcome.QUEUE: "queued", Outcome.REJECT: "rejected"}


class Standard:
    """One connected system. Raises ConfigError for a connection that cannot work."""

    kind = "standard"
    about = ABOUT
    finds_changes = False

    def __init__(self, config: ConnectionConfig, tools: Tools):
        settings.refuse_unknown(config, frozenset({"listen_only"}))
        wire.require_usable_secrets(config)
        listens_only = settings.true_or_false(config, "listen_only")
        if listens_only and not config.url:
            raise ConfigError("a connection that only listens needs an address to be told at", field="url")
        self._origin = OriginClient(tools.http, config.url)
        self._config = config
        self._tools = tools

    def verify(self, inbound: Inbound, now: datetime) -> None:
        wire.verify_inbound(self._config, inbound, now)

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return wire.parse(inbound)

    def read(self, ticket_id: str) -> Event:
        raise DeliveryError("a system connected by Standard Webhooks cannot be asked about a ticket", kind="refused")

    def find_changed(self, since: datetime) -> Sequence[Event]:
        raise DeliveryError("a system connected by Standard Webhooks cannot be asked what changed", kind="refused")

    def apply(self, delivery: Delivery) -> Receipt:
        """Send one signed message. Its id is the delivery's, on every try, so that the receiver can tell a repeat."""
        if not self._config.url:
            raise DeliveryError("this connection has no address to send to", kind="refused")
        type_ = BY_ACTION.get(delivery.action) or BY_OUTCOME[delivery.outcome]
        body = wire.message(type_, delivery.decided_at, told(delivery))
        headers = wire.signed_headers(self._config, str(delivery.id), self._tools.clock.now(), body)
        answer = self._origin.post("", headers=headers, body=body)
        ticket_id = delivery.ticket_id or (named_id(answer) if delivery.action is Action.CREATE else "")
        return Receipt(ticket_id, changed=True, detail=f"{wire.PREFIX}{type_} taken with {answer.status}",
                       quota=self._origin.quota)

    def limits(self) -> Limits:
        return settings.limits(self._config)

    def signed(self, body: bytes, now: datetime) -> Mapping[str, str]:
        return wire.signed_headers(self._config, f"msg_{uuid.uuid4().hex}", now, body)

    def guide(self, address: str) -> Sequence[Step]:
        to_us = Step("Send your tickets", "Have your system post what happens to its tickets here, signed as Standard "
                     "Webhooks says with the secret of this connection.", address)
        from_us = Step("Take our decisions", f"They come to {self._config.url}, signed with the same secret; answer "
                       "each with any 2xx, once it is kept.")
        return ([] if settings.true_or_false(self._config, "listen_only") else [to_us]) + (
            [from_us] if self._config.url else [])

    def check(self) -> Sequence[Finding]:
        return [Finding("secret", True, "usable"), self._check_address()]

    def _check_address(self) -> Finding:
        if not self._config.url:
            return Finding("address", True, "none: this connection is told nothing, it only sends us its tickets")
        try:
            host = self._tools.http.look_up(self._config.url)
        except (ConfigError, DeliveryError) as error:
            return Finding("address", False, f"{error}; set it anew with --url")
        return Finding("address", True, f"{host} can be called; nothing was sent to it")


def told(delivery: Delivery) -> dict[str, Any]:
    """The `data` of an outbound message."""
    words = delivery.explanation
    data: dict[str, Any] = {
        "ticket": delivery.ticket, "id": delivery.ticket_id or None, "connection": delivery.connection,
        "customer": delivery.customer or None, "license": delivery.license or None, "outcome": delivery.outcome.value,
        "reason": delivery.reason.value, "release_at": wire.written(delivery.release_at),
        "message": {"agent": words.agent if words else delivery.note,
                    "customer": words.customer if words else delivery.message}}
    if delivery.advise:
        data["advise"] = True
    if delivery.action is Action.CREATE and (new := delivery.new_ticket) is not None:
        data |= {"subject": new.subject, "description": new.description, "requester_email": new.requester_email,
                 "severity": delivery.severity.value}
    if delivery.action is Action.CREATE and not delivery.ticket_id:
        data["marker"] = delivery.marker
    return data


def named_id(answer: Answer) -> str:
    """The id that a receiver gives the ticket it created, if its answer names one."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    value = found.get("id") if isinstance(found, dict) else None
    is_id = isinstance(value, (str, int)) and not isinstance(value, bool)
    return str(value)[:100] if is_id else ""
