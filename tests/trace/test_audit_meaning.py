"""What the audit asks of statements whose bytes and proofs are right, in logs that a careless node let in."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from trace.audit_meaning import TraceMeaning
from trace.ledger.audit import AuditResult, audit
from trace.ledger.entry import Entry, Link
from trace.ledger.keys import PrivateKey, parse_vkey
from trace.ledger.sealing import Derived
from trace.ledger.sqlite import reading
from trace.ledger.statement import Statement, parse_statement, signed_statement
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Decision, Receipt, Signed, Submission

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, OpenHouse, running
from .told_season import COOP, COOP_KEY, FIELD, LAB, LAB_KEY, OPENED, PACKED, PLOT, key_of, kg, party, said

HARVEST = {"quantity": kg("12.5")}
STRANGER_KEY = PrivateKey.from_seed(bytes([99]) * 32)
BY_NODE: dict[str, Any] = {"actor": NODE_CHAIN, "key": NODE}
INPUT = {"quantity": kg("5"), "inputs": [{"batch": FIELD, "quantity": kg("5")}]}
CONSUMED = {"quantity": kg("5")}
USCC = "93341602MA75428340"
FOUNDATION = [
    said(1, NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, **BY_NODE),
    said(2, COOP, "party_registered", party("示例农场", "family-farm", "grower", uscc=USCC), **BY_NODE),
    said(3, COOP, "key_added", key_of(COOP_KEY), **BY_NODE),
    said(4, LAB, "party_registered", party("示例检测", "enterprise", "laboratory"), **BY_NODE),
    said(5, LAB, "key_added", key_of(LAB_KEY), **BY_NODE),
    said(6, FIELD, "batch_opened", OPENED),
]
"""Six sound entries by a farm that owes no field, of which the batch's is at index 5; what a test says comes at index 6."""


class Careless(OpenHouse):
    """Grants everything, with the links and derived entries that a test wants for the statement of number 7."""

    def __init__(self, decision: Decision, derived: tuple[Derived, ...]) -> None:
        self._decision, self._derived = decision, derived

    def decide(self, state: list[int], signed: Signed, seq: int, index: int, now: datetime) -> Decision:
        return self._decision if index == 6 else Decision()

    def follow(self, state: list[int], entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        return self._derived if entry.index == 6 else ()


LINKED = Decision(link_heads=(FIELD,))


def audited(
    folder: Path, *statements: Signed, decision: Decision = Decision(), derived: tuple[Derived, ...] = ()
) -> AuditResult:
    with running(folder, domain=Careless(decision, derived)) as node:
        node.append(*(Submission((one,)) for one in (*FOUNDATION, *statements)))
    with reading(folder / "suxin.db") as reads:
        return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))


def taken(
    quantity: Mapping[str, str] = CONSUMED["quantity"], rule: str = "balance@1", chain: str = FIELD
) -> tuple[Derived, ...]:
    return (Derived("consumed", chain, rule, {"quantity": quantity}),)


def test_what_is_said_as_the_vocabulary_has_it_is_sound(tmp_path: Path) -> None:
    place = {"party": COOP, "region": "341602", "township": "十河镇", "name": "西洼连片地"}
    more = [
        said(8, PLOT, "place_registered", place),
        said(9, FIELD, "planting", {"places": [PLOT], "operator": "苗穗丰"}),
    ]

    assert audited(tmp_path, said(7, FIELD, "harvest", HARVEST), *more) == AuditResult(True, 9)


def test_an_input_with_its_link_and_its_consumed_entry_is_sound(tmp_path: Path) -> None:
    opened = said(7, PACKED, "batch_opened", {**OPENED, **INPUT})

    assert audited(
        tmp_path, opened, said(8, FIELD, "harvest", HARVEST), decision=LINKED, derived=taken()
    ) == AuditResult(True, 9)


@pytest.mark.parametrize(
    ("quantity", "inputs"), [("5.1", "5"), ("2000", "2000")], ids=["more than went in", "more than was there"]
)
def test_goods_that_were_made_out_of_nothing_are_named(tmp_path: Path, quantity: str, inputs: str) -> None:
    """What the log refuses, the audit of a log that let it in refuses too."""
    taking = {**OPENED, "quantity": kg(quantity), "inputs": [{"batch": FIELD, "quantity": kg(inputs)}]}

    result = audited(tmp_path, said(7, PACKED, "batch_opened", taking), decision=LINKED, derived=taken(kg(inputs)))

    assert (result.first_bad_index, result.check, result.detail) == (6, "act", "mass-exceeded")


