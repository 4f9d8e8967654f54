"""Connecting a helpdesk in the browser, from the list of kinds to a connection that was checked."""

from __future__ import annotations

import io
import json

import pytest
import responses

from entitlements.store import tables
from entitlements.store.connections import config_of, find_connection
from tests.integrations.mutations import SAMPLES
from tests.integrations.stub_desk import ROOT, TOKEN, StubDesk
from tests.standins.acme import DESCRIPTION as ACME
from tests.web.pages.visitor import Pages, words_of

NEW = {"name": "ours", "url": ROOT, "token": TOKEN, "set.route_queue": "2", "set.triage_queue": "4",
       "set.renewals_queue": "5", "others": "route_queue.always_open = 3\n"}
PAGE, SETUP, TRY = "/connections/new/django_helpdesk", "/connections/ours/setup", "/connections/ours/try"


@pytest.fixture
def real(pages: Pages) -> Pages:
    """With the real adapters."""
    pages.app.extensions["deskgate"] = pages.real
    return pages


@pytest.fixture
def connected(real: Pages) -> Pages:
    real.visitor("desk-1").send(PAGE, NEW)
    return real


def config(pages: Pages, name: str = "ours"):
    row = find_connection(name)
    assert row is not None
    return config_of(row)


def test_every_kind_can_be_picked_and_has_a_form(real: Pages) -> None:
    admin = real.visitor("desk-1")
    html = admin.html("/connections/new")
    for kind in real.real.kinds:
        assert f"/connections/new/{kind.name}" in html
        assert kind.title in admin.html(f"/connections/new/{kind.name}")


def test_a_connection_is_added_and_the_address_with_its_secret_is_shown_this_once(connected: Pages) -> None:
    found = config(connected)
    assert (found.url, found.token, found.settings["route_queue.always_open"]) == (ROOT, TOKEN, "3")
    again = connected.visitor("desk-1").html(SETUP)
    assert found.secrets[0] not in again and TOKEN not in again
    assert "••••••••" in again


def test_the_page_that_made_it_shows_where_webhooks_go(real: Pages) -> None:
    shown = real.visitor("desk-1").send(PAGE, NEW).get_data(as_text=True)
    assert f"https://deskgate.example/hooks/ours/{config(real).secrets[0]}" in shown
    assert "Copy this now" in shown


@pytest.mark.parametrize(("field", "value", "said"), [
    ("name", "a b", "a connection&#39;s name is made of letters"),
    ("url", "http://desk.example", "must begin with https"),
    ("set.route_queue", "Support", "must be the number of a queue"), ("others", "colour = red", "has no setting"),
    ("others", "colour", "is not name = value")])
def test_what_cannot_work_is_told_beside_the_field_and_nothing_is_kept(real: Pages, field: str, value: str,
                                                                       said: str) -> None:
    before = {row.name for row in real.rows(tables.Connection)}
    answer = real.visitor("desk-1").send(PAGE, {**NEW, field: value})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and said in html
    assert TOKEN not in html
    assert {row.name for row in real.rows(tables.Connection)} == before


def test_a_connection_is_checked_and_rehearsed(connected: Pages) -> None:
    admin = connected.visitor("desk-1")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        desk = StubDesk(mock)
        told = words_of(admin.send("/connections/ours/rehearse", seen_on=SETUP).get_data(as_text=True))
        assert "Clear up: ticket" in told and "deleted" in told
        assert desk.tickets == {}
        told = words_of(admin.send("/connections/ours/check", seen_on=SETUP).get_data(as_text=True))
    assert "Test event: signed, verified, stored and answered with 200" in told


def test_settings_are_saved_and_an_empty_token_leaves_the_one_there_is(connected: Pages) -> None:
    admin = connected.visitor("desk-1")
    admin.send(SETUP, {**NEW, "token": "", "others": "", "set.route_queue": "9"})
    found = config(connected)
    assert (found.token, dict(found.settings)) == (
        TOKEN, {"route_queue": "9", "triage_queue": "4", "renewals_queue": "5"})
    answer = admin.send(SETUP, {**NEW, "set.route_queue": "x"})
    assert answer.status_code == 422 and config(connected).settings["route_queue"] == "9"


