"""Chatwoot: conversations through the API of one account, webhooks that newer releases sign."""

from integrations.chatwoot.adapter import Chatwoot

__all__ = ["Chatwoot"]
