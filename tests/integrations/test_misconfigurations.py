"""How many misconfigurations are planted in each helpdesk, each of which a check must name: twenty at least.

They are planted where each helpdesk is tested; here they are counted, and held against what the docs say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest

from tests.integrations import test_chatwoot_connection as chatwoot
from tests.integrations import test_freshdesk_connection as freshdesk
from tests.integrations import test_helpscout_connection as helpscout
from tests.integrations import test_jira_connection as jira
from tests.integrations import test_request_tracker_connection as request_tracker
from tests.integrations import test_stories_connection as every
from tests.integrations import test_zammad_connection as zammad
from tests.integrations import test_zendesk_checks as zendesk
from tests.source_tree import ROOT

IN_EVERY_ONE = (
    every.test_a_wrong_token_is_named, every.test_a_missing_secret_is_named,
    every.test_a_group_that_is_not_there_is_named,
    every.test_a_group_of_one_reason_alone_is_looked_at_too, every.test_a_field_that_is_not_there_is_named,
    every.test_clocks_that_differ_are_found, every.test_an_address_that_is_not_the_api_is_found_and_never_raises,
    every.test_a_port_where_nobody_listens_is_found)
OWN: dict[str, tuple[Callable[..., object], ...]] = {
    "chatwoot": (
        chatwoot.test_each_thing_that_is_often_wrong_is_named_alone,
        chatwoot.test_why_a_token_does_not_let_us_in_is_said),
    "freshdesk": (
        freshdesk.test_what_is_wrong_over_there_is_named, freshdesk.test_what_is_wrong_here_is_named,
        freshdesk.test_each_way_of_not_being_let_in_is_told_apart,
        freshdesk.test_an_address_of_ones_own_is_named_without_a_call,
        freshdesk.test_another_system_at_the_address_is_not_freshdesk),
    "helpscout": (
        helpscout.test_what_is_wrong_over_there_is_named, helpscout.test_what_is_wrong_here_is_named,
        helpscout.test_where_urgency_is_told_by_tags_the_webhook_must_tell_of_them,
        helpscout.test_wrong_credentials_are_named, helpscout.test_a_secret_that_is_too_long_for_help_scout_is_named,
        helpscout.test_an_address_that_is_not_the_api_is_named_without_a_call,
        helpscout.test_another_system_at_the_address_is_not_help_scout),
    "jira": (
        jira.test_each_usual_mistake_is_named, jira.test_what_is_wrong_with_the_webhook_is_named_to_who_may_see_it,
        jira.test_a_token_without_an_address_at_a_site_is_explained),
    "request_tracker": (
        request_tracker.test_each_thing_that_is_often_wrong_is_named_alone,
        request_tracker.test_a_status_that_a_lifecycle_lacks_is_named_where_lifecycles_are_shown),
    "zammad": (
        zammad.test_what_is_wrong_over_there_is_named, zammad.test_what_is_wrong_here_is_named,
        zammad.test_each_way_of_not_being_let_in_is_told_apart, zammad.test_another_system_at_the_address_is_no_zammad),
    "zendesk": (
        zendesk.test_no_token_at_all_is_found_although_zendesk_answers, zendesk.test_no_address_is_found,
        zendesk.test_an_account_that_does_not_let_us_in_is_told_apart,
        zendesk.test_an_account_that_may_not_do_enough_is_told_what_it_lacks,
        zendesk.test_a_secret_that_cannot_be_the_webhooks_is_found, zendesk.test_the_secret_of_another_webhook_is_found,
        zendesk.test_a_webhook_that_is_set_up_wrongly_is_found,
        zendesk.test_a_name_that_is_not_there_or_not_fit_is_found,
        zendesk.test_a_field_that_was_switched_off_is_found,
        zendesk.test_on_hold_that_is_asked_for_and_switched_off_is_found),
}


def planted(test: Callable[..., object]) -> int:
    """How many cases a test has."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return math.prod(len(list(mark.args[1])) for mark in marks)


@pytest.mark.parametrize("kind", OWN)
def test_twenty_misconfigurations_of_each_helpdesk_are_named_as_the_docs_say(kind: str) -> None:
    count = sum(map(planted, (*IN_EVERY_ONE, *OWN[kind])))
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", (ROOT / "docs/connecting.md").read_text(), re.MULTILINE))
    assert count >= 20
    assert int(told[kind]) <= count, f"docs/connecting.md says {told[kind]} of {count}"
