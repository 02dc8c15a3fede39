"""Logs of somebody who holds keys and seals everything anew, so that no hash can notice: only the rules can.

Built from the worked example's seeds; each names the first check that must fail, or None where nothing may.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from tests.conformance.verifier_node import EXAMPLE
from trace.ledger.bundle_form import BundleChain, BundleItem, bundle_json
from trace.ledger.canonical import b64url_decode, encode
from trace.ledger.entry import body_hash
from trace.ledger.keys import PrivateKey
from trace.ledger.merkle import inclusion_path, leaf_hash, root_of
from trace.ledger.notes import Checkpoint, checkpoint_text, sign_note
from trace.ledger.statement import sign_document

Row = dict[str, Any]
SIGNERS = {name: PrivateKey.from_seed(bytes.fromhex(EXAMPLE["keys"][name]["seed"])) for name in EXAMPLE["keys"]}
STRANGER = PrivateKey.from_seed(sha256(b"a key that no chain names").digest())
OFFICIALS = {
    name: PrivateKey.from_seed(sha256(f"the key of the {name} official".encode()).digest())
    for name in ("first", "second", "third", "planted", "new")
}
KEYS = {**SIGNERS, "stranger": STRANGER, **OFFICIALS}
NODE, PARTY, LABORATORY, BATCH = (EXAMPLE["chains"][name] for name in ("node", "party", "laboratory", "batch-1"))


def log_rows() -> list[Row]:
    """The example's ten entries, each with its statement as values and the names of its signers."""
    names = {SIGNERS[name].did: name for name in SIGNERS}
    rows = []
    for item in EXAMPLE["entries"]:
        statement = json.loads(item["statement"])
        signers = [names[proof["verificationMethod"].split("#")[0]] for proof in statement.pop("proof")]
        rows.append(
            {"entry": json.loads(item["entry"]), "statement": statement, "signers": signers, "salt": item["salt"]}
        )
    return rows


def sealed_anew(rows: list[Row], subject: str = BATCH) -> bytes:
    """A bundle whose hashes, indices, proofs and checkpoint all fit the given rows, whatever these claim."""
    heads: dict[str, tuple[int, bytes]] = {}
    items: dict[str, list[BundleItem]] = {}
    newest: dict[str, int] = {}
    log: list[bytes] = []
    for index, row in enumerate(rows):
        entry, chain = dict(row["entry"]), row["entry"]["chain"]
        seq, head = heads.get(chain, (-1, b""))
        statement = sealed_statement(row)
        entry |= {"seq": seq + 1, "index": index, "prev": head.hex() or None, "links": []}
        entry["body"] = body_hash(b64url_decode(row["salt"]), statement).hex()
        data = encode(entry)
        log.append(data)
        heads[chain], newest[chain] = (seq + 1, leaf_hash(data)), index
        opened = (b64url_decode(row["salt"]), statement)
        items.setdefault(chain, []).append(BundleItem(data) if row.get("sealed") else BundleItem(data, *opened))
    chains = [subject, *(chain for chain in items if chain != subject and chain != EXAMPLE["chains"]["batch-2"])]
    size = len(log)

    def subtree(level: int, position: int) -> bytes:
        return root_of(log[position << level : (position + 1) << level])

    carried = [
        BundleChain(chain, tuple(items[chain]), newest[chain], tuple(inclusion_path(newest[chain], size, subtree)))
        for chain in chains
    ]
    origin = EXAMPLE["bundle"]["origin"]
    note = sign_note(checkpoint_text(Checkpoint(origin, size, root_of(log))), origin, SIGNERS["log"])
    return json.dumps(bundle_json(origin, carried, note), ensure_ascii=False).encode()


def sealed_statement(row: Row) -> bytes:
    """The row's statement, signed by the keys that it names; a change may be made after signing."""
    keys = [KEYS[name] for name in row["signers"]]
    document = {**row["statement"]}
    document["proof"] = [sign_document(row["statement"], key, "2026-09-10T00:00:30Z") for key in keys]
    row.get("after", lambda _document: None)(document)
    return encode(document)


