"""What do the reports on a batch say, and does a re-test take the place of a first one? Records, as rules read them. (pure)"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from .legal_days import legal_day
from .records import record_id, records_of, said
from .rules import Conclusion, Item, ReportVerdict, Tested, judge_report, replaces, settles
from .samples import is_of_these_goods
from .state import Row, State


def report_of(payload: Mapping[str, Any], product: str) -> ReportVerdict:
    """What the rules say of a report on this product, item by item."""
    tested = payload.get("tested_on")
    conclusion = payload.get("conclusion")
    return judge_report(
        _items(payload),
        product,
        date.fromisoformat(tested) if tested else None,
        Conclusion(conclusion) if conclusion else None,
        has_cma=_has_cma(payload),
    )


def is_replaced(state: State, first: Row) -> bool:
    """Whether a re-test that the law lets count passed and none of the same report failed, in whatever order they came."""
    product: str = state.rows["batch", first["chain"]]["product"]
    retests = [one for one in records_of(state, first["chain"], ("retest_report",)) if _is_of(one, first)]
    found = [(one, report_of(said(one), product).verdict) for one in retests]
    return not any(verdict.outcome.stops for _, verdict in found) and any(
        replaces(tested(first), tested(one), product, verdict) for one, verdict in found
    )


def is_settled_by(state: State, first: Row, retest: Row) -> bool:
    """Whether a re-test of this report counts before the law, whichever way it went (农产品质量安全法 art. 48, 51)."""
    product: str = state.rows["batch", first["chain"]]["product"]
    return _is_of(retest, first) and settles(tested(first), tested(retest), product)


def first_of(state: State, retest: Row) -> Row | None:
    """The report of the same batch against which a re-test was asked for, as it stands; None where it names none."""
    named = said(retest)["retest_of"]
    row = state.find("record", record_id(named["chain"], named["seq"]))
    return row if row is not None and (row["chain"], row["kind"]) == (retest["chain"], "lab_report") else None


def tested(row: Row) -> Tested:
    """A record of a report as the rule on re-tests reads it."""
    return tested_by(row["actor"], legal_day(row["occurred_at"]), said(row))


def tested_by(laboratory: str, day: date, payload: Mapping[str, Any]) -> Tested:
    """What a laboratory says, or is about to say, of a day."""
    conclusion = payload.get("conclusion")
    return Tested(
        laboratory=laboratory,
        day=day,
        items=_items(payload),
        methods=frozenset(one["method"] for one in payload["items"] if "method" in one),
        report_kind=payload.get("report_kind", ""),
        conclusion=Conclusion(conclusion) if conclusion else None,
        has_cma=_has_cma(payload),
    )


def _has_cma(payload: Mapping[str, Any]) -> bool:
    issued = payload.get("issued_on") or payload.get("tested_on")
    return "cma_no" in payload and (not issued or issued <= payload.get("cma_until", issued))


def _is_of(retest: Row, first: Row) -> bool:
    """Whether it tests this report again, and on these goods."""
    return _names(retest, first) and is_of_these_goods(retest)


def _names(retest: Row, first: Row) -> bool:
    named = said(retest)["retest_of"]
    return bool(record_id(named["chain"], named["seq"]) == first["id"])


def _items(payload: Mapping[str, Any]) -> tuple[Item, ...]:
    return tuple(
        Item(one["item"], one["value"], one["unit"], one.get("loq", ""), one.get("judgement", ""))
        for one in payload["items"]
    )
