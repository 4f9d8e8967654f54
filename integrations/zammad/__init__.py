"""Zammad: a pending reminder keeps a queued ticket, preferences that nobody sees keep our marks."""

from integrations.zammad.adapter import Zammad

__all__ = ["Zammad"]
