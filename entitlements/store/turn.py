"""The writers' turn on SQLite: one at a time, among all threads and processes that use the same file; nobody waits for
ever.

SQLite's own busy wait is unfair, the kernel's queue for a file lock is not, but it knows no deadline. So where the lock
is taken, a thread of its own queues for it: whoever has waited long enough goes without, and the place in the queue is
left to whoever comes next.
"""

from __future__ import annotations

import fcntl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy.exc import OperationalError

PATIENCE = 5.0  # seconds


class Unavailable(OperationalError):
    """The database cannot be written to at present. Nothing was stored; trying again later may help."""

    def __init__(self, why: str):
        super().__init__(None, None, Exception(why))

    def _sql_message(self) -> str:
        return str(self.orig)


class Turn:
    """Lets one writer in at a time, in the order in which they came. Raises Unavailable for who has waited too long."""

    def __init__(self, path: Path, patience: float = PATIENCE):
        self.patience = patience
        self._path = path
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()  # the first one writes, or is the next to
        self._lock: IO[bytes] | None = None  # the file, locked for the first of the queue
        self._asked = False  # whether a thread is queueing for the lock

    @contextmanager
    def __call__(self) -> Iterator[None]:
        lock = self._wait()
        try:
            yield
        finally:
            lock.close()
            with self._changed:
                self._queue.popleft()
                self._changed.notify_all()

    def _wait(self) -> IO[bytes]:
        me = object()
        with self._changed:
            self._queue.append(me)
            try:
                if not self._changed.wait_for(lambda: self._queue[0] is me and self._is_locked(), self.patience):
                    raise Unavailable("the database is busy: others have been writing for too long")
                lock, self._lock = self._lock, None
                assert lock is not None
                return lock
            except BaseException:
                self._leave(me)
                raise

    def _leave(self, me: object) -> None:
        self._queue.remove(me)
        if self._lock is not None and not self._queue:
            self._lock.close()
            self._lock = None
        self._changed.notify_all()

    def _is_locked(self) -> bool:
        """Whether the lock is there; if it is not, it is asked for."""
        if self._lock is None and not self._asked:
            self._lock = self._try()
            if self._lock is None:
                threading.Thread(target=self._ask, name="turn", daemon=True).start()
                self._asked = True
        return self._lock is not None

    def _try(self) -> IO[bytes] | None:
        try:
            file = self._path.open("ab")
        except OSError as error:
            raise Unavailable(f"the database cannot be written to: {error.strerror}: {self._path.name}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def _ask(self) -> None:
        """Queue for the lock, however long it takes. When nobody wants it any more, it is let go at once."""
        lock = None
        try:
            lock = self._path.open("ab")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:  # whoever waits tries once more, and is told why
            if lock is not None:
                lock.close()
                lock = None
        with self._changed:
            self._asked = False
            if self._queue:
                self._lock = lock
            elif lock is not None:
                lock.close()
            self._changed.notify_all()


class NoTurn:
    """PostgreSQL lets many write at once."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        yield
