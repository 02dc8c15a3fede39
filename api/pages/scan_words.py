"""How are a date, a quantity and a place written for the reader? Small words of one language, no sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from api.catalogue import Lang, has, say, say_html
from api.pages.scan_names import Names, ProductName
from trace.legal_days import SHANGHAI

_HAN = re.compile(r"[\u3400-\u9fff]")
_DECIMAL = re.compile(r"([0-9]+)(\.[0-9]+)?")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Words:
    """One language and the names of things; every method gives ready text for a page."""

    lang: Lang
    names: Names

    def say(self, key: str, **values: object) -> str:
        """A sentence of the catalogue as plain text."""
        return say(key, self.lang, **values)

    def html(self, key: str, **values: object) -> Markup:
        """A sentence of the catalogue as HTML; Markup values keep their tags."""
        return say_html(key, self.lang, **values)

    def word(self, group: str, value: object) -> Markup:
        """The word for a value of a closed list (`group.value`), or the value itself where the list has grown."""
        key = f"{group}.{value}"
        return self.html(key) if has(key, self.lang) else self.quoted(value)

    def field(self, kind: str, name: str) -> Markup:
        """What a field of a kind is called: by the kind's own word, else by the common one."""
        return self.word(f"field.{kind}" if has(f"field.{kind}.{name}", self.lang) else "field", name)

    def title_word(self, group: str, value: object) -> Markup:
        """The same where it begins a line: it also stands inside sentences, where English wants it small."""
        word = self.word(group, value)
        return word[:1].upper() + word[1:]

    def quoted(self, text: object) -> Markup:
        """Words that somebody else wrote: marked as Chinese where the page is English (WCAG 3.1.2)."""
        if self.lang != "zh" and _HAN.search(str(text)):
            return Markup('<span lang="zh-CN">{}</span>').format(text)
        return escape(str(text))

    def number(self, text: object) -> str:
        """A decimal with its thousands marked; trailing zeros stay, they say how exactly somebody weighed."""
        found = _DECIMAL.fullmatch(str(text))
        return f"{int(found[1]):,}{found[2] or ''}" if found else str(text)

    def quantity(self, quantity: Mapping[str, Any]) -> Markup:
        """`{"value": "1250.5", "unit": "kg"}` → 1,250.5公斤."""
        return self.measure(quantity["value"], str(quantity["unit"]))

    def measure(self, value: object, unit: str) -> Markup:
        """A number with the word of its unit."""
        key = f"unit.{unit}"
        if has(key, self.lang):
            return self.html(key, value=self.number(value))
        return Markup("{}\u00a0{}").format(self.number(value), unit)

    def day(self, text: str, current_year: int | None = None) -> str:
        """The calendar day of a date or RFC 3339 time, by its writer's clock; no year where it is this one."""
        day = as_day(text)
        with_year = day.year != current_year
        if self.lang == "zh":
            return f"{day.year}年{day.month}月{day.day}日" if with_year else f"{day.month}月{day.day}日"
        short = f"{day.day} {_MONTHS_EN[day.month - 1]}"
        return f"{short} {day.year}" if with_year else short

    def region(self, code: str) -> Markup:
        """City and district of a GB/T 2260 code; the code itself where no table knows it."""
        return self._places(self.names.division_codes(code)) or escape(code)

    def origin(self, region: str, township: str) -> Markup:
        """City, district and township: never the plot."""
        code = self.names.townships.get((region, township))
        town = self._place(code) if code else self.quoted(township)
        wide = self._places(self.names.division_codes(region))
        return wide + town if self.lang == "zh" else Markup(", ").join(part for part in (town, wide) if part)

    def township(self, region: str, township: str) -> Markup:
        """The township alone."""
        code = self.names.townships.get((region, township))
        return self._place(code) if code else self.quoted(township)

    def product_name(self, product: ProductName) -> str:
        """The name of the goods in the page's language."""
        return product.zh if self.lang == "zh" else product.en

    def list_of(self, parts: Iterable[str]) -> Markup:
        """Short pieces after one another: 、 between them, or a comma."""
        return Markup(self.say("words.list_mark")).join(parts)

    def sentences(self, parts: Iterable[str]) -> Markup:
        """Whole sentences after one another."""
        return Markup("" if self.lang == "zh" else " ").join(parts)

    def clauses(self, parts: Iterable[str | None]) -> Markup:
        """Clauses of one line; missing ones leave no mark."""
        return Markup(self.say("words.clause_mark")).join(part for part in parts if part)

    def _places(self, codes: tuple[str, ...]) -> Markup:
        places = [self._place(code) for code in codes]
        return Markup("").join(places) if self.lang == "zh" else Markup(", ").join(reversed(places))

    def _place(self, code: str) -> Markup:
        key = f"place.{code}"
        return self.html(key) if has(key, self.lang) else self.quoted(self.names.divisions[code])


_UTC = ("Z", "+00:00")


def as_day(text: str) -> date:
    """The calendar day in a date or an RFC 3339 time. ValueError where it is neither."""
    return on_the_wall(text).date() if text.endswith(_UTC) else date.fromisoformat(text[:10])


def on_the_wall(text: str) -> datetime:
    """An RFC 3339 time by its writer's clock; one in UTC is a program's, and is read in Shanghai. ValueError where it is none."""
    moment = as_moment(text)
    return moment.astimezone(SHANGHAI) if text.endswith(_UTC) else moment


def as_moment(text: str) -> datetime:
    """An RFC 3339 time as an aware datetime. ValueError where it is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
