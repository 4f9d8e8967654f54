"""What is sent, with placeholders in it: paths, queries, headers and bodies.

A body is JSON before anything is filled in, and a value is put into one text of it, or stands in the place of one: so
no words, whatever they are, can change what a request says besides. In a path each value stays within its segment.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entitlements.errors import ConfigError, DeliveryError
from integrations.generic.near import hint
from integrations.generic.times import is_form, written_as

SLOT = re.compile(r"\{\{|\}\}|\{([a-z_]+(?:\.[A-Za-z0-9_.-]+)?)(\?)?(?::([^{}]*))?\}|[{}]")
SPREAD = "..."
TYPED = frozenset({"number", "list", "object", "pairs", "objects"})
Values = Mapping[str, Any]
"""What placeholders stand for: texts, instants, lists of texts, tables of texts; None for what does not apply."""


class LookedUp(str):
    """Stands for what is looked up when a call is really made: in a dry run nobody is asked."""


class Omitted:
    """Stands where an optional placeholder has no value."""


OMITTED = Omitted()


@dataclass(frozen=True)
class Slot:
    """One placeholder: `{name}`, `{name?}` that is left out when empty, `{name:form}` in a certain form."""

    name: str
    is_optional: bool
    form: str
    where: str
    zone: str

    def fill(self, values: Values) -> Any:
        value = values.get(self.name)
        if value is None or value == "":
            return OMITTED if self.is_optional else "" if self.form not in TYPED else None
        return self._formed(value)

    def _formed(self, value: Any) -> Any:
        form, _, rest = self.form.partition(" ")
        if form == "number":
            return self._number(value)
        if form in ("list", "object"):
            return value if isinstance(value, list | dict) else [part.strip() for part in str(value).split(",")]
        if form == "pairs":
            return self._pairs(value, rest.split())
        if form == "objects":
            return [{rest: each} for each in (value if isinstance(value, list) else [value])]
        if isinstance(value, datetime):
            return written_as(value, self.form or "iso", self.zone)
        return self._text(value, form, rest)

    def _text(self, value: Any, form: str, rest: str) -> Any:
        text = (rest or ", ").join(value) if isinstance(value, list) else str(value)
        if form == "html":
            return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>\n")
        return shortened(text, int(rest)) if form == "short" else text

    def _number(self, value: Any) -> Any:
        if isinstance(value, LookedUp):
            return value
        text = str(value).strip()
        if re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
            return int(text)
        if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,6}", text, re.ASCII):
            return float(text)
        raise DeliveryError(f"{self.where}: {{{self.name}}} is {text[:40]!r}, and a number is needed there",
                            kind="setting")

    @staticmethod
    def _pairs(value: Any, names: list[str]) -> list[dict[str, Any]]:
        name, told = names
        return [{name: int(key) if key.isascii() and key.isdecimal() else key, told: each}
                for key, each in dict(value).items()]


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."


@dataclass(frozen=True)
class Text:
    """A text with placeholders. One that is nothing but a placeholder can become any JSON value."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> Iterator[Slot]:
        return (part for part in self.parts if isinstance(part, Slot))

    def fill(self, values: Values) -> Any:
        filled = [part.fill(values) if isinstance(part, Slot) else part for part in self.parts]
        if any(each is OMITTED for each in filled):
            return OMITTED
        return filled[0] if len(filled) == 1 else "".join(str(each) for each in filled)


Node = Text | tuple["Node", ...] | Mapping[str, "Node"] | int | float | bool | None
"""A template as JSON has it: texts have become Text, lists tuples."""


def filled(node: Node, values: Values) -> Any:
    """What is to be sent. Omitted values take their key, or place in a list, with them, and a table or list that has
    lost everything so is omitted itself."""
    if isinstance(node, Text):
        return node.fill(values)
    if isinstance(node, Mapping):
        told: dict[str, Any] = {}
        for name, each in node.items():
            value = filled(each, values)
            told |= dict(value or {}) if name == SPREAD and value is not OMITTED else {}
            told |= {name: value} if name != SPREAD and value is not OMITTED else {}
        return told if told or not node else OMITTED
    if isinstance(node, tuple):
        kept = [value for each in node if (value := filled(each, values)) is not OMITTED]
        return kept if kept or not node else OMITTED
    return node


def slots_of(node: Node) -> Iterator[Slot]:
    """All placeholders."""
    if isinstance(node, Text):
        yield from node.slots
    inside = node.values() if isinstance(node, Mapping) else node if isinstance(node, tuple) else ()
    for each in inside:
        yield from slots_of(each)


