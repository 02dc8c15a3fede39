"""A log sealed anew by somebody who holds the node's own keys: every hash, index, path and signature fits again.

Made from a bundle that the node really served, cut down to the chains in it. What still gives such a log away is the
one thing that a test changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from trace.ledger.bundle import label_fragment
from trace.ledger.bundle_form import BundleChain, BundleItem, bundle_json
from trace.ledger.canonical import b64url_decode, encode
from trace.ledger.entry import body_hash
from trace.ledger.keys import PrivateKey
from trace.ledger.merkle import inclusion_path, leaf_hash, root_of
from trace.ledger.notes import Checkpoint, checkpoint_text, sign_note
from trace.ledger.statement import signed_statement

CREATED = "2026-11-01T00:00:00Z"
SALT = bytes(32)


@dataclass(frozen=True)
class Row:
    """One entry to be sealed: `statement` None where it is not public, `shown` False where it is to be held back."""

    entry: dict[str, Any]
    statement: bytes | None
    salt: bytes
    shown: bool = True
    skips: int = 0
    """How many numbers of its chain it leaves out."""

    @property
    def said(self) -> dict[str, Any]:
        """The statement as values, without its proofs."""
        said: dict[str, Any] = json.loads(self.statement or b"{}")
        return {name: value for name, value in said.items() if name != "proof"}


@dataclass(frozen=True)
class Forger:
    """Whoever got hold of both keys of a node."""

    origin: str
    node_key: PrivateKey
    log_key: PrivateKey

    def row(self, entry: dict[str, Any], fields: dict[str, Any], keys: Iterable[PrivateKey] = ()) -> Row:
        """A statement of these fields, signed by `keys` (by the node where there are none), in place of an entry."""
        statement = signed_statement(fields, list(keys) or [self.node_key], CREATED)
        return Row({**entry, "chain": fields["chain"], "links": []}, statement, SALT)

    def seal(self, rows: Iterable[Row], subject: str) -> tuple[bytes, str]:
        """The bundle of the chain `subject` in a log of exactly these rows, and the fragment of a label of its head.

        Rows go into the log in the order given; index, seq, prev and body follow from that.
        """
        log: list[bytes] = []
        items: dict[str, list[BundleItem]] = {subject: []}
        heads: dict[str, tuple[int, int, bytes]] = {}  # chain → seq, index, leaf of its newest entry
        for index, row in enumerate(rows):
            chain = row.entry["chain"]
            before, _, leaf = heads.get(chain, (-1, -1, b""))
            entry = {**row.entry, "seq": before + 1 + row.skips, "index": index, "prev": leaf.hex() or None}
            if row.statement is not None:
                entry["body"] = body_hash(row.salt, row.statement).hex()
            data = encode(entry)
            log.append(data)
            heads[chain] = (entry["seq"], index, leaf_hash(data))
            is_open = row.statement is not None and row.shown
            items.setdefault(chain, []).append(
                BundleItem(data, row.salt, row.statement) if is_open else BundleItem(data)
            )

        def subtree(level: int, position: int) -> bytes:
            return root_of(log[position << level : (position + 1) << level])

        chains = [
            BundleChain(one, tuple(carried), heads[one][1], tuple(inclusion_path(heads[one][1], len(log), subtree)))
            for one, carried in items.items()
        ]
        note = sign_note(checkpoint_text(Checkpoint(self.origin, len(log), root_of(log))), self.origin, self.log_key)
        bundle = json.dumps(bundle_json(self.origin, chains, note), ensure_ascii=False).encode()
        seq, _, leaf = heads[subject]
        return bundle, label_fragment(seq, leaf)


def rows_of(bundle: bytes) -> list[Row]:
    """What a bundle holds, in the order of the log."""
    items = [item for chain in json.loads(bundle)["chains"] for item in chain["entries"]]
    rows = [
        Row(
            json.loads(item["entry"]),
            item["statement"].encode() if "statement" in item else None,
            b64url_decode(item["salt"]) if "salt" in item else SALT,
        )
        for item in items
    ]
    return sorted(rows, key=lambda row: int(row.entry["index"]))
