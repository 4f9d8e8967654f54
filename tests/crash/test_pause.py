"""A worker that was stopped in the middle of a delivery and goes on later writes nothing that another has written."""

from __future__ import annotations

from pathlib import Path

from tests.soak.pause import pause


def test_a_worker_that_wakes_up_with_an_answer_in_its_hands_does_nothing_twice(url: str, tmp_path: Path):
    report = pause(3, url, tmp_path)
    assert report.is_good, str(report)
