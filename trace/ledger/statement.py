"""What does somebody claim, and did they sign it? Statements and their proof sets (W3C eddsa-jcs-2022). (pure)"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from .canonical import (
    ProfileError,
    canonicalize,
    decode_canonical,
    decode_value,
    encode,
    encode_known,
    in_canonical_order,
)
from .entry import is_chain_id
from .keys import PrivateKey, base58btc_decode, base58btc_encode, parse_did_key, verify_signature

MAX_STATEMENT_BYTES = 262_144
_REQUIRED = ("id", "origin", "chain", "kind", "actor", "occurred_at", "payload", "proof")
_TEXTS = ("origin", "kind", "recorded_by", "reason")
_MEMBERS = {*_REQUIRED, *_TEXTS, "custody", "corrects"}
_PROOF_MEMBERS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}
_LONGEST_PROOF_VALUE = 89
"""z and 88 digits: 64 bytes have no longer base58 form. Unbounded, one proof of 250 KB took 2 s: decoding is quadratic."""
_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)


class StatementError(ValueError):
    """Not a statement. `code` is stable, `pointer` names the member (RFC 6901)."""

    def __init__(self, code: str, pointer: str = "") -> None:
        super().__init__(f"{code} at {pointer or '/'}")
        self.code = code
        self.pointer = pointer


class Statement(NamedTuple):
    """A parsed statement; `data` are the canonical bytes that are hashed and kept. `signers` are did:keys in proof order."""

    id: str
    origin: str
    chain: str
    kind: str
    actor: str
    occurred_at: str
    payload: dict[str, Any]
    proofs: tuple[dict[str, Any], ...]
    signers: tuple[str, ...]
    custody: bool
    recorded_by: str | None
    corrects: str | None
    reason: str | None
    data: bytes


def is_time(text: object) -> bool:
    """RFC 3339 with upper-case T and Z or an offset; a real calendar day, no leap second, no 24:00."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


def is_statement_id(text: object) -> bool:
    return isinstance(text, str) and bool(_ID.fullmatch(text))


def parse_statement(data: bytes) -> Statement:
    """Read canonical bytes as a statement; proofs are checked for shape, not yet for truth. Raises `StatementError`."""
    if len(data) > MAX_STATEMENT_BYTES:
        raise StatementError("statement-too-large")
    try:
        found: dict[str, Any] = decode_canonical(data)
    except ProfileError as error:
        raise StatementError(error.rule, error.pointer) from error
    return _statement(found, data)


def statement_of(document: Mapping[str, Any]) -> Statement:
    """The statement that an object says, which was decoded under the profile from whatever layout. Raises as the above."""
    data = encode_known(document)
    if len(data) > MAX_STATEMENT_BYTES:
        raise StatementError("statement-too-large")
    return _statement(in_canonical_order(document, data), data)  # as everybody else will read its members


def _statement(found: dict[str, Any], data: bytes) -> Statement:
    for name in found:
        if name not in _MEMBERS:
            raise StatementError("unknown-field", f"/{name}")
    for name in _REQUIRED:
        if name not in found:
            raise StatementError("missing-proof" if name == "proof" else "missing-field", f"/{name}")
    _check_members(found)
    proofs = found["proof"]
    if not isinstance(proofs, list):
        raise StatementError("wrong-type", "/proof")
    if not proofs:
        raise StatementError("missing-proof", "/proof")
    signers = tuple([_signer(proof, f"/proof/{at}") for at, proof in enumerate(proofs)])
    if len(set(signers)) != len(signers):
        raise StatementError("duplicate-signer", "/proof")
    return Statement(
        id=found["id"],
        origin=found["origin"],
        chain=found["chain"],
        kind=found["kind"],
        actor=found["actor"],
        occurred_at=found["occurred_at"],
        payload=found["payload"],
        proofs=tuple(proofs),
        signers=signers,
        custody="custody" in found,
        recorded_by=found.get("recorded_by"),
        corrects=found.get("corrects"),
        reason=found.get("reason"),
        data=data,
    )


def _check_members(found: Mapping[str, Any]) -> None:
    for name in _TEXTS:
        if name in found:
            if not isinstance(found[name], str):
                raise StatementError("wrong-type", f"/{name}")
            if not found[name]:
                raise StatementError("blank", f"/{name}")
    for name in ("id", "corrects"):
        if name in found and not is_statement_id(found[name]):
            raise StatementError("bad-reference", f"/{name}")
    for name in ("chain", "actor"):
        if not is_chain_id(found[name]):
            raise StatementError("bad-reference", f"/{name}")
    if not is_time(found["occurred_at"]):
        raise StatementError("not-a-time", "/occurred_at")
    if not isinstance(found["payload"], dict):
        raise StatementError("wrong-type", "/payload")
    if found.get("custody", "platform") != "platform":
        raise StatementError("unknown-value", "/custody")


