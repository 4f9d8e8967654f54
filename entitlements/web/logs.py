"""Keeping secrets out of logs: the secret in a webhook address is masked before a line is written."""

from __future__ import annotations

import logging
import re

SECRET_IN_ADDRESS = re.compile(r"(/hooks/[^/\s?\"']+/)[^\s?\"']+")
REQUEST_LOGGERS = ("werkzeug", "granian.access", "_granian")


class MaskSecrets(logging.Filter):
    """Replaces the secret part of a webhook address by stars."""

    def filter(self, record: logging.LogRecord) -> bool:
        line = record.getMessage()
        masked = SECRET_IN_ADDRESS.sub(r"\1***", line)
        if masked != line:
            record.msg, record.args = masked, ()
        return True


def mask_secrets() -> None:
    """Put the mask on the loggers that write request lines. Calling it again changes nothing."""
    for name in REQUEST_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, MaskSecrets) for each in logger.filters):
            logger.addFilter(MaskSecrets())
