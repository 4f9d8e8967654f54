"""Who asks: one customer, none, or several that nobody should choose between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from entitlements.helpdesk import Identity
from entitlements.rules.ticket import MatchStep, Requester
from entitlements.store.customers import (
    Identifiers,
    add_customer,
    add_identifiers,
    find_customer,
    identifiers_of,
    identify,
    list_customers,
)
from entitlements.store.database import db, transaction
from tests.databases import bare_app


@pytest.fixture(params=["sqlite", "postgres"])
def known(request: pytest.FixtureRequest) -> Iterator[None]:
    """Acme and Globex, who share a domain, and Initech, whose subsidiary is a customer of its own."""
    app = bare_app(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        with transaction():
            _furnish()
        yield
        db.session.remove()
        db.engine.dispose()


def _furnish() -> None:
    add_identifiers(add_customer("Acme", "Europe/Paris"), Identifiers(
        contacts=frozenset({"it@acme.example", "both@desk.example"}),
        domains=frozenset({"acme.example", "shared.example"}), organization_ids=frozenset({"Org-17"})))
    add_identifiers(add_customer("Globex"), Identifiers(
        contacts=frozenset({"both@desk.example"}), domains=frozenset({"globex.example", "shared.example"}),
        external_ids=frozenset({"CRM-9"})))
    add_identifiers(add_customer("Initech"), Identifiers(domains=frozenset({"initech.example"})))
    add_identifiers(add_customer("Initech Labs"), Identifiers(domains=frozenset({"labs.initech.example"})))


@pytest.mark.usefixtures("known")
class TestIdentify:
    @pytest.mark.parametrize(("identity", "customer", "step"), [
        (Identity(customer="Acme"), "Acme", MatchStep.NAMED),
        (Identity(customer=" acme "), "Acme", MatchStep.NAMED),
        (Identity(organization_id="org-17"), "Acme", MatchStep.ORGANIZATION),
        (Identity(external_id="crm-9"), "Globex", MatchStep.EXTERNAL_ID),
        (Identity(email="IT@Acme.Example"), "Acme", MatchStep.CONTACT),
        (Identity(email="somebody@globex.example"), "Globex", MatchStep.DOMAIN),
        (Identity(email="somebody@mail.globex.example"), "Globex", MatchStep.DOMAIN),
        (Identity(email="somebody@initech.example"), "Initech", MatchStep.DOMAIN),
        (Identity(email="somebody@labs.initech.example"), "Initech Labs", MatchStep.DOMAIN),
        (Identity(email="somebody@x.labs.initech.example"), "Initech Labs", MatchStep.DOMAIN),
    ])
    def test_a_customer_is_found_by_each_thing_it_is_known_by(
            self, identity: Identity, customer: str, step: MatchStep) -> None:
        assert identify(identity) == Requester(customer=customer, step=step, contact=identity.email.lower())

    def test_the_more_certain_step_wins(self) -> None:
        told = Identity(organization_id="Org-17", external_id="CRM-9", email="x@globex.example")
        assert identify(told).customer == "Acme"
        assert identify(Identity(organization_id="unheard of", external_id="CRM-9")).customer == "Globex"

    def test_an_organization_id_is_no_external_id(self) -> None:
        assert identify(Identity(external_id="Org-17")) == Requester()

    def test_two_customers_with_the_same_contact_are_both_candidates(self) -> None:
        found = identify(Identity(email="both@desk.example"))
        assert found == Requester(candidates=("Acme", "Globex"), step=MatchStep.CONTACT, contact="both@desk.example")
        assert found.is_ambiguous

    def test_two_customers_with_the_same_domain_are_both_candidates(self) -> None:
        found = identify(Identity(email="x@shared.example"))
        assert (found.candidates, found.step) == (("Acme", "Globex"), MatchStep.DOMAIN)

    def test_a_name_that_nobody_has_is_not_made_up_for_by_the_address(self) -> None:
        found = identify(Identity(customer="Umbrella", email="it@acme.example"))
        assert not found.customer
        assert not found.is_ambiguous
        assert found.contact == "it@acme.example"

    @pytest.mark.parametrize("email", ["", "nobody@nowhere.example", "not an address", "@", "x@example", "x@gmail.com"])
    def test_somebody_unknown_is_nobodys(self, email: str) -> None:
        assert identify(Identity(email=email)) == Requester(contact=email)

    def test_each_step_costs_one_query(self) -> None:
        queries: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            queries.append(statement)

        event.listen(db.engine, "before_cursor_execute", count)
        identify(Identity(email="x@globex.example"))
        assert len([query for query in queries if query.startswith("SELECT")]) == 2


@pytest.mark.usefixtures("known")
class TestKeeping:
    def test_identifiers_are_added_and_never_taken_away(self) -> None:
        with transaction():
            acme = find_customer("ACME")
            assert acme is not None
            new = add_identifiers(acme, Identifiers(contacts=frozenset({"IT@acme.example", "Boss@Acme.example"}),
                                                    external_ids=frozenset({"CRM-1"})))
        assert new == Identifiers(contacts=frozenset({"boss@acme.example"}), external_ids=frozenset({"crm-1"}))
        kept = identifiers_of(find_customer("Acme"))
        assert kept.contacts == {"it@acme.example", "boss@acme.example", "both@desk.example"}
        assert kept.organization_ids == {"org-17"}
        assert identify(Identity(external_id="CRM-1")).customer == "Acme"

    def test_the_list_counts_what_each_customer_has(self) -> None:
        lines = {line.name: line for line in list_customers()}
        assert list(lines) == ["Acme", "Globex", "Initech", "Initech Labs"]
        acme = lines["Acme"]
        assert (acme.zone, acme.licenses, acme.contacts, acme.domains, acme.queued) == ("Europe/Paris", 0, 2, 2, 0)

    def test_a_domain_in_other_letters_is_found_in_either_spelling(self) -> None:
        with transaction():
            add_identifiers(add_customer("Buch"), Identifiers(domains=frozenset({"b\u00fccher.example"})))
        assert identify(Identity(email="x@b\u00fccher.example")).customer == "Buch"
        assert identify(Identity(email="x@xn--bcher-kva.example")).customer == "Buch"
