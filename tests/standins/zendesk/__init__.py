"""A Zendesk account that is not there: `account` keeps and refuses, `app` speaks HTTP, `bench` has people act."""

from tests.standins.zendesk.bench import ZendeskBench

__all__ = ["ZendeskBench"]
