"""A description that only says how to write, and how each sort of helpdesk is signed in to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import responses

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import Action
from entitlements.rules.reasons import Reason
from integrations.generic import Generic
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.descriptions import BLIND, URL, described
from tests.integrations.parts import a_config, a_delivery


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def bodies(api: responses.RequestsMock) -> list[tuple[str, str, Any]]:
    return [(call.request.method, call.request.path_url, json.loads(call.request.body or "null")) for call in api.calls]


# --- A description that only says how to write -----------------------------------------------------------------------


def test_where_nothing_can_be_read_each_decision_is_sent_as_it_stands(tools: Tools, api: responses.RequestsMock,
                                                                      clock: FakeClock) -> None:
    for method, path in (("POST", "park"), ("POST", "say"), ("POST", "wake"), ("POST", "assign")):
        api.add(method, f"{URL}/cases/7/{path}", json={})
    desk = described(tools, BLIND, settings={"route_group": "Support"})
    desk.apply(a_delivery(Action.QUEUE, message="We open at nine.", note="Nobody reads this.",
                          release_at=clock.now() + timedelta(hours=1)))
    desk.apply(a_delivery(Action.RELEASE))
    desk.apply(a_delivery(Action.ROUTE))
    assert bodies(api) == [
        ("POST", "/api/cases/7/park", {"until": 1773054000, "status": "parked"}),
        ("POST", "/api/cases/7/say", {"text": "We open at nine.", "key": "dg-17"}),
        ("POST", "/api/cases/7/wake", None), ("POST", "/api/cases/7/assign", {"team": "Support"})]


def test_what_has_nothing_to_say_is_not_sent(tools: Tools, api: responses.RequestsMock) -> None:
    described(tools, BLIND).apply(a_delivery(Action.ROUTE))
    described(tools, BLIND).apply(a_delivery(Action.REJECT))
    described(tools, BLIND).apply(a_delivery(Action.QUEUE, advise=True))
    assert len(api.calls) == 0


def test_a_creation_that_cannot_be_looked_for_is_not_repeated(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/cases", json={"no": 9})
    desk, create = described(tools, BLIND), a_delivery(Action.CREATE)
    assert desk.apply(create).ticket_id == "9"
    with pytest.raises(DeliveryError, match="requests.find_created") as caught:
        desk.apply(replace(create, try_number=2))
    assert caught.value.kind == "refused"


def test_a_creation_that_names_no_id_may_have_happened(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/cases", json={"number": 9})
    with pytest.raises(DeliveryError, match="requests.create.id: the answer names none") as caught:
        described(tools, BLIND).apply(a_delivery(Action.CREATE))
    assert caught.value.kind == "unknown"


def test_check_says_what_a_description_leaves_out(tools: Tools, api: responses.RequestsMock) -> None:
    found = {finding.what: finding.detail for finding in described(tools, BLIND).check()}
    assert "words may be written twice" in found["read"]
    assert {"note", "changed", "credentials"} <= set(found)
    assert not {"reply", "queue", "create"} & set(found)


def test_settings_that_the_description_cannot_carry_out_are_refused(tools: Tools) -> None:
    for settings, why in (({"reject": "close"}, "reject=close"), ({"tags": "on"}, "ticket.tags"),
                          ({"tgas": "on"}, "no setting 'tgas'"), ({"notice": "tag"}, "needs tags")):
        with pytest.raises(ConfigError, match=why):
            described(tools, BLIND, settings=settings)
    with pytest.raises(ConfigError, match="needs description"):
        Generic(a_config("generic", {}), tools)


# --- Signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("auth", "token", "header", "value"), [
    ("by='bearer'", "t0ken", "Authorization", "Bearer t0ken"), ("by='basic'", "u:p", "Authorization", "Basic dTpw"),
    ("by='header'\nname='Authorization'\nprefix='Token token='", "t0ken", "Authorization", "Token token=t0ken"),
    ("by='header'\nname='X-Key'", "t0ken", "X-Key", "t0ken"), ("by='none'", "t0ken", "Authorization", None)])
def test_signing_in(tools: Tools, api: responses.RequestsMock, auth: str, token: str, header: str,
                    value: str | None) -> None:
    api.post(f"{URL}/cases/7/wake", json={})
    described(tools, f"{BLIND}\n[auth]\n{auth}", token=token).apply(a_delivery(Action.RELEASE))
    assert api.calls[0].request.headers.get(header) == value


def test_signing_in_by_a_parameter_is_told_to_nobody(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/cases/7/wake", status=500, body="no")
    with pytest.raises(DeliveryError) as caught:
        described(tools, f"{BLIND}\n[auth]\nby='query'\nname='key'").apply(a_delivery(Action.RELEASE))
    assert api.calls[0].request.path_url == "/api/cases/7/wake?key=t0ken"
    assert "t0ken" not in str(caught.value)


def test_oauth_asks_for_a_token_once_and_anew_when_it_is_refused(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/oauth/token", json={"access_token": "first", "expires_in": 60})
    api.post(f"{URL}/oauth/token", json={"access_token": "second"})
    api.post(f"{URL}/cases/7/wake", json={})
    api.post(f"{URL}/cases/7/wake", status=401, json={})
    api.post(f"{URL}/cases/7/wake", json={})
    desk = described(tools, f"{BLIND}\n[auth]\nby='oauth'\naddress='oauth/token'\nscope='tickets'", token="id:s3cret")
    desk.apply(a_delivery(Action.RELEASE))
    desk.apply(a_delivery(Action.RELEASE))
    said = [(call.request.path_url, call.request.headers.get("Authorization")) for call in api.calls]
    assert said == [("/api/oauth/token", None), ("/api/cases/7/wake", "Bearer first"),
                    ("/api/cases/7/wake", "Bearer first"), ("/api/oauth/token", None),
                    ("/api/cases/7/wake", "Bearer second")]
    assert api.calls[0].request.body == (b"grant_type=client_credentials&scope=tickets&client_id=id"
                                         b"&client_secret=s3cret")


def test_a_session_is_begun_with_user_and_password_and_anew_when_it_is_over(tools: Tools,
                                                                          api: responses.RequestsMock) -> None:
    auth = '''
        [auth]
        by = "session"
        address = "login"
        body = { login = "{user}", secret = "{password}" }
        found = "session.token"
        name = "Session-Token"
        [headers]
        App-Token = "{setting.app}"
        [[settings]]
        name = "app"
        what = "the application"
    '''
    api.post(f"{URL}/login", json={"session": {"token": "one"}})
    api.post(f"{URL}/login", json={"session": {"token": "two"}})
    api.post(f"{URL}/cases/7/wake", status=401, json={})
    api.post(f"{URL}/cases/7/wake", json={})
    described(tools, BLIND + auth, token="u:p:w", settings={"app": "a1"}).apply(a_delivery(Action.RELEASE))
    assert bodies(api)[0] == ("POST", "/api/login", {"login": "u", "secret": "p:w"})
    assert [call.request.headers.get("Session-Token") for call in api.calls] == [None, "one", None, "two"]
    assert api.calls[3].request.headers["App-Token"] == "a1"


def test_an_address_that_is_answered_for_a_new_ticket_names_it(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/cases", status=201, headers={"Location": f"{URL}/cases/9"})
    text = BLIND.replace('id = "no"', 'id = "_headers.location"')
    assert described(tools, text).apply(a_delivery(Action.CREATE)).ticket_id == "9"


@pytest.mark.parametrize(("answer", "kind"), [
    ({"status": 401, "json": {"error": "s3cret is wrong"}}, "unauthorized"),
    ({"status": 500, "body": "s3cret"}, "temporary"),
    ({"json": {"token": "s3cret"}}, "temporary"), ({"body": "<html>s3cret"}, "temporary")])
def test_no_access_token_is_named_without_the_secret(tools: Tools, api: responses.RequestsMock, answer: dict[str, Any],
                                                     kind: str) -> None:
    api.post("https://login.acme.example/token", **answer)
    auth = "[auth]\nby='oauth'\naddress='https://login.acme.example/token'\nin_header=true"
    with pytest.raises(DeliveryError, match="no access token") as caught:
        described(tools, f"{BLIND}\n{auth}", token="id:s3cret").apply(a_delivery(Action.RELEASE))
    assert caught.value.kind == kind
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("auth", ["by='basic'", "by='oauth'\naddress='t'"])
def test_a_token_of_the_wrong_form_is_refused_when_it_is_saved(tools: Tools, auth: str) -> None:
    with pytest.raises(ConfigError, match="the token must be"):
        described(tools, f"{BLIND}\n[auth]\n{auth}", token="no-colon")


# --- Words -----------------------------------------------------------------------------------------------------------


def test_words_of_the_helpdesk_for_values_of_ours(tools: Tools, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/cases/7/decline", json={})
    text = BLIND + '''
        [words.code]
        of = "reason"
        map = { license_expired = "EXP" }
        default = "OTHER"
        [requests.reject]
        path = "cases/{ticket_id}/decline"
        body = { code = "{words.code}", by = "{setting.signature}" }
        [[settings]]
        name = "signature"
        what = "who signs"
        default = "Deskgate"
    '''
    described(tools, text).apply(a_delivery(Action.REJECT))
    described(tools, text, settings={"signature": "Us"}).apply(a_delivery(Action.REJECT, reason=Reason.NO_LICENSE))
    assert [body for _, _, body in bodies(api)] == [{"code": "EXP", "by": "Deskgate"}, {"code": "OTHER", "by": "Us"}]
