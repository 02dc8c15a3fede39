"""A small season through the real write path: rows as told, and the same rows again from a replay of the log."""

from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest

from trace.domain import Trace
from trace.ledger.entry import parse_entry
from trace.ledger.errors import Conflict, Forbidden
from trace.ledger.keys import PrivateKey
from trace.ledger.sqlite import SqliteWrites
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.submission import Signed, Submission
from trace.projection import project
from trace.queries import all_rows
from trace.state import State, balance
from trace.tables import NOUNS, metadata

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, Running, running

COOP, FIELD, PACKED = "c" * 22, "f" * 22, "k" * 22
COOP_KEY = PrivateKey.from_seed(bytes(32))


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


def said(
    number: int, chain: str, kind: str, payload: dict[str, Any], actor: str = COOP, key: PrivateKey = COOP_KEY
) -> Submission:
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": actor,
        "occurred_at": f"2026-09-{number + 1:02d}T08:00:00+08:00",
        "payload": payload,
    }
    return Submission((Signed(parse_statement(signed_statement(fields, [key], "2026-09-10T00:00:00Z"))),))


REGISTERED = {
    "name": "示例合作社",
    "legal_form": "co-op",
    "roles": ["grower"],
    "region": "341602",
    "uscc": "93341602MA75428340",
}
OPENED = {"product": "HB-BS", "township": "十河镇", "quantity": kg("1000"), "code": "YST04QABKQJM"}
SEASON = [
    said(0, NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, NODE_CHAIN, NODE),
    said(1, COOP, "party_registered", REGISTERED, NODE_CHAIN, NODE),
    said(2, COOP, "key_added", {"key": COOP_KEY.did, "authenticated": "in person"}, NODE_CHAIN, NODE),
    said(3, FIELD, "batch_opened", OPENED),
    said(4, FIELD, "harvest", {"quantity": kg("1250.5")}),
    said(
        5,
        PACKED,
        "batch_opened",
        {
            **OPENED,
            "quantity": kg("560"),
            "code": "EQSB0VKFAWQZ",
            "inputs": [{"batch": FIELD, "quantity": kg("560")}],
        },
    ),
]


def replayed(node: Running) -> dict[tuple[str, str], Any]:
    state = State()
    with node.store.reading() as reads:
        for row in reads.rows(0, node.log.size):
            project(state, parse_entry(row.entry), row.leaf, parse_statement(row.statement))
    return dict(state.rows)


@pytest.mark.parametrize("together", [True, False])
def test_rows_equal_a_replay_whether_the_season_came_at_once_or_bit_by_bit(tmp_path: Path, together: bool) -> None:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        if together:
            node.append(*SEASON)
        else:
            for one in SEASON:
                node.append(one)
        with node.store.reading() as reads:
            found = all_rows(reads.connection)
        expected = replayed(node)

    assert {(name, row["id"]): row for name in NOUNS for row in found[name]} == expected
    assert [(row["child"], row["parent"]) for row in found["edge"]] == [(PACKED, FIELD)]
    assert [(row["chain"], row["kind"]) for row in found["record"]] == [
        (FIELD, "batch_opened"),
        (FIELD, "harvest"),
        (PACKED, "batch_opened"),
    ]
    assert {(row["actor"], row["kind"], row["chain"]) for row in found["part"]} == {
        (COOP, "batch_opened", FIELD),
        (COOP, "harvest", FIELD),
        (COOP, "batch_opened", PACKED),
    }
    by_id = {row["id"]: balance(row) for row in found["batch"]}
    assert by_id == {FIELD: 690_500_000, PACKED: 560_000_000}  # 1250.5 - 560 kg; milligrams


def test_a_transaction_that_failed_leaves_nothing_for_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(ENOSPC, "the disk is full")

    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        node.append(*SEASON)
        with monkeypatch.context() as broken:
            broken.setattr(SqliteWrites, "put", fail)
            with pytest.raises(OSError, match="full"):
                node.append(said(7, FIELD, "harvest", {"quantity": kg("5")}))
        node.append(said(8, FIELD, "harvest", {"quantity": kg("1")}))
        with node.store.reading() as reads:
            found = all_rows(reads.connection)

    assert {row["id"]: balance(row) for row in found["batch"]}[FIELD] == 691_500_000  # 1250.5 - 560 + 1 kg


def test_a_code_and_a_uscc_are_used_once(tmp_path: Path) -> None:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        node.append(*SEASON)
        with pytest.raises(Conflict) as code:
            node.append(said(7, "z" * 22, "batch_opened", OPENED))
        with pytest.raises(Conflict) as uscc:
            node.append(said(8, "z" * 22, "party_registered", REGISTERED, NODE_CHAIN, NODE))

    assert (code.value.code, uscc.value.code) == ("code-taken", "uscc-taken")


def test_a_stranger_may_not_take_from_a_batch(tmp_path: Path) -> None:
    stranger, key = "s" * 22, PrivateKey.from_seed(bytes(31) + b"\x05")
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        node.append(*SEASON)
        node.append(
            said(7, stranger, "party_registered", {**REGISTERED, "uscc": "933416024M9QNX8N45"}, NODE_CHAIN, NODE),
            said(8, stranger, "key_added", {"key": key.did, "authenticated": "in person"}, NODE_CHAIN, NODE),
        )
        with pytest.raises(Forbidden):
            node.append(said(9, FIELD, "harvest", {"quantity": kg("1")}, stranger, key))
