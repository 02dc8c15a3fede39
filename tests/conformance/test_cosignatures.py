"""A witness's line of the carried vectors, made and verified. Its dialogue comes with witnesses."""

import json
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.canonical import b64_encode
from trace.ledger.keys import TYPE_COSIGNATURE_V1, PrivateKey, key_id, make_vkey
from trace.ledger.notes import VerifiedSignature, cosigned_bytes, verify_note

CASES = json.loads((Path(__file__).parent / "vectors" / "witness.json").read_text("utf-8"))["cosignature"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_a_cosignature_is_made_byte_for_byte_and_verifies(case: dict[str, Any]) -> None:
    witness = PrivateKey.from_seed(bytes.fromhex(case["witness_seed"]))
    signed = cosigned_bytes(case["checkpoint_text"], case["timestamp"])
    hint = key_id(case["name"], TYPE_COSIGNATURE_V1, witness.public)
    payload = hint + case["timestamp"].to_bytes(8, "big") + witness.sign(signed)

    verified = verify_note(
        case["checkpoint_text"] + "\n" + case["line"], [make_vkey(case["name"], witness.public, TYPE_COSIGNATURE_V1)]
    )

    assert signed.decode() == case["signed_bytes"]
    assert f"— {case['name']} {b64_encode(payload)}\n" == case["line"]
    assert verified == (VerifiedSignature(case["name"], TYPE_COSIGNATURE_V1, case["timestamp"]),)
