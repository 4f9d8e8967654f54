"""Every setting, read once from the environment when the application is made, and checked. All are in
docs/settings.md.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from entitlements.errors import ConfigError
from entitlements.rules.decision import Doubt

INSTANCE = Path("instance")
NO_ADDRESS = "is not an address; write @ and : in a password as %40 and %3A"


class Settings(BaseModel):
    """What the environment says. Nothing has to be set: database and secret key are made under `instance/`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    DATABASE_URL: str = ""
    SECRET_KEY: str = Field(default="", repr=False)
    SECRETS_KEYS: str = Field(default="", repr=False)
    PORT: int = Field(default=8000, ge=1, le=65535)
    PUBLIC_URL: str = ""
    MAX_HOOK_BYTES: int = Field(default=1024 * 1024, ge=1024)
    RAW_DAYS: int = Field(default=30, ge=0, le=36_500)
    ALLOW_LOOPBACK: bool = False
    DEFAULT_CONNECTION: str = ""
    UNKNOWN_CUSTOMER: Doubt = Doubt.TRIAGE
    CONTACT_NOT_COVERED: Doubt = Doubt.TRIAGE
    RENEWAL_CONTACT: str = ""
    SECURE_COOKIES: bool = False
    TRUSTED_PROXIES: int = Field(default=0, ge=0, le=5)
    LOGIN_LIMIT: str = "10 per minute"
    RECONCILE_MINUTES: int = Field(default=5, ge=0, le=1440)
    WORKER_THREADS: int = Field(default=8, ge=1, le=64)

    @field_validator("DATABASE_URL")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                url = "postgresql+psycopg://" + url.removeprefix(prefix)
        if url and not url.startswith(("postgresql+psycopg://", "sqlite://", "sqlite+pysqlite://")):
            raise ValueError("must begin with sqlite:/// or postgresql://; no other database is supported")
        if url:
            _refuse_what_is_no_address(url)
        return url

    @property
    def public_url(self) -> str:
        """The address under which people reach Deskgate, without a slash at the end."""
        return (self.PUBLIC_URL or f"http://127.0.0.1:{self.PORT}").rstrip("/")

    @property
    def vault_keys(self) -> tuple[str, ...]:
        """The keys of secrets at rest: the first encrypts, all decrypt."""
        return tuple(key.strip() for key in self.SECRETS_KEYS.split(",") if key.strip()) or (self.SECRET_KEY,)


def load_settings(overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the environment, with `overrides` on top. Raises ConfigError naming each setting that is wrong."""
    known = {name: os.environ[name] for name in Settings.model_fields if os.environ.get(name)}
    try:
        settings = Settings.model_validate({**known, **(overrides or {})})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {_said(each['msg'])}" for each in error.errors())
        raise ConfigError(f"wrong settings: {wrong}", field=str(error.errors()[0]["loc"][0])) from None
    made: dict[str, object] = {}
    if not settings.DATABASE_URL:
        INSTANCE.mkdir(exist_ok=True)
        made["DATABASE_URL"] = f"sqlite:///{(INSTANCE / 'deskgate.sqlite3').resolve()}"
    if not settings.SECRET_KEY:
        made["SECRET_KEY"] = _own_secret_key()
    return settings.model_copy(update=made)


def _refuse_what_is_no_address(url: str) -> None:
    """Raises ValueError without the value, since what cannot be taken apart may show its password anywhere."""
    try:
        made = make_url(url)
    except (ValueError, ArgumentError):
        raise ValueError(NO_ADDRESS) from None
    if made.get_backend_name() == "sqlite" and (made.host or made.username):
        raise ValueError("must begin with sqlite:/// and the path of a file, so that an absolute one has four slashes")
    if "@" in (made.host or ""):  # the rest of a password in which an @ was not written as %40
        raise ValueError(NO_ADDRESS)
    try:
        made.get_dialect()().create_connect_args(made)
    except (ValueError, ArgumentError):
        raise ValueError("has something after the ? that cannot be read") from None


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _own_secret_key() -> str:
    """The key kept under `instance/`, made at the first start; two processes starting at once end with the same one."""
    INSTANCE.mkdir(exist_ok=True)
    path, own = INSTANCE / "secret_key", INSTANCE / f"secret_key.{os.getpid()}"
    if not path.exists():
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(own, path)  # all at once, and only if nobody was faster
        own.unlink()
    return path.read_text().strip()
