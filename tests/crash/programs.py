"""Deskgate's processes, one by one: started as its own command starts them, killed, paused, and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tests.standin.process import ROOT, end_with_parent

LOOPBACK, BACKLOG = "127.0.0.1", 1024
WEB_THREADS = 5
PATIENCE = 90.0  # for a start, on a machine that is busy with other tests


class Program:
    """A process, with all of its own children. `restarts` lists the seconds each start took until it was ready.

    Made and started in the thread that ends last: the process is asked to end when that thread does.
    """

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str], folder: Path,
                 files: Sequence[int] = ()):
        self.name, self.log = name, folder / f"{name}.log"
        self.restarts: list[float] = []
        self.kills = self.killed_unready = 0
        self._command, self._files = list(command), tuple(files)
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")},
            **environment, "PYTHONUNBUFFERED": "1"}
        self._child: subprocess.Popen[bytes] | None = None
        self._started, self._ready = 0.0, False
        self._pipe: BinaryIO | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> Program:
        pipe, told = os.pipe()
        os.set_blocking(pipe, False)
        self._pipe = os.fdopen(pipe, "rb", buffering=0)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen([*self._command, "--ready", str(told)], cwd=ROOT, env=self._environment,
                                           stdout=log, stderr=log, process_group=0, preexec_fn=end_with_parent,
                                           pass_fds=(*self._files, told))
        os.close(told)
        self._started, self._ready = time.monotonic(), False
        return self

    def is_ready(self) -> bool:
        """Whether it does its work; the first time it does, the seconds since its start are noted."""
        if not self._ready and self.is_running and self._pipe is not None and self._pipe.read(1):
            self._ready = True
            self.restarts.append(time.monotonic() - self._started)
        return self._ready

    def wait_ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self.is_ready():
            assert self.is_running and time.monotonic() < end, f"{self.name} did not start:\n{self.log.read_text()}"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, to the process and its children at once."""
        self.kills += 1
        self.killed_unready += not self.is_ready()
        self._signal(signal.SIGKILL)
        assert self._child is not None
        self._child.wait(10)
        self._child = None
        self._let_go()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end; make it end when it does not."""
        if not self.is_running or self._child is None:
            self._let_go()
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._child.wait(10)
        self._let_go()

    def _let_go(self) -> None:
        if self._pipe is not None:
            self._pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running:
            os.killpg(self.pid, number)


def owner_of(port: int, programs: Sequence[Program]) -> Program:
    """The program, one without children, that a local port of a connection belongs to."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    sockets = {f"socket:[{row[9]}]" for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    return next(each for each in programs if each.is_running and sockets & _open_files(each.pid))


def _open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            found.add(str(link.readlink()))
    return found


class Web(Program):
    """A web process, as `gateway serve` starts it, with a port of its own.

    The listening socket stays open here while the process is dead, as `gateway serve` holds it: clients wait for the
    next one.
    """

    def __init__(self, name: str, environment: dict[str, str], folder: Path, *, before: Sequence[str] = (),
                 app: str = "app"):
        self._listening = socket.create_server((LOOPBACK, 0), backlog=BACKLOG)
        self.port = self._listening.getsockname()[1]
        number = self._listening.fileno()
        super().__init__(name, [*before, sys.executable, "-m", "flask", "--app", app, "gateway", "web", "--socket",
                                str(number), "--threads", str(WEB_THREADS)],
                         {**environment, "PORT": str(self.port)}, folder, (number,))

    def stop(self) -> None:
        super().stop()
        self._listening.close()


class Work(Program):
    """A worker."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path, *, threads: int = 16, app: str = "app"):
        super().__init__(name, [sys.executable, "-m", "flask", "--app", app, "gateway", "work", "--threads",
                                str(threads)], environment, folder)
