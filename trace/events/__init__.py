"""Which kinds of statement does this program know? The vocabulary and its payload fields, as one registry.

A kind is a row of the carried vocabulary and its rows of the payload table: adding one adds rows, and no line here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .. import reference
from ..fieldtype import parse_type
from .kind import Field, Kind, Nature, Privacy, Required

__all__ = ["KINDS", "Field", "Kind", "Nature", "Privacy", "Required"]

_NO_REGIME = "-"
_FOR_A_TIME = "within publicity"
"""What is public for a term only: pages show it for so long, and its statement is opened to nobody for ever."""
_SIX_KINDS = "six kinds"
"""The one regime of the vocabulary that is two words: products whose `farm6_kind` is set."""


def _kinds() -> Mapping[str, Kind]:
    fields: dict[str, dict[str, Field]] = {name: {} for name in reference.vocabulary()}
    rows = [row for row in reference.payload_rows() if _lists_its_values(row)]
    value_words = {row.field: row.unit_or_values for row in rows if "{" not in row.type}
    value_words |= {f"{row.kind}.{row.field}": row.unit_or_values for row in rows}
    for row in reference.payload_rows():
        fields[row.kind][row.field] = _field(row, value_words)
    return MappingProxyType({name: _kind(row, fields[name]) for name, row in reference.vocabulary().items()})


def _lists_its_values(row: reference.PayloadRow) -> bool:
    return ("{" in row.type or row.type in ("enum", "list of enum")) and not row.unit_or_values.startswith("as ")


def _field(row: reference.PayloadRow, value_words: Mapping[str, str]) -> Field:
    return Field(
        name=row.field,
        type=parse_type(row, value_words),
        required=Required(row.required),
        privacy=Privacy(row.private),
        unit_or_values=row.unit_or_values,
        source=row.source,
        note=row.note,
    )


def _kind(row: reference.VocabularyRow, fields: Mapping[str, Field]) -> Kind:
    return Kind(
        name=row.kind,
        chain=row.chain,
        nature=Nature(row.nature),
        zh=row.zh,
        en=row.en,
        regimes=_regimes(row.regimes),
        who_signs=row.who_signs,
        is_public=row.visibility.startswith("public") and _FOR_A_TIME not in row.visibility,
        is_for_owner=row.visibility.startswith("owner"),
        quantity_effect=row.quantity_effect,
        fields=MappingProxyType(dict(fields)),
    )


def _regimes(text: str) -> tuple[str, ...]:
    if text == _NO_REGIME:
        return ()
    return (text,) if text == _SIX_KINDS else tuple(text.split())


KINDS: Mapping[str, Kind] = _kinds()
"""Every kind by name, in the order of the vocabulary."""
