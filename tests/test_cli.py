"""The commands: what they print, what they do, and how they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app import create_app
from entitlements.store import access, db, tables
from entitlements.store.connections import config_of, find_connection
from entitlements.store.database import transaction
from tests.fakes import FakeClock

SATURDAY = "2026-03-07 09:00"
Run = Callable[..., Result]

LICENSES = """\
customer,license,zone,starts_on,ends_on,weekly,contacts,domains
Acme,Gold,Europe/Paris,2026-01-01,2026-12-31,mon-fri 09:00-17:00,it@acme.example,acme.example
Globex,Gold,UTC,2026-01-01,2026-12-31,mon-sun 00:00-24:00,,globex.example
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SATURDAY)


@pytest.fixture
def app(sqlite_url: str, clock: FakeClock) -> Iterator[Flask]:
    app = create_app({"DATABASE_URL": sqlite_url, "SECRET_KEY": "for tests only", "PORT": 8123, "CLOCK": clock})
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a command that should succeed, or `fails=1` that should not."""
    def run(*arguments: str, fails: int = 0, **more: object) -> Result:
        result = app.test_cli_runner().invoke(args=["gateway", *arguments], **more)
        assert result.exit_code == fails, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "licenses.csv"
    path.write_text(LICENSES)
    return path


def rows(app: Flask, table: type) -> list:
    with app.app_context():
        return list(db.session.scalars(select(table)))


class TestSeed:
    def test_it_prints_address_and_password_alone_on_stdout(self, run: Run, app: Flask) -> None:
        told = run("seed")
        address, user, password = told.stdout.splitlines()
        assert (address.split(), user.split()) == (["Address:", "http://127.0.0.1:8123"], ["User:", "admin"])
        assert "three hours a day, used up" in told.stderr
        with app.app_context():
            assert access.check_password("admin", password.split()[1]).role == "admin"

    def test_each_seed_makes_a_fresh_password_until_the_admin_has_chosen_one(self, run: Run, app: Flask) -> None:
        first, second = run("seed").stdout, run("seed").stdout
        assert first != second
        with app.app_context():
            access.set_password(access.get_user("admin"), "chosen by the admin")
            db.session.commit()
        third = run("seed").stdout
        assert third.splitlines()[-1] == "Password: the one that the admin has chosen"
        with app.app_context():
            assert access.check_password("admin", "chosen by the admin")

    def test_seeding_twice_changes_nothing(self, run: Run, app: Flask) -> None:
        run("seed")
        before = [len(rows(app, table)) for table in (tables.Customer, tables.LicenseVersion, tables.Connection,
                                                      tables.UsageEntry, tables.Plan, tables.Schedule)]
        run("seed")
        assert before == [5, 5, 1, 1, 3, 3]
        assert before == [len(rows(app, table)) for table in (tables.Customer, tables.LicenseVersion, tables.Connection,
                                                              tables.UsageEntry, tables.Plan, tables.Schedule)]

    def test_the_demos_plans_and_licenses_promise_answers(self, run: Run, app: Flask) -> None:
        run("seed")
        promising = [len(row.targets) for table in (tables.Plan, tables.LicenseVersion) for row in rows(app, table)]
        assert promising == [8, 8, 4, 8, 8, 8, 4, 8]

    def test_a_year_later_the_demo_licenses_are_of_that_year(self, run: Run, clock: FakeClock) -> None:
        run("seed")
        clock.go_on(days=365)
        run("seed")
        assert run("decide", "--customer", "Aurora").stdout.startswith("route: always_open")
        assert run("decide", "--customer", "Bygone").stdout.startswith("reject: license_expired")

    @pytest.mark.parametrize("at", [SATURDAY, "2026-03-09 09:30", "2026-03-09 21:00", "2026-12-31 23:30",
                                    "2027-01-01 00:30"])
    def test_every_outcome_is_there_whatever_the_hour(self, run: Run, clock: FakeClock, at: str) -> None:
        clock.set(at)
        run("seed")
        outcomes = {run("decide", "--customer", name).stdout.split(":")[0] for name in ("Aurora", "Trio", "Bygone")}
        assert outcomes == {"route", "queue", "reject"}

    def test_a_database_with_customers_of_its_own_is_left_alone(self, run: Run, app: Flask, file: Path) -> None:
        run("import-licenses", str(file))
        assert "no demo data was added" in run("seed").stderr
        assert [each.name for each in rows(app, tables.Customer)] == ["Acme", "Globex"]


class TestImport:
    def test_it_tells_what_it_did(self, run: Run, file: Path) -> None:
        told = run("import-licenses", str(file)).stdout
        assert told.splitlines() == [
            "2 rows: 2 added, 0 changed, 0 unchanged; 2 new customers", "added: Acme: Gold", "added: Globex: Gold",
            "gains cover: Acme", "gains cover: Globex"]
        assert run("import-licenses", str(file)).stdout.startswith("2 rows: 0 added, 0 changed, 2 unchanged")

    def test_a_dry_run_writes_nothing(self, run: Run, app: Flask, file: Path) -> None:
        told = run("import-licenses", str(file), "--dry-run")
        assert "2 would be added" in told.stdout
        assert "nothing was written" in told.stderr
        assert rows(app, tables.Customer) == []

    def test_every_problem_is_told_with_row_and_field_and_nothing_is_imported(
            self, run: Run, app: Flask, file: Path) -> None:
        file.write_text(LICENSES.replace("Europe/Paris", "Mars").replace("globex.example", "gmail.com"))
        told = run("import-licenses", str(file), fails=1)
        assert told.stdout == ""
        assert [line.partition(": ")[0] for line in told.stderr.splitlines()] == [
            "row 2, zone", "row 3, domains", "Error"]
        assert rows(app, tables.Customer) == []

    def test_taking_cover_away_needs_the_number(self, run: Run, file: Path) -> None:
        run("import-licenses", str(file))
        file.write_text(LICENSES.replace("2026-12-31", "2026-02-28"))
        told = run("import-licenses", str(file), fails=1)
        assert "loses cover: Acme" in told.stdout
        assert "--confirm 2" in told.stderr
        assert run("import-licenses", str(file), "--confirm", "2").stdout.startswith("2 rows: 0 added, 2 changed")

    def test_json_from_stdin(self, run: Run) -> None:
        row = {"customer": "Acme", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
               "weekly": {"mon": [["09:00", "17:00"]]}}
        assert "1 added" in run("import-licenses", "-", input=json.dumps([row])).stdout

    def test_a_file_that_cannot_be_read_or_is_not_there(self, run: Run, file: Path) -> None:
        file.write_bytes(b"\xff\xff")
        assert run("import-licenses", str(file), fails=1).stderr == "Error: the file is not UTF-8 text\n"
        run("import-licenses", str(file) + ".not", fails=2)


class TestDecide:
    def test_it_explains_a_ticket_from_the_outcome_to_each_check(self, run: Run, file: Path) -> None:
        run("import-licenses", str(file))
        lines = run("decide", "--email", "IT@acme.example", "--severity", "high").stdout.splitlines()
        assert lines[0] == "queue: outside_hours, until 2026-03-09T08:00:00Z, license Gold"
        assert lines[1].startswith("to the agent: Queued until Monday 9 March at 09:00 (Paris)")
        assert lines[2].startswith("to the customer: Your license covers Monday to Friday, 09:00-17:00 (Paris).")
        assert [line.split()[0] for line in lines[4:]] == [
            "check", "customer", "license", "coverage", "severity", "schedule", "daily_limit"]
        assert "failed" in lines[9]

    def test_at_another_instant(self, run: Run, file: Path) -> None:
        run("import-licenses", str(file))
        told = run("decide", "--customer", "acme", "--at", "2026-03-09T09:00:00+01:00").stdout
        assert told.startswith("route: within_hours, license Gold")

    @pytest.mark.parametrize("arguments", [(), ("--customer", "A", "--at", "soon"),
                                           ("--customer", "A", "--severity", "x"),
                                           ("--customer", "A", "--at", "2026-03-09T09:00:00"),
                                           ("--customer", "A", "--at", "9999-12-31T23:59:59-14:00"),
                                           ("--customer", "A", "--at", "2038-01-01T00:00:00Z")])
    def test_what_cannot_be_meant_is_refused(self, run: Run, arguments: tuple[str, ...]) -> None:
        run("decide", *arguments, fails=2)


class TestAccess:
    def test_a_user_gets_a_password_that_is_printed_alone(self, run: Run, app: Flask) -> None:
        password = run("user", "add", "first", "--role", "agent").stdout.strip()
        with app.app_context():
            assert access.check_password("first", password).role == "agent"
        again = run("user", "password", "first").stdout.strip()
        with app.app_context():
            assert access.check_password("first", password) is None
            assert access.check_password("first", again)
        assert "already" in run("user", "add", "first", "--role", "agent", fails=1).stderr
        assert "no user named 'second'" in run("user", "password", "second", fails=1).stderr

    def test_a_user_is_an_agent_unless_said_otherwise(self, run: Run, app: Flask) -> None:
        run("user", "add", "first")
        run("user", "add", "second", "--role", "admin")
        assert [(each.name, each.role) for each in rows(app, tables.User)] == [("first", "agent"), ("second", "admin")]

    def test_a_token_is_printed_alone_and_can_be_revoked(self, run: Run, app: Flask, clock: FakeClock) -> None:
        text = run("token", "add", "--name", "ci", "--scopes", "tickets:read, tickets:write").stdout.strip()
        with app.app_context():
            assert access.find_token(text, clock.now()).scopes == ["tickets:read", "tickets:write"]
        assert "ci    good   never      tickets:read,tickets:write" in run("token", "list").stdout
        run("token", "revoke", "ci")
        with app.app_context():
            assert access.find_token(text, clock.now()) is None
        assert text not in run("token", "list").stdout
        assert "scopes are tickets:read" in run("token", "add", "--name", "x", "--scopes", "all", fails=1).stderr

    def test_a_link_is_printed_alone_and_lets_its_customer_in(self, run: Run, app: Flask, file: Path,
                                                              clock: FakeClock) -> None:
        run("import-licenses", str(file))
        address = run("link", "IT@acme.example").stdout.strip()
        before, _, text = address.rpartition("/")
        assert before == "http://127.0.0.1:8123/submit/enter"
        with app.app_context(), transaction():
            session = access.use_link(text, clock.now() + timedelta(hours=1))
            assert access.find_session(session, clock.now()).customer.name == "Acme"
        assert "Sessions of it@acme.example ended: 1." in run("link", "IT@acme.example", "--revoke").stderr
        assert "no customer is known" in run("link", "x@nowhere.example", fails=1).stderr
        run("link", "no address", fails=2)


class TestConnections:
    def test_one_that_signs_gets_a_secret_and_an_address_on_the_last_line(self, run: Run, app: Flask) -> None:
        secret, address = run("connection", "add", "feed", "--kind", "standard").stdout.splitlines()
        assert address == "http://127.0.0.1:8123/hooks/feed"
        with app.app_context():
            row = find_connection("feed")
            assert config_of(row).secrets == (secret.split()[-1],)
            assert row.mode == "enforce"

    def test_one_that_cannot_sign_has_the_secret_in_its_address(self, run: Run, app: Flask) -> None:
        told = run("connection", "add", "desk", "--kind", "django_helpdesk", "--url", "https://desk.example/api",
                   "--token", "abc", "--set", "route_queue=1", "--set", "triage_queue=2", "--set", "renewals_queue=3")
        with app.app_context():
            row = find_connection("desk")
            [secret] = config_of(row).secrets
            assert (row.mode, row.settings["route_queue"]) == ("observe", "1")
        assert told.stdout.splitlines() == [f"http://127.0.0.1:8123/hooks/desk/{secret}"]

    def test_a_secret_of_ones_own_is_not_printed(self, run: Run) -> None:
        secret = "whsec_" + "QUJD" * 11
        assert run("connection", "add", "feed", "--kind", "standard", "--secret", secret).stdout == (
            "http://127.0.0.1:8123/hooks/feed\n")

    @pytest.mark.parametrize(("arguments", "fails"), [
        (("a b", "--kind", "sandbox"), 1), (("x", "--kind", "telepathy"), 1),
        (("x", "--kind", "sandbox", "--mode", "y"), 1),
        (("x", "--kind", "sandbox", "--set", "colour=red"), 1), (("x", "--kind", "sandbox", "--set", "colour"), 2),
        (("x", "--kind", "standard", "--secret", "guess"), 1), (("x",), 2)])
    def test_a_connection_that_cannot_work_is_refused(self, run: Run, app: Flask, arguments: tuple[str, ...],
                                                      fails: int) -> None:
        assert run("connection", "add", *arguments, fails=fails).stderr.splitlines()[-1].startswith("Error: ")
        assert rows(app, tables.Connection) == []

    def test_switching_pausing_listing_and_checking(self, run: Run) -> None:
        run("connection", "add", "box", "--kind", "sandbox")
        assert "was in enforce mode" in run("connection", "mode", "box", "observe").stderr
        run("connection", "pause", "box", "--reason", "moving house")
        assert run("connection", "list").stdout.splitlines()[1].split() == [
            "box", "sandbox", "observe", "-", "paused:", "moving", "house"]
        run("connection", "resume", "box")
        assert "running" in run("connection", "list").stdout
        assert run("connection", "check", "box").stdout.startswith("ok   inbox: ")
        assert "no connection named 'other'" in run("connection", "pause", "other", fails=1).stderr

    def test_release_all_and_redeliver_say_what_they_did(self, run: Run) -> None:
        run("connection", "add", "box", "--kind", "sandbox")
        assert run("release-all", "--connection", "box", "--reason", "moving").stdout == "0 tickets released\n"
        assert run("release-all", "--connection", "box", "--reason", " ", fails=1).stderr == "Error: say why\n"
        assert "no delivery 7" in run("redeliver", "7", fails=1).stderr
        for beyond in ("9" * 28, "2147483648", "0", "9" * 5000):
            run("redeliver", beyond, fails=2)


@pytest.mark.parametrize("command", [("seed",), ("connection", "list"), ("work",), ("serve",), ("token", "list"),
                                     ("decide", "--customer", "Acme")])
def test_a_database_that_is_not_migrated_says_what_to_run(tmp_path: Path, command: tuple[str, ...]) -> None:
    app = create_app({"DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite3'}", "SECRET_KEY": "for tests only"})
    result = app.test_cli_runner().invoke(args=["gateway", *command])
    assert result.exit_code == 1
    assert result.stderr == "Error: the database is not migrated; run: flask --app app db upgrade\n"
    with app.app_context():
        db.engine.dispose()
