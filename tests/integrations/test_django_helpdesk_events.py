"""django-helpdesk, in: what its webhooks say, by payloads captured from the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entitlements.errors import TicketError, VerificationError
from entitlements.helpdesk import Author, EventKind
from entitlements.rules.ticket import Severity
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.parts import DECIDED_AT, a_webhook
from tests.integrations.payloads import captured, changed, desk, events_of

Change = Callable[[dict[str, Any]], None]


# --- Who sent it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["new", "old"])
def test_the_secret_in_the_address_proves_the_sender_also_during_a_rotation(tools: Tools, told: str) -> None:
    desk(tools, secrets=("new", "old")).verify(a_webhook(b"", path_secret=told), DECIDED_AT)


@pytest.mark.parametrize(("secrets", "told"), [
    (("s",), ""), (("s",), "t"), ((), ""), (("",), ""), ((), "s"), (("s",), "s\ud800"), (("s",), "ß")])
def test_any_other_secret_or_none_is_refused(tools: Tools, secrets: tuple[str, ...], told: str) -> None:
    with pytest.raises(VerificationError):
        desk(tools, secrets=secrets).verify(a_webhook(b"", path_secret=told), DECIDED_AT)


# --- New tickets -----------------------------------------------------------------------------------------------------


def test_a_ticket_from_the_public_form_is_a_customers(tools: Tools) -> None:
    payload = captured("new-ticket-web-form")
    (event,) = events_of(tools, payload)
    opened_at = payload["ticket"]["followup_set"][0]["date"]
    assert (event.kind, event.key, event.ticket_id, event.key_is_signed) == (EventKind.CREATED, "t1:new", "1", False)
    assert (event.author, event.staff_made, event.channel, event.marker) == (Author.CUSTOMER, False, "web", "")
    assert (event.identity.email, event.severity) == ("alice@acme.test", Severity.HIGH)
    assert (event.created_at, event.created_at_source) == (event.at, "first follow-up")
    assert event.created_at == utc(opened_at.removesuffix("Z"))
    assert not event.answered
    assert not event.assigned


def test_a_ticket_from_a_mail_came_by_mail(tools: Tools) -> None:
    (event,) = events_of(tools, captured("new-ticket-mail"))
    assert (event.author, event.channel, event.identity.email) == (Author.CUSTOMER, "email", "carol@initech.test")


def test_a_ticket_that_an_agent_typed_in_is_staff_made(tools: Tools) -> None:
    (event,) = events_of(tools, captured("new-ticket-rest-api"))
    assert (event.author, event.staff_made, event.channel) == (Author.AGENT, True, "")


@pytest.mark.parametrize("title", ["Ticket Opened Via Web", "Ticket über das Web geöffnet", "Billet ouvert via le Web",
                                   "Zgłoszenie otwarto przez stronę WWW", "Sak åpnet via nettportalen"])
def test_a_signed_in_customer_in_the_public_form_is_no_staff_in_any_language(tools: Tools, title: str) -> None:
    (event,) = events_of(tools, changed("new-ticket-rest-api", user=4, title=title))
    assert (event.author, event.staff_made) == (Author.CUSTOMER, False)


@pytest.mark.parametrize(("staff", "staff_made"), [("3", True), ("1, 3", True), ("1", False)])
def test_where_staff_is_listed_only_they_are(tools: Tools, staff: str, staff_made: bool) -> None:
    (event,) = events_of(tools, captured("new-ticket-rest-api"), {"staff": staff})
    assert event.staff_made is staff_made


def test_a_ticket_that_we_created_is_known_by_its_marker(tools: Tools) -> None:
    payload = changed("new-ticket-rest-api", user=2)
    payload["ticket"]["description"] = "It burns.\n\nRef. dg-17\n"
    assert events_of(tools, payload)[0].marker == "dg-17"


def test_a_ticket_that_we_created_is_known_by_the_marker_field(tools: Tools) -> None:
    payload = changed("new-ticket-rest-api", user=2)
    payload["ticket"]["custom_marker"] = "dg-17"
    assert events_of(tools, payload, {"marker_field": "marker"})[0].marker == "dg-17"


@pytest.mark.parametrize("words", ["It burns.\n\nRef. dg-17", "Ref. dg-17"])
def test_a_customer_cannot_pass_a_ticket_off_as_ours(tools: Tools, words: str) -> None:
    payload = captured("new-ticket-web-form")
    payload["ticket"] |= {"description": words, "custom_marker": "dg-17"}
    assert events_of(tools, payload, {"marker_field": "custom_marker"})[0].marker == ""


def test_a_reference_that_an_agent_copied_from_a_letter_is_no_marker(tools: Tools) -> None:
    payload = captured("new-ticket-rest-api")
    payload["ticket"]["description"] = "As per your letter.\nRef. 2026-17"
    assert events_of(tools, payload)[0].marker == ""


def test_nobody_is_ours_by_account_alone(tools: Tools) -> None:
    (event,) = events_of(tools, changed("new-ticket-rest-api", user=2))
    assert (event.marker, event.author) == ("", Author.AGENT)


@pytest.mark.parametrize(("priority", "severity"), [
    (1, Severity.URGENT), (2, Severity.HIGH), (3, Severity.NORMAL), (4, Severity.LOW), (5, Severity.LOW), (9, None),
    (None, None)])
def test_priority_is_severity(tools: Tools, priority: int | None, severity: Severity | None) -> None:
    payload = captured("new-ticket-web-form")
    payload["ticket"]["priority"] = priority
    assert events_of(tools, payload)[0].severity is severity


def test_the_product_is_in_a_custom_field(tools: Tools) -> None:
    payload = captured("new-ticket-web-form")
    payload["ticket"]["custom_product"] = " VPN\nclient "
    assert events_of(tools, payload, {"product_field": "product"})[0].product == "VPN client"


def test_without_follow_ups_nobody_knows_when_it_was_opened(tools: Tools) -> None:
    payload = captured("new-ticket-web-form")
    payload["ticket"] |= {"followup_set": [], "submitter_email": None}
    (event,) = events_of(tools, payload)
    assert (event.created_at, event.created_at_source, event.identity.email) == (None, "", "")


def test_the_owner_that_a_queue_gives_every_ticket_has_not_taken_it(tools: Tools) -> None:
    payload = captured("new-ticket-web-form")
    payload["ticket"]["assigned_to"] = 3
    assert events_of(tools, payload)[0].assigned
    assert not events_of(tools, payload, {"default_owners": "3"})[0].assigned


# --- Updates ---------------------------------------------------------------------------------------------------------


def test_our_own_comment_coming_back_is_ours(tools: Tools) -> None:
    (event,) = events_of(tools, captured("followup-public"))
    assert (event.kind, event.key, event.author) == (EventKind.REPLIED, "f2", Author.DESKGATE)
    assert not event.answered


def test_our_own_comment_is_known_by_its_marker_before_we_know_our_account(tools: Tools) -> None:
    payload = changed("followup-public", comment="We open at nine.\n\nRef. dg-17")
    (event,) = events_of(tools, payload, acting_as="")
    assert (event.author, event.marker, event.answered) == (Author.DESKGATE, "dg-17", False)


def test_an_agents_public_comment_answers_the_ticket(tools: Tools) -> None:
    (event,) = events_of(tools, captured("followup-public"), acting_as="9")
    assert (event.kind, event.author, event.public, event.answered) == (EventKind.REPLIED, Author.AGENT, True, True)


def test_a_customer_who_quotes_our_marker_is_still_a_customer(tools: Tools) -> None:
    payload = changed("followup-mail-again", comment="Thanks!\n\nRef. dg-17")
    (event,) = events_of(tools, payload)
    assert (event.kind, event.author, event.marker) == (EventKind.REPLIED, Author.CUSTOMER, "")


def test_a_private_comment_with_time_is_a_note_and_a_time_entry(tools: Tools) -> None:
    note, logged = events_of(tools, captured("followup-private-time-spent"))
    assert (note.kind, note.public, note.author) == (EventKind.REPLIED, False, Author.AGENT)
    assert (logged.kind, logged.seconds, logged.entry_id, logged.key) == (EventKind.TIME_LOGGED, 5400, "f3", "f3")


@pytest.mark.parametrize(("told", "seconds"), [
    ("00:00:01", 1), ("01:30:00.500000", 5400), ("1 00:00:00", 86400), ("2 01:00:00", 176400), ("-1 23:30:00", -1800)])
def test_time_is_read_with_its_days_and_may_be_given_back(tools: Tools, told: str, seconds: int) -> None:
    assert events_of(tools, changed("followup-private-time-spent", time_spent=told))[-1].seconds == seconds


@pytest.mark.parametrize("user", [None, 2])
def test_time_that_the_helpdesk_measures_on_entries_of_others_is_nobodys_work(tools: Tools, user: int | None) -> None:
    events = events_of(tools, changed("followup-private-time-spent", user=user))
    assert [event.kind for event in events] == [EventKind.REPLIED]


def test_an_agent_who_takes_the_ticket_is_seen(tools: Tools) -> None:
    (event,) = events_of(tools, captured("followup-taken"))
    assert (event.kind, event.author, event.assigned) == (EventKind.UPDATED, Author.AGENT, True)


@pytest.mark.parametrize(("new_status", "kind"), [
    (3, EventKind.CLOSED), (4, EventKind.CLOSED), (5, EventKind.MERGED)])
def test_a_closing_answer_is_an_answer_and_a_closing(tools: Tools, new_status: int, kind: EventKind) -> None:
    events = events_of(tools, changed("followup-closed", new_status=new_status))
    assert [event.kind for event in events] == [EventKind.REPLIED, kind]
    assert {event.key for event in events} == {"f5"}


def test_a_customers_mail_reopens_a_closed_ticket_once(tools: Tools) -> None:
    (first,) = events_of(tools, captured("followup-mail-reopens"))
    (second,) = events_of(tools, captured("followup-mail-again"))
    assert (first.kind, first.author) == (EventKind.REOPENED, Author.CUSTOMER)
    assert (second.kind, second.author) == (EventKind.REPLIED, Author.CUSTOMER)


def test_a_ticket_merged_into_another_is_merged(tools: Tools) -> None:
    payload = changed("followup-taken")
    payload["ticket"]["merged_to"] = 12
    assert [event.kind for event in events_of(tools, payload)] == [EventKind.MERGED]


def test_an_update_tells_the_severity_as_it_is_now(tools: Tools) -> None:
    payload = captured("followup-mail-again")
    payload["ticket"]["priority"] = 1
    assert events_of(tools, payload)[0].severity is Severity.URGENT


# --- What cannot be understood ---------------------------------------------------------------------------------------


def without(name: str) -> Change:
    return lambda payload: payload["ticket"].pop(name)


def with_(name: str, value: object) -> Change:
    return lambda payload: payload["ticket"].update({name: value})


def entry_with(name: str, value: object) -> Change:
    return lambda payload: payload["ticket"]["followup_set"][-1].update({name: value})


@pytest.mark.parametrize(("change", "message"), [
    (without("id"), "id is missing"), (with_("id", "x1"), "id must be a number"),
    (without("followup_set"), "followup_set must be a list"), (with_("followup_set", ["x"]), "followup_set must be"),
    (with_("submitter_email", 5), "submitter_email must be"), (with_("priority", "high"), "priority must be"),
    (with_("on_hold", "no"), "on_hold must be"), (entry_with("time_spent", "an hour"), "time_spent is not"),
    (entry_with("time_spent", "99999 00:00:00"), "more than a year"), (entry_with("date", "today"), "date is not"),
    (entry_with("comment", {}), "comment must be a text"), (lambda payload: payload.pop("ticket"), "ticket must be"),
    (lambda payload: payload.update(followup_id=999), "followup_id 999 is not among"),
    (lambda payload: payload.update(followup_id=[1]), "followup_id must be"),
])
def test_what_is_wrong_in_a_webhook_is_named(tools: Tools, change: Change, message: str) -> None:
    payload = captured("followup-private-time-spent")
    change(payload)
    with pytest.raises(TicketError, match=message):
        events_of(tools, payload)
