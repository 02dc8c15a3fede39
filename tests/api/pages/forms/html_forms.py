"""What would a browser send of this page's form, if somebody pressed the button at once? (HTML, form submission)"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

UNSENT = ("submit", "file", "button", "image", "reset")


@dataclass
class SeenForm:
    """The controls of a form in their order, with the values that they have. `buttons`: what a button would add; `boxes`:
    what could be ticked, whether it is or not.
    """

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def sent(self, **changed: str | list[str]) -> dict[str, list[str]]:
        """What is sent once these controls were changed (`p__quantity__value` is p.quantity.value)."""
        found: dict[str, list[str]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        for name, new in changed.items():
            found[name.replace("__", ".")] = [new] if isinstance(new, str) else new
        return found


def seen_form(html: str, at: int = 0) -> SeenForm:
    """The form with this number among those of the page that are posted."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms[at]


def told_lines(html: str) -> dict[str, str]:
    """What a page tells under terms (dt, dd), the last of each term; lines of a text by line ends."""
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", html)
    return {_plain(term): _plain(text.replace("<br>", "\n")) for term, text in found}


def _plain(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[SeenForm] = []
        self.inside = False
        self.area: str | None = None
        self.text = ""
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form" and found.get("method") == "post":
            self.forms.append(SeenForm(found.get("action", "")))
            self.inside = True
        if not self.inside:
            return
        form, name = self.forms[-1], found.get("name", "")
        if tag == "input" and name:
            kind = found.get("type", "text")
            if kind == "checkbox":
                form.boxes.append((name, found.get("value", "")))
            if kind == "file":
                form.files.append(name)
            elif kind not in UNSENT and (kind not in ("radio", "checkbox") or "checked" in found):
                form.fields.append((name, found.get("value", "")))
        elif tag == "button" and name:
            form.buttons.append((name, found.get("value", "")))
        elif tag == "textarea":
            self.area, self.text = name, ""
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((found.get("value", ""), "selected" in found))

    def handle_data(self, text: str) -> None:
        if self.area is not None:
            self.text += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area is not None:
            # The parser of HTML drops one line end right behind the tag, and sends CR LF for every other.
            value = self.text.removeprefix("\n").replace("\n", "\r\n")
            self.forms[-1].fields.append((self.area, value))
            self.area = None
        elif tag == "select" and self.select is not None and self.options:
            chosen = [value for value, is_selected in self.options if is_selected] or [self.options[0][0]]
            self.forms[-1].fields.append((self.select, chosen[-1]))
            self.select = None
