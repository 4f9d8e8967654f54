"""What is signed here is taken there, by every scheme; and nothing else is."""

from __future__ import annotations

import pytest

from entitlements.errors import ConfigError, VerificationError
from integrations.signatures import verify
from integrations.signing import SIGNERS, sign
from tests.builders import utc
from tests.integrations.parts import SECRET

NOW = utc("2026-03-09 10:00")
BODY = '{"subject": "Größe"}'.encode()


@pytest.mark.parametrize("scheme", sorted(SIGNERS))
def test_what_is_signed_by_a_scheme_is_verified_by_it(scheme: str) -> None:
    headers = sign(scheme, SECRET, BODY, NOW)
    verify(scheme, ["another", SECRET], headers, BODY, NOW)
    with pytest.raises(VerificationError):
        verify(scheme, SECRET + "x", headers, BODY, NOW)


@pytest.mark.parametrize("scheme", sorted(set(SIGNERS) - {"static-bearer", "basic"}))
def test_a_body_that_was_changed_on_the_way_is_refused(scheme: str) -> None:
    with pytest.raises(VerificationError):
        verify(scheme, SECRET, sign(scheme, SECRET, BODY, NOW), BODY + b" ", NOW)


@pytest.mark.parametrize(("scheme", "secret"), [
    ("zendesk", ""), ("semaphore", SECRET), ("standard-webhooks", "whsec_%")])
def test_without_a_usable_secret_nothing_is_signed(scheme: str, secret: str) -> None:
    with pytest.raises(ConfigError):
        sign(scheme, secret, BODY, NOW)
