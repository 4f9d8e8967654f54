"""What is said about django-helpdesk to those who connect it: what each thing is, and what to do there."""

from __future__ import annotations

from entitlements.kinds import Kind, Setting, Step
from integrations.settings import OnReject

ABOUT = Kind(
    "django_helpdesk", "django-helpdesk", "the root of its REST API, such as https://desk.example/helpdesk/api",
    token="an API token of a staff account, made in Django's admin",
    secret="it cannot sign: the address that it sends webhooks to carries the secret",
    aliases=("helpdesk", "djangohelpdesk"),
    settings=(
        Setting("route_queue", "the number of the queue for routed tickets", "2", by_reason=True),
        Setting("queue_queue", "the number of the queue for waiting tickets; without it they stay where they are"),
        Setting("triage_queue", "the number of the queue for tickets whose entitlement a person must look at first"),
        Setting("renewals_queue", "the number of the queue for rejected tickets"),
        Setting("reject", "`close`: a rejected ticket is answered and closed", by_reason=True, choices=tuple(OnReject)),
        Setting("marker_field", "the custom field that is told Deskgate's marker"),
        Setting("license_field", "the custom field that is told the license"),
        Setting("outcome_field", "the custom field that is told outcome and reason"),
        Setting("product_field", "the custom field that names the product a ticket is about"),
        Setting("staff", "numbers of the accounts that are staff, split by commas, where customers have accounts that "
                         "may write follow-ups"),
        Setting("default_owners", "accounts that queues assign new tickets to by themselves, split by commas"),
    ))

RELEASE = '''from datetime import timedelta
from django.utils import timezone
from helpdesk.models import Ticket

late = timezone.now() - timedelta(days=4)
Ticket.objects.filter(on_hold=True, modified__lt=late).update(on_hold=False)'''


def steps(address: str) -> list[Step]:
    """What to do in django-helpdesk, given the address for its webhooks."""
    return [
        Step("Make an account", "In Django's admin add a user named deskgate, tick Staff status, and add an API token "
             "for it under Tokens. Enter that token here."),
        Step("Name the queues", "Note the numbers of the queues for routed tickets, triage and renewals: they stand in "
             "the address of each queue in Django's admin."),
        Step("Send the webhooks", "Set HELPDESK_NEW_TICKET_WEBHOOK_URLS and HELPDESK_FOLLOWUP_WEBHOOK_URLS, in the "
             "environment or the settings of the site, to this address, and restart the site. It holds a secret: treat "
             "it like a password.", address),
        Step("Have a way out", "django-helpdesk cannot wake a ticket by itself. Should Deskgate be gone for good, "
             "`connection detach` frees what waits; without Deskgate this does, in `manage.py shell`.", RELEASE,
             is_later=True),
    ]
