"""What must hold of the database itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, column, func, literal, select, table, text, union_all

from entitlements.store.database import db
from entitlements.store.invariants.invariant import Invariant


def _from_pragma(pragma: str, shown: str, condition: str = "1") -> Select[Any]:
    return select(column("shown")).select_from(
        text(f"(SELECT {shown} AS shown FROM pragma_{pragma} WHERE {condition})"))


def _behind(name: str) -> Select[Any]:
    """Selects the name of a table whose next number is taken already."""
    rows, numbers = table(name, column("id")), table("pg_sequences", column("schemaname"), column("sequencename"),
                                                     column("last_value"))
    last = (select(func.coalesce(numbers.c.last_value, 0))
            .where(numbers.c.schemaname == func.current_schema(), numbers.c.sequencename == f"{name}_id_seq")
            .scalar_subquery())
    return select(literal(name)).where(select(func.max(rows.c.id)).scalar_subquery() > last)


NUMBERED = [each.name for each in db.metadata.sorted_tables
            if each.autoincrement_column is not None and each.autoincrement_column.name == "id"]

WHOLE = Invariant("the file is whole", "SQLite found pages or indexes that do not fit together", "",
                  _from_pragma("integrity_check", "integrity_check", "integrity_check <> 'ok'"), is_fast=False,
                  only="sqlite")
FILES = (
    WHOLE,
    Invariant("what rows point at is there", "a row points at one that is gone", "",
              _from_pragma("foreign_key_check", "\"table\" || ' ' || rowid || ' -> ' || parent"), is_fast=False,
              only="sqlite"),
    Invariant("the rules between tables are in force", "a foreign key or a check was never proved", "rule",
              select(column("conname")).select_from(
                  text("(SELECT conname FROM pg_constraint WHERE NOT convalidated) AS unproved")), is_fast=False,
              only="postgresql"),
    Invariant("new rows get numbers that are free", "the next row of the table would be refused", "table",
              select(union_all(*map(_behind, NUMBERED)).subquery().columns[0]), is_fast=False, only="postgresql"),
)
