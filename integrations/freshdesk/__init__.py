"""Freshdesk: automation rules tell that something happened, and the ticket itself tells what."""

from integrations.freshdesk.adapter import Freshdesk

__all__ = ["Freshdesk"]
