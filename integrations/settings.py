"""Reading a connection's settings: which are known, and what they may be. Everything wrong is a ConfigError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from entitlements.errors import ConfigError
from entitlements.helpdesk import YES, ConnectionConfig, Limits
from entitlements.kinds import Setting
from entitlements.rules.language import Language, parse_language
from entitlements.rules.reasons import Reason

NO = frozenset({"false", "0", "no", "off"})
COMMON_SETTINGS = (
    Setting("reject_breaker", "`off` lets rejects through however many there are", choices=("on", "off")),
    Setting("reply_waits", "`on`: a public answer of an agent makes the ticket wait for the customer",
            choices=("on", "off")),
    Setting("changes_per_minute", "how many changes a minute the helpdesk takes, if not what is usual there", "100"),
    Setting("language", "what customers are told things in who have no language of their own; `en` without it",
            choices=tuple(Language)),
    Setting("share", "the part of them that is Deskgate's, in percent; 40 without it", "40"),
)
"""Settings that mean the same whichever helpdesk it is."""
FOR_ALL_KINDS = frozenset(each.name for each in COMMON_SETTINGS)
REPLY = "reply."
"""What the settings begin with that hold replies to customers. They are looked at where wording is known."""


class OnReject(StrEnum):
    """What a reject does in the helpdesk: hand the ticket to those who sell renewals, or answer and close it."""

    RENEWALS = "renewals"
    CLOSE = "close"


@dataclass(frozen=True)
class ByReason:
    """A setting that may differ by reason: `name`, and `name.<reason>` where it does."""

    usual: str
    special: Mapping[Reason, str]

    def of(self, reason: Reason) -> str:
        return self.special.get(reason, self.usual)

    def values(self) -> set[str]:
        """Everything it can be, without nothing."""
        return {self.usual, *self.special.values()} - {""}


def refuse_unknown(config: ConnectionConfig, known: frozenset[str], by_reason: frozenset[str] = frozenset()) -> None:
    """Raises ConfigError for a setting that this kind does not have, or a reason that does not exist."""
    true_or_false(config, "reply_waits")
    limits(config)
    if config.settings.get("language", ""):
        parse_language(config.settings["language"])
    for name in config.settings:
        base, dot, reason = name.partition(".")
        if name.startswith(REPLY):
            continue
        if name in known | by_reason | FOR_ALL_KINDS or (base in by_reason and dot and reason in set(Reason)):
            continue
        if base in by_reason and dot:
            raise ConfigError(f"{name}: there is no reason {reason!r}; reasons are {', '.join(Reason)}", field=name)
        listed = [*sorted(known | FOR_ALL_KINDS), *(f"{each} and {each}.<reason>" for each in sorted(by_reason))]
        raise ConfigError(f"a {config.kind} connection has no setting {name!r}; it has {', '.join(listed)}", field=name)


def by_reason(config: ConnectionConfig, name: str) -> ByReason:
    """The values of a setting and of its variants by reason."""
    special = {Reason(key.partition(".")[2]): value.strip() for key, value in config.settings.items()
               if key.startswith(f"{name}.")}
    return ByReason(config.settings.get(name, "").strip(), special)


def on_reject(config: ConnectionConfig) -> ByReason:
    """The settings `reject` and `reject.<reason>`; without them nothing is closed."""
    found = by_reason(config, "reject")
    for value in found.values():
        if value not in set(OnReject):
            raise ConfigError(f"reject must be {' or '.join(OnReject)}, not {value!r}", field="reject")
    return ByReason(found.usual or OnReject.RENEWALS.value, found.special)


def true_or_false(config: ConnectionConfig, name: str) -> bool:
    """A switch, off when it is not set."""
    value = config.settings.get(name, "").strip().lower()
    if value not in {"", *YES, *NO}:
        raise ConfigError(f"{name} must be true or false, not {value!r}", field=name)
    return value in YES


def limits(config: ConnectionConfig, usual: Limits = Limits()) -> Limits:
    """How fast to write: what the kind of helpdesk allows, unless `changes_per_minute` and `share` (percent) say."""
    per_minute = _whole_number(config, "changes_per_minute", 100_000)
    share = _whole_number(config, "share", 100)
    return replace(usual, per_minute=per_minute or usual.per_minute, share=share / 100 if share else usual.share)


def _whole_number(config: ConnectionConfig, name: str, largest: int) -> int | None:
    value = config.settings.get(name, "").strip().removesuffix("%")
    if not value:
        return None
    if not (value.isascii() and value.isdecimal()) or not 1 <= int(value[:9]) <= largest or len(value) > 9:
        raise ConfigError(f"{name} must be a whole number from 1 to {largest}, not {value[:40]!r}", field=name)
    return int(value)
