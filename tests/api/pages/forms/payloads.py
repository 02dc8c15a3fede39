"""Payloads of every kind as somebody could have filled them in, made from the declaration alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from trace import reference
from trace.codes import label_code
from trace.events import KINDS, Kind, Required
from trace.fieldtype import (
    Amount,
    ChainRef,
    Choice,
    Code,
    CodeRule,
    FieldType,
    ListOf,
    Members,
    Number,
    Plain,
    Text,
    Township,
    Whole,
)
from trace.quantity import Unit
from trace.wing import SEALED

Strategy = st.SearchStrategy[Any]

FORMED = [name for name, kind in KINDS.items() if kind.chain not in SEALED]
"""Kinds that the form of kinds renders. What is said in cases has pages of its own, after the rows of procedures."""

_LETTERS = st.characters(categories=("L", "Nd", "P", "S"), include_characters=" ") | st.sampled_from(
    "白芍亩＜３＋<&\"'"
)
_CHAINS = st.text("abcXYZ019_-", min_size=22, max_size=22)
_HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)
_DECIMALS = st.decimals("0.001", "99999", places=3).map(lambda value: f"{value:f}")
_DAYS = st.dates().map(lambda day: day.isoformat())
_PLAIN: dict[Plain, Strategy] = {
    Plain.BOOLEAN: st.booleans(),
    Plain.DATE: _DAYS,
    Plain.TIME: st.builds(
        lambda day, clock, offset: f"{day}T{clock:%H:%M:%S}{offset}",
        st.dates(date(1900, 1, 1)),
        st.times(),
        st.sampled_from(("+08:00", "Z", "-05:30", ".25+08:00")),
    ),
    Plain.HASH: _HASHES,
    Plain.DID_KEY: st.just("did:key:z6MkgYGF3thn8k1Fv4p4dWXKtsXCnLH7q9yw4QgNPULDmDKB"),
    Plain.ENTRY: st.fixed_dictionaries({"chain": _CHAINS, "seq": st.integers(0, 9999), "leaf": _HASHES}),
    Plain.PRODUCT: st.sampled_from(list(reference.products())),
    Plain.RULE_CODE: st.sampled_from(("inside-interval", "mass-exceeded")),
    Plain.OBJECT: st.fixed_dictionaries(
        {"quantity": st.fixed_dictionaries({"value": _DECIMALS, "unit": st.just("kg")})}
    ),
    Plain.READING: st.sampled_from(("0.31", "<0.005", "<LOQ", "未检出", "not detected")),
}
_CODES: dict[CodeRule, Strategy] = {
    CodeRule.USCC: st.just("93341602MA75428340"),
    CodeRule.RESIDENT_ID: st.just("11010519491231002X"),
    CodeRule.LABEL: st.binary(min_size=7, max_size=7).map(label_code),
    CodeRule.REGION: st.sampled_from(("341602", "310115", "340000")),
    CodeRule.PROCESS: st.sampled_from(list(reference.processes())),
}


def payloads(kind: Kind) -> Strategy:
    """Every required field, any of the others. Lists have an item: who leaves a list empty says nothing."""
    fields = {name: values(field.type) for name, field in kind.fields.items()}
    needed = {name: value for name, value in fields.items() if kind.fields[name].required is Required.YES}
    return st.fixed_dictionaries(needed, optional={name: value for name, value in fields.items() if name not in needed})


def values(type: FieldType) -> Strategy:
    """Values of a field as a form can say them: texts without blanks at their ends, choices in their order."""
    match type:
        case ListOf(Choice(words)):
            return st.sets(st.sampled_from(words), min_size=1).map(
                lambda chosen: [one for one in words if one in chosen]
            )
        case ListOf(item, least):
            return st.lists(values(item), min_size=max(least, 1), max_size=3)
        case Members(members):
            parts = {member.name: values(member.type) for member in members}
            needed = {member.name: parts[member.name] for member in members if member.required}
            return st.fixed_dictionaries(
                needed, optional={name: part for name, part in parts.items() if name not in needed}
            ).filter(bool)
        case Amount(allowed):
            units = [unit.value for unit in Unit if unit.dimension in allowed]
            return st.fixed_dictionaries({"value": _DECIMALS, "unit": st.sampled_from(units)})
        case Text(lines=True):
            return st.lists(_text(), min_size=1, max_size=3).map("\n".join)
        case Text() | Township():
            return _text()
        case Number():
            return _DECIMALS
        case Whole(least, most):
            return st.integers(least, most)
        case Choice(words):
            return st.sampled_from(words)
        case Code(rule):
            return _CODES[rule]
        case ChainRef():
            return _CHAINS
        case Plain():
            return _PLAIN[type]


def _text() -> Strategy:
    return st.text(_LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
