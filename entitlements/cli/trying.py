"""Trying a connection on a webhook that somebody pasted, before or after it is saved."""

from __future__ import annotations

import click

from entitlements.cli.connections import connection, settings_of
from entitlements.cli.speaking import deskgate, result
from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.steps.connect import Edit, edited
from entitlements.steps.dry_run import body_of, headers_of, try_webhook
from entitlements.store import connections as store
from entitlements.store import db
from entitlements.store.vault import new_webhook_secret

LARGEST = 1024 * 1024


@connection.command("try")
@click.argument("name")
@click.option("--payload", "file", type=click.File("r", encoding="utf-8"), required=True,
              help="What the helpdesk sends, in a file, or - to paste it.")
@click.option("--header", "headers", multiple=True, metavar="NAME: VALUE", help="A header; may be repeated.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Another setting, for this once.")
@click.option("--kind", default="", help="For a connection that is not there yet.")
def try_command(name: str, file: click.File, headers: tuple[str, ...], pairs: tuple[str, ...], kind: str) -> None:
    """Show what a pasted webhook says, field by field, and what each decision about its ticket would send.

    Keeps nothing and calls nobody.
    """
    text: str = file.read(LARGEST + 1)  # type: ignore[attr-defined]  # click hands over what it has opened
    if len(text) > LARGEST:
        raise ConfigError("a webhook has at most 1 MiB", field="payload")
    body, told = body_of(text)
    config = edited(_known(name, kind), Edit(settings=dict(settings_of(pairs))))
    findings = try_webhook(config, body, {**told, **headers_of(headers)}, deskgate())
    for finding in findings:
        result(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


def _known(name: str, kind: str) -> ConnectionConfig:
    """The connection of that name, or one of that kind that is not saved."""
    if kind:
        found = deskgate().find_kind(kind)
        return ConnectionConfig(name, found.name if found else kind, secrets=(new_webhook_secret(),))
    config = store.config_of(store.get_connection(name))
    db.session.rollback()
    return config
