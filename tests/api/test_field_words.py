"""Every kind, field, member, value, unit and fault has words in both languages."""

import re
from collections.abc import Iterator

import pytest

from api.catalogue import LANGS, Lang, has, messages, say
from api.pages.member_blend import BLEND
from trace.events import KINDS
from trace.fieldtype import Choice, FieldType, ListOf, Members, Plain
from trace.quantity import Unit

FAULTS = [
    *(
        "syntax",
        "invalid-utf8",
        "bom",
        "not-an-object",
        "duplicate-key",
        "not-a-number",
        "lone-surrogate",
        "nul",
        "depth",
        "integer-range",
        "float",
        "negative-zero",
    ),
    *("non-ascii-key", "unknown-field", "missing-field", "wrong-type", "not-canonical"),
    *("blank", "too-long", "forbidden-character", "personal-data"),
    *(
        "not-positive",
        "not-a-decimal",
        "too-precise",
        "quantity-absurd",
        "unknown-unit",
        "unit-mismatch",
        "mass-exceeded",
    ),
    *("not-a-time", "time-in-future", "time-absurd"),
    *("bad-code", "bad-check-digit", "unknown-region", "unknown-township", "unknown-value"),
    *("not-found", "bad-reference", "input-cycle", "duplicate-input"),
    *(
        "wrong-origin",
        "wrong-chain",
        "missing-proof",
        "bad-signature",
        "key-not-valid",
        "key-revoked",
        "second-official-missing",
    ),
    *("statement-id-reused", "statement-too-large", "entry-too-large", "duplicate-signer"),
    *("not-committed", "missing-opening", "bad-opening"),
    *("body-too-large", "repeated-parameter", "unknown-parameter", "bad-limit", "bad-cursor", "bad-sort"),
    *(
        "bad-encoding",
        "bad-csv",
        "bad-header-row",
        "too-many-rows",
        "cell-type",
        "archive-too-large",
        "external-content",
        "bad-image",
        "bad-multipart",
    ),
    *(
        "unknown-context",
        "token-invalid",
        "scope-missing",
        "csrf",
        "credentials",
        "rate-limited",
        "overloaded",
        "outcome-unknown",
        "read-only",
        "not-published",
        "stopping",
    ),
]


def _label(kind: str, field: str, lang: Lang) -> str:
    own = f"field.{kind}.{field}"
    return say(own if has(own, lang) else f"field.{field}", lang)


def _choices(name: str, type: FieldType) -> Iterator[tuple[str, str]]:
    """Each value of an enum in this type, with the name of the field or member that has it."""
    match type:
        case Choice(values):
            yield from ((name, value) for value in values)
        case ListOf(item):
            yield from _choices(name, item)
        case Members(members):
            for member in members:
                yield from _choices(member.name, member.type)
        case Plain.BOOLEAN:
            yield from ((name, value) for value in ("true", "false"))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_and_field_has_a_name(kind: str, lang: Lang) -> None:
    assert say(f"kind.{kind}", lang)
    assert all(_label(kind, field, lang) for field in KINDS[kind].fields)


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_two_fields_of_a_kind_have_the_same_name(kind: str) -> None:
    for lang in LANGS:
        labels = [_label(kind, field, lang) for field in KINDS[kind].fields]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_value_that_can_be_chosen_has_a_word(kind: str, lang: Lang) -> None:
    chosen = [pair for name, field in KINDS[kind].fields.items() for pair in _choices(name, field.type)]

    assert [
        f"{name}.{value}"
        for name, value in chosen
        if not has(f"value.{name}.{value}", lang) and not has(f"value.{value}", lang)
    ] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_member_of_an_object_has_a_name(lang: Lang) -> None:
    for kind in KINDS.values():
        for name, field in kind.fields.items():
            type = field.type.item if isinstance(field.type, ListOf) else field.type
            for member in type.members if isinstance(type, Members) else ():
                assert say(f"field.{name}.{member.name}", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_every_unit_has_a_name(lang: Lang) -> None:
    assert all(say(f"value.unit.{unit.value}", lang) for unit in Unit)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_has_a_sentence(code: str, lang: Lang) -> None:
    assert len(say(f"problem.{code}", lang)) > 10


def test_both_languages_say_the_same_things() -> None:
    assert set(messages("zh")) == set(messages("en"))


def test_help_stands_beside_fields_that_exist() -> None:
    asked = {**KINDS, BLEND.name: BLEND}
    fields = {f"{kind}.{field}" for kind, declared in asked.items() for field in declared.fields}
    common = {field.split(".")[1] for field in fields}

    helps = {key.removeprefix("help.") for key in messages("zh") if key.startswith("help.")}

    assert helps <= fields | common


def test_the_tone_is_never_that_of_an_office() -> None:
    ours = ("problem.", "field.", "help.", "value.", "kind.")
    spoken = [text for key, text in messages("zh").items() if key.startswith(ours)]

    assert [text for text in spoken if re.search("请勿|非法|无效|抱歉|你", text)] == []
