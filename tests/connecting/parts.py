"""What these tests share besides fixtures."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result
from flask import Flask

from entitlements.helpdesk import ConnectionConfig
from entitlements.store.connections import config_of, find_connection

Run = Callable[..., Result]


def config(app: Flask, name: str) -> ConnectionConfig:
    """A connection as it is stored, opened."""
    with app.app_context():
        row = find_connection(name)
        assert row is not None
        return config_of(row)
