"""Explaining one ticket: what would be decided, why, and every check on the way."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import with_appcontext

from entitlements.cli.instants import INSTANT
from entitlements.cli.speaking import deskgate, now, result, table
from entitlements.rules.ticket import Severity
from entitlements.steps.judge import Judged, Question, preview

PASSED = {True: "passed", False: "failed", None: "-"}


@click.command("decide")
@click.option("--customer", default="", help="The customer's short name.")
@click.option("--email", "--contact", "contact", default="", help="The address the ticket comes from.")
@click.option("--severity", type=click.Choice([each.value for each in Severity]), default="normal", show_default=True)
@click.option("--at", type=INSTANT, help="When, as in 2026-03-09T08:00:00Z. [default: now]")
@click.option("--product", default="")
@click.option("--channel", default="")
@with_appcontext
def decide(customer: str, contact: str, severity: str, at: datetime | None, **told: str) -> None:
    """Explain what would happen to a ticket. Records nothing."""
    if not customer and not contact:
        raise click.UsageError("say who asks: --customer, --email, or both")
    question = Question(customer=customer, contact=contact, severity=Severity(severity),
                        at=at or now(), **told)
    _tell(preview(question, deskgate()))


def _tell(judged: Judged) -> None:
    decision = judged.decision
    facts = [f"{decision.outcome}: {decision.reason}"]
    facts += ["to triage"] if decision.triage else []
    facts += [f"until {decision.release_at:%Y-%m-%dT%H:%M:%SZ}"] if decision.release_at else []
    facts += [f"license {decision.license.name}"] if decision.license else []
    result(", ".join(facts))
    result(f"to the agent: {judged.explanation.agent}")
    result(f"to the customer: {judged.explanation.customer}")
    result("")
    table(("check", "result", "detail"),
          [(line.check.value, PASSED[line.passed], line.detail) for line in judged.details])
