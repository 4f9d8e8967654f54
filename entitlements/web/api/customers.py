"""Looking customers up."""

from __future__ import annotations

from flask import Response, request

from entitlements.store.customers import identifiers_of
from entitlements.store.listing import list_customers
from entitlements.store.tables import Customer
from entitlements.web.api import told_licenses as told
from entitlements.web.api.answer import next_of, span, tell
from entitlements.web.api.asked import Page
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.read_json import read_query


@serves(Operation("GET", "/customers", "licenses:read", "List customers",
                  (Answers(200, told.Customers, "A page of customers."),), query=Page))
def get_customers() -> Response:
    """Each with the addresses, mail domains and ids that it is recognized by."""
    listed = list_customers(span(read_query(request, Page)))
    return tell(told.Customers(customers=[_told(row) for row in listed.rows], next=next_of(listed)))


def _told(row: Customer) -> told.Customer:
    known_by = identifiers_of(row)
    return told.Customer(
        id=row.id, name=row.name, zone=row.zone, contacts=sorted(known_by.contacts), domains=sorted(known_by.domains),
        organization_ids=sorted(known_by.organization_ids), external_ids=sorted(known_by.external_ids))
