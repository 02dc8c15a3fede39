"""What becomes of a statement that the log refused because its key had ended? Kept aside where it may be, and said so."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from api.node import Node
from trace.ledger.canonical import decode_value
from trace.ledger.errors import Conflict
from trace.ledger.statement import Statement, parse_statement, signed_bytes
from trace.ledger.submission import Signed
from trace.payload import Opening
from trace.queries import find_keys, find_parties

from . import DISMISSED, SIGNED_AGAIN, VOUCHED, WAITING, Aside, ended_key
from .db import AsideStore, NotKept

_log = logging.getLogger("suxin.aside")


async def set_aside(node: Node, store: AsideStore, items: Sequence[Signed], refusal: Conflict) -> None:
    """Keep what came under an ended key, and let the refusal say what became of it: its values choose the sentence.

    Of a group all are kept, each by itself, where each is signed by an ended key of its party; else none.

    Of a key-revoked `kept_until`, `is_full` or `is_dismissed`; of a statement-id-reused `logged_at`, where that id is in the
    log because a clerk vouched for these words or they were signed again. Where none is set, nothing is kept.
    """
    try:
        match refusal.code:
            case "key-revoked":
                refusal.values.update(await asyncio.to_thread(_kept, node, store, items))
            case "statement-id-reused":
                refused = items[int(str(refusal.values.get("item", 0)))].statement
                refusal.values.update(await asyncio.to_thread(_logged, node, store, refused))
    except SQLAlchemyError as error:  # the disk is full, or another process holds the file for too long
        _log.warning("aside.not_kept", extra={"reason": type(error).__name__})


def note_logged(node: Node, store: AsideStore, vouched_by: str | None = None) -> None:
    """Settle those whose id came into the log meanwhile, from their party's own hand or a clerk's.

    `vouched_by`: the account that has just vouched. Where nobody says it, as after a crash, the log's statement does.
    """
    waiting = store.waiting_ids()
    if not waiting:
        return
    with node.reading() as reads:
        logged = reads.known(id for id, _ in waiting)
    for id, party in waiting:
        if (row := logged.get(id)) is None:
            continue
        statement = parse_statement(row.statement)
        if statement.actor == party:  # another's statement settles nothing; it can only have guessed the id
            how, by = (VOUCHED, vouched_by) if statement.custody else (SIGNED_AGAIN, None)
            store.settle(id, how, by=by, index=row.index)
            _log.info("aside.settled")


def document_hash(statement: Statement) -> str:
    """SHA-256, in hex, of what a statement's proofs sign."""
    return hashlib.sha256(signed_bytes(statement)).hexdigest()


def _kept(node: Node, store: AsideStore, items: Sequence[Signed]) -> dict[str, object]:
    found = _as_kept(node, store, items)
    if not found:
        return {}
    note_logged(node, store)  # what is settled takes no room
    kept = store.keep(found)
    if isinstance(kept, NotKept):
        return {"is_full": True} if kept is NotKept.FULL else {}
    if all(one.state == WAITING for one in kept):
        return {"kept_until": min(one.kept_until for one in kept).isoformat()}
    return {"is_dismissed": True} if len(kept) == 1 and kept[0].state == DISMISSED else {}


def _as_kept(node: Node, store: AsideStore, items: Sequence[Signed]) -> list[Aside]:
    """What would be kept; nothing where one of them may not be."""
    found, now = [], store.clock()
    actors = {signed.statement.actor for signed in items}
    with node.reading() as reads:
        keys = {actor: find_keys(reads.connection, actor) for actor in actors}
        regions = {row["id"]: row["region"] for row in find_parties(reads.connection, actors)}
        for signed in items:
            statement = signed.statement
            key = ended_key(statement, keys[statement.actor])
            if key is None:
                return []
            found.append(
                Aside(
                    id=statement.id,
                    document=document_hash(statement),
                    statement=statement.data,
                    openings=tuple(Opening(one.commit, one.salt, decode_value(one.value)) for one in signed.openings),
                    party=statement.actor,
                    region=regions[statement.actor],
                    kind_name=statement.kind,
                    chain=statement.chain,
                    key=key,
                    came_at=now,
                )
            )
    return found


def _logged(node: Node, store: AsideStore, statement: Statement) -> dict[str, object]:
    note_logged(node, store)
    found = store.find(statement.id)
    if found is None or found.document != document_hash(statement) or found.index is None:
        return {}
    return {"logged_at": str(found.index)}
