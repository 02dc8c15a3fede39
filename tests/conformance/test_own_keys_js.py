"""Does the page's signer write base58 as the vectors have it, and proofs as our own signer makes them, byte for byte?"""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.conformance.verifier_node import TIMEOUT_SECONDS, VECTORS, verifier
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import sign_document

pytestmark = pytest.mark.needs("node")

KEY = PrivateKey.from_seed(bytes(range(32)))
CREATED = "2026-11-25T02:00:00Z"
DOCUMENT = {"id": "urn:uuid:1", "payload": {"text": "白芍\n“引号”", "n": 7, "list": [True, None]}, "actor": "a"}
# Node has no IndexedDB: a store of one map, which is all that the signer asks of it.
SCRIPT = """
const kept = new Map();
const asked = (result) => { const one = { result }; queueMicrotask(() => one.onsuccess?.()); return one; };
const store = {
  put: (row) => asked(kept.set(row.did, row)),
  get: (did) => asked(kept.get(did)),
  getAllKeys: () => asked([...kept.keys()]),
};
globalThis.navigator ??= {};
globalThis.indexedDB = { open: () => asked({ transaction: () => ({ objectStore: () => store }), close: () => {} }) };
const { takeIn, proofOf, toBase58, makeKey, heldKeys } = await import(process.argv[2]);
const { seed, text, loose, created, bytes } = JSON.parse(process.argv[3]);
const did = await takeIn(seed + "\\n");
console.log(JSON.stringify({
  did,
  proof: await proofOf(did, text, created),
  loose: await proofOf(did, loose, created),
  wrong: await takeIn("no key"),
  texts: bytes.map((hex) => toBase58(Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)))),
  extractable: [...kept.values()].map((row) => row.privateKey.extractable),
  made: (await makeKey()).startsWith("did:key:z6Mk"),
  held: (await heldKeys()).length,
}));
"""


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("static")
    verifier("native", folder)  # writes the files as they are served
    script = folder / "ask.mjs"
    script.write_text(SCRIPT, "utf-8")
    text = encode(DOCUMENT).decode()
    asked = {"seed": KEY.seed.hex(), "text": text, "loose": text.replace(":", ": ", 1), "created": CREATED}
    asked["bytes"] = [case["hex"] for case in base58_cases()]
    run = subprocess.run(
        [shutil.which("node") or "node", "--no-warnings", script, folder / "own_keys.js", json.dumps(asked)],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def base58_cases() -> list[dict[str, str]]:
    cases: list[dict[str, str]] = json.loads((VECTORS / "data-integrity.json").read_text("utf-8"))["base58btc"]
    return cases


def test_base58_is_written_as_the_vectors_have_it(answered: dict[str, Any]) -> None:
    assert answered["texts"] == [case["text"] for case in base58_cases()]


def test_a_key_file_gives_its_did_and_the_proof_that_our_signer_makes(answered: dict[str, Any]) -> None:
    assert answered["did"] == KEY.did
    assert answered["proof"] == sign_document(DOCUMENT, KEY, CREATED)


def test_nothing_but_canonical_text_is_signed_and_nothing_but_a_key_file_is_taken_in(answered: dict[str, Any]) -> None:
    assert (answered["loose"], answered["wrong"]) == (None, None)


def test_what_is_kept_cannot_be_read_out(answered: dict[str, Any]) -> None:
    assert answered["extractable"] == [False]
    assert (answered["made"], answered["held"]) == (True, 2)
