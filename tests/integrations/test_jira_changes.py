"""What decisions come to in Jira: its workflow, its comments, its fields, and what people do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action
from integrations.desk.ticket import Standing
from integrations.jira.words import document, plain
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.jira_payloads import jira_at_work, site
from tests.integrations.stories import NOTE, WORDS, Connected
from tests.standins.jira_site import (
    AGENT,
    CANCELED,
    FIELDS,
    HOLD,
    NOTICE,
    OPEN,
    OUTCOME,
    RELEASE,
    RESOLVED,
    WAITING,
    Issue,
)


@pytest.fixture
def at_work(tools: Tools, clock: FakeClock) -> Iterator[Connected]:
    yield from jira_at_work(tools, clock)


def work(at_work: Connected, ticket_id: str) -> Issue:
    return site(at_work).issues[ticket_id]


def fails(at_work: Connected, action: Action, ticket_id: str = "") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        at_work.apply(at_work.owed(action, ticket_id))
    return caught.value


# --- Calls -----------------------------------------------------------------------------------------------------------


def test_an_everyday_route_is_one_edit_and_no_word(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.bring(Action.ROUTE, ticket_id)
    changes = [(method, path) for method, path in at_work.bench.serving.calls if method != "GET"]
    assert changes == [("PUT", f"/rest/api/3/issue/{ticket_id}")]


def test_a_comment_says_who_may_see_it_and_what_it_is_of_in_the_same_call(at_work: Connected) -> None:
    at_work = at_work.set(notice="reply")
    ticket_id = at_work.queued()
    note, word = work(at_work, ticket_id)["comments"]
    assert (note["public"], note["words"]) == (False, f"{NOTE}\n\nRef. dg-17")
    assert (word["public"], word["words"]) == (True, WORDS)
    for each, internal in ((note, True), (word, False)):
        assert each["properties"] == [{"key": "sd.public.comment", "value": {"internal": internal}},
                                      {"key": "deskgate", "value": {"marker": "dg-17"}}]


def test_our_words_are_found_again_on_whichever_page_they_are(at_work: Connected) -> None:
    at_work = at_work.set(notice="reply")
    ticket_id = at_work.bench.opens()
    for _ in range(5):
        at_work.bench.customer_writes(ticket_id)
    site(at_work).page = 2
    delivery = at_work.owed(Action.QUEUE, ticket_id)
    at_work.apply(delivery)
    assert not at_work.apply(replace(delivery, try_number=2)).changed
    assert len(work(at_work, ticket_id)["comments"]) == 7


@pytest.mark.parametrize("words", ["{code}x{code} [~accountid:1] !a.png! *b* {{c}} | d", "a\nb\n\nc", "  d",
                                   "\n\n e \n\n\n\nf"])
def test_words_are_documents_in_which_no_markup_is_read(words: str) -> None:
    blocks = [block.strip("\n") for block in words.split("\n\n") if block.strip()]
    assert plain(document(words)) == "\n\n".join(blocks)
    assert all(part.get("text", "x") for block in document(words)["content"] for part in block["content"])


# --- The workflow ----------------------------------------------------------------------------------------------------


def test_a_status_is_reached_by_the_transition_that_leads_there_now(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    assert work(at_work, ticket_id)["fields"]["status"] == HOLD
    at_work.bring(Action.RELEASE, ticket_id)
    assert work(at_work, ticket_id)["fields"]["status"] == OPEN


def meanwhile(at_work: Connected, ticket_id: str, happens: Callable[[], None]) -> None:
    """Have something happen after the next look at a ticket."""
    site(at_work).after_next_look[ticket_id] = happens


def test_where_somebody_has_gone_there_already_it_is_done(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    at_work.clock.go_on(minutes=1)
    meanwhile(at_work, ticket_id, lambda: site(at_work).move(AGENT, work(at_work, ticket_id), HOLD))
    assert not at_work.bring(Action.QUEUE, ticket_id).overtaken
    assert at_work.state(ticket_id).standing == "held"


def test_who_closes_a_ticket_while_we_queue_it_wins(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    meanwhile(at_work, ticket_id, lambda: at_work.bench.agent_closes(ticket_id))
    assert at_work.bring(Action.QUEUE, ticket_id).overtaken
    assert at_work.state(ticket_id).standing == "closed"


@pytest.mark.parametrize("page", [1, 100])
def test_what_people_close_after_we_had_closed_it_is_theirs(at_work: Connected, page: int) -> None:
    at_work = at_work.set(reject="close")
    ticket_id = at_work.bench.opens()
    at_work.bring(Action.REJECT, ticket_id)
    assert not at_work.helpdesk.read(ticket_id).closed
    at_work.bench.customer_reopens(ticket_id)
    at_work.bench.agent_closes(ticket_id)
    site(at_work).page = page
    assert at_work.helpdesk.read(ticket_id).closed
    assert at_work.bring(Action.ROUTE, ticket_id).overtaken
    assert at_work.state(ticket_id).standing == "closed"


def test_two_transitions_at_once_are_tried_again(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    site(at_work).wrong.add("busy workflow")
    at_work.bring(Action.QUEUE, ticket_id)
    assert at_work.state(ticket_id).standing == "held"


def test_a_workflow_without_a_way_is_named_with_the_ways_there_are(at_work: Connected) -> None:
    site(at_work).wrong.add("no way to On hold")
    error = fails(at_work, Action.QUEUE, at_work.bench.opens())
    assert error.kind == "refused"
    for part in ("from Waiting for support to On hold", "Waiting for customer, Resolved, Canceled", "queue_status"):
        assert part in str(error)


@pytest.mark.parametrize(("settings", "status", "resolution"), [
    ({}, CANCELED, "Done"), ({"reject_status": "resolved"}, RESOLVED, "Won't Do"),
    ({"reject_status": "10004", "resolution": "Done"}, RESOLVED, "Done")])
def test_closing_takes_the_status_that_is_set_and_the_resolution_that_is_asked_for(
        at_work: Connected, settings: dict[str, str], status: str, resolution: str) -> None:
    at_work = at_work.set(reject="close", **settings)
    ticket_id = at_work.bench.opens()
    at_work.bring(Action.REJECT, ticket_id)
    fields = work(at_work, ticket_id)["fields"]
    assert (fields["status"], fields["resolution"]) == (status, resolution)


def test_a_transition_that_asks_for_what_we_cannot_know_is_named(at_work: Connected) -> None:
    site(at_work).wrong.add("root cause")
    at_work = at_work.set(reject="close")
    ticket_id = at_work.bench.opens()
    assert "'To Canceled' asks for Root cause" in str(fails(at_work, Action.REJECT, ticket_id))
    assert at_work.state(ticket_id).standing == "open"


def test_a_released_ticket_takes_the_only_open_status_there_is_whatever_its_name(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    site(at_work).wrong.add("no way to Waiting for support")
    assert "name a status that can be reached in route_status" in str(fails(at_work, Action.RELEASE, ticket_id))
    at_work.set(waiting_status="Pending").bring(Action.RELEASE, ticket_id)
    assert work(at_work, ticket_id)["fields"]["status"] == WAITING


def test_a_released_ticket_takes_the_status_that_is_set(at_work: Connected) -> None:
    ticket_id = at_work.queued()
    at_work.set(route_status="waiting for CUSTOMER").bring(Action.RELEASE, ticket_id)
    assert work(at_work, ticket_id)["fields"]["status"] == WAITING


def test_without_a_status_for_it_a_queued_ticket_is_only_labelled(at_work: Connected) -> None:
    at_work = at_work.set(queue_status="")
    ticket_id = at_work.queued()
    assert work(at_work, ticket_id)["fields"]["status"] == OPEN
    assert at_work.helpdesk.ticket(ticket_id).standing is Standing.HELD
    assert not at_work.apply(at_work.owed(Action.QUEUE, ticket_id)).changed
    at_work.bring(Action.RELEASE, ticket_id)
    assert at_work.helpdesk.ticket(ticket_id).standing is Standing.OPEN
    assert not any("transitions" in path for _, path in at_work.bench.serving.calls)


def test_a_ticket_that_waits_for_its_customer_is_with_people(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    site(at_work).move(AGENT, work(at_work, ticket_id), WAITING)
    assert at_work.bring(Action.QUEUE, ticket_id).overtaken


# --- Groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["label", "component"])
def test_a_group_may_be_a_label_or_a_component_and_the_earlier_one_is_taken_off(at_work: Connected, kind: str) -> None:
    groups = {"route_group": "Service-Desk", "queue_group": "Waiting", "triage_group": "Triage",
              "renewals_group": "Sales"}
    if kind == "component":
        groups["route_group"] = "Service Desk"
    at_work = at_work.set(group_field=kind, **groups)
    ticket_id = at_work.bench.opens()
    at_work.bench.agent_tags(ticket_id, "vip")
    field = {"label": "labels", "component": "components"}[kind]
    at_work.bring(Action.QUEUE, ticket_id)
    assert "Waiting" in work(at_work, ticket_id)["fields"][field]
    assert at_work.helpdesk.inspect(ticket_id).group == "Waiting"
    work(at_work, ticket_id)["fields"]["components"] = [*work(at_work, ticket_id)["fields"]["components"], "Printers"]
    at_work.bring(Action.RELEASE, ticket_id)
    now = work(at_work, ticket_id)["fields"]
    assert groups["route_group"] in now[field]
    assert "Waiting" not in now[field]
    assert "vip" in now["labels"]
    assert "Printers" in now["components"]
    assert "Service-Desk" not in at_work.helpdesk.inspect(ticket_id).tags


# --- Fields ----------------------------------------------------------------------------------------------------------


def test_each_field_is_told_in_the_form_that_its_type_takes_and_only_once(at_work: Connected) -> None:
    at_work = at_work.set(release_field="deskgate RELEASE", notice_field=NOTICE, outcome_field=OUTCOME)
    ticket_id = at_work.bench.opens()
    delivery = at_work.owed(Action.QUEUE, ticket_id, message="We are closed.\n\nUntil nine.")
    at_work.apply(delivery)
    fields = work(at_work, ticket_id)["fields"]
    assert (fields[OUTCOME], fields[RELEASE]) == ("queue", "2026-03-10T08:00:00.000+0000")
    assert plain(fields[NOTICE]) == "We are closed.\n\nUntil nine."
    assert not at_work.apply(replace(delivery, try_number=2)).changed
    at_work.bring(Action.RELEASE, ticket_id)
    assert fields[RELEASE] is None


def test_a_field_that_is_not_there_stops_the_connection_and_says_so(at_work: Connected) -> None:
    ticket_id = at_work.bench.opens()
    error = fails(at_work.set(license_field="No such field"), Action.ROUTE, ticket_id)
    assert (error.kind, "there is no field 'No such field'" in str(error)) == ("setting", True)
    site(at_work).wrong.add("field twice")
    at_work.helpdesk.api.book(("Something else",))  # type: ignore[attr-defined]
    assert "there are 2 fields named" in str(fails(at_work, Action.ROUTE, ticket_id))


def test_a_field_that_was_just_made_is_found(at_work: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket_id = at_work.queued()
    monkeypatch.setitem(FIELDS, "customfield_10090", ("License", "x:textfield"))
    monkeypatch.setattr("tests.standins.jira_api.EDITABLE", frozenset({"labels", *FIELDS}))
    work(at_work, ticket_id)["fields"]["customfield_10090"] = None
    at_work = at_work.set(license_field="License")
    at_work.bring(Action.RELEASE, ticket_id)
    assert work(at_work, ticket_id)["fields"]["customfield_10090"] == "Business hours"


def test_a_field_that_is_on_no_screen_is_named_by_jira_itself(at_work: Connected) -> None:
    site(at_work).wrong.add("release off screen")
    error = fails(at_work.set(release_field="Deskgate release"), Action.QUEUE, at_work.bench.opens())
    assert (error.kind, f"{RELEASE}: Field '{RELEASE}' cannot be set" in str(error)) == ("refused", True)


def test_a_token_that_may_not_list_fields_writes_to_those_that_are_named_by_their_ids(at_work: Connected) -> None:
    site(at_work).wrong.add("no fields")
    ticket_id = at_work.bench.opens()
    groups = {f"{each}_group": each for each in ("route", "triage", "queue", "renewals")}
    at_work = at_work.set(outcome_field=OUTCOME, group_field="label", **groups)
    at_work.bring(Action.ROUTE, ticket_id)
    assert work(at_work, ticket_id)["fields"][OUTCOME] == "route"
    assert at_work.helpdesk.read(ticket_id).identity.organization_id == "146"
    assert fails(at_work.set(outcome_field="Deskgate outcome"), Action.QUEUE, ticket_id).kind == "setting"
