"""What a statement that somebody signed may get wrong, each really signed and sent through the whole app."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.api.app_parts import (
    AT,
    COOP_KEY,
    NEIGHBOUR_KEY,
    RETIRED_KEY,
    SALT,
    STRANGER_KEY,
    World,
    opening,
    running_world,
)
from tests.api.refusal_parts import CANARY, check_refusal
from trace.ledger.canonical import commit
from trace.ledger.keys import base58btc_decode, base58btc_encode

STATEMENTS = "/api/v1/statements"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032 §5.1: L
# The point of order 1, did:key of the 32 bytes 01 00 … 00: under it R = that point and S = 0 "sign" every message (RFC
# 8032 §5.1.7 without a check of the order).
IDENTITY = b"\x01" + bytes(31)


class Bad(NamedTuple):
    name: str
    body: Callable[[World], dict[str, Any]]
    status: int
    code: str
    pointer: str | None
    who: str = "coop"


def one(statement: dict[str, Any], *openings: dict[str, Any]) -> dict[str, Any]:
    return {"statement": statement, "openings": list(openings)}


def with_signature(statement: dict[str, Any], change: Callable[[bytes], bytes]) -> dict[str, Any]:
    signature = base58btc_decode(statement["proof"][0]["proofValue"][1:])
    statement["proof"][0]["proofValue"] = "z" + base58btc_encode(change(signature))
    return statement


def plus_group_order(signature: bytes) -> bytes:
    """Another S that fits the same equation; RFC 8032 §5.1.7 refuses S ≥ L."""
    return signature[:32] + (int.from_bytes(signature[32:], "little") + GROUP_ORDER).to_bytes(32, "little")


def one_bit_off(signature: bytes) -> bytes:
    return signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]


def signed_by_nobody(world: World) -> dict[str, Any]:
    """By the key of order 1."""
    statement = world.statement(1)
    key = "z" + base58btc_encode(b"\xed\x01" + IDENTITY)
    statement["proof"][0]["verificationMethod"] = f"did:key:{key}#{key}"
    return with_signature(statement, lambda _: IDENTITY + bytes(32))


def changed_after_signing(world: World) -> dict[str, Any]:
    statement = world.statement(1)
    statement["payload"]["quantity"]["value"] = "9250.5"
    return statement


def of_kind(world: World, kind: str, payload: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return world.statement(1, kind=kind, payload=payload, **changed)


def without_proof(world: World) -> dict[str, Any]:
    return {name: value for name, value in world.statement(1).items() if name != "proof"}


def with_two_proofs(world: World) -> dict[str, Any]:
    statement = world.statement(1)
    return {**statement, "proof": statement["proof"] * 2}


HARVEST = {"quantity": {"value": "1250.5", "unit": "kg"}}
PRIVATE = {**HARVEST, "operator": {"commit": commit(SALT, "厉秋收")}}
UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"


def harvest_by(operator: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: world.statement(1, payload={**HARVEST, "operator": operator})


SHAPES = [
    Bad("no statement", lambda w: {"openings": []}, 422, "missing-field", "/statement"),
    Bad("a statement that is a text", lambda w: {"statement": CANARY}, 422, "wrong-type", "/statement"),
    Bad(
        "openings that are an object",
        lambda w: {"statement": w.statement(1), "openings": {}},
        422,
        "wrong-type",
        "/openings",
    ),
    Bad("a member beside it", lambda w: {**one(w.statement(1)), "note": CANARY}, 422, "unknown-field", "/note"),
    Bad("a member in it", lambda w: one(w.statement(1, note=CANARY)), 422, "unknown-field", "/statement/note"),
    Bad(
        "no occurred_at",
        lambda w: one(w.statement(1, occurred_at=None)),
        422,
        "missing-field",
        "/statement/occurred_at",
    ),
    Bad("an id that is no uuid", lambda w: one(w.statement(1, id=CANARY)), 422, "bad-reference", "/statement/id"),
    Bad(
        "a harvest that names what it corrects",
        lambda w: one(w.statement(1, corrects=w.receipt["id"], reason="记错")),
        422,
        "not-a-correction",
        "/statement/corrects",
    ),
    Bad(
        "a harvest that corrects nothing that is there",
        lambda w: one(w.statement(1, corrects=w.statement(2)["id"], reason="记错")),
        422,
        "not-a-correction",
        "/statement/corrects",
    ),
    Bad(
        "a harvest with a reason",
        lambda w: one(w.statement(1, reason="记错")),
        422,
        "not-a-correction",
        "/statement/reason",
    ),
    Bad(
        "a correction of nothing",
        lambda w: one(of_kind(w, "correction", {"did_not_occur": True}, reason="记错")),
        422,
        "missing-field",
        "/statement/corrects",
    ),
    Bad(
        "a correction for no reason",
        lambda w: one(of_kind(w, "correction", {"did_not_occur": True}, corrects=w.receipt["id"])),
        422,
        "missing-field",
        "/statement/reason",
    ),
    Bad(
        "an id in capitals",
        lambda w: one(w.statement(1, id=w.statement(1)["id"].upper())),
        422,
        "bad-reference",
        "/statement/id",
    ),
    Bad(
        "a chain that is a path",
        lambda w: one(w.statement(1, chain="../../../etc/passwd")),
        422,
        "bad-reference",
        "/statement/chain",
    ),
    Bad(
        "a payload that is a list",
        lambda w: one(w.statement(1, payload=[CANARY])),
        422,
        "wrong-type",
        "/statement/payload",
    ),
    Bad(
        "a kind that nobody knows",
        lambda w: one(of_kind(w, "flown-" + CANARY, {})),
        422,
        "unknown-kind",
        "/statement/kind",
    ),
    Bad(
        "a kind that follows by rule",
        lambda w: one(
            of_kind(
                w,
                "consumed",
                {
                    "rule": "balance@1",
                    "source": {"chain": w.batch, "seq": 0, "leaf": "00" * 32},
                    "quantity": HARVEST["quantity"],
                },
            )
        ),
        422,
        "unknown-kind",
        "/statement/kind",
    ),
    Bad(
        "a custody that there is not",
        lambda w: one(w.statement(1, custody=CANARY)),
        422,
        "unknown-value",
        "/statement/custody",
    ),
    Bad(
        "a fault in the payload",
        lambda w: one(of_kind(w, "harvest", {"quantity": {"value": "-1", "unit": "kg"}})),
        422,
        "not-positive",
        "/statement/payload/quantity/value",
    ),
    Bad(
        "a time too far ahead",
        lambda w: one(w.statement(1, occurred_at="2026-09-11T12:00:01+08:00")),
        422,
        "time-in-future",
        "/statement/occurred_at",
    ),
    Bad(
        "a time before everybody",
        lambda w: one(w.statement(1, occurred_at="0001-01-01T00:00:00+08:00")),
        422,
        "time-absurd",
        "/statement/occurred_at",
    ),
    Bad(
        "more than 256 KB",
        lambda w: one(w.statement(1, reason=CANARY + "x" * 262_144)),
        413,
        "statement-too-large",
        "/statement",
    ),
]

PLACES = [
    Bad(
        "signed for another log",
        lambda w: one(w.statement(1, origin="other.example/log")),
        422,
        "wrong-origin",
        "/statement/origin",
    ),
    Bad(
        "a chain that is unknown", lambda w: one(w.statement(1, chain=UNKNOWN)), 422, "wrong-chain", "/statement/chain"
    ),
    Bad("a harvest of a plot", lambda w: one(w.statement(1, chain=w.place)), 422, "wrong-chain", "/statement/chain"),
    Bad(
        "a harvest of a party",
        lambda w: one(w.statement(1, chain=w.parties["coop"])),
        422,
        "wrong-chain",
        "/statement/chain",
    ),
    Bad(
        "a batch that is open already",
        lambda w: one(
            of_kind(
                w, "batch_opened", {"product": "HB-BS", "township": "十河镇", "quantity": {"value": "1", "unit": "kg"}}
            )
        ),
        409,
        "chain-open-already",
        None,
    ),
    Bad(
        "a second genesis",
        lambda w: one(of_kind(w, "genesis", {"key": STRANGER_KEY.did, "vkey": "x"}, chain=UNKNOWN)),
        409,
        "log-open-already",
        None,
    ),
    Bad(
        "a batch that is its own input",
        lambda w: one(
            of_kind(
                w,
                "batch_opened",
                {
                    "product": "HB-BS",
                    "township": "十河镇",
                    "quantity": {"value": "1", "unit": "kg"},
                    "inputs": [{"batch": UNKNOWN, "quantity": {"value": "1", "unit": "kg"}}],
                },
                chain=UNKNOWN,
            )
        ),
        422,
        "input-cycle",
        "/statement/payload/inputs/0/batch",
    ),
    Bad(
        "two inputs",
        lambda w: one(
            of_kind(
                w,
                "batch_opened",
                {
                    "product": "HB-BS",
                    "township": "十河镇",
                    "quantity": {"value": "1", "unit": "kg"},
                    "inputs": [
                        {"batch": one_of, "quantity": {"value": "1", "unit": "kg"}} for one_of in (w.batch, UNKNOWN)
                    ],
                },
                chain="B" * 22,
            )
        ),
        422,
        "bad-reference",
        "/statement/payload/inputs/1/batch",
    ),
    Bad(
        "a record that is not there",
        lambda w: one(
            of_kind(
                w,
                "lab_report",
                {
                    "sample": {"chain": w.batch, "seq": 99, "leaf": "00" * 32},
                    "report_no": "R-1",
                    "conclusion": "pass",
                    "items": [{"item": "水分", "value": "11.8", "unit": "%"}],
                },
            )
        ),
        422,
        "bad-reference",
        "/statement/payload/sample",
    ),
]

PROOFS = [
    Bad("no proof", lambda w: one(without_proof(w)), 422, "missing-proof", "/statement/proof"),
    Bad(
        "an empty set of proofs",
        lambda w: one({**w.statement(1), "proof": []}),
        422,
        "missing-proof",
        "/statement/proof",
    ),
    Bad(
        "one proof, not in a list",
        lambda w: one({**w.statement(1), "proof": w.statement(1)["proof"][0]}),
        422,
        "wrong-type",
        "/statement/proof",
    ),
    Bad("the same signer twice", lambda w: one(with_two_proofs(w)), 422, "duplicate-signer", "/statement/proof"),
    Bad(
        "changed after it was signed",
        lambda w: one(changed_after_signing(w)),
        422,
        "bad-signature",
        "/statement/proof/0",
    ),
    Bad(
        "one bit of the signature",
        lambda w: one(with_signature(w.statement(1), one_bit_off)),
        422,
        "bad-signature",
        "/statement/proof/0",
    ),
    Bad(
        "S + L",
        lambda w: one(with_signature(w.statement(1), plus_group_order)),
        422,
        "bad-signature",
        "/statement/proof/0",
    ),
    Bad(
        "a signature of 63 bytes",
        lambda w: one(with_signature(w.statement(1), lambda s: s[:63])),
        422,
        "bad-signature",
        "/statement/proof/0",
    ),
    Bad("a key of order 1", lambda w: one(signed_by_nobody(w)), 422, "bad-signature", "/statement/proof/0"),
    Bad("a stranger's key", lambda w: one(w.statement(1, STRANGER_KEY)), 403, "key-not-valid", "/statement/proof/0"),
    Bad("another party's key", lambda w: one(w.statement(1, NEIGHBOUR_KEY)), 403, "key-not-valid", "/statement/proof"),
    Bad(
        "custody without the node's key",
        lambda w: one(w.statement(1, custody="platform")),
        403,
        "key-not-valid",
        "/statement/proof",
    ),
    Bad("a revoked key", lambda w: one(w.statement(1, RETIRED_KEY)), 409, "key-revoked", "/statement/proof/0"),
    Bad(
        "a party that may not say it",
        lambda w: one(w.statement(1, NEIGHBOUR_KEY, actor=w.parties["neighbour"])),
        403,
        "not-your-act",
        None,
    ),
]

OPENINGS = [
    Bad(
        "a private field in the open",
        lambda w: one(harvest_by("厉秋收")(w)),
        422,
        "not-committed",
        "/statement/payload/operator",
    ),
    Bad(
        "a commitment that is none",
        lambda w: one(harvest_by({"commit": 7})(w)),
        422,
        "wrong-type",
        "/statement/payload/operator",
    ),
    Bad(
        "an opening too much",
        lambda w: one(w.statement(1), opening("厉秋收")),
        422,
        "bad-opening",
        "/statement/payload",
    ),
    Bad(
        "no opening",
        lambda w: one(w.statement(1, payload=PRIVATE)),
        422,
        "missing-opening",
        "/statement/payload/operator",
    ),
    Bad(
        "an opening of something else",
        lambda w: one(w.statement(1, payload=PRIVATE), {**opening("厉秋收"), "value": CANARY}),
        422,
        "bad-opening",
        "/statement/payload/operator",
    ),
    Bad(
        "an opening with another salt",
        lambda w: one(w.statement(1, payload=PRIVATE), {**opening("厉秋收"), "salt": "A" * 43}),
        422,
        "bad-opening",
        "/statement/payload/operator",
    ),
    Bad(
        "a salt of 16 bytes",
        lambda w: one(w.statement(1, payload=PRIVATE), {**opening("厉秋收"), "salt": "A" * 22}),
        422,
        "bad-opening",
        "/statement/payload/operator",
    ),
    Bad(
        "a salt that is no base64url",
        lambda w: one(w.statement(1, payload=PRIVATE), {**opening("厉秋收"), "salt": "+/=="}),
        422,
        "bad-opening",
        "/openings/0/salt",
    ),
    Bad(
        "an opening without a salt",
        lambda w: one(w.statement(1, payload=PRIVATE), {"commit": commit(SALT, "厉秋收"), "value": CANARY}),
        422,
        "wrong-type",
        "/openings/0",
    ),
    Bad(
        "a fault in a private value",
        lambda w: one(harvest_by({"commit": commit(SALT, "zero\u200bwidth")})(w), opening("zero\u200bwidth")),
        422,
        "forbidden-character",
        "/statement/payload/operator",
    ),
]


def good(world: World, number: int) -> dict[str, Any]:
    return {"statement": world.statement(number)}


GROUPS = [
    Bad("an empty group", lambda w: {"group": []}, 422, "group-size", "/group"),
    Bad("a group of 1,001", lambda w: {"group": [{"statement": {}}] * 1_001}, 422, "group-size", "/group"),
    Bad("a group that is a text", lambda w: {"group": CANARY}, 422, "wrong-type", "/group"),
    Bad("a member that is a text", lambda w: {"group": [good(w, 1), CANARY]}, 422, "wrong-type", "/group/1"),
    Bad(
        "a member too much in a member",
        lambda w: {"group": [good(w, 1), {**good(w, 2), "note": CANARY}]},
        422,
        "unknown-field",
        "/group/1/note",
    ),
    Bad(
        "one of three changed",
        lambda w: {"group": [good(w, 1), {"statement": changed_after_signing(w)}, good(w, 3)]},
        422,
        "bad-signature",
        "/group/1/statement/proof/0",
    ),
    Bad(
        "one of three by a stranger",
        lambda w: {"group": [good(w, 1), good(w, 2), {"statement": w.statement(3, STRANGER_KEY)}]},
        403,
        "key-not-valid",
        "/group/2/statement/proof/0",
    ),
    Bad(
        "one of three for another log",
        lambda w: {"group": [good(w, 1), {"statement": w.statement(2, origin="x.example")}, good(w, 3)]},
        422,
        "wrong-origin",
        "/group/1/statement/origin",
    ),
    Bad(
        "one twice",
        lambda w: {"group": [good(w, 1), good(w, 2), good(w, 1)]},
        409,
        "statement-id-reused",
        "/group/2/statement/id",
    ),
]

CASES = [*SHAPES, *PLACES, *PROOFS, *OPENINGS, *GROUPS]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_bad_statement_is_refused_by_name_and_leaves_the_log_as_it_was(world: World, case: Bad) -> None:
    before = world.size

    answer = world.post(STATEMENTS, case.body(world), case.who)

    check_refusal(answer, case.status, case.code, case.pointer, [CANARY, "厉秋收", "proofValue"])
    assert world.size == before


def test_the_key_of_order_1_would_pass_where_orders_are_not_checked() -> None:
    """The positive control: cryptography alone (OpenSSL) takes that signature for every message."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(IDENTITY).verify(IDENTITY + bytes(32), b"whatever")


