"""Deskgate with a planted fault: its database acknowledges before the disk has anything. The check must notice."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import event

from app import create_app as create_careful_app
from entitlements.store import db


def create_app() -> Flask:
    app = create_careful_app()
    with app.app_context():
        @event.listens_for(db.engine, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return app
