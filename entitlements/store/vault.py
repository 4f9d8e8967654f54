"""Secrets at rest: encrypted with a key derived from SECRET_KEY, or with SECRETS_KEYS, the first of which encrypts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entitlements.errors import ConfigError


class Vault:
    """Seals and opens text. Several keys may open, so that keys can be rotated."""

    def __init__(self, keys: tuple[str, ...]):
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in keys])

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Raises ConfigError when none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise ConfigError("a stored secret cannot be read: SECRET_KEY or SECRETS_KEYS has changed",
                              field="SECRET_KEY") from None


def _derive(key: str) -> bytes:
    material = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"deskgate secrets at rest").derive(key.encode())
    return base64.urlsafe_b64encode(material)


def new_token() -> str:
    """256 random bits, for a session, an API token or a link."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of a random token. A plain digest is enough, since nobody can guess 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def new_webhook_secret() -> str:
    """A secret in the form that Standard Webhooks uses: `whsec_` and 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
