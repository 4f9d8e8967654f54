"""What an admin's own replies are written in: text with places, conditions and a few filters, and no way to run on.

A template is Jinja, rendered in its sandbox without autoescape, since a reply is plain text. Loops, calls, arithmetic
and attributes are not part of it: what is left takes no longer than it is long, so no clock has to stop it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from entitlements.errors import ConfigError

LONGEST_TEMPLATE, LONGEST_REPLY = 2_000, 4_000  # characters
DEEPEST = 40
FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
WORDS = {
    nodes.For: "{% for %}", nodes.Macro: "{% macro %}", nodes.Assign: "{% set %}", nodes.AssignBlock: "{% set %}",
    nodes.Include: "{% include %}", nodes.Import: "{% import %}", nodes.FromImport: "{% from %}",
    nodes.Extends: "{% extends %}", nodes.Block: "{% block %}", nodes.With: "{% with %}", nodes.Call: "calls",
    nodes.CallBlock: "{% call %}", nodes.FilterBlock: "{% filter %}", nodes.Getattr: "attributes",
    nodes.Getitem: "[ ]", nodes.Test: "tests (is)", nodes.List: "lists", nodes.Dict: "lists", nodes.Tuple: "lists",
}
ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
           nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat, nodes.Filter, nodes.Keyword)

_sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, cache_size=0,
                                         trim_blocks=True, lstrip_blocks=True)
_sandbox.filters = {name: _sandbox.filters[name] for name in FILTERS}
_sandbox.tests, _sandbox.globals = {}, {}


class ReplyError(Exception):
    """A template that gave no reply that could be sent; the message says why, and tells nothing of the customer."""


def check_template(setting: str, template: str, known: Iterable[str]) -> None:
    """Raises ConfigError, with the setting and the line, for a template that is too long, cannot be read, or uses what
    a reply does not have. `known` are the values it may name."""
    if len(template) > LONGEST_TEMPLATE:
        raise ConfigError(f"{setting}: a reply has {LONGEST_TEMPLATE:,} characters at most, not {len(template):,}",
                          field=setting)
    if any(not each.isprintable() and each not in "\r\n\t" for each in template):
        raise ConfigError(f"{setting}: has characters in it that cannot be shown", field=setting)
    problem = _problem(template, frozenset(known))
    if problem:
        raise ConfigError(f"{setting}: {problem}", field=setting)


@lru_cache(maxsize=500)
def _problem(template: str, known: frozenset[str]) -> str:
    """What is wrong with a template: its first fault, or that it cannot be filled in; empty when all is well."""
    try:
        found = ((node, _wrong(node, known)) for node in _below(_sandbox.parse(template), DEEPEST))
        fault = next((f"line {node.lineno}: {wrong}" for node, wrong in found if wrong), "")
        return fault or _unfit(template, known)
    except TemplateSyntaxError as error:
        return f"line {error.lineno}: {error.message}"
    except RecursionError:
        return "it is nested too deeply"


def _unfit(template: str, known: frozenset[str]) -> str:
    """Why it cannot be filled in, whatever the values are: a filter that is told what it does not take, for one."""
    try:
        _compiled(template).render(dict.fromkeys(known, "text"))
    except Exception as error:
        return f"it cannot be filled in: {error}"
    return ""


def _below(node: nodes.Node, levels: int) -> Iterator[nodes.Node]:
    if levels == 0:
        raise RecursionError
    yield node
    for child in node.iter_child_nodes():
        yield from _below(child, levels - 1)


def _wrong(node: nodes.Node, known: frozenset[str]) -> str:
    if isinstance(node, nodes.Name):
        return "" if node.name in known else f"there is no value {node.name!r}; there are {', '.join(sorted(known))}"
    if isinstance(node, nodes.Filter):
        return "" if node.name in FILTERS else f"there is no filter {node.name!r}; there are {', '.join(FILTERS)}"
    return "" if isinstance(node, ALLOWED) else f"a reply cannot use {WORDS.get(type(node), 'arithmetic')}"


@lru_cache(maxsize=500)
def _compiled(template: str) -> Template:
    return _sandbox.from_string(template)


def render(template: str, values: Mapping[str, str]) -> str:
    """The text that a template makes of the values, without blanks around it. Raises ReplyError."""
    try:
        check_template("reply", template, values)  # what is stored may have been written by other means
        told = _compiled(template).render(values).strip()
    except ConfigError as error:
        raise ReplyError(str(error).removeprefix("reply: ")) from None
    except Exception as error:
        raise ReplyError(f"it cannot be filled in ({type(error).__name__})") from error
    if len(told) > LONGEST_REPLY:
        raise ReplyError(f"it comes to more than {LONGEST_REPLY:,} characters")
    if not told:
        raise ReplyError("it comes to nothing")
    return told
