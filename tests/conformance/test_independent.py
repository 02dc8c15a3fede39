"""Do others, who share no code with us, find the same roots, proofs and signatures in what a node publishes?

tlog-scales (Python) and metamorphic-log (Rust) read the demonstration's tiles as a mirror would; awr (Python) and Digital
Bazaar's cryptosuite (JavaScript) verify its statements. Each also has to refuse a copy with one bit changed.
"""

from __future__ import annotations

import base64
import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import metamorphic_log
import pytest
from awr import didkey
from awr.errors import AwrError
from awr.proof import verify_document_signature
from cryptography.exceptions import InvalidSignature
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

from tests.api.app_parts import COOP_KEY, World, populate, running_demonstration
from tests.api.published import tiles
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

ROOT = Path(__file__).resolve().parents[2]
GROWN = 500


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The season, and behind it so many records by a co-op's own key that the tree has full tiles and a second level."""
    with running_demonstration(tmp_path_factory.mktemp("node")) as running:
        populate(running)
        group = [{"statement": running.statement(number)} for number in range(GROWN)]
        assert running.post("/api/v1/statements?wait=proof", {"group": group}, "coop").status_code == 201
        yield running


# ---- the tree --------------------------------------------------------------------------------------------------------


class Mirror:
    """What was fetched of a log: the backend that tlog-scales reads from."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def get(self, *path: str) -> bytes | None:
        return self.files.get("/".join(path))

    def reader(self) -> TilesReader:
        reader = TilesReader(self)
        reader.get_checkpoint()
        return reader

    def flipped(self, path: str, at: int) -> Mirror:
        """A copy with one bit of one file changed."""
        data = bytearray(self.files[path])
        data[at] ^= 1
        return Mirror({**self.files, path: bytes(data)})


@pytest.fixture(scope="module")
def mirror(world: World) -> Mirror:
    addresses = ["/log/checkpoint", *tiles(world)]
    return Mirror({address.removeprefix("/log/"): world.get(address).content for address in addresses})


@pytest.fixture(scope="module")
def size(mirror: Mirror) -> int:
    return int(mirror.files["checkpoint"].split(b"\n")[1])


@pytest.fixture(scope="module")
def places(size: int) -> list[int]:
    """The whole season, the edges of the tiles, and some in between."""
    return sorted({*range(40), 254, 255, 256, 257, 511, 512, 513, size - 1, *range(40, size, 41)})


@pytest.fixture(scope="module")
def vkey(world: World) -> str:
    return world.get("/log/vkey").text.strip()


def our_path(world: World, index: int) -> list[bytes]:
    """The inclusion path that our node gives for an entry, out of its tlog-proof."""
    lines = world.get(f"/api/v1/entries/{index}/proof").text.split("\n")
    return [base64.b64decode(line) for line in lines[2 : lines.index("")]]


def test_the_tree_has_full_tiles_and_a_second_level(mirror: Mirror, size: int) -> None:
    assert size > 512
    assert {"tile/0/000", "tile/0/001", "tile/1/000.p/2", "tile/entries/001"} <= mirror.files.keys()


def test_both_accept_the_signature_of_the_checkpoint(mirror: Mirror, vkey: str, size: int) -> None:
    note = mirror.files["checkpoint"].decode()

    mirror.reader().get_checkpoint().verify(Vkey.from_string(vkey))
    head = metamorphic_log.checkpoint_verify(note, [vkey])

    assert head.size == size


def test_both_refuse_a_checkpoint_with_one_bit_changed(mirror: Mirror, vkey: str) -> None:
    forged = mirror.flipped("checkpoint", mirror.files["checkpoint"].rindex(b"\n\n") - 5)

    with pytest.raises((InvalidSignature, ValueError)):
        forged.reader().get_checkpoint().verify(Vkey.from_string(vkey))
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify(forged.files["checkpoint"].decode("latin-1"), [vkey])


def test_the_root_of_the_tiles_is_the_signed_root(mirror: Mirror) -> None:
    reader = mirror.reader()

    assert reader.calculate_root_hash() == reader.get_checkpoint().root_hash


def test_the_entries_hash_to_the_leaves_of_the_tiles(mirror: Mirror, size: int) -> None:
    reader = mirror.reader()

    assert [leaf_hash(reader.get_entry(index)) for index in range(size)] == [
        reader.mth(index, index + 1) for index in range(size)
    ]


def test_every_inclusion_path_of_ours_is_theirs_and_holds_for_both(
    world: World, mirror: Mirror, size: int, places: list[int], vkey: str
) -> None:
    reader = mirror.reader()
    root, note = reader.get_checkpoint().root_hash, mirror.files["checkpoint"].decode()

    for index in places:
        leaf, path = leaf_hash(reader.get_entry(index)), our_path(world, index)
        assert reader.get_inclusion_proof(index, size).node_hashes == path
        InclusionProof(index, size, path).check(leaf, root)
        metamorphic_log.verify_inclusion(index, size, leaf, path, root)
        metamorphic_log.checkpoint_verify_inclusion(note, [vkey], index, leaf, path)


def test_earlier_sizes_are_consistent_with_the_last_for_both(mirror: Mirror, size: int, places: list[int]) -> None:
    reader = mirror.reader()
    root = reader.get_checkpoint().root_hash

    for before in places[1:]:
        proof, root_before = reader.get_consistency_proof(before, size), reader.mth(0, before)
        proof.check(root_before, root)
        metamorphic_log.verify_consistency(before, size, proof.node_hashes, root_before, root)


def test_a_copy_with_one_bit_of_an_entry_changed_is_refused_by_both(
    world: World, mirror: Mirror, size: int, places: list[int]
) -> None:
    root = mirror.reader().get_checkpoint().root_hash

    for index in places:
        path = tile_of("entries", index, size)
        forged = mirror.flipped(path, middle_of_entry(mirror.files[path], index % 256)).reader()
        leaf, proof = leaf_hash(forged.get_entry(index)), our_path(world, index)
        with pytest.raises(InclusionProofInvalid):
            InclusionProof(index, size, proof).check(leaf, root)
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.verify_inclusion(index, size, leaf, proof, root)


def tile_of(level: str, index: int, size: int) -> str:
    """The file of a mirror in which an entry or its hash stands."""
    number, is_full = index // 256, index // 256 < size // 256
    return f"tile/{level}/{number:03d}" + ("" if is_full else f".p/{size % 256}")


def middle_of_entry(bundle: bytes, position: int) -> int:
    """Where in a tile of entries the middle of one stands: each has its length in front, two bytes."""
    at = 0
    for _ in range(position):
        at += 2 + int.from_bytes(bundle[at : at + 2])
    return at + 2 + int.from_bytes(bundle[at : at + 2]) // 2


def test_a_copy_with_one_bit_of_a_tile_changed_is_refused_by_both(mirror: Mirror, size: int) -> None:
    """Byte by byte through the second level and the newest tile, whose hashes a root is made of."""
    root = mirror.reader().get_checkpoint().root_hash
    before = size - 1

    for path in ("tile/1/000.p/2", tile_of("0", size - 1, size)):
        for at in range(0, len(mirror.files[path]), 7):
            forged = mirror.flipped(path, at).reader()
            proof, root_before = forged.get_consistency_proof(before, size), mirror.reader().mth(0, before)
            assert forged.calculate_root_hash() != root
            with pytest.raises(ConsistencyProofInvalid):
                proof.check(root_before, root)
            with pytest.raises(metamorphic_log.VerifyError):
                metamorphic_log.verify_consistency(before, size, proof.node_hashes, root_before, root)


# ---- the statements --------------------------------------------------------------------------------------------------

Holds = Callable[[list[dict[str, Any]]], list[list[bool]]]


def awr_holds(documents: list[dict[str, Any]]) -> list[list[bool]]:
    return [[_awr_holds(document, proof) for proof in document["proof"]] for document in documents]


def _awr_holds(document: dict[str, Any], proof: dict[str, Any]) -> bool:
    try:
        public = didkey.parse_did_key(proof["verificationMethod"].partition("#")[0])
        return bool(verify_document_signature(document, proof, public))
    except AwrError:
        return False


def digital_bazaar_holds(documents: list[dict[str, Any]]) -> list[list[bool]]:
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    run = subprocess.run(
        [node, str(Path(__file__).with_name("eddsa_jcs_port.mjs")), str(ROOT / "node_modules")],
        input="".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


VERIFIERS = [
    pytest.param(awr_holds, id="awr"),
    pytest.param(digital_bazaar_holds, id="Digital Bazaar", marks=pytest.mark.needs("node")),
]


@pytest.fixture(scope="module")
def statements(world: World) -> list[dict[str, Any]]:
    """The statements of the season, sealed ones too, and some by a device's key, as an auditor gets them."""
    parts = ("limit=100", "from=100&limit=100", f"from={world.size - 20}&limit=20")
    items = [one for part in parts for one in world.get(f"/api/v1/entries?{part}", "auditor").json()["items"]]
    return [json.loads(item["statement"]) for item in items]


