"""What a connection's customers are told: its settings, and a preview of each reply."""

from __future__ import annotations

import click

from entitlements.cli.connections import settings_of
from entitlements.cli.speaking import ACTOR, deskgate, now, remark, result
from entitlements.rules.language import Language, parse_language
from entitlements.rules.reasons import Reason
from entitlements.steps.connect import Edit, edit
from entitlements.store.connections import get_connection
from entitlements.wording.replies import reply_to
from entitlements.wording.samples import outcomes_of, sample


@click.command("set")
@click.argument("name")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_settings(name: str, pairs: tuple[str, ...]) -> None:
    """Change settings of a connection; KEY= takes one away, and KEY=@FILE is what is in that file."""
    changes = settings_of(pairs)
    edit(name, Edit(settings=changes), ACTOR, deskgate())
    remark(f"Saved: {', '.join(sorted(changes))} of {name}.")


@click.command("words")
@click.argument("name")
@click.option("--reason", type=click.Choice([each.value for each in Reason]), help="Only this one. [default: all]")
@click.option("--language", help="Only this one: en, de, fr, es, pt or ja. [default: all]")
def words(name: str, reason: str | None, language: str | None) -> None:
    """What a sample customer would be told for each reason and outcome, in each language."""
    row, languages = get_connection(name), [parse_language(language)] if language else list(Language)
    for each in [Reason(reason)] if reason else Reason:
        for outcome in outcomes_of(each):
            for spoken in languages:
                case = sample(each, outcome, now(), spoken, deskgate().renewal_contact)
                reply = reply_to(case, row.settings)
                result(f"{each}, {outcome}, {spoken}: {reply.trouble or reply.setting or 'Deskgate'}")
                result("\n".join(f"    {line}" for line in reply.text.splitlines()))
