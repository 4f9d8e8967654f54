"""What a process that runs for days does but once is done once for all tests, each of which makes an application anew:
compiled SQL and compiled templates are kept, and how an address is built is worked out only when one is.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

COMPILED: Any = LRUCache(4_000)


class KeptTemplates(BytecodeCache):
    """Compiled templates in memory, each as long as its source is the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


@pytest.fixture(scope="session", autouse=True)
def warm() -> Iterator[None]:
    templates = KeptTemplates()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_compiled_cache", property(lambda _: COMPILED, lambda _, __: None), raising=False)
        # Statements are kept under the dialect, of which each engine has its own: here all of one kind are the same.
        patch.setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))
        patch.setattr(Environment, "__init__",
                      _then(Environment.__init__, lambda made: setattr(made, "bytecode_cache", templates)))
        patch.setattr(Rule, "_compile_builder", _when_needed(Rule._compile_builder))
        yield


def pytest_collection_finish() -> None:
    """What was imported and collected stays: no collection has to look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def _then(begin: Callable[..., None], go_on: Callable[[Any], None]) -> Callable[..., None]:
    def both(self: Any, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        go_on(self)

    return both


def _when_needed(compile_builder: Callable[..., Callable[..., Any]]) -> Callable[..., Callable[..., Any]]:
    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        made: list[Callable[..., Any]] = []

        def build(*arguments: Any, **named: Any) -> Any:
            if not made:
                made.append(compile_builder(rule, append_unknown))
            return made[0](*arguments, **named)

        return build

    return later
