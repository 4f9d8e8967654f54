"""Kind `servicenow`: the Table API of ServiceNow, for incidents and customer service cases, by a description."""

from __future__ import annotations

from integrations.servicenow.adapter import ServiceNow

__all__ = ["ServiceNow"]
