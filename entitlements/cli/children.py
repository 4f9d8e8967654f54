"""The processes that `gateway serve` keeps running: started again when they die, and anew when asked, one by one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from entitlements.cli.signals import READY
from entitlements.cli.speaking import remark

LOOK_EVERY = 0.2
LOOKS_TO_SETTLE = 15
LONGEST_PAUSE = 30.0
PATIENCE = 15.0
START_WITHIN = 60.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to run, where, with which open files, and the signal by which it leaves in peace, within so many seconds."""

    name: str
    command: Sequence[str]
    folder: Path
    files: tuple[int, ...] = ()
    leave: signal.Signals = signal.SIGTERM
    leaves_within: float = PATIENCE


class Process:
    """One run of a program, from its start to its end."""

    def __init__(self, program: Program):
        self._program = program
        pipe, told = os.pipe()
        os.set_blocking(pipe, False)
        self._pipe = os.fdopen(pipe, "rb", buffering=0)
        # In a process group of its own, Ctrl-C in a terminal reaches it through us alone, once.
        self._run = subprocess.Popen([*program.command, "--ready", str(told)], cwd=program.folder, process_group=0,
                                     pass_fds=(*program.files, told), preexec_fn=_end_with_parent)
        os.close(told)
        self.looks = self._looks_leaving = 0
        self.is_ready = self._is_leaving = False

    def look(self) -> bool:
        """Whether it runs. One that does not leave in time is killed."""
        self.looks += 1
        self._looks_leaving += self._is_leaving
        if self._looks_leaving * LOOK_EVERY > self._program.leaves_within:
            self._run.kill()
        if self.ended_with is not None:
            self._pipe.close()
            return False
        self.is_ready = self.is_ready or self._pipe.read(len(READY)) == READY
        return True

    @property
    def ended_with(self) -> int | None:
        return self._run.poll()

    def leave(self, number: signal.Signals | None = None) -> None:
        self._is_leaving = True
        self._run.send_signal(number or self._program.leave)

    def ends_within(self, seconds: float) -> bool:
        try:
            self._run.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it whatever it does, if it still runs."""
        self._run.kill()

    def wait_for_end(self) -> None:
        self._run.wait()
        self._pipe.close()


@dataclass
class Child:
    """A program that is kept running, after ever longer pauses when it keeps dying."""

    program: Program
    process: Process | None = None
    successor: Process | None = None
    leaving: list[Process] = field(default_factory=list)
    pause: float = 0.0
    waiting: float = 0.0
    was_ready: bool = False

    def start(self) -> None:
        self.process = Process(self.program)

    def renew(self) -> None:
        """Start it anew beside the one that runs, which leaves once the new one is ready."""
        if self.successor is None:
            self.successor = Process(self.program)

    @property
    def is_settled(self) -> bool:
        return self.successor is None and not self.leaving

    @property
    def failed_at_once(self) -> bool:
        """Whether it has never been ready, and ended."""
        return not self.was_ready and self.process is not None and self.process.ended_with is not None

    def look(self) -> None:
        """See who runs, who has become ready and who has left; start what died and has paused long enough."""
        self.leaving = [process for process in self.leaving if process.look()]
        if self.successor is not None:
            self._look_at_successor(self.successor)
        if self.process is None:
            self.waiting -= LOOK_EVERY
            if self.waiting <= 0:
                self.start()
        elif self.process.look():
            self.was_ready = self.was_ready or self.process.is_ready
            self.pause = 0.0 if self.process.looks > LOOKS_TO_SETTLE else self.pause
        else:
            self._look_after_death(self.process)

    def everyone(self) -> list[Process]:
        return [each for each in (self.process, self.successor, *self.leaving) if each is not None]

    def _look_at_successor(self, successor: Process) -> None:
        if not successor.look() or successor.looks * LOOK_EVERY > START_WITHIN:
            remark(f"{self.program.name}: what was to follow did not start; the one that runs goes on")
            self.successor = None
            if successor.ended_with is None:
                self._let_go(successor)
        elif successor.is_ready:
            before, self.process, self.successor = self.process, successor, None
            if before is not None:
                self._let_go(before)

    def _let_go(self, process: Process) -> None:
        process.leave()
        self.leaving.append(process)

    def _look_after_death(self, dead: Process) -> None:
        self.pause = self.waiting = min(max(1.0, 2 * self.pause), LONGEST_PAUSE)
        self.process = None
        remark(f"{self.program.name} ended with {dead.ended_with}; it starts again in {self.pause:.0f} s")


def _end_with_parent() -> None:
    """Runs in a new child: should this process be killed outright, the child is asked to end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_all(children: Sequence[Child]) -> None:
    """Ask everyone to finish what runs and to end, and wait for it; whoever still runs after PATIENCE is killed."""
    everyone = [process for child in children for process in child.everyone()]
    for process in everyone:
        process.leave(signal.SIGTERM)
    waited = 0
    while (late := [process for process in everyone if process.ended_with is None]) and waited * LOOK_EVERY < PATIENCE:
        waited += not late[0].ends_within(LOOK_EVERY)
    for process in late:
        process.kill()
    for process in everyone:
        process.wait_for_end()