@pytest.mark.parametrize("holds", VERIFIERS)
def test_every_statement_of_the_season_is_accepted(holds: Holds, statements: list[dict[str, Any]]) -> None:
    signers = {statement["proof"][0]["verificationMethod"].partition("#")[0] for statement in statements}

    assert {statements[0]["payload"]["key"], COOP_KEY.did} <= signers
    assert {"receipt", "case_step", "record_entered"} <= {statement["kind"] for statement in statements}
    assert len(statements) == 220
    assert holds(statements) == [[True] * len(statement["proof"]) for statement in statements]


@pytest.mark.parametrize("holds", VERIFIERS)
def test_a_statement_of_two_signers_with_odd_texts_is_accepted(holds: Holds) -> None:
    keys = [PrivateKey.from_seed(bytes([number]) * 32) for number in (1, 2)]
    fields = {"id": "urn:uuid:0", "payload": {"name": '𠮷 "\\ \u2028 e\u0301', "count": -3, "empty": {}}}

    assert holds([json.loads(signed_statement(fields, keys, "2026-09-10T00:06:00Z"))]) == [[True, True]]


def altered(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Copies that each differ in one thing that is signed."""
    for name in ("id", "chain", "kind", "actor", "occurred_at"):
        yield {**copy.deepcopy(statement), name: statement[name][:-1] + ("0" if statement[name][-1] != "0" else "1")}
    yield {**copy.deepcopy(statement), "payload": {**statement["payload"], "more": 1}}
    yield {**copy.deepcopy(statement), "reason": "added"}
    for name, value in (("created", "2020-01-01T00:00:00Z"), ("proofPurpose", "authentication")):
        changed = copy.deepcopy(statement)
        changed["proof"][0][name] = value
        yield changed
    changed = copy.deepcopy(statement)
    signature = changed["proof"][0]["proofValue"]
    changed["proof"][0]["proofValue"] = signature[:40] + ("2" if signature[40] != "2" else "3") + signature[41:]
    yield changed


@pytest.mark.parametrize("holds", VERIFIERS)
def test_no_altered_statement_is_accepted(holds: Holds, statements: list[dict[str, Any]]) -> None:
    copies = [one for statement in statements for one in altered(statement)]

    answers = holds(copies)

    assert len(answers) == len(copies) >= 300
    # The first proof is the one that was altered, or stands over what was.
    assert [copies[at] for at, answer in enumerate(answers) if answer[0]] == []
