"""`connection check` for django-helpdesk: is it there, are we let in, do queues and fields exist. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.errors import DeliveryError
from entitlements.helpdesk import ConnectionConfig, Finding
from integrations.django_helpdesk.api import DeskApi
from integrations.django_helpdesk.settings import DeskSettings

# Refused whatever else is in it, since a ticket needs a title and a priority from 1 to 5; but the answer lists
# everything that is wrong, the queue included. There is no other way to ask whether a queue exists.
NEVER_A_TICKET = {"title": "", "description": "", "priority": 0}


def findings(config: ConnectionConfig, settings: DeskSettings, api: DeskApi) -> list[Finding]:
    """Every finding that can be had; what depends on being let in is left out when we are not."""
    found = [_secret(config)]
    try:
        found += _access(api)
        if found[-1].ok:
            found += [*_queues(settings, api), *_fields(settings, api)]
    except DeliveryError as error:
        found.append(Finding("address", False, f"{error}; see --url"))
    return found


def _secret(config: ConnectionConfig) -> Finding:
    if any(config.secrets):
        return Finding("secret", True, "in the webhook address")
    return Finding("secret", False, "there is none, so every webhook is refused; set one by rotate-secret")


def _access(api: DeskApi) -> list[Finding]:
    status = api.ask("GET", "tickets/", params={"page_size": 1}).status
    address = Finding("address", True, "answers")
    if status == 401:
        return [address, Finding("token", False, "not accepted; make a new one in Django's admin, set it with --token")]
    if status == 403:
        return [address, Finding("token", False, "its account is not staff; tick Staff status in Django's admin")]
    if status != 200:
        return [Finding("address", False, f"answers {status}; it should be the root of the API, such as .../api")]
    return [address, Finding("token", True, "accepted")]


def _queues(settings: DeskSettings, api: DeskApi) -> Iterator[Finding]:
    for setting, numbers in settings.queues().items():
        for number in sorted(numbers):
            refused = api.ask("POST", "tickets/", json={**NEVER_A_TICKET, "queue": int(number)})
            exists = "queue" not in refused.object()
            yield Finding(setting, exists, f"queue {number} exists" if exists else
                          f"there is no queue {number}, or our account may not use it; its number is in Django's admin")
    if not settings.route_queue.values():
        yield Finding("route_queue", True, "not set: routed tickets stay in the queue they came to")


def _fields(settings: DeskSettings, api: DeskApi) -> Iterator[Finding]:
    actions = api.call("OPTIONS", "tickets/").get("actions")
    known = actions.get("POST") if isinstance(actions, dict) else None
    for setting, field in settings.fields().items():
        exists = isinstance(known, dict) and field in known
        name = field.removeprefix("custom_")
        yield Finding(setting, exists, f"custom field {name} exists" if exists else
                      f"there is no custom field {name}; add one in Django's admin, of the kind Char, for staff only")
