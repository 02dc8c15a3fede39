"""Is this JSON value of the field's type? One checking function a type, made once, called thousands of times. (pure)"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from .. import codes, reference
from ..fieldtype import (
    Amount,
    ChainRef,
    Choice,
    Code,
    CodeRule,
    FieldType,
    ListOf,
    Member,
    Members,
    Named,
    Number,
    Plain,
    Text,
    Township,
    Whole,
)
from ..ledger.entry import is_chain_id
from ..ledger.errors import FieldFault
from ..ledger.keys import parse_did_key
from ..ledger.statement import is_time
from ..places import is_region, is_township
from ..pointer import child
from ..products import dimension_of
from ..quantity import DECIMAL_PATTERN, QuantityError, decimal_fault, parse_quantity
from ..texts import MAX_CHARACTERS, holds_personal_data, text_fault


class Around(NamedTuple):
    """What a value is judged beside: the region it lies in (None: not known) and the batch's product."""

    region: str | None
    product: object


Check = Callable[[object, str, Around, list[FieldFault]], None]
"""Judges (value, its pointer, what is around it) and adds what is wrong to the list."""

EARLIEST_YEAR = 1900
"""An earlier year is a slip of the keyboard: nobody's record here is older."""

READING_WORDS = frozenset(
    {
        *("detected", "not detected", "match", "no match", "positive", "negative"),
        *("检出", "未检出", "相符", "不相符", "阳性", "阴性", "ND"),
    }
)
"""Results that are no number: the column result_kind of the test table, and the same in words of Chinese reports."""

READING_PATTERN = rf"<?{DECIMAL_PATTERN}|<LOQ"
"""A measured value, or below a stated limit of quantification, or below the one in `loq`."""

_READING = re.compile(READING_PATTERN)
_HASH = re.compile(r"[0-9a-f]{64}")
_RULE_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,15}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TABLE_CODE = re.compile(r"[A-Z][A-Z0-9-]{1,31}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check_of(type: FieldType, *, is_open: bool) -> Check:
    """The check of a type. `is_open`: the value will be read by everyone, so its texts may hold no personal data."""
    match type:
        case Text(max_characters, lines):
            return _text_check(max_characters, lines, is_open)
        case Township():
            return _township_check(is_open)
        case ListOf():
            return _list_check(type, check_of(type.item, is_open=is_open))
        case Members(members):
            return _members_check(
                {member.name: check_of(member.type, is_open=is_open) for member in members}, _required(members)
            )
        case Named(value, most):
            return _named_check(check_of(value, is_open=is_open), most)
        case Amount():
            return _amount_check(type)
        case Number():
            return _number_check(type)
        case Whole():
            return _whole_check(type)
        case Choice(values):
            return _word_check(frozenset(values).__contains__, "unknown-value")
        case Code(rule):
            return _CODE_CHECKS[rule]
        case ChainRef():
            return _word_check(is_chain_id, "bad-reference")
        case Plain():
            return _PLAIN_CHECKS[type]


def _text_check(max_characters: int, lines: bool, is_open: bool) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, str):
            faults.append(FieldFault(pointer, "wrong-type"))
        elif why := text_fault(value, max_characters, lines=lines):
            faults.append(FieldFault(pointer, why))
        elif is_open and holds_personal_data(value):
            faults.append(FieldFault(pointer, "personal-data"))

    return check


def _township_check(is_open: bool) -> Check:
    check_text = _text_check(MAX_CHARACTERS, False, is_open)

    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        before = len(faults)
        check_text(value, pointer, around, faults)
        if len(faults) == before and isinstance(value, str) and not is_township(around.region, value):
            faults.append(FieldFault(pointer, "unknown-township"))

    return check


def _list_check(type: ListOf, check_item: Check) -> Check:
    too_few, too_many = ("too-few-batches", "too-many-batches") if type.distinct else ("missing-field", "too-long")

    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, list):
            faults.append(FieldFault(pointer, "wrong-type"))
        elif len(value) < type.least:
            faults.append(FieldFault(pointer, too_few))
        elif len(value) > type.most:
            faults.append(FieldFault(pointer, too_many))
        else:
            for position, item in enumerate(value):
                check_item(item, child(pointer, position), around, faults)
            if type.distinct is not None:
                _refuse_repeats(value, type.distinct, pointer, faults)

    return check


def _refuse_repeats(items: list[object], member: str, pointer: str, faults: list[FieldFault]) -> None:
    seen: set[str] = set()
    for position, item in enumerate(items):
        value = item.get(member) if isinstance(item, dict) else None
        if not isinstance(value, str):
            continue
        if value in seen:
            faults.append(FieldFault(child(child(pointer, position), member), "duplicate-input"))
        seen.add(value)


def _members_check(checks: Mapping[str, Check], required: tuple[str, ...]) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, dict):
            faults.append(FieldFault(pointer, "wrong-type"))
            return
        for name, part in value.items():
            check_part = checks.get(name)
            if check_part is None:
                faults.append(FieldFault(child(pointer, name), "unknown-field"))
            else:
                check_part(part, child(pointer, name), around, faults)
        faults.extend(FieldFault(child(pointer, name), "missing-field") for name in required if name not in value)

    return check