def forged_logs() -> list[tuple[str, bytes, str | None]]:
    """(what was done, bundle, first check that must fail; None where nothing may)."""
    cases: list[tuple[str, bytes, str | None]] = []

    def add(about: str, failed: str | None, change: Callable[[list[Row]], object], subject: str = BATCH) -> None:
        rows = log_rows()
        change(rows)
        cases.append((about, sealed_anew(rows, subject), failed))

    def insert(at: int, like: int, signers: list[str], **statement: Any) -> Callable[[list[Row]], object]:
        def change(rows: list[Row]) -> None:
            row = copy.deepcopy(rows[like])
            row["statement"] |= {"id": "urn:uuid:0191d5a0-0000-7000-8000-0000000000ff", **statement}
            row["signers"] = signers
            rows.insert(at, row)

        return change

    def state(at: int, **members: Any) -> Callable[[list[Row]], object]:
        return lambda rows: rows[at]["statement"].update(members)

    def sign(at: int, *signers: str) -> Callable[[list[Row]], object]:
        return lambda rows: rows[at].update(signers=list(signers))

    def afterwards(at: int, change: Callable[[Any], object]) -> Callable[[list[Row]], object]:
        return lambda rows: rows[at].update(after=change)

    def set_in_proof(name: str, value: object, made: Any) -> None:
        made["proof"][0][name] = value

    name: str
    value: object
    party_key, stranger_key = {"key": SIGNERS["party"].did}, {"key": STRANGER.did}
    revoked = {"kind": "key_revoked", "payload": {**party_key, "why": "lost"}}
    add("nothing", None, lambda _rows: None)
    add("signed by nobody's key", "signature", sign(4, "stranger"))
    add("a stranger's proof beside the party's", "signature", sign(4, "party", "stranger"))
    add("the laboratory signs for the party", "signature", sign(4, "laboratory"))
    add("the laboratory's report signed by the party alone", "signature", sign(9, "party"))
    add("the node signs for the party without saying so", "signature", sign(4, "node"))
    add(
        "the node signs and says custody",
        None,
        lambda rows: (sign(4, "node")(rows), state(4, custody="platform")(rows)),
    )
    add("the party alone says custody", "signature", state(4, custody="platform"))
    add("signed before the key was added", "signature", lambda rows: rows.insert(2, rows.pop(4)))
    add("signed at the index that revokes the key", None, insert(10, 2, ["party"], actor=PARTY, **revoked))
    add("signed after the key was revoked", "signature", insert(3, 2, ["node"], **revoked))
    add(
        "a sealed revocation, in a party's chain as subject",
        "signature",
        lambda rows: (insert(3, 2, ["node"], **revoked)(rows), rows[3].update(sealed=True)),
        PARTY,
    )
    add("a key revoked twice", "signature", lambda rows: [insert(10, 2, ["node"], **revoked)(rows) for _ in range(2)])
    add(
        "a key given again after its end",
        "signature",
        lambda rows: (
            insert(10, 2, ["node"], **revoked)(rows),
            insert(11, 2, ["node"], kind="key_added", payload=party_key)(rows),
        ),
    )
    add(
        "the party's key given to the laboratory",
        "signature",
        insert(10, 6, ["node"], kind="key_added", payload=party_key),
    )
    add("a key added by a stranger", "signature", insert(10, 2, ["stranger"], kind="key_added", payload=stranger_key))
    add(
        "a key added by another party",
        "signature",
        insert(10, 2, ["laboratory"], actor=LABORATORY, kind="key_added", payload=stranger_key),
    )
    add(
        "a key added by the party's own key",
        None,
        insert(10, 2, ["party"], actor=PARTY, kind="key_added", payload=stranger_key),
    )
    add(
        "a key added in a batch",
        "signature",
        insert(10, 4, ["node"], actor=NODE, kind="key_added", payload=stranger_key),
    )
    add("a key that is none", "signature", insert(10, 2, ["node"], kind="key_added", payload={"key": "did:key:z6Mk"}))
    add("a party chain that begins otherwise", "signature", state(1, kind="note"))
    add("a log that begins otherwise", "signature", state(0, kind="start"))
    add("a genesis of another key", "signature", state(0, payload=stranger_key))
    add("changed after signing", "signature", afterwards(4, lambda made: made.update(reason="later")))
    add(
        "a proof of another statement",
        "signature",
        afterwards(
            4,
            lambda made: made["proof"][0].update(
                proofValue=json.loads(EXAMPLE["entries"][3]["statement"])["proof"][0]["proofValue"]
            ),
        ),
    )
    add("a proof in base64", "signature", afterwards(4, lambda made: made["proof"][0].update(proofValue="mAAAA")))
    add(
        "a shortened proof",
        "signature",
        afterwards(4, lambda made: made["proof"][0].update(proofValue=made["proof"][0]["proofValue"][:-1])),
    )
    add("one key twice", "body", sign(4, "party", "party"))
    add("no proof", "body", sign(4))
    add("a proof that is a text", "body", afterwards(4, lambda made: made.update(proof=["x"])))
    add("one proof and no set", "body", afterwards(4, lambda made: made.update(proof=made["proof"][0])))
    for name, value in (
        ("type", "x"),
        ("cryptosuite", "x"),
        ("proofPurpose", "x"),
        ("created", "2026-09-10"),
        ("extra", 1),
        ("verificationMethod", SIGNERS["party"].did),
        ("proofValue", 7),
        ("@context", []),
    ):
        add(f"proof {name}", "body", afterwards(4, partial(set_in_proof, name, value)))
    for name, value in (
        ("id", "x"),
        ("origin", "other.example/log"),
        ("origin", ""),
        ("chain", PARTY),
        ("chain", "x"),
        ("kind", ""),
        ("kind", 1),
        ("actor", "x"),
        ("payload", []),
        ("custody", "own"),
        ("custody", None),
        ("recorded_by", ""),
        ("recorded_by", 1),
        ("reason", ""),
        ("corrects", "x"),
        ("note", "x"),
        ("occurred_at", "2026-02-30T00:00:00Z"),
        ("occurred_at", "2026-09-10T24:00:00Z"),
        ("occurred_at", "2026-09-10t00:00:00Z"),
        ("occurred_at", "2026-09-10T00:00:60Z"),
        ("occurred_at", "2026-09-10T00:00:00"),
        ("occurred_at", "2026-09-10T00:00:00+24:00"),
        ("occurred_at", "0000-01-01T00:00:00Z"),
        ("occurred_at", "2026-09-10T00:00:00.1234567890Z"),
    ):
        add(f"statement {name}={value}", "body", state(4, **{name: value}))
    for name, value in (
        ("reason", "late"),
        ("recorded_by", "clerk"),
        ("occurred_at", "2024-02-29T23:59:59.123456789-11:30"),
        ("corrects", "urn:uuid:0191d5a0-0000-7000-8000-000000000003"),
        ("payload", {"__proto__": {"a": 1}}),
    ):
        add(f"statement {name}={value}", None, state(4, **{name: value}))
    add("without payload", "body", lambda rows: rows[4]["statement"].pop("payload"))
    add("the party's chain as subject", None, lambda _rows: None, PARTY)
    add("the node's chain as subject", None, lambda _rows: None, NODE)
    return cases
