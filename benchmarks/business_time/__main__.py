"""`python -m benchmarks.business_time`: check that all answer alike, measure, report; status 1 for a missed bound."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from benchmarks.business_time import agreement, bulk, chart, report, table
from benchmarks.business_time.bounds import bounds
from benchmarks.business_time.peers import peers_for
from benchmarks.business_time.scenario import DAYS, ENDS, SCENARIOS

OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(min=1), help="How often each is timed.")
@click.option("--svg", type=OUTPUT, help="Write the chart to this file.")
@click.option("--json", "json_file", type=OUTPUT, help="Write the figures to this file.")
def main(rounds: int, svg: Path | None, json_file: Path | None) -> None:
    """Measure Deskgate's business time beside four packages from PyPI; about a minute."""
    click.echo("Checking and measuring; about a minute", err=True)
    result = run(rounds)
    click.echo(report.as_text(result))
    if svg:
        svg.write_text(chart.draw(_panels(result), DAYS), encoding="utf-8")
    if json_file:
        json_file.write_text(json.dumps(report.as_json(result), indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if all(bound.is_reached for bound in result.bounds) else 1)


def run(rounds: int) -> report.Result:
    """Everything in one run."""
    casts = {scenario: peers_for(scenario) for scenario in SCENARIOS}
    try:
        findings = [each for scenario, peers in casts.items() for each in agreement.findings(scenario, peers)]
    except agreement.Disagreement as disagreement:
        raise click.ClickException(str(disagreement)) from disagreement
    measured, many, decision = table.measured(casts, rounds), bulk.many_questions(rounds), bulk.one_decision(rounds)
    return report.Result(casts, findings, measured, many, decision, bounds(measured, many, decision), rounds)


def _panels(result: report.Result) -> list[chart.Panel]:
    return [chart.Panel(scenario.title, {
        peer.name: {span: figure for span in ENDS
                    if (figure := result.table.figure(table.Cell(f"between_{span}", scenario.key, peer.name)))}
        for peer in peers}) for scenario, peers in result.casts.items()]


if __name__ == "__main__":
    main()
