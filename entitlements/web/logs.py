"""Keeping secrets out of logs: the secret in a webhook address is masked before a line is written."""

from __future__ import annotations

import logging
import re

# What may stand in a secret is not ours to say: only the end of a quoted request line, or of the text, ends it.
SECRET_IN_ADDRESS = re.compile(r"((?:/|%2f)hooks(?:/|%2f)+(?:(?!%2f)[^/\s?])+(?:/|%2f)+)(?:.+(?= HTTP/[\d.]+\")|.+)",
                               re.IGNORECASE | re.DOTALL)
REQUEST_LOGGERS = ("werkzeug", "granian.access", "_granian")


class MaskSecrets(logging.Filter):
    """Replaces the secret part of a webhook address by stars."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        told = masked(line)
        if told != line:
            record.msg, record.args = told, ()
        return True


def masked(text: str) -> str:
    """The text with stars for all that follows the connection's name in a webhook address."""
    return SECRET_IN_ADDRESS.sub(r"\1***", text)


def mask_secrets() -> None:
    """Put the mask on the loggers that write request lines. Calling it again changes nothing."""
    for name in REQUEST_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, MaskSecrets) for each in logger.filters):
            logger.addFilter(MaskSecrets())
