"""django-helpdesk is asked what happened: its follow-ups are listed, and each ticket that has some is read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import responses

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Author, Event, EventKind
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.django_helpdesk.changes import find_changed
from integrations.django_helpdesk.settings import read_settings
from integrations.django_helpdesk.ticket import People
from integrations.http import Answer
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.parts import a_config, a_webhook
from tests.integrations.stub_desk import AGENT, ROOT, TOKEN, US, StubDesk, desk

MORNING = utc("2026-03-09 09:00")


def found(tools: Tools, since: datetime = MORNING, **settings: str) -> list[Event]:
    return list(desk(tools, settings or None, acting_as=str(US)).find_changed(since))


def at(minutes: float) -> str:
    return (MORNING + timedelta(minutes=minutes)).isoformat()


def full(stub: StubDesk, tickets: int, each: int = 1) -> None:
    """Tickets from long ago, all of them open, with so many entries each."""
    for number in range(tickets):
        ticket = stub.add(id=number + 1)
        ticket["followup_set"].clear()
        for _ in range(each):
            stub.write(number + 1, "Long ago.", user=None, date=f"2026-01-01T00:00:{number % 60:02}Z")


def test_it_tells_what_the_webhooks_would_have_told(tools: Tools, stub: StubDesk) -> None:
    ticket = stub.add()
    ticket["followup_set"][0]["date"] = at(1)
    said = [stub.write(7, "Still burning.", user=None, date=at(2)),
            stub.write(7, "On it.", date=at(3), time_spent="00:10:00"),
            stub.write(7, "Done.", date=at(4), new_status=3)]
    told = found(tools)
    parse = desk(tools, acting_as=str(US)).parse
    webhooks = [{"ticket": ticket}, *({"ticket": ticket, "followup_id": entry["id"]} for entry in said)]
    assert told == [event for body in webhooks for event in parse(a_webhook(json.dumps(body).encode()))]
    assert [(each.kind, each.key) for each in told] == [
        (EventKind.CREATED, "t7:new"), (EventKind.REPLIED, f"f{said[0]['id']}"),
        (EventKind.REPLIED, f"f{said[1]['id']}"), (EventKind.TIME_LOGGED, f"f{said[1]['id']}"),
        (EventKind.REPLIED, f"f{said[2]['id']}"), (EventKind.CLOSED, f"f{said[2]['id']}")]
    assert (stub.lists, stub.reads, stub.writes) == (1, 1, [])


def test_connecting_to_a_desk_with_5000_open_tickets_asks_for_one_page_and_changes_nothing(
        tools: Tools, stub: StubDesk) -> None:
    full(stub, 5000)
    assert found(tools) == []
    assert (stub.lists, stub.reads, stub.writes) == (1, 0, [])


def test_an_old_ticket_to_which_something_happened_is_told_by_that_alone(tools: Tools, stub: StubDesk) -> None:
    full(stub, 30, each=3)
    stub.write(12, "Any news?", user=None, date=at(5))
    assert [(each.kind, each.ticket_id, each.created_at) for each in found(tools)] == [
        (EventKind.REPLIED, "12", utc("2026-01-01 00:00:11"))]
    assert (stub.lists, stub.reads) == (1, 1)


@pytest.mark.parametrize("news", [1, 24, 25, 26, 60, 400])
@pytest.mark.parametrize("old", [0, 10, 25, 1000])
def test_where_they_begin_is_found_by_halves(tools: Tools, stub: StubDesk, news: int, old: int) -> None:
    full(stub, 1, each=old or 1)
    if not old:
        stub.tickets[1]["followup_set"].clear()
    for number in range(news):
        stub.write(1, "Again.", user=None, date=at(number / 60))
    assert len(found(tools)) == news
    assert stub.lists <= news / 25 + 9


def test_they_come_in_the_order_in_which_they_happened_whatever_the_ticket(tools: Tools, stub: StubDesk) -> None:
    full(stub, 3)
    for minute, number in enumerate([2, 1, 3, 1, 2]):
        stub.write(number, "Hello?", user=None, date=at(minute))
    told = found(tools)
    assert [each.ticket_id for each in told] == ["2", "1", "3", "1", "2"]
    assert [each.at for each in told] == sorted(each.at for each in told if each.at)
    assert stub.reads == 3


def test_a_reader_who_stops_early_saves_the_calls(tools: Tools, stub: StubDesk) -> None:
    for number in range(200):
        stub.add(id=number + 1)["followup_set"][0]["date"] = at(number / 60)
    events: Iterator[Event] = desk(tools, acting_as=str(US)).find_changed(MORNING)
    assert next(events).ticket_id == "1"
    assert stub.reads == 1


def test_what_deskgate_wrote_is_told_as_our_own(tools: Tools, stub: StubDesk) -> None:
    full(stub, 1)
    stub.write(1, "We open at nine.\n\nRef. dg-17", user=US, date=at(1))
    assert [each.author for each in found(tools)] == [Author.DESKGATE]


@pytest.mark.parametrize(("closing", "closed"), [({"user": AGENT}, True), ({"user": US}, False)])
def test_a_ticket_that_people_closed_says_so(tools: Tools, stub: StubDesk, closing: dict, closed: bool) -> None:
    ticket = stub.add(status=4)
    ticket["followup_set"][0]["date"] = at(1)
    stub.write(7, "Done.", date=at(2), new_status=4, **closing)
    assert found(tools)[0].closed is closed


def test_a_ticket_that_is_gone_or_cannot_be_understood_keeps_no_other_out(tools: Tools, stub: StubDesk) -> None:
    for number in (7, 8, 9):
        stub.add(id=number)["followup_set"][0]["date"] = at(number)
    stub.tickets[8]["status"] = "lost"
    stub.gone = {9}
    assert [each.ticket_id for each in found(tools)] == ["7"]


@pytest.mark.parametrize("body", ["[]", '{"count": "many", "results": []}', '{"count": 1}',
                                  '{"count": 1, "results": [{"id": "x"}]}'])
@responses.activate
def test_a_list_that_is_none_is_told(tools: Tools, body: str) -> None:
    responses.get(f"{ROOT}/followups/", body=body)
    with pytest.raises(DeliveryError):
        found(tools)


@responses.activate
def test_a_helpdesk_that_does_not_answer_breaks_the_look_off(tools: Tools) -> None:
    responses.get(f"{ROOT}/followups/", status=503)
    with pytest.raises(DeliveryError) as caught:
        found(tools)
    assert caught.value.kind == "temporary"


def test_without_an_address_it_cannot_be_asked(tools: Tools) -> None:
    assert not DjangoHelpdesk(a_config("django_helpdesk"), tools).finds_changes
    assert DjangoHelpdesk(a_config("django_helpdesk", url=ROOT, token=TOKEN), tools).finds_changes


@pytest.mark.parametrize("body", ['{"id": 7, "que', "<html>Please sign in</html>", ""])
def test_a_ticket_whose_answer_is_cut_off_or_not_the_helpdesks_ends_the_look_so_that_it_is_asked_for_again(
        tools: Tools, stub: StubDesk, body: str) -> None:
    stub.add()["followup_set"][0]["date"] = at(1)
    api = desk(tools)._api
    ask = api.ask

    def cut(method: str, path: str, **sent: object) -> Answer:
        answer = ask(method, path, **sent)
        return replace(answer, body=body.encode()) if path == "tickets/7/" else answer

    api.ask = cut  # type: ignore[method-assign]
    with pytest.raises(DeliveryError, match="not JSON"):
        list(find_changed(api, read_settings(a_config("django_helpdesk")), People(""), MORNING))
