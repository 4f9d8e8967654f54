"""What a real django-helpdesk tells when it is asked, beside what its webhooks told: the same keys, nothing more."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from entitlements.helpdesk import Action, Event, EventKind
from integrations.django_helpdesk import DjangoHelpdesk
from tests.desk import Desk, Receiver
from tests.integrations.real_desk import about


def heard(helpdesk: DjangoHelpdesk, receiver: Receiver) -> list[Event]:
    return [event for inbound in receiver.received for event in helpdesk.parse(inbound)]


def brief(events: list[Event]) -> list[tuple[object, ...]]:
    return [(each.key, each.kind, each.author, each.at, each.created_at, each.identity, each.seconds)
            for each in events]


def test_it_lists_exactly_what_its_webhooks_told(desk: Desk, helpdesk: DjangoHelpdesk, receiver: Receiver) -> None:
    since = datetime.now(timezone.utc)
    number = desk.open_ticket("alice@acme.test", priority=2)
    desk.mail("carol@initech.test", "No network", "Since this morning.")
    desk.create("alice@acme.test")
    desk.comment(number, "On it.", time_spent="00:15:00")
    desk.take(number)
    helpdesk.apply(about(number, Action.QUEUE, message="We open at nine."))
    desk.comment(number, "Done.", new_status=4)
    desk.mail("alice@acme.test", "Re", "Not yet.", number)
    receiver.wait_for(7)
    told, found = heard(helpdesk, receiver), list(helpdesk.find_changed(since))
    assert brief(found) == brief(told)
    assert len({each.key for each in found}) == 7
    assert list(helpdesk.find_changed(datetime.now(timezone.utc) + timedelta(seconds=1))) == []


def test_it_finds_what_happened_while_nobody_could_be_told(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    since = datetime.now(timezone.utc)
    for count in range(30):  # more than a page
        desk.comment(number, f"Note {count}", public=False)
    desk.comment(number, "Done.", new_status=4)
    found = [each for each in helpdesk.find_changed(since) if each.ticket_id == str(number)]
    assert [each.kind for each in found] == [EventKind.REPLIED] * 31 + [EventKind.CLOSED]
    assert all(each.closed for each in found)
