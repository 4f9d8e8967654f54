"""The adapter against a real django-helpdesk that is down, misconfigured or does not let us in."""

from __future__ import annotations

import pytest

from entitlements.errors import DeliveryError
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.tools import Tools
from tests.desk import Desk
from tests.integrations.parts import a_config
from tests.integrations.real_desk import SETTINGS, about, adapter

# --- When it does not work -------------------------------------------------------------------------------------------


def test_during_an_outage_nothing_is_lost_and_afterwards_it_goes_on(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    number = desk.open_ticket("alice@acme.test")
    desk.stop()
    try:
        with pytest.raises(DeliveryError) as caught:
            helpdesk.apply(about(number))
    finally:
        desk.start()
    assert caught.value.kind == "temporary"
    assert helpdesk.apply(about(number, try_number=2)).changed


@pytest.mark.parametrize(("token", "status"), [("no-such-token", 401), ("desk-alice-token-0001", 403),
                                               ("agent:wrong", 401)])
def test_an_account_that_is_not_let_in_is_unauthorized(
        desk: Desk, real_tools: Tools, token: str, status: int) -> None:
    number = desk.open_ticket("alice@acme.test")
    stranger = DjangoHelpdesk(a_config("django_helpdesk", SETTINGS, url=desk.url, token=token), real_tools)
    with pytest.raises(DeliveryError) as caught:
        stranger.apply(about(number))
    assert (caught.value.kind, caught.value.status) == ("unauthorized", status)
    assert token not in str(caught.value)
    assert [finding.what for finding in stranger.check() if not finding.ok] == ["token"]


def test_user_and_password_do_instead_of_a_token(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    config = a_config("django_helpdesk", SETTINGS, url=desk.url, token="gateway:gateway-pass-1")
    assert DjangoHelpdesk(config, real_tools).apply(about(number)).changed


def test_a_queue_that_does_not_exist_is_refused_with_the_desks_own_words(desk: Desk, real_tools: Tools) -> None:
    number = desk.open_ticket("alice@acme.test")
    with pytest.raises(DeliveryError, match="99") as caught:
        adapter(desk, real_tools, route_queue="99").apply(about(number))
    assert (caught.value.kind, caught.value.status) == ("refused", 400)


def test_a_check_of_a_good_connection_is_content_and_writes_nothing(desk: Desk, helpdesk: DjangoHelpdesk) -> None:
    before = len(desk.tickets())
    findings = helpdesk.check()
    assert [finding for finding in findings if not finding.ok] == []
    assert {"secret", "address", "token", "route_queue", "renewals_queue", "marker_field"} <= {
        finding.what for finding in findings}
    assert len(desk.tickets()) == before


def test_a_check_names_what_is_wrong_and_what_to_do(desk: Desk, real_tools: Tools) -> None:
    wrong = adapter(desk, real_tools, triage_queue="99", marker_field="nowhere")
    bad = {finding.what: finding.detail for finding in wrong.check() if not finding.ok}
    assert bad == {
        "triage_queue": "there is no queue 99, or our account may not use it; its number is in Django's admin",
        "marker_field": "there is no custom field nowhere; add one in Django's admin, of the kind Char, for staff only"}


def test_a_check_of_a_wrong_address_says_so(desk: Desk, real_tools: Tools) -> None:
    elsewhere = DjangoHelpdesk(a_config("django_helpdesk", url=f"{desk.url}/kb/", token=desk.token()), real_tools)
    assert [finding.what for finding in elsewhere.check() if not finding.ok] == ["address"]
