"""Words as Jira keeps them: documents of blocks (ADF) in version 3 of its API, plain text in its webhooks.

We write documents, never wiki markup: in a document a brace, a bracket or an asterisk is just that.
"""

from __future__ import annotations

from typing import Any

BREAKS = frozenset({"paragraph", "heading", "codeBlock", "listItem", "tableRow", "rule", "mediaSingle", "panel"})
DEEPEST = 40


def document(words: str) -> dict[str, Any]:
    """A text as a document: a paragraph for each block, line breaks kept."""
    blocks = [block for block in words.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def _paragraph(block: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(block.strip("\n").split("\n")):
        content += [{"type": "hardBreak"}] if number else []
        content += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}


def plain(value: object) -> str:
    """The text of what Jira shows as words, be it a document or plain; empty for anything else."""
    if isinstance(value, str):
        return value
    content = value.get("content") if isinstance(value, dict) else None
    blocks = content if isinstance(content, list) else []
    return "\n\n".join("".join(_pieces(block, 0)).strip("\n") for block in blocks)


def _pieces(node: object, depth: int) -> list[str]:
    if not isinstance(node, dict) or depth > DEEPEST:
        return []
    text, attrs, inside = node.get("text"), node.get("attrs"), node.get("content")
    found = [text] if isinstance(text, str) else []
    if node.get("type") == "hardBreak":
        found.append("\n")
    if isinstance(attrs, dict) and node.get("type") in ("mention", "emoji") and isinstance(attrs.get("text"), str):
        found.append(attrs["text"])
    for each in inside if isinstance(inside, list) else ():
        found += _pieces(each, depth + 1)
    return [*found, "\n"] if node.get("type") in BREAKS else found
