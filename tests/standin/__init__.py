"""A stand-in for django-helpdesk as a process of its own, which keeps a log of every change and misbehaves as told.

It speaks the part of the REST API that the adapter calls, in the shape of `tests/integrations/captured`. Tests start it
with `StandIn`; by hand: `python -m tests.standin.server --log changes.jsonl`.
"""

from tests.standin.process import StandIn

__all__ = ["StandIn"]
