"""A description at work in a real helpdesk: django-helpdesk by docs/helpdesks/generic/django-helpdesk.toml alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Action, Author, Delivery, EventKind
from integrations.generic import Generic
from integrations.tools import Tools
from tests.desk import Desk, Receiver
from tests.integrations.parts import a_config, a_delivery
from tests.source_tree import ROOT

DESCRIPTION = (ROOT / "docs/helpdesks/generic/django-helpdesk.toml").read_text(encoding="utf-8")
WORDS = "We open at nine: {{ ticket.title }}, {% if %} and {{{%}}} & <b>so on</b>."


@pytest.fixture
def described(desk: Desk, real_tools: Tools) -> Generic:
    queues = desk.queues
    settings = {"description": DESCRIPTION, "route_group": str(queues["standard"]), "reject": "close",
                "renewals_group": str(queues["no-cover"]), "license_field": "custom_license"}
    return Generic(a_config("generic", settings, url=desk.api_url, token=desk.token(), secrets=("in-the-address",)),
                   real_tools)


def owed(number: int, action: Action = Action.ROUTE, **more: object) -> Delivery:
    return a_delivery(action, ticket_id=str(number), decided_at=datetime.now(timezone.utc), **more)


def test_a_ticket_is_queued_with_words_released_and_refused(desk: Desk, described: Generic) -> None:
    number = desk.open_ticket("it@acme.example")
    queue = owed(number, Action.QUEUE, message=WORDS, note="Outside the hours.")
    assert described.apply(queue).changed
    assert not described.apply(replace(queue, try_number=2)).changed
    seen, ticket = described.inspect(str(number)), desk.ticket(number)
    assert (seen.standing, seen.notes, seen.replies) == ("held", 1, 1)
    assert seen.tags == {"deskgate_queued", "deskgate_outside_hours"}
    assert ticket["followup_set"][-1]["comment"].startswith(WORDS)
    assert ticket["custom_license"] == "Business hours"
    described.apply(owed(number, Action.RELEASE))
    assert described.inspect(str(number)).group == str(desk.queues["standard"])
    described.apply(owed(number, Action.REJECT, id=18, marker="dg-18", message="Your license has expired."))
    assert desk.ticket(number)["status"] == 4
    assert described.inspect(str(number)).tags >= {"deskgate_closed", "deskgate_rejected"}
    described.apply(owed(number, id=19, marker="dg-19"))
    assert described.inspect(str(number)).standing == "open"


def test_people_who_came_first_are_left_alone(desk: Desk, described: Generic) -> None:
    number = desk.open_ticket("it@acme.example")
    desk.comment(number, "I am on it.")
    receipt = described.apply(owed(number, Action.QUEUE, message=WORDS))
    assert receipt.overtaken
    assert not desk.ticket(number)["on_hold"]


def test_a_ticket_that_was_created_is_found_again(desk: Desk, described: Generic) -> None:
    create = replace(owed(0, Action.CREATE, id=4711, marker="dg-4711"), ticket_id="")
    made = described.apply(create)
    assert desk.ticket(int(made.ticket_id))["queue"] == desk.queues["standard"]
    assert described.apply(replace(create, try_number=2)).ticket_id == made.ticket_id
    assert described.read(made.ticket_id).marker == "dg-4711"
    assert described.discard(made.ticket_id) == "deleted"
    with pytest.raises(DeliveryError):
        described.read(made.ticket_id)


def test_what_the_real_webhooks_say(desk: Desk, described: Generic, receiver: Receiver) -> None:
    number = desk.open_ticket("it@acme.example", priority=1)
    desk.comment(number, "Half an hour of work.", time_spent="00:30:00", new_status=4)
    events = [event for sent in receiver.wait_for(2) for event in described.parse(sent)]
    assert [event.kind for event in events] == [EventKind.CREATED, EventKind.REPLIED, EventKind.TIME_LOGGED,
                                                EventKind.CLOSED]
    created, replied, logged, _ = events
    assert (created.identity.email, created.severity, created.author) == ("it@acme.example", "urgent", Author.CUSTOMER)
    assert (replied.author, replied.public, logged.seconds) == (Author.AGENT, True, 1800)
    assert abs(datetime.now(timezone.utc) - (created.created_at or created.at)) < timedelta(minutes=5)


def test_a_ticket_that_was_deleted_is_gone_and_a_wrong_address_is_told_apart(desk: Desk, described: Generic,
                                                                             real_tools: Tools) -> None:
    number = desk.open_ticket("it@acme.example")
    desk.delete(number)
    elsewhere = Generic(replace(described.config, url=f"{desk.url}/nowhere"), real_tools)
    for helpdesk, kind in ((described, "gone"), (elsewhere, "temporary")):
        with pytest.raises(DeliveryError) as caught:
            helpdesk.apply(owed(number))
        assert caught.value.kind == kind
    assert not all(finding.ok for finding in elsewhere.check())
    assert all(finding.ok for finding in described.check())
