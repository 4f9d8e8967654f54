"""Takes one mail in, as the desk does when it fetches them: the message on standard input."""

import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deskproj.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import django

django.setup()

from helpdesk.email import extract_email_metadata
from helpdesk.models import Queue

if __name__ == "__main__":
    extract_email_metadata(sys.stdin.read(), Queue.objects.get(slug="inbox"), logging.getLogger("helpdesk"))
