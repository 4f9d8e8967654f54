"""Serving for real: web and worker under one command, and the demo tickets that go through the webhook."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from entitlements.cli import running
from tests.gateway import ROOT, Gateway, wait_until


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("running"))
    gateway.flask("db", "upgrade")
    gateway.flask("gateway", "seed")
    gateway.start()
    yield gateway
    gateway.stop()


def test_the_demo_tickets_show_every_outcome_one_a_line(gateway: Gateway) -> None:
    for _ in range(2):
        lines = gateway.gateway("demo-ticket", "--port", str(gateway.port)).splitlines()
        assert len(lines) == 7
        assert {line.split()[0] for line in lines} == {"route", "queue", "reject"}
        assert {line.split()[2] for line in lines} >= {"Aurora", "Lutece", "Hudson", "Trio", "Bygone"}


def test_the_worker_beside_is_alive(gateway: Gateway) -> None:
    def alive() -> bool:
        return json.loads(requests.get(f"{gateway.url}/readyz", timeout=5).text)["worker"]["alive"]

    wait_until(alive, what="the worker's sign of life")


def test_a_port_that_is_taken_is_named(gateway: Gateway) -> None:
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "app", "gateway", "serve"], cwd=ROOT,
                          env=gateway.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"cannot listen at 127.0.0.1:{gateway.port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_version_six_is_printed_so_that_it_can_be_opened() -> None:
    assert running._place("::1", 8000) == "[::1]:8000"
    assert running._place("127.0.0.1", 8000) == "127.0.0.1:8000"


def test_demo_tickets_without_a_running_deskgate_say_how_to_start_one(gateway: Gateway) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "flask", "--app", "app", "gateway", "demo-ticket", "--port", str(port)]
    done = subprocess.run(command, cwd=ROOT, env=gateway.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"make run PORT={port}" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_the_command_ends_web_and_worker(tmp_path: Path, sqlite_url: str,
                                                       number: signal.Signals) -> None:
    gateway = Gateway(tmp_path, sqlite_url).start()
    serve = gateway._child
    children = children_of(serve.pid)
    assert len(children) == 2
    os.kill(serve.pid, number)
    assert serve.wait(20) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    wait_until(lambda: not any(map(is_running, children)), what="the end of web and worker")


def test_a_machine_may_serve_the_web_alone_and_a_closed_terminal_ends_it(tmp_path: Path, sqlite_url: str) -> None:
    """What a closed terminal sends is what asks to start anew elsewhere."""
    gateway = Gateway(tmp_path, sqlite_url)
    try:
        ours, its = os.openpty()
    except OSError as error:
        pytest.skip(f"this machine has no terminals to open and close: {error.strerror}")
    gateway.start("--processes", "2", "--workers", "0", terminal=its)
    serve = gateway._child
    os.close(its)
    webs = children_of(serve.pid)
    assert len(webs) == 2 and all(b"web" in words_of(pid) for pid in webs)
    os.close(ours)
    assert serve.wait(20) == 0
    wait_until(lambda: not any(map(is_running, webs)), what="the end of the web processes")


def test_new_code_that_cannot_start_leaves_the_old_at_work(gateway: Gateway) -> None:
    before = children_of(gateway._child.pid)
    with sqlite3.connect(gateway.folder / "deskgate.sqlite3") as database:
        kept = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    try:
        gateway.send_signal(signal.SIGHUP)
        wait_until(lambda: "given up" in gateway.log(), 60, "the end of the attempt")
    finally:
        with sqlite3.connect(gateway.folder / "deskgate.sqlite3") as database:
            database.execute("UPDATE alembic_version SET version_num = ?", kept)
    assert "the database is not migrated" in gateway.log()
    assert children_of(gateway._child.pid) == before
    assert requests.get(f"{gateway.url}/healthz", timeout=5).status_code == 200


def test_a_worker_that_dies_is_started_again(gateway: Gateway) -> None:
    before = children_of(gateway._child.pid)
    worker = next(pid for pid in before if b"work" in words_of(pid))
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(set(children_of(gateway._child.pid)) - set(before)) == 1, what="a new worker")
    assert requests.get(f"{gateway.url}/healthz", timeout=5).status_code == 200


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def words_of(pid: int) -> list[bytes]:
    """The words of the command that a process runs."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
