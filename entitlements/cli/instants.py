"""Instants as they are typed: with a zone, and in years that time zones are known for."""

from __future__ import annotations

from datetime import datetime

import click

from entitlements.web.api.values import known_instant


class InstantType(click.ParamType[datetime]):
    """An instant such as 2026-03-09T08:00:00Z, as aware UTC."""

    name = "instant"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """What was typed, as a value; fails as click does for anything else."""
        at = value if isinstance(value, datetime) else self._read(value, param, ctx)
        if at.tzinfo is None:
            self.fail("an instant needs its zone, as in 2026-03-09T08:00:00Z or ...+01:00", param, ctx)
        try:
            return known_instant(at)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)

    def _read(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is not an instant such as 2026-03-09T08:00:00Z", param, ctx)


INSTANT = InstantType()
