"""Running Deskgate: the worker, and web and worker together under one command that ends both."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from entitlements.cli.speaking import remark, require_migrated, result
from entitlements.settings import Settings
from entitlements.store import db

LOOPBACK = "127.0.0.1"
WEB_THREADS = 2 * (os.cpu_count() or 1) + 1  # more would only wait for each other
LOOK_EVERY = 0.2
LOOKS_TO_SETTLE = 15
LONGEST_PAUSE = 30.0
PATIENCE = 10.0
PR_SET_PDEATHSIG = 1


@click.command("work")
@click.option("--threads", type=click.IntRange(1, 64), help="Deliveries at the same time. [default: WORKER_THREADS]")
@with_appcontext
def work(threads: int | None) -> None:
    """Run a worker: release queued tickets, deliver what is owed."""
    require_migrated()
    settings = _settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    worker = current_app.extensions["deskgate_worker"](threads=threads or settings.WORKER_THREADS)
    db.session.remove()
    stop = Stop()
    running = threading.Thread(target=worker.run, name="worker")
    running.start()
    remark("worker: at work")
    while running.is_alive():
        running.join(LOOK_EVERY)
        if stop.asked:
            worker.stop()
    remark("worker: done")


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen. [default: PORT, else 8000]")
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen at.")
@click.option("--threads", type=click.IntRange(1, 256), default=WEB_THREADS,
              help="Requests at the same time. [default: twice the cores, and one]")
@with_appcontext
def serve(port: int | None, host: str, threads: int) -> None:
    """Serve web pages, webhooks and API, and run a worker beside."""
    require_migrated()
    port = port or _settings().PORT
    _require_free(host, port)
    db.session.remove()
    db.engine.dispose()
    # Links carry the port, so that both processes must know it.
    python = ["env", f"PORT={port}", sys.executable, "-m"]
    web = Child("web", [*python, "granian", "--interface", "wsgi", "--factory", "--host", host, "--port", str(port),
                        "--no-ws", "--blocking-threads", str(threads), "--workers-kill-timeout", "5",
                        "--log-level", "warning", "app:create_app"])
    worker = Child("worker", [*python, "flask", "--app", "app", "gateway", "work"])
    result(f"Serving at http://{host}:{port}; Ctrl-C ends it")
    if not _keep_running(web, worker):
        raise click.ClickException("the web server could not be started; its own words are above")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["deskgate_settings"]
    return settings


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(f"cannot listen at {host}:{port}: {error.strerror}; "
                                       "choose another port with --port (make run PORT=...)") from None


class Stop:
    """Remembers that SIGTERM or Ctrl-C asked this process to end. Only the main thread can listen for them."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True


@dataclass
class Child:
    """A process that is kept running, after ever longer pauses when it keeps dying."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    looks: int = 0
    pause: float = field(default=0.0)
    waiting: float = field(default=0.0)

    def start(self) -> None:
        self.looks = 0
        # In a process group of its own, Ctrl-C in a terminal reaches it through us alone, once.
        self.process = subprocess.Popen(self.command, cwd=Path(current_app.root_path), process_group=0,
                                        preexec_fn=_end_with_parent)

    def look(self) -> bool:
        """Start it again if it died and has paused long enough. False when it is down."""
        if self.process is not None and self.process.poll() is None:
            self.looks += 1
            self.pause = 0.0 if self.looks > LOOKS_TO_SETTLE else self.pause
            return True
        if self.process is not None:
            self.pause = self.waiting = min(max(1.0, 2 * self.pause), LONGEST_PAUSE)
            remark(f"{self.name} ended with {self.process.returncode}; it starts again in {self.pause:.0f} s")
            self.process = None
        self.waiting -= LOOK_EVERY
        if self.waiting <= 0:
            self.start()
        return False

    @property
    def failed_at_once(self) -> bool:
        return self.process is not None and self.process.poll() is not None and self.looks < LOOKS_TO_SETTLE

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_for_end(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _end_with_parent() -> None:
    """Runs in a new child: should this process be killed outright, the child is asked to end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _keep_running(web: Child, worker: Child) -> bool:
    """Run both until asked to stop. False when the web server cannot even begin."""
    stop, pulse, first = Stop(), threading.Event(), True
    web.start()
    worker.start()
    try:
        while not stop.asked:
            pulse.wait(LOOK_EVERY)
            if first and web.failed_at_once:
                return stop.asked
            first = first and web.looks <= LOOKS_TO_SETTLE
            web.look()
            worker.look()
        return True
    finally:
        for child in (web, worker):
            child.ask_to_end()
        for child in (web, worker):
            child.wait_for_end()
