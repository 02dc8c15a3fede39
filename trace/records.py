"""What does a batch's chain say now? One row a claimed record, as it was last stated; earlier words stay in the log. (pure)

Rules judge these rows. A correction puts the restated event in the place of the first one, or says that it did not occur.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .ledger.canonical import decode_known, encode_known
from .ledger.entry import Entry
from .ledger.statement import Statement
from .state import Row, State

ALL = "*"


def record_id(chain: str, seq: int) -> str:
    """Where a record stands, as one text: the id of its row, and of the holds and flags that name it."""
    return f"{chain}/{seq}"


def place_of(id: str) -> tuple[str, int] | None:
    """The chain and the number on it that such an id says; None for what is none."""
    chain, _, seq = id.rpartition("/")
    if not (seq.isascii() and seq.isdigit() and len(seq) < _LONGEST_SEQ):
        return None
    place = chain, int(seq)
    return place if record_id(*place) == id else None


_LONGEST_SEQ = 16


def add_record(
    state: State, entry: Entry, leaf: bytes, statement: Statement, of_whom: Mapping[str, str | None]
) -> None:
    """A new record of a batch. `of_whom`: the cells that say of whose goods it speaks."""
    payload = encode_known(statement.payload).decode()
    _remember(payload, statement.payload)
    state.add_record(
        {
            "id": record_id(entry.chain, entry.seq),
            "chain": entry.chain,
            "topic": topic(entry.chain, statement.kind),
            "statement": statement.id,
            "index": entry.index,
            "leaf": leaf.hex(),
            "kind": statement.kind,
            "actor": statement.actor,
            "asked_of": asked_of(statement.kind, statement.actor, statement.payload),
            **of_whom,
            "occurred_at": statement.occurred_at,
            "received": entry.received,
            "payload": payload,
            "is_void": False,
        }
    )


def asked_of(kind: str, actor: str, payload: Mapping[str, Any]) -> str | None:
    """Whose work a record asks for: a sample that of the laboratory it names, else of whoever drew it."""
    return str(payload.get("laboratory", actor)) if kind == "sample_taken" else None


def topic(chain: str, kind: str) -> str:
    """By what records are looked up: a kind on one chain."""
    return f"{chain}/{kind}"


def records_of(state: State, chain: str, kinds: Iterable[str]) -> Iterator[Row]:
    """The records of these kinds that still count, in the order of the log."""
    found = [state.rows["record", id] for kind in kinds for id in state.topics.get(topic(chain, kind), ())]
    return iter(sorted([row for row in found if not row["is_void"]], key=_index))


def said(row: Row) -> Mapping[str, Any]:
    """The payload of a record as it stands in the statement: private fields are commitments. Not to be changed."""
    text: str = row["payload"]
    return _SAID.get(text) or _remember(text, decode_known(text))


_SAID: dict[str, Mapping[str, Any]] = {}
_MOST_SAID = 1_024


def _remember(text: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record is judged by several rules in a row, the first time right after it was read."""
    if len(_SAID) >= _MOST_SAID:
        _SAID.clear()
    _SAID[text] = payload
    return payload


def entry_of(row: Row) -> dict[str, Any]:
    """How another payload names this record."""
    chain, _, seq = row["id"].rpartition("/")
    return {"chain": chain, "seq": int(seq), "leaf": row["leaf"]}


def _index(row: Row) -> int:
    index: int = row["index"]
    return index
