"""Everything at full length, one after the other: `make soak`, or `python -m tests.soak [--only NAME,NAME]`.

Takes hours. What each printed is shown as it comes; at the end a line for each says whether it kept its promises.
"""

from __future__ import annotations

import subprocess
import sys
import time

import click

ON_BOTH = ("kill", "pause", "replay", "poison", "order", "lost_webhooks", "rolling")
LONG = (
    *((name, "--database", kind) for name in ON_BOTH for kind in ("sqlite", "postgres")),
    ("ack",), ("store_trouble",), ("large_database",), ("herd",), ("outage",), ("simulator",), ("business_time",),
    ("signatures",),
)
MISSING = 77  # what one ends with that could not be tried
WORDS = {0: "kept  ", MISSING: "MISSED"}


@click.command()
@click.option("--only", default="", help="Some of them, by name, split by commas.")
def main(only: str) -> None:
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    unknown = set(wanted) - {name for name, *_ in LONG}
    if unknown:
        raise click.BadParameter(f"there is no {', '.join(sorted(unknown))}", param_hint="--only")
    kept = [_run(*words) for words in LONG if not wanted or words[0] in wanted]
    click.echo("\n" + "\n".join(kept))
    sys.exit(any(line.startswith("BROKEN") for line in kept))


def _run(name: str, *options: str) -> str:
    """Returns the line about it."""
    click.echo(f"\n== {name} {' '.join(options)}".rstrip())
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", f"tests.soak.{name}", *options], check=False).returncode
    told = WORDS.get(ended, "BROKEN")
    return f"{told}  {' '.join((name, *options))}, {time.monotonic() - began:,.0f} s"


if __name__ == "__main__":
    main()
