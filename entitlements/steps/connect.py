"""Connecting a helpdesk, and what may be changed about a connection afterwards. Secrets go in and are not shown again.

Everything is tried on the adapter first: what it cannot work with is refused, and nothing is kept of it. Each opens a
transaction of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast
from urllib.parse import quote

from entitlements.errors import ConfigError, VerificationError
from entitlements.helpdesk import ConnectionConfig, Inbound
from entitlements.kinds import Connectable, Kind, Step
from entitlements.steps.context import Deskgate
from entitlements.store import connections, tables
from entitlements.store.access import audit
from entitlements.store.database import transaction
from entitlements.store.vault import new_token, new_webhook_secret
from entitlements.wording.replies import PREFIX, check_replies

OLD_SECRETS = 3
"""How many from before are taken: who rotates twice in a row must not lose the one that the helpdesk still has."""
OVERLAP = timedelta(hours=24)
"""How long an old secret is still taken after a rotation, if nothing else is asked for."""


@dataclass(frozen=True)
class Connected:
    """A connection that was added: its address for webhooks, and a secret that was made for it, to be shown once.

    `keeps_old`: the secret from before a rotation is taken for a while.
    """

    name: str
    kind: Kind
    mode: str
    address: str
    new_secret: str = ""
    needs_secret: bool = False
    keeps_old: bool = False


@dataclass(frozen=True)
class Wanted:
    """A connection as an export names it, without secrets, and the mode it is to be in."""

    config: ConnectionConfig
    mode: str


@dataclass(frozen=True)
class TakenOver:
    """A connection of an export: added as `added`, or, without it, one that was there already and changed."""

    name: str
    added: Connected | None = None

    def __str__(self) -> str:
        if self.added is None:
            return f"changed {self.name}"
        secret = f"; its secret, shown this once: {self.added.new_secret}" if self.added.new_secret else ""
        return f"added {self.name} in {self.added.mode} mode; webhooks go to {self.added.address}{secret}"


@dataclass(frozen=True)
class Edit:
    """What is to be different about a connection; None leaves it. A setting that is None is taken away."""

    url: str | None = None
    token: str | None = None
    settings: Mapping[str, str | None] | None = None


def add(config: ConnectionConfig, mode: str, actor: str, deskgate: Deskgate) -> Connected:
    """Add a connection; without a secret a new one is made, unless the helpdesk makes it. Raises ConfigError."""
    with transaction():
        return _add(config, mode, actor, deskgate)


def _add(config: ConnectionConfig, mode: str, actor: str, deskgate: Deskgate) -> Connected:
    check_replies(config.settings)
    told = next(iter(config.secrets), "")
    kind, in_path = _known(config, deskgate)
    waits = kind.makes_secret and not told and not in_path
    secret = told or ("" if waits else _new_secret(kind, in_path))
    final = _with_secrets(config, (secret,) if secret else ())
    now = deskgate.clock.now()
    row = connections.add_connection(final, now.replace(microsecond=0), mode)
    audit(actor=actor, action="connection.add", subject=f"connection:{config.name}", at=now,
          values={"kind": config.kind, "mode": row.mode})
    return Connected(config.name, kind, row.mode, address_of(final, in_path, deskgate), needs_secret=waits,
                     new_secret="" if told or in_path or waits else secret)


def edit(name: str, change: Edit, actor: str, deskgate: Deskgate) -> None:
    """Change address, token or settings. Raises NotFound, ConfigError."""
    with transaction():
        _edit(connections.lock_connection(name), change, actor, deskgate)


def _edit(row: tables.Connection, change: Edit, actor: str, deskgate: Deskgate) -> None:
    config = edited(connections.config_of(row), change)
    _adapter(config, deskgate)
    check_replies({key: config.settings[key] for key in change.settings or {} if key in config.settings})
    if any(key.startswith(PREFIX) for key in change.settings or {}):
        connections.set_reply_trouble(row, "")
    row.url, row.token, row.settings = config.url, config.token, dict(config.settings)
    changed = [part for part, value in (("url", change.url), ("token", change.token)) if value is not None]
    audit(actor=actor, action="connection.edit", subject=f"connection:{row.name}", at=deskgate.clock.now(),
          values={"changed": [*changed, *(change.settings or {})]})


def webhook_address(config: ConnectionConfig, deskgate: Deskgate, mask: str = "") -> str:
    """Where a connection's helpdesk sends its webhooks, secret included where it cannot sign, unless there is a `mask`
    to show instead. Raises ConfigError."""
    tried = _with_any_secret(config)
    in_path = is_secret_in_path(_adapter(tried, deskgate), tried.secrets[0], deskgate)
    bare = address_of(config, False, deskgate)
    return f"{bare}/{mask}" if in_path and mask else address_of(config, in_path, deskgate)


def steps_of(name: str, deskgate: Deskgate) -> Sequence[Step]:
    """What to do in a connection's helpdesk. Raises NotFound, ConfigError."""
    config = connections.config_of(connections.get_connection(name))
    return _adapter(config, deskgate).guide(webhook_address(config, deskgate))


def exported(rows: Sequence[tables.Connection]) -> list[dict[str, object]]:
    """Connections as they are exported: without secrets and tokens."""
    return [{"name": row.name, "kind": row.kind, "url": row.url, "mode": row.mode,
             "settings": dict(sorted(row.settings.items()))} for row in rows]


def take_over_all(wanted: Sequence[Wanted], actor: str, deskgate: Deskgate) -> list[TakenOver]:
    """Add exported connections, and give those whose names are known their address and settings; says what was done
    with each. All of it is done, or nothing. Raises ConfigError, if one of them cannot work."""
    with transaction():
        return [_take_over(each, actor, deskgate) for each in wanted]


