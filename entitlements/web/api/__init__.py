"""The REST API: each module is one noun, with its views and what they read and tell.

`blueprints` is what the application registers. `decide_ticket` is what the gate runs before a ticket is submitted, in
front of the endpoint `TICKET_ENDPOINT`.
"""

from entitlements.web.api import connections, customers, decisions, deliveries, licenses, reference, tickets, usage
from entitlements.web.api.operation import bp
from entitlements.web.api.tickets import decide_ticket

TICKET_ENDPOINT = f"{bp.name}.{tickets.create_ticket.__name__}"
blueprints = (bp, reference.bp)

__all__ = ["TICKET_ENDPOINT", "blueprints", "bp", "connections", "customers", "decide_ticket", "decisions",
           "deliveries", "licenses", "reference", "tickets", "usage"]
