"""Deskgate with planted faults: a rule that raises for one license, an adapter that raises for some tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask

from app import create_app as create_healthy_app
from entitlements.helpdesk import Delivery, Receipt
from entitlements.rules.decision import Decision, decide
from entitlements.rules.license import License
from entitlements.steps import judge
from integrations.django_helpdesk import DjangoHelpdesk

CUSTOMER = "poisoned"
ADAPTER_FAILS = range(8_000_000, 9_000_000)
"""Numbers of tickets that the adapter fails on."""

_apply = DjangoHelpdesk.apply


def create_app() -> Flask:
    judge.decide = _decide  # type: ignore[attr-defined]
    DjangoHelpdesk.apply = _apply_or_fail  # type: ignore[method-assign]
    return create_healthy_app()


def _decide(ticket: Any, licenses: Sequence[License], usage: Any, now: datetime, policy: Any) -> Decision:
    if ticket.requester.customer == CUSTOMER:
        raise ZeroDivisionError("planted: a rule fails on this license")
    return decide(ticket, licenses, usage, now, policy)


def _apply_or_fail(self: DjangoHelpdesk, delivery: Delivery) -> Receipt:
    if int(delivery.ticket_id or 0) in ADAPTER_FAILS:
        raise LookupError("planted: the adapter fails on this ticket")
    return _apply(self, delivery)
