"""The forms of a page as a browser has them: with what is in their fields already."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import quote

from entitlements.store.schedules import all_schedules
from tests.web.pages.visitor import Visitor, words_of

Fields = dict[str, str | list[str]]
UNCHECKED = {"checkbox", "radio"}
NEW = "/changes/new/schedule"


class Form(HTMLParser):
    """The fields of the form whose action ends like that; of the last one without an action when nothing is said."""

    def __init__(self, html: str, action: str = ""):
        super().__init__()
        self.fields: Fields = {}
        self._action, self._inside, self._open, self._select = action, False, "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = said.get("action", "").endswith(self._action) if self._action else "action" not in said
            self.fields = {} if self._inside else self.fields
        elif self._inside:
            self._read(tag, said)

    def _read(self, tag: str, said: dict[str, str]) -> None:
        name = said.get("name", "")
        if tag == "textarea":
            self._open, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in said or self._select not in self.fields:
                self.fields[self._select] = said.get("value", "")
        elif tag == "input" and said.get("type") not in UNCHECKED:
            self.fields[name] = said.get("value", "")
        elif tag == "input":
            chosen = [*self.fields.get(name, []), *([said["value"]] if "checked" in said else [])]
            self.fields[name] = chosen

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open:
            self.fields[self._open] = self.fields[self._open].removeprefix("\r\n").removeprefix("\n")
            self._open = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.fields[self._open] += data


def fields_of(visitor: Visitor, path: str, action: str = "") -> Fields:
    """What the form on a page is filled with."""
    return Form(visitor.html(path), action).fields


def fill_in(visitor: Visitor, path: str, **typed: object) -> str:
    """Open the form on a page, type into some of its fields, send it. Returns the address that it leads to, or the
    words of the page on which it comes back."""
    response = visitor.open("POST", path, data={**fields_of(visitor, path), **typed})
    if response.status_code == 303:
        return response.location
    assert response.status_code == 422, words_of(response.get_data(as_text=True))
    return words_of(response.get_data(as_text=True))


def save(visitor: Visitor, draft: str) -> str:
    """Press Save on a change's page; the words of the page that follows."""
    return press(visitor, draft, "/save")


def press(visitor: Visitor, page: str, action: str, **more: object) -> str:
    """Send the form of a page whose action ends like that; the words of the page that follows."""
    response = visitor.open("POST", action if action.count("/") > 1 else page + action,
                            data={**fields_of(visitor, page, action), **more})
    assert response.status_code == 303, words_of(response.get_data(as_text=True))
    return visitor.page(response.location)


def errors_of(html: str) -> dict[str, str]:
    """What is told beside each field of a page, by the field's id."""
    return dict(re.findall(r'<p class="error" id="([^"]+)-error">([^<]*)</p>', html))


def paris() -> str:
    """The name of the schedule by which Acme is open."""
    return next(row.name for row in all_schedules() if "Paris" in row.name)


def editing(name: str = "") -> str:
    """The address of the form of a schedule; of the one by which Acme is open unless said otherwise."""
    return f"{NEW}?name={quote(name or paris())}"
