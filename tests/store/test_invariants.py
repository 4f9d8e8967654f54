"""A day of work breaks no invariant, and each break that is planted is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from entitlements.store import db, tables
from entitlements.store.database import transaction
from entitlements.store.invariants import INVARIANTS, broken_invariants, examined
from tests.day_of_work import worked_in
from tests.steps.house import House

KINDS = ("sqlite", "postgres")
SOON = "'2026-03-10 09:00:00'"

PLANTED = {
    "tickets are routed, queued, rejected or withdrawn": "update tickets set state = 'held' where state = 'routed'",
    "tickets have a severity": "update tickets set severity = 'grave'",
    "outcomes are known": "update decisions set outcome = 'hold'",
    "reasons are known": "update decisions set reason = 'whim'",
    "each ticket has a decision": "delete from attempts; delete from deliveries; delete from decisions",
    "a ticket's state is that of its decision in force": "update tickets set state = 'rejected' where state = 'routed'",
    "the decision in force is about the ticket's present life": "update tickets set revision = revision + 1",
    "a ticket arrives once in each of its lives": "update decisions set ticket_id = 1, revision = 1, cause = 'arrival'",
    "decisions are about tickets of their own connection": "update decisions set connection_id = 2",
    "a decision promises a release if it queues, and only then":
        "update decisions set release_at = null where outcome = 'queue'",
    "a queued ticket has the release that was promised":
        f"update tickets set release_at = {SOON} where state = 'queued'",
    "a queued ticket has a wake-up": "update tickets set due_at = null where state = 'queued'",
    "what is not queued has neither release nor wake-up":
        f"update tickets set due_at = {SOON} where state = 'rejected'",
    "no queued ticket is overdue": "update tickets set due_at = '2026-03-01 09:00:00' where state = 'queued'",
    "a ticket is spoken on publicly three times at most": "update tickets set public_messages = 4",
    "all words to the customer are counted": "update tickets set public_messages = 0",
    "a contact gets one notice in each closed stretch":
        "insert into notices (contact, ticket_id, given_at, until) "
        "select contact, ticket_id, given_at, until from notices",
    "deliveries are waiting, sending or settled": "update deliveries set state = 'later'",
    "deliveries are of a known kind": "update deliveries set action = 'hold'",
    "attempts have a known result": "update attempts set result = 'well'",
    "a settled delivery says when, and only a settled one":
        "update deliveries set settled_at = null where state = 'done'",
    "a delivery is about the ticket of its decision":
        "update deliveries set ticket_id = (select max(id) from tickets) where ticket_id = 1",
    "a ticket is changed by one delivery at a time":
        "update deliveries set state = 'sending', ticket_id = 1, connection_id = 1",
    "a ticket is created in its helpdesk once": "update deliveries set action = 'create', ticket_id = 1",
    "what was tried was claimed before": "update deliveries set generation = 0 where state = 'done'",
    "what is done was done by an attempt": "delete from attempts",
    "what an attempt has done is done":
        "update deliveries set state = 'waiting', settled_at = null where state = 'done'",
    "a delivery is done once":
        "insert into attempts (delivery_id, number, started_at, ended_at, result, detail) "
        "select delivery_id, number + 1, started_at, ended_at, result, detail from attempts",
    "attempts are numbered from one on": "update attempts set number = number + 1",
    "no claim is left behind":
        "update deliveries set state = 'sending', claimed_by = 'gone', claimed_at = '2026-03-01 09:00:00'",
    "events are settled, parked or to be read": "update events set state = 'seen'",
    "a settled event says when": "update events set settled_at = null",
    "a webhook has its answer": "update events set answer = ''",
    "a decided event names its ticket": "update events set ticket_id = null",
    "a parked event says why, and has its body": "delete from raw_bodies",
    "an event that is to be read has a wake-up, its ticket's id and its body": "update events set state = 'to_read'",
    "only what is to be read has a wake-up or is claimed": f"update events set due_at = {SOON}",
    "no reading is left behind":
        "update events set state = 'to_read', claimed_by = 'gone', claimed_at = '2026-03-01 09:00:00'",
    "an event is about a ticket of its own connection": "update events set connection_id = 2",
    "milestones run, wait, are met or dropped": "update milestones set state = 'lost'",
    "milestones are of a known kind": "update milestones set kind = 'guess' where id = 1",
    "milestones run on a known clock": "update milestones set clock = 'sun'",
    "a settled milestone says when, and only a settled one": f"update milestones set settled_at = {SOON}",
    "an open milestone is of its ticket's present life": "update milestones set revision = 9",
    "a milestone runs only while agents are to act": f"update tickets set waiting_since = {SOON}",
    "a milestone counts seconds that can be": "update milestones set used_seconds = -1",
    "overrun is what lies past the limit of the day": "update usage_entries set overrun = overrun + 1",
    "time is set aside for open routed tickets only": f"update tickets set closed_at = {SOON}",
    "what is set aside is time": "update reservations set seconds = 0",
    "a schedule is its latest version": "update schedules set version = version + 1",
    "versions of a schedule are numbered without a gap": "update schedule_versions set number = number + 1",
    "each license has terms": "insert into licenses (customer_id, name) values (1, 'empty')",
    "versions of a license are numbered without a gap": "update license_versions set number = number + 5",
    "a license ends after it starts": "update license_versions set ends_on = '2020-01-01'",
    "a decision by a license names the version it was made with": "update decisions set license_version_id = null",
    "a decision names a version of the schedule that there is": "update decisions set schedule_version = 77",
}
PLANTED_ELSEWHERE = {"the file is whole", "what rows point at is there", "the rules between tables are in force",
                     "new rows get numbers that are free"}


@pytest.fixture(scope="module", params=KINDS)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests here: what they plant is rolled back."""
    made = worked_in(request.getfixturevalue(f"lasting_{request.param}_url"))
    with made.app.app_context():
        yield made
    made.close()


