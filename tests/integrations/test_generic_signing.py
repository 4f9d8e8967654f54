"""How a described helpdesk signs: every sender known by name can be described, and decides as the vectors say."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from entitlements.errors import ConfigError, VerificationError
from integrations.generic import Generic
from integrations.generic.document import read_description
from integrations.tools import Tools
from tests.builders import utc
from tests.integrations.parts import a_config, a_webhook
from tests.source_tree import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/signatures.json").read_text(encoding="utf-8"))
DESCRIBED = {
    "zendesk": 'header="X-Zendesk-Webhook-Signature"\nencoding="base64"\nsigned="{timestamp}{body}"\n'
               'timestamp_header="X-Zendesk-Webhook-Signature-Timestamp"\ntimestamp="iso"',
    "jira": 'header="X-Hub-Signature"\nprefix="sha256="',
    "zammad": 'header="X-Hub-Signature"\nalgorithm="sha1"\nprefix="sha1="',
    "helpscout": 'header="X-HelpScout-Signature"\nalgorithm="sha1"\nencoding="base64"',
    "chatwoot": 'header="X-Chatwoot-Signature"\nprefix="sha256="\nsigned="{timestamp}.{body}"\n'
                'timestamp_header="X-Chatwoot-Timestamp"',
    "github": 'header="X-Hub-Signature-256"\nprefix="sha256="',
    "hubspot-v3": 'header="X-HubSpot-Signature-v3"\nencoding="base64"\nsigned="{method}{url}{body}{timestamp}"\n'
                  'timestamp_header="X-HubSpot-Request-Timestamp"\ntimestamp="unix_ms"',
}
EVENTS = '\n[webhook.fields]\nticket_id="id"\n[[webhook.events]]\nkind="created"\n'
NOW = utc("2026-03-09 10:00")


def described(sign: str) -> str:
    return f'title="Acme"\n[webhook]\n{sign}{EVENTS}'


def helpdesk(tools: Tools, sign: str, *secrets: str) -> Generic:
    return Generic(a_config("generic", {"description": described(sign)}, secrets=secrets), tools)


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["scheme"] in DESCRIBED],
                         ids=lambda each: each["id"])
def test_a_described_sender_is_believed_exactly_when_the_vectors_say_so(tools: Tools, vector: dict[str, Any]) -> None:
    tolerance = 0 if vector["tolerance_s"] is None else vector["tolerance_s"]
    sign = f'sign="hmac"\ntolerance={tolerance}\n{DESCRIBED[vector["scheme"]]}'
    body = vector["body"].encode() if vector["body"] is not None else base64.b64decode(vector["body_b64"])
    sent = replace(a_webhook(body, vector["headers"]), method=vector.get("method") or "POST",
                   url=vector.get("url") or "")
    now = datetime.fromtimestamp(vector["now"] or 0, timezone.utc)
    adapter = helpdesk(tools, sign, vector["secret"])
    if vector["valid"]:
        adapter.verify(sent, now)
    else:
        with pytest.raises(VerificationError):
            adapter.verify(sent, now)


@pytest.mark.parametrize("sign", [
    'sign="hmac"\nheader="X-Sig"\nsigned="{timestamp}.{body}"\nsignature_part="v1"\ntimestamp_part="t"',
    'sign="hmac"\nheader="X-Sig"\nalgorithm="sha512"\nencoding="base64"\nsecret="hex"',
    'sign="hmac"\nheader="X-Sig"\nsigned="{id}.{header.X-Kind}.{body}"\nid_header="X-Id"',
    'sign="hmac"\nheader="X-Sig"\nsigned="{timestamp}{body}"\ntimestamp_header="X-Stamp"\ntimestamp="unix_ms"',
    'sign="hmac"\nheader="X-Sig"\nsigned="{timestamp}{body}"\ntimestamp_header="X-Stamp"\ntimestamp="iso"',
    'sign="header"\nheader="X-Token"\nprefix="Key "', 'sign="bearer"', 'sign="standard-webhooks"', 'sign="github"'])
def test_what_deskgate_signs_to_try_a_connection_is_believed_and_nothing_else(tools: Tools, sign: str) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" if "standard" in sign else "00ff"
    adapter = helpdesk(tools, sign, "11ee" if "standard" not in sign else "whsec_AAAA", secret)
    headers = dict(Generic(replace(adapter.config, secrets=(secret,)), tools).signed(b"{}", NOW))
    adapter.verify(a_webhook(b"{}", headers), NOW)
    wrong = [a_webhook(b"{}"), a_webhook(b"{}", {name: value[:-1] for name, value in headers.items()})]
    wrong += [a_webhook(b"{ }", headers)] if adapter.described.webhook and adapter.described.webhook.is_signed else []
    for sent in wrong:
        with pytest.raises(VerificationError):
            adapter.verify(sent, NOW)


@pytest.mark.parametrize(("sign", "why"), [
    ('sign="none"', "webhook.sign: is one of"), ('sign="hmac"', "webhook.header: is missing"),
    ('sign="hmac"\nheader="X"\nsigned="{timestamp}"\ntimestamp_header="T"', "must contain {body}"),
    ('sign="hmac"\nheader="X"\nsigned="{timestamp}.{body}"', "neither timestamp_header"),
    ('sign="hmac"\nheader="X"\ntimestamp_header="T"', "a timestamp that is not signed proves nothing"),
    ('sign="hmac"\nheader="X"\nsigned="{bdy}{body}"', "{bdy} cannot be signed; did you mean body?"),
    ('sign="hmac"\nheader="X Y"', "no name of a header"),
    ('sign="hmac"\nheader="X"\nencoding="hexx"', "did you mean hex?"),
    ('sign="hmac"\nheader="X"\nalgorithm="md5"', "webhook.algorithm: is one of sha1, sha256")])
def test_a_signature_that_proves_nothing_is_refused_when_it_is_saved(sign: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_description(described(sign))
    assert why in str(caught.value)


def test_a_secret_of_the_wrong_form_is_named(tools: Tools) -> None:
    for sign, secret, why in (('sign="basic"', "no-colon", "user:password"),
                              ('sign="hmac"\nheader="X"\nsecret="hex"', "xyz", "the secret is not hex")):
        with pytest.raises(ConfigError, match=why):
            helpdesk(tools, sign, secret)


def test_without_any_signature_the_secret_in_the_address_is_asked_for(tools: Tools) -> None:
    adapter = helpdesk(tools, "", "in-the-address")
    adapter.verify(a_webhook(b"{}", path_secret="in-the-address"), NOW)
    for path_secret in ("", "another"):
        with pytest.raises(VerificationError):
            adapter.verify(a_webhook(b"{}", path_secret=path_secret), NOW)
