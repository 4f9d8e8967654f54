"""What an adapter is handed besides its connection: the way out, the time, and the sandbox's inbox."""

from __future__ import annotations

from dataclasses import dataclass, field

from entitlements.clock import Clock
from entitlements.inbox import Inbox
from integrations.http import HttpClient
from integrations.memory import Memory


@dataclass(frozen=True)
class Tools:
    """Shared by all connections. `inbox` is needed by the sandbox only; `memory` keeps what helpdesks said of late."""

    http: HttpClient
    clock: Clock
    inbox: Inbox | None = None
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory", Memory(self.clock))
