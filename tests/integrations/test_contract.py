"""What holds for every helpdesk reached over HTTP: each kind of failure is told apart, and no credential leaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
import responses

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Helpdesk
from entitlements.kinds import Connectable
from integrations import HELPDESKS, build
from integrations.tools import Tools
from tests.integrations.parts import REQUIRED, a_config, a_delivery
from tests.integrations.stub_desk import ROOT, StubDesk
from tests.standins.all import BENCHES

STANDARD_URL = "https://crm.example/hooks/deskgate"
TOKEN = "s3cr3t-t0ken"


@dataclass
class Reached:
    """A helpdesk, and how to have its next change answered in a certain way."""

    helpdesk: Helpdesk
    answer: Callable[..., object]

    def failure(self, action: Action = Action.QUEUE) -> DeliveryError:
        with pytest.raises(DeliveryError) as caught:
            self.helpdesk.apply(a_delivery(action, message="We open at nine."))
        return caught.value


def standard(tools: Tools, mock: responses.RequestsMock) -> Reached:
    helpdesk = build(a_config("standard", url=STANDARD_URL), tools)
    return Reached(helpdesk, lambda **answer: mock.post(STANDARD_URL, **answer))


def django_helpdesk(tools: Tools, mock: responses.RequestsMock) -> Reached:
    def answer(status: int = 200, body: str | Exception = "", headers: dict[str, str] | None = None) -> None:
        stub.instead = body if isinstance(body, Exception) else (status, headers or {}, body)

    stub = StubDesk(mock)
    stub.add()
    config = a_config("django_helpdesk", {"route_queue": "2"}, url=ROOT, token=TOKEN)
    return Reached(build(config, tools), answer)


OVER_HTTP = {"standard": standard, "django_helpdesk": django_helpdesk}


@pytest.fixture(params=sorted(OVER_HTTP))
def reached(request: pytest.FixtureRequest, tools: Tools) -> Iterator[Reached]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield OVER_HTTP[request.param](tools, mock)


def bare(kind: str, tools: Tools) -> Connectable:
    """A connection that was told nothing but what it must be."""
    needed = {each.name: each.example for each in HELPDESKS[kind].about.settings  # type: ignore[attr-defined]
              if each.is_required}
    return build(a_config(kind, {**needed, **REQUIRED.get(kind, {})}), tools)


def test_every_helpdesk_is_in_the_registry_and_says_its_kind(tools: Tools) -> None:
    assert {kind: bare(kind, tools).kind for kind in HELPDESKS} == {kind: kind for kind in HELPDESKS}


def test_a_helpdesk_says_whether_it_can_be_asked_what_happened(tools: Tools) -> None:
    for kind in HELPDESKS:
        helpdesk = bare(kind, tools)
        if helpdesk.finds_changes and kind not in BENCHES:  # these need an address to ask anything
            assert list(helpdesk.find_changed(tools.clock.now())) == []
        else:
            with pytest.raises(DeliveryError) as caught:
                list(helpdesk.find_changed(tools.clock.now()))
            assert caught.value.kind == "refused"


@pytest.mark.parametrize(("status", "kind"), [
    (401, "unauthorized"), (403, "unauthorized"), (400, "refused"), (422, "refused"), (410, "gone"),
    (409, "temporary"), (429, "temporary"), (500, "temporary"), (502, "unknown"), (503, "temporary"),
    (302, "temporary")])
def test_each_status_has_its_kind(reached: Reached, status: int, kind: str) -> None:
    reached.answer(status=status, body='{"detail": "No."}')
    error = reached.failure()
    assert (error.kind, error.status) == (kind, status)


@pytest.mark.parametrize("value", ["120", "Mon, 09 Mar 2026 10:02:00 GMT"])
def test_a_busy_helpdesk_names_its_wait_in_either_form(reached: Reached, value: str) -> None:
    reached.answer(status=429, headers={"Retry-After": value})
    assert reached.failure().retry_after == 120.0


@pytest.mark.parametrize(("trouble", "kind"), [
    (requests.ConnectTimeout("no route"), "temporary"), (requests.ReadTimeout("silence"), "unknown"),
    (requests.ConnectionError("reset"), "unknown")])
def test_a_change_that_was_sent_and_not_answered_is_unknown(reached: Reached, trouble: Exception, kind: str) -> None:
    reached.answer(body=trouble)
    assert reached.failure().kind == kind


# --- django-helpdesk answers a change with the changed ticket, so what it says matters too ---------------------------


@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"id": 7, "que'])
def test_an_unreadable_answer_to_a_change_leaves_open_whether_it_was_made(tools: Tools, body: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        reached = django_helpdesk(tools, mock)
        reached.answer(status=200, body=body)
        assert reached.failure().kind == "unknown"


@responses.activate
def test_an_answer_that_quotes_our_token_is_repeated_without_it(tools: Tools) -> None:
    responses.get(f"{ROOT}/tickets/7/", status=401, body=f"No user has the token {TOKEN}.")
    with pytest.raises(DeliveryError) as caught:
        build(a_config("django_helpdesk", url=ROOT, token=TOKEN), tools).apply(a_delivery())
    assert str(caught.value) == "GET /helpdesk/api/tickets/7/ answered 401: No user has the token ***."


@pytest.mark.parametrize("body", ["<html>Sign in</html>", '{"id": 7, "que', "[]", '{"id": "seven"}'])
@responses.activate
def test_an_unreadable_ticket_can_be_read_again_later(tools: Tools, body: str) -> None:
    responses.get(f"{ROOT}/tickets/7/", body=body)
    with pytest.raises(DeliveryError) as caught:
        build(a_config("django_helpdesk", url=ROOT, token=TOKEN), tools).apply(a_delivery())
    assert caught.value.kind == "temporary"


@responses.activate
def test_a_page_that_is_not_found_is_no_deleted_ticket_but_a_wrong_address(tools: Tools) -> None:
    responses.get(f"{ROOT}/tickets/7/", status=404, body="<h1>Not Found</h1>", content_type="text/html")
    with pytest.raises(DeliveryError, match="is the address right") as caught:
        build(a_config("django_helpdesk", url=ROOT, token=TOKEN), tools).apply(a_delivery())
    assert caught.value.kind == "temporary"
