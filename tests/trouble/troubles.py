"""What can be wrong with a database, on purpose: another program holds it, its disk is full, its file is damaged, its
connections are cut. Each is real, ends by itself, and is gone when its block ends.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

LONGEST = 120  # seconds: after that the other program ends, whatever became of the test
HOLD_DATABASE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
"""
HOLD_TURN = """
import fcntl, sys
file = open(sys.argv[1] + ".turn", "ab")
fcntl.flock(file, fcntl.LOCK_EX)
"""
UNTIL_TOLD = """
print("held", flush=True)
import select
select.select([sys.stdin], [], [], {longest})
"""
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid = ANY(%s)"""
OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def path_of(url: str) -> Path:
    return Path(str(make_url(url).database))


@contextmanager
def held(url: str, program: str = HOLD_DATABASE) -> Iterator[None]:
    """Another program holds the SQLite database, or the writers' turn, and lets go when the block ends."""
    child = subprocess.Popen([sys.executable, "-c", program + UNTIL_TOLD.format(longest=LONGEST), str(path_of(url))],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        child.communicate(timeout=10)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, that small. Needs root; raises OSError where it cannot be had."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Nothing fits on the disk any more until the block ends."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 512):
            try:
                while file.write(os.urandom(size)) == size:
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def damaged(url: str) -> Iterator[None]:
    """Every page of the SQLite file but the first holds nonsense until the block ends."""
    path = path_of(url)
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(random.Random(4).randbytes(len(whole) - 4_096))
        # Others keep pages in memory for as long as the counter in the first one has not changed.
        file.seek(24)
        file.write(b"\x7f\x00\x00\x01")
    try:
        yield
    finally:
        path.write_bytes(whole)


def cut_connections(url: str, times: int, chance: random.Random, pause: float = 0.05) -> int:
    """Have the server end one connection after another, or all at once now and then. Returns how many it ended."""
    cut = 0
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        for _ in range(times):
            pids = [pid for (pid,) in connection.execute(OTHERS)]
            chosen = pids if chance.random() < 0.1 else chance.sample(pids, min(1, len(pids)))
            cut += len(connection.execute(CUT, [chosen]).fetchall())
            time.sleep(chance.uniform(0, 2 * pause))
    return cut
