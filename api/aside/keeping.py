"""What becomes of a statement that the log refused because its key had ended? Kept aside where it may be, and said so."""

import asyncio
import hashlib
import logging

from sqlalchemy.exc import SQLAlchemyError

from api.node import Node
from trace.ledger.canonical import decode_value
from trace.ledger.errors import Conflict
from trace.ledger.statement import Statement, parse_statement, signed_bytes
from trace.ledger.submission import Signed
from trace.payload import Opening
from trace.queries import find_keys, find_parties

from . import SIGNED_AGAIN, VOUCHED, Aside, ended_key
from .db import AsideStore, NotKept

_log = logging.getLogger("suxin.aside")


async def set_aside(node: Node, store: AsideStore, signed: Signed, refusal: Conflict) -> None:
    """Keep what came under an ended key, and let the refusal say what became of it: its values choose the sentence.

    Of a key-revoked `kept_until`, `is_full` or `is_dismissed`; of a statement-id-reused `logged_at`, where that id is in the
    log because a clerk vouched for these words or they were signed again. Where none is set, nothing is kept.
    """
    try:
        match refusal.code:
            case "key-revoked":
                refusal.values.update(await asyncio.to_thread(_kept, node, store, signed))
            case "statement-id-reused":
                refusal.values.update(await asyncio.to_thread(_logged, node, store, signed.statement))
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


def _kept(node: Node, store: AsideStore, signed: Signed) -> dict[str, object]:
    statement = signed.statement
    with node.reading() as reads:
        key = ended_key(statement, find_keys(reads.connection, statement.actor))
        if key is None:
            return {}
        (party,) = find_parties(reads.connection, [statement.actor])
    note_logged(node, store)  # what is settled takes no room
    found = store.keep(
        Aside(
            id=statement.id,
            document=document_hash(statement),
            statement=statement.data,
            openings=tuple(Opening(one.commit, one.salt, decode_value(one.value)) for one in signed.openings),
            party=statement.actor,
            region=party["region"],
            kind_name=statement.kind,
            chain=statement.chain,
            key=key,
            came_at=store.clock(),
        )
    )
    match found:
        case Aside(state="waiting"):
            return {"kept_until": found.kept_until.isoformat()}
        case Aside(state="dismissed"):
            return {"is_dismissed": True}
        case NotKept.FULL:
            return {"is_full": True}
    return {}


def _logged(node: Node, store: AsideStore, statement: Statement) -> dict[str, object]:
    note_logged(node, store)
    found = store.find(statement.id)
    if found is None or found.document != document_hash(statement) or found.index is None:
        return {}
    return {"logged_at": str(found.index)}
