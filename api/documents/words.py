"""How are a document, its fields, its signer and its law called, in one language? Words of the catalogue by stable keys."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from api.catalogue import Lang, has, say, say_html
from credit.documents import LINES, is_computed
from credit.reference.documents import Template
from credit.reference.laws import Article, Cited


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One required field: its labels, whether it takes several lines, and whether nobody has to fill it."""

    name: str
    zh: str
    en: str
    lines: bool
    is_computed: bool

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def field_specs(template: Template) -> tuple[FieldSpec, ...]:
    """Every required field of a document, in the order of the paper."""
    return tuple(
        FieldSpec(
            name,
            field_label(template, name, "zh"),
            field_label(template, name, "en"),
            name in LINES,
            is_computed(template, name),
        )
        for name in template.fields
    )


def title(template: Template, lang: Lang) -> str:
    return say(f"document.title.{template.code}", lang)


def field_label(template: Template, field: str, lang: Lang) -> str:
    own = f"document.field.{template.code}.{field}"
    return say(own if has(own, lang) else f"document.field.{field}", lang)


def signer(template: Template, lang: Lang) -> str:
    """Who signs, by the role of the table."""
    return say(f"document.signer.{_slug(template.signed_by)}", lang)


def law_lines(template: Template, lang: Lang) -> list[Markup]:
    """Each source of a document; what was not read, or is no law here, is marked as not yet verified."""
    return [source_words(cited, lang) for cited in template.law]


def source_words(cited: Cited, lang: Lang) -> Markup:
    """One source by its title and articles."""
    text = say_html(f"law.{cited.source}", lang)
    plain = [one for one in cited.articles if one.items is None]
    if plain:
        numbers = Markup(say("words.list_mark", lang)).join(_number(one, lang) for one in plain)
        text = say_html("document.law.articles", lang, law=text, numbers=numbers)
    for one in cited.articles:
        if one.items is not None:
            first, last = one.items
            key = "document.law.items" if first == last else "document.law.item_range"
            text = say_html(key, lang, law=text, article=one.first, first=first, last=last)
    if cited.by_analogy:
        text = say_html("document.law.like", lang, law=text)
    return text if cited.is_firm else say_html("document.law.unverified", lang, law=text)


def _number(article: Article, lang: Lang) -> Markup:
    if article.last is None:
        return Markup(article.first)
    return say_html("document.law.range", lang, first=article.first, last=article.last)


def _slug(words: str) -> str:
    return re.sub("[^a-z]+", "_", words).strip("_")
