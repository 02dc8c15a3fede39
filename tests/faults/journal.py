"""What was a client told, and is it so? Journals written around each request, held against what the log turned out to be."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from trace.ledger.keys import Vkey
from trace.ledger.merkle import CompactRange, leaf_hash
from trace.ledger.notes import Checkpoint, open_checkpoint


@dataclass
class Told:
    """What one journal holds: SHA-256 by statement id, place (index, leaf) by statement id, checkpoints as they came."""

    sent: dict[str, str] = field(default_factory=dict)
    answered: dict[str, tuple[int, str]] = field(default_factory=dict)
    checkpoints: list[Checkpoint] = field(default_factory=list)


@dataclass(frozen=True)
class Journal:
    """A file of one client, a line before each sending and one after each answer.

    Flushed and not fsynced: it is the node that gets killed here, never the client or the machine.
    """

    path: Path

    def note_sending(self, statements: Iterable[tuple[str, str]]) -> None:
        self._write(*(f"sent {id} {digest}" for id, digest in statements))

    def note_answer(self, places: Iterable[tuple[str, int, str]]) -> None:
        self._write(*(f"answered {id} {index} {leaf}" for id, index, leaf in places))

    def note_checkpoint(self, note: str, vkeys: Sequence[Vkey]) -> Checkpoint:
        """NoteError where it is not the log's."""
        seen = open_checkpoint(note, vkeys)
        self._write(f"checkpoint {seen.origin} {seen.size} {seen.root.hex()}")
        return seen

    def _write(self, *lines: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def told(self) -> Told:
        told = Told()
        for line in self.path.read_text("utf-8").splitlines() if self.path.exists() else []:
            match line.split(" "):
                case ["sent", id, digest]:
                    told.sent[id] = digest
                case ["answered", id, index, leaf]:
                    told.answered[id] = (int(index), leaf)
                case ["checkpoint", origin, size, root]:
                    told.checkpoints.append(Checkpoint(origin, int(size), bytes.fromhex(root)))
        return told


@dataclass(frozen=True)
class Found:
    """The log as it is in the end: entries by index as they are published, statements as (index, id, SHA-256)."""

    entries: Sequence[bytes]
    statements: Sequence[tuple[int, str, str]]


def breaches(journals: Iterable[Journal], found: Found) -> list[str]:
    """Every promise that the log does not keep, as `WORD what`: lost, double, changed, moved, chain, fork, shrunk."""
    told = [journal.told() for journal in journals]
    times = Counter(id for _, id, _ in found.statements)
    by_id = {id: (index, digest) for index, id, digest in found.statements}
    broken = [f"double {id}" for id, count in times.items() if count > 1]
    for one in told:
        broken += _broken_statements(one, found.entries, by_id)
        sizes = [seen.size for seen in one.checkpoints]
        broken += [f"shrunk {before} {after}" for before, after in pairwise(sizes) if after < before]
    return broken + _broken_chains(found.entries) + _forks(found.entries, [c for one in told for c in one.checkpoints])


def _broken_statements(told: Told, entries: Sequence[bytes], by_id: Mapping[str, tuple[int, str]]) -> list[str]:
    broken = []
    for id, digest in told.sent.items():
        index, stored = by_id.get(id, (None, ""))
        place = told.answered.get(id)
        if index is None:
            broken.append(f"lost {id}")
        elif stored != digest:
            broken.append(f"changed {id}")
        elif place is None or place[0] != index or leaf_hash(entries[index]).hex() != place[1]:
            broken.append(f"moved {id}: told {place}, found {index}")
    return broken


def _broken_chains(entries: Sequence[bytes]) -> list[str]:
    """Indices and seqs are contiguous, and each entry names the leaf before it (read as JSON, not by the ledger)."""
    heads: dict[str, tuple[int, str | None]] = {}
    broken = []
    for position, data in enumerate(entries):
        entry = json.loads(data)
        seq, prev = heads.get(entry["chain"], (-1, None))
        if (entry["index"], entry["seq"], entry["prev"]) != (position, seq + 1, prev):
            broken.append(f"chain {entry['chain']} at index {position}")
        heads[entry["chain"]] = (entry["seq"], leaf_hash(data).hex())
    return broken


def _forks(entries: Sequence[bytes], checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Checkpoints whose root is not that of the first entries of this one log: all others are consistent by that."""
    seen: dict[int, set[bytes]] = {}
    for checkpoint in checkpoints:
        seen.setdefault(checkpoint.size, set()).add(checkpoint.root)
    tree, broken = CompactRange(0, []), []
    for data in entries:
        tree.append(leaf_hash(data))
        broken += [f"fork at size {tree.size}" for root in seen.pop(tree.size, ()) if root != tree.root()]
    return broken + [f"fork at size {size}, beyond the end" for size in seen]
