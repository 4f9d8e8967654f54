"""A rehearsal by command, and leaving a helpdesk again: nothing stays behind, or it is named."""

from __future__ import annotations

import threading

import pytest
import requests
from flask import Flask

from entitlements.steps.rehearse import rehearse
from integrations.django_helpdesk import DjangoHelpdesk
from tests.connecting.parts import Run, config
from tests.gateway import wait_until
from tests.integrations.stub_desk import TOKEN, StubDesk


class TestRehearsal:
    def test_it_does_the_whole_job_once_and_leaves_nothing_behind(self, run: Run, desk: StubDesk) -> None:
        lines = run("rehearse", "desk").stdout.splitlines()
        assert [line.partition(":")[0] for line in lines] == [
            f"ok   {what}" for what in ("create", "route", "queue", "release", "reject", "clear up")]
        assert "held" in lines[2] and "in 2" in lines[3] and "in 5" in lines[4]
        assert desk.tickets == {}

    def test_where_tickets_cannot_be_deleted_the_test_ticket_is_closed(self, run: Run, desk: StubDesk) -> None:
        desk.may_delete = False
        assert "closed, since it cannot be deleted" in run("rehearse", "desk").stdout
        assert [ticket["status"] for ticket in desk.tickets.values()] == [4]

    def test_what_the_helpdesk_refuses_is_told_and_the_ticket_cleared_up(self, run: Run, desk: StubDesk) -> None:
        desk.instead = (403, {}, '{"detail": "You do not have permission."}')
        told = run("rehearse", "desk", fails=1).stdout
        assert "BAD  queue: PATCH" in told and "You do not have permission" in told
        assert desk.tickets == {}

    def test_what_the_helpdesk_takes_and_does_not_keep_is_told(self, run: Run, desk: StubDesk) -> None:
        desk.forgets = frozenset({"on_hold"})
        lines = run("rehearse", "desk", fails=1).stdout.splitlines()
        assert "BAD  queue: it should be held, and is open" in lines
        desk.forgets = frozenset({"custom_outcome"})
        lines = run("rehearse", "desk", fails=1).stdout.splitlines()
        assert lines[2].startswith("BAD  queue: the helpdesk did not keep all of it; this had to be done again: ")
        assert lines[-1].startswith("ok   clear up: ")

    def test_a_ticket_whose_answer_was_lost_is_found_and_cleared_up(self, run: Run, desk: StubDesk) -> None:
        desk.lost = requests.ConnectionError("cut")
        lines = run("rehearse", "desk", fails=1).stdout.splitlines()
        assert [line.partition(":")[0] for line in lines] == ["BAD  create", "ok   clear up"]
        assert desk.tickets == {}

    def test_one_that_cannot_be_found_again_is_described(self, run: Run, desk: StubDesk,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
        desk.lost = requests.ConnectionError("cut")
        monkeypatch.setattr(DjangoHelpdesk, "find_rehearsed", lambda *_: "")
        (line,) = run("rehearse", "desk", fails=1).stdout.splitlines()
        assert line.startswith("BAD  create: ")
        assert "look for 'Deskgate rehearsal: please leave it alone' in the helpdesk" in line

    def test_who_stops_it_half_way_leaves_nothing_behind(self, app: Flask, run: Run, desk: StubDesk) -> None:
        with app.app_context():
            steps = rehearse("desk", "it@acme.example", app.extensions["deskgate"])
            assert next(steps).ok
            assert desk.tickets
            steps.close()
        assert desk.tickets == {}

    def test_where_nothing_can_be_rehearsed_that_is_said(self, run: Run) -> None:
        run("add", "feed", "--kind", "standard")
        assert "nothing can be rehearsed" in run("rehearse", "feed", fails=1).stderr


@pytest.fixture
def held(run: Run, app: Flask, desk: StubDesk) -> dict[str, object]:
    """A ticket of somebody whose support is closed, on hold until Monday."""
    run("mode", "desk", "enforce")
    ticket = desk.add(id=7, submitter_email="it@closed.example")
    with app.app_context():
        path = f"/hooks/desk/{config(app, 'desk').secrets[0]}"
    app.test_cli_runner().invoke(args=["gateway", "import-licenses", "-"], input=(
        "customer,zone,starts_on,ends_on,weekly,domains\n"
        "Closed,UTC,2026-01-01,2026-12-31,mon-fri 09:00-17:00,closed.example\n"))
    ticket["followup_set"][0]["date"] = "2026-03-07T09:00:00Z"
    answer = app.test_client().post(path, json={"ticket": ticket, "queue_slug": "support"})
    assert answer.json["outcome"] == "queue", answer.json
    with app.app_context():
        worker = app.extensions["deskgate_worker"](1)
    thread = threading.Thread(target=worker.run)
    thread.start()
    wait_until(lambda: desk.tickets[7]["on_hold"] and desk.tickets[7]["custom_outcome"], what="the hold")
    worker.stop()
    thread.join()
    return ticket


class TestLeaving:
    def test_a_helpdesk_that_is_left_has_no_queued_ticket_and_no_mark_of_ours(self, run: Run, desk: StubDesk,
                                                                              held: dict[str, object]) -> None:
        assert run("detach", "desk").stdout.splitlines() == ["1 queued ticket released", "marks taken off 1 ticket"]
        assert (desk.tickets[7]["on_hold"], desk.tickets[7]["custom_outcome"]) == (False, "-")
        assert "paused: detached" in run("list").stdout
        assert run("detach", "desk").stdout.splitlines() == ["0 queued tickets released", "marks taken off 0 tickets"]

    def test_a_ticket_that_the_helpdesk_does_not_let_go_is_named(self, run: Run, app: Flask, desk: StubDesk,
                                                                 held: dict[str, object]) -> None:
        desk.instead = (400, {}, '{"detail": "on_hold is managed elsewhere"}')
        told = run("detach", "desk", "--keep-marks", fails=1).stdout.splitlines()
        assert told[1].startswith("BAD  ticket 7: the helpdesk did not let us free it; see delivery ")
        desk.instead = None
        number = told[1].split("see delivery ")[1].split(",")[0]
        assert app.test_cli_runner().invoke(args=["gateway", "redeliver", number]).exit_code == 0
        assert run("detach", "desk").stdout.splitlines() == ["0 queued tickets released", "marks taken off 1 ticket"]
        assert desk.tickets[7]["on_hold"] is False

    def test_one_that_takes_our_credentials_no_more_is_not_waited_for(self, run: Run, desk: StubDesk,
                                                                      held: dict[str, object]) -> None:
        desk.instead = (401, {}, '{"detail": "Invalid token."}')
        told = run("detach", "desk", fails=1).stderr
        assert "1 change is still owed to desk, and it is paused: the helpdesk refuses our credentials" in told
        assert TOKEN not in told
        desk.instead = None
        run("detach", "desk")
        assert desk.tickets[7]["on_hold"] is False