@pytest.fixture
def own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For the tests that log something."""
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


def test_the_same_statement_has_the_same_answer_and_other_bytes_under_its_id_are_refused(own_world: World) -> None:
    body = one(own_world.statement(7))
    first = own_world.post(STATEMENTS, body, "coop")
    before = own_world.size

    again = own_world.post(STATEMENTS, body, "coop")
    other = own_world.post(STATEMENTS, one(own_world.statement(7, occurred_at="2026-09-10T08:07:00+08:00")), "coop")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    check_refusal(other, 409, "statement-id-reused", "/statement/id", ["proofValue"])
    assert own_world.size == before


def test_a_group_enters_whole_and_in_order(own_world: World) -> None:
    before = own_world.size

    answer = own_world.post(STATEMENTS, {"group": [good(own_world, number) for number in (1, 2, 3)]}, "coop")

    assert answer.status_code == 201
    items = answer.json()["items"]
    assert [item["index"] for item in items] == [before, before + 1, before + 2]
    assert [item["id"][-1] for item in items] == ["1", "2", "3"]
    assert own_world.size == before + 3


def test_a_private_value_enters_with_its_opening_and_stays_out_of_what_is_signed(own_world: World) -> None:
    answer = own_world.post(STATEMENTS, one(own_world.statement(1, payload=PRIVATE), opening("厉秋收")), "coop")

    assert answer.status_code == 201
    entry = own_world.get(f"/api/v1/entries/{answer.json()['index']}").json()
    assert json.loads(entry["statement"])["payload"] == PRIVATE
    assert "厉秋收" not in json.dumps(entry, ensure_ascii=False)
    assert json.loads(entry["statement"])["occurred_at"] == AT


def test_a_party_adds_a_key_with_its_own_and_signs_with_it(own_world: World) -> None:
    coop = own_world.parties["coop"]
    added = own_world.statement(
        1, COOP_KEY, chain=coop, kind="key_added", payload={"key": STRANGER_KEY.did, "authenticated": "own key"}
    )

    first = own_world.post(STATEMENTS, one(added), "coop")
    second = own_world.post(STATEMENTS, one(own_world.statement(2, STRANGER_KEY)), "coop")

    assert (first.status_code, second.status_code) == (201, 201)
