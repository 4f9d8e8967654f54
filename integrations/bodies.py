"""The body of an answer, read so that neither its length nor what it unpacks into is up to the sender."""

from __future__ import annotations

import zlib
from collections.abc import Callable

AT_A_TIME = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS


class UnreadableBody(Exception):
    """Why a body is given up, in words that go on after "the answer"."""


Read = Callable[[int], bytes]
"""Gives at most so many bytes as they come in, not unpacked; none at the end."""


def whole_body(read: Read, encoding: str, limit: int) -> bytes:
    """The body, of at most `limit` bytes both on the way and unpacked. Raises UnreadableBody."""
    packed = _read(read, limit)
    match encoding.strip().lower():
        case "" | "identity":
            return packed
        case "gzip" | "x-gzip":  # we ask for none, and some servers pack all the same
            return _unpacked(packed, limit)
    raise UnreadableBody("is packed in a way that was not asked for")


def _read(read: Read, limit: int) -> bytes:
    found = bytearray()
    while chunk := read(AT_A_TIME):
        found += chunk
        if len(found) > limit:
            raise UnreadableBody(_too_large(limit))
    return bytes(found)


def _unpacked(packed: bytes, limit: int) -> bytes:
    """One gzip stream, unpacked no further than the limit: what lies beyond it is never made."""
    if not packed:
        return b""
    unpacking = zlib.decompressobj(GZIP)
    try:
        found = unpacking.decompress(packed, limit + 1)
    except zlib.error:
        raise UnreadableBody("is not packed the way it says") from None
    if len(found) > limit:
        raise UnreadableBody(_too_large(limit))
    if not unpacking.eof or unpacking.unused_data:
        raise UnreadableBody("is not packed the way it says")
    return found


def _too_large(limit: int) -> str:
    return f"is larger than {limit // 1024 // 1024} MiB"
