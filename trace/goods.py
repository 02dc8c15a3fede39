"""Has an act as much to take as it takes, and from its own goods? The writer asks before, the audit once more. (pure)

Facts never come here: what they take beyond what is there is logged and asked about.
"""

from .ledger.statement import Statement
from .lineage import check_amount, check_inputs, judge_offer, judge_split
from .movements import let_in, under_way
from .quantity import parse_quantity
from .state import Row, State, balance


def judge_goods(state: State, statement: Statement) -> None:
    """The same answer from the state before an entry, whenever it is asked.

    Raises `Conflict` (mass-exceeded, transfer-is-whole, chain-open-already), `Invalid` (unit-mismatch) and `Forbidden`
    (not-your-batch).
    """
    row = state.find("batch", statement.chain)
    match statement.kind:
        case "batch_opened":
            check_inputs(state, statement)
        case "batch_split" if row:
            judge_split(state, statement, balance(row))
        case "dispatch" if row:
            _check_moved(row, statement, balance(row) - under_way(state, row))
        case "market_admission" if row:
            # What a market sends back it never had: its decision is taken as often as somebody comes.
            inside = let_in(state, row, statement.actor) if statement.payload["decision"] == "admitted" else 0
            _check_moved(row, statement, balance(row) - inside)
        case "transfer_offered" if row:
            judge_offer(state, statement, balance(row))


def _check_moved(row: Row, statement: Statement, left: int) -> None:
    check_amount(row, parse_quantity(statement.payload["quantity"]), "/payload/quantity", left)
