"""What `connection check` finds about a described helpdesk. Writes nothing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from entitlements.errors import DeliveryError
from entitlements.helpdesk import Finding
from integrations.generic.answers import found_in
from integrations.generic.description import Request
from integrations.generic.expression import Context
from integrations.generic.near import hint

if TYPE_CHECKING:
    from integrations.generic.adapter import Generic

MOST_APART = timedelta(seconds=60)
WITHOUT = {
    "read": "not described: tickets are written to without a look at what people did, and words may be written twice "
            "after a call that was cut short",
    "queue": "not described: a ticket that is to wait stays as it is",
    "route": "not described: a routed ticket stays where it is",
    "note": "not described: agents are told nothing in the ticket",
    "reply": "not described: customers are told nothing",
    "create": "not described: tickets that Deskgate takes in itself cannot be opened here",
    "changed": "not described: what a lost webhook would have told is not found"}
SAID_BY = {"note": {"note", "note_words"}, "reply": {"message", "message_words"}}


def findings(adapter: Generic) -> Iterator[Finding]:
    """One line each for the secret, the address, the credentials, the clock, the groups, and what is not described."""
    yield _secret(adapter)
    if not adapter.config.url:
        yield Finding("address", False, "is missing: set it with --url")
        return
    answer = yield from _asked(adapter)
    if answer is not None:
        yield _clock(adapter, answer)
        yield from _groups(adapter)
        yield from _fields(adapter)
    yield from _undescribed(adapter)


def _secret(adapter: Generic) -> Finding:
    if adapter.described.webhook is None:
        return Finding("secret", True, "is not needed: this helpdesk is asked, and sends nothing")
    has = any(adapter.config.secrets)
    return Finding("secret", has, "is set" if has else "is missing: set it with connection rotate-secret")


def _asked(adapter: Generic) -> Generator[Finding, None, Context | None]:
    """Calls that show whether address and credentials are right; returns the answer to one, if all of them are."""
    requests = [each for each in map(adapter.described.one, ("whoami", "check")) if each is not None]
    if not requests:
        yield Finding("credentials", True, "cannot be tried: describe requests.whoami or requests.check")
    answer: Context | None = None
    for request in requests:
        try:
            answer = adapter.client.call(request, {})
        except DeliveryError as error:
            yield _trouble(request, error)
            return None
    if answer is not None:
        yield Finding("address", True, f"{adapter.config.url} answers")
        yield Finding("credentials", True, _who(adapter))
    return answer


def _trouble(request: Request, error: DeliveryError) -> Finding:
    if error.kind == "unauthorized":
        return Finding("credentials", False, f"{error}; see --token")
    if error.status is not None and 200 <= error.status < 300:
        return Finding("account", False, str(error))
    return Finding("address", False, f"{error}; see --url, and {request.where} in the description")


def _who(adapter: Generic) -> str:
    if adapter.described.one("whoami") is None:
        return "are taken"
    try:
        return f"are those of account {adapter.acting_as()}"
    except DeliveryError as error:
        return f"are taken, but {error}"


def _clock(adapter: Generic, answer: Context) -> Finding:
    """Signatures have timestamps, and what came first is told by the clocks of two machines."""
    try:
        theirs = parsedate_to_datetime(str(answer.get("_headers", {}).get("date", "")))
        apart = abs(theirs - adapter.tools.clock.now())
    except (ValueError, TypeError):
        return Finding("clock", True, "the helpdesk does not tell its time")
    seconds = int(apart.total_seconds())
    return Finding("clock", apart <= MOST_APART, f"{seconds} s apart" + (
        "" if apart <= MOST_APART else "; set the clocks of both machines by a time server"))


def _groups(adapter: Generic) -> Iterator[Finding]:
    for setting, group in adapter.groups.named():
        if adapter.described.one("groups") is None:
            yield Finding(setting, True, f"{group}: cannot be looked up; describe requests.groups")
            continue
        try:
            yield Finding(setting, True, f"{group} is {adapter.groups.id_of(group)}")
        except DeliveryError as error:
            yield Finding(setting, False, str(error))


def _fields(adapter: Generic) -> Iterator[Finding]:
    request = adapter.described.one("fields")
    if request is None:
        return
    known = {str(found_in(request.label, each)) for each in adapter.client.each(request, {})}
    for setting, name in sorted(adapter.mapping.fields.items()):
        yield Finding(setting, name in known, f"{name} is there" if name in known else
                      f"there is no custom field {name!r}{hint(name, known)}")


def _undescribed(adapter: Generic) -> Iterator[Finding]:
    described = adapter.described
    for name, why in WITHOUT.items():
        said = bool(described.writes(SAID_BY.get(name, set())))
        if name not in described.requests and not said:
            yield Finding(name, True, why)
