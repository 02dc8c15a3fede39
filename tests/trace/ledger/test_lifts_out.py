"""The ledger leaves the house: its pure modules work elsewhere, under another name, without the rest of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

LEDGER = Path(__file__).parents[3] / "trace" / "ledger"
PURE = (
    *("__init__", "canonical", "keys", "notes", "merkle", "tiles", "entry", "statement", "proof"),
    *("key_book", "bundle_form", "bundle"),
)

ROUND_TRIP = """
import json, sys
from taken_along.bundle import label_fragment, verify_bundle
from taken_along.bundle_form import BundleChain, BundleItem, bundle_json
from taken_along.entry import Entry, body_hash, entry_bytes
from taken_along.keys import PrivateKey, make_vkey
from taken_along.merkle import leaf_hash
from taken_along.notes import Checkpoint, checkpoint_text, sign_note
from taken_along.proof import TlogProof, tlog_proof_text, verify_tlog_proof
from taken_along.statement import signed_statement

node, log = PrivateKey.from_seed(b"n" * 32), PrivateKey.from_seed(b"l" * 32)
origin, chain, salt = "elsewhere.example/log", "n" * 22, b"s" * 32
genesis = {
    "id": "urn:uuid:0191d5a0-0000-7000-8000-000000000000", "origin": origin, "chain": chain, "kind": "genesis",
    "actor": chain, "occurred_at": "2026-09-10T08:00:00+08:00", "payload": {"key": node.did},
}
statement = signed_statement(genesis, [node], "2026-09-10T00:00:00Z")
entry = entry_bytes(Entry(origin, chain, 0, 0, None, (), "2026-09-10T00:00:00.000Z", body_hash(salt, statement)))
leaf = leaf_hash(entry)
note = sign_note(checkpoint_text(Checkpoint(origin, 1, leaf)), origin, log)
vkeys = [make_vkey(origin, log.public)]
bundle = bundle_json(origin, [BundleChain(chain, (BundleItem(entry, salt, statement),), 0, ())], note)

assert verify_bundle(json.dumps(bundle).encode(), vkeys, label_fragment(0, leaf)).valid
assert verify_tlog_proof(tlog_proof_text(TlogProof(0, (), note)), leaf, vkeys)
taken = {name.partition(".")[0] for name in sys.modules}
assert not taken & {"trace", "api", "credit", "sqlalchemy", "fastapi", "sqlite3"}, taken
print("carried")
"""


def test_the_pure_modules_work_under_another_name(tmp_path: Path) -> None:
    package = tmp_path / "taken_along"
    package.mkdir()
    for module in PURE:
        shutil.copy(LEDGER / f"{module}.py", package)

    run = subprocess.run(
        [sys.executable, "-c", ROUND_TRIP],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert (run.stdout, run.stderr) == ("carried\n", "")
