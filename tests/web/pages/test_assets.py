"""What the pages are drawn with: small, our own, or vendored as noted."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[3] / "static"
VENDOR = STATIC / "vendor"


def test_vendored_files_are_those_that_are_noted() -> None:
    noted = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE))
    scripts = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert noted == scripts


def test_our_own_style_and_script_stay_small() -> None:
    assert (STATIC / "deskgate.css").stat().st_size < 26_000
    assert (STATIC / "deskgate.js").stat().st_size < 6_000


def test_the_style_knows_the_dark_and_people_who_want_no_motion() -> None:
    style = (STATIC / "deskgate.css").read_text()
    assert "prefers-color-scheme: dark" in style
    assert "prefers-reduced-motion" in style
    assert "url(" not in style
