"""Kind `standard`: which connections can be, what they cannot do, and what a check of them finds."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from entitlements.errors import ConfigError, DeliveryError
from integrations import build
from integrations.standard import Standard
from integrations.tools import Tools
from tests.integrations.parts import a_config, a_delivery, a_webhook

URL = "https://crm.example/hooks/deskgate"


def test_a_connection_without_an_address_takes_tickets_in_and_tells_nothing(tools: Tools) -> None:
    standard = Standard(a_config("standard"), tools)
    assert standard.parse(a_webhook(b'{"type": "ticket.created", "data": {"id": "7"}}', {"webhook-id": "msg_1"}))
    with pytest.raises(DeliveryError, match="no address") as caught:
        standard.apply(a_delivery())
    assert caught.value.kind == "refused"


def test_it_cannot_be_asked_about_a_ticket(tools: Tools) -> None:
    standard = Standard(a_config("standard", url=URL), tools)
    with pytest.raises(DeliveryError) as caught:
        standard.read("7")
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(("change", "message"), [
    ({"secrets": ()}, "needs a secret"), ({"secrets": ("not base64!",)}, "must be base64"),
    ({"url": "ftp://crm.example"}, "https://"), ({"url": "https://10.0.0.1/hook"}, "10.0.0.1 is a private network"),
    ({"settings": {"colour": "red"}}, "has no setting 'colour'"),
    ({"settings": {"listen_only": "maybe"}}, "listen_only must be true or false"),
    ({"url": "", "settings": {"listen_only": "true"}}, "needs an address"),
])
def test_a_connection_that_cannot_work_is_refused_when_it_is_built(tools: Tools, change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build(replace(a_config("standard", url=URL), **change) if "settings" not in change else
              a_config("standard", **{"url": URL, **change}), tools)


def test_a_check_says_that_an_address_may_not_be_called_without_sending_anything(
        tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    unreachable = Standard(a_config("standard", url="https://crm.example/hook"), tools)
    by_name = {finding.what: finding for finding in unreachable.check()}
    assert by_name["secret"].ok
    assert not by_name["address"].ok
    assert "10.0.0.1 is a private network" in by_name["address"].detail


def test_a_check_of_a_reachable_address_is_content(tools: Tools) -> None:
    local = Standard(a_config("standard", {"listen_only": "true"}, url="http://127.0.0.1:9/hook"), tools)
    assert all(finding.ok for finding in local.check())
