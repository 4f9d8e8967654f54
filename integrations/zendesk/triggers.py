"""From a webhook of a trigger to an event. Its body is the admin's: numbers of ticket and people, and what happened.

Whatever else there is to know is read by API, so that no title with a quote in it can break the body. A broken one, or
one that is no JSON at all, still says which ticket it is about.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from entitlements.errors import TicketError
from entitlements.helpdesk import Author, Event, EventKind, Inbound
from integrations.payload import Fields, instant, section, text
from integrations.zendesk.ticket import an_id

KINDS = {"created": EventKind.CREATED, "replied": EventKind.REPLIED, "answered": EventKind.REPLIED,
         "solved": EventKind.CLOSED, "reopened": EventKind.REOPENED, "updated": EventKind.UPDATED}
AUTHORS = {"replied": Author.CUSTOMER, "answered": Author.AGENT}
IS_TICKET = re.compile(rb"ticket_id\W{1,12}([1-9][0-9]{0,18})(?![0-9])")
IS_EVENT = re.compile(rb"\bevent\W{1,12}(created|replied|answered|solved|reopened|updated)\b")
CALL, SIGNED_AT = "x-zendesk-webhook-invocation-id", "x-zendesk-webhook-signature-timestamp"


def read(inbound: Inbound, told: Fields, us: str) -> Event:
    """The event of a body that is JSON. Raises TicketError when it names no ticket."""
    ticket_id = an_id(told, "ticket_id") or an_id(section(told, "ticket") if "ticket" in told else {}, "id")
    if not re.fullmatch(r"[1-9][0-9]{0,18}", ticket_id):
        raise TicketError("ticket_id is missing: the body of the trigger must hold \"ticket_id\": \"{{ticket.id}}\"")
    what = text(told, "event").lower()
    return _event(inbound, ticket_id, what, told, us)


def recover(inbound: Inbound) -> Event | None:
    """The event of a body that is broken, if the number of its ticket can be made out."""
    found, what = IS_TICKET.search(inbound.body), IS_EVENT.search(inbound.body)
    if found is None:
        return None
    return _event(inbound, found[1].decode(), what[1].decode() if what else "", {}, "")


def _event(inbound: Inbound, ticket_id: str, what: str, told: Fields, us: str) -> Event:
    kind = KINDS.get(what, EventKind.UPDATED)
    at = _when(told, "updated_at")
    key = f"trigger:{ticket_id}:{what[:20]}:{text(told, 'updated_at')[:40]}:{_call(inbound)}"
    return Event(
        kind, key=key[:200], ticket_id=ticket_id,
        author=_author(what, told, us), at=at, created_at=_when(told, "created_at"), public=kind is EventKind.REPLIED,
        created_at_source="created_at" if _when(told, "created_at") else "", incomplete=True,
        answered=what == "answered")


def _author(what: str, told: Fields, us: str) -> Author:
    actor = an_id(told, "actor_id")
    if actor and actor == us:
        return Author.DESKGATE
    if actor and actor == an_id(told, "requester_id"):
        return Author.CUSTOMER
    return AUTHORS.get(what, Author.UNKNOWN)


def _when(told: Fields, name: str) -> datetime | None:
    """An instant, if it is one: placeholders are written in the language and form of the account."""
    try:
        return instant(told, name)
    except TicketError:
        return None


def _call(inbound: Inbound) -> str:
    """What one invocation has in all its attempts: its id, which is not signed, or the body and when it was signed."""
    headers = {name.lower(): value for name, value in inbound.headers.items()}
    return headers.get(CALL) or hashlib.sha256(headers.get(SIGNED_AT, "").encode() + inbound.body).hexdigest()[:24]
