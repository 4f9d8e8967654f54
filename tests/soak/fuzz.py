"""Fuzz one target until its time is over: `python -m tests.soak.fuzz TARGET FOLDER SECONDS`.

`tests.soak.signatures` starts it for each. A process of its own, since the fuzzer never returns and must be there
before what it watches is imported.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["entitlements", "integrations"]):
    from tests.soak.targets import TARGETS

LONGEST_INPUT = 20_000
PATIENCE = 20  # seconds for one input
MEMORY = 2000  # MiB


def main(name: str, folder: Path, seconds: str) -> None:
    target, corpus = TARGETS[name], folder / "corpus"
    corpus.mkdir(parents=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    check = target.make()
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={PATIENCE}",
         f"-rss_limit_mb={MEMORY}", f"-artifact_prefix={folder}/", "-print_final_stats=1"],
        lambda data: check(bytes(data)) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
