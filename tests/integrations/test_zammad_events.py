"""What the webhooks of Zammad say, by payloads of the documented shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind
from entitlements.rules.ticket import Severity
from integrations.tools import Tools
from integrations.zammad import Zammad
from tests.builders import utc
from tests.integrations.parts import a_config, a_webhook

SAMPLES = Path(__file__).parent / "samples" / "zammad"
US = "3"
MADE, LATER = utc("2026-03-09 14:34:35.282"), utc("2026-03-09 15:10:02.104")


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def told(tools: Tools, sample: dict[str, Any], acting_as: str = US, **settings: str) -> list[Event]:
    desk = Zammad(a_config("zammad", settings, acting_as=acting_as), tools)
    return list(desk.parse(a_webhook(json.dumps(sample["body"]).encode(), sample["headers"])))


def one(tools: Tools, name: str, acting_as: str = US, **settings: str) -> Event:
    (event,) = told(tools, payload(name), acting_as, **settings)
    return event


# --- New tickets -----------------------------------------------------------------------------------------------------


def test_a_mail_is_a_customers_ticket(tools: Tools) -> None:
    event = one(tools, "created")
    assert (event.kind, event.key, event.ticket_id) == (EventKind.CREATED, "new:81", "81")
    assert (event.author, event.staff_made, event.channel) == (Author.CUSTOMER, False, "email")
    assert (event.identity.email, event.identity.organization_id) == ("it@acme.example", "3")
    assert (event.at, event.created_at, event.created_at_source) == (MADE, MADE, "created_at")
    assert (event.severity, event.auto_submitted, event.incomplete) == (Severity.NORMAL, False, False)
    assert not event.key_is_signed


def test_a_mail_of_a_machine_says_so(tools: Tools) -> None:
    assert one(tools, "created-from-a-machine").auto_submitted


def test_a_call_that_an_agent_typed_in_is_staff_made_and_live(tools: Tools) -> None:
    event = one(tools, "created-by-phone")
    assert (event.author, event.staff_made, event.channel) == (Author.AGENT, True, "phone")


def test_a_customer_without_organization_is_known_by_address(tools: Tools) -> None:
    identity = one(tools, "created-without-organization").identity
    assert (identity.email, identity.organization_id, identity.external_id) == ("it@acme.example", "", "")


def test_an_attribute_of_the_organization_is_the_external_id(tools: Tools) -> None:
    assert one(tools, "created", external_id_field="contract_no").identity.external_id == "C-100"


def test_a_ticket_that_we_created_is_known_by_a_mark_nobody_sees(tools: Tools) -> None:
    assert one(tools, "created-by-deskgate", acting_as="").marker == "dg-17"
    sample = payload("created-by-deskgate")
    sample["body"]["ticket"]["preferences"] = {"deskgate_marker": "dg-x'; --"}
    assert told(tools, sample)[0].marker == ""


@pytest.mark.parametrize(("priority", "settings", "severity"), [
    ("1 low", {}, Severity.LOW), ("3 high", {}, Severity.HIGH), ("4 urgent", {}, None),
    ("4 urgent", {"urgent_priority": "4 urgent"}, Severity.URGENT)])
def test_a_priority_is_known_by_its_name(tools: Tools, priority: str, settings: dict[str, str],
                                         severity: Severity | None) -> None:
    sample = payload("created")
    sample["body"]["ticket"]["priority"]["name"] = priority
    assert told(tools, sample, **settings)[0].severity is severity


def test_the_product_is_an_attribute_of_the_ticket(tools: Tools) -> None:
    sample = payload("created")
    sample["body"]["ticket"]["product"] = " VPN\nclient "
    assert told(tools, sample, product_field="product")[0].product == "VPN client"


# --- What happened, which the payload does not say -------------------------------------------------------------------


def test_a_reply_is_told_by_its_article(tools: Tools) -> None:
    event = one(tools, "replied")
    assert (event.kind, event.key, event.author, event.public) == (
        EventKind.REPLIED, "entry:81:107", Author.CUSTOMER, True)
    assert event.at == utc("2026-03-09 15:10:02.090")
    assert event.waiting is None


def test_an_answer_takes_the_ticket(tools: Tools) -> None:
    event = one(tools, "answered")
    assert (event.kind, event.author, event.public) == (EventKind.REPLIED, Author.AGENT, True)
    assert (event.answered, event.assigned, event.waiting) == (True, True, False)


def test_time_is_told_with_the_note_in_units_of_the_sites_choice(tools: Tools) -> None:
    note, time = told(tools, payload("noted-with-time"))
    assert (note.kind, note.public, note.author) == (EventKind.REPLIED, False, Author.AGENT)
    assert (time.kind, time.seconds, time.entry_id) == (EventKind.TIME_LOGGED, 1800, "a109")
    assert told(tools, payload("noted-with-time"), time_unit_seconds="3600")[1].seconds == 108_000


@pytest.mark.parametrize(("article", "total", "seconds"), [
    ({"accounted_time": 0, "time_unit": "0.75"}, "30.75", 2700),
    ({"accounted_time": 1, "time_unit": "1.5"}, "1.5", 5400),
    ({"accounted_time": 2}, "2.0", 7200), ({"accounted_time": 1}, "1.5", 0), ({"accounted_time": 0}, "0.75", 0)])
def test_time_in_parts_of_a_unit_is_told_whole_or_not_at_all(tools: Tools, article: dict[str, Any], total: str,
                                                             seconds: int) -> None:
    """What is told by half would be counted by half: the next look finds what older versions cut off."""
    sample = payload("noted-with-time")
    del sample["body"]["article"]["time_unit"]
    sample["body"]["article"] |= article
    sample["body"]["ticket"]["time_unit"] = total
    assert sum(event.seconds for event in told(tools, sample, time_unit_seconds="3600")) == seconds


def test_a_change_without_article_is_told_by_who_made_it(tools: Tools) -> None:
    event = one(tools, "assigned")
    assert (event.kind, event.author, event.assigned, event.at) == (EventKind.UPDATED, Author.AGENT, True, LATER)
    assert not one(tools, "assigned", default_owners="5").assigned


def test_an_agent_waits_for_the_customer_and_we_for_the_hour(tools: Tools) -> None:
    assert one(tools, "waiting").waiting is True
    sample = payload("waiting")
    sample["body"]["ticket"]["preferences"] = {"deskgate_held": "2026-03-12T08:00:00.000Z"}
    assert told(tools, sample)[0].waiting is None


def test_a_ticket_waits_although_a_trigger_has_changed_it_since(tools: Tools) -> None:
    sample = payload("waiting")
    sample["body"]["ticket"]["updated_by_id"] = 1
    assert told(tools, sample)[0].waiting is True


def test_a_closing_is_one_although_the_trigger_that_tells_of_it_changed_the_ticket_last(tools: Tools) -> None:
    event = one(tools, "closed-and-tagged")
    assert (event.kind, event.author, event.closed) == (EventKind.CLOSED, Author.UNKNOWN, True)


def test_a_closing(tools: Tools) -> None:
    event = one(tools, "closed")
    assert (event.kind, event.author, event.at, event.closed) == (EventKind.CLOSED, Author.AGENT, LATER, True)


def test_states_of_the_sites_own_may_be_closed_ones(tools: Tools) -> None:
    sample = payload("closed")
    sample["body"]["ticket"]["state"] = "spam"
    assert told(tools, sample)[0].kind is EventKind.CLOSED
    sample["headers"]["X-Zammad-Trigger"] = "deskgate: updated"
    assert told(tools, sample)[0].kind is EventKind.UPDATED
    assert told(tools, sample, closed_states="spam")[0].kind is EventKind.CLOSED


def test_a_reopening_is_told_by_the_name_of_the_trigger(tools: Tools) -> None:
    event = one(tools, "reopened")
    assert (event.kind, event.author, event.closed) == (EventKind.REOPENED, Author.CUSTOMER, False)
    sample = payload("reopened")
    sample["headers"]["X-Zammad-Trigger"] = "deskgate: updated"
    assert [(each.kind, each.key) for each in told(tools, sample)] == [(EventKind.REPLIED, event.key)]


def test_a_merge_is_told_by_the_state(tools: Tools) -> None:
    assert one(tools, "merged").kind is EventKind.MERGED


def test_our_own_change_is_ours_by_its_mark_before_we_know_our_account(tools: Tools) -> None:
    event = one(tools, "queued-by-deskgate", acting_as="")
    assert (event.author, event.answered, event.waiting) == (Author.DESKGATE, False, None)


def test_our_own_closing_is_no_closing_by_people(tools: Tools) -> None:
    sample = payload("queued-by-deskgate")
    sample["body"]["ticket"] |= {"state": "closed", "pending_time": None,
                                 "preferences": {"deskgate_held": "", "deskgate_closed": "dg-17"}}
    assert all(event.kind is not EventKind.CLOSED and not event.closed for event in told(tools, sample, acting_as=""))


# --- Traps -----------------------------------------------------------------------------------------------------------


def test_a_webhook_sent_again_with_another_body_is_the_same_one(tools: Tools) -> None:
    sample = payload("replied")
    before = told(tools, sample)[0].key
    sample["body"]["ticket"] |= {"state": "open", "updated_at": "2026-03-09T15:10:42.000Z", "article_count": 3}
    assert told(tools, sample)[0].key == before


def test_a_closing_that_is_sent_again_after_the_reopening_closes_nothing(tools: Tools) -> None:
    sample = payload("closed")
    sample["body"]["ticket"] |= {"state": "open", "updated_at": "2026-03-09T15:10:42.000Z"}
    (event,) = told(tools, sample)
    assert (event.kind, event.closed) == (EventKind.UPDATED, False)


def test_a_trigger_of_another_name_is_understood_as_far_as_the_ticket_tells(tools: Tools) -> None:
    event = one(tools, "another-trigger")
    assert (event.kind, event.author) == (EventKind.UPDATED, Author.UNKNOWN)
    sample = payload("another-trigger")
    sample["body"]["ticket"]["updated_at"] = "2026-03-09T14:34:35.333Z"
    assert told(tools, sample)[0].kind is EventKind.CREATED


@pytest.mark.parametrize("article", [None, {}])
def test_schedulers_send_no_article(tools: Tools, article: object) -> None:
    sample = payload("assigned")
    sample["body"]["article"] = article
    assert told(tools, sample)[0].kind is EventKind.UPDATED


def test_a_body_of_the_admins_own_that_names_only_the_ticket_has_it_read(tools: Tools) -> None:
    (event,) = told(tools, {"headers": {"x-zammad-trigger": "deskgate: updated"}, "body": {"ticket": {"id": "81"}}})
    assert (event.kind, event.ticket_id, event.incomplete) == (EventKind.UPDATED, "81", True)


def test_a_customer_who_quotes_a_mark_is_not_us(tools: Tools) -> None:
    sample = payload("replied")
    sample["body"]["article"] |= {"body": "Ref. dg-17", "preferences": {"deskgate_marker": "dg-17"}}
    (event,) = told(tools, sample)
    assert (event.author, event.marker) == (Author.CUSTOMER, "")


def test_an_agent_who_quotes_our_note_to_the_customer_is_not_us(tools: Tools) -> None:
    sample = payload("answered")
    sample["body"]["article"]["body"] = "See below.<br>Ref. dg-17"
    assert told(tools, sample)[0].author is Author.AGENT


def test_what_the_system_sends_by_itself_is_nobodys_answer(tools: Tools) -> None:
    sample = payload("answered")
    sample["body"]["article"] |= {"sender": "System", "created_by_id": 1}
    assert told(tools, sample)[0].author is Author.UNKNOWN


@pytest.mark.parametrize(("where", "value", "what"), [
    ("id", None, "id is missing"), ("id", [1], "id must be"), ("updated_at", "yesterday", "updated_at is not"),
    ("created_at", "2026-03-09T14:34:35", "created_at has no time zone"), ("customer_id", 1.5, "customer_id must be")])
def test_what_cannot_be_understood_is_named(tools: Tools, where: str, value: object, what: str) -> None:
    sample = payload("assigned")
    sample["body"]["ticket"][where] = value
    with pytest.raises(TicketError, match=what):
        told(tools, sample)


@pytest.mark.parametrize("units", ["NaN", "1e999", "a lot", -1e300, [], {"a": 1}])
def test_an_impossible_length_of_time_is_none(tools: Tools, units: object) -> None:
    sample = payload("noted-with-time")
    sample["body"]["article"] |= {"accounted_time": units, "time_unit": units}
    assert all(event.seconds == 0 for event in told(tools, sample))
