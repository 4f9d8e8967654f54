"""The adapter set up for the real desk, as an admin would set it up."""

from __future__ import annotations

from datetime import datetime, timezone

from entitlements.helpdesk import Action, Delivery
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.desk import Desk
from tests.integrations.parts import a_config, a_delivery

SETTINGS = {"route_queue": "2", "triage_queue": "3", "renewals_queue": "4", "marker_field": "marker",
            "license_field": "license", "outcome_field": "entitlement", "product_field": "product"}


def adapter(desk: Desk, tools: Tools, **settings: str) -> DjangoHelpdesk:
    config = a_config("django_helpdesk", {**SETTINGS, **settings}, url=desk.api_url, token=desk.token(),
                      secrets=("in-the-address",), acting_as=str(desk.users["gateway"]["id"]))
    return DjangoHelpdesk(config, tools)


def about(number: int, action: Action = Action.ROUTE, **more: object) -> Delivery:
    return a_delivery(action, ticket_id=str(number), decided_at=datetime.now(timezone.utc), **more)
