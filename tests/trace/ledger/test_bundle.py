"""Six bundles of which each is wrong in one way only: one check notices it, and says which."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.bundle import label_fragment, verify_bundle
from trace.ledger.bundle_form import BundleChain, BundleItem, bundle_json
from trace.ledger.canonical import b64_encode
from trace.ledger.entry import Entry, body_hash, entry_bytes
from trace.ledger.keys import PrivateKey, parse_vkey, vkey_text
from trace.ledger.merkle import CompactRange, inclusion_path, leaf_hash
from trace.ledger.notes import Checkpoint, checkpoint_text, sign_note
from trace.ledger.statement import signed_statement

VECTORS = Path(__file__).parents[2] / "conformance" / "vectors"
EXAMPLE: dict[str, Any] = json.loads((VECTORS / "worked-example.json").read_text("utf-8"))
LOG = EXAMPLE["keys"]["log"]["vkey"]
FRAGMENT = EXAMPLE["label_url"].partition("#")[2]
ORIGIN = "suxin.example/log"
CREATED = "2026-09-10T00:00:00Z"


def failed_check(bundle: dict[str, Any], fragment: str | None = FRAGMENT, vkey: str = LOG) -> str | None:
    return verify_bundle(json.dumps(bundle).encode(), [parse_vkey(vkey)], fragment).failed


@pytest.fixture
def bundle() -> dict[str, Any]:
    return copy.deepcopy(EXAMPLE["bundle"])


def test_a_bundle_without_a_fragment_is_valid_and_its_label_is_not_compared(bundle: dict[str, Any]) -> None:
    found = verify_bundle(json.dumps(bundle).encode(), [parse_vkey(LOG)])

    assert found.valid
    assert found.checks["label"] == "skipped"


def test_an_empty_fragment_is_no_fragment(bundle: dict[str, Any]) -> None:
    assert failed_check(bundle, "") is None


def test_the_log_is_no_witness_of_itself(bundle: dict[str, Any]) -> None:
    vkeys = [parse_vkey(LOG)]

    assert verify_bundle(json.dumps(bundle).encode(), vkeys, FRAGMENT, vkeys, 1).failed == "witness"


def test_another_fragment_fails_the_label(bundle: dict[str, Any]) -> None:
    other = label_fragment(3, bytes.fromhex(EXAMPLE["entries"][8]["leaf"]))

    assert failed_check(bundle, other) == "label"


def test_a_missing_record_fails_the_chain(bundle: dict[str, Any]) -> None:
    del bundle["chains"][0]["entries"][2]

    assert failed_check(bundle) == "chain"


def test_a_sealed_key_entry_fails_the_chain(bundle: dict[str, Any]) -> None:
    key_added = bundle["chains"][1]["entries"][1]
    del key_added["salt"], key_added["statement"]

    assert failed_check(bundle) == "chain"


def test_a_changed_path_fails_the_inclusion(bundle: dict[str, Any]) -> None:
    path = bundle["chains"][0]["path"]
    first = bytearray(base64.b64decode(path[0]))
    first[0] ^= 1
    path[0] = b64_encode(bytes(first))

    assert failed_check(bundle) == "inclusion"


def test_another_log_key_fails_the_checkpoint(bundle: dict[str, Any]) -> None:
    stranger = PrivateKey.from_seed(bytes(31) + b"\x07")

    assert failed_check(bundle, vkey=vkey_text(ORIGIN, stranger.public)) == "checkpoint"


@pytest.mark.parametrize(("revoked_before", "failed"), [(True, "signature"), (False, None)])
def test_a_statement_by_a_key_revoked_before_fails_its_signature(revoked_before: bool, failed: str | None) -> None:
    """One log with a party's key revoked before its harvest record, and one with the same two entries swapped."""
    log, node, party = (PrivateKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
    chains = {"node": "n" * 22, "party": "p" * 22, "batch": "b" * 22}
    revoke = ("party", "key_revoked", "node", {"key": party.did, "why": "lost"}, node)
    harvest = ("batch", "harvest", "party", {}, party)
    story = [
        ("node", "genesis", "node", {"key": node.did}, node),
        ("party", "party_registered", "node", {}, node),
        ("party", "key_added", "node", {"key": party.did}, node),
        *([revoke, harvest] if revoked_before else [harvest, revoke]),
    ]
    items: dict[str, list[BundleItem]] = {name: [] for name in chains}
    heads: dict[str, int] = {}
    leaves: list[bytes] = []
    for index, (chain, kind, actor, payload, key) in enumerate(story):
        fields = {
            "id": f"urn:uuid:00000000-0000-4000-8000-{index:012d}",
            "origin": ORIGIN,
            "chain": chains[chain],
            "kind": kind,
            "actor": chains[actor],
            "occurred_at": "2026-09-10T08:00:00+08:00",
            "payload": payload,
        }
        statement, salt = signed_statement(fields, [key], CREATED), bytes([index]) * 32
        before = items[chain]
        prev = leaf_hash(before[-1].entry) if before else None
        received = f"2026-09-10T00:00:0{index}.000Z"
        entry = entry_bytes(
            Entry(ORIGIN, chains[chain], len(before), index, prev, (), received, body_hash(salt, statement))
        )
        before.append(BundleItem(entry, salt, statement))
        heads[chain] = index
        leaves.append(leaf_hash(entry))
    tree = CompactRange(0, [])
    for leaf in leaves:
        tree.append(leaf)

    def subtree(level: int, position: int) -> bytes:
        part = CompactRange(0, [])
        for one in leaves[position << level : (position + 1) << level]:
            part.append(one)
        return part.root()

    note = sign_note(checkpoint_text(Checkpoint(ORIGIN, len(leaves), tree.root())), ORIGIN, log)
    order = ("batch", "party", "node")
    made = [
        BundleChain(
            chains[name], tuple(items[name]), heads[name], tuple(inclusion_path(heads[name], len(leaves), subtree))
        )
        for name in order
    ]

    assert failed_check(bundle_json(ORIGIN, made, note), None, vkey_text(ORIGIN, log.public)) == failed
