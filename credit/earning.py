"""Which facts of the log does the credit of a party rest on? Gathered from the rows of a state. (pure)

What others recorded of goods is of whose they were then (trace/whose_goods.py): a later buyer earns nothing by what was
tested or let in before, and who sold everything loses nothing by it.
"""

from collections.abc import Iterable
from itertools import chain

from trace.state import Row, State

from .good_facts import DUE, Facts


def facts_of(state: State, party: str) -> Facts:
    """The party's own records; reports and admissions of goods that were its, and the holds on those batches."""
    own, others = (_rows(state, f"record.{cell}", party) for cell in ("actor", "goods_of"))
    of_its_goods = [row for row in others if row["goods_of"] == party and not row["is_void"]]
    reports = [row for row in of_its_goods if row["kind"] == "lab_report"]
    batches = dict.fromkeys(row["chain"] for row in reports)
    holds = chain.from_iterable(state.holds_of.get(batch, ()) for batch in batches)
    return Facts(
        own=tuple(row for row in own if row["kind"] in DUE and not row["is_void"]),
        reports=tuple(reports),
        admissions=tuple(row for row in of_its_goods if row["kind"] == "market_admission"),
        holds=tuple(state.rows["hold", id] for id in holds),
    )


def _rows(state: State, what: str, party: str) -> Iterable[Row]:
    return (state.rows["record", id] for id in dict.fromkeys(state.ids_of(what, party)))
