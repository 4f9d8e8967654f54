"""Connections to helpdesks, and what is waiting for them."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from entitlements.cli.speaking import ACTOR, Gateway, deskgate, now, remark, result, table
from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.steps import connect
from entitlements.steps.reconcile import look
from entitlements.steps.release import release_all
from entitlements.steps.settle import redeliver
from entitlements.store import connections as store
from entitlements.store.access import audit
from entitlements.store.database import transaction
from entitlements.web.api.values import LARGEST_ID
from entitlements.web.probing import all_findings

connection = Gateway("connection", help="Connections to helpdesks.")


class Confidential(click.ParamType):
    """What others should not read off the command line: `@FILE` stands for what is in that file."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return content(value.strip())


@connection.command("add")
@click.argument("name")
@click.option("--kind", required=True, help="The kind of helpdesk: see `connection kinds`.")
@click.option("--secret", default="", type=Confidential(),
              help="What signs or unlocks its webhooks, or @FILE that holds it. [default: a new one, printed once]")
@click.option("--url", default="", help="The helpdesk's address.")
@click.option("--token", default="", type=Confidential(), help="What signs Deskgate in there, or @FILE that holds it.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting of this kind; may be repeated.")
@click.option("--mode", default="", help="observe, advise or enforce. [default: observe for a real helpdesk]")
def add(name: str, kind: str, mode: str, pairs: tuple[str, ...], **told: str) -> None:
    """Connect a helpdesk; prints the webhook address alone on the last line."""
    known = deskgate().find_kind(kind)
    config = ConnectionConfig(name=name, kind=known.name if known else kind, url=told["url"].strip(),
                              token=told["token"], settings=settings_of(pairs),
                              secrets=(told["secret"],) if told["secret"] else ())
    done = connect.add(config, mode, ACTOR, deskgate())
    remark(f"Added connection {name} ({done.kind.name}) in {done.mode} mode. Have the helpdesk send its webhooks to "
           f"the last line; `connection guide {name}` says where to enter it.")
    if done.needs_secret:
        remark(f"{done.kind.title} makes the secret itself: {done.kind.secret}. Then run: connection rotate-secret "
               f"{name} --secret SECRET")
    if done.new_secret:
        result(f"Secret, shown this once: {done.new_secret}")
    result(done.address)


def settings_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """The settings that were typed as KEY=VALUE. `@FILE` as a value stands for what is in that file."""
    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--set")
        if key.strip() in settings:
            raise click.BadParameter(f"{key.strip()} is set twice", param_hint="--set")
        settings[key.strip()] = content(value.strip(), "--set")
    return settings


def content(value: str, hint: str | None = None) -> str:
    """A value as it was typed, or what is in FILE for `@FILE`."""
    if not value.startswith("@"):
        return value
    try:
        with click.open_file(value[1:], encoding="utf-8") as stream:
            return stream.read().strip()
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(f"{value[1:]} cannot be read: {error}", param_hint=hint) from None


@connection.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Look whether address, credentials and settings are right, and send a signed test event through the whole path.
    Writes nothing in the helpdesk."""
    findings = all_findings(name)
    for finding in findings:
        result(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        remark(f"What is BAD is mended in the helpdesk, or here by: connection set {name} KEY=VALUE, connection edit "
               f"{name} --url URL --token TOKEN, connection rotate-secret {name} --secret SECRET")
        raise click.exceptions.Exit(1)


@connection.command("look")
@click.argument("name")
def look_now(name: str) -> None:
    """Ask a helpdesk now what happened since the last look, and take in what no webhook told. Writes nothing there."""
    row = store.get_connection(name)
    if row.is_listen_only or not deskgate().helpdesk(store.config_of(row)).finds_changes:
        raise ConfigError(f"{name} is of kind {row.kind}, which cannot be asked what happened", field="name")
    found = look(row.id, deskgate(), at_once=True)
    if found is None:
        raise ConfigError(f"{name} is paused; let it go on first", field="name")
    if found.found or not found.trouble:
        result(f"{found.admitted} of {found.found} webhooks were missing and are taken in now")
    if found.trouble:
        raise ConfigError(f"{name}: {found.trouble}; {_goes_on(name)}", field="name")


def _goes_on(name: str) -> str:
    if store.get_connection(name).paused_at is None:
        return "the worker looks again"
    return f"it is paused now; mend the token, then: connection resume {name}"


@connection.command("list")
def show() -> None:
    """List the connections."""
    table(("name", "kind", "mode", "address", "state"), [
        (row.name, row.kind, row.mode, row.url or "-",
         f"paused: {row.pause_reason or 'by hand'}" if row.paused_at else "running")
        for row in store.all_connections()])


@connection.command("mode")
@click.argument("name")
@click.argument("mode", type=click.Choice(store.MODES))
def set_mode(name: str, mode: str) -> None:
    """Switch a connection to observe, advise or enforce."""
    at = now()
    with transaction():
        row = store.get_connection(name)
        before = row.mode
        store.set_mode(row, mode, at.replace(microsecond=0))
        audit(actor=ACTOR, action="set_mode", subject=f"connection:{name}", at=at, values={"from": before, "to": mode})
    remark(f"{name} is in {mode} mode now; it was in {before} mode.")


@connection.command("pause")
@click.argument("name")
@click.option("--reason", default="by hand", show_default=True)
def pause(name: str, reason: str) -> None:
    """Stop all writes to a helpdesk; what is owed waits."""
    at = now()
    with transaction():
        store.pause(store.get_connection(name), reason, at)
        audit(actor=ACTOR, action="pause", subject=f"connection:{name}", at=at, reason=reason)
    remark(f"{name} is paused: nothing is written to the helpdesk.")


@connection.command("resume")
@click.argument("name")
def resume(name: str) -> None:
    """Let a paused connection go on."""
    at = now()
    with transaction():
        store.resume(store.get_connection(name))
        audit(actor=ACTOR, action="resume", subject=f"connection:{name}", at=at)
    remark(f"{name} goes on: what is owed is delivered now.")


@click.command("release-all")
@click.option("--connection", "name", required=True)
@click.option("--reason", required=True)
@with_appcontext
def release_all_command(name: str, reason: str) -> None:
    """Free every queued ticket of a connection at once."""
    if not reason.strip():
        raise ConfigError("say why", field="reason")
    count = release_all(name, reason, ACTOR, now(), deskgate())
    result(f"{count} ticket{'' if count == 1 else 's'} released")


@click.command("redeliver")
@click.argument("delivery", type=click.IntRange(1, LARGEST_ID))
@with_appcontext
def redeliver_command(delivery: int) -> None:
    """Have a dead or parked DELIVERY tried again."""
    with transaction():
        redeliver(delivery, ACTOR, now())
    remark(f"Delivery {delivery} is tried again.")
