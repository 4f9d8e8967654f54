"""Kind `django_helpdesk`: django-helpdesk 2.3 to 2.6, by its webhooks and its REST API."""

from __future__ import annotations

from integrations.django_helpdesk.adapter import DjangoHelpdesk

__all__ = ["DjangoHelpdesk"]