def test_goods_that_were_sent_twice_are_named(tmp_path: Path) -> None:
    sent = {"quantity": kg("900"), "to_region": "341602", "buyer": LAB}

    place = {"party": COOP, "region": "341602", "township": "十河镇", "name": "西洼连片地"}
    bag = {"levels": [{"level": "bag", "count": 900}], "name": "白芍", "origin": "安徽省亳州市谯城区十河镇"}
    ready = (
        said(7, PLOT, "place_registered", place),
        said(8, FIELD, "harvest", {"quantity": kg("1000"), "places": [PLOT]}),
        said(9, FIELD, "packing", {**bag, "packed_on": "2026-09-10", "supplier": "示例农场", "quality_mark": True}),
    )

    result = audited(tmp_path, *ready, said(10, FIELD, "dispatch", sent), said(11, FIELD, "dispatch", sent))

    assert (result.first_bad_index, result.check, result.detail) == (10, "act", "mass-exceeded")


def test_goods_taken_from_somebody_else_are_named(tmp_path: Path) -> None:
    taking = said(7, PACKED, "batch_opened", {**OPENED, **INPUT}, actor=LAB, key=LAB_KEY)

    result = audited(tmp_path, taking, decision=LINKED, derived=taken())

    assert (result.first_bad_index, result.check, result.detail) == (6, "act", "not-your-batch")


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        (lambda: said(7, COOP, "harvest", HARVEST), "kind"),
        (lambda: said(7, "x" * 22, "harvest", HARVEST), "kind"),
        (lambda: said(7, "x" * 22, "genesis", {"key": NODE.did, "vkey": VKEY}, **BY_NODE), "kind"),
        (lambda: said(7, FIELD, "batch_opened", OPENED), "kind"),
        (lambda: said(7, FIELD, "harvest", {}), "payload"),
        (lambda: said(7, FIELD, "harvest", {"quantity": kg("-1")}), "payload"),
        (lambda: said(7, FIELD, "harvest", {**HARVEST, "colour": "white"}), "payload"),
        (lambda: said(7, FIELD, "harvest", {**HARVEST, "operator": 7}), "payload"),
        (lambda: said(7, FIELD, "harvest", {**HARVEST, "from": "9999-01-01T00:00:00+08:00"}), "payload"),
        (lambda: said(7, FIELD, "harvest", HARVEST, occurred_at="9999-01-01T00:00:00+08:00"), "payload"),
        (lambda: said(7, FIELD, "harvest", HARVEST, key=STRANGER_KEY), "key"),
        (lambda: said(7, FIELD, "harvest", HARVEST, key=LAB_KEY), "key"),
        (lambda: said(7, FIELD, "harvest", HARVEST, key=NODE), "key"),
        (lambda: said(7, FIELD, "harvest", HARVEST, custody="platform"), "key"),
        (lambda: said(7, FIELD, "harvest", HARVEST, "z" * 22, NODE, custody="platform"), "reference"),
        (lambda: said(7, LAB, "key_added", key_of(STRANGER_KEY)), "key"),
        (lambda: said(7, COOP, "key_added", key_of(LAB_KEY)), "key"),
        (lambda: said(7, COOP, "key_added", key_of(STRANGER_KEY), key=STRANGER_KEY), "key"),
        (lambda: said(7, COOP, "key_revoked", {"key": LAB_KEY.did, "why": "lost"}), "key"),
        (lambda: said(7, FIELD, "planting", {"places": ["x" * 22]}), "reference"),
        (lambda: said(7, FIELD, "planting", {"places": [COOP]}), "reference"),
        (lambda: said(7, PACKED, "batch_opened", {**OPENED, "inputs": [{"batch": PACKED, **CONSUMED}]}), "reference"),
        (lambda: said(7, FIELD, "planting", {"seed_in": entry_of(FIELD, 0)}), "reference"),
        (lambda: said(7, FIELD, "planting", {"seed_in": entry_of(COOP, 0)}), "reference"),
        (
            lambda: said(
                7, FIELD, "consumed", {**CONSUMED, "rule": "balance@1", "source": entry_of(COOP, 0)}, **BY_NODE
            ),
            "reference",
        ),
    ],
)
def test_a_statement_that_should_not_be_there_is_named(
    tmp_path: Path, statement: Callable[[], Signed], check: str
) -> None:
    result = audited(tmp_path, statement(), said(8, FIELD, "harvest", HARVEST))

    assert (result.ok, result.first_bad_index, result.check) == (False, 6, check), result.detail


def entry_of(chain: str, seq: int, leaf: str = "00" * 32) -> dict[str, Any]:
    return {"chain": chain, "seq": seq, "leaf": leaf}


def test_a_key_counts_up_to_the_index_at_which_it_is_revoked(tmp_path: Path) -> None:
    revoked = said(7, COOP, "key_revoked", {"key": COOP_KEY.did, "why": "lost"})

    result = audited(tmp_path, revoked, said(8, FIELD, "harvest", HARVEST))

    assert (result.first_bad_index, result.check) == (7, "key")


