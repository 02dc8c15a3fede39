"""Which fields that the law asks of this party are missing from its record? (pure)

The payload table marks them `by legal form`; its source column names the law, and another table who is bound by it. A missing
one is flagged, never refused: 农产品质量安全法 art. 27 encourages households and obliges companies and co-ops.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from ..reference import PayloadRow, payload_rows
from ..reference.duties import PEOPLE, Duty, duty_of, has_row

_BY_FORM = "by legal form"
_DEFAULTED = "default the day of occurred_at"
_PESTICIDE_LAW = frozenset({"L-PEST 34", "L-PEST 36", "L-APQSL 29", "gates.csv G05"})
_PESTICIDES = frozenset({"pesticide", "growth-regulator", "seed-coating"})
_PLOTS = frozenset({"plot", "greenhouse", "base", "farm"})

Payload = Mapping[str, object]


@dataclass(frozen=True)
class MissingField:
    """A field that is owed and was not given. `basis`: laws and standards that ask for it, as `L-APQSL 27; L-PEST 36`."""

    field: str
    basis: str


def field_duties(kind: str, payload: Payload, legal_form: str, has_gap_base: bool) -> tuple[MissingField, ...]:
    """What a party of this legal form owes in a record of this kind and did not say, in the order of the table.

    `has_gap_base`: the place carries a GAP base number, and the records of 中药材GAP are owed there by whoever works it.
    """
    owed = [one for one in _owed(kind, legal_form, has_gap_base) if not _is_given(payload.get(one[0].field))]
    return tuple(MissingField(row.field, "; ".join(laws)) for row, laws in owed if _applies(row, laws, payload))


@cache
def _owed(kind: str, legal_form: str, has_gap_base: bool) -> tuple[tuple[PayloadRow, tuple[str, ...]], ...]:
    """The rows of a kind that such a party owes, each with the laws that ask for it."""
    rows = (row for row in payload_rows() if row.kind == kind and row.required == _BY_FORM)
    laws = (
        (row, tuple(one for one in _bases(row) if _owes(duty_of(one), legal_form, has_gap_base)))
        for row in rows
        if _DEFAULTED not in row.note
    )
    return tuple((row, owed) for row, owed in laws if owed)


def owed_fields(kind: str, legal_form: str, has_gap_base: bool) -> tuple[str, ...]:
    """Every field that such a party owes in a record of this kind, for a form that marks them before anything is typed."""
    return tuple(one.field for one in field_duties(kind, {}, legal_form, has_gap_base))


def basis_of(kind: str, fields: Iterable[str], legal_form: str, has_gap_base: bool) -> str:
    """The laws and standards that ask such a party for these fields, each once."""
    wanted = frozenset(fields)
    owed = (one for row, owed in _owed(kind, legal_form, has_gap_base) if row.field in wanted for one in owed)
    return "; ".join(dict.fromkeys(owed))


def _bases(row: PayloadRow) -> list[str]:
    """The laws that a source names: the whole cell where the duty table has it, else part by part."""
    if has_row(row.source):
        return [row.source]
    return [part.strip() for part in row.source.split(";")]


def _owes(duty: Duty, legal_form: str, has_gap_base: bool) -> bool:
    if duty.where_gap:
        return has_gap_base
    return legal_form in duty.legal_forms or (duty.all_but_people and legal_form not in PEOPLE)


def _is_given(value: object) -> bool:
    return bool(value) or (value is not None and value != "" and value != [])


def _applies(row: PayloadRow, owed: tuple[str, ...], payload: Payload) -> bool:
    """Whether the field belongs to such a record at all: laws of pesticides ask nothing of a fertiliser."""
    if row.kind == "input_use" and payload.get("input_kind", "pesticide") not in _PESTICIDES:
        return any(basis not in _PESTICIDE_LAW for basis in owed)
    condition = _CONDITIONS.get((row.kind, row.field))
    return condition is None or condition(payload)


def _is_plot(payload: Payload) -> bool:
    return payload.get("place_kind", "plot") in _PLOTS


def _was_grown(payload: Payload) -> bool:
    return not any(payload.get(field) for field in ("inputs", "bought_from", "seller"))


def _is_on_task(payload: Payload) -> bool:
    return payload.get("sample_kind", "supervision") in ("supervision", "monitoring")


def _is_unnamed_buyer(payload: Payload) -> bool:
    return not payload.get("buyer_name")


def _rests_on_papers(payload: Payload) -> bool:
    """Let in without a test: 食用农产品市场销售质量安全监督管理办法 takes either."""
    return payload.get("decision", "admitted") == "admitted" and not (payload.get("test") or payload.get("certificate"))


_CONDITIONS: Mapping[tuple[str, str], Callable[[Payload], bool]] = MappingProxyType(
    {
        ("place_registered", "area_mu"): _is_plot,
        ("batch_opened", "place"): _was_grown,
        ("sample_taken", "task_no"): _is_on_task,
        ("dispatch", "buyer"): _is_unnamed_buyer,
        ("market_admission", "proofs"): _rests_on_papers,
    }
)
"""What the note of a row says in words: an area is a plot's, goods made or bought were grown elsewhere, a task is an
official's, a buyer without an account has a name, and goods that passed a test at the gate need no paper."""
