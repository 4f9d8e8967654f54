"""Saving a change from the command line: tell what it would move, have it confirmed, and save what was told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import click

from entitlements.cli.speaking import ACTOR, deskgate, now, remark, result, table
from entitlements.steps.changes import Change, Outlook, save, work_out
from entitlements.steps.move import Move
from entitlements.store.database import transaction

SHOWN = 20


@dataclass(frozen=True)
class Consent:
    """How far a command may go: only look, or save even though that many times move."""

    dry_run: bool = False
    confirmed: int | None = None


def with_consent(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--dry-run` and `--confirm N`, alike for all commands that change what promises rest on: handed as `consent`."""
    @click.option("--dry-run", is_flag=True, help="Only tell what would change.")
    @click.option("--confirm", type=click.IntRange(0), metavar="N", help="Yes, N promised times shall move.")
    @wraps(command)
    def asked(*args: Any, dry_run: bool, confirm: int | None, **kwargs: Any) -> Any:
        return command(*args, consent=Consent(dry_run, confirm), **kwargs)
    return asked


def tell_and_save(change: Change, consent: Consent) -> bool:
    """Tell what the change does and save it once it is confirmed. Returns whether it was saved.

    Raises ClickException when times would move that nobody has confirmed.
    """
    outlook = work_out(change, now(), deskgate())
    for warning in outlook.warnings:
        remark(f"Warning: {warning.message}")
    if not outlook.differs:
        remark(f"Nothing to do: {outlook.subject} is like that already.")
        return False
    tell_moves(outlook.impact.moves)
    if consent.dry_run:
        remark("This was a dry run: nothing was written.")
        return False
    _have_confirmed(outlook, consent.confirmed)
    with transaction():
        save(change, outlook, ACTOR, now(), deskgate())
    remark(f"Saved: {outlook.subject}.")
    return True


def tell_moves(moves: tuple[Move, ...]) -> None:
    """The first of the times that move, as a table, and how many there are."""
    if not moves:
        return remark("No promised time moves.")
    table(("ticket", "customer", "what", "now", "then"),
          [(f"#{move.number}" if move.number else f"new ({move.ticket_id})", move.customer, move.what,
            _text(move.before), _then(move)) for move in moves[:SHOWN]])
    if len(moves) > SHOWN:
        result(f"and {len(moves) - SHOWN} more")
    return remark(f"{len(moves)} promised time{'s move' if len(moves) > 1 else ' moves'}.")


def _then(move: Move) -> str:
    if move.after is None and move.outcome:
        return {"route": "at once", "reject": f"rejected: {move.reason}"}.get(move.outcome, move.outcome)
    return _text(move.after)


def _text(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "never"


def _have_confirmed(outlook: Outlook, confirm: int | None) -> None:
    moving = len(outlook.impact.moves)
    if confirm == moving or (not moving and confirm is None):
        return
    if confirm is None and sys.stdin.isatty():
        click.confirm("Save it?", abort=True, err=True)
        return
    not_that = f", not {confirm}" if confirm is not None else ""
    raise click.ClickException(f"nothing was saved: {moving} promised times would move. If that is meant, confirm the "
                               f"number{not_that}: --confirm {moving}")
