"""Under which names does a payload travel through a form, and what was meant by the texts that came back? (no decisions)

A browser sends texts by name. `texts_of` gives those of a payload, `payload_of` reads them back; what cannot be read as its
type stays the text that somebody typed, so that the check of the payload points to it and the page shows it again.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from trace import reference
from trace.codes import fold_label_code
from trace.events import Kind
from trace.fieldtype import Amount, ChainRef, Choice, Code, CodeRule, FieldType, ListOf, Members, Number, Plain, Whole
from trace.ledger.canonical import ProfileError, decode, encode

Texts = Mapping[str, Sequence[str]]
"""What a form holds: the texts of each control, in the order of the page."""

PREFIX = "p"
"""Names of payload fields begin with `p.`; those of the page's own controls have no dot."""

LOCAL_OFFSET = "+08:00"
"""What a time without an offset means: Asia/Shanghai, which has known no summer time since 1991."""

MAX_FILE_ROWS = 3
"""In so many rows of one list a file can be chosen at once: each adds to what one request may weigh."""

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_ENTRY = re.compile(r"([A-Za-z0-9_-]+)\.([0-9]{1,15})\.([0-9a-f]+)")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(?:\.[0-9]+)?)?)(Z|[+-][0-9]{2}:[0-9]{2})?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


def payload_of(kind: Kind, texts: Texts, prefix: str = PREFIX) -> dict[str, Any]:
    """The payload that these texts say; what was left empty is not in it. Rows that were left empty close up."""
    found = {name: read_value(field.type, f"{prefix}.{name}", texts) for name, field in kind.fields.items()}
    return {name: value for name, value in found.items() if value is not None}


def texts_of(kind: Kind, payload: Mapping[str, Any], prefix: str = PREFIX) -> dict[str, list[str]]:
    """The texts by which a form carries this payload."""
    found: dict[str, list[str]] = {}
    for name, field in kind.fields.items():
        if name in payload:
            for control, text in write_value(field.type, f"{prefix}.{name}", payload[name]):
                found.setdefault(control, []).append(text)
    return found


def name_of_pointer(pointer: str, prefix: str = PREFIX) -> str:
    """The control that a fault's pointer into a payload means: /quantity/value is `p.quantity.value`."""
    return ".".join([prefix, *pointer.split("/")[1:]]) if pointer else prefix


def takes_several(type: ListOf) -> bool:
    """Whether the items of a list are ticked, one control a choice."""
    match type.item:
        case Choice() | ChainRef() | Plain.HASH | Plain.ENTRY:
            return True
    return False


def takes_rows(type: ListOf) -> bool:
    """Whether each item of a list has controls of its own; what is neither ticked nor in rows stands a line an item."""
    return isinstance(type.item, Members | Amount)


def read_value(type: FieldType, name: str, texts: Texts) -> Any | None:
    """The value of one field; None where nothing was entered."""
    match type:
        case ListOf(item) if takes_several(type):
            chosen = [_read_text(item, text) for text in texts.get(name, ()) if text.strip()]
            return chosen or None
        case ListOf(item) if takes_rows(type):
            read = [read_value(item, f"{name}.{at}", texts) for at in _rows(name, texts)]
            return [value for value in read if value is not None] or None
        case ListOf(item):
            lines = _first(texts, name).replace("\r\n", "\n").split("\n")
            return [_read_text(item, line) for line in lines if line.strip()] or None
        case Members(members):
            parts = {member.name: read_value(member.type, f"{name}.{member.name}", texts) for member in members}
            return {key: value for key, value in parts.items() if value is not None} or None
        case Amount():
            return _read_amount(name, texts)
        case Plain.TIME:
            return _read_time(_first(texts, name), _first(texts, f"{name}.offset"))
    text = _first(texts, name)
    return _read_text(type, text) if text.strip() else None


