"""A real django-helpdesk for tests: installed from PyPI into an environment of its own, started on loopback.

Nothing of the helpdesk itself is in this folder; `project/` is its configuration, `seed.json` what it begins with.
Use the fixtures of `tests.desk.fixture`: import `desk` and `desk_python` in the conftest.py of the folder that needs
them. By hand: `python -m tests.desk.launch --port 8701`.
"""

from tests.desk.desk import Desk, DeskError
from tests.desk.receiver import Receiver

__all__ = ["Desk", "DeskError", "Receiver"]
