"""Creates queues, custom fields, accounts and API tokens; safe to run again.

    python seed.py SEED.json

Prints one JSON object: the ids of what there is now.
"""
import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskproj.settings")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import django

django.setup()

from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from helpdesk.models import CustomField, Queue, UserSettings
from rest_framework.authtoken.models import Token


def main(path):
    with open(path, encoding="utf-8") as handle:
        want = json.load(handle)
    Site.objects.update_or_create(
        pk=1, defaults={"domain": want.get("domain", "127.0.0.1"), "name": "test desk"}
    )
    out = {"queues": {}, "users": {}, "custom_fields": []}
    for queue in want["queues"]:
        row, _ = Queue.objects.get_or_create(
            slug=queue["slug"],
            defaults={
                "title": queue["title"],
                "allow_public_submission": queue.get("public", False),
                "new_ticket_cc": "",
                "updated_ticket_cc": "",
            },
        )
        out["queues"][row.slug] = row.id
    for order, field in enumerate(want.get("custom_fields", []), start=1):
        CustomField.objects.get_or_create(
            name=field["name"],
            defaults={
                "label": field["label"],
                "data_type": field.get("data_type", "varchar"),
                "max_length": field.get("max_length", 200),
                "required": False,
                "staff_only": field.get("staff_only", True),
                "ordering": order,
            },
        )
        out["custom_fields"].append("custom_" + field["name"])
    User = get_user_model()
    for account in want["users"]:
        user, fresh = User.objects.get_or_create(
            username=account["username"],
            defaults={
                "email": account.get("email", ""),
                "is_staff": account.get("staff", False),
                "is_superuser": account.get("superuser", False),
            },
        )
        if fresh:
            user.set_password(account["password"])
            user.save()
        UserSettings.objects.get_or_create(user=user)
        row = {"id": user.id, "email": user.email}
        if account.get("token"):
            Token.objects.filter(user=user).exclude(key=account["token"]).delete()
            Token.objects.get_or_create(user=user, key=account["token"])
            row["token"] = account["token"]
        out["users"][user.username] = row
    print(json.dumps(out))


if __name__ == "__main__":
    main(sys.argv[1])
