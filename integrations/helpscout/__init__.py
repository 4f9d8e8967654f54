"""Help Scout: a snooze keeps a queued conversation and wakes it by itself; nothing else there is done in one call."""

from integrations.helpscout.adapter import HelpScout

__all__ = ["HelpScout"]
