"""How webhook senders prove who they are, one small function or one line of data per scheme.

Raw bytes are signed, raw bytes are compared, in constant time. The algorithm follows from the scheme that a connection
is configured with, never from what the sender's header claims.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from entitlements.errors import VerificationError

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32


@dataclass(frozen=True)
class Sent:
    """What a scheme looks at. Header names are in lower case; `now` is unix seconds, None without a freshness check."""

    headers: Mapping[str, str]
    body: bytes
    now: float | None
    tolerance: float | None
    method: str
    url: str

    def header(self, name: str) -> str:
        value = self.headers.get(name, "")
        if not value:
            raise VerificationError(f"the header {name} is missing")
        return value


Scheme = Callable[[Sent, str], bool]


def verify(scheme: str | Scheme, secret: str | Sequence[str], headers: Mapping[str, str], body: bytes,
           now: datetime | None, *, tolerance: float | None = 300, method: str = "POST", url: str | None = None,
           ) -> None:
    """Return when the webhook was sent by somebody who knows one of the secrets, else raise VerificationError.

    The scheme is the name of one of SCHEMES, or one of the caller's own. `now` is an aware instant; `tolerance` the age
    in seconds, either way, up to which a signed timestamp is taken, None to take any. Nothing but VerificationError is
    raised, whatever comes in.
    """
    try:
        known = _secrets(secret)
        check = SCHEMES.get(scheme) if isinstance(scheme, str) else scheme
        if check is None or not known:
            raise VerificationError(f"the scheme {scheme!r} is not known" if check is None else "there is no secret")
        at = None if tolerance is None else _seconds(now)
        sent = Sent(_lower(headers), body, at, tolerance, method, url or "")
        if not any(_holds(check, sent, each) for each in known):
            raise VerificationError("the signature does not match")
    except VerificationError:
        raise
    except Exception:  # whatever a stranger sends, the caller has one error to deal with
        raise VerificationError("the signature cannot be read") from None


def _holds(check: Scheme, sent: Sent, secret: str) -> bool:
    """Whether one secret fits. One that cannot be used at all must not spoil another during a rotation."""
    try:
        return check(sent, secret)
    except ValueError:
        return False


def _secrets(secret: str | Sequence[str]) -> list[str]:
    return [each for each in ([secret] if isinstance(secret, str) else secret) if each]


def _seconds(now: datetime | None) -> float:
    if now is None or now.tzinfo is None:
        raise VerificationError("without an aware instant nothing can be fresh")
    return now.timestamp()


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers.items():
        if found.setdefault(name.lower(), value) != value:
            raise VerificationError(f"the header {name.lower()} is there twice")
    return found


def same(told: str, expected: bytes) -> bool:
    """Whether a header says what is expected, compared in constant time."""
    return hmac.compare_digest(told.encode("utf-8", "surrogatepass"), expected)


def _is_fresh(sent: Sent, stamp: float) -> bool:
    return sent.now is None or sent.tolerance is None or abs(sent.now - stamp) <= sent.tolerance


def _unix(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise VerificationError("the timestamp is not a whole number")
    return float(text)


def _milliseconds(text: str) -> float:
    return _unix(text) / 1000


def _iso(text: str) -> float:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise VerificationError("the timestamp has no zone")
    return at.timestamp()


STAMPS: Mapping[str, Callable[[str], float]] = {"unix": _unix, "unix_ms": _milliseconds, "iso": _iso}
"""How senders write timestamps: as unix seconds, as milliseconds, as ISO 8601."""


def require_fresh(sent: Sent, text: str, read: Callable[[str], float]) -> None:
    """Raises VerificationError for a timestamp that is not of now."""
    if sent.tolerance is not None and not _is_fresh(sent, read(text)):
        raise VerificationError("the timestamp is too old, or in the future")


# --- Standard Webhooks -----------------------------------------------------------------------------------------------


def standard_webhooks(sent: Sent, secret: str) -> bool:
    message_id, stamp = sent.header("webhook-id"), sent.header("webhook-timestamp")
    if "." in message_id:
        raise VerificationError("the webhook-id contains a dot, so that what is signed could be read in two ways")
    require_fresh(sent, stamp, _unix)
    expected = _standard_signature(secret, message_id, stamp, sent.body)
    return any(same(each, expected) for each in sent.header("webhook-signature").split(" "))


def _standard_signature(secret: str, message_id: str, stamp: str, body: bytes) -> bytes:
    signed = f"{message_id}.{stamp}.".encode() + body
    return b"v1," + base64.b64encode(hmac.digest(standard_key(secret), signed, "sha256"))


def standard_key(secret: str) -> bytes:
    """The key inside a Standard Webhooks secret; prefix and padding may be missing. Raises ValueError."""
    text = secret.removeprefix(SECRET_PREFIX).rstrip("=")
    key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if not key:
        raise ValueError("the secret is empty")
    return key


def sign_standard(secret: str | Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that sign a body by Standard Webhooks, once with each secret. `at` is an aware instant."""
    stamp = str(int(at.timestamp()))
    signatures = [_standard_signature(each, message_id, stamp, body).decode() for each in _secrets(secret)]
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(signatures)}