def _named_check(check_value: Check, most: int) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, dict):
            faults.append(FieldFault(pointer, "wrong-type"))
            return
        if len(value) > most:
            faults.append(FieldFault(pointer, "too-long"))
            return
        for name, one in value.items():
            if _is_word(name):
                check_value(one, child(pointer, name), around, faults)
            else:
                faults.append(FieldFault(child(pointer, name), "unknown-field"))

    return check


def _required(members: tuple[Member, ...]) -> tuple[str, ...]:
    return tuple(member.name for member in members if member.required)


def _amount_check(type: Amount) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        try:
            quantity = parse_quantity(value, type.allowed)
        except QuantityError as error:
            faults.extend(FieldFault(pointer + fault.pointer, fault.code) for fault in error.faults)
            return
        product = around.product
        is_known = type.by_product and isinstance(product, str) and product in reference.products()
        if is_known and quantity.unit.dimension is not dimension_of(str(product)):
            faults.append(FieldFault(child(pointer, "unit"), "unit-mismatch"))

    return check


def _number_check(type: Number) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if why := decimal_fault(value, zero_allowed=type.zero_allowed):
            faults.append(FieldFault(pointer, why))
        elif isinstance(value, str) and float(value) > type.most:
            faults.append(FieldFault(pointer, "quantity-absurd"))

    return check


def _whole_check(type: Whole) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        # True is an int in Python, not in JSON.
        if not isinstance(value, int) or isinstance(value, bool):
            faults.append(FieldFault(pointer, "wrong-type"))
        elif value < type.least:
            faults.append(FieldFault(pointer, "not-positive"))
        elif value > type.most:
            faults.append(FieldFault(pointer, "quantity-absurd"))

    return check


def _word_check(is_right: Callable[[str], bool], why: str) -> Check:
    """The check of a text that is right or wrong as a whole."""

    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, str):
            faults.append(FieldFault(pointer, "wrong-type"))
        elif not is_right(value):
            faults.append(FieldFault(pointer, why))

    return check


def _check_boolean(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
    if not isinstance(value, bool):
        faults.append(FieldFault(pointer, "wrong-type"))


def _day_check(is_right: Callable[[str], bool]) -> Check:
    def check(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
        if not isinstance(value, str):
            faults.append(FieldFault(pointer, "wrong-type"))
        elif not is_right(value):
            faults.append(FieldFault(pointer, "not-a-time"))
        elif int(value[:4]) < EARLIEST_YEAR:
            faults.append(FieldFault(pointer, "time-absurd"))

    return check


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text) is None:
        return False
    year_zero = text.startswith("0000")  # no year of this calendar, but a shape that `time-absurd` answers
    try:
        date.fromisoformat("0001" + text[4:] if year_zero else text)
    except ValueError:
        return False
    return True


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def _is_did_key(text: str) -> bool:
    try:
        parse_did_key(text)
    except ValueError:
        return False
    return True


def _is_rule_code(text: str) -> bool:
    return _RULE_CODE.fullmatch(text) is not None


def _is_word(text: str) -> bool:
    return _WORD.fullmatch(text) is not None


def _check_object(value: object, pointer: str, around: Around, faults: list[FieldFault]) -> None:
    if not isinstance(value, dict):
        faults.append(FieldFault(pointer, "wrong-type"))


def _is_seq(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_reading(text: str) -> bool:
    return _READING.fullmatch(text) is not None or text in READING_WORDS


_check_entry = _members_check(
    {
        "chain": _word_check(is_chain_id, "bad-reference"),
        "seq": lambda value, pointer, around, faults: (
            None if _is_seq(value) else faults.append(FieldFault(pointer, "wrong-type"))
        ),
        "leaf": _word_check(_is_hash, "bad-reference"),
    },
    required=("chain", "seq", "leaf"),
)
_PLAIN_CHECKS: Mapping[Plain, Check] = {
    Plain.BOOLEAN: _check_boolean,
    Plain.DATE: _day_check(_is_date),
    Plain.TIME: _day_check(is_time),
    Plain.HASH: _word_check(_is_hash, "bad-reference"),
    Plain.DID_KEY: _word_check(_is_did_key, "bad-reference"),
    Plain.ENTRY: _check_entry,
    Plain.PRODUCT: _word_check(lambda text: text in reference.products(), "unknown-value"),
    Plain.READING: _word_check(_is_reading, "not-a-decimal"),
    Plain.RULE_CODE: _word_check(_is_rule_code, "unknown-value"),
    Plain.WORD: _word_check(_is_word, "unknown-value"),
    Plain.OBJECT: _check_object,
}
_CODE_CHECKS: Mapping[CodeRule, Check] = {
    CodeRule.USCC: _word_check(codes.is_uscc, "bad-code"),
    CodeRule.RESIDENT_ID: _word_check(codes.is_resident_id, "bad-code"),
    CodeRule.LABEL: _word_check(codes.is_label_code, "bad-code"),
    CodeRule.REGION: _word_check(is_region, "unknown-region"),
    CodeRule.PROCESS: _word_check(lambda text: text in reference.processes(), "unknown-value"),
    CodeRule.TABLE: _word_check(lambda text: _TABLE_CODE.fullmatch(text) is not None, "unknown-value"),
}
