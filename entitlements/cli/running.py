"""Running Deskgate: a worker, and web and workers together under one command that ends and renews them all."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from entitlements.cli.children import LOOK_EVERY, Child, Program, end_all
from entitlements.cli.signals import Signals, ready_option, tell_ready
from entitlements.cli.speaking import remark, require_migrated, result
from entitlements.cli.web_process import BACKLOG
from entitlements.settings import Settings
from entitlements.store import db

LOOPBACK = "127.0.0.1"
CORES = os.cpu_count() or 1
WEB_THREADS = 2 * CORES + 1  # more would only wait for each other
LEAVES_WITHIN = 60.0  # nothing hurries a web process whose place another one has taken
TERMINAL = 0


@click.command("work")
@click.option("--threads", type=click.IntRange(1, 64), help="Deliveries at the same time. [default: WORKER_THREADS]")
@ready_option
@with_appcontext
def work(threads: int | None, ready: int | None) -> None:
    """Run a worker: release queued tickets, deliver what is owed."""
    require_migrated()
    settings = _settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    worker = current_app.extensions["deskgate_worker"](threads=threads or settings.WORKER_THREADS)
    db.session.remove()
    signals = Signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    running = threading.Thread(target=worker.run, name="worker")
    running.start()
    remark("worker: at work")
    tell_ready(ready)
    while running.is_alive():
        running.join(LOOK_EVERY)
        if signals.last:
            worker.stop()
    remark("worker: done")


@click.command("serve")
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen. [default: PORT, else 8000]")
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen at.")
@click.option("--threads", type=click.IntRange(1, 256), default=WEB_THREADS,
              help="Requests at the same time in each web process. [default: twice the cores, and one]")
@click.option("--processes", type=click.IntRange(1, 64),
              help="Web processes. [default: 1 on SQLite, where one writes at a time; else one for each core, 2 to 4]")
@click.option("--workers", type=click.IntRange(0, 64), default=1, show_default=True,
              help="Workers beside; 0 for a machine that only serves the web.")
@with_appcontext
def serve(port: int | None, host: str, threads: int, processes: int | None, workers: int) -> None:
    """Serve web pages, webhooks and API, and run workers beside.

    SIGTERM and Ctrl-C finish what runs and end. SIGHUP starts web processes and workers anew, one after another, with
    the code that is there by then; nobody is refused meanwhile.
    """
    require_migrated()
    port = port or _settings().PORT
    listening = _listen(host, port)
    webs, beside = _programs(listening, port, threads)
    count = processes or _usual_processes()
    db.session.remove()
    db.engine.dispose()
    result(f"Serving at http://{_place(host, port)}; Ctrl-C ends it")
    children = [*(Child(webs) for _ in range(count)), *(Child(beside) for _ in range(workers))]
    if not _keep_running(children, listening):
        raise click.ClickException("the web server could not be started; its own words are above")


def _usual_processes() -> int:
    return 1 if db.engine.dialect.name == "sqlite" else min(max(CORES, 2), 4)


def _programs(listening: socket.socket, port: int, threads: int) -> tuple[Program, Program]:
    """What a web process and what a worker runs. Links carry the port, so that both must know it."""
    gateway = ["env", f"PORT={port}", sys.executable, "-m", "flask", "--app", "app", "gateway"]
    number, folder = listening.fileno(), Path(current_app.root_path)
    web = [*gateway, "web", "--socket", str(number), "--threads", str(threads)]
    return (Program("web", web, folder, files=(number,), leave=signal.SIGHUP, leaves_within=LEAVES_WITHIN),
            Program("worker", [*gateway, "work"], folder))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["deskgate_settings"]
    return settings


def _listen(host: str, port: int) -> socket.socket:
    """The socket that all web processes take connections from. It is open as long as this command runs."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise click.ClickException(f"cannot listen at {_place(host, port)}: {error.strerror}; "
                                   "choose another port with --port (make run PORT=...)") from None
    return listening


def _place(host: str, port: int) -> str:
    """Host and port as an address has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _keep_running(children: Sequence[Child], listening: socket.socket) -> bool:
    """Run them until asked to stop. False when the first web process cannot even begin."""
    signals, had_terminal = Signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP), os.isatty(TERMINAL)
    renewing: Iterator[None] = iter(())
    try:
        for child in children:
            child.start()
        while not _is_to_end(signals, had_terminal):
            if signals.take(signal.SIGHUP):
                renewing = _renew(children)
            next(renewing, None)
            signals.pause(LOOK_EVERY)
            if children[0].failed_at_once:
                return False
            for child in children:
                child.look()
        return True
    finally:
        listening.close()
        end_all(children)


def _is_to_end(signals: Signals, had_terminal: bool) -> bool:
    """A terminal that is closed says so with the signal that otherwise asks to start anew."""
    hung_up = had_terminal and not os.isatty(TERMINAL)
    return hung_up or signals.last in (signal.SIGTERM, signal.SIGINT)


def _renew(children: Sequence[Child]) -> Iterator[None]:
    """Start each anew, and the next when the one before has left; goes a step further whenever it is asked to."""
    remark("starting anew, one process after another")
    for child in children:
        while not child.is_settled:
            yield
        before = child.process
        child.renew()
        while not child.is_settled:
            yield
        if child.process is before:
            remark("starting anew was given up; all others go on as they are")
            return
    remark("started anew")
