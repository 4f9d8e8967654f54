"""How calls are timed: in many short rounds, everybody in turn, so that a slow minute of the machine hits all alike.

Processor time is counted, not time on the clock: what other programs do meanwhile does not count. The garbage
collector runs between rounds only.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from statistics import median
from time import process_time
from typing import TypeVar

ROUND_SECONDS = 0.02
MICROSECONDS = 1e6

Key = TypeVar("Key", bound=Hashable)
Call = Callable[[], object]


def in_rounds(calls: Mapping[Key, Call], rounds: int) -> dict[Key, tuple[float, ...]]:
    """Microseconds per call of each, one figure for each round. A round lasts 20 ms or, for a slow one, one call."""
    repeats = {key: _repeats_to_fill_a_round(call) for key, call in calls.items()}
    taken: dict[Key, list[float]] = {key: [] for key in calls}
    for _ in range(rounds):
        with _collector_off():
            for key, call in calls.items():
                taken[key].append(_seconds(call, repeats[key]) / repeats[key] * MICROSECONDS)
    return {key: tuple(figures) for key, figures in taken.items()}


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """How many times `below` the other one costs: the median of what each round says."""
    return median(one / other for one, other in zip(above, below, strict=True))


def _repeats_to_fill_a_round(call: Call) -> int:
    call()  # what is made at first use is not counted
    repeats = 1
    while (seconds := _seconds(call, repeats)) < ROUND_SECONDS:
        repeats = max(2 * repeats, int(repeats * ROUND_SECONDS / (seconds + ROUND_SECONDS / 1000)))
    return repeats


def _seconds(call: Call, repeats: int) -> float:
    started = process_time()
    for _ in repeat(None, repeats):
        call()
    return process_time() - started


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
