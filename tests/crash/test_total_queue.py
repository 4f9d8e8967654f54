"""The check itself: each way to lose or to repeat something is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.furnished import ROUTE_QUEUE, email_of
from tests.crash.total_queue import Found, check_total_queue
from tests.standin.desk import Desk, read_changes

ROUTED, QUEUED = 2, 3


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two tickets, of which one has been routed, and one put on hold with a note and a word to the customer."""
    desk = Desk(tmp_path / "changes.jsonl")
    for number in (ROUTED, QUEUED):
        desk.open(email_of(number), number)
    desk.change(ROUTED, {"queue": ROUTE_QUEUE})
    desk.change(QUEUED, {"on_hold": True})
    desk.comment({"ticket": QUEUED, "comment": "A note.\n\nRef. dg-3", "public": False})
    desk.comment({"ticket": QUEUED, "comment": "A word.\n\nRef. dg-3", "public": True})
    yield desk
    desk.close()


def checked(desk: Desk, tmp_path: Path, acknowledged: tuple[int, ...] = (ROUTED, QUEUED)) -> Found:
    tickets = {each["id"]: each for each in desk.all()}
    return check_total_queue(acknowledged, acknowledged, tickets, read_changes(tmp_path / "changes.jsonl"))


def test_what_was_done_once_is_good(desk: Desk, tmp_path: Path):
    found = checked(desk, tmp_path)
    assert found.is_good
    assert found.changes == {"opened": 2, "changed": 2, "noted": 1, "answered": 1}


def test_an_acknowledged_ticket_that_nothing_was_done_about_is_lost(desk: Desk, tmp_path: Path):
    desk.open(email_of(4), 4)
    assert checked(desk, tmp_path, (ROUTED, QUEUED, 4)).lost == [4]


def test_a_word_that_the_customer_got_twice_is_noticed(desk: Desk, tmp_path: Path):
    desk.comment({"ticket": QUEUED, "comment": "A word.\n\nRef. dg-3", "public": True})
    assert checked(desk, tmp_path).twice == [QUEUED]


def test_a_word_without_our_marker_counts_as_well(desk: Desk, tmp_path: Path):
    desk.comment({"ticket": QUEUED, "comment": "A word.", "public": True})
    assert checked(desk, tmp_path).twice == [QUEUED]


def test_a_note_that_agents_got_twice_is_told_apart(desk: Desk, tmp_path: Path):
    desk.comment({"ticket": QUEUED, "comment": "A note.\n\nRef. dg-3", "public": False})
    found = checked(desk, tmp_path)
    assert (found.twice, found.noted_twice, found.is_good) == ([], [QUEUED], False)


@pytest.mark.parametrize(("number", "fields"), [(ROUTED, {"on_hold": True}), (QUEUED, {"on_hold": False})])
def test_a_ticket_in_another_state_than_decided_is_wrong(desk: Desk, tmp_path: Path, number: int, fields: dict):
    desk.change(number, fields)
    assert checked(desk, tmp_path).wrong == [number]


def test_a_ticket_that_was_never_told_and_is_changed_all_the_same_is_noticed(desk: Desk, tmp_path: Path):
    assert checked(desk, tmp_path, (ROUTED,)).unasked == [QUEUED]
