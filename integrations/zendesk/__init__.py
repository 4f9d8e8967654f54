"""Zendesk Support: webhooks by event subscription or by triggers, one guarded change per ticket, time by the field of
the Time Tracking app."""

from integrations.zendesk.adapter import Zendesk

__all__ = ["Zendesk"]
