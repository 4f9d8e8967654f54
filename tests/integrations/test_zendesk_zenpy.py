"""A client that is not ours, written against the real Zendesk, finds in the stand-in what it expects there.

Where the two agree, the adapter is tested against more than our own idea of Zendesk.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, CustomField, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from entitlements.helpdesk import Action
from tests.integrations.stories import Connected
from tests.integrations.zendesk_parts import bench_of
from tests.standins.bench import CUSTOMER
from tests.standins.zendesk.app import EMAIL, TOKEN
from tests.standins.zendesk.parts import ADMIN, CUSTOMER_ID, GROUPS, MUST_FIELD, OUTCOME_FIELD

ACCOUNT = "https://acme.zendesk.com"


class Diverted(HTTPAdapter):
    """Takes calls to the account to the stand-in, without the caller noticing."""

    def __init__(self, url: str):
        super().__init__()
        self.to = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        asked = str(request.url)
        request.url = asked.replace(ACCOUNT, self.to)
        response = super().send(request, *args, **more)
        request.url = response.url = asked
        return response


@pytest.fixture
def zenpy(desk_zendesk: Connected) -> Iterator[Zenpy]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount(ACCOUNT, Diverted(desk_zendesk.bench.url))
        yield Zenpy(subdomain="acme", session=session, email=EMAIL, token=TOKEN, disable_cache=True)


def test_it_knows_who_it_is(zenpy: Zenpy) -> None:
    assert (zenpy.users.me().id, zenpy.users.me().role) == (ADMIN, "admin")


def test_a_ticket_that_it_creates_is_read_by_our_adapter(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    audit = zenpy.tickets.create(Ticket(
        subject="VPN down", comment=Comment(body="Since nine."), requester=User(name="IT", email=CUSTOMER),
        priority="urgent", tags=["vpn"], custom_fields=[CustomField(id=OUTCOME_FIELD, value="none")]))
    seen = desk_zendesk.helpdesk.inspect(str(audit.ticket.id))
    assert (seen.standing, seen.tags, seen.fields) == ("open", {"vpn"}, {"Deskgate outcome": "none"})
    read = desk_zendesk.helpdesk.read(str(audit.ticket.id))
    assert (read.severity, read.identity.email) == ("urgent", CUSTOMER)


def test_it_reads_what_our_adapter_wrote(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    ticket_id = int(desk_zendesk.bench.opens())
    desk_zendesk.set(notice="reply").bring(Action.QUEUE, str(ticket_id))
    ticket = zenpy.tickets(id=ticket_id)
    assert (ticket.status, ticket.group_id) == ("hold", GROUPS["Night"])
    assert "deskgate_queued" in ticket.tags
    comments = list(zenpy.tickets.comments(ticket_id))
    assert [(each.author_id, each.public) for each in comments] == [
        (CUSTOMER_ID, True), (ADMIN, False), (ADMIN, True)]
    assert comments[1].body.endswith("Ref. dg-17")
    audits = list(zenpy.tickets.audits(ticket_id))
    assert [each.metadata.custom for each in audits] == [{}, {"deskgate": "dg-17"}, {"deskgate": "dg-17"}]


def test_what_it_writes_below_a_ticket_is_an_agents_answer_to_us(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    ticket_id = desk_zendesk.bench.opens()
    ticket = zenpy.tickets(id=int(ticket_id))
    ticket.comment = Comment(body="We are on it.", public=True, author_id=ADMIN + 1)
    ticket.status = "pending"
    answer = zenpy.tickets.update(ticket)
    assert {event["type"] for event in answer.audit.events} == {"Comment", "Change"}
    read = desk_zendesk.helpdesk.read(ticket_id)
    assert (read.answered, read.waiting) == (True, True)


def test_it_adds_sets_and_takes_tags(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    ticket_id = int(desk_zendesk.bench.opens())
    zenpy.tickets.add_tags(ticket_id, ["vip", "vpn"])
    zenpy.tickets.delete_tags(ticket_id, ["vpn"])
    assert desk_zendesk.state(str(ticket_id)).tags == {"vip"}
    zenpy.tickets.set_tags(ticket_id, ["other"])
    assert desk_zendesk.state(str(ticket_id)).tags == {"other"}


def test_it_finds_what_changed_by_cursor_in_the_order_in_which_it_did(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    began = desk_zendesk.clock.now() - timedelta(minutes=5)
    tickets = [int(desk_zendesk.bench.opens()) for _ in range(3)]
    desk_zendesk.clock.go_on(minutes=1)
    desk_zendesk.bench.customer_writes(str(tickets[0]))
    exported = zenpy.tickets.incremental(start_time=began, paginate_by_time=False)
    assert [ticket.id for ticket in exported] == [*tickets[1:], tickets[0]]
    assert {event.ticket_id for event in desk_zendesk.helpdesk.find_changed(began)} == {str(each) for each in tickets}


def test_it_searches_and_finds_by_external_id(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    receipt = desk_zendesk.apply(desk_zendesk.owed(Action.CREATE))
    desk_zendesk.bench.opens()
    assert [str(each.id) for each in zenpy.tickets(external_id="dg-17")] == [receipt.ticket_id]
    assert [str(each.id) for each in zenpy.search(type="ticket", tags="deskgate_routed")] == [receipt.ticket_id]


def test_it_changes_many_tickets_by_a_job_and_asks_how_it_went(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    bench_of(desk_zendesk).api.job_looks = 1
    tickets = [Ticket(id=int(desk_zendesk.bench.opens()), priority="high") for _ in range(2)]
    job = zenpy.tickets.update(tickets)
    assert (job.status, job.total) == ("queued", 2)
    done = zenpy.job_status(id=job.id)
    assert (done.status, [result.success for result in done.results]) == ("completed", [True, True])


def test_it_understands_what_is_refused(desk_zendesk: Connected, zenpy: Zenpy) -> None:
    bench_of(desk_zendesk).account.must_be_filled = True
    ticket_id = int(desk_zendesk.bench.opens())
    with pytest.raises(APIException, match="Cause: cannot be blank"):
        zenpy.tickets.update(Ticket(id=ticket_id, status="solved"))
    bench_of(desk_zendesk).agent_does(str(ticket_id), custom_fields=[{"id": MUST_FIELD, "value": "cable"}])
    stale = "2026-03-09T09:00:00Z"
    with pytest.raises(APIException, match="UpdateConflict"):
        zenpy.tickets.update(Ticket(id=ticket_id, status="solved", safe_update=True, updated_stamp=stale))
    zenpy.tickets.delete(Ticket(id=ticket_id))
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=ticket_id)


def test_it_lists_groups_fields_and_statuses_by_name(zenpy: Zenpy) -> None:
    assert {group.name: group.id for group in zenpy.groups()} == GROUPS
    assert OUTCOME_FIELD in {field.id for field in zenpy.ticket_fields()}
    assert "Waiting for hours" in {status.agent_label for status in zenpy.custom_statuses()}
