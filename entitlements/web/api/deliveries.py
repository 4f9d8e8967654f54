"""What is owed to helpdesks: looking it up, and having a dead letter delivered again."""

from __future__ import annotations

from flask import Response, request

from entitlements.steps.settle import redeliver
from entitlements.store.database import transaction
from entitlements.store.listing import DeliveryFilter, get_delivery, list_deliveries
from entitlements.store.tables import Attempt, Delivery
from entitlements.web.api import told
from entitlements.web.api.answer import answer, next_of, span, tell
from entitlements.web.api.asked import DeliveryQuery
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.api.values import id_in_address
from entitlements.web.read_json import read_query


@serves(Operation("GET", "/deliveries", "ops:read", "List deliveries",
                  (Answers(200, told.Deliveries, "A page of deliveries."),), query=DeliveryQuery))
def get_deliveries() -> Response:
    """The newest first, each with its attempts."""
    wanted = read_query(request, DeliveryQuery)
    listed = list_deliveries(DeliveryFilter(wanted.state or "", wanted.connection, wanted.ticket), span(wanted))
    return tell(told.Deliveries(deliveries=[delivery_told(row) for row in listed.rows], next=next_of(listed)))


@serves(Operation("POST", "/deliveries/{delivery}/redeliver", "ops:write", "Deliver a dead letter again",
                  (Answers(202, told.Delivery, "It waits for the worker."),), problems=("conflict",)))
def redeliver_delivery(delivery: str) -> Response:
    """Needs no body. The tries begin anew; only a delivery that is dead or parked can be given to it."""
    number, actor = id_in_address(delivery, "delivery"), authorize("ops:write").actor
    with transaction():
        redeliver(number, actor, deskgate().clock.now())
    return answer(delivery_told(get_delivery(number)), 202).response()


def delivery_told(row: Delivery) -> told.Delivery:
    """A delivery with its attempts, as callers are told."""
    return told.Delivery(
        id=row.id, ticket=row.ticket_id, connection=row.connection.name, action=row.action, state=row.state,
        due_at=row.due_at, created_at=row.created_at, settled_at=row.settled_at, tries=row.tries, detail=row.detail,
        attempts=[_attempt_told(each) for each in row.attempts])


def _attempt_told(row: Attempt) -> told.Attempt:
    return told.Attempt(number=row.number, started_at=row.started_at, ended_at=row.ended_at, result=row.result,
                       status=row.status, detail=row.detail)
