"""Signing as each sender does it: for test events of our own, and for whoever plays a helpdesk.

`signatures.verify` is the other side; a scheme without signature has no entry.
"""

from __future__ import annotations

import base64
import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from entitlements.errors import ConfigError
from integrations.signatures import sign_standard


def sign(scheme: str, secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    """The headers that prove a body to be sent by who knows the secret. Raises ConfigError for a scheme that is not
    known, an empty secret, or one that cannot be used."""
    if scheme not in SIGNERS or not secret:
        raise ConfigError(f"nothing can be signed by {scheme!r}" if secret else "there is no secret to sign with",
                          field="secrets")
    try:
        return SIGNERS[scheme](secret, body, now)
    except ValueError:
        raise ConfigError("the secret cannot be used to sign", field="secrets") from None


def _standard(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    return sign_standard(secret, f"msg_{uuid.uuid4().hex}", now, body)


def _zendesk(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    stamp = now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = base64.b64encode(_mac(secret, stamp.encode() + body, "sha256")).decode()
    return {"X-Zendesk-Webhook-Signature": signature, "X-Zendesk-Webhook-Signature-Timestamp": stamp}


def _chatwoot(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    stamp = str(int(now.timestamp()))
    signature = _mac(secret, f"{stamp}.".encode() + body, "sha256").hex()
    return {"X-Chatwoot-Timestamp": stamp, "X-Chatwoot-Signature": f"sha256={signature}"}


def _hub(algorithm: str, header: str = "X-Hub-Signature") -> Callable[[str, bytes, datetime], Mapping[str, str]]:
    return lambda secret, body, now: {header: f"{algorithm}={_mac(secret, body, algorithm).hex()}"}


def _helpscout(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    return {"X-HelpScout-Signature": base64.b64encode(_mac(secret, body, "sha1")).decode()}


def _bearer(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _basic(secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def _mac(secret: str, message: bytes, algorithm: str) -> bytes:
    return hmac.digest(secret.encode(), message, algorithm)


SIGNERS: Mapping[str, Callable[[str, bytes, datetime], Mapping[str, str]]] = {
    "standard-webhooks": _standard, "zendesk": _zendesk, "jira": _hub("sha256"), "zammad": _hub("sha1"),
    "intercom": _hub("sha1"), "helpscout": _helpscout, "chatwoot": _chatwoot,
    "github": _hub("sha256", "X-Hub-Signature-256"), "static-bearer": _bearer, "basic": _basic}