def test_a_link_that_no_payload_asks_for_is_named(tmp_path: Path) -> None:
    decision = Decision(link_heads=(COOP,))

    result = audited(tmp_path, said(7, FIELD, "harvest", HARVEST), decision=decision)

    assert (result.first_bad_index, result.check) == (6, "reference")


def test_an_entry_of_another_chain_that_is_named_and_linked_is_sound(tmp_path: Path) -> None:
    first = _receipt(tmp_path / "before")
    named = entry_of(COOP, 0, first.leaf.hex())
    (tmp_path / "after").mkdir()

    result = audited(
        tmp_path / "after",
        said(7, FIELD, "planting", {"seed_in": named}),
        decision=Decision(link_entries=(Link(COOP, 0, first.leaf),)),
    )

    assert result == AuditResult(True, 7)


def _receipt(folder: Path) -> Receipt:
    """Where the co-op's first entry stands: the same in every log of these parts."""
    folder.mkdir()
    with running(folder, domain=Careless(Decision(), ())) as node:
        return node.append(*(Submission((one,)) for one in FOUNDATION))[1][0]


@pytest.mark.parametrize(
    ("derived", "index"),
    [
        (taken(kg("4")), 7),
        (taken(rule="balance@2"), 7),
        (taken(chain=PACKED), 7),
        ((), 6),
        (taken() * 2, 8),
    ],
)
def test_what_follows_from_an_input_follows_exactly_once_as_its_rule_says(
    tmp_path: Path, derived: tuple[Derived, ...], index: int
) -> None:
    result = audited(tmp_path, said(7, PACKED, "batch_opened", {**OPENED, **INPUT}), decision=LINKED, derived=derived)

    assert (result.first_bad_index, result.check) == (index, "derived")


def test_a_derived_entry_without_a_source_that_asks_for_it_is_named(tmp_path: Path) -> None:
    result = audited(tmp_path, said(7, FIELD, "harvest", HARVEST), derived=taken())

    assert (result.first_bad_index, result.check) == (7, "derived")


# ---- openings ---------------------------------------------------------------------------------------------------------


def with_openings(change: Callable[[OpeningRow], tuple[OpeningRow, ...]]) -> Signed:
    signed = said(7, FIELD, "harvest", {**HARVEST, "operator": "厉秋收"})
    return Signed(signed.statement, change(signed.openings[0]))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: (),
        lambda one: (OpeningRow(one.commit, bytes(32), one.value),),
        lambda one: (OpeningRow(one.commit, one.salt[:31], one.value),),
        lambda one: (OpeningRow(one.commit, one.salt, '"别人"'.encode()),),
        lambda one: (OpeningRow(one.commit, one.salt, one.value + b" "),),
        lambda one: (OpeningRow(one.commit, one.salt, b"not JSON"),),
        lambda one: (one, OpeningRow("nobody asks", one.salt, one.value)),
    ],
)
def test_every_commitment_has_its_opening_and_none_is_left_over(
    tmp_path: Path, change: Callable[[OpeningRow], tuple[OpeningRow, ...]]
) -> None:
    result = audited(tmp_path, with_openings(change))

    assert (result.ok, result.first_bad_index, result.check) == (False, 6, "opening")


def bare(kind: str, payload: dict[str, Any], **more: str) -> Signed:
    """A statement on the batch whose payload is signed as it is given: nothing committed, no kind looked up."""
    fields = {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000007",
        "origin": ORIGIN,
        "chain": FIELD,
        "kind": kind,
        "actor": COOP,
        "occurred_at": "2026-09-10T08:00:00+08:00",
        "payload": payload,
        **more,
    }
    return Signed(parse_statement(signed_statement(fields, [COOP_KEY], "2026-09-10T00:00:00Z")))


def test_a_private_value_in_plain_sight_is_named(tmp_path: Path) -> None:
    result = audited(tmp_path, bare("harvest", {**HARVEST, "operator": "厉秋收"}))

    assert (result.first_bad_index, result.check) == (6, "payload")


EARLIER = "urn:uuid:00000000-0000-4000-8000-000000000006"


@pytest.mark.parametrize(
    ("kind", "payload", "more"),
    [
        ("harvest", HARVEST, {"corrects": EARLIER, "reason": "记错"}),
        ("harvest", HARVEST, {"reason": "记错"}),
        ("correction", {"did_not_occur": True}, {"corrects": EARLIER}),
        ("correction", {"did_not_occur": True}, {"reason": "记错"}),
    ],
)
def test_a_correction_that_is_none_or_is_half_said_is_named(
    tmp_path: Path, kind: str, payload: dict[str, Any], more: dict[str, str]
) -> None:
    result = audited(tmp_path, bare(kind, payload, **more))

    assert (result.first_bad_index, result.check) == (6, "payload")


def test_a_kind_that_the_vocabulary_does_not_have_is_named(tmp_path: Path) -> None:
    result = audited(tmp_path, bare("moon_landing", {}))

    assert (result.first_bad_index, result.check) == (6, "kind")
