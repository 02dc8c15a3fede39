"""How is each field of a kind asked? From its declaration to a control with label, hint, options, value and fault.

The state of a form is its payload, loosely typed: what could not be read as its type stands there as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from api.catalogue import has
from api.pages.forms.choices import MOST_RADIOS, NOTHING, Choices, Option, options_of
from api.pages.forms.controls import MAX_FILE_ROWS, PREFIX, takes_rows, takes_several, write_value
from api.pages.scan_words import Words
from trace import reference
from trace.events import Field, Kind, Privacy, Required
from trace.fieldtype import (
    Amount,
    ChainRef,
    Choice,
    Code,
    CodeRule,
    FieldType,
    ListOf,
    Members,
    Noun,
    Number,
    Plain,
    Text,
    Township,
    Whole,
)
from trace.quantity import Unit
from trace.texts import MAX_CHARACTERS

Faults = Mapping[str, str]
"""Codes of faults by the name of the control that they mean."""


@dataclass(frozen=True, slots=True)
class Question:
    """One control, or several under one heading. `control` is the macro that draws it.

    text, number, lines, date, time; select, radios, checks (`options`); list (a text with suggestions); file; amount
    (`parts`: value and unit); group (`parts`); rows (`rows`, each a tuple of parts); told (`options`, which nobody changes).
    `chips`: texts that one tap puts in; `steps`: a count with − and +.
    """

    name: str
    control: str
    label: Markup
    hint: Markup = NOTHING
    tags: tuple[Markup, ...] = ()
    texts: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    parts: tuple[Question, ...] = ()
    rows: tuple[tuple[Question, ...], ...] = ()
    error: Markup = NOTHING
    max_characters: int = MAX_CHARACTERS
    is_filled: bool = False
    offset: str = ""
    chips: tuple[str, ...] = ()
    steps: bool = False

    @property
    def id(self) -> str:
        """For `for`, `aria-describedby` and the links of the summary."""
        return element_id(self.name)

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""

    @property
    def first_id(self) -> str:
        """The element that a link in the error summary can bring the cursor to."""
        match self.control:
            case "amount" | "group" if self.parts:
                return self.parts[0].first_id
            case "rows" if self.rows:
                return self.rows[0][0].first_id
            case "radios" | "checks" if self.options:
                return f"{self.id}-0"
        return self.id


@dataclass(frozen=True)
class Asking:
    """What questions are made of: the kind, what is in the form so far, what is wrong with it, for whom."""

    kind: Kind
    payload: Mapping[str, Any]
    choices: Choices
    words: Words
    faults: Faults = field(default_factory=dict)
    owed: frozenset[str] = frozenset()
    more_rows: frozenset[str] = frozenset()
    prefix: str = PREFIX

    def questions(self, names: Iterable[str]) -> tuple[Question, ...]:
        """The questions of these fields, in their order."""
        return tuple(self._question(self.kind.fields[name]) for name in names)

    def label(self, name: str) -> Markup:
        """What the field is called."""
        return self.words.field(self.kind.name, name)

    def _question(self, declared: Field) -> Question:
        name = declared.name
        own = f"help.{self.kind.name}.{name}"
        hint = own if has(own, self.words.lang) else f"help.{name}"
        return self._control(
            declared.type,
            f"{self.prefix}.{name}",
            self.payload.get(name),
            label=self.label(name),
            hint=self.words.html(hint) if has(hint, self.words.lang) else NOTHING,
            tags=tuple(self._tags(declared)),
            is_optional=declared.required is not Required.YES,
            units=declared.unit_or_values,
        )

    def _tags(self, declared: Field) -> Iterable[Markup]:
        if declared.required is not Required.YES:
            is_owed = declared.name in self.owed
            yield self.words.html("forms.owed" if is_owed else "forms.optional")
        match declared.privacy:
            case Privacy.COMMIT:
                yield self.words.html("forms.private")
            case Privacy.COMMIT_FOR_NATURAL_PERSON:
                yield self.words.html("forms.private_for_person")
            case Privacy.OPEN:
                pass

    def _control(
        self,
        type: FieldType,
        name: str,
        value: Any,
        *,
        label: Markup,
        hint: Markup = NOTHING,
        tags: tuple[Markup, ...] = (),
        is_optional: bool = True,
        units: str = "",
    ) -> Question:
        field_name = name.rpartition(".")[2]
        if field_name.isdigit():
            field_name = name.split(".")[-2]
        written = () if value is None else write_value(type, name, value)
        texts = tuple(text for control, text in written if control == name)
        common: dict[str, Any] = {
            "name": name,
            "label": label,
            "hint": hint,
            "tags": tags,
            "texts": texts,
            "error": self._error(name, label),
            "is_filled": value is not None,
        }
        match type:
            case ListOf(item) if takes_several(type):
                return self._ticks(item, field_name, common)
            case ListOf(item) if takes_rows(type):
                rows = tuple(
                    self._row(item, f"{name}.{at}", one, field_name, units) for at, one in self._items(name, value)
                )
                return Question(control="rows", rows=rows, **common)
            case ListOf():
                return Question(control="lines", max_characters=20_000, **common)
            case Members():
                parts = self._parts(type, name, value, field_name, units)
                return Question(control="group", parts=parts, **common)
            case Amount():
                return Question(control="amount", parts=self._amount(type, name, value, label, units), **common)
            case Choice(values):
                options = tuple(Option(one, self._value(field_name, one)) for one in values)
                return self._one_of(options, common, is_optional)
            case Plain.BOOLEAN:
                options = tuple(Option(one, self.words.html(f"value.{one}")) for one in ("true", "false"))
                return self._one_of(options, common, is_optional)
            case Plain.TIME:
                offset = next((text for control, text in write_value(type, name, value or "") if control != name), "")
                return Question(control="time", offset=offset, **common)
            case Plain.DATE:
                return Question(control="date", **common)
            case Plain.HASH:
                return Question(control="file" if _takes_file(name) else "text", **common)
            case Number() | Whole():
                return Question(control="number", max_characters=30, steps=isinstance(type, Whole), **common)
            case ChainRef() | Code() | Township() | Plain.PRODUCT | Plain.ENTRY:
                return self._named(type, field_name, common, is_optional)
            case Text(most, lines):
                control = "lines" if lines or most > MAX_CHARACTERS else "text"
                return Question(control=control, max_characters=most, **common)
            case _:
                return Question(control="text", **common)

    def _items(self, name: str, value: Any) -> list[tuple[int, Any]]:
        """The rows that are filled, one empty where there is none or one more was asked for."""
        items: list[Any] = value if isinstance(value, list) else []
        if not items or name in self.more_rows:
            items = [*items, None]
        return list(enumerate(items))

    def _row(self, item: FieldType, name: str, value: Any, field_name: str, units: str) -> tuple[Question, ...]:
        if isinstance(item, Members):
            return self._parts(item, name, value, field_name, units)
        return (self._control(item, name, value, label=self.words.html(f"field.{field_name}"), units=units),)

    def _parts(self, type: Members, name: str, value: Any, field_name: str, units: str) -> tuple[Question, ...]:
        given: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        return tuple(
            self._control(
                member.type,
                f"{name}.{member.name}",
                given.get(member.name),
                label=self.words.html(f"field.{field_name}.{member.name}"),
                is_optional=not member.required,
            )
            for member in type.members
        )

    def _ticks(self, item: FieldType, field_name: str, common: dict[str, Any]) -> Question:
        if item is Plain.HASH:
            return Question(control="files", **common)
        if isinstance(item, Choice):
            options = tuple(Option(one, self._value(field_name, one)) for one in item.values)
        else:
            options = options_of(item, field_name, self.choices, self.words) or ()
        return Question(control="checks", options=_with_present(options, common["texts"]), **common)

    def _one_of(self, options: tuple[Option, ...], common: dict[str, Any], is_optional: bool) -> Question:
        options = _with_present(options, common["texts"])
        if len(options) > MOST_RADIOS:
            return Question(control="select", options=options, **common)
        if options and is_optional:  # a row that is marked cannot be unmarked without script
            options = (*options, Option("", self.words.html("forms.not_said")))
        return Question(control="radios", options=options, **common)

    def _named(self, type: FieldType, field_name: str, common: dict[str, Any], is_optional: bool) -> Question:
        options = options_of(type, field_name, self.choices, self.words)
        if options is None:
            return Question(control="text", **common)
        if type in (Code(CodeRule.REGION), ChainRef(Noun.PARTY)):  # others than those listed are right too
            return Question(control="list", options=options, **common)
        if type is Plain.PRODUCT:
            return Question(control="products", options=_with_present(options, common["texts"]), **common)
        return self._one_of(options, common, is_optional)

    def _amount(self, type: Amount, name: str, value: Any, label: Markup, units: str) -> tuple[Question, ...]:
        given: Mapping[str, Any] = value if isinstance(value, Mapping) else {"value": value} if value else {}
        options = tuple(Option(unit, self.words.html(f"value.unit.{unit}")) for unit in self._units(type, units))
        unit = given.get("unit")
        chosen = str(unit) if unit else options[0].value
        value_text = (str(given["value"]),) if "value" in given else ()
        return (
            Question(
                f"{name}.value",
                "number",
                label,
                texts=value_text,
                error=self._error(f"{name}.value", label),
                max_characters=30,
            ),
            Question(
                f"{name}.unit",
                "select",
                self.words.html("forms.unit"),
                texts=(chosen,),
                options=_with_present(options, (chosen,)),
                error=self._error(f"{name}.unit", self.words.html("forms.unit")),
            ),
        )

    def _units(self, type: Amount, units: str) -> list[str]:
        """The units of the table's words first, else that of the product, else kilograms; then the others that fit."""
        product = reference.products().get(str(self.choices.product or self.payload.get("product")))
        usual = [symbol for symbol in units.split(";")[0].split() if symbol in {unit.value for unit in Unit}]
        allowed = type.allowed
        if product is not None and not usual:
            usual = [product.default_unit]
            allowed = frozenset({Unit(product.default_unit).dimension})
        every = [unit.value for unit in Unit if unit.dimension in allowed]
        return list(dict.fromkeys([*usual, *every]))

    def _value(self, field_name: str, value: str) -> Markup:
        return value_word(field_name, value, self.words)

    def _error(self, name: str, label: Markup) -> Markup:
        code = self.faults.get(name)
        return fault_words(code, label, self.words) if code else NOTHING


def value_word(field_name: str, value: str, words: Words) -> Markup:
    """The word for a choice of a field: its own, else the common one."""
    own = f"value.{field_name}.{value}"
    return words.html(own) if has(own, words.lang) else words.word("value", value)


def fault_words(code: str, label: Markup, words: Words) -> Markup:
    """What is wrong with a field and what to do: in a form's words, else in those of the problem."""
    own = f"forms.fault.{code}"
    if has(own, words.lang):
        return words.html(own, field=label)
    problem = f"problem.{code}"
    return words.html(problem if has(problem, words.lang) else "problem.bad-request")


def element_id(name: str) -> str:
    return "f-" + name.replace(".", "-")


def _takes_file(name: str) -> bool:
    """Whether a file can be chosen here: not in the later rows of a long list."""
    return all(int(part) < MAX_FILE_ROWS for part in name.split(".") if part.isdigit())


def _with_present(options: tuple[Option, ...], texts: Iterable[str]) -> tuple[Option, ...]:
    """The options, and what stands in the form although it is none of them: nothing that was typed is lost."""
    known = {option.value for option in options}
    return (*options, *(Option(text, Markup("{}").format(text)) for text in texts if text not in known))
