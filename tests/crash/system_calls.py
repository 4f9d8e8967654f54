"""System calls as strace writes them with `-f -y`, and what they say: was it on disk before the answer was sent?

A request is known by the ticket that its address names. Its insert is the first write to a file of the database that
holds the ticket's number; the thread that made it is the one to watch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

TRACED = "recvfrom,recvmsg,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync,ftruncate"
"""Neither plain reads nor writes: an import makes ten thousand of them, a socket or a database none."""
LONGEST = 5000  # characters of a buffer that are written down: a page of the database and some escapes

LINE = re.compile(r"(?P<thread>\d+) +(?P<call>.*)")
CALL = re.compile(r"(?P<name>\w+)\((?P<file>\d+<[^>]*>)?(?P<rest>.*)", re.DOTALL)
RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
REQUEST = re.compile(r"POST [^ ]*\?ticket=(\d+) ")
SUCCESS = re.compile(r'"HTTP/1\.1 2\d\d ')
READS = frozenset({"recvfrom", "recvmsg"})
SENDS = frozenset({"writev", "sendto", "sendmsg"})
WRITES = frozenset({"pwrite64", "pwritev", "ftruncate"})
SYNCS = frozenset({"fsync", "fdatasync"})


@dataclass(frozen=True)
class Call:
    """One call. `began` and `ended` are places in the trace; `file` is the path, or the socket, of its descriptor."""

    thread: int
    name: str
    file: str
    text: str
    began: int
    ended: int


@dataclass(frozen=True)
class Answered:
    """A request that was answered with success. `written` are the files of the database that its thread wrote."""

    ticket: str
    inserted: bool
    written: frozenset[str]
    unsynced: frozenset[str]

    @property
    def was_on_disk(self) -> bool:
        return self.inserted and not self.unsynced


def read_calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of a trace, in the order in which they ended."""
    open_ones: dict[int, Call] = {}
    for number, line in enumerate(lines):
        found = LINE.match(line)
        if found is None:
            continue
        thread, said = int(found["thread"]), found["call"]
        resumed, call = RESUMED.match(said), CALL.match(said)
        if resumed and thread in open_ones:
            begun = open_ones.pop(thread)
            yield replace(begun, text=begun.text + resumed["rest"], ended=number)
        elif call:
            path = (call["file"] or "").partition("<")[2].rstrip(">")
            made = Call(thread, call["name"], path, call["rest"], number, number)
            if said.endswith(UNFINISHED):
                open_ones[thread] = made
            else:
                yield made


def read_trace(path: Path, database: Path) -> list[Answered]:
    """What the trace of a web process says about each request that was answered with success."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        calls = list(read_calls(line.rstrip("\n") for line in lines))
    on_files = [call for call in calls if call.file.startswith(str(database))]
    return [_judged(ticket, on_files, read, answer) for ticket, read, answer in _answers(calls)]


def _answers(calls: list[Call]) -> Iterator[tuple[str, Call, Call]]:
    """Ticket, the reading of its request and the sending of its answer: the next on the same socket.

    A request may come in pieces: a server that speaks several protocols reads a few bytes first.
    """
    heard: dict[str, str] = {}
    asked: dict[str, tuple[str, Call]] = {}
    for call in sorted(calls, key=lambda call: call.ended if call.name in READS else call.began):
        if call.name in READS and call.file not in asked:
            heard[call.file] = heard.get(call.file, "") + "".join(QUOTED.findall(call.text)[:1])
            request = REQUEST.search(heard[call.file])
            if request:
                asked[call.file] = request[1], call
        elif call.name in SENDS and SUCCESS.search(call.text) and call.file in asked:
            ticket, read = asked.pop(call.file)
            heard.pop(call.file)
            yield ticket, read, call


def _judged(ticket: str, on_files: list[Call], read: Call, answer: Call) -> Answered:
    between = [call for call in on_files if call.ended > read.ended and call.began < answer.began]
    insert = next((call for call in between if call.name in WRITES and ticket in call.text), None)
    if insert is None:
        return Answered(ticket, False, frozenset(), frozenset())
    own = [call for call in between if call.thread == insert.thread]
    last_write = {call.file: call.ended for call in own if call.name in WRITES}
    last_sync = {call.file: call.began for call in own if call.name in SYNCS and call.ended < answer.began}
    unsynced = frozenset(file for file, at in last_write.items() if last_sync.get(file, -1) < at)
    return Answered(ticket, True, frozenset(last_write), unsynced)
