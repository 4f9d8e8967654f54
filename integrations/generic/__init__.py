"""Kind `generic`: any helpdesk with a REST API, by a description of it and without a line of Python."""

from __future__ import annotations

from integrations.generic.adapter import Generic

__all__ = ["Generic"]