@pytest.fixture
def own_house(request: pytest.FixtureRequest) -> Iterator[House]:
    made = worked_in(request.getfixturevalue(f"{request.param}_url"))
    with made.app.app_context():
        yield made
    made.close()


def names(house: House, *, fast: bool = False) -> set[str]:
    return {each.name for each in broken_invariants(house.clock.now(), fast=fast)}


def test_a_day_of_work_breaks_nothing(house: House) -> None:
    assert broken_invariants(house.clock.now()) == []
    assert [broken for _, broken in examined(house.clock.now()) if broken] == []
    for table in (tables.Milestone, tables.Reservation, tables.Notice, tables.UsageEntry, tables.Attempt):
        assert db.session.query(table).count(), f"the day has no {table.__tablename__}"
    db.session.rollback()


def test_each_invariant_has_a_break_that_is_planted() -> None:
    assert {each.name for each in INVARIANTS} == set(PLANTED) | PLANTED_ELSEWHERE
    assert len(INVARIANTS) == len({each.name for each in INVARIANTS})


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_break_is_named(house: House, name: str) -> None:
    try:
        for statement in PLANTED[name].split(";"):
            db.session.execute(text(statement))
        found = {each.name: each for each in broken_invariants(house.clock.now())}
        assert name in found
        assert not found[name].is_warning
        assert 0 < len(found[name].examples) <= 5
    finally:
        db.session.rollback()


def test_without_a_worker_what_is_overdue_is_a_warning_only(house: House) -> None:
    for name in ("no queued ticket is overdue", "no claim is left behind", "no reading is left behind"):
        db.session.execute(text("delete from workers"))
        db.session.execute(text(PLANTED[name]))
        found = {each.name: each.is_warning for each in broken_invariants(house.clock.now())}
        db.session.rollback()
        assert found[name] is True


def test_looking_changes_nothing(house: House) -> None:
    db.session.rollback()
    with db.engine.connect() as connection:
        before = [connection.execute(table.select()).all() for table in db.metadata.sorted_tables]
    broken_invariants(house.clock.now())
    with db.engine.connect() as connection:
        assert before == [connection.execute(table.select()).all() for table in db.metadata.sorted_tables]


def of(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("own_house", [kind], indirect=True)


@of("sqlite")
def test_an_index_that_does_not_fit_its_table_is_named(own_house: House) -> None:
    driver = db.session.connection().connection.dbapi_connection
    driver.execute("ROLLBACK")
    driver.execute("PRAGMA writable_schema = 1")
    driver.execute("UPDATE sqlite_master SET sql = 'CREATE INDEX ix_tickets_contact ON tickets (severity)' "
                   "WHERE name = 'ix_tickets_contact'")
    db.session.connection().invalidate()
    db.session.rollback()
    assert "the file is whole" in names(own_house)
    assert "the file is whole" not in names(own_house, fast=True)


@of("sqlite")
def test_a_row_that_points_at_nothing_is_named(own_house: House) -> None:
    driver = db.session.connection().connection.dbapi_connection
    driver.execute("ROLLBACK")
    driver.execute("PRAGMA foreign_keys = 0")
    driver.execute("UPDATE decisions SET license_version_id = 999, schedule_version = NULL")
    db.session.connection().invalidate()
    db.session.rollback()
    found = broken_invariants(own_house.clock.now())
    assert [each.name for each in found] == ["what rows point at is there"]
    assert found[0].examples[0] == "decisions 1 -> license_versions"


@of("postgres")
def test_a_rule_that_was_never_proved_is_named(own_house: House) -> None:
    with transaction():
        db.session.execute(text("alter table notices add constraint odd check (id > 0) not valid"))
    assert names(own_house) == {"the rules between tables are in force"}


@of("postgres")
def test_numbers_that_are_taken_already_are_named(own_house: House) -> None:
    with transaction():
        db.session.execute(text("select setval('tickets_id_seq', 1)"))
    assert [each.examples for each in broken_invariants(own_house.clock.now())] == [("table tickets",)]
