"""Jira Service Management (Cloud): its fields, calls and traps."""

from integrations.jira.adapter import Jira

__all__ = ["Jira"]
