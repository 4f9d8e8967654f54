"""Every error Deskgate raises on purpose. One family, few members; each message is fit to be shown to a person."""

from __future__ import annotations


class DeskgateError(Exception):
    """Base of the family."""


class ConfigError(DeskgateError):
    """A setting, schedule, license, connection or file is wrong; the message says which part and why.

    `field` names the part and `rule` the rule it breaks, where these have names. `others` are what else is wrong with
    the same thing, where it was read to its end.
    """

    def __init__(self, message: str, *, field: str = "", rule: str = ""):
        super().__init__(message)
        self.field = field
        self.rule = rule
        self.others: tuple[ConfigError, ...] = ()


class VerificationError(DeskgateError):
    """An inbound webhook could not be shown to come from its sender. Nothing of it is kept."""


class TicketError(DeskgateError):
    """An authentic webhook that cannot be understood. It is parked for an admin, never refused."""


class DeliveryError(DeskgateError):
    """A change could not be made in a helpdesk.

    `kind` tells the sender what to do (`fault`: the trouble is ours; `setting`: the connection is set up so that
    nothing can be sent; `early`: what an earlier try may still do must be waited for); `retry_after` is the helpdesk's
    wish in seconds, where it named one; `status` the HTTP status, where there was one.
    """

    def __init__(self, message: str, *, kind: str = "temporary", retry_after: float | None = None,
                 status: int | None = None):
        super().__init__(message)
        if kind not in {"temporary", "unknown", "refused", "gone", "unauthorized", "fault", "early", "setting"}:
            raise ValueError(kind)
        self.kind = kind
        self.retry_after = retry_after
        self.status = status

    @property
    def is_busy(self) -> bool:
        """The helpdesk is there, and wants fewer calls."""
        return self.status == 429

    @property
    def is_outage(self) -> bool:
        """Nobody answered the way a helpdesk does that is up: no answer, a server's error, or nonsense."""
        return self.kind in {"temporary", "unknown"} and self.status not in {408, 409, 425, 429}

    @property
    def is_answer(self) -> bool:
        """The helpdesk was there, and said what it thinks of it."""
        return not self.is_outage and (self.status is not None or self.kind == "early")


class NotFound(DeskgateError):
    """There is no such thing; the message names it."""


class Conflict(DeskgateError):
    """The thing is in a state in which this cannot be done; the message says which."""