def _signer(proof: object, pointer: str) -> str:
    """The did:key of a proof whose shape is right."""
    if not isinstance(proof, dict):
        raise StatementError("wrong-type", pointer)
    for name in proof:
        if name not in _PROOF_MEMBERS:
            raise StatementError("unknown-field", f"{pointer}/{name}")
    key = _key_of(proof)
    if key is None:
        raise StatementError("bad-signature", pointer)
    return key


def _key_of(proof: Mapping[str, Any]) -> str | None:
    """The did:key of a proof with the right suite, purpose, time and method; None otherwise."""
    method = proof.get("verificationMethod")
    if (
        proof.get("type") != "DataIntegrityProof"
        or proof.get("cryptosuite") != "eddsa-jcs-2022"
        or proof.get("proofPurpose") != "assertionMethod"
        or not is_time(proof.get("created"))
        or not isinstance(proof.get("proofValue"), str)
        or not isinstance(method, str)
    ):
        return None
    did, _, fragment = method.partition("#")
    try:
        parse_did_key(did)
    except ValueError:
        return None
    return did if did.removeprefix("did:key:") == fragment else None


def verify_proofs(statement: Statement) -> None:
    """Every proof of the set is a signature over this document. Raises `StatementError` (bad-signature)."""
    hashed = hashlib.sha256(signed_bytes(statement)).digest()
    for at, (proof, signer) in enumerate(zip(statement.proofs, statement.signers, strict=True)):
        if not _is_signed(proof, hashed, signer):
            raise StatementError("bad-signature", f"/proof/{at}")


def signed_bytes(statement: Statement) -> bytes:
    """The canonical bytes of a statement without its proofs: the member is cut out where it stands last in `data`.

    Nothing after it can look like it: only the texts `reason` and `recorded_by` follow, whose quotation marks are escaped.
    """
    before, _, after = statement.data.rpartition(b',"proof":' + encode_known(statement.proofs))
    return before + after


def _is_signed(proof: Mapping[str, Any], document_hash: bytes, signer: str) -> bool:
    """`proof` was decoded under the profile."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    value = proof["proofValue"]
    if not value.startswith("z") or len(value) > _LONGEST_PROOF_VALUE:
        return False
    try:
        signature = base58btc_decode(value[1:])
        public = parse_did_key(signer)
    except ValueError:
        return False
    return verify_signature(public, hashlib.sha256(encode_known(options)).digest() + document_hash, signature)


def sign_document(document: Mapping[str, Any], key: PrivateKey, created: str) -> dict[str, Any]:
    """One eddsa-jcs-2022 proof over a document (its `proof` left out). `created` is RFC 3339.

    A document's `@context` is copied into the proof options, as credentials want it.
    """
    did = key.did
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": created,
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    signed = hashlib.sha256(encode(options)).digest() + hashlib.sha256(encode(unsigned)).digest()
    return {**options, "proofValue": "z" + base58btc_encode(key.sign(signed))}


def signed_statement(fields: Mapping[str, Any], keys: Sequence[PrivateKey], created: str) -> bytes:
    """The canonical bytes of a statement with one proof a key."""
    document = {name: value for name, value in fields.items() if name != "proof"}
    return encode({**document, "proof": [sign_document(document, key, created) for key in keys]})


def verify_document(data: bytes) -> bool:
    """Does every proof of this JSON document (one object or a set) hold? eddsa-jcs-2022, any layout, our JSON profile."""
    try:
        found = decode_value(canonicalize(data))
    except ProfileError:
        return False
    if not isinstance(found, dict):
        return False
    proofs = found.pop("proof", None)
    proofs = [proofs] if isinstance(proofs, dict) else proofs
    if not isinstance(proofs, list) or not proofs:
        return False
    hashed = hashlib.sha256(encode(found)).digest()
    return all(_holds(proof, found, hashed) for proof in proofs)


def _holds(proof: object, document: Mapping[str, Any], document_hash: bytes) -> bool:
    if not isinstance(proof, dict) or set(proof) - _PROOF_MEMBERS - {"@context"}:
        return False
    if proof.get("@context") != document.get("@context"):
        return False
    signer = _key_of(proof)
    return signer is not None and _is_signed(proof, document_hash, signer)
