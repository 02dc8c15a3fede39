"""Which lines does a search find? Names, codes, goods and townships that hold the text, spellings folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement

from api.pages.desk_context import Official
from api.pages.lists.folding import fold
from api.pages.lists.kinds import CASE_LIST, PARTY_LIST, ListKind
from api.pages.lists.queries import (
    Lines,
    found_goods,
    found_parties,
    found_subjects,
    named_parties,
    registrations,
    townships_of,
)
from api.pages.names import names
from trace.events import KINDS
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.payload import commits_of, shown_payload

_AT_ONCE = 10_000
"""So many commitments are opened by one query; SQLite takes 32,766 parameters."""


def found_by(official: Official, reads: Reads, kind: ListKind, lines: Lines, text: str) -> ColumnElement[bool] | None:
    """The condition that a search puts on the lines; None for a search of nothing."""
    needle = fold(text)
    if not needle:
        return None
    parties = _parties(official, reads, needle)
    if kind is PARTY_LIST:
        return found_parties(lines, parties)
    if kind is CASE_LIST:
        return found_subjects(lines, parties)
    towns = [one for one in townships_of(reads.connection, lines) if needle in fold(one)]
    return found_goods(lines, owners=parties, products=_products(needle), townships=towns, code=needle)


def _parties(official: Official, reads: Reads, needle: str) -> list[int]:
    """The parties of the region that are named so, have this code, or live in this township."""
    rows = named_parties(reads.connection, official.scope)
    hidden = {} if official.only_looks else _hidden_names(reads, official.scope)
    return [
        row["index"]
        for row in rows
        if any(needle in fold(one) for one in (row["name"], hidden.get(row["id"]), row["uscc"], row["township"]) if one)
    ]


def _hidden_names(reads: Reads, region: str) -> dict[str, str]:
    """Names of natural persons, which the office that watches them may read; those that were erased are not there."""
    kind = KINDS["party_registered"]
    payloads: dict[str, Mapping[str, Any]] = {}
    for party, said in registrations(reads.connection, region).items():
        statement: Any = decode_value(said)
        payloads[party] = {"name": statement["payload"]["name"], "legal_form": statement["payload"]["legal_form"]}
    values = dict(_opened(reads, (one for payload in payloads.values() for one in commits_of(kind, payload))))
    shown = {party: shown_payload(kind, payload, values) for party, payload in payloads.items()}
    return {party: payload["name"] for party, payload in shown.items() if "name" in payload}


def _opened(reads: Reads, commits: Iterable[str]) -> Iterator[tuple[str, Any]]:
    wanted = list(commits)
    for start in range(0, len(wanted), _AT_ONCE):
        for commit, opening in reads.openings(wanted[start : start + _AT_ONCE]).items():
            yield commit, decode_value(opening.value)


def _products(needle: str) -> list[str]:
    """Products that are called so, in either language."""
    return [
        code
        for code, name in names().products.items()
        if any(needle in fold(one) for one in (code, name.zh, name.alias, name.en) if one)
    ]
