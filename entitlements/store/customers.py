"""Customers: who a ticket comes from, and what a customer is recognized by.

A customer is looked for by one thing after another, the most certain first, and the first thing that fits anybody
decides. When it fits two customers, nobody guesses: the requester is ambiguous, and a person looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, func, select

from entitlements.errors import NotFound
from entitlements.helpdesk import Identity
from entitlements.rules.language import parse_language
from entitlements.rules.mail_domains import domain_of, is_public, normal_address, normal_domain, widening
from entitlements.rules.ticket import MatchStep, Requester
from entitlements.store.database import db
from entitlements.store.tables import Contact, Customer, Domain, ExternalId, License, Ticket

ORGANIZATION = "organization"
EXTERNAL = "external"


@dataclass(frozen=True)
class CustomerSummary:
    """A line of the list of customers: what it is recognized by and what it has, counted."""

    id: int
    name: str
    zone: str
    licenses: int
    contacts: int
    domains: int
    queued: int


@dataclass(frozen=True)
class Identifiers:
    """What a customer is recognized by. Addresses, domains and ids are kept in lower case."""

    contacts: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    organization_ids: frozenset[str] = frozenset()
    external_ids: frozenset[str] = frozenset()

    def __or__(self, other: Identifiers) -> Identifiers:
        return Identifiers(self.contacts | other.contacts, self.domains | other.domains,
                           self.organization_ids | other.organization_ids, self.external_ids | other.external_ids)


def identify(identity: Identity) -> Requester:
    """Who asks. Nobody found: no customer; two found at one step: all of them as candidates.

    A customer named outright counts alone: when there is none of that name, nothing else is tried.
    """
    contact = normal_address(identity.email)
    if identity.customer.strip():
        return _requester(_named(identity.customer.strip()), MatchStep.NAMED, contact)
    for step, found in _steps(identity, contact):
        if found:
            return _requester(found, step, contact)
    return Requester(contact=contact)


def _requester(found: list[str], step: MatchStep, contact: str) -> Requester:
    if len(found) == 1:
        return Requester(customer=found[0], step=step, contact=contact)
    return Requester(candidates=tuple(sorted(found)), step=step, contact=contact)


def _steps(identity: Identity, contact: str) -> Iterable[tuple[MatchStep, list[str]]]:
    """Each step with the customers that fit; a later step is looked up only when asked for."""
    yield MatchStep.ORGANIZATION, _by_id(ORGANIZATION, identity.organization_id)
    yield MatchStep.EXTERNAL_ID, _by_id(EXTERNAL, identity.external_id)
    yield MatchStep.CONTACT, _by_contact(contact)
    yield MatchStep.DOMAIN, _by_domain(domain_of(contact))


def _named(name: str) -> list[str]:
    """The customer of exactly that name, else those whose name differs in case only."""
    exact = _names(select(Customer.name).where(Customer.name == name))
    return exact or _names(select(Customer.name).where(func.lower(Customer.name) == name.lower()))


def _by_id(kind: str, value: str) -> list[str]:
    if not value.strip():
        return []
    return _names(select(Customer.name).join(Customer.external_ids)
                  .where(ExternalId.kind == kind, ExternalId.value == value.strip().lower()))


def _by_contact(address: str) -> list[str]:
    if not address:
        return []
    return _names(select(Customer.name).join(Customer.contacts).where(Contact.email == address))


def _by_domain(domain: str) -> list[str]:
    """The customers of the most specific domain that anybody has."""
    tried = widening(domain)
    if not tried or is_public(domain):
        return []
    rows = db.session.execute(select(Domain.domain, Customer.name).join(Customer, Customer.id == Domain.customer_id)
                              .where(Domain.domain.in_(tried))).all()
    by_domain = {each: [name for found, name in rows if found == each] for each in tried}
    return next((names for names in by_domain.values() if names), [])


def _names(query: Select[str]) -> list[str]:
    return list(db.session.scalars(query.distinct()))


def find_customer(name: str) -> Customer | None:
    """The customer of that short name, case ignored, or None."""
    wanted = name.strip()
    exact = db.session.scalar(select(Customer).where(Customer.name == wanted))
    return exact or db.session.scalar(select(Customer).where(func.lower(Customer.name) == wanted.lower()).limit(1))


def get_customer(id: int) -> Customer:
    """Raises NotFound."""
    row = db.session.get(Customer, id)
    if row is None:
        raise NotFound(f"there is no customer {id}")
    return row


def customer_names() -> dict[str, str]:
    """The short names of all customers, under the same in lower case."""
    return {name.lower(): name for name in db.session.scalars(select(Customer.name))}


def list_customers() -> list[CustomerSummary]:
    """All customers by name, each with its counts. One query."""
    rows = db.session.execute(
        select(Customer.id, Customer.name, Customer.zone, _count(License), _count(Contact), _count(Domain),
               select(func.count()).where(Ticket.customer_id == Customer.id, Ticket.state == "queued")
               .correlate(Customer).scalar_subquery())
        .order_by(func.lower(Customer.name)))
    return [CustomerSummary(*row) for row in rows]


def _count(table: type[License] | type[Contact] | type[Domain]) -> ScalarSelect[int]:
    return select(func.count()).where(table.customer_id == Customer.id).correlate(Customer).scalar_subquery()


def add_customer(name: str, zone: str = "") -> Customer:
    """A new customer with nothing to be recognized by yet."""
    customer = Customer(name=name, zone=zone, language="")
    db.session.add(customer)
    db.session.flush()
    return customer


def set_language(customer: Customer, language: str) -> bool:
    """Have the customer told things in that language; empty for that of each connection. Whether it was another one.

    Raises ConfigError for one that does not exist.
    """
    wanted = parse_language(language) if language.strip() else ""
    changed = customer.language != wanted
    customer.language = wanted
    return changed


def identifiers_of(customer: Customer) -> Identifiers:
    """All that the customer is recognized by."""
    ids = [(each.kind, each.value) for each in customer.external_ids]
    return Identifiers(frozenset(each.email for each in customer.contacts),
                       frozenset(each.domain for each in customer.domains),
                       frozenset(value for kind, value in ids if kind == ORGANIZATION),
                       frozenset(value for kind, value in ids if kind == EXTERNAL))


def add_identifiers(customer: Customer, more: Identifiers) -> Identifiers:
    """Let the customer be recognized by these too, and answer what was new. Nothing is taken away."""
    new = new_identifiers(customer, more)
    customer.contacts += [Contact(email=each) for each in sorted(new.contacts)]
    customer.domains += [Domain(domain=each) for each in sorted(new.domains)]
    customer.external_ids += [ExternalId(kind=ORGANIZATION, value=each) for each in sorted(new.organization_ids)]
    customer.external_ids += [ExternalId(kind=EXTERNAL, value=each) for each in sorted(new.external_ids)]
    return new


def new_identifiers(customer: Customer, more: Identifiers) -> Identifiers:
    """Those of them by which the customer is not recognized yet."""
    if more == Identifiers():
        return more
    known, wanted = identifiers_of(customer), _normal(more)
    return Identifiers(wanted.contacts - known.contacts, wanted.domains - known.domains,
                       wanted.organization_ids - known.organization_ids, wanted.external_ids - known.external_ids)


def _normal(told: Identifiers) -> Identifiers:
    return Identifiers(frozenset(map(normal_address, told.contacts)), frozenset(map(normal_domain, told.domains)),
                       frozenset(each.strip().lower() for each in told.organization_ids),
                       frozenset(each.strip().lower() for each in told.external_ids))


def shared_identifiers(told: Mapping[str, Identifiers]) -> dict[str, list[str]]:
    """The addresses, domains and ids that would stand for several customers if these (by name) were added."""
    owners: dict[tuple[str, str], set[str]] = {}
    for name, identifiers in told.items():
        for kind, values in vars(_normal(identifiers)).items():
            for value in values:
                owners.setdefault((kind, value), set()).add(name)
    for kind, value, name in _owned():
        if (kind, value) in owners:
            owners[kind, value].add(name)
    return {value: sorted(names) for (_, value), names in sorted(owners.items()) if len(names) > 1}


def _owned() -> Iterable[tuple[str, str, str]]:
    """Everything that customers are recognized by: kind, value, customer."""
    for kind, column in (("contacts", Contact.email), ("domains", Domain.domain)):
        owner = column.class_.customer_id
        for value, name in db.session.execute(select(column, Customer.name).join(Customer, Customer.id == owner)):
            yield kind, value, name
    ids = select(ExternalId.kind, ExternalId.value, Customer.name)
    for kind, value, name in db.session.execute(ids.join(Customer, Customer.id == ExternalId.customer_id)):
        yield f"{kind}_ids", value, name
