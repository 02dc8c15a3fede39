"""Who may say what, as a log that was told of one co-op, its key, one batch and one laboratory."""

from datetime import UTC, datetime
from typing import Any

import pytest

from trace.decide import decide
from trace.ledger.errors import Conflict, DomainError, Forbidden, Invalid
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.submission import Decision, Signed
from trace.state import State

NODE, COOP, LAB, BATCH = "n" * 22, "c" * 22, "l" * 22, "b" * 22
NODE_KEY, COOP_KEY, LAB_KEY = (PrivateKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
NOW = datetime(2026, 9, 10, tzinfo=UTC)
HARVEST = {"quantity": {"value": "1250.5", "unit": "kg"}}


@pytest.fixture
def state() -> State:
    found = State(node=(NODE, NODE_KEY.did))
    found.put("party", COOP, {"id": COOP, "roles": "grower"})
    found.put("party", LAB, {"id": LAB, "roles": "laboratory"})
    found.put("key", COOP_KEY.did, {"party": COOP, "added": 2, "revoked": None})
    found.put("key", LAB_KEY.did, {"party": LAB, "added": 4, "revoked": None})
    held = {"has_inputs": False, "is_measured": True, "opening": 0, "movements": 560_000_000}  # 560 kg in milligrams
    goods = {"id": BATCH, "product": "HB-BS", "owner": COOP, "holder": COOP, "place": None, "holds": 0, "kept_by": COOP}
    found.put("batch", BATCH, {**goods, **held})
    return found


def judged(state: State, kind: str, payload: dict[str, Any], **more: Any) -> Decision:
    fields = {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "origin": "log.example",
        "chain": more.get("chain", BATCH),
        "kind": kind,
        "actor": more.get("actor", COOP),
        "occurred_at": more.get("occurred_at", "2026-09-10T08:00:00+08:00"),
        "payload": payload,
        **more.get("members", {}),
    }
    data = signed_statement(fields, [more.get("key", COOP_KEY)], "2026-09-10T00:00:00Z")
    return decide(state, Signed(parse_statement(data)), more.get("seq", 1), more.get("index", 9), NOW)


def test_a_growers_harvest_of_its_own_batch_is_granted(state: State) -> None:
    assert judged(state, "harvest", HARVEST) == Decision()


def test_a_key_counts_from_the_index_after_it_was_added_to_the_index_at_which_it_is_revoked(state: State) -> None:
    state.put("key", COOP_KEY.did, {"party": COOP, "added": 2, "revoked": 7})

    with pytest.raises(Forbidden):
        judged(state, "harvest", HARVEST, index=2)
    assert judged(state, "harvest", HARVEST, index=3)
    assert judged(state, "harvest", HARVEST, index=7)
    with pytest.raises(Conflict) as refused:
        judged(state, "harvest", HARVEST, index=8)
    assert refused.value.code == "key-revoked"


@pytest.mark.parametrize(
    ("kind", "payload", "more", "code"),
    [
        ("harvest", HARVEST, {"key": PrivateKey.from_seed(bytes(31) + b"\x09")}, "key-not-valid"),
        ("harvest", HARVEST, {"key": LAB_KEY}, "key-not-valid"),
        ("harvest", HARVEST, {"key": NODE_KEY}, "key-not-valid"),
        ("harvest", HARVEST, {"actor": LAB, "key": LAB_KEY}, "not-your-act"),
        ("lab_report", {"items": []}, {}, "not-your-act"),
        ("harvest", HARVEST, {"chain": "x" * 22}, "wrong-chain"),
        ("harvest", HARVEST, {"occurred_at": "2026-09-11T08:00:01+08:00"}, "time-in-future"),
        ("consumed", {}, {"actor": NODE, "key": NODE_KEY}, "unknown-kind"),
        ("key_added", {"key": LAB_KEY.did}, {"chain": COOP}, "key-taken"),
        ("key_added", {"key": "did:key:z"}, {"chain": LAB}, "not-your-act"),
        ("genesis", {}, {}, "log-open-already"),
    ],
)
def test_refusals_name_their_reason(state: State, kind: str, payload: Any, more: Any, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        judged(state, kind, payload, **more)

    assert refused.value.code == code


def test_the_node_may_sign_for_a_party_where_the_statement_says_so(state: State) -> None:
    custody = {"custody": "platform", "recorded_by": "account 7, in person"}

    assert judged(state, "harvest", HARVEST, key=NODE_KEY, members=custody) == Decision()


def test_exactly_a_day_ahead_is_still_taken_as_a_clock_that_is_wrong(state: State) -> None:
    assert judged(state, "harvest", HARVEST, occurred_at="2026-09-11T08:00:00+08:00") == Decision()


USED = {"input_kind": "pesticide", "name": "戊唑醇悬浮剂"}
TESTED: dict[str, Any] = {"items": []}
RECEIVED = {"decision": "admitted", "market": "示例市场", "quantity": {"value": "1", "unit": "kg"}}


def corrected(kind: str, payload: dict[str, Any], at: str = "2026-09-10T08:00:00+08:00") -> dict[str, Any]:
    return {"restated": {"kind": kind, "occurred_at": at, "payload": payload}}


@pytest.mark.parametrize(
    ("kind", "payload", "pointer"),
    [
        ("input_use", {**USED, "used_from": "2026-09-12"}, "/used_from"),
        ("input_use", {**USED, "used_from": "2026-09-01", "used_until": "2027-02-10"}, "/used_until"),
        ("harvest", {**HARVEST, "from": "2026-09-11T08:00:01+08:00"}, "/from"),
        ("lab_report", {**TESTED, "tested_on": "2028-01-01"}, "/tested_on"),
        ("lab_report", {**TESTED, "issued_on": "2026-09-12"}, "/issued_on"),
        ("retest_report", {**TESTED, "received_on": "2026-09-12"}, "/received_on"),
        ("market_admission", {**RECEIVED, "test": {"tested_at": "2026-09-12T00:00:00Z"}}, "/test/tested_at"),
        ("store_in", {"fumigant": {"name": "磷化铝", "used_on": "2026-09-12"}}, "/fumigant/used_on"),
        ("correction", corrected("harvest", HARVEST, "2026-09-11T08:00:01+08:00"), "/restated/occurred_at"),
        ("correction", corrected("input_use", {**USED, "used_until": "2026-09-12"}), "/restated/payload/used_until"),
    ],
)
def test_what_happened_is_not_dated_into_the_future(
    state: State, kind: str, payload: dict[str, Any], pointer: str
) -> None:
    """It is eight in the morning of 10 September in Shanghai: the 11th is a clock ahead, the 12th a slip."""
    with pytest.raises(Invalid) as refused:
        judged(state, kind, payload)

    assert [(one.pointer, one.code) for one in refused.value.faults] == [(f"/payload{pointer}", "time-in-future")]


def test_tomorrow_in_shanghai_is_still_a_clock_ahead(state: State) -> None:
    assert judged(state, "input_use", {**USED, "used_from": "2026-09-11", "used_until": "2026-09-11"}) == Decision()


def test_a_day_printed_on_a_package_is_no_day_of_ours(state: State) -> None:
    """Whoever dated bags ahead says so; what the law thinks of it is another question."""
    assert (
        judged(state, "packing", {"levels": [], "packed_on": "2027-01-01", "best_before": "2028-01-01"}) == Decision()
    )


def test_an_input_is_linked(state: State) -> None:
    taken = {"value": "560", "unit": "kg"}
    payload = {"product": "HB-BS", "township": "十河镇", "quantity": taken}
    inputs = {"inputs": [{"batch": BATCH, "quantity": taken}]}

    granted = judged(state, "batch_opened", payload | inputs, chain="d" * 22, seq=0)

    assert granted.link_heads == (BATCH,)


def test_an_act_takes_all_that_is_there_and_not_a_milligram_more(state: State) -> None:
    def taking(amount: str) -> dict[str, Any]:
        quantity = {"value": amount, "unit": "kg"}
        inputs = [{"batch": BATCH, "quantity": quantity}]
        return {"product": "HB-BS", "township": "十河镇", "quantity": quantity, "inputs": inputs}

    assert judged(state, "batch_opened", taking("560"), chain="d" * 22, seq=0)
    with pytest.raises(Conflict) as refused:
        judged(state, "batch_opened", taking("560.000001"), chain="d" * 22, seq=0)
    assert refused.value.code == "mass-exceeded"
    wrong = {**taking("1"), "inputs": [{"batch": BATCH, "quantity": {"value": "1", "unit": "L"}}]}
    with pytest.raises(Invalid) as mismatched:
        judged(state, "batch_opened", wrong, chain="d" * 22, seq=0)
    assert mismatched.value.code == "unit-mismatch"
