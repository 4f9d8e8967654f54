"""What happened in django-helpdesk since an instant, for webhooks that never came.

Tickets cannot be listed by when they changed, but follow-ups are: the list of all of them is in the order in which they
were written, and its last page is the latest. Opening a ticket, answering, closing, opening again and logging time all
write one, and each has the number that its webhook has. What writes none is told neither way: a change through the REST
API, taking a ticket, putting it on hold, deleting it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Event
from integrations.django_helpdesk.api import DeskApi, EntryPage, StrangeTicket
from integrations.django_helpdesk.events import created, updated
from integrations.django_helpdesk.settings import DeskSettings
from integrations.django_helpdesk.ticket import DeskTicket, Entry, FollowUp, People

log = logging.getLogger(__name__)
Found = dict[str, tuple[Event, ...]]
"""What the follow-ups of one ticket tell, by their numbers."""


def find_changed(api: DeskApi, settings: DeskSettings, people: People, since: datetime) -> Iterator[Event]:
    """One call for each page of follow-ups, and one for each ticket that has some. Raises DeliveryError."""
    tickets: dict[str, Found] = {}
    for entry in _entries(api, since):
        if entry.ticket_id not in tickets:
            ticket = _ticket(api, entry.ticket_id)
            tickets[entry.ticket_id] = _found(ticket, settings, people, since) if ticket else {}
        yield from tickets[entry.ticket_id].get(entry.id, ())


def _entries(api: DeskApi, since: datetime) -> Iterator[Entry]:
    """The follow-ups since an instant, oldest first."""
    number, page = _first_page(api, since)
    while True:
        yield from (entry for entry in page.entries if entry.at >= since)
        if not page.has_next:
            return
        number += 1
        page = api.entries(number)


def _first_page(api: DeskApi, since: datetime) -> tuple[int, EntryPage]:
    """The page on which the follow-ups since an instant begin: mostly the last, else it is searched for by halves."""
    page = api.entries("last")
    low, high, found = 1, page.pages, page
    if _begins_before(page, since):
        return high, page
    while low < high:
        middle = (low + high) // 2
        page = api.entries(middle)
        if page.entries and page.entries[-1].at >= since:
            high, found = middle, page
        else:
            low = middle + 1
    return high, found


def _begins_before(page: EntryPage, since: datetime) -> bool:
    return page.pages == 1 or (bool(page.entries) and page.entries[0].at < since)


def _ticket(api: DeskApi, ticket_id: str) -> DeskTicket | None:
    """The ticket; None if it was deleted meanwhile, or cannot be understood: the others are not kept waiting."""
    try:
        return api.ticket(ticket_id)
    except DeliveryError as error:
        if error.kind == "gone" or isinstance(error, StrangeTicket):
            log.warning("ticket %s of django-helpdesk is left out of the look: %s", ticket_id, error)
            return None
        raise


def _found(ticket: DeskTicket, settings: DeskSettings, people: People, since: datetime) -> Found:
    return {entry.id: _events(ticket, entry, settings, people) for entry in ticket.followups if entry.at >= since}


def _events(ticket: DeskTicket, entry: FollowUp, settings: DeskSettings, people: People) -> tuple[Event, ...]:
    if entry is ticket.opening:
        return (created(ticket, settings, people),)
    return updated(ticket, entry, settings, people)
