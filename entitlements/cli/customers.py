"""What is set about a customer besides its licenses."""

from __future__ import annotations

import click

from entitlements.cli.speaking import ACTOR, Gateway, now, remark
from entitlements.rules.language import NAMES, Language, maybe_language
from entitlements.steps.replies import save_language
from entitlements.store.database import transaction

customer = Gateway("customer", help="Customers.")


@customer.command("language")
@click.argument("name")
@click.argument("language", default="")
def language(name: str, language: str) -> None:
    """Have a customer told things in LANGUAGE: en, de, fr, es, pt or ja. Without one: as each connection says."""
    at = now()
    with transaction():
        row = save_language(name, language, ACTOR, at)
        known, chosen = row.name, maybe_language(row.language)
    remark(_told(known, chosen))


def _told(name: str, chosen: Language | None) -> str:
    return (f"{name} is told things in {NAMES[chosen]} from now on." if chosen
            else f"{name} is told things in the language of each connection.")
