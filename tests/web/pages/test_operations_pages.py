"""Stories of what admins look after: parked events, dead letters, connections. Agents may look, not touch."""

from __future__ import annotations

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, EventKind
from entitlements.rules.license import Standing
from entitlements.store.connections import add_connection, get_connection
from entitlements.store.database import transaction
from tests.steps.house import IT, event
from tests.web.pages.visitor import Pages


def parked(pages: Pages) -> None:
    pages.hook(body='{"says": "<b>nothing</b> we know"}')


def dead(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.helpdesk.fails.append(DeliveryError("field group is required", kind="refused", status=400))
    pages.created()
    pages.work()


def test_a_parked_event_is_shown_to_admins_with_its_text(pages: Pages) -> None:
    parked(pages)
    html = pages.visitor("desk-1").html("/attention")
    assert "Not a word of it" in html
    assert "&lt;b&gt;nothing&lt;/b&gt; we know" in html


def test_agents_see_that_something_is_parked_but_not_its_text(pages: Pages) -> None:
    parked(pages)
    staff = pages.visitor("desk-2")
    shown = staff.html("/attention")
    assert "Not a word of it" in shown
    assert "nothing" not in shown.partition("Not understood")[2]
    assert staff.send("/attention/events/1/retry", seen_on="/account").status_code == 403


def test_a_parked_event_is_read_again_once_it_can_be(pages: Pages) -> None:
    parked(pages)
    staff = pages.visitor("desk-1")
    assert "Still not understood" in staff.after("/attention/events/1/retry", seen_on="/attention")
    pages.helpdesk.says['{"says": "<b>nothing</b> we know"}'] = [event(EventKind.CREATED, identity=IT)]
    assert "Every webhook was understood." in staff.after(
        "/attention/events/1/retry", seen_on="/attention")
    assert pages.ticket().state == "routed"
    assert "not parked any more" in staff.after("/attention/events/1/retry", seen_on="/account")


def test_a_dead_letter_tells_what_went_wrong_and_is_tried_again(pages: Pages) -> None:
    dead(pages)
    staff = pages.visitor("desk-1")
    assert "Queue of #7 on desk: given up on Field group is required" in staff.page("/attention")
    assert "It is tried again now." in staff.after("/attention/deliveries/1/redeliver", seen_on="/attention")
    assert pages.work() == ["queue"]
    assert "No change was given up on." in staff.page("/attention")
    assert "desk-1: redeliver delivery:1" in pages.audited()


def test_rejects_that_were_held_back_need_attention_for_an_hour(pages: Pages) -> None:
    pages.change_terms("Acme", standing=Standing.CANCELLED)
    staff = pages.visitor("desk-2")
    for number in range(6):
        pages.created(str(number))
    assert "Rejects held back" not in staff.page("/attention")
    pages.created("6")
    pages.created("7")
    pages.clock.go_on(seconds=3000)
    shown = staff.page("/attention")
    assert "2 tickets of desk went to triage in place of being rejected, the last 50 min ago" in shown
    assert "Look at the last license import" in shown
    assert "need attention 1" in staff.page("/")
    assert '<span class="count">1</span>' in staff.html("/attention")
    pages.clock.go_on(seconds=600)
    assert "Rejects held back" not in staff.page("/attention")
    assert "need attention 0" in staff.page("/")


def test_agents_do_not_redeliver(pages: Pages) -> None:
    dead(pages)
    staff = pages.visitor("desk-2")
    assert "Try again" not in staff.page("/attention")
    assert staff.send("/attention/deliveries/1/redeliver", seen_on="/account").status_code == 403


def test_a_connection_is_told_with_its_address_and_without_its_secret(pages: Pages) -> None:
    pages.app.extensions["deskgate"] = pages.real
    with transaction():
        add_connection(ConnectionConfig("service-desk", "django_helpdesk", url="https://desk.example",
                                        secrets=("in-the-address",), token="a-token"), pages.clock.now())
    shown = pages.visitor("desk-1").html("/connections")
    assert "https://deskgate.example/hooks/service-desk/••••••••" in shown
    assert "in-the-address" not in shown
    assert "a-token" not in shown


def test_an_admin_switches_the_mode(pages: Pages) -> None:
    staff = pages.visitor("desk-1")
    switched = staff.after("/connections/desk/mode", {"mode": "advise"}, seen_on="/connections")
    assert "desk is in advise mode now" in switched
    assert get_connection("desk").mode == "advise"
    assert "desk-1: set_mode connection:desk" in pages.audited()
    assert "Not a valid choice" in staff.after("/connections/desk/mode", {"mode": "wild"}, seen_on="/connections")


def test_an_admin_pauses_with_a_reason_and_resumes(pages: Pages) -> None:
    staff = pages.visitor("desk-1")
    assert "Say why." in staff.after("/connections/desk/pause", {"reason": ""}, seen_on="/connections")
    assert get_connection("desk").paused_at is None
    shown = staff.after("/connections/desk/pause", {"reason": "too noisy"}, seen_on="/connections")
    assert "Paused since Mon 9 Mar, 09:00 UTC: too noisy." in shown
    assert "desk goes on" in staff.after("/connections/desk/resume", seen_on="/connections")
    assert pages.audited() == ["desk-1: pause connection:desk too noisy", "desk-1: resume connection:desk"]


def test_an_admin_releases_all_queued_tickets(pages: Pages) -> None:
    pages.clock.set("2026-03-07 10:00")
    pages.created("1")
    pages.created("2")
    staff = pages.visitor("desk-1")
    shown = staff.after("/connections/desk/release", {"reason": "wrong hours imported"}, seen_on="/connections")
    assert "Released from the queue of desk: 2." in shown
    assert {pages.ticket("1").state, pages.ticket("2").state} == {"routed"}


def test_agents_change_no_connection(pages: Pages) -> None:
    staff = pages.visitor("desk-2")
    assert "Change" not in staff.page("/connections")
    for action in ("mode", "pause", "resume", "release"):
        answer = staff.send(f"/connections/desk/{action}", {"mode": "observe", "reason": "x"}, seen_on="/account")
        assert answer.status_code == 403, action
    assert get_connection("desk").mode == "enforce"


def test_a_connection_that_does_not_exist_is_a_plain_404(pages: Pages) -> None:
    assert pages.visitor("desk-1").send("/connections/nope/resume", seen_on="/account").status_code == 404