def write_value(type: FieldType, name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The controls of a value and their texts; of a value that is not of its type, the text that somebody typed."""
    match type, value:
        case ListOf(item), list() if takes_several(type):
            yield from ((name, _write_text(item, one)) for one in value)
        case ListOf(item), list() if takes_rows(type):
            for at, one in enumerate(value):
                yield from write_value(item, f"{name}.{at}", one)
        case ListOf(item), list():
            yield name, "\n".join(_write_text(item, one) for one in value)
        case Members(members), dict():
            for member in members:
                if member.name in value:
                    yield from write_value(member.type, f"{name}.{member.name}", value[member.name])
        case Amount(), dict():
            yield from ((f"{name}.{part}", str(value[part])) for part in ("value", "unit") if part in value)
        case Plain.TIME, str():
            yield from _write_time(name, value)
        case _:
            yield name, _write_text(type, value)


def _first(texts: Texts, name: str) -> str:
    return next(iter(texts.get(name, ())), "")


def _rows(name: str, texts: Texts) -> list[int]:
    """The numbers of the rows that have any control."""
    found = {sent[len(name) + 1 :].partition(".")[0] for sent in texts if sent.startswith(f"{name}.")}
    return sorted(int(at) for at in found if at.isascii() and at.isdigit() and len(at) < 5)


def _read_amount(name: str, texts: Texts) -> dict[str, str] | None:
    value, unit = fold(_first(texts, f"{name}.value")), _first(texts, f"{name}.unit").strip()
    if not value:
        return None
    return {"value": value, "unit": unit} if unit else {"value": value}


def _read_time(text: str, offset: str) -> str | None:
    """RFC 3339: the control of a browser gives neither offset nor full seconds."""
    typed = fold(text).replace(" ", "T", 1)
    found = _TIME.fullmatch(typed)
    if found is None:
        return typed or None
    local, seconds, given = found[1], found[2], found[3] or offset.strip() or LOCAL_OFFSET
    return f"{local}{'' if seconds else ':00'}{given}"


def _write_time(name: str, value: str) -> Iterator[tuple[str, str]]:
    found = _TIME.fullmatch(value)
    if found is None or found[3] is None:
        yield name, value
        return
    yield name, found[1]
    yield f"{name}.offset", found[3]


def _read_text(type: FieldType, text: str) -> Any:
    """One text as the JSON value of its type, or as it was typed where it is none."""
    text = text.replace("\r\n", "\n").strip()
    match type:
        case Number() | Plain.READING | Plain.HASH | Plain.DID_KEY:
            return fold(text)
        case Plain.DATE:
            return _read_day(fold(text))
        case Whole():
            folded = fold(text)
            return int(folded) if _WHOLE.fullmatch(folded) else folded
        case Plain.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        case Plain.OBJECT:
            return _read_object(text)
        case Plain.ENTRY:
            entry = _ENTRY.fullmatch(text)
            return {"chain": entry[1], "seq": int(entry[2]), "leaf": entry[3]} if entry else text
        case Code(rule):
            return _read_code(rule, text)
    return text


def _read_object(text: str) -> Any:
    try:
        return decode(text.encode())
    except (ProfileError, UnicodeEncodeError):
        return text


def _read_code(rule: CodeRule, text: str) -> str:
    match rule:
        case CodeRule.LABEL:
            return fold_label_code(text)
        case CodeRule.USCC | CodeRule.RESIDENT_ID:
            return fold(text).upper()
        case CodeRule.REGION:
            return _codes_by_name().get(text.split()[0] if text else "", fold(text.split()[0] if text else ""))
        case CodeRule.PROCESS | CodeRule.TABLE:
            return text


@lru_cache(maxsize=1)
def _codes_by_name() -> Mapping[str, str]:
    """Regions down to the county by name, where only one has it: nobody knows the code of the district by heart."""
    named = [
        (row.name, code)
        for code, row in reference.divisions().items()
        if row.level in ("province", "prefecture", "county")
    ]
    names = [name for name, _ in named]
    return {name: code for name, code in named if names.count(name) == 1}


def _read_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else text


def _write_text(type: FieldType, value: Any) -> str:
    match type, value:
        case Plain.BOOLEAN, bool():
            return "true" if value else "false"
        case Plain.OBJECT, dict():
            return encode(value).decode()
        case Plain.ENTRY, {"chain": chain, "seq": seq, "leaf": leaf}:
            return f"{chain}.{seq}.{leaf}"
    return str(value)


def fold(text: str) -> str:
    """Full width to ASCII, blanks around it away: what a Chinese keyboard makes of a number."""
    return unicodedata.normalize("NFKC", text).strip()
