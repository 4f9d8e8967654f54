"""What is acknowledged is on disk: seen from outside, by the system calls of a web process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.system_calls import read_trace
from tests.soak.ack import Report, acknowledge, waits_for_disk

WHY = "whether an answer waits for the disk is seen in its system calls"


@pytest.fixture
def watched(tmp_path: Path, sqlite_template: Path, require: Callable[[str, str], str]) -> Callable[..., Report]:
    """Send so many webhooks to a traced web process whose database is on the disk that pytest's folders are on."""
    require("strace", WHY)
    database = Path(shutil.copy(sqlite_template, tmp_path))
    return lambda deliveries, app="app": acknowledge(deliveries, database, tmp_path, app)


def test_each_success_is_preceded_by_a_sync_of_all_that_its_request_wrote(watched: Callable[..., Report]):
    report = watched(200)
    assert report.is_good, str(report)


def test_a_database_that_does_not_wait_for_the_disk_is_noticed(watched: Callable[..., Report]):
    report = watched(8, "tests.crash.careless")
    assert len(report.not_on_disk) == 8, str(report)


def test_on_postgresql_the_server_is_asked_to_wait_for_its_disk(postgres_url: str):
    assert waits_for_disk(postgres_url) == "on"


TRACE = """\
7 recvfrom(9<socket:[1]>, "POST /hooks/de", 14, 0, NULL, NULL) = 14
7 recvfrom(9<socket:[1]>, "sk/secret?ticket=42 HTTP/1.1\\r\\n", 4096, 0, NULL, NULL) = 30
8 pwrite64(5</db-journal>, "old", 4096, 0) = 4096
8 fdatasync(5</db-journal>) = 0
8 pwrite64(4</db>, "page with 42", 4096, 0 <unfinished ...>
6 fdatasync(4</db>) = 0
8 <... pwrite64 resumed>) = 4096
{after}
7 sendto(9<socket:[1]>, "HTTP/1.1 200 OK\\r\\n", 17, 0, NULL, 0) = 17
"""


@pytest.mark.parametrize(("after", "good"), [
    ("8 fdatasync(4</db>) = 0", True),
    ("6 fdatasync(4</db>) = 0", False),
    ("8 fdatasync(4</db> <unfinished ...>", False),
    ("8 fdatasync(4</db>) = 0\n8 ftruncate(5</db-journal>, 0) = 0", False),
    ("8 fdatasync(4</db>) = 0\n8 ftruncate(5</db-journal>, 0) = 0\n8 fsync(5</db-journal>) = 0", True),
])
def test_only_a_sync_by_the_same_thread_that_ended_after_its_last_write_counts(tmp_path: Path, after: str, good: bool):
    trace = tmp_path / "trace"
    trace.write_text(TRACE.format(after=after))
    (found,) = read_trace(trace, Path("/db"))
    assert (found.ticket, found.inserted, found.was_on_disk) == ("42", True, good)
