"""What somebody may have meant who wrote a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def hint(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, or which words there are where there are few, or nothing."""
    words = sorted(known)
    near = get_close_matches(word, words, 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there is {', '.join(words)}" if 0 < len(words) <= 40 else ""