@dataclass(frozen=True)
class PathTemplate:
    """A path below the address of the helpdesk, segment by segment."""

    segments: tuple[Text, ...]

    def fill(self, values: Values) -> str | tuple[str, ...]:
        """As an OriginClient wants it. Raises DeliveryError for a segment without value."""
        texts = [str(each.fill(values)) if each.parts else "" for each in self.segments]
        empty = [segment for segment, text in zip(self.segments, texts, strict=True) if segment.parts and not text]
        if empty:
            raise DeliveryError(f"there is no {next(empty[0].slots).name} to call the helpdesk with", kind="refused")
        if texts[-1:] != [""]:
            return tuple(texts)
        if any("/" in text for text in texts):
            raise DeliveryError(f"{'/'.join(texts)[:80]!r} is no path: a value in it holds a slash", kind="refused")
        return "/".join(texts)


@dataclass(frozen=True)
class Reader:
    """Reads templates of one request: which placeholders it may use, and the zone of instants without one."""

    known: frozenset[str]
    zone: str = ""

    def text(self, told: str, where: str) -> Text:
        """Raises ConfigError for a placeholder that is not known or cannot be as it stands."""
        parts: list[str | Slot] = []
        end = 0
        for found in SLOT.finditer(told):
            parts.append(told[end:found.start()])
            parts.append(self._part(found, where))
            end = found.end()
        parts.append(told[end:])
        kept = tuple(_joined(parts))
        if len(kept) > 1 and (typed := [each for each in kept if isinstance(each, Slot) and _is_typed(each)]):
            raise ConfigError(f"{where}: {{{typed[0].name}:{typed[0].form}}} is no text: it must stand alone",
                              field=where)
        return Text(kept)

    def node(self, told: Any, where: str) -> Node:
        """A template from JSON or TOML. Raises ConfigError."""
        if isinstance(told, str):
            return self.text(told, where)
        if isinstance(told, dict):
            return {str(name): self._spread(each, place) if name == SPREAD else self.node(each, place)
                    for name, each in told.items() for place in [f"{where}.{name}"]}
        if isinstance(told, list):
            return tuple(self.node(each, f"{where}[{number}]") for number, each in enumerate(told))
        if told is None or isinstance(told, int | float):
            return told
        raise ConfigError(f"{where}: a date cannot be sent as it is: put it between quotes", field=where)

    def path(self, told: str, where: str) -> PathTemplate:
        """Raises ConfigError."""
        if "://" in told or "?" in re.sub(SLOT, "", told) or "#" in told:
            raise ConfigError(f"{where}: a path is told without the address of the helpdesk, and without what follows "
                              "a question mark, which belongs into query", field=where)
        segments = told.removeprefix("/").split("/")
        if any(each in ("", ".", "..") for each in segments[:-1]) or segments[-1:] in (["."], [".."]):
            raise ConfigError(f"{where}: {told[:80]!r} is no path", field=where)
        return PathTemplate(tuple(self.text(each, where) for each in segments))

    def _spread(self, told: Any, where: str) -> Node:
        if isinstance(told, str) and re.fullmatch(r"\{[a-z_.]+\??:object\}", told):
            return self.text(told, where)
        raise ConfigError(f'{where}: "{SPREAD}" takes a placeholder in the form object, such as "{{fields:object}}"',
                          field=where)

    def _part(self, found: re.Match[str], where: str) -> str | Slot:
        whole, name = found.group(), found[1]
        if whole in ("{{", "}}"):
            return whole[0]
        if name is None:
            raise ConfigError(f"{where}: this {whole} belongs to no placeholder; write {whole * 2} for a brace",
                              field=where)
        if name not in self.known:
            raise ConfigError(f"{where}: {{{name}}} is no placeholder here{hint(name, self.known)}", field=where)
        form = found[3] or ""
        if not _is_known(form):
            raise ConfigError(f"{where}: {{{name}:{form}}}: there is no form {form!r}; forms are number, list, object, "
                              "objects KEY, pairs KEY VALUE, html, join SEPARATOR, short LENGTH, and for instants "
                              "iso, unix, unix_ms, rfc2822 and patterns such as %Y-%m-%d", field=where)
        return Slot(name, found[2] is not None, form, where, self.zone)


def _joined(parts: list[str | Slot]) -> Iterator[str | Slot]:
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        yield part
        text = ""
    if text:
        yield text


def _is_known(form: str) -> bool:
    word, _, rest = form.partition(" ")
    if word == "pairs":
        return len(rest.split()) == 2
    if word == "objects":
        return bool(rest) and " " not in rest
    if word == "short":
        return rest.isascii() and rest.isdecimal() and 3 < int(rest[:9]) < 1_000_000
    return not form or form in ("number", "list", "object", "html") or word == "join" or is_form(form)


def _is_typed(slot: Slot) -> bool:
    return slot.form.partition(" ")[0] in TYPED
