"""What callers of the REST API send: one model for each body and each query."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from entitlements.rules.reasons import Outcome
from entitlements.rules.ticket import Severity
from entitlements.web.api.values import (
    Address,
    Asked,
    AskedDay,
    AskedId,
    AskedInstant,
    Channel,
    FilledLine,
    LanguageCode,
    Line,
    Note,
    Product,
    Text,
    Why,
)

MOST_SECONDS = 31 * 86_400  # one entry of usage; more is a slip of the pen


def _not_nothing(seconds: int) -> int:
    if seconds == 0:
        raise ValueError("must not be 0")
    return seconds


class NewTicket(Asked):
    """A ticket. Who asks is told by `customer`, a short name, or `contact`, a mail address; by the name if by both."""

    customer: Line = Field(default="", description="Short name of the customer.")
    contact: Address = Field(default="", description="Mail address of who asks.")
    subject: FilledLine
    description: Text = ""
    severity: Severity = Severity.NORMAL
    product: Product = ""
    channel: Channel = ""
    connection: Line = Field(default="", description="Name of the helpdesk to create it in; the usual one if empty.")

    @model_validator(mode="after")
    def _says_who_asks(self) -> Self:
        if not (self.customer or self.contact):
            raise PydanticCustomError("who_asks", "is required, unless contact is given", {"field": "customer"})
        return self


class PreviewQuestion(Asked):
    """What would be decided about a ticket, raised and judged at `at`, or now."""

    customer: FilledLine = Field(description="Short name of the customer.")
    severity: Severity
    at: AskedInstant | None = Field(default=None, description="Now, if not given.")
    product: Product = ""
    contact: Address = ""
    channel: Channel = ""


class OverrideRequest(Asked):
    """What to do with a ticket in place of what was decided, and why. `queue` needs a `release_at` in the future."""

    outcome: Outcome
    reason: Why
    release_at: AskedInstant | None = None


class UsageRequest(Asked):
    """Seconds used of a license; negative gives back. Without a license's name: the one that time counts against."""

    customer: FilledLine
    license: Line = ""
    seconds: Annotated[int, Field(strict=True, ge=-MOST_SECONDS, le=MOST_SECONDS), AfterValidator(_not_nothing)]
    at: AskedInstant | None = Field(default=None, description="When it was used; now, if not given.")
    ticket: AskedId | None = Field(default=None, description="Deskgate's id of the ticket it was used for.")
    note: Note = ""


class ReleaseAllRequest(Asked):
    """Why every queued ticket of the connection is let go."""

    reason: Why


class LanguageRequest(Asked):
    """What a customer is told things in; empty for the language of each connection."""

    language: LanguageCode


class Page(Asked):
    """Which part of a list to answer: `limit` at most, going on where `next` of the answer before said."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: AskedId | None = Field(default=None, description="`next` of the page before.")


class TicketQuery(Page):
    """Which tickets, the newest first."""

    state: Literal["routed", "queued", "rejected", "withdrawn"] | None = None
    customer: Line = ""
    connection: Line = ""


class LicenseQuery(Page):
    """Which licenses."""

    customer: Line = ""


class UsageQuery(Page):
    """Which entries of usage, the newest first. The days are local to each license, both inclusive."""

    customer: Line = ""
    license: Line = ""
    since: AskedDay | None = Field(default=None, alias="from")
    until: AskedDay | None = Field(default=None, alias="to")


class DeliveryQuery(Page):
    """Which deliveries, the newest first."""

    state: Literal["waiting", "sending", "done", "gone", "parked", "dead"] | None = None
    connection: Line = ""
    ticket: AskedId | None = None
