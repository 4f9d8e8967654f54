"""Tables and queries: rows in, values out. What goes on here knows no helpdesk, no request and no order of steps."""

from entitlements.store.database import db

__all__ = ["db"]
