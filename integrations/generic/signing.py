"""How a described helpdesk signs: an HMAC over a text put together from the request, or a secret in a header."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from entitlements.errors import ConfigError, VerificationError
from integrations.generic.near import hint
from integrations.generic.section import Section
from integrations.signatures import SCHEMES, STAMPS, Scheme, Sent, require_fresh, same

PARTS = re.compile(r"\{([a-z]+|header\.[A-Za-z0-9-]+)\}")
SIGNED = frozenset({"body", "timestamp", "method", "url", "path", "id"})
ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {"hex": lambda mac: mac.hex().encode(), "base64": base64.b64encode}
SECRETS: Mapping[str, Callable[[str], bytes]] = {
    "text": str.encode, "hex": bytes.fromhex, "base64": lambda text: base64.b64decode(text, validate=True)}
ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
NAMES = {"bearer": "static-bearer", "basic": "basic"}
OWN = ("path", "header", "hmac", *NAMES)


@dataclass(frozen=True)
class HeaderSecret:
    """The secret itself, in a header."""

    header: str
    prefix: str = ""

    def __call__(self, sent: Sent, secret: str) -> bool:
        return same(sent.header(self.header.lower()), (self.prefix + secret).encode())

    def sign(self, secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
        return {self.header: self.prefix + secret}


@dataclass(frozen=True)
class SignedText:
    """An HMAC over `signed`, a text with placeholders. `signature_part` and `timestamp_part` name the parts of a header
    that holds several, as in `t=1772443800,v1=5257a8...`; a part may be there more than once."""

    header: str
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signed: str = "{body}"
    timestamp_header: str = ""
    timestamp: str = "unix"
    secret: str = "text"
    signature_part: str = ""
    timestamp_part: str = ""
    id_header: str = ""

    def __call__(self, sent: Sent, secret: str) -> bool:
        told = sent.header(self.header.lower())
        stamp = self._stamp(sent, told)
        if stamp:
            require_fresh(sent, stamp, STAMPS[self.timestamp])
        expected = self.prefix.encode() + self._mac(secret, self._text(sent, stamp))
        return any(same(each, expected) for each in _parts(told, self.signature_part))

    def sign(self, secret: str, body: bytes, now: datetime) -> Mapping[str, str]:
        """The headers that sign a body. A signature over the address cannot be made: it is not known here."""
        stamp = _written(now, self.timestamp) if self.timestamp_header or self.timestamp_part else ""
        extra = {name: "deskgate-test" for name in self._read_headers()}
        sent = Sent({name.lower(): value for name, value in extra.items()}, body, None, None, "POST", "")
        mac = (self.prefix.encode() + self._mac(secret, self._text(sent, stamp))).decode()
        if self.signature_part:
            stamped = f"{self.timestamp_part}={stamp}," if self.timestamp_part else ""
            mac = f"{stamped}{self.signature_part}={mac}"
        stamps = {self.timestamp_header: stamp} if self.timestamp_header else {}
        return {**extra, **stamps, self.header: mac}

    def _read_headers(self) -> list[str]:
        named = [each.removeprefix("header.") for each in PARTS.findall(self.signed) if each.startswith("header.")]
        return named + ([self.id_header] if "{id}" in self.signed else [])

    def _stamp(self, sent: Sent, told: str) -> str:
        if self.timestamp_part:
            stamps = _parts(told, self.timestamp_part)
            if not stamps:
                raise VerificationError(f"the header {self.header} tells no {self.timestamp_part}")
            return stamps[0]
        return sent.header(self.timestamp_header.lower()) if self.timestamp_header else ""

    def _mac(self, secret: str, text: bytes) -> bytes:
        return ENCODINGS[self.encoding](hmac.digest(SECRETS[self.secret](secret), text, self.algorithm))

    def _text(self, sent: Sent, stamp: str) -> bytes:
        """What is signed. A value that was put in is not looked through for placeholders."""
        told, end = b"", 0
        for found in PARTS.finditer(self.signed):
            told += self.signed[end:found.start()].encode() + self._part(found[1], sent, stamp)
            end = found.end()
        return told + self.signed[end:].encode()

    def _part(self, name: str, sent: Sent, stamp: str) -> bytes:
        if name == "body":
            return sent.body
        if name.startswith("header."):
            return sent.header(name.removeprefix("header.").lower()).encode("utf-8", "surrogatepass")
        path = re.sub(r"^[a-z]+://[^/]*", "", sent.url)
        known = {"timestamp": stamp, "method": sent.method, "url": sent.url, "path": path}
        return (sent.header(self.id_header.lower()) if name == "id" else known[name]).encode("utf-8", "surrogatepass")


def _parts(header: str, name: str) -> list[str]:
    """The values of one part of a header, the whole header where it has no parts."""
    if not name:
        return [header]
    pairs = [each.strip().partition("=") for each in re.split(r"[,; ]", header)]
    return [value for key, equals, value in pairs if equals and key == name]


def _written(now: datetime, form: str) -> str:
    if form == "iso":
        return now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(now.timestamp() * (1000 if form == "unix_ms" else 1)))


def read_scheme(section: Section) -> Scheme | str:
    """What `sign` and what belongs to it say: a scheme, the name of one, or nothing for the secret in the address."""
    name = section.text("sign", "path", choices={*OWN, *SCHEMES})
    if name == "header":
        return HeaderSecret(_header(section, "header", required=True), section.text("prefix"))
    if name == "hmac":
        return _hmac(section)
    return "" if name == "path" else NAMES.get(name, name)


def _hmac(section: Section) -> SignedText:
    found = SignedText(
        header=_header(section, "header", required=True), prefix=section.text("prefix"),
        algorithm=section.text("algorithm", "sha256", choices=ALGORITHMS),
        encoding=section.text("encoding", "hex", choices=ENCODINGS),
        signed=section.text("signed", "{body}"), timestamp_header=_header(section, "timestamp_header"),
        timestamp=section.text("timestamp", "unix", choices=STAMPS),
        secret=section.text("secret", "text", choices=SECRETS), signature_part=section.text("signature_part"),
        timestamp_part=section.text("timestamp_part"), id_header=_header(section, "id_header"))
    for name in PARTS.findall(found.signed):
        if name not in SIGNED and not name.startswith("header."):
            section.note("signed", f"{{{name}}} cannot be signed{hint(name, SIGNED)}; and header.NAME")
    if "{body}" not in found.signed:
        section.note("signed", "must contain {body}: else anybody can replace what a signed webhook says")
    stamped = bool(found.timestamp_header or found.timestamp_part)
    if ("{timestamp}" in found.signed) != stamped:
        section.note("signed", "a timestamp is signed, but neither timestamp_header nor timestamp_part says where it is"
                     if not stamped else "must contain {timestamp}: a timestamp that is not signed proves nothing")
    if ("{id}" in found.signed) != bool(found.id_header):
        section.note("signed", "{id} and id_header belong together")
    return found


def _header(section: Section, name: str, *, required: bool = False) -> str:
    value = section.text(name, required=required)
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", value):
        section.note(name, f"{value[:40]!r} is no name of a header")
    return value


def require_usable(scheme: Scheme | str, secrets: tuple[str, ...]) -> None:
    """Raises ConfigError for a secret that the scheme can do nothing with."""
    for secret in filter(None, secrets):
        if scheme == "basic" and ":" not in secret:
            raise ConfigError("this description signs by user:password: say which with --secret", field="secrets")
        if isinstance(scheme, SignedText):
            try:
                SECRETS[scheme.secret](secret)
            except ValueError:
                raise ConfigError(f"the secret is not {scheme.secret}, as the description says it is",
                                  field="secrets") from None
