"""What do the rules say of a batch's records? Gates are asked of facts as they stand, in whatever order they came. (pure)

Each finding names the records that it rests on, so that it is the same finding whichever of them came last. What a fact
brings: a hold, a flag, or a verdict that is logged as a remark.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .papers import PAPERS, WITHOUT_PAPERS, quality_is_shown
from .quantity import Dimension, Quantity, base_amount, parse_quantity
from .records import entry_of, record_id, records_of, said
from .reports import first_of, is_replaced, report_of, tested
from .rules import (
    IMPLAUSIBLE,
    MissingField,
    Outcome,
    ReportVerdict,
    Verdict,
    field_duties,
    harvest_plausible,
    judge_retest,
    step_plausible,
    usual_step,
    usual_yield,
    worst,
)
from .rules.reports import judged_by
from .rules.residues import DIFFERS
from .samples import differing
from .state import Row, State
from .uses import kept_interval, lawful_use

_MILLIGRAMS = 1_000_000  # a kilogram


@dataclass(frozen=True)
class Finding:
    """What one rule says of some records. `ground` names both and nothing else: two findings with one are the same.

    `reaction`: hold; remark, a verdict that is logged and no more; flag, a question to the owner; question, both of these.
    `asked`: the reason that a question is about, where it is not the first one.
    """

    verdict: Verdict
    records: tuple[Row, ...]
    reaction: str
    lifted_by: str = "officials"
    found: str = ""
    expected: str = ""
    asked: str = ""

    @property
    def asks(self) -> bool:
        """Whether it is a question, open until it is answered or the records say otherwise."""
        return self.reaction in ("flag", "question")

    @property
    def reason(self) -> str:
        return self.asked or self.verdict.reasons[0]

    @property
    def ground(self) -> str:
        return " ".join((self.verdict.rule, *sorted(row["id"] for row in self.records)))

    @property
    def evidence(self) -> list[dict[str, Any]]:
        return [entry_of(row) for row in self.records]


NEEDS: Mapping[str, tuple[str, ...]] = {
    "input_use": ("harvest",),
    "harvest": ("input_use",),
    "receipt": (*PAPERS, "dispatch"),
    "market_admission": (*PAPERS, *WITHOUT_PAPERS, "dispatch"),
    "lab_report": (*PAPERS, *WITHOUT_PAPERS, "dispatch"),
    "retest_report": (*PAPERS, *WITHOUT_PAPERS, "dispatch"),
}
"""Records of the same batch that a record is judged with, or that are judged again by what it says."""

SETTLES: Mapping[str, tuple[str, ...]] = dict.fromkeys(PAPERS, WITHOUT_PAPERS)
"""Kinds that may answer a question about an earlier record, and of which kinds that record is."""


def judge(state: State, row: Row) -> list[Finding]:
    """Every finding in which this record has a part."""
    judged = _JUDGED.get(row["kind"])
    found = list(judged(state, row)) if judged else []
    return [*found, *_duties(state, row)]


def judge_all(state: State, chain: str, kinds: Iterable[str]) -> list[Finding]:
    """Every finding of a batch, each once."""
    found = {one.ground: one for row in records_of(state, chain, kinds) for one in judge(state, row)}
    return list(found.values())


def _product(state: State, row: Row) -> str:
    product: str = state.rows["batch", row["chain"]]["product"]
    return product


def _judge_use(state: State, row: Row) -> Iterator[Finding]:
    payload = said(row)
    yield from _concern(lawful_use(payload, _product(state, row), row["occurred_at"]), (row,))
    for harvest in records_of(state, row["chain"], ("harvest",)):
        yield from _interval(row, harvest)


def _judge_harvest(state: State, row: Row) -> Iterator[Finding]:
    for use in records_of(state, row["chain"], ("input_use",)):
        yield from _interval(use, row)
    found = yield_of(said(row), _product(state, row))
    if found is not None:
        verdict, per_mu = found
        band = usual_yield(_product(state, row))
        yield from _plausibility(verdict, row, f"{per_mu:.0f} kg/mu", f"{band} kg/mu" if band else "")


def yield_of(payload: Mapping[str, Any], product: str) -> tuple[Verdict, Decimal] | None:
    """What the rule on yields says of a harvest, and its kilograms a mu; None where it states no area or no weight."""
    quantity = parse_quantity(payload["quantity"])
    if "area_mu" not in payload or quantity.unit.dimension is not Dimension.MASS:
        return None
    kilograms, area = Decimal(base_amount(quantity)) / _MILLIGRAMS, Decimal(payload["area_mu"])
    return harvest_plausible(product, area, kilograms), kilograms / area


def _interval(use: Row, harvest: Row) -> Iterator[Finding]:
    """One use and one harvest: 农产品质量安全法 art. 29."""
    kept = kept_interval(use, said(use), harvest, said(harvest))
    if kept is not None:
        yield from _concern(kept.verdict, (use, harvest))


def _judge_processing(state: State, row: Row) -> Iterator[Finding]:
    payload, product = said(row), _product(state, row)
    taken, given = parse_quantity(payload["quantity_in"]), parse_quantity(payload["quantity_out"])
    given_of_taken, fresh_of_dry = usual_step(payload["process"], product)
    bands = [f"{given_of_taken} : 1"] if given_of_taken else []
    bands += [f"1 : {fresh_of_dry}"] if fresh_of_dry else []
    yield from _plausibility(step_of(payload, product), row, f"{_text(taken)} → {_text(given)}", "; ".join(bands))


def step_of(payload: Mapping[str, Any], product: str) -> Verdict:
    """What the rule on amounts says of one step of processing."""
    taken, given = parse_quantity(payload["quantity_in"]), parse_quantity(payload["quantity_out"])
    return step_plausible(payload["process"], taken, given, product)


def _text(quantity: Quantity) -> str:
    return f"{quantity.value} {quantity.unit.value}"


def _judge_report(state: State, row: Row) -> Iterator[Finding]:
    """A report decides by its conclusion; where our own comparison differs, that is asked about (domain notes §3)."""
    yield from _sampled(state, row)
    found = report_of(said(row), _product(state, row))
    if not (found.verdict.outcome.stops and is_replaced(state, row)):
        yield from _reported(row, found)


def _judge_retest(state: State, row: Row) -> Iterator[Finding]:
    """Of a first report that fails, a re-test only confirms the hold or takes its place, and says why where it does not.

    So there is never a second hold on one ground. Where the first report holds nothing, a re-test is a report like any.
    """
    yield from _sampled(state, row)
    product, first = _product(state, row), first_of(state, row)
    found = report_of(said(row), product)
    if first is None or first["is_void"] or not report_of(said(first), product).verdict.outcome.stops:
        yield from _reported(row, found)
        return
    if found.verdict.outcome.stops:
        yield Finding(found.verdict, (first, row), "remark")
        return
    lawful = judge_retest(tested(first), tested(row), product)
    yield from _reported(row, replace(found, verdict=worst(judged_by(product), (found.verdict, lawful))))


def _sampled(state: State, row: Row) -> Iterator[Finding]:
    """A report that does not fit its sample. It holds by what it concludes all the same: whoever wrote it says which it was."""
    reasons = list(differing(state, row))
    if reasons:
        why, said_here, drawn = reasons[0]
        codes = tuple(code for code, _, _ in reasons)
        verdict = Verdict("sample@1", Outcome.WARN, False, "L-APQSL 47", codes, ("ask-the-laboratory",))
        yield Finding(verdict, (row,), "flag", found=said_here, expected=drawn, asked=why)


def _reported(row: Row, found: ReportVerdict) -> Iterator[Finding]:
    differing = [one for one in found.items if DIFFERS.code in one.verdict.reasons]
    if differing and not found.verdict.outcome.stops:
        items = "; ".join(f"{one.item.item} {one.item.value} {one.item.unit}".strip() for one in differing)
        limits = "; ".join(f"{limit.value} {limit.unit}" for one in differing for limit in one.limits)
        yield Finding(found.verdict, (row,), "question", found=items, expected=limits, asked=DIFFERS.code)
    else:
        yield from _concern(found.verdict, (row,))


def _concern(verdict: Verdict, records: tuple[Row, ...]) -> list[Finding]:
    """A fact that a rule stops holds the batch; one that it warns of leaves a remark."""
    if verdict.outcome.stops:
        return [Finding(verdict, records, "hold")]
    return [Finding(verdict, records, "remark")] if verdict.outcome is Outcome.WARN else []


def _plausibility(verdict: Verdict, row: Row, found: str, usual: str) -> Iterator[Finding]:
    """Bands flag and never refuse: a harvest better than usual is no offence."""
    asked = next((one for one in verdict.reasons if one in IMPLAUSIBLE), "")
    if asked:
        expected = "; ".join(part for part in (usual, *verdict.rows) if part)
        yield Finding(verdict, (row,), "flag", found=found, expected=expected, asked=asked)
    elif verdict.outcome is Outcome.WARN:
        yield Finding(verdict, (row,), "remark")


def _judge_receipt(state: State, row: Row) -> Iterator[Finding]:
    """As weighed; a difference from the dispatch that it names is asked about, however small (the table of payloads)."""
    payload = said(row)
    named = payload.get("dispatch")
    sent = state.find("record", record_id(named["chain"], named["seq"])) if named else None
    if sent is None or (sent["chain"], sent["kind"]) != (row["chain"], "dispatch"):
        return
    came, left = parse_quantity(payload["quantity"]), parse_quantity(said(sent)["quantity"])
    if (came.unit.dimension, base_amount(came)) != (left.unit.dimension, base_amount(left)):
        verdict = Verdict(
            "receipt@1", Outcome.WARN, False, "L-FSL 65", (RECEIPT_DIFFERS,), ("check-unit", "correct-if-mistaken")
        )
        yield Finding(verdict, (row,), "flag", found=_text(came), expected=_text(left))


RECEIPT_DIFFERS = "receipt-differs"


def _duties(state: State, row: Row) -> list[Finding]:
    """Fields that the law asks of this party and that it left out: flagged, and open to a correction."""
    party = state.find("party", row["actor"])
    if party is None:
        return []
    batch = state.rows["batch", row["chain"]]
    place = state.find("place", batch["place"]) if batch["place"] else None
    owed = field_duties(row["kind"], said(row), party["legal_form"], bool(place and place["is_gap_base"]))
    missing = tuple(one for one in owed if not _is_supplied(state, row, one.field)) if owed else ()
    if not missing:
        return []
    return [Finding(_missing(missing), (row,), "flag", expected=" ".join(one.field for one in missing))]


def _is_supplied(state: State, row: Row, field: str) -> bool:
    """Whether another record of the batch says what this one left out: papers that came after the goods."""
    return row["kind"] in WITHOUT_PAPERS and field == "proofs" and quality_is_shown(state, row["chain"])


def _missing(missing: tuple[MissingField, ...]) -> Verdict:
    articles = dict.fromkeys(part for one in missing for part in one.basis.split("; "))
    return Verdict("duties@1", Outcome.WARN, False, "; ".join(articles), ("fields-missing",), ("correct-the-record",))


_JUDGED: Mapping[str, Callable[[State, Row], Iterator[Finding]]] = {
    "input_use": _judge_use,
    "harvest": _judge_harvest,
    "primary_processing": _judge_processing,
    "receipt": _judge_receipt,
    "lab_report": _judge_report,
    "retest_report": _judge_retest,
}
