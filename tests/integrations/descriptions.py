"""Small descriptions of helpdesks for tests, and adapters made of them."""

from __future__ import annotations

from typing import Any

from integrations.generic import Generic
from integrations.tools import Tools
from tests.integrations.parts import a_config

URL = "https://acme.example/api"
HOOK = '''
[webhook.fields]
ticket_id = "id"
[[webhook.events]]
kind = "updated"
'''
BLIND = f'''
title = "Blind"
[statuses]
open = "new"
held = "parked"
[requests.route]
path = "cases/{{ticket_id}}/assign"
when = "group"
body = {{ team = "{{group}}" }}
[requests.release]
path = "cases/{{ticket_id}}/wake"
[requests.queue]
path = "cases/{{ticket_id}}/park"
body = {{ until = "{{until:unix}}", status = "{{status}}", due = "{{respond_by?}}" }}
[requests.reply]
path = "cases/{{ticket_id}}/say"
body = {{ text = "{{message_words}}", key = "{{marker}}" }}
[requests.tag]
path = "cases/{{ticket_id}}/tags/{{tag}}"
method = "PUT"
[requests.create]
path = "cases"
body = {{ text = "{{description}}" }}
id = "no"
{HOOK}'''


def described(tools: Tools, text: str, **more: Any) -> Generic:
    settings = {"description": text, **more.pop("settings", {})}
    return Generic(a_config("generic", settings, **{"url": URL, "token": "t0ken", **more}), tools)
