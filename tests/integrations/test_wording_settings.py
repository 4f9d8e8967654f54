"""What every kind of helpdesk may be told about wording, and leaves to those who know it."""

from __future__ import annotations

import pytest

from entitlements.errors import ConfigError
from entitlements.helpdesk import ConnectionConfig
from integrations import settings

KIND = "any"


def refused(**values: str) -> str:
    with pytest.raises(ConfigError) as caught:
        take(**values)
    return str(caught.value)


def take(**values: str) -> None:
    config = ConnectionConfig("desk", KIND, settings={name.replace("__", "."): value for name, value in values.items()})
    settings.refuse_unknown(config, frozenset({"group"}), frozenset({"reject"}))


def test_replies_are_let_through_for_every_kind_and_looked_at_elsewhere() -> None:
    take(reply__outside_hours="Hello {{ customer }}", reply__queue__de="Hallo", reply__whatever="{{", group="x")


def test_a_language_is_one_that_customers_can_be_told_things_in() -> None:
    take(language="de")
    take(language="")
    assert "'klingon' is no language that customers can be told things in; there are en (English)" in refused(
        language="klingon")


def test_what_only_looks_like_a_reply_is_an_unknown_setting() -> None:
    assert "no setting 'reply'" in refused(reply="x")
    assert "no setting 'replies.queue'" in refused(replies__queue="x")


def test_the_setting_is_described_with_all_its_choices() -> None:
    [described] = [each for each in settings.COMMON_SETTINGS if each.name == "language"]
    assert described.choices == ("en", "de", "fr", "es", "pt", "ja")
