"""May officials lift this hold, on what they name? The log, the audit and the desk ask here. (pure)

Who signs is judged elsewhere (offices.py). A hold that fell by rule, or that spread from another batch, is nobody's to lift.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from .holds import entry_named, id_of
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid, Refused
from .ledger.statement import Statement
from .legal_days import legal_day
from .papers import REPORTS
from .records import said
from .reports import report_of, tested
from .rules import Conclusion, Item, Verdict, is_rapid, item_key
from .rules.pesticides import ingredients
from .rules.releases import Evidence, asks_for_report, release_founded
from .samples import is_of_these_goods
from .state import Row, State
from .uses import harvest_of

NEEDS = (*REPORTS, "input_use", "harvest")
"""Records of the batch that are looked at beside those that are named."""


def check_release(state: State, statement: Statement) -> None:
    """Raises `Invalid`, `Forbidden`, `Conflict`: not a hold of this batch that officials lift; no reason said. `Refused`
    (`release-without-evidence`): what is named does not do, with the cure."""
    payload = statement.payload
    hold = state.find("hold", id_of(payload["hold"]))
    if hold is None or hold["batch"] != statement.chain:
        raise Invalid("bad-reference", FieldFault("/payload/hold", "bad-reference"))
    if payload["ground"] != "officials":
        raise Forbidden("not-your-act")
    if "reason_text" not in payload:
        raise Invalid("missing-field", FieldFault("/payload/reason_text", "missing-field"))
    if hold["released"] is not None:
        raise Conflict("hold-released-already", FieldFault("/payload/hold", "hold-released-already"))
    if hold["lifted_by"] != "officials":
        raise Conflict("not-for-officials", FieldFault("/payload/hold", "not-for-officials"))
    check_evidence(state, hold, payload.get("evidence", ()))


def check_evidence(state: State, hold: Row, named: Iterable[Mapping[str, Any]]) -> None:
    """Raises `Refused` where this hold does not fall on the entries named."""
    verdict = release_verdict(state, hold, [id_of(one) for one in named])
    if verdict.outcome.stops:
        raise Refused(
            "release-without-evidence",
            rule=verdict.rule,
            article=verdict.article,
            reasons=list(verdict.reasons),
            remedy=list(verdict.remedy),
            evidence=[entry_named(hold)],
        )


def release_verdict(state: State, hold: Row, named: list[str]) -> Verdict:
    """What the rule says of lifting this hold on these records."""
    gate = gate_of(hold)
    found = (_evidence(state, hold, gate, id) for id in named)
    return release_founded(gate, hold["article"], (one for one in found if one is not None))


def gate_of(hold: Row) -> str:
    gate: str = hold["rule"].partition("@")[0]
    return gate


def _evidence(state: State, hold: Row, gate: str, id: str) -> Evidence | None:
    """None for what is no record of this batch that still counts: a rule's own entry proves nothing new."""
    row = state.find("record", id)
    if row is None or row["is_void"] or row["chain"] != hold["batch"]:
        return None
    is_later = row["index"] > hold["index"]
    if row["kind"] not in REPORTS:
        return Evidence(is_later)
    if not asks_for_report(gate):
        return Evidence(is_later, is_clean=_is_clean(state, row))
    found = (state.find("record", ground) for ground in hold["ground"].split()[1:])
    grounds = [one for one in found if one is not None]
    known, product = tested(row), _product(state, row)
    keys = {item_key(one.item, product, known.day) for one in known.items}
    return Evidence(
        is_later=is_later and all(_tested_on(row) >= day for one in grounds for day in _goods_as_of(one)),
        is_clean=_is_clean(state, row),
        is_rapid=is_rapid(known),
        covers=bool(keys) and set(_wanted_keys(grounds, product, known.day)) <= keys,
    )


def _product(state: State, row: Row) -> str:
    product: str = state.rows["batch", row["chain"]]["product"]
    return product


def _is_clean(state: State, row: Row) -> bool:
    known = tested(row)
    stops = report_of(said(row), _product(state, row)).verdict.outcome.stops
    return known.conclusion is Conclusion.PASS and known.has_cma and not stops and is_of_these_goods(row)


def _tested_on(row: Row) -> date:
    stated = said(row).get("tested_on")
    return date.fromisoformat(stated) if stated else legal_day(row["occurred_at"])


def _goods_as_of(ground: Row) -> Iterator[date]:
    """The day from which on a test says something of these goods: they were picked, or had failed."""
    if ground["kind"] == "harvest":
        yield harvest_of(ground, said(ground)).last_on
    elif ground["kind"] in REPORTS:
        yield _tested_on(ground)


def _wanted_keys(grounds: list[Row], product: str, on: date) -> Iterator[str]:
    """What was used, as far as tables know its name; what failed, or all of a report that names no item that did."""
    for row in grounds:
        payload: Mapping[str, Any] = said(row)
        if row["kind"] == "input_use":
            yield from (one.key for name in payload.get("active", ()) for one in ingredients(name))
        elif row["kind"] in REPORTS:
            items: tuple[Item, ...] = tested(row).items
            failed = [one for one in items if one.judgement == "fail"] or items
            yield from (item_key(one.item, product, on) for one in failed)
