"""Commands around a connection's life: guided, checked, changed, its secret rotated, carried elsewhere, left again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import responses
from click.testing import Result
from flask import Flask

from app import create_app
from entitlements.steps.rehearse import rehearse
from entitlements.steps.tidy import tidy
from entitlements.store import db
from entitlements.store.connections import config_of, find_connection
from integrations.django_helpdesk import DjangoHelpdesk
from integrations.standard import Standard
from tests.fakes import FakeClock
from tests.gateway import wait_until
from tests.integrations.stub_desk import ROOT, TOKEN, StubDesk

SECRETS = tuple("whsec_" + letter * 43 + "=" for letter in "ABC")
Run = Callable[..., Result]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2026-03-07 09:00")


@pytest.fixture
def app(sqlite_url: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "PORT": 8123, "CLOCK": clock})
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a `connection` command that should succeed, or `fails=1` that should not."""
    def run(*arguments: str, fails: int = 0, **more: object) -> Result:
        result = app.test_cli_runner().invoke(args=["gateway", "connection", *arguments], **more)
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def desk(run: Run) -> Iterator[StubDesk]:
    """A django-helpdesk that is connected."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        stub = StubDesk(mock)
        run("add", "desk", "--kind", "django-helpdesk", "--url", ROOT, "--token", TOKEN, "--set", "route_queue=2",
            "--set", "triage_queue=4", "--set", "renewals_queue=5", "--set", "outcome_field=outcome")
        yield stub


def config(app: Flask, name: str):
    with app.app_context():
        return config_of(find_connection(name))


class TestSettingUp:
    def test_a_kind_goes_by_its_other_names_too(self, run: Run, app: Flask) -> None:
        run("add", "desk", "--kind", "Django-Helpdesk")
        assert config(app, "desk").kind == "django_helpdesk"
        assert {line.split()[0] for line in run("kinds").stdout.splitlines()} >= {"kind", "sandbox", "django_helpdesk"}

    def test_the_guide_names_the_address_to_paste(self, run: Run) -> None:
        address = run("add", "desk", "--kind", "django_helpdesk").stdout.splitlines()[-1]
        told = run("guide", "desk").stdout
        assert address in told
        assert told.startswith("1. ")

    def test_a_setting_can_be_read_from_a_file(self, run: Run, app: Flask, tmp_path: Path) -> None:
        (tmp_path / "queue.txt").write_text("7\n")
        run("add", "desk", "--kind", "django_helpdesk", "--set", f"route_queue=@{tmp_path}/queue.txt")
        assert config(app, "desk").settings == {"route_queue": "7"}
        run("set", "desk", f"route_queue=@{tmp_path}/none.txt", fails=2)

    def test_check_sends_a_test_event_the_whole_path(self, run: Run, app: Flask) -> None:
        run("add", "feed", "--kind", "standard")
        told = run("check", "feed").stdout.splitlines()
        assert "ok   test event: signed, verified, stored and answered with 200" in told
        assert "none has come" in run("check", "feed").stdout.splitlines()[-1]

    def test_a_test_event_with_another_secret_than_the_one_kept_is_named(self, run: Run, app: Flask,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
        run("add", "feed", "--kind", "standard")
        monkeypatch.setattr(Standard, "signed", lambda *_: {"webhook-signature": "v1,bm90IG91cnM="})
        assert "BAD  test event: was answered with 401" in run("check", "feed", fails=1).stdout

    def test_a_helpdesk_that_cannot_sign_is_tested_by_the_secret_in_its_address(self, run: Run, desk: StubDesk) -> None:
        assert "ok   test event" in run("check", "desk", fails=1).output


class TestChanging:
    def test_settings_address_and_token_are_changed_and_taken_away(self, run: Run, app: Flask) -> None:
        run("add", "desk", "--kind", "django_helpdesk", "--set", "route_queue=1", "--set", "triage_queue=2")
        run("edit", "desk", "--url", ROOT, "--token", "other")
        run("set", "desk", "route_queue=3", "triage_queue=")
        found = config(app, "desk")
        assert (found.url, found.token, dict(found.settings)) == (ROOT, "other", {"route_queue": "3"})

    @pytest.mark.parametrize("arguments", [
        ("set", "desk", "route_queue=Support"), ("edit", "desk", "--url", "http://desk.example"),
        ("set", "desk", "colour=red")])
    def test_what_cannot_work_is_refused_and_leaves_all_as_it_was(self, run: Run, app: Flask,
                                                                  arguments: tuple[str, ...]) -> None:
        run("add", "desk", "--kind", "django_helpdesk", "--url", ROOT)
        before = config(app, "desk")
        assert run(*arguments, fails=1).stderr.startswith("Error: ")
        assert config(app, "desk") == before


class TestRotation:
    def test_the_old_secret_is_taken_until_the_overlap_is_over_to_the_second(self, run: Run, app: Flask,
                                                                            clock: FakeClock) -> None:
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        run("rotate-secret", "feed", "--secret", SECRETS[1], "--overlap", "2")
        assert config(app, "feed").secrets == SECRETS[1::-1]
        clock.set("2026-03-07 10:59:59")
        assert self.taken(app, clock) == [True, True]
        clock.set("2026-03-07 11:00")
        assert self.taken(app, clock) == [False, True]
        with app.app_context():
            tidy(clock.now(), 30)
        assert config(app, "feed").secrets == (SECRETS[1],)

    @staticmethod
    def taken(app: Flask, clock: FakeClock) -> list[bool]:
        """Whether webhooks signed with the first and the second secret are let in now."""
        from integrations.signing import sign

        body = json.dumps({"type": "ticket.closed", "timestamp": "2026-03-07T09:00:00Z", "data": {"id": "1"}}).encode()
        answers = [app.test_client().post("/hooks/feed", data=body, headers=dict(
            sign("standard-webhooks", secret, body, clock.now()))).status_code for secret in SECRETS[:2]]
        return [status == 200 for status in answers]

    def test_who_rotates_twice_keeps_the_secret_that_the_helpdesk_still_has(self, run: Run, app: Flask) -> None:
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        for secret in (SECRETS[1], SECRETS[1], SECRETS[2]):
            run("rotate-secret", "feed", "--secret", secret)
        assert config(app, "feed").secrets == (SECRETS[2], SECRETS[1], SECRETS[0])
        run("rotate-secret", "feed", "--secret", SECRETS[2], "--overlap", "0")
        assert config(app, "feed").secrets == (SECRETS[2],)

    def test_one_whose_time_is_over_is_not_taken_again(self, run: Run, app: Flask, clock: FakeClock) -> None:
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        run("rotate-secret", "feed", "--secret", SECRETS[1], "--overlap", "1")
        clock.go_on(hours=1)
        run("rotate-secret", "feed", "--secret", SECRETS[2])
        assert config(app, "feed").secrets == SECRETS[:0:-1]

    def test_what_is_said_of_the_one_before_is_so(self, run: Run) -> None:
        run("add", "zen", "--kind", "zendesk")
        assert "any from before counts no more" in run("rotate-secret", "zen", "--secret", "first").stderr
        assert "any from before is taken for 24 h more" in run("rotate-secret", "zen", "--secret", "other").stderr

    def test_a_new_secret_is_made_and_shown_once(self, run: Run, app: Flask) -> None:
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        said, address = run("rotate-secret", "feed", "--overlap", "0").stdout.splitlines()
        assert config(app, "feed").secrets == (said.split()[-1],)
        assert address == "http://127.0.0.1:8123/hooks/feed"

    def test_where_the_address_holds_the_secret_both_addresses_work_for_a_while(self, run: Run, app: Flask) -> None:
        old = run("add", "desk", "--kind", "django_helpdesk").stdout.split()[-1]
        new = run("rotate-secret", "desk").stdout.split()[-1]
        assert old != new
        for address in (old, new):
            path = address.removeprefix("http://127.0.0.1:8123")
            assert app.test_client().post(path, data="{}").status_code == 202

    def test_a_secret_that_cannot_be_one_changes_nothing(self, run: Run, app: Flask) -> None:
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        run("rotate-secret", "feed", "--secret", "guess", fails=1)
        assert config(app, "feed").secrets == (SECRETS[0],)


class TestCarryingElsewhere:
    def test_what_is_exported_holds_no_secret_and_can_be_imported_elsewhere(self, run: Run, app: Flask,
                                                                           tmp_path: Path) -> None:
        run("add", "desk", "--kind", "django_helpdesk", "--url", ROOT, "--token", TOKEN, "--set", "route_queue=2")
        run("add", "feed", "--kind", "standard", "--secret", SECRETS[0])
        told = run("export").stdout
        assert TOKEN not in told and SECRETS[0] not in told
        file = tmp_path / "connections.json"
        file.write_text(told.replace('"feed"', '"other"').replace('"route_queue": "2"', '"route_queue": "3"'))
        assert run("import", str(file), "--dry-run").stdout.splitlines() == [
            "would change desk (django_helpdesk)", "would add other (standard)"]
        assert run("import", str(file)).stdout.splitlines()[0] == "changed desk"
        assert config(app, "desk").settings == {"route_queue": "3"}
        assert config(app, "desk").token == TOKEN
        assert config(app, "other").secrets

    @pytest.mark.parametrize(("last", "said"), [
        ({"name": "no name", "kind": "sandbox"}, "no name: a connection's name is made of letters"),
        ({"name": "third", "kind": "nonsense"}, "third: there is no kind of helpdesk"),
        ({"name": "third", "kind": "sandbox", "mode": "loud"}, "third: mode must be one of"),
        ({"name": "desk", "kind": "sandbox"}, "desk: there is a connection of that name already, of kind standard"),
        ({"name": "third", "kind": "standard", "settings": {"colour": "red"}}, "third: ")])
    def test_of_a_file_with_one_wrong_connection_nothing_is_taken(self, run: Run, app: Flask, tmp_path: Path,
                                                                  last: dict[str, object], said: str) -> None:
        run("add", "desk", "--kind", "standard")
        first = [{"name": "desk", "kind": "standard", "url": "https://else.example"}, {"name": "new", "kind": "sandbox"}]
        (tmp_path / "x.json").write_text(json.dumps([*first, last]))
        told = run("import", str(tmp_path / "x.json"), fails=1).stderr
        assert told.startswith(f"Error: {said}") and "nothing was taken over" in told
        assert config(app, "desk").url == ""
        with app.app_context():
            assert find_connection("new") is None

    @pytest.mark.parametrize("text", ["{", "{}", '[{"name": "x"}]', '[{"name": "x", "kind": "sandbox", "token": "t"}]',
                                      '[{"name": "x", "kind": "sandbox", "settings": {"a": 1}}]', "[" * 5000])
    def test_a_file_that_is_no_export_is_refused_whole(self, run: Run, tmp_path: Path, text: str) -> None:
        (tmp_path / "x.json").write_text(text)
        assert run("import", str(tmp_path / "x.json"), fails=1).stderr.startswith("Error: ")


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
