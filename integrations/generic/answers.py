"""Looking into what a helpdesk answered: what cannot be found or understood there is a DeliveryError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from entitlements.errors import DeliveryError, TicketError
from integrations.generic.description import Request
from integrations.generic.expression import Context, Expression, is_something
from integrations.generic.fields import last_segment

T = TypeVar("T")


def as_answer(read: Callable[[], T]) -> T:
    """What was read from an answer. Raises DeliveryError, refused, for what cannot be understood."""
    try:
        return read()
    except TicketError as error:
        raise DeliveryError(f"what the helpdesk answered cannot be read: {error}", kind="refused") from None


def found_in(expression: Expression | None, context: Context) -> Any:
    """What an expression leads to in an answer, None for nothing. Raises DeliveryError."""
    return as_answer(lambda: expression.find(context)) if expression else None


def holds_in(expression: Expression, context: Context) -> bool:
    """Whether an expression holds of an answer. Raises DeliveryError."""
    return is_something(found_in(expression, context))


def maybe_id_in(request: Request, answer: Context) -> str:
    """The id that an answer names; empty for none."""
    found = found_in(request.id, answer)
    return last_segment(str(found))[:100] if isinstance(found, str | int) and not isinstance(found, bool) else ""


def id_in(request: Request, answer: Context) -> str:
    """The id that an answer must name. Raises DeliveryError: what it answers may all the same have been done."""
    found = maybe_id_in(request, answer)
    if not found:
        raise DeliveryError(f"{request.where}.id: the answer names none", kind="unknown")
    return found
