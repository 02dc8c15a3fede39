"""Every value of the carried vectors, as stated. Sources and licences stand in the head of each file."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from trace.codes import is_label_code, is_uscc
from trace.ledger.bundle import NotABundle, label_fragment, verify_bundle
from trace.ledger.canonical import ProfileError, b64url_decode, canonicalize, commit, decode
from trace.ledger.entry import EntryError, body_hash, entry_bytes, parse_entry
from trace.ledger.keys import PrivateKey, base58btc_decode, base58btc_encode, parse_vkey, verify_signature
from trace.ledger.merkle import (
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from trace.ledger.notes import NoteError, parse_checkpoint, verify_note
from trace.ledger.proof import verify_tlog_proof
from trace.ledger.statement import StatementError, parse_statement, signed_statement, verify_document, verify_proofs
from trace.ledger.tiles import TileId, entry_bundle, parse_tile_path, split_entry_bundle, tile_path, tile_widths

VECTORS = Path(__file__).parent / "vectors"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return found


def hashes(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def known_vkeys(texts: list[str]) -> list[Any]:
    return [parse_vkey(text) for text in texts]


TREE, PROOFS, NOTES, TILES = load("tree"), load("proofs"), load("notes"), load("tiles")
PROFILE, INTEGRITY, EXAMPLE = load("profile"), load("data-integrity"), load("worked-example")
LEAVES = [leaf_hash(i.to_bytes(8, "big")) for i in range(1000)]


def subtree_of_rule_leaves(level: int, position: int) -> bytes:
    tree = CompactRange(0, [])
    for leaf in LEAVES[position << level : (position + 1) << level]:
        tree.append(leaf)
    return tree.root()


@pytest.mark.parametrize("case", TREE["standard"], ids=lambda case: case["size"])
def test_root_of_the_standard_leaves(case: dict[str, Any]) -> None:
    assert root_of(hashes(case["leaves"])).hex() == case["root"]


def test_all_roots_of_the_rule_up_to_a_thousand() -> None:
    tree, roots = CompactRange(0, []), []
    for leaf in [None, *LEAVES]:
        if leaf:
            tree.append(leaf)
        roots.append(tree.root().hex())

    assert sha256("".join(roots).encode()).hexdigest() == TREE["all_roots_sha256"]
    assert all(roots[case["size"]] == case["root"] for case in TREE["rule_roots"])


@pytest.mark.parametrize("case", TREE["inclusion"] + PROOFS["inclusion"], ids=lambda c: c.get("id", "rule"))
def test_inclusion_proofs(case: dict[str, Any]) -> None:
    leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
    found = verify_inclusion(case["index"], case["size"], leaf, hashes(case["proof"]), root)
    assert found is case.get("ok", True)


@pytest.mark.parametrize("case", TREE["consistency"] + PROOFS["consistency"], ids=lambda c: c.get("id", "rule"))
def test_consistency_proofs(case: dict[str, Any]) -> None:
    roots = bytes.fromhex(case["root1"]), bytes.fromhex(case["root2"])
    found = verify_consistency(case["size1"], case["size2"], *roots, hashes(case["proof"]))
    assert found is case.get("ok", True)


@pytest.mark.parametrize("case", TREE["inclusion"], ids=lambda c: f"{c['index']}-{c['size']}")
def test_inclusion_paths_that_we_make(case: dict[str, Any]) -> None:
    assert inclusion_path(case["index"], case["size"], subtree_of_rule_leaves) == hashes(case["proof"])


@pytest.mark.parametrize("case", TREE["consistency"], ids=lambda c: f"{c['size1']}-{c['size2']}")
def test_consistency_paths_that_we_make(case: dict[str, Any]) -> None:
    assert consistency_path(case["size1"], case["size2"], subtree_of_rule_leaves) == hashes(case["proof"])


@pytest.mark.parametrize("case", load("envelopes")["entry"], ids=lambda c: c["id"])
def test_entries(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["entry"])
    if not case["ok"]:
        with pytest.raises(EntryError):
            parse_entry(data)
        return
    assert leaf_hash(data).hex() == case["leaf"]
    assert entry_bytes(parse_entry(data)) == data


@pytest.mark.parametrize("case", PROFILE["accept"], ids=lambda c: c["id"])
def test_json_inside_the_profile(case: dict[str, Any]) -> None:
    assert canonicalize(bytes.fromhex(case["json"])) == bytes.fromhex(case["jcs"])


@pytest.mark.parametrize("case", PROFILE["reject"], ids=lambda c: c["id"])
def test_json_outside_the_profile(case: dict[str, Any]) -> None:
    built = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    data = bytes.fromhex(case["json"]) if "json" in case else built

    with pytest.raises(ProfileError) as refused:
        canonicalize(data)

    assert refused.value.rule == case["rule"]


@pytest.mark.parametrize("case", load("ed25519")["verify"], ids=lambda c: c["id"])
def test_ed25519_signatures(case: dict[str, Any]) -> None:
    key, message, signature = (bytes.fromhex(case[name]) for name in ("key", "message", "signature"))
    assert verify_signature(key, message, signature) is case["ok"]
    if "seed" in case:
        assert PrivateKey.from_seed(bytes.fromhex(case["seed"])).sign(message) == signature


@pytest.mark.parametrize("case", INTEGRITY["document"], ids=lambda c: c["id"])
def test_data_integrity_documents(case: dict[str, Any]) -> None:
    assert verify_document(bytes.fromhex(case["json"])) is case["ok"]


@pytest.mark.parametrize("case", INTEGRITY["statement_only"], ids=lambda c: c["id"])
def test_what_a_statement_refuses_beyond_a_document(case: dict[str, Any]) -> None:
    with pytest.raises(StatementError):
        parse_statement(bytes.fromhex(case["json"]))


@pytest.mark.parametrize("case", INTEGRITY["commitment"], ids=lambda c: c["commit"])
def test_commitments(case: dict[str, Any]) -> None:
    assert commit(b64url_decode(case["salt"]), case["value"]) == case["commit"]


@pytest.mark.parametrize("case", INTEGRITY["base58btc"], ids=lambda c: c["text"] or "empty")
def test_base58btc(case: dict[str, Any]) -> None:
    assert base58btc_encode(bytes.fromhex(case["hex"])) == case["text"]
    assert base58btc_decode(case["text"]) == bytes.fromhex(case["hex"])


@pytest.mark.parametrize("case", INTEGRITY["base58btc_reject"], ids=lambda c: ascii(c["text"]))
def test_text_that_is_not_base58btc(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        base58btc_decode(case["text"])


@pytest.mark.parametrize("case", NOTES["vkeys"], ids=lambda c: c["vkey"][:24] or "empty")
def test_vkeys(case: dict[str, Any]) -> None:
    if case["ok"]:
        assert parse_vkey(case["vkey"])
        return
    with pytest.raises(ValueError):
        parse_vkey(case["vkey"])


@pytest.mark.parametrize("case", NOTES["notes"], ids=lambda c: c["id"])
def test_signed_notes(case: dict[str, Any]) -> None:
    if not case["ok"]:
        with pytest.raises(NoteError):
            verify_note(case["note"], known_vkeys(case["vkeys"]))
        return
    found = verify_note(case["note"], known_vkeys(case["vkeys"]))
    assert [[one.name, one.type] for one in found] == case["verified"]


@pytest.mark.parametrize("case", NOTES["checkpoints"], ids=lambda c: c["id"])
def test_checkpoints(case: dict[str, Any]) -> None:
    if case["ok"]:
        assert parse_checkpoint(case["text"])
        return
    with pytest.raises(NoteError):
        parse_checkpoint(case["text"])


@pytest.mark.parametrize("case", NOTES["proofs"], ids=lambda c: c["id"])
def test_tlog_proofs(case: dict[str, Any]) -> None:
    assert verify_tlog_proof(case["text"], bytes.fromhex(case["leaf"]), known_vkeys(case["vkeys"])) is case["ok"]


@pytest.mark.parametrize("case", TILES["paths"], ids=lambda c: c["path"])
def test_tile_paths(case: dict[str, Any]) -> None:
    tile = TileId(case["level"], case["index"], case["width"])
    assert tile_path(tile) == case["path"]
    assert parse_tile_path(case["path"]) == tile


@pytest.mark.parametrize("case", TILES["bad_paths"], ids=lambda c: c["path"])
def test_paths_that_are_no_tiles(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        parse_tile_path(case["path"])


@pytest.mark.parametrize("case", TILES["widths"], ids=lambda c: c["size"])
def test_tile_widths(case: dict[str, Any]) -> None:
    assert [vars(one) for one in tile_widths(case["size"])] == case["levels"]


@pytest.mark.parametrize("case", TILES["bundles"], ids=lambda c: c["bytes"])
def test_entry_bundles(case: dict[str, Any]) -> None:
    entries = hashes(case["entries"])
    assert entry_bundle(entries).hex() == case["bytes"]
    assert split_entry_bundle(bytes.fromhex(case["bytes"])) == entries


@pytest.mark.parametrize("case", load("codes")["cases"], ids=lambda c: f"{c['type']}-{c['value']!a}")
def test_codes(case: dict[str, Any]) -> None:
    check = is_uscc if case["type"] == "uscc" else is_label_code
    assert check(case["value"]) is case["ok"]


@pytest.mark.parametrize("case", EXAMPLE["entries"], ids=lambda c: c["index"])
def test_statements_of_the_worked_example_are_made_again_byte_for_byte(case: dict[str, Any]) -> None:
    keys = {k["did"]: PrivateKey.from_seed(bytes.fromhex(k["seed"])) for k in EXAMPLE["keys"].values() if "did" in k}
    statement = parse_statement(case["statement"].encode())
    verify_proofs(statement)

    made = signed_statement(
        decode(statement.data), [keys[signer] for signer in statement.signers], statement.proofs[0]["created"]
    )

    assert made.decode() == case["statement"]
    assert body_hash(b64url_decode(case["salt"]), made).hex() == case["body"]
    assert leaf_hash(case["entry"].encode()).hex() == case["leaf"]


def test_roots_and_tiles_of_the_worked_example() -> None:
    entries = [case["entry"].encode() for case in EXAMPLE["entries"]]

    assert [root_of(entries[:size]).hex() for size in range(11)] == EXAMPLE["roots_by_size"]
    assert b"".join(map(leaf_hash, entries)).hex() == EXAMPLE["tile_0_000_p_10"]
    assert sha256(entry_bundle(entries)).hexdigest() == EXAMPLE["tile_entries_000_p_10_sha256"]


@pytest.mark.parametrize("name", ["bundle", "bundle_with_one_sealed"])
def test_bundles_of_the_worked_example_hold_in_every_check(name: str) -> None:
    vkeys = [parse_vkey(EXAMPLE["keys"]["log"]["vkey"])]
    witnesses = [parse_vkey(EXAMPLE["keys"]["witness"]["vkey"])]
    fragment = EXAMPLE["label_url"].partition("#")[2]

    found = verify_bundle(json.dumps(EXAMPLE[name]).encode(), vkeys, fragment, witnesses, 1)

    asked = ["format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint", "witness"]
    assert found.valid
    assert [check for check, result in found.checks.items() if result == "pass"] == asked
    assert (found.chain, found.seq, found.index) == (EXAMPLE["chains"]["batch-1"], 3, 9)


def test_a_label_printed_early_still_matches_a_batch_that_grew() -> None:
    vkeys = [parse_vkey(EXAMPLE["keys"]["log"]["vkey"])]
    early = EXAMPLE["label_fragment_printed_after_entry_4"]

    assert label_fragment(1, bytes.fromhex(EXAMPLE["entries"][4]["leaf"])) == early
    assert verify_bundle(json.dumps(EXAMPLE["bundle"]).encode(), vkeys, early).checks["label"] == "pass"


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"format":"suxin.bundle/2"}'])
def test_what_is_no_bundle_is_not_judged(data: bytes) -> None:
    with pytest.raises(NotABundle):
        verify_bundle(data, [])
