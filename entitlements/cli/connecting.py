"""Setting a connection up, changing it, trying it, and leaving the helpdesk again."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app

from entitlements.cli.connections import Confidential, connection
from entitlements.cli.speaking import ACTOR, deskgate, now, remark, result, table
from entitlements.errors import ConfigError
from entitlements.steps import connect
from entitlements.steps.detach import left_to_deliver, let_go, mark_detached, not_freed, standstill, unmark_all
from entitlements.steps.rehearse import REQUESTER, rehearse
from entitlements.store import connections as store

LOOK_AGAIN = 1.0


@connection.command("kinds")
def kinds() -> None:
    """List the kinds of helpdesk that can be connected."""
    table(("kind", "helpdesk", "address"), [(kind.name, kind.title, kind.address or "-") for kind in deskgate().kinds])


@connection.command("guide")
@click.argument("name")
def guide(name: str) -> None:
    """Print what to do in the helpdesk, step by step, with what is to be pasted there. Holds the secret, if the
    helpdesk cannot sign."""
    steps = connect.steps_of(name, deskgate())
    for number, step in enumerate(steps, 1):
        if step.is_later and (number == 1 or not steps[number - 2].is_later):
            result("\nBefore you switch it to advise or enforce:\n")
        result(f"{number}. {step.title}\n   {step.text}")
        if step.paste:
            result("\n" + "\n".join(f"       {line}" for line in step.paste.splitlines()) + "\n")


@connection.command("edit")
@click.argument("name")
@click.option("--url", default=None, help="The helpdesk's address.")
@click.option("--token", default=None, type=Confidential(), help="What signs Deskgate in, or @FILE that holds it.")
def edit(name: str, url: str | None, token: str | None) -> None:
    """Change a connection's address or token; `connection set` changes its settings."""
    connect.edit(name, connect.Edit(url, token), ACTOR, deskgate())
    paused = standstill(name)
    remark(f"{name} is changed; see: connection check {name}"
           + (f". It is paused still ({paused}); let it go on by: connection resume {name}" if paused else ""))


@connection.command("rotate-secret")
@click.argument("name")
@click.option("--secret", default="", type=Confidential(),
              help="The new secret, or @FILE that holds it. [default: a new one, printed once]")
@click.option("--overlap", default=24.0, show_default=True, type=click.FloatRange(0, 24 * 30),
              help="Hours for which the one before is taken as well.")
def rotate_secret(name: str, secret: str, overlap: float) -> None:
    """Have a new secret sign or unlock the webhooks; prints the webhook address alone on the last line."""
    hours = timedelta(hours=overlap)
    done = connect.rotate_secret(name, secret, hours, ACTOR, deskgate())
    until = f"is taken for {overlap:g} h more" if done.keeps_old else "counts no more"
    remark(f"{name} has a new secret; any from before {until}.")
    if done.new_secret:
        result(f"Secret, shown this once: {done.new_secret}")
    result(done.address)


@connection.command("export")
@click.argument("names", nargs=-1)
def export(names: tuple[str, ...]) -> None:
    """Print connections as JSON, all of them unless some are named. Secrets and tokens are left out."""
    rows = [store.get_connection(name) for name in names] if names else store.all_connections()
    result(json.dumps(connect.exported(rows), indent=2, ensure_ascii=False))


@connection.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
def import_(file: Path, dry_run: bool) -> None:
    """Add the connections of a FILE that `export` wrote, and give those that exist already its address and settings.

    Secrets and tokens are not in the file: new secrets are printed once, tokens are to be entered with `edit --token`.
    """
    with click.open_file(str(file), encoding="utf-8") as stream:
        wanted = connect.read_export(stream.read())
    for each in wanted if dry_run else ():
        known = store.find_connection(each.config.name) is not None
        result(f"{'would change' if known else 'would add'} {each.config.name} ({each.config.kind})")
    for each in [] if dry_run else connect.take_over_all(wanted, ACTOR, deskgate()):
        result(str(each))


@connection.command("rehearse")
@click.argument("name")
@click.option("--requester", default=REQUESTER, show_default=True,
              help="Whom the test ticket is opened for: an address whose mail may be lost.")
def rehearse_command(name: str, requester: str) -> None:
    """Do the whole job once, in the helpdesk, on a ticket of its own: open, route, queue, release, reject, clear up."""
    all_well = True
    for step in rehearse(name, requester, deskgate()):
        result(f"{'ok ' if step.ok else 'BAD'}  {step.what}: {step.detail}")
        all_well = all_well and step.ok
    if not all_well:
        raise click.exceptions.Exit(1)


@connection.command("detach")
@click.argument("name")
@click.option("--wait", default=600, show_default=True, type=click.IntRange(1, 86400),
              help="Seconds to wait for the helpdesk to take what frees the queued tickets.")
@click.option("--keep-marks", is_flag=True, help="Leave our tags and fields on the tickets.")
def detach(name: str, wait: int, keep_marks: bool) -> None:
    """Leave a helpdesk: free every queued ticket, take our tags and fields off again, and stand still."""
    freed = let_go(name, ACTOR, deskgate())
    result(f"{freed} queued ticket{'' if freed == 1 else 's'} released")
    left = _deliver_the_rest(name, wait)
    if left:
        why = standstill(name)
        raise ConfigError(f"{_changes(left)} still owed to {name}"
                          + (f", and it is paused: {why}. Mend that, then" if why else ";") + " run this once more",
                          field="name")
    stuck = not_freed(name)
    for ticket_id, number in stuck:
        result(f"BAD  ticket {ticket_id}: the helpdesk did not let us free it; see delivery {number}, free it by hand")
    troubles = len(stuck) + (0 if keep_marks else _take_marks_off(name))
    mark_detached(name, now())
    remark(f"{name} is detached: nothing is written to it any more. Take its webhook away in the helpdesk too.")
    if troubles:
        raise click.exceptions.Exit(1)


def _deliver_the_rest(name: str, seconds: int) -> int:
    """Be a worker oneself, beside those that run, until nothing is owed. Returns what is left after `seconds`."""
    if not left_to_deliver(name):
        return 0
    worker, pause = current_app.extensions["deskgate_worker"](4), threading.Event()
    thread = threading.Thread(target=worker.run)
    thread.start()
    told = 0
    try:
        for _ in range(int(seconds / LOOK_AGAIN)):
            if not (left := left_to_deliver(name)):
                return 0
            if standstill(name):
                break
            if left != told:
                remark(f"{_changes(left)} still on the way")
            told = left
            pause.wait(LOOK_AGAIN)
    except KeyboardInterrupt:
        remark(f"Broken off. Nothing new is written to {name}; run this once more for the rest.")
        raise
    finally:
        worker.stop()
        thread.join()
    return left_to_deliver(name)


def _changes(number: int) -> str:
    return "1 change is" if number == 1 else f"{number} changes are"


def _take_marks_off(name: str) -> int:
    """Returns on how many tickets they could not be taken off. Not faster than the helpdesk may be written to."""
    helpdesk = deskgate().helpdesk(store.config_of(store.get_connection(name)))
    if not hasattr(helpdesk, "unmark"):
        return 0
    per_minute = helpdesk.limits().ours_per_minute
    cleared, troubles, pause = 0, 0, threading.Event()
    for each in unmark_all(name, deskgate()):
        cleared += each.had_marks
        if each.trouble:
            troubles += 1
            result(f"BAD  ticket {each.ticket_id}: {each.trouble}")
        if per_minute:  # a look counts as much as a change
            pause.wait(60 / per_minute)
    result(f"marks taken off {cleared} ticket{'' if cleared == 1 else 's'}")
    return troubles
