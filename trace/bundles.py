"""What does a reader need to check a chain without us? The chain itself and every chain that says whose keys signed.

Cut at the published size, so that each newest entry has a path to the signed root. Closed under signers: the party chains
of the signers, of the signers of these, the node chain, and, where one of them is an official's, the office chain.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .events import KINDS
from .ledger.bundle_form import BundleChain, BundleItem, bundle_json
from .ledger.canonical import Json, decode_value
from .ledger.errors import Unavailable
from .ledger.publisher import Published
from .ledger.store import Reads, SealedRow
from .ledger.tree_rows import TreeRows
from .queries import find_key_owners, list_offices

MayOpen = Callable[[str], bool]
"""May this reader open a statement of that kind?"""


def is_public(kind: str) -> bool:
    return KINDS[kind].is_public


def chain_bundle(
    reads: Reads, origin: str, published: Published, node_chain: str, subject: str, may_open: MayOpen = is_public
) -> dict[str, Json]:
    """The bundle of a chain (formats: docs/formats.md). Raises `Unavailable` before its first entry is published."""
    rows = TreeRows(reads)
    given = {row["party"]: row["chain"] for row in list_offices(reads.connection) if row["given"] < published.size}
    chains: list[BundleChain] = []
    waiting, seen = [subject], {subject}
    while waiting:
        chain = waiting.pop(0)
        published_rows = [row for row in reads.chain_rows(chain) if row.index < published.size]
        if not published_rows:
            raise Unavailable("not-published-yet")
        opens = may_open if chain == subject else _always
        newest = published_rows[-1].index
        chains.append(
            BundleChain(
                chain,
                tuple(_item(reads, row, opens) for row in published_rows),
                newest,
                tuple(rows.inclusion(newest, published.size)),
            )
        )
        owners = find_key_owners(reads.connection, _signers(reads, published_rows, opens))
        # An official signs as such: who reads this has to see who gave the office.
        for owner in [*owners, *({given[chain]} if chain in given else ()), node_chain]:
            if owner not in seen:
                seen.add(owner)
                waiting.append(owner)
    # The node chain last: a reader sees first what it asked for, then who signed, then who runs the log.
    chains.sort(key=lambda one: (one.chain != subject, one.chain == node_chain))
    return bundle_json(origin, chains, published.note)


def _always(_kind: str) -> bool:
    return True


def _item(reads: Reads, row: SealedRow, may_open: MayOpen) -> BundleItem:
    return BundleItem(row.entry, row.salt, row.statement) if may_open(kind_of(reads, row)) else BundleItem(row.entry)


def kind_of(reads: Reads, row: SealedRow) -> str:
    """The kind by which a reader may open a logged statement."""
    return opened_as(reads, _statement(row))


def opened_as(reads: Reads, statement: Mapping[str, Any]) -> str:
    """Its own kind; of a correction the kind of what it corrects. It says that anew, or that it did not occur: who spoke
    of what, and the reason given, are then as sealed as the record itself."""
    if statement["kind"] != "correction":
        return str(statement["kind"])
    if "restated" in statement["payload"]:
        return str(statement["payload"]["restated"]["kind"])
    corrected = statement["corrects"]
    return str(_statement(reads.known([corrected])[corrected])["kind"])  # it is there: `decide` looked


def _statement(row: SealedRow) -> dict[str, Json]:
    found = decode_value(row.statement)
    assert isinstance(found, dict)  # what is logged was parsed as a statement
    return found


def _signers(reads: Reads, rows: Iterable[SealedRow], may_open: MayOpen) -> set[str]:
    """The did:keys that signed what the reader may open."""
    found: set[str] = set()
    for row in rows:
        if may_open(kind_of(reads, row)):
            proofs = _statement(row)["proof"]
            assert isinstance(proofs, list)
            found.update(
                str(proof["verificationMethod"]).partition("#")[0] for proof in proofs if isinstance(proof, dict)
            )
    return found
