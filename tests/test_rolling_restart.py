"""Starting anew while tickets come in: nobody is refused, nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from entitlements.cli.web_process import Leaving
from tests.gateway import Gateway
from tests.soak.rolling import roll

RESTARTS = 2  # `python -m tests.soak.rolling` makes 50


def test_a_web_process_alone_is_replaced_without_a_refusal(tmp_path: Path, sqlite_url: str) -> None:
    outcome = roll(Gateway(tmp_path, sqlite_url), RESTARTS, 30, "--processes", "1")
    assert set(outcome.seen.outcomes) == {"200"}, outcome.seen.troubles
    assert not outcome.untold and not outcome.told_twice
    assert len(outcome.seen.acknowledged) == outcome.seen.outcomes["200"] > 30


def test_who_is_about_to_leave_asks_clients_to_come_back_on_a_new_connection() -> None:
    def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    told: list[tuple[str, str]] = []
    leaving = Leaving(application)
    leaving({}, lambda status, headers, exc_info=None: told.extend(headers))
    assert told == [("Content-Type", "text/plain")]
    leaving.is_asked = True
    leaving({}, lambda status, headers, exc_info=None: told.extend(headers))
    assert told[1:] == [("Content-Type", "text/plain"), ("Connection", "close")]
    assert leaving.begun == leaving.done == 2