def _take_over(wanted: Wanted, actor: str, deskgate: Deskgate) -> TakenOver:
    try:
        return _taken_over(wanted, actor, deskgate)
    except ConfigError as error:
        raise ConfigError(f"{wanted.config.name}: {error}; nothing was taken over", field="file") from None


def _taken_over(wanted: Wanted, actor: str, deskgate: Deskgate) -> TakenOver:
    config, known = wanted.config, connections.find_connection(wanted.config.name)
    if known is not None:
        if known.kind != config.kind:
            raise ConfigError(f"there is a connection of that name already, of kind {known.kind}, not {config.kind}")
        _edit(known, Edit(config.url, None, {**dict.fromkeys(known.settings), **config.settings}), actor, deskgate)
        return TakenOver(config.name)
    return TakenOver(config.name, _add(config, wanted.mode, actor, deskgate))


def read_export(text: str) -> list[Wanted]:
    """The connections that an export lists. Raises ConfigError."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError("the file is not JSON as `connection export` writes it", field="file") from None
    if not isinstance(rows, list):
        raise ConfigError("the file must hold a list of connections", field="file")
    return [_wanted(row, number) for number, row in enumerate(rows, 1)]


def _wanted(row: object, number: int) -> Wanted:
    texts = ("name", "kind", "url", "mode")
    if not isinstance(row, dict) or set(row) - {*texts, "settings"}:
        raise ConfigError(f"connection {number}: it has {', '.join(texts)} and settings, nothing else", field="file")
    settings = row.get("settings", {})
    if not isinstance(settings, dict) or not all(isinstance(each, str) for each in settings.values()):
        raise ConfigError(f"connection {number}: settings must be texts by name", field="file")
    told = {name: row.get(name, "") for name in texts}
    if not all(isinstance(value, str) for value in told.values()) or not told["name"] or not told["kind"]:
        raise ConfigError(f"connection {number}: name, kind, url and mode must be texts", field="file")
    return Wanted(ConnectionConfig(told["name"], told["kind"], told["url"], settings=settings), told["mode"])


def edited(config: ConnectionConfig, change: Edit) -> ConnectionConfig:
    """A connection's values with a change made to them."""
    settings = {**config.settings, **(change.settings or {})}
    return replace(config, url=config.url if change.url is None else change.url,
                   token=config.token if change.token is None else change.token,
                   settings={key: value for key, value in settings.items() if value})


def rotate_secret(name: str, secret: str, overlap: timedelta, actor: str, deskgate: Deskgate) -> Connected:
    """Have another secret count, made anew if none is given; those that count now are taken until `overlap` is over.

    Raises NotFound, ConfigError.
    """
    now = deskgate.clock.now()
    with transaction():
        row = connections.lock_connection(name)
        config = connections.config_of(row, now)
        kind, in_path = _known(config, deskgate)
        if not secret and kind.makes_secret and not in_path:
            raise ConfigError(f"{kind.title} makes the secret: have it make a new one, and tell it", field="secret")
        new = secret or _new_secret(kind, in_path)
        kept = tuple(each for each in config.secrets if each != new)[:OLD_SECRETS] if overlap else ()
        config = _with_secrets(config, (new, *kept))
        _adapter(config, deskgate)
        row.secrets, row.old_secrets_until = "\n".join(config.secrets), now + overlap if kept else None
        audit(actor=actor, action="rotate_secret", subject=f"connection:{name}", at=now,
              values={"overlap_seconds": int(overlap.total_seconds()) if kept else 0})
        mode = row.mode
    return Connected(name, kind, mode, address_of(config, in_path, deskgate), "" if secret or in_path else new,
                     keeps_old=bool(kept))


def address_of(config: ConnectionConfig, in_path: bool, deskgate: Deskgate) -> str:
    """Where the helpdesk sends its webhooks: with the secret, if it cannot sign."""
    address = f"{deskgate.public_url}/hooks/{config.name}"
    return f"{address}/{quote(config.secrets[0], safe='')}" if in_path and config.secrets else address


def is_secret_in_path(helpdesk: Connectable, secret: str, deskgate: Deskgate) -> bool:
    """True for a helpdesk that cannot sign: a webhook without signature is as good to it as the address it came to."""
    now = deskgate.clock.now()
    try:
        helpdesk.verify(Inbound("POST", "", {}, b"{}", now, path_secret=secret), now)
    except VerificationError:
        return False
    return True


def _known(config: ConnectionConfig, deskgate: Deskgate) -> tuple[Kind, bool]:
    """The kind of a connection, and whether its secret is in its address. Raises ConfigError if it cannot work."""
    tried = _with_any_secret(config)
    helpdesk = _adapter(tried, deskgate)
    return helpdesk.about, is_secret_in_path(helpdesk, tried.secrets[0], deskgate)


def _with_any_secret(config: ConnectionConfig) -> ConnectionConfig:
    return config if any(config.secrets) else _with_secrets(config, (new_webhook_secret(),))


def _adapter(config: ConnectionConfig, deskgate: Deskgate) -> Connectable:
    return cast(Connectable, deskgate.helpdesk(config))


def _with_secrets(config: ConnectionConfig, secrets: tuple[str, ...]) -> ConnectionConfig:
    return replace(config, secrets=secrets)


def _new_secret(kind: Kind, in_path: bool) -> str:
    if in_path:
        return new_token()
    return new_token()[:kind.longest_secret] if kind.longest_secret else new_webhook_secret()
