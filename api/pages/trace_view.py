"""What was this batch made of, and what was made of it? Both ways as a picture and as a list, for those who may see forward.

Whoever asks has checked that the reader is the batch's owner or holder, its office or an auditor; what the reader may know
of each other batch is up to the words and addresses that are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.lineage_drawing import Drawing, draw, steps_from
from api.pages.own_records import own_record
from api.pages.scan_words import Words
from trace.ledger.store import Reads
from trace.queries import downstream, edges_between, upstream
from trace.state import Row

LISTED = 100
"""So many batches are listed each way; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Kin:
    """A batch up or down the stream: its number in list and picture, where it can be looked at ("": nowhere), what it is."""

    number: int
    href: str
    name: Markup
    line: Markup
    is_held: bool


@dataclass(frozen=True, slots=True)
class TraceView:
    """`more_from`, `more_became`: how many batches are not listed."""

    drawing: Drawing
    description: Markup
    made_from: tuple[Kin, ...]
    became: tuple[Kin, ...]
    more_from: int
    more_became: int


@dataclass(frozen=True, slots=True)
class Known:
    """What this reader knows of another batch: its name, its page, and what else is said of it."""

    name: Markup
    href: str
    more: Markup | None = None


def trace_view(reads: Reads, row: Row, known: Callable[[Row], Known], words: Words) -> TraceView | None:
    """None for a batch that was made of none and of which none was made."""
    above, below = upstream(reads.connection, row["id"]), downstream(reads.connection, row["id"])
    if not above and not below:
        return None
    batches = [row, *above, *below]
    numbers = {one["id"]: number for number, one in enumerate(batches)}
    edges = sorted(edges_between(reads.connection, numbers), key=lambda edge: [numbers[one] for one in edge])
    parents, children = _by(edges, 0), _by(edges, 1)
    rows = {one: -steps for one, steps in steps_from(row["id"], parents).items()} | steps_from(row["id"], children)
    held = [one["id"] for one in batches if one["holds"]]
    drawing = draw(rows, numbers, held, [(parent, child) for child, parent in edges])
    amounts, onward = _amounts(reads, row, below[:LISTED]), {one["id"] for one in below}

    def kin(one: Row) -> Kin:
        said = known(one)
        return Kin(
            number=numbers[one["id"]],
            href=said.href,
            name=said.name,
            line=words.clauses(
                [_amount(amounts, one, one["id"] in onward, words), said.more, words.day(one["opened_at"])]
            ),
            is_held=bool(one["holds"]),
        )

    return TraceView(
        drawing=drawing,
        description=_description(parents, numbers, words) if drawing.marks else Markup(""),
        made_from=tuple(map(kin, above[:LISTED])),
        became=tuple(map(kin, below[:LISTED])),
        more_from=max(0, len(above) - LISTED),
        more_became=max(0, len(below) - LISTED),
    )


def _by(edges: Iterable[tuple[str, str]], at: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for edge in edges:
        found.setdefault(edge[at], []).append(edge[1 - at])
    return found


def _amounts(reads: Reads, row: Row, below: Sequence[Row]) -> dict[str, Mapping[str, Any]]:
    """How much of each input went into this batch, and how much of this batch into what was made of it."""
    found = {one["batch"]: one["quantity"] for one in _inputs(reads, row)}
    for made in below:
        taken = (one["quantity"] for one in _inputs(reads, made) if one["batch"] == row["id"])
        found.update((made["id"], quantity) for quantity in taken)
    return found


def _inputs(reads: Reads, row: Row) -> list[Mapping[str, Any]]:
    """What a batch took: its opening says so to everybody."""
    if not row["has_inputs"]:
        return []
    opened = own_record(reads, next(reads.rows(row["index"], row["index"] + 1)), "")
    return list(opened.payload.get("inputs", ()))


def _amount(amounts: Mapping[str, Mapping[str, Any]], row: Row, is_below: bool, words: Words) -> Markup | None:
    if row["id"] not in amounts:
        return None
    key = "lineage.took" if is_below else "goods.lineage.taken"
    return words.html(key, quantity=words.quantity(amounts[row["id"]]))


def _description(parents: Mapping[str, Sequence[str]], numbers: Mapping[str, int], words: Words) -> Markup:
    """Every line of the picture in words."""

    def mark(id: str) -> Markup:
        return words.html("goods.lineage.this") if numbers[id] == 0 else Markup(numbers[id])

    return words.clauses(
        words.html("goods.lineage.step", child=mark(child), parents=words.list_of(map(mark, sources)))
        for child, sources in parents.items()
    )
