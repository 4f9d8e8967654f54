"""What is particular to described helpdesks: what their webhooks say, what answers mean, and the dry run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entitlements.errors import DeliveryError, TicketError
from entitlements.helpdesk import Action, Author, EventKind, Inbound
from entitlements.rules.reasons import Outcome
from integrations.generic import Generic
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.descriptions import BLIND, described
from tests.integrations.parts import a_config, a_delivery, a_webhook
from tests.standins.acme import DESCRIPTION, AcmeBench


@pytest.fixture
def bench(clock: FakeClock) -> Iterator[AcmeBench]:
    bench = AcmeBench(clock)
    with bench.serving:
        bench.serving.go_by(clock)
        yield bench


@pytest.fixture
def acme(bench: AcmeBench, tools: Tools) -> Generic:
    config = a_config("generic", bench.settings(), url=bench.url, token=bench.token, secrets=(bench.secret,))
    return Generic(config, tools)


# --- Webhooks --------------------------------------------------------------------------------------------------------


def events(tools: Tools, webhook: str, sent: Inbound) -> list[Any]:
    return list(described(tools, f"title='x'\n{webhook}").parse(sent))


def test_one_webhook_may_tell_of_many_tickets(tools: Tools) -> None:
    webhook = """
        [[webhook.events]]
        kind = "updated"
        for_each = "changes"
        when = "_each.type == 'ticket' && source == 'desk'"
        fields = { ticket_id = "_each.id", author = "_each.by" }
    """
    body = {"source": "desk", "changes": [{"type": "ticket", "id": 1, "by": "agent"}, {"type": "user", "id": 2},
                                          {"type": "ticket", "id": 3}]}
    found = events(tools, webhook, a_webhook(json.dumps(body).encode()))
    assert [(event.ticket_id, event.author) for event in found] == [("1", Author.AGENT), ("3", Author.UNKNOWN)]


def test_a_list_and_a_form_are_payloads_too(tools: Tools) -> None:
    rule = '[[webhook.events]]\nkind = "updated"\n'
    as_list = events(tools, f'{rule}for_each="_items"\nfields={{ticket_id="_each.id"}}',
                     a_webhook(b'[{"id": 1}, {"id": 2}]'))
    assert [event.ticket_id for event in as_list] == ["1", "2"]
    form = events(tools, f'[webhook]\ncontent="form"\n{rule}fields={{ticket_id="ticket[0]", email="from"}}',
                  a_webhook(b"ticket=7&ticket=8&from=it%40acme.example&empty="))
    assert (form[0].ticket_id, form[0].identity.email) == ("7", "it@acme.example")
    with pytest.raises(TicketError):
        events(tools, f'[webhook]\ncontent="form"\n{rule}fields={{ticket_id="ticket"}}', a_webhook(b"\xff\xfe"))


def test_what_is_of_no_concern_is_ignored_and_all_else_that_is_unknown_is_not(tools: Tools) -> None:
    webhook = '[webhook]\nignore = "event == \'ping\'"\n[[webhook.events]]\nwhen="event == \'x\'"\nkind="created"\n' \
              'fields={ticket_id="id"}'
    assert events(tools, webhook, a_webhook(b'{"event": "ping"}')) == []
    with pytest.raises(TicketError, match="no rule under webhook.events fits"):
        events(tools, webhook, a_webhook(b'{"event": "y"}'))


def test_an_expression_that_does_not_fit_what_came_is_named(tools: Tools) -> None:
    with pytest.raises(TicketError, match=r"webhook\.fields\.email: .*does not fit what came"):
        events(tools, '[webhook.fields]\nticket_id="id"\nemail="join(\', \', mails)"\n[[webhook.events]]\n'
                      'kind="created"', a_webhook(b'{"id": 7, "mails": 5}'))


def test_a_body_that_its_own_words_have_broken_still_says_which_ticket_it_is(tools: Tools) -> None:
    text = DESCRIPTION.replace('[webhook]\n', '[webhook]\nrescue = \'"id":\'\n', 1)
    (event,) = described(tools, text).parse(a_webhook(b'{"ticket": {"id": "7", "subject": "a "quoted" one"}}'))
    assert (event.kind, event.ticket_id, event.incomplete) == (EventKind.UPDATED, "7", True)
    with pytest.raises(TicketError):
        described(tools, DESCRIPTION).parse(a_webhook(b'{"ticket": {"id": "7", "subject": "a "quoted" one"}}'))


def test_who_does_not_say_who_asks_is_read(tools: Tools) -> None:
    text = DESCRIPTION.replace('ticket = "ticket"  ', '# ', 1).replace("[webhook.fields]\n", '[webhook.fields]\n'
                                                                      'ticket_id = "ticket.id"\n')
    text = text[:text.index("[[samples]]")]
    (event,) = described(tools, text).parse(a_webhook(b'{"event": "ticket.created", "ticket": {"id": 7}}'))
    assert event.incomplete
    blind = described(tools, BLIND).parse(a_webhook(b'{"id": 7}'))
    assert not blind[0].incomplete, "there is no way to read it"


def test_the_key_of_a_webhook(tools: Tools, clock: FakeClock) -> None:
    def key(fields: str, body: bytes = b'{"id": 7, "e": "a"}', sign: str = "path", **headers: str) -> tuple[str, bool]:
        text = f'title="x"\n[webhook]\nsign="{sign}"\n[[webhook.events]]\nkind="updated"\n' \
               f'fields={{ticket_id="id"{fields}}}'
        sent = replace(a_webhook(body, {name.replace("_", "-"): value for name, value in headers.items()}),
                       received_at=clock.now())
        event = described(tools, text).parse(sent)[0]
        return event.key, event.key_is_signed

    assert key(', key="e"') == ("a", False)
    assert key(', key="e"', sign="github") == ("a", True)
    in_header = ', key="_headers.\\"x-id\\""'
    assert key(in_header, x_id="i")[0] != key(in_header, b'{"id": 8}', x_id="i")[0], "a header proves no body"
    assert key("", sign="standard-webhooks", webhook_id="msg_1") == ("msg_1", True)
    first = key("")
    assert key("") == first
    clock.go_on(minutes=1)
    assert key("") != first, "nothing tells two such webhooks apart but when they came"
    dated = ', at={path="t", form="unix"}'
    assert key(dated, b'{"id": 7, "t": 1}') == key(dated, b'{"id": 7, "t": 1}')


# --- What answers mean -----------------------------------------------------------------------------------------------


def test_a_collision_is_tried_again_at_once_with_a_fresh_look(bench: AcmeBench, acme: Generic) -> None:
    ticket_id = bench.opens()
    bench.meanwhile(ticket_id)
    acme.apply(a_delivery(Action.QUEUE, ticket_id=ticket_id, release_at=bench.desk.clock.now() + timedelta(hours=1)))
    assert bench.state(ticket_id).tags >= {"smells-of-smoke", "deskgate_queued"}
    assert [method for method, _ in bench.serving.calls].count("PATCH") == 2


def test_an_everyday_route_is_one_look_and_one_change(bench: AcmeBench, acme: Generic) -> None:
    ticket_id = bench.opens()
    acme.apply(a_delivery(Action.ROUTE, ticket_id=ticket_id))
    before = len(bench.serving.calls)
    other = bench.opens()
    acme.apply(a_delivery(Action.ROUTE, ticket_id=other))
    assert [method for method, _ in bench.serving.calls[before:]] == ["GET", "PATCH"], "names and ids are remembered"


def test_a_group_that_is_not_there_stops_the_connection_not_the_ticket(bench: AcmeBench, acme: Generic) -> None:
    desk = Generic(replace(acme.config, settings={**acme.config.settings, "route_group": "Suport"}), acme.tools)
    with pytest.raises(DeliveryError, match="no group 'Suport' in the helpdesk; did you mean support") as caught:
        desk.apply(a_delivery(Action.ROUTE, ticket_id=bench.opens()))
    assert caught.value.kind == "setting"


def test_a_status_that_the_description_does_not_know_is_named(bench: AcmeBench, acme: Generic) -> None:
    ticket_id = bench.opens()
    bench.desk.tickets[int(ticket_id)]["status"] = "escalated"
    with pytest.raises(DeliveryError, match="'escalated' is none of the words in statuses") as caught:
        acme.apply(a_delivery(Action.ROUTE, ticket_id=ticket_id))
    assert caught.value.kind == "refused"


# --- The dry run -----------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_every_field_and_every_call_and_makes_none(bench: AcmeBench, acme: Generic) -> None:
    bench.opens(severity="urgent")
    (sent,) = bench.webhooks()
    found = acme.dry_run(sent)
    told = "\n".join(f"{finding.what}: {finding.detail}" for finding in found)
    assert all(finding.ok for finding in found)
    for line in ("event created: ", "email=it@acme.example", "ticket.severity: urgent from priority",
                 "ticket.assignee: nothing: assignee_id leads to nothing",
                 'create: POST tickets {"subject": "Printer on fire"',
                 '"team_id": "the id of Later", "status": "on_hold"',
                 'queue: POST tickets/101/comments {"internal": false'):
        assert line in told
    assert bench.serving.calls == []
    assert bench.token not in told
    assert bench.secret not in told


def test_a_dry_run_names_what_is_missing(acme: Generic) -> None:
    body = {"event": "ticket.created", "ticket": {"id": 7, "status": "new", "priority": "P9", "updated_at": "now"}}
    found = {finding.what: finding for finding in acme.dry_run(a_webhook(json.dumps(body).encode()))}
    assert not found["payload"].ok
    assert "'now': is no instant" in found["payload"].detail
    assert not found["ticket.severity"].ok
    assert "'P9' at priority has no meaning here" in found["ticket.severity"].detail


def test_outcomes_have_their_calls_whatever_the_action(bench: AcmeBench, acme: Generic) -> None:
    receipt = acme.apply(a_delivery(Action.CREATE, outcome=Outcome.QUEUE,
                                    release_at=bench.desk.clock.now() + timedelta(hours=1)))
    assert bench.state(receipt.ticket_id).standing == "held"
    assert acme.acting_as() == "9"
