"""Commands around a connection's life: guided, checked, changed, its secret rotated, carried elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from entitlements.steps.tidy import tidy
from entitlements.store.connections import find_connection
from integrations.standard import Standard
from tests.connecting.parts import Run, config
from tests.fakes import FakeClock
from tests.integrations.stub_desk import ROOT, TOKEN, StubDesk

SECRETS = tuple("whsec_" + letter * 43 + "=" for letter in "ABC")


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

    def test_so_can_a_token_and_a_secret_which_others_would_see_on_the_command_line(self, run: Run, app: Flask,
                                                                                   tmp_path: Path) -> None:
        (tmp_path / "token").write_text(f"{TOKEN}\n")
        (tmp_path / "secret").write_text(f"{SECRETS[0]}\n")
        told = run("add", "feed", "--kind", "standard", "--token", f"@{tmp_path}/token",
                   "--secret", f"@{tmp_path}/secret")
        assert TOKEN not in told.output and SECRETS[0] not in told.output
        assert (config(app, "feed").token, config(app, "feed").secrets) == (TOKEN, SECRETS[:1])
        (tmp_path / "secret").write_text(SECRETS[1])
        run("rotate-secret", "feed", "--secret", f"@{tmp_path}/secret", "--overlap", "0")
        assert config(app, "feed").secrets == SECRETS[1:2]
        assert "cannot be read" in run("edit", "feed", "--token", f"@{tmp_path}/none", fails=2).stderr

    def test_check_names_an_address_that_only_this_machine_could_reach(self, run: Run, desk: StubDesk) -> None:
        told = run("check", "desk", fails=1)
        assert "BAD  webhook address: http://127.0.0.1:8123 leads nowhere from another machine" in told.stdout
        assert "connection rotate-secret desk --secret SECRET" in told.stderr

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


    def test_a_paused_connection_that_is_mended_says_how_to_let_it_go_on(self, run: Run) -> None:
        run("add", "desk", "--kind", "django_helpdesk", "--url", ROOT)
        assert "resume" not in run("edit", "desk", "--token", "one").stderr
        run("pause", "desk", "--reason", "token expired")
        told = run("edit", "desk", "--token", "two").stderr
        assert "It is paused still (token expired); let it go on by: connection resume desk" in told

    @pytest.mark.parametrize("name", ["", "-", "a b", "a/b", "b\u00fcro", "\u0663", "x" * 61, "a\nb", "ok\n", "new",
                                      "Export"])
    def test_a_name_that_could_not_stand_in_an_address_is_refused(self, run: Run, name: str) -> None:
        assert "a connection" in run("add", "--kind", "sandbox", "--", name, fails=1).stderr


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
        first = [{"name": "desk", "kind": "standard", "url": "https://d.example"}, {"name": "other", "kind": "sandbox"}]
        (tmp_path / "x.json").write_text(json.dumps([*first, last]))
        told = run("import", str(tmp_path / "x.json"), fails=1).stderr
        assert told.startswith(f"Error: {said}") and "nothing was taken over" in told
        assert config(app, "desk").url == ""
        with app.app_context():
            assert find_connection("other") is None

    @pytest.mark.parametrize("text", ["{", "{}", '[{"name": "x"}]', '[{"name": "x", "kind": "sandbox", "token": "t"}]',
                                      '[{"name": "x", "kind": "sandbox", "settings": {"a": 1}}]', "[" * 5000])
    def test_a_file_that_is_no_export_is_refused_whole(self, run: Run, tmp_path: Path, text: str) -> None:
        (tmp_path / "x.json").write_text(text)
        assert run("import", str(tmp_path / "x.json"), fails=1).stderr.startswith("Error: ")
