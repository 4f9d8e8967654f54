"""What errors may repeat of a call: a path without secrets, the beginning of an answer without credentials."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

PIECE = 200  # characters of an answer that an error repeats
SHORTEST_SECRET = 4  # a shorter value is found everywhere, and guards nothing
AUTHORIZATION = "Authorization"
NO_SECRET = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent", "if-match",
                       "if-none-match", "if-unmodified-since", "prefer", "webhook-id", "webhook-timestamp"})
"""Headers that say nothing about who we are. All others are taken for credentials."""


def shown(path: str) -> str:
    """A path as errors may name it: a long part of an address is often a secret."""
    return re.sub(r"[^/]{20,}", "***", path)


def piece_of(body: bytes, secrets: tuple[str, ...] = ()) -> str:
    """The beginning of an answer as one clean line, without tags, control characters and credentials."""
    text = body.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, "***")
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", text[:20_000])
    text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return text if len(text) <= PIECE else text[: PIECE - 3] + "..."


def secrets_in(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The credentials among request headers, which an answer may quote, the longest first: values, what follows their
    scheme, and what is packed in a Basic one."""
    found = {part for name, value in headers.items() if name.lower() not in NO_SECRET for part in _parts(value)}
    return tuple(sorted((part for part in found if len(part) >= SHORTEST_SECRET), key=len, reverse=True))


def _parts(value: str) -> list[str]:
    scheme, _, credentials = value.partition(" ")
    pair = _unpacked(credentials) if scheme.lower() == "basic" else ""
    return [value, credentials, pair, *pair.partition(":")[::2]]


def _unpacked(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode()
    except ValueError:
        return ""
