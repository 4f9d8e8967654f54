"""django-helpdesk, in: how a ticket that we created is known, and whether a mail reopens a ticket that we closed."""

from __future__ import annotations

from typing import Any

import pytest

from entitlements.helpdesk import Author, EventKind
from integrations.tools import Tools
from tests.integrations.payloads import captured, changed, events_of


def test_whatever_happens_to_a_ticket_that_we_created_is_told_with_its_marker(tools: Tools) -> None:
    payload = captured("followup-taken")
    payload["ticket"]["description"] = "It burns.\n\nRef. dg-17"
    payload["ticket"]["followup_set"][0] |= {"user": 2, "title": "Ticket Opened"}
    (event,) = events_of(tools, payload)
    assert (event.kind, event.author, event.marker) == (EventKind.UPDATED, Author.AGENT, "dg-17")


def test_a_marker_of_the_entry_itself_comes_before_that_of_the_ticket(tools: Tools) -> None:
    payload = changed("followup-public", comment="We open at nine.\n\nRef. dg-18")
    payload["ticket"]["description"] = "It burns.\n\nRef. dg-17"
    payload["ticket"]["followup_set"][0] |= {"user": 2, "title": "Ticket Opened"}
    (event,) = events_of(tools, payload, acting_as="")
    assert (event.author, event.marker) == (Author.DESKGATE, "dg-18")


@pytest.mark.parametrize("name", ["followup-mail-again", "followup-public"])
def test_what_others_write_on_a_ticket_that_we_created_stays_theirs(tools: Tools, name: str) -> None:
    payload = captured(name)
    payload["ticket"]["custom_marker"] = "dg-17"
    payload["ticket"]["followup_set"][0] |= {"user": 2, "title": "Ticket Opened"}
    (event,) = events_of(tools, payload, {"marker_field": "marker"}, acting_as="")
    assert event.marker == "dg-17"
    assert event.author is (Author.CUSTOMER if name == "followup-mail-again" else Author.AGENT)


def test_a_mail_to_a_ticket_that_we_closed_reopens_it(tools: Tools) -> None:
    (event,) = events_of(tools, closed_by_us())
    assert (event.kind, event.author) == (EventKind.REOPENED, Author.CUSTOMER)


def test_a_mail_to_a_ticket_that_we_opened_again_ourselves_is_only_a_reply(tools: Tools) -> None:
    """The helpdesk marks every mail to a reopened ticket as the one that reopens it."""
    (event,) = events_of(tools, closed_by_us("Overridden: they have paid.\n\nRef. dg-18"))
    assert (event.kind, event.author) == (EventKind.REPLIED, Author.CUSTOMER)


def closed_by_us(*later: str) -> dict[str, Any]:
    """A mail from the customer to a ticket that we closed, with what we wrote after closing it."""
    payload = captured("followup-mail-reopens")
    closing, mail = payload["ticket"]["followup_set"][-2:]
    ours = closing | {"user": 2, "comment": "Expired.\n\nRef. dg-17", "new_status": 4}
    notes = [ours | {"id": 900 + number, "comment": words, "new_status": None} for number, words in enumerate(later)]
    payload["ticket"]["followup_set"][-2:] = [ours, *notes, mail]
    return payload
