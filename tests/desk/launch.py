"""Installs and starts a real django-helpdesk on loopback; by hand with `python -m tests.desk.launch --port 8701`.

Safe to run again on the same state folder: what is there is kept. Prints one JSON line when the desk answers, then
stays in the foreground until it is ended, and ends the desk with it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "project"
VENV = HERE.parent.parent / ".desk-venv" / "packages"
HOOKS = "webhooks.json"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def install(folder: Path = VENV) -> Path:
    """The Python that has django-helpdesk; installs it when it is not there yet, one process at a time."""
    requirements = HERE / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    python, mark = folder / "bin" / "python", folder / ".installed"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_text() == wanted and python.exists()):
            venv.EnvBuilder(with_pip=True, clear=True).create(folder)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
                            "-r", requirements], check=True, stdout=sys.stderr)
            mark.write_text(wanted)
    return python


def environment(state: Path, webhook_timeout: float = 3.0) -> dict[str, str]:
    return {**os.environ, "DESK_STATE": str(state), "DESK_TIMEOUT": str(webhook_timeout), "NO_PROXY": "*",
            "DJANGO_SETTINGS_MODULE": "deskproj.settings", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(python: Path, state: Path, seed: Path = HERE / "seed.json") -> dict[str, Any]:
    """Make the database and what it begins with. Returns the numbers of queues, users and custom fields."""
    for name in ("media", "mail", "static"):
        (state / name).mkdir(parents=True, exist_ok=True)
    if not (state / HOOKS).exists():
        write_hooks(state, [], [])
    subprocess.run([python, "manage.py", "migrate", "-v", "0"], cwd=PROJECT, env=environment(state), check=True,
                   stdout=sys.stderr)
    seeded = subprocess.run([python, "seed.py", seed.resolve()], cwd=PROJECT, env=environment(state), check=True,
                            stdout=subprocess.PIPE, text=True)
    return json.loads(seeded.stdout.splitlines()[-1])


def write_hooks(state: Path, new_ticket: Sequence[str], followup: Sequence[str]) -> None:
    """Set the webhook addresses; the desk reads them for every event, also while it runs."""
    fresh = state / f"{HOOKS}.new"
    fresh.write_text(json.dumps({"new_ticket": list(new_ticket), "followup": list(followup)}))
    fresh.replace(state / HOOKS)


def serve(python: Path, state: Path, port: int, webhook_timeout: float = 3.0) -> subprocess.Popen[bytes]:
    """Start the server process. It may take a few seconds until it answers: see `wait_ready`."""
    command = [str(python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (state / "server.log").open("ab") as log:
        return subprocess.Popen(command, cwd=PROJECT, env=environment(state, webhook_timeout), stdout=log, stderr=log)


def wait_ready(child: subprocess.Popen[bytes], port: int, seconds: float = 60.0) -> None:
    """Return when the desk answers. Raises RuntimeError when it ended, or does not answer in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if child.poll() is not None:
            raise RuntimeError(f"the desk ended with {child.returncode}; see server.log in its state folder")
        try:
            DIRECT.open(f"http://127.0.0.1:{port}/api/", timeout=2).close()
            return
        except urllib.error.HTTPError as answer:  # it answered, if only to ask who we are
            answer.close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the desk did not answer in time")


def end(child: subprocess.Popen[bytes]) -> None:
    """End a server process that was started here."""
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(10)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A real django-helpdesk on loopback, to try Deskgate against.")
    parser.add_argument("--port", type=int, default=8701)
    parser.add_argument("--state", type=Path, default=Path("instance/desk"), help="database, uploads, mail, log")
    parser.add_argument("--new-ticket-hook", action="append", default=[], metavar="URL")
    parser.add_argument("--followup-hook", action="append", default=[], metavar="URL")
    return parser.parse_args()


def _announce(what: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    options = _arguments()
    state = options.state.resolve()
    python = install()
    seeded = prepare(python, state)
    if options.new_ticket_hook or options.followup_hook:
        write_hooks(state, options.new_ticket_hook, options.followup_hook)
    child = serve(python, state, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.terminate())
    wait_ready(child, options.port)
    _announce({"url": f"http://127.0.0.1:{options.port}", "state": str(state), **seeded})
    child.wait()


if __name__ == "__main__":
    main()
