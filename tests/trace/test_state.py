"""What the rows say after facts in any order; the expected amounts are added up by hand."""

from collections.abc import Callable
from dataclasses import fields
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.entry import Entry
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import parse_statement, signed_statement
from trace.projection import project
from trace.state import State, balance

BATCH, COOP, STALL = "b" * 22, "c" * 22, "s" * 22
KEY = PrivateKey.from_seed(bytes(32))


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


def tell(state: State, index: int, kind: str, day: str, payload: dict[str, Any], actor: str = COOP) -> None:
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{index:012d}",
        "origin": "log.example",
        "chain": BATCH,
        "kind": kind,
        "actor": actor,
        "occurred_at": f"{day}T08:00:00+08:00",
        "payload": payload,
    }
    statement = parse_statement(signed_statement(fields, [KEY], "2026-09-10T00:00:00Z"))
    entry = Entry("log.example", BATCH, index, index, None, (), "2026-09-10T00:00:00.000Z", bytes(32))
    project(state, entry, bytes(32), statement)


OPENED = ("batch_opened", "2022-10-08", {"product": "HB-BS", "township": "十河镇", "quantity": kg("1000")})
FACTS = [
    ("harvest", "2026-08-20", {"quantity": kg("1250.5")}, COOP),
    ("primary_processing", "2026-08-28", {"quantity_in": kg("1250.5"), "quantity_out": kg("560")}, COOP),
    ("sample_taken", "2026-09-02", {"quantity": {"value": "500", "unit": "g"}}, COOP),
    ("receipt", "2026-10-26", {"quantity": kg("559.5")}, STALL),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_facts_in_any_order_give_the_same_balance_stage_and_holder(order: tuple[int, ...]) -> None:
    state = State()
    tell(state, 0, *OPENED)
    for position, fact in enumerate(order):
        kind, day, payload, actor = FACTS[fact]
        tell(state, position + 1, kind, day, payload, actor)

    row = state.rows["batch", BATCH]

    assert balance(row) == 559_500_000  # 1250.5 kg in, 690.5 kg lost in drying, 0.5 kg sampled; milligrams
    assert (row["stage"], row["holder"], row["owner"]) == ("receipt", STALL, COOP)


def test_work_done_before_the_batch_was_entered_is_where_the_goods_have_got_to() -> None:
    """A clerk enters the list of a season in November: batch first, as it has to be, and then what was done."""
    state = State()
    kind, _, payload = OPENED
    tell(state, 0, kind, "2026-11-30", payload)
    tell(state, 1, *FACTS[3])
    tell(state, 2, *FACTS[0])

    row = state.rows["batch", BATCH]

    assert (row["stage"], row["holder"], row["owner"]) == ("receipt", STALL, COOP)


def test_without_a_harvest_the_opening_estimate_stands() -> None:
    state = State()
    tell(state, 0, *OPENED)

    assert balance(state.rows["batch", BATCH]) == 1_000_000_000


def test_undoing_a_group_leaves_no_trace_of_it() -> None:
    state = State()
    tell(state, 0, *OPENED)
    before = (dict(state.rows), dict(state.leaves))
    mark = state.mark()

    tell(state, 1, *FACTS[0])
    state.undo(mark)

    assert (state.rows, state.leaves) == before


def _record(number: int) -> dict[str, Any]:
    actor, goods_of = (COOP, STALL)[number % 2], (None, COOP, STALL)[number % 3]
    return {"id": f"r{number}", "actor": actor, "goods_of": goods_of, "statement": f"s{number}", "topic": "t"}


def _add_record(state: State, number: int) -> None:
    state.add_record(_record(number))


CHANGES: list[Callable[[State, int], None]] = [
    lambda state, n: state.put("batch", f"b{n}", {"id": f"b{n}", "holds": n}),
    lambda state, n: state.put("batch", "b0", {"id": "b0", "holds": n}),
    lambda state, n: state.take("code", f"code{n % 2}", f"b{n}"),
    lambda state, n: state.add_edge(f"b{n}", "b0"),
    lambda state, n: state.owe(f"b{n % 3}", {"index": n}),
    lambda state, n: state.settle(f"b{n % 3}"),
    lambda state, n: state.open(f"commit{n % 2}", {"kg": n}),
    _add_record,
    lambda state, n: state.change_record({**_record(0), "goods_of": (None, COOP, STALL)[n % 3]}),
    lambda state, n: state.add_hold({"id": f"h{n}", "batch": "b0", "origin": "h0" if n % 2 else None}),
    lambda state, n: state.add_flag({"id": f"f{n}", "batch": "b0"}),
    lambda state, n: state.add_listed("case", {"id": f"c{n}", "subject": COOP}, ("subject",)),
    lambda state, n: state.add_office({"id": f"o{n}"}),
    lambda state, n: state.add_adoption({"id": f"a{n}", "table": "products"}),
    lambda state, n: state.set_node(COOP, f"key{n}"),
    lambda state, n: state.add_leaf(BATCH, n % 4, bytes([n]) * 32),
]


def _everything(state: State) -> dict[str, Any]:
    """What a state says. A list that was begun and is empty again says nothing."""
    return {one.name: _copied(getattr(state, one.name)) for one in fields(state) if not one.name.startswith("_")}


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return {at: list(one) if isinstance(one, list) else one for at, one in value.items() if one != []}
    return list(value) if isinstance(value, list) else value


@given(st.lists(st.sampled_from(CHANGES), max_size=12), st.lists(st.sampled_from(CHANGES), max_size=12))
def test_whatever_was_changed_since_a_mark_is_taken_back(
    kept: list[Callable[[State, int], None]], refused: list[Callable[[State, int], None]]
) -> None:
    state = State()
    for number, change in enumerate([_add_record, *kept]):
        change(state, number)
    before, mark = _everything(state), state.mark()
    for number, change in enumerate(refused, 20):
        change(state, number)

    state.undo(mark)

    assert _everything(state) == before
    state.undo(0)
    assert _everything(state) == _everything(State())
