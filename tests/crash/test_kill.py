"""Nothing is lost and nothing done twice, whichever process is killed: ten kills here, two hundred in the soak."""

from __future__ import annotations

import json
from pathlib import Path

from tests.crash.furnished import Furnished, email_of
from tests.crash.programs import Work, owner_of
from tests.gateway import wait_until
from tests.soak.kill import Plan, kill, told
from tests.standin import StandIn
from tests.standin.faults import LATE, USUAL

QUEUED = 1
LATE_BY = 9.0  # later than a killed worker's work is taken up
NONE_LATE = {name: often for name, often in USUAL.items() if name != LATE}
"""What arrives late has a test of its own."""


def test_what_was_acknowledged_is_done_once_however_often_processes_are_killed(url: str, tmp_path: Path):
    report = kill(Plan(kills=10, rate=15, between=(0.3, 2.0), only_at_work=True, faults=NONE_LATE), url, tmp_path)
    assert report.is_good, told(report)
    assert sum(report.kills.values()) == 10
    assert report.faults, told(report)


def test_a_word_that_arrives_after_its_worker_was_killed_is_not_said_again(url: str, tmp_path: Path):
    with StandIn(tmp_path) as desk, Furnished(url, desk.url, tmp_path) as house:
        ticket = desk.open([{"email": email_of(QUEUED), "number": QUEUED}])[0]
        desk.be_slow(QUEUED, LATE_BY)
        workers = [Work(f"worker-{each}", house.environment, tmp_path) for each in (1, 2)]
        try:
            for worker in workers:
                worker.start().wait_ready()
            house.app.test_client().post(house.hook, data=json.dumps({"ticket": ticket}))
            port = wait_until(lambda: desk.client_held("slow", QUEUED), 40, "the word on its way")
            owner_of(port, workers).kill()
            wait_until(lambda: desk.state()["pending"] == 0, 40, "the arrival of the word")
            wait_until(lambda: is_settled(house), 40, "the end of the delivery")
        finally:
            for worker in workers:
                worker.stop()
        assert whats(desk).count("answered") == 1, list(desk.changes())


def whats(desk: StandIn) -> list[str]:
    return [each["what"] for each in desk.changes()]


def is_settled(house: Furnished) -> bool:
    house.hurry()
    return not house.is_anything_owed()
