"""Which facts of the log does the credit of a party rest on? Gathered from the rows of a state. (pure)"""

from trace.records import topic
from trace.state import Row, State

from .good_facts import DUE, Facts

ON_GOODS = ("lab_report", "market_admission")
"""Kinds that others record about a party's goods."""


def facts_of(state: State, party: str) -> Facts:
    """The party's own records, and the reports, admissions and holds on the batches that are its now."""
    own = [state.rows["record", id] for id in dict.fromkeys(state.ids_of("record.actor", party))]
    named = dict.fromkeys(state.ids_of("batch.owner", party))
    batches = [id for id in named if state.rows["batch", id]["owner"] == party]
    reports, admissions = ([row for id in batches for row in _records(state, id, kind)] for kind in ON_GOODS)
    holds = [state.rows["hold", id] for batch in batches for id in state.holds_of.get(batch, ())]
    return Facts(
        own=tuple(row for row in own if row["kind"] in DUE and not row["is_void"]),
        reports=tuple(reports),
        admissions=tuple(admissions),
        holds=tuple(holds),
    )


def _records(state: State, batch: str, kind: str) -> list[Row]:
    rows = (state.rows["record", id] for id in state.topics.get(topic(batch, kind), ()))
    return [row for row in rows if not row["is_void"]]
