"""django-helpdesk: how it is reached and set up, and how words get there unharmed."""

from __future__ import annotations

import pytest
import responses

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import EventKind
from entitlements.rules.ticket import Severity
from integrations import build
from integrations.django_helpdesk.api import literally, root_of
from integrations.tools import Tools
from tests.integrations.parts import a_config, a_delivery
from tests.integrations.stub_desk import ROOT, TOKEN, StubDesk, desk

# --- The words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "sent"), [
    ("We open at 9 {sharp}.", "We open at 9 {sharp}."),
    ("{{ ticket.title }}", '{{ "{" }}{ ticket.title }}'),
    ("100 %} sure", '100 %{{ "}" }} sure'),
    ("{% load x %}", '{{ "{" }}% load x %{{ "}" }}'),
    ("{# gone #}", '{{ "{" }}# gone #}'),
])
def test_what_looks_like_a_template_is_written_so_that_it_arrives(words: str, sent: str) -> None:
    assert literally(words) == sent


# --- Reading and the connection --------------------------------------------------------------------------------------


def test_a_ticket_can_be_read_as_if_it_were_new(tools: Tools, stub: StubDesk) -> None:
    stub.add(priority=1)
    event = desk(tools).read("7")
    assert (event.kind, event.key, event.severity) == (EventKind.CREATED, "t7:new", Severity.URGENT)


@pytest.mark.parametrize("ticket_id", ["", "0", "../users", "7/../8", "7?x=1", "٧"])
def test_what_is_no_ticket_number_is_not_asked_for(tools: Tools, stub: StubDesk, ticket_id: str) -> None:
    with pytest.raises(DeliveryError, match="not the number of a ticket") as caught:
        desk(tools).apply(a_delivery(ticket_id=ticket_id))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("url", ["https://d.example", "https://d.example/", "https://d.example/api",
                                 "https://d.example/api/"])
def test_the_address_may_be_that_of_the_desk_or_of_its_api(url: str) -> None:
    assert root_of(url, allow_loopback=False) == "https://d.example/api/"


@pytest.mark.parametrize(("token", "header"), [
    (TOKEN, f"Token {TOKEN}"), ("gateway:pass:word", "Basic Z2F0ZXdheTpwYXNzOndvcmQ="), ("", None)])
@responses.activate
def test_a_token_with_a_colon_is_a_user_and_a_password(tools: Tools, token: str, header: str | None) -> None:
    responses.get(f"{ROOT}/tickets/7/", status=401, json={"detail": "No."})
    with pytest.raises(DeliveryError):
        desk(tools, token=token).read("7")
    assert responses.calls[0].request.headers.get("Authorization") == header


@pytest.mark.parametrize(("change", "message"), [
    ({"settings": {"route_queue": "standard"}}, "route_queue must be the number of a queue"),
    ({"settings": {"route_queue.within_hours": "-1"}}, "route_queue must be the number"),
    ({"settings": {"route_queue.bad_mood": "1"}}, "there is no reason 'bad_mood'"),
    ({"settings": {"queue": "1"}}, "has no setting 'queue'; it has changes_per_minute, default_owners"),
    ({"settings": {"marker_field": "a b"}}, "marker_field must be the name"),
    ({"settings": {"staff": "agent"}}, "staff must be the numbers"),
    ({"settings": {"reject": "no"}}, "reject must be"),
    ({"url": "http://desk.example/api", "loopback": False}, "https://"),
    ({"token": "two\nlines"}, "the token must be"), ({"token": "tökén"}, "the token must be"),
])
def test_a_connection_that_cannot_work_is_refused_when_it_is_built(tools: Tools, change: dict, message: str) -> None:
    tools.http.allow_loopback = change.pop("loopback", True)
    with pytest.raises(ConfigError, match=message):
        build(a_config("django_helpdesk", **{"url": ROOT, "token": TOKEN, **change}), tools)


def test_settings_that_deskgate_reads_itself_are_let_through(tools: Tools) -> None:
    build(a_config("django_helpdesk", {"reject_breaker": "off"}), tools)


def test_a_connection_without_an_address_can_listen_but_not_write(tools: Tools) -> None:
    silent = desk(tools, url="", token="")
    with pytest.raises(DeliveryError, match="no address") as caught:
        silent.apply(a_delivery())
    assert caught.value.kind == "refused"
    assert not silent.check()[-1].ok


def test_an_unknown_kind_is_refused_with_the_known_ones(tools: Tools) -> None:
    with pytest.raises(ConfigError, match="there are .*django_helpdesk, .*sandbox, .*standard"):
        build(a_config("pigeon_post"), tools)
