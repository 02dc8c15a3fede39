"""What is the story of a batch, as one reader may see it? Rows of the log become the views of history.py."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .bundles import is_public, opened_as
from .events import KINDS
from .history import BatchView, PartyView, RecordView
from .ledger.canonical import decode_value
from .ledger.entry import parse_entry
from .ledger.store import Reads, SealedRow
from .payload import shown_payload
from .queries import find_parties, find_places, upstream
from .state import Row, balance

MayOpen = Callable[[str], bool]


def batch_view(reads: Reads, row: Row, regions: Mapping[str, str], may_open: MayOpen = is_public) -> BatchView:
    """One batch with its records, oldest first; `regions` by the id of its place and of its owner."""
    records = tuple(record_view(reads, one, may_open) for one in reads.chain_rows(row["id"]))
    opened = records[0].payload or {}
    return BatchView(
        id=row["id"],
        code=row["code"] or "",
        product=row["product"],
        township=row["township"],
        region=regions.get(row["place"] or "") or regions[row["owner"]],
        quantity=opened["quantity"],
        owner=_open_owner(row, records, may_open),
        holder=_open_holder(row, records, may_open),
        stage=_open_stage(row, records, may_open),
        balance_mg=balance(row),
        opened_at=row["opened_at"],
        place=row["place"],
        records=records,
    )


def _open_owner(row: Row, records: Sequence[RecordView], may_open: MayOpen) -> str:
    """The owner; where the reader may not read of a transfer, who opened the batch."""
    owner: str = row["owner"]
    return owner if may_open("transfer_accepted") else records[0].actor or owner


def _open_holder(row: Row, records: Sequence[RecordView], may_open: MayOpen) -> str:
    """A sealed receipt made its writer the holder: named where the reader may open a record by it, else the owner."""
    holder: str = row["holder"]
    return holder if any(record.actor == holder for record in records) else _open_owner(row, records, may_open)


def _open_stage(row: Row, records: Sequence[RecordView], may_open: MayOpen) -> str:
    """The stage, or where a sealed record reached it, the kind of the newest record that the reader may open."""
    stage: str = row["stage"]
    return stage if may_open(stage) else next(record.kind for record in reversed(records) if record.kind)


def record_view(reads: Reads, row: SealedRow, may_open: MayOpen = is_public) -> RecordView:
    """One entry; a kind that the reader may not open keeps its place and loses its words. Private fields are left out."""
    said: Any = decode_value(row.statement)
    received = parse_entry(row.entry).received
    if not may_open(opened_as(reads, said)):
        return RecordView(row.index, row.chain, row.seq, None, row.leaf, received, None, None, False, None)
    payload = shown_payload(KINDS[said["kind"]], said["payload"], {})
    return RecordView(
        index=row.index,
        chain=row.chain,
        seq=row.seq,
        kind=said["kind"],
        leaf=row.leaf,
        received=received,
        occurred_at=said["occurred_at"],
        actor=said["actor"],
        custody="custody" in said,
        payload=payload,
        statement=said["id"],
        corrects=said.get("corrects"),
        reason=said.get("reason"),
    )


def story(reads: Reads, row: Row) -> tuple[BatchView, tuple[BatchView, ...], dict[str, PartyView]]:
    """A batch, everything upstream of it (nearest first), and the parties named in them."""
    rows = [row, *upstream(reads.connection, row["id"])]
    owners = {one["owner"] for one in rows} | {one["holder"] for one in rows}
    places = find_places(reads.connection, [one["place"] for one in rows if one["place"]])
    parties = find_parties(reads.connection, owners)
    regions = {one["id"]: one["region"] for one in (*places, *parties)}
    batch, *inputs = [batch_view(reads, one, regions) for one in rows]
    actors = {record.actor for view in (batch, *inputs) for record in view.records if record.actor} - owners
    return batch, tuple(inputs), {one["id"]: _party(one) for one in (*parties, *find_parties(reads.connection, actors))}


def _party(row: Row) -> PartyView:
    return PartyView(row["id"], row["name"], row["legal_form"], tuple(row["roles"].split()), row["region"])
