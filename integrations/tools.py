"""What an adapter is handed besides its connection: the way out, the time, and the sandbox's inbox."""

from __future__ import annotations

from dataclasses import dataclass

from entitlements.clock import Clock
from entitlements.inbox import Inbox
from integrations.http import HttpClient


@dataclass(frozen=True)
class Tools:
    """Shared by all connections. `inbox` is needed by the sandbox only."""

    http: HttpClient
    clock: Clock
    inbox: Inbox | None = None
