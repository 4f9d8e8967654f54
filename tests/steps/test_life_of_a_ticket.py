"""What happens to a ticket after it arrived: released, taken, answered, closed, reopened, overridden, metered."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from entitlements.errors import ConfigError, Conflict, NotFound
from entitlements.helpdesk import Author, EventKind
from entitlements.rules.license import Standing
from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.steps import release
from entitlements.steps.meter import UsageReport, record_usage
from entitlements.steps.people import Override, override, take_early
from entitlements.steps.release import release_all, replan
from entitlements.store import db, tables
from entitlements.store.database import transaction
from tests.builders import ALWAYS, utc
from tests.fakes import body_of
from tests.steps.house import OPS, House

HOUR = 3600
SUNDAY, MONDAY = "2026-03-08 12:00", "2026-03-09 08:00"


def status(answer) -> str | None:
    return body_of(answer.body)["status"]


def test_a_queued_ticket_is_released_at_the_second_and_not_before(queued: House):
    queued.clock.set("2026-03-09 07:59:59")
    assert queued.work() == []
    queued.clock.set(MONDAY)
    assert queued.work() == ["release"]
    assert queued.ticket().state == "routed"
    assert (queued.helpdesk.applied[0].message, queued.helpdesk.applied[0].note) == ("", "")
    assert queued.work() == []


def test_an_agent_who_answers_a_queued_ticket_takes_it_early_and_no_message_goes_out(queued: House):
    assert status(queued.happened(EventKind.REPLIED, author=Author.AGENT, public=True)) == "decided"
    ticket = queued.ticket()
    assert (ticket.state, ticket.early, ticket.decision.reason) == ("routed", True, "taken_early")
    assert queued.work() == ["release"]
    assert (queued.helpdesk.applied[0].message, queued.helpdesk.applied[0].note) == ("", "")


def test_an_internal_note_of_an_agent_takes_nothing(queued: House):
    queued.happened(EventKind.REPLIED, author=Author.AGENT, public=False)
    assert queued.ticket().state == "queued"


def test_assigning_or_reopening_takes_a_queued_ticket_early(queued: House):
    queued.happened(EventKind.UPDATED, assigned=True)
    assert queued.ticket().decision.reason == "taken_early"


def test_an_agent_who_reopens_a_queued_ticket_takes_it_early(queued: House):
    queued.happened(EventKind.REOPENED, author=Author.AGENT)
    assert queued.ticket().decision.reason == "taken_early"


def test_a_reply_while_queued_restores_the_queueing_once_and_silently(queued: House):
    queued.happened(EventKind.REPLIED, public=True)
    queued.happened(EventKind.REPLIED, public=True)
    assert queued.work() == ["queue"]
    assert (queued.helpdesk.applied[0].message, queued.helpdesk.applied[0].note) == ("", "")


def test_a_reply_that_raises_the_severity_is_judged_by_it(queued: House):
    queued.change_terms("Acme", exempt_severities=frozenset({Severity.URGENT}))
    queued.happened(EventKind.REPLIED, severity=Severity.URGENT, public=True)
    assert queued.ticket().decision.reason == "severity_exempt"
    assert queued.work() == ["release"]


def test_a_reply_on_a_routed_ticket_never_queues_it(house: House):
    house.created()
    house.clock.set("2026-03-09 20:00")
    assert status(house.happened(EventKind.REPLIED, public=True)) == "applied"
    assert house.ticket().state == "routed"


def test_a_ticket_closed_while_queued_is_withdrawn_and_never_released(queued: House):
    queued.happened(EventKind.CLOSED, author=Author.AGENT)
    queued.clock.set(MONDAY)
    assert queued.work() == []
    assert queued.ticket().state == "withdrawn"


def test_a_reopened_ticket_is_decided_anew(house: House):
    house.created()
    house.happened(EventKind.CLOSED, author=Author.AGENT)
    house.clock.set("2026-03-09 20:00")
    assert status(house.happened(EventKind.REOPENED, at=house.clock.now())) == "decided"
    ticket = house.ticket()
    assert (ticket.state, ticket.revision, ticket.release_at) == ("queued", 2, utc("2026-03-10 08:00"))


def test_whoever_was_refused_and_writes_again_reaches_a_person_not_a_second_refusal(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    house.created()
    house.work()
    house.happened(EventKind.REPLIED, public=True)
    assert house.work() == ["route"]
    delivery = house.helpdesk.applied[-1]
    assert delivery.triage
    assert not delivery.message
    house.happened(EventKind.REPLIED, public=True)
    assert house.work() == []


def test_whoever_renewed_before_writing_again_is_served(house: House):
    house.change_terms("Acme", ends_on=utc("2026-02-28").date())
    house.created()
    house.change_terms("Acme", ends_on=utc("2026-12-31").date())
    house.happened(EventKind.REPLIED, public=True)
    assert house.ticket().decision.reason == "within_hours"


def test_what_was_raised_while_paid_for_is_served_after_the_end_date(house: House):
    house.change_terms("Acme", ends_on=utc("2026-03-08").date())
    house.clock.set(SUNDAY)
    house.created()
    house.clock.set(MONDAY)
    house.work()
    assert house.ticket().decision.reason == "within_hours"


def test_a_license_cancelled_meanwhile_turns_the_queued_ticket_into_a_reject(queued: House):
    queued.change_terms("Acme", standing=Standing.CANCELLED)
    queued.clock.set(MONDAY)
    assert queued.work() == ["reject"]
    assert queued.ticket().decision.reason == "license_cancelled"


def test_a_correction_that_would_refuse_a_waiting_ticket_sends_it_to_people_instead(queued: House):
    queued.change_terms("Acme", ends_on=utc("2026-02-28").date())
    queued.clock.set(MONDAY)
    assert queued.work() == ["release"]
    assert queued.helpdesk.applied[-1].triage


def test_a_better_license_frees_the_queue_at_once(queued: House):
    queued.change_terms("Acme", schedule=ALWAYS)
    with transaction():
        assert replan([queued.ticket().customer_id], queued.clock.now()) == 1
    assert queued.work() == ["release"]
    assert queued.ticket().decision.reason == "always_open"


def test_a_second_look_that_finds_the_same_records_nothing_new(queued: House):
    with transaction():
        replan([queued.ticket().customer_id], queued.clock.now())
    assert queued.work() == []
    assert len(queued.rows(tables.Decision)) == 1
    assert queued.ticket().due_at == utc(MONDAY)


# The daily limit


def test_logged_time_counts_once_and_the_next_ticket_waits_for_tomorrow(house: House):
    house.change_terms("Globex", daily_limit=3 * HOUR)
    house.created("1", OPS)
    for _ in range(2):
        house.happened(EventKind.TIME_LOGGED, "1", seconds=3 * HOUR, entry_id="e1", author=Author.AGENT,
                       at=house.clock.now())
    answer = body_of(house.created("2", OPS).body)
    assert (answer["reason"], answer["release_at"]) == ("daily_limit_reached", "2026-03-10T00:00:00Z")
    assert [entry.seconds for entry in house.rows(tables.UsageEntry)] == [3 * HOUR]


def test_time_given_back_frees_who_waited_for_it(house: House):
    house.change_terms("Globex", daily_limit=3 * HOUR)
    usage = UsageReport(customer="Globex", seconds=3 * HOUR, source="api:test", entry_key="a")
    with transaction():
        assert record_usage(usage, house.clock.now()).remaining_seconds == 0
    house.created("2", OPS)
    with transaction():
        record_usage(UsageReport(customer="Globex", seconds=-HOUR, source="api:test", entry_key="b"),
                     house.clock.now())
    house.work()
    assert house.ticket("2").state == "routed"


def test_use_past_the_limit_is_recorded_as_overrun_never_refused(house: House):
    house.change_terms("Globex", daily_limit=3 * HOUR)
    with transaction():
        used = record_usage(UsageReport(customer="Globex", seconds=4 * HOUR, source="api:test", entry_key="a"),
                            house.clock.now())
    assert used.remaining_seconds == -HOUR
    assert house.rows(tables.UsageEntry)[0].overrun == HOUR


def test_what_is_set_aside_at_admission_keeps_a_second_ticket_waiting_until_it_is_free(house: House):
    house.change_terms("Globex", daily_limit=HOUR, reserve_seconds=HOUR)
    assert body_of(house.created("1", OPS).body)["outcome"] == "route"
    assert body_of(house.created("2", OPS).body)["reason"] == "daily_limit_reached"
    house.happened(EventKind.CLOSED, "1", author=Author.AGENT)
    assert house.rows(tables.Ticket)[1].state == "queued"
    house.work()
    assert house.ticket("2").state == "routed"


def test_usage_of_nobody_known_is_refused_with_the_field_named(house: House):
    for report, field in ((UsageReport("Nobody", 1, "s", "k"), "customer"),
                          (UsageReport("Acme", 1, "s", "k", license="No such"), "license"),
                          (UsageReport("Acme", 1, "s", "k", ticket_id=99), "ticket")):
        with pytest.raises(ConfigError) as caught:
            record_usage(report, house.clock.now())
        assert caught.value.field == field


# People in Deskgate


def test_an_override_stands_and_later_looks_leave_it_alone(queued: House):
    later = utc("2026-03-10 12:00")
    with transaction():
        override(queued.ticket().id, Override(Outcome.QUEUE, "customer asked for Tuesday", later), "desk-1",
                 queued.clock.now(), queued.deskgate)
    queued.clock.set(MONDAY)
    with transaction():
        replan([queued.ticket().customer_id], queued.clock.now())
    queued.work()
    assert queued.ticket().state == "queued"
    queued.clock.set("2026-03-10 12:00")
    assert queued.work() == ["release"]
    assert queued.ticket().decision.reason == "overridden"


def test_an_override_that_routes_releases_the_ticket_now(queued: House):
    with transaction():
        verdict = override(queued.ticket().id, Override(Outcome.ROUTE, "important customer"), "desk-1",
                           queued.clock.now(), queued.deskgate)
    assert verdict.state == "routed"
    assert queued.work() == ["release"]
    assert queued.rows(tables.AuditEntry)[-1].reason == "important customer"


@pytest.mark.parametrize(("wanted", "field"), [
    (Override(Outcome.ROUTE, "  "), "reason"),
    (Override(Outcome.QUEUE, "later"), "release_at"),
    (Override(Outcome.QUEUE, "later", utc("2026-03-01 12:00")), "release_at"),
    (Override(Outcome.ROUTE, "now", utc("2026-04-01 12:00")), "release_at"),
])
def test_an_override_that_cannot_be_meant_is_refused(queued: House, wanted, field):
    with pytest.raises(ConfigError) as caught, transaction():
        override(queued.ticket().id, wanted, "desk-1", queued.clock.now(), queued.deskgate)
    assert caught.value.field == field
    assert len(queued.rows(tables.Decision)) == 1


def test_take_now_routes_a_queued_ticket_and_only_such(queued: House):
    with transaction():
        take_early(queued.ticket().id, "desk-1", queued.clock.now(), queued.deskgate)
    assert queued.work() == ["release"]
    with pytest.raises(Conflict), transaction():
        take_early(queued.ticket().id, "desk-1", queued.clock.now(), queued.deskgate)
    with pytest.raises(NotFound), transaction():
        take_early(4711, "desk-1", queued.clock.now(), queued.deskgate)


def test_release_all_frees_every_queued_ticket(queued: House, monkeypatch):
    monkeypatch.setattr(release, "BATCH", 1)  # each in a transaction of its own
    queued.created("8")
    assert release_all("desk", "fire drill", "desk-1", queued.clock.now(), queued.deskgate) == 2
    queued.work()
    assert [ticket.state for ticket in queued.rows(tables.Ticket)] == ["routed", "routed"]
    assert db.session.query(tables.AuditEntry).one().values == {"tickets": 2}


def test_time_set_aside_is_given_back_when_a_person_takes_the_ticket_from_the_agents(house: House):
    house.change_terms("Acme", daily_limit=3 * HOUR, reserve_seconds=900)
    house.created()
    assert len(db.session.scalars(select(tables.Reservation)).all()) == 1
    with transaction():
        override(house.ticket().id, Override(Outcome.REJECT, "spam"), "desk-1", house.clock.now(), house.deskgate)
    assert db.session.scalars(select(tables.Reservation)).all() == []
