"""A running Deskgate for tests from outside: web and worker in processes of their own, set up by its own commands."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from entitlements.store import db
from tests.desk.desk import free_port

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("DATABASE_URL", "SECRET_KEY", "PORT", "ALLOW_LOOPBACK")


def wait_until(condition: Callable[[], Any], seconds: float = 20, what: str = "it") -> Any:
    """Ask again and again until the answer is true, and return it; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.05)
    return found


class Gateway:
    """One Deskgate on a free port of loopback, with a database of its own. Commands work before it is started, too."""

    def __init__(self, folder: Path, database_url: str = ""):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")},
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'deskgate.sqlite3'}", "SECRET_KEY": "for tests only",
            "PORT": str(self.port), "ALLOW_LOOPBACK": "1", "PYTHONUNBUFFERED": "1"}
        self._child: subprocess.Popen[bytes] | None = None
        self._token = ""

    def flask(self, *arguments: str, fails: bool = False) -> str:
        """Run `flask --app app ...`; returns what it printed. Fails the test unless it ends as expected."""
        done = subprocess.run([sys.executable, "-m", "flask", "--app", "app", *arguments], cwd=ROOT,
                              env=self.environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode != 0) == fails, f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def gateway(self, *arguments: str) -> str:
        """Run `flask --app app gateway ...` in this process, which has everything loaded; returns what it printed."""
        done = self._app.test_cli_runner().invoke(args=["gateway", *arguments])
        self._let_go()
        assert done.exit_code == 0, f"{arguments} ended with {done.exit_code}:\n{done.output}{done.exception!r}"
        return done.stdout

    def upgrade(self) -> None:
        """Make the database."""
        with self._app.app_context():
            upgrade()
        self._let_go()

    @cached_property
    def _app(self) -> Flask:
        return create_app({name: self.environment[name] for name in SETTINGS})

    def _let_go(self) -> None:
        with self._app.app_context():
            db.session.remove()
            db.engine.dispose()

    def import_licenses(self, *rows: dict[str, object]) -> None:
        path = self.folder / "licenses.json"
        path.write_text(json.dumps(rows))
        self.gateway("import-licenses", str(path))

    def start(self, *options: str, terminal: int | None = None) -> Gateway:
        """Serve, in a terminal if one is given, and return when it answers."""
        with (self.folder / "gateway.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "gateway", "serve", "--port", str(self.port), *options],
                cwd=ROOT, env=self.environment, stdin=terminal, stdout=log, stderr=log,
                start_new_session=terminal is not None,
                preexec_fn=None if terminal is None else lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0))
        wait_until(self._is_ready, 60, f"Deskgate's start ({self.folder / 'gateway.log'})")
        return self

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                raise

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the serving command."""
        assert self._child is not None
        self._child.send_signal(number)

    def log(self) -> str:
        """What the serving command and its processes have said."""
        return (self.folder / "gateway.log").read_text()

    def api(self, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        """Call the REST API with a token that may do everything these tests need."""
        if not self._token:
            scopes = "tickets:read,tickets:write,tickets:override,usage:write,licenses:read,ops:read,ops:write"
            self._token = self.gateway("token", "add", "--name", "tests", "--scopes", scopes).strip()
        return requests.request(method, f"{self.url}/api/v1{path}", json=body, timeout=20,
                                headers={"Authorization": f"Bearer {self._token}", **headers})

    def _is_ready(self) -> bool:
        assert self._child is None or self._child.poll() is None, (self.folder / "gateway.log").read_text()
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False
