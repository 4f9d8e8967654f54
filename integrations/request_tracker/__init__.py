"""Request Tracker (RT 5 and 6): tickets through its REST 2 interface, webhooks by a scrip that Deskgate prints."""

from integrations.request_tracker.adapter import RequestTracker

__all__ = ["RequestTracker"]
