"""An odd helpdesk without webhooks, by its description alone: polled, form-encoded, and 200 whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from entitlements.errors import DeliveryError, TicketError, VerificationError
from entitlements.helpdesk import Action, Author, Delivery, EventKind
from integrations.generic import Generic
from integrations.tools import Tools
from tests.fakes import FakeClock
from tests.integrations.parts import a_config, a_delivery, a_webhook
from tests.source_tree import ROOT
from tests.standins.ledger import PASSWORD, USER, Ledger, application
from tests.standins.serving import Fault, Serving

DESCRIPTION = (ROOT / "tests/standins/ledger.toml").read_text(encoding="utf-8")


@pytest.fixture
def ledger(clock: FakeClock) -> Ledger:
    return Ledger(clock)


@pytest.fixture
def serving(ledger: Ledger, clock: FakeClock) -> Iterator[Serving]:
    with Serving(application(ledger)) as serving:
        serving.go_by(clock)
        yield serving


@pytest.fixture
def helpdesk(serving: Serving, tools: Tools) -> Generic:
    settings = {"description": DESCRIPTION}
    return Generic(a_config("generic", settings, url=serving.url, token=f"{USER}:{PASSWORD}"), tools)


def owed(clock: FakeClock, number: str, action: Action = Action.QUEUE, **more: object) -> Delivery:
    return a_delivery(action, ticket_id=number, decided_at=clock.now(), **more)


def test_what_changed_is_found_on_all_pages_and_by_its_own_words(ledger: Ledger, helpdesk: Generic,
                                                                 clock: FakeClock) -> None:
    ledger.open("old@acme.example")
    clock.go_on(minutes=60)
    since = clock.now() - timedelta(minutes=5)
    numbers = [ledger.open(f"{each}@acme.example", prio=1) for each in "abc"]
    clock.go_on(minutes=1)
    ledger.write(numbers[0], "in", "Any news?")
    events = list(helpdesk.find_changed(since))
    created = [event for event in events if event.kind is EventKind.CREATED]
    replied = [event for event in events if event.kind is EventKind.REPLIED]
    assert {event.identity.email for event in created} == {f"{each}@acme.example" for each in "abc"}
    assert {event.severity for event in created} == {"urgent"}
    assert [(event.ticket_id, event.author) for event in replied] == [(numbers[0], Author.CUSTOMER)]
    assert created[-1].ticket_id == numbers[0], "what changed last comes last"


def test_a_ticket_is_queued_and_told_of_once_although_the_answer_was_lost(ledger: Ledger, serving: Serving,
                                                                          helpdesk: Generic, clock: FakeClock) -> None:
    number = ledger.open("it@acme.example", labels="vip")
    delivery = owed(clock, number, message="9 < 17\nand & so on", note="Outside the hours.",
                    release_at=clock.now() + timedelta(hours=12))
    for _ in range(3):
        serving.fault = Fault(applied=True)
        with pytest.raises(DeliveryError) as caught:
            helpdesk.apply(delivery)
        assert caught.value.kind == "unknown"
        delivery = replace(delivery, try_number=delivery.try_number + 1)
    assert not helpdesk.apply(delivery).changed
    assert ledger.cases[number]["state"] == 30
    assert set(ledger.cases[number]["labels"].split()) == {"vip", "deskgate_queued", "deskgate_outside_hours"}
    assert [line["kind"] for line in ledger.lines[number]] == ["memo", "out"]
    assert ledger.lines[number][1]["text"].startswith("9 &lt; 17<br>\nand &amp; so on")


@pytest.mark.parametrize(("answer", "kind"), [
    ({"ok": False, "error": "busy"}, "temporary"), ({"ok": False, "error": "no such case"}, "gone"),
    ({"ok": False, "error": "locked by accounting"}, "refused"), ({"other": 1}, "refused")])
def test_what_an_answer_of_200_means_is_told_by_what_it_says(ledger: Ledger, helpdesk: Generic, clock: FakeClock,
                                                             answer: dict[str, object], kind: str) -> None:
    number = ledger.open("it@acme.example")
    ledger.instead = answer
    with pytest.raises(DeliveryError) as caught:
        helpdesk.apply(owed(clock, number))
    assert caught.value.kind == kind
    assert caught.value.retry_after == (45 if kind == "temporary" else None)
    assert str(answer.get("error", "")) in str(caught.value)


def test_what_is_as_it_should_be_already_counts_as_done(ledger: Ledger, helpdesk: Generic, clock: FakeClock) -> None:
    ledger.instead = {"ok": False, "error": "as it was"}
    assert helpdesk.apply(owed(clock, ledger.open("it@acme.example"))).changed


def test_a_success_that_changed_nothing_is_found_by_reading_back(ledger: Ledger, helpdesk: Generic,
                                                                 clock: FakeClock) -> None:
    number = ledger.open("it@acme.example", state=30)
    ledger.forgets = True
    with pytest.raises(DeliveryError, match="requests.route: it was answered with success") as caught:
        helpdesk.apply(owed(clock, number, Action.ROUTE))
    assert caught.value.kind == "refused"


def test_a_ticket_that_is_gone_is_gone_when_it_is_read_too(helpdesk: Generic) -> None:
    with pytest.raises(DeliveryError) as caught:
        helpdesk.read("L/99")
    assert caught.value.kind == "gone"


def test_a_creation_with_an_idempotency_key_is_simply_repeated(ledger: Ledger, serving: Serving,
                                                               helpdesk: Generic) -> None:
    create = a_delivery(Action.CREATE)
    serving.fault = Fault(applied=True)
    with pytest.raises(DeliveryError):
        helpdesk.apply(create)
    receipt = helpdesk.apply(replace(create, try_number=2))
    assert list(ledger.cases) == [receipt.ticket_id] == ["L/1"]


def test_a_link_to_another_host_is_not_followed(ledger: Ledger, serving: Serving, helpdesk: Generic,
                                                clock: FakeClock) -> None:
    headers = {"Content-Type": "application/json", "Link": '<https://evil.example/>; rel="next"'}
    serving.fault = Fault(200, "[]", headers, changes_only=False)
    with pytest.raises(DeliveryError, match="not followed"):
        list(helpdesk.find_changed(clock.now()))


def test_it_takes_no_webhooks_and_says_so(helpdesk: Generic, clock: FakeClock) -> None:
    with pytest.raises(VerificationError):
        helpdesk.verify(a_webhook(b"{}"), clock.now())
    with pytest.raises(TicketError, match="nothing about webhooks"):
        helpdesk.parse(a_webhook(b"{}"))
    assert "asks this helpdesk" in helpdesk.guide("https://deskgate.example/hooks/desk/x")[-1].text


def test_a_wrong_password_is_named(serving: Serving, helpdesk: Generic, tools: Tools) -> None:
    assert all(finding.ok for finding in helpdesk.check())
    wrong = Generic(replace(helpdesk.config, token=f"{USER}:wrong"), tools)
    bad = [finding for finding in wrong.check() if not finding.ok]
    assert [finding.what for finding in bad] == ["credentials"]
    assert "wrong" not in bad[0].detail
