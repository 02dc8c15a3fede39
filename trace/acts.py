"""May goods move, be offered, labelled or let in? The gates that refuse an act, as a table of acts and what each asks. (pure)

Facts never come here. A refusal names the rule, its article, the entries that it rests on, and what would lift it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import reference
from .holds import entry_named, open_holds_of
from .ledger.errors import Refused
from .ledger.statement import Statement
from .legal_days import legal_day
from .papers import PAPERS, REPORTS, clean_reports, quality_is_shown
from .records import entry_of, records_of, said
from .rules import (
    RESTRICTED,
    EntryTest,
    Standing,
    Verdict,
    harvest_recorded,
    market_entry,
    no_open_hold,
    package_complete,
)
from .rules.packages import FIELDS
from .standing import Standing as PartyStanding
from .standing import StandingAct
from .state import Row, State

Gate = Callable[["State", str, Statement], None]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "dispatch": ("batch_opened", "harvest", "packing", "receipt", *PAPERS),
    "transfer_offered": ("batch_opened", "harvest"),
    "market_admission": REPORTS,
}
"""Records of the batch that a gate looks at."""

NEEDS_ABOVE = ("batch_opened", "harvest", "receipt", *PAPERS)
"""Of everything above a batch that moves: who harvested it, and what was checked when it was bought."""


def refuse_act(state: State, statement: Statement) -> None:
    """Raises `Refused` where a gate says no to this act."""
    for gate in _GATES.get(statement.kind, ()):
        gate(state, statement.chain, statement)


def refuse_inputs(state: State, batches: Iterable[str], statement: Statement) -> None:
    """Goods that are held go into no new batch."""
    for batch in batches:
        _no_hold(state, batch, statement)


def _refuse(verdict: Verdict, code: str, evidence: Iterable[Mapping[str, Any]] = (), **more: object) -> None:
    if verdict.outcome.stops:
        raise Refused(
            code,
            rule=verdict.rule,
            article=verdict.article,
            reasons=list(verdict.reasons),
            remedy=list(verdict.remedy),
            evidence=[dict(one) for one in evidence],
            **more,
        )


def _no_hold(state: State, batch: str, statement: Statement) -> None:
    """G20: nothing holds the batch. Holds spread to everything below, so its own ones are all there are."""
    holds = open_holds_of(state, batch) if state.rows["batch", batch]["holds"] else []
    verdict = no_open_hold([Standing.HELD if holds else Standing.OK])
    since = holds[0]["placed_at"] if holds else ""
    _refuse(verdict, "batch-held", map(entry_named, holds), since=since, held_batch=batch)


def _no_hold_to_let_in(state: State, batch: str, statement: Statement) -> None:
    if statement.payload["decision"] == "admitted":
        _no_hold(state, batch, statement)


def _harvested(state: State, batch: str, statement: Statement) -> None:
    """G07: what was grown here was harvested, on record, before it moves. For goods made of others, each of those."""
    rows = [state.rows["batch", one] for one in (batch, *state.above(batch))]
    for row in rows:
        if row["has_inputs"] or not _is_grown(row) or _is_bought(state, row):
            continue
        harvests = list(records_of(state, row["id"], ("harvest",)))
        day = legal_day(harvests[0]["occurred_at"]) if harvests else None
        has_place = bool(row["place"]) or any("places" in said(one) for one in harvests)
        _refuse(harvest_recorded(day, has_place=has_place), "harvest-not-recorded", map(entry_of, harvests))


_GROWN = frozenset({"herb", "farm6", "grain"})


def _is_bought(state: State, row: Row) -> bool:
    """Goods without a chain of their own: harvested by somebody who is no party here."""
    opened = next(records_of(state, row["id"], ("batch_opened",)), None)
    return opened is not None and bool({"bought_from", "seller"} & said(opened).keys())


def _is_grown(row: Row) -> bool:
    return reference.products()[row["product"]].regime in _GROWN


def _packed(state: State, batch: str, statement: Statement) -> None:
    """G14: what the law wants on each package of a herb stands in the last record of packing."""
    if not _is_herb(state.rows["batch", batch]):
        return
    packings = list(records_of(state, batch, ("packing",)))
    payload = said(packings[-1]) if packings else {}
    missing = [field for field in FIELDS if not payload.get(field)]
    _refuse(package_complete(missing), "package-incomplete", map(entry_of, packings), missing=missing)


def _checked_at_purchase(state: State, batch: str, statement: Statement) -> None:
    """G14: of a herb that was bought from somebody who is no party here, the check at purchase is on record (中医药法 art. 24).

    The paper that came with it stands on its opening, or on a receipt; or any record since shows its quality.
    """
    for row in (state.rows["batch", one] for one in (batch, *state.above(batch))):
        if not _is_herb(row) or not _is_bought(state, row):
            continue
        openings = list(records_of(state, row["id"], ("batch_opened",)))
        receipts = list(records_of(state, row["id"], ("receipt",)))
        with_paper = any("evidence" in said(one) for one in openings) or any("proofs" in said(one) for one in receipts)
        if not with_paper and not (receipts and quality_is_shown(state, row["id"])):
            verdict = package_complete(["purchase_check"])
            _refuse(verdict, "purchase-check-missing", map(entry_of, (*openings, *receipts)))


def _is_herb(row: Row) -> bool:
    return reference.products()[row["product"]].regime in ("herb", "pieces")


def _let_in(state: State, batch: str, statement: Statement) -> None:
    """G18: a proof of quality, or a test at the gate that passed; a clean report on the batch is such a proof.

    Where a measure asks for a test before entry, that test or a clean report on this very batch; no paper of another kind.
    """
    payload = statement.payload
    if payload["decision"] != "admitted":
        return
    standing = _standing_of(state, batch)
    reports = clean_reports(state, batch)
    proofs = [one["type"] for one in payload.get("proofs", ())] + ["检验报告"] * bool(reports)
    proofs += ["承诺达标合格证"] if "certificate" in payload else []
    test = payload.get("test", {}).get("result")
    needs_test = standing is not None and TEST_FIRST in standing.must_do and not reports
    verdict = market_entry(proofs, EntryTest(test) if test else None, needs_test=needs_test)
    _refuse(verdict, "market-entry-refused", map(entry_of, reports))


TEST_FIRST = "test_before_entry"
"""What a standing says where a measure wants a test at the gate (credit.md 7)."""


def _standing_of(state: State, batch: str) -> PartyStanding | None:
    """What the owner of the goods may do at a gate. Raises `Refused` where a restriction with a decision number bars it."""
    if state.standing is None:
        return None
    found = state.standing(state.rows["batch", batch]["owner"], StandingAct.ADMIT)
    if not found.allowed:
        raise Refused(
            "standing-restricted",
            rule="standing@1",
            article="; ".join(dict.fromkeys(one.basis for one in found.reasons)),
            reasons=[RESTRICTED.code],
            remedy=list(RESTRICTED.remedy),
            evidence=[],
            decision=", ".join(one.decision_no for one in found.reasons if one.decision_no),
        )
    return found


_GATES: Mapping[str, tuple[Gate, ...]] = {
    "labels_issued": (_no_hold,),
    "dispatch": (_no_hold, _harvested, _packed, _checked_at_purchase),
    "transfer_offered": (_no_hold, _harvested),
    "transfer_accepted": (_no_hold,),
    "batch_split": (_no_hold,),
    "batch_merged": (),
    "market_admission": (_no_hold_to_let_in, _let_in),
}
"""Which gates each act passes, in the order in which they answer (vocabulary, column effect)."""
