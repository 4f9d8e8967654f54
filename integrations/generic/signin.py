"""Signing in as a description says, with the connection's token: in a header, a parameter, by OAuth's client
credentials, or with the token of a session that is begun with it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

from entitlements.errors import ConfigError, DeliveryError
from entitlements.helpdesk import ConnectionConfig
from integrations.generic.answers import found_in
from integrations.generic.description import Auth, AuthBy
from integrations.generic.expression import Expression, context_of
from integrations.generic.template import filled
from integrations.http import Answer
from integrations.masking import AUTHORIZATION
from integrations.origin import Content, OriginClient
from integrations.tools import Tools

T = TypeVar("T")
TOKEN_KEPT = timedelta(minutes=20)


class SignIn:
    """How one connection signs in. Raises ConfigError when built with a token that cannot be what `auth` needs."""

    def __init__(self, config: ConnectionConfig, tools: Tools, auth: Auth):
        self._config, self._tools, self._auth = config, tools, auth
        self.headers = self._usual_headers() if config.token else {}

    @property
    def can_renew(self) -> bool:
        """Whether being refused may only mean that an access token is over."""
        return self._auth.by in (AuthBy.OAUTH, AuthBy.SESSION) and bool(self._config.token)

    def renew(self) -> None:
        """Ask for an access token anew with the next call."""
        self._tools.memory.forget(self._key("token"))

    def added(self, content: Content) -> Content:
        """A call with what signs it in, where that is not in all headers anyway. Raises DeliveryError."""
        if self._auth.by is AuthBy.QUERY and self._config.token:
            return {**content, "params": {**content.get("params", {}), self._auth.name: self._config.token}}
        if not self.can_renew:
            return content
        token = self._tools.memory.recall(self._key("token"), self._new_token, keep=TOKEN_KEPT)
        name = self._auth.name or AUTHORIZATION
        return {**content, "headers": {**content.get("headers", {}), name: self._auth.prefix + token}}

    def recall(self, what: str, ask: Callable[[], T]) -> T:
        """Something that the helpdesk has said of late, or says when asked."""
        return self._tools.memory.recall(self._key(what), ask)

    def _key(self, what: str) -> tuple[str, ...]:
        """Two connections that differ in anything share nothing."""
        config = self._config
        told = "\0".join((config.url, config.token, config.settings.get("description", "")))
        return (config.kind, what, hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest())

    def _usual_headers(self) -> dict[str, str]:
        auth, token = self._auth, self._config.token
        if not token.isprintable() or not (token.isascii() or auth.by is AuthBy.BASIC):
            raise ConfigError("the token holds characters that cannot be sent", field="token")
        if auth.by is AuthBy.OAUTH and ":" not in token:
            raise ConfigError("the token must be CLIENT_ID:CLIENT_SECRET, as the description says", field="token")
        if auth.by is AuthBy.BASIC:
            if ":" not in token:
                raise ConfigError("the token must be USER:PASSWORD, as the description says", field="token")
            return {AUTHORIZATION: _basic(token)}
        if auth.by in (AuthBy.HEADER, AuthBy.BEARER):
            return {auth.name or AUTHORIZATION: auth.prefix + token}
        return {}

    def _new_token(self) -> str:
        """Ask for an access token with the credentials, which only the address for that gets to see."""
        auth = self._auth
        is_elsewhere = "://" in auth.address
        origin = OriginClient(self._tools.http, auth.address if is_elsewhere else self._config.url)
        try:
            answer = origin.ask("POST", "" if is_elsewhere else auth.address,
                                **(self._login() if auth.by is AuthBy.SESSION else self._grant()))
        except DeliveryError as error:  # a token that is not used does no harm
            raise DeliveryError(f"no access token: {error}", retry_after=error.retry_after,
                                kind="temporary" if error.kind == "unknown" else error.kind) from None
        return _token_in(answer, auth.found)

    def _grant(self) -> Content:
        """What OAuth wants to see of a client."""
        auth = self._auth
        name, _, secret = self._config.token.partition(":")
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {}), **auth.extra}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if auth.in_header:
            headers[AUTHORIZATION] = _basic(self._config.token)
        else:
            form |= {"client_id": name, "client_secret": secret}
        return {"body": urlencode(form).encode(), "headers": headers}

    def _login(self) -> Content:
        """What begins a session: a body with the credentials in it, or a header."""
        auth, token = self._auth, self._config.token
        user, _, password = token.partition(":")
        headers = {**auth.extra, **({AUTHORIZATION: _basic(token)} if auth.in_header else {})}
        if auth.body is None:
            return {"headers": headers}
        return {"json": filled(auth.body, {"user": user, "password": password, "token": token}), "headers": headers}


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(token.encode()).decode()


def _token_in(answer: Answer, path: Expression | None) -> str:
    """The access token of an answer, of which nothing is repeated: it may quote a secret."""
    said = f"no access token: {answer.method} {answer.path} answered {answer.status}"
    if answer.status in (400, 401, 403):
        raise DeliveryError(f"{said}; see --token", kind="unauthorized", status=answer.status)
    try:
        told = json.loads(answer.body) if answer.is_success else None
    except (ValueError, RecursionError):
        told = None
    if path is not None:
        found = found_in(path, context_of(told, answer.headers))
    else:
        found = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found or not found.isascii() or not found.isprintable():
        raise DeliveryError(f"{said} without one", status=answer.status)
    return found
