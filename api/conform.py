"""Do our formats agree with yours? A test port: a JSON case a line in, the answer by the functions that writer and verifier call.

Formats and rules: docs/formats.md. Bytes are hex, documents as bytes too; nothing here decides anything of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any, TextIO

import orjson

from credit.port import answer_procedure, answer_score, answer_working_days
from trace.codes import is_label_code, is_uscc
from trace.ledger.canonical import ProfileError, b64url_decode, canonicalize, commit, decode_value
from trace.ledger.entry import EntryError, parse_entry
from trace.ledger.keys import Vkey, parse_vkey, verify_signature
from trace.ledger.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from trace.ledger.notes import NoteError, parse_checkpoint, verify_note
from trace.ledger.proof import verify_tlog_proof
from trace.ledger.statement import StatementError, parse_statement, verify_document, verify_proofs
from trace.ledger.tiles import TileId, tile_path
from trace.rules.port import answer_gate

Case = Mapping[str, Any]
Answer = dict[str, Any]
UNKNOWN_KIND = 2


class _BadCase(ValueError):
    """A case that cannot be read: a missing argument, malformed hex."""


def answer(kind: str, case: Case) -> Answer:
    """`{"id", "ok", "error", …}` for one case. KeyError for an unknown kind."""
    respond = _KINDS[kind]
    try:
        found = respond(case)
    except (_BadCase, KeyError, TypeError, AttributeError):
        found = {"ok": False, "error": "bad-case"}
    return {"id": case.get("id"), "error": None, **found}


def run(kind: str, lines: TextIO, out: TextIO) -> int:
    """Answer every line in order. 2 for a kind that this release does not have."""
    if kind not in _KINDS:
        return UNKNOWN_KIND
    for line in lines:
        if line.strip():
            out.write(orjson.dumps(answer(kind, _read_case(line))).decode() + "\n")
            out.flush()
    return 0


def _read_case(line: str) -> Case:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise _BadCase
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise _BadCase from error


def _all_bytes(texts: object) -> list[bytes]:
    if not isinstance(texts, list):
        raise _BadCase
    return [_bytes(text) for text in texts]


def _yes(holds: bool, error: str) -> Answer:
    return {"ok": True} if holds else {"ok": False, "error": error}


def _root(case: Case) -> Answer:
    return {"ok": True, "root": root_of(_all_bytes(case["leaves"])).hex()}


def _inclusion(case: Case) -> Answer:
    proof, leaf, root = _all_bytes(case["proof"]), _bytes(case["leaf"]), _bytes(case["root"])
    return _yes(verify_inclusion(case["index"], case["size"], leaf, proof, root), "inclusion")


def _consistency(case: Case) -> Answer:
    roots = _bytes(case["root1"]), _bytes(case["root2"])
    return _yes(verify_consistency(case["size1"], case["size2"], *roots, _all_bytes(case["proof"])), "consistency")


def _canonical(case: Case) -> Answer:
    try:
        return {"ok": True, "jcs": canonicalize(_bytes(case["json"])).hex()}
    except ProfileError as error:
        return {"ok": False, "error": error.rule}


def _ed25519(case: Case) -> Answer:
    key, message, signature = (_bytes(case[name]) for name in ("key", "message", "signature"))
    return _yes(verify_signature(key, message, signature), "bad-signature")


def _document(case: Case) -> Answer:
    return _yes(verify_document(_bytes(case["json"])), "bad-signature")


def _statement(case: Case) -> Answer:
    try:
        verify_proofs(parse_statement(canonicalize(_bytes(case["json"]))))
    except (StatementError, ProfileError) as error:
        return {"ok": False, "error": error.code if isinstance(error, StatementError) else error.rule}
    return {"ok": True}


def _commitment(case: Case) -> Answer:
    try:
        return {"ok": True, "commit": commit(_salt(case["salt"]), decode_value(_bytes(case["json"])))}
    except ProfileError as error:
        return {"ok": False, "error": error.rule}


def _salt(text: object) -> bytes:
    """Hex as everywhere in this port, or base64url as in an opening."""
    if isinstance(text, str) and len(text) == 64:
        return _bytes(text)
    try:
        return b64url_decode(str(text))
    except ValueError as error:
        raise _BadCase from error


def _entry(case: Case) -> Answer:
    data = _bytes(case["entry"])
    try:
        parse_entry(data)
    except EntryError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "leaf": leaf_hash(data).hex()}


def _vkeys(texts: list[str]) -> list[Vkey]:
    try:
        return [parse_vkey(text) for text in texts]
    except ValueError as error:
        raise _BadCase from error


def _note(case: Case) -> Answer:
    try:
        verified = verify_note(case["note"], _vkeys(case["vkeys"]))
    except NoteError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "verified": [[one.name, one.type] for one in verified]}


def _checkpoint(case: Case) -> Answer:
    try:
        found = parse_checkpoint(case["text"])
    except NoteError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "origin": found.origin, "size": found.size, "root": found.root.hex()}


def _proof(case: Case) -> Answer:
    return _yes(verify_tlog_proof(case["text"], _bytes(case["leaf"]), _vkeys(case["vkeys"])), "proof")


def _tile(case: Case) -> Answer:
    try:
        return {"ok": True, "path": tile_path(TileId(case["level"], case["index"], case["width"]))}
    except ValueError:
        return {"ok": False, "error": "no-such-tile"}


def _code(case: Case) -> Answer:
    checks: Mapping[str, Callable[[str], bool]] = {"uscc": is_uscc, "label": is_label_code}
    return _yes(checks[case["type"]](case["value"]), "bad-code")


_KINDS: Mapping[str, Callable[[Case], Answer]] = {
    "root": _root,
    "inclusion": _inclusion,
    "consistency": _consistency,
    "canonical": _canonical,
    "ed25519": _ed25519,
    "document": _document,
    "statement": _statement,
    "commitment": _commitment,
    "entry": _entry,
    "note": _note,
    "checkpoint": _checkpoint,
    "proof": _proof,
    "tile": _tile,
    "code": _code,
    "gate": answer_gate,
    "working-days": answer_working_days,
    "procedure": answer_procedure,
    "score": answer_score,
}

KINDS = tuple(_KINDS)
"""What may be asked here."""
