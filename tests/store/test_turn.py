"""The writers' turn on SQLite: one at a time, in order, and nobody waits for ever."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entitlements.store.database import UNAVAILABLE
from entitlements.store.turn import Turn, Unavailable
from tests.gateway import wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database.turn"


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program has the turn: a lock on the file that is not this turn's."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_free(path: Path) -> bool:
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_one_writes_at_a_time_and_all_get_their_turn(path: Path) -> None:
    turns, inside, seen = (Turn(path), Turn(path)), [], []

    def write(turn: Turn) -> None:
        for _ in range(50):
            with turn():
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=write, args=(turns[number % 2],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [1] * 300


def test_who_has_waited_too_long_goes_without(path: Path) -> None:
    with held(path), pytest.raises(Unavailable, match="^the database is busy") as told, Turn(path, 0.1)():
        pass
    assert isinstance(told.value, UNAVAILABLE)


def test_threads_of_the_same_process_wait_no_longer_either(path: Path) -> None:
    turn, refused = Turn(path, 0.1), []

    def write() -> None:
        try:
            with turn():
                pass
        except Unavailable as error:
            refused.append(error)

    with turn():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(10)
    assert len(refused) == 1
    with turn():
        pass


def test_the_place_of_who_gave_up_goes_to_the_next_and_no_threads_pile_up(path: Path) -> None:
    turn = Turn(path, 0.05)
    before = threading.active_count()
    with held(path):
        for _ in range(5):
            with pytest.raises(Unavailable), turn():
                pass
        assert threading.active_count() == before + 1
    turn.patience = 10
    with turn():
        assert not is_free(path)
    wait_until(lambda: threading.active_count() == before, 10, "the end of the thread that queued")


def test_a_turn_that_nobody_wants_any_more_is_let_go(path: Path) -> None:
    before = threading.active_count()
    with held(path), pytest.raises(Unavailable), Turn(path, 0.05)():
        pass
    wait_until(lambda: threading.active_count() == before, 10, "the end of the thread that queued")
    assert is_free(path)


def test_where_no_file_can_be_made_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file or directory"), Turn(tmp_path / "gone" / "x.turn")():
        pass
