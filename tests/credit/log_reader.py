"""What was said in a log, in order: read from its entries and statements alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trace.ledger.entry import parse_entry
from trace.ledger.sqlite import reading
from trace.ledger.statement import parse_statement


@dataclass(frozen=True)
class Said:
    """One statement. `at`: when the log received it; `keys`: whose proofs it carries."""

    index: int
    chain: str
    seq: int
    at: datetime
    kind: str
    actor: str
    keys: tuple[str, ...]
    custody: str | None
    payload: Mapping[str, Any]


def said_in(folder: Path) -> list[Said]:
    with reading(folder / "suxin.db") as reads:
        found = []
        for row in reads.rows(0, reads.count("entry")):
            entry, statement = parse_entry(row.entry), parse_statement(row.statement)
            found.append(
                Said(
                    entry.index,
                    entry.chain,
                    entry.seq,
                    datetime.fromisoformat(entry.received),
                    statement.kind,
                    statement.actor,
                    tuple(statement.signers),
                    statement.custody,
                    statement.payload,
                )
            )
    return found
