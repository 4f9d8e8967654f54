"""A database after a day of work, the commands run on it, and a Deskgate that goes on from wherever it was taken to."""

from __future__ import annotations

from datetime import timedelta

from click.testing import Result
from sqlalchemy import func, select

from app import create_app
from entitlements.helpdesk import EventKind
from entitlements.store import db, tables
from entitlements.store.connections import config_of, find_connection
from entitlements.store.database import transaction
from entitlements.store.invariants import broken_invariants
from tests.builders import targets
from tests.fakes import FakeClock
from tests.steps.house import OPS, House, event

KEY = "a key for tests"


def worked_in(url: str) -> House:
    """A house after a day of work: routed, queued and refused tickets, time logged, a webhook nobody understands,
    and one whose ticket waits to be read."""
    house = House(url)
    with house.app.app_context():
        house.furnish()
        with transaction():
            house.connect("other", mode="enforce")
        house.change_terms("Acme", targets=targets("all 2h", "all 8h"), daily_limit=1200, reserve_seconds=900)
        house.created("7")
        house.happened(EventKind.TIME_LOGGED, "7", seconds=1000, entry_id="1")
        house.happened(EventKind.TIME_LOGGED, "7", seconds=1000, entry_id="2")
        house.hook(body="not a word of it")
        house.hook(event(EventKind.CREATED, "70", incomplete=True))
        house.change_terms("Acme", daily_limit=None)
        house.change_terms("Acme", daily_limit=36_000)
        house.created("8")
        house.change_terms("Globex", ends_on=house.clock.now().date() - timedelta(days=3))
        house.created("9", OPS)
        house.work()
        house.clock.set("2026-03-09 20:00")
        house.created("10")
        house.work()
        with transaction():
            db.session.add(tables.Worker(id="w1", started_at=house.clock.now(), seen_at=house.clock.now()))
    return house


def run(url: str, *arguments: str, fails: bool = False) -> Result:
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": KEY, "CLOCK": FakeClock("2026-03-09 20:00:05")})
    done = app.test_cli_runner().invoke(args=["gateway", *arguments])
    with app.app_context():
        db.engine.dispose()
    assert (done.exit_code != 0) == fails, done.output
    assert "Traceback" not in done.output
    return done


def counts(url: str) -> dict[str, int]:
    with opened(url) as house:
        return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
                for table in house.app.extensions["sqlalchemy"].metadata.sorted_tables if table.name != "facts"}


class opened:  # noqa: N801  # reads as what it is: `with opened(url) as house`
    """A Deskgate that works on the database, as it is now."""

    def __init__(self, url: str):
        self.house = House(url)

    def __enter__(self) -> House:
        self._context = self.house.app.app_context()
        self._context.push()
        return self.house

    def __exit__(self, *_: object) -> None:
        self._context.pop()
        self.house.close()


def goes_on(url: str) -> None:
    """Deskgate serves from there: it releases what waits, decides what comes, reads its secrets."""
    with opened(url) as house:
        house.clock.set("2026-03-10 08:00:01")
        assert "release" in house.work()
        house.created("77")
        house.happened(EventKind.TIME_LOGGED, "77", seconds=60, entry_id="9")
        assert house.work() != []
        assert config_of(find_connection("desk")).name == "desk"
        assert "not a word of it" in {each.body for each in db.session.scalars(select(tables.RawBody))}
        assert [each for each in broken_invariants(house.clock.now()) if not each.is_warning] == []
