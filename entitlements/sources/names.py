"""What a date is called by all that falls on it."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_TITLE = 120
LONGEST_NAME = 200


def shortened(text: str, longest: int) -> str:
    """The text, cut where it is longer than so many characters."""
    return text if len(text) <= longest else text[:longest - 3] + "..."


def joined_names(names: Iterable[str]) -> str:
    """One name out of several, `A, B`, each told once; at most 200 characters."""
    return shortened(", ".join(dict.fromkeys(names)), LONGEST_NAME)
