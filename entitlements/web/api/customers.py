"""Looking customers up, and choosing the language in which they are told things."""

from __future__ import annotations

from flask import Response, request

from entitlements.steps.replies import save_language
from entitlements.store.customers import get_customer, identifiers_of
from entitlements.store.database import transaction
from entitlements.store.listing import list_customers
from entitlements.store.tables import Customer
from entitlements.web.api import told_licenses as told
from entitlements.web.api.answer import next_of, span, tell
from entitlements.web.api.asked import LanguageRequest, Page
from entitlements.web.api.auth import authorize, deskgate
from entitlements.web.api.operation import Answers, Operation, serves
from entitlements.web.api.values import id_in_address
from entitlements.web.read_json import read_json, read_query


@serves(Operation("GET", "/customers", "licenses:read", "List customers",
                  (Answers(200, told.Customers, "A page of customers."),), query=Page))
def get_customers() -> Response:
    """Each with the addresses, mail domains and ids that it is recognized by."""
    listed = list_customers(span(read_query(request, Page)))
    return tell(told.Customers(customers=[_told(row) for row in listed.rows], next=next_of(listed)))


def _told(row: Customer) -> told.Customer:
    known_by = identifiers_of(row)
    return told.Customer(
        id=row.id, name=row.name, zone=row.zone, language=row.language, contacts=sorted(known_by.contacts),
        domains=sorted(known_by.domains), organization_ids=sorted(known_by.organization_ids),
        external_ids=sorted(known_by.external_ids))


@serves(Operation("POST", "/customers/{customer}/language", "licenses:write", "Choose a customer's language",
                  (Answers(200, told.Customer, "The customer as it is now."),), body=LanguageRequest))
def set_customer_language(customer: str) -> Response:
    """What its people are told from now on, they are told in that language."""
    number, wanted = id_in_address(customer, "customer"), read_json(request, LanguageRequest)
    actor = authorize("licenses:write").actor
    with transaction():
        row = save_language(get_customer(number).name, wanted.language, actor, deskgate().clock.now())
        changed = _told(row)
    return tell(changed)
