"""Coverage-guided fuzzing of what strangers can reach: `python -m tests.soak.signatures --minutes 10`.

Signatures first, then what each kind of helpdesk makes of a payload; all share the minutes. Needs atheris, which
`make soak` installs where it can be installed: without it nothing is tried, and that is said. What it finds is kept,
with the command that shows it again.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from tests.soak.targets import TARGETS

MISSING = 77  # what a test ends with that could not be tried
PATIENCE = 60  # seconds that may pass beyond those that were given
SHOWN = 4000  # characters of what the fuzzer says about something it found


@dataclass(frozen=True)
class Ended:
    """What came of one target."""

    name: str
    tried: int
    reached: str
    is_kept: bool

    def __str__(self) -> str:
        return f"{'kept  ' if self.is_kept else 'BROKEN'}  {self.name}: {self.tried:,} inputs{self.reached}"


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="All together.")
@click.option("--target", type=click.Choice(list(TARGETS)), help="Only this one.")
@click.option("--again", type=click.Path(exists=True, path_type=Path), help="With --target: an input that was found.")
def main(minutes: float, target: str | None, again: Path | None) -> None:
    if again is not None:
        TARGETS[target or "signatures"].make()(again.read_bytes())
        click.echo("No promise is broken by it.")
        return
    if importlib.util.find_spec("atheris") is None:
        click.echo(f"atheris is missing, so nothing was fuzzed: it may not be built for Python "
                   f"{sys.version.split()[0]}. `make test` tries the same with random inputs, not led by coverage.")
        sys.exit(MISSING)
    wanted = [target] if target else list(TARGETS)
    ended = []
    for name in wanted:
        ended.append(fuzz(name, max(1, int(minutes * 60 / len(wanted)))))
        click.echo(str(ended[-1]))
    click.echo(f"{sum(each.tried for each in ended):,} inputs in all")
    sys.exit(not all(each.is_kept for each in ended))


def fuzz(name: str, seconds: int) -> Ended:
    """One target for so many seconds. What it found stays in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    run = subprocess.run([sys.executable, "-m", "tests.soak.fuzz", name, str(folder), str(seconds)], check=False,
                         capture_output=True, text=True, errors="replace", timeout=seconds + PATIENCE)
    told = re.search(r"stat::number_of_executed_units:\s*(\d+)", run.stderr)
    covered = re.findall(r"cov: (\d+) ft: (\d+)", run.stderr)
    reached = ", {} places and {} ways reached".format(*covered[-1]) if covered else ""
    ended = Ended(name, int(told[1]) if told else 0, reached, run.returncode == 0 and told is not None)
    if not ended.is_kept:
        click.echo((run.stdout + run.stderr)[-SHOWN:])
        for found in (each for each in folder.iterdir() if each.is_file()):
            click.echo(f"  again: python -m tests.soak.signatures --target {name} --again {found}")
    return ended


if __name__ == "__main__":
    main()