def new_standard_secret() -> str:
    """A fresh secret for Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


# --- Shared tokens ---------------------------------------------------------------------------------------------------


def static_bearer(sent: Sent, secret: str) -> bool:
    return same(_credentials(sent, "bearer"), secret.encode())


def basic(sent: Sent, secret: str) -> bool:
    told = base64.b64decode(_credentials(sent, "basic"), validate=True)
    return hmac.compare_digest(told, secret.encode())


def _credentials(sent: Sent, scheme: str) -> str:
    named, _, credentials = sent.header("authorization").partition(" ")
    if named.lower() != scheme:
        raise VerificationError(f"the Authorization header is not {scheme}")
    return credentials.strip(" ")


# --- A MAC over the body, in a header --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mac:
    """Where one sender puts its HMAC and what it signs: the body, or the text of a timestamp, `joint` and the body."""

    header: str
    digest: str
    encode: Callable[[bytes], bytes]
    prefix: bytes = b""
    stamp: str = ""
    joint: bytes = b""
    read: Callable[[str], float] = _unix

    def __call__(self, sent: Sent, secret: str) -> bool:
        signed = sent.body
        if self.stamp:
            stamp = sent.header(self.stamp)
            require_fresh(sent, stamp, self.read)
            signed = stamp.encode() + self.joint + sent.body
        expected = self.prefix + self.encode(hmac.digest(secret.encode(), signed, self.digest))
        return same(sent.header(self.header), expected)


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def hubspot_v1(sent: Sent, secret: str) -> bool:
    """Not an HMAC: a plain hash of secret and body."""
    return same(sent.header("x-hubspot-signature"), _hex(hashlib.sha256(secret.encode() + sent.body).digest()))


def hubspot_v3(sent: Sent, secret: str) -> bool:
    """Method and address are signed too; the timestamp counts milliseconds."""
    stamp = sent.header("x-hubspot-request-timestamp")
    require_fresh(sent, stamp, _milliseconds)
    signed = (sent.method + sent.url).encode() + sent.body + stamp.encode()
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, "sha256"))
    return same(sent.header("x-hubspot-signature-v3"), expected)


SCHEMES: dict[str, Scheme] = {
    "standard-webhooks": standard_webhooks,
    "static-bearer": static_bearer,
    "basic": basic,
    "zendesk": Mac("x-zendesk-webhook-signature", "sha256", base64.b64encode,
                   stamp="x-zendesk-webhook-signature-timestamp", read=_iso),
    "jira": Mac("x-hub-signature", "sha256", _hex, b"sha256="),
    "zammad": Mac("x-hub-signature", "sha1", _hex, b"sha1="),
    "helpscout": Mac("x-helpscout-signature", "sha1", base64.b64encode),
    "chatwoot": Mac("x-chatwoot-signature", "sha256", _hex, b"sha256=", stamp="x-chatwoot-timestamp", joint=b"."),
    "github": Mac("x-hub-signature-256", "sha256", _hex, b"sha256="),
    "intercom": Mac("x-hub-signature", "sha1", _hex, b"sha1="),
    "hubspot-v1": hubspot_v1,
    "hubspot-v3": hubspot_v3,
}
