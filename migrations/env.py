"""How Alembic reaches the database and the schema: through the running application, as Flask-Migrate hands it over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from entitlements.store import tables  # noqa: F401  (importing it registers the tables)
from entitlements.store.database import Sealed, UtcDateTime, turn

db = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that a migration outlives the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Sealed):
        return "sa.LargeBinary()"
    return False


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave alone what Procrastinate keeps in the same database."""
    return not (kind == "table" and str(name).startswith("procrastinate"))


# Whoever writes meanwhile waits for its turn, and then finds the new schema.
with turn(), db.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=db.metadata, render_item=render_item,
                      render_as_batch=True, compare_type=True, include_object=include_object)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
