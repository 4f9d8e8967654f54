"""Keeping processes running: tried with programs of a few words, so that it takes moments."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entitlements.cli import children
from entitlements.cli.children import Child, Program, end_all

# The last two words of a command are `--ready` and the pipe to write to.
READY = "import os, sys, time; os.write(int(sys.argv[-1]), b'.'); "
STAYS = READY + "time.sleep(60)"
DIES = "raise SystemExit(3)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Makes a child that runs the program in a file, so that what it starts anew can be something else."""
    made: list[Child] = []

    def make(program: str, **more: float) -> Child:
        write(tmp_path, program)
        made.append(Child(Program("web", [sys.executable, str(tmp_path / "program.py")], tmp_path, **more)))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        for process in each.everyone():
            process.leave(signal.SIGKILL)
    end_all(made)


def write(folder: Path, program: str) -> None:
    (folder / "program.py").write_text(program)


def look_until(child: Child, condition: Callable[[], bool]) -> None:
    """Look again and again, as the command does, only faster."""
    for _ in range(600):
        child.look()
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to pass")


def test_the_new_one_takes_over_when_it_is_ready_and_the_old_one_leaves(child, tmp_path):
    web = child(STAYS)
    look_until(web, lambda: web.was_ready)
    before = web.process
    web.renew()
    look_until(web, lambda: web.is_settled)
    assert web.process is not before and web.process.ended_with is None
    assert before.ended_with == -signal.SIGTERM


def test_the_old_one_goes_on_when_the_new_one_does_not_start(child, tmp_path, capsys):
    web = child(STAYS)
    look_until(web, lambda: web.was_ready)
    before = web.process
    write(tmp_path, DIES)
    web.renew()
    look_until(web, lambda: web.is_settled)
    assert web.process is before and before.ended_with is None
    assert "the one that runs goes on" in capsys.readouterr().err


def test_one_that_starts_but_is_never_ready_is_given_up(child, tmp_path, monkeypatch):
    monkeypatch.setattr(children, "START_WITHIN", 1.0)
    web = child(STAYS)
    look_until(web, lambda: web.was_ready)
    before = web.process
    write(tmp_path, "import time; time.sleep(60)")
    web.renew()
    look_until(web, lambda: web.is_settled)
    assert web.process is before


def test_one_that_will_not_leave_is_killed_in_the_end(child):
    web = child(DEAF, leaves_within=1.0)
    look_until(web, lambda: web.was_ready)
    before = web.process
    web.renew()
    look_until(web, lambda: web.is_settled)
    assert before.ended_with == -signal.SIGKILL


def test_one_that_dies_is_started_again_after_ever_longer_pauses(child, tmp_path, capsys):
    web = child(STAYS)
    look_until(web, lambda: web.was_ready)
    write(tmp_path, DIES)
    web.process.leave(signal.SIGKILL)
    look_until(web, lambda: web.pause == 4.0)
    told = capsys.readouterr().err
    assert "web ended with -9; it starts again in 1 s" in told
    assert "web ended with 3; it starts again in 4 s" in told
    assert not web.failed_at_once


def test_one_that_was_never_ready_has_failed_at_once(child):
    web = child(DIES)
    web.process.wait_for_end()
    assert web.failed_at_once


def test_several_that_will_not_end_are_waited_for_together_and_then_killed(child, monkeypatch):
    monkeypatch.setattr(children, "PATIENCE", 1.0)
    deaf = [child(DEAF) for _ in range(3)]
    for each in deaf:
        look_until(each, lambda each=each: each.was_ready)
    began = time.monotonic()
    end_all(deaf)
    assert 1.0 <= time.monotonic() - began < 2.0
    assert {each.process.ended_with for each in deaf} == {-signal.SIGKILL}


def test_whoever_ends_when_asked_is_not_waited_for_any_longer(child):
    obedient = [child(STAYS) for _ in range(2)]
    for each in obedient:
        look_until(each, lambda each=each: each.was_ready)
    began = time.monotonic()
    end_all(obedient)
    assert time.monotonic() - began < children.PATIENCE / 2
    assert {each.process.ended_with for each in obedient} == {-signal.SIGTERM}
