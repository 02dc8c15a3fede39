"""What did somebody answer, in words? The list that is checked before a record is sent, and read again afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.catalogue import has
from api.pages.forms.choices import Choices, options_of
from api.pages.forms.controls import PREFIX
from api.pages.forms.questions import Asking, element_id, value_word
from api.pages.scan_words import Words, on_the_wall
from trace.events import Kind
from trace.fieldtype import Amount, Choice, Code, FieldType, ListOf, Members, Number, Plain

SHOWN_HEX = 12
"""So much of a file's hash is shown where the whole would hide the rest."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the list; `anchor` is where in the form it can be changed, `file` the hash of a file to open."""

    term: Markup
    text: Markup
    anchor: str
    files: tuple[str, ...] = ()


def answers(kind: Kind, payload: Mapping[str, Any], choices: Choices, words: Words) -> tuple[Answer, ...]:
    """Every field of a payload in the order of the form, in the reader's words."""
    asking = Asking(kind, payload, choices, words)
    return tuple(
        Answer(
            asking.label(name),
            said(field.type, name, payload[name], choices, words),
            element_id(f"{PREFIX}.{name}"),
            tuple(_hashes(field.type, payload[name])),
        )
        for name, field in kind.fields.items()
        if name in payload
    )


def said(type: FieldType, name: str, value: Any, choices: Choices, words: Words) -> Markup:
    """One value in words; what is not of its type as it was typed."""
    match type, value:
        case _, str() if name == "reasons":
            own = f"gate.reason.{value}"  # a market's own; the others are those of the rules
            return words.html(own) if has(own, words.lang) else words.word("rule.reason", value)
        case ListOf(item), list():
            parts = [said(item, name, one, choices, words) for one in value]
            return Markup("<br>").join(parts) if isinstance(item, Members) else words.list_of(parts)
        case Members(members), dict():
            shown = (
                words.html(
                    "forms.pair",
                    term=words.html(f"field.{name}.{member.name}"),
                    text=said(member.type, member.name, value[member.name], choices, words),
                )
                for member in members
                if member.name in value
            )
            return words.clauses(shown)
        case Amount(), {"value": number, "unit": unit}:
            return words.measure(number, str(unit))
        case Amount(), {"value": number}:
            return words.quoted(number)
        case Choice(), str():
            return value_word(name, value, words)
        case Plain.BOOLEAN, bool():
            return words.html("value.true" if value else "value.false")
        case Plain.TIME, str():
            return time_words(value, words)
        case Plain.DATE, str():
            return _day_words(value, words)
        case Number(), str():
            return Markup("{}").format(words.number(value))
        case Plain.HASH, str():
            return Markup('<code class="code">{}…</code>').format(value[:SHOWN_HEX])
        case Plain.ENTRY, {"chain": chain, "seq": seq, "leaf": leaf}:
            return _chosen(type, name, f"{chain}.{seq}.{leaf}", choices, words, words.html("forms.entry", seq=seq))
        case Code(), str():
            return _chosen(type, name, value, choices, words, words.quoted(value))
        case _:
            return _chosen(type, name, str(value), choices, words, words.quoted(value))


def time_words(text: str, words: Words) -> Markup:
    """Day and minute of an RFC 3339 time by its writer's clock; the text itself where it is none."""
    try:
        moment = on_the_wall(text)
    except ValueError:
        return words.quoted(text)
    return words.html("forms.time", day=words.day(text), time=f"{moment:%H:%M}")


def _day_words(text: str, words: Words) -> Markup:
    try:
        return Markup("{}").format(words.day(text))
    except ValueError:
        return words.quoted(text)


def _chosen(type: FieldType, name: str, sent: str, choices: Choices, words: Words, otherwise: Markup) -> Markup:
    """The label of what was chosen, where it is one of the options."""
    options = options_of(type, name, choices, words) or ()
    return next((option.label for option in options if option.value == sent), otherwise)


def _hashes(type: FieldType, value: Any) -> Iterator[str]:
    """The files that a value names."""
    parts: Iterable[tuple[FieldType, Any]] = ()
    match type, value:
        case Plain.HASH, str():
            yield value
        case ListOf(item), list():
            parts = ((item, one) for one in value)
        case Members(members), dict():
            parts = ((member.type, value[member.name]) for member in members if member.name in value)
    for part_type, part in parts:
        yield from _hashes(part_type, part)
