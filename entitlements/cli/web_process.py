"""One web process: Granian's server on a listening socket that `gateway serve` holds and all web processes share.

A connection that waits in the queue of a shared socket is taken by whichever process comes next. Granian's own command
gives each process a socket of its own, and Linux resets what waits in the queue of one that closes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from granian._futures import _new_cbscheduler
from granian._granian import SocketHolder, WorkerSignal, WSGIWorker
from granian.http import HTTP1Settings
from granian.wsgi import _callback_wrapper

from entitlements.cli.signals import Signals, tell_ready
from entitlements.cli.speaking import require_migrated
from entitlements.store import db

BACKLOG = 1024
LOOK_EVERY = 0.1
QUIET_LOOKS = 10
LOOKS_WHEN_LEAVING, LOOKS_WHEN_ENDING = 300, 50
PATIENCE = 5.0
Environ = dict[str, Any]


@click.command("web")
@click.option("--socket", "listening", type=int, required=True, help="The listening socket, by its number.")
@click.option("--threads", type=click.IntRange(1, 256), required=True, help="Requests at the same time.")
@click.option("--ready", type=int, help="A pipe to write to once requests are answered.")
@with_appcontext
def web(listening: int, threads: int, ready: int | None) -> None:
    """One web process of `gateway serve`, which starts it and hands it the socket."""
    require_migrated()
    db.session.remove()
    application = Leaving(current_app._get_current_object().__call__)  # type: ignore[attr-defined]
    signals = Signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    server = Server(application, listening, threads)
    tell_ready(ready)
    while not signals.last:
        signals.pause(LOOK_EVERY)
    server.accept_no_more()
    application.is_asked = True
    if signals.last == signal.SIGHUP:
        _wait_until_quiet(application, signals)
    _wait_until_done(application, signals)
    server.end()


class Leaving:
    """The application. Once it is about to leave, each answer asks its client to come back on a new connection."""

    def __init__(self, application: Callable[..., Iterable[bytes]]):
        self._application, self._lock = application, threading.Lock()
        self.is_asked = False
        self.begun = self.done = 0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.begun += 1
        try:
            return self._application(environ, partial(self._start, start_response))
        finally:
            with self._lock:
                self.done += 1

    def _start(self, start_response: Callable[..., Any], status: str, headers: list[tuple[str, str]],
               exc_info: Any = None) -> Any:
        if self.is_asked:
            headers = [*headers, ("Connection", "close")]
        return start_response(status, headers, exc_info)


class Server:
    """Granian's server, taking connections from a socket that other processes take from, too."""

    def __init__(self, application: Callable[..., Iterable[bytes]], listening: int, threads: int):
        self._listening = listening
        self._ended, self._ending = threading.Event(), WorkerSignal()
        self._ending.add_cb(self._ended.set)
        worker = WSGIWorker(1, (None, SocketHolder(listening, False, BACKLOG)), None, py_threads=threads,
                            backpressure=BACKLOG, http1_opts=HTTP1Settings())
        scheduler = _new_cbscheduler(asyncio.new_event_loop(), _callback_wrapper(application, {}), impl_asyncio=True)
        worker.serve_mtr(scheduler, None, self._ending)

    def accept_no_more(self) -> None:
        """Leave new connections to others and go on with those that are there."""
        with socket.create_server(("127.0.0.1", 0)) as nobody_knows_this:
            nobody_knows_this.setblocking(False)
            os.dup2(nobody_knows_this.fileno(), self._listening)

    def end(self) -> None:
        """Finish the requests that run, and close."""
        self._ending.set()
        self._ended.wait(PATIENCE)


def _wait_until_quiet(application: Leaving, signals: Signals) -> None:
    """Answer what comes on the connections that are there until none has come for a second."""
    looks = quiet = 0
    while quiet < QUIET_LOOKS and looks < LOOKS_WHEN_LEAVING and signals.last == signal.SIGHUP:
        before = application.begun
        signals.pause(LOOK_EVERY)
        looks += 1
        quiet = quiet + 1 if before == application.begun == application.done else 0


def _wait_until_done(application: Leaving, signals: Signals) -> None:
    """Leave what runs the time to be answered."""
    looks = 0
    while application.begun != application.done and looks < LOOKS_WHEN_ENDING:
        signals.pause(LOOK_EVERY)
        looks += 1
