"""What a process that is sent several signals makes of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from entitlements.cli.signals import Signals

LISTENED_FOR = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture
def signals() -> Iterator[Signals]:
    before = [(number, signal.getsignal(number)) for number in LISTENED_FOR]
    yield Signals(*LISTENED_FOR)
    for number, what in before:
        signal.signal(number, what)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_hangup_never_takes_the_place_of_a_signal_to_end(signals: Signals, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), signal.SIGHUP)
    assert not signals.take(signal.SIGHUP)
    assert signals.last == number


def test_a_signal_to_end_takes_the_place_of_a_hangup(signals: Signals) -> None:
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGTERM)
    assert signals.last == signal.SIGTERM


def test_a_hangup_is_taken_once_and_the_next_one_anew(signals: Signals) -> None:
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGHUP)
        assert signals.take(signal.SIGHUP)
        assert not signals.take(signal.SIGHUP)
        assert signals.last == 0