def test_a_new_secret_is_shown_once_and_the_old_one_still_counts(connected: Pages) -> None:
    before = config(connected).secrets[0]
    shown = connected.visitor("desk-1").send(
        "/connections/ours/secret", {"secret": "", "overlap": "24"}, seen_on=SETUP).get_data(as_text=True)
    new, old = config(connected).secrets
    assert old == before and new in shown and old not in shown


def test_connections_are_exported_without_secrets_and_taken_over_again(connected: Pages) -> None:
    admin = connected.visitor("desk-1")
    every = json.loads(admin.get("/connections/export").get_data(as_text=True))
    told = json.dumps([each for each in every if each["name"] == "ours"])
    assert TOKEN not in told and config(connected).secrets[0] not in told
    file = (io.BytesIO(told.replace('"ours"', '"other"').encode()), "connections.json")
    admin.send("/connections/import", {"file": file}, seen_on="/connections/new")
    assert config(connected, "other").settings == config(connected).settings
    file = (io.BytesIO(b"{"), "connections.json")
    answer = admin.send("/connections/import", {"file": file}, seen_on="/connections/new")
    assert answer.status_code == 303
    broken = told.replace('"ours"', '"third"').replace('"2"', '"Support"')
    admin.send("/connections/import", {"file": (io.BytesIO(broken.encode()), "x.json")}, seen_on="/connections/new")
    assert find_connection("third") is None


CHANGES = [PAGE, SETUP, "/connections/ours/check", "/connections/ours/rehearse", "/connections/ours/secret",
           "/connections/import"]


@pytest.mark.parametrize("path", CHANGES)
def test_nobody_changes_anything_without_being_an_admin_on_our_own_page(connected: Pages, path: str) -> None:
    before = config(connected)
    form = {**NEW, "url": "https://elsewhere.example", "name": "theirs", "secret": "", "overlap": "0"}
    assert connected.visitor("desk-2").send(path, form, seen_on="/account").status_code == 403
    admin = connected.visitor("desk-1")
    assert admin.send(path, form, token="").status_code == 400
    assert connected.visitor().send(path, form, token="").status_code in (302, 303, 400)
    assert (config(connected), find_connection("theirs")) == (before, None)


def test_no_page_log_or_audit_tells_a_secret(connected: Pages, caplog: pytest.LogCaptureFixture) -> None:
    admin = connected.visitor("desk-1")
    admin.send("/connections/ours/secret", {"secret": "", "overlap": "24"}, seen_on=SETUP)
    found = config(connected)
    shown = "".join(admin.html(path) for path in ("/connections", SETUP, PAGE, "/connections/new", "/attention"))
    kept = "".join(str(row.__dict__) for row in connected.rows(tables.AuditEntry))
    for secret in (*found.secrets, TOKEN):
        assert secret not in shown and secret not in kept and secret not in caplog.text


def test_agents_are_kept_from_all_of_it(connected: Pages) -> None:
    agent = connected.visitor("desk-2")
    for path in ("/connections/new", PAGE, SETUP, "/connections/export"):
        assert agent.get(path).status_code == 403


def test_a_pasted_webhook_is_read_on_the_page_and_nothing_is_kept(connected: Pages) -> None:
    admin, before = connected.visitor("desk-1"), connected.rows(tables.Event)
    sample = (SAMPLES / "django_helpdesk/new-ticket-web-form.json").read_text(encoding="utf-8")
    shown = words_of(admin.send(TRY, {"payload": sample}, seen_on=SETUP).get_data(as_text=True))
    assert "Event created" in shown
    shown = words_of(admin.send(TRY, {"payload": "<b>no JSON"}, seen_on=SETUP).get_data(as_text=True))
    assert "Payload — not right: the body is not JSON" in shown
    assert connected.rows(tables.Event) == before


def test_a_description_is_pasted_and_everything_wrong_with_it_told_beside_it(real: Pages) -> None:
    admin = real.visitor("desk-1")
    new = {"name": "acme", "url": "https://acme.example/api", "token": "k3y"}
    answer = admin.send("/connections/new/generic", {**new, "set.description": 'title = "x"\n[tikcet]\n'})
    assert answer.status_code == 422
    told = answer.get_data(as_text=True)
    assert "tikcet: is not known here; did you mean ticket?" in told
    assert "webhook: is missing" in told
    good = admin.send("/connections/new/generic", {**new, "set.description": ACME})
    assert good.status_code == 200
    assert config(real, "acme").settings["description"] == ACME.strip()
