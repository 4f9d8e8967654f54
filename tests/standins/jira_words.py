"""Documents as a stand-in for Jira takes them: what is no valid one is refused, as Jira does."""

from __future__ import annotations

from typing import Any


class Invalid(Exception):
    """It is no document that Jira would take."""


def read_document(value: Any) -> str:
    """The words of a document. Raises Invalid."""
    if not isinstance(value, dict) or set(value) != {"type", "version", "content"} or value["type"] != "doc":
        raise Invalid
    if value["version"] != 1 or not isinstance(value["content"], list):
        raise Invalid
    return "\n\n".join(_paragraph(each) for each in value["content"])


def _paragraph(node: Any) -> str:
    if not isinstance(node, dict) or set(node) != {"type", "content"} or node["type"] != "paragraph":
        raise Invalid
    return "".join(_inline(each) for each in node["content"])


def _inline(node: Any) -> str:
    if node == {"type": "hardBreak"}:
        return "\n"
    if not isinstance(node, dict) or set(node) != {"type", "text"} or node["type"] != "text" or not node["text"]:
        raise Invalid
    if not isinstance(node["text"], str) or "\n" in node["text"]:
        raise Invalid
    return node["text"]
