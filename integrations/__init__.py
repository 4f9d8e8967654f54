"""One helpdesk per file, all behind the protocol of `entitlements.helpdesk`. A new one is one line in HELPDESKS."""

from __future__ import annotations

from collections.abc import Callable

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from entitlements.kinds import Connectable, Kind
from integrations import (
    chatwoot,
    django_helpdesk,
    freshdesk,
    generic,
    helpscout,
    jira,
    request_tracker,
    sandbox,
    servicenow,
    standard,
    zammad,
    zendesk,
)
from integrations.tools import Tools

__all__ = ["HELPDESKS", "KINDS", "Tools", "build"]

HELPDESKS: dict[str, Callable[[ConnectionConfig, Tools], Connectable]] = {
    "chatwoot": chatwoot.Chatwoot,
    "django_helpdesk": django_helpdesk.DjangoHelpdesk,
    "freshdesk": freshdesk.Freshdesk,
    "generic": generic.Generic,
    "helpscout": helpscout.HelpScout,
    "jira": jira.Jira,
    "request_tracker": request_tracker.RequestTracker,
    "sandbox": sandbox.Sandbox,
    "servicenow": servicenow.ServiceNow,
    "standard": standard.Standard,
    "zammad": zammad.Zammad,
    "zendesk": zendesk.Zendesk,
}
KINDS: tuple[Kind, ...] = tuple(each.about for each in HELPDESKS.values())  # type: ignore[attr-defined]  # a class


def build(config: ConnectionConfig, tools: Tools) -> Connectable:
    """The adapter of a connection. Raises ConfigError for an unknown kind, and for settings it cannot work with."""
    kind = HELPDESKS.get(config.kind)
    if kind is None:
        raise ConfigError(f"there is no kind of helpdesk {config.kind!r}; there are {', '.join(HELPDESKS)}",
                          field="kind")
    return kind(config, tools)
